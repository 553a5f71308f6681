//! The option that a place in a text is about, without defining it.

use std::ops::Range;
use std::path::Path;

use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::Part;

use super::{Reading, names};
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
            Some(declaration) => (declaration.unit, names(&declaration.path)?, declaration.name.range()),
            None => {
                let mention = summary.mentioned(offset)?;
                let path = OptionPath::from_names(mention.path.iter().map(|name| name.as_str()));
                (0, path, mention.range)
            }
        };
        let reach = self.reach(target);
        let modules = reach.as_deref().into_iter().flat_map(|reach| reach.modules_in(&found));
        let prefixes: Vec<&[Part]> =
            modules.filter(|module| module.unit == unit).map(|module| &*module.prefix).collect();
        let prefix = match prefixes.as_slice() {
            [] => OptionPath::default(),
            // Of the same module under several paths it is not said which is meant: the first does.
            [first, ..] => names(first)?,
        };
        Some(Mentioned { path: prefix.join(path.segments()), range })
    }
}
