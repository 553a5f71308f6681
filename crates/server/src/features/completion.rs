//! Completion where it is known better than by those who know the language alone: the options of the target, and the
//! values of those that have few.

use mkwhy::TypedPath;
use tower_lsp::lsp_types::{CompletionItem, CompletionItemKind, CompletionTextEdit, TextEdit};

use crate::folder::Folder;
use crate::text::{Encoding, Text};

/// Whether Nix can tell of what somebody types, and the text does not.
pub(crate) fn is_unknown(folder: &Folder, typed: &TypedPath) -> bool {
    !typed.is_value || folder.cascade(&typed.path).is_none_or(|cascade| cascade.option_type.is_none())
}

/// What can stand where somebody types.
pub(crate) fn completions(folder: &Folder, typed: &TypedPath, text: &Text, encoding: Encoding) -> Vec<CompletionItem> {
    let range = text.range(&typed.over, encoding);
    // An editor completes within one line.
    if range.start.line != range.end.line {
        return Vec::new();
    }
    let is_quoted = text.slice(typed.over.clone()).is_some_and(|over| over.starts_with('"'));
    let item = |written: String, kind: CompletionItemKind, detail: String| {
        // An editor compares it with what is there.
        let compared = match (is_quoted, written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))) {
            (true, None) => format!("\"{written}\""),
            (false, Some(inner)) if !typed.over.is_empty() => inner.to_owned(),
            _ => written.clone(),
        };
        CompletionItem {
            label: written.clone(),
            kind: Some(kind),
            detail: Some(detail),
            filter_text: Some(compared),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: written })),
            ..CompletionItem::default()
        }
    };
    if typed.is_value {
        let choices = folder.cascade(&typed.path).map(|cascade| mkwhy::choices(&cascade)).unwrap_or_default();
        let detail = typed.path.to_string();
        return choices
            .into_iter()
            .map(|choice| item(choice.to_string(), CompletionItemKind::VALUE, detail.clone()))
            .collect();
    }
    let children = folder.children(&typed.path);
    // What is half typed somewhere is a name already, but not one to be offered.
    let declared = children.values().any(|child| child.is_declared);
    let offered = children.into_iter().filter(|(_, child)| child.is_declared || !declared);
    let names = offered.map(|(name, child)| {
        let path = typed.path.child(&name);
        let written = path.segments().last().map(ToString::to_string).unwrap_or_default();
        let kind = if child.is_option { CompletionItemKind::PROPERTY } else { CompletionItemKind::MODULE };
        item(written, kind, path.to_string())
    });
    names.collect()
}
