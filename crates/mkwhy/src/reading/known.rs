//! Cascades that were read before, brought up to date with what was edited since.
//!
//! An edit of one file leaves alone what all others say. Of a cascade only the definitions of that file are read again.
//! Where they stand elsewhere now and are as they were, that is all ([`super::moved`]); else who decides is settled anew.
//! Where the names of a path or the modules of the target are otherwise everything is searched for anew, and what still
//! reads as before is not read again.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use mkwhy_index::{Change, File, Fit, Hit, Index, Reach, same_path};
use mkwhy_model::{Cascade, Knowledge, OptionPath, Outcome, Segment, Value};
use mkwhy_syntax::summary::{Declaration, DeclaredBy, Part};
use rustc_hash::FxHashMap;

use super::aliases::Names;
use super::cascade::{Around, blank, conclude, decide, declare, defaults};
use super::definitions::{From, Origin, Read, Reads, read};
use super::shift::Shift;
use super::siblings::families;
use super::{Declared, Hits, Placed, Reading, behind};
use crate::definition::value_text;
use crate::targets::Target;

/// After edits of more files than this it is read from nothing.
pub(super) const MOST_FILES: usize = 8;

/// So many that take work are shared with another thread.
const MANY: usize = if cfg!(test) { 2 } else { 8 };

/// So few are put among others one by one.
const FEW_HITS: usize = 16;

/// A cascade with all that it was made of.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) cascade: Arc<Cascade>,
    /// Those of its definitions.
    pub(super) origins: Vec<Origin>,
    pub(super) hits: Hits,
    pub(super) declarations: Vec<Declared>,
    pub(super) around: Around,
    /// What else than conditions leaves it open.
    pub(super) open: Option<&'static str>,
    /// What was said of the modules that cannot be followed.
    unresolved: Option<Arc<str>>,
    /// The modules of the target in which it was read.
    reach: Option<Arc<Reach>>,
    /// The names of the path; `None` where it was read without modules.
    names: Option<Names>,
    /// How many changes there were when it was read.
    changes: u64,
}

impl Reading {
    /// The cascade of an option, as [`Reading::why`] gives it, but with the values that are written out. What was read
    /// before and still holds is not read again.
    pub fn cascade(&self, target: &Target, path: &OptionPath) -> Option<Arc<Cascade>> {
        self.cascades(target, &[path]).pop()?
    }

    /// The cascades of several options, each as [`Reading::cascade`] gives it.
    pub fn cascades(&self, target: &Target, paths: &[&OptionPath]) -> Vec<Option<Arc<Cascade>>> {
        let changes = self.index.changes();
        let reach = self.reach(target);
        let now = Now { target, reach: reach.as_ref(), changes };
        let begun: Vec<(&OptionPath, Begun)> = paths.iter().map(|path| (*path, self.begun(&now, path))).collect();
        let unfinished = begun.iter().filter(|(_, begun)| !matches!(begun, Begun::Known(_))).count();
        let finish = |(path, begun)| (path, self.finished(&now, path, begun));
        let found: Vec<(&OptionPath, Option<Known>)> = match unfinished >= MANY {
            true => together(begun, finish),
            false => begun.into_iter().map(finish).collect(),
        };
        let put = |(path, known): (&OptionPath, Option<Known>)| {
            let known = known?;
            let cascade = known.cascade.clone();
            self.cascades.put(path, known);
            Some(cascade)
        };
        found.into_iter().map(put).collect()
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.cascades.definitions()
    }

    #[cfg(test)]
    pub(super) fn reads(&self) -> usize {
        self.cascades.reads()
    }

    /// What is said of the modules of a target that cannot be followed.
    fn said_of(&self, reach: &Arc<Reach>) -> Option<Arc<str>> {
        (!reach.complete).then(|| self.unresolved(reach))
    }

