//! Files that are not open: what is found in them follows what is typed in others.

use std::path::Path;
use std::time::Duration;

use mkwhy_tests::lsp::{Client, uri};
use serde_json::{Value, json};

use crate::fixture::{Small, counting_nix, evaluations};
use crate::server;

/// The codes of what was last sent of a file that is not open.
fn codes(params: &Value, file: &Path) -> Option<Vec<String>> {
    // What is open has a version.
    if params["uri"] != uri(file).as_str() || !params["version"].is_null() {
        return None;
    }
    let diagnostics = params["diagnostics"].as_array()?.iter();
    Some(diagnostics.filter_map(|it| Some(it["code"].as_str()?.to_owned())).collect())
}

#[track_caller]
fn wait_codes(client: &mut Client, file: &Path, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
    client.wait("textDocument/publishDiagnostics", |params| codes(params, file).filter(|codes| wanted(codes)))
}

fn is_lost(codes: &[String]) -> bool {
    codes.iter().any(|code| code == "shadowed-definition")
}

#[test]
fn what_is_typed_is_told_of_closed_files() {
    for pulls in [false, true] {
        let small = Small::new();
        let tools = tempfile::tempdir().expect("a folder");
        let (nix, calls) = counting_nix(tools.path());
        let start = server(&[small.path()]).options(json!({ "nix": nix }));
        let mut client = if pulls { start.pulling().run() } else { start.run() };
        let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
        let text = client.open(&laptop);
        client.wait_status(small.path(), "evaluated");
        wait_codes(&mut client, &a, is_lost);
        let before = evaluations(&calls);
        client.take_notified();

        // It does not lose any more, as soon as nothing is typed for a moment.
        for version in 2..9 {
            client.change(&laptop, version, &format!("# {version}\n{text}"));
        }
        client.change(&laptop, 9, &text.replace("lib.mkForce 3", "lib.mkDefault 3"));
        wait_codes(&mut client, &a, |codes| !is_lost(codes));
        std::thread::sleep(Duration::from_millis(400));
        let told = |client: &mut Client| {
            let notified = client.take_notified();
            notified
                .iter()
                .filter(|it| it.method.ends_with("publishDiagnostics"))
                .filter_map(|it| codes(&it.params, &a))
                .count()
        };
        assert_eq!(told(&mut client), 0, "nothing but what was waited for");
        // What changes nothing for it is not told.
        client.change(&laptop, 10, &text.replace("lib.mkForce 3", "lib.mkDefault 2"));
        std::thread::sleep(Duration::from_millis(600));
        assert_eq!(told(&mut client), 0);
        client.change(&laptop, 11, &text);
        wait_codes(&mut client, &a, is_lost);

        // What was edited is forgotten together with the buffer.
        client.change(&laptop, 12, "{ }\n");
        wait_codes(&mut client, &a, |codes| !is_lost(codes));
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&laptop) } }));
        wait_codes(&mut client, &a, is_lost);
        assert_eq!(evaluations(&calls), before, "nobody asked Nix");
        client.end();
    }
}

/// Found by an edit, told when the file was closed, and not so any more: it is taken back.
#[test]
fn what_was_told_of_a_file_when_it_was_closed_is_taken_back() {
    let small = Small::new();
    small.write("laptop.nix", "{ lib, ... }:\n{\n  cores = lib.mkDefault 3;\n}\n");
    let mut client = server(&[small.path()]).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    let text = client.open(&laptop);
    client.open(&a);
    client.wait_status(small.path(), "evaluated");
    client.change(&laptop, 2, &text.replace("lib.mkDefault 3", "lib.mkForce 3"));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&a) } }));
    wait_codes(&mut client, &a, is_lost);
    client.change(&laptop, 3, &text);
    client.saved(&laptop);
    wait_codes(&mut client, &a, |codes| !is_lost(codes));
    client.end();
}

/// Where nothing is evaluated by itself, what is otherwise on disk is told all the same.
#[test]
fn what_changes_on_disk_is_told_of_closed_files() {
    let small = Small::new();
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    client.ask("mkwhy/evaluate", json!({}));
    client.wait_status(small.path(), "evaluated");
    wait_codes(&mut client, &a, is_lost);
    let text = std::fs::read_to_string(&laptop).expect("read");
    small.write("laptop.nix", &text.replace("lib.mkForce 3", "lib.mkDefault 3"));
    client.changed_on_disk(&[(laptop.clone(), 2)]);
    wait_codes(&mut client, &a, |codes| !is_lost(codes));
    std::fs::remove_file(&a).expect("removed");
    small.write("laptop.nix", &text);
    client.changed_on_disk(&[(laptop.clone(), 2)]);
    wait_codes(&mut client, &a, is_lost);
    client.changed_on_disk(&[(a.clone(), 3)]);
    wait_codes(&mut client, &a, <[String]>::is_empty);
    client.end();
}
