//! Where the files of a change really are, and whether they can be written.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use mkwhy_model::{Change, FileChange, Position};
use rustix::fs::Access;

use super::desk::FOLDER;
use super::disk::{Rights, contents, exists};
use super::journal::{Entry, Journal, put_back_name, temporary_name};
use crate::error::{Error, ErrorKind};

/// What is to be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) journal: Journal,
    /// Of each file of the journal.
    pub(super) rights: Vec<Rights>,
}

impl Plan {
    /// Looks at everything before anything is written.
    ///
    /// # Errors
    /// If a file is not what the change speaks of, if a name leads out of the root or into a store of Nix, or if
    /// something may not be written.
    pub(super) fn of(root: &Path, stores: &[PathBuf], change: &Change) -> Result<Self, Error> {
        let mut plan = Self { journal: Journal::default(), rights: Vec::new() };
        for (name, file) in change.files() {
            let after = file.after();
            if file.before.as_deref() == Some(after.as_str()) {
                continue;
            }
            let (path, rights) = match &file.before {
                Some(_) => existing(root, name)?,
                None => new(root, name, &mut plan.journal.folders)?,
            };
            if let Some(store) = stores.iter().find(|store| path.starts_with(store)) {
                let message = format!("{name} lies in the Nix store ({}), where nothing is changed", store.display());
                return Err(refused(name, message));
            }
            let same = plan.journal.files.iter().find(|other| other.path == relative(root, &path));
            if let Some(same) = same {
                return Err(refused(name, format!("{name} and {} are the same file", same.name)));
            }
            unchanged(&path, name, file)?;
            for beside in [temporary_name(&path), put_back_name(&path)] {
                if exists(&beside).map_err(|wrong| cannot(name, "be written", &wrong))? {
                    let help = format!("remove {} if it is not wanted", beside.display());
                    return Err(refused(name, format!("{} is in the way", beside.display())).with_help(help));
                }
            }
            let before = file.before.as_deref().map(str::to_owned);
            plan.journal.files.push(Entry { name: name.to_owned(), path: relative(root, &path), before, after });
            plan.rights.push(rights);
        }
        Ok(plan)
    }
}

/// A file that there is, with no link left in its path.
fn existing(root: &Path, name: &str) -> Result<(PathBuf, Rights), Error> {
    let path = inside(root, name)?.canonicalize().map_err(|wrong| match wrong.kind() {
        std::io::ErrorKind::NotFound => changed(name, "is gone"),
        _ => cannot(name, "be read", &wrong),
    })?;
    kept_inside(root, name, &path)?;
    let metadata = fs::metadata(&path).map_err(|wrong| cannot(name, "be read", &wrong))?;
    if !metadata.is_file() {
        return Err(refused(name, format!("{name} is no regular file")));
    }
    if !writable(&path, &metadata) {
        let help = format!("make it writable, for instance with `chmod u+w {}`", path.display());
        return Err(refused(name, format!("{name} is read-only")).with_help(help));
    }
    let own = rustix::process::geteuid();
    if !own.is_root() && metadata.uid() != own.as_raw() {
        let message = format!("{name} belongs to another user, and a new text would be yours");
        return Err(refused(name, message).with_help("run mkwhy as its owner"));
    }
    let folder = path.parent().unwrap_or(root);
    writable_folder(name, folder)?;
    Ok((path, Rights::of(&metadata)))
}

/// A file that there is not yet, and the folders that it needs.
fn new(root: &Path, name: &str, folders: &mut Vec<String>) -> Result<(PathBuf, Rights), Error> {
    let path = inside(root, name)?;
    let there = |path: &Path| exists(path).map_err(|wrong| cannot(name, "be created", &wrong));
    if there(&path)? {
        return Err(changed(name, "exists already"));
    }
    let mut missing: Vec<&Path> = Vec::new();
    let mut folder = path.parent().unwrap_or(root);
    while folder != root && !there(folder)? {
        missing.push(folder);
        folder = folder.parent().unwrap_or(root);
    }
    let real = folder.canonicalize().map_err(|wrong| cannot(name, "be created", &wrong))?;
    kept_inside(root, name, &real)?;
    let metadata = fs::metadata(&real).map_err(|wrong| cannot(name, "be created", &wrong))?;
    if !metadata.is_dir() {
        return Err(refused(name, format!("{name} cannot be created: {} is no folder", folder.display())));
    }
    writable_folder(name, &real)?;
    let moved = |path: &Path| real.join(path.strip_prefix(folder).unwrap_or(path));
    for folder in missing.into_iter().rev() {
        let folder = relative(root, &moved(folder));
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Ok((moved(&path), Rights::new_in(&metadata)))
}

/// A file of the workspace by its name.
pub(super) fn inside(root: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = Path::new(name);
    let plain = path.components().all(|component| match component {
        Component::Normal(part) => part != ".git" && part != FOLDER,
        _ => false,
    });
    if !plain || name.is_empty() {
        return Err(refused(name, format!("{name:?} is no file of the workspace")));
    }
    Ok(root.join(path))
}

/// Sees to it that no link led out of the workspace.
fn kept_inside(root: &Path, name: &str, real: &Path) -> Result<(), Error> {
    let own = inside(root, &relative(root, real)).is_ok() || real == root;
    if !real.starts_with(root) || !own {
        let message = format!("{name} leads out of the workspace, to {}", real.display());
        return Err(refused(name, message).with_help("nothing is written through a link that leads elsewhere"));
    }
    Ok(())
}

/// A path from the root.
fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

/// Sees to it that a file holds what the change speaks of.
pub(super) fn unchanged(path: &Path, name: &str, file: &FileChange) -> Result<(), Error> {
    holds(path, name, file.before.as_deref())
}

/// The same for a text.
pub(super) fn holds(path: &Path, name: &str, before: Option<&str>) -> Result<(), Error> {
    let now = contents(path).map_err(|wrong| cannot(name, "be read", &wrong))?;
    match (before, now) {
        (Some(_), None) => Err(changed(name, "is gone")),
        (None, Some(_)) => Err(changed(name, "exists already")),
        (before, now) if before.map(str::as_bytes) == now.as_deref() => Ok(()),
        _ => Err(changed(name, "was changed since it was read")),
    }
}

/// Whether it may be written to. The administrator may everything; what has no such bit is not meant to be changed.
fn writable(path: &Path, metadata: &fs::Metadata) -> bool {
    metadata.mode() & 0o222 != 0 && rustix::fs::access(path, Access::WRITE_OK).is_ok()
}

fn writable_folder(name: &str, folder: &Path) -> Result<(), Error> {
    let metadata = fs::metadata(folder).map_err(|wrong| cannot(name, "be written", &wrong))?;
    if writable(folder, &metadata) {
        return Ok(());
    }
    let message = format!("{name} cannot be written: the folder {} is read-only", folder.display());
    Err(refused(name, message).with_help("make it writable, or work on a copy that is"))
}

pub(super) fn refused(name: &str, message: String) -> Error {
    Error::new(ErrorKind::Writing, message).with_place(Position::of_file(name))
}

fn changed(name: &str, what: &str) -> Error {
    refused(name, format!("{name} {what}; nothing was written")).with_help("ask again: what is there now is looked at")
}

pub(super) fn cannot(name: &str, what: &str, wrong: &std::io::Error) -> Error {
    refused(name, format!("{name} cannot {what}: {wrong}"))
}
