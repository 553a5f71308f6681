//! What is said of an option.

use mkwhy::{Cascade, Knowledge};
use tower_lsp::lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use super::{item_at, items};
use crate::folder::Folder;
use crate::place::definition_location;
use crate::text::{Encoding, Text};
use crate::words;

/// What is said of the definition at an offset.
pub(crate) fn hover(folder: &Folder, file: &str, text: &Text, offset: usize, encoding: Encoding) -> Option<Hover> {
    let item = item_at(items(folder, file), offset)?;
    Some(Hover {
        contents: HoverContents::Markup(markdown(story(folder, &item.cascade, encoding))),
        range: Some(text.range(&(item.name.0..item.name.1), encoding)),
    })
}

pub(super) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

pub(super) fn story(folder: &Folder, cascade: &Cascade, encoding: Encoding) -> String {
    let mut text = words::story(cascade, |definition| {
        let found = definition_location(folder, definition, encoding)?;
        Some(format!("{}#L{}", found.uri, found.range.start.line + 1))
    });
    if let Some(failure) = folder.failure.as_ref().filter(|_| cascade.known != Knowledge::Evaluated) {
        text.push_str(&format!("\n\n*the last evaluation failed: {}*\n", words::cut(&failure.to_string(), 300)));
    }
    text
}
