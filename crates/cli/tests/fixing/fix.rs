//! `mkwhy fix`

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::common::*;

const OPTIONS: &str = "\
{ lib, options, ... }:
let
  option = type: default: lib.mkOption { inherit type default; };
in
{
  options.cores = lib.mkOption { type = lib.types.int; };
  options.jobs = option lib.types.int 1;
  options.users = option (lib.types.listOf lib.types.str) [ ];
  options.strict = option lib.types.bool false;
  # Somebody looks at how jobs is defined, and not only at its value.
  config.strict = lib.mkIf (options.jobs.highestPrio == 100) true;
}
";

/// In both targets `a.nix` is overridden.
pub fn configuration() -> TempDir {
    two_targets(
        "./options.nix ./a.nix",
        &[
            ("options.nix", OPTIONS),
            ("a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  users = lib.mkDefault [ \"root\" ];\n}\n"),
            ("forge.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 2;\n}\n"),
            ("laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 3;\n}\n"),
        ],
    )
}

pub const WITHOUT_CORES: &str = "{ lib, ... }:\n{\n  users = lib.mkDefault [ \"root\" ];\n}\n";

#[test]
fn what_would_be_written_is_shown_with_its_proof() {
    let folder = configuration();
    let (stdout, stderr) = only_says(folder.path(), "fix", FOUND);
    for part in [
        "warning[shadowed-definition]: ",
        "  --> a.nix:3:3\n   = fix: remove this definition\n",
        "--- a/a.nix\n+++ b/a.nix\n@@ -1,5 +1,4 @@\n { lib, ... }:\n {\n-  cores = 4;\n",
        " defined options change on 2 hosts\n",
        "\n1 fix not written\n",
    ] {
        assert!(stdout.contains(part), "{part:?} is missing in\n{stdout}");
    }
    assert!(stdout.contains("\nproof: 0 of "), "{stdout}");
    assert!(stderr.contains("no terminal to ask on; --yes writes"), "{stderr}");
    let (dry, stderr) = only_says(folder.path(), "fix --dry-run", FOUND);
    assert_eq!((dry, stderr), (stdout, String::new()));
}

#[test]
fn it_is_written_and_a_second_run_changes_nothing() {
    let folder = configuration();
    let (stdout, stderr) = ends(folder.path(), "fix --yes", FOUND);
    assert!(stdout.contains("\nproof: 0 of 3 defined options change on 2 hosts\na.nix is written\n\n"), "{stdout}");
    assert_eq!(read(folder.path(), "a.nix"), WITHOUT_CORES);
    // Nothing is there any more that force is needed against.
    assert!(stdout.ends_with("\n2 files are written\n\n3 fixes written to 3 files\n"), "{stdout}");
    assert_eq!(read(folder.path(), "forge.nix"), "{ lib, ... }:\n{\n  cores = 2;\n}\n");
    assert_eq!(read(folder.path(), "laptop.nix"), "{ lib, ... }:\n{\n  cores = 3;\n}\n");
    assert_eq!(stderr, "");
    let (stdout, _) = only_says(folder.path(), "fix --yes", FOUND);
    assert_eq!(stdout, "nothing to fix\n");
    let checked =
        mkwhy(folder.path(), "check --target all --deny information --only shadowed-definition --only needless-force");
    assert_eq!(checked.status.code(), Some(FOUND), "{}", text(&checked.stdout));
}

/// What is as it is meant to be is only changed where that is asked for.
#[test]
fn hints_are_not_fixed_unasked() {
    let folder = configuration();
    write(folder.path(), "a.nix", "{ lib, ... }:\n{\n  cores = lib.mkDefault 4;\n  jobs = 4;\n}\n");
    for name in ["forge.nix", "laptop.nix"] {
        write(folder.path(), name, "{ lib, ... }:\n{\n  cores = 2;\n}\n");
    }
    only_says(folder.path(), "fix --yes", FOUND);
    let (stdout, _) = ends(folder.path(), "fix yielded-default --yes", FOUND);
    assert!(stdout.contains("hint[yielded-default]: "), "{stdout}");
    assert!(!read(folder.path(), "a.nix").contains("cores"));
}

