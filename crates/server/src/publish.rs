//! Sending findings to clients that do not ask for them themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mkwhy::Finding;
use tower_lsp::lsp_types::{Diagnostic, Url};

use crate::features;
use crate::folder::Folder;
use crate::place::path_of;
use crate::state::{Shared, State};
use crate::text::Encoding;

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

/// What is to be said of a closed file, where that is not what was said last; as if nothing had been if `anew`.
fn of_closed(
    folder: &mut Folder,
    file: &str,
    findings: &[Finding],
    encoding: Encoding,
    anew: bool,
) -> Option<(Url, Vec<Diagnostic>)> {
    let uri = folder.uri(&folder.path(file))?;
    let text = folder.text(file);
    let diagnostics =
        text.map(|text| features::diagnostics(folder, file, findings, &text, encoding)).unwrap_or_default();
    let mut said = DefaultHasher::new();
    serde_json::to_string(&diagnostics).unwrap_or_default().hash(&mut said);
    let said = (!diagnostics.is_empty()).then(|| said.finish());
    let before = match said {
        Some(said) => folder.told_of.insert(file.to_owned(), said),
        None => folder.told_of.remove(file),
    };
    (anew || before != said).then_some((uri, diagnostics))
}

/// Sends the findings of all closed files of a folder, after an evaluation, and takes back those of before.
pub(crate) async fn closed_files(shared: &Shared, root: &Path) {
    // Who types meanwhile waits for one of these steps at most, and each is short.
    let Some((find, generation)) = shared.state().folders.get(root).map(|it| (it.finder(), it.generation)) else {
        return;
    };
    let Ok(all) = tokio::task::spawn_blocking(find).await else { return };
    let mut found: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in all {
        found.entry(finding.site.at.file.clone()).or_default().push(finding);
    }
    let files: BTreeSet<String> = match shared.state().folders.get_mut(root) {
        Some(folder) => {
            // Where Nix failed something is said too.
            let failed = folder.failure.as_ref().and_then(mkwhy::Error::at).map(|at| at.file.clone());
            let touched = folder.touched().clone();
            folder.told_of.keys().chain(found.keys()).cloned().chain(failed).chain(touched).collect()
        }
        None => return,
    };
    let is_of_then = |folder: &Folder| folder.generation == generation;
    // Something was edited while Nix evaluated, or since.
    let findings = |folder: &mut Folder, file: &str| match folder.touched().contains(file) {
        true => folder.findings_in(file),
        false => found.remove(file).unwrap_or_default().into(),
    };
    one_by_one(shared, root, files, is_of_then, findings).await;
}

/// Sends what is found otherwise in the closed files of a folder by the edits of open ones; until there is another edit, or
/// Nix is asked, whose answer is told of all files.
async fn closed_again(shared: &Shared, root: &Path, edit: u64) {
    let is_as_it_was = |folder: &Folder| folder.edits == edit && folder.cancel.is_none();
    let touched = match shared.state().folders.get_mut(root) {
        Some(folder) if is_as_it_was(folder) => folder.touched().clone(),
        _ => return,
    };
    one_by_one(shared, root, touched, is_as_it_was, |folder, file| folder.findings_in(file)).await;
}

/// Sends what is found in some files as far as they are closed, as long as something holds of their folder. In between others
/// have their turn.
async fn one_by_one(
    shared: &Shared,
    root: &Path,
    files: BTreeSet<String>,
    holds: impl Fn(&Folder) -> bool,
    mut findings: impl FnMut(&mut Folder, &str) -> Arc<[Finding]>,
) {
    for file in files {
        let said = {
            let mut state = shared.state();
            let encoding = state.encoding;
            let Some(folder) = state.folders.get(root).filter(|folder| holds(folder)) else { return };
            if state.is_open(&folder.path(&file)) {
                continue;
            }
            state.folders.get_mut(root).and_then(|folder| {
                let findings = findings(folder, &file);
                of_closed(folder, &file, &findings, encoding, false)
            })
        };
        if let Some((uri, diagnostics)) = said {
            shared.client.publish_diagnostics(uri, diagnostics, None).await;
        }
        tokio::task::yield_now().await;
    }
}

/// The same after files are others on disk.
pub(crate) async fn closed_on_disk(shared: &Shared, root: &Path) {
    let edit = match shared.state().folders.get_mut(root) {
        Some(folder) => {
            folder.edits += 1;
            folder.edits
        }
        None => return,
    };
    closed_again(shared, root, edit).await;
}

/// A document that is closed is spoken of as other closed files are.
pub(crate) async fn closed(shared: &Shared, uri: &Url) {
    let said = {
        let mut state = shared.state();
        let encoding = state.encoding;
        state.file_of(uri).and_then(|path| {
            let root = state.root_of(&path)?;
            let folder = state.folders.get_mut(&root)?;
            let name = folder.name(&path).filter(|_| folder.inspection.is_some())?;
            let findings = folder.findings_in(&name);
            of_closed(folder, &name, &findings, encoding, true)
        })
    };
    let diagnostics = said.map(|(_, diagnostics)| diagnostics).unwrap_or_default();
    shared.client.publish_diagnostics(uri.clone(), diagnostics, None).await;
}

/// Takes back what was said of the files of a folder that is not open any more.
pub(crate) async fn gone(shared: &Shared, folder: &Folder) {
    let open: Vec<Url> = shared.state().documents.keys().cloned().collect();
    let open = open.into_iter().filter(|uri| path_of(uri).and_then(|path| folder.real(&path)).is_some());
    let told = folder.told_of.keys().filter_map(|file| folder.uri(&folder.path(file)));
    let all: BTreeSet<Url> = told.chain(open).collect();
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

/// What an edit of one document means for the other files of its folder is told when nothing was typed for a moment.
pub(crate) fn others_later(shared: &Arc<Shared>, root: PathBuf, edited: Url) {
    let number = {
        let mut state = shared.state();
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
            let shared = shared.clone();
            // A client that does not answer must not hold up anything.
            tokio::spawn(async move { ask_again(&shared).await });
        }
        closed_again(&shared, &root, number).await;
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
