//! How a session begins, goes on under other settings, and ends.

use std::time::Duration;

use mkwhy_tests::lsp::{Encoding, at, uri, whole};
use serde_json::{Value, json};

use crate::fixture::{Small, counting_nix, evaluations, fake_nix, snapshot};
use crate::server;

#[test]
fn the_units_of_positions_are_agreed_upon() {
    let small = Small::new();
    // Behind the characters a definition, of which the column differs in all three.
    small.write("a.nix", "{ lib, ... }:\n{ users = [ \"é😀\" ]; cores = 4; }\n");
    let columns = |encoding: &str| match encoding {
        "utf-8" => 24,
        "utf-16" => 21,
        _ => 20,
    };
    let offers: [(Value, &str); 5] = [
        (json!(["utf-16"]), "utf-16"),
        (json!(["utf-8", "utf-16"]), "utf-8"),
        (json!(["utf-32"]), "utf-32"),
        (json!(["utf-16", "utf-32"]), "utf-16"),
        (Value::Null, "utf-16"),
    ];
    for (offered, agreed) in offers {
        let general = if offered.is_null() { json!({}) } else { json!({ "positionEncodings": offered }) };
        let options = json!({ "evaluate": "command" });
        let mut start = server(&[small.path()]).options(options);
        start = start.capabilities(json!({ "general": null })).capabilities(json!({ "general": general }));
        let mut client = start.run();
        assert_eq!(client.capabilities["positionEncoding"], agreed, "{offered}");
        let file = small.file("a.nix");
        client.open(&file);
        let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri(&file) } }));
        let cores = symbols.as_array().expect("symbols").iter().find(|it| it["name"] == "cores").expect("cores");
        assert_eq!(cores["selectionRange"]["start"], json!({ "line": 1, "character": columns(agreed) }), "{agreed}");
        let hover = client.ask("textDocument/hover", at(&file, 1, columns(agreed)));
        assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("`cores`")), "{agreed}: {hover}");
        client.end();
    }
    assert_eq!(Encoding::ALL.map(Encoding::name), ["utf-8", "utf-16", "utf-32"]);
}

#[test]
fn requests_before_and_after_are_refused() {
    let small = Small::new();
    let mut client = server(&[small.path()]).spawn();
    let early = client.request("textDocument/hover", at(&small.file("a.nix"), 0, 0)).expect_err("not yet");
    assert_eq!(early.code, -32002);
    client.initialize();
    let unknown = client.request("textDocument/unheardOf", json!({})).expect_err("unknown");
    assert_eq!(unknown.code, -32601);
    client.notify("$/unheardOf", json!({}));
    client.notify("mkwhy/unheardOf", json!({}));
    let wrong = client.request("textDocument/hover", json!({ "textDocument": 3 })).expect_err("wrong");
    assert_eq!(wrong.code, -32602);
    assert_eq!(client.request("shutdown", Value::Null), Ok(Value::Null));
    let late = client.request("textDocument/hover", at(&small.file("a.nix"), 0, 0)).expect_err("no more");
    assert_eq!(late.code, -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_end().code(), Some(0));
}

#[test]
fn the_exit_code_says_whether_it_was_asked_for() {
    let small = Small::new();
    // `exit` alone.
    let mut client = server(&[small.path()]).run();
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_end().code(), Some(1));
    // The client is gone.
    let mut client = server(&[small.path()]).run();
    client.hang_up();
    assert_eq!(client.wait_end().code(), Some(1));
    // Some clients send parameters where there are none, and some do not wait for the answer.
    let mut client = server(&[small.path()]).run();
    client.expect_answer(9000, "shutdown");
    client.send(&json!({ "jsonrpc": "2.0", "id": 9000, "method": "shutdown", "params": null }));
    client.send(&json!({ "jsonrpc": "2.0", "method": "exit", "params": {} }));
    assert_eq!(client.wait_end().code(), Some(0));
    assert_eq!(client.answered(9000), Some(Ok(Value::Null)), "it is answered all the same");
}

/// One body that is no message, or no JSON, ends nothing.
#[test]
fn what_is_no_message_is_answered_with_an_error() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    for (body, code) in [("{\"jsonrpc\": ", -32700), ("[1]", -32600)] {
        client.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        assert_eq!(client.wait_nobodys_error(), code, "{body}");
    }
    client.send_bytes(b"Content-Length: 2\r\n\r\n\xff\xfe");
    assert_eq!(client.wait_nobodys_error(), -32700);
    client.open(&small.file("a.nix"));
    assert!(!client.hints(&small.file("a.nix")).is_empty(), "everything else is answered");
    client.end();
}

