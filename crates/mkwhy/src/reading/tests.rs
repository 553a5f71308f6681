//! The answer from syntax over small trees.

use std::path::Path;

use mkwhy_model::{Cascade, Found, Knowledge, Outcome};

use crate::{Settings, Workspace};

mod edits;
mod forms;
mod guesses;

/// A workspace of these files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }
    folder
}

/// A configuration whose modules these are: `m0.nix`, `m1.nix`, …
fn tree_of_modules(modules: &[&str]) -> tempfile::TempDir {
    let names: Vec<String> = (0..modules.len()).map(|number| format!("m{number}.nix")).collect();
    let imports: Vec<String> = names.iter().map(|name| format!("./{name}")).collect();
    let entry = format!("{{ imports = [ {} ]; }}", imports.join(" "));
    let files = names.iter().map(String::as_str).zip(modules.iter().copied());
    let files: Vec<(&str, &str)> = [("configuration.nix", entry.as_str())].into_iter().chain(files).collect();
    tree(&files)
}

/// As on a machine without Nix.
fn open(folder: &Path) -> Workspace {
    let settings = Settings { nix: Some("/there/is/no/nix".into()), ..Settings::default() };
    Workspace::open(folder, settings).expect("a workspace can be read without Nix")
}

fn ask(folder: &Path, target: Option<&str>, path: &str) -> Found {
    let workspace = open(folder);
    let target = workspace.target_by_text(target).expect("a target");
    let answer = workspace.read().why(&target, &path.parse().expect("a path"), None);
    assert_eq!(answer.known, Knowledge::Syntax { because: None });
    answer.found
}

#[track_caller]
fn cascade(folder: &Path, path: &str) -> Cascade {
    match ask(folder, None, path) {
        Found::Cascade { cascade } => *cascade,
        other => panic!("{path}: {other:?}"),
    }
}

/// One definition a line: outcome, place, priority, source.
fn lines(cascade: &Cascade) -> Vec<String> {
    cascade
        .definitions
        .iter()
        .map(|definition| {
            let perhaps = if definition.certain { "" } else { " perhaps" };
            let priority = definition.priority.map_or_else(|| "?".to_owned(), |priority| priority.0.to_string());
            let source = definition.source.as_deref().unwrap_or("-");
            format!("{} {} {priority} {source}{perhaps}", definition.outcome.word(), definition.at)
        })
        .collect()
}

#[test]
fn what_is_certain_is_decided() {
    let folder = tree(&[
        ("configuration.nix", "{ lib, ... }: { imports = [ ./a.nix ./b.nix ]; x = 1; }"),
        ("a.nix", "{ lib, ... }: { x = lib.mkForce 2; }"),
        ("b.nix", "{ lib, ... }: { x = lib.mkDefault 3; }"),
    ]);
    let cascade = cascade(folder.path(), "x");
    assert_eq!(
        lines(&cascade),
        ["wins a.nix:1:17 50 2", "shadowed configuration.nix:1:48 100 1", "shadowed b.nix:1:17 1000 3"]
    );
    assert_eq!(cascade.definitions[1].outcome, Outcome::Shadowed { by: vec![0] });
    assert_eq!(cascade.definitions[0].imports, ["configuration.nix"]);
    assert!(cascade.notes.is_empty(), "{:?}", cascade.notes);
}

#[test]
fn a_condition_is_never_guessed() {
    let folder = tree(&[
        ("configuration.nix", "{ lib, config, ... }: { imports = [ ./a.nix ]; x = 1; y = 1; z = lib.mkIf false 1; }"),
        ("a.nix", "{ lib, config, ... }: lib.mkIf config.on { x = lib.mkForce 2; y = lib.mkDefault 2; z = 3; }"),
    ]);
    assert_eq!(
        lines(&cascade(folder.path(), "x")),
        ["undecided configuration.nix:1:48 100 1", "undecided a.nix:1:44 50 2"]
    );
    // Whatever the condition is, the weaker one changes nothing; but whether it is shadowed or off is not known.
    assert_eq!(
        lines(&cascade(folder.path(), "y")),
        ["wins configuration.nix:1:55 100 1", "undecided a.nix:1:63 1000 2"]
    );
    let undecided = cascade(folder.path(), "z");
    assert_eq!(lines(&undecided), ["undecided a.nix:1:84 100 3", "inactive configuration.nix:1:62 100 1"]);
    assert_eq!(undecided.definitions[0].conditions[0].holds, None);
}

#[test]
fn what_is_computed_may_hold_it() {
    let folder = tree(&[
        ("configuration.nix", "{ ... }: { imports = [ ./a.nix ]; a.b = f 1; }"),
        ("a.nix", "{ ... }: { a = { c = 2; }; }"),
    ]);
    assert_eq!(lines(&cascade(folder.path(), "a.b.x")), ["undecided configuration.nix:1:35 ? f 1 perhaps"]);
    assert!(matches!(ask(folder.path(), None, "a.d"), Found::Missing { .. }), "a set that is written out says no");
}

#[test]
fn modules_of_the_target_only() {
    let folder = tree(&[
        (
            "flake.nix",
            "{ outputs = { self, nixpkgs }: { nixosConfigurations = {
            one = nixpkgs.lib.nixosSystem { modules = [ ./one.nix ]; };
            two = nixpkgs.lib.nixosSystem { modules = [ ./two.nix { x = [ 22 ]; } ]; }; }; }; }",
        ),
        ("one.nix", "{ x = [ 1 ]; }"),
        ("two.nix", "{ x = [ 2 ]; }"),
        ("stray.nix", "{ x = [ 3 ]; }"),
    ]);
    let of = |target: &str| match ask(folder.path(), Some(target), "x") {
        Found::Cascade { cascade } => *cascade,
        other => panic!("{other:?}"),
    };
    assert_eq!(lines(&of("one")), ["wins one.nix:1:3 100 [ 1 ]"]);
    assert_eq!(lines(&of("two")), ["merged flake.nix:3:69 100 [ 22 ]", "merged two.nix:1:3 100 [ 2 ]"]);
    let outside = of("one").notes.join(" ");
    assert!(outside.contains("stray.nix:1:3") && outside.contains("two.nix:1:3"), "{outside}");
    let names: Vec<String> =
        open(folder.path()).targets_by_text().expect("targets").into_iter().map(|target| target.name).collect();
    assert_eq!(names, ["nixosConfigurations.one", "nixosConfigurations.two"]);
}

