//! `mkwhy check` and `mkwhy explain`, asked of the real binary with a real Nix.

use std::path::Path;
use std::process::{Command, Output};

use mkwhy_tests::part;
use mkwhy_tests::sets::kernelcore_flake;
use serde_json::Value;
use tempfile::TempDir;

const FOUND: i32 = 0;
const NOT_FOUND: i32 = 1;
const USAGE: i32 = 2;
const EVALUATION: i32 = 4;
const DENIED: i32 = 5;

/// Two targets. In both a value is overridden; in `laptop` a default gives way too.
fn configuration() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let lib = part("nixpkgs-22.11").join("lib");
    let target = |name: &str, module: &str| format!("  nixosConfigurations.{name} = of [ ./{module} ];\n");
    let default = format!(
        "let\n  lib = import {};\n  of = more: lib.evalModules {{ modules = [ ./options.nix ./a.nix ] ++ more; }};\nin\n{{\n{}{}}}\n",
        lib.display(),
        target("forge", "forge.nix"),
        target("laptop", "laptop.nix"),
    );
    write(folder.path(), "default.nix", &default);
    write(
        folder.path(),
        "options.nix",
        "{ lib, ... }:\n{\n  options.cores = lib.mkOption { type = lib.types.int; };\n  \
         options.jobs = lib.mkOption { type = lib.types.int; default = 1; };\n}\n",
    );
    write(folder.path(), "a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  jobs = lib.mkDefault 8;\n}\n");
    write(folder.path(), "forge.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 2;\n}\n");
    write(folder.path(), "laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 3;\n  jobs = 16;\n}\n");
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

