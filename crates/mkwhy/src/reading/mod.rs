//! The answer from syntax: what the text of the modules says, without evaluating anything.
//!
//! It is there in milliseconds, for text that is not saved or does not evaluate, and without Nix. It says what it does
//! not know: a condition is undecided, what is computed is uncertain, modules that cannot be followed are counted.

mod aliases;
mod cascade;
mod definitions;
mod difference;
mod kept;
mod known;
mod levels;
mod meeting;
mod memory;
mod mention;
mod moved;
mod shift;
mod siblings;
pub(crate) mod targets;
#[cfg(test)]
mod tests;
mod written;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mkwhy_eval::Source;
use mkwhy_index::{DeclarationHit, File, Fit, Hit, Index, Module, Reach};
use mkwhy_model::{Answer, Found, Knowledge, Message, OptionPath, Segment};
use mkwhy_syntax::summary::{DeclaredBy, Definition, Number, Part, static_path};

use crate::targets::Target;
use aliases::Names;

pub(crate) use aliases::MOST_NAMES;
pub use difference::{Difference, differences};
pub use mention::{Mentioned, TypedPath};
pub use written::WrittenSetting;

/// How many nearest names are suggested.
const MOST_SUGGESTIONS: usize = 5;

/// So few modules are looked into one by one.
const FEW_MODULES: usize = 8;

/// The modules of a workspace as text: all that is needed to answer without Nix.
#[derive(Debug)]
pub struct Reading {
    root: PathBuf,
    index: Index,
    memory: memory::Memory,
    cascades: kept::Cascades,
}

