//! `mkwhy move`

use std::path::Path;

use tempfile::TempDir;

use super::common::*;

const OPTIONS: &str = "\
{ lib, ... }:
{
  options.nix = {
    cores = lib.mkOption { type = lib.types.int; };
    jobs = lib.mkOption { type = lib.types.int; default = 1; };
    users = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
  };
}
";

/// The base module has one of the settings.
fn configuration() -> TempDir {
    two_targets(
        "./options.nix ./base.nix ./a.nix",
        &[
            ("options.nix", OPTIONS),
            ("base.nix", "{ lib, ... }:\n{\n  nix.jobs = lib.mkDefault 2;\n}\n"),
            ("a.nix", "{\n  nix.cores = 4; # as many as there are\n  nix.jobs = 8;\n}\n"),
            ("forge.nix", "{ }\n"),
            ("laptop.nix", "{ lib, ... }:\n{\n  nix.cores = lib.mkDefault 3;\n}\n"),
        ],
    )
}

/// A value, as Nix says it.
#[track_caller]
fn value(folder: &Path, target: &str, option: &str) -> String {
    let (stdout, _) = ends(folder, &format!("why {option} --target {target}"), FOUND);
    stdout.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn every_setting_of_a_prefix() {
    let folder = configuration();
    let root = folder.path();
    let values =
        || ["forge", "laptop"].map(|target| ["nix.cores", "nix.jobs"].map(|option| value(root, target, option)));
    let before = values();
    let (stdout, stderr) = only_says(root, "move nix.*", FOUND);
    for part in [
        "  moved     a.nix:2:3  nix.cores\n",
        "  taken out laptop.nix:3:3  nix.cores: ",
        "+++ b/base.nix\n",
        "\nproof: 0 of ",
        " defined options change on 2 hosts\n",
    ] {
        assert!(stdout.contains(part), "{part:?} is missing in\n{stdout}");
    }
    assert!(stderr.contains("--yes writes"), "{stderr}");
    let (stdout, stderr) = ends(root, "move nix.* --yes", FOUND);
    assert!(stdout.ends_with("\n3 files are written\n"), "{stdout}");
    assert_eq!(stderr, "");
    assert_eq!(values(), before);
    assert!(read(root, "base.nix").contains("as many as there are"), "{}", read(root, "base.nix"));
    assert!(!["a.nix", "laptop.nix"].map(|name| read(root, name)).concat().contains("cores"));
    let (stdout, _) = only_says(root, "move nix.* --yes", FOUND);
    assert!(!stdout.contains("written") && !stdout.contains("proof"), "{stdout}");
}

#[test]
fn of_equal_definitions_the_explained_one_is_moved() {
    for explained in ["a.nix", "laptop.nix", "forge.nix"] {
        let folder = configuration();
        let root = folder.path();
        write(root, "default.nix", &read(root, "default.nix").replace("./a.nix", "./a.nix ./forge.nix ./laptop.nix"));
        for name in ["a.nix", "laptop.nix", "forge.nix"] {
            let comment = if name == explained { "  # the builders have no more\n" } else { "" };
            write(root, name, &format!("{{\n{comment}  nix.cores = 4;\n}}\n"));
        }
        ends(root, "move nix.cores --yes", FOUND);
        let base = read(root, "base.nix");
        assert!(base.contains("  # the builders have no more\n  nix.cores = 4;\n"), "{explained}: {base}");
    }
}

#[test]
fn a_module_that_is_left_empty_is_told_of_with_its_imports() {
    let says = |stdout: &str, says: &str| assert!(stdout.contains(&format!("   = {says}\n")), "{says:?} in\n{stdout}");
    let folder = configuration();
    let root = folder.path();
    // What nobody uses any more belongs to nobody else, and comments are for a person to read.
    let a = "{ lib, ... }:\nlet\n  all = 4;\nin\nlib.mkIf true {\n  # As many as there are.\n\n  nix.cores = all;\n}\n";
    write(root, "a.nix", a);
    write(root, "forge.nix", "{ nix.cores = 4; }\n");
    write(root, "laptop.nix", "{\n  imports = [\n    ./deep\n  ];\n  nix.cores = 4;\n}\n");
    std::fs::create_dir(root.join("deep")).expect("a folder");
    write(root, "deep/default.nix", "{\n  nix.cores = 4;\n}\n");
    let (stdout, _) = ends(root, "move nix.* --yes", FOUND);
    says(&stdout, "a.nix says nothing any more: it can be deleted, and its import at default.nix:3 with it");
    says(&stdout, "deep/default.nix says nothing any more: it can be deleted, and its import at laptop.nix:3 with it");
    says(&stdout, "forge.nix says nothing any more: it can be deleted, and its import at default.nix:6 with it");
    assert!(!stdout.contains("laptop.nix says"), "{stdout}");
    assert_eq!(read(root, "deep/default.nix"), "{\n}\n");
}

#[test]
fn one_setting_with_another_priority() {
    let folder = configuration();
    let root = folder.path();
    write(root, "laptop.nix", "{ }\n");
    ends(root, "move nix.cores --as default --yes", FOUND);
    assert!(read(root, "base.nix").contains("nix.cores = lib.mkDefault 4;"), "{}", read(root, "base.nix"));
    assert_eq!(read(root, "a.nix"), "{\n  nix.jobs = 8;\n}\n");
}

#[test]
fn a_module_that_is_not_there_yet() {
    let folder = configuration();
    let root = folder.path();
    let (stdout, _) = ends(root, "move nix.cores --to ./modules/new.nix --yes", FOUND);
    assert!(stdout.contains("--- /dev/null\n+++ b/modules/new.nix\n"), "{stdout}");
    assert!(read(root, "modules/new.nix").contains("cores"), "{}", read(root, "modules/new.nix"));
    assert!(value(root, "forge", "nix.cores").ends_with("= 4"));
}

#[test]
fn what_cannot_be_moved_is_left_and_told_of() {
    let folder = configuration();
    let root = folder.path();
    write(
        root,
        "a.nix",
        "{ options, ... }:\n{\n  nix.cores = 4;\n  nix.jobs = if options ? nothing.at.all then 3 else 8;\n}\n",
    );
    write(
        root,
        "laptop.nix",
        "{ modulesHere, lib, ... }:\n{\n  _module.args.modulesHere = 5;\n  nix.jobs = lib.mkForce modulesHere;\n}\n",
    );
    let (stdout, _) = ends(root, "move nix.* --all --yes", LEFT);
    assert!(stdout.contains("  left      "), "{stdout}");
    only_says(root, "move nix.* --all --yes", LEFT);
}

/// Settings of which the base module has those of `nix` in one piece.
fn in_one_piece(base: &str) -> TempDir {
    let folder = two_targets(
        "./options.nix ./base.nix ./a.nix",
        &[
            (
                "options.nix",
                "{ lib, ... }:\n{\n  options.nix = lib.mkOption { type = lib.types.submodule { freeformType = with lib.types; attrsOf (listOf int); }; };\n  options.host = lib.mkOption { type = lib.types.str; };\n}\n",
            ),
            ("base.nix", base),
            ("limits.nix", "{ jobs = [ 2 ]; }\n"),
            ("a.nix", "{ lib, ... }:\n{\n  nix.cores = [ 4 ];\n  host = lib.mkDefault \"a\";\n}\n"),
            ("forge.nix", "{ }\n"),
            ("laptop.nix", "{ }\n"),
        ],
    );
    write(folder.path(), "other.nix", "{ }\n");
    folder
}

#[test]
fn what_the_base_module_has_no_place_for_stays_and_the_rest_is_moved() {
    let piece = "{ lib, ... }:\n{\n  nix = import ./limits.nix;\n}\n";
    let function = "{ lib, ... }:\n{\n  config = {\n    nix = lib.id {\n      jobs = [ 2 ];\n    };\n  };\n}\n";
    let bound = "{ ... }:\nlet lib = 1; in\n{\n  nix.jobs = [ lib ];\n}\n";
    let (host, cores) = ("  host = lib.mkDefault \"a\";\n", "  nix.cores = [ 4 ];\n");
    for (base, why, moved, stays) in [
        (piece, "base.nix says `nix = import ./limits.nix;`, which nothing can be put into or beside", host, cores),
        (function, "base.nix says `nix = lib.id { …`, which nothing can be put into or beside", host, cores),
        (bound, "`lib` means something else in base.nix", cores, host),
    ] {
        let folder = in_one_piece(base);
        let root = folder.path();
        let (stdout, _) = ends(root, "move * --all --yes", LEFT);
        assert!(stdout.contains(why), "{why:?} is missing in\n{stdout}");
        assert!(read(root, "base.nix").contains(moved), "{stdout}\n{}", read(root, "base.nix"));
        assert_eq!(read(root, "a.nix"), format!("{{ lib, ... }}:\n{{\n{stays}}}\n"));
        only_says(root, "move * --all --yes", LEFT);
    }
    // A module that is neither a set nor a function to one.
    let folder = in_one_piece("import ./other.nix\n");
    let (stdout, _) = only_says(folder.path(), "move * --all --yes", LEFT);
    assert!(stdout.contains("base.nix is written in a form that nothing can be put into"), "{stdout}");
}

/// What one host alone says cannot be said in a module of all of them: rather that goes, where it is the same.
#[test]
fn what_all_hosts_have_is_moved_and_what_one_of_them_repeats_goes() {
    for own in ["4", "lib.mkDefault 4"] {
        let folder = configuration();
        let root = folder.path();
        write(root, "forge.nix", &format!("{{ lib, ... }}:\n{{\n  nix.cores = {own};\n}}\n"));
        write(root, "laptop.nix", "{ lib, ... }:\n{\n  nix.cores = lib.mkForce 2;\n}\n");
        let (stdout, _) = ends(root, "move nix.cores --yes", LEFT);
        assert!(read(root, "base.nix").contains("nix.cores = 4;"), "{stdout}");
        assert!(!["a.nix", "forge.nix"].map(|name| read(root, name)).concat().contains("cores"), "{stdout}");
        // The laptop needs its own, and the other one what is in the base module.
        let (stdout, _) = only_says(root, "move nix.cores", LEFT);
        let next = "            next best: keep it there: it overrides base.nix:5:3\n";
        assert!(stdout.contains("  left      laptop.nix:3:3  nix.cores: ") && stdout.contains(next), "{stdout}");
    }
}

#[test]
fn a_default_that_all_hosts_have_is_moved_and_what_they_repeat_goes() {
    let folder = configuration();
    let root = folder.path();
    write(root, "a.nix", "{ lib, ... }:\n{\n  nix.cores = lib.mkDefault 4;\n}\n");
    write(root, "forge.nix", "{\n  nix.cores = 4;\n}\n");
    write(root, "laptop.nix", "{ lib, ... }:\n{\n  nix.cores = lib.mkForce 4;\n}\n");
    let (stdout, _) = ends(root, "move nix.cores --yes", FOUND);
    assert!(read(root, "base.nix").contains("nix.cores = lib.mkDefault 4;"), "{stdout}");
    assert!(!["a.nix", "forge.nix", "laptop.nix"].map(|name| read(root, name)).concat().contains("cores"), "{stdout}");
}

/// One target is nobody else's: what it has is moved within it.
#[test]
fn a_module_of_some_targets_says_what_these_have() {
    let folder = configuration();
    let root = folder.path();
    write(root, "forge.nix", "{\n  imports = [ ./own.nix ./more.nix ];\n}\n");
    write(root, "own.nix", "{ lib, ... }:\n{\n  nix.jobs = lib.mkDefault 2;\n}\n");
    write(root, "more.nix", "{\n  nix.users = [ \"ada\" ];\n}\n");
    let (stdout, _) = ends(root, "move nix.* --all --to own.nix --yes", LEFT);
    assert!(read(root, "own.nix").contains("nix.users = [ \"ada\" ];"), "{stdout}");
    assert!(stdout.contains("a.nix is part of a target that own.nix is not part of"), "{stdout}");
    assert_eq!(read(root, "a.nix").matches("nix.").count(), 2, "{stdout}");
}

/// Its own default gives way to what it gets itself; to what has a condition it does not.
#[test]
fn a_default_of_the_base_module_is_replaced_where_it_would_be_lost() {
    for (a, line, base) in [
        ("nix.jobs = 8;", "", "nix.jobs = 8;"),
        ("nix.jobs = 8;", " --as default", "nix.jobs = lib.mkDefault 8;"),
        ("nix.jobs = lib.mkIf true 8;", "", "nix.jobs = lib.mkIf true 8;"),
        (
            "nix.jobs = lib.mkIf (config.nix.cores > 1) 8;",
            "",
            "nix.jobs = lib.mkMerge [\n    (lib.mkDefault 2)\n    (lib.mkIf (config.nix.cores > 1) 8)\n  ];",
        ),
    ] {
        let folder = configuration();
        let root = folder.path();
        write(root, "a.nix", &format!("{{ config, lib, ... }}:\n{{\n  nix.cores = 4;\n  {a}\n}}\n"));
        write(root, "base.nix", "{ config, lib, ... }:\n{\n  nix.jobs = lib.mkDefault 2;\n}\n");
        write(root, "laptop.nix", "{ }\n");
        ends(root, &format!("move nix.jobs{line} --yes"), FOUND);
        assert_eq!(read(root, "base.nix"), format!("{{ config, lib, ... }}:\n{{\n  {base}\n}}\n"), "{a}{line}");
        let (stdout, _) = ends(root, "check --target all", FOUND);
        assert!(!stdout.contains("nix.jobs"), "{stdout}");
    }
}

/// A set of variables, to which `modules` add.
fn variables(modules: &[(&str, &str)]) -> TempDir {
    let declares = "{ lib, ... }:\n{\n  options.env = lib.mkOption { type = lib.types.lazyAttrsOf lib.types.str; };\n  options.on = lib.mkOption { default = false; };\n}\n";
    let names: Vec<String> = modules.iter().map(|(name, _)| format!("./{name}")).collect();
    let files = [("options.nix", declares), ("forge.nix", "{ }\n"), ("laptop.nix", "{ }\n")];
    two_targets(&format!("./options.nix {}", names.join(" ")), &[&files, modules].concat())
}

#[test]
fn what_is_off_does_not_stand_in_the_way_whatever_it_may_define() {
    let folder = variables(&[
        ("base.nix", "{ lib, ... }:\n{\n  env.EDITOR = lib.mkDefault \"vi\";\n}\n"),
        ("a.nix", "{\n  env = { EDITOR = \"vim\"; PAGER = \"less\"; };\n}\n"),
        ("b.nix", "{\n  env.EDITOR = \"vim\";\n}\n"),
        ("c.nix", "{ config, lib, ... }:\n{\n  env = lib.mkIf config.on (lib.mapAttrs (_: toString) { A = 1; });\n}\n"),
    ]);
    let root = folder.path();
    let (stdout, _) = ends(root, "move env.EDITOR --yes", FOUND);
    assert!(stdout.contains("\nproof: 0 of "), "{stdout}");
    assert_eq!(read(root, "base.nix"), "{ lib, ... }:\n{\n  env.EDITOR = \"vim\";\n}\n");
    assert!(
        stdout.contains("`env.EDITOR`: what base.nix says itself (\"vi\") counts nowhere, and is replaced"),
        "{stdout}"
    );
    assert!(!["a.nix", "b.nix"].map(|name| read(root, name)).concat().contains("EDITOR"));
}

#[test]
fn what_a_loop_makes_is_neither_moved_nor_taken_out() {
    let a = "{ lib, ... }:\n{\n  env = lib.genAttrs [ \"EDITOR\" \"VISUAL\" ] (_: lib.mkDefault \"vim\");\n  nix = lib.genAttrs [ \"jobs\" \"cores\" ] (_: {\n    of = lib.mkDefault 1;\n  });\n}\n";
    let folder = variables(&[
        ("base.nix", "{ }\n"),
        ("a.nix", a),
        ("b.nix", "{\n  env.EDITOR = \"vim\";\n  nix.jobs.of = 1;\n  nix.cores.of = 1;\n}\n"),
        (
            "more.nix",
            "{ lib, ... }:\n{\n  options.nix = lib.mkOption { type = with lib.types; attrsOf (attrsOf int); };\n}\n",
        ),
    ]);
    let root = folder.path();
    let (stdout, _) = ends(root, "move * --yes", LEFT);
    assert!(stdout.contains("nix.cores.of: a function or loop makes it, perhaps several times\n"), "{stdout}");
    assert_eq!(read(root, "a.nix"), a);
    assert!(!read(root, "b.nix").contains("nix"), "{}", read(root, "b.nix"));
}

/// The modules `n.nix` and `a.nix`, of which the first is made by a function: `n` has no meaning anywhere else.
fn made_by_a_function(n: &str, a: &str) -> TempDir {
    two_targets(
        "./options.nix ./base.nix (import ./n.nix 5) ./a.nix",
        &[
            ("options.nix", OPTIONS),
            ("base.nix", "{ lib, ... }:\n{\n  nix.jobs = lib.mkDefault 2;\n}\n"),
            ("n.nix", n),
            ("a.nix", a),
            ("forge.nix", "{ }\n"),
            ("laptop.nix", "{ }\n"),
        ],
    )
}

#[test]
fn what_is_refused_has_a_next_best_fix() {
    let module = "n: { lib, ... }: {\n  nix.jobs = n;\n}\n";
    // It overrides what the base module says, and that is what it is for.
    let folder = made_by_a_function(module, "{ }\n");
    let (stdout, _) = only_says(folder.path(), "move nix.jobs --yes", LEFT);
    let said = "  left      n.nix:2:3  nix.jobs: `n` cannot be said in base.nix\n            next best: keep it there: it overrides base.nix:3:3\n";
    assert!(stdout.contains(said), "{stdout}");

    // All of it goes where this has to stay: one place all the same.
    let users = "n: { lib, ... }: {\n  nix.users = [ (toString n) ];\n}\n";
    let folder = made_by_a_function(users, "{ }\n");
    write(folder.path(), "base.nix", "{\n  nix.users = [ \"base\" ];\n}\n");
    let before = value(folder.path(), "forge", "nix.users");
    let (stdout, _) = only_says(folder.path(), "move nix.users", LEFT);
    let said = "next best: move 1 definition into n.nix (`mkwhy move nix.users --to n.nix`)\n";
    assert!(stdout.contains(said), "{stdout}");
    let (stdout, _) = ends(folder.path(), "move nix.users --to n.nix --yes", FOUND);
    assert!(!stdout.contains("next best"), "{stdout}");
    assert_eq!(value(folder.path(), "forge", "nix.users"), before);
    assert!(!read(folder.path(), "base.nix").contains("users"));

    // Whoever loses to it is named, where the move itself does not settle that.
    let folder = made_by_a_function("n: { lib, ... }: {\n  nix.jobs = lib.mkForce n;\n}\n", "{ }\n");
    write(folder.path(), "laptop.nix", "{ lib, ... }:\n{\n  nix.jobs = lib.mkForce 7;\n}\n");
    let (stdout, _) = ends(folder.path(), "move nix.jobs --json", LEFT);
    let left = document(&stdout)["left"].clone();
    let settles = left.as_array().expect("a list").iter().find(|left| left["at"]["file"] == "laptop.nix");
    let next = &settles.expect("it conflicts")["next"];
    assert_eq!(next["command"], "mkwhy fix conflicting-definitions --option nix.jobs --file laptop.nix");
    assert_eq!(next["title"], "keep this one (7): the others become mkDefault");
}

#[test]
fn as_json() {
    let folder = configuration();
    let root = folder.path();
    for (line, written) in [("move nix.* --json", false), ("move nix.* --json --yes", true)] {
        let (stdout, stderr) = ends(root, line, FOUND);
        let document = document(&stdout);
        assert_eq!((&document["command"], &document["written"]), (&"move".into(), &written.into()));
        assert_eq!((&document["proved"], stderr.as_str()), (&true.into(), ""));
        assert_eq!(document["moved"][0]["option"], "nix.cores");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = configuration();
    let root = folder.path();
    let (_, stderr) = only_says(root, "move nix.nothing", NOT_FOUND);
    assert!(stderr.contains("nix.nothing"), "{stderr}");
    let (_, stderr) = only_says(root, "move nix.cores --to ../x.nix", USAGE);
    assert!(stderr.contains("../x.nix"), "{stderr}");
    write(root, "mkwhy.toml", "");
    let (_, stderr) = only_says(root, "move nix.cores", USAGE);
    assert!(stderr.contains("--to FILE"), "{stderr}");
    write(root, "a.nix", "{\n  nix.cores = ;\n}\n");
    let (_, stderr) = only_says(root, "move nix.cores --to base.nix --yes", EVALUATION);
    assert!(stderr.contains("a.nix:2:15"), "{stderr}");
}

#[test]
fn a_file_that_cannot_be_written_stops_all_of_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = configuration();
    let root = folder.path();
    let mode = |mode: u32| {
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(root.join("laptop.nix"), rights).expect("set");
    };
    mode(0o444);
    let (_, stderr) = only_says(root, "move nix.* --yes", LEFT);
    assert!(stderr.contains("laptop.nix is read-only") && stderr.contains("chmod u+w"), "{stderr}");
    mode(0o644);
    ends(root, "move nix.* --yes", FOUND);
}
