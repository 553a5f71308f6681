//! The files, and how they are read and replaced.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, mpsc};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use mkwhy_syntax::{Source, Summary};

use crate::file::{File, joined};
use crate::hash::BuildQuick;
use crate::origins::Places;
use crate::reach::Paths;
use crate::search::{Cache, Prefixes};
use crate::table::Table;
use crate::walk::{Walked, walk};

/// The stack of a thread that parses. It is taken from the system only as far as it is used.
const STACK: usize = 64 << 20;

/// More threads than this wait for the disk and the allocator, not for the processor.
const MOST_THREADS: usize = 16;

/// So many changes are remembered. Each keeps two texts.
const MOST_CHANGES: usize = 32;

/// Why a file is not in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The system says so.
    Unreadable(String),
    /// It is not UTF-8 from this byte on.
    NotUtf8 {
        /// The byte.
        at: usize,
    },
    /// It is a link that leads out of the workspace, to there.
    Outside(PathBuf),
    /// It is a device, a socket or a pipe.
    NoFile,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(message) => f.write_str(message),
            Self::NotUtf8 { at } => write!(f, "not UTF-8 at byte {at}"),
            Self::Outside(to) => write!(f, "a link out of the workspace, to {}", to.display()),
            Self::NoFile => f.write_str("not a regular file"),
        }
    }
}

/// What [`Index::read`] has read.
#[derive(Debug, Clone, Default)]
pub struct ReadReport {
    /// How many files were read.
    pub files: usize,
    /// How many bytes of text they have.
    pub bytes: usize,
    /// What could not be read, by path.
    pub failed: Vec<(PathBuf, Failure)>,
}

/// What all files of a workspace say. All methods may be called from several threads at once.
#[derive(Debug)]
pub struct Index {
    /// As it was given, which is what callers begin their paths with.
    given: PathBuf,
    root: PathBuf,
    /// A file's place is locked while the table is brought up to date for it; nothing waits for a place while it has
    /// a lock of the table.
    files: DashMap<Arc<Path>, Arc<File>, BuildQuick>,
    /// The files by number.
    slots: RwLock<Slots>,
    pub(crate) table: Table,
    failures: DashMap<PathBuf, Failure>,
    /// Links inside the root, and what they lead to.
    links: RwLock<BTreeMap<PathBuf, PathBuf>>,
    flights: Mutex<Flights>,
    /// Counts the changes after which a target may reach other files than before.
    pub(crate) generation: AtomicU64,
    /// Counts the changes after which a path may name another file, or none.
    pub(crate) file_set: AtomicU64,
    pub(crate) reaches: Cache,
    /// Those of the last search, for the next one.
    pub(crate) prefixes: Mutex<Prefixes>,
    pub(crate) places: Places,
    journal: Mutex<Journal>,
}

/// A file that was put in, replaced, or taken out.
#[derive(Debug, Clone)]
pub struct Change {
    /// What was there.
    pub before: Option<Arc<File>>,
    /// What is there instead.
    pub now: Option<Arc<File>>,
}

/// The last changes.
#[derive(Debug, Default)]
struct Journal {
    /// How many there were before the first of them.
    forgotten: u64,
    last: VecDeque<Change>,
}

impl Journal {
    fn note(&mut self, change: Change) {
        self.last.push_back(change);
        if self.last.len() > MOST_CHANGES {
            self.last.pop_front();
            self.forgotten += 1;
        }
    }

    /// What is not told file by file.
    fn forget(&mut self) {
        self.forgotten += self.last.len() as u64 + 1;
        self.last.clear();
    }
}

/// What is under way, so that a file that was removed meanwhile is not brought back by a text from before.
#[derive(Debug, Default)]
struct Flights {
    next: u64,
    running: usize,
    /// When files were removed while something was under way.
    removed: HashMap<Arc<Path>, u64>,
}

/// The time at which a text was handed over, for as long as it is under way.
struct Ticket<'i> {
    flights: &'i Mutex<Flights>,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut flights = lock(self.flights);
        flights.running -= 1;
        if flights.running == 0 {
            flights.removed.clear();
        }
    }
}

#[derive(Debug, Default)]
struct Slots {
    files: Vec<Option<Arc<File>>>,
    free: Vec<u32>,
    /// The place of each number in the order of the paths, made when asked for, until another path gets a number.
    ranks: OnceLock<Box<[u32]>>,
    /// The path of each number, likewise.
    paths: OnceLock<Paths>,
    /// Whether the file has imports.
    leads: Vec<bool>,
}

