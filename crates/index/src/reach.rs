//! Which modules a target is made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mkwhy_model::Segment;
use mkwhy_syntax::summary::Part;

use crate::file::{File, name_hash, same_path};
use crate::index::Failure;

/// A module of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its place in [`Reach::modules`].
    pub number: u32,
    /// The number of the file that it is in.
    pub(crate) file: u32,
    /// Under which path its definitions go; what is computed in that path is [`Part::Any`].
    pub prefix: Arc<[Part]>,
    /// The place of that in [`Reach::prefixes`].
    pub within: u32,
    /// Which unit of the file it is.
    pub unit: u16,
    /// Whether the text alone says that it belongs to the target.
    pub sure: bool,
    /// The number of the file in `origins` or of the module in `modules` that brings it in.
    pub(crate) by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Origin(u32),
    Module(u32),
}

/// Why it is not known what an import brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is computed.
    Computed,
    /// No file of the index is there, or fits.
    Missing(PathBuf),
    /// The file is there and could not be read.
    Unreadable(Failure),
    /// It is deeper inside submodules than is followed, or there are too many.
    TooMany,
}

/// An import that leads to no file of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The file that it is in.
    pub path: Arc<Path>,
    /// Its number in the file's imports, which an edit elsewhere in the file does not change.
    pub import: usize,
    /// Why.
    pub why: Why,
}

/// A file in which the target, or a part of it, is made by functions: it is no module, but leads to some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) path: Arc<Path>,
    pub(crate) by: Option<u32>,
}

/// The modules of a target, as far as text tells.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// The modules, the sure ones first.
    pub modules: Vec<Module>,
    /// The imports of which it is not known what they bring in.
    pub unresolved: Vec<Unresolved>,
    /// Whether these are all modules that the files lead to: no import is computed or leads out of the index.
    pub complete: bool,
    pub(crate) origins: Vec<Origin>,
    /// The paths of files by number.
    pub(crate) paths: Paths,
    /// Where in `by_file` the modules of each file end.
    pub(crate) ends: Vec<u32>,
    /// The numbers of the modules, by the numbers of their files.
    pub(crate) by_file: Vec<u32>,
    pub(crate) prefixes: Vec<Arc<[Part]>>,
    /// The hash of the first name of each of them, 0 where it has none or it is computed.
    pub(crate) first_names: Vec<u32>,
    /// The numbers of the modules under each of them.
    pub(crate) by_prefix: Vec<Vec<u32>>,
    /// What takes modules out.
    pub(crate) disabled: Vec<Taken>,
    /// What all have in common that were found one after the other and have the same modules.
    pub(crate) kin: Arc<()>,
}

/// A module that another one takes out, under a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) file: u32,
    pub(crate) prefix: Arc<[Part]>,
    /// Whether that is sure.
    pub(crate) sure: bool,
}

/// The paths of files by number.
pub(crate) type Paths = Arc<[Option<Arc<Path>>]>;

impl Reach {
    /// Whether the modules are the same as those of an earlier search, and no other files are missing: only what else
    /// leads nowhere is otherwise. Where that is not seen at once, it is said not to be so.
    pub fn is_kin(&self, earlier: &Self) -> bool {
        Arc::ptr_eq(&self.kin, &earlier.kin)
    }

    /// The same by looking at them all. What is not compared follows from the rest.
    pub(crate) fn has_the_modules_of(&self, other: &Self) -> bool {
        fn missing(reach: &Reach) -> impl Iterator<Item = &Path> {
            reach.unresolved.iter().filter_map(|unresolved| match &unresolved.why {
                Why::Missing(path) => Some(path.as_path()),
                _ => None,
            })
        }
        (&self.modules, &self.origins, &self.disabled) == (&other.modules, &other.origins, &other.disabled)
            && self.paths == other.paths
            && missing(self).eq(missing(other))
    }

    /// The modules that are in a file.
    pub fn modules_in(&self, file: &File) -> impl Iterator<Item = &Module> {
        let id = file.id as usize;
        let start = id.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(id).copied().unwrap_or_default();
        let numbers = self.by_file.get(start as usize..end as usize).unwrap_or_default();
        numbers.iter().filter_map(|number| self.modules.get(*number as usize))
    }

