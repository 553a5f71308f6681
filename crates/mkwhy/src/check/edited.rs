//! What an inspection comes to when files have been edited since.
//!
//! Definitions of an edited file are those that its text has now. Their conditions are taken to hold where the same text
//! held when Nix evaluated it. What others define is as evaluated. Who decides follows from the priorities.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use mkwhy_model::{Cascade, Definition, FinalValue, Knowledge, OptionPath, Order, Outcome, Position, Written};
use mkwhy_rules::{Merging, Subject};

use super::Inspection;
use crate::definition::literal;
use crate::reading::Reading;
use crate::targets::Target;

/// The definitions that the text of one edited file has now.
#[derive(Debug, Clone, Default)]
struct EditedFile {
    definitions: BTreeMap<OptionPath, Vec<Definition>>,
}

impl EditedFile {
    /// The options that it defines, without the larger sets around them.
    fn settings(&self) -> impl Iterator<Item = &OptionPath> {
        let is_set =
            |definition: &Definition| definition.source.as_deref().is_some_and(|source| source.starts_with('{'));
        self.definitions.iter().filter(move |(_, all)| !all.iter().all(is_set)).map(|(path, _)| path)
    }
}

/// What files say otherwise than when Nix evaluated them, and what follows from it. It is told of one file at a time.
#[derive(Debug, Clone, Default)]
pub struct Since {
    edited: BTreeMap<String, EditedFile>,
    /// The settings that the edits touch, as the texts have them now.
    pub(super) subjects: BTreeMap<OptionPath, Subject>,
}

impl Since {
    /// Whether all files say what they said.
    pub fn is_empty(&self) -> bool {
        self.edited.is_empty()
    }

    /// The files that say something else.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.edited.keys().map(String::as_str)
    }

    /// The cascade of a setting that the edits touch.
    pub fn cascade(&self, path: &OptionPath) -> Option<&Arc<Cascade>> {
        self.subjects.get(path).map(|subject| &subject.cascade)
    }

    /// The cascades of the settings that the edits touch.
    pub fn cascades(&self) -> impl Iterator<Item = &Arc<Cascade>> {
        self.subjects.values().map(|subject| &subject.cascade)
    }

    /// The options that an edited file defines now, without the larger sets around them.
    pub fn settings_in(&self, file: &str) -> impl Iterator<Item = &OptionPath> {
        self.edited.get(file).into_iter().flat_map(EditedFile::settings)
    }

    /// The options that any edited file defines now, without the larger sets around them.
    pub fn settings(&self) -> impl Iterator<Item = &OptionPath> {
        self.edited.values().flat_map(EditedFile::settings)
    }

    /// Compares what a file says now, which the index has been told, with what was evaluated: with what was on disk where
    /// the inspection does not have it.
    pub fn reread(
        &mut self,
        inspection: &Inspection,
        reading: &Reading,
        target: &Target,
        file: &str,
        on_disk: Option<Arc<str>>,
    ) {
        let now = reading.index().file(&reading.root().join(file)).map(|file| file.summary.text().clone());
        let evaluated = inspection.source(file).map(|source| source.shared_text()).or(on_disk);
        let same = now == evaluated;
        let new = (!same).then(|| inspection.edited(reading, target, file));
        let mut touched: BTreeSet<OptionPath> = inspection.paths_in(file).cloned().collect();
        touched.extend(new.iter().flat_map(|new| new.definitions.keys()).cloned());
        let old = match new {
            Some(new) => self.edited.insert(file.to_owned(), new),
            None => self.edited.remove(file),
        };
        touched.extend(old.into_iter().flat_map(|old| old.definitions.into_keys()));
        for path in touched {
            let defined_in_edited = |subject: &Subject| {
                subject.cascade.definitions.iter().any(|definition| self.edited.contains_key(&definition.at.file))
            };
            let is_touched = self.edited.values().any(|edited| edited.definitions.contains_key(&path))
                || inspection.subject(&path).is_some_and(defined_in_edited);
            match is_touched.then(|| inspection.decided(&path, &self.edited)).flatten() {
                Some(subject) => drop(self.subjects.insert(path, subject)),
                None => drop(self.subjects.remove(&path)),
            }
        }
    }
}

impl Inspection {
    /// Reads an edited file, whose text the index has been given. What is not known of its conditions stays open.
    fn edited(&self, reading: &Reading, target: &Target, file: &str) -> EditedFile {
        let mut held: HashMap<&str, Option<bool>> = HashMap::new();
        for definition in self.definitions_in(file) {
            for condition in &definition.conditions {
                if let Some(text) = &condition.text {
                    // A text that held here and did not there says nothing.
                    held.entry(text)
                        .and_modify(|holds| {
                            if *holds != condition.holds {
                                *holds = None
                            }
                        })
                        .or_insert(condition.holds);
                }
            }
        }
        let mut definitions: BTreeMap<OptionPath, Vec<Definition>> = BTreeMap::new();
        let name = reading.root().join(file);
        // Of a file that is no module of the target's for Nix, it is one by now only where the texts say so.
        let is_module =
            self.own.contains(file) || self.paths_in(file).next().is_some() || reading.is_module_of(target, &name);
        let written = if is_module { reading.definitions_in(target, &name) } else { Vec::new() };
        for (path, mut definition) in written {
            for condition in definition.conditions.iter_mut().filter(|condition| condition.holds.is_none()) {
                condition.holds = condition.text.as_deref().and_then(|text| held.get(text).copied().flatten());
            }
            let source = reading.index().file(&name);
            definition.value = source.and_then(|file| literal(&definition, file.summary.text()));
            definitions.entry(path).or_default().push(definition);
        }
        EditedFile { definitions }
    }

