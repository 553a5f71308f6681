//! Where to go from an option.

use tower_lsp::lsp_types::{DocumentLink, Location};

use super::subject_at;
use crate::folder::Folder;
use crate::place::{definition_location, location};
use crate::text::{Encoding, Text};

/// The definitions that decide the option at an offset.
pub(crate) fn winners(folder: &Folder, file: &str, offset: usize, encoding: Encoding) -> Vec<Location> {
    let Some(subject) = subject_at(folder, file, offset) else { return Vec::new() };
    subject.cascade.winners().filter_map(|winner| definition_location(folder, winner, encoding)).collect()
}

/// Where the option at an offset is declared.
pub(crate) fn declarations(folder: &Folder, file: &str, offset: usize, encoding: Encoding) -> Vec<Location> {
    let Some(subject) = subject_at(folder, file, offset) else { return Vec::new() };
    let declaration = subject.cascade.declaration.as_ref();
    declaration
        .into_iter()
        .flat_map(|declaration| &declaration.at)
        .filter_map(|at| location(folder, at, None, encoding))
        .collect()
}

/// All definitions of the option at an offset.
pub(crate) fn references(
    folder: &Folder,
    file: &str,
    offset: usize,
    declaration: bool,
    encoding: Encoding,
) -> Vec<Location> {
    let Some(subject) = subject_at(folder, file, offset) else { return Vec::new() };
    let definitions = subject.cascade.definitions.iter().filter(|definition| !definition.declared_default);
    let mut found: Vec<Location> =
        definitions.filter_map(|definition| definition_location(folder, definition, encoding)).collect();
    if declaration {
        found.extend(declarations(folder, file, offset, encoding));
    }
    found
}

/// The files that a document imports.
pub(crate) fn links(folder: &Folder, file: &str, text: &Text, encoding: Encoding) -> Vec<DocumentLink> {
    let imports = folder.reading.index().imports_of(&folder.path(file));
    imports
        .into_iter()
        .filter_map(|(import, files)| match files.as_slice() {
            [file] => Some(DocumentLink {
                range: text.range(&import.at.range(), encoding),
                target: folder.uri(file),
                tooltip: None,
                data: None,
            }),
            _ => None,
        })
        .collect()
}
