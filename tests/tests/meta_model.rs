//! What the tests of the language server hold its messages against must itself be right, and must refuse what is wrong.

use mkwhy_tests::lsp::MetaModel;
use mkwhy_tests::part;
use serde_json::{Value, json};

#[track_caller]
fn accepts(name: &str, value: &Value) {
    if let Err(wrong) = MetaModel::published().check_type(name, value) {
        panic!("{name}: {wrong}");
    }
}

#[track_caller]
fn refuses(name: &str, value: &Value, at: &str) {
    match MetaModel::published().check_type(name, value) {
        Ok(()) => panic!("{name} accepts {value}"),
        Err(wrong) => assert_eq!(wrong.at, format!("{name}{at}"), "{wrong}"),
    }
}

#[test]
fn it_has_the_published_form() {
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(part("lsp-3.17").join(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
    };
    let schema = jsonschema::validator_for(&read("metaModel.schema.json")).expect("a schema");
    let model = read("metaModel.json");
    if let Err(wrong) = schema.validate(&model) {
        panic!("{}: {wrong}", wrong.instance_path);
    }
    let methods: Vec<&str> =
        model["requests"].as_array().expect("requests").iter().filter_map(|it| it["method"].as_str()).collect();
    for method in ["initialize", "textDocument/hover", "textDocument/inlayHint", "callHierarchy/incomingCalls"] {
        assert!(methods.contains(&method), "{method}");
    }
}

fn range(line: i64, start: i64, end: i64) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

#[test]
fn structures_are_closed_and_whole() {
    let good = json!({ "range": range(1, 2, 3), "message": "m", "severity": 1, "code": "c", "tags": [1, 2] });
    accepts("Diagnostic", &good);
    let with = |name: &str, value: Value| {
        let mut diagnostic = good.clone();
        diagnostic[name] = value;
        diagnostic
    };
    refuses("Diagnostic", &with("surprise", json!(1)), ".surprise");
    refuses("Diagnostic", &with("severity", json!(5)), ".severity");
    refuses("Diagnostic", &with("severity", json!("Error")), ".severity");
    refuses("Diagnostic", &with("tags", json!([3])), ".tags.0");
    refuses("Diagnostic", &with("message", Value::Null), ".message");
    refuses("Diagnostic", &with("range", range(-1, 0, 0)), ".range.end.line");
    refuses("Diagnostic", &with("range", range(4_294_967_295, 0, 0)), ".range.end.line");
    refuses("Diagnostic", &with("codeDescription", json!({ "href": "no uri" })), ".codeDescription.href");
    refuses("Diagnostic", &json!({ "range": range(0, 0, 0) }), "");
    refuses("Diagnostic", &json!([]), "");
}

#[test]
fn what_is_inherited_counts() {
    let result =
        json!({ "capabilities": { "inlayHintProvider": { "resolveProvider": true, "workDoneProgress": false } } });
    accepts("InitializeResult", &result);
    let wrong = json!({ "capabilities": { "inlayHintProvider": { "resolveProvider": "yes" } } });
    refuses("InitializeResult", &wrong, ".capabilities.inlayHintProvider.resolveProvider");
    let wrong = json!({ "capabilities": { "diagnosticProvider": { "interFileDependencies": true } } });
    refuses("InitializeResult", &wrong, ".capabilities.diagnosticProvider");
}

#[test]
fn unions_speak_of_the_case_that_fits_best() {
    accepts("InlayHint", &json!({ "position": { "line": 0, "character": 0 }, "label": "text" }));
    let part = json!({ "value": "v", "location": { "uri": "file:///a.nix", "range": range(0, 0, 0) } });
    accepts("InlayHint", &json!({ "position": { "line": 0, "character": 0 }, "label": [part] }));
    let wrong = json!({ "position": { "line": 0, "character": 0 }, "label": [{ "value": "v", "href": "x" }] });
    refuses("InlayHint", &wrong, ".label.0.href");
}

#[test]
fn messages_are_known_and_go_the_right_way() {
    let model = MetaModel::published();
    let show = json!({ "type": 1, "message": "m" });
    assert!(model.check_notification("window/showMessage", Some(&show)).is_ok());
    assert!(model.check_notification("window/showMessage", None).is_err(), "without parameters");
    assert!(model.check_notification("window/showMessage", Some(&json!({ "type": 9, "message": "m" }))).is_err());
    assert!(model.check_notification("window/shout", Some(&show)).is_err(), "unknown");
    assert!(model.check_notification("initialized", Some(&json!({}))).is_err(), "a client's");
    assert!(model.check_request("workspace/inlayHint/refresh", None).is_ok());
    assert!(model.check_request("textDocument/hover", Some(&json!({}))).is_err(), "a client's");
    let progress = |value: Value| json!({ "token": "t", "value": value });
    let begin = progress(json!({ "kind": "begin", "title": "t" }));
    assert!(model.check_notification("$/progress", Some(&begin)).is_ok());
    assert!(model.check_notification("$/progress", Some(&progress(json!({ "kind": "begin" })))).is_err());
    assert!(model.check_notification("$/progress", Some(&progress(json!({ "kind": "middle" })))).is_err());
    assert!(model.check_result("textDocument/hover", &Value::Null).is_ok());
    assert!(model.check_result("textDocument/hover", &json!({ "contents": 3 })).is_err());
    assert!(model.check_result("textDocument/documentLink", &json!({})).is_err());
}

#[test]
fn what_is_registered_is_looked_at() {
    let register = |method: &str, options: Value| {
        let registration = json!({ "id": "1", "method": method, "registerOptions": options });
        MetaModel::published()
            .check_request("client/registerCapability", Some(&json!({ "registrations": [registration] })))
    };
    let watched = "workspace/didChangeWatchedFiles";
    assert!(register(watched, json!({ "watchers": [{ "globPattern": "**/*.nix" }] })).is_ok());
    assert!(register(watched, json!({ "watchers": [{ "glob": "**/*.nix" }] })).is_err());
    assert!(register("workspace/didWatch", json!({})).is_err());
}
