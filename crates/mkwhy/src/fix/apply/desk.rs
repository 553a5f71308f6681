//! The folder in which a journal lies while something is written, held by one process at a time.
//!
//! It lies in the root and not in Git's folder: that may be read-only, may be shared by several worktrees, and is not
//! there at all without Git. A `.gitignore` of its own keeps it from being content. It is there only while something is
//! written, or after a process was killed meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::disk::{Disk, Operation, Rights, contents, exists};
use super::journal::Journal;
use crate::error::{Error, ErrorKind};

/// The name of the folder.
pub(super) const FOLDER: &str = ".mkwhy-writing";

/// How long another process may take before this one gives up: writing takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

const LOCK: &str = "lock";
const IGNORE: &str = ".gitignore";
/// A journal that is not whole yet.
const UNFINISHED: &str = "journal.new";

/// What is to be made of a journal; the name of its file says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// New texts are laid beside the files. Nothing has happened yet.
    Prepared,
    /// All of them are there: it is to be finished.
    Committed,
    /// It is to be undone.
    Undone,
}

impl Phase {
    const ALL: [Self; 3] = [Self::Prepared, Self::Committed, Self::Undone];

    fn file(self) -> &'static str {
        match self {
            Self::Prepared => "prepared.json",
            Self::Committed => "committed.json",
            Self::Undone => "undone.json",
        }
    }
}

/// The folder, held.
pub(super) struct Desk<'d, 'w> {
    pub(super) root: PathBuf,
    folder: PathBuf,
    pub(super) disk: &'d mut Disk<'w>,
    /// Of what lies in it.
    rights: Rights,
    /// Released when it is closed, also when the process dies.
    _lock: File,
}

impl<'d, 'w> Desk<'d, 'w> {
    /// Takes the folder, and makes it where it is not there.
    ///
    /// # Errors
    /// If it cannot be made, or another process keeps it.
    pub(super) fn take(root: &Path, disk: &'d mut Disk<'w>) -> Result<Self, Error> {
        let folder = root.join(FOLDER);
        let wrong = |wrong: &io::Error| {
            Error::new(ErrorKind::Writing, format!("{} cannot be written to: {wrong}", root.display()))
                .with_help("mkwhy keeps a journal there while it writes")
        };
        let rights = fs::metadata(root).map(|root| Rights::private_in(&root)).map_err(|error| wrong(&error))?;
        let end = Instant::now() + PATIENCE;
        loop {
            let locked = match lock(&folder, rights, disk) {
                Ok(locked) => locked,
                Err(error) => {
                    let _ = disk.remove_folder(&folder);
                    return Err(wrong(&error));
                }
            };
            if let Some(lock) = locked {
                let mut desk = Self { root: root.to_owned(), folder, disk, rights, _lock: lock };
                return match desk.set_up() {
                    Ok(()) => Ok(desk),
                    Err(error) => {
                        desk.leave();
                        Err(wrong(&error))
                    }
                };
            }
            if Instant::now() > end {
                let message = format!("another mkwhy is writing in {}", root.display());
                return Err(Error::new(ErrorKind::Writing, message).with_help("try again when it is done"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether a process wrote here and did not come to its end, or is not there yet.
    pub(super) fn is_there(root: &Path) -> bool {
        exists(&root.join(FOLDER)).unwrap_or(true)
    }

    fn set_up(&mut self) -> io::Result<()> {
        let ignore = self.folder.join(IGNORE);
        if !exists(&ignore)? {
            self.disk.create(&ignore, "*\n", self.rights)?;
        }
        self.disk.remove(&self.folder.join(UNFINISHED))?;
        self.disk.sync_folder(&self.root)
    }

    /// The journal that lies here.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub(super) fn journal(&self) -> Result<Option<(Phase, Journal)>, Error> {
        for phase in Phase::ALL {
            let file = self.folder.join(phase.file());
            let unclear = |why: String| {
                Error::new(ErrorKind::Writing, format!("what an earlier mkwhy was writing is not clear: {why}"))
                    .with_help(format!(
                        "look at it, put right what it names, and remove the folder {}",
                        self.folder.display()
                    ))
            };
            match contents(&file) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let journal = Journal::read(&self.root, &text);
                    let journal = journal.ok_or_else(|| unclear(format!("{} is no journal", file.display())))?;
                    return Ok(Some((phase, journal)));
                }
                Err(wrong) => return Err(unclear(format!("{}: {wrong}", file.display()))),
            }
        }
        Ok(None)
    }

    /// Lays down a journal, down to the disk.
    pub(super) fn begin(&mut self, journal: &Journal) -> io::Result<()> {
        let unfinished = self.folder.join(UNFINISHED);
        self.disk.create(&unfinished, &journal.text(), self.rights)?;
        self.disk.rename(&unfinished, &self.folder.join(Phase::Prepared.file()))?;
        self.disk.sync_folder(&self.folder)
    }

    /// Decides what becomes of the journal.
    pub(super) fn turn(&mut self, from: Phase, to: Phase) -> io::Result<()> {
        self.disk.rename(&self.folder.join(from.file()), &self.folder.join(to.file()))?;
        self.disk.sync_folder(&self.folder)
    }

    /// Takes the journal away: there is nothing more to do.
    pub(super) fn end(&mut self, phase: Phase) -> io::Result<()> {
        self.disk.remove(&self.folder.join(phase.file()))?;
        self.disk.sync_folder(&self.folder)
    }

    /// Gives the folder back, and removes it where no journal lies in it. What is left over then is removed by the next
    /// one.
    pub(super) fn leave(self) {
        if !matches!(self.journal(), Ok(None)) {
            return;
        }
        for name in [UNFINISHED, IGNORE, LOCK] {
            if self.disk.remove(&self.folder.join(name)).is_err() {
                return;
            }
        }
        let _ = self.disk.remove_folder(&self.folder);
    }
}

/// Tries to take the folder. `None` where another process has it, or is just giving it back.
fn lock(folder: &Path, rights: Rights, disk: &mut Disk<'_>) -> io::Result<Option<File>> {
    if !exists(folder)? {
        match disk.create_folder(folder, Rights { mode: Some(0o700), ..rights }) {
            Err(wrong) if wrong.kind() != io::ErrorKind::AlreadyExists => return Err(wrong),
            _ => {}
        }
    }
    match fs::symlink_metadata(folder) {
        Ok(found) if !found.is_dir() => return Err(io::Error::other(format!("{} is no folder", folder.display()))),
        Ok(_) => {}
        Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(wrong) => return Err(wrong),
    }
    let path = folder.join(LOCK);
    disk.about(Operation::CreateFile, &path)?;
    let no_link = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_link)
        .open(&path);
    let file = match opened {
        Ok(file) => file,
        Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(wrong) => return Err(wrong),
    };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
        Err(wrong) => return Err(wrong.into()),
    }
    // Whoever had it may have removed it before giving it back: then it is nobody's.
    let same =
        |there: &fs::Metadata| file.metadata().is_ok_and(|own| (own.dev(), own.ino()) == (there.dev(), there.ino()));
    Ok(fs::symlink_metadata(&path).is_ok_and(|there| same(&there)).then_some(file))
}