#[test]
fn a_client_that_does_not_listen_any_more_is_gone() {
    use std::process::{Command, Stdio};
    let small = Small::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mkwhy"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("its input");
    let params = json!({ "capabilities": {}, "rootUri": uri(small.path()), "processId": null });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }).to_string();
    use std::io::Write as _;
    write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("written");
    let until = std::time::Instant::now() + Duration::from_secs(10);
    while child.try_wait().expect("a child").is_none() {
        assert!(std::time::Instant::now() < until, "the server ends");
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn nothing_is_left_of_an_evaluation_when_it_ends() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let temporary = tempfile::tempdir().expect("a folder");
    let nix = fake_nix(tools.path(), "sleep 1000 & sleep 1000");
    for way in ["shutdown", "exit", "hang up"] {
        let mut client = server(&[small.path()])
            .options(json!({ "nix": nix, "evaluate": "pause", "pause": 1 }))
            .environment("TMPDIR", temporary.path().to_string_lossy())
            .run();
        let file = small.file("a.nix");
        let text = client.open(&file);
        client.change(&file, 2, &text.replace("cores = 4", "cores = 5"));
        let copied = || std::fs::read_dir(temporary.path()).expect("readable").count();
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while copied() == 0 || client.children().len() < 2 {
            assert!(std::time::Instant::now() < until, "a private copy and Nix's children");
            std::thread::sleep(Duration::from_millis(10));
        }
        match way {
            "shutdown" => {
                client.ask("shutdown", Value::Null);
                client.notify("exit", Value::Null);
            }
            "exit" => client.notify("exit", Value::Null),
            _ => client.hang_up(),
        }
        // This also sees that no process is left.
        client.wait_end();
        assert_eq!(copied(), 0, "{way}: the private copy is gone");
    }
}

#[test]
fn what_is_not_trusted_is_not_evaluated() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, calls) = counting_nix(tools.path());
    let mut client = server(&[small.path()]).options(json!({ "nix": nix, "trusted": false })).run();
    let said = client.wait_status(small.path(), "syntax");
    assert_eq!(said["message"], "nothing is evaluated in a folder that is not trusted");
    let file = small.file("laptop.nix");
    client.open(&file);
    client.saved(&file);
    client.changed_on_disk(&[(small.file("default.nix"), 2)]);
    let refused = json!({ "started": false, "refused": "untrusted", "message": said["message"] });
    assert_eq!(client.ask("mkwhy/evaluate", json!({})), refused);
    client.wait_status(small.path(), "syntax");
    assert_eq!(client.ask("workspace/executeCommand", json!({ "command": "mkwhy.evaluate" })), refused);
    client.ask("mkwhy/setTarget", json!({ "target": "forge" }));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "mkwhy": { "nix": nix, "target": "laptop" } } }),
    );
    // What the text says is shown all the same.
    let hints = client.hints(&file);
    assert!(hints.iter().any(|hint| hint.starts_with("3: ")), "{hints:?}");
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("not evaluated")), "{hover}");
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(std::fs::read_to_string(&calls).expect("readable"), "", "Nix was not started, not even for its version");

    // Trust comes, and goes again.
    client.notify("mkwhy/setTrust", json!({ "trusted": true }));
    client.wait_status(small.path(), "evaluated");
    let started = json!({ "started": true, "refused": null, "message": null });
    assert_eq!(client.ask("mkwhy/evaluate", json!({})), started);
    client.wait_status(small.path(), "evaluated");
    let elsewhere = client.ask("mkwhy/evaluate", json!({ "uri": uri(&tools.path().join("other.nix")) }));
    assert_eq!(elsewhere["refused"], "no-configuration");
    assert_eq!(elsewhere["message"], "there is no configuration that this belongs to");
    let before = evaluations(&calls);
    assert!(before > 0);
    client.notify("mkwhy/setTrust", json!({ "trusted": false }));
    client.saved(&file);
    assert_eq!(client.ask("mkwhy/evaluate", json!({})), refused);
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(evaluations(&calls), before);
    client.end();
}

