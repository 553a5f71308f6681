//! The person's own tree under the name that it has on both sides: the copies lie elsewhere, and in the store every text
//! gives another path.

use mkwhy_model::{Entry, Message, Value};

/// What stands for the tree's copy in the store. It is no character, so it is in no text, and a path in the copy is never
/// taken for the same path written as a string.
pub(super) const TREE: char = '\u{fdd0}';

/// The names of one side's copy.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// The last part of the path of the copy in the store. Where Nix uses a store in another folder it names some files by
    /// where they really lie, and others as in the store.
    store: Option<String>,
    /// A folder in which the tree lies outside of the store.
    folder: Option<String>,
    /// What stands before the paths of a copied tree, whose own paths go on after it.
    mirror: Option<String>,
}

impl Names {
    pub(super) fn of_store(store: &str, folder: &str) -> Self {
        let last = store.rsplit('/').next().unwrap_or(store);
        Self { store: Some(last.to_owned()), folder: Some(folder.to_owned()), mirror: None }
    }

    pub(super) fn of_mirror(top: &str) -> Self {
        Self { mirror: Some(top.to_owned()), ..Self::default() }
    }

    /// A text with the names that are the same on both sides.
    pub(super) fn common(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(last) = &self.store {
            while let Some(at) = text.find(last) {
                let begins = text[..at]
                    .rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ':' | '=' | ',' | '(' | '['))
                    .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
                let start = if text[begins..at].starts_with('/') { begins } else { at };
                text.replace_range(start..at + last.len(), &TREE.to_string());
            }
        }
        if let Some(folder) = &self.folder {
            text = text.replace(&format!("{folder}/"), &format!("{TREE}/"));
        }
        if let Some(top) = &self.mirror {
            text = text.replace(&format!("{top}/"), "/");
        }
        text
    }

    pub(super) fn common_message(&self, message: &Message) -> Message {
        Message { text: self.common(&message.text), at: message.at.clone() }
    }

    pub(super) fn common_value(&self, value: &Value) -> Value {
        mapped(value, &|text| self.common(text))
    }
}

/// A value as a person knows it: with the tree's own path.
pub(super) fn shown(value: &Value, tree: &str) -> Value {
    mapped(value, &|text| text.replace(TREE, tree))
}

/// A message as a person knows it.
pub(super) fn shown_message(message: &Message, tree: &str) -> Message {
    Message { text: message.text.replace(TREE, tree), at: message.at.clone() }
}

/// The paths in the tree that a text names, from the tree.
pub(super) fn in_tree(text: &str) -> impl Iterator<Item = &str> {
    text.split(TREE).skip(1).map(|rest| {
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ':' | ',' | ';' | ')' | ']' | '}'))
            .unwrap_or(rest.len());
        rest[..end].trim_matches('/')
    })
}

fn mapped(value: &Value, text: &impl Fn(&str) -> String) -> Value {
    let all = |values: &[Value]| values.iter().map(|value| mapped(value, text)).collect();
    match value {
        Value::String { value } => Value::String { value: text(value) },
        Value::Text { value, bytes } => Value::Text { value: text(value), bytes: *bytes },
        Value::Path { value } => Value::Path { value: text(value) },
        Value::Derivation { name } => Value::Derivation { name: text(name) },
        Value::List { items, more } => Value::List { items: all(items), more: *more },
        Value::Attrs { entries, more } => {
            let mut entries: Vec<Entry> = entries
                .iter()
                .map(|entry| Entry { name: text(&entry.name), value: mapped(&entry.value, text) })
                .collect();
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            Value::Attrs { entries, more: *more }
        }
        Value::Property { property, number, holds, contents } => {
            Value::Property { property: property.clone(), number: *number, holds: *holds, contents: all(contents) }
        }
        Value::Null
        | Value::Bool { .. }
        | Value::Int { .. }
        | Value::Float { .. }
        | Value::Function { .. }
        | Value::Special { .. }
        | Value::Elided { .. }
        | Value::Throws => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_the_same_names() {
        let before = Names::of_store("/nix/store/aaa-source", "/nix/store/aaa-source");
        let after = Names::of_store("/nix/store/bbb-source", "/tmp/b");
        for (one, other) in [
            ("/nix/store/aaa-source/x", "/nix/store/bbb-source/x"),
            ("PATH=/elsewhere/nix/store/aaa-source/x:/y", "PATH=/nix/store/bbb-source/x:/y"),
            ("aaa-source", "bbb-source"),
            ("/nix/store/aaa-source/x", "/tmp/b/x"),
            ("äöü/nix/store/aaa-source ü", "äöü/nix/store/bbb-source ü"),
            ("ü=/nix/store/aaa-source,/nix/store/aaa-source/y", "ü=/nix/store/bbb-source,/nix/store/bbb-source/y"),
        ] {
            assert_eq!(before.common(one), after.common(other));
        }
        assert_ne!(before.common("/nix/store/ccc-source"), after.common("/nix/store/bbb-source"));
        // A path that is written as a string is another value.
        assert_ne!(before.common("/nix/store/aaa-source/x"), after.common("/home/me/x"));
        let mirror = Names::of_mirror("/tmp/mkwhy-1");
        assert_eq!(mirror.common("file:/tmp/mkwhy-1/home/me/x"), "file:/home/me/x");
        assert_eq!(mirror.common("/tmp/mkwhy-12/x"), "/tmp/mkwhy-12/x");
    }

    #[test]
    fn paths_in_the_tree_are_found() {
        let names = Names::of_store("/nix/store/aaa-source", "/nix/store/aaa-source");
        let text = names.common("cp /nix/store/aaa-source/a.nix \"/nix/store/aaa-source\" /b");
        assert_eq!(in_tree(&text).collect::<Vec<_>>(), ["a.nix", ""]);
        let shown = shown(&Value::String { value: text }, "/home/me");
        assert_eq!(shown, Value::String { value: "cp /home/me/a.nix \"/home/me\" /b".into() });
    }
}
