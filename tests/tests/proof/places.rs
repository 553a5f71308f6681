//! Places: what the copies hold, and what is not to be taken for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use mkwhy::{Change, Edit, Proofs, TargetProof};
use mkwhy_tests::{block_on, nixes, open};

use crate::{A, Case, Kind, cases, changed, json};

#[test]
fn the_copy_is_the_tree_and_what_is_beside_it() {
    let top = tempfile::tempdir().expect("a folder");
    let shared = top.path().join("shared");
    std::fs::create_dir(&shared).expect("a folder");
    std::fs::write(shared.join("s.nix"), "{ text = \"shared\"; }").expect("written");
    let mut case = Case::new(Kind::File, &nixes()[1]);
    let original = std::mem::replace(&mut case.folder, tempfile::tempdir_in(top.path()).expect("a folder"));
    mkwhy_tests::copy_folder(original.path(), case.path());
    // A neighbour by a relative path, and a link that leads back into the tree from outside of it.
    case.write("a.nix", &A.replace("text = \"a\";", "imports = [ ../shared/s.nix ./here/c.nix ];"));
    case.write("real/c.nix", "{ unset = 1; }");
    std::os::unix::fs::symlink(case.path().join("real"), case.path().join("here")).expect("a link");
    let mut known = Proofs::default();
    let proof = case.one(&[("a.nix", "number = 4", "number = 2 + 2")], &mut known);
    assert!(proof.is_unchanged(), "{proof:?}");
    let proof = case.one(&[("real/c.nix", "unset = 1", "unset = 2")], &mut known);
    assert_eq!(changed(&proof), ["unset"], "{proof:?}");
    // What lies beside it is looked at again when it changes.
    std::fs::write(shared.join("s.nix"), "{ text = \"other\"; }").expect("written");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::options()
        .write(true)
        .open(shared.join("s.nix"))
        .and_then(|file| file.set_modified(later))
        .expect("a time");
    let proof = case.one(&[("a.nix", "number = 4", "number = 2 + 2")], &mut known);
    assert!(proof.is_unchanged(), "{proof:?}");
    // A file by its absolute path is the original, whatever is copied.
    let absolute = case.path().canonicalize().expect("a folder").join("real/c.nix");
    for text in [format!("imports = [ {} ];", absolute.display()), format!("free.x = import {};", absolute.display())] {
        case.write("a.nix", &A.replace("text = \"a\";", &format!("text = \"a\"; {text}")));
        let proof = case.one(&[("real/c.nix", "unset = 1", "unset = 2")], &mut Proofs::default());
        assert!(proof.failure.is_some_and(|why| why.text.contains("absolute path")), "{text}");
    }
}

#[test]
fn a_git_flake_is_what_git_tracks() {
    for nix in nixes() {
        let case = Case::new(Kind::Flake, &nix);
        let a =
            A.replace("text = \"a\"", "text = if builtins.pathExists ./local.nix then \"yes\" else toString tree.x");
        case.write("a.nix", &a.replace("toString tree.x", "\"no\""));
        case.write("ignored/x.nix", "{ }");
        case.write(".gitignore", "ignored\n");
        case.git(&["init", "-q"]);
        case.git(&["add", "--all"]);
        case.git(&["commit", "-qm", "all"]);
        case.write("local.nix", "{ }");
        case.write("other.nix", "{ number = 4; }");
        let mut known = Proofs::default();
        let proof = case.one(&[("a.nix", "number = 4", "number = 2 + 2")], &mut known);
        assert!(proof.is_unchanged(), "{proof:?}");
        // An untracked file is none, so that nobody can say what an edit of it comes to.
        let proof = case.one(&[("other.nix", "4", "5")], &mut known);
        assert!(proof.failure.is_some_and(|why| why.text.contains("Git does not track")));
        // A new one is part of the proof, and has to be added for Nix to see it.
        let workspace = case.workspace();
        let change = case.change(&[
            ("new.nix", "", "{ unset = 1; }"),
            ("b.nix", "{\n  number", "{\n  imports = [ ./new.nix ];\n  number"),
        ]);
        assert_eq!(workspace.files_to_add(&change), ["new.nix"]);
        let proof = block_on(async {
            let target = workspace.target(None).await.expect("a target");
            workspace.prove(&change, &[target], &mut known).await.expect("a proof")
        });
        assert_eq!(changed(&proof.targets[0]), ["unset"]);
        // The working tree is what counts, and not the commit.
        case.write("a.nix", &A.replace("number = 4", "number = 9"));
        let proof = case.one(&[("a.nix", "number = 9", "number = 10")], &mut known);
        let number = proof.changed.iter().find(|change| change.option.to_string() == "number").expect("it changes");
        assert_eq!((json(&number.before), json(&number.after)), (9.into(), 10.into()));
    }
    let file = Case::new(Kind::File, &nixes()[0]);
    file.git(&["init", "-q"]);
    assert_eq!(file.workspace().files_to_add(&file.change(&[("new.nix", "", "{ }")])), Vec::<String>::new());
}

