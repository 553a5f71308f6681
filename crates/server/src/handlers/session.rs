//! How a session begins, and what it is about: folders and settings.

use std::path::PathBuf;

use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::*;

use crate::backend::{Backend, COMMANDS};
use crate::capabilities::capabilities;
use crate::folder::Folder;
use crate::pages::Pages;
use crate::place::path_of;
use crate::settings::{ServerSettings, When, addressed};
use crate::state::Abilities;
use crate::text::Encoding;
use crate::{evaluation, publish};

/// What the client says when it starts the server.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    /// Whether the person trusts the folders. Without a word they are trusted.
    trusted: Option<bool>,
    #[serde(flatten)]
    settings: ServerSettings,
}

impl Backend {
    /// `initialize`
    pub(crate) fn begun(&self, params: InitializeParams) -> Result<InitializeResult> {
        let options: Options = params
            .initialization_options
            .map_or_else(|| Ok(Options::default()), serde_json::from_value)
            .map_err(|wrong| Error::invalid_params(format!("initializationOptions: {wrong}")))?;
        let general = params.capabilities.general.as_ref();
        let encoding = Encoding::agreed(general.and_then(|general| general.position_encodings.as_deref()));
        let abilities = Abilities::of(&params.capabilities);
        let mut folders: Vec<Url> = params.workspace_folders.unwrap_or_default().into_iter().map(|it| it.uri).collect();
        if folders.is_empty() {
            folders.extend(params.root_uri);
        }
        {
            let mut state = self.shared.state();
            state.encoding = encoding;
            state.abilities = abilities;
            state.settings = options.settings;
            state.trusted = options.trusted.unwrap_or(true);
            state.single_files = folders.is_empty();
            state.pages = Pages::write();
            for folder in folders.iter().filter_map(path_of) {
                state.open_folder(&folder);
            }
        }
        Ok(InitializeResult {
            capabilities: capabilities(encoding, abilities, &COMMANDS),
            server_info: Some(ServerInfo { name: "mkwhy".into(), version: Some(env!("CARGO_PKG_VERSION").into()) }),
        })
    }

    /// `initialized`
    pub(crate) async fn introduced(&self) {
        let (roots, unopened, watches) = {
            let state = self.shared.state();
            let unopened: Vec<String> = state.unopened.values().cloned().collect();
            (state.folders.keys().cloned().collect::<Vec<_>>(), unopened, state.abilities.watches)
        };
        for why in unopened {
            self.shared.client.log_message(MessageType::INFO, why).await;
        }
        if watches {
            let watcher = |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.into()), kind: None };
            let options = DidChangeWatchedFilesRegistrationOptions {
                watchers: ["**/*.nix", "**/flake.lock", "**/mkwhy.toml"].map(watcher).to_vec(),
            };
            let registration = Registration {
                id: "mkwhy/files".into(),
                method: "workspace/didChangeWatchedFiles".into(),
                register_options: serde_json::to_value(options).ok(),
            };
            let client = self.shared.client.clone();
            // The answer is waited for elsewhere: until it comes, requests are answered.
            tokio::spawn(async move {
                let _ = client.register_capability(vec![registration]).await;
            });
        }
        for root in roots {
            self.begin(root).await;
        }
    }

    /// A folder is looked at for the first time: evaluated if it may be.
    pub(crate) async fn begin(&self, root: PathBuf) {
        let (trusted, by_itself) = {
            let state = self.shared.state();
            (state.trusted, state.settings.evaluate != When::Command)
        };
        if trusted && by_itself {
            evaluation::start(&self.shared, root);
        } else {
            evaluation::tell(&self.shared, &root, None, None).await;
        }
    }

    /// The person has other settings.
    pub(crate) async fn configured(&self, settings: serde_json::Value) {
        if let Some(settings) = addressed(&settings) {
            return self.configure(settings.clone()).await;
        }
        // Some clients say only that there are others. Their answer is waited for elsewhere.
        let this = Self { shared: self.shared.clone() };
        if this.shared.state().abilities.configuration {
            tokio::spawn(async move {
                let item = ConfigurationItem { scope_uri: None, section: Some("mkwhy".into()) };
                let answer = this.shared.client.configuration(vec![item]).await;
                let answer = answer.ok().and_then(|mut all| all.pop()).unwrap_or_default();
                if let Some(settings) = addressed(&answer) {
                    this.configure(settings.clone()).await;
                }
            });
        }
    }

    async fn configure(&self, settings: serde_json::Value) {
        match serde_json::from_value::<ServerSettings>(settings) {
            Ok(settings) => {
                let asked_otherwise = {
                    let mut state = self.shared.state();
                    let before = std::mem::replace(&mut state.settings, settings);
                    state.settings.asks_otherwise_than(&before).then(|| {
                        let other_target = state.settings.target != before.target;
                        state.ask_otherwise(other_target)
                    })
                };
                for root in asked_otherwise.into_iter().flatten() {
                    publish::folder(&self.shared, &root).await;
                    self.begin(root).await;
                }
                let shared = self.shared.clone();
                if shared.state().abilities.refreshes_hints {
                    tokio::spawn(async move {
                        let _ = shared.client.inlay_hint_refresh().await;
                    });
                }
            }
            Err(wrong) => {
                self.shared.client.show_message(MessageType::WARNING, format!("mkwhy: the settings: {wrong}")).await;
            }
        }
    }

    /// Folders are added to the workspace, or taken out.
    pub(crate) async fn other_folders(&self, event: WorkspaceFoldersChangeEvent) {
        let (added, gone) = {
            let mut state = self.shared.state();
            let removed = event.removed.iter().filter_map(|folder| path_of(&folder.uri));
            let gone: Vec<Folder> = removed.filter_map(|directory| state.close_folder(&directory)).collect();
            let before: Vec<PathBuf> = state.folders.keys().cloned().collect();
            let added = event.added.iter().filter_map(|folder| path_of(&folder.uri));
            let mut added: Vec<PathBuf> = added.filter_map(|directory| state.open_folder(&directory)).collect();
            added.retain(|root| !before.contains(root));
            // What is open is not always what is on disk.
            let open: Vec<Url> = state.documents.keys().cloned().collect();
            open.iter().for_each(|uri| drop(state.told(uri)));
            (added, gone)
        };
        for folder in gone {
            publish::gone(&self.shared, &folder).await;
        }
        for root in added {
            publish::folder(&self.shared, &root).await;
            self.begin(root).await;
        }
    }
}
