//! The whole way on `fixtures/kernelcore`: the Nix settings of the eight modules of the brief go into the base module.

use std::collections::BTreeMap;

use mkwhy::{Inspection, OptionPath, Workspace};
use mkwhy_tests::sets::{EIGHT, kernelcore_flake};
use mkwhy_tests::{block_on, nixes, open};
use serde_json::Value;

use super::common::*;

const SETTINGS: [&str; 6] =
    ["max-jobs", "cores", "auto-optimise-store", "trusted-users", "connect-timeout", "stalled-download-timeout"];

const BASE: &str = "modules/core/nix-base.nix";
const TARGETS: [&str; 3] = ["contradiction", "forge", "kernelcore"];

fn is_setting(option: &OptionPath) -> bool {
    SETTINGS.iter().any(|setting| option.to_string() == format!("nix.settings.{setting}"))
}

fn look(workspace: &Workspace) -> Vec<Inspection> {
    block_on(async {
        let mut inspections = Vec::new();
        for target in workspace.targets().await.expect("targets") {
            inspections.push(workspace.inspect(&target).await.expect("evaluates"));
        }
        inspections
    })
}

/// The values of all options in each target. Of what is off everywhere nobody asks for the value.
fn values(seen: &[Inspection]) -> BTreeMap<(String, OptionPath), String> {
    let all = seen.iter().flat_map(|inspection| {
        inspection.cascades().filter_map(|cascade| {
            let value = cascade.value.value()?.to_string();
            Some(((inspection.target().to_owned(), cascade.path.clone()), value))
        })
    });
    all.collect()
}

/// Which of the files define which of the settings.
fn definitions(seen: &[Inspection]) -> Vec<(OptionPath, String)> {
    let settings = seen.iter().flat_map(Inspection::cascades).filter(|cascade| is_setting(&cascade.path));
    settings
        .flat_map(|cascade| cascade.definitions.iter().map(|one| (cascade.path.clone(), one.at.file.clone())))
        .collect()
}

/// An option with a file.
fn place(value: &Value) -> (String, String) {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (word(&value["option"]), word(&value["at"]["file"]))
}

fn places(values: &Value) -> Vec<(String, String)> {
    values.as_array().expect("a list").iter().map(place).collect()
}

#[test]
fn one_command_moves_the_nix_settings_of_the_eight_modules() {
    let folder = kernelcore_flake();
    let root = folder.path();
    let workspace = open(root, &nixes()[0]);
    let before = look(&workspace);
    for module in EIGHT {
        assert!(definitions(&before).iter().any(|(_, file)| file == module), "the disease is in {module}");
    }

    let shown = document(&ends(root, "move nix.settings.* --yes --json", LEFT).0);
    assert_eq!((&shown["written"], &shown["proved"]), (&true.into(), &true.into()), "{shown:#}");
    let proof = shown["proof"]["targets"].as_array().expect("targets");
    let proved: Vec<&str> = proof.iter().filter_map(|one| one["target"].as_str()).collect();
    assert_eq!(proved, TARGETS.map(|target| format!("nixosConfigurations.{target}")));
    for target in proof {
        // Nix warned of two options under their older names.
        let changed = target["changed"].as_array().expect("a list");
        assert!(changed.iter().all(|change| change["option"] == "warnings"), "{target:#}");
    }
    for (option, file) in places(&shown["moved"]).iter().chain(&places(&shown["removed"])) {
        assert!(option.starts_with("nix."), "{option} of {file}");
    }
    // What only one host says cannot be said in a module of all hosts.
    let left = shown["left"].as_array().expect("a list");
    assert_eq!(
        places(&shown["left"]),
        [("nix.settings.stalled-download-timeout".to_owned(), "hosts/forge/configuration.nix".to_owned())]
    );
    assert!(left[0]["why"].as_str().expect("a reason").contains("part of only 1 of 3 targets"), "{left:?}");

    let after = look(&open(root, &nixes()[0]));
    for (option, file) in definitions(&after) {
        assert!(!EIGHT.contains(&file.as_str()), "{option} is still set in {file}");
    }
    let (was, is) = (values(&before), values(&after));
    // In `contradiction` one of them has no value.
    assert_eq!(was.keys().filter(|(_, option)| is_setting(option)).count(), TARGETS.len() * SETTINGS.len() - 1);
    for (key, value) in was.iter().filter(|((_, option), _)| option.to_string() != "warnings") {
        assert_eq!(is.get(key), Some(value), "{key:?}");
    }

    let findings = document(&ends(root, "check --target all --json", FOUND).0);
    let about: Vec<&Value> = findings["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["option"].as_str().is_some_and(|option| is_setting(&option.parse().expect("a path"))))
        .filter(|finding| finding["level"] != "hint")
        .collect();
    assert!(!about.is_empty(), "what was left is told of");
    for finding in about {
        assert!(places(&shown["left"]).contains(&place(finding)), "{finding:#}");
    }
    let (stdout, _) = only_says(root, "move nix.settings.* --yes", LEFT);
    assert!(stdout.starts_with("nothing is to be moved\n  left      hosts/forge/configuration.nix:25:3 "), "{stdout}");
    assert!(read(root, BASE).contains("\n      trusted-users = lib.mkMerge ["), "{}", read(root, BASE));
}
