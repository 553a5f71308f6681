//! Much at once, and what no client should send.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mkwhy_tests::lsp::{Client, at, uri, whole};
use serde_json::{Value, json};

use crate::fixture::{Small, counting_nix, evaluations};
use crate::server;

/// So many modules are others on the other branch.
const MODULES: usize = 200;

/// The files of a branch, besides those of [`Small`].
fn branch(small: &Small, other: bool) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let numbers = if other { MODULES / 2..MODULES + MODULES / 2 } else { 0..MODULES };
    let imports: Vec<String> = numbers.clone().map(|number| format!("./parts/{number}.nix")).collect();
    files.insert(small.file("forge.nix"), format!("{{ imports = [ {} ]; }}\n", imports.join(" ")));
    for number in numbers {
        let text = match other {
            false => {
                format!("{{ lib, ... }}:\n{{ users = [ \"u{number}\" ]; jobs = lib.mkOverride {} 1; }}\n", 200 + number)
            }
            true => format!(
                "{{ lib, ... }}:\n\n{{ users = lib.mkForce [ \"v{number}\" ]; cores = lib.mkOverride {number} 1; }}\n"
            ),
        };
        files.insert(small.file(&format!("parts/{number}.nix")), text);
    }
    files
}

/// Takes the files of one branch away and puts those of the other there; what a client is told of that.
fn switch(from: &BTreeMap<PathBuf, String>, to: &BTreeMap<PathBuf, String>) -> Vec<(PathBuf, u8)> {
    let gone = from.keys().filter(|file| !to.contains_key(*file));
    let gone: Vec<(PathBuf, u8)> = gone.map(|file| (file.clone(), 3)).collect();
    gone.iter().for_each(|(file, _)| std::fs::remove_file(file).expect("removed"));
    let mut told = gone;
    for (file, text) in to {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
        told.push((file.clone(), if from.contains_key(file) { 2 } else { 1 }));
    }
    told
}

/// The diagnostics of every file that has some.
fn problems(client: &Client) -> BTreeMap<String, Value> {
    let mut all = client.diagnostics_now();
    all.retain(|_, told| told != &json!([]));
    for finding in all.values_mut().filter_map(Value::as_array_mut).flatten().filter_map(Value::as_object_mut) {
        finding.remove("data");
    }
    all
}

