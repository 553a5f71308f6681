//! Several fixes at once: joined where they touch different texts, proved together, and taken apart where the proof does
//! not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mkwhy_model::{Change, OptionPath};
use mkwhy_syntax::Source;

use super::proof::{Proof, Proofs};
use super::{Fix, FixKind};
use crate::check::Inspection;
use crate::error::Error;
use crate::targets::Target;
use crate::workspace::Workspace;

/// Fixes that can be written together. Fixes are named by their place among those that were given.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Those that are part of it.
    pub fixes: Vec<usize>,
    /// The edits of all of them.
    pub change: Change,
    /// What Nix says of it; `None` where it was not asked, or where nothing is left.
    pub proof: Option<Proof>,
    /// Those that do not do what they are meant to do, each with the proof of it: together with the fixes of the batch
    /// that come before it.
    pub refused: Vec<(usize, Proof)>,
    /// Those that get in another's way: they touch the same text, or change what another one is about. They can be looked
    /// at again when the batch is written.
    pub postponed: Vec<usize>,
}

impl Batch {
    /// As many of some fixes as can be written at once, without asking Nix.
    pub fn joined(fixes: &[Fix]) -> Self {
        let mut batch = Self::default();
        for (number, fix) in fixes.iter().enumerate() {
            let known = batch.fixes.iter().map(|known| &fixes[*known]);
            let apart = known.clone().all(|known| are_apart(known, fix));
            if apart && batch.change.join(&fix.change).is_ok() {
                batch.fixes.push(number);
            } else {
                batch.postponed.push(number);
            }
        }
        batch
    }
}

impl Fix {
    /// Some fixes as one, which is meant to do what each of them is. Of those that get in another's way only the first one
    /// is part of it.
    pub fn together<'a>(fixes: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut whole = Self {
            title: String::new(),
            kind: FixKind::Remove,
            code: None,
            option: None,
            preferred: false,
            meant: Vec::new(),
            change: Change::default(),
            remarks: Vec::new(),
        };
        for fix in fixes {
            if whole.change.join(&fix.change).is_ok() {
                whole.meant.extend(fix.meant.iter().cloned());
            }
        }
        whole
    }

    /// The same without the sets that are empty where all of it is taken out, if there are any.
    fn without_emptied(&self) -> Option<Self> {
        let mut change = Change::default();
        for (name, file) in self.change.files() {
            let Some(before) = &file.before else {
                change.create(name, file.after()).ok()?;
                continue;
            };
            let edits = Source::parse(before.clone()).without_emptied(file.edits());
            for edit in edits.unwrap_or_else(|| file.edits().to_vec()) {
                change.edit(name, before, edit).ok()?;
            }
        }
        (change != self.change).then(|| Self { change, ..self.clone() })
    }
}

impl Workspace {
    /// Several fixes as one, with their proof: without the sets that are empty where all of them are made, unless that
    /// does something else, because an empty set may be what makes an attribute. `unsaved` are the texts that are not on
    /// disk, as of [`Workspace::prove_over`].
    ///
    /// # Errors
    /// Those of [`Workspace::prove`].
    pub async fn prove_together(
        &self,
        unsaved: &BTreeMap<String, Option<Arc<str>>>,
        whole: &Fix,
        targets: &[Target],
        known: &mut Proofs,
    ) -> Result<(Fix, Proof), Error> {
        if let Some(tidy) = whole.without_emptied() {
            let proof = self.prove_over(unsaved, &tidy.change, targets, known).await?;
            if proof.holds(&tidy) {
                return Ok((tidy, proof));
            }
        }
        let proof = self.prove_over(unsaved, &whole.change, targets, known).await?;
        Ok((whole.clone(), proof))
    }

    /// The largest part of some fixes that does together what each of them is meant to do. `inspections` are those that
    /// the fixes were computed from.
    ///
    /// It takes one proof where all of them are right, and a few more for each that is not.
    ///
    /// # Errors
    /// Those of [`Workspace::prove`].
    pub async fn prove_fixes(
        &self,
        inspections: &[Inspection],
        fixes: &[Fix],
        targets: &[Target],
        known: &mut Proofs,
    ) -> Result<Batch, Error> {
        let all = Batch::joined(fixes);
        let mut batch = Batch { postponed: all.postponed, ..Batch::default() };
        // The last one is tried first.
        let mut groups = vec![all.fixes];
        while let Some(group) = groups.pop().filter(|group| !group.is_empty()) {
            let mut members = [&batch.fixes[..], &group].concat();
            members.sort_unstable();
            let joined = Fix::together(members.iter().map(|number| &fixes[*number]));
            let (whole, proof) = match members.len() {
                1 => (joined.clone(), self.prove(&joined.change, targets, known).await?),
                _ => self.prove_together(&BTreeMap::new(), &joined, targets, known).await?,
            };
            let holds = proof.holds(&whole);
            tracing::debug!(fixes = members.len(), holds, proof = proof.summary(), "proved together");
            if holds {
                batch.fixes = members;
                batch.change = whole.change;
                batch.proof = Some(proof);
            } else if let [only] = group[..] {
                batch.refused.push((only, proof));
            } else {
                groups.extend(apart(inspections, fixes, &group, &proof));
            }
        }
        batch.refused.sort_by_key(|(number, _)| *number);
        Ok(batch)
    }
}

/// Whether it is known of both which one changes what.
fn are_apart(a: &Fix, b: &Fix) -> bool {
    let touches = |a: &Fix, b: &Fix| a.meant.iter().any(|meant| b.is_about(meant));
    // What is superfluous beside the other may be needed without it.
    let leans = |a: &Fix, b: &Fix| {
        let on_others = matches!(a.code.as_deref(), Some("redundant-definition" | "same-as-default"));
        on_others && b.kind == FixKind::Remove && a.option.as_ref().is_some_and(|option| b.is_about(option))
    };
    !touches(a, b) && !touches(b, a) && !leans(a, b) && !leans(b, a)
}

impl Fix {
    fn is_about(&self, option: &OptionPath) -> bool {
        self.meant.iter().chain(&self.option).any(|own| related(own, option))
    }
}

fn related(a: &OptionPath, b: &OptionPath) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// A group that is not right as a whole, in two parts, the one to try first last: without those that the proof speaks
/// against, where it names some, or else its halves.
fn apart(inspections: &[Inspection], fixes: &[Fix], group: &[usize], proof: &Proof) -> [Vec<usize>; 2] {
    let targets = || proof.targets.iter();
    let changed: Vec<&OptionPath> = targets().flat_map(|target| &target.changed).map(|change| &change.option).collect();
    // What cannot be compared is mostly written in a file that was edited.
    let files: BTreeSet<&str> = targets()
        .flat_map(|target| &target.uncompared)
        .flat_map(|option| inspections.iter().filter_map(move |inspection| inspection.cascade(option)))
        .flat_map(|cascade| &cascade.definitions)
        .map(|definition| definition.at.file.as_str())
        .collect();
    let blamed = |number: &&usize| {
        let fix = &fixes[**number];
        let about = fix.meant.is_empty() && changed.iter().any(|option| fix.is_about(option));
        about || fix.change.files().any(|(file, _)| files.contains(file))
    };
    let (bad, good): (Vec<usize>, Vec<usize>) = group.iter().partition(blamed);
    if !bad.is_empty() && !good.is_empty() {
        return [bad, good];
    }
    let (first, second) = group.split_at(group.len() / 2);
    [second.to_vec(), first.to_vec()]
}
