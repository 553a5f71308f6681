//! Values: which changes are seen, and how they are told.

use std::collections::BTreeMap;

use mkwhy::{FinalValue, Proofs};
use mkwhy_tests::{TestNix, nixes};

use crate::{A, B, Case, Kind, OPTIONS, cases, changed, json, uncompared};

/// A change, the options whose value it changes, those that it leaves uncompared.
type Row = (&'static [(&'static str, &'static str, &'static str)], &'static [&'static str], &'static [&'static str]);

const ROWS: &[Row] = &[
    // Nothing.
    (&[("a.nix", "  number = 4;", "  # why\n  number = 4;")], &[], &[]),
    (&[("a.nix", "  number = 4;", "  number = lib.mkForce (2 + 2);")], &[], &[]),
    (&[("b.nix", "  number = lib.mkDefault 5;\n", "")], &[], &[]),
    (&[("a.nix", "  number = 4;\n", ""), ("b.nix", "lib.mkDefault 5", "4")], &[], &[]),
    (&[("a.nix", "n = null; };", "n = null; }; # why")], &[], &[]),
    (&[("a.nix", "  free.a.b = 1;\n  free.a.c = \"x\";", "  free.a = { c = \"x\"; b = 1; };")], &[], &[]),
    (&[("a.nix", "hidden = \"hidden\"", "hidden = 1")], &[], &[]),
    (&[("a.nix", "${config.text} is", "it is")], &[], &[]),
    // A value, and what follows from it.
    (&[("a.nix", "  number = 4;\n", "")], &["follows", "number"], &[]),
    (&[("a.nix", "number = 4", "number = 3")], &["assertions", "follows", "number"], &[]),
    (&[("a.nix", "\"one\" \"two\"", "\"two\" \"one\"")], &["list"], &[]),
    (&[("b.nix", "mkAfter", "mkBefore")], &["list"], &[]),
    (&[("a.nix", "float = 0.1", "float = 0.10000000000000001")], &[], &[]),
    (&[("a.nix", "float = 0.1", "float = 0.10000001")], &["float"], &[]),
    (&[("a.nix", "name = 1;", "name = 1.0;")], &["raw"], &[]),
    (&[("a.nix", "name = 1;", "name = 2;")], &["raw"], &[]),
    (&[("a.nix", "n = null", "n = false")], &["deep"], &[]),
    (&[("a.nix", "path = ./file", "path = ./b.nix")], &["path"], &["path"]),
    (&[("a.nix", "users.alice.shell = \"fish\"", "users.alice.shell = \"zsh\"")], &["users.alice.shell"], &[]),
    (&[("a.nix", "  users.bob = { };\n  users.bob.shell = lib.mkDefault \"bash\";\n", "")], &["users.bob.shell"], &[]),
    (&[("b.nix", "users.alice", "users.carol")], &["users.alice.groups", "users.carol.groups"], &[]),
    // What fails on one side.
    (&[("b.nix", "lib.mkDefault 5", "5")], &["assertions", "follows", "number"], &[]),
    (&[("a.nix", "number = 4", "number = throw \"no\"")], &["assertions", "follows", "number"], &[]),
    (&[("a.nix", "number = 4", "number = { }.x")], &["assertions", "follows", "number"], &[]),
    // What nobody can look into.
    (&[("a.nix", "function = x: used", "function = x: hidden")], &[], &["function"]),
    (&[("a.nix", "used = \"used\"", "used = \"other\"")], &[], &["function"]),
    (&[("a.nix", "package = pkgs.hello", "package = pkgs.cat")], &["package"], &[]),
    (&[("a.nix", "package = pkgs.hello", "package = pkgs.other")], &[], &["package"]),
    (&[("a.nix", "[ pkgs.hello pkgs.cat ]", "[ pkgs.cat pkgs.hello ]")], &["packages"], &[]),
    (&[("a.nix", "f = x: x", "f = y: y")], &[], &["deep"]),
    (
        &[
            ("a.nix", "  package = pkgs.hello;\n", ""),
            ("b.nix", "{ lib, ... }:\n{", "{ lib, pkgs, ... }:\n{\n  package = pkgs.hello;"),
        ],
        &[],
        &["package"],
    ),
    (&[("b.nix", "{\n  number", "{\n  function = x: \"more\";\n  number")], &[], &["function"]),
    (&[("b.nix", "{\n  number", "{\n  function = lib.mkBefore (x: \"more\");\n  number")], &[], &["function"]),
    // Options that nobody defines, by a name that no text says, or whose definition is off.
    (
        &[("options.nix", "enabled = defaulted types.bool false", "enabled = defaulted types.bool true")],
        &["enabled"],
        &[],
    ),
    (&[("b.nix", "{\n  number", "{\n  ${\"un\" + \"set\"} = 1;\n  number")], &["unset"], &[]),
    (&[("b.nix", "{\n  number", "{\n  users.dave.shell = lib.mkIf false \"x\";\n  number")], &["users.dave"], &[]),
    (&[("options.nix", "/home/${", "/homes/${")], &["users"], &[]),
    // Another type may make something else of what nobody can look into.
    (&[("options.nix", "any (types.functionTo types.str)", "any (types.functionTo types.lines)")], &[], &["function"]),
];

