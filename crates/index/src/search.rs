//! The search for the modules that a target is made of.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::DashMap;
use mkwhy_syntax::summary::{DisabledBy, Import, ImportOf, Part};

use crate::file::{File, Link, first_names, joined};
use crate::graph::fits;
use crate::hash::BuildQuick;
use crate::index::{Index, lock};
use crate::origins::Place;
use crate::reach::{By, Module, Origin, Reach, Taken, Unresolved, Why};

/// Modules further inside submodules than this are taken for a cycle.
const DEEPEST_PREFIX: usize = 32;

/// So often it is searched again with what was found to be taken out.
const MOST_TRIES: usize = 3;

/// More modules than this have no one target.
const MOST_MODULES: usize = 200_000;

/// What was found before.
pub(crate) type Cache = DashMap<(PathBuf, Vec<String>), Cached>;

/// What was found before, and what of the index it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Cached {
    generation: u64,
    /// The places in which the target is made.
    places: Vec<(Arc<Path>, Arc<Place>)>,
    reach: Arc<Reach>,
}

impl Index {
    /// The modules of the target that an attribute of an entry file is, such as `nixosConfigurations.host` of
    /// `flake.nix`. Without an attribute the entry file is itself the module, or makes the configuration. Edits that change no import leave the
    /// answer as it is, and cost nothing; of those in a file that makes the target, it costs finding the place again.
    pub fn reach(&self, entry: &Path, attribute: &[String]) -> Arc<Reach> {
        let key = (self.name(entry), attribute.to_vec());
        let generation = self.generation.load(Ordering::Acquire);
        let entry = self.module_at(&key.0);
        let attribute = entry.as_ref().map_or(Cow::Borrowed(attribute), |entry| in_full(attribute, entry));
        let attribute = &*attribute;
        let same = |(path, place): &(Arc<Path>, Arc<Place>)| {
            self.known(path).is_some_and(|file| {
                let now = file.settled();
                place.is_of(now.summary.text()) || self.place(now, attribute).leads_as(place)
            })
        };
        let cached = self.reaches.get(&key).map(|cached| cached.clone());
        if let Some(cached) = cached
            && cached.generation == generation
            && cached.places.iter().all(same)
        {
            return cached.reach;
        }
        // What is taken out is only known in the end; mostly it is what it was the last time.
        let mut taken = self.reaches.get(&key).map(|cached| cached.reach.disabled.clone()).unwrap_or_default();
        let mut tries = 0;
        let mut search = loop {
            let mut search = Search::new(self, attribute, std::mem::take(&mut *lock(&self.prefixes)), taken);
            match &entry {
                Some(file) => search.run(file),
                None => search.found.complete = false,
            }
            tries += 1;
            let now = search.found_taken();
            if now == search.taken || tries == MOST_TRIES {
                search.found.disabled = now;
                break search;
            }
            taken = now;
            *lock(&self.prefixes) = search.prefixes;
        };
        let places = std::mem::take(&mut search.places);
        search.found.file_modules();
        *lock(&self.prefixes) = search.prefixes;
        let mut found = search.found;
        let known = self.reaches.get(&key).map(|cached| cached.reach.clone());
        let reach = match known.filter(|known| known.has_the_modules_of(&found)) {
            // Who keeps what follows from it sees by the address that nothing is otherwise.
            Some(known) if (&known.unresolved, known.complete) == (&found.unresolved, found.complete) => known,
            Some(known) => {
                found.kin = known.kin.clone();
                Arc::new(found)
            }
            None => Arc::new(found),
        };
        self.reaches.insert(key, Cached { generation, places, reach: reach.clone() });
        reach
    }
}

/// The attribute that is asked for; of a file that comes to an attribute of another one, that attribute.
fn in_full<'a>(attribute: &'a [String], entry: &File) -> Cow<'a, [String]> {
    match &entry.settled().summary.made {
        Some(made) if attribute.is_empty() => made.names.iter().map(ToString::to_string).collect(),
        _ => attribute.into(),
    }
}

/// A module that is yet to be looked into.
struct Step {
    file: u32,
    prefix: u32,
    unit: u16,
    by: By,
    /// Whether it is a module of its own however often it is met.
    anonymous: bool,
}

