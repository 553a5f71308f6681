//! From option paths to what the files say about them.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use mkwhy_model::{OptionPath, Segment};
use mkwhy_syntax::summary::{Content, Declaration, DeclaredBy, Definition, Number, Part};

use crate::file::{File, Role, beginnings, name_hash};
use crate::index::Index;
use crate::reach::{Module, Reach};

/// How a definition's or declaration's path has to do with the one that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fit {
    /// It is the same, as far as its parts are written out.
    Exact,
    /// It is longer: it says something inside the option.
    Beneath,
    /// It is shorter: what it holds may have the option in it.
    Above,
}

/// A definition that says something about a path, or may do so.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The file that it is in.
    pub file: Arc<File>,
    /// Its number in the file's definitions.
    pub number: usize,
    /// How it fits.
    pub fit: Fit,
}

impl Hit {
    /// The definition.
    pub fn definition(&self) -> Option<&Definition> {
        self.file.summary.definitions.get(self.number)
    }
}

/// A declaration that says something about a path, or may do so.
#[derive(Debug, Clone)]
pub struct DeclarationHit {
    /// The file that it is in.
    pub file: Arc<File>,
    /// Its number in the file's declarations.
    pub number: usize,
    /// How it fits.
    pub fit: Fit,
}

impl DeclarationHit {
    /// The declaration.
    pub fn declaration(&self) -> Option<&Declaration> {
        self.file.summary.declarations.get(self.number)
    }
}

impl Fit {
    /// How a written path fits one that is asked for, both from the same root; `None` where they part.
    pub fn of(written: &[Part], asked: &[Segment]) -> Option<Self> {
        if !written.iter().zip(asked).all(|(part, segment)| part.matches(segment)) {
            return None;
        }
        Some(match written.len().cmp(&asked.len()) {
            Ordering::Equal => Self::Exact,
            Ordering::Greater => Self::Beneath,
            Ordering::Less => Self::Above,
        })
    }

    /// How a definition fits a path. A set that is written out says nothing about what is not in it, and a module in
    /// another file says it there; but with a priority, either may decide over what others say.
    pub fn of_definition(definition: &Definition, asked: &[Segment]) -> Option<Self> {
        let says_elsewhere = matches!(definition.content, Content::Set | Content::Imported);
        let plain = definition.priority == Number::Plain;
        Self::of(&definition.path, asked).filter(|fit| *fit != Self::Above || !says_elsewhere || !plain)
    }
}

/// The hashes of the first two names of a path, 0 where there is none.
fn first_names(asked: &[Segment]) -> [u32; 2] {
    [0, 1].map(|at| match asked.get(at) {
        Some(Segment::Name(name)) => name_hash(name),
        _ => 0,
    })
}

/// The definitions of a file that say something about a path, or may do so.
fn hits_in(file: &Arc<File>, names: [u32; 2], asked: &[Segment]) -> impl Iterator<Item = Hit> {
    file.names.numbers(names).filter_map(|number| {
        let fit = Fit::of_definition(file.summary.definitions.get(number)?, asked)?;
        Some(Hit { file: file.clone(), number, fit })
    })
}

/// The declarations of a file that say something about a path, or may do so.
fn declarations_in(file: &Arc<File>, asked: &[Segment]) -> impl Iterator<Item = DeclarationHit> {
    file.summary.declarations.iter().enumerate().filter_map(|(number, declaration)| {
        let fit = Fit::of(&declaration.path, asked)?;
        Some(DeclarationHit { fit, file: file.clone(), number })
    })
}

impl Index {
    /// The definitions of any file that say something about a path, or may do so, by file and in the order of its
    /// definitions. Paths are those in the file: a module inside a submodule is asked for what is inside that.
    pub fn find(&self, path: &[Segment]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let names = first_names(path);
        for file in self.candidates(path, [Role::Open, Role::Set, Role::Inside]) {
            hits.extend(hits_in(&file, names, path));
        }
        hits
    }

