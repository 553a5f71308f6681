//! One file, with the keys under which it is found.

use std::hash::Hasher;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use mkwhy_model::Segment;
use mkwhy_syntax::summary::{Content, DeclaredBy, DisabledBy, Import, ImportOf, Number, Part};
use mkwhy_syntax::{Source, Summary};

use crate::hash::{self, Quick};
use crate::index::lock;
use crate::names::Names;

/// One file of the index. It never changes: an edit puts another one in its place.
#[derive(Debug)]
pub struct File {
    /// Its absolute path, without links in it as far as the index knows.
    pub path: Arc<Path>,
    /// What it says.
    pub summary: Summary,
    /// Its number: the same for all that is ever at this path, until the path is removed.
    pub(crate) id: u32,
    /// When its text was handed over: later ones win.
    pub(crate) ticket: u64,
    /// The keys of the table that it is filed under, sorted.
    pub(crate) keys: Box<[u64]>,
    /// Which definitions can have to do with a path.
    pub(crate) names: Names,
    /// What each import names, by number.
    pub(crate) links: Box<[Link]>,
    /// All that says which modules the file leads to as a module itself, but for the places where it says so. What it
    /// leads to where it makes targets is compared for those files alone.
    pub(crate) fingerprint: u64,
    /// Whether it has any imports or takes modules out, or did before its text was broken.
    pub(crate) leads: bool,
    /// The last text here that was without syntax errors, where this one has some: while somebody types, what a file
    /// leads to is taken to be what it was.
    pub(crate) settled: Option<Arc<File>>,
    /// The text as it was parsed, where it was handed over and nothing has replaced it.
    pub(crate) source: Mutex<Option<Arc<Source>>>,
    /// The numbers of the files that each import names, and the set of files for which that holds.
    pub(crate) resolved: Mutex<Option<(u64, Resolved)>>,
}

/// Of each import of a file, the numbers of the files that it names.
#[derive(Debug, Clone)]
pub(crate) struct Resolved(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    /// Where those of each import end.
    ends: Box<[u32]>,
    all: Box<[u32]>,
}

impl Resolved {
    /// The numbers of one import after the other.
    pub(crate) fn new(imports: impl Iterator<Item = Vec<u32>>) -> Self {
        let (mut ends, mut all) = (Vec::new(), Vec::new());
        for numbers in imports {
            all.extend(numbers);
            ends.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        Self(Arc::new(Numbers { ends: ends.into(), all: all.into() }))
    }

    /// The numbers of each import.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let Numbers { ends, all } = &*self.0;
        let mut start = 0;
        ends.iter().map(move |end| {
            let from = std::mem::replace(&mut start, *end as usize);
            all.get(from..start).unwrap_or_default()
        })
    }
}

/// What an import names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// A file or folder.
    File(Box<Path>),
    /// All files that fit, `*` standing for anything.
    Pattern(Box<str>),
    /// Nothing that the text tells, or a module in this file.
    None,
}

/// What a hash of the table means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// A definition of exactly this path that may hold more or has a priority, or of which the next part is computed.
    Open = 1,
    /// A definition of exactly this path by a set that is written out, and nothing else.
    Set,
    /// A definition of something inside this path.
    Inside,
    /// A declaration of exactly this path, or of which the next part is any.
    Declared,
    /// A declaration of something inside this path.
    DeclaredInside,
    /// A renamed option that forwards to exactly this path, or to something inside it.
    Forwards,
    /// A declaration of exactly this path, or of which the next part is any, that says what became of the option.
    Retired,
    /// An import of this file or folder.
    Imports,
    /// An import of files that fit a pattern.
    Patterns,
}

impl Role {
    pub(crate) fn key(self, hash: u64) -> u64 {
        (hash ^ self as u64).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29)
    }
}

impl File {
    pub(crate) fn new(path: Arc<Path>, summary: Summary, id: u32, ticket: u64) -> Self {
        let links: Box<[Link]> = summary.imports.iter().map(|import| link(&path, import)).collect();
        let keys = keys(&summary, &links);
        let fingerprint = fingerprint(&summary);
        let leads = !links.is_empty() || !summary.disabled.is_empty();
        let names = Names::of(&summary.definitions);
        let (settled, source, resolved) = (None, Mutex::default(), Mutex::default());
        Self { path, summary, id, ticket, keys, names, links, fingerprint, leads, settled, source, resolved }
    }

    /// The text as it was parsed, where that is still kept: that is for the last text that was handed over for a file.
    pub fn source(&self) -> Option<Arc<Source>> {
        lock(&self.source).clone()
    }

    /// The text that says what the file leads to.
    pub(crate) fn settled(&self) -> &Self {
        self.settled.as_deref().unwrap_or(self)
    }

    /// Takes over what still holds of what was in its place. Where its text has errors, that is what it leads to.
    pub(crate) fn succeed(&mut self, old: &Arc<Self>) {
        if self.links == old.links {
            self.resolved = Mutex::new(lock(&old.resolved).clone());
        }
        if !self.summary.errors.is_empty() {
            let settled = old.settled.as_ref().unwrap_or(old);
            self.fingerprint = settled.fingerprint;
            self.leads = settled.leads;
            self.settled = Some(settled.clone());
        }
    }

    /// The bytes of memory that it takes, about.
    pub fn memory(&self) -> usize {
        self.summary.memory()
            + size_of_val(&*self.keys)
            + self.names.memory()
            + self.path.as_os_str().len()
            + size_of_val(&*self.links)
    }
}

