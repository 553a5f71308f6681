//! Which files import which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mkwhy_syntax::summary::Import;

use crate::file::{File, Link, Resolved, Role, path_hash};
use crate::hash;
use crate::index::{Index, lock};

impl Index {
    /// The imports of a file, each with the files of the index that it names or may name. None for modules in place,
    /// for what is computed, and for what is not in the index.
    pub fn imports_of(&self, path: &Path) -> Vec<(Import, Vec<PathBuf>)> {
        let Some(file) = self.file(path) else { return Vec::new() };
        let targets = |link: &Link| self.targets(link).iter().map(|file| file.path.to_path_buf()).collect();
        file.summary.imports.iter().cloned().zip(file.links.iter().map(targets)).collect()
    }

    /// The files with an import that names a file or may name it, in order.
    pub fn importers_of(&self, path: &Path) -> Vec<Arc<File>> {
        let path = self.name(path);
        let mut names = self.other_names(&path);
        names.push(path.clone());
        if path.ends_with("default.nix") {
            let folders: Vec<_> = names.iter().filter_map(|name| name.parent()).map(Path::to_path_buf).collect();
            // A folder may have a link's name of its own.
            names.extend(path.parent().into_iter().flat_map(|folder| self.other_names(folder)));
            names.extend(folders);
        }
        let mut ids = Vec::new();
        for name in &names {
            self.table.collect(Role::Imports.key(path_hash(name)), &mut ids);
        }
        self.table.collect(Role::Patterns.key(hash::ROOT), &mut ids);
        let mut files = self.by_ids(ids);
        files
            .retain(|file| file.links.iter().any(|link| self.targets(link).iter().any(|target| *target.path == *path)));
        files
    }

    /// The numbers of the files that each import of a file names, or may name.
    pub(crate) fn resolved(&self, file: &File) -> Resolved {
        let file_set = self.file_set.load(Ordering::Acquire);
        if let Some((of, known)) = &*lock(&file.resolved)
            && *of == file_set
        {
            return known.clone();
        }
        let numbers = |link| self.targets(link).iter().map(|target| target.id).collect();
        let resolved = Resolved::new(file.links.iter().map(numbers));
        *lock(&file.resolved) = Some((file_set, resolved.clone()));
        resolved
    }

    /// The files that an import names, or may name.
    pub(crate) fn targets(&self, link: &Link) -> Vec<Arc<File>> {
        match link {
            Link::File(path) => self.module_at(path).into_iter().collect(),
            Link::Pattern(pattern) => self.fitting(pattern),
            Link::None => Vec::new(),
        }
    }

    /// The file that importing a path reads: of a folder its `default.nix`.
    pub(crate) fn module_at(&self, path: &Path) -> Option<Arc<File>> {
        let at = |path: &Path| self.known(path).or_else(|| self.known(&path.join("default.nix")));
        at(path).or_else(|| {
            let name = self.name(path);
            (name != path).then(|| at(&name)).flatten()
        })
    }

    /// The files that fit a pattern. What is computed is mostly one name; only where that fits nothing, a longer path.
    fn fitting(&self, pattern: &str) -> Vec<Arc<File>> {
        let start = pattern.split('*').next().unwrap_or_default();
        let mut near = BTreeSet::new();
        let mut far = BTreeSet::new();
        for file in self.below(start) {
            let Some(name) = file.to_str() else { continue };
            for name in [Some(name), name.strip_suffix("/default.nix")].into_iter().flatten() {
                if fits(name.as_bytes(), pattern.as_bytes(), false) {
                    near.insert(file.clone());
                } else if fits(name.as_bytes(), pattern.as_bytes(), true) {
                    far.insert(file.clone());
                }
            }
        }
        let found = if near.is_empty() { far } else { near };
        found.iter().filter_map(|path| self.known(path)).collect()
    }
}

/// Whether a name fits a pattern whose `*` stand for anything, also for several names if `deep`.
pub(crate) fn fits(name: &[u8], pattern: &[u8], deep: bool) -> bool {
    // The place after the last `*`, and how much of the name it has taken.
    let mut back: Option<(usize, usize)> = None;
    let (mut at, mut of) = (0, 0);
    loop {
        match (name.get(at), pattern.get(of)) {
            (None, None) => return true,
            (_, Some(b'*')) => {
                of += 1;
                back = Some((of, at));
            }
            (Some(byte), Some(wanted)) if byte == wanted => {
                at += 1;
                of += 1;
            }
            _ => {
                // The last `*` takes one more. An earlier one need not: whatever it left, this one can take as well,
                // unless names may not be passed; those that are written out are then found again at their own `/`.
                let Some((after, taken)) = back else { return false };
                match name.get(taken) {
                    Some(b'/') if !deep => return false,
                    Some(_) => {
                        at = taken + 1;
                        of = after;
                        back = Some((after, at));
                    }
                    None => return false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fit = |name: &str, pattern: &str| {
            (fits(name.as_bytes(), pattern.as_bytes(), false), fits(name.as_bytes(), pattern.as_bytes(), true))
        };
        assert_eq!(fit("/h/a/c.nix", "/h/*/c.nix"), (true, true));
        assert_eq!(fit("/h/a/b/c.nix", "/h/*/c.nix"), (false, true));
        assert_eq!(fit("/h/a.nix", "/h/*.nix"), (true, true));
        assert_eq!(fit("/h/a.nix.nix", "/h/*.nix"), (true, true));
        assert_eq!(fit("/h/a-b/a-b.nix", "/h/*/*.nix"), (true, true));
        assert_eq!(fit("/h/a", "/h/*/c.nix"), (false, false));
        assert_eq!(fit("/h/", "/h/*"), (true, true));
    }
}
