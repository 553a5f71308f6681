//! `mkwhy targets`

use super::Asked;
use crate::exit::{Failure, Report};
use crate::json::{self, Body};
use crate::render;

pub async fn run(asked: &Asked<'_>) -> Result<Report, Failure> {
    let targets = asked.waiting("looking for the configurations", asked.workspace.targets()).await?;
    let status = super::status_of_many(&mkwhy::Knowledge::Evaluated, targets.is_empty());
    if asked.json() {
        return Ok(Report { stdout: json::answer(Body::Targets { targets }), stderr: String::new(), status });
    }
    let text = render::targets::targets(&targets, asked.workspace.root(), &asked.look);
    Ok(super::where_it_belongs(text, targets.is_empty(), status))
}
