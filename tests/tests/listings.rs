//! Lists and matrices over small configurations: what they count, and what they must not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mkwhy::{Check, FinalValue, Found, Listing, Matrix, OptionPath, Outcome};
use mkwhy_tests::{TestNix, block_on, nixes, open, part};
use tempfile::TempDir;

/// A configuration of `options.nix`, `a.nix`, `b.nix` and, if given, one more module written in `default.nix`.
fn configuration(options: &str, a: &str, b: &str, inline: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let lib = part("nixpkgs-22.11").join("lib");
    let default = format!(
        "let lib = import {};\nin lib.evalModules {{ modules = [ ./options.nix ./a.nix ./b.nix {inline} ]; }}\n",
        lib.display()
    );
    for (name, text) in [("default.nix", default.as_str()), ("options.nix", options), ("a.nix", a), ("b.nix", b)] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn ask(folder: &Path, nix: &TestNix) -> (Listing, Matrix) {
    let workspace = open(folder, nix);
    block_on(async {
        let target = workspace.target(None).await?;
        let listing = workspace.list(&target, &OptionPath::default()).await?;
        Ok::<_, mkwhy::Error>((listing, workspace.duplicates(&target, &OptionPath::default()).await?))
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Every setting with its count, and every cell of the matrix as `path file:line:column outcome`.
#[track_caller]
fn check(folder: &Path, counts: &[(&str, usize)], cells: &[&str]) {
    for nix in nixes() {
        let (listing, matrix) = ask(folder, &nix);
        let found: Vec<(String, usize)> =
            listing.settings.iter().map(|setting| (setting.path.to_string(), setting.definitions)).collect();
        let wanted: Vec<(String, usize)> = counts.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
        assert_eq!(found, wanted, "{}", nix.name);
        let mut found: Vec<String> = matrix
            .rows
            .iter()
            .flat_map(|row| {
                row.cells.iter().map(move |cell| format!("{} {} {}", row.path, cell.at, cell.outcome.word()))
            })
            .collect();
        found.sort();
        let mut wanted: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        wanted.sort();
        assert_eq!(found, wanted, "{}", nix.name);
    }
}

const NESTED: &str = "{ lib, ... }: with lib; {
  options.svc = mkOption { default = { }; type = types.attrsOf (types.submodule {
    options = genAttrs [ \"p\" \"q\" \"r\" ] (_: mkOption { type = types.int; default = 0; }); }); };
  options.d = mkOption { type = types.attrsOf (types.attrsOf types.int); default = { }; };
}";
const NESTED_A: &str = "{ svc.web.p = 1; svc.web.q = 2; d.a.b = 1; d.a.c = 2; }";

#[test]
fn an_inactive_container_counts_only_for_what_it_holds() {
    let b = "{ lib, ... }: { svc = lib.mkIf false { web.r = 3; }; d = lib.mkIf false { a.z = 1; }; }";
    let folder = configuration(NESTED, NESTED_A, b, "");
    let counts = [("d.a.b", 1), ("d.a.c", 1), ("d.a.z", 1), ("svc.web.p", 1), ("svc.web.q", 1), ("svc.web.r", 1)];
    check(folder.path(), &counts, &[]);
}

#[test]
fn a_container_that_lost_counts_only_for_what_it_holds() {
    let b = "{ lib, ... }: { svc = lib.mkDefault { web.p = 3; web.r = 3; }; d = lib.mkDefault { a.z = 1; }; }";
    let folder = configuration(NESTED, NESTED_A, b, "");
    let counts = [("d.a.b", 1), ("d.a.c", 1), ("d.a.z", 1), ("svc.web.p", 2), ("svc.web.q", 1), ("svc.web.r", 1)];
    check(folder.path(), &counts, &["svc.web.p a.nix:1:3 wins", "svc.web.p b.nix:1:39 dropped"]);
}

#[test]
fn a_module_without_a_file_belongs_to_where_it_stands() {
    let options = "{ lib, ... }: { options.x = lib.mkOption { type = lib.types.int; }; }";
    let folder =
        configuration(options, "{ x = 1; }", "{ lib, ... }: { x = lib.mkDefault 2; }", "{ x = lib.mkForce 9; }");
    let cells = ["x a.nix:1:3 shadowed", "x b.nix:1:17 shadowed", "x default.nix:2:66 wins"];
    check(folder.path(), &[("x", 3)], &cells);
}

#[test]
fn an_alias_of_an_alias_counts_where_the_value_is() {
    let options = "{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ \"one\" ] [ \"two\" ]) (lib.mkAliasOptionModule [ \"two\" ] [ \"three\" ]) ];
      options.three = lib.mkOption { type = lib.types.int; }; }";
    let folder = configuration(options, "{ one = 1; }", "{ lib, ... }: { three = lib.mkForce 2; }", "");
    check(folder.path(), &[("three", 2)], &["three a.nix:1:3 shadowed", "three b.nix:1:17 wins"]);
}

#[test]
fn one_value_that_cannot_be_written_costs_no_other() {
    let options = "{ lib, ... }: with lib; { options = genAttrs [ \"long\" \"missing\" \"endless\" ] (_: mkOption { type = types.anything; })
      // { ok = mkOption { type = types.int; }; }; }";
    let a = "{ ok = 1; long = \"x\" + builtins.concatStringsSep \"\" (builtins.genList (_: \"ü\") 3000);
      missing = [ 1 { }.nope ]; endless = 1.0e308 * 10; }";
    let folder = configuration(options, a, "{ }", "");
    for nix in nixes() {
        let (listing, _) = ask(folder.path(), &nix);
        let names: Vec<String> = listing.settings.iter().map(|setting| setting.path.to_string()).collect();
        assert_eq!(names, ["endless", "long", "missing", "ok"], "{}", nix.name);
        let ok = listing.settings.iter().find(|setting| setting.path.to_string() == "ok").expect("ok");
        assert_eq!(ok.value.as_ref().map(ToString::to_string).as_deref(), Some("1"), "{}", nix.name);
        let missing = listing.settings.iter().find(|setting| setting.path.to_string() == "missing").expect("missing");
        let error = missing.error.as_ref().expect("an error");
        assert!(error.text.contains("nope"), "{}: {error}", nix.name);
        assert_eq!(missing.definitions, 1, "{}", nix.name);
    }
}

#[test]
fn a_flake_in_a_folder_of_a_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("with space/repository");
    let sub = root.join("sub");
    std::fs::create_dir_all(&sub).expect("folders");
    let lib = part("nixpkgs-22.11").join("lib");
    // What is under a flake is what it may read; `lib` comes along.
    mkwhy_tests::copy_folder(&lib, &root.join("nixpkgs/lib"));
    std::fs::write(root.join("nixpkgs/.version"), "22.11").expect("written");
    let flake = "{ outputs = { self }: { nixosConfigurations.h = let lib = import ../nixpkgs/lib; in lib.evalModules {
      modules = [ { options.x = lib.mkOption { type = lib.types.int; }; } ./m.nix ]; }; }; }";
    std::fs::write(sub.join("flake.nix"), flake).expect("written");
    std::fs::write(sub.join("m.nix"), "{\n  x = 1;\n}\n").expect("written");
    for arguments in [&["init", "--quiet"][..], &["add", "."]] {
        let status = std::process::Command::new("git").args(arguments).current_dir(&root).status().expect("git runs");
        assert!(status.success());
    }
    // The distribution's Nix refuses repositories under such a folder by itself.
    let workspace = open(&sub, &nixes()[1]);
    let answer = block_on(async {
        let target = workspace.target(None).await?;
        workspace.why(&target, &OptionPath::from_names(["x"])).await
    })
    .unwrap_or_else(|error| panic!("{error} {:?}", error.help()));
    let Found::Cascade { cascade } = answer.found else { panic!("{:?}", answer.found) };
    let places: Vec<String> = cascade.definitions.iter().map(|definition| definition.at.to_string()).collect();
    assert_eq!(places, ["m.nix:2:3"]);
}

/// However many definitions fail in one option, so that nothing can catch it, Nix is run a bounded number of times, and the
/// answer says why there is no value. What is beside it has its own.
#[test]
fn an_option_that_fails_costs_few_runs() {
    let bad = "(import ./nowhere.nix)";
    let definitions: String = (0..12).map(|_| format!("[ {bad} ] ")).collect();
    let folder = configuration(
        "{ lib, ... }: with lib; {
  options.a = mkOption { type = types.listOf types.str; };
  options.b = mkOption { type = types.int; };
}",
        &format!("{{ lib, ... }}: {{\n  a = lib.mkMerge [ {definitions} ];\n  b = 3;\n}}"),
        "{ lib, ... }: { a = [ \"x\" ]; b = lib.mkDefault 4; }",
        "",
    );
    for nix in nixes() {
        let beside = tempfile::tempdir().expect("a folder");
        let (script, runs) = (beside.path().join("nix"), beside.path().join("runs"));
        let program = nix.program.clone().unwrap_or_else(|| "nix".into());
        let text = format!("#!/bin/sh\necho \"$1\" >>{}\nexec {} \"$@\"\n", runs.display(), program.display());
        std::fs::write(&script, text).expect("written");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("made a program");
        let counted = TestNix { program: Some(script), ..nix.clone() };
        let workspace = open(folder.path(), &counted);
        let target = block_on(workspace.target(None)).expect("a target");
        let before = std::fs::read_to_string(&runs).unwrap_or_default().lines().filter(|run| *run == "eval").count();
        let paths = ["a", "b"].map(|path| path.parse::<OptionPath>().expect("a path"));
        let answers = block_on(workspace.why_all(&target, &paths)).expect("an answer");
        let after = std::fs::read_to_string(&runs).expect("runs").lines().filter(|run| *run == "eval").count();
        assert!((2..=6).contains(&(after - before)), "{}: {} runs", nix.name, after - before);

        let cascades: Vec<_> = answers
            .iter()
            .map(|answer| match &answer.found {
                Found::Cascade { cascade } => cascade,
                other => panic!("{}: {other:?}", nix.name),
            })
            .collect();
        let FinalValue::Failed { message } = &cascades[0].value else {
            panic!("{}: {:?}", nix.name, cascades[0].value)
        };
        assert!(message.text.contains("nowhere.nix"), "{}: {message:?}", nix.name);
        assert_eq!(cascades[0].definitions.len(), 13, "{}", nix.name);
        assert!(cascades[0].definitions.iter().all(|it| it.outcome == Outcome::Merged), "{}", nix.name);
        assert_eq!(cascades[1].value.value().map(ToString::to_string).as_deref(), Some("3"), "{}", nix.name);
    }
}

