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
    pub fn begins_line(&self, offset: usize) -> bool {
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

/// The text of a string, between its quotes and what it interpolates.
struct Content {
    range: Range<usize>,
    /// Whether the string ends behind it.
    last: bool,
    /// How many blanks Nix takes away from each of its lines; `None` where its lines are to stay where they are.
    margin: Option<usize>,
}

/// The parts of strings in an expression.
fn in_strings(text: &str) -> Vec<Content> {
    let source = Source::parse(text);
    let mut found = Vec::new();
    let mut open = vec![source.reader().root()];
    while let Some(node) = open.pop() {
        let mut parts: Vec<Content> = Vec::new();
        let mut indented = false;
        for element in node.elements() {
            match element {
                NodeOrToken::Node(node) => open.push(node),
                NodeOrToken::Token(token) => match token.kind() {
                    SyntaxKind::TOKEN_STRING_START => indented = token.text() == "''",
                    SyntaxKind::TOKEN_STRING_CONTENT => {
                        let range = token.start()..token.start() + token.text().len();
                        parts.push(Content { range, last: false, margin: None });
                    }
                    _ => {}
                },
            }
        }
        if indented && let Some(part) = parts.last_mut() {
            part.last = text[part.range.end..].starts_with("''");
            let margin = margin(text, node.start() + 2, &parts);
            parts.iter_mut().for_each(|part| part.margin = margin);
        }
        found.extend(parts);
    }
    found
}

/// How many blanks Nix takes away from each line of a string of `''`, that begins at an offset. `None` where not all of
/// its lines can go to another column together: text stands beside the opening quotes, a tab is a part of the value, an
/// end of a line is escaped or is no plain one.
fn margin(text: &str, start: usize, parts: &[Content]) -> Option<usize> {
    let first = parts.first().filter(|part| part.range.start == start)?;
    let (opening, _) = text[first.range.clone()].split_once('\n')?;
    if opening.chars().any(|c| c != ' ') {
        return None;
    }
    let mut margin: Option<usize> = None;
    for part in parts {
        let content = &text[part.range.clone()];
        if content.contains("''\\\n") || content.contains('\r') {
            return None;
        }
        let mut lines = content.split('\n').skip(1).peekable();
        while let Some(line) = lines.next() {
            let blanks = blanks(line);
            match line[blanks..].chars().next() {
                Some('\t') => return None,
                // Nothing but blanks, unless something is interpolated behind them.
                None if part.last || lines.peek().is_some() => {}
                _ => margin = Some(margin.map_or(blanks, |margin| margin.min(blanks))),
            }
        }
    }
    margin
}

/// How many blanks a line begins with.
fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// An expression for another place: its further lines begin with `to` where they began with `from`. The lines of a
/// string of `''` go along where its value stays what it is; what else stands inside a string is left as it is, to the
/// byte.
pub(super) fn reindented(text: &str, from: &str, to: &str, line_end: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    let strings = in_strings(text);
    let in_blanks = [from, to].iter().all(|indentation| indentation.len() == blanks(indentation));
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    let mut at = 0;
    while let Some(end) = rest.find('\n') {
        let line = &rest[..end];
        let string = strings.iter().find(|string| string.range.contains(&(at + end)));
        out.push_str(if string.is_some() { line } else { line.trim_end_matches('\r') });
        out.push_str(if string.is_some() { "\n" } else { line_end });
        at += end + 1;
        rest = &rest[end + 1..];
        let next = rest.split('\n').next().unwrap_or_default();
        let skipped = match string {
            None if !next.trim().is_empty() && next.starts_with(from) => {
                out.push_str(to);
                from.len()
            }
            Some(Content { range, last, margin: Some(margin) }) if in_blanks => {
                let blanks = blanks(next);
                let moved = |blanks: usize| blanks.saturating_sub(from.len()) + to.len();
                let wanted = if *last && at + blanks == range.end {
                    // The line of the closing quotes.
                    moved(blanks)
                } else if blanks == next.len() && blanks <= *margin {
                    blanks.min(moved(*margin))
                } else {
                    moved(*margin) + blanks - margin
                };
                out.push_str(&" ".repeat(wanted));
                blanks
            }
            _ => 0,
        };
        at += skipped;
        rest = &rest[skipped..];
    }
    out.push_str(rest);
    out
}
