//! Hints: what became of each definition.

use mkwhy::{Cascade, OptionPath};
use serde_json::json;
use tower_lsp::lsp_types::{
    InlayHint, InlayHintLabel, InlayHintLabelPart, InlayHintLabelPartTooltip, InlayHintTooltip, Location, Range,
};

use super::hover::{markdown, story};
use super::items::Item;
use crate::folder::Folder;
use crate::place::{definition_location, location};
use crate::settings::HintSettings;
use crate::text::{Encoding, Text};
use crate::words::{self, Lead};

/// The hints in a range of a document. What a click or a look at one needs can be left for later.
pub(crate) fn hints(
    folder: &Folder,
    file: &str,
    text: &Text,
    within: Range,
    wanted: &HintSettings,
    later: bool,
    encoding: Encoding,
) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    let mut said: Option<(&Item, Vec<words::Part<'_>>)> = None;
    let items = folder.items(file);
    for item in items.iter() {
        let (cascade, definition) = (&item.cascade, item.definition());
        // What only perhaps belongs to the target is told to those who ask for it.
        if !definition.certain || !wanted.wants(&definition.outcome) {
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
        // What several parts of one binding come to is said once.
        let again =
            said.as_ref().is_some_and(|(before, words)| before.is_same(item) && words_of(words) == words_of(&parts));
        if parts.is_empty() || again {
            continue;
        }
        said = Some((item, parts.clone()));
        let label = parts
            .into_iter()
            .map(|(value, lead)| InlayHintLabelPart {
                value,
                tooltip: lead.map(|lead| InlayHintLabelPartTooltip::String(said_of(lead))),
                location: lead.and_then(|lead| location_of(folder, lead, encoding)),
                command: None,
            })
            .collect();
        hints.push(InlayHint {
            position,
            label: InlayHintLabel::LabelParts(label),
            kind: None,
            text_edits: None,
            tooltip: (!later).then(|| tooltip(folder, cascade, encoding)),
            padding_left: Some(true),
            padding_right: None,
            data: later.then(|| json!({ "root": folder.root, "option": cascade.path })),
        });
    }
    hints
}

fn words_of(parts: &[words::Part<'_>]) -> String {
    parts.iter().map(|(words, _)| words.as_str()).collect()
}

/// What a hint was left to be asked for: the story of its option.
pub(crate) fn resolved(folder: &Folder, mut hint: InlayHint, option: &OptionPath, encoding: Encoding) -> InlayHint {
    hint.tooltip = folder.cascade(option).map(|cascade| tooltip(folder, &cascade, encoding));
    hint
}

fn tooltip(folder: &Folder, cascade: &Cascade, encoding: Encoding) -> InlayHintTooltip {
    InlayHintTooltip::MarkupContent(markdown(story(folder, cascade, encoding)))
}

fn said_of(lead: Lead<'_>) -> String {
    match lead {
        Lead::Definition(definition) => format!("go to {}", words::place(&definition.at)),
        Lead::Condition(..) => "go to the condition".to_owned(),
    }
}

fn location_of(folder: &Folder, lead: Lead<'_>, encoding: Encoding) -> Option<Location> {
    match lead {
        Lead::Definition(definition) => definition_location(folder, definition, encoding),
        Lead::Condition(definition, number) => {
            let span = definition.written.spans()?.conditions.get(number)?.clone();
            location(folder, &definition.at, Some((span.start, span.end)), encoding)
        }
    }
}
