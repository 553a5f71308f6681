//! Every option of real module sets: the definitions that mkwhy says win, their priority and the final value, against
//! what Nix itself publishes (`definitionsWithLocations`, `highestPrio`, `config`), read by an expression of its own.

#![expect(clippy::print_stdout, reason = "the counts are what this test is for")]

use std::collections::BTreeMap;
use std::process::Command;

use mkwhy::{Cascade, Definition, FinalValue, Found, OptionPath, Survey, Value};
use mkwhy_tests::sets::{beside_the_repository, kernelcore, nixos};
use mkwhy_tests::{TestNix, block_on, nixes, open, repository};
use serde_json::{Value as Json, json};

/// What Nix says of one option.
struct Truth {
    /// File and value of each winner; `None` where they cannot be evaluated.
    definitions: Option<Vec<(String, Json)>>,
    priority: Option<i64>,
    value: Json,
    failed: bool,
}

/// The truth language of `truth.nix` for a value of mkwhy's.
fn text(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool { value } => json!(value),
        Value::Int { value } => json!(value),
        Value::Float { value } => json!({ "float": [format!("{value:.6}"), format!("{:.6}", value * 1.0e9)] }),
        Value::String { value } | Value::Text { value, .. } => json!(value),
        Value::Path { value } => json!({ "path": value }),
        Value::List { items, .. } => items.iter().map(text).collect(),
        Value::Attrs { entries, .. } => {
            let set: serde_json::Map<String, Json> =
                entries.iter().map(|entry| (entry.name.clone(), text(&entry.value))).collect();
            json!({ "set": set })
        }
        Value::Derivation { name } => json!({ "derivation": name }),
        Value::Function { .. } => json!("<function>"),
        Value::Special { .. } => json!("<special>"),
        Value::Property { .. } => json!("<property>"),
        Value::Elided { .. } => json!("<deep>"),
        Value::Throws => json!("<throws>"),
    }
}

/// What Nix says of every option; one that fails in a way that cannot be caught is left out of the next try, which goes
/// on where the last one got to.
fn truth(nix: &TestNix, configuration: &str) -> BTreeMap<OptionPath, Truth> {
    let mut skip: Vec<String> = Vec::new();
    let mut entries: Vec<Json> = Vec::new();
    loop {
        let quoted: Vec<String> = skip.iter().map(|label| format!("{label:?}").replace("${", "\\${")).collect();
        let expression = format!(
            "import {}/tests/truth/truth.nix {{ from = {}; skip = [ {} ]; }} ({configuration})",
            repository().display(),
            entries.len(),
            quoted.join(" ")
        );
        let output = Command::new(nix.program.clone().unwrap_or_else(|| "nix".into()))
            .args([
                "--extra-experimental-features",
                "nix-command flakes",
                "eval",
                "--json",
                "--impure",
                "--read-only",
                "--show-trace",
            ])
            .args(["--option", "allow-import-from-derivation", "false", "--expr", &expression])
            .output()
            .expect("Nix runs");
        if output.status.success() {
            let rest: Vec<Json> = serde_json::from_slice(&output.stdout).expect("JSON");
            entries.extend(rest);
            break;
        }
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let told = stderr.lines().filter_map(|line| line.strip_prefix("trace: truth-part:"));
        entries.extend(told.map(|json| serde_json::from_str::<Json>(json).expect("JSON")));
        let label = stderr.split("truth:").nth(1).and_then(|rest| rest.lines().next()).map(str::to_owned);
        match label {
            Some(label) if !skip.contains(&label) => skip.push(label),
            _ => panic!(
                "{}",
                stderr.lines().filter(|line| !line.starts_with("trace: ")).take(60).collect::<Vec<_>>().join("\n")
            ),
        }
    }
    entries
        .iter()
        .map(|entry| {
            let names: Vec<String> = serde_json::from_value(entry["path"].clone()).expect("a path");
            let definitions = entry["definitions"].as_array().map(|definitions| {
                definitions
                    .iter()
                    .map(|one| (one["file"].as_str().unwrap_or_default().to_owned(), one["value"].clone()))
                    .collect()
            });
            let truth = Truth {
                definitions,
                priority: entry["prio"].as_i64(),
                value: entry["value"].clone(),
                failed: entry["failed"] == true,
            };
            (OptionPath::from_names(names), truth)
        })
        .collect()
}

#[derive(Default)]
struct Counts {
    options: usize,
    with_definitions: usize,
    definitions: usize,
    losing: usize,
    unevaluated: usize,
    mismatches: Vec<String>,
}

fn compare(path: &OptionPath, truth: &Truth, cascade: &Cascade, counts: &mut Counts) {
    let mut wrong = |what: String| counts.mismatches.push(format!("{path}: {what}"));
    if cascade.agrees == Some(false) {
        wrong("the probe's own check fails".into());
    }
    let winners: Vec<&Definition> = cascade.winners().collect();
    if let Some(expected) = &truth.definitions {
        let values: Vec<Json> =
            winners.iter().map(|winner| winner.value.as_ref().map_or(json!("<nothing>"), text)).collect();
        let expected_values: Vec<Json> = expected.iter().map(|(_, value)| value.clone()).collect();
        if values != expected_values {
            wrong(format!("definitions: Nix says {expected_values:?}, mkwhy {values:?}"));
        }
        for (winner, (file, _)) in winners.iter().zip(expected) {
            // A folder is its default.nix; what an alias forwards is shown where it was written.
            let same = winner.module == *file || winner.module == format!("{file}/default.nix") || winner.via.is_some();
            if !same {
                wrong(format!("file: Nix says {file}, mkwhy {}", winner.module));
            }
        }
        if let (Some(expected), Some(actual)) = (truth.priority, winners.first().and_then(|winner| winner.priority))
            && expected != actual.0
        {
            wrong(format!("priority: Nix says {expected}, mkwhy {}", actual.0));
        }
    }
    let value = match &cascade.value {
        FinalValue::Known { value, .. } => text(value),
        FinalValue::Failed { .. } | FinalValue::Undefined => json!("<throws>"),
        other => json!(format!("{other:?}")),
    };
    if value != truth.value {
        wrong(format!("value: Nix says {}, mkwhy {value}", truth.value));
    }
}

