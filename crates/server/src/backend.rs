//! The protocol's requests: each takes what it needs from the state and leaves the answer to `features`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::request::{
    GotoDeclarationParams, GotoDeclarationResponse, GotoImplementationParams, GotoImplementationResponse,
};
use tower_lsp::lsp_types::*;
use tower_lsp::{Client, LanguageServer};

use crate::capabilities::capabilities;
use crate::features;
use crate::folder::Folder;
use crate::place::path_of;
use crate::requests::{
    CascadeAnswer, CascadeParams, DocumentText, DuplicatesAnswer, FolderParams, Imports, ImportsParams,
    SetTargetParams, Targets, TextParams, TrustParams,
};
use crate::settings::{ServerSettings, When};
use crate::state::{Abilities, Document, Shared, is_nix};
use crate::text::{Encoding, Text};
use crate::{evaluation, publish};

/// The commands that the server takes.
const COMMANDS: [&str; 2] = ["mkwhy.evaluate", "mkwhy.setTarget"];

/// The file with what a person says of a folder.
const CONFIG: &str = "mkwhy.toml";

/// What the client says when it starts the server.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    /// Whether the person trusts the folders. Without a word they are trusted.
    trusted: Option<bool>,
    #[serde(flatten)]
    settings: ServerSettings,
}

/// The server.
pub(crate) struct Backend {
    shared: Arc<Shared>,
}

impl Backend {
    pub(crate) fn new(client: Client) -> Self {
        Self { shared: Shared::new(client) }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Answers from a document's folder.
    fn ask<T>(&self, uri: &Url, answer: impl FnOnce(&Folder, &str, &Text, Encoding) -> T) -> Option<T> {
        let state = self.shared.state();
        let (folder, name, document) = state.document(uri)?;
        Some(answer(folder, &name, &document.text, state.encoding))
    }

    fn at<T>(
        &self,
        place: &TextDocumentPositionParams,
        answer: impl FnOnce(&Folder, &str, &Text, usize, Encoding) -> T,
    ) -> Option<T> {
        self.ask(&place.text_document.uri, |folder, name, text, encoding| {
            answer(folder, name, text, text.offset(place.position, encoding), encoding)
        })
    }

    /// The root of the folder that a URI is in; the first folder where none is named.
    fn root(&self, uri: Option<&Url>) -> Option<PathBuf> {
        let state = self.shared.state();
        match uri {
            None => state.folders.keys().next().cloned(),
            Some(uri) => state.root_of(&state.file_of(uri)?),
        }
    }

    /// `mkwhy/cascade`
    pub(crate) async fn cascade(&self, params: CascadeParams) -> Result<CascadeAnswer> {
        let option = match params.option.as_deref().map(str::parse).transpose() {
            Ok(option) => option,
            Err(wrong) => return Err(Error::invalid_params(format!("{wrong}"))),
        };
        let uri = params.text_document.uri;
        Ok(self
            .ask(&uri, |folder, name, text, encoding| match (option, params.position) {
                (Some(option), _) => folder.cascade(&option),
                (None, Some(position)) => {
                    let offset = text.offset(position, encoding);
                    features::item_at(features::items(folder, name), offset).map(|item| item.cascade)
                }
                (None, None) => None,
            })
            .flatten()
            .map(|cascade| (*cascade).clone()))
    }

    /// `mkwhy/duplicates`
    pub(crate) async fn duplicates(&self, params: FolderParams) -> Result<DuplicatesAnswer> {
        let Some(root) = self.root(params.uri.as_ref()) else { return Ok(None) };
        let state = self.shared.state();
        Ok(state.folders.get(&root).and_then(|folder| Some(folder.inspection.as_ref()?.duplicates())))
    }

    /// `mkwhy/targets`
    pub(crate) async fn targets(&self, params: FolderParams) -> Result<Targets> {
        let root = self.root(params.uri.as_ref());
        let state = self.shared.state();
        let folder = root.and_then(|root| state.folders.get(&root));
        Ok(Targets {
            targets: folder.map(|folder| folder.targets.clone()).unwrap_or_default(),
            active: folder.and_then(|folder| folder.active.as_ref()).map(|target| target.name.clone()),
        })
    }

    /// `mkwhy/setTarget`
    pub(crate) async fn set_target(&self, params: SetTargetParams) -> Result<()> {
        let Some(root) = self.root(params.uri.as_ref()) else { return Ok(()) };
        {
            let mut state = self.shared.state();
            let Some(folder) = state.folders.get_mut(&root) else { return Ok(()) };
            let known = folder.targets.iter().find(|target| target.name == params.target).cloned();
            let target = match known {
                Some(target) => target,
                None => folder
                    .workspace
                    .target_by_text(Some(&params.target))
                    .map_err(|error| Error::invalid_params(error.to_string()))?,
            };
            folder.activate(target);
            // What is under way was asked about another one.
            state.outdate(&root);
        }
        publish::folder(&self.shared, &root).await;
        evaluation::start(&self.shared, root);
        Ok(())
    }

    /// `mkwhy/imports`
    pub(crate) async fn imports(&self, params: ImportsParams) -> Result<Imports> {
        let uri = params.text_document.uri;
        let state = self.shared.state();
        let found = state.file_of(&uri).and_then(|path| Some((state.folders.get(&state.root_of(&path)?)?, path)));
        let Some((folder, path)) = found else {
            return Ok(Imports { imports: Vec::new(), importers: Vec::new() });
        };
        let index = folder.reading.index();
        let mut imports: Vec<Url> = index
            .imports_of(&path)
            .into_iter()
            .flat_map(|(_, files)| files)
            .filter_map(|file| folder.uri(&file))
            .collect();
        imports.dedup();
        let importers = index.importers_of(&path).iter().filter_map(|file| folder.uri(&file.path)).collect();
        Ok(Imports { imports, importers })
    }

    /// `mkwhy/evaluate`
    pub(crate) async fn evaluate(&self, params: FolderParams) -> Result<()> {
        let Some(root) = self.root(params.uri.as_ref()) else { return Ok(()) };
        if self.shared.state().trusted {
            evaluation::start(&self.shared, root);
        } else {
            evaluation::tell(&self.shared, &root, None, None).await;
        }
        Ok(())
    }

    /// `mkwhy/text`
    pub(crate) async fn text(&self, params: TextParams) -> Result<Option<DocumentText>> {
        let state = self.shared.state();
        let document = state.documents.get(&params.text_document.uri);
        Ok(document
            .map(|document| DocumentText { text: document.text.shared().to_string(), version: document.version }))
    }

    /// `mkwhy/setTrust`
    pub(crate) async fn set_trust(&self, params: TrustParams) {
        let roots: Vec<PathBuf> = {
            let mut state = self.shared.state();
            state.trusted = params.trusted;
            if !params.trusted {
                // What is under way ends, and what it says is not shown any more.
                state.outdate_all();
            }
            state.folders.keys().cloned().collect()
        };
        for root in roots {
            self.begin(root).await;
        }
    }

    /// `window/workDoneProgress/cancel`
    pub(crate) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        if let NumberOrString::String(token) = params.token {
            evaluation::cancel(&self.shared, &token);
        }
    }

