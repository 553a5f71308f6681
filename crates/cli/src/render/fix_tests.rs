//! What fixes, proofs and moves look like.

use expect_test::expect;
use mkwhy::{Applied, Message, Recovered, Value};

use super::fix::{fix, left, moving, objections, proof, recovered, written};
use super::fix_samples::{a_fix, a_move, a_proof, finding, value_change};
use super::samples::{int, path, pipe, plain, terminal};

#[test]
fn a_fix_is_shown_with_its_place_and_edits() {
    let mut page = String::new();
    fix(&mut page, &finding(), &a_fix(&[]), &pipe());
    proof(&mut page, &a_proof(&[("forge", vec![]), ("laptop", vec![])]), &a_fix(&[]), &terminal(80));
    expect![[r#"
        warning[redundant-definition]: this is given anyway
          --> x.nix:2:3
           = fix: remove this definition
           = a comment goes with it
        --- a/x.nix
        +++ b/x.nix
        @@ -1,3 +1,2 @@
         {
        -  a.b = 1;
         }
        proof: 0 of 12 defined options change on 2 hosts (1.2 s)
    "#]]
    .assert_eq(&plain(&page));
}

#[test]
fn a_proof_names_what_changes_where() {
    let changes = |value| vec![value_change("a.b", int(1), int(value))];
    let changed = a_proof(&[("forge", changes(2)), ("laptop", changes(2)), ("other", changes(3))]);
    let mut page = String::new();
    proof(&mut page, &changed, &a_fix(&["a"]), &pipe());
    left(&mut page, &finding(), Some(&a_fix(&[])), &objections(&changed, &a_fix(&[])), &pipe());
    expect![[r#"
        proof: 1 of 12 defined options changes on 3 hosts
           = `a.b` changes from 1 to 2 in forge and laptop, as is meant
           = `a.b` changes from 1 to 3 in other, as is meant
        left x.nix:2:3 redundant-definition a.b
           = fix: remove this definition
           = `a.b` changes from 1 to 2 in forge and laptop
           = `a.b` changes from 1 to 3 in other
    "#]]
    .assert_eq(&plain(&page));
}

#[test]
fn what_cannot_be_told_is_an_objection() {
    let mut proof = a_proof(&[("forge", vec![]), ("laptop", vec![])]);
    proof.targets[0].uncompared = vec![path("a.b"), path("c")];
    proof.targets[1].failure = Some(Message::new("no such\n  thing"));
    assert_eq!(
        objections(&proof, &a_fix(&["a.b"])),
        ["nobody can say whether `c` changes in forge", "it does not evaluate: no such thing in laptop"]
    );
}

#[test]
fn long_values_are_cut_and_alike_ones_told_apart() {
    let long = |end: &str| Value::String { value: "x".repeat(100) + end };
    let changed = a_proof(&[("forge", vec![value_change("a", long("1"), long("2"))])]);
    assert_eq!(objections(&changed, &a_fix(&[])), ["`a` changes to another value in forge"]);
    let changed = a_proof(&[("forge", vec![value_change("a", int(1), long("2"))])]);
    let objections = objections(&changed, &a_fix(&[]));
    assert!(objections[0].ends_with("xxx… in forge") && objections[0].len() < 110, "{objections:?}");
}

#[test]
fn a_move_says_what_becomes_of_each_definition() {
    let plan = a_move();
    let mut page = String::new();
    moving(&mut page, &plan, &pipe());
    expect![[r#"
        move 1 definition into base.nix, remove 1 that decides nothing
          moved     x.nix:2:3  a.b
          taken out y.nix:4:3  a.c: it decides nothing
          left      z.nix:5:3  a.d: `cfg` is not known there
                    next best: remove this definition (`mkwhy fix shadowed-definition`)
           = a comment goes with it
        --- a/x.nix
        +++ b/x.nix
        @@ -1,3 +1,2 @@
         {
        -  a.b = 1;
         }
    "#]]
    .assert_eq(&plain(&page));
}

#[test]
fn what_was_written_and_what_was_recovered() {
    let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let applied = |names: &[&str], to_add: &[&str]| Applied {
        files: files(names),
        created: files(to_add),
        to_add: files(to_add),
    };
    assert_eq!(written(&applied(&["a"], &[])), ["a is written"]);
    assert_eq!(
        written(&applied(&["a", "b"], &["b"])),
        ["2 files are written", "Nix sees new files of a flake when Git knows them: `git add b`"]
    );
    assert_eq!(recovered(&Recovered::default()), None);
    let some = Recovered { finished: files(&["a"]), rolled_back: files(&["b", "c"]), left: Vec::new() };
    assert_eq!(
        recovered(&some).as_deref(),
        Some("an earlier mkwhy was ended while it wrote; now there is a as it meant, and b and c as before it")
    );
}
