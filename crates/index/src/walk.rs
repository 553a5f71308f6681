//! Which files there are.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::index::Failure;

/// What a walk has met, but for the files themselves.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The links inside the root: where each stands, and what it leads to.
    pub(crate) links: BTreeMap<PathBuf, PathBuf>,
    /// What could not be gone into.
    pub(crate) failed: Vec<(PathBuf, Failure)>,
}

/// Calls `found` once for each file under a folder whose name has no links in it.
pub(crate) fn walk(root: &Path, mut found: impl FnMut(PathBuf)) -> Walked {
    let mut walk =
        Walk { root, seen: HashSet::new(), folders: HashSet::new(), behind: Vec::new(), walked: Walked::default() };
    walk.folder(root, &mut found);
    // What links lead to has mostly been met under its own name.
    while let Some(next) = walk.behind.pop() {
        if next.is_dir() {
            if !walk.folders.contains(&next) {
                walk.folder(&next, &mut found);
            }
        } else if !walk.seen.contains(&next) {
            walk.seen.insert(next.clone());
            found(next);
        }
    }
    walk.walked
}

struct Walk<'a> {
    root: &'a Path,
    seen: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
    /// Where links lead to.
    behind: Vec<PathBuf>,
    walked: Walked,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, found: &mut impl FnMut(PathBuf)) {
        // Ignore files above the folder count as far as its repository goes; without one, they are somebody else's.
        let in_repository = folder.ancestors().any(|folder| folder.join(".git").exists());
        let walker = WalkBuilder::new(folder)
            .hidden(false)
            .parents(in_repository)
            .require_git(false)
            .git_global(false)
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != OsStr::new(".git"))
            .build();
        for entry in walker {
            match entry {
                Ok(entry) => self.entry(entry, found),
                Err(error) => {
                    let path = path_of(&error).unwrap_or(folder).to_path_buf();
                    self.walked.failed.push((path, Failure::Unreadable(error.to_string())));
                }
            }
        }
    }

    fn entry(&mut self, entry: DirEntry, found: &mut impl FnMut(PathBuf)) {
        let is_nix = entry.path().extension() == Some(OsStr::new("nix"));
        if let Some(error) = entry.error() {
            let path = path_of(error).unwrap_or(entry.path()).to_path_buf();
            self.walked.failed.push((path, Failure::Unreadable(error.to_string())));
        }
        match entry.file_type() {
            Some(kind) if kind.is_dir() => {
                self.folders.insert(entry.into_path());
            }
            Some(kind) if kind.is_symlink() => self.link(entry.into_path(), is_nix),
            Some(kind) if kind.is_file() && is_nix => {
                let path = entry.into_path();
                if self.seen.insert(path.clone()) {
                    found(path);
                }
            }
            _ if is_nix => self.walked.failed.push((entry.into_path(), Failure::NoFile)),
            _ => {}
        }
    }

    fn link(&mut self, path: PathBuf, is_nix: bool) {
        match path.canonicalize() {
            Ok(to) if to.starts_with(self.root) => {
                let git =
                    to.strip_prefix(self.root).is_ok_and(|to| to.components().any(|part| part.as_os_str() == ".git"));
                // `a.nix` may be a link to what has another name; other files are of no interest.
                if !git && (is_nix || to.is_dir()) {
                    self.behind.push(to.clone());
                    self.walked.links.insert(path, to);
                }
            }
            Ok(to) if is_nix || to.is_dir() => self.walked.failed.push((path, Failure::Outside(to))),
            Err(error) if is_nix => self.walked.failed.push((path, Failure::Unreadable(error.to_string()))),
            _ => {}
        }
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}
