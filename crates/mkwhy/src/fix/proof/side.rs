//! One target on one side, evaluated; and the two sides compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use mkwhy_eval::{DefinitionPart, Evaluation, Kind, Part, Question, State};
use mkwhy_model::{FinalValue, Message, OptionPath, Value};
use tokio::sync::Semaphore;

use super::compare::{Likeness, Outcome};
use super::entry::Texts;
use super::names::{in_tree, shown, shown_message};
use super::stage::{Stage, Stages, told};
use super::touch::{Changed, Touch};
use super::{TargetProof, ValueChange};
use crate::cascade::{final_value, localized};
use crate::error::Error;
use crate::files::Files;
use crate::targets::Target;

/// How many bytes of names one run of Nix is asked for.
const MOST_NAMES: usize = 32 * 1024;

/// Of how many options that throw it is asked why.
const MOST_REASONS: usize = 4;

/// Of how many options whose definitions fail it is asked whether they have a value.
const MOST_UNREAD: usize = 64;

/// A definition that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Winner {
    /// The file of its module.
    module: String,
    /// The file that it stands in.
    file: String,
    /// Its line and column.
    pub(super) at: Option<(u32, u32)>,
    /// What stands there.
    pub(super) path: OptionPath,
    priority: Option<i64>,
    order: Option<i64>,
    part: Option<(usize, usize)>,
    /// The larger definitions around it: the option, the file, the priority.
    outer: Vec<(OptionPath, String, Option<i64>)>,
}

impl Winner {
    #[cfg(test)]
    pub(super) fn at(file: &str, at: (u32, u32), path: OptionPath) -> Self {
        Self {
            module: file.to_owned(),
            file: file.to_owned(),
            at: Some(at),
            path,
            priority: None,
            order: None,
            part: None,
            outer: Vec::new(),
        }
    }

    fn of(name: &impl Fn(&str) -> String, path: &OptionPath, definition: &DefinitionPart) -> Self {
        let place = definition.at.as_ref();
        Self {
            module: name(&definition.file),
            file: name(place.map_or(definition.file.as_str(), |place| place.0.as_str())),
            at: place.and_then(|place| Some((place.1?, place.2?))),
            path: definition.stands_for(path).clone(),
            priority: definition.priority,
            order: definition.order,
            part: definition.part,
            outer: definition
                .outer
                .iter()
                .map(|outer| (outer.path.clone(), name(&outer.file), outer.priority))
                .collect(),
        }
    }

    /// Whether it is the same definition, wherever in its file it stands now.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let place = |winner: &Self| (winner.at.is_some(), winner.part);
        self.module == other.module
            && self.file == other.file
            && self.path == other.path
            && self.priority == other.priority
            && self.order == other.order
            && place(self) == place(other)
            && self.outer == other.outer
    }

    /// The file that it stands in.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The files that it is made of.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        [self.module.as_str(), self.file.as_str()]
            .into_iter()
            .chain(self.outer.iter().map(|(_, file, _)| file.as_str()))
    }
}

/// An option on one side.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    pub(super) winners: Vec<Winner>,
    /// Whether its type is one of modules, or takes them as they are.
    of_modules: bool,
}

/// One side of a target.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    /// By path; what was asked for and is not there as well.
    pub(super) seen: BTreeMap<OptionPath, Seen>,
    /// The names in every set around what was seen, from its option on inwards; `None` for what is no set.
    shapes: BTreeMap<OptionPath, Option<Vec<String>>>,
    /// The options that the person's own files define.
    listed: BTreeSet<OptionPath>,
    /// The files of the modules.
    pub(super) modules: BTreeSet<String>,
    /// Those of them that are not the person's own.
    foreign: BTreeSet<String>,
    /// The files that were read; `None` where Nix does not tell.
    read: Option<BTreeSet<String>>,
    /// Why Nix refuses the configuration, which could be evaluated all the same.
    refused: Option<Message>,
    /// Files that lie outside of the copy, as they were when they were read.
    outside: Vec<(PathBuf, Option<SystemTime>)>,
}

