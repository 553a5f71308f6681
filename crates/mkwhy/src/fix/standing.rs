//! Under which paths of the configuration the modules of a file stand: the root, or a submodule, where its own `config`
//! is what the module sees and its own options are what it names.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mkwhy_model::{Definition as Evaluated, OptionPath, Written};
use mkwhy_syntax::Source;
use mkwhy_syntax::edit::Obstacle;
use mkwhy_syntax::summary::{Definition, static_path};

use super::ground::Ground;
use crate::reading::Reading;
use crate::workspace::Workspace;

/// The paths under which the modules of a file stand.
pub(super) type Standing = BTreeSet<OptionPath>;

/// Modules are followed outwards through no longer paths than this: imports may go in circles.
const DEEPEST: usize = 32;

/// The module that settings are put into.
pub(super) struct Base<'a> {
    /// As positions name it.
    pub(super) file: &'a str,
    /// Its text; `None` where it does not exist yet.
    pub(super) source: Option<Arc<Source>>,
    /// Where its modules stand; nothing where nobody says so.
    pub(super) standing: Standing,
    /// The targets that it is part of, by their numbers among those that were evaluated.
    pub(super) targets: BTreeSet<usize>,
}

impl Base<'_> {
    /// Why nothing can be put into it, in a sentence.
    pub(super) fn told(&self, obstacle: &Obstacle) -> String {
        let to = self.file;
        match obstacle {
            Obstacle::Form => {
                format!(
                    "{to} is written in a form that nothing can be put into: it is neither a set nor a function to one"
                )
            }
            Obstacle::Name(name) => format!("`{name}` means something else in {to}"),
            Obstacle::Taken(range) => {
                let text = self.source.as_ref().map(|source| source.slice(range)).unwrap_or_default();
                let text = match text.split_once('\n') {
                    Some((first, _)) => format!("{} …", first.trim_end()),
                    None => text.to_owned(),
                };
                format!("{to} says `{text}`, which nothing can be put into or beside")
            }
        }
    }

    /// The path under which it says an option; or why it cannot, in a sentence.
    pub(super) fn above(&self, option: &OptionPath) -> Result<OptionPath, String> {
        let around: Vec<&OptionPath> = self.standing.iter().filter(|path| option.starts_with(path)).collect();
        match around.as_slice() {
            _ if self.standing.is_empty() => Ok(OptionPath::default()),
            [only] => Ok((*only).clone()),
            _ => {
                let name = |path: &OptionPath| match path.segments() {
                    [] => "the configuration itself".to_owned(),
                    _ => format!("`{path}`"),
                };
                let all: Vec<String> = self.standing.iter().map(name).collect();
                let why =
                    if around.is_empty() { "where it cannot be said" } else { "and would say it in more than one" };
                Err(format!("{} is a module of {}, {why}", self.file, all.join(" and of ")))
            }
        }
    }
}

impl Ground<'_> {
    /// The targets that a file is part of, by their numbers among those that were evaluated; all where nobody says so.
    pub(super) fn targets_of(&self, file: &str) -> BTreeSet<usize> {
        let evaluated = self.inspections.iter().filter(|inspection| inspection.is_evaluated()).enumerate();
        let has = evaluated.filter(|(_, one)| one.own_files().contains(file) || one.paths_in(file).next().is_some());
        let has: BTreeSet<usize> = has.map(|(number, _)| number).collect();
        if has.is_empty() { self.all_targets() } else { has }
    }

    /// All that were evaluated, by their numbers.
    pub(super) fn all_targets(&self) -> BTreeSet<usize> {
        (0..self.inspections.iter().filter(|inspection| inspection.is_evaluated()).count()).collect()
    }

    /// Where a file's modules stand, by the definitions in it that were evaluated. Empty where it has none that says so.
    pub(super) fn standing(&self, file: &str) -> Standing {
        let mut found = Standing::new();
        let Some(summary) = self.summary(file) else { return found };
        for inspection in self.inspections.iter().filter(|inspection| inspection.is_evaluated()) {
            for option in inspection.paths_in(file) {
                let cascade = inspection.cascade(option);
                let here = |one: &&Evaluated| one.at.file == file && !one.declared_default;
                for one in cascade.iter().flat_map(|cascade| &cascade.definitions).filter(here) {
                    let Written::Literal { spans } = &one.written else { continue };
                    let written = summary.definitions.iter().find(|known| {
                        known.unit == 0 && known.name.range() == spans.name && known.binding.range() == spans.binding
                    });
                    found.extend(written.and_then(|written| above(option, one, written)));
                }
            }
        }
        found
    }
}

/// The path under which the module stands that says a definition of an option in these words.
pub(super) fn above(option: &OptionPath, one: &Evaluated, written: &Definition) -> Option<OptionPath> {
    let named = one.via.as_ref().unwrap_or(option).segments();
    let start = (0..named.len()).find(|start| {
        let rest = &named[*start..];
        // What is written through another name of something around it goes on behind that.
        let whole = rest.len() == written.path.len() || one.via.is_some() && rest.len() < written.path.len();
        whole && written.path.iter().zip(rest).all(|(part, segment)| part.matches(segment))
    })?;
    Some(OptionPath::new(named[..start].to_vec()))
}

impl Workspace {
    /// Where a file's modules stand: by its definitions, or else as its text is imported. `read` is only called then.
    pub(super) fn standing<R: Borrow<Reading>>(
        &self,
        ground: &Ground<'_>,
        file: &str,
        read: impl FnOnce() -> R,
    ) -> Standing {
        let known = ground.standing(file);
        if !known.is_empty() {
            return known;
        }
        let reading = read();
        let reading = reading.borrow();
        let index = reading.index();
        // By file, the steps from there to the one that is asked for.
        let mut open = vec![(self.root().join(file), OptionPath::default())];
        let mut seen: BTreeMap<_, BTreeSet<OptionPath>> = BTreeMap::new();
        let mut found = Standing::new();
        while let Some((path, inner)) = open.pop() {
            if inner.segments().len() > DEEPEST || !seen.entry(path.clone()).or_default().insert(inner.clone()) {
                continue;
            }
            for importer in index.importers_of(&path) {
                let outer = ground.standing(&reading.name(&importer.path));
                for (import, files) in index.imports_of(&importer.path) {
                    let Some(prefix) = static_path(&import.prefix).filter(|_| files.contains(&path)) else { continue };
                    let inner = prefix.join(inner.segments());
                    if outer.is_empty() {
                        open.push((importer.path.to_path_buf(), inner));
                    } else {
                        found.extend(outer.iter().map(|outer| outer.join(inner.segments())));
                    }
                }
            }
        }
        found
    }
}