#[test]
fn a_file_or_expression_that_makes_the_configuration() {
    let default = "{ lib ? import <nixpkgs/lib> }: lib.evalModules { modules = [ ./one.nix { x = lib.mkForce 2; } ]; }";
    let files = [("default.nix", default), ("one.nix", "{ x = 1; }"), ("stray.nix", "{ x = 3; }")];
    let expected = ["wins default.nix:1:75 50 2", "shadowed one.nix:1:3 100 1"];
    let folder = tree(&files);
    let found = cascade(folder.path(), "x");
    assert_eq!(lines(&found), expected);
    assert_eq!(found.definitions[1].imports, ["default.nix"]);
    assert!(found.notes.join(" ").contains("stray.nix:1:3"), "{:?}", found.notes);
    // In mkwhy.toml, by the file and in full.
    for (target, expected) in [
        ("file = \"default.nix\"", expected),
        ("expression = \"import ./default.nix { }\"", expected),
        (
            "expression = \"f { modules = [ ./one.nix { x = lib.mkForce 2; } ]; }\"",
            ["wins mkwhy.toml «host»:1:29 50 2", "shadowed one.nix:1:3 100 1"],
        ),
    ] {
        let folder = tree(&files);
        std::fs::write(folder.path().join("mkwhy.toml"), format!("[[target]]\nname = \"host\"\n{target}\n"))
            .expect("written");
        assert_eq!(lines(&cascade(folder.path(), "x")), expected, "{target}");
    }
}

#[test]
fn what_only_other_files_define_is_shown_as_such() {
    let folder = tree(&[("configuration.nix", "{ x = 1; }"), ("stray.nix", "{ y = 3; }")]);
    let found = cascade(folder.path(), "y");
    assert_eq!(lines(&found), ["undecided stray.nix:1:3 100 3 perhaps"]);
    assert!(found.notes.join(" ").contains("does not seem to import"), "{:?}", found.notes);
}

#[test]
fn inside_a_submodule_of_another_file() {
    let folder = tree(&[
        ("configuration.nix", "{ ... }: { home-manager.users.ada = import ./home.nix; }"),
        ("home.nix", "{ ... }: { imports = [ ./git.nix ]; }"),
        ("git.nix", "{ lib, ... }: { programs.git.enable = lib.mkDefault true; }"),
    ]);
    let found = cascade(folder.path(), "home-manager.users.ada.programs.git.enable");
    assert_eq!(lines(&found)[0], "wins git.nix:1:17 1000 true");
    assert_eq!(found.definitions[0].imports, ["configuration.nix", "home.nix"]);
}

#[test]
fn declarations_namespaces_and_nothing() {
    let folder = tree(&[(
        "configuration.nix",
        "{ lib, ... }: { options.a.b = lib.mkOption { type = lib.types.int; default = 3; description = \"How many.\"; };
          options.a.c = lib.mkEnableOption \"it\"; config.a.b = 4; }",
    )]);
    let found = cascade(folder.path(), "a.b");
    assert_eq!(lines(&found), ["wins configuration.nix:2:50 100 4", "shadowed configuration.nix:1:17 1500 3"]);
    assert_eq!(found.option_type.as_deref(), Some("lib.types.int"));
    let declaration = found.declaration.expect("a declaration");
    assert_eq!(declaration.description.as_deref(), Some("How many."));
    assert_eq!(lines(&cascade(folder.path(), "a.c")), ["wins configuration.nix:2:11 1500 false"]);
    let Found::Namespace { names, .. } = ask(folder.path(), None, "a") else { panic!("a set of options") };
    assert_eq!(names, ["b", "c"]);
    let Found::Missing { suggestions, .. } = ask(folder.path(), None, "a.bb") else { panic!("nothing") };
    assert_eq!(suggestions.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a.b"]);
}

#[test]
fn text_that_is_not_saved_or_does_not_parse() {
    let folder = tree(&[("configuration.nix", "{ x = 1; y = 2; }")]);
    let workspace = open(folder.path());
    let target = workspace.target_by_text(None).expect("a target");
    let reading = workspace.read();
    reading.index().set(&folder.path().join("configuration.nix"), "{ x = 11; y = ; z = { a = 3; ");
    let text = |path: &str| match reading.why(&target, &path.parse().expect("a path"), None).found {
        Found::Cascade { cascade } => (lines(&cascade), cascade.notes),
        other => panic!("{other:?}"),
    };
    assert_eq!(text("x").0, ["wins configuration.nix:1:3 100 11"]);
    assert!(text("x").1.iter().any(|note| note.contains("syntax error")), "{:?}", text("x").1);
    assert_eq!(text("z.a").0, ["wins configuration.nix:1:23 100 3"]);
}

#[test]
fn a_priority_inside_the_option_is_none_of_the_option() {
    let folder = tree(&[("configuration.nix", "{ lib, ... }: { a.b = lib.mkForce 1; }")]);
    assert_eq!(lines(&cascade(folder.path(), "a")), ["wins configuration.nix:1:17 100 { b = 1; }"]);
}
