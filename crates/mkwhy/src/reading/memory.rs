//! What was wanted before of files, and holds as long as they are the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mkwhy_index::{Change, File, Reach, Why};
use mkwhy_model::OptionPath;
use mkwhy_syntax::Source;

use super::shift::{Shift, Shifts};
use super::{Placed, Reading};
use crate::targets::Target;

/// So many files are kept parsed.
const MOST_PARSED: usize = 48;

#[derive(Debug, Default)]
pub(super) struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The one that was wanted last is the last.
    parsed: Vec<(String, Arc<Source>)>,
    /// The target of which the modules were wanted last, the changes that there were then, and the modules.
    reach: Option<(mkwhy_eval::Source, u64, Option<Arc<Reach>>)>,
    /// Of the modules that were looked at last, whether some are data.
    data: Option<(Arc<Reach>, bool)>,
    /// Of those modules, and of so many changes, where they cannot be followed.
    unresolved: Option<(Arc<Reach>, u64, Arc<str>)>,
    /// The options that one file defines in those modules.
    settings: Option<(Within, Arc<[OptionPath]>)>,
    /// What the last edits left as it was.
    shifts: Shifts,
    /// The person's own files, and the set of files for which that holds.
    own: Option<(u64, Arc<BTreeSet<String>>)>,
}

/// A file, and the modules of a target.
type Within = (Arc<File>, Option<Arc<Reach>>);

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// The modules of a target after so many changes.
    pub(super) fn reach(
        &self,
        target: &mkwhy_eval::Source,
        changes: u64,
        find: impl FnOnce() -> Option<Arc<Reach>>,
    ) -> Option<Arc<Reach>> {
        if let Some((known, at, reach)) = &self.inner().reach
            && *at == changes
            && known == target
        {
            return reach.clone();
        }
        let reach = find();
        self.inner().reach = Some((target.clone(), changes, reach.clone()));
        reach
    }
}

impl Reading {
    /// The options that a file's text defines in a target, without the larger sets around them.
    pub fn settings_in(&self, target: &Target, file: &Path) -> Arc<[OptionPath]> {
        let Some(file) = self.index.file(file) else { return Arc::default() };
        let reach = self.reach(target);
        if let Some(((known, in_reach), settings)) = &self.memory.inner().settings
            && Arc::ptr_eq(known, &file)
            && in_reach.as_ref().map(Arc::as_ptr) == reach.as_ref().map(Arc::as_ptr)
        {
            return settings.clone();
        }
        let is_set = |value: &str| value.starts_with('{') && !value.starts_with("{ }");
        let is_set = |placed: &Placed| {
            placed.hit.definition().is_some_and(|definition| is_set(file.summary.slice(definition.value)))
        };
        let definitions = super::placed_in(&file, reach.as_deref()).into_iter();
        let settings = definitions.filter(|(path, placed)| !path.is_empty() && !is_set(placed));
        let settings: Arc<[OptionPath]> = settings.map(|(path, _)| path).collect();
        self.memory.inner().settings = Some(((file, reach), settings.clone()));
        settings
    }

    /// What some edits have left as it was, file by file; `None` where a file has come or gone, or
    /// where they are many.
    pub(super) fn shifts(&self, changed: &[Change]) -> Option<Vec<Arc<Shift>>> {
        self.memory.inner().shifts.of(changed, |path| self.name(path))
    }

    /// Whether some modules of a target are data in the workspace. What is outside of it (the modules that come with the
    /// system) is told of in a note of its own.
    pub(super) fn has_data(&self, reach: &Arc<Reach>) -> bool {
        let mut inner = self.memory.inner();
        if let Some((known, data)) = &inner.data
            && Arc::ptr_eq(known, reach)
        {
            return *data;
        }
        let is_own = |why: &Why| matches!(why, Why::Missing(path) if path.starts_with(&self.root) && path.is_file());
        let data = reach.unresolved.iter().any(|unresolved| is_own(&unresolved.why));
        inner.data = Some((reach.clone(), data));
        data
    }

    /// Where the modules of a target cannot be followed, in a sentence.
    pub(super) fn unresolved(&self, reach: &Arc<Reach>) -> Arc<str> {
        let changes = self.index.changes();
        if let Some((known, at, said)) = &self.memory.inner().unresolved
            && (*at, Arc::as_ptr(known)) == (changes, Arc::as_ptr(reach))
        {
            return said.clone();
        }
        let said: Arc<str> = super::cascade::unresolved(self, reach).into();
        self.memory.inner().unresolved = Some((reach.clone(), changes, said.clone()));
        said
    }

    /// Files that are not part of the index may have come or gone.
    pub fn look_anew(&self) {
        let mut inner = self.memory.inner();
        (inner.data, inner.reach) = (None, None);
        drop(inner);
        self.cascades.forget();
    }

    /// The files of the index that are the person's own, by the names that positions have.
    pub(crate) fn own_files(&self, is_own: impl Fn(&str) -> bool) -> Arc<BTreeSet<String>> {
        let file_set = self.index.file_set();
        let mut inner = self.memory.inner();
        if let Some((known, own)) = &inner.own
            && *known == file_set
        {
            return own.clone();
        }
        let files = self.index.files();
        let own = files.iter().filter(|file| is_own(&file.path.to_string_lossy())).map(|file| self.name(&file.path));
        let own: Arc<BTreeSet<String>> = Arc::new(own.collect());
        inner.own = Some((file_set, own.clone()));
        own
    }

    /// A file of the index, parsed.
    pub(crate) fn parsed(&self, name: &str) -> Option<Arc<Source>> {
        let file = self.index.file(&self.root.join(name))?;
        if let Some(source) = file.source() {
            return Some(source);
        }
        let text = file.summary.text();
        let mut inner = self.memory.inner();
        let known = inner.parsed.iter().position(|(known, _)| known == name);
        let known = known.map(|place| inner.parsed.remove(place).1);
        let source = match known {
            Some(source) if Arc::ptr_eq(&source.shared_text(), text) => source,
            _ => Arc::new(Source::parse(text.clone())),
        };
        if inner.parsed.len() >= MOST_PARSED {
            inner.parsed.remove(0);
        }
        inner.parsed.push((name.to_owned(), source.clone()));
        Some(source)
    }
}
