//! Lenses over modules, and over options that are defined more than once.

use std::collections::BTreeMap;

use mkwhy::{Definition, Outcome};
use tower_lsp::lsp_types::{CodeLens, Command, Location, Range, Url};

use crate::folder::Folder;
use crate::place::definition_location;
use crate::text::{Encoding, Text};

/// A lens over every option of the document that is defined more than once, and one over the module.
pub(crate) fn lenses(folder: &Folder, file: &str, uri: &Url, text: &Text, encoding: Encoding) -> Vec<CodeLens> {
    let items = folder.items(file);
    let lost = items
        .iter()
        .filter(|item| matches!(item.definition().outcome, Outcome::Shadowed { .. } | Outcome::Dropped { .. }))
        .count();
    let off = items.iter().filter(|item| matches!(item.definition().outcome, Outcome::Inactive { .. })).count();
    let mut lenses = Vec::new();
    if !items.is_empty() {
        let definitions = if items.len() == 1 { "definition" } else { "definitions" };
        let title = format!("{} {definitions}: {lost} lost, {off} inactive", items.len());
        lenses.push(CodeLens { range: Range::default(), command: Some(command(title, "", Vec::new())), data: None });
    }
    let mut by_line: BTreeMap<u32, ()> = BTreeMap::new();
    for item in items.iter() {
        let others: Vec<&Definition> =
            item.cascade.definitions.iter().filter(|definition| !definition.declared_default).collect();
        let here = text.range(&(item.name.0..item.name.1), encoding);
        if others.len() < 2 || by_line.insert(here.start.line, ()).is_some() {
            continue;
        }
        let places: Vec<Location> =
            others.iter().filter_map(|definition| definition_location(folder, definition, encoding)).collect();
        let arguments = [serde_json::to_value(uri), serde_json::to_value(here.start), serde_json::to_value(places)];
        let arguments: Vec<serde_json::Value> = arguments.into_iter().filter_map(Result::ok).collect();
        let least = if item.cascade.is_partial() { "at least " } else { "" };
        let title = format!("{least}{} definitions of {}", others.len(), item.cascade.path);
        lenses.push(CodeLens {
            range: here,
            command: Some(command(title, "mkwhy.showDefinitions", arguments)),
            data: None,
        });
    }
    lenses
}

fn command(title: String, command: &str, arguments: Vec<serde_json::Value>) -> Command {
    Command { title, command: command.to_owned(), arguments: (!arguments.is_empty()).then_some(arguments) }
}