fn mkwhy(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mkwhy"));
    command.current_dir(folder).args(["--offline", "--quiet"]).args(line.split_whitespace());
    command.output().expect("mkwhy runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it writes to standard output, if it ends with a code and without complaint.
#[track_caller]
fn says(folder: &Path, line: &str, code: i32) -> String {
    let output = mkwhy(folder, line);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{line}\n{stdout}\n{stderr}");
    assert!(!stderr.contains("error"), "{line}\n{stderr}");
    stdout
}

/// What it complains about, if it ends with a code.
#[track_caller]
fn complains(folder: &Path, line: &str, code: i32) -> String {
    let output = mkwhy(folder, line);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{line}\n{}\n{stderr}", text(&output.stdout));
    stderr
}

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The codes of the findings in a JSON document.
fn codes(document: &Value) -> Vec<&str> {
    document["findings"].as_array().expect("findings").iter().filter_map(|found| found["code"].as_str()).collect()
}

#[test]
fn a_finding_has_its_line_and_says_where_it_holds() {
    let folder = configuration();
    let all = says(folder.path(), "check --target all", FOUND);
    assert!(all.contains("warning[shadowed-definition]: "), "{all}");
    assert!(all.contains(" --> a.nix:3:3  "), "{all}");
    assert!(all.contains("3 |   cores = 4;\n  |   ^^^^^^^^^^\n"), "{all}");
    assert!(all.contains("found in forge and laptop; not shown: 1 hint (--show hint)"), "{all}");
    assert!(!all.contains("yielded-default"), "{all}");
    let one = says(folder.path(), "check --target laptop --show hint --only yielded-default", FOUND);
    assert!(one.starts_with("hint[yielded-default]: "), "{one}");
    assert!(one.ends_with("\n1 hint found in laptop\n"), "{one}");
}

#[test]
fn the_denied_level_decides_how_it_ends() {
    let folder = configuration();
    let check = |more: &str, code| says(folder.path(), &format!("check --target laptop {more}"), code);
    check("--deny error", FOUND);
    check("--deny warning", DENIED);
    check("--deny warning --show error", DENIED);
    check("--deny never", FOUND);
    let hints = check("--deny hint --only yielded-default", DENIED);
    assert!(hints.contains("hint[yielded-default]"), "what makes it fail is shown: {hints}");
    write(folder.path(), "mkwhy.toml", "[check]\ndeny = \"warning\"\n");
    check("", DENIED);
    check("--deny error", FOUND);
    write(folder.path(), "mkwhy.toml", "[check.levels]\nshadowed-definition = \"error\"\n");
    check("", DENIED);
}

/// Every level that can be denied, against a finding of every level, on the command line and in `mkwhy.toml`.
#[test]
fn every_level_that_can_be_denied() {
    let folder = configuration();
    write(folder.path(), "b.nix", "{ lib, ... }:\n{\n  jobs = lib.mkForce 5;\n  name = \"n\";\n}\n");
    write(
        folder.path(),
        "laptop.nix",
        "{ lib, ... }:\n{\n  imports = [ ./b.nix ];\n  options.name = lib.mkOption { default = \"n\"; };\n  \
         config.cores = lib.mkForce 3;\n  config.jobs = lib.mkForce 6;\n}\n",
    );
    let findings = [
        ("conflicting-definitions", ["error", "warning", "information", "hint"].as_slice()),
        ("shadowed-definition", &["warning", "information", "hint"]),
        ("same-as-default", &["information", "hint"]),
        ("yielded-default", &["hint"]),
    ];
    for (code, denied_at) in findings {
        for level in ["never", "error", "warning", "information", "hint"] {
            let code_of = |is_denied: bool| if is_denied { DENIED } else { FOUND };
            let expected = code_of(denied_at.contains(&level));
            write(folder.path(), "mkwhy.toml", "");
            for format in ["text", "json", "sarif", "github"] {
                let line = format!("check --target laptop --only {code} --deny {level} --format {format}");
                let stdout = says(folder.path(), &line, expected);
                let is_silent = ["text", "github"].contains(&format) && expected == FOUND && code == "yielded-default";
                assert!(stdout.contains(code) || is_silent, "{line}: {stdout}");
            }
            if level != "never" {
                write(folder.path(), "mkwhy.toml", &format!("[check]\ndeny = \"{level}\"\n"));
                says(folder.path(), &format!("check --target laptop --only {code}"), expected);
            }
        }
    }
    assert!(complains(folder.path(), "check --deny fatal", USAGE).contains("fatal"));
}

/// The whole fixture: each format tells of the same findings, whatever is denied, and a baseline knows them all.
#[test]
fn the_formats_and_the_baseline_of_a_whole_configuration() {
    let folder = kernelcore_flake();
    let check = |more: &str, code| says(folder.path(), &format!("check --target all {more}"), code);
    let document = json(&check("--format json --deny error", DENIED));
    let found = codes(&document);
    let log = json(&check("--format sarif --deny never --show hint", FOUND));
    let results = log["runs"][0]["results"].as_array().expect("results");
    let in_log: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    assert_eq!(in_log, found);
    let annotations = check("--format github --deny hint --show hint", DENIED);
    assert_eq!(
        annotations.lines().filter(|line| line.starts_with("::") && line.contains("title=")).count(),
        found.len()
    );
    assert!(found.len() > 200, "{}", found.len());

    check("--write-baseline known.json", FOUND);
    let known = check("--baseline known.json --deny hint", FOUND);
    assert!(known.contains(&format!("{} known to the baseline", found.len())), "{known}");
    let host = folder.path().join("hosts/forge/configuration.nix");
    let text = std::fs::read_to_string(&host).expect("it is there");
    let end = text.rfind('}').expect("a module");
    std::fs::write(&host, format!("{}  services.openssh.enabel = true;\n}}\n", &text[..end])).expect("written");
    for format in ["text", "github"] {
        let stdout = check(&format!("--baseline known.json --deny error --format {format}"), DENIED);
        assert!(stdout.contains("services.openssh.enabel"), "{format}: {stdout}");
    }
}

#[test]
fn a_target_that_does_not_evaluate_costs_the_others_nothing() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{\n  cores = ;\n}\n");
    let output = mkwhy(folder.path(), "check --target all --deny warning");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(EVALUATION), "it says more than that something is denied");
    assert!(stdout.contains(" --> a.nix:3:3  in forge"), "{stdout}");
    assert!(stdout.contains("of laptop, which did not evaluate, only text was read"), "{stdout}");
    assert!(stderr.starts_with("error: laptop: "), "{stderr}");
    assert!(stderr.contains("laptop.nix:2:11"), "{stderr}");

    let document = json(&text(&mkwhy(folder.path(), "check --target all --json").stdout));
    assert_eq!(document["targets"][0]["known"]["how"], "evaluated");
    assert_eq!(document["targets"][1]["known"]["how"], "syntax");

    let log = json(&text(&mkwhy(folder.path(), "check --target all --format sarif").stdout));
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&false.into(), &4.into()));
}