    /// A folder is looked at for the first time: evaluated if it may be.
    async fn begin(&self, root: PathBuf) {
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

    /// Files of folders are others on disk now.
    async fn changed_on_disk(&self, uris: &[Url]) {
        let mut roots: Vec<PathBuf> = Vec::new();
        let mut wrong = Vec::new();
        let by_itself = {
            let mut state = self.shared.state();
            let mut reopened: Vec<PathBuf> = Vec::new();
            for path in uris.iter().filter_map(|uri| state.file_of(uri)).collect::<Vec<_>>() {
                let path = path.as_path();
                let Some(root) = state.root_of(path) else { continue };
                let open = state.is_open(path);
                if let Some(folder) = state.folders.get_mut(&root)
                    && is_nix(path)
                    && !open
                {
                    folder.reload(path);
                }
                // These say what there is to be evaluated.
                let described = path.parent() == Some(&root) && (is_nix(path) || path.ends_with(CONFIG));
                if described && !reopened.contains(&root) {
                    if let Err(error) = state.reopen(&root) {
                        wrong.push(error);
                    }
                    reopened.push(root.clone());
                }
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
            state.settings.evaluate != When::Command
        };
        for error in wrong {
            let message = format!("mkwhy: {} stays in force as it was", evaluation::said(&error));
            self.shared.client.show_message(MessageType::WARNING, message).await;
        }
        for root in roots {
            publish::folder(&self.shared, &root).await;
            evaluation::tell_news(&self.shared, &root).await;
            if by_itself {
                evaluation::start(&self.shared, root);
            }
        }
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
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
            for folder in folders.iter().filter_map(path_of) {
                state.open_folder(&folder);
            }
        }
        Ok(InitializeResult {
            capabilities: capabilities(encoding, &COMMANDS),
            server_info: Some(ServerInfo { name: "mkwhy".into(), version: Some(env!("CARGO_PKG_VERSION").into()) }),
        })
    }

    async fn initialized(&self, _: InitializedParams) {
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

    async fn shutdown(&self) -> Result<()> {
        evaluation::end_all(&self.shared).await;
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let uri = document.uri;
        let (new, root) = {
            let mut state = self.shared.state();
            let before = state.folders.len();
            let text = Text::new(document.text);
            state.documents.insert(uri.clone(), Document { text, version: document.version });
            let root = state.told(&uri);
            (state.folders.len() > before, root)
        };
        publish::opened(&self.shared, &uri).await;
        if let Some(root) = root.filter(|_| new) {
            self.begin(root).await;
        }
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.uri;
        let (root, pause) = {
            let mut state = self.shared.state();
            let encoding = state.encoding;
            let Some(document) = state.documents.get_mut(&uri) else { return };
            for change in &params.content_changes {
                document.text = document.text.changed(change, encoding);
            }
            document.version = params.text_document.version;
            let root = state.told(&uri);
            let pause = state.settings.evaluate == When::Pause;
            (root, pause.then(|| Duration::from_millis(state.settings.pause)))
        };
        if let (Some(root), Some(pause)) = (&root, pause) {
            evaluation::start_after(&self.shared, root.clone(), pause);
        }
        publish::document(&self.shared, &uri).await;
        if let Some(root) = root {
            evaluation::tell_news(&self.shared, &root).await;
        }
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.changed_on_disk(&[params.text_document.uri]).await;
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        let root = {
            let mut state = self.shared.state();
            state.documents.remove(&uri);
            let root = state.file_of(&uri).and_then(|path| Some((state.root_of(&path)?, path)));
            if let Some((root, path)) = &root
                && let Some(folder) = state.folders.get_mut(root)
            {
                folder.reload(path);
            }
            root.map(|(root, _)| root)
        };
        publish::closed(&self.shared, &uri).await;
        if let Some(root) = root {
            evaluation::tell_news(&self.shared, &root).await;
        }
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris: Vec<Url> = params.changes.into_iter().map(|change| change.uri).collect();
        self.changed_on_disk(&uris).await;
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let settings = params.settings.get("mkwhy").cloned().unwrap_or(params.settings);
        if settings.is_null() {
            return;
        }
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
                tokio::spawn(async move {
                    let _ = shared.client.inlay_hint_refresh().await;
                });
            }
            Err(wrong) => {
                self.shared.client.show_message(MessageType::WARNING, format!("mkwhy: the settings: {wrong}")).await;
            }
        }
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let (added, gone) = {
            let mut state = self.shared.state();
            let removed = params.event.removed.iter().filter_map(|folder| path_of(&folder.uri));
            let gone: Vec<Folder> = removed.filter_map(|directory| state.close_folder(&directory)).collect();
            let before: Vec<PathBuf> = state.folders.keys().cloned().collect();
            let added = params.event.added.iter().filter_map(|folder| path_of(&folder.uri));
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

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = &params.text_document_position_params;
        Ok(self.at(place, features::hover).flatten())
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let wanted = self.shared.state().settings.hints;
        Ok(self.ask(&params.text_document.uri, |folder, name, text, encoding| {
            features::hints(folder, name, text, params.range, &wanted, encoding)
        }))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let uri = &params.text_document.uri;
        Ok(self.ask(uri, |folder, name, text, encoding| features::lenses(folder, name, uri, text, encoding)))
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let found = publish::of_document(&self.shared.state(), &params.text_document.uri);
        let items = found.map(|(diagnostics, _)| diagnostics).unwrap_or_default();
        Ok(DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Full(
            RelatedFullDocumentDiagnosticReport {
                related_documents: None,
                full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: None, items },
            },
        )))
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = &params.text_document_position_params;
        let found =
            self.at(place, |folder, name, _, offset, encoding| features::winners(folder, name, offset, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(GotoDefinitionResponse::Array))
    }

