//! Several folders, folders that come and go, and folders under another name.

use std::time::{Duration, Instant};

use mkwhy_tests::lsp::{at, uri};
use serde_json::{Value, json};

use crate::fixture::Small;
use crate::server;

fn named(small: &Small) -> Value {
    json!({ "uri": uri(small.path()), "name": "one" })
}

#[test]
fn several_folders_at_once() {
    let (one, two) = (Small::new(), Small::new());
    two.write("laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkOverride 7 3;\n}\n");
    let mut client = server(&[one.path(), two.path()]).run();
    let mut left = vec![one.path(), two.path()];
    while !left.is_empty() {
        let root = client.wait("mkwhy/status", |status| {
            (status["state"] == "evaluated").then(|| status["root"].as_str().unwrap_or_default().to_owned())
        });
        left.retain(|folder| folder.to_string_lossy() != root);
    }
    let files = [one.file("laptop.nix"), two.file("laptop.nix")];
    files.iter().for_each(|file| drop(client.open(file)));
    assert!(client.hints(&files[0]).contains(&"3: wins · mkForce 50".to_owned()));
    assert!(client.hints(&files[1]).contains(&"3: wins · mkOverride 7".to_owned()));
    client.ask("mkwhy/setTarget", json!({ "uri": uri(&files[1]), "target": "forge" }));
    client.wait_status(two.path(), "evaluated");
    let active = |client: &mut mkwhy_tests::lsp::Client, uri: &str| {
        client.ask("mkwhy/targets", json!({ "uri": uri }))["active"].clone()
    };
    assert_eq!(active(&mut client, &uri(&files[0])), "nixosConfigurations.laptop");
    assert_eq!(active(&mut client, &uri(&files[1])), "nixosConfigurations.forge");
    let symbols = client.ask("workspace/symbol", json!({ "query": "cores" }));
    for folder in [&one, &two] {
        let root = uri(folder.path());
        let inside = |symbol: &Value| symbol["location"]["uri"].as_str().is_some_and(|uri| uri.starts_with(&root));
        assert!(symbols.as_array().expect("symbols").iter().any(inside));
    }
    client.end();
}

#[test]
fn folders_come_and_go() {
    let (one, two) = (Small::new(), Small::new());
    let mut client = server(&[one.path()]).run();
    client.wait_status(one.path(), "evaluated");
    let file = two.file("laptop.nix");
    client.open(&file);
    assert_eq!(client.hints_or_none(&file), Vec::<String>::new(), "nobody opened its folder");
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [named(&two)], "removed": [] } }));
    client.wait_status(two.path(), "evaluated");
    assert!(client.hints(&file).contains(&"3: wins · mkForce 50".to_owned()));
    let here = uri(&two.file("a.nix"));
    client.wait("textDocument/publishDiagnostics", |params| {
        (params["uri"] == here.as_str() && params["diagnostics"].as_array().is_some_and(|all| !all.is_empty()))
            .then_some(())
    });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [named(&two)] } }));
    client.wait("textDocument/publishDiagnostics", |params| {
        (params["uri"] == here.as_str() && params["diagnostics"] == json!([])).then_some(())
    });
    assert_eq!(client.hints_or_none(&file), Vec::<String>::new());
    // Again, and the edit that was made meanwhile is not forgotten.
    let text = std::fs::read_to_string(&file).expect("read").replace("mkForce 3", "mkOverride 9 3");
    client.change(&file, 2, &text);
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [named(&two)], "removed": [] } }));
    client.wait_status(two.path(), "evaluating");
    client.wait_status(two.path(), "stale");
    assert!(client.hints(&file).contains(&"3: wins · mkOverride 9".to_owned()));
    client.end();
}

#[test]
fn a_folder_inside_another_is_closed_alone() {
    let small = Small::new();
    small.write("notes/readme.txt", "nothing");
    let inside = small.file("notes");
    let mut client = server(&[small.path(), &inside]).run();
    client.wait_status(small.path(), "evaluated");
    let removed = json!({ "uri": uri(&inside), "name": "notes" });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [removed] } }));
    let file = small.file("laptop.nix");
    client.open(&file);
    assert!(client.hints(&file).contains(&"3: wins · mkForce 50".to_owned()), "the outer folder is still open");
    client.end();
}

#[test]
fn a_file_that_is_looked_at_in_passing_is_not_evaluated() {
    let (one, other) = (Small::new(), Small::new());
    let mut client = server(&[one.path()]).run();
    client.wait_status(one.path(), "evaluated");
    // As after going to a declaration in the store.
    let file = other.file("options.nix");
    client.open(&file);
    assert_eq!(client.ask("textDocument/hover", at(&file, 2, 11)), Value::Null);
    client.ask("mkwhy/evaluate", json!({ "uri": uri(&file) }));
    std::thread::sleep(Duration::from_millis(400));
    let elsewhere = |it: &&mkwhy_tests::lsp::Notified| {
        it.method == "mkwhy/status" && it.params["root"] != *one.path().to_string_lossy()
    };
    assert_eq!(client.notified().iter().filter(elsewhere).count(), 0);
    client.end();
}

