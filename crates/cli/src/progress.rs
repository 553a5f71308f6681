//! One line on standard error while Nix takes its time.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long an evaluation may take before the line appears: quick answers stay without flicker.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits for `work`, and says so when it takes longer than a second. The line is gone when this returns,
/// and also when it is dropped half-way, because the line goes with the future.
pub async fn shown<T>(wanted: bool, what: &str, work: impl Future<Output = T>) -> T {
    if !wanted {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = tokio::time::sleep(PATIENCE) => {}
    }
    let _line = Line::show(what);
    work.await
}

/// The line, as long as it is shown.
struct Line(Option<ProgressBar>);

impl Line {
    fn show(what: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            // Nothing can be done about a standard error that is closed.
            let _ = writeln!(std::io::stderr(), "mkwhy: {what} …");
            return Self(None);
        }
        let style = ProgressStyle::with_template("{spinner} {msg} … {elapsed}  (Ctrl-C stops it)")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned()).with_elapsed(PATIENCE);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
