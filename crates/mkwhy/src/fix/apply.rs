//! Writing a change: all of it or nothing.

use mkwhy_model::Change;

use crate::error::Error;
use crate::workspace::Workspace;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The files, as positions name them.
    pub files: Vec<String>,
}

/// What an earlier run left half done, and what was made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The files that are as before it.
    pub rolled_back: Vec<String>,
    /// The files that are as it meant.
    pub finished: Vec<String>,
}

impl Workspace {
    /// Writes a change.
    ///
    /// # Errors
    /// If a file is no longer what the change speaks of, or cannot be written; then nothing is.
    pub fn apply(&self, _change: &Change) -> Result<Applied, Error> {
        Ok(Applied::default())
    }

    /// Finishes or rolls back what a run left that was killed while it wrote.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn recover(&self) -> Result<Recovered, Error> {
        Ok(Recovered::default())
    }
}
