//! Evaluating the active target of a folder in the background.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mkwhy::{Error, Inspection, Target, Workspace};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tower_lsp::lsp_types::notification::{Notification, Progress};
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    MessageType, NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};

use crate::publish;
use crate::settings::When;
use crate::state::Shared;

/// So long after a save nothing else must be saved for an evaluation to start.
const SETTLE: Duration = Duration::from_millis(150);

/// `mkwhy/status`: what is known of a folder, whenever that changes.
#[derive(Debug)]
pub enum StatusNotification {}

impl Notification for StatusNotification {
    type Params = Status;
    const METHOD: &'static str = "mkwhy/status";
}

/// What is known of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The folder, absolute.
    pub root: String,
    /// The active target.
    pub target: Option<String>,
    /// How its answers are known.
    pub state: Freshness,
    /// Why, in a sentence.
    pub message: Option<String>,
    /// How long the last evaluation took, in milliseconds.
    pub milliseconds: Option<u64>,
}

/// How the answers of a target are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// Nix evaluates it now.
    Evaluating,
    /// Nix evaluated what there is.
    Evaluated,
    /// Nix evaluated it before files were edited.
    Stale,
    /// Only its text was read.
    Syntax,
    /// Nix failed; what was known before stays, marked stale.
    Failed,
}

/// Starts an evaluation of a folder's active target soon; one that is under way is ended.
pub(crate) fn start(shared: &Arc<Shared>, root: PathBuf) {
    start_after(shared, root, SETTLE);
}

/// The same after some time, unless another is started before.
pub(crate) fn start_after(shared: &Arc<Shared>, root: PathBuf, delay: Duration) {
    let generation = {
        let mut state = shared.state();
        if !state.trusted {
            return;
        }
        let Some(folder) = state.folders.get_mut(&root) else { return };
        folder.generation += 1;
        // Dropping the sender ends what was under way, and Nix with it.
        folder.cancel = None;
        folder.generation
    };
    let shared = shared.clone();
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        run(&shared, &root, generation).await;
    });
}

async fn run(shared: &Arc<Shared>, root: &Path, generation: u64) {
    let (cancel, cancelled) = oneshot::channel();
    let (workspace, active, wanted, unsaved, progress) = {
        let mut state = shared.state();
        let progress = state.abilities.progress;
        let wanted = state.settings.target.clone();
        let unsaved = if state.settings.evaluate == When::Pause { state.unsaved(root) } else { BTreeMap::new() };
        let Some(folder) = state.folders.get_mut(root).filter(|folder| folder.generation == generation) else { return };
        folder.cancel = Some(cancel);
        (folder.workspace.clone(), folder.active.clone(), wanted, unsaved, progress)
    };
    let name = active.as_ref().map_or_else(|| "the configuration".to_owned(), |target| target.name.clone());
    tell(shared, root, Freshness::Evaluating, None, None).await;
    let token = NumberOrString::String(format!("mkwhy/evaluation/{generation}/{}", root.display()));
    if progress {
        begin(shared, &token, &name).await;
    }
    let began = Instant::now();
    let answer = on_a_thread(workspace, active, wanted, unsaved, cancelled).await;
    if progress {
        end(shared, token).await;
    }
    let milliseconds = u64::try_from(began.elapsed().as_millis()).ok();
    let failure = {
        let mut state = shared.state();
        // A late answer to an older question is dropped.
        let Some(folder) = state.folders.get_mut(root).filter(|folder| folder.generation == generation) else { return };
        folder.cancel = None;
        match answer {
            Some(Ok((target, targets, inspection))) => {
                folder.active = Some(target);
                if !targets.is_empty() {
                    folder.targets = targets;
                }
                folder.evaluated(inspection);
                None
            }
            Some(Err(error)) => {
                let said = folder.failure.as_ref().map(ToString::to_string) == Some(error.to_string());
                folder.failure = Some(error.clone());
                Some((error, said))
            }
            None => Some((cancelled_error(), true)),
        }
    };
    match failure {
        None => tell(shared, root, Freshness::Evaluated, None, milliseconds).await,
        Some((error, said)) => {
            let at = error.at().map(|at| format!("{at}: ")).unwrap_or_default();
            let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
            let message = format!("{at}{error}{help}");
            // One message for one failure, not one for each save.
            if !said {
                shared.client.show_message(MessageType::ERROR, &message).await;
            }
            tell(shared, root, Freshness::Failed, Some(message), milliseconds).await;
        }
    }
    publish::folder(shared, root).await;
    publish::closed_files(shared, root).await;
}

