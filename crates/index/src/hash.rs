//! Hashes of paths. They only narrow a search down: everything found by one is compared in full.

use std::hash::{BuildHasherDefault, Hasher};

/// A hasher for keys that nobody chooses to do harm: one multiplication for eight bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quick(u64);

pub(crate) type BuildQuick = BuildHasherDefault<Quick>;

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Quick {
    /// Goes on from a hash.
    pub(crate) fn from(hash: u64) -> Self {
        Self(hash)
    }

    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(FACTOR);
        mixed ^ (mixed >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ ((bytes.len() as u64) << 56));
    }

    fn write_u8(&mut self, number: u8) {
        self.add(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }
}

/// The hash of the path without names.
pub(crate) const ROOT: u64 = 0x6d6b_7768_7921;

/// The hash of a path with one more name.
pub(crate) fn child(path: u64, name: &str) -> u64 {
    let mut hasher = Quick::from(path);
    hasher.write(name.as_bytes());
    hasher.finish()
}
