//! What is being written: enough to finish it and to undo it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::inside;
use crate::error::Error;

/// The version of the format.
const VERSION: u32 = 1;

/// A change on its way to the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    version: u32,
    /// Folders that are made for it, the outer ones first, from the root.
    pub(super) folders: Vec<String>,
    pub(super) files: Vec<Entry>,
}

/// One file of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// As positions name it.
    pub(super) name: String,
    /// Where it really is, from the root.
    pub(super) path: String,
    /// `None` for a file that is created.
    pub(super) before: Option<String>,
    pub(super) after: String,
}

impl Default for Journal {
    fn default() -> Self {
        Self { version: VERSION, folders: Vec::new(), files: Vec::new() }
    }
}

impl Journal {
    pub(super) fn text(&self) -> String {
        // Plain strings always become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads one. `None` where it is none of this version, or speaks of files outside of the root: then a person has to
    /// look at it.
    pub(super) fn read(root: &Path, text: &[u8]) -> Option<Self> {
        let journal: Self = serde_json::from_slice(text).ok().filter(|journal: &Self| journal.version == VERSION)?;
        let paths = journal.folders.iter().chain(journal.files.iter().map(|entry| &entry.path));
        for path in paths {
            let path = inside(root, path).ok()?;
            let folder = path.parent()?;
            // Whoever wrote it had resolved every link.
            if folder.exists() && folder.canonicalize().ok()? != folder {
                return None;
            }
        }
        Some(journal)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.files.iter().map(|entry| entry.name.clone()).collect()
    }
}

impl Entry {
    pub(super) fn file(&self, root: &Path) -> PathBuf {
        root.join(&self.path)
    }

    /// Where its new text waits.
    pub(super) fn temporary(&self, root: &Path) -> PathBuf {
        temporary_name(&self.file(root))
    }

    /// Where its old text waits, when the change is undone.
    pub(super) fn put_back(&self, root: &Path) -> PathBuf {
        put_back_name(&self.file(root))
    }

    /// An error about it.
    pub(super) fn cannot(&self, what: &str, wrong: &std::io::Error) -> Error {
        super::plan::cannot(&self.name, what, wrong)
    }
}

/// A file beside another. It does not end in `.nix`: some configurations import everything that does.
pub(super) fn temporary_name(file: &Path) -> PathBuf {
    beside(file, "mkwhy-new")
}

pub(super) fn put_back_name(file: &Path) -> PathBuf {
    beside(file, "mkwhy-old")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    file.with_file_name(format!(".{name}.{ending}"))
}
