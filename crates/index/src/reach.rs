//! Which files a target is made of.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::DashMap;
use mkwhy_syntax::summary::{Import, ImportOf, Part};

use crate::file::{File, Link};
use crate::graph::fits;
use crate::hash::BuildQuick;
use crate::index::{Failure, Index};

/// Modules further inside submodules than this are taken for a cycle.
const DEEPEST_PREFIX: usize = 32;

/// More modules than this have no one target.
const MOST_MODULES: usize = 200_000;

/// A module of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The file that it is in.
    pub path: Arc<Path>,
    /// Under which path its definitions go; what is computed in that path is [`Part::Any`].
    pub prefix: Arc<[Part]>,
    /// Which unit of the file it is.
    pub unit: u16,
    /// Whether the text alone says that it belongs to the target.
    pub sure: bool,
    /// The number of the file in `origins` or of the module in `modules` that brings it in.
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
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
struct Origin {
    path: Arc<Path>,
    by: Option<u32>,
}

/// The modules of a target, as far as text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The modules, the sure ones first.
    pub modules: Vec<Module>,
    /// The imports of which it is not known what they bring in.
    pub unresolved: Vec<Unresolved>,
    /// Whether these are all modules that the files lead to: no import is computed or leads out of the index.
    pub complete: bool,
    origins: Vec<Origin>,
    /// The numbers of files and of the modules in them, in order.
    by_file: Vec<(u32, u32)>,
}

impl Reach {
    /// The modules that are in a file.
    pub fn modules_in(&self, file: &File) -> impl Iterator<Item = &Module> {
        let id = file.id;
        let first = self.by_file.partition_point(|(known, _)| *known < id);
        let numbers = self.by_file[first..].iter().take_while(move |(known, _)| *known == id);
        numbers.filter_map(|(_, number)| self.modules.get(*number as usize))
    }

    /// The files that lead to a module, from the entry to the module's own.
    pub fn chain(&self, module: &Module) -> Vec<PathBuf> {
        let mut chain = vec![module.path.to_path_buf()];
        let mut by = module.by;
        // Who brings something in was there before it, so that this ends.
        while let By::Module(number) = by {
            let Some(module) = self.modules.get(number as usize) else { break };
            chain.push(module.path.to_path_buf());
            by = module.by;
        }
        let mut origin = match by {
            By::Origin(number) => Some(number),
            By::Module(_) => None,
        };
        while let Some(found) = origin.and_then(|number| self.origins.get(number as usize)) {
            chain.push(found.path.to_path_buf());
            origin = found.by;
        }
        chain.dedup();
        chain.reverse();
        chain
    }

    /// The files that make the target by functions, the entry first.
    pub fn origins(&self) -> impl Iterator<Item = &Path> {
        self.origins.iter().map(|origin| &*origin.path)
    }
}

/// What was found before.
pub(crate) type Cache = DashMap<(PathBuf, Vec<String>), Cached>;

/// What was found before, and what of the index it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Cached {
    generation: u64,
    /// The texts in which places were looked for.
    texts: Vec<(Arc<Path>, Arc<str>)>,
    reach: Arc<Reach>,
}

impl Index {
    /// The modules of the target that an attribute of an entry file is, such as `nixosConfigurations.host` of
    /// `flake.nix`. Without an attribute the entry file is itself the module. Edits that change no import, list of
    /// modules or path leave the answer as it is, and cost nothing.
    pub fn reach(&self, entry: &Path, attribute: &[String]) -> Arc<Reach> {
        let key = (self.name(entry), attribute.to_vec());
        let generation = self.generation.load(Ordering::Acquire);
        let same = |(path, text): &(Arc<Path>, Arc<str>)| {
            self.known(path).is_some_and(|file| {
                let now = file.settled().summary.text();
                Arc::ptr_eq(now, text) || now == text
            })
        };
        if let Some(cached) = self.reaches.get(&key)
            && cached.generation == generation
            && cached.texts.iter().all(same)
        {
            return cached.reach.clone();
        }
        let mut search = Search::new(self, attribute);
        match self.module_at(&key.0) {
            Some(file) => search.run(&file),
            None => search.found.complete = false,
        }
        let texts = std::mem::take(&mut search.texts);
        search.found.by_file.sort_unstable();
        let reach = Arc::new(search.found);
        self.reaches.insert(key, Cached { generation, texts, reach: reach.clone() });
        reach
    }
}

/// A module that is yet to be looked into.
struct Step {
    file: Arc<File>,
    prefix: u32,
    unit: u16,
    by: By,
}

struct Search<'a> {
    index: &'a Index,
    attribute: &'a [String],
    found: Reach,
    texts: Vec<(Arc<Path>, Arc<str>)>,
    /// What is certain is followed to its end before what is not, so that the first time that a module is met says
    /// whether it is sure.
    sure: VecDeque<Step>,
    unsure: VecDeque<Step>,
    visited: HashSet<(u32, u32, u16), BuildQuick>,
    prefixes: Vec<Arc<[Part]>>,
    /// The files that are yet to be searched for what makes the target.
    origins: VecDeque<(Arc<File>, Option<u32>)>,
}

impl<'a> Search<'a> {
    fn new(index: &'a Index, attribute: &'a [String]) -> Self {
        Self {
            index,
            attribute,
            found: Reach { complete: true, ..Reach::default() },
            texts: Vec::new(),
            sure: VecDeque::new(),
            unsure: VecDeque::new(),
            visited: HashSet::default(),
            prefixes: vec![Arc::from([])],
            origins: VecDeque::new(),
        }
    }