    /// A cascade that was read before, with the edits since that leave it as it was.
    fn begun(&self, now: &Now<'_>, path: &OptionPath) -> Begun {
        let Some(mut known) = self.cascades.take(&now.target.name, now.reach, path) else { return Begun::Unknown };
        if !known.is_in_the_modules_of(now.reach) {
            return Begun::Outdated(known);
        }
        if known.changes == now.changes && known.is_of(now.reach) {
            return Begun::Known(known);
        }
        let Some(changed) = self.index.changes_since(known.changes) else { return Begun::Outdated(known) };
        known.reach = now.reach.cloned();
        let shifts = self.shifts(&changed).unwrap_or_default();
        known.changes = now.changes;
        match self.shifted(&mut known, path, now.reach, &shifts) {
            Some(Renewal::Same) => Begun::Known(known),
            Some(_) => Begun::Outdated(known),
            None => Begun::Edited(known, changed, shifts),
        }
    }

    /// A cascade as it is now.
    fn finished(&self, now: &Now<'_>, path: &OptionPath, begun: Begun) -> Option<Known> {
        match begun {
            Begun::Known(known) => Some(known),
            Begun::Unknown => self.known(now, path, |_| Reads::default()),
            Begun::Outdated(known) => self.anew(now, path, known),
            Begun::Edited(mut known, changed, shifts) => {
                // With `changed`, what is gone keeps its address until everything is settled.
                let renewal = now.reach.map(|reach| self.renew(&mut known, path, reach, &changed, &shifts));
                match renewal.unwrap_or(Renewal::Anew) {
                    Renewal::Same => Some(known),
                    Renewal::Settle => self.settled(known, path),
                    Renewal::Anew => self.anew(now, path, known),
                }
            }
        }
    }

    /// A cascade that is searched for anew, with what still reads as it did before.
    fn anew(&self, now: &Now<'_>, path: &OptionPath, mut known: Known) -> Option<Known> {
        let same_modules = known.is_of(now.reach);
        self.known(now, path, |around| {
            let same = around.levels.reads_as(&known.around.levels);
            let old = known.reach.take();
            match (old, now.reach) {
                (Some(old), Some(reach)) if same && (same_modules || known.moves_to(&old, reach)) => known.take_reads(),
                _ => Reads::default(),
            }
        })
    }

    /// A cascade that is searched for from nothing. `before` gives what may still read the same.
    fn known(&self, now: &Now<'_>, path: &OptionPath, before: impl FnOnce(&Around) -> Reads) -> Option<Known> {
        let reach = now.reach.map(|reach| &**reach);
        let declarations = self.declarations(path, reach);
        // What is defined inside a set of options can be a large part of a configuration.
        if super::is_namespace(&declarations) {
            return None;
        }
        let (mut hits, names) = self.hits_and_names(path, reach);
        if !super::is_option(path, &hits, &declarations) {
            return None;
        }
        hits.inside.retain(|placed| placed.matters(path));
        let around = Around::of(path, &hits, &declarations);
        let because = Knowledge::Syntax { because: None };
        let mut cascade = blank(self, now.target, path, &declarations, &around, &because);
        let Reads { definitions, origins } = before(&around);
        cascade.definitions = definitions;
        let known = Known {
            cascade: Arc::new(cascade),
            origins,
            hits,
            declarations,
            around,
            open: None,
            unresolved: None,
            reach: now.reach.cloned(),
            names,
            changes: now.changes,
        };
        self.settled(known, path)
    }

    /// Brings the places in a cascade up to date, where nothing else of it is otherwise than before; `None` where
    /// something is.
    fn shifted(
        &self,
        known: &mut Known,
        path: &OptionPath,
        reach: Option<&Arc<Reach>>,
        shifts: &[Arc<Shift>],
    ) -> Option<Renewal> {
        if shifts.is_empty() || known.hits.elsewhere {
            return None;
        }
        let reach_now = reach.map(|reach| &**reach);
        if !shifts.iter().all(|shift| shift.leaves(path, known.names.as_ref(), reach_now)) {
            return None;
        }
        let mut noted = false;
        for shift in shifts {
            let Some(any) = shift.apply(known) else {
                // What is half brought up to date is worth nothing.
                drop(known.take_reads());
                return Some(Renewal::Anew);
            };
            // What is said of files that the target does not have names places in them.
            noted |= any && (shift.breaks_or_mends() || !known.hits.outside.is_empty());
        }
        let said = reach.and_then(|reach| self.said_of(reach));
        if noted || known.unresolved != said {
            let Known { cascade, hits, open, .. } = known;
            conclude(Arc::make_mut(cascade), self, hits, reach, *open);
            known.unresolved = said;
        }
        Some(Renewal::Same)
    }

