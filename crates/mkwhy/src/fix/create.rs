//! A module for common settings where there is none yet, and its import.

use mkwhy_model::{Change, Edit};
use mkwhy_syntax::Source;
use mkwhy_syntax::edit::Put;

use super::ground::Ground;
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

/// Makes the module and imports it before the first of the modules that are imported together.
pub(super) fn create(
    workspace: &Workspace,
    ground: &Ground<'_>,
    to: &str,
    puts: &[Put],
    change: &mut Change,
) -> Result<(), Error> {
    let refused = || {
        Error::new(ErrorKind::Usage, format!("{to} does not exist, and where it is to be imported cannot be told"))
            .with_help(format!("make {to} with `{{ }}` in it and import it, then move"))
    };
    let template = Source::parse(TEMPLATE);
    let edits = template.with_definitions(puts).ok_or_else(refused)?;
    let mut made = Change::default();
    for edit in edits {
        made.edit(to, &template.shared_text(), edit).map_err(|_| refused())?;
    }
    let text = made.file(to).map(mkwhy_model::FileChange::after).unwrap_or_default();
    change.create(to, text).map_err(|_| refused())?;

    // Where most of the modules are imported, there it belongs.
    let reading = workspace.read();
    let files = ground.inspections.iter().flat_map(|inspection| inspection.own_files());
    let mut importers: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for file in files {
        for importer in reading.index().importers_of(&workspace.root().join(file)) {
            *importers.entry(reading.name(&importer.path)).or_default() += 1;
        }
    }
    let (importer, _) = importers.into_iter().max_by_key(|(_, count)| *count).ok_or_else(refused)?;
    let known = reading.index().file(&workspace.root().join(&importer)).ok_or_else(refused)?;
    let source = Source::parse(known.summary.text().clone());
    let first = known
        .summary
        .imports
        .iter()
        .filter(|import| matches!(import.of, mkwhy_syntax::summary::ImportOf::File(_)) && !import.conditional)
        .min_by_key(|import| import.at.start)
        .ok_or_else(refused)?;
    let depth = importer.matches('/').count();
    let path = if depth == 0 { format!("./{to}") } else { format!("{}{to}", "../".repeat(depth)) };
    let at = first.at.start as usize;
    let indentation = source.indentation(at);
    let text = format!("{path}{}{indentation}", source.line_end());
    change.edit(&importer, &source.shared_text(), Edit::new(at..at, text)).map_err(|_| refused())
}
