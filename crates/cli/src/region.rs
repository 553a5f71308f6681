//! Where a finding is, as programs other than Nix count: columns in UTF-16 code units, as web editors and SARIF do.

use std::ops::Range;

use mkwhy::{FileText, Site};

/// A stretch of text. Lines and columns from 1; the end is behind the last character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The first line.
    pub line: u32,
    /// What is known only where the file could be read.
    pub exact: Option<Exact>,
}

/// A stretch of a text that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    /// The column of its first character.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// The column behind its last character.
    pub end_column: u32,
    /// The bytes.
    pub bytes: Range<usize>,
}

impl Region {
    /// The region of a site. `None` where only the file is known.
    pub fn of(site: &Site, text: Option<&FileText>) -> Option<Self> {
        let Some((text, bytes)) = text.and_then(|text| Some((text, text.region(site)?))) else {
            return site.at.line.map(|line| Self { line, exact: None });
        };
        let (line, column) = place(text, bytes.start);
        let (end_line, end_column) = place(text, bytes.end);
        Some(Self { line, exact: Some(Exact { column, end_line, end_column, bytes }) })
    }
}

/// The line and column of a byte.
fn place(text: &FileText, offset: usize) -> (u32, u32) {
    let (line, column) = text.line_column(offset);
    let start = offset - (column as usize - 1);
    let before = text.text()[start..offset].encode_utf16().count();
    (line, u32::try_from(before + 1).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use mkwhy::Position;

    use super::*;

    fn site(line: Option<u32>, span: Option<(usize, usize)>) -> Site {
        Site { at: Position { file: "a.nix".into(), line, column: None }, span }
    }

    #[test]
    fn columns_are_counted_in_utf_16() {
        let text = FileText::new("{\r\n  \"ü😀\" = [\n 1 ];\n}");
        let region = Region::of(&site(Some(2), Some((14, 22))), Some(&text)).expect("a region");
        assert_eq!(&text.text()[14..22], "= [\n 1 ]");
        assert_eq!(
            region,
            Region { line: 2, exact: Some(Exact { column: 9, end_line: 3, end_column: 5, bytes: 14..22 }) }
        );
    }

    #[test]
    fn without_the_text_only_the_line_is_known() {
        assert_eq!(Region::of(&site(Some(2), Some((1, 2))), None), Some(Region { line: 2, exact: None }));
        let text = FileText::new("{ }");
        assert_eq!(Region::of(&site(Some(9), Some((9, 10))), Some(&text)), Some(Region { line: 9, exact: None }));
        assert_eq!(Region::of(&site(None, None), Some(&text)), None);
    }
}
