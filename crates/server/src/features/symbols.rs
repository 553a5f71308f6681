//! The options of a document and of a folder.

use std::collections::BTreeMap;

use mkwhy::{OptionPath, WrittenSetting};
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

/// So many symbols are enough for a list; which they are is decided by how close they are to what was typed.
const MOST_SYMBOLS: usize = 500;

/// How close an option's path is to a query, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Same,
    /// From the start of a name on it is what was typed.
    Name,
    Inside,
    /// It has the letters in their order.
    Letters,
}

/// What an option's path is to be close to.
struct Query(String);

impl Query {
    fn new(typed: &str) -> Self {
        Self(typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect())
    }

    fn closeness(&self, path: &str) -> Option<Closeness> {
        let path = path.to_lowercase();
        let mut letters = path.chars();
        if !self.0.chars().all(|wanted| letters.any(|c| c == wanted)) {
            return None;
        }
        let starts = |at: usize| path[..at].chars().next_back().is_none_or(|c| c == '.' || c == '"');
        Some(match path.find(&self.0) {
            Some(_) if path == self.0 => Closeness::Same,
            Some(_) if path.match_indices(&self.0).any(|(at, _)| starts(at)) => Closeness::Name,
            Some(_) => Closeness::Inside,
            None => Closeness::Letters,
        })
    }
}

/// The definitions of the options whose paths are the closest to a query.
pub(crate) fn workspace_symbols(folder: &Folder, query: &str, encoding: Encoding) -> Vec<SymbolInformation> {
    let query = Query::new(query);
    // Where definitions stand in files of which nothing more is known.
    let mut options: BTreeMap<(Closeness, usize, OptionPath), Vec<WrittenSetting>> = BTreeMap::new();
    let key = |path: &OptionPath| {
        let text = path.to_string();
        query.closeness(&text).map(|closeness| (closeness, text.len(), path.clone()))
    };
    let known = folder.known_paths();
    for key in known.iter().filter_map(key) {
        options.entry(key).or_default();
    }
    for written in folder.reading.written(|file| !folder.is_known(file)) {
        if let Some(key) = key(&written.path) {
            options.entry(key).or_default().push(written);
        }
    }
    let mut found: Vec<SymbolInformation> = Vec::new();
    for ((_, _, path), written) in options {
        let cascade = known.contains(&path).then(|| folder.cascade(&path)).flatten();
        let known = cascade.iter().flat_map(|cascade| &cascade.definitions).filter(|it| !it.declared_default);
        let known = known.map(|it| (definition_location(folder, it, encoding), Some(it.outcome.word().to_owned())));
        let written = written.iter().map(|written| (written_location(folder, written, encoding), None));
        let first = found.len();
        for (location, outcome) in known.chain(written) {
            let Some(location) = location else { continue };
            if !found[first..].iter().any(|symbol| symbol.location == location) {
                found.push(symbol(path.to_string(), location, outcome));
            }
        }
        if found.len() >= MOST_SYMBOLS {
            found.truncate(MOST_SYMBOLS);
            break;
        }
    }
    found
}

fn written_location(folder: &Folder, written: &WrittenSetting, encoding: Encoding) -> Option<Location> {
    let text = folder.text(&written.file)?;
    Some(Location { uri: folder.uri(&folder.path(&written.file))?, range: text.range(&written.name, encoding) })
}

fn symbol(name: String, location: Location, container_name: Option<String>) -> SymbolInformation {
    #[expect(deprecated, reason = "the field has no other constructor")]
    SymbolInformation { name, kind: SymbolKind::PROPERTY, tags: None, deprecated: None, location, container_name }
}
