//! Text for people, from the data of the library. Pure functions: what they need to know about the
//! terminal is in [`Look`], and colours that are not wanted are taken out again on the way to the stream.

#[cfg(test)]
mod answer_tests;
pub mod check;
#[cfg(test)]
mod check_tests;
mod conclusion;
mod definitions;
pub mod diff;
mod excerpt;
pub mod failure;
pub mod fix;
#[cfg(test)]
pub mod fix_samples;
#[cfg(test)]
mod fix_tests;
mod labels;
pub mod list;
pub mod matrix;
pub mod page;
#[cfg(test)]
pub mod samples;
pub mod targets;
pub mod text;
pub mod why;
#[cfg(test)]
mod why_tests;

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use mkwhy::{Knowledge, Level, Outcome, Position};

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

    /// A sentence as lines: broken between words on a terminal, whole in a pipe.
    fn sentence(&self, page: &mut String, label: &str, style: Style, sentence: &str) {
        let sentence = format!("{label}{}", text::harmless(sentence));
        let lines: Vec<String> = if self.terminal {
            // Paths are full of hyphens and are not to be taken apart.
            let options = textwrap::Options::new(self.width)
                .word_separator(textwrap::WordSeparator::AsciiSpace)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .break_words(false)
                .subsequent_indent("  ");
            textwrap::wrap(&sentence, options).into_iter().map(Into::into).collect()
        } else {
            vec![sentence]
        };
        for line in lines {
            match line.strip_prefix(label.trim_end()).filter(|_| !label.is_empty()) {
                Some(rest) => Text::styled(label.trim_end(), style).and(rest, PLAIN).end_line(page),
                None => Text::styled(&line, PLAIN).end_line(page),
            }
        }
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

/// The colour of a level.
fn level_style(level: Level) -> Style {
    match level {
        Level::Error => BAD,
        Level::Warning => OPEN.bold(),
        Level::Information => AnsiColor::Cyan.on_default().bold(),
        Level::Hint => DIM,
    }
}

/// What limits the answer, where something does.
fn limits(known: &Knowledge) -> Option<String> {
    match known {
        Knowledge::Evaluated => None,
        Knowledge::Stale => Some("This is how it was before the last change of the files.".to_owned()),
        Knowledge::Syntax { .. } => {
            Some("This was read from the source text alone; conditions were not evaluated.".to_owned())
        }
        Knowledge::Failed { message } => Some(format!("Nix could not evaluate this: {message}")),
    }
}

/// A number of things, `one` or `many` of them.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Adds the sentences that limit or explain an answer, each on a line.
fn notes(page: &mut String, known: &Knowledge, notes: &[String], look: &Look) {
    let limits = limits(known);
    if limits.is_none() && notes.is_empty() {
        return;
    }
    page.push('\n');
    for sentence in limits.iter() {
        look.sentence(page, "warning: ", OPEN, sentence);
    }
    for sentence in notes {
        look.sentence(page, "note: ", DIM, sentence);
    }
}
