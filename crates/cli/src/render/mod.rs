//! Text for people, from the data of the library. Pure functions: what they need to know about the
//! terminal is in [`Look`], and colours that are not wanted are taken out again on the way to the stream.

mod conclusion;
mod definitions;
pub mod failure;
pub mod list;
pub mod matrix;
#[cfg(test)]
pub mod samples;
pub mod targets;
mod text;
#[cfg(test)]
mod why_tests;
pub mod why;

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use mkwhy::{Knowledge, Outcome, Position};

use text::Text;

/// How text is to look.
#[derive(Debug, Clone)]
pub struct Look {
    /// How many columns there are.
    pub width: usize,
    /// Whether a person looks at it; what goes into a pipe is never cut off, so that no search misses anything.
    pub terminal: bool,
    /// Whether everything is shown.
    pub verbose: bool,
    /// Of a terminal with links: the directory that relative positions start from.
    pub links: Option<PathBuf>,
}

impl Look {
    /// Whether what is too long is cut off.
    fn cuts(&self) -> bool {
        self.terminal && !self.verbose
    }

    /// The text in at most so many columns, where cutting is allowed.
    fn fit(&self, text: &str, columns: usize) -> String {
        if self.cuts() { text::cut(text, columns) } else { text.to_owned() }
    }

    /// Writes a position, clickable where that works and always as `path:line:column`.
    fn place(&self, text: &mut Text, at: &Position, style: Style) {
        let target = self.links.as_deref().map(|root| text::file_link(root, at));
        text.linked(&at.to_string(), style, target.as_deref());
    }
}

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default();

/// The sign of an outcome. Each differs from the others without any colour.
fn mark(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Wins => "✓",
        Outcome::Merged => "+",
        Outcome::Conflicts => "!",
        Outcome::Shadowed { .. } => "✗",
        Outcome::Inactive { .. } => "○",
        Outcome::Dropped { .. } => "⊘",
        Outcome::Undecided => "?",
    }
}

/// The colours of an outcome: of its mark and word, of its value, and of the rest of its line.
fn styles(outcome: &Outcome) -> (Style, Style, Style) {
    match outcome {
        Outcome::Wins | Outcome::Merged => (GOOD, GOOD, PLAIN),
        Outcome::Conflicts => (BAD, BAD, PLAIN),
        Outcome::Shadowed { .. } | Outcome::Dropped { .. } => (DIM, DIM.strikethrough(), DIM),
        Outcome::Inactive { .. } => (DIM, DIM, DIM),
        Outcome::Undecided => (OPEN, OPEN, PLAIN),
    }
}

/// What limits the answer, where something does.
fn limits(known: &Knowledge) -> Option<String> {
    match known {
        Knowledge::Evaluated => None,
        Knowledge::Stale => Some("This is how it was before the last change of the files.".to_owned()),
        Knowledge::Syntax => Some("This was read from the source text alone; conditions were not evaluated.".to_owned()),
        Knowledge::Failed { message } => Some(format!("Nix could not evaluate this: {message}")),
    }
}

/// A number of things, `one` or `many` of them.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Adds the sentences that limit or explain an answer, each on a line.
fn notes(page: &mut String, known: &Knowledge, notes: &[String]) {
    let limits = limits(known);
    if limits.is_none() && notes.is_empty() {
        return;
    }
    page.push('\n');
    for sentence in limits.iter() {
        Text::styled("warning: ", OPEN).and(sentence, PLAIN).end_line(page);
    }
    for sentence in notes {
        Text::styled("note: ", DIM).and(sentence, PLAIN).end_line(page);
    }
}
