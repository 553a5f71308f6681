//! Lines and columns of a text, as Nix counts them.

/// Where the lines of a text begin. Nix ends a line at `\n`, `\r\n` and a lone `\r`.
#[derive(Debug, Clone)]
pub struct Lines {
    starts: Vec<u32>,
    length: u32,
}

impl Lines {
    /// The lines of a text.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(short(at + 1));
            }
        }
        Self { starts, length: short(bytes.len()) }
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The byte offset of a line and column, both from 1, columns in bytes; `None` where the text has no such place,
    /// or where it lies inside a character.
    pub fn offset(&self, text: &str, line: u32, column: u32) -> Option<usize> {
        let start = *self.starts.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let offset = (start as usize).checked_add(usize::try_from(column).ok()?.checked_sub(1)?)?;
        let end = self.starts.get(usize::try_from(line).ok()?).copied().unwrap_or(self.length);
        (offset <= end as usize && text.is_char_boundary(offset)).then_some(offset)
    }

    /// The line and column, both from 1, of a byte offset.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        (short(line + 1), short(offset - start as usize + 1))
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind() {
        let text = "a\r\nb\nü c\rd";
        let lines = Lines::of(text);
        assert_eq!(lines.offset(text, 2, 1), Some(3));
        assert_eq!(lines.offset(text, 3, 1), Some(5));
        assert_eq!(lines.offset(text, 3, 2), None, "inside a character");
        assert_eq!(lines.offset(text, 4, 1), Some(10));
        assert_eq!(lines.offset(text, 9, 1), None);
        assert_eq!(lines.line_column(5), (3, 1));
        assert_eq!(lines.line_column(10), (4, 1));
        assert_eq!(lines.count(), 4);
    }
}