#[test]
fn what_would_change_a_value_is_left_and_the_rest_is_written() {
    let folder = configuration();
    // Superfluous, but `strict` looks at its priority.
    write(folder.path(), "a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  jobs = 1;\n}\n");
    let (stdout, _) = ends(folder.path(), "fix same-as-default shadowed-definition --yes", LEFT);
    assert_eq!(read(folder.path(), "a.nix"), "{ lib, ... }:\n{\n  jobs = 1;\n}\n");
    let left = "left a.nix:3:3 same-as-default jobs\n   = fix: remove this definition\n   \
                = `strict` changes from true to false in forge and laptop\n";
    assert!(stdout.contains(left), "{stdout}");
    assert!(stdout.ends_with("\n1 fix written to 1 file, 1 fix left\n"), "{stdout}");
    let (stdout, _) = only_says(folder.path(), "fix same-as-default --yes", LEFT);
    assert!(stdout.ends_with(&format!("{left}1 fix left\n")), "{stdout}");
    // Nobody who does not want a proof gets one.
    let (stdout, _) = ends(folder.path(), "fix same-as-default --yes --prove none", FOUND);
    assert!(!stdout.contains("proof: "), "{stdout}");
    assert_eq!(read(folder.path(), "a.nix"), "{ }\n".replace("{ }", "{ lib, ... }:\n{\n}"));
}

#[test]
fn a_change_that_is_meant_is_written_where_it_is_asked_for() {
    let folder = configuration();
    for name in ["forge.nix", "laptop.nix"] {
        write(folder.path(), name, "{ lib, ... }:\n{\n  cores = lib.mkForce 3;\n  users = [ \"me\" ];\n}\n");
    }
    let (stdout, _) = only_says(folder.path(), "fix", FOUND);
    assert!(!stdout.contains("dropped-contribution"), "only what changes nothing is fixed unasked\n{stdout}");
    let (stdout, _) = ends(folder.path(), "fix dropped-contribution --yes", FOUND);
    assert!(stdout.contains("proof: 1 of "), "{stdout}");
    assert!(stdout.contains("`users` changes from [ \"me\" ] to [ "), "{stdout}");
    assert!(stdout.contains(" in forge and laptop, as is meant\n"), "{stdout}");
    assert!(read(folder.path(), "a.nix").contains("\n  users = [ \"root\" ];\n"), "{}", read(folder.path(), "a.nix"));
}

/// What it is lost to in one target is the priority to take, although it wins in the first one.
#[test]
fn a_contribution_that_only_one_target_loses_is_kept() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 3;\n  users = [ \"me\" ];\n}\n");
    let (stdout, _) = ends(folder.path(), "fix dropped-contribution --target all --yes", FOUND);
    assert!(stdout.contains(" in laptop, as is meant\n"), "{stdout}");
    assert!(read(folder.path(), "a.nix").contains("\n  users = [ \"root\" ];\n"), "{}", read(folder.path(), "a.nix"));
}

#[test]
fn what_only_a_person_can_decide_is_left() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{\n  cores = 3;\n}\n");
    let (stdout, _) = only_says(folder.path(), "fix conflicting-definitions --yes", LEFT);
    assert!(stdout.contains("   = which way is right only you can say; on a terminal you are asked\n"), "{stdout}");
    assert!(stdout.contains("   = a way: "), "{stdout}");
}

#[test]
fn only_what_is_wanted() {
    let folder = configuration();
    write(folder.path(), "a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  jobs = 2;\n}\n");
    write(folder.path(), "forge.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 2;\n  jobs = lib.mkForce 3;\n}\n");
    write(folder.path(), "laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 3;\n  jobs = lib.mkForce 3;\n}\n");
    let found = |line: &str| only_says(folder.path(), line, FOUND).0;
    assert!(found("fix --option job").ends_with("nothing to fix\n"));
    assert!(found("fix --file ./b.nix").ends_with("nothing to fix\n"));
    let jobs = found("fix --option jobs.* --file ./a.nix");
    assert!(jobs.contains("-  jobs = 2;") && !jobs.contains("-  cores = 4;"), "{jobs}");
}

#[test]
fn a_target_that_does_not_evaluate_stops_the_writing() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{\n  cores = ;\n}\n");
    let (_, stderr) = only_says(folder.path(), "fix --yes", EVALUATION);
    assert!(stderr.contains("laptop.nix:2:11"), "{stderr}");
    let (stdout, _) = ends(folder.path(), "fix --yes --target forge --prove target", FOUND);
    assert!(stdout.contains(" on 1 host\n"), "{stdout}");
    assert_eq!(read(folder.path(), "a.nix"), WITHOUT_CORES);
}

/// In one configuration it is superfluous, in the other one it decides.
#[test]
fn what_another_configuration_needs_stays() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{ }\n");
    let (stdout, _) = only_says(folder.path(), "fix shadowed-definition --target forge --yes", LEFT);
    assert!(stdout.contains("in laptop"), "{stdout}");
    ends(folder.path(), "fix shadowed-definition --target forge --prove target --yes", FOUND);
    assert_eq!(read(folder.path(), "a.nix"), WITHOUT_CORES);
}