#[test]
fn a_branch_that_changes_two_hundred_modules() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, calls) = counting_nix(tools.path());
    let (main, other) = (branch(&small, false), branch(&small, true));
    switch(&BTreeMap::new(), &main);
    let mut client = server(&[small.path()]).options(json!({ "nix": nix, "target": "forge" })).run();
    let (a, part) = (small.file("a.nix"), small.file("parts/150.nix"));
    client.open(&a);
    client.open(&part);
    client.wait_status(small.path(), "evaluated");
    let per_evaluation = evaluations(&calls);
    let seen = |client: &mut Client| [client.hints(&a), client.hints(&part)];
    let before = seen(&mut client);
    assert!(before[0].contains(&"5: 1 of 201 merged".to_owned()), "{before:?}");
    assert!(before[0].iter().any(|hint| hint.starts_with("4: lost to parts/0.nix:2 · mkOverride 200")), "{before:?}");
    // What is told of so many files takes a while.
    let settled = |client: &Client| {
        let mut all = problems(client);
        loop {
            std::thread::sleep(Duration::from_secs(2));
            let now = problems(client);
            if std::mem::replace(&mut all, now) == all {
                return all;
            }
        }
    };
    let told = settled(&client);
    assert!(told.len() > MODULES / 2, "{}", told.len());

    for (number, (from, to)) in [(&main, &other), (&other, &main)].into_iter().enumerate() {
        let asked = evaluations(&calls);
        let changed = switch(from, to);
        let text = &to[&part];
        client.changed_on_disk(&changed);
        client.change(&part, i32::try_from(number).expect("few") + 2, text);
        // In the meantime it answers.
        let began = Instant::now();
        for _ in 0..5 {
            seen(&mut client);
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
        client.wait_status(small.path(), "evaluated");
        let asked = evaluations(&calls) - asked;
        assert!((1..=2 * per_evaluation).contains(&asked), "{asked} calls, {per_evaluation} for one evaluation");
        let after = seen(&mut client);
        if number == 0 {
            assert!(
                after[0].iter().any(|hint| hint.starts_with("5: lost to ") && hint.contains("mkForce 50")),
                "{after:?}"
            );
            assert!(after[1].contains(&"3: 1 of 200 merged".to_owned()), "{after:?}");
        } else {
            assert_eq!(after, before);
            // What is found is told some time after the status.
            let until = Instant::now() + Duration::from_secs(60);
            while problems(&client) != told {
                assert!(Instant::now() < until, "as if nothing had been: {:?}", problems(&client));
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
    assert_eq!(client.shown(), Vec::<String>::new());
    client.end();
}

/// Whatever stands in a request, it is answered, and never with an error of the server's own.
#[test]
fn odd_requests_are_answered() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let good = client.hints(&file);
    let far = u32::MAX;
    let places = [(0, 0), (2, far), (far, 0), (far, far), (4, 3)];
    let documents = [
        uri(&file).to_string(),
        uri(&small.file("nowhere.nix")).to_string(),
        uri(&small.file("mkwhy.toml")).to_string(),
        uri(small.path()).to_string(),
        "untitled:a".to_owned(),
        "file:///".to_owned(),
        "file://elsewhere/a.nix".to_owned(),
        "file:///a%00b%ff.nix".to_owned(),
    ];
    let long = "a.".repeat(20_000) + "a";
    let paths = [
        "",
        ".",
        "a..b",
        "\"",
        "\"a",
        "users.[0]",
        "users.[99999999999999999999]",
        "users.*",
        "é.😀",
        "cores.x",
        &long,
    ];
    let mut sent: Vec<(&str, Value)> = Vec::new();
    for document in &documents {
        let identifier = json!({ "uri": document });
        for (line, character) in places {
            let position = json!({ "line": line, "character": character });
            let range = json!({ "start": position, "end": { "line": 0, "character": 1 } });
            for method in ["hover", "definition", "declaration", "implementation", "completion", "prepareCallHierarchy"]
            {
                let method = ["textDocument/", method].concat();
                sent.push((method.leak(), json!({ "textDocument": identifier, "position": position })));
            }
            sent.push((
                "textDocument/references",
                json!({ "textDocument": identifier, "position": position, "context": { "includeDeclaration": true } }),
            ));
            sent.push(("textDocument/inlayHint", json!({ "textDocument": identifier, "range": range })));
            sent.push((
                "textDocument/codeAction",
                json!({ "textDocument": identifier, "range": range, "context": { "diagnostics": [] } }),
            ));
            sent.push(("mkwhy/cascade", json!({ "textDocument": identifier, "position": position })));
            sent.push(("mkwhy/fixes", json!({ "textDocument": identifier, "position": position })));
            let item = json!({ "name": "x", "kind": 2, "uri": document, "range": range, "selectionRange": range });
            sent.push(("callHierarchy/incomingCalls", json!({ "item": item })));
            sent.push(("callHierarchy/outgoingCalls", json!({ "item": item })));
        }
        for method in [
            "textDocument/documentSymbol",
            "textDocument/foldingRange",
            "textDocument/documentLink",
            "textDocument/codeLens",
            "mkwhy/items",
            "mkwhy/imports",
            "mkwhy/text",
        ] {
            sent.push((method, json!({ "textDocument": identifier })));
        }
        for method in ["mkwhy/duplicates", "mkwhy/targets", "mkwhy/options", "mkwhy/modules"] {
            sent.push((method, json!({ "uri": document })));
        }
        for path in paths {
            sent.push(("mkwhy/cascade", json!({ "textDocument": identifier, "option": path })));
            sent.push(("mkwhy/fixes", json!({ "textDocument": identifier, "option": path })));
            sent.push(("mkwhy/children", json!({ "uri": document, "path": path })));
            sent.push(("mkwhy/setTarget", json!({ "uri": document, "target": format!("no {path}") })));
        }
    }
    for text in paths {
        sent.push(("workspace/symbol", json!({ "query": text })));
        sent.push(("mkwhy/rule", json!({ "code": text })));
        sent.push(("mkwhy/proof", json!({ "id": text })));
        sent.push((
            "workspace/executeCommand",
            json!({ "command": text, "arguments": [text, null, { "target": text }] }),
        ));
        sent.push(("codeAction/resolve", json!({ "title": text, "data": text })));
        sent.push(("codeAction/resolve", json!({ "title": text, "data": { "id": text } })));
        sent.push((
            "inlayHint/resolve",
            json!({ "position": { "line": 0, "character": i32::MAX }, "label": text, "data": text }),
        ));
    }
    for method in ["textDocument/hover", "mkwhy/cascade", "mkwhy/targets", "mkwhy/proof", "textDocument/inlayHint"] {
        for nonsense in [json!({}), json!([]), json!({ "textDocument": 3 }), json!({ "uri": "no uri" })] {
            sent.push((method, nonsense));
        }
    }
    sent.push(("mkwhy/nothing", json!({})));
    let mut answered = 0;
    for (method, params) in &sent {
        let id = client.send_request(method, params.clone());
        // The server itself waits for Nix for 20 s.
        if let Err(failure) = client.answer_within(id, Duration::from_secs(60)) {
            let told: String = params.to_string().chars().take(200).collect();
            assert_ne!(failure.code, -32603, "{method} {told}: {failure:?}");
            assert!(!failure.message.is_empty(), "{method} {told}");
        } else {
            answered += 1;
        }
    }
    assert!(sent.len() > 900 && answered > sent.len() / 2, "{answered} of {}", sent.len());

    // Notifications that are none of its documents, or beyond them.
    let version = |file: &str, version: i32| json!({ "uri": file, "version": version });
    let edit = |line: u32, character: u32| json!({ "range": { "start": { "line": line, "character": character }, "end": { "line": line, "character": far } }, "text": "" });
    for (file, change) in
        [(documents[1].as_str(), edit(0, 0)), ("untitled:a", edit(0, 0)), (&documents[0], edit(far, far))]
    {
        client
            .notify("textDocument/didChange", json!({ "textDocument": version(file, 2), "contentChanges": [change] }));
    }
    for method in ["textDocument/didSave", "textDocument/didClose"] {
        client.notify(method, json!({ "textDocument": { "uri": documents[1] } }));
    }
    client.notify("window/workDoneProgress/cancel", json!({ "token": "mkwhy/evaluation/1/nowhere" }));
    client.notify("$/somethingNew", json!({}));
    assert_eq!(client.hints(&file), good);
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("`cores`")), "{hover}");
    assert!(client.ask("textDocument/inlayHint", whole(&file)).is_array());
    client.end();
}