/// However many options fail so that nothing can catch it, what is listed and found of the others, and what is said of a
/// default, is what is said where nothing else fails.
#[test]
fn options_that_fail_cost_the_others_nothing() {
    let options = "{ lib, ... }: with lib; {
  options.c1 = mkOption { type = types.attrsOf types.int; };
  options.c2 = mkOption { type = types.attrsOf types.int; readOnly = true; };
  options.c3 = mkOption { type = types.addCheck (types.attrsOf types.int) (value: value.q.r); };
  options.d1 = mkOption { type = types.int; default = abort \"a bad default\"; };
  options.d2 = mkOption { type = types.int; default = 7; };
  options.e = mkOption { type = types.uniq (types.listOf types.int); };
  options.bad = genAttrs (map toString (range 10 18)) (_: mkOption { type = types.int; });
}";
    let a = "c1.x = 1; c2.x = abort \"x\"; c3.x = 1; d1 = 3; d2 = abort \"d\"; e = [ (abort \"e\") ];";
    let b = "c1 = [ (abort \"in the list\") ]; c2.y = 1; e = [ 2 ];";
    let bad = "bad = lib.genAttrs (map toString (lib.range 10 18)) (_: abort \"one of many\");";
    // It takes many runs; both read the same traces.
    let [nix, _] = &nixes();
    let ask = |more: &str| {
        let folder = configuration(
            options,
            &format!("{{ lib, ... }}: {{\n  {a}\n}}"),
            &format!("{{ lib, ... }}: {{\n  {b}\n{more}}}"),
            "",
        );
        let workspace = open(folder.path(), nix);
        let target = block_on(workspace.target(None)).expect("a target");
        let check = Check { all_targets: true, ..Check::default() };
        let found = block_on(workspace.check(std::slice::from_ref(&target), &check)).expect("findings");
        let of_bad = |path: &OptionPath| path.to_string().starts_with("bad");
        let found: Vec<String> = found
            .findings
            .iter()
            .filter(|it| !it.option.as_ref().is_some_and(of_bad))
            .map(|it| format!("{} {}", it.code, it.message))
            .collect();
        let paths = ["d1", "d2"].map(|path| path.parse::<OptionPath>().expect("a path"));
        let answers = block_on(workspace.why_all(&target, &paths)).expect("answers");
        let defaults: Vec<String> = answers
            .iter()
            .map(|answer| match &answer.found {
                Found::Cascade { cascade } => {
                    let declaration = cascade.declaration.as_ref().expect("a declaration");
                    let default = declaration.default.as_ref().map(ToString::to_string);
                    format!("{:?} {:?}", cascade.option_type, default)
                }
                other => panic!("{}: {other:?}", nix.name),
            })
            .collect();
        (found, defaults)
    };
    let alone = ask("");
    let wanted = [
        "duplicate-definition `e` is set in 2 of your files: plain 100 at b.nix:2 and plain 100 at a.nix:2 decide",
        "read-only-option `c2` is read-only and may be defined once, but 2 definitions count, this one among them",
        "wrong-type this is not of the type of `c1`: attribute set of signed integer",
    ];
    for finding in wanted {
        assert!(alone.0.iter().any(|found| found == finding), "{}: {finding} is missing in {:#?}", nix.name, alone.0);
    }
    assert_eq!(alone.1[1], "Some(\"signed integer\") Some(\"7\")", "{}", nix.name);
    assert!(alone.1[0].starts_with("Some(\"signed integer\") Some("), "there is a default: {:?}", alone.1);
    assert_eq!(ask(bad), alone, "{}", nix.name);
}