    /// Brings all but the outcomes up to date, with the same modules as before.
    fn renew(
        &self,
        known: &mut Known,
        path: &OptionPath,
        reach: &Arc<Reach>,
        changed: &[Change],
        shifts: &[Arc<Shift>],
    ) -> Renewal {
        let Some(names) = &known.names else { return Renewal::Anew };
        // What is there now of each file that was edited.
        let mut files: Vec<(&Arc<Path>, Option<&Arc<File>>)> = Vec::new();
        let mut declares = Declares::Nothing;
        for Change { before, now } in changed {
            for file in before.iter().chain(now) {
                declares = declares.max(declared_by(file, &names.direct, reach));
            }
            let Some(file) = now.as_ref().or(before.as_ref()) else { continue };
            match files.iter_mut().find(|(path, _)| same_path(path, &file.path)) {
                Some((_, known)) => *known = now.as_ref(),
                None => files.push((&file.path, now.as_ref())),
            }
        }
        if files.len() > MOST_FILES || known.hits.elsewhere {
            return Renewal::Anew;
        }
        if declares == Declares::Forwarding && self.names_now(path, reach) != *names {
            return Renewal::Anew;
        }
        let mut as_it_is_or_was = changed.iter().flat_map(|change| change.before.iter().chain(&change.now));
        if as_it_is_or_was.any(|file| names.obscuring.iter().any(|name| says(name, reach, file))) {
            return Renewal::Anew;
        }
        let mut touched = declares > Declares::Nothing;
        let names = names.direct.clone();
        for (file, now) in &files {
            let found = now.map(|now| hits_in_file(path, &names, reach, now)).unwrap_or_default();
            let hits = &mut known.hits;
            let count = hits.inside.len() + hits.outside.len();
            hits.inside.retain(|placed| !same_path(&placed.hit.file.path, file));
            hits.outside.retain(|hit| !same_path(&hit.file.path, file));
            touched |= count > hits.inside.len() + hits.outside.len();
            touched |= !found.inside.is_empty() || !found.outside.is_empty();
            insert(&mut hits.inside, found.inside, |placed| {
                (place_of(&names, placed.via.as_ref()), placed.rank(), placed.hit.number)
            });
            hits.outside.extend(found.outside);
        }
        if !touched {
            return match known.unresolved == self.said_of(reach) {
                true => Renewal::Same,
                false => Renewal::Settle,
            };
        }
        if known.hits.inside.is_empty() {
            return Renewal::Anew;
        }
        known.hits.outside.sort_by(|one, other| (&one.file.path, one.number).cmp(&(&other.file.path, other.number)));
        if declares > Declares::Nothing {
            self.declare_anew(known, path, reach, changed);
        }
        if !super::is_option(path, &known.hits, &known.declarations) {
            return Renewal::Anew;
        }
        let around = Around::of(path, &known.hits, &known.declarations);
        if !around.levels.reads_as(&known.around.levels) {
            return Renewal::Anew;
        }
        known.around = around;
        if declares > Declares::Nothing {
            declare(Arc::make_mut(&mut known.cascade), self, &known.declarations, &known.around);
        }
        // What the edited files say as before is not read again.
        shifts.iter().for_each(|shift| shift.carry(known));
        Renewal::Settle
    }

