//! The arrows between the crates point one way, as `ARCHITECTURE.md` draws them.

use std::collections::BTreeMap;
use std::process::Command;

use mkwhy_tests::repository;

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("metadata");
    let packages = metadata["packages"].as_array().expect("packages");
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut arrows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let mut inner: Vec<&str> = dependencies
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| names.contains(name))
            .collect();
        inner.sort_unstable();
        arrows.insert(package["name"].as_str().expect("a name"), inner);
    }
    let expected: BTreeMap<&str, Vec<&str>> = [
        ("mkwhy", vec!["mkwhy-eval", "mkwhy-index", "mkwhy-model", "mkwhy-rules", "mkwhy-syntax"]),
        ("mkwhy-cli", vec!["mkwhy", "mkwhy-server"]),
        ("mkwhy-eval", vec!["mkwhy-model"]),
        ("mkwhy-index", vec!["mkwhy-model", "mkwhy-syntax"]),
        ("mkwhy-model", vec![]),
        ("mkwhy-rules", vec!["mkwhy-model", "mkwhy-syntax"]),
        ("mkwhy-server", vec!["mkwhy"]),
        ("mkwhy-syntax", vec!["mkwhy-model"]),
        ("mkwhy-tests", vec!["mkwhy", "mkwhy-syntax"]),
        ("xtask", vec![]),
    ]
    .into();
    assert_eq!(arrows, expected);
}
