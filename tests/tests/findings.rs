//! What the rules find in the fixtures, one line each: every one was looked at. `UPDATE_EXPECT=1` writes the lists anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use mkwhy::{Check, Finding, Findings, Knowledge, Workspace};
use mkwhy_tests::sets::{EIGHT, kernelcore_flake};
use mkwhy_tests::told::{told, without_store};
use mkwhy_tests::{TestLib, TestNix, block_on, copy_folder, libs, nixes, open, repository};

fn check(workspace: &Workspace) -> Findings {
    let check = Check { all_targets: true, ..Check::default() };
    let findings = block_on(async { workspace.check(&workspace.targets().await?, &check).await });
    findings.unwrap_or_else(|error| panic!("{error} {:?}", error.trace()))
}

#[track_caller]
fn expect(file: &str, lines: &str, whose: &str, may_update: bool) {
    let file = repository().join(file);
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected == lines {
        return;
    }
    if may_update && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(file, lines).expect("written");
        return;
    }
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (expected.lines().collect(), lines.lines().collect());
    let mut report = format!("{} ({whose})\n", file.display());
    old.difference(&new).for_each(|line| writeln!(report, "- {line}").expect("text"));
    new.difference(&old).for_each(|line| writeln!(report, "+ {line}").expect("text"));
    panic!("{report}");
}

/// The files that findings name, of rules and options.
fn named(findings: &[Finding], is: impl Fn(&Finding) -> bool) -> BTreeSet<&str> {
    findings
        .iter()
        .filter(|finding| is(finding))
        .flat_map(|finding| [&finding.site].into_iter().chain(finding.related.iter().map(|related| &related.site)))
        .map(|site| site.at.file.as_str())
        .collect()
}

fn kernelcore_with(nix: &TestNix, may_update: bool) {
    let folder = kernelcore_flake();
    let Findings { findings, targets, notes, allowed, .. } = check(&open(folder.path(), nix));
    assert_eq!((targets.len(), allowed), (3, 0));
    assert!(targets.iter().all(|target| target.known == Knowledge::Evaluated), "{targets:?}");
    let about = |finding: &Finding, option: &str| {
        finding.option.as_ref().is_some_and(|path| path.to_string().starts_with(option))
    };
    let found = |code: &str, option: &str| named(&findings, |finding| finding.code == code && about(finding, option));

    // The eight. One of them is switched on nowhere, and so says only that.
    let settings = named(&findings, |finding| about(finding, "nix.settings"));
    let unused = found("inactive-definition", "");
    let builder = "modules/services/laptop-builder-client.nix";
    for module in EIGHT {
        let told = settings.contains(module)
            || findings
                .iter()
                .any(|found| found.site.at.file == module && found.code == "inactive-definition" && found.everywhere);
        assert!(told, "{module}: {settings:?} {unused:?}");
    }
    assert!(!settings.contains(builder), "{builder} is off in all three");
    // The two that update ClamAV's signatures.
    let pair = BTreeSet::from(["modules/security/clamav.nix", "sec/hardening.nix"]);
    for option in ["daemon.enable", "updater.enable", "updater.interval", "updater.frequency"] {
        assert_eq!(found("redundant-definition", &format!("services.clamav.{option}")), pair, "{option}");
    }
    // The trap: what the base gives is lost, in each of the hosts.
    let trap: Vec<&Finding> = findings
        .iter()
        .filter(|found| found.code == "dropped-contribution" && about(found, "nix.settings.trusted-users"))
        .filter(|found| found.site.at.file == "modules/core/nix-base.nix")
        .collect();
    let hosts: BTreeSet<&str> = trap.iter().flat_map(|found| &found.targets).map(String::as_str).collect();
    assert_eq!(hosts.len(), 3, "{trap:?}");
    assert!(trap.iter().any(|found| found.message.contains("\"root\", \"@wheel\" are lost")), "{trap:?}");
    // The contradiction, in the one host that has it.
    let refused: Vec<&Finding> = findings.iter().filter(|found| found.level == mkwhy::Level::Error).collect();
    let [refused] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!(
        (refused.code.as_str(), refused.targets.join(" ").as_str()),
        ("conflicting-definitions", "nixosConfigurations.contradiction")
    );
    assert!(about(refused, "nix.settings.max-jobs"));

    // And nothing else than this.
    let mut lines = String::new();
    for finding in &findings {
        writeln!(lines, "{}", without_store(&told(finding))).expect("text");
    }
    notes.iter().for_each(|note| writeln!(lines, "note: {note}").expect("text"));
    expect("fixtures/kernelcore/findings.txt", &lines, nix.name, may_update);
}

#[test]
fn kernelcore_with_the_distributions_nix() {
    kernelcore_with(&nixes()[0], true);
}

#[test]
fn kernelcore_with_a_newer_nix() {
    kernelcore_with(&nixes()[1], false);
}

/// What is found in one of the hand-written cases.
fn found_in(case: &Path, nix: &TestNix, lib: &TestLib) -> Vec<String> {
    let scratch = tempfile::tempdir().expect("a folder");
    copy_folder(case, scratch.path());
    let config = format!(
        "[[target]]\nname = \"case\"\nfile = \"default.nix\"\narguments = {{ lib = \"import {}\" }}\n",
        lib.nixpkgs.join("lib").display()
    );
    std::fs::write(scratch.path().join("mkwhy.toml"), config).expect("written");
    let findings = check(&open(scratch.path(), nix));
    for target in &findings.targets {
        assert_eq!(target.known, Knowledge::Evaluated, "{}: {:?}", case.display(), target.trace);
    }
    findings.findings.iter().map(|finding| without_lib(&told(finding), lib)).collect()
}

/// Where `lib` declares an option is not the case's.
fn without_lib(text: &str, lib: &TestLib) -> String {
    text.replace(&lib.nixpkgs.display().to_string(), "<nixpkgs>")
}

/// The case in which versions of Nix give other places for names that are inherited; it is compared with one alone.
const INHERITED: &str = "inherit-definitions";

/// What the list says of a case.
fn listed(case: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join("fixtures/cases/findings.txt")).expect("the list");
    let lines = text.lines().skip_while(|line| *line != case).skip(1);
    lines.map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}

fn cases_with(nix: &TestNix, lib: &TestLib, may_update: bool) {
    let folder = repository().join("fixtures/cases");
    let mut cases: Vec<_> =
        std::fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("an entry").path()).collect();
    cases.retain(|case| {
        let expected = std::fs::read_to_string(case.join("expected.toml"));
        expected.is_ok_and(|text| !text.contains("min-lib"))
    });
    cases.sort();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in &cases {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        found.insert(name, found_in(case, nix, lib));
    }
    if !may_update {
        found.insert(INHERITED.to_owned(), listed(INHERITED));
    }
    let mut lines = String::new();
    for (case, findings) in &found {
        writeln!(lines, "{case}").expect("text");
        findings.iter().for_each(|finding| writeln!(lines, "  {finding}").expect("text"));
    }
    assert!(found.len() > 50, "{}", found.len());
    expect("fixtures/cases/findings.txt", &lines, &format!("{}, {}", nix.name, lib.name), may_update);
}

#[test]
fn cases_with_the_distributions_nix() {
    cases_with(&nixes()[0], &libs()[0], true);
}

#[test]
fn cases_with_a_newer_nix() {
    cases_with(&nixes()[1], &libs()[1], false);
}
