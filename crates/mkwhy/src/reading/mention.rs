//! The option that a place in a text is about, without defining it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use mkwhy_index::File;
use mkwhy_model::OptionPath;
use mkwhy_syntax::What;
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

/// What is being typed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPath {
    /// Of a name, what stands before it; of a value, the option that has it.
    pub path: OptionPath,
    /// Whether it is the value.
    pub is_value: bool,
    /// The bytes that are typed over.
    pub over: Range<usize>,
}

impl Reading {
    /// The option path or value that is typed at an offset of a file: the attribute path of a definition, what is selected
    /// from `config`, or what a definition gives.
    pub fn typed(&self, target: &Target, file: &Path, offset: usize) -> Option<TypedPath> {
        let found = self.index.file(file)?;
        let typed = self.parsed(&self.name(file))?.typed_at(offset)?;
        let (path, is_value) = match &typed.what {
            What::Attribute(before) => (static_path(before)?, false),
            What::Value(of) => (static_path(of)?, true),
            What::Selection(before) => (OptionPath::from_names(before.iter().map(|name| name.as_str())), false),
        };
        // Where there are more lists of modules, or less, their numbers are others.
        let is_same = typed.unit == 0 || typed.lists == found.summary.lists.len();
        let path = self.within(target, &found, typed.unit).filter(|_| is_same)?.join(path.segments());
        // Any set may stand in a file that is none of the modules.
        let is_other = || self.reach(target).is_some_and(|reach| reach.modules_in(&found).next().is_none());
        let at_root = path.is_empty() && matches!(typed.what, What::Attribute(_));
        (!(at_root && is_other())).then_some(TypedPath { path, is_value, over: typed.over })
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
