//! Completion where it is known better than by those who know the language alone: the options of the target, and the
//! values of those that have few.

use std::ops::Range;

use mkwhy::{Cascade, OptionPath};
use tower_lsp::lsp_types::{CompletionItem, CompletionItemKind, CompletionTextEdit, TextEdit};

use crate::folder::Folder;
use crate::text::{Encoding, Text};

/// A path that is being typed: what stands before the name at the offset, and that name.
pub(crate) struct Typed {
    pub(crate) prefix: OptionPath,
    name: Range<usize>,
}

/// The option path that is typed at an offset, in a definition or behind `config`.
pub(crate) fn typed_at(folder: &Folder, file: &str, text: &Text, offset: usize) -> Option<Typed> {
    let (path, start) = folder.typed_path(file, offset)?;
    let before = text.slice(start..offset)?;
    // What is behind the offset is typed over, up to the end of the name.
    let name_start = before.rfind('.').map_or(start, |dot| start + dot + 1);
    let rest = text.slice(offset..text.len())?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    let name_end = offset + rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    Some(Typed { prefix: path, name: name_start..name_end })
}

/// The names that can stand at an offset.
pub(crate) fn names(folder: &Folder, typed: &Typed, text: &Text, encoding: Encoding) -> Vec<CompletionItem> {
    let range = text.range(&typed.name, encoding);
    let children = folder.children(&typed.prefix);
    // What is half typed somewhere is a name already, but not one to be offered.
    let declared = children.values().any(|child| child.is_declared);
    children
        .into_iter()
        .filter(|(_, child)| child.is_declared || !declared)
        .map(|(name, child)| {
            let path = typed.prefix.child(&name);
            let written = path.segments().last().map(ToString::to_string).unwrap_or_default();
            CompletionItem {
                label: written.clone(),
                kind: Some(if child.is_option { CompletionItemKind::PROPERTY } else { CompletionItemKind::MODULE }),
                detail: Some(path.to_string()),
                filter_text: Some(written.clone()),
                text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: written })),
                ..CompletionItem::default()
            }
        })
        .collect()
}

/// The values that the option defined at an offset can have, where they are few.
pub(crate) fn values(
    folder: &Folder,
    file: &str,
    text: &Text,
    offset: usize,
    encoding: Encoding,
) -> Vec<CompletionItem> {
    let items = folder.items(file);
    let at = |item: &&super::Item| {
        let spans = item.definition().written.spans();
        spans.is_some_and(|spans| spans.value.start <= offset && offset <= spans.value.end)
    };
    let Some(item) = items.iter().filter(at).min_by_key(|item| item.binding.1 - item.binding.0) else {
        return Vec::new();
    };
    let Some(spans) = item.definition().written.spans() else { return Vec::new() };
    let simple = |c: char| c.is_alphanumeric() || matches!(c, '"' | '-' | '_' | '.');
    if !text.slice(spans.value.clone()).is_some_and(|value| value.chars().all(simple)) {
        return Vec::new();
    }
    let range = text.range(&spans.value, encoding);
    choices(&item.cascade)
        .into_iter()
        .map(|choice| CompletionItem {
            label: choice.clone(),
            kind: Some(CompletionItemKind::VALUE),
            detail: Some(item.cascade.path.to_string()),
            filter_text: Some(choice.clone()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: choice })),
            ..CompletionItem::default()
        })
        .collect()
}

/// The values that an option can have, as they are written; none where they are many.
fn choices(cascade: &Cascade) -> Vec<String> {
    let Some(of) = &cascade.option_type else { return Vec::new() };
    let mut choices = Vec::new();
    if of == "boolean" || of.ends_with("types.bool") {
        choices.extend(["true".to_owned(), "false".to_owned()]);
    }
    if of.starts_with("null or ") || of.contains("nullOr") {
        choices.push("null".to_owned());
    }
    // `one of "a", "b"` is what Nix calls it, `value "a" (singular enum)` if it is one, `enum [ "a" "b" ]` what is
    // written.
    let marks = ["one of ", "enum [", "value \""];
    if let Some(start) = marks.iter().filter_map(|mark| of.find(mark)).min() {
        let mut parts = of[start..].split('"');
        parts.next();
        while let Some(value) = parts.next() {
            choices.push(format!("\"{value}\""));
            if parts.next().is_none_or(|between| between.contains(']')) {
                break;
            }
        }
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(option_type: &str) -> Vec<String> {
        let json = serde_json::json!({
            "path": "a", "target": "t", "known": { "how": "evaluated" }, "option_type": option_type,
            "value": { "state": "unknown" }, "before_apply": null, "contradiction": false, "declaration": null,
            "declared": true, "definitions": [], "agrees": null, "notes": [],
        });
        choices(&serde_json::from_value(json).expect("a cascade"))
    }

    #[test]
    fn the_values_of_a_type() {
        assert_eq!(of("one of \"a\", \"b c\""), ["\"a\"", "\"b c\""]);
        assert_eq!(of("null or one of \"a\", \"b\""), ["null", "\"a\"", "\"b\""]);
        assert_eq!(of("signed integer or value \"auto\" (singular enum)"), ["\"auto\""]);
        assert_eq!(of("types.enum [ \"a\" \"b\" ]"), ["\"a\"", "\"b\""]);
        assert_eq!(of("boolean"), ["true", "false"]);
        assert_eq!(of("string"), Vec::<String>::new());
    }
}
