//! What the views of an editor show of a folder: its options, its modules, and the definitions of a document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mkwhy::{Cascade, Definition, OptionPath, Outcome, Segment};

use crate::folder::Folder;
use crate::place::{definition_location, location};
use crate::requests::{DocumentItem, ModuleEntry, OptionEntry, ShownCascade, ShownDefinition};
use crate::text::{Encoding, Text};
use crate::words;

/// So long a value may be in a tree.
const MOST_LETTERS: usize = 80;

/// The definitions of a document, for what is drawn at them.
pub(crate) fn document_items(folder: &Folder, file: &str, text: &Text, encoding: Encoding) -> Vec<DocumentItem> {
    folder
        .items(file)
        .iter()
        .map(|item| {
            let (cascade, definition) = (&item.cascade, item.definition());
            let whole = item.binding.0.min(item.name.0)..item.binding.1.max(item.name.1);
            DocumentItem {
                range: text.range(&whole, encoding),
                name: text.range(&(item.name.0..item.name.1), encoding),
                option: cascade.path.to_string(),
                outcome: definition.outcome.word().to_owned(),
                alone: cascade.definitions.iter().filter(|other| !other.declared_default).count() < 2,
                priority: definition.priority,
                hint: words::hint(cascade, definition).into_iter().map(|(part, _)| part).collect(),
            }
        })
        .collect()
}

/// A cascade with what an editor cannot find out for itself.
pub(crate) fn shown_cascade(folder: &Folder, cascade: &Cascade, encoding: Encoding) -> ShownCascade {
    let shown = |definition: &Definition| ShownDefinition {
        location: definition_location(folder, definition, encoding),
        imported_by: definition.imports.iter().filter_map(|file| folder.uri(&folder.path(file))).collect(),
        struck: matches!(definition.outcome, Outcome::Shadowed { .. } | Outcome::Dropped { .. }),
        why_not: mkwhy::why_not(cascade, definition),
    };
    let declared = cascade.declaration.iter().flat_map(|declaration| &declaration.at);
    ShownCascade {
        definitions: cascade.definitions.iter().map(shown).collect(),
        conclusion: mkwhy::conclusion(cascade),
        declared_at: declared.filter_map(|at| location(folder, at, None, encoding)).collect(),
        cascade: cascade.clone(),
    }
}

/// The options that the person's own modules define; from the text alone where nothing was evaluated.
pub(crate) fn options(folder: &Folder) -> Vec<OptionEntry> {
    let Some(inspection) = &folder.inspection else {
        return written(folder)
            .into_iter()
            .map(|path| OptionEntry { segments: names(&path), path, value: None, contradiction: false, lost: 0 })
            .collect();
    };
    let mut options: Vec<OptionEntry> = inspection
        .cascades()
        .map(|evaluated| {
            let now = folder.cascade(&evaluated.path);
            let cascade: &Cascade = now.as_deref().unwrap_or(evaluated);
            let lost = |outcome: &Outcome| matches!(outcome, Outcome::Shadowed { .. } | Outcome::Dropped { .. });
            OptionEntry {
                segments: names(&cascade.path),
                path: cascade.path.clone(),
                value: cascade.value.value().map(|value| words::cut(&value.to_string(), MOST_LETTERS)),
                contradiction: cascade.contradiction,
                lost: cascade
                    .definitions
                    .iter()
                    .filter(|definition| !definition.declared_default && lost(&definition.outcome))
                    .count(),
            }
        })
        .collect();
    options.sort_by(|a, b| a.path.cmp(&b.path));
    options
}

/// The paths that the texts of the person's own modules write out in full.
fn written(folder: &Folder) -> BTreeSet<OptionPath> {
    let files = folder.reading.index().files();
    let own = files.iter().filter(|file| folder.workspace.owns(&file.path));
    let definitions = own.flat_map(|file| file.summary.definitions.iter());
    definitions.filter_map(|definition| definition.static_path()).filter(|path| !path.is_empty()).collect()
}

/// The parts of a path, as they are written in it.
fn names(path: &OptionPath) -> Vec<String> {
    path.segments().iter().map(Segment::to_string).collect()
}

/// The modules of a folder, with what each imports and what became of its definitions.
pub(crate) fn modules(folder: &Folder) -> Vec<ModuleEntry> {
    let index = folder.reading.index();
    let files: Vec<_> = index.files().into_iter().filter_map(|file| Some((folder.uri(&file.path)?, file))).collect();
    let numbers: BTreeMap<&Path, usize> =
        files.iter().enumerate().map(|(number, (_, file))| (&*file.path, number)).collect();
    let mut modules: Vec<ModuleEntry> = Vec::with_capacity(files.len());
    for (uri, file) in &files {
        let name = folder.name(&file.path).unwrap_or_default();
        let mut imports: Vec<usize> = Vec::new();
        for target in index.imports_of(&file.path).into_iter().flat_map(|(_, targets)| targets) {
            if let Some(number) = numbers.get(target.as_path())
                && !imports.contains(number)
            {
                imports.push(*number);
            }
        }
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        // What is not evaluated is counted as not known; reading every module anew for that would take too long.
        if folder.inspection.is_some() {
            for item in folder.items(&name).iter() {
                *outcomes.entry(item.definition().outcome.word().to_owned()).or_default() += 1;
            }
        }
        modules.push(ModuleEntry { uri: uri.clone(), file: name, imports, outcomes });
    }
    modules
}
