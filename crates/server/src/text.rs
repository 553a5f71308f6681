//! Texts as editors count them: lines, and characters in the units that were agreed upon.

use std::ops::Range;
use std::sync::Arc;

use tower_lsp::lsp_types::{Position, PositionEncodingKind, Range as LspRange, TextDocumentContentChangeEvent};

/// The units of [`Position::character`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// What every client understands.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best of those that a client offers.
    pub(crate) fn agreed(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: &PositionEncodingKind| offered.is_some_and(|offered| offered.contains(kind));
        if offers(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offers(&PositionEncodingKind::UTF32) && !offers(&PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// A text with its lines.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    text: Arc<str>,
    /// Where each line begins. A line ends with `\n`, `\r\n` or `\r`.
    starts: Arc<[usize]>,
    /// Whether a line ends with `\r` alone, which Nix does not know.
    returns: bool,
}

impl Text {
    pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut returns = false;
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at + 1);
                returns |= *byte == b'\r';
            }
        }
        Self { text, starts: starts.into(), returns }
    }

    /// Whether it is this very text.
    pub(crate) fn is(&self, text: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.text, text) || self.text == *text
    }

    pub(crate) fn shared(&self) -> Arc<str> {
        self.text.clone()
    }

    /// A part of it.
    pub(crate) fn slice(&self, range: Range<usize>) -> Option<&str> {
        self.text.get(range)
    }

    /// Its bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The line without its end.
    fn line(&self, number: usize) -> &str {
        let start = self.starts[number];
        let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\r', '\n'])
    }

    /// The end of the line that a byte is in.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        let number = self.starts.partition_point(|start| *start <= offset).max(1) - 1;
        self.starts[number] + self.line(number).len()
    }

    /// The byte at a position. Beyond the end of a line it is the end of the line, beyond the last line the end.
    pub(crate) fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let number = position.line as usize;
        if number >= self.starts.len() {
            return self.text.len();
        }
        let line = self.line(number);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= position.character as usize {
                return self.starts[number] + at;
            }
            units += encoding.units(c);
        }
        self.starts[number] + line.len()
    }

    /// The position of a byte.
    pub(crate) fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = (0..=offset.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let number = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &self.text[self.starts[number]..offset];
        let character = before.trim_end_matches(['\r', '\n']).chars().map(|c| encoding.units(c)).sum();
        Position { line: to_u32(number), character: to_u32(character) }
    }

    pub(crate) fn range(&self, range: &Range<usize>, encoding: Encoding) -> LspRange {
        LspRange { start: self.position(range.start, encoding), end: self.position(range.end, encoding) }
    }

    /// The byte at Nix's line and column, both from 1, columns in bytes; the end of the line for a column beyond it.
    pub(crate) fn nix_offset(&self, line: u32, column: Option<u32>) -> usize {
        let Some(start) = self.nix_start(line) else { return self.text.len() };
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let wanted = (start + column.unwrap_or(1).saturating_sub(1) as usize).min(end);
        (start..=wanted).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(start)
    }

    /// Where Nix's line begins, from 1. Nix knows `\n` alone.
    fn nix_start(&self, line: u32) -> Option<usize> {
        let before = line.saturating_sub(1) as usize;
        if !self.returns {
            return self.starts.get(before).copied();
        }
        match before {
            0 => Some(0),
            _ => self.text.match_indices('\n').nth(before - 1).map(|(at, _)| at + 1),
        }
    }

    /// The range of a line that Nix names.
    pub(crate) fn nix_line(&self, line: u32, column: Option<u32>) -> Range<usize> {
        let start = self.nix_offset(line, column);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        start..end
    }

    /// The text after an edit.
    pub(crate) fn changed(&self, change: &TextDocumentContentChangeEvent, encoding: Encoding) -> Self {
        let Some(range) = change.range else { return Self::new(change.text.as_str()) };
        let start = self.offset(range.start, encoding);
        let end = self.offset(range.end, encoding).max(start);
        let mut text = String::with_capacity(self.text.len() + change.text.len());
        text.push_str(&self.text[..start]);
        text.push_str(&change.text);
        text.push_str(&self.text[end..]);
        Self::new(text)
    }
}

pub(crate) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn units_are_counted_as_agreed() {
        let text = Text::new("aé😀b");
        let offsets = ALL.map(|encoding| text.position("aé😀".len(), encoding).character);
        assert_eq!(offsets, [7, 4, 3]);
        for encoding in ALL {
            for (offset, _) in "aé😀b".char_indices() {
                assert_eq!(text.offset(text.position(offset, encoding), encoding), offset);
            }
        }
    }

    #[test]
    fn every_end_of_a_line_counts() {
        let text = Text::new("a\nb\r\nc\rd");
        for (line, offset) in [(0, 0), (1, 2), (2, 5), (3, 7)] {
            assert_eq!(text.offset(at(line, 0), Encoding::Utf16), offset);
            assert_eq!(text.position(offset, Encoding::Utf16), at(line, 0));
        }
        assert_eq!(text.offset(at(1, 99), Encoding::Utf16), 3, "the end of the line is before its end mark");
        assert_eq!(text.offset(at(99, 0), Encoding::Utf16), 8);
    }

    #[test]
    fn edits_are_what_the_client_meant() {
        let text = Text::new("a = 1;\nb = 😀;\n");
        let change = |start, end, text: &str| TextDocumentContentChangeEvent {
            range: Some(LspRange { start, end }),
            range_length: None,
            text: text.into(),
        };
        let edited = text.changed(&change(at(1, 4), at(1, 6), "2"), Encoding::Utf16);
        assert_eq!(&*edited.shared(), "a = 1;\nb = 2;\n");
        let whole = TextDocumentContentChangeEvent { range: None, range_length: None, text: "x".into() };
        assert_eq!(&*edited.changed(&whole, Encoding::Utf16).shared(), "x");
    }

    #[test]
    fn places_of_nix() {
        let text = Text::new("é = 1;\r\n  b = 2;\n");
        assert_eq!(text.nix_offset(1, Some(2)), 0, "inside a character is its beginning");
        assert_eq!(text.nix_offset(2, Some(3)), 11);
        assert_eq!(text.nix_offset(9, Some(3)), text.shared().len());
    }
}
