//! Small configurations as text, with what the rules find marked below the lines.
//!
//! ```text
//! == found: a stronger value in another file
//! #- a.nix
//! {
//!   cores = 4;
//! # ^^^^^^^^^^ shadowed-definition: `cores` = `4` does not count: …
//! }
//! #- b.nix
//! { lib, ... }: { cores = lib.mkForce 2; }
//! ```
//!
//! - `== found: …` is a case in which the file's own rule finds something, `== alike: …` one in which it must not. What
//!   other rules find is marked too: everything that is found is, and nothing else.
//! - `#- NAME` begins a file. A `.nix` file in no folder is a module of the target `case`; one in a folder is only read
//!   where it is imported; one whose name begins with `other` is somebody else's. `#- targets` has lines `NAME = FILES`
//!   in place of the one target; `#- mkwhy.toml` has more settings.
//! - A mark says the rule, in parentheses the level where it is not the rule's own, with several targets in brackets
//!   those in which it holds (`all` where it holds everywhere), and the message. `# @1-5` marks columns where `^` cannot
//!   stand. Lines are counted without the marks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mkwhy::{Check, Finding, Findings, rule};

use crate::{TestLib, TestNix, block_on, open, repository};

/// One case.
#[derive(Debug, Clone)]
pub struct MarkedCase {
    /// What stands after `==`.
    pub title: String,
    /// Its files, without marks, in order.
    pub files: Vec<(String, String)>,
    /// Its text, with marks.
    pub text: String,
}

/// The cases of a text.
///
/// # Panics
/// If something stands before the first case, or in a case before its first file.
pub fn cases(text: &str) -> Vec<MarkedCase> {
    let mut cases: Vec<MarkedCase> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(title) = line.strip_prefix("== ") {
            cases.push(MarkedCase { title: title.trim().to_owned(), files: Vec::new(), text: line.to_owned() });
            continue;
        }
        let case = cases.last_mut().unwrap_or_else(|| panic!("before the first case: {line}"));
        case.text.push_str(line);
        if let Some(name) = line.strip_prefix("#- ") {
            case.files.push((name.trim().to_owned(), String::new()));
        } else if !is_mark(line) {
            let (_, text) = case.files.last_mut().unwrap_or_else(|| panic!("before the first file: {line}"));
            text.push_str(line);
        }
    }
    cases
}

fn is_mark(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.starts_with(" @") || rest.trim_start_matches(' ').starts_with('^'))
}

impl MarkedCase {
    /// What is said of it in `#- NAME`.
    fn file(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str())
    }

    fn modules(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| name.as_str()).filter(|name| name.ends_with(".nix"))
    }

    /// The targets, each with its modules.
    fn targets(&self) -> Vec<(String, Vec<String>)> {
        let Some(targets) = self.file("targets") else {
            let roots = self.modules().filter(|name| !name.contains('/'));
            return vec![("case".to_owned(), roots.map(str::to_owned).collect())];
        };
        let target = |line: &str| {
            let (name, files) = line.split_once('=').unwrap_or_else(|| panic!("no target: {line}"));
            (name.trim().to_owned(), files.split_whitespace().map(str::to_owned).collect())
        };
        targets.lines().filter(|line| !line.trim().is_empty()).map(target).collect()
    }

    /// Looks for everything, with the given `lib` or, where there is none, in the text alone.
    ///
    /// # Panics
    /// If the case cannot be made or asked.
    pub fn check(&self, nix: &TestNix, lib: Option<&TestLib>) -> Findings {
        let folder = tempfile::tempdir().expect("a folder");
        let declared = repository().join("fixtures/rules/options.nix");
        std::fs::copy(declared, folder.path().join("declared.nix")).expect("a copy");
        for (name, text) in self.files.iter().filter(|(name, _)| name.ends_with(".nix")) {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, text).expect("written");
        }
        let mine = self.modules().filter(|name| !name.starts_with("other"));
        let own: Vec<String> = mine.chain(["none.nix"]).map(|name| format!("{name:?}")).collect();
        let mut config = format!("own = [{}]\n{}\n", own.join(", "), self.file("mkwhy.toml").unwrap_or_default());
        for (name, files) in self.targets() {
            let lib = lib.map_or_else(|| "<nixpkgs>".to_owned(), |lib| lib.nixpkgs.join("lib").display().to_string());
            let modules: String = files.iter().map(|file| format!(" ./{file}")).collect();
            write!(
                config,
                "[[target]]\nname = {name:?}\nexpression = '''(import {lib}).evalModules {{ modules = [ ./declared.nix{modules} ]; }}'''\n"
            )
            .expect("text");
        }
        std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
        let workspace = open(folder.path(), nix);
        let check = Check { all_targets: true, syntax: lib.is_none(), ..Check::default() };
        let findings = block_on(async { workspace.check(&workspace.targets().await?, &check).await });
        findings.unwrap_or_else(|error| panic!("{}: {error} {:?}", self.title, error.trace()))
    }

    /// The case with these marks in place of those that it has.
    ///
    /// # Panics
    /// If a finding stands nowhere in it.
    pub fn marked(&self, findings: &[Finding]) -> String {
        let several = self.file("targets").is_some();
        let mut marks: BTreeMap<(&str, u32), Vec<String>> = BTreeMap::new();
        for finding in findings {
            let text = self.file(&finding.site.at.file).unwrap_or_else(|| panic!("{}: {finding:?}", self.title));
            let line = finding.site.at.line.unwrap_or(0);
            marks.entry((&finding.site.at.file, line)).or_default().push(mark(text, finding, several));
        }
        let mut marked = format!("== {}\n", self.title);
        for (name, text) in &self.files {
            writeln!(marked, "#- {name}").expect("text");
            let lines = [""].into_iter().chain(text.split_inclusive('\n'));
            for (number, line) in (0..).zip(lines) {
                marked.push_str(line);
                for mark in marks.get(&(name.as_str(), number)).into_iter().flatten() {
                    writeln!(marked, "{mark}").expect("text");
                }
            }
        }
        marked
    }

    /// How many of the findings are of one rule.
    pub fn count(findings: &[Finding], code: &str) -> usize {
        findings.iter().filter(|finding| finding.code == code).count()
    }
}

fn mark(text: &str, finding: &Finding, several: bool) -> String {
    let span = finding.site.range().map(|range| {
        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[range.clone()].find('\n').map_or(range.end, |at| range.start + at);
        (range.start - start, end - start)
    });
    let place = match span {
        Some((start, end)) if start > 0 => format!("#{}{}", " ".repeat(start - 1), "^".repeat(end - start)),
        Some((start, end)) => format!("# @{}-{}", start + 1, end),
        None => format!("# @{}", finding.site.at.column.unwrap_or(0)),
    };
    let level = match rule(&finding.code) {
        Some(rule) if rule.level == finding.level => String::new(),
        _ => format!(" ({})", finding.level),
    };
    let targets = match (several, finding.everywhere) {
        (false, _) => String::new(),
        (true, true) => format!(" [{} all]", finding.targets.join(" ")),
        (true, false) => format!(" [{}]", finding.targets.join(" ")),
    };
    format!("{place} {}{level}{targets}: {}", finding.code, finding.message)
}
