//! Who imports a module, and what it imports, as a hierarchy of calls.

use std::path::{Path, PathBuf};

use tower_lsp::lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, Range, SymbolKind,
};

use crate::folder::Folder;
use crate::text::{Encoding, Text};

/// The module at a place: the one that an import there names, or else the document itself.
pub(crate) fn module_at(
    folder: &Folder,
    file: &str,
    _: &Text,
    offset: usize,
    encoding: Encoding,
) -> Option<CallHierarchyItem> {
    let path = folder.path(file);
    let imports = folder.reading.index().imports_of(&path);
    let named = imports.iter().find(|(import, files)| {
        let range = import.at.range();
        range.start <= offset && offset <= range.end && files.len() == 1
    });
    let module = named.and_then(|(_, files)| files.first()).unwrap_or(&path);
    item(folder, module, encoding)
}

/// The modules that import a module.
pub(crate) fn importers(folder: &Folder, module: &Path, encoding: Encoding) -> Vec<CallHierarchyIncomingCall> {
    let importers = folder.reading.index().importers_of(module);
    let call = |file: PathBuf| {
        let ranges = ranges(folder, &file, module, encoding);
        Some(CallHierarchyIncomingCall { from: item(folder, &file, encoding)?, from_ranges: ranges })
    };
    importers.iter().filter_map(|file| call(file.path.to_path_buf())).collect()
}

/// The modules that a module imports.
pub(crate) fn imported(folder: &Folder, module: &Path, encoding: Encoding) -> Vec<CallHierarchyOutgoingCall> {
    let mut files: Vec<PathBuf> =
        folder.reading.index().imports_of(module).into_iter().flat_map(|(_, files)| files).collect();
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    let call = |file: PathBuf| {
        let ranges = ranges(folder, module, &file, encoding);
        Some(CallHierarchyOutgoingCall { to: item(folder, &file, encoding)?, from_ranges: ranges })
    };
    files.into_iter().filter_map(call).collect()
}

/// Where a file imports another.
fn ranges(folder: &Folder, file: &Path, module: &Path, encoding: Encoding) -> Vec<Range> {
    let index = folder.reading.index();
    let module = index.file(module).map_or_else(|| module.to_owned(), |known| known.path.to_path_buf());
    let Some(text) = folder.name(file).and_then(|name| folder.text(&name)) else { return Vec::new() };
    let imports = index.imports_of(file).into_iter().filter(|(_, files)| files.contains(&module));
    imports.map(|(import, _)| text.range(&import.at.range(), encoding)).collect()
}

fn item(folder: &Folder, file: &Path, encoding: Encoding) -> Option<CallHierarchyItem> {
    let name = folder.name(file)?;
    let text = folder.text(&name);
    let whole = text.map(|text| text.range(&(0..text.len()), encoding)).unwrap_or_default();
    let short = match name.strip_suffix("/default.nix") {
        Some(folder) => folder.rsplit('/').next().unwrap_or(folder),
        None => name.rsplit('/').next().unwrap_or(&name),
    };
    Some(CallHierarchyItem {
        name: short.to_owned(),
        kind: SymbolKind::MODULE,
        tags: None,
        detail: Some(name.clone()),
        uri: folder.uri(file)?,
        range: whole,
        selection_range: Range::default(),
        data: None,
    })
}
