//! The option that a place in a text is about, without defining it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use mkwhy_index::File;
use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::static_path;

use super::Reading;
use crate::targets::Target;

/// An option that a text speaks of or declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// The option, or something inside one.
    pub path: OptionPath,
    /// The bytes that speak of it.
    pub range: Range<usize>,
}

impl Reading {
    /// The option that a file reads or declares at an offset, as a target has it: `config.services.foo.enable`, also
    /// by way of names, and the name of a declaration.
    pub fn mentioned(&self, target: &Target, file: &Path, offset: usize) -> Option<Mentioned> {
        let found = self.index.file(file)?;
        let summary = &found.summary;
        let declared = summary.declarations.iter().find(|declaration| {
            let name = declaration.name.range();
            name.start <= offset && offset <= name.end && !declaration.path.is_empty()
        });
        let (unit, path, range) = match declared {
            Some(declaration) => (declaration.unit, static_path(&declaration.path)?, declaration.name.range()),
            None => {
                let mention = summary.mentioned(offset)?;
                let path = OptionPath::from_names(mention.path.iter().map(|name| name.as_str()));
                (0, path, mention.range)
            }
        };
        let prefix = self.within(target, &found, unit)?;
        Some(Mentioned { path: prefix.join(path.segments()), range })
    }
}

/// An option path that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPath {
    /// What stands before the name that is typed.
    pub prefix: OptionPath,
    /// Where the first name of the attribute path or selection begins that it belongs to.
    pub start: usize,
}

impl Reading {
    /// The option path that is typed at an offset of a file: the attribute path of a definition, or what is selected
    /// from `config`.
    pub fn typed(&self, target: &Target, file: &Path, offset: usize) -> Option<TypedPath> {
        let found = self.index.file(file)?;
        let text = found.summary.text();
        let here = found.summary.definitions.iter().find(|definition| {
            let name = definition.name.range();
            name.start <= offset && offset <= name.end && definition.own > 0
        });
        if let Some(definition) = here {
            let start = definition.name.start as usize;
            let before = text.get(start..offset)?.matches('.').count();
            let outer = definition.path.len().checked_sub(usize::from(definition.own))? + before;
            let prefix = static_path(definition.path.get(..outer)?)?;
            return Some(TypedPath {
                prefix: self.within(target, &found, definition.unit)?.join(prefix.segments()),
                start,
            });
        }
        // Behind a dot there is no name yet.
        let behind_dot = offset.checked_sub(1).filter(|dot| text.as_bytes().get(*dot) == Some(&b'.'));
        let mention = found.summary.mentioned(behind_dot.unwrap_or(offset));
        let (path, start) = match (mention, behind_dot) {
            (Some(mention), Some(_)) => (mention.path, mention.range.start),
            (Some(mention), None) => (mention.path[..mention.path.len() - 1].to_vec(), mention.range.start),
            // The whole configuration is no option.
            (None, Some(dot)) if found.summary.is_configuration(dot) => (Vec::new(), dot - "config".len()),
            _ => return None,
        };
        let path = OptionPath::from_names(path.iter().map(|name| name.as_str()));
        Some(TypedPath { prefix: self.within(target, &found, 0)?.join(path.segments()), start })
    }

    /// The names right under a path of which modules of a target declare an option, as far as the text tells.
    pub fn declared_under(&self, target: &Target, prefix: &OptionPath) -> BTreeSet<String> {
        let reach = self.reach(target);
        let declarations = self.declarations(prefix, reach.as_deref());
        super::names_in(prefix, &super::Hits::default(), &declarations).into_iter().collect()
    }

    /// Under which path a target has what a file defines.
    fn within(&self, target: &Target, file: &File, unit: u16) -> Option<OptionPath> {
        let reach = self.reach(target);
        let mut modules = reach.as_deref().into_iter().flat_map(|reach| reach.modules_in(file));
        match modules.find(|module| module.unit == unit) {
            None => Some(OptionPath::default()),
            // Of the same module under several paths it is not said which is meant: the first does.
            Some(module) => static_path(&module.prefix),
        }
    }
}
