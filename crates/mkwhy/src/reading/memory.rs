//! What was read before, so that an edit costs what it changes: the definitions that other files have are still the same.
//!
//! Everything here is known by the file that it was read from, which never changes: an edit puts another in its place.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mkwhy_index::File;
use mkwhy_model::Value;
use mkwhy_syntax::Source;

use super::Reading;

/// So many values are kept.
const MOST_VALUES: usize = 50_000;

/// So many files are kept parsed.
const MOST_PARSED: usize = 48;

#[derive(Debug, Default)]
pub(super) struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    values: HashMap<String, (Arc<File>, Values)>,
    number_of_values: usize,
    /// The one that was wanted last is the last.
    parsed: Vec<(String, Arc<Source>)>,
}

/// The values that are written out in one file, `None` where what is written is no value.
type Values = HashMap<Range<usize>, Option<Value>>;

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    /// The value that is written out in a range of a file.
    pub(crate) fn literal(&self, name: &str, range: &Range<usize>) -> Option<Value> {
        let file = self.index.file(&self.root.join(name))?;
        let mut inner = self.memory.inner();
        if inner.number_of_values > MOST_VALUES {
            inner.values.clear();
            inner.number_of_values = 0;
        }
        if let Some((known, values)) = inner.values.get(name)
            && Arc::ptr_eq(known, &file)
            && let Some(value) = values.get(range)
        {
            return value.clone();
        }
        let value = file.summary.text().get(range.clone()).and_then(mkwhy_syntax::literal);
        inner.number_of_values += 1;
        let (known, values) = inner.values.entry(name.to_owned()).or_insert_with(|| (file.clone(), Values::new()));
        let mut forgotten = 0;
        if !Arc::ptr_eq(known, &file) {
            forgotten = values.len();
            values.clear();
            *known = file;
        }
        values.insert(range.clone(), value.clone());
        inner.number_of_values -= forgotten;
        value
    }

    /// A file of the index, parsed.
    pub(crate) fn parsed(&self, name: &str) -> Option<Arc<Source>> {
        let file = self.index.file(&self.root.join(name))?;
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
