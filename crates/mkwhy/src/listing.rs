//! Every setting that the person's own files define: lists and the matrix of duplicates.

use std::collections::BTreeMap;

use mkwhy_eval::{Evaluation, Kind};
use mkwhy_model::{Cascade, Cell, Definition, FinalValue, Found, Knowledge, Matrix, Message, OptionPath, Row, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cascade::{found, localized};
use crate::definition;
use crate::files::Files;

/// The settings of a target that the person's own files define.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listing {
    /// The target that was asked.
    pub target: String,
    /// How this is known.
    pub known: Knowledge,
    /// The settings, by path.
    pub settings: Vec<Setting>,
    /// What should be known about this answer, in sentences.
    pub notes: Vec<String>,
}

/// Everything that was found at one path.
struct Entry {
    cascade: Option<Cascade>,
    failure: Option<Message>,
    /// Inactive definitions that only the text of a larger one shows.
    read: Vec<Definition>,
}

impl Entry {
    fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.cascade.iter().flat_map(|cascade| &cascade.definitions).chain(&self.read)
    }

    fn error(&self) -> Option<Message> {
        match self.cascade.as_ref().map(|cascade| &cascade.value) {
            Some(FinalValue::Failed { message }) => Some(message.clone()),
            _ => self.failure.clone(),
        }
    }

    fn value(&self) -> Option<&mkwhy_model::Value> {
        self.cascade.as_ref().and_then(|cascade| cascade.value.value())
    }
}

/// What an evaluation listed, by path, under a prefix.
pub(crate) struct Inventory {
    entries: BTreeMap<OptionPath, Entry>,
    own: Vec<String>,
    notes: Vec<String>,
}

impl Inventory {
    pub(crate) fn new(files: &mut Files, target: &str, evaluation: &Evaluation, prefix: &OptionPath) -> Self {
        let mut entries: BTreeMap<OptionPath, Entry> = BTreeMap::new();
        let mut own: Vec<String> = Vec::new();
        let mut read: Vec<(OptionPath, Definition)> = Vec::new();
        for part in &evaluation.parts {
            for definition in &part.definitions {
                if files.is_own(&definition.file) {
                    own.push(files.name(&definition.file));
                }
                // A module without a file of its own belongs to the file that it stands in.
                if let Some(place) =
                    definition.at.as_ref().filter(|place| !definition.file.starts_with('/') && files.is_own(&place.0))
                {
                    own.push(files.name(&place.0));
                }
            }
            if part.kind == Kind::Remainder {
                for definition in &part.definitions {
                    read.extend(definition::read(files, &part.path, definition));
                }
                continue;
            }
            if !part.path.starts_with(prefix) {
                continue;
            }
            let entry = match found(files, target, evaluation, part) {
                Found::Cascade { cascade } => Entry { cascade: Some(*cascade), failure: None, read: Vec::new() },
                Found::Failed { message, .. } => Entry { cascade: None, failure: Some(message), read: Vec::new() },
                _ => continue,
            };
            entries.entry(part.path.clone()).or_insert(entry);
        }
        for (path, definition) in read {
            // What is listed by itself knows of its inactive definitions already.
            if path.starts_with(prefix)
                && entries.get(&path).is_none_or(|entry| entry.cascade.is_none() && entry.failure.is_none())
            {
                entries
                    .entry(path)
                    .or_insert_with(|| Entry { cascade: None, failure: None, read: Vec::new() })
                    .read
                    .push(definition);
            }
        }
        own.sort();
        own.dedup();
        let notes = evaluation
            .unchecked
            .iter()
            .map(|message| format!("Nix refuses this configuration as a whole: {}", localized(files, message)))
            .collect();
        Self { entries, own, notes }
    }

    fn is_own(&self, definition: &Definition) -> bool {
        !definition.declared_default && self.own.binary_search_by(|own| own.as_str().cmp(definition.owner())).is_ok()
    }

    /// The settings with counts of their own definitions.
    pub(crate) fn listing(&self, target: &str) -> Listing {
        let settings = self
            .entries
            .iter()
            .map(|(path, entry)| {
                let own: Vec<&Definition> = entry.definitions().filter(|definition| self.is_own(definition)).collect();
                let mut files: Vec<&str> = own.iter().map(|definition| definition.owner()).collect();
                files.sort_unstable();
                files.dedup();
                Setting {
                    path: path.clone(),
                    value: entry.value().cloned(),
                    definitions: own.len(),
                    files: files.len(),
                    undeclared: entry.cascade.as_ref().is_some_and(|cascade| !cascade.declared),
                    contradiction: entry.cascade.as_ref().is_some_and(|cascade| cascade.contradiction),
                    error: entry.error(),
                }
            })
            .filter(|setting| setting.definitions > 0 || setting.error.is_some())
            .collect();
        Listing { target: target.to_owned(), known: Knowledge::Evaluated, settings, notes: self.notes.clone() }
    }

    /// The settings that several own definitions set, by modules.
    pub(crate) fn matrix(&self, target: &str) -> Matrix {
        // A setting whose definitions are not known may be one: saying nothing would be a disguise.
        let listed = |entry: &Entry| {
            entry.failure.is_some() || entry.definitions().filter(|definition| self.is_own(definition)).count() > 1
        };
        let rows: Vec<(&OptionPath, &Entry)> = self.entries.iter().filter(|(_, entry)| listed(entry)).collect();
        let mut modules: Vec<String> = rows
            .iter()
            .flat_map(|(_, entry)| entry.definitions())
            .filter(|definition| self.is_own(definition))
            .map(|definition| definition.owner().to_owned())
            .collect();
        modules.sort();
        modules.dedup();
        let column = |definition: &Definition| {
            modules.binary_search_by(|module| module.as_str().cmp(definition.owner())).unwrap_or_default()
        };
        let rows = rows
            .into_iter()
            .map(|(path, entry)| {
                let mut cells: Vec<Cell> = entry
                    .definitions()
                    .filter(|definition| self.is_own(definition))
                    .map(|definition| Cell {
                        module: column(definition),
                        priority: definition.priority,
                        outcome: definition.outcome.clone(),
                        at: definition.at.clone(),
                    })
                    .collect();
                cells.sort_by_key(|cell| cell.module);
                Row {
                    path: path.clone(),
                    value: entry.value().cloned(),
                    contradiction: entry.cascade.as_ref().is_some_and(|cascade| cascade.contradiction),
                    error: entry.error(),
                    cells,
                }
            })
            .collect();
        Matrix { target: target.to_owned(), known: Knowledge::Evaluated, modules, rows, notes: self.notes.clone() }
    }
}