#[test]
fn a_flake_in_a_folder_of_its_repository() {
    for (number, nix) in nixes().iter().enumerate() {
        let case = Case::new(Kind::Flake, nix);
        let flake = case.read("flake.nix").replace("./", "../").replace("tree = ../.", "tree = ./.");
        std::fs::remove_file(case.path().join("flake.nix")).expect("removed");
        case.write("sub/flake.nix", &flake);
        case.git(&["init", "-q"]);
        case.git(&["add", "--all"]);
        let workspace = open(&case.path().join("sub"), nix);
        let root = case.path().canonicalize().expect("a folder");
        let prove = |from: &str, to: &str| {
            let text = case.read("a.nix");
            let at = text.find(from).expect("it is there");
            let mut change = Change::default();
            let name = root.join("a.nix").display().to_string();
            change.edit(&name, &text, Edit::new(at..at + from.len(), to)).expect("apart");
            block_on(async {
                let target = workspace.target(None).await.expect("a target");
                workspace.prove(&change, &[target], &mut Proofs::default()).await.expect("a proof").targets.remove(0)
            })
        };
        let (same, other) = (prove("number = 4", "number = 2 + 2"), prove("number = 4", "number = 7"));
        if number == 0 {
            // This version cannot be told of a folder in a tree.
            assert!(same.failure.is_some() && other.failure.is_some(), "{same:?}");
        } else {
            assert!(same.is_unchanged(), "{same:?}");
            assert_eq!(changed(&other), ["follows", "number"]);
        }
    }
}

#[test]
fn an_input_by_its_absolute_path_is_not_the_copy() {
    for nix in nixes() {
        let case = Case::new(Kind::Flake, &nix);
        case.write("parts/p.nix", "{ unset = 1; }");
        let root = case.path().canonicalize().expect("a folder");
        let flake = case
            .read("flake.nix")
            .replace(
                "{ inputs.lib",
                &format!("{{ inputs.parts = {{ url = \"path:{}/parts\"; flake = false; }}; inputs.lib", root.display()),
            )
            .replace("{ self, lib }", "{ self, lib, parts }")
            .replace("./b.nix", "./b.nix \"${parts}/p.nix\"");
        case.write("flake.nix", &flake);
        let proof = case.one(&[("parts/p.nix", "unset = 1", "unset = 2")], &mut Proofs::default());
        assert!(proof.failure.is_some_and(|why| why.text.contains("as an input")));
        let proof = case.one(&[("a.nix", "number = 4", "number = 2 + 2")], &mut Proofs::default());
        assert!(proof.is_unchanged(), "{proof:?}");
    }
}

#[test]
fn what_a_flake_knows_of_itself_is_no_change() {
    for nix in nixes() {
        let case = Case::new(Kind::Flake, &nix);
        let flake = case.read("flake.nix").replace(
            "./b.nix",
            "./b.nix { text = \"${self.lastModifiedDate or \"?\"} ${toString self.lastModified} ${self.rev or \"dirty\"}\"; }",
        );
        case.write("flake.nix", &flake);
        case.write("a.nix", &A.replace("text = \"a\";", ""));
        case.git(&["init", "-q"]);
        case.git(&["add", "--all"]);
        case.git(&["commit", "-qm", "all"]);
        let proof = case.one(&[("a.nix", "number = 4", "number = 2 + 2")], &mut Proofs::default());
        assert!(proof.is_unchanged(), "{proof:?}");
    }
}

