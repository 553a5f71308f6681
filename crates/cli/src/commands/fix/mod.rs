//! `mkwhy fix`

mod choice;
mod dialogue;

use std::collections::BTreeSet;

use mkwhy::{Batch, Check, Finding, Fix, Inspection, Level, Proof};

use self::choice::{Item, chosen};
use super::Asked;
use super::writing::{Mode, Writing};
use crate::args::FixArguments;
use crate::exit::{Failure, Report, Status};
use crate::json::{self, Body, FixOutcome, Fixed};
use crate::output::Output;
use crate::render;

/// So often the fixes of what is left are looked for again.
const MOST_ROUNDS: usize = 10;

pub async fn run(asked: &Asked<'_>, arguments: &FixArguments, output: &Output) -> Result<Report, Failure> {
    let writing = Writing::begin(asked, &arguments.writing, output).await?;
    let mut run = Run {
        writing,
        arguments,
        page: String::new(),
        told: Fixed::default(),
        failures: Vec::new(),
        quit: false,
        emptied: BTreeSet::new(),
    };
    let done = match run.writing.mode {
        Mode::Ask => run.ask().await,
        Mode::Write | Mode::Show => run.go().await,
    };
    match done {
        Ok(()) => Ok(run.report()),
        // What was written before stays written, and is told of.
        Err(failure) if run.told.is_written() => {
            run.failures.push(failure);
            Ok(run.report())
        }
        Err(failure) => Err(failure),
    }
}

/// One run of the command.
struct Run<'a> {
    writing: Writing<'a>,
    arguments: &'a FixArguments,
    /// The text that it prints.
    page: String,
    /// The same as data.
    told: Fixed,
    /// Why it could not do all of it.
    failures: Vec<Failure>,
    /// Whether somebody wanted to be asked no more.
    quit: bool,
    /// The modules that nothing is left in.
    emptied: BTreeSet<String>,
}

/// What there is in the texts as they are now.
struct Looked {
    items: Vec<Item>,
    inspections: Vec<Inspection>,
    /// Whether every configuration evaluates, so that it can be proved.
    evaluates: bool,
}