impl Slots {
    fn put(&mut self, id: u32, file: Option<Arc<File>>) {
        let id = id as usize;
        let leads = file.as_ref().is_some_and(|file| file.leads);
        if let (Some(slot), Some(leading)) = (self.files.get_mut(id), self.leads.get_mut(id)) {
            *leading = leads;
            let is_some = file.is_some();
            if std::mem::replace(slot, file).is_some() != is_some {
                self.ranks = OnceLock::new();
                self.paths = OnceLock::new();
            }
        }
    }

    fn ranks(&self) -> &[u32] {
        self.ranks.get_or_init(|| {
            let mut files: Vec<Arc<File>> = self.files.iter().flatten().cloned().collect();
            sort(&mut files);
            let mut ranks = vec![u32::MAX; self.files.len()];
            for (rank, file) in (0..).zip(&files) {
                ranks[file.id as usize] = rank;
            }
            ranks.into()
        })
    }
}

/// So few files are put in order by their paths.
const FEW_FILES: usize = 32;

impl Index {
    /// An index of a folder, of which nothing is read yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let given = root.into();
        let root = given.canonicalize().unwrap_or_else(|_| joined(Path::new("/-"), &given.to_string_lossy()));
        Self {
            given,
            root,
            files: DashMap::default(),
            slots: RwLock::default(),
            table: Table::default(),
            failures: DashMap::new(),
            links: RwLock::default(),
            flights: Mutex::default(),
            generation: AtomicU64::new(0),
            file_set: AtomicU64::new(0),
            reaches: Cache::default(),
            prefixes: Mutex::default(),
            places: Places::default(),
            journal: Mutex::default(),
        }
    }

    /// The folder, without links in its name.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads all `*.nix` files of the folder from disk that its ignore files do not exclude. What was read before and
    /// is gone is taken out.
    pub fn read(&self) -> ReadReport {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        self.read_with(threads)
    }

    /// As [`Index::read`], on so many threads.
    pub fn read_with(&self, threads: usize) -> ReadReport {
        let before = lock(&self.flights).next;
        let known: Vec<Arc<Path>> = self.files.iter().map(|file| file.path.clone()).collect();
        let (sender, receiver) = mpsc::channel();
        let queue = Mutex::new(receiver);
        let report = Mutex::new(ReadReport::default());
        let work = || {
            let mut own = ReadReport::default();
            while let Some(path) = next(&queue) {
                self.read_one(path, &mut own);
            }
            let mut report = lock(&report);
            report.files += own.files;
            report.bytes += own.bytes;
            report.failed.append(&mut own.failed);
        };
        let walked = std::thread::scope(|scope| {
            let spawn = |work| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            let workers: Vec<_> = (1..threads).filter_map(|_| spawn(&work).ok()).collect();
            let walked = walk(&self.root, |path| {
                // The receiver lives as long as the walk.
                let _ = sender.send(path);
            });
            drop(sender);
            // The thread that has walked helps with what is left, on a stack that is long enough for it.
            match spawn(&work) {
                Ok(last) => drop(last.join()),
                Err(_) if workers.is_empty() => work(),
                Err(_) => {}
            }
            drop(workers);
            walked
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.keep(walked, &mut report);
        for path in known {
            self.remove_before(&path, before);
        }
        report.failed.sort_by(|one, other| one.0.cmp(&other.0));
        report
    }

    fn keep(&self, walked: Walked, report: &mut ReadReport) {
        report.failed.extend(walked.failed);
        self.failures.clear();
        for (path, failure) in &report.failed {
            self.failures.insert(path.clone(), failure.clone());
        }
        let mut links = self.links.write().unwrap_or_else(PoisonError::into_inner);
        if *links != walked.links {
            *links = walked.links;
            self.file_set.fetch_add(1, Ordering::Release);
            self.generation.fetch_add(1, Ordering::Release);
            lock(&self.journal).forget();
        }
    }

    fn read_one(&self, path: PathBuf, report: &mut ReadReport) {
        let ticket = self.ticket();
        match text(&path) {
            Ok(text) => {
                report.files += 1;
                report.bytes += text.len();
                self.replace(path.into(), Summary::parse(text), None, &ticket);
            }
            Err(failure) => report.failed.push((path, failure)),
        }
    }

    /// Puts a text in the place of a file, which need not exist: a buffer of an editor.
    pub fn set(&self, path: &Path, text: impl Into<Arc<str>>) {
        let ticket = self.ticket();
        let path = self.name(path);
        self.failures.remove(&path);
        let source = match self.known(&path).and_then(|file| file.source()) {
            Some(before) => before.parse_edited(text),
            None => Source::parse(text),
        };
        self.replace(path.into(), Summary::of(&source), Some(source), &ticket);
    }

    /// Reads a file from disk again. One that is gone is taken out; of one that cannot be read it says why, and
    /// nothing of it is kept.
    pub fn reload(&self, path: &Path) -> Result<(), Failure> {
        let ticket = self.ticket();
        let path = self.name(path);
        self.failures.remove(&path);
        match text(&path) {
            Ok(text) => self.replace(path.into(), Summary::parse(text), None, &ticket),
            Err(failure) => {
                self.remove_before(&path, ticket.number);
                if path.symlink_metadata().is_ok() {
                    self.failures.insert(path, failure.clone());
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Takes a file out.
    pub fn remove(&self, path: &Path) {
        let path = self.name(path);
        self.failures.remove(&path);
        let ticket = self.ticket();
        self.remove_before(&path, ticket.number);
    }

    /// Takes a file out, unless it was set after this ticket; texts that were handed over before it are not put in.
    fn remove_before(&self, path: &Path, ticket: u64) {
        let path: Arc<Path> = path.into();
        let mut flights = lock(&self.flights);
        if flights.running > 0 {
            let last = flights.removed.entry(path.clone()).or_default();
            *last = ticket.max(*last);
        }
        drop(flights);
        let Entry::Occupied(entry) = self.files.entry(path) else { return };
        let file = entry.get().clone();
        if file.ticket > ticket {
            return;
        }
        for key in &file.keys {
            self.table.remove(*key, file.id);
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.put(file.id, None);
        slots.free.push(file.id);
        drop(slots);
        entry.remove();
        self.file_set.fetch_add(1, Ordering::Release);
        self.generation.fetch_add(1, Ordering::Release);
        // Who sees that there was a change sees what it changed.
        lock(&self.journal).note(Change { before: Some(file), now: None });
    }

    fn replace(&self, path: Arc<Path>, summary: Summary, source: Option<Source>, ticket: &Ticket<'_>) {
        // The larger part of the work, such as hashing, is done before the place is locked.
        let mut file = File::new(path.clone(), summary, 0, ticket.number);
        let entry = self.files.entry(path);
        if lock(&self.flights).removed.get(entry.key()).is_some_and(|removed| *removed > ticket.number) {
            return;
        }
        let old = match &entry {
            Entry::Occupied(entry) if entry.get().ticket > ticket.number => return,
            Entry::Occupied(entry) => Some(entry.get().clone()),
            Entry::Vacant(_) => None,
        };
        file.id = old.as_ref().map_or_else(|| self.new_id(), |old| old.id);
        file.source = Mutex::new(source.map(Arc::new));
        if let Some(old) = &old {
            file.succeed(old);
            lock(&old.source).take();
        }
        let file = Arc::new(file);
        let (before, now) = (old.as_ref().map_or(&[][..], |old| &old.keys), &file.keys);
        // Who asks meanwhile finds the file under both, and looks at what it says.
        difference(now, before, |key| self.table.insert(key, file.id));
        self.slots.write().unwrap_or_else(PoisonError::into_inner).put(file.id, Some(file.clone()));
        difference(before, now, |key| self.table.remove(key, file.id));
        let changed = old.as_ref().is_none_or(|old| old.fingerprint != file.fingerprint);
        let is_new = old.is_none();
        entry.insert(file.clone());
        if is_new {
            self.file_set.fetch_add(1, Ordering::Release);
        }
        if changed {
            self.generation.fetch_add(1, Ordering::Release);
        }
        // Who sees that there was a change sees what it changed.
        lock(&self.journal).note(Change { before: old, now: Some(file) });
    }

    fn new_id(&self) -> u32 {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.free.pop().unwrap_or_else(|| {
            slots.files.push(None);
            slots.leads.push(false);
            u32::try_from(slots.files.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn ticket(&self) -> Ticket<'_> {
        let mut flights = lock(&self.flights);
        flights.running += 1;
        flights.next += 1;
        Ticket { flights: &self.flights, number: flights.next }
    }

    /// Counts how often files came or went.
    pub fn file_set(&self) -> u64 {
        self.file_set.load(Ordering::Acquire)
    }

    /// How many changes there were.
    pub fn changes(&self) -> u64 {
        let journal = lock(&self.journal);
        journal.forgotten + journal.last.len() as u64
    }

    /// The changes since there were so many; `None` where that is too long ago to be known.
    pub fn changes_since(&self, count: u64) -> Option<Vec<Change>> {
        let journal = lock(&self.journal);
        let known = usize::try_from(count.checked_sub(journal.forgotten)?).ok()?;
        Some(journal.last.iter().skip(known).cloned().collect())
    }

    /// A file of the index.
    pub fn file(&self, path: &Path) -> Option<Arc<File>> {
        let known = self.known(path);
        known.or_else(|| self.known(&self.name(path)))
    }

    /// A file by its own name.
    pub(crate) fn known(&self, path: &Path) -> Option<Arc<File>> {
        self.files.get(path).map(|file| file.clone())
    }

    /// A file by its number.
    pub(crate) fn by_id(&self, id: u32) -> Option<Arc<File>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.files.get(id as usize)?.clone()
    }

    /// All files, in order.
    pub fn files(&self) -> Vec<Arc<File>> {
        let mut files: Vec<Arc<File>> = self.files.iter().map(|file| file.clone()).collect();
        sort(&mut files);
        files
    }

    /// The names of the files that begin so.
    pub(crate) fn below(&self, start: &str) -> Vec<Arc<Path>> {
        let begins = |path: &Path| path.as_os_str().as_encoded_bytes().starts_with(start.as_bytes());
        self.files.iter().filter(|file| begins(file.key())).map(|file| file.key().clone()).collect()
    }

    /// What could not be read, and why, in order.
    pub fn failures(&self) -> Vec<(PathBuf, Failure)> {
        let mut failures: Vec<_> = self.failures.iter().map(|one| (one.key().clone(), one.value().clone())).collect();
        failures.sort_by(|one, other| one.0.cmp(&other.0));
        failures
    }

    /// Why a file is not there.
    pub(crate) fn failure(&self, path: &Path) -> Option<Failure> {
        self.failures.get(path).map(|failure| failure.clone())
    }

    /// The paths of all files by number, and whether each has imports.
    pub(crate) fn numbers(&self) -> (Paths, Vec<bool>) {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let path = |file: &Option<Arc<File>>| Some(file.as_ref()?.path.clone());
        let paths = slots.paths.get_or_init(|| slots.files.iter().map(path).collect());
        (paths.clone(), slots.leads.clone())
    }

    /// The files with these numbers, each once, in order.
    pub(crate) fn by_ids(&self, mut ids: Vec<u32>) -> Vec<Arc<File>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let many = ids.len() > FEW_FILES;
        if many {
            // Paths have long beginnings in common, and are anywhere in memory.
            let ranks = slots.ranks();
            ids.sort_unstable_by_key(|id| ranks.get(*id as usize).copied());
        } else {
            ids.sort_unstable();
        }
        ids.dedup();
        let mut files: Vec<_> = ids.iter().filter_map(|id| slots.files.get(*id as usize)?.clone()).collect();
        drop(slots);
        if !many {
            sort(&mut files);
        }
        files
    }

    /// A file's own name: absolute, and not by a link.
    pub(crate) fn name(&self, path: &Path) -> PathBuf {
        let absolute = match path.strip_prefix(&self.given) {
            Ok(inside) => self.root.join(inside),
            Err(_) => self.root.join(path),
        };
        let mut name = joined(&absolute, &absolute.to_string_lossy());
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        // Links are kept with what they lead to in the end; a link may stand in what another one leads to.
        for _ in 0..8 {
            let Some(next) =
                name.ancestors().find_map(|above| Some(links.get(above)?.join(name.strip_prefix(above).ok()?)))
            else {
                break;
            };
            name = next.components().collect();
        }
        name
    }

    /// The other names that links give to a file or folder.
    pub(crate) fn other_names(&self, path: &Path) -> Vec<PathBuf> {
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        let names = links.iter().filter_map(|(link, to)| Some(link.join(path.strip_prefix(to).ok()?)));
        names.map(|name| name.components().collect()).collect()
    }

    /// What must be the same in an index that was made from the same files at once.
    #[cfg(test)]
    pub(crate) fn sizes(&self) -> (usize, (usize, usize)) {
        (self.files.len(), self.table.size())
    }
}

fn sort(files: &mut [Arc<File>]) {
    files.sort_unstable_by(|one, other| one.path.as_os_str().cmp(other.path.as_os_str()));
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next(queue: &Mutex<mpsc::Receiver<PathBuf>>) -> Option<PathBuf> {
    lock(queue).recv().ok()
}

/// What is in a file. A pipe or device may stand under its name, for which one could wait without end: that is an error.
///
/// # Errors
/// If it is no file, or cannot be read.
pub fn bytes_on_disk(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    std::fs::read(path)
}

fn text(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| Failure::Unreadable(error.to_string());
    let bytes = bytes_on_disk(path).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| Failure::NotUtf8 { at: error.utf8_error().valid_up_to() })
}

/// What is in the one sorted list and not in the other.
fn difference(of: &[u64], without: &[u64], mut each: impl FnMut(u64)) {
    let mut without = without.iter().copied().peekable();
    for key in of {
        while without.next_if(|other| other < key).is_some() {}
        if without.peek() != Some(key) {
            each(*key);
        }
    }
}