impl Side {
    #[cfg(test)]
    pub(super) fn seeing(option: &OptionPath, winners: Vec<Winner>) -> Self {
        let seen = Seen { outcome: Outcome::MISSING, winners, of_modules: false };
        Self { seen: [(option.clone(), seen)].into(), read: Some(BTreeSet::new()), ..Self::default() }
    }

    /// The files that were read; `None` where Nix does not tell.
    pub(super) fn read(&self) -> Option<&BTreeSet<String>> {
        self.read.as_ref()
    }

    /// Whether a file was read, as far as anybody knows.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.read.as_ref().is_none_or(|read| read.contains(name))
    }

    /// Whether a file is a module that says something that counts, be it in a submodule.
    pub(super) fn is_said_by(&self, name: &str) -> bool {
        self.seen.values().flat_map(|seen| &seen.winners).any(|winner| winner.module == name)
    }

    /// Whether what lies outside of the copies is as it was.
    pub(super) fn stands(&self) -> bool {
        self.outside.iter().all(|(path, written)| modified(path) == *written)
    }

    /// Asks for every option of the person's own files, if `list`, and for these.
    async fn ask(
        &mut self,
        stages: &Stages<'_>,
        stage: &Stage,
        target: &mkwhy_eval::Target,
        list: bool,
        paths: &BTreeSet<OptionPath>,
    ) -> Result<(), Message> {
        let files = stage.files(&stages.own);
        let mut wanted: Vec<OptionPath> = paths.iter().filter(|path| !self.seen.contains_key(*path)).cloned().collect();
        let mut list = list;
        while list || !wanted.is_empty() {
            let mut bytes = 0;
            let fits = wanted.iter().take_while(|path| {
                bytes += path.to_string().len() + 8;
                bytes <= MOST_NAMES
            });
            let rest = wanted.split_off(fits.count().max(1).min(wanted.len()));
            let own = if list { files.own_prefixes() } else { Vec::new() };
            let question = Question { paths: wanted, own, finals: true, ..Question::default() };
            let evaluation = stage.evaluator.ask(target, &question).await;
            let evaluation = evaluation.map_err(|error| {
                let error = Error::from_eval(&error, |path| files.path_name(path));
                let message = told(&error);
                Message { text: stages.person(&stage.names.common(&message.text)), at: message.at }
            })?;
            self.take(stage, &files, &evaluation, question.paths.len(), list)?;
            (list, wanted) = (false, rest);
        }
        Ok(())
    }

    fn take(
        &mut self,
        stage: &Stage,
        files: &Files,
        evaluation: &Evaluation,
        asked: usize,
        list: bool,
    ) -> Result<(), Message> {
        for (number, part) in evaluation.parts.iter().enumerate() {
            if part.kind == Kind::Remainder {
                continue;
            }
            if number >= asked {
                self.listed.insert(part.path.clone());
            }
            let seen = seen(stage, files, evaluation, part);
            self.seen.entry(part.path.clone()).or_insert(seen);
        }
        let shapes = evaluation.shapes.iter().map(|(path, names)| {
            let common = |name: &String| stage.names.common(name);
            (path.clone(), names.as_ref().map(|names| names.iter().map(common).collect()))
        });
        self.shapes.extend(shapes);
        if !list {
            return Ok(());
        }
        self.modules = evaluation.modules.iter().map(|file| stage.name(files, file)).collect();
        let foreign = evaluation.modules.iter().filter(|file| !files.is_own(file));
        self.foreign = foreign.map(|file| stage.name(files, file)).collect();
        self.refused =
            evaluation.unchecked.as_ref().map(|message| stage.names.common_message(&localized(files, message)));
        if !evaluation.read.is_empty() {
            self.read = Some(evaluation.read.iter().map(|file| stage.name(files, file)).collect());
        }
        let Some(original) = &stage.original else { return Ok(()) };
        let modules = evaluation.modules.iter().filter(|file| file.starts_with('/'));
        let read: BTreeSet<&str> = evaluation.read.iter().chain(modules).map(String::as_str).collect();
        for file in read.into_iter().filter(|file| !Path::new(file).starts_with(&stage.root)) {
            let Ok(real) = Path::new(file).canonicalize() else { continue };
            if real.starts_with(original) {
                let name = stage.names.common(file);
                let why = format!("{name} is named by its absolute path, so a change of it cannot be tried elsewhere");
                return Err(Message::new(why));
            }
            let written = modified(&real);
            self.outside.push((real, written));
        }
        Ok(())
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn seen(stage: &Stage, files: &Files, evaluation: &Evaluation, part: &Part) -> Seen {
    let value = match part.kind {
        Kind::Missing | Kind::Namespace => None,
        Kind::Opaque | Kind::Remainder => Some(FinalValue::Unknown),
        Kind::Failed => {
            let message = evaluation.structure_failure(&part.path).map(|message| localized(files, message));
            let message = message.unwrap_or_else(|| Message::new("it could not be evaluated"));
            Some(FinalValue::Failed { message })
        }
        Kind::Option | Kind::Inside | Kind::Freeform | Kind::Undeclared => {
            // Which definitions take part is the half of a value.
            match evaluation.structure_failure(&part.path) {
                Some(message) => Some(FinalValue::Failed { message: localized(files, message) }),
                None => Some(final_value(files, evaluation, part)),
            }
        }
    };
    let value = value.map(|value| match value {
        FinalValue::Known { value, .. } => {
            let value = stage.names.common_value(&value);
            let json = value.to_json();
            FinalValue::Known { value, json }
        }
        FinalValue::Merged { value } => FinalValue::Merged { value: stage.names.common_value(&value) },
        FinalValue::Failed { message } => FinalValue::Failed { message: stage.names.common_message(&message) },
        other => other,
    });
    let thrown = matches!(part.value.as_ref().and_then(|value| value.value.as_ref()), Some(Value::Throws))
        && part.kind != Kind::Undeclared
        && evaluation.value_failure(&part.path).is_none();
    let unread = part.kind == Kind::Failed || evaluation.structure_failure(&part.path).is_some();
    let name = |file: &str| stage.name(files, file);
    let winners = part.definitions.iter().filter(|definition| definition.state == State::Wins);
    Seen {
        outcome: Outcome { value, thrown, unread },
        of_modules: part.option_type.as_deref().is_some_and(is_of_modules),
        winners: winners.map(|definition| Winner::of(&name, &part.path, definition)).collect(),
    }
}

/// Whether a type is one of modules, by its description: of `deferredModule`, or of `raw`, which nobody looks into and
/// nobody makes a file of.
fn is_of_modules(description: &str) -> bool {
    ["module", "modules", "raw value"].iter().any(|what| description.ends_with(what))
}

/// What is compared although nobody's own file may define it.
fn always() -> [OptionPath; 2] {
    ["warnings", "assertions"].map(|name| OptionPath::from_names([name]))
}

/// What the change comes to in a target, with the options that were compared and, where it was not known yet, the side
/// before.
pub(super) async fn compared(
    stages: &Stages<'_>,
    target: &Target,
    known: Option<Arc<Side>>,
    permits: &Semaphore,
) -> Result<(TargetProof, Vec<OptionPath>, Option<Arc<Side>>), Message> {
    let inner = stages.workspace.inner(target).map_err(|error| told(&error))?;
    let touched: BTreeSet<OptionPath> = stages.changed.iter().flat_map(Changed::options).chain(always()).collect();
    let new = known.is_none();
    let make_before = async {
        if let Some(known) = known {
            return Ok(known);
        }
        let stage = stages.before().await?;
        let _permit = permits.acquire().await;
        let mut side = Side::default();
        side.ask(stages, stage, &stage.target(stages.workspace, inner), true, &touched)
            .await
            .map_err(|message| Message { text: format!("before the change: {}", message.text), ..message })?;
        Ok(Arc::new(side))
    };
    let make_after = async {
        let _permit = permits.acquire().await;
        let mut side = Side::default();
        let stage = &stages.after;
        side.ask(stages, stage, &stage.target(stages.workspace, inner), true, &touched)
            .await
            .map_err(|message| Message { text: format!("with the change: {}", message.text), ..message })?;
        Ok(side)
    };
    let (mut before, mut after) = tokio::try_join!(make_before, make_after)?;
    let wanted: BTreeSet<OptionPath> = before.listed.union(&after.listed).cloned().chain(touched).collect();
    let missing = |side: &Side| wanted.iter().any(|path| !side.seen.contains_key(path));
    let mut grown = false;
    if missing(&before) {
        let stage = stages.before().await?;
        let _permit = permits.acquire().await;
        let stage_target = stage.target(stages.workspace, inner);
        Arc::make_mut(&mut before).ask(stages, stage, &stage_target, false, &wanted).await?;
        grown = true;
    }
    if missing(&after) {
        let _permit = permits.acquire().await;
        let stage_target = stages.after.target(stages.workspace, inner);
        after.ask(stages, &stages.after, &stage_target, false, &wanted).await?;
    }
    let around = reshaped(&wanted, &before, &after);
    if !around.is_empty() {
        let stage = stages.before().await?;
        let _permit = permits.acquire().await;
        Arc::make_mut(&mut before).ask(stages, stage, &stage.target(stages.workspace, inner), false, &around).await?;
        let stage = &stages.after;
        after.ask(stages, stage, &stage.target(stages.workspace, inner), false, &around).await?;
    }
    reasons(stages, inner, &wanted, Arc::make_mut(&mut before), &mut after, permits).await?;
    let (mut proof, options) = settled(stages, &wanted, &around, &before, &after);
    proof.target.clone_from(&target.name);
    Ok((proof, options, (new || grown).then_some(before)))
}

/// What comes or goes although no option in it has another value: sets, and attributes without a value. The outermost ones.
fn reshaped(wanted: &BTreeSet<OptionPath>, before: &Side, after: &Side) -> BTreeSet<OptionPath> {
    let changed: BTreeSet<&OptionPath> =
        wanted.iter().filter(|path| outcome(before, path).likeness(outcome(after, path)) == Likeness::Other).collect();
    let is_told = |path: &OptionPath| {
        let inside = changed.range::<&OptionPath, _>(path..).next().is_some_and(|next| next.starts_with(path));
        inside || std::iter::successors(Some(path.clone()), OptionPath::parent).any(|outer| changed.contains(&outer))
    };
    let mut found: BTreeSet<OptionPath> = BTreeSet::new();
    // The outer ones come first.
    for (path, names) in &before.shapes {
        let Some(then) = after.shapes.get(path) else { continue };
        let different: Vec<OptionPath> = match (names, then) {
            (Some(names), Some(then)) => {
                let [names, then]: [BTreeSet<&String>; 2] = [names.iter().collect(), then.iter().collect()];
                names.symmetric_difference(&then).map(|name| path.child(name.as_str())).collect()
            }
            (None, None) => continue,
            _ => vec![path.clone()],
        };
        let outer = |path: &OptionPath| found.iter().any(|known| path.starts_with(known));
        let new: Vec<OptionPath> = different.into_iter().filter(|path| !is_told(path) && !outer(path)).collect();
        found.extend(new);
    }
    found
}

/// Asks why values throw that are not what they were, and whether there is a value where finding out what it is made of
/// fails: where Nix has none either, it is nothing that fails in another way.
async fn reasons(
    stages: &Stages<'_>,
    target: &mkwhy_eval::Target,
    wanted: &BTreeSet<OptionPath>,
    before: &mut Side,
    after: &mut Side,
    permits: &Semaphore,
) -> Result<(), Message> {
    let different = |is: fn(&Outcome) -> bool, most: usize| -> Vec<OptionPath> {
        let differs = |path: &&OptionPath| {
            let (a, b) = (outcome(before, path), outcome(after, path));
            (is(a) || is(b)) && a.likeness(b) == Likeness::Other
        };
        wanted.iter().filter(differs).take(most).cloned().collect()
    };
    let mut open: BTreeSet<OptionPath> = different(|outcome| outcome.thrown, MOST_REASONS).into_iter().collect();
    open.extend(different(|outcome| outcome.unread, MOST_UNREAD));
    if open.is_empty() {
        return Ok(());
    }
    for (side, is_before) in [(before, true), (after, false)] {
        let asked = |path: &&OptionPath| outcome(side, path).thrown || outcome(side, path).unread;
        let thrown: Vec<OptionPath> = open.iter().filter(asked).cloned().collect();
        if thrown.is_empty() {
            continue;
        }
        let stage = if is_before { stages.before().await? } else { &stages.after };
        let _permit = permits.acquire().await;
        let files = stage.files(&stages.own);
        let target = stage.target(stages.workspace, target);
        let reasons = stage.evaluator.reasons(&target, &thrown, side.refused.is_some()).await;
        let reasons = reasons.map_err(|error| told(&Error::from_eval(&error, |path| files.path_name(path))))?;
        for (path, message) in reasons {
            if let Some(seen) = side.seen.get_mut(&path) {
                let message = stage.names.common_message(&localized(&files, &message));
                seen.outcome = Outcome { value: Some(FinalValue::Failed { message }), ..Outcome::MISSING };
            }
        }
    }
    Ok(())
}

fn outcome<'a>(side: &'a Side, path: &OptionPath) -> &'a Outcome {
    side.seen.get(path).map_or(&Outcome::MISSING, |seen| &seen.outcome)
}

