//! Places in files as editors name them.

use std::path::{Path, PathBuf};

use mkwhy::{Definition, Position, Site};
use tower_lsp::lsp_types::{Location, Range, Url};

use crate::folder::Folder;
use crate::text::{Encoding, Text};

/// The file of a URI, without `.` and `..`; `None` for what is no file.
pub(crate) fn path_of(uri: &Url) -> Option<PathBuf> {
    if uri.scheme() == "file" { uri.to_file_path().ok() } else { None }
}

/// The URI of a file.
pub(crate) fn uri_of(path: &Path) -> Option<Url> {
    Url::from_file_path(path).ok()
}

/// Where something stands that a position names.
pub(crate) fn location(
    folder: &Folder,
    at: &Position,
    span: Option<(usize, usize)>,
    encoding: Encoding,
) -> Option<Location> {
    let range = match folder.text(&at.file) {
        Some(text) => range(&text, at, span, encoding),
        None => Range::default(),
    };
    Some(Location { uri: folder.uri(&folder.path(&at.file))?, range })
}

/// The range of a place in a text: its bytes where they are known, else its line.
pub(crate) fn range(text: &Text, at: &Position, span: Option<(usize, usize)>, encoding: Encoding) -> Range {
    match (span, at.line) {
        (Some((start, end)), _) => text.range(&(start..end), encoding),
        (None, Some(line)) => text.range(&text.nix_line(line, at.column), encoding),
        (None, None) => Range::default(),
    }
}

/// Where a finding's place is.
pub(crate) fn site_location(folder: &Folder, site: &Site, encoding: Encoding) -> Option<Location> {
    location(folder, &site.at, site.span, encoding)
}

/// The attribute path of a definition.
pub(crate) fn name_span(definition: &Definition) -> Option<(usize, usize)> {
    definition.written.spans().map(|spans| (spans.name.start, spans.name.end))
}

/// The whole binding of a definition.
pub(crate) fn binding_span(definition: &Definition) -> Option<(usize, usize)> {
    definition.written.spans().map(|spans| (spans.binding.start, spans.binding.end))
}

/// Where a definition stands.
pub(crate) fn definition_location(folder: &Folder, definition: &Definition, encoding: Encoding) -> Option<Location> {
    location(folder, &definition.at, name_span(definition), encoding)
}
