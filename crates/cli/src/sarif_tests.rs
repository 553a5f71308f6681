//! SARIF against the standard's own schema, and what the schema does not say.

use expect_test::expect;
use mkwhy::{Finding, Findings, Level, RULES, Texts};
use serde_json::{Value, json};

use super::*;
use crate::render::samples::{finding, findings, related, site, texts};

fn log_of(findings: &Findings, texts: &Texts, compared: bool, status: Status) -> Value {
    let repository = Repository::default();
    let sarif = Sarif { show: Level::Hint, texts, repository: &repository, compared, status };
    serde_json::from_str(&sarif.log(findings)).expect("SARIF is JSON")
}

fn log() -> Value {
    log_of(&findings(), &texts(), true, Status::Evaluation)
}

/// The result of a rule.
#[track_caller]
fn result<'a>(log: &'a Value, code: &str) -> &'a Value {
    let results = log["runs"][0]["results"].as_array().expect("results");
    results.iter().find(|result| result["ruleId"] == code).expect("it was found")
}

/// The standard's schema, from where `cargo xtask setup` puts it: without it this fails.
fn validator() -> jsonschema::Validator {
    let schema = std::fs::read_to_string(mkwhy_tests::part("sarif-2.1.0/schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("a schema is JSON");
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one")
}

#[test]
fn every_log_fits_the_schema_of_the_standard() {
    let validator = validator();
    let mut nothing = findings();
    nothing.findings.clear();
    nothing.targets.clear();
    let logs = [
        log(),
        log_of(&findings(), &Texts::default(), false, Status::Denied),
        log_of(&nothing, &texts(), false, Status::Found),
    ];
    for log in &logs {
        let errors: Vec<String> =
            validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{log:#}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let validator = validator();
    let refused = |change: fn(&mut Value)| {
        let mut log = log();
        change(&mut log);
        assert!(!validator.is_valid(&log), "{log:#}");
    };
    refused(|log| log["version"] = json!("2.0.0"));
    refused(|log| log["runs"][0]["columnKind"] = json!("bytes"));
    refused(|log| log["runs"][0]["results"][0]["level"] = json!("information"));
    refused(|log| log["runs"][0]["results"][0]["kind"] = json!("hint"));
    refused(|log| log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = json!(0));
    refused(|log| {
        let artifact = &mut log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        artifact["uri"] = json!("hosts/a b.nix");
    });
    refused(|log| {
        log["runs"][0]["invocations"][0].as_object_mut().expect("an object").remove("executionSuccessful");
    });
}

#[test]
fn a_result_has_everything_that_is_known() {
    let mut result = result(&log(), "shadowed-definition").clone();
    result.as_object_mut().expect("an object").remove("ruleIndex");
    let result = serde_json::to_string_pretty(&result).expect("JSON");
    expect![[r#"
        {
          "baselineState": "new",
          "kind": "fail",
          "level": "warning",
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "modules/nix.nix",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "byteLength": 23,
                  "byteOffset": 18,
                  "endColumn": 26,
                  "endLine": 3,
                  "startColumn": 3,
                  "startLine": 3
                }
              }
            }
          ],
          "message": {
            "text": "`nix.settings.cores` = `4` does not count: mkForce 50 at modules/security/nix-daemon.nix:61 (`2`) is stronger (in forge, the only target that evaluates)"
          },
          "partialFingerprints": {
            "mkwhy/v1": "ccbcf8d89c772655"
          },
          "properties": {
            "certain": true,
            "everywhere": false,
            "option": "nix.settings.cores",
            "targets": [
              "nixosConfigurations.forge"
            ]
          },
          "relatedLocations": [
            {
              "id": 1,
              "message": {
                "text": "this one decides"
              },
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "modules/security/nix-daemon.nix",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 61
                }
              }
            },
            {
              "id": 2,
              "message": {
                "text": "shadowed at mkDefault 1000: `4`"
              },
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "modules/nix.nix",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "byteLength": 27,
                  "byteOffset": 85,
                  "endColumn": 45,
                  "endLine": 5,
                  "startColumn": 18,
                  "startLine": 5
                }
              }
            }
          ],
          "ruleId": "shadowed-definition"
        }"#]].assert_eq(&result);
}

