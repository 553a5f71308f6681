//! Hand-made fixes, proofs and moves, for the tests of the renderings and of the JSON documents.

use std::sync::Arc;
use std::time::Duration;

use mkwhy::{
    Applied, Change, Edit, FinalValue, Finding, Fix, FixKind, Left, Level, Message, MovePlan, NextBest, Proof, Removed,
    Site, TargetProof, Value, ValueChange,
};

use super::samples::{at, int, path};
use crate::json::{FixOutcome, Fixed, Moved};

pub fn finding() -> Finding {
    Finding {
        code: "redundant-definition".into(),
        level: Level::Warning,
        message: "this is given anyway".into(),
        option: Some(path("a.b")),
        site: Site { at: at("x.nix", 2, 3), span: None },
        related: Vec::new(),
        targets: Vec::new(),
        everywhere: true,
        certain: true,
        tag: None,
    }
}

pub fn a_fix(meant: &[&str]) -> Fix {
    let mut change = Change::default();
    change.edit("x.nix", &Arc::from("{\n  a.b = 1;\n}\n"), Edit::new(2..13, "")).expect("one edit");
    Fix {
        title: "remove this definition".into(),
        kind: FixKind::Remove,
        code: Some("redundant-definition".into()),
        option: Some(path("a.b")),
        preferred: true,
        meant: meant.iter().map(|meant| path(meant)).collect(),
        change,
        remarks: vec!["a comment goes with it".into()],
    }
}

pub fn a_proof(changed: &[(&str, Vec<ValueChange>)]) -> Proof {
    let target = |(name, changed): &(&str, Vec<ValueChange>)| TargetProof {
        target: format!("nixosConfigurations.{name}"),
        compared: 12,
        changed: changed.clone(),
        ..TargetProof::default()
    };
    Proof { targets: changed.iter().map(target).collect(), options: 12, took: Duration::from_millis(1234) }
}

pub fn value_change(option: &str, before: Value, after: Value) -> ValueChange {
    let known = |value| FinalValue::Known { value, json: None };
    ValueChange { option: path(option), before: known(before), after: known(after) }
}

pub fn a_move() -> MovePlan {
    let next =
        NextBest { title: "remove this definition".into(), command: Some("mkwhy fix shadowed-definition".into()) };
    MovePlan {
        fix: Fix { title: "move 1 definition into base.nix, remove 1 that decides nothing".into(), ..a_fix(&[]) },
        moved: vec![(path("a.b"), at("x.nix", 2, 3))],
        removed: vec![Removed { option: path("a.c"), at: at("y.nix", 4, 3), why: "it decides nothing".into() }],
        left: vec![Left {
            option: path("a.d"),
            at: at("z.nix", 5, 3),
            why: "`cfg` is not known there".into(),
            tried: false,
            next: Some(next),
        }],
    }
}

/// Everything that the document of `mkwhy fix` can hold.
pub fn fixed() -> Fixed {
    let mut proof = a_proof(&[("forge", vec![value_change("a.b", int(1), int(2))]), ("laptop", vec![])]);
    proof.targets[0].uncompared = vec![path("c")];
    proof.targets[0].following = vec![path("d")];
    proof.targets[1].failure = Some(Message::new("no"));
    let mut fixed = Fixed::default();
    let proof = fixed.proof(proof);
    fixed.fix(&finding(), Some(&a_fix(&[])), FixOutcome::Written, Vec::new(), Some(proof));
    fixed.fix(&finding(), None, FixOutcome::Left, vec!["nobody knows how".into()], None);
    fixed.applied(Applied { files: vec!["x.nix".into()], created: vec!["x.nix".into()], to_add: vec!["x.nix".into()] });
    fixed.notes.push("a note".into());
    fixed
}

pub fn moved() -> Moved {
    Moved::new(&a_move(), &a_fix(&[]), Some(a_proof(&[("forge", vec![])])), vec!["a note".into()])
}
