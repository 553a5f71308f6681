//! Modules that a change leaves without anything to say. They stay, and so do their imports: whether a file is still of use
//! to somebody is for its owner to say.

use mkwhy_model::{Change, Edit, FileChange, Position};
use mkwhy_syntax::summary::{Content, Definition};
use mkwhy_syntax::{Source, Summary};

use crate::reading::Reading;
use crate::workspace::Workspace;

impl Workspace {
    /// The modules that say something before a change and nothing after it.
    pub fn emptied(&self, change: &Change) -> Vec<String> {
        let base = self.base_module().map(|base| base.strip_prefix("./").unwrap_or(base));
        let emptied = |(name, file): &(&str, &FileChange)| {
            let text = |text: &str| Summary::of(&Source::parse(text));
            let before = file.before.as_deref().map(text);
            base != Some(*name)
                && before.is_some_and(|before| !says_nothing(&before))
                && says_nothing(&text(&file.after()))
        };
        change.files().filter(emptied).map(|(name, _)| name.to_owned()).collect()
    }

    /// What can be done with the modules that a change empties, in sentences.
    pub fn remarks_on_emptied(&self, change: &Change) -> Vec<String> {
        self.told_of_emptied(&self.emptied(change), change)
    }

    /// What can be done with modules that say nothing, in sentences, with the places that their imports have after a change
    /// of the texts on disk.
    pub fn told_of_emptied<'m>(&self, modules: impl IntoIterator<Item = &'m String>, change: &Change) -> Vec<String> {
        let mut modules = modules.into_iter().peekable();
        if modules.peek().is_none() {
            return Vec::new();
        }
        let reading = self.read();
        modules.map(|module| self.told_of(&reading, module, change)).collect()
    }

    fn told_of(&self, reading: &Reading, module: &str, change: &Change) -> String {
        let path = self.root().join(module);
        let mut imports: Vec<String> = Vec::new();
        let mut computed = false;
        for importer in reading.index().importers_of(&path) {
            let name = reading.name(&importer.path);
            for (import, files) in reading.index().imports_of(&importer.path) {
                match files.as_slice() {
                    [file] if *file == path => {
                        let start = import.at.start as usize;
                        imports.push(place(&name, importer.summary.text(), change.file(&name), start).to_string());
                    }
                    files => computed |= files.contains(&path),
                }
            }
        }
        let what = format!("{module} says nothing any more: it can be deleted");
        match imports.as_slice() {
            [] if computed => what,
            [] => format!("{what} where nothing else uses it"),
            [only] => format!("{what}, and its import at {only} with it"),
            several => format!("{what}, and its imports at {} with it", several.join(", ")),
        }
    }
}

/// Whether nothing that a module could be for stands in it.
fn says_nothing(summary: &Summary) -> bool {
    let empty = |definition: &Definition| definition.path.is_empty() && definition.content == Content::Set;
    summary.errors.is_empty()
        && summary.definitions.iter().all(empty)
        && summary.declarations.is_empty()
        && summary.imports.is_empty()
        && summary.disabled.is_empty()
        && summary.lists.is_empty()
        && summary.made.is_none()
}

/// The line that a place has with what is changed before it.
fn place(name: &str, text: &str, changed: Option<&FileChange>, start: usize) -> Position {
    let edits: &[Edit] = changed.map_or(&[], FileChange::edits);
    let mut lines = text[..start].matches('\n').count();
    for edit in edits.iter().filter(|edit| edit.range().end <= start) {
        lines = lines + edit.text.matches('\n').count() - text[edit.range()].matches('\n').count();
    }
    Position { file: name.to_owned(), line: u32::try_from(lines + 1).ok(), column: None }
}
