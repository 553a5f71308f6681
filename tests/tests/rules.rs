//! Every rule on its cases in `fixtures/rules`, asked of real Nix: what must be found, and what looks alike and must not.

use std::fmt::Write as _;
use std::path::PathBuf;

use mkwhy::{Knowledge, Level, RULES};
use mkwhy_tests::marked::{MarkedCase, cases};
use mkwhy_tests::{TestLib, TestNix, libs, nixes, repository};

/// `RULE` names one rule alone, `CASE` a part of a title.
fn files() -> impl Iterator<Item = (&'static str, PathBuf)> {
    let only = std::env::var("RULE").ok();
    RULES
        .iter()
        .map(|rule| (rule.code, repository().join("fixtures/rules").join(format!("{}.cases", rule.code))))
        .filter(move |(code, _)| only.as_deref().is_none_or(|only| only == *code))
}

fn read(file: &PathBuf) -> (String, Vec<MarkedCase>) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let cases = cases(&text);
    (text, cases)
}

/// What is wrong with a case, and how it would be right.
fn wrong(code: &str, case: &MarkedCase, nix: &TestNix, lib: &TestLib) -> (Option<String>, String) {
    let findings = case.check(nix, Some(lib));
    for target in &findings.targets {
        assert_eq!(target.known, Knowledge::Evaluated, "{code}, {}: {:?}", case.title, target.trace);
    }
    let marked = case.marked(&findings.findings);
    let count = MarkedCase::count(&findings.findings, code);
    let kind = match case.title.split_once(": ") {
        Some(("found", _)) if count == 0 => Some("nothing is found"),
        Some(("alike", _)) if count > 0 => Some("something is found"),
        Some(("found" | "alike", _)) => None,
        _ => Some("the title says neither found nor alike"),
    };
    let wrong = match kind {
        Some(kind) => Some(format!("{kind}:\n{marked}")),
        None if marked != case.text => Some(format!("expected:\n{}\nfound:\n{marked}", case.text)),
        None => None,
    };
    (wrong.map(|wrong| format!("{code} ({}, {}): {wrong}", nix.name, lib.name)), marked)
}

fn check_all(nix: &TestNix, lib: &TestLib, may_update: bool) {
    let part = std::env::var("CASE").ok();
    let update = may_update && std::env::var_os("UPDATE_EXPECT").is_some() && part.is_none();
    let mut report = String::new();
    let mut checked = 0;
    for (code, file) in files() {
        let (_, cases) = read(&file);
        let mut new = String::new();
        for case in cases.iter().filter(|case| part.as_deref().is_none_or(|part| case.title.contains(part))) {
            let (wrong, marked) = wrong(code, case, nix, lib);
            checked += 1;
            new.push_str(&marked);
            if let Some(wrong) = wrong.filter(|wrong| !update || !wrong.contains("expected:\n")) {
                writeln!(report, "{wrong}").expect("text");
            }
        }
        if update {
            std::fs::write(&file, new).expect("written");
        }
    }
    assert!(checked > 0, "no case was checked");
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn with_the_distributions_nix() {
    check_all(&nixes()[0], &libs()[0], true);
}

#[test]
fn with_a_newer_nix() {
    check_all(&nixes()[1], libs().last().expect("a lib"), false);
}

/// What was not evaluated is a guess, marked as one, and never an error.
#[test]
fn what_the_text_alone_says_is_a_guess() {
    let mut guesses = 0;
    for (code, file) in files() {
        for case in read(&file).1 {
            for finding in case.check(&nixes()[0], None).findings {
                let about_comments = finding.code == "unused-allow";
                assert!(!finding.certain || about_comments, "{code}, {}: {finding:?}", case.title);
                assert!(finding.level < Level::Error, "{code}, {}: {finding:?}", case.title);
                assert!(!finding.everywhere || about_comments, "{code}, {}: {finding:?}", case.title);
                guesses += 1;
            }
        }
    }
    assert!(guesses > 50, "{guesses}");
}
