//! Lines, indentation and line ends, as a file has them.

use std::ops::Range;

use rnix::SyntaxKind;
use rowan::NodeOrToken;

use crate::source::Source;

impl Source {
    /// What ends the lines of this file: that of the first line, `\n` for a file of one line.
    pub fn line_end(&self) -> &'static str {
        match self.text().find('\n') {
            Some(at) if self.text()[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Where the line of an offset begins.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        self.text()[..offset].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The blanks that the line of an offset begins with.
    pub fn indentation(&self, offset: usize) -> &str {
        let start = self.line_start(offset);
        let line = &self.text()[start..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Whether only blanks stand before an offset on its line.
    pub(crate) fn begins_line(&self, offset: usize) -> bool {
        self.text()[self.line_start(offset)..offset].chars().all(|c| c == ' ' || c == '\t')
    }

    /// Whether only blanks follow an offset on its line.
    pub(crate) fn ends_line(&self, offset: usize) -> bool {
        let rest = self.text()[offset..].split('\n').next().unwrap_or_default();
        rest.chars().all(|c| c.is_whitespace())
    }

    /// How much deeper one level is indented than the one around it: as the first indented line, two blanks without one.
    pub(crate) fn step(&self) -> &str {
        let first = self.text().lines().find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
        match first {
            Some(line) if line.starts_with('\t') => "\t",
            Some(line) => {
                let blanks = line.len() - line.trim_start_matches(' ').len();
                if blanks == 4 { "    " } else { "  " }
            }
            None => "  ",
        }
    }
}

/// The parts of strings in an expression, which must not be moved to another column.
fn in_strings(text: &str) -> Vec<Range<usize>> {
    let source = Source::parse(text);
    let mut found = Vec::new();
    let mut open = vec![source.reader().root()];
    while let Some(node) = open.pop() {
        for element in node.elements() {
            match element {
                NodeOrToken::Node(node) => open.push(node),
                NodeOrToken::Token(token) if token.kind() == SyntaxKind::TOKEN_STRING_CONTENT => {
                    found.push(token.start()..token.start() + token.text().len());
                }
                NodeOrToken::Token(_) => {}
            }
        }
    }
    found
}

/// An expression for another place: its further lines begin with `to` where they began with `from`. What stands inside
/// a string is left as it is, to the byte.
pub(super) fn reindented(text: &str, from: &str, to: &str, line_end: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    let strings = in_strings(text);
    let inside = |offset: usize| strings.iter().any(|string| string.start <= offset && offset < string.end);
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    let mut at = 0;
    while let Some(end) = rest.find('\n') {
        let line = &rest[..end];
        let string = inside(at + end);
        out.push_str(if string { line } else { line.trim_end_matches('\r') });
        out.push_str(if string { "\n" } else { line_end });
        at += end + 1;
        rest = &rest[end + 1..];
        let blank = rest.split('\n').next().unwrap_or_default().trim().is_empty();
        if !string
            && !blank
            && let Some(more) = rest.strip_prefix(from)
        {
            at += from.len();
            rest = more;
            out.push_str(to);
        }
    }
    out.push_str(rest);
    out
}