#[test]
fn settings_change_without_a_restart() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, calls) = counting_nix(tools.path());
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&file).contains(&"3: wins · mkForce 50".to_owned()));
    let before = evaluations(&calls);
    let settings = |client: &mut mkwhy_tests::lsp::Client, settings: Value| {
        client.notify("workspace/didChangeConfiguration", json!({ "settings": { "mkwhy": settings } }));
    };
    // Other hints, and another time to evaluate, are no reason to ask Nix again or to forget anything.
    settings(&mut client, json!({ "nix": nix, "offline": true, "evaluate": "command", "hints": { "wins": false } }));
    let hints = client.wait_hints(&file, |hints| !hints.iter().any(|hint| hint.contains("wins")));
    assert!(hints.contains(&"4: inactive: config.cores == 99 is false".to_owned()), "{hints:?}");
    client.wait_asked("workspace/inlayHint/refresh", |_| Some(()));
    client.saved(&file);
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(evaluations(&calls), before, "it is evaluated by command only");
    // Another target is.
    settings(&mut client, json!({ "nix": nix, "offline": true, "target": "forge" }));
    let status = client.wait_status(small.path(), "evaluated");
    assert_eq!(status["target"], "nixosConfigurations.forge");
    // A mistake is said, and changes nothing.
    settings(&mut client, json!({ "evaluate": "sometimes" }));
    let said = client.wait("window/showMessage", |message| message["message"].as_str().map(str::to_owned));
    assert!(said.contains("sometimes"), "{said}");
    assert_eq!(client.ask("mkwhy/targets", json!({}))["active"], "nixosConfigurations.forge");
    client.end();
}

#[test]
fn each_kind_of_hint_can_be_switched_off() {
    let small = Small::new();
    small.write(
        "a.nix",
        "{ lib, config, ... }:\n{\n  cores = 4;\n  jobs = lib.mkMerge [ 8 8 ];\n  users = lib.mkIf (throw \"none\") [ ];\n}\n",
    );
    small.write(
        "laptop.nix",
        "{ lib, config, ... }:\n{\n  cores = lib.mkForce 3;\n  jobs = lib.mkIf (config.cores == 99) 9;\n  users = [ ];\n}\n",
    );
    let mut client = server(&[small.path()]).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    client.open(&a);
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    let kinds = [
        ("wins", "wins · mkForce 50"),
        ("lost", "lost to laptop.nix:3 · mkForce 50"),
        ("merged", "2 of 2 merged"),
        ("inactive", "inactive: config.cores == 99 is false"),
        ("undecided", "undecided: "),
    ];
    let shown = |client: &mut mkwhy_tests::lsp::Client| [client.hints(&a), client.hints(&laptop)].concat();
    let all = shown(&mut client);
    for (off, _) in kinds {
        client.notify(
            "workspace/didChangeConfiguration",
            json!({ "settings": { "offline": true, "hints": { off: false } } }),
        );
        let hints = shown(&mut client);
        for (kind, text) in kinds {
            let is_there = |hints: &[String]| hints.iter().any(|hint| hint.contains(text));
            assert!(is_there(&all), "{text} is missing in {all:?}");
            assert_eq!(is_there(&hints), kind != off, "{kind} without {off}: {hints:?}");
        }
    }
    client.end();
}

/// What a client says it asks for later is not told before.
#[test]
fn what_only_a_look_at_a_hint_needs_can_come_then() {
    let small = Small::new();
    small.write("a.nix", "{ lib, config, ... }:\n{\n  cores = 4;\n  jobs = lib.mkMerge [ 8 8 ];\n}\n");
    small.write("laptop.nix", "{ lib, config, ... }:\n{\n  cores = lib.mkForce 3;\n  jobs = 8;\n}\n");
    let a = small.file("a.nix");
    let session = |properties: &[&str]| {
        let hints = json!({ "inlayHint": { "resolveSupport": { "properties": properties } } });
        let mut client = server(&[small.path()]).capabilities(json!({ "textDocument": hints })).run();
        client.open(&a);
        client.wait_status(small.path(), "evaluated");
        let hints = client.ask("textDocument/inlayHint", whole(&a));
        let hints = hints.as_array().expect("hints").clone();
        assert_eq!(hints.len(), 2, "{hints:?}");
        let looked_at: Vec<Value> = hints.iter().map(|hint| client.ask("inlayHint/resolve", hint.clone())).collect();
        client.end();
        (hints, looked_at)
    };
    let (at_once, _) = session(&[]);
    let later = ["tooltip", "label.tooltip", "label.location"];
    for properties in [&later[..1], &later[1..], &later[..]] {
        let (hints, looked_at) = session(properties);
        for ((hint, looked_at), whole) in hints.iter().zip(&looked_at).zip(&at_once) {
            let parts = hint["label"].as_array().expect("parts");
            let has = |name: &str| parts.iter().any(|part| !part[name].is_null());
            let leads = !properties.contains(&"label.location");
            assert_eq!((has("location"), has("tooltip")), (leads, leads), "{properties:?}: {hint}");
            assert_eq!(hint["tooltip"].is_null(), properties.contains(&"tooltip"), "{properties:?}: {hint}");
            for part in ["position", "label", "tooltip"] {
                assert_eq!(looked_at[part], whole[part], "{properties:?}");
            }
        }
    }
}

