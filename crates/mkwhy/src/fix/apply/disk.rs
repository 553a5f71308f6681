//! The few operations that change something on disk. Each asks a watcher first: tests let a process die there, or the
//! disk be full.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::Path;

/// What is about to happen to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    CreateFolder,
    CreateFile,
    Write,
    Owner,
    Mode,
    Sync,
    SyncFolder,
    Rename,
    RemoveFile,
    RemoveFolder,
}

/// Who may stop an operation before it happens. `Rename` names the path that something is renamed to.
pub(super) type Watcher<'a> = dyn FnMut(Operation, &Path) -> io::Result<()> + 'a;

/// Nobody.
pub(super) fn unwatched() -> impl FnMut(Operation, &Path) -> io::Result<()> {
    |_, _| Ok(())
}

/// The disk.
pub(super) struct Disk<'a> {
    watcher: &'a mut Watcher<'a>,
}

/// Whose a file is, and what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rights {
    /// The permission bits; `None` for those that a new file gets.
    pub(super) mode: Option<u32>,
    /// User and group; `None` for those of the process.
    pub(super) owner: Option<(u32, u32)>,
}

impl Rights {
    /// Those of a file that there is.
    pub(super) fn of(file: &fs::Metadata) -> Self {
        Self { mode: Some(file.mode() & 0o7777), owner: Some((file.uid(), file.gid())) }
    }

    /// Those of a new file in a folder. What the administrator puts into somebody's folder is theirs.
    pub(super) fn new_in(folder: &fs::Metadata) -> Self {
        let owner = rustix::process::geteuid().is_root().then(|| (folder.uid(), folder.gid()));
        Self { mode: None, owner }
    }

    /// What mkwhy keeps for itself in a folder: it holds the texts of files that may be secret.
    pub(super) fn private_in(folder: &fs::Metadata) -> Self {
        Self { mode: Some(0o600), ..Self::new_in(folder) }
    }
}

impl<'a> Disk<'a> {
    pub(super) fn new(watcher: &'a mut Watcher<'a>) -> Self {
        Self { watcher }
    }

    /// Says what is about to happen, for what is not done here.
    pub(super) fn about(&mut self, operation: Operation, path: &Path) -> io::Result<()> {
        (self.watcher)(operation, path)
    }

    pub(super) fn create_folder(&mut self, path: &Path, rights: Rights) -> io::Result<()> {
        (self.watcher)(Operation::CreateFolder, path)?;
        fs::create_dir(path)?;
        let now = fs::symlink_metadata(path)?;
        if let Some((user, group)) = rights.owner.filter(|owner| *owner != (now.uid(), now.gid())) {
            (self.watcher)(Operation::Owner, path)?;
            std::os::unix::fs::chown(path, Some(user), Some(group))?;
        }
        if let Some(mode) = rights.mode {
            (self.watcher)(Operation::Mode, path)?;
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(())
    }

    /// Writes a new file, down to the disk.
    pub(super) fn create(&mut self, path: &Path, text: &str, rights: Rights) -> io::Result<()> {
        (self.watcher)(Operation::CreateFile, path)?;
        // Nobody else reads it before it has the rights that it is to have.
        let mode = if rights.mode.is_some() { 0o600 } else { 0o666 };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        let (first, second) = text.as_bytes().split_at(text.len() / 2);
        for part in [first, second] {
            (self.watcher)(Operation::Write, path)?;
            file.write_all(part)?;
        }
        let now = file.metadata()?;
        if let Some((user, group)) = rights.owner.filter(|owner| *owner != (now.uid(), now.gid())) {
            (self.watcher)(Operation::Owner, path)?;
            fchown(&file, Some(user), Some(group))?;
        }
        if let Some(mode) = rights.mode {
            (self.watcher)(Operation::Mode, path)?;
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        (self.watcher)(Operation::Sync, path)?;
        file.sync_all()
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        (self.watcher)(Operation::Rename, to)?;
        fs::rename(from, to)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        if !exists(path)? {
            return Ok(());
        }
        (self.watcher)(Operation::RemoveFile, path)?;
        fs::remove_file(path)
    }

    /// Removes a folder, if it is there and nothing is in it.
    pub(super) fn remove_folder(&mut self, path: &Path) -> io::Result<()> {
        if !path.is_dir() {
            return Ok(());
        }
        (self.watcher)(Operation::RemoveFolder, path)?;
        match fs::remove_dir(path) {
            Err(wrong) if wrong.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            done => done,
        }
    }

    /// Sees to it that the names in a folder are on the disk.
    pub(super) fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
        (self.watcher)(Operation::SyncFolder, path)?;
        match File::open(path)?.sync_all() {
            // Some file systems keep the names of folders in order by themselves, and cannot be asked to.
            Err(wrong) if matches!(wrong.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            done => done,
        }
    }
}

/// Whether there is anything of that name, be it a link that leads nowhere.
pub(super) fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(wrong) => Err(wrong),
    }
}

/// What a file holds; `None` where there is none.
pub(super) fn contents(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(wrong) => Err(wrong),
    }
}
