//! Evaluating the active target of a folder in the background.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mkwhy::{Error, Inspection, Target, Workspace};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tower_lsp::lsp_types::notification::{Notification, Progress};
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    MessageActionItem, MessageType, NumberOrString, ProgressParams, ProgressParamsValue, ShowDocumentParams,
    WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};

use crate::aside::{Haste, aside};
use crate::place::location;
use crate::publish;
use crate::settings::When;
use crate::state::Shared;

/// So long after a save nothing else must be saved for an evaluation to start.
const SETTLE: Duration = Duration::from_millis(150);

/// Why nothing is evaluated where nothing may be.
pub(crate) const NOT_TRUSTED: &str = "nothing is evaluated in a folder that is not trusted";

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
        let Some(generation) = state.outdate(&root) else { return };
        generation
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
    tell(shared, root, None, None).await;
    // The progress ends when this is dropped.
    let progress = progress.then(|| {
        let token = NumberOrString::String(format!("mkwhy/evaluation/{generation}/{}", root.display()));
        report(shared, token, format!("Nix evaluates {name}"))
    });
    let began = Instant::now();
    let saved = unsaved.is_empty();
    let evaluated = async move |_: &mut ()| evaluate(&workspace, active, wanted, &unsaved).await;
    // What says nothing panicked.
    let answer =
        aside(shared, cancelled, (), Haste::GivesWay, evaluated).await.unwrap_or_else(|_| Some(Err(Error::internal())));
    drop(progress);
    let milliseconds = u64::try_from(began.elapsed().as_millis()).ok();
    let (failure, before) = {
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
                (None, folder.evaluated(inspection))
            }
            Some(Err(error)) => {
                let said = folder.failure.as_ref().map(said) == Some(said(&error));
                folder.failed(error.clone());
                // What is half typed is marked where it fails, and no more.
                ((!said && (saved || error.at().is_none())).then_some(error), None)
            }
            None => {
                folder.failed(Error::cancelled());
                (None, None)
            }
        }
    };
    // It is large, and somebody may type.
    tokio::task::spawn_blocking(move || drop(before));
    tell(shared, root, None, milliseconds).await;
    // One message for one failure, not one for each save.
    if let Some(error) = failure {
        announce(shared, root, &error);
    }
    publish::folder(shared, root).await;
    publish::closed_files(shared, root).await;
}

/// A failure in a line or two: where, what, and what to do.
pub(crate) fn said(error: &Error) -> String {
    let at = error.at().map(|at| format!("{at}: ")).unwrap_or_default();
    let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{at}{error}{help}")
}

/// Says that Nix failed; a client that can show a place is offered to.
fn announce(shared: &Arc<Shared>, root: &Path, error: &Error) {
    let place = {
        let state = shared.state();
        let found =
            state.folders.get(root).zip(error.at()).and_then(|(folder, at)| location(folder, at, None, state.encoding));
        found.filter(|_| state.abilities.shows_documents)
    };
    let (shared, message) = (shared.clone(), said(error));
    // The answer may come much later, or never.
    tokio::spawn(async move {
        let Some(place) = place else { return shared.client.show_message(MessageType::ERROR, message).await };
        let action = MessageActionItem { title: "Show".into(), properties: HashMap::new() };
        let chosen = shared.client.show_message_request(MessageType::ERROR, message, Some(vec![action])).await;
        if matches!(chosen, Ok(Some(_))) {
            let shown = ShowDocumentParams {
                uri: place.uri,
                external: None,
                take_focus: Some(true),
                selection: Some(place.range),
            };
            let _ = shared.client.show_document(shown).await;
        }
    });
}

/// Texts of files that are not on disk.
type Unsaved = BTreeMap<String, Option<Arc<str>>>;

type Answer = Result<(Target, Vec<Target>, Inspection), Error>;

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

/// Reports progress until what it gives is dropped. A client that refuses, or does not answer, sees none.
pub(crate) fn report(shared: &Arc<Shared>, token: NumberOrString, title: String) -> oneshot::Sender<()> {
    let (ended, end) = oneshot::channel::<()>();
    let shared = shared.clone();
    tokio::spawn(async move {
        let params = WorkDoneProgressCreateParams { token: token.clone() };
        if shared.client.send_request::<WorkDoneProgressCreate>(params).await.is_err() {
            return;
        }
        let begin = WorkDoneProgressBegin { title, cancellable: Some(true), message: None, percentage: None };
        progress(&shared, token.clone(), WorkDoneProgress::Begin(begin)).await;
        // It is only ever dropped.
        let _ = end.await;
        progress(&shared, token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
    });
    ended
}

async fn progress(shared: &Shared, token: NumberOrString, value: WorkDoneProgress) {
    let params = ProgressParams { token, value: ProgressParamsValue::WorkDone(value) };
    shared.client.send_notification::<Progress>(params).await;
}

/// So long is waited for the ends of threads that were told to end.
const LAST: Duration = Duration::from_secs(2);

/// Ends all evaluations and proofs, and waits until nothing of them is left: no process, no private copy.
pub(crate) async fn end_all(shared: &Shared) {
    {
        let mut state = shared.state();
        state.outdate_all();
        state.offers.cancel_all();
    }
    let until = Instant::now() + LAST;
    while Arc::strong_count(&shared.running) > 1 && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Ends the evaluation or proof that a progress token belongs to.
pub(crate) fn cancel(shared: &Shared, token: &str) {
    let mut state = shared.state();
    state.offers.cancel(token);
    let Some(rest) = token.strip_prefix("mkwhy/evaluation/") else { return };
    let Some((generation, root)) = rest.split_once('/') else { return };
    if let Some(folder) = state.folders.get_mut(Path::new(&format!("/{}", root.trim_start_matches('/'))))
        && folder.generation.to_string() == generation
    {
        folder.cancel = None;
    }
}

/// Tells the client what is known of a folder.
pub(crate) async fn tell(shared: &Shared, root: &Path, why: Option<String>, milliseconds: Option<u64>) {
    let status = {
        let mut state = shared.state();
        let trusted = state.trusted;
        let Some(folder) = state.folders.get_mut(root) else { return };
        let freshness = folder.freshness();
        folder.told = Some(freshness);
        let message = why.or_else(|| match freshness {
            Freshness::Failed => folder.failure.as_ref().map(said),
            Freshness::Syntax if !trusted => Some(NOT_TRUSTED.to_owned()),
            Freshness::Syntax => Some("nothing was evaluated yet".to_owned()),
            _ => None,
        });
        Status {
            root: root.to_string_lossy().into_owned(),
            target: folder.active.as_ref().map(|target| target.name.clone()),
            state: freshness,
            message,
            milliseconds,
        }
    };
    shared.client.send_notification::<StatusNotification>(status).await;
}

/// Tells it where that is not what the client was last told.
pub(crate) async fn tell_news(shared: &Shared, root: &Path) {
    let news = {
        let state = shared.state();
        state.folders.get(root).is_some_and(|folder| folder.told != Some(folder.freshness()))
    };
    if news {
        tell(shared, root, None, None).await;
    }
}
