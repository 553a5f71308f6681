//! Everything that the server knows, behind one lock that is never held while something is waited for.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tower_lsp::Client;
use tower_lsp::lsp_types::Url;

use crate::features::Later;
use crate::fixes::Offers;
use crate::folder::Folder;
use crate::folders::Named;
use crate::pages::Pages;
use crate::place::path_of;
use crate::settings::ServerSettings;
use crate::text::{Encoding, Text};

/// What the client can do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Abilities {
    /// It shows progress.
    pub(crate) progress: bool,
    /// It asks for diagnostics itself.
    pub(crate) pulls: bool,
    /// It asks for hints again when told to.
    pub(crate) refreshes_hints: bool,
    /// It asks for lenses again when told to.
    pub(crate) refreshes_lenses: bool,
    /// It shows a document where it is told to.
    pub(crate) shows_documents: bool,
    /// It can be asked for its settings.
    pub(crate) configuration: bool,
    /// What of a hint it asks for when that is looked at.
    pub(crate) resolves_hints: Later,
    /// It lets the server say which files it watches.
    pub(crate) watches: bool,
    /// It asks for the edit of a code action when one is chosen.
    pub(crate) resolves_actions: bool,
    /// It shows why a code action cannot be chosen.
    pub(crate) disabled_actions: bool,
    /// It takes edits of versions of documents.
    pub(crate) document_changes: bool,
    /// An edit can make files.
    pub(crate) creates_files: bool,
    /// It shows what is said of an edit, and asks.
    pub(crate) annotates_changes: bool,
    /// It tries a fix itself when it is chosen, and shows what came of that: `experimental.mkwhy.triesFixes`.
    pub(crate) tries_fixes: bool,
}

/// An open document.
pub(crate) struct Document {
    pub(crate) text: Text,
    pub(crate) version: i32,
}

/// What the server knows.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) settings: ServerSettings,
    /// Whether the person trusts the folders; nothing is evaluated in others.
    pub(crate) trusted: bool,
    pub(crate) folders: BTreeMap<PathBuf, Folder>,
    pub(crate) documents: HashMap<Url, Document>,
    /// What the client opened. Where it opened no folder, the files that it opens lead to one.
    pub(crate) named: Named,
    /// Whether the client opened single files, and no folder.
    pub(crate) single_files: bool,
    /// Why a folder has no configuration that can be shown, for the log.
    pub(crate) unopened: BTreeMap<PathBuf, String>,
    /// The documentation of the rules.
    pub(crate) pages: Pages,
    /// Counts what was asked of Nix.
    pub(crate) questions: u64,
    /// The fixes that were offered.
    pub(crate) offers: Offers,
}

impl State {
    /// The file of a URI, by the name that it has for everybody but the client.
    pub(crate) fn file_of(&self, uri: &Url) -> Option<PathBuf> {
        let path = path_of(uri)?;
        Some(self.folders.values().find_map(|folder| folder.real(&path)).unwrap_or(path))
    }

    /// The folder that a file belongs to, the innermost of several.
    pub(crate) fn root_of(&self, file: &Path) -> Option<PathBuf> {
        self.folders.keys().filter(|root| file.starts_with(root)).max_by_key(|root| root.components().count()).cloned()
    }

    /// The folder, name and document of a URI.
    pub(crate) fn document(&self, uri: &Url) -> Option<(&Folder, String, &Document)> {
        let document = self.documents.get(uri)?;
        let path = self.file_of(uri)?;
        let folder = self.folders.get(&self.root_of(&path)?)?;
        let name = folder.name(&path)?;
        Some((folder, name, document))
    }

    /// A document has another text: the folder is told.
    pub(crate) fn told(&mut self, uri: &Url) -> Option<PathBuf> {
        let text = self.documents.get(uri)?.text.shared();
        let path = self.file_of(uri)?;
        let root = match self.root_of(&path) {
            Some(root) => root,
            // A file that is looked at in passing, in the store or elsewhere, is no reason to evaluate what it belongs to.
            None if self.single_files && self.named.is_empty() => self.open_folder(path.parent()?)?,
            None => return None,
        };
        let folder = self.folders.get_mut(&root)?;
        folder.spell(&path, Some(uri));
        if is_nix(&path) {
            folder.edit(&path, text);
        }
        Some(root)
    }

    /// The texts of the open documents of a folder that are not what is on disk.
    pub(crate) fn unsaved(&self, root: &Path) -> BTreeMap<String, Option<Arc<str>>> {
        let Some(folder) = self.folders.get(root) else { return BTreeMap::new() };
        self.open_in(root)
            .iter()
            .filter_map(|uri| {
                let text = self.documents.get(uri)?.text.shared();
                let path = self.file_of(uri)?;
                let saved = mkwhy::bytes_on_disk(&path).is_ok_and(|saved| saved == text.as_bytes());
                (!saved).then_some((folder.name(&path)?, Some(text)))
            })
            .collect()
    }

    /// Whether a file is open.
    pub(crate) fn is_open(&self, file: &Path) -> bool {
        self.documents.keys().any(|uri| self.file_of(uri).as_deref() == Some(file))
    }

    /// The documents that are open in a folder.
    pub(crate) fn open_in(&self, root: &Path) -> Vec<Url> {
        let inside = |uri: &&Url| self.file_of(uri).and_then(|path| self.root_of(&path)).as_deref() == Some(root);
        self.documents.keys().filter(inside).cloned().collect()
    }
}

/// Whether a file can be a module.
pub(crate) fn is_nix(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "nix")
}

/// What tasks of the server have in common.
pub(crate) struct Shared {
    pub(crate) client: Client,
    /// Every thread that runs Nix has one of them, so that the end of all can be waited for.
    pub(crate) running: Arc<()>,
    /// Single options are asked about one after the other.
    pub(crate) asking: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self {
            client,
            running: Arc::default(),
            asking: tokio::sync::Mutex::default(),
            state: Mutex::default(),
        })
    }

    /// The state. A request that panicked left it as it was before or after one of its steps.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
