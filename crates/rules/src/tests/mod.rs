//! Every rule is registered, documented and tested.
//!
//! What the rules find is tested on the cases in `fixtures/rules`, which real Nix evaluates (`tests/tests/rules.rs`); here
//! it is made sure that none is left out, and what puts several targets together is tested by itself.

mod settling;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mkwhy_model::Level;
use mkwhy_syntax::Source;

use crate::RULES;

/// Files in `rules/` that hold no rule.
const NO_RULES: [&str; 2] = ["mod", "local"];

fn stems(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect()
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn codes() -> BTreeSet<String> {
    RULES.iter().map(|rule| rule.code.to_owned()).collect()
}

#[test]
fn every_file_is_a_registered_rule() {
    let mut files = stems(&folder("src/rules"), "rs");
    NO_RULES.iter().for_each(|name| assert!(files.remove(*name), "{name} is gone"));
    let codes: BTreeSet<String> = codes().iter().map(|code| code.replace('-', "_")).collect();
    assert_eq!(files, codes);
    assert_eq!(codes.len(), RULES.len(), "a code is there twice");
}

#[test]
fn the_gravest_come_first() {
    let levels: Vec<Level> = RULES.iter().map(|rule| rule.level).collect();
    assert!(levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
}

/// What, why it is bad, and an example before and after, each of which is Nix.
#[test]
fn every_rule_has_a_page() {
    for rule in RULES {
        let code = rule.code;
        let good = !rule.title.is_empty() && !rule.title.ends_with('.') && rule.title.chars().count() < 100;
        assert!(good, "{code}: {}", rule.title);
        let headings: Vec<&str> = rule.page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let wanted: &[&str] = match rule.level {
            Level::Error | Level::Warning => &["Why it is bad", "Before", "After"],
            Level::Information => match headings.first() {
                Some(&"Why it is bad") => &["Why it is bad", "Before", "After"],
                _ => &["Why it is worth knowing", "Before", "After"],
            },
            // There is nothing to be changed.
            Level::Hint => &headings,
        };
        assert_eq!(headings, wanted, "{code}");
        assert!(headings.contains(&"After") || headings.contains(&"Example"), "{code}: {headings:?}");
        let first = rule.page.lines().next().unwrap_or_default();
        assert!(!first.is_empty() && !first.starts_with('#'), "{code} says first what it finds");
        assert!(rule.page.lines().all(|line| line.chars().count() <= 130), "{code}");
        let examples: Vec<&str> =
            rule.page.split("```nix\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
        assert_eq!(examples.len(), headings.len() - usize::from(headings[0].starts_with("Why")), "{code}");
        for example in examples {
            let text = format!("{{ lib, cfg, ... }}: {{\n{example}}}\n");
            assert!(Source::parse(text).errors().is_empty(), "{code}:\n{example}");
        }
    }
}

#[test]
fn every_rule_has_cases_of_both_kinds() {
    let cases = folder("../../fixtures/rules");
    assert_eq!(stems(&cases, "cases"), codes());
    for rule in RULES {
        let text = std::fs::read_to_string(cases.join(format!("{}.cases", rule.code))).expect("its cases");
        let count = |kind: &str| text.lines().filter(|line| line.starts_with(&format!("== {kind}: "))).count();
        assert!(count("found") > 1, "{}: found {} times", rule.code, count("found"));
        assert!(count("alike") > 1, "{}: alike {} times", rule.code, count("alike"));
        // What is found is marked, with a message.
        assert!(text.contains(&format!(" {}", rule.code)), "{}", rule.code);
    }
}
