//! What is said of an option.

use mkwhy::{Cascade, Knowledge};
use tower_lsp::lsp_types::{Hover, HoverContents, Location, MarkupContent, MarkupKind};

use super::subject_at;
use crate::folder::Folder;
use crate::place::{definition_location, location};
use crate::text::{Encoding, Text};
use crate::words;

/// What is said of the option at an offset.
pub(crate) fn hover(folder: &Folder, file: &str, text: &Text, offset: usize, encoding: Encoding) -> Option<Hover> {
    let subject = subject_at(folder, file, offset)?;
    Some(Hover {
        contents: HoverContents::Markup(markdown(story(folder, &subject.cascade, encoding))),
        range: Some(text.range(&subject.range, encoding)),
    })
}

pub(super) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

pub(super) fn story(folder: &Folder, cascade: &Cascade, encoding: Encoding) -> String {
    let linked = |found: Location| format!("{}#L{}", found.uri, found.range.start.line + 1);
    let mut text = words::story(
        cascade,
        |definition| definition_location(folder, definition, encoding).map(linked),
        |at| location(folder, at, None, encoding).map(linked),
    );
    if let Some(failure) = folder.failure.as_ref().filter(|_| cascade.known != Knowledge::Evaluated) {
        text.push_str(&format!("\n\n*the last evaluation failed: {}*\n", words::cut(&failure.to_string(), 300)));
    }
    text
}
