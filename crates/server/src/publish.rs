//! Sending findings to clients that do not ask for them themselves.

use std::path::Path;
use std::sync::Arc;

use tower_lsp::lsp_types::{Diagnostic, Url};

use crate::features;
use crate::state::{Shared, State};

/// The findings of an open document as diagnostics.
pub(crate) fn of_document(state: &State, uri: &Url) -> Option<(Vec<Diagnostic>, i32)> {
    let (folder, name, document) = state.document(uri)?;
    let findings = folder.findings_in(&name);
    Some((features::diagnostics(folder, &findings, &document.text, state.encoding), document.version))
}

/// Sends the findings of one document.
pub(crate) async fn document(shared: &Shared, uri: &Url) {
    let found = {
        let state = shared.state();
        if state.abilities.pulls {
            return;
        }
        of_document(&state, uri)
    };
    if let Some((diagnostics, version)) = found {
        shared.client.publish_diagnostics(uri.clone(), diagnostics, Some(version)).await;
    }
}

/// Sends the findings of all open documents of a folder, and asks the client to ask again for what it asks for.
pub(crate) async fn folder(shared: &Arc<Shared>, root: &Path) {
    let (open, abilities) = {
        let state = shared.state();
        (state.open_in(root), state.abilities)
    };
    for uri in &open {
        document(shared, uri).await;
    }
    // A client that does not answer must not hold up anything.
    let shared = shared.clone();
    tokio::spawn(async move {
        if abilities.refreshes_hints {
            let _ = shared.client.inlay_hint_refresh().await;
        }
        if abilities.refreshes_lenses {
            let _ = shared.client.code_lens_refresh().await;
        }
        if abilities.refreshes_diagnostics && abilities.pulls {
            let _ = shared.client.workspace_diagnostic_refresh().await;
        }
    });
}
