//! `mkwhy move`

use mkwhy::{MovePlan, MoveRequest};

use super::Asked;
use super::dialogue::{Dialogue, Way};
use super::writing::{Mode, Writing};
use crate::args::MoveArguments;
use crate::exit::{Failure, Report, Status};
use crate::json::{self, Body, Moved};
use crate::output::Output;
use crate::render;

pub async fn run(asked: &Asked<'_>, arguments: &MoveArguments, output: &Output) -> Result<Report, Failure> {
    let mut writing = Writing::begin(asked, &arguments.writing, output).await?;
    let inspections = writing.inspections().await;
    // What one configuration needs nobody else may know of.
    if let Some(failure) = Writing::failures(&inspections).into_iter().next().filter(|_| writing.proves()) {
        return Err(failure);
    }
    let request = MoveRequest {
        option: arguments.option.clone(),
        all: arguments.all,
        to: arguments.to.clone(),
        priority: arguments.priority.map(|priority| priority.priority()),
        keep_inactive: arguments.keep_inactive,
        ..MoveRequest::default()
    };
    let (mut plan, proof) = match writing.proves() {
        true => {
            let proved = writing
                .proving(async |workspace, targets, known| {
                    workspace.prove_move(&inspections, &request, targets, known).await
                })
                .await?;
            (proved.0, Some(proved.1).filter(|proof| !proof.targets.is_empty()))
        }
        false => (asked.workspace.plan_move(&inspections, &request)?, None),
    };
    asked.workspace.find_next_best(&inspections, &mut plan);
    plan.fix.remarks.extend(asked.workspace.remarks_on_emptied(&plan.fix.change));
    let (fix, proof) = writing.formatted(plan.fix.clone(), proof).await?;
    let shown = MovePlan { fix: fix.clone(), ..plan.clone() };
    let mut page = String::new();
    render::fix::moving(&mut page, &shown, &asked.look);
    let proof = proof.filter(|_| !fix.change.is_empty());
    let holds = proof.as_ref().is_none_or(|proof| proof.holds(&fix));
    if let Some(proof) = &proof {
        render::fix::proof(&mut page, proof, &fix, &asked.look);
    }
    let writes = match writing.mode {
        _ if fix.change.is_empty() => false,
        Mode::Show => false,
        Mode::Write => holds,
        Mode::Ask => ask(&mut page, &writing).await?,
    };
    let mut document = Moved::new(&plan, &fix, proof, std::mem::take(&mut writing.notes));
    if writes {
        let applied = writing.write(&fix)?;
        for sentence in render::fix::written(&applied) {
            page.push_str(&format!("{sentence}\n"));
        }
        document = document.written(applied);
    }
    let left = !plan.left.is_empty() || !holds;
    let status = if left { Status::Left } else { Status::Found };
    if asked.json() {
        return Ok(Report { stdout: json::answer(Body::Move(document)), stderr: String::new(), status });
    }
    let stderr = document.notes().iter().map(|note| render::fix::note(note, &asked.look)).collect();
    Ok(Report { stdout: page, stderr, status })
}

/// Shows the plan, and asks whether it is wanted. What was shown is not printed again.
async fn ask(page: &mut String, writing: &Writing<'_>) -> Result<bool, Failure> {
    let mut dialogue = Dialogue::new(writing.output);
    dialogue.tell(&std::mem::take(page));
    let ways = [Way { key: 'y', word: "yes", answer: true }, Way { key: 'n', word: "no", answer: false }];
    let wanted = dialogue.ask("Write this?", &ways).await?;
    if !wanted {
        page.push_str("nothing was written\n");
    }
    Ok(wanted)
}
