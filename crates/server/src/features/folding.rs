//! Folding by option: what a definition or declaration spans.

use std::collections::BTreeMap;

use mkwhy::OptionPath;
use tower_lsp::lsp_types::FoldingRange;

use crate::folder::Folder;
use crate::text::{Encoding, Text};

/// The definitions and declarations of a document that take several lines. Where several begin on one line, the largest.
pub(crate) fn folds(folder: &Folder, file: &str, text: &Text, encoding: Encoding) -> Vec<FoldingRange> {
    let Some(known) = folder.reading.index().file(&folder.path(file)) else { return Vec::new() };
    let summary = &known.summary;
    let definitions = summary.definitions.iter().map(|found| (found.binding, found.static_path()));
    let declarations = summary.declarations.iter().map(|found| (found.value, None));
    let mut by_line: BTreeMap<u32, (u32, Option<OptionPath>)> = BTreeMap::new();
    for (span, path) in definitions.chain(declarations) {
        let range = text.range(&span.range(), encoding);
        let last = by_line.entry(range.start.line).or_default();
        if range.end.line > range.start.line && range.end.line > last.0 {
            *last = (range.end.line, path);
        }
    }
    by_line
        .into_iter()
        .filter(|(_, (end, _))| *end > 0)
        .map(|(start, (end, path))| FoldingRange {
            start_line: start,
            start_character: None,
            end_line: end,
            end_character: None,
            kind: None,
            collapsed_text: path.map(|path| format!("{path} = …")),
        })
        .collect()
}