impl Run<'_> {
    /// Evaluates, and looks for what can be fixed.
    async fn look(&mut self) -> Result<Looked, Failure> {
        let workspace = &self.writing.asked.workspace;
        let inspections = self.writing.inspections().await;
        let failures = Writing::failures(&inspections);
        let looked: Vec<Inspection> = inspections
            .iter()
            .filter(|inspection| self.writing.looked.iter().any(|target| target.name == inspection.target()))
            .cloned()
            .collect();
        let check = Check {
            syntax: false,
            only: self.arguments.codes.clone(),
            all_targets: self.writing.all && looked.len() == inspections.len(),
        };
        let findings = workspace.findings(&looked, &check)?;
        self.told.targets = inspections.iter().map(|inspection| inspection.checked().clone()).collect();
        let items = findings
            .findings
            .into_iter()
            .filter(|finding| finding.certain && self.is_wanted(finding))
            .map(|finding| Item { fixes: workspace.fixes(&inspections, &finding), finding })
            .collect();
        let evaluates = failures.is_empty();
        self.failures = failures;
        Ok(Looked { items, inspections, evaluates })
    }

    fn is_wanted(&self, finding: &Finding) -> bool {
        let FixArguments { file, option, .. } = self.arguments;
        let inside =
            |path: &String| std::path::Path::new(&finding.site.at.file).starts_with(path.trim_start_matches("./"));
        let under =
            |prefix: &mkwhy::OptionPath| finding.option.as_ref().is_some_and(|option| option.starts_with(prefix));
        // Hints are of what is meant to be so.
        let told = !self.arguments.codes.is_empty() || finding.level >= Level::Information;
        told && (file.is_empty() || file.iter().any(inside)) && (option.is_empty() || option.iter().any(under))
    }

    /// Fixes what can be fixed, round by round, or shows the first round.
    async fn go(&mut self) -> Result<(), Failure> {
        for _ in 0..MOST_ROUNDS {
            let looked = self.look().await?;
            if self.go_from(looked).await? {
                return Ok(());
            }
        }
        self.told.notes.push("there is more to fix: run it again".to_owned());
        Ok(())
    }

    /// One round. Whether it was the last one.
    async fn go_from(&mut self, looked: Looked) -> Result<bool, Failure> {
        let Looked { items, inspections, evaluates } = looked;
        let (chosen, mut left) = chosen(items, &self.arguments.codes);
        let proves = self.writing.proves() && evaluates;
        let writes = self.writing.mode == Mode::Write && (evaluates || !self.writing.proves());
        let fixes: Vec<Fix> = chosen.iter().map(|(_, fix)| fix.clone()).collect();
        let batch = self.batch(&inspections, &fixes, proves).await?;
        for (number, proof) in batch.refused {
            let (finding, fix) = &chosen[number];
            left.push((finding.clone(), Some(fix.clone()), render::fix::objections(&proof, fix), Some(proof)));
        }
        if !batch.fixes.is_empty() {
            let whole = Fix::together(batch.fixes.iter().map(|number| &fixes[*number]));
            let whole = Fix { change: batch.change, ..whole };
            let members: Vec<_> = batch.fixes.iter().map(|number| &chosen[*number]).collect();
            let written = self.show(&members, whole, batch.proof, writes).await?;
            if written && self.told.to_add.is_empty() {
                return Ok(false);
            }
        }
        if !batch.postponed.is_empty() {
            let number = batch.postponed.len();
            self.told.notes.push(format!("{number} more get in the way of these, and come after them"));
        }
        self.leave(left);
        Ok(true)
    }

    /// What can be written at once of some fixes.
    async fn batch(&mut self, inspections: &[Inspection], fixes: &[Fix], proves: bool) -> Result<Batch, Failure> {
        if !proves || fixes.is_empty() {
            return Ok(Batch::joined(fixes));
        }
        let mut batch = self
            .writing
            .proving(async |workspace, targets, known| workspace.prove_fixes(inspections, fixes, targets, known).await)
            .await?;
        // What was in the way may have been refused itself.
        while batch.fixes.is_empty() && !batch.postponed.is_empty() {
            let rest: Vec<Fix> = batch.postponed.iter().map(|number| fixes[*number].clone()).collect();
            let again = self
                .writing
                .proving(async |workspace, targets, known| {
                    workspace.prove_fixes(inspections, &rest, targets, known).await
                })
                .await?;
            let number = |inner: usize| batch.postponed[inner];
            let refused = again.refused.into_iter().map(|(inner, proof)| (number(inner), proof));
            batch = Batch {
                fixes: again.fixes.into_iter().map(number).collect(),
                refused: batch.refused.iter().cloned().chain(refused).collect(),
                postponed: again.postponed.into_iter().map(number).collect(),
                ..again
            };
        }
        Ok(batch)
    }

    /// Shows fixes that are written together, and writes them. Whether that was done.
    async fn show(
        &mut self,
        members: &[&(Finding, Fix)],
        whole: Fix,
        proof: Option<Proof>,
        writes: bool,
    ) -> Result<bool, Failure> {
        for (finding, fix) in members {
            render::fix::fix(&mut self.page, finding, fix, &self.writing.asked.look);
            self.page.push('\n');
        }
        let (whole, proof) = self.writing.formatted(whole, proof).await?;
        if self.arguments.writing.format {
            self.page.push_str("formatted:\n");
            self.page.push_str(&render::diff::diff(&whole.change));
        }
        let mut why = Vec::new();
        if let Some(proof) = &proof {
            render::fix::proof(&mut self.page, proof, &whole, &self.writing.asked.look);
            if !proof.holds(&whole) {
                why = render::fix::objections(proof, &whole);
            }
        }
        let outcome = match (why.is_empty(), writes) {
            (false, _) => FixOutcome::Left,
            (true, true) => FixOutcome::Written,
            (true, false) => FixOutcome::Shown,
        };
        if outcome == FixOutcome::Shown {
            self.told.notes.extend(self.writing.asked.workspace.remarks_on_emptied(&whole.change));
        }
        let written = outcome == FixOutcome::Written;
        if written {
            let applied = self.writing.write(&whole)?;
            self.emptied.extend(self.writing.asked.workspace.emptied(&whole.change));
            for sentence in render::fix::written(&applied) {
                self.page.push_str(&format!("{sentence}\n"));
            }
            self.page.push('\n');
            self.told.applied(applied);
        }
        let proof = proof.map(|proof| self.told.proof(proof));
        for (finding, fix) in members {
            self.told.fix(finding, Some(fix), outcome, why.clone(), proof);
        }
        Ok(written)
    }

    /// Tells what stays as it is.
    fn leave(&mut self, left: Vec<Left>) {
        for (finding, fix, why, proof) in left {
            render::fix::left(&mut self.page, &finding, fix.as_ref(), &why, &self.writing.asked.look);
            let proof = proof.map(|proof| self.told.proof(proof));
            self.told.fix(&finding, fix.as_ref(), FixOutcome::Left, why, proof);
        }
    }

    fn report(mut self) -> Report {
        let status = match self.failures.first() {
            Some(failure) => failure.status(),
            None if self.told.is_left() => Status::Left,
            None => Status::Found,
        };
        let asked = self.writing.asked;
        self.told.notes.splice(0..0, std::mem::take(&mut self.writing.notes));
        let nothing = mkwhy::Change::default();
        self.told.notes.extend(asked.workspace.told_of_emptied(&self.emptied, &nothing));
        let verbose = asked.arguments.global.verbose > 0;
        let failures = self.failures.iter().map(|failure| render::failure::failure(failure, verbose));
        if asked.json() {
            return Report { stdout: json::answer(Body::Fix(self.told)), stderr: String::new(), status };
        }
        let summary = match self.quit && self.told.fixes.is_empty() {
            true => "nothing was written".to_owned(),
            false => self.told.summary(!self.failures.is_empty()),
        };
        let mut stdout = self.page;
        stdout.push_str(&format!("{summary}\n"));
        let notes = self.told.notes.iter().map(|note| render::fix::note(note, &asked.look));
        Report { stdout, stderr: notes.chain(failures).collect(), status }
    }
}

/// A finding that stays, with the fix that was tried, the reasons and the proof.
type Left = (Finding, Option<Fix>, Vec<String>, Option<Proof>);
