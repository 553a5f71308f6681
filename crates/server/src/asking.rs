//! Asking Nix about single options, when somebody looks at one: those that other people's modules define are not part of
//! what is evaluated for a whole target.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mkwhy::OptionPath;
use tokio::sync::oneshot;

use crate::aside::{Haste, aside};
use crate::settings::When;
use crate::state::Shared;

/// So long somebody waits for what only Nix can tell.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks Nix about a path, unless it was asked before, or may not be asked. One at a time; who is not waited for any more
/// is ended.
pub(crate) async fn ask(shared: &Arc<Shared>, root: &Path, path: OptionPath) {
    let _turn = shared.asking.lock().await;
    let (workspace, target, inspection) = {
        let state = shared.state();
        let by_itself = state.trusted && state.settings.evaluate != When::Command;
        let Some(folder) = state.folders.get(root).filter(|folder| by_itself && folder.can_ask(&path)) else { return };
        let (Some(target), Some(inspection)) = (folder.active.clone(), folder.inspection.clone()) else { return };
        (folder.workspace.clone(), target, inspection)
    };
    // Dropping it, also together with this future, ends Nix.
    let (wanted, unwanted) = oneshot::channel::<()>();
    let asked = path.clone();
    let answer =
        aside(shared, unwanted, (), Haste::Awaited, async move |_: &mut ()| workspace.why(&target, &asked).await.ok());
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    drop(wanted);
    let found = answer.ok().and_then(Result::ok).flatten().flatten().map(|answer| answer.found);
    let mut state = shared.state();
    let Some(folder) = state.folders.get_mut(root) else { return };
    // It is about the evaluation of then.
    if folder.inspection.as_ref().is_some_and(|now| Arc::ptr_eq(now, &inspection)) {
        folder.answered(path, found);
    }
}
