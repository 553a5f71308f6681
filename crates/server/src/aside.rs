//! What takes its time, such as asking Nix: on a thread of its own, so that nothing else waits for it.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::RecvError;

use crate::state::Shared;

/// What is done aside gives way to what a person types, by so many steps of `nice`: one who types waits for an answer
/// within milliseconds, one who saves for seconds.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 10;

/// Whether somebody waits for what is done aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Somebody looks at one thing and waits for it alone.
    Awaited,
    /// It takes its time.
    GivesWay,
}

/// Does some work aside, with something that is held for as long as any of it goes on. `None` if `unwanted` said so, or
/// its other end is gone, before it was done; an error if it panicked.
pub(crate) async fn aside<H: Send + 'static, T: Send + 'static>(
    shared: &Arc<Shared>,
    unwanted: oneshot::Receiver<()>,
    mut held: H,
    haste: Haste,
    work: impl AsyncFnOnce(&mut H) -> T + Send + 'static,
) -> Result<Option<T>, RecvError> {
    let (done, answer) = oneshot::channel();
    // The server does not end before this is gone.
    let running = shared.running.clone();
    std::thread::spawn(move || {
        let _running = running;
        if haste == Haste::GivesWay {
            give_way();
        }
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let found = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = unwanted => None,
                found = work(&mut held) => Some(found),
            }
        });
        // What copies in the background is part of it.
        drop(runtime);
        drop(held);
        // Nobody may wait for it any more.
        let _ = done.send(found);
    });
    answer.await
}

/// Lets this thread, with what it starts (Nix among it), have the processor after others. Elsewhere than on Linux that
/// would be the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(GIVES_WAY) {
        tracing::debug!(%error, "what is done aside does not give way");
    }
}
