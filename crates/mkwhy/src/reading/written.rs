//! What is written in all files, whichever target they belong to.

use std::ops::Range;

use mkwhy_index::File;
use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::{Content, Definition};

use super::Reading;

/// A definition by its text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSetting {
    /// The option, from the root of the module that defines it.
    pub path: OptionPath,
    /// The file, by the name that positions have.
    pub file: String,
    /// Its attribute path in the text.
    pub name: Range<usize>,
}

impl Reading {
    /// The definitions whose paths are written out in the files that are `wanted`, without the larger sets around them.
    pub fn written(&self, wanted: impl Fn(&str) -> bool) -> Vec<WrittenSetting> {
        let mut found = Vec::new();
        for file in self.index.files() {
            let name = self.name(&file.path);
            if !wanted(&name) {
                continue;
            }
            for definition in file.summary.definitions.iter().filter(|definition| is_setting(&file, definition)) {
                if let Some(path) = definition.static_path().filter(|path| !path.is_empty()) {
                    found.push(WrittenSetting { path, file: name.clone(), name: definition.name.range() });
                }
            }
        }
        found
    }
}

/// Whether it is no set whose attributes are definitions of their own.
fn is_setting(file: &File, definition: &Definition) -> bool {
    let text = || file.summary.text().get(definition.value.range()).unwrap_or_default();
    match definition.content {
        Content::Set => text().trim_start_matches('{').trim_start().starts_with('}'),
        Content::Imported => false,
        _ => true,
    }
}
