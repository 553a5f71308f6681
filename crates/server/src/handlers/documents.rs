//! What happens to files: in the editor and on disk.

use std::path::PathBuf;
use std::time::Duration;

use tower_lsp::lsp_types::*;

use crate::backend::Backend;
use crate::settings::When;
use crate::state::{Document, is_nix};
use crate::text::Text;
use crate::{evaluation, publish};

/// The file with what a person says of a folder.
const CONFIG: &str = "mkwhy.toml";

impl Backend {
    /// A document is open.
    pub(crate) async fn opened(&self, document: TextDocumentItem) {
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

    /// A document has another text.
    pub(crate) async fn changed(&self, params: DidChangeTextDocumentParams) {
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
            publish::others_later(&self.shared, root, uri);
        }
    }

    /// A document is closed.
    pub(crate) async fn closed(&self, uri: Url) {
        let root = {
            let mut state = self.shared.state();
            state.documents.remove(&uri);
            let root = state.file_of(&uri).and_then(|path| Some((state.root_of(&path)?, path)));
            if let Some((root, path)) = &root
                && let Some(folder) = state.folders.get_mut(root)
            {
                folder.spell(path, None);
                folder.reload(path);
            }
            root.map(|(root, _)| root)
        };
        publish::closed(&self.shared, &uri).await;
        if let Some(root) = root {
            evaluation::tell_news(&self.shared, &root).await;
            publish::others_later(&self.shared, root, uri);
        }
    }

    /// Files of folders are others on disk now.
    pub(crate) async fn changed_on_disk(&self, uris: &[Url]) {
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
                if let Some(folder) = state.folders.get_mut(&root)
                    && !is_nix(path)
                {
                    folder.look_anew();
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
            let message = format!("mkwhy: {}; what it said before stays in force", evaluation::said(&error));
            self.shared.client.show_message(MessageType::WARNING, message).await;
        }
        for root in roots {
            publish::folder(&self.shared, &root).await;
            evaluation::tell_news(&self.shared, &root).await;
            if by_itself {
                evaluation::start(&self.shared, root);
            } else {
                publish::closed_on_disk(&self.shared, &root).await;
            }
        }
    }
}
