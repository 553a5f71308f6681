//! Moving as far as no value changes: what a proof speaks against stays, and is told of.

use std::collections::{BTreeMap, BTreeSet};

use mkwhy_model::{FinalValue, OptionPath};

use super::moving::{MovePlan, MoveRequest};
use super::proof::{Proof, Proofs};
use crate::check::Inspection;
use crate::error::Error;
use crate::targets::Target;
use crate::workspace::Workspace;

/// So often a plan is made again without what speaks against it, before the settings are tried in halves.
const MOST_ROUNDS: usize = 4;

impl Workspace {
    /// The largest move that changes no value, with its proof. Settings whose move would change one are left, each with
    /// what would change.
    ///
    /// `inspections` are those of all targets whose values are to stay, `targets` the same: a move that is planned with
    /// one target alone takes out what only others need, and then the proof leaves all of it.
    ///
    /// # Errors
    /// As [`Workspace::plan_move`] and [`Workspace::prove`].
    pub async fn prove_move(
        &self,
        inspections: &[Inspection],
        request: &MoveRequest,
        targets: &[Target],
        known: &mut Proofs,
    ) -> Result<(MovePlan, Proof), Error> {
        let mut request = request.clone();
        for _ in 0..MOST_ROUNDS {
            let (plan, proof) = self.planned(inspections, &request, targets, known).await?;
            if stands(&plan, &proof) {
                return Ok((plan, proof));
            }
            let blamed = blamed(&plan, &proof);
            if blamed.is_empty() {
                break;
            }
            request.except.extend(blamed);
        }
        // Nobody can say which one it is: they are tried in halves.
        let plan = self.plan_move(inspections, &request)?;
        let mut groups: Vec<Vec<OptionPath>> = vec![touched(&plan).into_iter().collect()];
        let all = touched(&plan);
        while let Some(group) = groups.pop() {
            let mut alone = request.clone();
            let others = all.iter().filter(|option| !group.contains(option));
            alone.except.extend(others.map(|option| (option.clone(), String::new())));
            let (plan, proof) = self.planned(inspections, &alone, targets, known).await?;
            if stands(&plan, &proof) {
                continue;
            }
            match group.as_slice() {
                [only] => drop(request.except.insert(only.clone(), why(&proof))),
                several => {
                    let (one, other) = several.split_at(several.len() / 2);
                    groups.extend([one.to_vec(), other.to_vec()]);
                }
            }
        }
        let (plan, proof) = self.planned(inspections, &request, targets, known).await?;
        if stands(&plan, &proof) {
            return Ok((plan, proof));
        }
        // Each alone is right, and together they are not.
        let why = why(&proof);
        request.except.extend(touched(&plan).into_iter().map(|option| (option, why.clone())));
        self.planned(inspections, &request, targets, known).await
    }

    /// A plan with its proof; Nix is not asked what happens where nothing does.
    async fn planned(
        &self,
        inspections: &[Inspection],
        request: &MoveRequest,
        targets: &[Target],
        known: &mut Proofs,
    ) -> Result<(MovePlan, Proof), Error> {
        let plan = self.plan_move(inspections, request)?;
        let proof = match plan.fix.change.is_empty() {
            true => Proof::default(),
            false => self.prove(&plan.fix.change, targets, known).await?,
        };
        Ok((plan, proof))
    }
}

/// Whether nothing speaks against a plan.
fn stands(plan: &MovePlan, proof: &Proof) -> bool {
    plan.fix.change.is_empty() || proof.holds(&plan.fix)
}

fn touched(plan: &MovePlan) -> BTreeSet<OptionPath> {
    let moved = plan.moved.iter().map(|(option, _)| option.clone());
    moved.chain(plan.removed.iter().map(|one| one.option.clone())).collect()
}

/// The settings of a plan whose value changes, or which a changed value is part of, with what would change.
fn blamed(plan: &MovePlan, proof: &Proof) -> BTreeMap<OptionPath, String> {
    let mut blamed = BTreeMap::new();
    for option in touched(plan) {
        for target in &proof.targets {
            let change = target
                .changed
                .iter()
                .find(|change| change.option.starts_with(&option) || option.starts_with(&change.option));
            if let Some(change) = change {
                blamed.entry(option.clone()).or_insert_with(|| {
                    let (before, after) = (told(&change.before), told(&change.after));
                    format!("moving it would change `{}` from {before} to {after} in {}", change.option, target.target)
                });
            }
        }
    }
    blamed
}

fn why(proof: &Proof) -> String {
    for target in &proof.targets {
        if let Some(failure) = &target.failure {
            return format!("{} does not evaluate with it: {}", target.target, failure.text);
        }
        if let Some(change) = target.changed.first() {
            let (before, after) = (told(&change.before), told(&change.after));
            return format!("moving it would change `{}` from {before} to {after} in {}", change.option, target.target);
        }
    }
    let uncompared = proof.targets.iter().find_map(|target| Some((target.uncompared.first()?, target)));
    match uncompared {
        Some((option, target)) => {
            format!(
                "nobody can say whether `{option}` stays the same in {}: it holds what cannot be compared",
                target.target
            )
        }
        None => "nothing proves that no value changes".to_owned(),
    }
}

/// A value in a sentence.
fn told(value: &FinalValue) -> String {
    match value {
        FinalValue::Known { value, .. } | FinalValue::Merged { value } => {
            let text = value.to_string();
            if text.chars().count() > 60 { "another value".to_owned() } else { format!("`{text}`") }
        }
        FinalValue::Undefined => "no value".to_owned(),
        FinalValue::Failed { .. } => "an error".to_owned(),
        FinalValue::Unknown => "an unknown value".to_owned(),
    }
}
