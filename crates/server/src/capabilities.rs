//! What the client can do, and what the server can.

use tower_lsp::lsp_types::*;

use crate::features::Later;
use crate::fixes;
use crate::state::Abilities;
use crate::text::Encoding;

impl Abilities {
    /// Those that a client says it has.
    pub(crate) fn of(client: &ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let refreshes = |supported: Option<Option<bool>>| supported.flatten().unwrap_or(false);
        let refreshes_diagnostics =
            refreshes(workspace.map(|all| all.diagnostic.as_ref().and_then(|it| it.refresh_support)));
        let action = client.text_document.as_ref().and_then(|document| document.code_action.as_ref());
        let edit = workspace.and_then(|all| all.workspace_edit.as_ref());
        let hints = client.text_document.as_ref().and_then(|document| document.inlay_hint.as_ref());
        let hints = hints.and_then(|hints| hints.resolve_support.as_ref());
        let resolves_of_hints =
            |property: &str| hints.is_some_and(|hints| hints.properties.iter().any(|it| it == property));
        Self {
            progress: refreshes(client.window.as_ref().map(|window| window.work_done_progress)),
            // One that asks only after edits would never see what Nix says later.
            pulls: refreshes_diagnostics
                && client.text_document.as_ref().is_some_and(|document| document.diagnostic.is_some()),
            refreshes_hints: refreshes(workspace.map(|all| all.inlay_hint.as_ref().and_then(|it| it.refresh_support))),
            refreshes_lenses: refreshes(workspace.map(|all| all.code_lens.as_ref().and_then(|it| it.refresh_support))),
            shows_documents: client
                .window
                .as_ref()
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|shows| shows.support),
            resolves_hints: Later {
                tooltip: resolves_of_hints("tooltip"),
                leads: resolves_of_hints("label.tooltip") && resolves_of_hints("label.location"),
            },
            configuration: refreshes(workspace.map(|all| all.configuration)),
            watches: refreshes(
                workspace.map(|all| all.did_change_watched_files.as_ref().and_then(|it| it.dynamic_registration)),
            ),
            resolves_actions: action.is_some_and(|action| {
                let resolves = action.resolve_support.as_ref();
                action.data_support == Some(true)
                    && resolves.is_some_and(|support| support.properties.iter().any(|property| property == "edit"))
            }),
            disabled_actions: action.is_some_and(|action| action.disabled_support == Some(true)),
            document_changes: edit.is_some_and(|edit| edit.document_changes == Some(true)),
            creates_files: edit
                .and_then(|edit| edit.resource_operations.as_ref())
                .is_some_and(|operations| operations.contains(&ResourceOperationKind::Create)),
            annotates_changes: edit.is_some_and(|edit| edit.change_annotation_support.is_some()),
            tries_fixes: client.experimental.as_ref().is_some_and(|its_own| its_own["mkwhy"]["triesFixes"] == true),
        }
    }
}

/// What the server can do, as it is told to a client.
pub(crate) fn capabilities(encoding: Encoding, client: Abilities, commands: &[&str]) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Right(InlayHintServerCapabilities::Options(InlayHintOptions {
            resolve_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }))),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".into()]),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::new("refactor.move"),
                CodeActionKind::new(fixes::FIX_ALL),
            ]),
            work_done_progress_options: WorkDoneProgressOptions::default(),
            resolve_provider: Some(true),
        })),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        implementation_provider: Some(ImplementationProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        // A client that is sent diagnostics is not to ask for the same ones.
        diagnostic_provider: client.pulls.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("mkwhy".into()),
                inter_file_dependencies: true,
                // Closed files are told of as soon as Nix has said something, also to those who ask for open ones.
                workspace_diagnostics: false,
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands.iter().map(|command| (*command).to_owned()).collect(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}
