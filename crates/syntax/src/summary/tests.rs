//! What a summary says, one line for each thing found.

use std::fmt::Write as _;

use super::*;

mod around;
mod bindings;
mod modules;
mod names;

/// A path as it is written, `*` for any name and `[]` for any element.
fn path(summary: &Summary, path: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Name(name) if name.contains(['.', ' ', '"']) => format!("{name:?}"),
        Part::Name(name) => name.to_string(),
        Part::Computed(span) => format!("<{}>", summary.slice(*span)),
        Part::Any => "*".to_owned(),
        Part::Element => "[]".to_owned(),
    };
    path.iter().map(part).collect::<Vec<_>>().join(".")
}

/// One line for each definition, declaration, import, list of modules and error.
fn lines(text: &str) -> String {
    let summary = Summary::parse(text);
    let mut out = String::new();
    for found in &summary.definitions {
        let value = summary.slice(found.value).split_whitespace().collect::<Vec<_>>().join(" ");
        write!(out, "{} = «{value}»", path(&summary, &found.path)).expect("a string");
        let number = |number: Number| number.or(0).map_or("?".to_owned(), |number| number.to_string());
        if found.priority != Number::Plain {
            write!(out, " [priority {}]", number(found.priority)).expect("a string");
            if usize::from(found.priority_depth) != found.path.len() {
                write!(out, " [at {}]", found.priority_depth).expect("a string");
            }
        }
        if found.order != Number::Plain {
            write!(out, " [order {}]", number(found.order)).expect("a string");
        }
        for condition in &found.conditions {
            let kind = match condition.kind {
                ConditionKind::MkIf => "if",
                ConditionKind::Optional => "optional",
                ConditionKind::Then => "then",
                ConditionKind::Else => "else",
            };
            write!(out, " [{kind} {}]", summary.slice(condition.text)).expect("a string");
        }
        let content = match found.content {
            Content::Value => "",
            Content::Set => " [set]",
            Content::PartlyComputed => " [partly]",
            Content::Computed => " [computed]",
            Content::Inherited => " [inherited]",
            Content::Imported => " [imported]",
        };
        let copied = if found.copied { " [copied]" } else { "" };
        let unit = if found.unit > 0 { format!(" [unit {}]", found.unit) } else { String::new() };
        writeln!(out, "{content}{copied}{unit}").expect("a string");
    }
    for found in &summary.declarations {
        let by = match &found.by {
            DeclaredBy::Renamed { to } => format!("renamed to {}", path(&summary, to)),
            other => format!("{other:?}").to_lowercase(),
        };
        write!(out, "option {}: {by}", path(&summary, &found.path)).expect("a string");
        for (what, span) in
            [("type", found.option_type), ("default", found.default), ("description", found.description)]
        {
            if let Some(span) = span {
                write!(out, " [{what} {}]", summary.slice(span).split_whitespace().collect::<Vec<_>>().join(" "))
                    .expect("a string");
            }
        }
        let read_only = if found.read_only { " [read only]" } else { "" };
        let copied = if found.copied { " [copied]" } else { "" };
        writeln!(out, "{read_only}{copied}").expect("a string");
    }
    for found in &summary.imports {
        let of = match &found.of {
            ImportOf::File(file) => format!("file {file}"),
            ImportOf::Pattern(pattern) => format!("pattern {pattern}"),
            ImportOf::Inline => "inline".to_owned(),
            ImportOf::Computed => format!("computed «{}»", summary.slice(found.at)),
        };
        let conditional = if found.conditional { " [conditional]" } else { "" };
        let prefix =
            if found.prefix.is_empty() { String::new() } else { format!(" [at {}]", path(&summary, &found.prefix)) };
        let unit = if found.unit > 0 { format!(" [unit {}]", found.unit) } else { String::new() };
        writeln!(out, "import {of}{prefix}{conditional}{unit}").expect("a string");
    }
    for list in &summary.lists {
        writeln!(out, "list {}: {}", list.unit, summary.slice(list.at)).expect("a string");
    }
    if let Some(made) = &summary.made {
        writeln!(out, "made: {} {:?}", summary.slice(made.at), made.names).expect("a string");
    }
    for error in &summary.errors {
        writeln!(out, "error: {} at «{}»", error.message, summary.slice(error.at)).expect("a string");
    }
    out
}
