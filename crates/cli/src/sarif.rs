//! Findings as SARIF 2.1.0, for code scanning services and viewers.
//!
//! The types are written by hand: a check needs a small part of the standard, and the crate that has all of it
//! generates it in a build script that takes longer than the rest of the command together.

use std::collections::BTreeMap;

use mkwhy::{Checked, Finding, Findings, Fingerprint, Level, Position, RULES, Rule, Site, Texts};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;

use crate::exit::Status;
use crate::region::{Exact, Region};
use crate::render::check::{remarks, with_remarks};
use crate::render::page;
use crate::render::text::OUTSIDE_PATHS;
use crate::repository::Repository;

#[cfg(test)]
#[path = "sarif_tests.rs"]
mod tests;

/// What relative addresses start from.
const ROOT: &str = "%SRCROOT%";

/// How a check becomes SARIF.
#[derive(Debug)]
pub struct Sarif<'a> {
    /// The least level that is written.
    pub show: Level,
    /// What the findings speak of.
    pub texts: &'a Texts,
    /// How files are named.
    pub repository: &'a Repository,
    /// Whether a baseline was given, so that everything is new.
    pub compared: bool,
    /// How the command ends.
    pub status: Status,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    default_encoding: &'static str,
    column_kind: &'static str,
    results: Vec<ResultObject>,
    properties: RunProperties,
}

#[derive(Debug, Serialize)]
struct RunProperties {
    targets: Vec<String>,
    allowed: usize,
    known: usize,
}

#[derive(Debug, Serialize)]
struct Base {
    description: Text,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

/// A rule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: DescriptorProperties,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct DescriptorProperties {
    /// How GitHub sorts what has to do with correctness.
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

impl Text {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), markdown: None }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    properties: ResultProperties,
}

#[derive(Debug, Serialize)]
struct ResultProperties {
    option: Option<String>,
    targets: Vec<String>,
    everywhere: bool,
    certain: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<RegionObject>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionObject {
    start_line: u32,
    #[serde(flatten)]
    exact: Option<ExactObject>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExactObject {
    start_column: u32,
    end_line: u32,
    end_column: u32,
    byte_offset: usize,
    byte_length: usize,
}

impl Sarif<'_> {
    /// The text of the log.
    pub fn log(&self, findings: &Findings) -> String {
        let fingerprints = Fingerprint::all(&findings.findings, self.texts);
        let results = findings.findings.iter().zip(&fingerprints);
        let results = results.filter(|(finding, _)| finding.level >= self.show);
        let root = Base { description: Text::plain("The root of the repository that the configuration is in.") };
        let run = Run {
            tool: Tool { driver: driver() },
            invocations: [self.invocation(findings)],
            original_uri_base_ids: [(ROOT, root)].into(),
            default_encoding: "utf-8",
            column_kind: "utf16CodeUnits",
            results: results.map(|(finding, print)| self.result(finding, print, &findings.targets)).collect(),
            properties: RunProperties {
                targets: findings.targets.iter().map(|checked| checked.target.clone()).collect(),
                allowed: findings.allowed,
                known: findings.known,
            },
        };
        let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
        let log = Log { schema, version: "2.1.0", runs: [run] };
        // Plain data with keys that are strings always becomes JSON.
        let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
        text.push('\n');
        text
    }

    /// How the run went: a target that did not evaluate is a failure of it.
    fn invocation(&self, findings: &Findings) -> Invocation {
        let failures = findings.targets.iter().filter_map(|checked| {
            let failure = checked.failure()?;
            let site = failure.at.as_ref().map(|at| Site { at: at.clone(), span: None });
            Some(Notification {
                level: "error",
                message: message(&format!("{} was not evaluated: {}", checked.target, failure.text)),
                locations: site.iter().map(|site| self.location(site)).collect(),
            })
        });
        let notes = findings.notes.iter().map(|note| Notification {
            level: "note",
            message: message(note),
            locations: Vec::new(),
        });
        Invocation {
            execution_successful: self.status != Status::Evaluation,
            exit_code: self.status as u8,
            tool_execution_notifications: failures.chain(notes).collect(),
        }
    }

    fn result(&self, finding: &Finding, fingerprint: &Fingerprint, checked: &[Checked]) -> ResultObject {
        let related = finding.related.iter().enumerate().map(|(index, other)| Location {
            id: Some(index + 1),
            message: Some(message(&other.message)),
            ..self.location(&other.site)
        });
        ResultObject {
            rule_id: finding.code.clone(),
            rule_index: RULES.iter().position(|rule| rule.code == finding.code),
            // By the standard, what is as intended has no level.
            kind: if finding.level == Level::Hint { "informational" } else { "fail" },
            level: level(finding.level),
            message: message(&with_remarks(&finding.message, remarks(finding, checked))),
            locations: [self.location(&finding.site)],
            related_locations: related.collect(),
            partial_fingerprints: [("mkwhy/v1", fingerprint.word())].into(),
            baseline_state: self.compared.then_some("new"),
            properties: ResultProperties {
                option: finding.option.as_ref().map(ToString::to_string),
                targets: finding.targets.clone(),
                everywhere: finding.everywhere,
                certain: finding.certain,
            },
        }
    }

    fn location(&self, site: &Site) -> Location {
        let region = Region::of(site, self.texts.get(&site.at.file))
            .map(|region| RegionObject { start_line: region.line, exact: region.exact.map(exact) });
        let artifact_location = self.address(&site.at);
        Location { id: None, physical_location: PhysicalLocation { artifact_location, region }, message: None }
    }

    /// A file of the repository from its root, any other one in full.
    fn address(&self, at: &Position) -> ArtifactLocation {
        let name = self.repository.name(&at.file);
        let path = utf8_percent_encode(&name, OUTSIDE_PATHS);
        if name.starts_with('/') {
            return ArtifactLocation { uri: format!("file://{path}"), uri_base_id: None };
        }
        ArtifactLocation { uri: path.to_string(), uri_base_id: Some(ROOT) }
    }
}

fn exact(exact: Exact) -> ExactObject {
    ExactObject {
        start_column: exact.column,
        end_line: exact.end_line,
        end_column: exact.end_column,
        byte_offset: exact.bytes.start,
        byte_length: exact.bytes.len(),
    }
}

fn driver() -> Driver {
    let rules = RULES.iter().map(|rule| descriptor(rule)).collect();
    Driver { name: "mkwhy", semantic_version: env!("CARGO_PKG_VERSION"), rules }
}

fn descriptor(rule: &Rule) -> Descriptor {
    let text = page::plain(rule.page);
    let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    Descriptor {
        id: rule.code,
        short_description: Text::plain(rule.title),
        full_description: Text::plain(first.trim()),
        help: Text { text, markdown: Some(rule.page.to_owned()) },
        default_configuration: Configuration { level: level(rule.level) },
        properties: DescriptorProperties {
            severity: match rule.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Information | Level::Hint => "recommendation",
            },
        },
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Information => "note",
        Level::Hint => "none",
    }
}

/// A message. What looks like a link in it (`[ … ](…)`) is none, and is told so.
fn message(text: &str) -> Text {
    if !text.contains("](") {
        return Text::plain(text);
    }
    Text::plain(text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"))
}
