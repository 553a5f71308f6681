//! `mkwhy dups [PREFIX]`

use mkwhy::OptionPath;

use super::Asked;
use crate::exit::{Failure, Report};
use crate::json::{self, Body};
use crate::render;

pub async fn run(asked: &Asked<'_>, prefix: &OptionPath) -> Result<Report, Failure> {
    let target = asked.target().await?;
    let what = format!("Nix evaluates who sets what in {}", target.name);
    let matrix = asked.waiting(&what, asked.workspace.duplicates(&target, prefix)).await?;
    let status = super::status_of_many(&matrix.known, matrix.rows.is_empty());
    if asked.json() {
        return Ok(Report { stdout: json::answer(Body::Dups(matrix)), stderr: String::new(), status });
    }
    let text = render::matrix::matrix(&matrix, prefix, &asked.look);
    Ok(super::where_it_belongs(text, matrix.rows.is_empty(), status))
}