/// A module that another one imports as a value, as `users.me = import ./home.nix` is written everywhere: what is wrong in it
/// is fixed where all that use it keep their values.
#[test]
fn what_is_imported_as_a_value_is_fixed_where_all_of_it_keeps_its_values() {
    let options = "{ lib, ... }:\nlet\n  user = { options.a = int; options.b = int; };\n  int = lib.mkOption { type = lib.types.int; default = 1; };\nin\n{\n  options.users = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule user); };\n}\n";
    let user = "{ lib, ... }:\n{\n  a = 2;\n  b = 2;\n}\n";
    let folder = two_targets(
        "./options.nix ./users.nix ./more.nix",
        &[
            ("options.nix", options),
            ("users.nix", "{\n  users.me = import ./user.nix;\n  users.you = import ./user.nix;\n}\n"),
            ("user.nix", user),
            (
                "more.nix",
                "{ lib, ... }:\n{\n  users.me.a = lib.mkForce 3;\n  users.me.b = lib.mkForce 3;\n  users.you.b = lib.mkForce 4;\n}\n",
            ),
            ("forge.nix", "{ }\n"),
            ("laptop.nix", "{ }\n"),
        ],
    );
    let root = folder.path();
    let (stdout, _) = ends(root, "fix shadowed-definition --yes", LEFT);
    assert_eq!(read(root, "user.nix"), user.replace("  b = 2;\n", ""), "{stdout}");
    assert!(stdout.contains("`users.you.a` changes from 2 to 1"), "{stdout}");
}

#[test]
fn a_module_that_is_left_empty_is_told_of() {
    let folder = configuration();
    let root = folder.path();
    write(root, "a.nix", "{\n  cores = 4;\n}\n");
    let says = "a.nix says nothing any more: it can be deleted, and its import at default.nix:3 with it\n";
    let (_, stderr) = only_says(root, "fix --dry-run", FOUND);
    assert_eq!(stderr, format!("note: {says}"));
    let (_, stderr) = ends(root, "fix --yes", FOUND);
    assert_eq!(stderr, format!("note: {says}"));
    let (_, stderr) = ends(root, "fix --yes", FOUND);
    assert_eq!(stderr, "");
}

#[test]
fn what_is_empty_without_several_fixes_goes_unless_it_makes_an_attribute() {
    let options = "{ lib, ... }:\nlet inherit (lib) types mkOption; int = mkOption { type = types.int; default = 1; };\nin\n{\n  options.a = int;\n  options.b = int;\n  \
                   options.of = mkOption { type = types.attrsOf (types.submodule { options.x = int; options.y = int; }); default = { }; };\n}\n";
    let items = "    { b = 2; }\n  ];\n}\n";
    let rest = "{ lib, ... }:\n{\n  config = lib.mkMerge [\n";
    for (part, after) in [
        ("    (lib.mkIf (1 == 1) {\n      a = 2;\n      of.one.y = 1;\n    })\n", ""),
        // `two` is there because of it.
        ("    { of.two = { x = 1; y = 1; }; }\n", "    { of.two = { }; }\n"),
    ] {
        let folder = two_targets(
            "./options.nix ./a.nix ./b.nix",
            &[
                ("options.nix", options),
                ("a.nix", &[rest, part, items].concat()),
                ("b.nix", "{ lib, ... }:\n{\n  a = lib.mkForce 2;\n  of.one.x = 7;\n}\n"),
                ("forge.nix", "{ }\n"),
                ("laptop.nix", "{ }\n"),
            ],
        );
        ends(folder.path(), "fix redundant-definition same-as-default --file a.nix --yes", FOUND);
        assert_eq!(read(folder.path(), "a.nix"), [rest, after, items].concat());
    }
}