/// Options that cannot be looked into: they may follow where others change.
const CLOSED: [&str; 6] = ["_module.args.pkgs", "applied", "deep", "function", "package", "packages"];

/// What is wrong with what the proof says of a row.
fn wrong(case: &Case, row: &Row, known: &mut Proofs) -> Option<String> {
    let (edits, expected, open) = row;
    let proof = case.one(edits, known);
    // A value that leads to another edited file is changed already.
    let open: Vec<&str> = open.iter().copied().filter(|option| !expected.contains(option)).collect();
    let following: Vec<String> = proof.following.iter().map(ToString::to_string).collect();
    let mut may_follow: Vec<&str> = if expected.is_empty() && open.is_empty() { Vec::new() } else { CLOSED.to_vec() };
    may_follow.retain(|option| !expected.contains(option) && !open.contains(option));
    let right = proof.failure.is_none()
        && changed(&proof) == *expected
        && uncompared(&proof) == open
        && following == may_follow
        && proof.compared + open.len() + may_follow.len() >= 20;
    (!right).then(|| {
        let (changed, open) = (changed(&proof), uncompared(&proof));
        format!(
            "{edits:?}\n  changed {changed:?} open {open:?} following {following:?} {:?} {}",
            proof.failure, proof.compared
        )
    })
}