/// So many prefixes are kept from one search to the next.
const MOST_PREFIXES: usize = 10_000;

/// Prefixes by number; 0 is the empty one.
#[derive(Debug)]
pub(crate) struct Prefixes {
    all: Vec<Arc<[Part]>>,
    /// The number of a prefix with one more part.
    longer: HashMap<(u32, Part), u32, BuildQuick>,
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { all: vec![Arc::from([])], longer: HashMap::default() }
    }
}

impl Prefixes {
    /// The number of the prefix under which an import's definitions go.
    fn longer(&mut self, outer: u32, import: &Import) -> Option<u32> {
        if import.prefix.is_empty() {
            return Some(outer);
        }
        if self.all[outer as usize].len() + import.prefix.len() > DEEPEST_PREFIX {
            return None;
        }
        let mut prefix = outer;
        for part in &import.prefix {
            let part = match part {
                Part::Computed(_) => Part::Any,
                other => other.clone(),
            };
            prefix = match self.longer.entry((prefix, part)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let number = u32::try_from(self.all.len()).ok()?;
                    let shorter = self.all[prefix as usize].iter().cloned();
                    self.all.push(shorter.chain([new.key().1.clone()]).collect());
                    *new.insert(number)
                }
            };
        }
        Some(prefix)
    }
}

/// The modules that were met: a file, the number of a prefix, a unit.
#[derive(Default)]
struct Visited {
    /// The files that are modules as a whole, under no prefix: a bit each.
    plain: Vec<u64>,
    others: HashSet<(u32, u32, u16), BuildQuick>,
}

impl Visited {
    /// Whether it is met for the first time.
    fn insert(&mut self, file: u32, prefix: u32, unit: u16) -> bool {
        if (prefix, unit) != (0, 0) {
            return self.others.insert((file, prefix, unit));
        }
        let (word, bit) = ((file >> 6) as usize, 1 << (file & 63));
        if self.plain.len() <= word {
            self.plain.resize(word + 1, 0);
        }
        let new = self.plain[word] & bit == 0;
        self.plain[word] |= bit;
        new
    }
}

struct Search<'a> {
    index: &'a Index,
    attribute: &'a [String],
    found: Reach,
    places: Vec<(Arc<Path>, Arc<Place>)>,
    /// What is certain is followed to its end before what is not, so that the first time that a module is met says
    /// whether it is sure.
    sure: VecDeque<Step>,
    unsure: VecDeque<Step>,
    visited: Visited,
    prefixes: Prefixes,
    /// The place of a prefix among those found, by number.
    used: Vec<Option<u32>>,
    /// Whether a file has imports, by number.
    leads: Vec<bool>,
    /// What is taken out, as far as it was known before.
    taken: Vec<Taken>,
    /// The modules that take others out: their numbers.
    taking: Vec<u32>,
    /// What was met a second time and counts again.
    again: HashSet<(u32, u32), BuildQuick>,
    /// The files that are yet to be searched for what makes the target, with what leads there and whether that is sure.
    origins: VecDeque<(Arc<File>, Option<u32>, bool)>,
}

impl<'a> Search<'a> {
    fn new(index: &'a Index, attribute: &'a [String], mut prefixes: Prefixes, taken: Vec<Taken>) -> Self {
        let (paths, leads) = index.numbers();
        if prefixes.all.len() > MOST_PREFIXES {
            prefixes = Prefixes::default();
        }
        Self {
            index,
            attribute,
            found: Reach { complete: true, paths, ..Reach::default() },
            places: Vec::new(),
            sure: VecDeque::new(),
            unsure: VecDeque::new(),
            visited: Visited::default(),
            prefixes,
            used: Vec::new(),
            leads,
            taken,
            taking: Vec::new(),
            again: HashSet::default(),
            origins: VecDeque::new(),
        }
    }