/// Compares every option.
fn settled(
    stages: &Stages<'_>,
    wanted: &BTreeSet<OptionPath>,
    around: &BTreeSet<OptionPath>,
    before: &Side,
    after: &Side,
) -> (TargetProof, Vec<OptionPath>) {
    let texts =
        [Texts::of(stages, before, |file| file.before.as_ref()), Texts::of(stages, after, |file| Some(&file.after))];
    let touch = Touch::of(&stages.changed, [(before, &texts[0]), (after, &texts[1])]);
    let mut proof = TargetProof { failure: failure(stages, before, after), ..TargetProof::default() };
    let mut options = Vec::new();
    let mut closed = Vec::new();
    let listed: BTreeSet<&OptionPath> = before.listed.union(&after.listed).collect();
    let redeclared: BTreeSet<OptionPath> = stages.changed.iter().flat_map(Changed::redeclared).collect();
    for path in wanted.union(around) {
        let (a, b) = (outcome(before, path), outcome(after, path));
        if around.contains(path) && a.likeness(b) != Likeness::Other {
            proof.uncompared.push(path.clone());
            continue;
        }
        let is_told = || !around.contains(path) && !redeclared.contains(path) && is_told_by_others(path, &listed);
        if a.value.is_none() && b.value.is_none() || is_told() {
            continue;
        }
        match a.likeness(b) {
            Likeness::Other => {
                proof.changed.push(ValueChange {
                    option: path.clone(),
                    before: stages.shown(&a.shown()),
                    after: stages.shown(&b.shown()),
                });
            }
            _ if leads_to_change(&stages.changed, path, before, after) => {
                proof.uncompared.push(path.clone());
                continue;
            }
            Likeness::Same => {}
            Likeness::Open if touch.is_touched(path, before, after) => {
                proof.uncompared.push(path.clone());
                continue;
            }
            Likeness::Open => {
                closed.push(path.clone());
                continue;
            }
        }
        options.push(path.clone());
    }
    // What nobody can look into is what it was where everything else is.
    if proof.changed.is_empty() && proof.uncompared.is_empty() {
        options.append(&mut closed);
    } else {
        proof.following = closed;
    }
    proof.compared = options.len();
    (proof, options)
}

