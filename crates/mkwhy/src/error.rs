//! Errors of the façade: one sentence, a place where there is one, and the next step.

use mkwhy_model::{Message, Position};

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    at: Option<Position>,
    help: Option<String>,
    trace: Vec<Message>,
}

/// What an [`Error`] is about; a front end's exit status depends on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for does not exist.
    NotFound,
    /// The question or the settings make no sense.
    Usage,
    /// The configuration does not evaluate, or there is no Nix to evaluate it.
    Evaluation,
    /// Files are no longer what they were, or cannot be written.
    Writing,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), at: None, help: None, trace: Vec::new() }
    }

    /// Somebody ended what was under way.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Evaluation, "the evaluation was ended")
    }

    /// mkwhy itself failed.
    pub fn internal() -> Self {
        Self::new(ErrorKind::Evaluation, "mkwhy failed; this is a defect of its own, and its log says more")
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) fn with_place(mut self, at: Position) -> Self {
        self.at = Some(at);
        self
    }

    #[must_use]
    pub(crate) fn with_file(self, file: &str) -> Self {
        self.with_place(Position::of_file(file))
    }

    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where it happened, with the file as seen from the workspace.
    pub fn at(&self) -> Option<&Position> {
        self.at.as_ref()
    }

    /// The next step.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Nix's trace, the innermost place first.
    pub fn trace(&self) -> &[Message] {
        &self.trace
    }

    /// From Nix's error, with its files mapped back into the working tree.
    pub(crate) fn from_eval(error: &mkwhy_eval::Error, map: impl Fn(&str) -> String) -> Self {
        let place = |at: &Position| Position { file: map(&at.file), ..at.clone() };
        let mut message = error.to_string();
        let mut trace = Vec::new();
        if let mkwhy_eval::Error::Evaluation { message: inner, trace: lines, .. } = error {
            // The place stands beside the sentence, once.
            message = format!("the configuration does not evaluate: {}", crate::files::shorten(&inner.text, &map));
            trace =
                lines.iter().map(|line| Message { text: line.text.clone(), at: line.at.as_ref().map(place) }).collect();
        }
        Self { kind: ErrorKind::Evaluation, message, at: error.at().map(place), help: error.help(), trace }
    }
}
