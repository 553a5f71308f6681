//! The hand-written cases of `fixtures/cases`: every form of definition, with its expected cascade beside it,
//! asked of real Nix in every version with every `lib`.

use std::fmt::Write as _;
use std::path::Path;

use mkwhy::{Cascade, Definition, FinalValue, Found, OptionPath, Order, Priority};
use mkwhy_tests::{TestLib, TestNix, block_on, copy_folder, libs, nixes, open, repository};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    #[expect(dead_code, reason = "for readers")]
    about: String,
    min_lib: Option<String>,
    option: Vec<ExpectedOption>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ExpectedOption {
    path: OptionPath,
    value: Option<String>,
    error: Option<String>,
    #[serde(default)]
    contradiction: bool,
    #[serde(rename = "type")]
    option_type: Option<String>,
    before_apply: Option<String>,
    #[serde(default)]
    definition: Vec<Expected>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Expected {
    file: String,
    line: Option<u32>,
    column: Option<u32>,
    outcome: String,
    priority: Option<i64>,
    order: Option<i64>,
    #[serde(default)]
    conditions: Vec<String>,
    value: Option<String>,
    source: Option<String>,
    via: Option<OptionPath>,
    parents: Option<Vec<OptionPath>>,
    elements: Option<Vec<usize>>,
}

impl Expected {
    /// What of this is not so; empty if it describes the definition.
    fn differences(&self, actual: &Definition) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, expected: String, actual: String| {
            if expected != actual {
                found.push(format!("{what}: expected {expected}, got {actual}"));
            }
        };
        differ("file", self.file.clone(), actual.at.file.clone());
        differ("outcome", self.outcome.clone(), actual.outcome.word().to_owned());
        if self.line.is_some() {
            differ("line", format!("{:?}", self.line), format!("{:?}", actual.at.line));
        }
        if self.column.is_some() {
            differ("column", format!("{:?}", self.column), format!("{:?}", actual.at.column));
        }
        if let Some(priority) = self.priority {
            differ("priority", format!("{:?}", Some(Priority(priority))), format!("{:?}", actual.priority));
        }
        if self.outcome == "wins" || self.outcome == "merged" {
            differ("order", self.order.unwrap_or(1000).to_string(), actual.order.unwrap_or(Order::PLAIN).0.to_string());
        }
        let conditions: Vec<String> = actual
            .conditions
            .iter()
            .map(|condition| condition.holds.map_or_else(|| "unknown".into(), |holds| holds.to_string()))
            .collect();
        differ("conditions", format!("{:?}", self.conditions), format!("{conditions:?}"));
        if let Some(value) = &self.value {
            differ("value", json(value), shown(actual.value.as_ref().and_then(mkwhy::Value::to_json)));
        }
        if let Some(source) = &self.source {
            differ("source", format!("{source:?}"), format!("{:?}", actual.source.clone().unwrap_or_default()));
        }
        if self.outcome == "inactive" {
            differ("evaluated value", "None".into(), format!("{:?}", actual.value));
        }
        differ("via", format!("{:?}", self.via), format!("{:?}", actual.via));
        if let (Some([parent]), mkwhy::Outcome::Dropped { parent: actual, .. }) =
            (self.parents.as_deref(), &actual.outcome)
        {
            differ("lost at", parent.to_string(), actual.to_string());
        }
        if let Some(elements) = &self.elements {
            let actual = actual.elements.clone().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
            differ("elements", format!("{elements:?}"), format!("{actual:?}"));
        }
        found
    }
}

