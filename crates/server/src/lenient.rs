//! What the protocol asks of a server's end, and what clients send that it does not quite allow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tower_lsp::jsonrpc::Request;
use tower_service::Service;

/// How a client ends the server.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// It said `shutdown`.
    asked: AtomicBool,
    /// It said `exit`.
    pub(crate) exit: Notify,
}

impl Ending {
    /// Whether the client asked for it before it ended the server.
    pub(crate) fn in_order(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Takes `"params": null` of messages that have no parameters for none, and sees the end come.
pub(crate) struct Lenient<S> {
    pub(crate) service: S,
    pub(crate) ending: Arc<Ending>,
}

impl<S: Service<Request>> Service<Request> for Lenient<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match request.method() {
            "shutdown" => self.ending.asked.store(true, Ordering::Relaxed),
            "exit" => self.ending.exit.notify_one(),
            _ => {}
        }
        let request = match (request.method(), request.params()) {
            (method @ ("shutdown" | "exit"), Some(_)) => {
                let plain = Request::build(method.to_owned());
                match request.id() {
                    Some(id) => plain.id(id.clone()).finish(),
                    None => plain.finish(),
                }
            }
            _ => request,
        };
        self.service.call(request)
    }
}
