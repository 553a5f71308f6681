//! One target, looked at as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use mkwhy_model::{Cascade, Cell, Checked, Definition, FinalValue, Knowledge, Matrix, OptionPath, Row};
use mkwhy_rules::Subject;
use mkwhy_syntax::Source;

/// Every setting that the person's own files define in one target, with its cascade and the texts that it speaks of.
#[derive(Debug, Clone)]
pub struct Inspection {
    pub(super) checked: Checked,
    /// By path.
    pub(super) subjects: Vec<Subject>,
    /// The person's own files, by the names that positions have.
    pub(super) own: BTreeSet<String>,
    /// The person's own files in which definitions stand, modules and what they import.
    written: BTreeSet<String>,
    pub(super) sources: BTreeMap<String, Arc<Source>>,
    pub(super) notes: Vec<String>,
    /// Which subjects have a definition in a file, made when asked for.
    by_file: OnceLock<HashMap<String, Vec<usize>>>,
}

impl Inspection {
    pub(super) fn new(
        checked: Checked,
        subjects: Vec<Subject>,
        own: BTreeSet<String>,
        sources: BTreeMap<String, Arc<Source>>,
        notes: Vec<String>,
    ) -> Self {
        Self { checked, subjects, written: own.clone(), own, sources, notes, by_file: OnceLock::new() }
    }

    /// With more files of the person's own in which definitions stand.
    #[must_use]
    pub(super) fn written_in(mut self, more: BTreeSet<String>) -> Self {
        self.written.extend(more);
        self
    }

    /// The target.
    pub fn target(&self) -> &str {
        &self.checked.target
    }

    /// How far it could be looked at.
    pub fn checked(&self) -> &Checked {
        &self.checked
    }

    /// Whether Nix evaluated it; else only its text was read.
    pub fn is_evaluated(&self) -> bool {
        self.checked.known == Knowledge::Evaluated
    }

    /// The cascades, by path.
    pub fn cascades(&self) -> impl Iterator<Item = &Cascade> {
        self.subjects.iter().map(|subject| &*subject.cascade)
    }

    /// The cascade of a setting, if the person's own files define it.
    pub fn cascade(&self, path: &OptionPath) -> Option<&Cascade> {
        self.subject(path).map(|subject| &*subject.cascade)
    }

    /// The same, to be kept.
    pub fn shared_cascade(&self, path: &OptionPath) -> Option<Arc<Cascade>> {
        self.subject(path).map(|subject| subject.cascade.clone())
    }

    pub(crate) fn subject(&self, path: &OptionPath) -> Option<&Subject> {
        let index = self.subjects.binary_search_by(|subject| subject.cascade.path.cmp(path)).ok()?;
        Some(&self.subjects[index])
    }

    /// The settings that have a definition in a file.
    pub fn paths_in(&self, file: &str) -> impl Iterator<Item = &OptionPath> {
        self.numbers_in(file).map(|index| &self.subjects[index].cascade.path)
    }

    /// The definitions that stand in a file.
    pub(super) fn definitions_in(&self, file: &str) -> impl Iterator<Item = &Definition> {
        self.numbers_in(file)
            .flat_map(|index| &self.subjects[index].cascade.definitions)
            .filter(move |definition| definition.at.file == file)
    }

    fn numbers_in(&self, file: &str) -> impl Iterator<Item = usize> {
        let by_file = self.by_file.get_or_init(|| {
            let mut by_file: HashMap<String, Vec<usize>> = HashMap::new();
            for (index, subject) in self.subjects.iter().enumerate() {
                for definition in &subject.cascade.definitions {
                    let numbers = by_file.entry(definition.at.file.clone()).or_default();
                    if numbers.last() != Some(&index) {
                        numbers.push(index);
                    }
                }
            }
            by_file
        });
        by_file.get(file).into_iter().flatten().copied()
    }

    /// The person's own files among the modules, by the names that positions have.
    pub fn own_files(&self) -> &BTreeSet<String> {
        &self.own
    }

    /// The person's own files in which definitions stand: modules, and what modules import as a value.
    pub(crate) fn is_written_in(&self, file: &str) -> bool {
        self.written.contains(file)
    }

    /// The text of a file as it was looked at.
    pub fn source(&self, file: &str) -> Option<&Arc<Source>> {
        self.sources.get(file)
    }

    /// The files whose texts it was made from, by the names that positions have.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().map(|(name, source)| (name.as_str(), &**source))
    }

    /// The settings that several own definitions set, by modules.
    pub fn duplicates(&self) -> Matrix {
        let is_own = |definition: &&Definition| {
            definition.certain && !definition.declared_default && self.own.contains(definition.owner())
        };
        let several: Vec<&Cascade> =
            self.cascades().filter(|cascade| cascade.definitions.iter().filter(is_own).count() > 1).collect();
        let modules: BTreeSet<&str> = several
            .iter()
            .flat_map(|cascade| cascade.definitions.iter().filter(is_own))
            .map(Definition::owner)
            .collect();
        let modules: Vec<String> = modules.into_iter().map(str::to_owned).collect();
        let row = |cascade: &&Cascade| Row {
            path: cascade.path.clone(),
            value: cascade.value.value().cloned(),
            contradiction: cascade.contradiction,
            error: match &cascade.value {
                FinalValue::Failed { message } => Some(message.clone()),
                _ => None,
            },
            cells: cascade
                .definitions
                .iter()
                .filter(is_own)
                .map(|definition| Cell {
                    module: modules.iter().position(|module| module == definition.owner()).unwrap_or_default(),
                    priority: definition.priority,
                    outcome: definition.outcome.clone(),
                    at: definition.at.clone(),
                })
                .collect(),
        };
        Matrix {
            target: self.target().to_owned(),
            known: self.checked.known.clone(),
            rows: several.iter().map(row).collect(),
            modules,
            notes: self.notes.clone(),
        }
    }

    /// What should be known about it, in sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
