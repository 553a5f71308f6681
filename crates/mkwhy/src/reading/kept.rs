//! Which cascades are kept: those of one target that were asked for last.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mkwhy_index::Reach;
use mkwhy_model::OptionPath;
use rustc_hash::FxHashMap;

use super::known::Known;

/// So many definitions are kept.
pub(super) const MOST_DEFINITIONS: usize = if cfg!(test) { 100 } else { 40_000 };

/// What was not asked for in so many changes of the target's modules is not kept: it holds the modules of then.
const MOST_ERAS: u64 = 4;

/// So many are let go at once: that takes time, and somebody types.
const MOST_LET_GO: usize = 4;

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
    /// Counts the changes of the target's modules.
    era: u64,
    known: FxHashMap<OptionPath, Kept>,
    definitions: usize,
    /// Counts what was put in; and each path with that count, in this order. Where it was put in again since, that counts.
    puts: u64,
    order: VecDeque<(u64, OptionPath)>,
}

#[derive(Debug)]
struct Kept {
    known: Known,
    put: u64,
    era: u64,
}

impl Cascades {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out what is known of a path in a target, which has these modules now.
    pub(super) fn take(&self, target: &str, reach: Option<&Arc<Reach>>, path: &OptionPath) -> Option<Known> {
        self.inner().at(target, reach).take(path)
    }

    /// Puts in what is known of a path in the target that was asked for last.
    pub(super) fn put(&self, path: &OptionPath, known: Known) {
        let let_go = self.inner().put(path, known);
        // Nobody waits for this.
        drop(let_go);
    }

    /// Nothing that was read before holds.
    pub(super) fn forget(&self) {
        *self.inner() = Inner::default();
    }

    #[cfg(test)]
    pub(super) fn reads(&self) -> usize {
        self.inner().reads
    }

    #[cfg(test)]
    pub(super) fn note_read(&self) {
        self.inner().reads += 1;
    }

    #[cfg(test)]
    pub(super) fn definitions(&self) -> usize {
        self.inner().definitions
    }
}

impl Inner {
    fn at(&mut self, target: &str, reach: Option<&Arc<Reach>>) -> &mut Self {
        if self.target != target {
            *self = Self {
                target: target.to_owned(),
                #[cfg(test)]
                reads: self.reads,
                ..Self::default()
            };
        }
        if self.reach.as_ref().map(Arc::as_ptr) != reach.map(Arc::as_ptr) {
            self.reach = reach.cloned();
            self.era += 1;
        }
        self
    }

    fn take(&mut self, path: &OptionPath) -> Option<Known> {
        let Kept { known, .. } = self.known.remove(path)?;
        self.definitions -= known.cascade.definitions.len();
        Some(known)
    }

    /// Gives those that are not kept any more.
    fn put(&mut self, path: &OptionPath, known: Known) -> Vec<Known> {
        let mut let_go: Vec<Known> = self.take(path).into_iter().collect();
        self.puts += 1;
        self.definitions += known.cascade.definitions.len();
        self.known.insert(path.clone(), Kept { known, put: self.puts, era: self.era });
        self.order.push_back((self.puts, path.clone()));
        while let_go.len() < MOST_LET_GO
            && let Some((put, path)) = self.order.front()
        {
            let kept = self.known.get(path).filter(|kept| kept.put == *put);
            let goes = |kept: &Kept| self.definitions > MOST_DEFINITIONS || kept.era + MOST_ERAS < self.era;
            if kept.is_some_and(|kept| !goes(kept)) {
                break;
            }
            let is_last = kept.is_some();
            if let Some((_, path)) = self.order.pop_front().filter(|_| is_last) {
                let_go.extend(self.take(&path));
            }
        }
        let_go
    }
}
