//! The texts that findings speak of.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use mkwhy_model::{Finding, Site};
use mkwhy_syntax::Lines;

/// The text of a file, with its lines.
#[derive(Debug, Clone)]
pub struct FileText {
    text: String,
    lines: Lines,
}

impl FileText {
    /// A text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = Lines::of(&text);
        Self { text, lines }
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of a line, from 1, without its end.
    pub fn line(&self, number: u32) -> Option<Range<usize>> {
        let start = self.lines.offset(&self.text, number, 1)?;
        let next = number.checked_add(1).and_then(|next| self.lines.offset(&self.text, next, 1));
        let end = next.unwrap_or(self.text.len());
        Some(start..start + self.text[start..end].trim_end_matches(['\r', '\n']).len())
    }

    /// The line and column of a byte, both from 1, the column in bytes.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        self.lines.line_column(offset)
    }

    /// The bytes of a site: its span, else what follows its column on the line, else what is written on its line.
    /// `None` where only the file is known, or where the text is no longer the one that the site was found in.
    pub fn region(&self, site: &Site) -> Option<Range<usize>> {
        if let Some(span) = site.range()
            && span.start <= span.end
            && self.text.get(span.clone()).is_some()
        {
            return Some(span);
        }
        let line = self.line(site.at.line?)?;
        let written = &self.text[line.clone()];
        let end = line.start + written.trim_end().len();
        let column = site.at.column.and_then(|column| self.lines.offset(&self.text, site.at.line?, column));
        let start = column.unwrap_or(line.start + (written.len() - written.trim_start().len()));
        Some(start.min(end)..end)
    }
}

/// The texts of the files that some findings name, as they are now.
#[derive(Debug, Clone, Default)]
pub struct Texts(BTreeMap<String, FileText>);

impl Texts {
    /// Reads every file that a finding or something related to it lies in. One that cannot be read is missing.
    pub fn of(root: &Path, findings: &[Finding]) -> Self {
        let mut texts = BTreeMap::new();
        let sites = findings
            .iter()
            .flat_map(|finding| std::iter::once(&finding.site).chain(finding.related.iter().map(|other| &other.site)));
        for site in sites {
            if !texts.contains_key(&site.at.file) {
                let text = std::fs::read_to_string(root.join(&site.at.file)).ok().map(FileText::new);
                texts.insert(site.at.file.clone(), text);
            }
        }
        Self(texts.into_iter().filter_map(|(file, text)| Some((file, text?))).collect())
    }

    /// The text of a file by the name that positions have.
    pub fn get(&self, file: &str) -> Option<&FileText> {
        self.0.get(file)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Texts {
    fn from(texts: [(&str, &str); N]) -> Self {
        Self(texts.into_iter().map(|(file, text)| (file.to_owned(), FileText::new(text))).collect())
    }
}

#[cfg(test)]
mod tests {
    use mkwhy_model::Position;

    use super::*;

    const TEXT: &str = "{\r\n  ü = 1; \r\n\tb = [\n  ];\n}";

    #[track_caller]
    fn check(line: Option<u32>, column: Option<u32>, span: Option<(usize, usize)>, expected: Option<&str>) {
        let text = FileText::new(TEXT);
        let site = Site { at: Position { file: "a.nix".into(), line, column }, span };
        assert_eq!(text.region(&site).map(|region| &TEXT[region]), expected);
    }

    #[test]
    fn a_region_is_as_exact_as_the_site() {
        check(Some(3), Some(2), Some((16, 25)), Some("b = [\n  ]"));
        check(Some(2), Some(6), None, Some("= 1;"));
        check(Some(2), None, None, Some("ü = 1;"));
        check(None, None, None, None);
    }

    #[test]
    fn a_span_that_the_text_does_not_have_falls_back_to_the_line() {
        for span in [(16, 99), (6, 8), (9, 3)] {
            check(Some(3), Some(2), Some(span), Some("b = ["));
        }
        check(Some(99), Some(1), Some((99, 100)), None);
        check(Some(2), Some(99), None, Some("ü = 1;"));
        check(Some(5), Some(1), None, Some("}"));
    }

    #[test]
    fn lines_have_no_ends() {
        let text = FileText::new("a\r\n\rb\n");
        let line = |number| text.line(number).map(|line| &text.text()[line]);
        assert_eq!([1, 2, 3, 4].map(line), [Some("a"), Some(""), Some("b"), Some("")]);
        assert_eq!([0, 5, u32::MAX].map(line), [None; 3]);
    }
}
