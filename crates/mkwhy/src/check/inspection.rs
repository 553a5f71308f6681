//! One target, looked at as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mkwhy_model::{Cascade, Checked, Knowledge, OptionPath};
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
    pub(super) sources: BTreeMap<String, Arc<Source>>,
    pub(super) notes: Vec<String>,
}

impl Inspection {
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
        self.subjects.iter().map(|subject| &subject.cascade)
    }

    /// The cascade of a setting, if the person's own files define it.
    pub fn cascade(&self, path: &OptionPath) -> Option<&Cascade> {
        let index = self.subjects.binary_search_by(|subject| subject.cascade.path.cmp(path)).ok()?;
        Some(&self.subjects[index].cascade)
    }

    /// The person's own files among the modules, by the names that positions have.
    pub fn own_files(&self) -> &BTreeSet<String> {
        &self.own
    }

    /// The text of a file as it was looked at.
    pub fn source(&self, file: &str) -> Option<&Arc<Source>> {
        self.sources.get(file)
    }

    /// What should be known about it, in sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
