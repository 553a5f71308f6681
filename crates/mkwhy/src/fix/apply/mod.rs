//! Writing a change: all of it or nothing.
//!
//! 1. Everything is looked at (`plan`): nothing has changed since it was read, nothing lies elsewhere or is read-only.
//! 2. A journal with the old and the new texts is laid down (`desk`, `journal`): *prepared*.
//! 3. The new texts are written beside their files, each down to the disk, with the rights of the old ones.
//! 4. The journal becomes *committed*. From here on a process that dies leaves something that the next one finishes.
//! 5. Each new text is renamed into its place. Where that fails the journal becomes *undone*, and what was renamed gets
//!    its old text back.
//! 6. The journal goes.
//!
//! `recover` is what the next process makes of a journal that it finds.

mod desk;
mod disk;
mod journal;
mod plan;
mod recover;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use mkwhy_model::Change;

use self::desk::{Desk, Phase};
use self::disk::{Disk, unwatched};
use self::journal::Journal;
use self::plan::{Plan, holds, inside};
use crate::error::{Error, ErrorKind};
use crate::workspace::Workspace;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The files, as positions name them.
    pub files: Vec<String>,
    /// Those of them that are new.
    pub created: Vec<String>,
    /// Those of the new ones that a flake in a Git repository does not see until `git add` was told of them.
    pub to_add: Vec<String>,
}

/// What an earlier run left half done, and what was made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The files that are as before it.
    pub rolled_back: Vec<String>,
    /// The files that are as it meant.
    pub finished: Vec<String>,
    /// The files that somebody has written to since; they are as that left them.
    pub left: Vec<String>,
}

impl Recovered {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.rolled_back.is_empty() && self.finished.is_empty() && self.left.is_empty()
    }
}

impl Workspace {
    /// Writes a change: all of it, or nothing. A process that is killed meanwhile leaves what [`Workspace::recover`]
    /// finishes or undoes.
    ///
    /// Files are written where links lead, as long as that is inside of the root; they keep their rights and their
    /// owner. New folders are made.
    ///
    /// # Errors
    /// If a file is no longer what the change speaks of, lies outside of the root or in a Nix store, or cannot be
    /// written; then nothing is.
    pub fn apply(&self, change: &Change) -> Result<Applied, Error> {
        let mut watcher = unwatched();
        let applied = write(self.root(), &stores(), change, &mut Disk::new(&mut watcher))?;
        Ok(Applied { to_add: self.files_to_add(change), ..applied })
    }

    /// Finishes or undoes what a run left that was killed while it wrote. What somebody has edited since stays as it is.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn recover(&self) -> Result<Recovered, Error> {
        let mut watcher = unwatched();
        recover(self.root(), &mut Disk::new(&mut watcher))
    }
}

/// Where nothing is ever written.
fn stores() -> Vec<PathBuf> {
    let own = std::env::var_os("NIX_STORE_DIR").map(PathBuf::from);
    let stores = own.into_iter().chain([PathBuf::from("/nix/store")]);
    stores.map(|store| store.canonicalize().unwrap_or(store)).collect()
}

fn recover(root: &Path, disk: &mut Disk<'_>) -> Result<Recovered, Error> {
    if !Desk::is_there(root) {
        return Ok(Recovered::default());
    }
    let mut desk = Desk::take(root, disk)?;
    let recovered = recover::recover(&mut desk);
    desk.leave();
    recovered
}

fn write(root: &Path, stores: &[PathBuf], change: &Change, disk: &mut Disk<'_>) -> Result<Applied, Error> {
    if change.is_empty() {
        return Ok(Applied::default());
    }
    let root = root
        .canonicalize()
        .map_err(|wrong| Error::new(ErrorKind::Writing, format!("{} cannot be written to: {wrong}", root.display())))?;
    if let Some(store) = stores.iter().find(|store| root.starts_with(store)) {
        let message = format!("{} lies in the Nix store ({})", root.display(), store.display());
        return Err(Error::new(ErrorKind::Writing, message).with_help("go to the files that it was made from"));
    }
    recover(&root, disk)?;
    // What is refused is refused before there is any trace of it.
    Plan::of(&root, stores, change)?;
    let mut desk = Desk::take(&root, disk)?;
    let written = recover::recover(&mut desk).and_then(|_| {
        let plan = Plan::of(&root, stores, change)?;
        put(&mut desk, &plan)?;
        Ok(plan)
    });
    desk.leave();
    written.map(|plan| applied(&plan))
}