/// Whether an option that was only asked for is a part of one that is listed, or is made of some that are.
fn is_told_by_others(path: &OptionPath, listed: &BTreeSet<&OptionPath>) -> bool {
    let inside =
        |path: &OptionPath| listed.range::<&OptionPath, _>(path..).next().is_some_and(|next| next.starts_with(path));
    !listed.contains(path)
        && (inside(path)
            || std::iter::successors(path.parent(), OptionPath::parent).any(|outer| listed.contains(&outer)))
}

/// What makes the comparison say too little.
fn failure(stages: &Stages<'_>, before: &Side, after: &Side) -> Option<Message> {
    if let Some(refused) = &after.refused {
        return Some(shown_message(refused, &stages.tree));
    }
    if let Some(file) = stages.changed.iter().find(|file| file.redeclares_unnamed()) {
        let why =
            format!("{} declares options under names that are not written out, which are not compared", file.name);
        return Some(Message::new(why));
    }
    if let Some(file) = stages.changed.iter().find(|file| file.redeclares_inside([before, after])) {
        let why = format!("{} declares options inside of others, which are not compared", file.name);
        return Some(Message::new(why));
    }
    let different = before.foreign.symmetric_difference(&after.foreign).next()?;
    let what = if after.foreign.contains(different) { "brings in" } else { "takes out" };
    Some(Message::new(format!("the change {what} {different}, whose options are not compared")))
}