fn json(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

fn shown(value: Option<serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".into(), |value| value.to_string())
}

fn check_option(expected: &ExpectedOption, cascade: &Cascade, report: &mut String) {
    let mut complain = |what: String| writeln!(report, "  {}: {what}", expected.path).expect("text");
    if let Some(value) = &expected.value {
        let actual = match &cascade.value {
            FinalValue::Known { json, .. } => shown(json.clone()),
            other => format!("{other:?}"),
        };
        if json(value) != actual {
            complain(format!("value: expected {value}, got {actual}"));
        }
    }
    if let Some(error) = &expected.error {
        let actual = match &cascade.value {
            FinalValue::Failed { message } => message.text.clone(),
            // Nix says this in words of its own, which differ between versions.
            FinalValue::Undefined => format!("The option `{}' is used but not defined", expected.path),
            other => format!("{other:?} {:?}", cascade.notes),
        };
        if !actual.contains(error.as_str()) {
            complain(format!("error: expected {error:?}, got {actual:?}"));
        }
    }
    if expected.contradiction != cascade.contradiction {
        complain(format!("contradiction: expected {}, got {}", expected.contradiction, cascade.contradiction));
    }
    if expected.option_type.is_some() && expected.option_type != cascade.option_type {
        complain(format!("type: expected {:?}, got {:?}", expected.option_type, cascade.option_type));
    }
    if let Some(before) = &expected.before_apply {
        let actual = shown(cascade.before_apply.as_ref().and_then(mkwhy::Value::to_json));
        if json(before) != actual {
            complain(format!("before apply: expected {before}, got {actual}"));
        }
    }
    if cascade.agrees == Some(false) {
        complain("Nix's own winners differ".into());
    }
    let mut actual: Vec<&Definition> =
        cascade.definitions.iter().filter(|definition| !definition.declared_default).collect();
    for wanted in &expected.definition {
        let nearest = actual.iter().enumerate().min_by_key(|(_, definition)| {
            // A definition at another place is no match, however much of the rest fits.
            let elsewhere =
                definition.at.file != wanted.file || (wanted.line.is_some() && definition.at.line != wanted.line);
            wanted.differences(definition).len() + if elsewhere { 100 } else { 0 }
        });
        match nearest
            .map(|(index, definition)| (index, wanted.differences(definition), definition.at.file == wanted.file))
        {
            Some((index, differences, true)) => {
                for difference in differences {
                    complain(format!("{}:{:?}: {difference}", wanted.file, wanted.line));
                }
                actual.remove(index);
            }
            _ => complain(format!("{}:{:?}: missing ({})", wanted.file, wanted.line, wanted.outcome)),
        }
    }
    // What a computed larger definition may hold is said to be uncertain; the cases list only what is certain.
    for extra in actual.into_iter().filter(|definition| definition.certain) {
        complain(format!(
            "unexpected {} at {} (priority {:?}, certain {})",
            extra.outcome.word(),
            extra.at,
            extra.priority,
            extra.certain
        ));
    }
}

/// What is wrong with a case, or nothing.
fn check_case(folder: &Path, nix: &TestNix, lib: &TestLib) -> (usize, String) {
    let text = std::fs::read_to_string(folder.join("expected.toml")).expect("expected.toml");
    let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    if case.min_lib.as_deref() == Some("newest") && !lib.newest {
        return (0, String::new());
    }
    let scratch = tempfile::tempdir().expect("a folder");
    copy_folder(folder, scratch.path());
    let config = format!(
        "[[target]]\nname = \"case\"\nfile = \"default.nix\"\narguments = {{ lib = \"import {}\" }}\n",
        lib.nixpkgs.join("lib").display()
    );
    std::fs::write(scratch.path().join("mkwhy.toml"), config).expect("written");
    let workspace = open(scratch.path(), nix);
    let paths: Vec<OptionPath> = case.option.iter().map(|option| option.path.clone()).collect();
    let answers = block_on(async {
        let target = workspace.target(None).await?;
        workspace.why_all(&target, &paths).await
    });
    let mut report = String::new();
    match answers {
        Err(error) => writeln!(report, "  {error}\n    {:?}", error.trace()).expect("text"),
        Ok(answers) => {
            assert_eq!(answers.len(), case.option.len());
            for (expected, answer) in case.option.iter().zip(answers) {
                match answer.found {
                    Found::Cascade { cascade } => check_option(expected, &cascade, &mut report),
                    other => writeln!(report, "  {}: {other:?}", expected.path).expect("text"),
                }
            }
        }
    }
    if !report.is_empty() {
        report =
            format!("{} ({}, {})\n{report}", folder.file_name().expect("a name").to_string_lossy(), nix.name, lib.name);
    }
    (case.option.len(), report)
}

fn check_all(nix: &TestNix) {
    let only = std::env::var("CASE").ok();
    let mut report = String::new();
    let mut options = 0;
    for lib in libs() {
        let folder = repository().join("fixtures/cases");
        let mut cases: Vec<_> = std::fs::read_dir(folder)
            .expect("the cases")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_dir())
            .collect();
        cases.sort();
        for case in cases.iter().filter(|case| only.as_ref().is_none_or(|only| case.ends_with(only))) {
            let (count, wrong) = check_case(case, nix, &lib);
            options += count;
            report.push_str(&wrong);
        }
    }
    assert!(options > 0, "no case was checked");
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn with_the_distributions_nix() {
    check_all(&nixes()[0]);
}

#[test]
fn with_a_newer_nix() {
    check_all(&nixes()[1]);
}
