//! Taking up an offer: it is tried, and what comes of it is said.

use std::sync::Arc;

use mkwhy::{Fix, Inspection, Left, MovePlan, Proof, Target, Workspace};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{CodeAction, MessageType, NumberOrString, WorkspaceEdit};

use super::edit::{Annotation, workspace_edit};
use super::{CANCELLED, EDITED, FAILED, Offer, Proving, Tried, Unsaved, What, outdated, refused};
use crate::aside::{Haste, aside};
use crate::evaluation;
use crate::requests::{FixAnswer, FixValue};
use crate::state::Shared;

/// So many changes of values are told in one sentence.
const MOST_TOLD: usize = 5;

/// So long a value may be in it.
const MOST_LETTERS: usize = 60;

/// A code action with its edit, and with what Nix says of it in its title.
pub(crate) async fn resolved(shared: &Arc<Shared>, mut action: CodeAction) -> Result<CodeAction> {
    let id = action.data.as_ref().and_then(|data| data["offer"].as_str()).map(str::to_owned);
    let Some(id) = id else { return Ok(action) };
    let (offer, tried) = tried(shared, &id).await?;
    if offer.only_proved && !tried.holds() {
        let why = format!("they are not settled together, because {}: settle them one by one", tried.verdict());
        return Err(refused(FAILED, why));
    }
    action.title = titled(&offer, &tried);
    action.edit = Some(edited(shared, &offer, &tried)?);
    Ok(action)
}

/// The same for an extension.
pub(crate) async fn proved(shared: &Arc<Shared>, id: &str) -> Result<FixAnswer> {
    let (offer, tried) = tried(shared, id).await?;
    let edit = edited(shared, &offer, &tried)?;
    let values = tried.proof.targets.iter().flat_map(|target| {
        target.changed.iter().map(|change| FixValue {
            target: target.target.clone(),
            option: change.option.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
            meant: tried.fix.meant.iter().any(|meant| change.option.starts_with(meant)) || change.only_silences(),
        })
    });
    Ok(FixAnswer {
        title: titled(&offer, &tried),
        proved: tried.holds(),
        verdict: tried.verdict(),
        values: values.collect(),
        failures: failures(&tried.proof),
        remarks: tried.fix.remarks.clone(),
        left: left(&tried),
        to_add: to_add(shared, &offer, &tried.fix),
        edit,
    })
}

fn titled(offer: &Offer, tried: &Tried) -> String {
    // What moving comes to is only known by now.
    let title = tried.plan.as_ref().map_or(&offer.title, |plan| &plan.fix.title);
    format!("{title} ({})", tried.verdict())
}

fn left(tried: &Tried) -> Vec<String> {
    let left = tried.plan.iter().flat_map(|plan| &plan.left);
    left.map(|left| format!("{} at {} stays: {}{}", left.option, left.at, left.why, next(left))).collect()
}

/// What can be done instead, as the end of a sentence.
fn next(left: &Left) -> String {
    let Some(next) = &left.next else { return String::new() };
    let command = next.command.as_ref().map(|command| format!(" (`{command}`)")).unwrap_or_default();
    format!("; next best: {}{command}", next.title)
}