fn put(desk: &mut Desk<'_, '_>, plan: &Plan) -> Result<(), Error> {
    if let Err(wrong) = prepare(desk, plan) {
        return Err(helped(
            wrong,
            match take_back(desk, &plan.journal) {
                Ok(()) => "nothing was written",
                Err(()) => "no file was changed; what was laid down beside them goes with the next run",
            },
        ));
    }
    if let Err(wrong) = recover::put_in_place(desk, &plan.journal) {
        return Err(helped(
            wrong,
            match take_back(desk, &plan.journal) {
                Ok(()) => "every file is as before",
                Err(()) => "not every file could be put back; the next run finishes it or puts them back",
            },
        ));
    }
    recover::settle(desk, &plan.journal).map_err(|wrong| {
        Error::new(ErrorKind::Writing, format!("everything is written, but may not be on the disk yet: {wrong}"))
            .with_help("the next run makes sure of it")
    })?;
    // If it stays, the next run finds that everything is done.
    let _ = desk.end(Phase::Committed);
    Ok(())
}

/// Undoes what was begun, from wherever it got to.
fn take_back(desk: &mut Desk<'_, '_>, journal: &Journal) -> Result<(), ()> {
    let phase = match desk.journal().map_err(drop)? {
        None | Some((Phase::Prepared, _)) => Phase::Prepared,
        Some((Phase::Undone, _)) => Phase::Undone,
        Some((Phase::Committed, _)) => {
            desk.turn(Phase::Committed, Phase::Undone).map_err(drop)?;
            Phase::Undone
        }
    };
    recover::undo(desk, phase, journal).map(drop).map_err(drop)
}

fn helped(wrong: Error, help: &str) -> Error {
    if wrong.help().is_some() { wrong } else { wrong.with_help(help) }
}

/// Up to the point from which on it is to be finished.
fn prepare(desk: &mut Desk<'_, '_>, plan: &Plan) -> Result<(), Error> {
    let root = desk.root.clone();
    let journal = &plan.journal;
    let no_journal =
        |wrong: io::Error| Error::new(ErrorKind::Writing, format!("the journal cannot be written: {wrong}"));
    desk.begin(journal).map_err(no_journal)?;
    for folder in &journal.folders {
        let path = inside(&root, folder)?;
        let cannot = |wrong: io::Error| plan::cannot(folder, "be made", &wrong);
        let above = path.parent().unwrap_or(&root);
        let rights = above.metadata().map(|above| disk::Rights::new_in(&above)).map_err(cannot)?;
        desk.disk.create_folder(&path, rights).map_err(cannot)?;
        desk.disk.sync_folder(above).map_err(cannot)?;
    }
    for (entry, rights) in journal.files.iter().zip(&plan.rights) {
        let done = desk.disk.create(&entry.temporary(&root), &entry.after, *rights);
        done.map_err(|wrong| entry.cannot("be written", &wrong))?;
    }
    for folder in recover::folders(journal, &root) {
        desk.disk.sync_folder(&folder).map_err(no_journal)?;
    }
    // Writing took a while; somebody may have saved meanwhile.
    for entry in &journal.files {
        holds(&entry.file(&root), &entry.name, entry.before.as_deref())?;
    }
    desk.turn(Phase::Prepared, Phase::Committed).map_err(no_journal)
}

fn applied(plan: &Plan) -> Applied {
    let files = &plan.journal.files;
    let created: Vec<String> =
        files.iter().filter(|entry| entry.before.is_none()).map(|entry| entry.name.clone()).collect();
    Applied { files: plan.journal.names(), created, to_add: Vec::new() }
}
