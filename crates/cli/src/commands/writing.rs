//! What `mkwhy fix` and `mkwhy move` share: which configurations are looked at, whether anybody is asked, formatting and
//! writing.

use std::io::{self, IsTerminal as _};

use mkwhy::{Applied, Checked, Fix, Inspection, Proof, Proofs, Target};

use super::Asked;
use super::check::{ALL, failures};
use crate::args::{Prove, WritingArguments};
use crate::exit::Failure;
use crate::output::Output;
use crate::render;

/// What becomes of what is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is written.
    Write,
    /// It is shown.
    Show,
    /// Somebody is asked.
    Ask,
}

/// A change on its way.
pub struct Writing<'a> {
    pub asked: &'a Asked<'a>,
    pub arguments: &'a WritingArguments,
    pub output: &'a Output,
    pub mode: Mode,
    /// What is said before everything else.
    pub notes: Vec<String>,
    /// The configurations whose findings are looked for.
    pub looked: Vec<Target>,
    /// All whose texts are planned with, and in which it is proved.
    pub targets: Vec<Target>,
    /// Whether those are all that there are.
    pub all: bool,
    known: Proofs,
}

impl<'a> Writing<'a> {
    /// Settles what an earlier run left, and finds the configurations.
    ///
    /// # Errors
    /// If it was asked for what cannot be, or if the configurations cannot be listed.
    pub async fn begin(
        asked: &'a Asked<'a>,
        arguments: &'a WritingArguments,
        output: &'a Output,
    ) -> Result<Self, Failure> {
        if arguments.format && asked.workspace.config().fix.formatter.is_empty() {
            // The library's words, before Nix runs.
            asked.workspace.formatted(&mkwhy::Change::default()).await?;
        }
        let recovered = asked.workspace.recover()?;
        let mut notes: Vec<String> = render::fix::recovered(&recovered).into_iter().collect();
        let somebody = io::stdin().is_terminal() && io::stderr().is_terminal() && !asked.json();
        let mode = match (arguments.yes, arguments.dry_run) {
            (true, _) => Mode::Write,
            (false, false) if somebody => Mode::Ask,
            (false, dry_run) => {
                if !dry_run {
                    notes.push("nothing is written, because there is no terminal to ask on; --yes writes".to_owned());
                }
                Mode::Show
            }
        };
        let (looked, targets, all) = targets(asked, arguments.prove).await?;
        Ok(Self { asked, arguments, output, mode, notes, looked, targets, all, known: Proofs::default() })
    }

    /// What the configurations are as they are now.
    pub async fn inspections(&self) -> Vec<Inspection> {
        let what = match &self.targets[..] {
            [target] => format!("evaluating {}", target.name),
            targets => format!("evaluating {} targets", targets.len()),
        };
        self.asked.waiting(&what, self.asked.workspace.inspections(&self.targets)).await
    }

    /// Why some of them could not be evaluated.
    pub fn failures(inspections: &[Inspection]) -> Vec<Failure> {
        let checked: Vec<Checked> = inspections.iter().map(|inspection| inspection.checked().clone()).collect();
        failures(&checked)
    }

    /// Whether anything can be proved, and is to be.
    pub fn proves(&self) -> bool {
        self.arguments.prove != Prove::None
    }

    /// Runs something that needs what is known of the texts before.
    pub async fn proving<T>(
        &mut self,
        work: impl AsyncFnOnce(&mkwhy::Workspace, &[Target], &mut Proofs) -> Result<T, mkwhy::Error>,
    ) -> Result<T, Failure> {
        let work = work(&self.asked.workspace, &self.targets, &mut self.known);
        Ok(self.asked.waiting("proving", work).await?)
    }

    /// A proof of one change.
    pub async fn prove(&mut self, fix: &Fix) -> Result<Option<Proof>, Failure> {
        if !self.proves() {
            return Ok(None);
        }
        let proof = self.proving(async |workspace, targets, known| workspace.prove(&fix.change, targets, known).await);
        proof.await.map(Some)
    }

    /// The change as the formatter writes it, if it is to, with a proof of its own.
    pub async fn formatted(&mut self, fix: Fix, proof: Option<Proof>) -> Result<(Fix, Option<Proof>), Failure> {
        if !self.arguments.format || fix.change.is_empty() {
            return Ok((fix, proof));
        }
        let change = self.asked.waiting("formatting", self.asked.workspace.formatted(&fix.change)).await?;
        let fix = Fix { change, ..fix };
        let proof = self.prove(&fix).await?;
        Ok((fix, proof))
    }

    /// Writes a change.
    pub fn write(&self, fix: &Fix) -> Result<Applied, Failure> {
        Ok(self.asked.workspace.apply(&fix.change)?)
    }
}

/// The configurations whose findings are looked for, those in which all is proved, and whether these are all.
async fn targets(asked: &Asked<'_>, prove: Prove) -> Result<(Vec<Target>, Vec<Target>, bool), Failure> {
    let wanted = asked.arguments.global.target.as_deref();
    let listing = asked.waiting("looking for the configurations", asked.workspace.targets());
    let named = |targets: &[Target]| wanted.is_some_and(|name| targets.iter().any(|target| target.name == name));
    match (wanted, prove) {
        (None, Prove::All | Prove::None) => {
            let all = listing.await?;
            Ok((all.clone(), all, true))
        }
        (None, Prove::Target) => {
            let one = vec![asked.target().await?];
            Ok((one.clone(), one, false))
        }
        (Some(name), _) => {
            let all = listing.await?;
            if name == ALL && !named(&all) {
                return Ok((all.clone(), all, true));
            }
            let one = asked.target().await?;
            match prove {
                Prove::All => Ok((vec![one], all, true)),
                Prove::Target | Prove::None => Ok((vec![one.clone()], vec![one], false)),
            }
        }
    }
}
