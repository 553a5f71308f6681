//! Hints: what became of each definition.

use tower_lsp::lsp_types::{
    InlayHint, InlayHintLabel, InlayHintLabelPart, InlayHintLabelPartTooltip, InlayHintTooltip, Range,
};

use super::hover::{markdown, story};
use super::items;
use crate::folder::Folder;
use crate::place::definition_location;
use crate::settings::HintSettings;
use crate::text::{Encoding, Text};
use crate::words;

/// The hints in a range of a document.
pub(crate) fn hints(
    folder: &Folder,
    file: &str,
    text: &Text,
    within: Range,
    wanted: &HintSettings,
    encoding: Encoding,
) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    for item in items(folder, file) {
        let (cascade, definition) = (&item.cascade, item.definition());
        if !wanted.wants(&definition.outcome) {
            continue;
        }
        let end = if item.binding.1 > item.name.1 { item.binding.1 } else { item.name.1 };
        // A value over several lines is spoken of where it begins.
        let first_line_end = text.line_end(item.name.0).min(end);
        let position = text.position(first_line_end, encoding);
        if position < within.start || position > within.end {
            continue;
        }
        let parts = words::hint(cascade, definition);
        if parts.is_empty() {
            continue;
        }
        let label = parts
            .into_iter()
            .map(|(value, leads_to)| InlayHintLabelPart {
                value,
                tooltip: leads_to
                    .map(|leads_to| InlayHintLabelPartTooltip::String(format!("go to {}", words::place(&leads_to.at)))),
                location: leads_to.and_then(|leads_to| definition_location(folder, leads_to, encoding)),
                command: None,
            })
            .collect();
        hints.push(InlayHint {
            position,
            label: InlayHintLabel::LabelParts(label),
            kind: None,
            text_edits: None,
            tooltip: Some(InlayHintTooltip::MarkupContent(markdown(story(folder, cascade, encoding)))),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        });
    }
    hints
}
