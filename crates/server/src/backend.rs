//! The protocol's requests: each takes what it needs from the state and leaves the answer to `features`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::request::{
    GotoDeclarationParams, GotoDeclarationResponse, GotoImplementationParams, GotoImplementationResponse,
};
use tower_lsp::lsp_types::*;
use tower_lsp::{Client, LanguageServer};

use crate::folder::Folder;
use crate::requests::FolderParams;
use crate::state::Shared;
use crate::text::{Encoding, Text};
use crate::{evaluation, features, fixes, publish};

/// The commands that the server takes.
pub(crate) const COMMANDS: [&str; 2] = ["mkwhy.evaluate", "mkwhy.setTarget"];

/// The server.
pub(crate) struct Backend {
    pub(crate) shared: Arc<Shared>,
}

impl Backend {
    pub(crate) fn new(client: Client) -> Self {
        Self { shared: Shared::new(client) }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Answers from a document's folder.
    pub(crate) fn ask<T>(&self, uri: &Url, answer: impl FnOnce(&Folder, &str, &Text, Encoding) -> T) -> Option<T> {
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

    /// Asks Nix about the option at a place where only Nix can tell of it.
    async fn know(&self, place: &TextDocumentPositionParams) {
        let uri = &place.text_document.uri;
        self.ask_nix(uri, self.unknown_at(uri, place.position)).await;
    }

    /// Answers about a module, which need not be open.
    fn of_module<T>(&self, uri: &Url, answer: impl FnOnce(&Folder, &Path, Encoding) -> T) -> Option<T> {
        let state = self.shared.state();
        let path = state.file_of(uri)?;
        let folder = state.folders.get(&state.root_of(&path)?)?;
        Some(answer(folder, &path, state.encoding))
    }

    /// The root of the folder that a URI is in; the first folder where none is named.
    pub(crate) fn root(&self, uri: Option<&Url>) -> Option<PathBuf> {
        let state = self.shared.state();
        match uri {
            None => state.folders.keys().next().cloned(),
            Some(uri) => state.root_of(&state.file_of(uri)?),
        }
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.begun(params)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.introduced().await;
    }

    async fn shutdown(&self) -> Result<()> {
        evaluation::end_all(&self.shared).await;
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.opened(params.text_document).await;
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.changed(params).await;
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.changed_on_disk(&[params.text_document.uri]).await;
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.closed(params.text_document.uri).await;
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris: Vec<Url> = params.changes.into_iter().map(|change| change.uri).collect();
        self.changed_on_disk(&uris).await;
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.configured(params.settings).await;
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.other_folders(params.event).await;
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = &params.text_document_position_params;
        self.know(place).await;
        Ok(self.at(place, features::hover).flatten())
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = &params.text_document_position;
        let uri = &place.text_document.uri;
        // Until Nix has answered the text may be another.
        let typed = self.at(place, |folder, name, text, offset, _| Some((folder.typed(name, offset)?, text.clone())));
        let Some((typed, text)) = typed.flatten() else { return Ok(None) };
        if self.ask(uri, |folder, _, _, _| features::is_unknown(folder, &typed)) == Some(true) {
            self.ask_nix(uri, Some(typed.path.clone())).await;
        }
        let found = self.ask(uri, |folder, _, _, encoding| features::completions(folder, &typed, &text, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(CompletionResponse::Array))
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        Ok(self.ask(&params.text_document.uri, features::folds))
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let found = self.at(&params.text_document_position_params, features::module_at);
        Ok(found.flatten().map(|module| vec![module]))
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        Ok(self.of_module(&params.item.uri, features::importers))
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        Ok(self.of_module(&params.item.uri, features::imported))
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let (wanted, later) = {
            let state = self.shared.state();
            (state.settings.hints, state.abilities.resolves_hints)
        };
        Ok(self.ask(&params.text_document.uri, |folder, name, text, encoding| {
            features::hints(folder, name, text, params.range, &wanted, later, encoding)
        }))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let actions = fixes::actions(&self.shared, &params.text_document.uri, params.range, params.context);
        Ok(Some(actions))
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        fixes::resolved(&self.shared, action).await
    }

    async fn inlay_hint_resolve(&self, hint: InlayHint) -> Result<InlayHint> {
        let state = self.shared.state();
        let data = hint.data.as_ref();
        let said = |name: &str| data.and_then(|data| data.get(name)?.as_str());
        let folder = said("root").and_then(|root| state.folders.get(Path::new(root)));
        let file = said("file").map(str::to_owned);
        let option = said("option").and_then(|option| option.parse().ok());
        Ok(match (folder, file, option) {
            (Some(folder), Some(file), Some(option)) => {
                features::resolved(folder, hint, &file, &option, &state.settings.hints, state.encoding)
            }
            _ => hint,
        })
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
        self.know(place).await;
        let found =
            self.at(place, |folder, name, _, offset, encoding| features::winners(folder, name, offset, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(GotoDefinitionResponse::Array))
    }

    async fn goto_implementation(
        &self,
        params: GotoImplementationParams,
    ) -> Result<Option<GotoImplementationResponse>> {
        let place = &params.text_document_position_params;
        self.know(place).await;
        let found = self
            .at(place, |folder, name, _, offset, encoding| features::references(folder, name, offset, false, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(GotoImplementationResponse::Array))
    }

    async fn goto_declaration(&self, params: GotoDeclarationParams) -> Result<Option<GotoDeclarationResponse>> {
        let place = &params.text_document_position_params;
        self.know(place).await;
        let found =
            self.at(place, |folder, name, _, offset, encoding| features::declarations(folder, name, offset, encoding));
        Ok(found.filter(|found| !found.is_empty()).map(GotoDeclarationResponse::Array))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let declaration = params.context.include_declaration;
        self.know(&params.text_document_position).await;
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
        Ok(self.ask(&params.text_document.uri, features::links))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<serde_json::Value>> {
        let first = params.arguments.first().cloned().unwrap_or_default();
        match params.command.as_str() {
            "mkwhy.evaluate" => {
                let answer = self.evaluate(serde_json::from_value(first).unwrap_or(FolderParams { uri: None })).await?;
                return Ok(serde_json::to_value(answer).ok());
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