#[test]
fn each_target_that_fails_says_why() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{\n  cores = ;\n}\n");
    write(folder.path(), "forge.nix", "{\n  cores = nothing;\n}\n");
    let stderr = complains(folder.path(), "check --target all", EVALUATION);
    assert!(stderr.contains("laptop.nix:2:11") && stderr.contains("undefined variable 'nothing'"), "{stderr}");
}

/// One fails in its text and one in Nix; what is found in the third is what is found in it alone.
#[test]
fn two_targets_that_fail_differently_cost_a_third_nothing() {
    let folder = configuration();
    let lib = part("nixpkgs-22.11").join("lib");
    let target = |name: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nexpression = '''(import {}).evalModules {{ \
             modules = [ ./options.nix ./a.nix ./{name}.nix ]; }}'''\n",
            lib.display()
        )
    };
    write(folder.path(), "mkwhy.toml", &["broken", "thrown", "forge"].map(target).concat());
    write(folder.path(), "broken.nix", "{ lib, ... }:\n{\n  cores = ;\n}\n");
    let thrown = "{ lib, ... }:\n{\n  imports = throw \"not at home\";\n  cores = lib.mkForce 9;\n}\n";
    write(folder.path(), "thrown.nix", thrown);

    let output = mkwhy(folder.path(), "check --target all --json");
    assert_eq!(output.status.code(), Some(EVALUATION), "{}", text(&output.stderr));
    let document = json(&text(&output.stdout));
    let known = |name: &str| {
        let targets = document["targets"].as_array().expect("targets");
        let target = targets.iter().find(|target| target["target"] == name).expect("the target");
        (target["known"]["how"].as_str().map(str::to_owned), target["known"].to_string())
    };
    assert_eq!(known("forge").0.as_deref(), Some("evaluated"));
    let (broken, thrown) = (known("broken"), known("thrown"));
    assert_eq!((broken.0.as_deref(), thrown.0.as_deref()), (Some("syntax"), Some("syntax")));
    assert!(broken.1.contains("syntax error") && broken.1.contains("broken.nix"), "{}", broken.1);
    assert!(thrown.1.contains("not at home"), "{}", thrown.1);

    let alone = json(&says(folder.path(), "check --target forge --json", FOUND));
    let told = |document: &Value, name: &str| -> Vec<String> {
        let findings = document["findings"].as_array().expect("findings").iter();
        let is_of = |found: &&Value| found["targets"].as_array().is_some_and(|all| all.contains(&name.into()));
        findings
            .filter(is_of)
            .map(|found| format!("{} {} {}", found["code"], found["message"], found["certain"]))
            .collect()
    };
    let expected = told(&alone, "forge");
    assert!(expected.iter().any(|line| line.starts_with("\"shadowed-definition\"")), "{expected:?}");
    assert_eq!(told(&document, "forge"), expected);
    // What is said of the others is a guess and no error, and nothing is said to hold everywhere.
    for found in document["findings"].as_array().expect("findings") {
        let certain = found["targets"] == serde_json::json!(["forge"]);
        assert_eq!(found["certain"], certain, "{found:#}");
        assert!(certain || found["level"] != "error", "{found:#}");
        assert_eq!(found["everywhere"], false, "{found:#}");
        assert_ne!(found["tag"], "unnecessary", "{found:#}");
    }
}

#[test]
fn what_is_wrong_with_the_settings_is_said_before_nix_runs() {
    let folder = configuration();
    for (settings, message) in [
        ("levels = { shadowed-defintion = \"off\" }", "no rule is called \"shadowed-defintion\""),
        ("exclude = [\"a{b\"]", "a pattern of `exclude` cannot be read"),
        ("levels = { shadowed-definition = \"loud\" }", "loud"),
    ] {
        write(folder.path(), "mkwhy.toml", &format!("[check]\n{settings}\n"));
        let stderr = complains(folder.path(), "check --target all --nix /there/is/no/nix", USAGE);
        assert!(stderr.contains(message) && stderr.contains("mkwhy.toml"), "{stderr}");
        assert!(!stderr.contains("/there/is/no/nix"), "{stderr}");
    }
    write(folder.path(), "mkwhy.toml", "[check]\nlevels = { shadowed-defintion = \"off\" }\n");
    let stderr = complains(folder.path(), "check", USAGE);
    assert!(stderr.contains("the nearest is shadowed-definition"), "{stderr}");
}

