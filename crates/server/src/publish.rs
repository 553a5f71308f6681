//! Sending findings to clients that do not ask for them themselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mkwhy::Finding;
use tower_lsp::lsp_types::{Diagnostic, Url};

use crate::features;
use crate::folder::Folder;
use crate::place::path_of;
use crate::state::{Shared, State};

/// The findings of an open document as diagnostics.
pub(crate) fn of_document(state: &State, uri: &Url) -> Option<(Vec<Diagnostic>, i32)> {
    let (folder, name, document) = state.document(uri)?;
    let findings = folder.findings_in(&name);
    Some((features::diagnostics(folder, &name, &findings, &document.text, state.encoding), document.version))
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

/// Sends the findings of all closed files of a folder, after an evaluation, and takes back those of before.
pub(crate) async fn closed_files(shared: &Shared, root: &Path) {
    let all: Vec<(Url, Vec<Diagnostic>)> = {
        let mut state = shared.state();
        let open = state.open_in(root);
        let encoding = state.encoding;
        let Some(folder) = state.folders.get_mut(root) else { return };
        let mut by_file: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for finding in folder.findings() {
            by_file.entry(finding.site.at.file.clone()).or_default().push(finding);
        }
        // Where Nix failed something is said too.
        if let Some(at) = folder.failure.as_ref().and_then(mkwhy::Error::at) {
            by_file.entry(at.file.clone()).or_default();
        }
        let before = std::mem::replace(&mut folder.told_of, by_file.keys().cloned().collect());
        let gone = before.into_iter().filter(|file| !by_file.contains_key(file)).map(|file| (file, Vec::new()));
        let gone: Vec<(String, Vec<Finding>)> = gone.collect();
        let folder = &*folder;
        by_file
            .into_iter()
            .chain(gone)
            .filter_map(|(file, findings)| {
                let uri = folder.uri(&folder.path(&file)).filter(|uri| !open.contains(uri))?;
                let diagnostics = match folder.text(&file) {
                    Some(text) => features::diagnostics(folder, &file, &findings, &text, encoding),
                    None => Vec::new(),
                };
                Some((uri, diagnostics))
            })
            .collect()
    };
    for (uri, diagnostics) in all {
        shared.client.publish_diagnostics(uri, diagnostics, None).await;
    }
}

/// A document that is closed is spoken of as other closed files are.
pub(crate) async fn closed(shared: &Shared, uri: &Url) {
    let diagnostics = {
        let state = shared.state();
        let found = state.file_of(uri).and_then(|path| {
            let folder = state.folders.get(&state.root_of(&path)?)?;
            let name = folder.name(&path).filter(|_| folder.inspection.is_some())?;
            let findings = folder.findings_in(&name);
            Some(features::diagnostics(folder, &name, &findings, &folder.text(&name)?, state.encoding))
        });
        found.unwrap_or_default()
    };
    shared.client.publish_diagnostics(uri.clone(), diagnostics, None).await;
}

/// Takes back what was said of the files of a folder that is not open any more.
pub(crate) async fn gone(shared: &Shared, folder: &Folder) {
    let open: Vec<Url> = shared.state().documents.keys().cloned().collect();
    let open = open.into_iter().filter(|uri| path_of(uri).and_then(|path| folder.real(&path)).is_some());
    let told = folder.told_of.iter().filter_map(|file| folder.uri(&folder.path(file)));
    let all: std::collections::BTreeSet<Url> = told.chain(open).collect();
    for uri in all {
        shared.client.publish_diagnostics(uri, Vec::new(), None).await;
    }
}

/// A document that is opened is spoken of as such from now on.
pub(crate) async fn opened(shared: &Shared, uri: &Url) {
    let pulls = shared.state().abilities.pulls;
    if pulls {
        shared.client.publish_diagnostics(uri.clone(), Vec::new(), None).await;
    } else {
        document(shared, uri).await;
    }
}

/// So long after the last edit of one document the others are spoken of again.
const QUIET: Duration = Duration::from_millis(200);

/// What an edit of one document means for the other open ones of its folder is told when nothing was typed for a moment.
pub(crate) fn others_later(shared: &Arc<Shared>, root: PathBuf, edited: Url) {
    let number = {
        let mut state = shared.state();
        if !state.documents.keys().any(|uri| *uri != edited) {
            return;
        }
        let Some(folder) = state.folders.get_mut(&root) else { return };
        folder.edits += 1;
        folder.edits
    };
    let shared = shared.clone();
    tokio::spawn(async move {
        tokio::time::sleep(QUIET).await;
        let mut others = {
            let state = shared.state();
            let Some(_) = state.folders.get(&root).filter(|folder| folder.edits == number) else { return };
            state.open_in(&root)
        };
        others.retain(|uri| *uri != edited);
        for uri in &others {
            document(&shared, uri).await;
        }
        if !others.is_empty() {
            ask_again(&shared).await;
        }
    });
}

/// Sends the findings of all open documents of a folder, and asks the client to ask again for what it asks for.
pub(crate) async fn folder(shared: &Arc<Shared>, root: &Path) {
    let open = shared.state().open_in(root);
    for uri in &open {
        document(shared, uri).await;
    }
    // A client that does not answer must not hold up anything.
    let shared = shared.clone();
    tokio::spawn(async move { ask_again(&shared).await });
}

/// Asks the client to ask again for what it asks for.
async fn ask_again(shared: &Shared) {
    let abilities = shared.state().abilities;
    // One that answers some of them and not others is asked for all.
    tokio::join!(
        async {
            if abilities.refreshes_hints {
                let _ = shared.client.inlay_hint_refresh().await;
            }
        },
        async {
            if abilities.refreshes_lenses {
                let _ = shared.client.code_lens_refresh().await;
            }
        },
        async {
            if abilities.pulls {
                let _ = shared.client.workspace_diagnostic_refresh().await;
            }
        },
    );
}
