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

/// What of a hint is left until somebody looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Later {
    /// The story of its option.
    pub(crate) tooltip: bool,
    /// Where clicks on its parts lead, and what they say of that.
    pub(crate) leads: bool,
}

impl Later {
    fn any(self) -> bool {
        self.tooltip || self.leads
    }
}

/// The hints in a range of a document.
pub(crate) fn hints(
    folder: &Folder,
    file: &str,
    text: &Text,
    within: Range,
    wanted: &HintSettings,
    later: Later,
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
        let label = parts.into_iter().map(|(value, lead)| {
            let lead = lead.filter(|_| !later.leads);
            InlayHintLabelPart {
                value,
                tooltip: lead.map(|lead| InlayHintLabelPartTooltip::String(said_of(lead))),
                location: lead.and_then(|lead| location_of(folder, lead, encoding)),
                command: None,
            }
        });
        hints.push(InlayHint {
            position,
            label: InlayHintLabel::LabelParts(label.collect()),
            kind: None,
            text_edits: None,
            tooltip: (!later.tooltip).then(|| tooltip(folder, cascade, encoding)),
            padding_left: Some(true),
            padding_right: None,
            data: later.any().then(|| json!({ "root": folder.root, "file": file, "option": cascade.path })),
        });
    }
    hints
}

fn words_of(parts: &[words::Part<'_>]) -> String {
    parts.iter().map(|(words, _)| words.as_str()).collect()
}

/// A hint with what was left until somebody looks at it, as far as that is still so.
pub(crate) fn resolved(
    folder: &Folder,
    mut hint: InlayHint,
    file: &str,
    option: &OptionPath,
    wanted: &HintSettings,
    encoding: Encoding,
) -> InlayHint {
    if hint.tooltip.is_none() {
        hint.tooltip = folder.cascade(option).map(|cascade| tooltip(folder, &cascade, encoding));
    }
    let Some(text) = folder.text(file) else { return hint };
    let here = Range { start: hint.position, end: hint.position };
    let later = Later { tooltip: true, leads: false };
    let now = hints(folder, file, &text, here, wanted, later, encoding);
    let option = Some(json!(option));
    let is_it = |now: &InlayHint| {
        said(&now.label).eq(said(&hint.label))
            && now.data.as_ref().and_then(|data| data.get("option")) == option.as_ref()
    };
    if let Some(now) = now.into_iter().find(is_it) {
        hint.label = now.label;
    }
    hint
}

/// The words of a label, part by part.
fn said(label: &InlayHintLabel) -> impl Iterator<Item = &str> {
    let (text, parts) = match label {
        InlayHintLabel::String(text) => (Some(text.as_str()), &[][..]),
        InlayHintLabel::LabelParts(parts) => (None, parts.as_slice()),
    };
    text.into_iter().chain(parts.iter().map(|part| part.value.as_str()))
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
