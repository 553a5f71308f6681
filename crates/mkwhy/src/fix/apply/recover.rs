//! Finishing and undoing what a journal speaks of. Both can be interrupted at any step and begun again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Recovered;
use super::desk::{Desk, Phase};
use super::disk::{Rights, contents, exists};
use super::journal::{Entry, Journal};
use crate::error::{Error, ErrorKind};

/// Finishes or undoes what the last process left.
///
/// # Errors
/// If that cannot be done; the journal stays.
pub(super) fn recover(desk: &mut Desk<'_, '_>) -> Result<Recovered, Error> {
    let Some((phase, journal)) = desk.journal()? else { return Ok(Recovered::default()) };
    match phase {
        Phase::Prepared | Phase::Undone => undo(desk, phase, &journal),
        Phase::Committed => {
            let states: Vec<State> =
                journal.files.iter().map(|entry| State::of(entry, &desk.root)).collect::<Result<_, _>>()?;
            // Renaming consumes the waiting text: without any, everything was in its place once, and what is otherwise
            // now is as somebody wants it.
            if states.iter().all(|state| !state.waits) {
                settled(desk, &journal)?;
                let (finished, left): (Vec<_>, Vec<_>) =
                    journal.files.iter().zip(&states).partition(|(_, state)| state.is_after);
                let names =
                    |entries: Vec<(&Entry, &State)>| entries.into_iter().map(|(entry, _)| entry.name.clone()).collect();
                return Ok(Recovered { finished: names(finished), left: names(left), ..Recovered::default() });
            }
            let finishable = |state: &State| if state.waits { state.is_before } else { state.is_after };
            if states.iter().all(finishable) {
                put_in_place(desk, &journal)?;
                settled(desk, &journal)?;
                return Ok(Recovered { finished: journal.names(), ..Recovered::default() });
            }
            // Somebody has edited one of the files: a new text would destroy that, so the others go back.
            desk.turn(Phase::Committed, Phase::Undone).map_err(|wrong| cannot(&wrong))?;
            undo(desk, Phase::Undone, &journal)
        }
    }
}

/// What became of a file of a committed journal.
struct State {
    is_before: bool,
    is_after: bool,
    /// Whether its new text is still beside it.
    waits: bool,
}

impl State {
    fn of(entry: &Entry, root: &Path) -> Result<Self, Error> {
        let now = contents(&entry.file(root)).map_err(|wrong| entry.cannot("be read", &wrong))?;
        let waits = exists(&entry.temporary(root)).map_err(|wrong| entry.cannot("be read", &wrong))?;
        let is = |text: Option<&str>| now.as_deref() == text.map(str::as_bytes);
        Ok(Self { is_before: is(entry.before.as_deref()), is_after: is(Some(&entry.after)), waits })
    }
}

/// Renames every text that still waits.
pub(super) fn put_in_place(desk: &mut Desk<'_, '_>, journal: &Journal) -> Result<(), Error> {
    for entry in &journal.files {
        let temporary = entry.temporary(&desk.root);
        let cannot = |wrong: io::Error| entry.cannot("be written", &wrong);
        if exists(&temporary).map_err(cannot)? {
            desk.disk.rename(&temporary, &entry.file(&desk.root)).map_err(cannot)?;
        }
    }
    Ok(())
}

/// Sees to it that what was renamed is on the disk.
pub(super) fn settle(desk: &mut Desk<'_, '_>, journal: &Journal) -> io::Result<()> {
    folders(journal, &desk.root).iter().try_for_each(|folder| desk.disk.sync_folder(folder))
}

fn settled(desk: &mut Desk<'_, '_>, journal: &Journal) -> Result<(), Error> {
    settle(desk, journal).and_then(|()| desk.end(Phase::Committed)).map_err(|wrong| cannot(&wrong))
}

/// Puts everything back. Of a change that was only prepared, nothing is in its place yet.
pub(super) fn undo(desk: &mut Desk<'_, '_>, phase: Phase, journal: &Journal) -> Result<Recovered, Error> {
    let root = desk.root.clone();
    let mut recovered = Recovered::default();
    for entry in &journal.files {
        let cannot = |wrong: io::Error| entry.cannot("be put back", &wrong);
        if phase == Phase::Undone {
            put_back(desk, entry).map_err(cannot)?;
        }
        let now = contents(&entry.file(&root)).map_err(cannot)?;
        let as_before = now.as_deref() == entry.before.as_deref().map(str::as_bytes);
        let list = if as_before { &mut recovered.rolled_back } else { &mut recovered.left };
        list.push(entry.name.clone());
    }
    // Last of all, because they tell what was not in its place yet.
    for entry in &journal.files {
        for beside in [entry.temporary(&root), entry.put_back(&root)] {
            desk.disk.remove(&beside).map_err(|wrong| entry.cannot("be put back", &wrong))?;
        }
    }
    for folder in journal.folders.iter().rev() {
        desk.disk.remove_folder(&root.join(folder)).map_err(|wrong| cannot(&wrong))?;
    }
    settle(desk, journal).and_then(|()| desk.end(phase)).map_err(|wrong| cannot(&wrong))?;
    Ok(recovered)
}

/// Gives a file its old text back, if it has the new one.
fn put_back(desk: &mut Desk<'_, '_>, entry: &Entry) -> io::Result<()> {
    let file = entry.file(&desk.root);
    if contents(&file)?.as_deref() != Some(entry.after.as_bytes()) {
        return Ok(());
    }
    let Some(before) = &entry.before else { return desk.disk.remove(&file) };
    let rights = Rights::of(&fs::metadata(&file)?);
    let beside = entry.put_back(&desk.root);
    desk.disk.remove(&beside)?;
    desk.disk.create(&beside, before, rights)?;
    desk.disk.rename(&beside, &file)
}

/// The folders that the files lie in, as far as they are there.
pub(super) fn folders(journal: &Journal, root: &Path) -> BTreeSet<PathBuf> {
    let made = journal.folders.iter().filter_map(|folder| root.join(folder).parent().map(Path::to_owned));
    let files = journal.files.iter().filter_map(|entry| entry.file(root).parent().map(Path::to_owned));
    files.chain(made).filter(|folder| folder.is_dir()).collect()
}

fn cannot(wrong: &io::Error) -> Error {
    Error::new(ErrorKind::Writing, format!("what an earlier mkwhy was writing cannot be finished: {wrong}"))
}