/// Whether a value is a path that leads to an edited file: what is read there is another text, in the same place. A path
/// that is a module where it is used is only what it comes to there, which is compared.
fn leads_to_change(changed: &[Changed], path: &OptionPath, before: &Side, after: &Side) -> bool {
    let of_modules = [before, after].iter().all(|side| side.seen.get(path).is_some_and(|seen| seen.of_modules));
    let is_module = |file: &Changed| of_modules && (before.is_said_by(&file.name) || after.is_said_by(&file.name));
    let in_copy = |path: &str| changed.iter().any(|file| file.path.starts_with(path));
    let leads = |file: &Changed, to: &Path, path: &str| {
        let path = Path::new(path);
        to.starts_with(path) && !((to == path || to == path.join("default.nix")) && is_module(file))
    };
    let Some(value) = outcome(before, path).value.as_ref().and_then(FinalValue::value) else { return false };
    any(value, &|value| match value {
        Value::Path { value } if value.contains(super::names::TREE) => {
            in_tree(value).any(|path| changed.iter().any(|file| leads(file, &file.path, path)))
        }
        Value::Path { value } => changed.iter().any(|file| leads(file, &file.original, value)),
        Value::String { value } | Value::Text { value, .. } => in_tree(value).any(in_copy),
        _ => false,
    })
}