#[test]
fn as_json() {
    let folder = configuration();
    write(folder.path(), "a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  jobs = 1;\n}\n");
    let (stdout, stderr) = only_says(folder.path(), "fix same-as-default shadowed-definition --json", LEFT);
    assert_eq!(stderr, "");
    let shown = document(&stdout);
    assert_eq!(shown["command"], "fix");
    let outcomes = |document: &Value| -> Vec<(String, String)> {
        let fixes = document["fixes"].as_array().expect("fixes");
        let word = |fix: &Value, name: &str| fix[name].as_str().expect("a word").to_owned();
        fixes.iter().map(|fix| (word(fix, "code"), word(fix, "outcome"))).collect()
    };
    let pair = |code: &str, outcome: &str| (code.to_owned(), outcome.to_owned());
    assert_eq!(outcomes(&shown), [pair("shadowed-definition", "shown"), pair("same-as-default", "left")]);
    let (stdout, _) = ends(folder.path(), "fix same-as-default shadowed-definition --json --yes", LEFT);
    let written = document(&stdout);
    assert_eq!(outcomes(&written), [pair("shadowed-definition", "written"), pair("same-as-default", "left")]);
    assert_eq!(written["files"], serde_json::json!(["a.nix"]));
    let fix = &written["fixes"][0];
    let proof = &written["proofs"][usize::try_from(fix["proof"].as_u64().expect("a number")).expect("small")];
    assert_eq!(proof["targets"].as_array().map(Vec::len), Some(2));
    assert_eq!(proof["targets"][0]["changed"], serde_json::json!([]));
    let diff = fix["changes"][0]["diff"].as_str().expect("a diff");
    assert!(diff.starts_with("--- a/a.nix\n+++ b/a.nix\n@@ "), "{diff}");
    let refused = document(&ends(folder.path(), "fix --json --format", USAGE).0);
    assert_eq!(refused["error"]["kind"], "usage");
}

/// Makes the formatter of a workspace a script.
fn formatter(folder: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    write(folder, "mkwhy.toml", "[fix]\nformatter = [\"./format.sh\"]\n");
    write(folder, "format.sh", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(folder.join("format.sh"), std::fs::Permissions::from_mode(0o755)).expect("set");
}

#[test]
fn touched_files_are_formatted_where_that_is_asked_for() {
    let folder = configuration();
    let (_, stderr) = only_says(folder.path(), "fix --format --yes", USAGE);
    assert!(
        stderr.contains("mkwhy.toml names no formatter") && stderr.contains("formatter = [\"nixfmt\"]"),
        "{stderr}"
    );
    formatter(folder.path(), "for file; do sed -i 's/^  /    /' \"$file\"; done");
    let (stdout, _) = only_says(folder.path(), "fix --format", FOUND);
    assert!(stdout.contains("\n+    users = "), "{stdout}");
    let mut untouched = contents(folder.path());
    ends(folder.path(), "fix shadowed-definition --format --yes", FOUND);
    assert_eq!(read(folder.path(), "a.nix"), WITHOUT_CORES.replace("  users", "    users"));
    untouched.retain(|(path, _)| !path.ends_with("a.nix"));
    assert!(untouched.iter().all(|(path, bytes)| std::fs::read(path).expect("there") == *bytes));
}

/// A formatter that breaks what it formats is found out by the proof.
#[test]
fn a_formatter_that_changes_a_value_is_stopped() {
    let folder = configuration();
    formatter(folder.path(), "sed -i 's/root/toor/' \"$@\"");
    let (stdout, _) = only_says(folder.path(), "fix --format --yes", LEFT);
    assert!(stdout.contains("`users` changes from [ \"root\" ] to [ \"toor\" ] in forge and laptop\n"), "{stdout}");
}

#[test]
fn a_file_that_was_saved_meanwhile_is_not_written() {
    let folder = configuration();
    // The formatter runs between looking and writing.
    let mine = "{ cores = 8; }\n";
    formatter(folder.path(), &format!("printf '%s' '{}' > {}/a.nix", mine.trim(), folder.path().display()));
    let output = mkwhy(folder.path(), "fix --format --yes --prove none");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(LEFT), "{stderr}");
    assert!(stderr.contains("a.nix was changed since it was read; nothing was written"), "{stderr}");
    assert_eq!(read(folder.path(), "a.nix"), mine.trim());
}

#[test]
fn what_an_earlier_run_left_is_finished_first() {
    let folder = configuration();
    let root = folder.path();
    let text = |text: &str| serde_json::to_string(text).expect("JSON");
    let journal = format!(
        r#"{{"version":1,"folders":[],"files":[{{"name":"a.nix","path":"a.nix","before":{},"after":{}}}]}}"#,
        text(&read(root, "a.nix")),
        text(WITHOUT_CORES)
    );
    std::fs::create_dir(root.join(".mkwhy-writing")).expect("a folder");
    write(root, ".mkwhy-writing/committed.json", &journal);
    write(root, ".a.nix.mkwhy-new", WITHOUT_CORES);
    let (stdout, stderr) = ends(root, "fix shadowed-definition --dry-run", FOUND);
    assert_eq!(stdout, "nothing to fix\n");
    assert!(stderr.contains("an earlier mkwhy was ended while it wrote; now there is a.nix as it meant"), "{stderr}");
    assert_eq!(read(root, "a.nix"), WITHOUT_CORES);
    let left = contents(root).into_iter().find(|(path, _)| path.to_string_lossy().contains("mkwhy-"));
    assert_eq!(left, None);
}
