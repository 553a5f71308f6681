//! What the text alone says of every setting, for targets that do not evaluate.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use mkwhy_model::{Cascade, Checked, Finding, Found, Knowledge, Message, OptionPath};
use mkwhy_rules::{Merging, Subject};
use mkwhy_syntax::Source;
use mkwhy_syntax::summary::{DeclaredBy, static_path};

use super::Inspection;
use crate::definition::literal;
use crate::error::Error;
use crate::files::Files;
use crate::reading::{MOST_NAMES, Reading};
use crate::targets::Target;
use crate::workspace::Workspace;

impl Workspace {
    /// Everything that the person's own files set in a target, as far as their text tells; `failure` says why it was
    /// not evaluated.
    pub fn inspect_by_text(&self, reading: &Reading, target: &Target, failure: Option<&Error>) -> Inspection {
        let because = failure.map(|error| Message { text: error.to_string(), at: error.at().cloned() });
        let checked = Checked {
            target: target.name.clone(),
            known: Knowledge::Syntax { because: because.clone() },
            trace: failure.map(|error| error.trace().to_vec()).unwrap_or_default(),
            help: failure.and_then(|error| error.help().map(str::to_owned)),
        };
        seen(self, reading, target, checked, because)
    }
}

fn seen(
    workspace: &Workspace,
    reading: &Reading,
    target: &Target,
    checked: Checked,
    because: Option<Message>,
) -> Inspection {
    let files = Files::new(workspace.root(), &workspace.config().own, None);
    let mut own = BTreeSet::new();
    let mut sources = BTreeMap::new();
    for file in reading.index().files() {
        let name = reading.name(&file.path);
        sources.insert(name.clone(), Arc::new(Source::parse(file.summary.text().clone())));
        if files.is_own(&file.path.to_string_lossy()) {
            own.insert(name);
        }
    }
    let paths = reading.index().paths_under(&OptionPath::default());
    let mut subjects: Vec<Subject> = paths
        .iter()
        .filter_map(|path| {
            let after = paths.range((Bound::Excluded(path), Bound::Unbounded)).next();
            let is_larger = after.is_some_and(|after| after.starts_with(path));
            let is_own = |file: &str| own.contains(file);
            let text = |file: &str| sources.get(file).map(|source| source.text());
            subject(reading, target, path, is_larger, &is_own, &text, because.clone())
        })
        .collect();
    subjects.sort_by(|a, b| a.cascade.path.cmp(&b.cascade.path));
    Inspection::new(checked, subjects, own, sources, Vec::new())
}

/// One setting; `None` where none of the person's own files defines it.
fn subject<'t>(
    reading: &Reading,
    target: &Target,
    path: &OptionPath,
    is_larger: bool,
    is_own: &dyn Fn(&str) -> bool,
    text: &dyn Fn(&str) -> Option<&'t str>,
    because: Option<Message>,
) -> Option<Subject> {
    let Found::Cascade { mut cascade } = reading.why(target, path, because).found else { return None };
    if !cascade.definitions.iter().any(|definition| is_own(definition.owner())) {
        return None;
    }
    for definition in cascade.definitions.iter_mut().filter(|definition| definition.value.is_none()) {
        definition.value = text(&definition.at.file).and_then(|text| literal(definition, text));
    }
    Some(seen_so(reading, Arc::new(*cascade), is_larger))
}

/// A setting, from its cascade with values.
fn seen_so(reading: &Reading, mut cascade: Arc<Cascade>, is_larger: bool) -> Subject {
    let merging =
        if is_larger { Merging::Set } else { Merging::of_text(cascade.option_type.as_deref(), &cascade.definitions) };
    let (removed, changed) = match forwards(reading, &mut cascade) {
        Some(Forward::Removed(why)) => (Some(why), None),
        Some(Forward::Changed(to)) => (None, Some(to)),
        Some(Forward::Renamed(_)) | None => (None, None),
    };
    Subject { merging, removed, changed, ..Subject::new(cascade) }
}

impl Workspace {
    /// What the rules guess of one file, from the texts alone.
    pub fn guesses_in(&self, reading: &Reading, target: &Target, file: &str) -> Vec<Finding> {
        let files = Files::new(self.root(), &self.config().own, None);
        let own = reading.own_files(|file| files.is_own(file));
        let settings = reading.settings_in(target, &reading.root().join(file));
        let mut paths: Vec<&OptionPath> = settings.iter().collect();
        paths.sort_unstable();
        paths.dedup();
        let cascades = reading.cascades(target, &paths).into_iter().flatten();
        let is_own = |cascade: &Arc<Cascade>| cascade.definitions.iter().any(|found| own.contains(found.owner()));
        let subjects: Vec<Subject> = cascades.filter(is_own).map(|cascade| seen_so(reading, cascade, false)).collect();
        self.found_in(&subjects, &own, &|name| reading.parsed(name), &target.name, file, false)
    }
}

/// What the declaration of an option says that is none any more.
enum Forward {
    /// Its definitions are such of another one.
    Renamed(OptionPath),
    /// They are made definitions of another one.
    Changed(OptionPath),
    Removed(Message),
}

/// What became of an option; definitions of a renamed one are such of another one from here on.
fn forwards(reading: &Reading, cascade: &mut Arc<Cascade>) -> Option<Forward> {
    // An older name may stand for one that is old itself.
    for _ in 0..MOST_NAMES {
        match forward(reading, &cascade.path)? {
            Forward::Renamed(path) => {
                let cascade = Arc::make_mut(cascade);
                let old = std::mem::replace(&mut cascade.path, path);
                for definition in &mut cascade.definitions {
                    definition.via.get_or_insert_with(|| old.clone());
                }
            }
            // What is written by another name of it was told there.
            other => return Some(other).filter(|_| cascade.definitions.iter().all(|found| found.via.is_none())),
        }
    }
    None
}

fn forward(reading: &Reading, path: &OptionPath) -> Option<Forward> {
    let retired = reading.index().retired(path.segments());
    let mut retired = retired.iter().filter_map(|hit| Some((hit, hit.declaration()?)));
    retired.find_map(|(hit, declaration)| match &declaration.by {
        DeclaredBy::Renamed { to } => {
            let to = static_path(to)?;
            let function = hit.file.summary.slice(declaration.value);
            let is_changed =
                ["mkChangedOptionModule", "mkMergedOptionModule"].iter().any(|name| function.contains(name));
            Some(if is_changed { Forward::Changed(to) } else { Forward::Renamed(to) })
        }
        DeclaredBy::Removed => {
            let (line, _) = hit.file.summary.lines().line_column(declaration.name.start as usize);
            Some(Forward::Removed(Message::new(format!("see {}:{line}", reading.name(&hit.file.path)))))
        }
        _ => None,
    })
}
