//! The table from hashed keys to the files that have them.

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::hash::BuildQuick;

/// What the number of a file is filed under.
#[derive(Debug, Default)]
pub(crate) struct Table {
    ids: DashMap<u64, Ids, BuildQuick>,
}

/// Most keys belong to one file.
#[derive(Debug, PartialEq, Eq)]
enum Ids {
    One(u32),
    Many(Vec<u32>),
}

impl Table {
    /// Puts a file under a key, under which it is not yet.
    pub(crate) fn insert(&self, key: u64, id: u32) {
        match self.ids.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(Ids::One(id));
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Ids::Many(ids) => ids.push(id),
                Ids::One(one) => {
                    let one = *one;
                    entry.insert(Ids::Many(vec![one, id]));
                }
            },
        }
    }

    /// Takes a file away from under a key.
    pub(crate) fn remove(&self, key: u64, id: u32) {
        let Entry::Occupied(mut entry) = self.ids.entry(key) else { return };
        match entry.get_mut() {
            Ids::One(one) if *one == id => {
                entry.remove();
            }
            Ids::One(_) => {}
            Ids::Many(ids) => {
                if let Some(at) = ids.iter().position(|known| *known == id) {
                    ids.swap_remove(at);
                }
                if let [last] = **ids {
                    entry.insert(Ids::One(last));
                }
            }
        }
    }

    /// The files under a key, added to a list.
    pub(crate) fn collect(&self, key: u64, found: &mut Vec<u32>) {
        match self.ids.get(&key).as_deref() {
            Some(Ids::One(id)) => found.push(*id),
            Some(Ids::Many(ids)) => found.extend_from_slice(ids),
            None => {}
        }
    }

    /// How many keys there are, and how many files under them.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        let count = |ids: &Ids| match ids {
            Ids::One(_) => 1,
            Ids::Many(ids) => ids.len(),
        };
        (self.ids.len(), self.ids.iter().map(|entry| count(&entry)).sum())
    }
}