fn any(value: &Value, is: &impl Fn(&Value) -> bool) -> bool {
    is(value)
        || match value {
            Value::List { items, .. } | Value::Property { contents: items, .. } => {
                items.iter().any(|item| any(item, is))
            }
            Value::Attrs { entries, .. } => entries.iter().any(|entry| any(&entry.value, is)),
            _ => false,
        }
}

impl Stages<'_> {
    /// A text as the person knows it.
    pub(super) fn person(&self, text: &str) -> String {
        text.replace(super::names::TREE, &self.tree)
    }

    fn shown(&self, value: &FinalValue) -> FinalValue {
        match value {
            FinalValue::Known { value, .. } => {
                let value = shown(value, &self.tree);
                let json = value.to_json();
                FinalValue::Known { value, json }
            }
            FinalValue::Merged { value } => FinalValue::Merged { value: shown(value, &self.tree) },
            FinalValue::Failed { message } => FinalValue::Failed { message: shown_message(message, &self.tree) },
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_winner_is_the_same_wherever_it_stands_and_by_nothing_less() {
        let path = OptionPath::from_names(["a"]);
        let one = Winner::at("m.nix", (1, 1), path.clone());
        assert!(one.is_like(&Winner { at: Some((7, 3)), ..one.clone() }));
        for other in [
            Winner { module: "n.nix".into(), ..one.clone() },
            Winner { file: "n.nix".into(), ..one.clone() },
            Winner { path: OptionPath::from_names(["b"]), ..one.clone() },
            Winner { priority: Some(50), ..one.clone() },
            Winner { order: Some(500), ..one.clone() },
            Winner { at: None, ..one.clone() },
            Winner { part: Some((0, 2)), ..one.clone() },
            Winner { outer: vec![(path.clone(), "m.nix".into(), None)], ..one.clone() },
        ] {
            assert!(!one.is_like(&other) && !other.is_like(&one), "{other:?}");
        }
    }

    #[test]
    fn what_lies_outside_is_looked_at_again_when_it_was_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.nix");
        std::fs::write(&file, "1").expect("written");
        let side = Side { outside: vec![(file.clone(), modified(&file))], ..Side::default() };
        assert!(side.stands());
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        let opened = std::fs::File::options().write(true).open(&file);
        opened.and_then(|file| file.set_modified(later)).expect("a time");
        assert!(!side.stands());
        std::fs::remove_file(&file).expect("removed");
        assert!(!side.stands());
    }
}