    /// One setting, decided anew. `None` for what is only a larger set around settings, or is not known at all.
    fn decided(&self, path: &OptionPath, edited: &BTreeMap<String, EditedFile>) -> Option<Subject> {
        let mut subject = self.subject(path)?.clone();
        let cascade = Arc::make_mut(&mut subject.cascade);
        let old = std::mem::take(&mut cascade.definitions);
        let mut new: Vec<Definition> = edited
            .values()
            .flat_map(|file| file.definitions.get(path).into_iter().flatten())
            .map(|new| known_again(new, &old))
            .collect();
        let mut all: Vec<Definition> = Vec::new();
        for definition in &old {
            // What the text cannot show is as it was. Where Nix read one that cannot be compared with this one, this one
            // counts.
            let shown = matches!(definition.written, Written::Literal { .. } | Written::Candidate { .. });
            let reread = edited.contains_key(&definition.at.file)
                && (shown || self.source(&definition.at.file).is_none())
                && definition.via.is_none()
                && !matches!(definition.outcome, Outcome::Dropped { .. });
            if reread {
                // Where it is one of several of its priority, it keeps its place among them.
                let same = |new: &Definition| new.at.file == definition.at.file;
                let alike = |new: &Definition| same(new) && new.source == definition.source;
                if let Some(index) = new.iter().position(alike).or_else(|| new.iter().position(same)) {
                    all.push(new.remove(index));
                }
                continue;
            }
            let mut kept = definition.clone();
            // Where it stands in the new text is not known.
            if edited.contains_key(&kept.at.file) {
                kept.at = Position::of_file(kept.at.file);
                kept.written = Written::Stale;
            }
            all.push(kept);
        }
        all.append(&mut new);
        subject.winners = Vec::new();
        subject.times = None;
        cascade.definitions = decide(all, subject.merging);
        cascade.contradiction = cascade.definitions.iter().any(|definition| definition.outcome == Outcome::Conflicts);
        cascade.known = Knowledge::Stale;
        if cascade.definitions != old {
            cascade.value = FinalValue::Unknown;
            cascade.before_apply = None;
        }
        Some(subject)
    }
}

/// A definition whose text is still the same has the value that Nix gave it.
fn known_again(new: &Definition, old: &[Definition]) -> Definition {
    let same = old.iter().find(|old| {
        old.at.file == new.at.file && old.source.is_some() && old.source == new.source && old.priority == new.priority
    });
    let mut definition = new.clone();
    // The module is part of the target: Nix had it.
    definition.certain = true;
    if let Some(same) = same {
        definition.value.clone_from(&same.value);
        definition.imports.clone_from(&same.imports);
        definition.parents.clone_from(&same.parents);
    }
    definition
}

/// Settles who decides, as far as the conditions are known.
fn decide(mut all: Vec<Definition>, merging: Merging) -> Vec<Definition> {
    for definition in &mut all {
        if matches!(definition.outcome, Outcome::Dropped { .. }) {
            continue;
        }
        let off = definition.conditions.iter().position(|condition| condition.holds == Some(false));
        let open =
            definition.conditions.iter().any(|condition| condition.holds.is_none()) || definition.priority.is_none();
        definition.outcome = match off {
            Some(condition) => Outcome::Inactive { condition },
            None if open => Outcome::Undecided,
            None => Outcome::Wins,
        };
    }
    let strongest = all
        .iter()
        .filter(|definition| definition.outcome == Outcome::Wins)
        .filter_map(|definition| definition.priority)
        .min_by_key(|p| p.0);
    let contested = all.iter().any(|definition| {
        definition.outcome == Outcome::Undecided
            && definition.priority.is_none_or(|priority| strongest.is_none_or(|best| !best.outranks(priority)))
    });
    let tier = |definition: &Definition| definition.outcome == Outcome::Wins && definition.priority == strongest;
    let winners: Vec<Definition> = all.iter().filter(|definition| tier(definition)).cloned().collect();
    let known: Vec<_> =
        winners.iter().filter_map(|winner| winner.value.as_ref()).filter(|value| value.is_whole()).collect();
    let conflicting = merging == Merging::One && known.windows(2).any(|pair| pair[0] != pair[1]);
    for definition in &mut all {
        if definition.outcome != Outcome::Wins {
            continue;
        }
        definition.outcome = match (definition.priority == strongest, winners.len()) {
            (true, _) if contested => Outcome::Undecided,
            (true, 1) => Outcome::Wins,
            (true, _) if conflicting => Outcome::Conflicts,
            (true, _) => Outcome::Merged,
            (false, _) => Outcome::Shadowed { by: Vec::new() },
        };
    }
    let rank = |definition: &Definition| match definition.outcome {
        Outcome::Wins | Outcome::Merged | Outcome::Conflicts => 0,
        Outcome::Undecided => 1,
        Outcome::Shadowed { .. } => 2,
        Outcome::Inactive { .. } | Outcome::Dropped { .. } => 3,
    };
    all.sort_by_key(|definition| {
        let order = definition.order.unwrap_or(Order::PLAIN).0;
        (rank(definition), if rank(definition) == 0 { order } else { 0 })
    });
    let by: Vec<usize> = all
        .iter()
        .enumerate()
        .filter(|(_, definition)| {
            definition.priority == strongest
                && (definition.outcome.takes_part() || definition.outcome == Outcome::Undecided)
        })
        .map(|(index, _)| index)
        .collect();
    for definition in &mut all {
        if let Outcome::Shadowed { by: stronger } = &mut definition.outcome {
            stronger.clone_from(&by);
        }
    }
    all
}
