//! What a proof says of a change, against real Nix: every change of a value is seen, and nothing that is none.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mkwhy::{Change, Edit, FinalValue, Proof, Proofs, TargetProof, Workspace};
use mkwhy_tests::{TestNix, block_on, nixes, open, part};
use tempfile::TempDir;

const OPTIONS: &str = r#"{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  any = type: mkOption { inherit type; };
  defaulted = type: default: mkOption { inherit type default; };
in
{
  options = {
    number = any types.int;
    float = any types.float;
    text = any types.str;
    list = any (types.listOf types.str);
    raw = any types.raw;
    function = any (types.functionTo types.str);
    package = any types.package;
    packages = any (types.listOf types.package);
    path = any types.path;
    lines = any types.lines;
    deep = any types.attrs;
    free = any (types.attrsOf types.anything);
    unset = any types.int;
    enabled = defaulted types.bool false;
    follows = any types.str;
    applied = mkOption { type = types.str; apply = text: x: text; };
    warnings = defaulted (types.listOf types.str) [ ];
    assertions = defaulted (types.listOf types.unspecified) [ ];
    users = defaulted (types.attrsOf (types.submodule ({ config, ... }: {
      options.shell = any types.str;
      options.groups = defaulted (types.listOf types.str) [ ];
      options.home = defaulted types.str "/home/${config.shell}";
    }))) { };
  };
}
"#;

const A: &str = r#"{ config, lib, pkgs, tree, ... }:
let
  hidden = "hidden";
  used = "used";
in
{
  number = 4;
  float = 0.1;
  text = "a";
  list = [ "one" "two" ];
  raw.very.deep.down.below.this.value.there.is.a.last = [ { name = 1; } ];
  function = x: used;
  package = pkgs.hello;
  packages = [ pkgs.hello pkgs.cat ];
  path = ./file;
  lines = "one";
  deep = { f = x: x; n = null; };
  free.a.b = 1;
  free.a.c = "x";
  follows = "follows ${toString config.number}";
  applied = "applied";
  users.alice.shell = "fish";
  users.bob = { };
  users.bob.shell = lib.mkDefault "bash";
  assertions = [ { assertion = config.number > 3; message = "${config.text} is too small"; } ];
}
"#;

const B: &str = r#"{ lib, ... }:
{
  number = lib.mkDefault 5;
  list = lib.mkAfter [ "three" ];
  users.alice.groups = [ "wheel" ];
}
"#;

/// How the configuration is found.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Flake,
}

struct Case {
    folder: TempDir,
    nix: TestNix,
}

impl Case {
    fn new(kind: Kind, nix: &TestNix) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let lib = part("nixpkgs-22.11").canonicalize().expect("a folder").join("lib");
        let case = Self { folder, nix: nix.clone() };
        let configuration = |lib: &str| {
            format!(
                "let nixpkgs = import {lib}; drv = name: {{ type = \"derivation\"; inherit name; outPath = \"/nix/store/x-${{name}}\"; }}; in \
                 nixpkgs.evalModules {{ specialArgs.tree = ./.; modules = [ ./options.nix ./a.nix ./b.nix \
                 {{ _module.args.pkgs = {{ hello = drv \"hello-1\"; cat = drv \"cat-1\"; other = drv \"hello-1\"; }}; }} ]; }}"
            )
        };
        match kind {
            Kind::File => case.write("default.nix", &configuration(&lib.display().to_string())),
            Kind::Flake => {
                let body = configuration("lib");
                case.write(
                    "flake.nix",
                    &format!(
                        "{{ inputs.lib = {{ url = \"path:{}\"; flake = false; }}; \
                         outputs = {{ self, lib }}: {{ nixosConfigurations.x = {body}; }}; }}",
                        lib.display()
                    ),
                );
            }
        }
        case.write("options.nix", OPTIONS);
        case.write("a.nix", A);
        case.write("b.nix", B);
        case.write("file", "content");
        case
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }

    fn read(&self, name: &str) -> Arc<str> {
        Arc::from(std::fs::read_to_string(self.path().join(name)).expect("readable"))
    }

    fn workspace(&self) -> Workspace {
        open(self.path(), &self.nix)
    }

    /// The change that replaces texts, each of which is there once; from nothing to a text, it makes the file.
    fn change(&self, edits: &[(&str, &str, &str)]) -> Change {
        let mut change = Change::default();
        for (name, from, to) in edits {
            if !self.path().join(name).exists() {
                change.create(name, *to).expect("apart");
                continue;
            }
            let before = self.read(name);
            assert_eq!(before.matches(from).count(), 1, "{from} in {name}");
            let at = before.find(from).expect("it is there");
            change.edit(name, &before, Edit::new(at..at + from.len(), *to)).expect("apart");
        }
        change
    }

    fn prove(&self, edits: &[(&str, &str, &str)], known: &mut Proofs) -> Proof {
        block_on(async {
            let workspace = self.workspace();
            let target = workspace.target(None).await.expect("a target");
            workspace.prove(&self.change(edits), &[target], known).await.expect("a proof")
        })
    }

    fn one(&self, edits: &[(&str, &str, &str)], known: &mut Proofs) -> TargetProof {
        let mut proof = self.prove(edits, known);
        assert_eq!(proof.targets.len(), 1);
        proof.targets.remove(0)
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=n", "-c", "user.email=m@e", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

fn changed(proof: &TargetProof) -> Vec<String> {
    proof.changed.iter().map(|change| change.option.to_string()).collect()
}

fn uncompared(proof: &TargetProof) -> Vec<String> {
    proof.uncompared.iter().map(ToString::to_string).collect()
}

fn json(value: &FinalValue) -> serde_json::Value {
    match value {
        FinalValue::Known { json: Some(json), .. } => json.clone(),
        other => panic!("{other:?}"),
    }
}

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

/// Both kinds by both versions of Nix.
fn cases() -> Vec<Case> {
    nixes().iter().flat_map(|nix| [Case::new(Kind::File, nix), Case::new(Kind::Flake, nix)]).collect()
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
    // It fails before and after, for the same reason or for another one.
    case.write("b.nix", &B.replace("lib.mkDefault 5", "throw \"no\"").replace("lib.mkAfter", "lib.mkForce"));
    case.write("a.nix", &A.replace("number = 4", "number = lib.mkDefault 4"));
    let same = case.one(&[("b.nix", "throw \"no\"", "(throw \"no\")")], &mut known);
    assert_eq!((changed(&same), uncompared(&same)), (vec![], vec![]));
    let other = case.one(&[("b.nix", "throw \"no\"", "throw \"never\"")], &mut known);
    assert_eq!(changed(&other), ["number"]);
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
