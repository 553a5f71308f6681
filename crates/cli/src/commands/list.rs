//! `mkwhy ls [PREFIX]`

use mkwhy::OptionPath;

use super::Asked;
use crate::exit::{Failure, Report};
use crate::json::{self, Body};
use crate::render;

pub async fn run(asked: &Asked<'_>, prefix: &OptionPath) -> Result<Report, Failure> {
    let target = asked.target().await?;
    let what = format!("Nix evaluates what your modules define in {}", target.name);
    let listing = asked.waiting(&what, asked.workspace.list(&target, prefix)).await?;
    let status = super::status_of_many(&listing.known, listing.settings.is_empty());
    if asked.json() {
        return Ok(Report { stdout: json::answer(Body::Ls(listing)), stderr: String::new(), status });
    }
    let text = render::list::listing(&listing, prefix, &asked.look);
    Ok(super::where_it_belongs(text, listing.settings.is_empty(), status))
}
