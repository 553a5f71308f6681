//! What the protocol asks of a server's end, what clients send that it does not quite allow, and requests that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::io::AsyncWrite;
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};
use tower_service::Service;

use crate::framing::NO_MESSAGE;

/// How a client ends the server.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// It said `shutdown`.
    asked: AtomicBool,
    /// It said `exit`, or does not listen any more.
    pub(crate) exit: Notify,
}

impl Ending {
    /// Whether the client asked for it before it ended the server.
    pub(crate) fn in_order(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Takes `"params": null` of messages that have no parameters for none, sees the end come, and answers for what panics.
pub(crate) struct Lenient<S> {
    pub(crate) service: S,
    pub(crate) ending: Arc<Ending>,
}

impl<S: Service<Request, Response = Option<Response>>> Service<Request> for Lenient<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Guarded<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.method() == "shutdown" {
            self.ending.asked.store(true, Ordering::Relaxed);
        }
        let (id, method) = (request.id().cloned(), request.method().to_owned());
        if method == NO_MESSAGE {
            let code = request.params().and_then(|params| params.get(0)?.as_i64()).unwrap_or_default();
            return Guarded { work: Work::NoMessage(code), id, method };
        }
        Guarded { work: Work::Service(Box::pin(self.service.call(corrected(request)))), id, method }
    }
}

/// An output of which the end is the end of the server: nobody reads it any more.
pub(crate) struct Listened<W> {
    pub(crate) output: W,
    pub(crate) ending: Arc<Ending>,
}

impl<W: AsyncWrite + Unpin> Listened<W> {
    /// What cannot be written is said to be, and the server ends; the layers below would panic.
    fn settle<T>(&self, poll: Poll<std::io::Result<T>>, done: T) -> Poll<std::io::Result<T>> {
        match poll {
            Poll::Ready(Err(error)) => {
                tracing::info!(%error, "nobody reads the output any more");
                self.ending.exit.notify_one();
                Poll::Ready(Ok(done))
            }
            other => other,
        }
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Listened<W> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        let poll = Pin::new(&mut self.output).poll_write(context, buf);
        self.settle(poll, buf.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let poll = Pin::new(&mut self.output).poll_flush(context);
        self.settle(poll, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let poll = Pin::new(&mut self.output).poll_shutdown(context);
        self.settle(poll, ())
    }
}

/// A message as the layers below know it.
fn corrected(request: Request) -> Request {
    let (method, id, mut params) = request.into_parts();
    match (&*method, &mut params) {
        ("shutdown" | "exit", params) => *params = None,
        // The types have this name from a draft of the protocol.
        ("initialize", Some(params)) => {
            let workspace = params.pointer_mut("/capabilities/workspace").and_then(Value::as_object_mut);
            if let Some(workspace) = workspace
                && let Some(diagnostics) = workspace.remove("diagnostics")
            {
                workspace.entry("diagnostic").or_insert(diagnostics);
            }
        }
        _ => {}
    }
    let mut built = Request::build(method);
    if let Some(id) = id {
        built = built.id(id);
    }
    match params {
        Some(params) => built.params(params).finish(),
        None => built.finish(),
    }
}

/// The answer of one message. If it panics that message has an error, and nothing else happens.
pub(crate) struct Guarded<F> {
    work: Work<F>,
    id: Option<Id>,
    method: String,
}

enum Work<F> {
    Service(Pin<Box<F>>),
    /// It was no message; the code of the error.
    NoMessage(i64),
}

impl<F: Future<Output = Result<Option<Response>, E>>, E> Future for Guarded<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let future = match &mut this.work {
            Work::Service(future) => future,
            Work::NoMessage(code) => {
                let error = Error::new(ErrorCode::from(*code));
                return Poll::Ready(Ok(Some(Response::from_error(this.id.take().unwrap_or(Id::Null), error))));
            }
        };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => {
                tracing::error!(method = this.method, "a panic");
                // A notification has no answer.
                Poll::Ready(Ok(this.id.take().map(|id| Response::from_error(id, Error::internal_error()))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics where it is told to, after it has waited once.
    struct Fragile;

    impl Service<Request> for Fragile {
        type Response = Option<Response>;
        type Error = std::convert::Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Option<Response>, Self::Error>>>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            Box::pin(async move {
                tokio::task::yield_now().await;
                assert_ne!(request.method(), "panic", "on purpose");
                Ok(request.id().cloned().map(|id| Response::from_ok(id, Value::Null)))
            })
        }
    }

    #[test]
    fn a_panic_is_the_answer_of_one_request() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut service = Lenient { service: Fragile, ending: Arc::default() };
        let mut said = |request: Request| runtime.block_on(service.call(request)).expect("an answer");
        let bad = said(Request::build("panic").id(7).finish()).expect("an answer to a request");
        assert_eq!((bad.id(), bad.error().map(|error| error.code.code())), (&Id::Number(7), Some(-32603)));
        assert_eq!(said(Request::build("panic").finish()), None, "a notification has no answer");
        let good = said(Request::build("fine").id(8).finish()).expect("an answer to a request");
        assert!(good.is_ok());
    }
}
