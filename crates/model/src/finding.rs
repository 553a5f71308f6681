//! What the rules find in a configuration.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Knowledge, Message, OptionPath, Position};

/// How much a finding matters; the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As intended; shown to those who ask.
    Hint,
    /// Worth knowing.
    Information,
    /// Probably not what was meant.
    Warning,
    /// Nix refuses it.
    Error,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Hint, Self::Information, Self::Warning, Self::Error];

    /// Its name, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no [`Level`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no level: there are hint, information, warning and error")]
pub struct NoLevel(pub String);

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(word: &str) -> Result<Self, NoLevel> {
        Self::ALL.into_iter().find(|level| level.word() == word).ok_or_else(|| NoLevel(word.to_owned()))
    }
}

/// A place that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Site {
    /// Where it is.
    pub at: Position,
    /// The bytes of the file's text that it covers, where they are known.
    pub span: Option<(usize, usize)>,
}

impl Site {
    /// The bytes that it covers.
    pub fn range(&self) -> Option<Range<usize>> {
        self.span.map(|(start, end)| start..end)
    }
}

/// Another place that belongs to a finding, with what it has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// The place.
    #[serde(flatten)]
    pub site: Site,
    /// What it is, in a few words.
    pub message: String,
}

/// How an editor shows the text of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tag {
    /// It has no effect in any target: faded.
    Unnecessary,
    /// It should be written otherwise: struck through.
    Deprecated,
}

/// Something that a rule has found at a place in the person's own files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule, for instance `shadowed-definition`. `mkwhy explain CODE` tells more.
    pub code: String,
    /// How much it matters.
    pub level: Level,
    /// One sentence.
    pub message: String,
    /// The option that it is about.
    pub option: Option<OptionPath>,
    /// Where it is.
    #[serde(flatten)]
    pub site: Site,
    /// The other places that belong to it: the winner, the other definitions.
    pub related: Vec<Related>,
    /// The targets in which it holds.
    pub targets: Vec<String>,
    /// Whether it holds in every target of the configuration that has the definition at all. False also where not all
    /// targets could be asked.
    pub everywhere: bool,
    /// True where Nix evaluated it, false for a guess from the text alone. A guess is never an error.
    pub certain: bool,
    /// How an editor shows it.
    pub tag: Option<Tag>,
}

/// How far one target could be checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// The target.
    pub target: String,
    /// Evaluated, or why only its text was read.
    pub known: Knowledge,
    /// Where evaluating failed: the trace, the innermost place first.
    pub trace: Vec<Message>,
    /// The next step after a failure.
    pub help: Option<String>,
}

impl Checked {
    /// Why it was not evaluated, where that was tried.
    pub fn failure(&self) -> Option<&Message> {
        match &self.known {
            Knowledge::Failed { message } | Knowledge::Syntax { because: Some(message) } => Some(message),
            Knowledge::Evaluated | Knowledge::Stale | Knowledge::Syntax { because: None } => None,
        }
    }
}

/// What a check of a configuration found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// The findings, by file and place.
    pub findings: Vec<Finding>,
    /// The targets that were checked.
    pub targets: Vec<Checked>,
    /// How many findings a `# mkwhy: allow` comment allowed.
    pub allowed: usize,
    /// How many findings the baseline knew already.
    pub known: usize,
    /// What should be known about this answer, in sentences.
    pub notes: Vec<String>,
}