    async fn goto_implementation(
        &self,
        params: GotoImplementationParams,
    ) -> Result<Option<GotoImplementationResponse>> {
        let place = &params.text_document_position_params;
        let found = self
            .at(place, |folder, name, _, offset, encoding| features::references(folder, name, offset, false, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(GotoImplementationResponse::Array))
    }

    async fn goto_declaration(&self, params: GotoDeclarationParams) -> Result<Option<GotoDeclarationResponse>> {
        let place = &params.text_document_position_params;
        let found =
            self.at(place, |folder, name, _, offset, encoding| features::declarations(folder, name, offset, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(GotoDeclarationResponse::Array))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let declaration = params.context.include_declaration;
        let found = self.at(&params.text_document_position, |folder, name, _, offset, encoding| {
            features::references(folder, name, offset, declaration, encoding)
        });
        Ok(found.filter(|found| !found.is_empty()))
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let found = self.ask(&params.text_document.uri, features::document_symbols);
        Ok(found.map(DocumentSymbolResponse::Nested))
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<Vec<SymbolInformation>>> {
        let state = self.shared.state();
        let found = state
            .folders
            .values()
            .flat_map(|folder| features::workspace_symbols(folder, &params.query, state.encoding))
            .collect();
        Ok(Some(found))
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let uri = params.text_document.uri;
        Ok(self.ask(&uri, |folder, name, text, encoding| {
            let path = folder.path(name);
            let imports = folder.reading.index().imports_of(&path);
            imports
                .into_iter()
                .filter_map(|(import, files)| match files.as_slice() {
                    [file] => Some(DocumentLink {
                        range: text.range(&import.at.range(), encoding),
                        target: folder.uri(file),
                        tooltip: None,
                        data: None,
                    }),
                    _ => None,
                })
                .collect()
        }))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<serde_json::Value>> {
        let first = params.arguments.first().cloned().unwrap_or_default();
        match params.command.as_str() {
            "mkwhy.evaluate" => {
                self.evaluate(serde_json::from_value(first).unwrap_or(FolderParams { uri: None })).await?
            }
            "mkwhy.setTarget" => {
                let params = serde_json::from_value(first).map_err(|wrong| Error::invalid_params(wrong.to_string()))?;
                self.set_target(params).await?;
            }
            other => return Err(Error::invalid_params(format!("there is no command {other}; there are {COMMANDS:?}"))),
        }
        Ok(None)
    }
}
