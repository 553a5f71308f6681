//! Findings as annotations of a GitHub workflow: commands that the runner reads from standard output.

use std::fmt::Write as _;

use mkwhy::{Findings, Level, Site, Texts};

use crate::region::Region;
use crate::render::check::{remarks, summary, with_remarks};
use crate::render::text::harmless;
use crate::repository::Repository;

/// The annotations from a level up, and a line for the log that counts them.
pub fn annotations(findings: &Findings, show: Level, texts: &Texts, repository: &Repository) -> String {
    let mut page = String::new();
    for checked in &findings.targets {
        let Some(failure) = checked.failure() else { continue };
        let site = failure.at.as_ref().map(|at| Site { at: at.clone(), span: None });
        let place = site.map(|site| place(&site, texts, repository)).unwrap_or_default();
        let title = format!("{} was not evaluated", checked.target);
        command(&mut page, "error", place, &title, &failure.text);
    }
    for finding in findings.findings.iter().filter(|finding| finding.level >= show) {
        let mut message = with_remarks(&finding.message, remarks(finding, &findings.targets));
        for other in &finding.related {
            let _ = write!(message, "\n{}: {}", other.site.at, other.message);
        }
        let kind = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Information | Level::Hint => "notice",
        };
        command(&mut page, kind, place(&finding.site, texts, repository), &finding.code, &message);
    }
    page.push_str(&harmless(&summary(findings, show)));
    page.push('\n');
    page
}

/// Where it is. GitHub takes columns only of what begins and ends on one line.
fn place(site: &Site, texts: &Texts, repository: &Repository) -> Vec<(&'static str, String)> {
    let mut place = vec![("file", repository.name(&site.at.file))];
    let Some(region) = Region::of(site, texts.get(&site.at.file)) else { return place };
    place.push(("line", region.line.to_string()));
    let Some(exact) = region.exact else { return place };
    place.push(("endLine", exact.end_line.to_string()));
    if exact.end_line == region.line {
        place.push(("col", exact.column.to_string()));
        place.push(("endColumn", exact.end_column.to_string()));
    }
    place
}

fn command(page: &mut String, kind: &str, place: Vec<(&'static str, String)>, title: &str, message: &str) {
    let title = ("title", title.to_owned());
    let properties: Vec<String> =
        place.into_iter().chain([title]).map(|(name, value)| format!("{name}={}", property(&value))).collect();
    let _ = writeln!(page, "::{kind} {}::{}", properties.join(","), data(message));
}

/// The text of a command: it ends with its line.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(harmless).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which also ends at what stands between properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use mkwhy::Finding;

    use super::*;
    use crate::render::samples::{self, finding, findings, site, texts};

    fn written(findings: &Findings) -> String {
        annotations(findings, Level::Information, &texts(), &Repository::default())
    }

    #[test]
    fn a_workflow_gets_one_line_for_each() {
        expect![[r#"
            ::error file=hosts/laptop.nix,line=2,title=nixosConfigurations.laptop was not evaluated::attribute 'x' missing%0Ain a set
            ::notice file=hosts/a b.nix,title=unknown-option::there is no option `x` (in all 2 targets)
            ::warning file=modules/nix.nix,line=3,endLine=3,col=3,endColumn=26,title=shadowed-definition::`nix.settings.cores` = `4` does not count: mkForce 50 at modules/security/nix-daemon.nix:61 (`2`) is stronger (in forge, the only target that evaluates)%0Amodules/security/nix-daemon.nix:61:7: this one decides%0Amodules/nix.nix:5:24: shadowed at mkDefault 1000: `4`
            ::warning file=modules/nix.nix,line=7,endLine=12,title=dropped-contribution::this list adds nothing to `nix.settings.trusted-users` (in laptop, the only target that has it; guess, from the text alone)
            ::error file=modules/security/nix-daemon.nix,line=3,title=wrong-type::the value is no list ](of what): 100%25 (in all 2 targets)
            1 error, 2 warnings, 1 for information found in forge and laptop; of laptop, which did not evaluate, only text was read; not shown: 1 hint (--show hint), 2 allowed, 7 known to the baseline
        "#]].assert_eq(&written(&findings()));
    }

    #[test]
    fn nothing_in_a_finding_ends_a_property_or_begins_a_command() {
        let mut found = findings();
        found.targets.truncate(1);
        let mut odd = finding("x", Level::Warning, site("lib"), "50%\r\n::error::no\u{1b}[2J");
        odd.site.at.file = "a,b:c%.nix".into();
        found.findings = vec![Finding { related: vec![samples::related(site("lib"), "and\nthis")], ..odd }];
        let page = written(&found);
        assert_eq!(
            page.lines().next(),
            Some(
                "::warning file=a%2Cb%3Ac%25.nix,line=1,title=x::50%25%0A::error::no\u{fffd}[2J%0A\
                 modules/nix.nix:1:3: and%0Athis"
            )
        );
        assert_eq!(page.lines().count(), 2);
    }

    #[test]
    fn a_configuration_in_a_folder_of_the_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("nixos")).expect("a folder");
        std::fs::write(folder.path().join(".git"), "").expect("written");
        let repository = Repository::around(&folder.path().join("nixos"));
        let page = annotations(&findings(), Level::Error, &texts(), &repository);
        assert!(page.contains("file=nixos/modules/security/nix-daemon.nix,line=3,title=wrong-type::"), "{page}");
    }
}