/// Compares every option of a configuration.
fn check(name: &str, configuration: &str, nix: &TestNix) -> Counts {
    let truth = truth(nix, configuration);
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("[[target]]\nname = \"{name}\"\nexpression = '''{configuration}'''\n");
    std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
    let workspace = open(folder.path(), nix);
    let survey = Survey { every_option: true, only_options: true, whole_values: true, only_places: false };
    let answers = block_on(async {
        let target = workspace.target(None).await?;
        workspace.survey(&target, survey).await
    });
    let answers = answers.unwrap_or_else(|error| panic!("{name}: {error} {:#?}", error.trace()));
    let mut counts = Counts::default();
    let mut seen = 0;
    for answer in answers {
        match answer.found {
            Found::Cascade { cascade } => {
                let Some(truth) = truth.get(&cascade.path) else {
                    if cascade.declared {
                        counts.mismatches.push(format!("{}: Nix knows no such option", cascade.path));
                    }
                    continue;
                };
                seen += 1;
                counts.options += 1;
                counts.definitions += cascade.definitions.len();
                counts.losing +=
                    cascade.definitions.iter().filter(|definition| !definition.outcome.takes_part()).count();
                if truth.failed || truth.value == json!("<throws>") {
                    counts.unevaluated += 1;
                }
                if cascade.definitions.iter().any(|definition| !definition.declared_default) {
                    counts.with_definitions += 1;
                }
                if !truth.failed {
                    compare(&cascade.path.clone(), truth, &cascade, &mut counts);
                }
            }
            Found::Failed { path, message } => {
                let known = truth.get(&path).is_some_and(|truth| truth.failed);
                seen += 1;
                counts.unevaluated += 1;
                if !known {
                    counts.mismatches.push(format!("{path}: failed, but Nix evaluates it: {message}"));
                }
            }
            other => counts.mismatches.push(format!("{other:?}")),
        }
    }
    if seen != truth.len() {
        counts.mismatches.push(format!("Nix has {} options, mkwhy listed {seen}", truth.len()));
    }
    println!(
        "{name}, {}: {} options compared, {} of them with definitions, {} definitions ({} losing or inactive), {} values that do not evaluate, {} mismatches",
        nix.name,
        counts.options,
        counts.with_definitions,
        counts.definitions,
        counts.losing,
        counts.unevaluated,
        counts.mismatches.len()
    );
    counts
}

#[track_caller]
fn assert_true(name: &str, configuration: &str, nix: &TestNix) {
    let counts = check(name, configuration, nix);
    assert!(counts.options > 100, "{name}: only {} options", counts.options);
    let shown: String =
        counts.mismatches.iter().take(40).map(|line| line.chars().take(600).collect::<String>() + "\n").collect();
    assert!(counts.mismatches.is_empty(), "{name}: {} mismatches\n{shown}", counts.mismatches.len());
}

#[test]
fn kernelcore_workstation() {
    assert_true("kernelcore", &kernelcore("kernelcore"), &nixes()[0]);
}

#[test]
fn kernelcore_builder() {
    assert_true("forge", &kernelcore("forge"), &nixes()[1]);
}

/// Inside submodules Nix publishes nothing from outside; the probe asks the inner evaluations for their own lists of
/// winners.
#[test]
fn inside_submodules_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("[[target]]\nname = \"kernelcore\"\nexpression = '''{}'''\n", kernelcore("kernelcore"));
    std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
    let survey = Survey { every_option: true, ..Survey::default() };
    for nix in nixes() {
        let workspace = open(folder.path(), &nix);
        let answers = block_on(async {
            let target = workspace.target(None).await?;
            workspace.survey(&target, survey).await
        })
        .unwrap_or_else(|error| panic!("{error}"));
        let mut agreed = 0;
        for answer in answers {
            let Found::Cascade { cascade } = answer.found else { panic!("{:?}", answer.found) };
            assert_ne!(cascade.agrees, Some(false), "{}: {:#?}", cascade.path, cascade.definitions);
            let inner = cascade.definitions.iter().any(|definition| !definition.parents.is_empty());
            agreed += usize::from(inner && cascade.agrees == Some(true));
        }
        println!("kernelcore, {}: {agreed} options inside submodules agree with their own lists", nix.name);
        assert!(agreed > 50, "{agreed}");
    }
}

#[test]
fn nixos_modules() {
    assert_true("NixOS 22.11", &nixos(), &nixes()[0]);
}

#[test]
#[ignore = "two minutes more for the same modules with the other Nix"]
fn nixos_modules_with_a_newer_nix() {
    assert_true("NixOS 22.11", &nixos(), &nixes()[1]);
}

/// The module sets that a person has beside the repository; without them there is nothing to compare.
#[test]
fn other_real_sets() {
    for set in beside_the_repository() {
        assert_true(set.name, &set.expression, &set.nix);
    }
}