#[test]
fn a_file_that_is_not_what_the_change_speaks_of_stops_it() {
    for case in cases() {
        let change = case.change(&[("a.nix", "number = 4", "number = 5")]);
        case.write("a.nix", &A.replace("number = 4", "number = 6"));
        let new = {
            let mut change = Change::default();
            change.create("b.nix", "{ }").expect("apart");
            change
        };
        for (change, why) in [(change, "a.nix is not what it was"), (new, "b.nix exists already")] {
            let error = block_on(async {
                let workspace = case.workspace();
                let target = workspace.target(None).await.expect("a target");
                workspace.prove(&change, &[target], &mut Proofs::default()).await.expect_err("it is refused")
            });
            assert!(error.to_string().starts_with(why), "{error}");
        }
    }
}

#[test]
fn what_is_not_saved_counts() {
    for case in cases() {
        let unsaved: Arc<str> = Arc::from(A.replace("number = 4", "number = 8"));
        let texts = BTreeMap::from([("a.nix".to_owned(), Some(unsaved.clone()))]);
        let change = |from: &str, to: &str| {
            let mut change = Change::default();
            let at = unsaved.find(from).expect("it is there");
            change.edit("a.nix", &unsaved, Edit::new(at..at + from.len(), to)).expect("apart");
            change
        };
        let mut known = Proofs::default();
        block_on(async {
            let workspace = case.workspace();
            let target = workspace.target(None).await.expect("a target");
            let same = change("number = 8", "number = 4 + 4");
            let proof =
                workspace.prove_over(&texts, &same, std::slice::from_ref(&target), &mut known).await.expect("a proof");
            assert!(proof.is_unchanged(), "{proof:?}");
            let other = change("number = 8", "number = 4");
            let proof = workspace.prove_over(&texts, &other, &[target], &mut known).await.expect("a proof");
            assert_eq!(changed(&proof.targets[0]), ["follows", "number"]);
        });
    }
}

#[test]
fn a_proof_that_nobody_waits_for_ends_with_all_that_it_started() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new(Kind::File, &nixes()[1]);
    let tools = tempfile::tempdir().expect("a folder");
    let (program, started) = (tools.path().join("nix"), tools.path().join("started"));
    // It says in which copy it runs, and never ends.
    let script = format!("#!/bin/sh\n[ \"$1\" = eval ] || exit 1\necho $$ $PWD >> {}\nsleep 1000\n", started.display());
    std::fs::write(&program, script).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    let change = case.change(&[("a.nix", "number = 4", "number = 5")]);
    let workspace = open(case.path(), &mkwhy_tests::TestNix { name: "endless", program: Some(program) });
    let targets = [block_on(async { case.workspace().target(None).await.expect("a target") })];
    let read = || std::fs::read_to_string(&started).unwrap_or_default();
    block_on(async {
        let mut known = Proofs::default();
        let both = async {
            while read().lines().count() < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            _ = workspace.prove(&change, &targets, &mut known) => panic!("it never ends"),
            () = both => {}
        }
    });
    let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
    for line in read().lines() {
        let (process, copy) = line.split_once(' ').expect("a process and its folder");
        assert!(copy.contains("/mkwhy-") && !std::path::Path::new(copy).exists(), "{copy} is left");
        // One that is dead and was not buried yet has no command line.
        let runs = || std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty());
        while runs() {
            assert!(std::time::Instant::now() < until, "{process} still runs");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

#[test]
fn what_is_known_is_of_these_texts_alone() {
    for case in cases() {
        let mut known = Proofs::default();
        let edits = [("b.nix", "lib.mkDefault 5", "lib.mkForce 9")];
        let numbers = |proof: &TargetProof| {
            let number = proof.changed.iter().find(|change| change.option.to_string() == "number").expect("it changes");
            (json(&number.before), json(&number.after))
        };
        assert_eq!(numbers(&case.one(&edits, &mut known)), (4.into(), 9.into()));
        case.write("a.nix", &A.replace("number = 4", "number = 6"));
        assert_eq!(numbers(&case.one(&edits, &mut known)), (6.into(), 9.into()));
        assert_eq!(numbers(&case.one(&edits, &mut known)), (6.into(), 9.into()));
    }
}
