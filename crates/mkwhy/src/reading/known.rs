//! Cascades that were read before, brought up to date with what was edited since.
//!
//! An edit of one file leaves alone what all others say. Of a cascade only the definitions of that file are read again, and
//! who decides is settled anew, and so is what is declared. Where the names of a path or the modules of the target are
//! otherwise it is read from nothing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mkwhy_index::{Change, File, Fit, Index, Reach};
use mkwhy_model::{Cascade, Knowledge, OptionPath, Outcome, Value};
use mkwhy_syntax::summary::{Declaration, DeclaredBy, Part};

use super::cascade::{Around, blank, conclude, decide, declare, defaults};
use super::definitions::{From, Read, read};
use super::siblings::families;
use super::{Declared, Hits, Placed, Reading, behind};
use crate::targets::Target;

/// So many definitions are kept.
const MOST_DEFINITIONS: usize = 40_000;

/// After edits of more files than this it is read from nothing.
const MOST_FILES: usize = 8;

/// The cascades of one target.
#[derive(Debug, Default)]
pub(super) struct Cascades {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Counts the definitions that were read.
    #[cfg(test)]
    reads: usize,
    target: String,
    reach: Option<Arc<Reach>>,
    known: HashMap<OptionPath, Known>,
    definitions: usize,
}

/// A cascade with all that it was made of.
#[derive(Debug)]
struct Known {
    cascade: Arc<Cascade>,
    /// Of each definition, where it comes from, and whether it is certainly active.
    origins: Vec<(Option<From>, bool)>,
    hits: Hits,
    declarations: Vec<Declared>,
    around: Around,
    /// What was said of the modules that cannot be followed.
    unresolved: Option<Arc<str>>,
    /// The names of the path: its own, and those of options that forward to it. `None` where one forwards in a way of its
    /// own.
    names: Option<Vec<OptionPath>>,
    /// How many changes there were when it was read.
    changes: u64,
}

impl Cascades {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take(&mut self, path: &OptionPath) -> Option<Known> {
        let known = self.known.remove(path)?;
        self.definitions -= known.cascade.definitions.len();
        Some(known)
    }

    fn put(&mut self, path: &OptionPath, known: Known) {
        if self.definitions > MOST_DEFINITIONS {
            self.known.clear();
            self.definitions = 0;
        }
        self.definitions += known.cascade.definitions.len();
        let replaced = self.known.insert(path.clone(), known);
        self.definitions -= replaced.map_or(0, |replaced| replaced.cascade.definitions.len());
    }
}

impl Reading {
    /// The cascade of an option, as [`Reading::why`] gives it, but with the values that are written out. What was read
    /// before and still holds is not read again.
    pub fn cascade(&self, target: &Target, path: &OptionPath) -> Option<Arc<Cascade>> {
        let changes = self.index.changes();
        let reach = self.reach(target);
        let before = {
            let mut inner = self.cascades.inner();
            let same = match (&inner.reach, &reach) {
                (Some(known), Some(reach)) => Arc::ptr_eq(known, reach),
                (None, None) => true,
                _ => false,
            };
            if !same || inner.target != target.name {
                #[cfg(test)]
                let reads = inner.reads;
                *inner = Inner {
                    #[cfg(test)]
                    reads,
                    target: target.name.clone(),
                    reach: reach.clone(),
                    ..Inner::default()
                };
            }
            inner.take(path)
        };
        let known = match (before, &reach) {
            (Some(known), Some(reach)) => self.renewed(known, reach, path, changes),
            _ => None,
        };
        let known = match known {
            Some(known) => known,
            None => self.known(target, path, reach.as_ref(), changes)?,
        };
        let cascade = known.cascade.clone();
        self.cascades.inner().put(path, known);
        Some(cascade)
    }

    #[cfg(test)]
    pub(super) fn reads(&self) -> usize {
        self.cascades.inner().reads
    }

    /// Nothing that was read before holds.
    pub(super) fn forget(&self) {
        *self.cascades.inner() = Inner::default();
    }

    /// What is said of the modules of a target that cannot be followed.
    fn said_of(&self, reach: &Arc<Reach>) -> Option<Arc<str>> {
        (!reach.complete).then(|| self.unresolved(reach))
    }