    /// Reads what is not among those that were read before, and settles everything anew; `None` where nothing is left.
    fn settled(&self, mut known: Known, path: &OptionPath) -> Option<Known> {
        let reach = known.reach.clone();
        let reach = reach.as_ref();
        let mut reads = known.take_reads();
        let decisive = known.hits.inside.iter().filter(|placed| placed.says(path));
        let families = families(decisive, path);
        let numbered = reads.iter().enumerate();
        let numbered = numbered
            .filter_map(|(number, (definition, origin))| Some(((origin.from?, definition.via.as_ref()), number)));
        let mut at: FxHashMap<(From, Option<&OptionPath>), usize> = FxHashMap::default();
        at.reserve(reads.origins.len());
        at.extend(numbered);
        let mut places: Vec<Option<usize>> = vec![None; reads.origins.len()];
        let mut new: Vec<(Read, usize)> = Vec::new();
        for (place, family) in families.iter().enumerate() {
            let Some(first) = family.first() else { continue };
            let known_as = at.get(&(From::of(first), first.via.as_ref())).copied();
            let known_as = known_as.filter(|number| reads.origins[*number].alone == (family.len() == 1));
            match known_as.and_then(|number| places.get_mut(number)).filter(|known| known.is_none()) {
                Some(known) => *known = Some(place),
                None => new.extend(self.read_family(path, family, &known.around, reach).map(|mut read| {
                    read.definition.value = literal(first, &read);
                    (read, place)
                })),
            }
        }
        drop(at);
        reads.keep(&places);
        for definition in &mut reads.definitions {
            // What a condition switches off is so whatever else there is; all other outcomes are settled anew.
            if !matches!(definition.outcome, Outcome::Inactive { .. }) {
                definition.outcome = Outcome::Undecided;
            }
        }
        let defaults = defaults(self, &known.declarations).enumerate();
        let defaults = defaults.map(|(number, read)| (read, families.len() + number));
        new.into_iter().chain(defaults).for_each(|(read, place)| reads.push(read, place));
        let open = decide(self, &known.hits, reach, &known.around, &mut reads);
        known.unresolved = reach.and_then(|reach| self.said_of(reach));
        known.open = open;
        known.origins = reads.origins;
        let cascade = Arc::make_mut(&mut known.cascade);
        cascade.definitions = reads.definitions;
        conclude(cascade, self, &known.hits, reach, open);
        (!cascade.definitions.is_empty() || cascade.declaration.is_some()).then_some(known)
    }

    /// A definition as its text has it now.
    fn read_family(
        &self,
        path: &OptionPath,
        family: &[&Placed],
        around: &Around,
        reach: Option<&Arc<Reach>>,
    ) -> Option<Read> {
        #[cfg(test)]
        self.cascades.note_read();
        read(self, path, family, &around.levels, reach.map(|reach| &**reach))
    }
}

/// What cascades are asked for.
struct Now<'n> {
    target: &'n Target,
    reach: Option<&'n Arc<Reach>>,
    /// How many changes there were.
    changes: u64,
}

/// A cascade before the work that it takes.
enum Begun {
    /// It is as it is now.
    Known(Known),
    /// It was read before edits that have to do with it.
    Edited(Known, Vec<Change>, Vec<Arc<Shift>>),
    /// It was read when much was otherwise.
    Outdated(Known),
    Unknown,
}

/// What is to be done after edits.
enum Renewal {
    /// Nothing more.
    Same,
    /// Who decides is to be settled.
    Settle,
    /// It has to be searched for anew.
    Anew,
}

