//! The language server: who wins, while you type.
//!
//! An edit is answered from the text at once, with the conditions of the last evaluation; saving starts an evaluation
//! of the active target in the background ([`evaluation`]). Everything that is known stands in one `State`, whose lock
//! is never held while something is waited for. `requests` are what editors can ask beside the protocol.

mod backend;
pub mod evaluation;
mod features;
mod folder;
mod place;
mod publish;
pub mod requests;
mod settings;
mod state;
mod text;
mod words;

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

pub use settings::{HintSettings, ServerSettings, When};

use crate::backend::Backend;

/// Serves one client until it says `exit` or goes away.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) {
    let (service, socket) = LspService::build(Backend::new)
        .custom_method("mkwhy/cascade", Backend::cascade)
        .custom_method("mkwhy/duplicates", Backend::duplicates)
        .custom_method("mkwhy/targets", Backend::targets)
        .custom_method("mkwhy/setTarget", Backend::set_target)
        .custom_method("mkwhy/imports", Backend::imports)
        .custom_method("mkwhy/evaluate", Backend::evaluate)
        .custom_method("mkwhy/setTrust", Backend::set_trust)
        .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
        .finish();
    Server::new(input, output, socket).serve(service).await;
}