    /// A cascade that is read from nothing.
    fn known(&self, target: &Target, path: &OptionPath, reach: Option<&Arc<Reach>>, changes: u64) -> Option<Known> {
        let reach_now = reach.map(|reach| &**reach);
        let (hits, names) = self.hits_and_names(path, reach_now);
        let declarations = self.declarations(path, reach_now);
        if !super::is_option(path, &hits, &declarations) {
            return None;
        }
        let around = Around::of(path, &hits, &declarations);
        let because = Knowledge::Syntax { because: None };
        let cascade = Arc::new(blank(self, target, path, &declarations, &around, &because));
        let known =
            Known { cascade, origins: Vec::new(), hits, declarations, around, unresolved: None, names, changes };
        self.settled(known, reach, path, Vec::new())
    }

    /// A cascade after the edits since it was read; `None` where it has to be read from nothing.
    fn renewed(&self, mut known: Known, reach: &Arc<Reach>, path: &OptionPath, changes: u64) -> Option<Known> {
        if known.changes == changes {
            return Some(known);
        }
        let changed = self.index.changes_since(known.changes)?;
        let names = known.names.take()?;
        // What is there now of each file that was edited.
        let mut files: Vec<(&Arc<Path>, Option<&Arc<File>>)> = Vec::new();
        let mut declared = false;
        for Change { before, now } in &changed {
            for file in before.iter().chain(now) {
                match declares(file, &names, reach) {
                    Declares::Nothing => {}
                    Declares::Options => declared = true,
                    Declares::Forwarding => return None,
                }
            }
            let Some(file) = now.as_ref().or(before.as_ref()) else { continue };
            match files.iter_mut().find(|(path, _)| **path == file.path) {
                Some((_, known)) => *known = now.as_ref(),
                None => files.push((&file.path, now.as_ref())),
            }
        }
        if files.len() > MOST_FILES || known.hits.elsewhere {
            return None;
        }
        known.changes = changes;
        let mut touched = declared || known.unresolved != self.said_of(reach);
        if declared {
            known.declarations = self.declarations(path, Some(&**reach));
        }
        // Those of texts that are gone keep their addresses until everything is settled.
        let mut gone: Vec<Placed> = Vec::new();
        let mut outside_gone = Vec::new();
        for (file, now) in files {
            let found = now.map(|now| hits_in_file(path, &names, reach, now)).unwrap_or_default();
            let is_here = |placed: &mut Placed| placed.hit.file.path == *file;
            let old: Vec<Placed> = known.hits.inside.extract_if(.., is_here).collect();
            let old_outside: Vec<_> = known.hits.outside.extract_if(.., |hit| hit.file.path == *file).collect();
            touched |=
                !old.is_empty() || !old_outside.is_empty() || !found.inside.is_empty() || !found.outside.is_empty();
            gone.extend(old);
            outside_gone.extend(old_outside);
            known.hits.inside.extend(found.inside);
            known.hits.outside.extend(found.outside);
        }
        if !touched {
            return Some(Known { names: Some(names), ..known });
        }
        if known.hits.inside.is_empty() {
            return None;
        }
        let name =
            |placed: &Placed| placed.via.as_ref().map_or(Some(0), |via| names.iter().position(|name| name == via));
        known.hits.inside.sort_by_key(|placed| (name(placed), placed.rank(), placed.hit.number));
        known.hits.outside.sort_by(|one, other| (&one.file.path, one.number).cmp(&(&other.file.path, other.number)));
        if !super::is_option(path, &known.hits, &known.declarations) {
            return None;
        }
        let around = Around::of(path, &known.hits, &known.declarations);
        if !around.levels.reads_as(&known.around.levels) {
            return None;
        }
        known.around = around;
        known.names = Some(names);
        let cascade = Arc::make_mut(&mut known.cascade);
        if declared {
            declare(cascade, self, &known.declarations, &known.around);
        }
        let before = std::mem::take(&mut cascade.definitions);
        let origins = std::mem::take(&mut known.origins);
        let reads = before.into_iter().zip(origins).filter_map(|(mut definition, (from, active))| {
            // What a condition switches off is so whatever else there is; all other outcomes are settled anew.
            if !matches!(definition.outcome, Outcome::Inactive { .. }) {
                definition.outcome = Outcome::Undecided;
            }
            from.is_some().then_some(Read { from, active, definition })
        });
        let reads: Vec<Read> = reads.collect();
        let known = self.settled(known, Some(reach), path, reads);
        drop((gone, outside_gone));
        known
    }