    fn run(&mut self, entry: &Arc<File>) {
        if self.attribute.is_empty() {
            self.found.origins.push(Origin { path: entry.path.clone(), by: None });
            self.sure.push_back(Step { file: entry.clone(), prefix: 0, unit: 0, by: By::Origin(0) });
        } else {
            self.origins.push_back((entry.clone(), None));
        }
        let mut searched = HashSet::new();
        while let Some((file, by)) = self.origins.pop_front() {
            if searched.insert(file.id) {
                self.search(&file, by);
            }
        }
        loop {
            if let Some(step) = self.sure.pop_front() {
                self.step(step, true);
            } else if let Some(step) = self.unsure.pop_front() {
                self.step(step, false);
            } else {
                break;
            }
        }
    }

    /// Looks for what makes the target in a file that is no module of it.
    fn search(&mut self, file: &Arc<File>, by: Option<u32>) {
        let Ok(number) = u32::try_from(self.found.origins.len()) else { return };
        self.found.origins.push(Origin { path: file.path.clone(), by });
        let settled = file.settled();
        self.texts.push((file.path.clone(), settled.summary.text().clone()));
        let place = self.index.place(settled, self.attribute);
        // A file that another one mentions may be a module, unless it is where targets are made.
        if by.is_some() && place.names == 0 {
            self.unsure.push_back(Step { file: file.clone(), prefix: 0, unit: 0, by: By::Origin(number) });
        }
        for unit in &place.units {
            let step = Step { file: file.clone(), prefix: 0, unit: *unit, by: By::Origin(number) };
            let queue = if place.names == self.attribute.len() { &mut self.sure } else { &mut self.unsure };
            queue.push_back(step);
        }
        self.origins.extend(place.mentions.iter().filter_map(|id| Some((self.index.by_id(*id)?, Some(number)))));
    }

    fn step(&mut self, step: Step, sure: bool) {
        let Step { file, prefix, unit, by } = step;
        if !self.visited.insert((file.id, prefix, unit)) {
            return;
        }
        let Ok(number) = u32::try_from(self.found.modules.len()) else { return };
        let path = file.path.clone();
        self.found.by_file.push((file.id, number));
        let within = self.prefixes[prefix as usize].clone();
        self.found.modules.push(Module { path, prefix: within, unit, sure, by });
        let settled = file.settled();
        if !settled.summary.imports.iter().any(|import| import.unit == unit) {
            return;
        }
        let resolved = self.index.resolved(settled);
        let imports = settled.summary.imports.iter().zip(&settled.links).zip(&*resolved);
        for (n, ((import, link), targets)) in imports.enumerate() {
            if import.unit != unit {
                continue;
            }
            let why = match link {
                // Its definitions and imports are those of this unit.
                Link::None if import.of == ImportOf::Inline => continue,
                Link::None => Why::Computed,
                Link::File(_) if !targets.is_empty() => Why::TooMany,
                Link::File(path) => {
                    self.index.failure(path).map_or_else(|| Why::Missing(path.to_path_buf()), Why::Unreadable)
                }
                Link::Pattern(pattern) => Why::Missing(PathBuf::from(&**pattern)),
            };
            let targets = self.targets(link, targets);
            let inner = self.prefix(prefix, import);
            match inner {
                Some(inner) if !targets.is_empty() && number < MOST_MODULES as u32 => {
                    let sure = sure && !import.conditional && matches!(link, Link::File(_));
                    let queue = if sure { &mut self.sure } else { &mut self.unsure };
                    for file in targets {
                        queue.push_back(Step { file, prefix: inner, unit: 0, by: By::Module(number) });
                    }
                }
                _ => {
                    let why = if targets.is_empty() { why } else { Why::TooMany };
                    self.found.complete = false;
                    self.found.unresolved.push(Unresolved { path: file.path.clone(), import: n, why });
                }
            }
        }
    }

    /// The files of an import; of a pattern only that of the target's own name, if there is one.
    fn targets(&self, link: &Link, numbers: &[u32]) -> Vec<Arc<File>> {
        let mut targets: Vec<_> = numbers.iter().filter_map(|id| self.index.by_id(*id)).collect();
        if let (Link::Pattern(pattern), Some(name), true) = (link, self.attribute.last(), targets.len() > 1) {
            let own = pattern.replace('*', name);
            let is_own = |file: &Arc<File>| {
                let path = file.path.to_string_lossy();
                [Some(&*path), path.strip_suffix("/default.nix")].into_iter().flatten().any(|path| {
                    // With several computed parts it is enough that the name is one of them.
                    path == own || (pattern.matches('*').count() > 1 && named(path, pattern, name))
                })
            };
            if targets.iter().any(is_own) {
                targets.retain(is_own);
            }
        }
        targets
    }

    /// The number of the prefix under which an import's definitions go.
    fn prefix(&mut self, outer: u32, import: &Import) -> Option<u32> {
        if import.prefix.is_empty() {
            return Some(outer);
        }
        let written = |part: &Part| match part {
            Part::Computed(_) => Part::Any,
            other => other.clone(),
        };
        let whole: Arc<[Part]> =
            self.prefixes[outer as usize].iter().cloned().chain(import.prefix.iter().map(written)).collect();
        if whole.len() > DEEPEST_PREFIX {
            return None;
        }
        let known = self.prefixes.iter().position(|prefix| *prefix == whole);
        let number = known.unwrap_or_else(|| {
            self.prefixes.push(whole);
            self.prefixes.len() - 1
        });
        u32::try_from(number).ok()
    }
}

/// Whether a name fits a pattern with one of its `*` standing for a given name.
fn named(path: &str, pattern: &str, name: &str) -> bool {
    pattern.match_indices('*').any(|(at, star)| {
        let one = [&pattern[..at], name, &pattern[at + star.len()..]].concat();
        fits(path.as_bytes(), one.as_bytes(), true)
    })
}