    fn run(&mut self, entry: &Arc<File>) {
        if self.attribute.is_empty() && entry.settled().summary.made.is_none() {
            self.found.origins.push(Origin { path: entry.path.clone(), by: None });
            self.sure.push_back(Step { file: entry.id, prefix: 0, unit: 0, by: By::Origin(0), anonymous: false });
        } else {
            self.origins.push_back((entry.clone(), None, true));
        }
        let mut searched = HashSet::new();
        while let Some((file, by, sure)) = self.origins.pop_front() {
            if searched.insert(file.id) {
                self.search(&file, by, sure);
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

    /// Looks for what makes the target in a file that is no module of it. `sure` where the file as a whole makes it.
    fn search(&mut self, file: &Arc<File>, by: Option<u32>, sure: bool) {
        let Ok(number) = u32::try_from(self.found.origins.len()) else { return };
        self.found.origins.push(Origin { path: file.path.clone(), by });
        let settled = file.settled();
        let place = self.index.place(settled, self.attribute);
        self.places.push((file.path.clone(), place.clone()));
        // A file that another one mentions may be a module, unless it is where targets are made.
        if by.is_some() && place.names == 0 {
            self.unsure.push_back(Step { file: file.id, prefix: 0, unit: 0, by: By::Origin(number), anonymous: false });
        }
        let whole = self.attribute.is_empty();
        // A call without lists of modules may give a module all the same.
        if by.is_none() && whole && place.units.is_empty() {
            self.sure.push_back(Step { file: file.id, prefix: 0, unit: 0, by: By::Origin(number), anonymous: false });
        }
        let sure = if whole { sure } else { place.names == self.attribute.len() };
        for unit in &place.units {
            let step = Step { file: file.id, prefix: 0, unit: *unit, by: By::Origin(number), anonymous: false };
            let queue = if sure { &mut self.sure } else { &mut self.unsure };
            queue.push_back(step);
        }
        let imported = if whole && sure { self.imported(settled) } else { Vec::new() };
        let mentions = place.mentions.iter();
        self.origins
            .extend(mentions.filter_map(|id| Some((self.index.by_id(*id)?, Some(number), imported.contains(id)))));
    }

    /// The numbers of the files that a file is certainly made of as a whole: `import ./hosts.nix { }`.
    fn imported(&self, file: &File) -> Vec<u32> {
        let resolved = self.index.resolved(file);
        let imports = file.summary.imports.iter().zip(&file.links).zip(resolved.iter());
        imports
            .filter(|((import, link), _)| import.unit == 0 && !import.conditional && matches!(link, Link::File(_)))
            .flat_map(|(_, targets)| targets.iter().copied())
            .collect()
    }

    /// What the modules that were found take out.
    fn found_taken(&self) -> Vec<Taken> {
        let mut taken = Vec::new();
        for number in &self.taking {
            let Some(module) = self.found.modules.get(*number as usize) else { continue };
            let Some(file) = self.index.by_id(module.file) else { continue };
            let file = file.settled();
            for disabled in file.summary.disabled.iter().filter(|disabled| disabled.unit == module.unit) {
                let sure = module.sure && !disabled.conditional;
                let mut take = |file| taken.push(Taken { file, prefix: module.prefix.clone(), sure });
                match &disabled.of {
                    DisabledBy::Path(text) => {
                        if let Some(file) = self.index.module_at(&joined(&file.path, text)) {
                            take(file.id);
                        }
                    }
                    // Where the modules come from that this is below is not known.
                    DisabledBy::Name(name) => {
                        let ends_so = |path: &Path| {
                            path.ends_with(&**name) || path.ends_with(Path::new(&**name).join("default.nix"))
                        };
                        let modules = self.found.modules.iter().map(|module| module.file);
                        let known = self.taken.iter().map(|taken| taken.file);
                        let named = modules.chain(known).filter(|file| {
                            self.found.paths.get(*file as usize).and_then(Option::as_deref).is_some_and(ends_so)
                        });
                        // That it is another file of the same name is possible.
                        named.for_each(|file| taken.push(Taken { file, prefix: module.prefix.clone(), sure: false }));
                    }
                }
            }
        }
        taken.sort_unstable_by_key(|taken| (taken.file, !taken.sure));
        taken.dedup_by(|one, other| one.file == other.file && one.prefix == other.prefix);
        taken
    }

    fn step(&mut self, step: Step, sure: bool) {
        let Step { file, prefix, unit, by, anonymous } = step;
        let taken = if self.taken.is_empty() || unit != 0 {
            None
        } else {
            let here = |taken: &&Taken| taken.file == file && taken.prefix == self.prefixes.all[prefix as usize];
            self.taken.iter().find(here)
        };
        if taken.is_some_and(|taken| taken.sure && sure) {
            return;
        }
        let sure = sure && taken.is_none();
        let counts = self.visited.insert(file, prefix, unit) || anonymous && self.again.insert((file, prefix));
        if !counts {
            return;
        }
        let Ok(number) = u32::try_from(self.found.modules.len()) else { return };
        if self.found.paths.get(file as usize).is_none_or(Option::is_none) {
            return;
        }
        let within = self.prefixes.all[prefix as usize].clone();
        if self.used.len() <= prefix as usize {
            self.used.resize(self.prefixes.all.len(), None);
        }
        let place = *self.used[prefix as usize].get_or_insert_with(|| {
            self.found.prefixes.push(within.clone());
            self.found.first_names.push(first_names(&within)[0]);
            self.found.by_prefix.push(Vec::new());
            // There are no more of them than modules.
            (self.found.prefixes.len() - 1) as u32
        });
        self.found.by_prefix[place as usize].push(number);
        self.found.modules.push(Module { number, file, prefix: within, within: place, unit, sure, by });
        // Most modules import nothing; nothing of their files is looked at, which lie all over the memory.
        if !self.leads.get(file as usize).is_some_and(|leads| *leads) {
            return;
        }
        let Some(file) = self.index.by_id(file) else { return };
        let settled = file.settled();
        if settled.summary.disabled.iter().any(|disabled| disabled.unit == unit) {
            self.taking.push(number);
        }
        if !settled.summary.imports.iter().any(|import| import.unit == unit) {
            return;
        }
        let resolved = self.index.resolved(settled);
        let imports = settled.summary.imports.iter().zip(&settled.links).zip(resolved.iter());
        for (n, ((import, link), targets)) in imports.enumerate() {
            if import.unit != unit {
                continue;
            }
            // Its definitions and imports are those of this unit.
            if *link == Link::None && import.of == ImportOf::Inline {
                continue;
            }
            let targets = self.targets(link, targets);
            let inner = self.prefixes.longer(prefix, import);
            match inner {
                Some(inner) if !targets.is_empty() && number < MOST_MODULES as u32 => {
                    let sure = sure && !import.conditional && matches!(link, Link::File(_));
                    let queue = if sure { &mut self.sure } else { &mut self.unsure };
                    for file in targets.iter().copied() {
                        let by = By::Module(number);
                        queue.push_back(Step { file, prefix: inner, unit: 0, by, anonymous: import.anonymous });
                    }
                }
                _ => {
                    let why = match link {
                        _ if !targets.is_empty() => Why::TooMany,
                        Link::None => Why::Computed,
                        Link::File(path) => {
                            self.index.failure(path).map_or_else(|| Why::Missing(path.to_path_buf()), Why::Unreadable)
                        }
                        Link::Pattern(pattern) => Why::Missing(PathBuf::from(&**pattern)),
                    };
                    self.found.complete = false;
                    self.found.unresolved.push(Unresolved { path: file.path.clone(), import: n, why });
                }
            }
        }
    }

    /// The files of an import; of a pattern only that of the target's own name, if there is one.
    fn targets<'n>(&self, link: &Link, numbers: &'n [u32]) -> Cow<'n, [u32]> {
        if let (Link::Pattern(pattern), Some(name), true) = (link, self.attribute.last(), numbers.len() > 1) {
            let own = pattern.replace('*', name);
            let is_own = |id: &u32| {
                let Some(file) = self.index.by_id(*id) else { return false };
                let path = file.path.to_string_lossy();
                [Some(&*path), path.strip_suffix("/default.nix")].into_iter().flatten().any(|path| {
                    // With several computed parts it is enough that the name is one of them.
                    path == own || (pattern.matches('*').count() > 1 && named(path, pattern, name))
                })
            };
            let own: Vec<u32> = numbers.iter().copied().filter(is_own).collect();
            if !own.is_empty() {
                return own.into();
            }
        }
        numbers.into()
    }
}

/// Whether a name fits a pattern with one of its `*` standing for a given name.
fn named(path: &str, pattern: &str, name: &str) -> bool {
    pattern.match_indices('*').any(|(at, star)| {
        let one = [&pattern[..at], name, &pattern[at + star.len()..]].concat();
        fits(path.as_bytes(), one.as_bytes(), true)
    })
}
