//! `mkwhy why OPTION`

use mkwhy::{Answer, Cascade, FinalValue, Found, Knowledge, Message, OptionPath};

use super::Asked;
use crate::exit::{Failure, FailureKind, Report, Status};
use crate::json::{self, Body};
use crate::render;

pub async fn run(asked: &Asked<'_>, path: &OptionPath, syntax: bool) -> Result<Report, Failure> {
    if syntax {
        let answer = from_text(asked, path, None)?;
        return Ok(report(asked, answer));
    }
    match evaluated(asked, path).await {
        Ok(answer) => Ok(report(asked, answer)),
        // The text is still there to be read; the failure stays what the exit code says.
        Err(failure) if failure.kind == FailureKind::Evaluation => {
            let because = Message { text: failure.message.clone(), at: failure.at.clone() };
            let Ok(answer) = from_text(asked, path, Some(because)) else { return Err(failure) };
            let mut report = report(asked, answer);
            if !asked.json() {
                let verbose = asked.arguments.global.verbose > 0;
                report.stderr = format!("{}{}", render::failure::failure(&failure, verbose), report.stderr);
            }
            report.status = Status::Evaluation;
            Ok(report)
        }
        Err(failure) => Err(failure),
    }
}

/// Nix's answer. Where a log is kept, what the text alone would have said otherwise is part of it.
async fn evaluated(asked: &Asked<'_>, path: &OptionPath) -> Result<Answer, Failure> {
    let target = asked.target().await?;
    let what = format!("Nix evaluates {path} of {}", target.name);
    let answer = asked.waiting(&what, asked.workspace.why(&target, path)).await?;
    if tracing::enabled!(tracing::Level::INFO) {
        asked.workspace.read().replaced(&target, &answer);
    }
    Ok(answer)
}

fn from_text(asked: &Asked<'_>, path: &OptionPath, because: Option<Message>) -> Result<Answer, Failure> {
    let target = asked.workspace.target_by_text(asked.arguments.global.target.as_deref())?;
    Ok(asked.workspace.read().why(&target, path, because))
}

fn report(asked: &Asked<'_>, answer: Answer) -> Report {
    let status = status(&answer);
    if asked.json() {
        return Report { stdout: json::answer(Body::Why(answer)), stderr: String::new(), status };
    }
    let text = render::why::answer(&answer, &asked.look);
    // What explains why there is no answer is no answer: it goes where a pipe does not take it for one.
    match answer.found {
        Found::Cascade { .. } | Found::Namespace { .. } => Report { stdout: text, stderr: String::new(), status },
        Found::Missing { .. } | Found::Opaque { .. } | Found::Failed { .. } => {
            Report { stdout: String::new(), stderr: text, status }
        }
    }
}

/// The exit code of an answer.
fn status(answer: &Answer) -> Status {
    match &answer.found {
        Found::Cascade { cascade } => status_of_cascade(cascade),
        Found::Namespace { .. } => Status::Found,
        Found::Missing { .. } | Found::Opaque { .. } => Status::NotFound,
        Found::Failed { .. } => Status::Evaluation,
    }
}

fn status_of_cascade(cascade: &Cascade) -> Status {
    if cascade.contradiction {
        return Status::Contradiction;
    }
    // Definitions of an option that nobody declares are shown, but the option itself does not exist.
    if !cascade.declared {
        return Status::NotFound;
    }
    match (&cascade.known, &cascade.value) {
        (Knowledge::Failed { .. }, _) | (_, FinalValue::Failed { .. }) => Status::Evaluation,
        _ => Status::Found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    fn of(change: impl FnOnce(&mut Cascade)) -> Status {
        let mut cascade = samples::max_jobs();
        change(&mut cascade);
        status(&Answer {
            target: String::new(),
            known: Knowledge::Evaluated,
            found: Found::Cascade { cascade: Box::new(cascade) },
        })
    }

    #[test]
    fn exit_codes_of_cascades() {
        let failed = || FinalValue::Failed { message: Message::new("no") };
        assert_eq!(of(|_| {}), Status::Found);
        assert_eq!(of(|cascade| cascade.declared = false), Status::NotFound);
        assert_eq!(of(|cascade| cascade.value = failed()), Status::Evaluation);
        let known = || Knowledge::Failed { message: Message::new("no") };
        assert_eq!(of(|cascade| cascade.known = known()), Status::Evaluation);
        let contradicted = of(|cascade| {
            cascade.contradiction = true;
            cascade.value = failed();
        });
        assert_eq!(contradicted, Status::Contradiction, "it says more than that the value failed");
    }

    #[test]
    fn exit_codes_of_other_answers() {
        let path = OptionPath::from_names(["a"]);
        let code = |found| status(&Answer { target: String::new(), known: Knowledge::Evaluated, found });
        assert_eq!(code(Found::Namespace { path: path.clone(), names: vec![] }), Status::Found);
        assert_eq!(code(Found::Missing { path: path.clone(), suggestions: vec![] }), Status::NotFound);
        let opaque = Found::Opaque { path: path.clone(), option: path.clone(), option_type: None };
        assert_eq!(code(opaque), Status::NotFound);
        assert_eq!(code(Found::Failed { path, message: Message::new("no") }), Status::Evaluation);
    }
}
