//! The options of a document and of a folder.

use tower_lsp::lsp_types::{DocumentSymbol, Location, SymbolInformation, SymbolKind};

use super::items::Item;
use crate::folder::Folder;
use crate::place::definition_location;
use crate::text::{Encoding, Text};
use crate::words;

/// The options that a document defines, in the order of the text.
pub(crate) fn document_symbols(folder: &Folder, file: &str, text: &Text, encoding: Encoding) -> Vec<DocumentSymbol> {
    let items = folder.items(file);
    // They are in the order of the text: what one binding comes to stands together.
    items
        .chunk_by(Item::is_same)
        .filter_map(|same| same.first())
        .map(|item| {
            let detail =
                words::hint(&item.cascade, item.definition()).into_iter().map(|(part, _)| part).collect::<String>();
            let whole = item.binding.0.min(item.name.0)..item.binding.1.max(item.name.1);
            #[expect(deprecated, reason = "the field has no other constructor")]
            DocumentSymbol {
                name: item.cascade.path.to_string(),
                detail: (!detail.is_empty()).then_some(detail),
                kind: SymbolKind::PROPERTY,
                tags: None,
                deprecated: None,
                range: text.range(&whole, encoding),
                selection_range: text.range(&(item.name.0..item.name.1), encoding),
                children: None,
            }
        })
        .collect()
}

/// So many symbols are enough for a list.
const MOST_SYMBOLS: usize = 500;

/// The definitions of all options whose path has the letters of a query in their order.
pub(crate) fn workspace_symbols(folder: &Folder, query: &str, encoding: Encoding) -> Vec<SymbolInformation> {
    let Some(inspection) = &folder.inspection else { return text_symbols(folder, query, encoding) };
    let mut found = Vec::new();
    for cascade in inspection.cascades().filter(|cascade| fits(&cascade.path.to_string(), query)) {
        let mut here: Vec<Location> = Vec::new();
        for definition in cascade.definitions.iter().filter(|definition| !definition.declared_default) {
            let location = definition_location(folder, definition, encoding);
            if let Some(location) = location.filter(|location| !here.contains(location)) {
                here.push(location.clone());
                found.push(symbol(cascade.path.to_string(), location, Some(definition.outcome.word().to_owned())));
            }
        }
        if found.len() >= MOST_SYMBOLS {
            break;
        }
    }
    found
}

fn text_symbols(folder: &Folder, query: &str, encoding: Encoding) -> Vec<SymbolInformation> {
    let paths = folder.reading.index().paths_under(&mkwhy::OptionPath::default());
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| fits(&path.to_string(), query)) {
        for hit in folder.reading.index().find(path.segments()) {
            let Some(definition) = hit.definition() else { continue };
            let Some(uri) = folder.uri(&hit.file.path) else { continue };
            let text = Text::new(hit.file.summary.text().clone());
            let range = text.range(&definition.name.range(), encoding);
            found.push(symbol(path.to_string(), Location { uri, range }, None));
        }
        if found.len() >= MOST_SYMBOLS {
            break;
        }
    }
    found
}

fn symbol(name: String, location: Location, container_name: Option<String>) -> SymbolInformation {
    #[expect(deprecated, reason = "the field has no other constructor")]
    SymbolInformation { name, kind: SymbolKind::PROPERTY, tags: None, deprecated: None, location, container_name }
}

/// Whether a text has the letters of a query in their order.
fn fits(text: &str, query: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).all(|wanted| letters.any(|c| c == wanted))
}
