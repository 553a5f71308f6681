//! One file's text, parsed, with the places that Nix names.

use std::ops::Range;

use rnix::SyntaxNode;
use rowan::ast::AstNode as _;

/// A Nix file as text and syntax tree. Text that does not parse is read as far as it goes.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    root: SyntaxNode,
    /// The byte offset of each line, as Nix counts lines: ended by `\n`, `\r\n` or a lone `\r`.
    lines: Vec<usize>,
}

impl Source {
    /// Parses a text.
    pub fn parse(text: impl Into<String>) -> Self {
        let text = text.into();
        let root = rnix::Root::parse(&text).tree().syntax().clone();
        let lines = line_starts(&text);
        Self { text, root, lines }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the text at a byte range; empty where the range is not one of this text.
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    pub(crate) fn root(&self) -> &SyntaxNode {
        &self.root
    }

    /// The byte offset of a line and column, both from 1, columns in bytes; `None` where there is no such place.
    pub fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let start = *self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let offset = start + usize::try_from(column).ok()?.checked_sub(1)?;
        let end = self.lines.get(usize::try_from(line).ok()?).copied().unwrap_or(self.text.len());
        (offset <= end && self.text.is_char_boundary(offset)).then_some(offset)
    }

    /// The line and column, both from 1, of a byte offset.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let column = offset - self.lines.get(line).copied().unwrap_or_default();
        (u32::try_from(line + 1).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (at, byte) in bytes.iter().enumerate() {
        let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        if ends {
            starts.push(at + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind() {
        let source = Source::parse("a\r\nb\nü c\rd");
        assert_eq!(source.offset(2, 1), Some(3));
        assert_eq!(source.offset(3, 1), Some(5));
        assert_eq!(source.offset(3, 2), None, "inside a character");
        assert_eq!(source.offset(4, 1), Some(10));
        assert_eq!(source.offset(9, 1), None);
        assert_eq!(source.line_column(5), (3, 1));
        assert_eq!(source.line_column(10), (4, 1));
    }
}
