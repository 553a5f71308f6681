//! How the command ends.

use mkwhy::{ErrorKind, Message, Position};
use schemars::JsonSchema;
use serde::Serialize;

/// The exit codes. What each means is written down in [`crate::args::EXIT_CODES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was found.
    Found = 0,
    /// There is no such thing.
    NotFound = 1,
    /// The command line or the configuration of mkwhy is wrong.
    Usage = 2,
    /// Definitions of one winning priority exclude each other.
    Contradiction = 3,
    /// Nix could not evaluate it.
    Evaluation = 4,
    /// A check found what is denied.
    Denied = 5,
    /// Less was written than was asked for.
    Left = 6,
    /// A signal came.
    Interrupted = 130,
}

/// What a command has to say once it is done, complete: so that an interrupted one has written nothing.
#[derive(Debug)]
pub struct Report {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// How it ends.
    pub status: Status,
}

impl Report {
    /// An answer.
    pub fn found(stdout: String) -> Self {
        Self { stdout, stderr: String::new(), status: Status::Found }
    }
}

/// Why a command has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// One sentence, with file and line where they are known.
    pub message: String,
    /// Where it happened.
    pub at: Option<Position>,
    /// The next step.
    pub help: Option<String>,
    /// What kind of failure it is; decides the exit code.
    pub kind: FailureKind,
    /// Nix's trace, the innermost place first.
    pub trace: Vec<Message>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// No such target or option. Exit code 1.
    NotFound,
    /// The command line, the directory or mkwhy.toml is wrong. Exit code 2.
    Usage,
    /// Nix could not evaluate it, or could not be run. Exit code 4.
    Evaluation,
    /// A file is no longer what it was, or cannot be written. Exit code 6.
    Writing,
}

impl Failure {
    /// The exit code that goes with it.
    pub fn status(&self) -> Status {
        match self.kind {
            FailureKind::NotFound => Status::NotFound,
            FailureKind::Usage => Status::Usage,
            FailureKind::Evaluation => Status::Evaluation,
            FailureKind::Writing => Status::Left,
        }
    }
}

impl From<mkwhy::Error> for Failure {
    fn from(error: mkwhy::Error) -> Self {
        Self {
            message: error.to_string(),
            at: error.at().cloned(),
            help: error.help().map(str::to_owned),
            kind: match error.kind() {
                ErrorKind::NotFound => FailureKind::NotFound,
                ErrorKind::Usage => FailureKind::Usage,
                ErrorKind::Evaluation => FailureKind::Evaluation,
                ErrorKind::Writing => FailureKind::Writing,
            },
            trace: error.trace().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::EXIT_CODES;

    #[test]
    fn every_exit_code_is_documented() {
        let all = [
            Status::Found,
            Status::NotFound,
            Status::Usage,
            Status::Contradiction,
            Status::Evaluation,
            Status::Denied,
            Status::Left,
            Status::Interrupted,
        ];
        assert_eq!(all.map(|status| status as u8), EXIT_CODES.map(|(code, _)| code));
    }
}