/// Why a plan moves nothing, and what can be done instead.
pub(super) fn why_refused(plan: &MovePlan) -> String {
    let one = |left: &Left| format!("{}: {}{}", left.at, left.why, next(left));
    format!("nothing is moved: {}", plan.left.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// What comes of an offer: from before, or tried now.
async fn tried(shared: &Arc<Shared>, id: &str) -> Result<(Offer, Arc<Tried>)> {
    let offer = shared.state().offers.get(id)?;
    // What stands in the way was looked for when it was offered.
    if let Some(why) = &offer.refusal {
        return Err(refused(FAILED, why.clone()));
    }
    let proving = {
        let state = shared.state();
        let Some(folder) = state.folders.get(&offer.root) else {
            return Err(refused(EDITED, "the folder of this fix is not open any more"));
        };
        folder.proving.clone()
    };
    // They take turns: the second that asks for the same finds it done.
    let proving = proving.lock_owned().await;
    let (job, token) = {
        let mut state = shared.state();
        if !state.trusted {
            return Err(refused(FAILED, "nothing is evaluated in a folder that is not trusted"));
        }
        let Some(folder) = state.folders.get(&offer.root) else {
            return Err(refused(EDITED, "the folder of this fix is not open any more"));
        };
        let epoch = folder.epoch;
        if let Some(tried) = state.offers.tried(id, epoch) {
            return Ok((offer.clone(), tried.clone()));
        }
        if let What::Fix(fix) = &offer.what
            && let Some(name) = outdated(&state, &offer.root, &fix.change)
        {
            return Err(edited_since(name));
        }
        let targets = match folder.targets.as_slice() {
            [] => folder.active.iter().cloned().collect(),
            targets => targets.to_vec(),
        };
        let job = Job {
            workspace: folder.workspace.clone(),
            targets,
            unsaved: state.unsaved(&offer.root),
            what: offer.what.clone(),
            epoch,
        };
        state.offers.count += 1;
        (job, format!("mkwhy/proof/{}", state.offers.count))
    };
    let epoch = job.epoch;
    let (fix, plan, proof) = run(shared, job, proving, &token, &offer.title).await?;
    let tried = Arc::new(Tried { epoch, fix, plan, proof });
    let mut state = shared.state();
    let now = state.folders.get(&offer.root).map(|folder| folder.epoch);
    if now == Some(epoch) {
        state.offers.tried.insert(offer.id.clone(), tried.clone());
    }
    Ok((offer, tried))
}

fn edited_since(name: &str) -> Error {
    refused(EDITED, format!("{name} was edited since this was offered: ask again"))
}

/// The edit of an offer, if it is still one of what is open.
fn edited(shared: &Shared, offer: &Offer, tried: &Tried) -> Result<WorkspaceEdit> {
    let state = shared.state();
    let Some(folder) = state.folders.get(&offer.root) else {
        return Err(refused(EDITED, "the folder of this fix is not open any more"));
    };
    if let Some(name) = outdated(&state, &offer.root, &tried.fix.change) {
        return Err(edited_since(name));
    }
    // The proof is of all texts of the folder.
    if folder.epoch != tried.epoch {
        return Err(refused(EDITED, "files were edited while this was tried: ask again"));
    }
    let to_add = folder.workspace.files_to_add(&tried.fix.change);
    if !to_add.is_empty() && !state.abilities.annotates_changes {
        let message = format!("mkwhy: Nix sees the new file after: git add {}", to_add.join(" "));
        let client = shared.client.clone();
        tokio::spawn(async move { client.show_message(MessageType::INFO, message).await });
    }
    let annotation = Annotation {
        label: tried.verdict(),
        description: described(tried, &to_add),
        asks: !(tried.holds() && tried.proof.is_unchanged()),
    };
    workspace_edit(&state, folder, &tried.fix.change, Some(annotation))
}

fn to_add(shared: &Shared, offer: &Offer, fix: &Fix) -> Vec<String> {
    let state = shared.state();
    state.folders.get(&offer.root).map(|folder| folder.workspace.files_to_add(&fix.change)).unwrap_or_default()
}

/// What an edit changes, for a person who is asked.
fn described(tried: &Tried, to_add: &[String]) -> String {
    let mut lines = Vec::new();
    for target in &tried.proof.targets {
        for change in target.changed.iter().take(MOST_TOLD) {
            let value = |value: &mkwhy::FinalValue| match value.value() {
                Some(value) => crate::words::cut(&value.to_string(), MOST_LETTERS),
                None => match value {
                    mkwhy::FinalValue::Undefined => "nothing".to_owned(),
                    mkwhy::FinalValue::Failed { message } => {
                        format!("fails: {}", crate::words::cut(&message.text, MOST_LETTERS))
                    }
                    _ => "unknown".to_owned(),
                },
            };
            let (before, after) = (value(&change.before), value(&change.after));
            lines.push(format!("{} on {}: {before} becomes {after}", change.option, target.target));
        }
        if target.changed.len() > MOST_TOLD {
            lines.push(format!("and {} more on {}", target.changed.len() - MOST_TOLD, target.target));
        }
    }
    lines.extend(failures(&tried.proof));
    lines.extend(tried.fix.remarks.iter().cloned());
    lines.extend(left(tried));
    if !to_add.is_empty() {
        lines.push(format!("Nix sees the new file after: git add {}", to_add.join(" ")));
    }
    if lines.is_empty() { tried.proof.summary() } else { lines.join("; ") }
}

fn failures(proof: &Proof) -> Vec<String> {
    let failed = proof.targets.iter().filter_map(|target| Some((&target.target, target.failure.as_ref()?)));
    failed.map(|(target, why)| format!("{target}: {why}")).collect()
}

/// What is to be tried.
struct Job {
    workspace: Arc<Workspace>,
    targets: Vec<Target>,
    unsaved: Unsaved,
    what: What,
    epoch: u64,
}

type Outcome = (Arc<Fix>, Option<Arc<MovePlan>>, Proof);

/// Why there is none.
type Failure = std::result::Result<Outcome, String>;

/// Tries it on a thread of its own, with progress, until it is done or nobody waits for it any more.
async fn run(
    shared: &Arc<Shared>,
    job: Job,
    proving: tokio::sync::OwnedMutexGuard<Proving>,
    token: &str,
    title: &str,
) -> Result<Outcome> {
    let (cancel, cancelled) = oneshot::channel::<()>();
    let progress = {
        let mut state = shared.state();
        state.offers.proving.insert(token.to_owned(), cancel);
        state.abilities.progress
    };
    // Whoever stops waiting for the answer ends what is done for it.
    let _ends = Ends { shared: shared.clone(), token: token.to_owned() };
    let _progress = progress
        .then(|| evaluation::report(shared, NumberOrString::String(token.to_owned()), format!("mkwhy tries: {title}")));
    match aside(shared, cancelled, proving, Haste::GivesWay, async move |proving| tried_out(job, proving).await).await {
        Ok(Some(Ok(found))) => Ok(found),
        Ok(Some(Err(why))) => Err(refused(FAILED, why)),
        Ok(None) => Err(refused(CANCELLED, "it was not tried to the end")),
        Err(_) => Err(Error::internal_error()),
    }
}

/// Forgets, and so ends, a proof.
struct Ends {
    shared: Arc<Shared>,
    token: String,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.shared.state().offers.cancel(&self.token);
    }
}

async fn tried_out(job: Job, proving: &mut Proving) -> Failure {
    let said = |error: mkwhy::Error| evaluation::said(&error);
    let (fix, plan) = match job.what {
        What::Fix(fix) => {
            // Several at once are of no rule; nor is another priority, which empties nothing.
            if fix.code.is_none() {
                let proved = job.workspace.prove_together(&job.unsaved, &fix, &job.targets, &mut proving.known).await;
                let (fix, proof) = proved.map_err(said)?;
                return Ok((told_of_emptied(&job.workspace, Arc::new(fix)), None, proof));
            }
            (fix, None)
        }
        What::Move(request) => {
            let inspections = match &proving.inspections {
                Some((epoch, known)) if *epoch == job.epoch => known.clone(),
                _ => {
                    let all = Arc::new(inspected(&job.workspace, &job.targets, &job.unsaved).await.map_err(said)?);
                    proving.inspections = Some((job.epoch, all.clone()));
                    all
                }
            };
            let mut plan = job.workspace.plan_move(&inspections, &request).map_err(said)?;
            job.workspace.find_next_best(&inspections, &mut plan);
            if plan.fix.change.is_empty() {
                return Err(why_refused(&plan));
            }
            (Arc::new(plan.fix.clone()), Some(Arc::new(plan)))
        }
    };
    let proof = job.workspace.prove_over(&job.unsaved, &fix.change, &job.targets, &mut proving.known).await;
    Ok((told_of_emptied(&job.workspace, fix), plan, proof.map_err(said)?))
}

/// A fix with what is to be said of modules that nothing is left in.
fn told_of_emptied(workspace: &Workspace, mut fix: Arc<Fix>) -> Arc<Fix> {
    let emptied = workspace.remarks_on_emptied(&fix.change);
    if !emptied.is_empty() {
        Arc::make_mut(&mut fix).remarks.extend(emptied);
    }
    fix
}

/// All targets, as the texts are that are open. One that does not evaluate is not planned for; its proof says so.
async fn inspected(
    workspace: &Workspace,
    targets: &[Target],
    unsaved: &Unsaved,
) -> std::result::Result<Vec<Inspection>, mkwhy::Error> {
    let copy = if unsaved.is_empty() { None } else { Some(workspace.private_copy(unsaved)?) };
    let there = copy.as_ref().map_or(workspace, |copy| copy.workspace());
    let targets: Vec<Target> = targets.iter().map(|target| workspace.target_in(there, target)).collect();
    let mut inspections = Vec::new();
    let mut failure = None;
    for inspection in there.inspect_all(&targets).await {
        match inspection {
            Ok(inspection) => inspections.push(inspection),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if inspections.is_empty() => Err(error),
        _ => Ok(inspections),
    }
}
