//! One line of styled text that knows how wide it is.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;
use mkwhy::Position;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Styled text. Control characters in what is written become visible signs, because values and messages
/// come from other people's files and must not be able to steer the terminal.
#[derive(Debug, Clone, Default)]
pub struct Text {
    out: String,
    width: usize,
}

impl Text {
    /// Text in one style.
    pub fn styled(text: &str, style: Style) -> Self {
        Self::default().and(text, style)
    }

    /// An empty line that begins at this column.
    pub fn at(column: usize) -> Self {
        let mut text = Self::default();
        text.pad_to(column);
        text
    }

    /// This followed by more.
    #[must_use]
    pub fn and(mut self, text: &str, style: Style) -> Self {
        self.linked(text, style, None);
        self
    }

    /// Adds text.
    pub fn push(&mut self, text: &str, style: Style) {
        self.linked(text, style, None);
    }

    /// Adds text that leads to a target on terminals (OSC 8).
    pub fn linked(&mut self, text: &str, style: Style, target: Option<&str>) {
        let text = harmless(text);
        self.width += text.width();
        // Writing into a string does not fail.
        let _ = match target {
            Some(target) => write!(self.out, "\x1b]8;;{target}\x1b\\{style}{text}{style:#}\x1b]8;;\x1b\\"),
            None => write!(self.out, "{style}{text}{style:#}"),
        };
    }

    /// Adds spaces up to this column, at least none.
    pub fn pad_to(&mut self, column: usize) {
        let missing = column.saturating_sub(self.width);
        self.out.extend(std::iter::repeat_n(' ', missing));
        self.width += missing;
    }

    /// Adds spaces up to this column and at least two, so that what follows stands apart.
    pub fn next_column(&mut self, column: usize) {
        self.pad_to(column.max(self.width + 2));
    }

    /// Adds the text to a page, as one line.
    pub fn end_line(self, page: &mut String) {
        page.push_str(self.out.trim_end_matches(' '));
        page.push('\n');
    }
}

/// The text without characters that steer a terminal or turn the reading direction around.
pub fn harmless(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(steers) {
        return text.to_owned();
    }
    text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The text in at most so many columns, with an ellipsis where something is missing.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if width > room {
            break;
        }
        room -= width;
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// How many columns a text needs.
pub fn width(text: &str) -> usize {
    harmless(text).width()
}

/// Everything but what a path in a URI may hold as it is (RFC 3986).
pub const OUTSIDE_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of a position, with the line as the fragment, which kitty and VS Code follow.
pub fn file_link(root: &Path, at: &Position) -> String {
    let path = root.join(&at.file);
    let mut link = format!("file://{}", utf8_percent_encode(&path.to_string_lossy(), OUTSIDE_PATHS));
    if let Some(line) = at.line {
        let _ = write!(link, "#{line}");
    }
    link
}

/// Source text, which may go over many lines, as one line.
pub fn one_line(source: &str) -> String {
    source.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_counts_columns_and_not_characters() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 5), "日本…");
    }

    #[test]
    fn control_characters_of_values_do_not_reach_the_terminal() {
        let mut page = String::new();
        Text::styled("a\x1b]0;owned\x07b\u{202e}", Style::new()).end_line(&mut page);
        assert_eq!(page, "a\u{fffd}]0;owned\u{fffd}b\u{fffd}\n");
    }

    #[test]
    fn links_lead_to_the_line_and_are_still_readable() {
        let at = Position { file: "modules/a b.nix".into(), line: Some(3), column: Some(7) };
        assert_eq!(file_link(Path::new("/home/é"), &at), "file:///home/%C3%A9/modules/a%20b.nix#3");
        let mut text = Text::default();
        text.linked(&at.to_string(), Style::new(), Some("file:///x"));
        assert_eq!(text.width, "modules/a b.nix:3:7".len());
        assert!(text.out.contains("modules/a b.nix:3:7"), "{}", text.out);
    }

    #[test]
    fn columns_never_touch() {
        let mut page = String::new();
        let mut text = Text::styled("too long", Style::new());
        text.next_column(4);
        text.push("x", Style::new());
        text.end_line(&mut page);
        assert_eq!(page, "too long  x\n");
    }
}
