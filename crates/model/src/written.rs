//! Where the parts of a definition stand in its file's text.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a definition was found in the text of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Written {
    /// At the place that Nix names stands a binding of this very path.
    Literal {
        /// Its parts.
        #[serde(flatten)]
        spans: Spans,
    },
    /// Nix names no place, and the text of the module has exactly one definition that it can be.
    Candidate {
        /// Its parts.
        #[serde(flatten)]
        spans: Spans,
    },
    /// The place was found again in a text that has changed since, in this very definition: what was evaluated is no
    /// longer what stands there.
    Edited {
        /// Its parts, as they stand there now.
        #[serde(flatten)]
        spans: Spans,
    },
    /// The text has changed since, and the definition is not found in it any more. Its place is the file alone.
    Stale,
    /// No binding defines it: a function makes it.
    Computed {
        /// What was looked for in vain, in a sentence.
        why: String,
    },
    /// The text was not looked at.
    #[default]
    Unread,
}

/// The parts of a definition as byte ranges of the text of [`Definition::at`](crate::Definition::at)'s file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spans {
    /// The attribute path, up to the name that is defined.
    pub name: Range<usize>,
    /// The value, without the properties around it.
    pub value: Range<usize>,
    /// The whole binding with its `;`.
    pub binding: Range<usize>,
    /// The call of the outermost priority function at the value, such as `lib.mkForce 2`.
    pub wrapper: Option<Range<usize>>,
    /// The `mkIf` conditions around it, from outside in.
    pub conditions: Vec<Range<usize>>,
}

impl Written {
    /// The parts, where they are known.
    pub fn spans(&self) -> Option<&Spans> {
        match self {
            Self::Literal { spans } | Self::Candidate { spans } | Self::Edited { spans } => Some(spans),
            Self::Stale | Self::Computed { .. } | Self::Unread => None,
        }
    }
}