fn link(path: &Path, import: &Import) -> Link {
    match &import.of {
        ImportOf::File(text) => Link::File(joined(path, text).into()),
        ImportOf::Pattern(text) => Link::Pattern(joined(path, text).to_string_lossy().into()),
        ImportOf::Inline | ImportOf::Computed => Link::None,
    }
}

/// What a path literal in a file means.
pub(crate) fn joined(file: &Path, text: &str) -> PathBuf {
    let mut joined = file.parent().unwrap_or(file).to_path_buf();
    for component in Path::new(text).components() {
        match component {
            Component::ParentDir => {
                joined.pop();
            }
            Component::CurDir => {}
            other => joined.push(other),
        }
    }
    joined
}

/// Whether two names of files are the same. Component by component, this would be a large part of the work.
pub fn same_path(one: &Arc<Path>, other: &Arc<Path>) -> bool {
    Arc::ptr_eq(one, other) || one.as_os_str() == other.as_os_str()
}

/// The hash of a file's name.
pub(crate) fn path_hash(path: &Path) -> u64 {
    let mut hasher = Quick::from(hash::ROOT);
    hasher.write(path.as_os_str().as_encoded_bytes());
    hasher.finish()
}

/// The hash of a name, never 0.
pub(crate) fn name_hash(name: &str) -> u32 {
    (hash::child(hash::ROOT, name) >> 32) as u32 | 1
}

pub(crate) fn first_names(path: &[Part]) -> [u32; 2] {
    let hash = |at: usize| match path.get(at) {
        Some(Part::Name(name)) => name_hash(name),
        _ => 0,
    };
    [hash(0), hash(1)]
}

/// The hashes of the beginnings of an option path, the path without names first, up to the first list element.
pub(crate) fn beginnings(path: &[Segment]) -> Vec<u64> {
    let mut hashes = vec![hash::ROOT];
    let mut last = hash::ROOT;
    for segment in path {
        let Segment::Name(name) = segment else { break };
        last = hash::child(last, name);
        hashes.push(last);
    }
    hashes
}

fn keys(summary: &Summary, links: &[Link]) -> Box<[u64]> {
    let mut keys = Vec::with_capacity(summary.definitions.len() * 2);
    for definition in &summary.definitions {
        let is_static = file_path(&definition.path, Role::Inside, &mut keys);
        // A set with a priority decides over all that it could hold.
        let closed = definition.content == Content::Set && definition.priority == Number::Plain;
        let role = if is_static.1 && closed { Role::Set } else { Role::Open };
        keys.push(role.key(is_static.0));
    }
    for declaration in &summary.declarations {
        let (end, _) = file_path(&declaration.path, Role::DeclaredInside, &mut keys);
        keys.push(Role::Declared.key(end));
        if declaration.by.is_retired() {
            keys.push(Role::Retired.key(end));
        }
        if let DeclaredBy::Renamed { to } = &declaration.by {
            let (end, _) = file_path(to, Role::Forwards, &mut keys);
            keys.push(Role::Forwards.key(end));
        }
    }
    for link in links {
        match link {
            Link::File(path) => keys.push(Role::Imports.key(path_hash(path))),
            Link::Pattern(_) => keys.push(Role::Patterns.key(hash::ROOT)),
            Link::None => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys.into_boxed_slice()
}

/// Files a path under its proper beginnings. The hash of its longest static beginning, and whether that is all of it.
fn file_path(path: &[Part], inside: Role, keys: &mut Vec<u64>) -> (u64, bool) {
    let mut last = hash::ROOT;
    for (n, part) in path.iter().enumerate() {
        let Part::Name(name) = part else { return (last, false) };
        if n > 0 {
            keys.push(inside.key(last));
        }
        last = hash::child(last, name);
    }
    (last, true)
}

fn fingerprint(summary: &Summary) -> u64 {
    // The numbers of imports that lead nowhere are part of the answer.
    let mut hasher =
        Quick::from(imports_hash(summary.imports.iter().enumerate().filter(|(_, import)| import.unit == 0)));
    for disabled in &summary.disabled {
        match &disabled.of {
            DisabledBy::Path(text) => hasher.write(text.as_bytes()),
            DisabledBy::Name(text) => {
                hasher.write_u8(5);
                hasher.write(text.as_bytes());
            }
        }
        hasher.write_u32(u32::from(disabled.unit) << 1 | u32::from(disabled.conditional));
    }
    // Whether it is a module at all.
    if let Some(made) = &summary.made {
        made.names.iter().for_each(|name| hasher.write(name.as_bytes()));
        hasher.write_usize(made.names.len());
    }
    hasher.finish()
}

/// The hash of all that some imports say, by their numbers.
pub(crate) fn imports_hash<'s>(imports: impl Iterator<Item = (usize, &'s Import)>) -> u64 {
    let mut hasher = Quick::from(hash::ROOT);
    for (n, import) in imports {
        hasher.write_usize(n);
        match &import.of {
            ImportOf::File(text) | ImportOf::Pattern(text) => hasher.write(text.as_bytes()),
            ImportOf::Inline => hasher.write_u8(1),
            ImportOf::Computed => hasher.write_u8(2),
        }
        hasher
            .write_u32(u32::from(import.unit) << 2 | u32::from(import.conditional) << 1 | u32::from(import.anonymous));
        for part in &import.prefix {
            match part {
                Part::Name(name) => hasher.write(name.as_bytes()),
                Part::Computed(_) | Part::Any => hasher.write_u8(3),
                Part::Element => hasher.write_u8(4),
            }
        }
    }
    hasher.finish()
}