    /// As [`Index::find`], in the file of one module of a target and of that module alone.
    pub fn find_in(&self, reach: &Reach, module: &Module, path: &[Segment]) -> Vec<Hit> {
        let Some(file) = reach.path(module).and_then(|name| self.known(name)) else { return Vec::new() };
        let found = hits_in(&file, first_names(path), path);
        found.filter(|hit| hit.definition().is_some_and(|found| found.unit == module.unit)).collect()
    }

    /// The definitions of one file that say something about a path, or may do so, whether it is in the index or not.
    pub fn find_in_file(file: &Arc<File>, path: &[Segment]) -> Vec<Hit> {
        hits_in(file, first_names(path), path).collect()
    }

    /// As [`Index::declarations`], in the file of one module of a target and of that module alone.
    pub fn declarations_in(&self, reach: &Reach, module: &Module, path: &[Segment]) -> Vec<DeclarationHit> {
        let Some(file) = reach.path(module).and_then(|name| self.known(name)) else { return Vec::new() };
        let unit = |hit: &DeclarationHit| hit.declaration().map(|declaration| declaration.unit);
        declarations_in(&file, path).filter(|hit| unit(hit) == Some(module.unit)).collect()
    }

    /// The declarations of one file that say something about a path, or may do so, whether it is in the index or not.
    pub fn declarations_in_file(file: &Arc<File>, path: &[Segment]) -> Vec<DeclarationHit> {
        declarations_in(file, path).collect()
    }

    /// The declarations of any file that say something about a path, or may do so: of the option itself, of options
    /// inside it, and of those above it, whose type says what they hold.
    pub fn declarations(&self, path: &[Segment]) -> Vec<DeclarationHit> {
        let mut hits = Vec::new();
        for file in self.candidates(path, [Role::Declared, Role::Declared, Role::DeclaredInside]) {
            hits.extend(declarations_in(&file, path));
        }
        hits
    }

    /// The declarations of an option that say what became of it, as there is none of that name any more.
    pub fn retired(&self, path: &[Segment]) -> Vec<DeclarationHit> {
        let mut ids = Vec::new();
        beginnings(path).iter().for_each(|hash| self.table.collect(Role::Retired.key(*hash), &mut ids));
        let is_retired = |hit: &DeclarationHit| hit.declaration().is_some_and(|found| found.by.is_retired());
        let mut hits = Vec::new();
        for file in self.by_ids(ids) {
            hits.extend(declarations_in(&file, path).filter(|hit| hit.fit == Fit::Exact && is_retired(hit)));
        }
        hits
    }

    /// The declarations of options that forward to a path, to one inside it, or to one that it is inside: by how the
    /// path that they forward to fits.
    pub fn forwarding(&self, path: &[Segment]) -> Vec<DeclarationHit> {
        let mut ids = Vec::new();
        beginnings(path).iter().for_each(|hash| self.table.collect(Role::Forwards.key(*hash), &mut ids));
        let mut hits = Vec::new();
        for file in self.by_ids(ids) {
            for (number, declaration) in file.summary.declarations.iter().enumerate() {
                let DeclaredBy::Renamed { to } = &declaration.by else { continue };
                if let Some(fit) = Fit::of(to, path) {
                    hits.push(DeclarationHit { file: file.clone(), number, fit });
                }
            }
        }
        hits
    }

    /// The paths under a path that any file defines and writes out in full, in order.
    pub fn paths_under(&self, path: &OptionPath) -> BTreeSet<OptionPath> {
        let hits = self.find(path.segments());
        let inside = hits.iter().filter(|hit| hit.fit != Fit::Above).filter_map(Hit::definition);
        inside.filter_map(Definition::static_path).filter(|found| found.starts_with(path)).collect()
    }

    /// The files that may have something to do with a path, in order.
    fn candidates(&self, path: &[Segment], [open, exact, inside]: [Role; 3]) -> Vec<Arc<File>> {
        if path.is_empty() {
            return self.files();
        }
        let hashes = beginnings(path);
        let mut ids = Vec::new();
        for hash in &hashes {
            self.table.collect(open.key(*hash), &mut ids);
        }
        // Behind a list element nothing is filed.
        if let Some(whole) = hashes.get(path.len()) {
            self.table.collect(exact.key(*whole), &mut ids);
            self.table.collect(inside.key(*whole), &mut ids);
        }
        self.by_ids(ids)
    }
}