/// The error of an evaluation that somebody ended.
fn cancelled_error() -> Error {
    Error::cancelled()
}

/// Texts of files that are not on disk.
type Unsaved = BTreeMap<String, Option<Arc<str>>>;

type Answer = Result<(Target, Vec<Target>, Inspection), Error>;

/// Runs Nix on a thread of its own, until it is done or not wanted any more; then `None`.
async fn on_a_thread(
    workspace: Arc<Workspace>,
    active: Option<Target>,
    wanted: Option<String>,
    unsaved: Unsaved,
    cancelled: oneshot::Receiver<()>,
) -> Option<Answer> {
    let (done, answer) = oneshot::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let found = runtime.block_on(async {
            tokio::select! {
                _ = cancelled => None,
                answer = evaluate(&workspace, active, wanted, &unsaved) => Some(answer),
            }
        });
        // Nobody may wait for it any more.
        let _ = done.send(found);
    });
    answer.await.ok().flatten()
}

async fn evaluate(workspace: &Workspace, active: Option<Target>, wanted: Option<String>, unsaved: &Unsaved) -> Answer {
    // What the text does not name, Nix does.
    let (target, targets) = match active {
        Some(target) => (target, Vec::new()),
        None => (workspace.target(wanted.as_deref()).await?, workspace.targets().await?),
    };
    let inspection = if unsaved.is_empty() {
        workspace.inspect(&target).await?
    } else {
        let copy = workspace.private_copy(unsaved)?;
        copy.workspace().inspect(&workspace.target_in(copy.workspace(), &target)).await?
    };
    Ok((target, targets, inspection))
}

async fn begin(shared: &Shared, token: &NumberOrString, name: &str) {
    let params = WorkDoneProgressCreateParams { token: token.clone() };
    // A client that refuses shows none.
    let _ = shared.client.send_request::<WorkDoneProgressCreate>(params).await;
    let begin = WorkDoneProgressBegin {
        title: format!("Nix evaluates {name}"),
        cancellable: Some(true),
        message: None,
        percentage: None,
    };
    progress(shared, token.clone(), WorkDoneProgress::Begin(begin)).await;
}

async fn end(shared: &Shared, token: NumberOrString) {
    progress(shared, token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
}

async fn progress(shared: &Shared, token: NumberOrString, value: WorkDoneProgress) {
    let params = ProgressParams { token, value: ProgressParamsValue::WorkDone(value) };
    shared.client.send_notification::<Progress>(params).await;
}

/// Ends the evaluation that a progress token belongs to.
pub(crate) fn cancel(shared: &Shared, token: &str) {
    let mut state = shared.state();
    let Some(rest) = token.strip_prefix("mkwhy/evaluation/") else { return };
    let Some((generation, root)) = rest.split_once('/') else { return };
    if let Some(folder) = state.folders.get_mut(Path::new(&format!("/{}", root.trim_start_matches('/'))))
        && folder.generation.to_string() == generation
    {
        folder.cancel = None;
    }
}

/// Tells the client what is known of a folder.
pub(crate) async fn tell(
    shared: &Shared,
    root: &Path,
    state: Freshness,
    message: Option<String>,
    milliseconds: Option<u64>,
) {
    let target = {
        let state = shared.state();
        state.folders.get(root).and_then(|folder| folder.active.as_ref().map(|target| target.name.clone()))
    };
    let root = root.to_string_lossy().into_owned();
    shared.client.send_notification::<StatusNotification>(Status { root, target, state, message, milliseconds }).await;
}