    /// Whether a unit of a file is a module under the path of a place among [`Reach::prefixes`].
    pub fn is_module(&self, file: &File, unit: u16, within: usize) -> bool {
        self.modules_in(file).any(|module| module.unit == unit && module.within as usize == within)
    }

    /// The file that a module is in.
    pub fn path(&self, module: &Module) -> Option<&Path> {
        self.paths.get(module.file as usize)?.as_deref()
    }

    /// The paths that modules are imported under, each once, in the order of the modules.
    pub fn prefixes(&self) -> &[Arc<[Part]>] {
        &self.prefixes
    }

    /// Those of the paths that modules are imported under that an option is at or inside of: the place of each, the
    /// path, and what is left of the option's behind it.
    pub fn prefixes_of<'r>(&'r self, path: &'r [Segment]) -> impl Iterator<Item = (usize, &'r [Part], &'r [Segment])> {
        let first = match path.first() {
            Some(Segment::Name(name)) => name_hash(name),
            _ => 0,
        };
        let candidates = self.first_names.iter().enumerate().filter(move |(_, name)| **name == 0 || **name == first);
        candidates.filter_map(move |(place, _)| {
            let prefix = &**self.prefixes.get(place)?;
            let rest = path.get(prefix.len()..)?;
            prefix.iter().zip(path).all(|(part, segment)| part.matches(segment)).then_some((place, prefix, rest))
        })
    }

    /// The modules under one of these paths, by its place among them.
    pub fn modules_within(&self, prefix: usize) -> impl ExactSizeIterator<Item = &Module> {
        let numbers = self.by_prefix.get(prefix).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().map(|number| &self.modules[*number as usize])
    }

    /// Sorts the modules by file.
    pub(crate) fn file_modules(&mut self) {
        self.ends = vec![0; self.paths.len()];
        for module in &self.modules {
            self.ends[module.file as usize] += 1;
        }
        let mut before = 0;
        for end in &mut self.ends {
            before += std::mem::replace(end, before);
        }
        self.by_file = vec![0; self.modules.len()];
        for module in &self.modules {
            let next = &mut self.ends[module.file as usize];
            self.by_file[*next as usize] = module.number;
            *next += 1;
        }
    }

    /// The files that lead to a module, from the entry to the module's own.
    pub fn chain(&self, module: &Module) -> Vec<&Path> {
        let mut chain: Vec<&Arc<Path>> = self.upwards(module).collect();
        chain.dedup_by(|one, other| same_path(one, other));
        chain.into_iter().rev().map(|path| &**path).collect()
    }

    /// Whether the same files lead to a module here and to one elsewhere.
    pub fn is_led_to_as(&self, module: &Module, elsewhere: &Self, other: &Module) -> bool {
        let (mut here, mut there) = (self.upwards(module), elsewhere.upwards(other));
        loop {
            match (here.next(), there.next()) {
                (None, None) => return true,
                (Some(one), Some(other)) if same_path(one, other) => {}
                _ => return false,
            }
        }
    }

    /// The files that lead to a module, from its own to the entry, some of them twice in a row.
    fn upwards(&self, module: &Module) -> impl Iterator<Item = &Arc<Path>> {
        let path = |module: &Module| self.paths.get(module.file as usize).and_then(Option::as_ref);
        // Who brings something in was there before it, so that this ends.
        let mut by = Some(module.by);
        let outer = std::iter::from_fn(move || match by? {
            By::Module(number) => {
                let module = self.modules.get(number as usize)?;
                by = Some(module.by);
                Some(path(module))
            }
            By::Origin(number) => {
                let origin = self.origins.get(number as usize)?;
                by = origin.by.map(By::Origin);
                Some(Some(&origin.path))
            }
        });
        std::iter::once(path(module)).chain(outer).flatten()
    }

    /// The files that make the target by functions, the entry first.
    pub fn origins(&self) -> impl Iterator<Item = &Path> {
        self.origins.iter().map(|origin| &*origin.path)
    }
}