#[test]
fn single_files_lead_to_their_folder() {
    let small = Small::new();
    let mut client = server(&[]).run();
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&file).contains(&"3: wins · mkForce 50".to_owned()));
    client.end();
}

#[test]
fn a_folder_by_another_name() {
    let small = Small::new();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let link = elsewhere.path().join("my config");
    std::os::unix::fs::symlink(small.path(), &link).expect("a link");
    let mut client = server(&[&link]).run();
    let file = link.join("a.nix");
    let text = client.open(&file);
    client.wait_status(&link, "evaluated");
    let hints = client.hints(&file);
    assert!(hints.contains(&"3: lost to laptop.nix:3 · mkForce 50".to_owned()), "{hints:?}");
    // Places are named as the client names them.
    let winner = client.ask("textDocument/definition", at(&file, 2, 3));
    assert_eq!(winner[0]["uri"], uri(&link.join("laptop.nix")).as_str());
    client.change(&file, 2, &text.replace("cores = 4", "cores = lib.mkOverride 10 4"));
    assert!(client.hints(&file).iter().any(|hint| hint.starts_with("3: wins")));
    let here = uri(&file);
    client.wait("textDocument/publishDiagnostics", |params| {
        (params["uri"] == here.as_str() && params["version"] == 2).then_some(())
    });
    let strange = client.notified().into_iter().find(|it| {
        it.method == "textDocument/publishDiagnostics"
            && it.params["uri"].as_str().is_some_and(|it| it.starts_with(&uri(small.path())))
    });
    assert!(strange.is_none(), "{strange:?}");
    client.end();
}

/// One file has several URIs: editors escape more than there must be, or less.
#[test]
fn a_file_is_named_as_the_client_named_it() {
    let small = Small::new();
    let folder = small.path().join("c++ [a@b]");
    std::fs::create_dir(&folder).expect("made");
    for name in ["default.nix", "mkwhy.toml", "options.nix", "a.nix", "forge.nix", "laptop.nix"] {
        std::fs::rename(small.file(name), folder.join(name)).expect("moved");
    }
    let mut client = server(&[&folder]).run();
    // As VS Code has it.
    let above = uri(small.path());
    let named = |name: &str| format!("{above}/c%2B%2B%20%5Ba%40b%5D/{name}");
    let laptop = named("laptop.nix");
    let text = std::fs::read_to_string(folder.join("laptop.nix")).expect("read");
    let document = json!({ "uri": laptop, "languageId": "nix", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    client.wait_status(&folder, "evaluated");
    let mut place = json!({ "textDocument": { "uri": laptop }, "position": { "line": 2, "character": 3 } });
    let winner = client.ask("textDocument/definition", place.clone());
    assert_eq!(winner[0]["uri"], laptop.as_str());
    place["context"] = json!({ "includeDeclaration": false });
    let all = client.ask("textDocument/references", place);
    assert_eq!(all.as_array().map(Vec::len), Some(2), "{all}");
    // Of closed files it is told after those that are open.
    let other = format!("{above}/c++%20[a@b]/a.nix");
    let until = Instant::now() + Duration::from_secs(20);
    while !client.notified().iter().any(|it| it.params["uri"] == other.as_str()) {
        assert!(Instant::now() < until, "closed files are told of");
        std::thread::sleep(Duration::from_millis(20));
    }
    let of_laptop: std::collections::BTreeSet<String> = client
        .notified()
        .iter()
        .filter_map(|it| it.params["uri"].as_str().filter(|uri| uri.ends_with("laptop.nix")).map(str::to_owned))
        .collect();
    assert!(of_laptop.iter().all(|uri| *uri == laptop), "{of_laptop:?}");
    client.end();
}

#[test]
fn a_folder_without_a_configuration_is_no_failure() {
    let empty = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(empty.path().join(".git")).expect("made");
    let mut client = server(&[empty.path()]).run();
    let said = client.wait("window/logMessage", |message| message["message"].as_str().map(str::to_owned));
    assert!(said.contains("there is no configuration"), "{said}");
    let file = empty.path().join("x.nix");
    client.open_text(&file, "{ a = 1; }\n");
    assert_eq!(client.hints_or_none(&file), Vec::<String>::new());
    assert_eq!(client.ask("mkwhy/targets", json!({})), json!({ "targets": [], "active": null }));
    assert_eq!(client.ask("mkwhy/duplicates", json!({})), Value::Null);
    client.end();
}
