//! What can go wrong when Nix is asked.

use std::path::PathBuf;
use std::time::Duration;

use mkwhy_model::{Message, Position};

/// Why Nix gave no answer. The display is one sentence; [`Error::help`] is the next step.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no Nix where it was looked for.
    #[error("Nix was not found{}", .0.as_ref().map_or_else(|| " on PATH".to_owned(), |path| format!(": {} cannot be run", path.display())))]
    NoNix(Option<PathBuf>),
    /// A Nix older than 2.4, which has no `nix eval --json --apply`.
    #[error("Nix {0} is too old: 2.4 or newer is needed")]
    TooOld(String),
    /// Nix could not be started, or its output could not be read.
    #[error("Nix could not be run: {0}")]
    Spawn(String),
    /// Evaluation failed as a whole.
    #[error("the configuration does not evaluate: {}", message)]
    Evaluation {
        /// Nix's message.
        message: Message,
        /// Nix's trace, the innermost place first.
        trace: Vec<Message>,
        /// A sentence that says what to do, where the cause is known.
        help: Option<String>,
    },
    /// The time limit.
    #[error("evaluation was stopped after {} s", .0.as_secs())]
    Timeout(Duration),
    /// The memory limit, in MiB.
    #[error("evaluation needed more than {0} MiB of memory and was stopped")]
    Memory(u64),
    /// Nix ended without saying why.
    #[error("Nix ended without a result ({0})")]
    Crashed(String),
    /// A program that is not Nix cannot be run.
    #[error("{0}")]
    Program(String),
    /// Nix's answer is not what the probe writes; a defect of mkwhy.
    #[error("Nix's answer could not be read: {0}")]
    Wire(String),
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nix is missing or cannot be used.
    Nix,
    /// The configuration.
    Evaluation,
    /// A limit was reached.
    Limit,
    /// mkwhy itself.
    Internal,
}

impl Error {
    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoNix(_) | Self::TooOld(_) | Self::Spawn(_) | Self::Program(_) => ErrorKind::Nix,
            Self::Evaluation { .. } => ErrorKind::Evaluation,
            Self::Timeout(_) | Self::Memory(_) => ErrorKind::Limit,
            Self::Crashed(_) | Self::Wire(_) => ErrorKind::Internal,
        }
    }

    /// The next step for the person, where there is one.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoNix(_) => Some(
                "install Nix (Debian: apt-get install nix-bin), or name it with --nix PATH or nix.path in mkwhy.toml"
                    .into(),
            ),
            Self::TooOld(_) => Some("install a newer Nix, or name one with --nix PATH".into()),
            Self::Evaluation { help, .. } => help.clone(),
            Self::Timeout(_) => Some("raise it with --timeout SECONDS, or look for a loop in the configuration".into()),
            Self::Memory(_) => {
                Some("raise it with --memory MIB, or look for a value without end in the configuration".into())
            }
            Self::Spawn(_) | Self::Crashed(_) => Some("run it with --verbose to see the command".into()),
            Self::Program(_) | Self::Wire(_) => None,
        }
    }

    /// Where Nix says it happened.
    pub fn at(&self) -> Option<&Position> {
        match self {
            Self::Evaluation { message, .. } => message.at.as_ref(),
            _ => None,
        }
    }
}