impl Known {
    /// Whether it was read in these modules.
    pub(super) fn is_of(&self, reach: Option<&Arc<Reach>>) -> bool {
        match (&self.reach, reach) {
            (Some(known), Some(reach)) => Arc::ptr_eq(known, reach),
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether it was read in the same modules, whatever else leads to none.
    fn is_in_the_modules_of(&self, reach: Option<&Arc<Reach>>) -> bool {
        match (&self.reach, reach) {
            (Some(known), Some(reach)) => reach.is_kin(known),
            (None, None) => true,
            _ => false,
        }
    }

    /// Takes out what was read.
    fn take_reads(&mut self) -> Reads {
        let definitions = std::mem::take(&mut Arc::make_mut(&mut self.cascade).definitions);
        Reads { definitions, origins: std::mem::take(&mut self.origins) }
    }
}

/// Does something with each of many, on this thread and on another one; what came of each, in their order.
fn together<T: Send, R: Send>(all: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let left = Mutex::new(all.into_iter().enumerate());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let some = || std::iter::from_fn(next).map(|(number, one)| (number, work(one))).collect::<Vec<(usize, R)>>();
    let mut there = Vec::new();
    let mut done = rayon::in_place_scope(|scope| {
        scope.spawn(|_| there = some());
        some()
    });
    done.extend(there);
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, one)| one).collect()
}

/// Puts some more into what is in the order of a key.
fn insert<T, K: Ord>(all: &mut Vec<T>, more: Vec<T>, key: impl Fn(&T) -> K) {
    if more.len() > FEW_HITS {
        all.extend(more);
        return all.sort_by_key(key);
    }
    for one in more {
        let at = all.partition_point(|other| key(other) <= key(&one));
        all.insert(at, one);
    }
}

/// The place of a name among those of a path, its own first.
fn place_of(names: &[OptionPath], via: Option<&OptionPath>) -> Option<usize> {
    via.map_or(Some(0), |via| names.iter().position(|name| name == via))
}

/// The value of a definition, where it is written out.
fn literal(placed: &Placed, read: &Read) -> Option<Value> {
    let file = &placed.hit.file;
    let written = value_text(&read.definition, file.summary.text())?;
    match file.source() {
        // Of what is broken there may be more than a value.
        Some(source) if source.errors().is_empty() => source.literal(&read.definition.written.spans()?.value),
        _ => mkwhy_syntax::literal(written),
    }
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

fn declared_by(file: &File, names: &[OptionPath], reach: &Reach) -> Declares {
    let mut paths: Vec<&[Segment]> = names.iter().map(OptionPath::segments).collect();
    let prefixes = reach.modules_in(file).map(|module| &module.prefix).filter(|prefix| !prefix.is_empty());
    paths.extend(prefixes.flat_map(|prefix| names.iter().filter_map(|name| behind(name, prefix))));
    let of = |declaration: &Declaration| {
        let here = |parts: &[Part]| paths.iter().any(|path| Fit::of(parts, path).is_some());
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
        for placed in placed_in_file(name, reach, file) {
            if !is_alias {
                hits.inside.push(placed);
            } else if placed.says(name) {
                hits.inside.push(Placed { via: Some(name.clone()), ..placed });
            }
        }
    }
    hits.inside.retain(|placed| placed.matters(path));
    let in_root = reach.prefixes().iter().any(|prefix| prefix.is_empty());
    if in_root && reach.modules_in(file).next().is_none() {
        let found = Index::find_in_file(file, path.segments());
        hits.outside.extend(found.into_iter().filter(|hit| hit.definition().is_some_and(|found| found.unit == 0)));
    }
    hits
}

/// Whether a file, as it is or was, says something of a path.
fn says(path: &OptionPath, reach: &Reach, file: &Arc<File>) -> bool {
    placed_in_file(path, reach, file).any(|placed| placed.says(path))
}

/// What one file says of a path under this very name, in each module that it is.
fn placed_in_file<'r>(
    name: &'r OptionPath,
    reach: &'r Reach,
    file: &'r Arc<File>,
) -> impl Iterator<Item = Placed> + 'r {
    reach.modules_in(file).flat_map(move |module| {
        let hits = behind(name, &module.prefix).map(|rest| Index::find_in_file(file, rest)).unwrap_or_default();
        let of_module = |hit: &Hit| hit.definition().is_some_and(|definition| definition.unit == module.unit);
        hits.into_iter().filter(of_module).map(|hit| Placed::in_module(hit, module))
    })
}
