//! Opening, reopening and closing folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mkwhy::{Error, Settings, Target, Workspace};

use crate::folder::Folder;
use crate::settings::ServerSettings;
use crate::state::State;

impl State {
    /// Opens the configuration that a folder belongs to, unless it is open.
    pub(crate) fn open_folder(&mut self, directory: &Path) -> Option<PathBuf> {
        match Workspace::open(directory, settings(&self.settings)) {
            Ok(workspace) => {
                let root = workspace.root().to_owned();
                if !self.folders.contains_key(&root) {
                    let mut folder = Folder::open(workspace);
                    folder.shown = shown(directory, &root);
                    folder.pages = self.pages.clone();
                    if let Some(wanted) = &self.settings.target
                        && let Ok(target) = folder.workspace.target_by_text(Some(wanted))
                    {
                        folder.active = Some(target);
                    }
                    self.folders.insert(root.clone(), folder);
                    self.outdate(&root);
                }
                self.unopened.remove(directory);
                self.named.insert(directory.to_owned(), root.clone());
                Some(root)
            }
            Err(error) => {
                self.unopened.insert(directory.to_owned(), error.to_string());
                None
            }
        }
    }

    /// A folder that the client named is gone from its workspace; the configuration that nobody has open any more.
    pub(crate) fn close_folder(&mut self, directory: &Path) -> Option<Folder> {
        self.unopened.remove(directory);
        let root = self.named.remove(directory)?;
        if self.named.values().any(|other| *other == root) {
            return None;
        }
        // What is under way ends when the folder is dropped.
        self.folders.remove(&root)
    }

    /// Reads a folder's `mkwhy.toml` and what its targets are again. What Nix said stays until it says something else.
    ///
    /// # Errors
    /// If `mkwhy.toml` cannot be understood; then everything stays as it was.
    pub(crate) fn reopen(&mut self, root: &Path) -> Result<(), Error> {
        let workspace = Workspace::open(root, settings(&self.settings))?;
        let targets = workspace.targets_by_text()?;
        if workspace.root() != root {
            // There is no configuration here any more, but one above.
            return Ok(());
        }
        self.outdate(root);
        let Some(folder) = self.folders.get_mut(root) else { return Ok(()) };
        let active = folder.active.as_ref().map(|target| target.name.clone());
        // The text named it, and does not any more. What only Nix can name is believed to be there.
        let has = |targets: &[Target], name: &str| targets.iter().any(|target| target.name == name);
        let gone = |name: &String| has(&folder.targets, name) && !targets.is_empty() && !has(&targets, name);
        let chosen = active.filter(|name| !gone(name)).and_then(|name| workspace.target_by_text(Some(&name)).ok());
        let active = chosen.or_else(|| workspace.target_by_text(None).ok().or_else(|| targets.first().cloned()));
        if active.as_ref().map(|target| &target.name) != folder.active.as_ref().map(|target| &target.name) {
            folder.forget();
        }
        folder.active = active;
        // Where the text names none, those that Nix named are still there.
        if !targets.is_empty() {
            folder.targets = targets;
        }
        folder.workspace = workspace.into();
        folder.epoch += 1;
        folder.changed();
        Ok(())
    }

    /// The settings are others: Nix is run in another way, for another target where one was set. The folders, of which
    /// nothing is known any more.
    pub(crate) fn ask_otherwise(&mut self, other_target: bool) -> Vec<PathBuf> {
        let roots: Vec<PathBuf> = self.folders.keys().cloned().collect();
        for root in &roots {
            let Ok(workspace) = Workspace::open(root, settings(&self.settings)) else { continue };
            self.outdate(root);
            let Some(folder) = self.folders.get_mut(root) else { continue };
            let wanted = self.settings.target.as_deref();
            if other_target && let Ok(target) = workspace.target_by_text(wanted) {
                folder.active = Some(target);
            }
            folder.workspace = workspace.into();
            folder.epoch += 1;
            folder.forget();
        }
        roots
    }

    /// Outdates what is asked about a folder: what is under way ends, and a late answer is dropped. The number that a
    /// new question has. No two questions have the same, in whatever folder.
    pub(crate) fn outdate(&mut self, root: &Path) -> Option<u64> {
        self.questions += 1;
        let folder = self.folders.get_mut(root)?;
        folder.generation = self.questions;
        // Dropping the sender ends what was under way, and Nix with it.
        folder.cancel = None;
        Some(folder.generation)
    }

    /// Outdates what is asked about all folders.
    pub(crate) fn outdate_all(&mut self) {
        let roots: Vec<PathBuf> = self.folders.keys().cloned().collect();
        for root in roots {
            self.outdate(&root);
        }
    }
}

/// How the client names a root, of which it named a directory: by a link it may have another name.
fn shown(directory: &Path, root: &Path) -> PathBuf {
    let real = directory.canonicalize();
    let below = real.as_ref().ok().and_then(|real| real.strip_prefix(root).ok());
    let mut shown = directory.to_owned();
    match below {
        Some(below) if directory.ends_with(below) => {
            for _ in below.components() {
                shown.pop();
            }
            shown
        }
        _ => root.to_owned(),
    }
}

fn settings(settings: &ServerSettings) -> Settings {
    Settings {
        nix: settings.nix.clone(),
        timeout: settings.timeout.map(Duration::from_secs),
        memory_mib: settings.memory,
        offline: settings.offline,
        override_inputs: settings.override_inputs.clone().into_iter().collect(),
        ..Settings::default()
    }
}

/// The directories that the client named, with the roots of the configurations that they belong to.
pub(crate) type Named = BTreeMap<PathBuf, PathBuf>;