#[test]
fn a_target_that_did_not_evaluate_is_told_of() {
    let invocation = serde_json::to_string_pretty(&log()["runs"][0]["invocations"][0]).expect("JSON");
    expect![[r#"
        {
          "executionSuccessful": false,
          "exitCode": 4,
          "toolExecutionNotifications": [
            {
              "level": "error",
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "hosts/laptop.nix",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 2
                    }
                  }
                }
              ],
              "message": {
                "text": "nixosConfigurations.laptop was not evaluated: attribute 'x' missing\nin a set"
              }
            },
            {
              "level": "note",
              "message": {
                "text": "2 modules come from inputs"
              }
            }
          ]
        }"#]]
    .assert_eq(&invocation);
    let well = log_of(&findings(), &texts(), false, Status::Denied);
    assert_eq!(well["runs"][0]["invocations"][0]["executionSuccessful"], true);
    assert_eq!(well["runs"][0]["invocations"][0]["exitCode"], 5);
}

#[test]
fn columns_are_what_is_declared() {
    let log = log();
    assert_eq!(log["runs"][0]["columnKind"], "utf16CodeUnits");
    let region = &result(&log, "yielded-default")["locations"][0]["physicalLocation"]["region"];
    // `	"größe" = "日本"; ` is 18 characters and 24 bytes.
    assert_eq!((&region["startLine"], &region["startColumn"]), (&json!(5), &json!(18)));
    assert_eq!(region["byteLength"], "max-jobs = lib.mkDefault 4;".len());
}

#[test]
fn levels_and_kinds_go_together() {
    let log = log();
    let told = |code| {
        let result = result(&log, code);
        (result["level"].as_str().expect("a level"), result["kind"].as_str().expect("a kind"))
    };
    assert_eq!(told("wrong-type"), ("error", "fail"));
    assert_eq!(told("shadowed-definition"), ("warning", "fail"));
    assert_eq!(told("unknown-option"), ("note", "fail"));
    assert_eq!(told("yielded-default"), ("none", "informational"));
}

#[test]
fn a_rule_is_found_by_its_index() {
    let log = log();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), RULES.len());
    for result in log["runs"][0]["results"].as_array().expect("results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small number");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str().unwrap_or_default();
            assert!(!text.is_empty() && !text.contains('\u{1b}'), "{rule:#}");
        }
        assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.contains("## ")), "{rule:#}");
    }
}

#[test]
fn files_outside_of_the_repository_have_their_own_address() {
    let mut far = finding("wrong-type", Level::Error, site("lib"), "far away");
    far.related = vec![related(site("lib"), "here")];
    far.site.at.file = "/nix/store/a b#c/x.nix".into();
    let log = log_of(&Findings { findings: vec![far], ..findings() }, &texts(), false, Status::Denied);
    let result = result(&log, "wrong-type");
    let address = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(*address, json!({ "uri": "file:///nix/store/a%20b%23c/x.nix" }));
    let address = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(*address, json!({ "uri": "modules/nix.nix", "uriBaseId": ROOT }));
    assert!(result.get("baselineState").is_none(), "nothing was compared");
}

#[test]
fn brackets_of_nix_are_no_links() {
    let texts = texts();
    let told = |message: &str| {
        let found = Finding { targets: vec![], ..finding("wrong-type", Level::Error, site("lib"), message) };
        let mut all = Findings { findings: vec![found], ..findings() };
        all.targets.truncate(1);
        let log = log_of(&all, &texts, false, Status::Denied);
        result(&log, "wrong-type")["message"]["text"].as_str().expect("a message").to_owned()
    };
    assert_eq!(told("[ 1 ] (of 2)"), "[ 1 ] (of 2)");
    assert_eq!(told("f [1](2)"), "f \\[1\\](2)");
}

#[test]
fn only_what_is_to_be_shown() {
    let (texts, repository) = (texts(), Repository::default());
    let sarif =
        Sarif { show: Level::Warning, texts: &texts, repository: &repository, compared: false, status: Status::Denied };
    let log: Value = serde_json::from_str(&sarif.log(&findings())).expect("JSON");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(3));
}
