//! `mkwhy why OPTION`

use mkwhy::{Answer, Cascade, FinalValue, Found, Knowledge, OptionPath};

use super::Asked;
use crate::exit::{Failure, Report, Status};
use crate::json::{self, Body};
use crate::render;

pub async fn run(asked: &Asked<'_>, path: &OptionPath) -> Result<Report, Failure> {
    let target = asked.target().await?;
    let what = format!("Nix evaluates {path} of {}", target.name);
    let answer = asked.waiting(&what, asked.workspace.why(&target, path)).await?;
    let status = status(&answer);
    if asked.json() {
        return Ok(Report { stdout: json::answer(Body::Why(answer)), stderr: String::new(), status });
    }
    let text = render::why::answer(&answer, &asked.look);
    // What explains why there is no answer is no answer: it goes where a pipe does not take it for one.
    Ok(match answer.found {
        Found::Cascade { .. } | Found::Namespace { .. } => Report { stdout: text, stderr: String::new(), status },
        Found::Missing { .. } | Found::Opaque { .. } | Found::Failed { .. } => {
            Report { stdout: String::new(), stderr: text, status }
        }
    })
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
        status(&Answer { target: String::new(), found: Found::Cascade { cascade: Box::new(cascade) } })
    }

    #[test]
    fn exit_codes_of_cascades() {
        let failed = || FinalValue::Failed { message: mkwhy::Message::new("no") };
        assert_eq!(of(|_| {}), Status::Found);
        assert_eq!(of(|cascade| cascade.declared = false), Status::NotFound);
        assert_eq!(of(|cascade| cascade.value = failed()), Status::Evaluation);
        let known = || Knowledge::Failed { message: mkwhy::Message::new("no") };
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
        let code = |found| status(&Answer { target: String::new(), found });
        assert_eq!(code(Found::Namespace { path: path.clone(), names: vec![] }), Status::Found);
        assert_eq!(code(Found::Missing { path: path.clone(), suggestions: vec![] }), Status::NotFound);
        let opaque = Found::Opaque { path: path.clone(), option: path.clone(), option_type: None };
        assert_eq!(code(opaque), Status::NotFound);
        assert_eq!(code(Found::Failed { path, message: mkwhy::Message::new("no") }), Status::Evaluation);
    }
}