impl Reading {
    /// Reads all modules under a folder.
    pub fn of(root: &Path) -> Self {
        let index = Index::new(root);
        index.read();
        Self {
            root: index.root().to_owned(),
            index,
            memory: memory::Memory::default(),
            cascades: kept::Cascades::default(),
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What could not be read, in sentences.
    fn problems(&self) -> Vec<String> {
        self.index.failures().iter().map(|(file, why)| format!("{} was not read: {why}", self.name(file))).collect()
    }

    /// The summaries of all files. [`Index::set`] gives it the text of an open buffer.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The cascade of an option as far as the text tells.
    ///
    /// `because` says why there is no evaluated answer; `None` where none was asked for.
    pub fn why(&self, target: &Target, path: &OptionPath, because: Option<Message>) -> Answer {
        let reach = self.reach(target);
        let known = Knowledge::Syntax { because };
        let found = self.found(target, path, reach.as_ref(), &known);
        Answer { target: target.name.clone(), known, found }
    }

    /// Logs what an evaluated answer says otherwise than the one from syntax that it replaces.
    pub fn replaced(&self, target: &Target, evaluated: &Answer) {
        let Found::Cascade { cascade } = &evaluated.found else { return };
        let Found::Cascade { cascade: read } = self.why(target, &cascade.path, None).found else {
            return tracing::info!(path = %cascade.path, "the text alone did not show this option");
        };
        for difference in differences(&read, cascade) {
            tracing::info!(path = %cascade.path, "{difference}");
        }
    }

    /// The definitions that a file's text has, with the options that they define in a target. Their outcome is open, but
    /// for conditions that are written `true` or `false`. What has a computed name is left out.
    pub fn definitions_in(&self, target: &Target, file: &Path) -> Vec<(OptionPath, mkwhy_model::Definition)> {
        let Some(found) = self.index.file(file) else { return Vec::new() };
        let reach = self.reach(target);
        let placed = placed_in(&found, reach.as_deref()).into_iter();
        let read = placed.filter_map(|(path, placed)| {
            let read = definitions::read_one(self, &path, &placed, reach.as_deref())?;
            Some((path, read.definition))
        });
        read.collect()
    }

    /// Whether the text tells that a file is one of a target's modules.
    pub(crate) fn is_module_of(&self, target: &Target, file: &Path) -> bool {
        let Some((reach, file)) = self.reach(target).zip(self.index.file(file)) else { return false };
        reach.modules_in(&file).next().is_some()
    }

    /// The modules that a target is made of, as far as the text tells; `None` where it does not tell.
    fn reach(&self, target: &Target) -> Option<Arc<Reach>> {
        let source = &target.inner.as_ref()?.source;
        self.memory.reach(source, self.index.changes(), || self.find_reach(target))
    }

    fn find_reach(&self, target: &Target) -> Option<Arc<Reach>> {
        let (entry, attribute) = self.entry(target)?;
        let attribute: Vec<String> = attribute
            .segments()
            .iter()
            .filter_map(|segment| match segment {
                Segment::Name(name) => Some(name.clone()),
                Segment::Index(_) => None,
            })
            .collect();
        let reach = self.index.reach(&entry, &attribute);
        (!reach.modules.is_empty()).then_some(reach)
    }

    /// The file that makes a target's configuration, and the attribute in it.
    fn entry(&self, target: &Target) -> Option<(PathBuf, OptionPath)> {
        match &target.inner.as_ref()?.source {
            Source::Flake { reference, attribute } => {
                let folder =
                    reference.strip_prefix("path:").or(reference.strip_prefix("git+file:")).unwrap_or(reference);
                let folder = folder.split(['?', '#']).next().unwrap_or_default().trim_start_matches("//");
                Some((normal(&self.root.join(folder).join("flake.nix")), attribute.clone()))
            }
            Source::File { file, attribute, .. } => Some((normal(file), attribute.clone())),
            Source::Nixos { configuration } => Some((normal(configuration), OptionPath::default())),
            Source::Expression { text } => {
                // It stands in mkwhy.toml; for the index it is a file beside that.
                let file = self.root.join(format!("mkwhy.toml «{}»", target.name));
                if self.index.file(&file).is_none_or(|known| **known.summary.text() != **text) {
                    self.index.set(&file, text.as_str());
                }
                Some((file, OptionPath::default()))
            }
        }
    }

    fn found(&self, target: &Target, path: &OptionPath, reach: Option<&Arc<Reach>>, known: &Knowledge) -> Found {
        let (hits, _) = self.hits_and_names(path, reach.map(|reach| &**reach));
        let declarations = self.declarations(path, reach.map(|reach| &**reach));
        if is_option(path, &hits, &declarations) {
            let cascade = cascade::cascade(self, target, path, &hits, &declarations, reach, known);
            // What only may hold the option, and then does not after all, is no cascade.
            if !cascade.definitions.is_empty() || cascade.declaration.is_some() {
                return Found::Cascade { cascade: Box::new(cascade) };
            }
        }
        let names = names_in(path, &hits, &declarations);
        if names.is_empty() {
            Found::Missing { path: path.clone(), suggestions: self.suggestions(path) }
        } else {
            Found::Namespace { path: path.clone(), names }
        }
    }

    /// The definitions that say something about a path: those in the target's modules, and those elsewhere. Also the names
    /// of the path, as [`Reading::add_aliases`] has them.
    fn hits_and_names(&self, path: &OptionPath, reach: Option<&Reach>) -> (Hits, Option<Names>) {
        let mut hits = Hits::default();
        let Some(reach) = reach else {
            hits.inside = self.index.find(path.segments()).into_iter().map(Placed::anywhere).collect();
            return (hits, None);
        };
        self.add_hits(&mut hits, path, reach);
        let names = self.add_aliases(&mut hits, path, reach);
        if hits.inside.is_empty() && !hits.outside.is_empty() {
            // Better to say where it is defined, and that this target may not have it, than to say nothing.
            hits.inside = std::mem::take(&mut hits.outside).into_iter().map(Placed::anywhere).collect();
            hits.elsewhere = true;
        }
        (hits, Some(names))
    }

    /// Adds what is written under this very path.
    fn add_hits(&self, hits: &mut Hits, path: &OptionPath, reach: &Reach) {
        for (within, prefix, rest) in reach.prefixes_of(path.segments()) {
            if searched_one_by_one(prefix, rest, reach.modules_within(within).len()) {
                for module in reach.modules_within(within) {
                    let found = self.index.find_in(reach, module, rest);
                    hits.inside.extend(found.into_iter().map(|hit| Placed::in_module(hit, module)));
                }
                continue;
            }
            for hit in self.index.find(rest) {
                let Some(unit) = hit.definition().map(|definition| definition.unit) else { continue };
                let mut anywhere = false;
                for module in reach.modules_in(&hit.file) {
                    anywhere = true;
                    if module.unit == unit && module.within as usize == within {
                        hits.inside.push(Placed::in_module(hit.clone(), module));
                    }
                }
                if !anywhere && prefix.is_empty() && unit == 0 {
                    hits.outside.push(hit);
                }
            }
        }
        hits.inside.sort_by_key(|placed| (placed.rank(), placed.hit.number));
    }

    /// The declarations at, above and inside a path in the target's modules.
    fn declarations(&self, path: &OptionPath, reach: Option<&Reach>) -> Vec<Declared> {
        let mut found = Vec::new();
        match reach {
            None => {
                found.extend(self.index.declarations(path.segments()).into_iter().map(|hit| Declared { hit, depth: 0 }))
            }
            Some(reach) => {
                for (within, prefix, rest) in reach.prefixes_of(path.segments()) {
                    let declared = |hit| Declared { hit, depth: prefix.len() };
                    if searched_one_by_one(prefix, rest, reach.modules_within(within).len()) {
                        let modules = reach.modules_within(within);
                        let hits = modules.flat_map(|module| self.index.declarations_in(reach, module, rest));
                        found.extend(hits.map(declared));
                        continue;
                    }
                    let hits = self.index.declarations(rest).into_iter();
                    found.extend(hits.filter(|hit| is_within(hit, reach, within)).map(declared));
                }
            }
        }
        found.retain(|found| declares_it(&found.hit));
        found
    }

    /// The paths nearest to one of which nothing is known: those beside it that are spelt alike.
    fn suggestions(&self, path: &OptionPath) -> Vec<OptionPath> {
        let text = path.to_string();
        // The deepest beginning of which something is known.
        let mut near: Vec<OptionPath> = Vec::new();
        let mut above = path.parent();
        while let Some(parent) = above.filter(|_| near.is_empty()) {
            near = self.index.paths_under(&parent).into_iter().collect();
            above = parent.parent();
        }
        let mut near: Vec<(usize, OptionPath)> = near
            .into_iter()
            .map(|known| (strsim::damerau_levenshtein(&known.to_string(), &text), known))
            .filter(|(distance, _)| *distance <= text.len().max(8) / 4)
            .collect();
        near.sort();
        near.into_iter().take(MOST_SUGGESTIONS).map(|(_, known)| known).collect()
    }

    /// A file as the person knows it.
    pub(crate) fn name(&self, file: &Path) -> String {
        // Both are without `.` and `..`. Component by component, this would be a large part of the work.
        let inside = |file: &'_ str| file.strip_prefix(self.root.to_str()?)?.strip_prefix('/').map(str::to_owned);
        let slow = || file.strip_prefix(&self.root).unwrap_or(file).to_string_lossy().into_owned();
        file.to_str().and_then(inside).unwrap_or_else(slow)
    }
}

/// What was found of a path.
#[derive(Debug, Default)]
struct Hits {
    /// In the target's modules, in the order in which they are imported.
    inside: Vec<Placed>,
    /// In files that the target does not seem to have.
    outside: Vec<Hit>,
    /// Whether something defines the path that does not show: an option that forwards to it in a way of its own.
    obscured: bool,
    /// Whether those inside are in files that the target does not seem to have either, for want of others.
    elsewhere: bool,
}

/// A declaration in one of the target's modules.
#[derive(Debug)]
struct Declared {
    hit: DeclarationHit,
    /// How many names of the path lead to the module.
    depth: usize,
}

/// The declarations of one file that [`Reading::declarations`] has, in the order in which it has them.
fn declared_in(path: &OptionPath, reach: &Reach, file: &Arc<File>) -> Vec<Declared> {
    let mut found = Vec::new();
    for (within, prefix, rest) in reach.prefixes_of(path.segments()) {
        let hits = Index::declarations_in_file(file, rest).into_iter();
        let hits = hits.filter(|hit| declares_it(hit) && is_within(hit, reach, within));
        found.extend(hits.map(|hit| Declared { hit, depth: prefix.len() }));
    }
    found
}

/// Whether a declaration is in a module under the path of a place among [`Reach::prefixes`].
fn is_within(hit: &DeclarationHit, reach: &Reach, within: usize) -> bool {
    hit.declaration().is_some_and(|declaration| reach.is_module(&hit.file, declaration.unit, within))
}

/// Whether a declaration is one of an option that is there.
fn declares_it(hit: &DeclarationHit) -> bool {
    hit.declaration().is_some_and(|declaration| !matches!(declaration.by, DeclaredBy::Removed))
}

/// A definition in one of the target's modules.
#[derive(Debug)]
struct Placed {
    hit: Hit,
    /// `None` where it is not known whether the target has it.
    module: Option<Module>,
    /// The path that it is written under, where that is another name of the one that is asked for.
    via: Option<OptionPath>,
}

impl Placed {
    fn anywhere(hit: Hit) -> Self {
        Self { hit, module: None, via: None }
    }

    fn in_module(hit: Hit, module: &Module) -> Self {
        Self { hit, module: Some(module.clone()), via: None }
    }

    /// Whether it says something about a path, or may do so, rather than about what is inside it.
    fn says(&self, path: &OptionPath) -> bool {
        self.passes_through(path) || self.hit.fit == Fit::Above
    }

    /// The number of the module among the target's.
    fn rank(&self) -> u32 {
        self.module.as_ref().map_or(0, |module| module.number)
    }

    /// How many names of the path lead to the module.
    fn depth(&self) -> usize {
        self.module.as_ref().map_or(0, |module| module.prefix.len())
    }

    /// Whether the module is certainly part of the target.
    fn sure(&self) -> bool {
        self.module.as_ref().is_some_and(|module| module.sure)
    }

    /// Whether anything that is said of a path depends on it. Of a set with much in it that is not so of most of what is
    /// inside.
    fn matters(&self, path: &OptionPath) -> bool {
        let has_priority = self.hit.definition().is_none_or(|definition| definition.priority != Number::Plain);
        self.says(path) || has_priority || self.depth() > 0
    }

    /// Whether the definition's own attribute path goes through the end of a path or ends there: then it is one of it.
    fn passes_through(&self, path: &OptionPath) -> bool {
        let path = self.via.as_ref().unwrap_or(path);
        let length = path.segments().len() - self.depth().min(path.segments().len());
        let begins = |definition: &Definition| definition.path.len() - usize::from(definition.own);
        match self.hit.fit {
            Fit::Exact => true,
            Fit::Beneath => self.hit.definition().is_some_and(|definition| begins(definition) < length),
            Fit::Above => false,
        }
    }
}

/// The definitions of a file, with the paths that they have in the modules of a target that it is. What has a computed
/// name is left out.
fn placed_in(file: &Arc<File>, reach: Option<&Reach>) -> Vec<(OptionPath, Placed)> {
    let modules: Vec<(OptionPath, &Module)> = reach
        .into_iter()
        .flat_map(|reach| reach.modules_in(file))
        .filter_map(|module| Some((static_path(&module.prefix)?, module)))
        .collect();
    let is_module = reach.is_some_and(|reach| reach.modules_in(file).next().is_some());
    let mut all = Vec::new();
    for (number, definition) in file.summary.definitions.iter().enumerate() {
        let Some(rest) = definition.static_path() else { continue };
        let hit = Hit { file: file.clone(), number, fit: Fit::Exact };
        if !is_module && definition.unit == 0 {
            all.push((rest, Placed::anywhere(hit)));
            continue;
        }
        for (prefix, module) in modules.iter().filter(|(_, module)| module.unit == definition.unit) {
            let path = if prefix.is_empty() { rest.clone() } else { prefix.join(rest.segments()) };
            all.push((path, Placed::in_module(hit.clone(), module)));
        }
    }
    all
}

/// Whether a path is that of an option, as far as the text tells.
fn is_option(path: &OptionPath, hits: &Hits, declarations: &[Declared]) -> bool {
    let exact = declarations.iter().any(|found| found.hit.fit == Fit::Exact);
    !is_namespace(declarations) && (exact || hits.inside.iter().any(|placed| placed.says(path)))
}

/// Whether options are declared inside, which makes it a set of options unless it is an option itself.
fn is_namespace(declarations: &[Declared]) -> bool {
    let declared = |fit| declarations.iter().any(|found| found.hit.fit == fit);
    declared(Fit::Beneath) && !declared(Fit::Exact)
}

/// The names of what is defined or declared right under a path.
fn names_in(path: &OptionPath, hits: &Hits, declarations: &[Declared]) -> Vec<String> {
    let name = |parts: &[Part], depth: usize| match parts.get(path.segments().len().checked_sub(depth)?)? {
        Part::Name(name) => Some(name.to_string()),
        _ => None,
    };
    let defined = hits
        .inside
        .iter()
        .filter(|placed| placed.hit.fit == Fit::Beneath && placed.via.is_none())
        .filter_map(|placed| name(&placed.hit.definition()?.path, placed.depth()));
    let declared = declarations
        .iter()
        .filter(|found| found.hit.fit == Fit::Beneath)
        .filter_map(|found| name(&found.hit.declaration()?.path, found.depth));
    let mut names: Vec<String> = defined.chain(declared).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the modules under a prefix are looked into one by one, and not all files that have the rest of a path: that
/// is where they are few, or where nothing is left to tell the files apart.
fn searched_one_by_one(prefix: &[Part], rest: &[Segment], modules: usize) -> bool {
    !prefix.is_empty() && (rest.is_empty() || modules < FEW_MODULES)
}

/// What is left of a path behind the prefix that a module is imported under.
fn behind<'p>(path: &'p OptionPath, prefix: &[Part]) -> Option<&'p [Segment]> {
    let segments = path.segments();
    let fits =
        segments.len() >= prefix.len() && prefix.iter().zip(segments).all(|(part, segment)| part.matches(segment));
    fits.then(|| &segments[prefix.len()..])
}

/// A path without `.` and `..`, where that needs no look at the disk.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, component| {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
        path
    })
}
