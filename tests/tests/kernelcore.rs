//! `fixtures/kernelcore` as a flake and as plain files, against the cascades that were written by hand beside it.

use std::collections::BTreeMap;
use std::path::Path;

use mkwhy::{Cascade, Definition, FinalValue, Found, OptionPath, Outcome, Workspace};
use mkwhy_tests::sets::{EIGHT, kernelcore_flake, kernelcore_with};
use mkwhy_tests::{TestNix, block_on, libs, nixes, open, part, repository};
use serde::Deserialize;
use tempfile::TempDir;

#[derive(Deserialize)]
struct ExpectedOption {
    value: serde_json::Value,
    error: Option<String>,
    definitions: Vec<Expected>,
}

#[derive(Deserialize, Debug)]
struct Expected {
    file: String,
    line: u32,
    column: u32,
    priority: i64,
    order: i64,
    outcome: String,
    conditions: Vec<bool>,
    via: Option<OptionPath>,
}

fn expected() -> BTreeMap<String, BTreeMap<OptionPath, ExpectedOption>> {
    let text = std::fs::read_to_string(repository().join("fixtures/kernelcore/expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("understood")
}

/// The same hosts without a flake, for any `lib`.
fn plain_files(nixpkgs: &Path, hosts: &[&String]) -> TempDir {
    let modules = part("nixpkgs-22.11").join("nixos/modules");
    let targets = hosts.iter().map(|host| {
        format!(
            "[[target]]\nname = \"nixosConfigurations.{host}\"\nfile = \"default.nix\"\nattribute = \"nixosConfigurations.{host}\"\n\
             arguments = {{ nixpkgs = \"{}\", nixosModules = \"{}\" }}\n",
            nixpkgs.display(),
            modules.display()
        )
    });
    kernelcore_with(&targets.collect::<String>())
}

fn describe(definition: &Definition) -> String {
    let outcome = match &definition.outcome {
        Outcome::Conflicts => "conflict",
        outcome => outcome.word(),
    };
    // Of a dropped definition the expectation has the priority with which its parent lost.
    let priority = match &definition.outcome {
        Outcome::Dropped { priority, .. } => *priority,
        _ => definition.priority,
    };
    let conditions: Vec<Option<bool>> = definition.conditions.iter().map(|condition| condition.holds).collect();
    format!(
        "{} {outcome} priority {:?} order {} if {conditions:?} via {:?}",
        definition.at,
        priority.map(|priority| priority.0),
        definition.order.map_or(1000, |order| order.0),
        definition.via.as_ref().map(ToString::to_string),
    )
}

fn describe_expected(expected: &Expected) -> String {
    let conditions: Vec<Option<bool>> = expected.conditions.iter().map(|holds| Some(*holds)).collect();
    format!(
        "{}:{}:{} {} priority {:?} order {} if {conditions:?} via {:?}",
        expected.file,
        expected.line,
        expected.column,
        expected.outcome,
        Some(expected.priority),
        expected.order,
        expected.via.as_ref().map(ToString::to_string),
    )
}

#[track_caller]
fn check(expected: &ExpectedOption, cascade: &Cascade, whose: &str) {
    match (&expected.error, &cascade.value) {
        (None, FinalValue::Known { json, .. }) => assert_eq!(json.as_ref(), Some(&expected.value), "{whose}"),
        (Some(error), FinalValue::Failed { message }) => {
            assert!(message.text.contains("conflicting definition"), "{whose}: {message} ({error})");
            assert!(cascade.contradiction, "{whose}");
        }
        (_, other) => panic!("{whose}: {other:?}"),
    }
    assert_ne!(cascade.agrees, Some(false), "{whose}: Nix's own winners differ");
    let own = |definition: &&Definition| !definition.declared_default && !definition.at.file.starts_with('/');
    let mut actual: Vec<String> = cascade.definitions.iter().filter(own).map(describe).collect();
    let mut wanted: Vec<String> = expected.definitions.iter().map(describe_expected).collect();
    actual.sort();
    wanted.sort();
    assert_eq!(actual, wanted, "{whose}");
}

fn check_workspace(workspace: &Workspace, whose: &str) {
    for (host, options) in expected() {
        let paths: Vec<OptionPath> = options.keys().cloned().collect();
        let answers = block_on(async {
            let target = workspace.target(Some(&host)).await.expect("the host is found");
            workspace.why_all(&target, &paths).await
        });
        let answers = answers.unwrap_or_else(|error| panic!("{whose}, {host}: {error} {:?}", error.help()));
        for ((path, expected), answer) in options.iter().zip(answers) {
            let Found::Cascade { cascade } = answer.found else {
                panic!("{whose}, {host}: {path}: {:?}", answer.found)
            };
            check(expected, &cascade, &format!("{whose}, {host}, {path}"));
        }
    }
}

fn check_flake(nix: &TestNix) {
    let folder = kernelcore_flake();
    check_workspace(&open(folder.path(), nix), &format!("flake with {}", nix.name));
    assert!(!folder.path().join("flake.lock").exists(), "nothing is written that was not asked for");
}

#[test]
fn as_a_kernelcore_flake() {
    check_flake(&nixes()[0]);
}

#[test]
fn as_a_flake_with_a_newer_nix() {
    check_flake(&nixes()[1]);
}

#[test]
fn as_plain_files_with_every_lib() {
    let expected = expected();
    let hosts: Vec<&String> = expected.keys().collect();
    for lib in libs() {
        for nix in nixes() {
            let folder = plain_files(&lib.nixpkgs, &hosts);
            check_workspace(&open(folder.path(), &nix), &format!("plain files with {} and {}", nix.name, lib.name));
        }
    }
}

#[test]
fn the_targets_of_the_kernelcore_flake() {
    let folder = kernelcore_flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let targets = block_on(workspace.targets()).expect("targets");
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(
        names,
        ["nixosConfigurations.contradiction", "nixosConfigurations.forge", "nixosConfigurations.kernelcore"]
    );
}

#[test]
fn the_matrix_of_the_eight_modules() {
    let folder = kernelcore_flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let matrix = block_on(async {
        let target = workspace.target(Some("kernelcore")).await.expect("the host");
        workspace.duplicates(&target, &"nix.settings".parse().expect("a path")).await
    })
    .expect("a matrix");
    let row = matrix
        .rows
        .iter()
        .find(|row| row.path.to_string() == "nix.settings.max-jobs")
        .expect("max-jobs is set more than once");
    let winners: Vec<&str> = row
        .cells
        .iter()
        .filter(|cell| cell.outcome.takes_part())
        .map(|cell| matrix.modules[cell.module].as_str())
        .collect();
    assert_eq!(winners, ["modules/security/nix-daemon.nix"]);
    for module in EIGHT.into_iter().chain(["modules/core/nix-base.nix"]) {
        assert!(matrix.modules.iter().any(|name| name == module), "{module} is missing in {:?}", matrix.modules);
    }
}

#[test]
fn the_list_counts_own_definitions_only() {
    let folder = kernelcore_flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let listing = block_on(async {
        let target = workspace.target(Some("kernelcore")).await.expect("the host");
        workspace.list(&target, &"services.clamav".parse().expect("a path")).await
    })
    .expect("a list");
    let interval = listing
        .settings
        .iter()
        .find(|setting| setting.path.to_string() == "services.clamav.updater.interval")
        .expect("interval");
    assert_eq!((interval.definitions, interval.files), (2, 2));
    assert!(listing.settings.iter().all(|setting| setting.path.to_string().starts_with("services.clamav")));
}