    /// Reads what is not among those that were read before, and settles everything anew; `None` where nothing is left.
    fn settled(
        &self,
        mut known: Known,
        reach: Option<&Arc<Reach>>,
        path: &OptionPath,
        before: Vec<Read>,
    ) -> Option<Known> {
        let decisive = known.hits.inside.iter().filter(|placed| placed.says(path));
        let families = families(decisive, path);
        // They come in the order of their outcomes.
        let mut before: HashMap<(From, Option<OptionPath>), Read> =
            before.into_iter().filter_map(|read| Some(((read.from?, read.definition.via.clone()), read))).collect();
        let mut all: Vec<Read> = Vec::with_capacity(families.len() + 1);
        for family in &families {
            let Some(first) = family.first() else { continue };
            match before.remove(&(From::of(first), first.via.clone())) {
                Some(read) => all.push(read),
                None => all.extend(read(self, path, family, &known.around.levels, reach.map(|reach| &**reach)).map(
                    |mut read| {
                        #[cfg(test)]
                        {
                            self.cascades.inner().reads += 1;
                        }
                        read.definition.value = literal(first, &read);
                        read
                    },
                )),
            }
        }
        all.extend(defaults(self, &known.declarations));
        let (decided, open) = decide(self, &known.hits, reach, &known.around, all);
        known.unresolved = reach.and_then(|reach| self.said_of(reach));
        known.origins = decided.iter().map(|read| (read.from, read.active)).collect();
        let cascade = Arc::make_mut(&mut known.cascade);
        cascade.definitions = decided.into_iter().map(|read| read.definition).collect();
        conclude(cascade, self, &known.hits, reach, open);
        (!cascade.definitions.is_empty() || cascade.declaration.is_some()).then_some(known)
    }
}

/// The value of a definition, where it is written out.
fn literal(placed: &Placed, read: &Read) -> Option<Value> {
    let range = read.definition.written.spans()?.value.clone();
    mkwhy_syntax::literal(placed.hit.file.summary.text().get(range)?)
}

/// What a file, as it is or was, says of a path beside defining it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Declares {
    Nothing,
    /// Options at the path, above or inside it.
    Options,
    /// That one path is another name of another.
    Forwarding,
}

fn declares(file: &File, names: &[OptionPath], reach: &Reach) -> Declares {
    let mut paths = names.to_vec();
    let prefixes = reach.modules_in(file).map(|module| &module.prefix);
    paths.extend(prefixes.flat_map(|prefix| names.iter().filter_map(|name| behind(name, prefix))));
    paths.dedup();
    let of = |declaration: &Declaration| {
        let here = |parts: &[Part]| paths.iter().any(|path| Fit::of(parts, path.segments()).is_some());
        match &declaration.by {
            DeclaredBy::Renamed { to } if here(&declaration.path) || here(to) => Declares::Forwarding,
            _ if here(&declaration.path) => Declares::Options,
            _ => Declares::Nothing,
        }
    };
    file.summary.declarations.iter().map(of).max().unwrap_or(Declares::Nothing)
}

/// What one file says of a path, under all of its names.
fn hits_in_file(path: &OptionPath, names: &[OptionPath], reach: &Reach, file: &Arc<File>) -> Hits {
    let mut hits = Hits::default();
    for name in names {
        let is_alias = name != path;
        for module in reach.modules_in(file) {
            let Some(rest) = behind(name, &module.prefix) else { continue };
            for hit in Index::find_in_file(file, &rest) {
                if hit.definition().is_none_or(|definition| definition.unit != module.unit) {
                    continue;
                }
                let placed = Placed::in_module(hit, module);
                if !is_alias {
                    hits.inside.push(placed);
                } else if placed.says(name) {
                    hits.inside.push(Placed { via: Some(name.clone()), ..placed });
                }
            }
        }
    }
    let in_root = reach.prefixes().iter().any(|prefix| prefix.is_empty());
    if in_root && reach.modules_in(file).next().is_none() {
        let found = Index::find_in_file(file, path);
        hits.outside.extend(found.into_iter().filter(|hit| hit.definition().is_some_and(|found| found.unit == 0)));
    }
    hits
}