#[test]
fn rules_that_are_off_and_files_that_are_left_out() {
    let folder = configuration();
    write(folder.path(), "mkwhy.toml", "[check]\nlevels = { shadowed-definition = \"off\" }\n");
    let document = json(&says(folder.path(), "check --target all --json", FOUND));
    assert!(!codes(&document).contains(&"shadowed-definition"), "{document:#}");
    assert!(codes(&document).contains(&"yielded-default"), "{document:#}");
    write(folder.path(), "mkwhy.toml", "[check]\nexclude = [\"/a.nix\"]\n");
    let document = json(&says(folder.path(), "check --target all --json", FOUND));
    let findings = document["findings"].as_array().expect("findings");
    assert!(!findings.is_empty() && findings.iter().all(|found| found["at"]["file"] != "a.nix"), "{document:#}");
}

#[test]
fn without_nix_the_text_is_read_and_the_failure_stays_one() {
    let folder = configuration();
    let nowhere = "--nix /there/is/no/nix";
    let output = mkwhy(folder.path(), &format!("check --target all {nowhere}"));
    assert_eq!(output.status.code(), Some(EVALUATION));
    assert_eq!(text(&output.stderr).matches("error: ").count(), 1, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("nothing was evaluated, only text was read"), "{}", text(&output.stdout));
    for target in ["", "--target all", "--target laptop"] {
        let stdout = says(folder.path(), &format!("check --syntax {target} {nowhere}"), FOUND);
        assert!(stdout.contains("nothing was evaluated, only text was read"), "{stdout}");
    }
    complains(folder.path(), &format!("check --syntax --target desktop {nowhere}"), NOT_FOUND);
}

#[test]
fn a_flake_that_nobody_can_read_is_an_error_and_not_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flake.nix", "{ outputs = { self }: { nixosConfigurations = throw \"none\"; }; }");
    for line in ["check", "check --target all"] {
        let stderr = complains(folder.path(), line, EVALUATION);
        assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
        assert!(stderr.starts_with("error: the configuration does not evaluate: none"), "{stderr}");
    }
}

/// Somebody may call a target so.
#[test]
fn a_target_called_all() {
    let folder = configuration();
    let lib = part("nixpkgs-22.11").join("lib");
    let target = |name: &str, module: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nexpression = '''(import {}).evalModules {{ \
             modules = [ ./options.nix ./a.nix ./{module} ]; }}'''\n",
            lib.display()
        )
    };
    write(folder.path(), "mkwhy.toml", &format!("{}{}", target("forge", "forge.nix"), target("all", "laptop.nix")));
    assert!(says(folder.path(), "check --target all", FOUND).contains(" found in all;"));
}

#[test]
fn formats_for_programs() {
    let folder = configuration();
    for line in ["check --target all --format json", "check --target all --json", "--json check --target all"] {
        let document = json(&says(folder.path(), line, FOUND));
        assert_eq!((&document["version"], &document["command"]), (&1.into(), &"check".into()));
        assert!(codes(&document).contains(&"yielded-default"), "all levels are there: {document:#}");
    }
    let document = json(&says(folder.path(), "check --target all --json --show warning", FOUND));
    assert!(!codes(&document).contains(&"yielded-default"), "{document:#}");
    let log = json(&says(folder.path(), "check --target all --format sarif --deny warning", DENIED));
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 5);
    let lines = says(folder.path(), "check --target all --format github", FOUND);
    assert!(
        lines.contains("::warning file=a.nix,line=3,endLine=3,col=3,endColumn=13,title=shadowed-definition::"),
        "{lines}"
    );
}

#[test]
fn the_command_line_may_be_wrong() {
    let folder = configuration();
    let stderr = complains(folder.path(), "check --json --format sarif", USAGE);
    assert!(stderr.is_empty(), "who asks for JSON gets it: {stderr}");
    assert!(complains(folder.path(), "check --only wrong-tipe", USAGE).contains("'wrong-type'"));
    assert!(complains(folder.path(), "check --target desktop", NOT_FOUND).contains("there is no target \"desktop\""));
    let stderr = complains(folder.path(), "check --baseline known.json", USAGE);
    assert!(stderr.contains("known.json cannot be read") && stderr.contains("help: `mkwhy check --write-baseline"));
    let output = mkwhy(folder.path(), "check --format json --baseline known.json");
    assert_eq!(json(&text(&output.stdout))["error"]["kind"], "usage");
}