/// Eglot sends an empty object at once, and all servers' settings to each of them.
#[test]
fn settings_that_are_not_for_this_server_change_nothing() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, calls) = counting_nix(tools.path());
    let empty = json!([{}]);
    let mut client = server(&[small.path()])
        .options(json!({ "nix": nix, "target": "forge" }))
        .answering("workspace/configuration", empty)
        .run();
    client.wait_status(small.path(), "evaluated");
    let before = evaluations(&calls);
    for settings in [json!({}), json!({ "nixd": { "offline": false } }), json!({ "mkwhy": null }), json!([])] {
        client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    }
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(client.ask("mkwhy/targets", json!({}))["active"], "nixosConfigurations.forge");
    assert_eq!(evaluations(&calls), before, "nothing is asked in another way");
    // Without a section of its own, as Helix sends them.
    let flat = json!({ "nix": nix, "offline": true, "target": "laptop" });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": flat }));
    assert_eq!(client.wait_status(small.path(), "evaluated")["target"], "nixosConfigurations.laptop");
    client.end();
}

#[test]
fn settings_are_asked_for_where_the_client_only_says_that_they_changed() {
    let small = Small::new();
    let answer = json!([{ "offline": true, "target": "forge" }]);
    let mut client = server(&[small.path()]).answering("workspace/configuration", answer).run();
    client.wait_status(small.path(), "evaluated");
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    assert_eq!(client.wait_status(small.path(), "evaluated")["target"], "nixosConfigurations.forge");
    assert_eq!(
        client.wait_asked("workspace/configuration", |params| Some(params.clone())),
        json!({ "items": [{ "section": "mkwhy" }] })
    );
    client.end();
}

#[test]
fn a_client_that_can_little_is_asked_for_nothing() {
    let small = Small::new();
    let mut client = server(&[small.path()]).plain().run();
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "offline": true, "hints": { "wins": false } } }),
    );
    client.saved(&file);
    client.wait_status(small.path(), "evaluated");
    assert!(!client.hints(&file).iter().any(|hint| hint.contains("wins")));
    std::thread::sleep(Duration::from_millis(100));
    let asked: Vec<String> = client.asked().into_iter().map(|it| it.method).collect();
    assert_eq!(asked, Vec::<String>::new());
    assert!(!client.notified().iter().any(|it| it.method == "$/progress"));
    client.end();
}

#[test]
fn the_log_is_a_file_and_nothing_else() {
    let small = Small::new();
    let log = tempfile::tempdir().expect("a folder");
    let file = log.path().join("server.log");
    let mut client = server(&[small.path()])
        .arguments(&["--stdio", "--log", &file.to_string_lossy()])
        .environment("RUST_LOG", "trace")
        .run();
    client.wait_status(small.path(), "evaluated");
    client.ask("workspace/symbol", json!({ "query": "" }));
    client.end();
    let text = std::fs::read_to_string(&file).expect("a log");
    assert!(text.contains("running Nix"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours");
}

#[test]
fn what_is_no_file_is_nothing() {
    let small = Small::new();
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    for uri in ["untitled:Untitled-1", "git:/somewhere/a.nix?ref", "file:///nowhere/at/all.nix"] {
        let document = json!({ "uri": uri, "languageId": "nix", "version": 1, "text": "{ cores = 1; }" });
        client.notify("textDocument/didOpen", json!({ "textDocument": document }));
        let mut params = whole(&small.file("a.nix"));
        params["textDocument"] = json!({ "uri": uri });
        assert_eq!(client.ask("textDocument/inlayHint", params), Value::Null, "{uri}");
    }
    // A text that is not Nix is not read as such.
    let config = small.file("mkwhy.toml");
    client.open(&config);
    assert_eq!(client.hints_or_none(&config), Vec::<String>::new());
    client.end();
}

#[test]
fn nothing_is_written_into_the_folder() {
    let small = Small::new();
    let before = snapshot(small.path());
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "pause", "pause": 10 })).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    client.change(&file, 2, &text.replace("cores = 4", "cores = 5"));
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "evaluated");
    client.end();
    assert!(snapshot(small.path()) == before, "the person's files are as they were");
}