fn all_rows(kind: Kind, nix: &TestNix) {
    let case = Case::new(kind, nix);
    let mut known = Proofs::default();
    let wrong: Vec<String> = ROWS.iter().filter_map(|row| wrong(&case, row, &mut known)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_change_of_a_file_is_seen() {
    all_rows(Kind::File, &nixes()[1]);
}

#[test]
fn every_change_of_a_flake_is_seen() {
    all_rows(Kind::Flake, &nixes()[0]);
}

#[test]
fn values_are_told_as_the_person_knows_them() {
    for case in cases() {
        let proof = case.prove(
            &[("a.nix", "path = ./file", "path = ./b.nix"), ("a.nix", "number = 4", "number = 7")],
            &mut Proofs::default(),
        );
        let values: BTreeMap<String, (FinalValue, FinalValue)> = proof.targets[0]
            .changed
            .iter()
            .map(|change| (change.option.to_string(), (change.before.clone(), change.after.clone())))
            .collect();
        let (before, after) = &values["path"];
        let root = case.path().canonicalize().expect("a folder");
        let shown = |value: &FinalValue| value.value().expect("a value").to_string();
        assert_eq!(shown(before), root.join("file").display().to_string());
        assert_eq!(shown(after), root.join("b.nix").display().to_string());
        let (before, after) = &values["number"];
        assert_eq!((json(before), json(after)), (4.into(), 7.into()));
        assert!(proof.options > 10 && proof.options == proof.targets[0].compared);
        assert!(proof.summary().starts_with("3 of "), "{}", proof.summary());
    }
}

#[test]
fn what_fails_says_why() {
    let case = Case::new(Kind::File, &nixes()[1]);
    let mut known = Proofs::default();
    let proof = case.one(&[("b.nix", "lib.mkDefault 5", "5")], &mut known);
    let number = proof.changed.iter().find(|change| change.option.to_string() == "number").expect("it changes");
    let FinalValue::Failed { message } = &number.after else { panic!("{number:?}") };
    assert!(message.text.contains("conflicting definition values") && message.text.contains("`b.nix'"), "{message}");
    // What fails before and after has no value that could change, whether for the same reason or for another one.
    case.write("b.nix", &B.replace("lib.mkDefault 5", "throw \"no\"").replace("lib.mkAfter", "lib.mkForce"));
    case.write("a.nix", &A.replace("number = 4", "number = lib.mkDefault 4"));
    let same = case.one(&[("b.nix", "throw \"no\"", "(throw \"no\")")], &mut known);
    assert_eq!((changed(&same), uncompared(&same)), (vec![], vec![]));
    let other = case.one(&[("b.nix", "throw \"no\"", "throw \"never\"")], &mut known);
    assert_eq!((changed(&other), uncompared(&other)), (vec![], vec![]));
    let value = case.one(&[("b.nix", "throw \"no\"", "lib.mkForce 3")], &mut known);
    assert_eq!(changed(&value), ["assertions", "follows", "number"]);
}

/// Whether it is the value that fails, or finding out which definitions take part: what has no value does not change.
#[test]
fn a_condition_that_fails_leaves_no_value_that_could_change() {
    let failing = ["lib.mkIf (throw \"no\") 5", "lib.mkIf ({ }.x) 5", "lib.mkForce (throw \"never\")", "6"];
    for nix in nixes() {
        let case = Case::new(Kind::File, &nix);
        case.write("a.nix", &A.replace("config.number > 3", "true"));
        for before in failing {
            case.write("b.nix", &B.replace("lib.mkDefault 5", before));
            let mut known = Proofs::default();
            for after in failing.into_iter().filter(|after| *after != before) {
                let proof = case.one(&[("b.nix", before, after)], &mut known);
                assert_eq!((changed(&proof), uncompared(&proof)), (vec![], vec![]), "{before} -> {after}");
            }
            let value = case.one(&[("b.nix", before, "lib.mkForce 3")], &mut known);
            assert_eq!(changed(&value), ["follows", "number"], "{before}");
        }
    }
}

#[test]
fn a_target_that_does_not_evaluate_is_never_unchanged() {
    for case in cases() {
        let mut known = Proofs::default();
        for (from, to) in
            [("number = 4", "number = "), ("text = \"a\"", "imports = [ ./gone.nix ]"), ("number = 4", "nothing = 4")]
        {
            let proof = case.prove(&[("a.nix", from, to)], &mut known);
            assert!(proof.targets[0].failure.is_some(), "{to}: {proof:?}");
            assert!(!proof.is_unchanged(), "{}", proof.summary());
        }
        // Nor before the change.
        case.write("a.nix", "{");
        let proof = case.prove(&[("a.nix", "{", "{ }")], &mut known);
        assert!(proof.targets[0].failure.as_ref().is_some_and(|why| why.text.starts_with("before the change")));
        assert_eq!(proof.targets[0].compared, 0);
    }
}

#[test]
fn a_definition_without_an_option_can_be_taken_out() {
    let case = Case::new(Kind::File, &nixes()[0]);
    case.write("a.nix", &A.replace("number = 4;", "number = 4;\n  nothing = 1;"));
    let mut known = Proofs::default();
    let proof = case.one(&[("a.nix", "\n  nothing = 1;", "")], &mut known);
    assert_eq!((changed(&proof), &proof.failure), (vec!["nothing".to_owned()], &None));
    // While it is there, Nix refuses everything.
    let proof = case.one(&[("a.nix", "number = 4;", "number = 2 + 2;")], &mut known);
    assert!(proof.failure.is_some_and(|why| why.text.contains("`nothing' does not exist")));
}

#[test]
fn a_new_file_with_an_option_of_its_own() {
    for case in cases() {
        let new = "{ lib, ... }: { options.new = lib.mkOption { default = 1; }; config.number = lib.mkDefault 3; }";
        let proof = case.one(
            &[("new/base.nix", "", new), ("b.nix", "{\n  number", "{\n  imports = [ ./new/base.nix ];\n  number")],
            &mut Proofs::default(),
        );
        assert_eq!(proof.failure, None);
        assert_eq!(changed(&proof), ["new"]);
        assert_eq!(proof.changed[0].before, FinalValue::Undefined);
        // And what it sets is seen where it decides.
        let proof = case.one(
            &[
                ("base.nix", "", &new.replace("mkDefault", "mkForce")),
                ("b.nix", "{\n  number", "{\n  imports = [ ./base.nix ];\n  number"),
            ],
            &mut Proofs::default(),
        );
        assert_eq!(changed(&proof), ["assertions", "follows", "new", "number"]);
    }
}

#[test]
fn what_others_warn_of_is_compared() {
    for case in cases() {
        case.write("mkwhy.toml", "own = [\"a.nix\", \"b.nix\"]\n");
        let warns = "config.warnings = lib.optional config.enabled \"enabled\";\n  options = {";
        let options = case.read("options.nix").replace("{ lib, pkgs, ... }:", "{ config, lib, pkgs, ... }:");
        case.write("options.nix", &options.replacen("options = {", warns, 1));
        let edits = [("a.nix", "  number = 4;", "  number = 4;\n  enabled = true;")];
        let proof = case.one(&edits, &mut Proofs::default());
        assert_eq!(changed(&proof), ["enabled", "warnings"], "{proof:?}");
    }
}

#[test]
fn what_is_declared_under_names_that_are_not_written_out() {
    let case = Case::new(Kind::File, &nixes()[1]);
    let more = "options.more = lib.mapAttrs (_: default: lib.mkOption { inherit default; }) { x = 1; };";
    case.write("b.nix", &format!("{{ lib, ... }}: {{ {more} config.number = lib.mkDefault 5; }}"));
    let mut known = Proofs::default();
    let proof = case.one(&[("b.nix", "lib.mkDefault 5", "lib.mkForce 4")], &mut known);
    assert!(proof.is_unchanged(), "{proof:?}");
    let proof = case.one(&[("b.nix", "x = 1", "x = 2")], &mut known);
    assert!(proof.failure.is_some_and(|why| why.text.contains("b.nix declares options")));
}

#[test]
fn modules_of_others_may_not_come_or_go() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::write(elsewhere.path().join("m.nix"), "{ text = \"theirs\"; }").expect("written");
    let case = Case::new(Kind::File, &nixes()[1]);
    let theirs = format!("imports = [ {}/m.nix ];\n  text = lib.mkForce \"a\";", elsewhere.path().display());
    let proof = case.one(&[("a.nix", "text = \"a\";", &theirs)], &mut Proofs::default());
    assert!(proof.failure.is_some_and(|why| why.text.contains("brings in") && why.text.contains("m.nix")));
}

#[test]
fn a_helper_that_is_edited_may_change_whatever_nobody_can_look_into() {
    let case = Case::new(Kind::File, &nixes()[1]);
    case.write("helper.nix", "{ number = 4; name = \"x\"; }");
    case.write("a.nix", &A.replace("number = 4", "number = (import ./helper.nix).number"));
    let proof = case.one(&[("helper.nix", "\"x\"", "\"y\"")], &mut Proofs::default());
    assert_eq!(changed(&proof), Vec::<String>::new());
    assert_eq!(uncompared(&proof), CLOSED);
    let proof = case.one(&[("helper.nix", "= 4", "= 6")], &mut Proofs::default());
    assert_eq!(changed(&proof), ["follows", "number"]);
    // One that nobody reads changes nothing.
    case.write("unread.nix", "{ }");
    let proof = case.one(&[("unread.nix", "{ }", "{ x = 1; }")], &mut Proofs::default());
    assert!(proof.is_unchanged(), "{proof:?}");
}

/// `users.bob = import ./home/bob.nix`, as it is written everywhere.
#[test]
fn what_is_only_the_value_of_a_definition_is_compared_there() {
    let bob = "{ lib, ... }:\nlet who = \"bob\"; in\n{\n  shell = lib.mkDefault \"bash\";\n  run = x: who;\n  groups = [ \"a\" ];\n}\n";
    let a = A
        .replace(", tree,", ",")
        .replace("users.bob = { };\n  users.bob.shell = lib.mkDefault \"bash\"", "users.bob = import ./home/bob.nix");
    let closed = || CLOSED.iter().map(ToString::to_string).chain(["users.bob.run".to_owned()]).collect::<Vec<_>>();
    let same = [("home/bob.nix", "\"a\"", "(\"a\")")];
    for kind in [Kind::File, Kind::Flake] {
        let case = Case::new(kind, &nixes()[1]);
        let main = if kind == Kind::File { "default.nix" } else { "flake.nix" };
        let text = case.read(main).replace("specialArgs.tree = ./.; ", "");
        case.write(main, &text);
        let run = "options.run = any (types.functionTo types.str);\n      options.groups";
        case.write("options.nix", &OPTIONS.replace("options.groups", run));
        case.write("a.nix", &a);
        case.write("home/bob.nix", bob);
        let mut known = Proofs::default();
        let proof = case.one(&same, &mut known);
        assert!(proof.is_unchanged(), "{proof:?}");
        let proof = case.one(&[("home/bob.nix", "\"a\"", "\"b\"")], &mut known);
        assert_eq!((changed(&proof), uncompared(&proof)), (vec!["users.bob.groups".to_owned()], vec![]));
        let proof = case.one(&[("home/bob.nix", "\"bob\"", "\"ann\"")], &mut known);
        assert_eq!((changed(&proof), uncompared(&proof)), (vec![], vec!["users.bob.run".to_owned()]));
        // Where anything else may have it, nobody can say.
        let elsewhere = [
            ("a.nix", "function = x: used", "function = x: (import ./home/bob.nix { }).run x"),
            ("a.nix", "hidden = \"hidden\"", "hidden = import ./home/bob.nix"),
            ("a.nix", "path = ./file", "path = ./home/${hidden}"),
            ("a.nix", "deep = {", "deep = { of = ./home;"),
            ("a.nix", "\"hidden\"", "import (./home + \"/bob.nix\")"),
            ("a.nix", "\"hidden\"", "import (./x + \"/../home/bob.nix\")"),
            ("a.nix", "\"hidden\"", "(builtins.unsafeGetAttrPos \"x\" { x = 1; }).file"),
        ];
        for (name, from, to) in elsewhere {
            case.write("a.nix", &a);
            let text = case.read(name).replacen(from, to, 1);
            case.write(name, &text);
            let proof = case.one(&same, &mut Proofs::default());
            assert_eq!((changed(&proof), uncompared(&proof)), (vec![], closed()), "{to}");
        }
        case.write("a.nix", &a);
        if kind == Kind::Flake {
            let flake = case.read(main);
            for (to, safe) in [("specialArgs.x = self.lib; ", true), ("specialArgs.x = self + \"/home\"; ", false)] {
                case.write(main, &flake.replace("modules = [", &format!("{to}modules = [")));
                let proof = case.one(&same, &mut Proofs::default());
                assert_eq!(uncompared(&proof), if safe { Vec::new() } else { closed() }, "{to}");
            }
        }
    }
}

#[test]
fn a_module_that_is_imported_as_a_value_as_well_is_used_there() {
    let case = Case::new(Kind::File, &nixes()[1]);
    let edit = [("b.nix", "\"wheel\"", "(\"wheel\")")];
    for (from, to, open) in [
        ("x: x", "x: (import ./b.nix { lib = { }; }).users", CLOSED.to_vec()),
        // What can be looked into is compared.
        ("{ f = x: x; n = null; }", "import ./b.nix { inherit lib; }", vec![]),
        ("function = x: used", "function = import ./b.nix", vec!["function"]),
        ("number = 4", "imports = [ (import ./b.nix) ];\n  number = 4", vec![]),
    ] {
        case.write("a.nix", &A.replace(from, to));
        let proof = case.one(&edit, &mut Proofs::default());
        assert!(proof.failure.is_none(), "{proof:?}");
        assert_eq!(
            (changed(&proof), uncompared(&proof)),
            (vec![], open.iter().map(ToString::to_string).collect()),
            "{to}"
        );
    }
}

#[test]
fn what_a_function_of_the_file_is_given_counts() {
    let case = Case::new(Kind::File, &nixes()[1]);
    case.write("a.nix", &A.replace("  function = x: used;\n", ""));
    case.write("b.nix", "{ lib, ... }:\nlet\n  mk = given: { function = x: given; };\n  other = 1;\nin\nmk \"one\"\n");
    let mut known = Proofs::default();
    let proof = case.one(&[("b.nix", "mk \"one\"", "mk \"two\"")], &mut known);
    assert_eq!((changed(&proof), uncompared(&proof)), (vec![], vec!["function".to_owned()]), "{proof:?}");
    // Each of a loop's is given what the list has.
    let each =
        "{ lib, ... }: {\n  free = lib.genAttrs [ \"one\" ] (given: { function = x: given; });\n  unset = 1;\n}\n";
    case.write("b.nix", each);
    let proof = case.one(&[("b.nix", "unset = 1", "unset = 0 + 1")], &mut known);
    assert!(proof.is_unchanged(), "{proof:?}");
    let proof = case.one(&[("b.nix", "(given: ", "(name: let given = \"x\"; in ")], &mut known);
    assert!(!uncompared(&proof).is_empty(), "{proof:?}");
}

#[test]
fn a_path_that_leads_to_an_edited_file_is_another_value() {
    for case in cases() {
        case.write(
            "a.nix",
            &A.replace("./file", "./b.nix").replace("text = \"a\"", "text = \"see ${toString tree}/b.nix\""),
        );
        let proof = case.one(&[("b.nix", "lib.mkDefault 5", "lib.mkDefault 6")], &mut Proofs::default());
        assert_eq!(changed(&proof), Vec::<String>::new(), "{proof:?}");
        // In place, a string is only a string.
        let flake = case.path().join("flake.nix").exists();
        assert_eq!(uncompared(&proof), if flake { vec!["path", "text"] } else { vec!["path"] });
        let proof = case.one(&[("a.nix", "number = 4", "number = 2 + 2")], &mut Proofs::default());
        assert!(proof.is_unchanged(), "{proof:?}");
    }
}

#[test]
fn a_path_to_a_module_is_what_the_module_comes_to() {
    for kind in [Kind::File, Kind::Flake] {
        let case = Case::new(kind, &nixes()[1]);
        let options = OPTIONS.replace(
            "    users =",
            "    shared = defaulted (types.listOf types.raw) [ ];
    people = defaulted (types.attrsOf (types.submoduleWith {
      modules = [ { options.shell = any types.str; } ] ++ config.shared;
    })) { };
    users =",
        );
        case.write("options.nix", &options.replace("{ lib, pkgs, ... }", "{ config, lib, pkgs, ... }"));
        case.write("home/shell.nix", "{ lib, ... }: { shell = \"fish\"; }");
        let a = A.replace("  number = 4;", "  number = 4;\n  shared = [ ./home/shell.nix ];\n  people.ada = { };");
        case.write("a.nix", &a);
        let mut known = Proofs::default();
        let same = [("home/shell.nix", "\"fish\"", "(\"fish\")")];
        let proof = case.one(&same, &mut known);
        assert!(proof.is_unchanged(), "{proof:?}");
        let proof = case.one(&[("home/shell.nix", "fish", "bash")], &mut known);
        assert_eq!(changed(&proof), ["people.ada.shell"]);
        // Without anything that it says, it is the module that it was.
        let proof = case.one(
            &[("home/shell.nix", "shell = \"fish\";", ""), ("a.nix", "ada = { }", "ada.shell = \"fish\"")],
            &mut known,
        );
        assert!(proof.is_unchanged(), "{proof:?}");
        // Where it is a file, or is in a folder that is one, it is another one.
        for (path, option) in [("path = ./home/shell.nix", "path"), ("path = ./home", "path")] {
            case.write("a.nix", &a.replace("path = ./file", path));
            let proof = case.one(&same, &mut Proofs::default());
            assert_eq!((changed(&proof), uncompared(&proof)), (vec![], vec![option.to_owned()]), "{path}");
        }
        case.write("home/default.nix", "{ shell = \"fish\"; }");
        case.write("a.nix", &a.replace("[ ./home/shell.nix", "[ ./home/shell.nix ./home"));
        let proof = case.one(&[("home/default.nix", "\"fish\"", "''fish''")], &mut Proofs::default());
        assert!(proof.is_unchanged(), "{proof:?}");
        let proof = case.one(&same, &mut Proofs::default());
        assert_eq!((changed(&proof), uncompared(&proof)), (vec![], vec!["shared".to_owned()]));
        // What is no module may be anything.
        case.write("number.nix", "{ number = 4; }");
        let a = a.replace("  number = 4", "  number = (import (builtins.head config.shared)).number");
        case.write("a.nix", &a.replace("./home/shell.nix", "./number.nix").replace("people.ada = { };", ""));
        let proof = case.one(&[("number.nix", "4", "2 + 2")], &mut Proofs::default());
        let mut closed: Vec<String> = CLOSED.iter().map(ToString::to_string).collect();
        closed.push("shared".to_owned());
        assert_eq!((changed(&proof), uncompared(&proof)), (vec![], closed), "{proof:?}");
    }
}