#[test]
fn a_baseline_leaves_out_what_was_known() {
    let folder = configuration();
    let written = says(folder.path(), "check --target all --deny hint --write-baseline known.json", FOUND);
    assert!(
        written.contains("note: known.json is written; `--baseline known.json` leaves out what it knows"),
        "{written}"
    );
    assert!(written.contains("nothing found in forge and laptop; not shown: "), "{written}");
    let known = std::fs::read_to_string(folder.path().join("known.json")).expect("it is there");
    let check = "check --target all --deny hint --baseline known.json";
    assert!(says(folder.path(), check, FOUND).contains("known to the baseline"));

    // Other lines change around it, and what it lost to moves.
    write(
        folder.path(),
        "a.nix",
        "{ lib, ... }:\n\n{\n  # as many as there are\n  jobs =  lib.mkDefault 8;\n  cores = 4;\n}\n",
    );
    write(folder.path(), "forge.nix", "{ lib, ... }:\n{\n\n\n  cores = lib.mkForce 2;\n}\n");
    says(folder.path(), check, FOUND);
    says(folder.path(), "check --target all --write-baseline again.json", FOUND);
    assert_eq!(std::fs::read_to_string(folder.path().join("again.json")).expect("it is there"), known);

    // What is new is told, what is gone too.
    write(folder.path(), "laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 3;\n}\n");
    write(
        folder.path(),
        "forge.nix",
        "{ lib, ... }:\n{\n  cores = lib.mkForce 2;\n  jobs = 3;\n  imports = [ ./b.nix ];\n}\n",
    );
    write(folder.path(), "b.nix", "{ lib, ... }:\n{\n  jobs = lib.mkForce 5;\n}\n");
    let stdout = says(folder.path(), "check --target all --deny warning --baseline known.json", DENIED);
    assert!(stdout.contains(" --> forge.nix:4:3"), "{stdout}");
    assert!(!stdout.contains(" --> a.nix:6:3"), "{stdout}");
    let log = says(folder.path(), "check --target all --format sarif --baseline known.json", FOUND);
    assert!(log.contains("\"baselineState\": \"new\""), "{log}");
}

#[test]
fn what_is_gone_is_mentioned() {
    let folder = configuration();
    says(folder.path(), "check --target all --write-baseline known.json", FOUND);
    write(folder.path(), "a.nix", "{ lib, ... }:\n{\n  jobs = lib.mkDefault 8;\n}\n");
    let stdout = says(folder.path(), "check --target all --baseline known.json", FOUND);
    assert!(stdout.contains("gone") && stdout.contains("shadowed-definition of `cores` in a.nix"), "{stdout}");
    let stdout = says(folder.path(), "check --target laptop --baseline known.json", FOUND);
    assert!(!stdout.contains("gone"), "the other target was not looked at: {stdout}");
}

/// It would know guesses, and not know what could not be found.
#[test]
fn no_baseline_is_written_of_what_did_not_evaluate() {
    let folder = configuration();
    write(folder.path(), "laptop.nix", "{\n  cores = ;\n}\n");
    write(folder.path(), "known.json", "precious");
    let stderr = complains(folder.path(), "check --target all --write-baseline known.json", EVALUATION);
    assert!(stderr.contains("known.json was not written, because not every target was evaluated"), "{stderr}");
    assert_eq!(std::fs::read_to_string(folder.path().join("known.json")).expect("it is there"), "precious");
}

#[test]
fn explain_prints_pages_and_lists() {
    let folder = tempfile::tempdir().expect("a folder without a configuration");
    let page = says(folder.path(), "explain shadowed-definition", FOUND);
    assert!(page.starts_with("shadowed-definition  warning\n") && page.contains("\nWhy it is bad\n"), "{page}");
    let list = says(folder.path(), "explain", FOUND);
    assert!(list.lines().any(|line| line.starts_with("wrong-type ") && line.contains("  error  ")), "{list}");
    let stderr = complains(folder.path(), "explain shadow-definition", NOT_FOUND);
    assert!(stderr.contains("did you mean `mkwhy explain shadowed-definition`?"), "{stderr}");
    let document = json(&says(folder.path(), "explain wrong-type --json", FOUND));
    assert_eq!(document["rules"][0]["code"], "wrong-type");
    assert_eq!(document["rules"].as_array().map(Vec::len), Some(1));
}
