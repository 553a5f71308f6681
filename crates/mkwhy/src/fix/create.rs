//! A module for common settings where there is none yet, and its import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use mkwhy_model::{Change, Edit, OptionPath};
use mkwhy_syntax::Source;
use mkwhy_syntax::edit::Put;
use mkwhy_syntax::summary::{self, ImportOf, static_path};

use super::ground::Ground;
use super::standing::Standing;
use crate::error::{Error, ErrorKind};
use crate::workspace::Workspace;

/// What the new module begins with.
const TEMPLATE: &str = "# Common settings of every host.
#
# What is mkDefault here gives way to a plain definition in another module; mkForce outranks both. Of lists only those
# of the strongest priority are merged.
{ config, lib, ... }:

{
}
";

/// Where a new module is imported.
#[derive(Debug)]
pub(super) struct Import {
    /// The file, as positions name it.
    file: String,
    /// The targets that the module is part of then, by their numbers among those that were evaluated.
    pub(super) targets: BTreeSet<usize>,
    text: Arc<str>,
    /// Before what.
    at: usize,
    /// Where the module stands then.
    pub(super) standing: Standing,
}

/// Where a new module is imported to say an option: before the first of the modules that are imported together, as near to
/// the option as modules are imported at all, for as many targets as that can be, where most modules are.
pub(super) fn import(workspace: &Workspace, ground: &Ground<'_>, option: &OptionPath) -> Option<Import> {
    let reading = workspace.read();
    let index = reading.index();
    let files: BTreeSet<&String> = ground.inspections.iter().flat_map(|inspection| inspection.own_files()).collect();
    let mut importers: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in files {
        for importer in index.importers_of(&workspace.root().join(file)) {
            *importers.entry(importer.path.to_path_buf()).or_default() += 1;
        }
    }
    let mut best: Option<((usize, usize, usize), Import)> = None;
    for (path, count) in importers {
        let Some(known) = index.file(&path) else { continue };
        let of_file = |import: &&summary::Import| matches!(import.of, ImportOf::File(_)) && !import.conditional;
        let first = known.summary.imports.iter().filter(of_file).min_by_key(|import| import.at.start);
        let Some((first, prefix)) = first.and_then(|first| Some((first, static_path(&first.prefix)?))) else {
            continue;
        };
        let file = reading.name(&path);
        let outer = workspace.standing(ground, &file, || &reading);
        let standing: Standing = match outer.is_empty() {
            true => [prefix].into(),
            false => outer.iter().map(|outer| outer.join(prefix.segments())).collect(),
        };
        let Some(depth) =
            standing.iter().filter(|path| option.starts_with(path)).map(|path| path.segments().len()).max()
        else {
            continue;
        };
        // A list that a function is given is taken for one of all targets, whoever has what else stands in the file.
        let targets = if first.unit == 0 { ground.targets_of(&file) } else { ground.all_targets() };
        let rank = (depth, targets.len(), count);
        if best.as_ref().is_none_or(|(known, _)| rank >= *known) {
            let (text, at) = (known.summary.text().clone(), first.at.start as usize);
            best = Some((rank, Import { file, targets, text, at, standing }));
        }
    }
    best.map(|(_, import)| import)
}

/// Makes the module and imports it.
pub(super) fn create(to: &str, import: Option<&Import>, puts: &[Put], change: &mut Change) -> Result<(), Error> {
    let refused = || {
        Error::new(ErrorKind::Usage, format!("{to} does not exist, and where it is to be imported cannot be told"))
            .with_help(format!("make {to} with `{{ }}` in it and import it, then move"))
    };
    let import = import.ok_or_else(refused)?;
    let template = Source::parse(TEMPLATE);
    let edits = template.with_definitions(puts).ok_or_else(refused)?;
    let mut made = Change::default();
    for edit in edits {
        made.edit(to, &template.shared_text(), edit).map_err(|_| refused())?;
    }
    let text = made.file(to).map(mkwhy_model::FileChange::after).unwrap_or_default();
    change.create(to, text).map_err(|_| refused())?;

    let source = Source::parse(import.text.clone());
    let path = Source::path_of(to, &import.file).ok_or_else(refused)?;
    let text = if source.begins_line(import.at) {
        format!("{path}{}{}", source.line_end(), source.indentation(import.at))
    } else {
        format!("{path} ")
    };
    change.edit(&import.file, &import.text, Edit::new(import.at..import.at, text)).map_err(|_| refused())
}
