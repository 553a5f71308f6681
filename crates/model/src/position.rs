//! Places in source text, and messages about them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in a file, as Nix reports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// The file: a path relative to the working tree where it lies in it, else absolute.
    pub file: String,
    /// Line, from 1. `None` where only the file is known.
    pub line: Option<u32>,
    /// Column, from 1, counted in bytes as Nix does. `None` where only the file or line is known.
    pub column: Option<u32>,
}

impl Position {
    /// The beginning of nowhere in particular in a file.
    pub fn of_file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// A message of Nix's, with the place that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Nix's own words, without colours and without the leading `error:`.
    pub text: String,
    /// Where Nix says it happened.
    pub at: Option<Position>,
}

impl Message {
    /// A message without a place.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
