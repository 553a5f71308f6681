//! The language server: who wins, while you type.
//!
//! An edit is answered from the text at once, with the conditions of the last evaluation; saving starts an evaluation
//! of the active target in the background ([`evaluation`]). Everything that is known stands in one `State`, whose lock
//! is never held while something is waited for. `requests` are what editors can ask beside the protocol.

mod aside;
mod asking;
mod backend;
mod capabilities;
pub mod evaluation;
mod exact;
mod features;
mod fixes;
mod folder;
mod folders;
mod framing;
mod handlers;
mod lenient;
mod pages;
mod place;
mod publish;
pub mod requests;
mod settings;
mod state;
mod text;
mod words;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

pub use settings::{HintSettings, ServerSettings, When};

use crate::backend::Backend;
use crate::lenient::{Ending, Lenient, Listened};

/// So many messages are dealt with at once at the most. Those that wait for Nix hold up no others.
const MOST_AT_ONCE: usize = 64;

/// So many bytes of the input are read ahead.
const PIPE: usize = 64 << 10;

/// So many threads help the one that answers, where there is much to read: it does half of that itself.
const HELPERS: usize = 1;

/// So long after `exit` what was asked before is still answered.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Serves one client until it says `exit` or goes away. Whether it said `shutdown` before, as the protocol wants.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite + Unpin) -> bool {
    // Where there is a pool already that one helps.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(HELPERS).build_global();
    let mut shared = None;
    let (service, socket) = LspService::build(|client| {
        let backend = Backend::new(client);
        shared = Some(backend.shared());
        backend
    })
    .custom_method("mkwhy/cascade", Backend::cascade)
    .custom_method("mkwhy/duplicates", Backend::duplicates)
    .custom_method("mkwhy/targets", Backend::targets)
    .custom_method("mkwhy/setTarget", Backend::set_target)
    .custom_method("mkwhy/imports", Backend::imports)
    .custom_method("mkwhy/evaluate", Backend::evaluate)
    .custom_method("mkwhy/setTrust", Backend::set_trust)
    .custom_method("mkwhy/items", Backend::document_items)
    .custom_method("mkwhy/options", Backend::options)
    .custom_method("mkwhy/children", Backend::children)
    .custom_method("mkwhy/rule", Backend::rule)
    .custom_method("mkwhy/modules", Backend::modules)
    .custom_method("mkwhy/fixes", Backend::fixes)
    .custom_method("mkwhy/proof", Backend::proof)
    .custom_method("mkwhy/text", Backend::text)
    .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
    .finish();
    let ending = Arc::new(Ending::default());
    let service = Lenient { service, ending: ending.clone() };
    let output = Listened { output, ending: ending.clone() };
    let (messages, passed_on) = tokio::io::duplex(PIPE);
    let serving = async {
        // A proof takes its time, and there may be several; everything else is to be answered meanwhile.
        let server = Server::new(messages, output, socket).concurrency_level(MOST_AT_ONCE).serve(service);
        tokio::join!(server, framing::messages(input, passed_on, &ending));
    };
    tokio::select! {
        () = serving => {}
        () = async {
            ending.exit.notified().await;
            tokio::time::sleep(LAST_ANSWERS).await;
        } => {}
    }
    if let Some(shared) = shared {
        evaluation::end_all(&shared).await;
    }
    ending.in_order()
}
