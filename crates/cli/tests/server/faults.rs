//! What goes wrong around the server: Nix, the disk, the files.

use std::path::Path;
use std::time::{Duration, Instant};

use mkwhy_tests::lsp::{at, uri};
use serde_json::{Value, json};

use crate::fixture::{Small, fake_nix, snapshot};
use crate::server;

/// What a client that shows documents says of itself.
fn shows_documents() -> Value {
    json!({ "window": { "showDocument": { "support": true } } })
}

/// A Nix that does something else while a file is there.
fn switched(folder: &Path, otherwise: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let switch = folder.join("switch");
    let program = fake_nix(folder, &format!("if [ -e {} ]; then {otherwise}; fi\nexec nix \"$@\"", switch.display()));
    (program, switch)
}

#[test]
fn a_failure_is_told_once_with_its_place_and_the_last_answer_stays() {
    let small = Small::new();
    let mut client = server(&[small.path()]).capabilities(shows_documents()).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    let text = client.open(&a);
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    let good = client.hints(&laptop);
    let broken = text.replace("cores = 4", "cores = throw");
    let broken = broken.replace("{ lib, ... }:", "{ lib, ... }: assert false;");
    for version in 2..7 {
        let text = format!("{broken}# {version}\n");
        small.write("a.nix", &text);
        client.change(&a, version, &text);
        client.saved(&a);
        client.wait_status(small.path(), "evaluating");
        let status = client.wait_status(small.path(), "failed");
        assert!(status["message"].as_str().is_some_and(|message| message.starts_with("a.nix:1:")), "{status}");
    }
    // Typing is no news either.
    for version in 7..20 {
        client.change(&a, version, &format!("{broken}# {version}\n"));
    }
    client.hints(&a);
    let said = client.shown();
    assert_eq!(said.len(), 1, "one message for one failure: {said:#?}");
    assert!(said[0].starts_with("a.nix:1:") && said[0].lines().count() <= 3 && said[0].len() < 400, "{said:?}");

    // The place can be gone to, and stands among the problems.
    let asked = client.wait_asked("window/showMessageRequest", |params| Some(params["actions"].clone()));
    assert_eq!(asked, json!([{ "title": "Show" }]));
    let here = uri(&a);
    let failure = |params: &Value| {
        let found = params["diagnostics"].as_array()?.iter().find(|it| it["code"] == "evaluation-failed")?;
        (params["uri"] == here.as_str()).then(|| found.clone())
    };
    let diagnostic = client.wait("textDocument/publishDiagnostics", failure);
    assert_eq!((diagnostic["severity"].as_u64(), diagnostic["range"]["start"]["line"].as_u64()), (Some(1), Some(0)));
    assert_eq!(client.hints(&laptop), good, "the last good answer stays");
    let hover = client.ask("textDocument/hover", at(&laptop, 2, 3));
    let hover = hover["contents"]["value"].as_str().expect("text");
    assert!(
        hover.contains("from the last evaluation that worked") && hover.contains("the last evaluation failed"),
        "{hover}"
    );
    let cascade = client.ask("mkwhy/cascade", json!({ "textDocument": { "uri": uri(&laptop) }, "option": "jobs" }));
    assert_eq!(cascade["known"]["how"], "stale");

    // Mended: the diagnostic goes. Broken in another way: that is news.
    small.write("a.nix", &text);
    client.change(&a, 30, &text);
    client.saved(&a);
    client.wait_status(small.path(), "evaluated");
    client.wait("textDocument/publishDiagnostics", |params| {
        (params["uri"] == here.as_str() && params["version"] == 30 && failure(params).is_none()).then_some(())
    });
    let text = text.replace("{ lib, ... }:", "{ lib, ... }: abort \"another\"");
    small.write("a.nix", &text);
    client.change(&a, 31, &text);
    client.saved(&a);
    client.wait_status(small.path(), "failed");
    client.ask("mkwhy/targets", json!({}));
    let until = Instant::now() + Duration::from_secs(5);
    while client.shown().len() < 2 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    let said = client.shown();
    assert!(said.len() == 2 && said[1].contains("another"), "{said:#?}");
    client.end();
}

#[test]
fn a_place_is_shown_when_the_person_wants_it() {
    let small = Small::new();
    small.write("a.nix", "{ lib, ... }:\nassert false;\n{ }\n");
    let mut client = server(&[small.path()])
        .capabilities(shows_documents())
        .answering("window/showMessageRequest", json!({ "title": "Show" }))
        .answering("window/showDocument", json!({ "success": true }))
        .run();
    let shown = client.wait_asked("window/showDocument", |params| Some(params.clone()));
    assert_eq!(shown["uri"], uri(&small.file("a.nix")).as_str());
    assert_eq!(shown["selection"]["start"]["line"], 1);
    client.end();
}

#[test]
fn syntax_errors_while_typing() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    // Letter by letter, as somebody types it at the end of the module.
    let typed = "  extra = lib.mkForce { a = [ 1 \"${lib.x}\" ''\n  text\n'' ]; };\n";
    let end = text.rfind('}').expect("an end");
    for (version, (at, _)) in typed.char_indices().enumerate() {
        let now = format!("{}{}{}", &text[..end], &typed[..at], &text[end..]);
        client.change(&file, i32::try_from(version).expect("few") + 2, &now);
        let hints = client.hints(&file);
        assert!(
            hints.iter().any(|hint| hint.starts_with("3: lost to laptop.nix:3")),
            "after {:?}: {hints:?}",
            &typed[..at]
        );
    }
    // Saved in the middle of it: Nix refuses, and says where.
    let broken = format!("{}  extra = lib.mkForce {{\n{}", &text[..end], &text[end..]);
    small.write("a.nix", &broken);
    client.change(&file, 500, &broken);
    client.saved(&file);
    let status = client.wait_status(small.path(), "failed");
    assert!(
        status["message"]
            .as_str()
            .is_some_and(|message| message.contains("a.nix:") && message.contains("syntax error")),
        "{status}"
    );
    assert!(client.hints(&file).iter().any(|hint| hint.starts_with("3: lost to laptop.nix:3")));
    client.end();
}

#[test]
fn nix_is_killed() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, switch) = switched(tools.path(), "echo '{' ; kill -9 $$");
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let good = client.hints(&file);
    std::fs::write(&switch, "").expect("written");
    client.saved(&file);
    let status = client.wait_status(small.path(), "failed");
    assert!(status["message"].as_str().is_some_and(|message| message.contains("signal: 9")), "{status}");
    assert_eq!(client.hints(&file), good);
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    let hover = hover["contents"]["value"].as_str().expect("text");
    assert!(hover.contains("from the last evaluation that worked"), "nothing was edited, and still: {hover}");
    std::fs::remove_file(&switch).expect("removed");
    client.saved(&file);
    client.wait_status(small.path(), "evaluated");
    client.end();
}

#[test]
fn nix_hangs() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, switch) = switched(tools.path(), "sleep 1000 & sleep 1000");
    let mut client = server(&[small.path()]).options(json!({ "nix": nix, "timeout": 2 })).run();
    let file = small.file("laptop.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    std::fs::write(&switch, "").expect("written");
    client.saved(&file);
    client.wait_status(small.path(), "evaluating");
    // Meanwhile everything is answered, from the newest text.
    let mut slowest = Duration::ZERO;
    for version in 2..40 {
        client.change(&file, version, &text.replace("mkForce 3", &format!("mkOverride {version} 3")));
        let began = Instant::now();
        let hints = client.hints(&file);
        slowest = slowest.max(began.elapsed());
        let priority = if version == 10 { "mkVMOverride 10".to_owned() } else { format!("mkOverride {version}") };
        assert!(hints.contains(&format!("3: wins · {priority}")), "{hints:?}");
    }
    assert!(slowest < Duration::from_millis(1500), "an answer took {slowest:?} while Nix hung");
    let status = client.wait_status(small.path(), "failed");
    assert!(status["message"].as_str().is_some_and(|message| message.contains("stopped after 2 s")), "{status}");
    client.wait_alone();
    client.end();
}

#[test]
fn there_is_no_nix() {
    let small = Small::new();
    let mut client = server(&[small.path()]).environment("PATH", "/nowhere").run();
    let file = small.file("laptop.nix");
    client.open(&file);
    let status = client.wait_status(small.path(), "failed");
    assert!(
        status["message"].as_str().is_some_and(|message| message.contains("Nix was not found on PATH")),
        "{status}"
    );
    let hints = client.hints(&file);
    assert!(hints.iter().any(|hint| hint.starts_with("3: ")), "what the text says is shown: {hints:?}");
    for _ in 0..3 {
        client.saved(&file);
        client.wait_status(small.path(), "failed");
    }
    assert_eq!(client.shown().len(), 1, "{:?}", client.shown());
    client.end();
}

#[test]
fn the_disk_is_full() {
    let small = Small::new();
    let before = snapshot(small.path());
    // Files of this process can have one block, as on a disk that is full; those of Nix can be any size.
    let tools = tempfile::tempdir().expect("a folder");
    let temporary = tempfile::tempdir().expect("a folder");
    let nix = fake_nix(tools.path(), "ulimit -S -f unlimited; exec nix \"$@\"");
    let wrapper = tools.path().join("mkwhy");
    let script = format!("#!/bin/sh\ntrap '' XFSZ\nulimit -S -f 1\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_mkwhy"));
    std::fs::write(&wrapper, script).expect("written");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("allowed");
    small.write("large.txt", &"x".repeat(100_000));
    let mut client = mkwhy_tests::lsp::Start::new(&wrapper, &[small.path()])
        .options(json!({ "nix": nix, "evaluate": "pause", "pause": 10 }))
        .environment("TMPDIR", temporary.path().to_string_lossy())
        .run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let edited = text.replace("cores = 4", "cores = 5");
    client.change(&file, 2, &edited);
    let status = client.wait_status(small.path(), "failed");
    let message = status["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("cannot make a private copy") && message.contains("save the files"), "{message}");
    assert_eq!(std::fs::read_dir(temporary.path()).expect("readable").count(), 0, "no half copy is left");
    for version in 3..8 {
        client.change(&file, version, &format!("{edited}# {version}\n"));
        client.wait_status(small.path(), "failed");
    }
    assert_eq!(client.shown().len(), 1, "{:?}", client.shown());
    assert!(client.hints(&file).iter().any(|hint| hint.starts_with("3: lost to laptop.nix:3")));
    // Saved, it is evaluated without a copy.
    small.write("a.nix", &edited);
    client.change(&file, 9, &edited);
    client.saved(&file);
    client.wait_status(small.path(), "evaluated");
    client.end();
    std::fs::remove_file(small.file("large.txt")).expect("removed");
    small.write("a.nix", &text);
    assert!(snapshot(small.path()) == before);
}

#[test]
fn there_is_no_place_for_a_private_copy() {
    let small = Small::new();
    let mut client = server(&[small.path()])
        .options(json!({ "evaluate": "pause", "pause": 10 }))
        .environment("TMPDIR", "/nowhere/at/all")
        .run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_within_status(small.path(), &["evaluated", "failed"]);
    client.change(&file, 2, &text.replace("cores = 4", "cores = 5"));
    let status = client.wait_status(small.path(), "failed");
    assert!(status["message"].as_str().is_some_and(|message| message.contains("/nowhere/at/all")), "{status}");
    client.end();
}

#[test]
fn files_are_deleted_and_renamed_underneath() {
    let small = Small::new();
    small.write("b.nix", "{ jobs = 3; }\n");
    let default = std::fs::read_to_string(small.file("default.nix")).expect("read");
    small.write("default.nix", &default.replace("./a.nix ]", "./a.nix ./b.nix ]"));
    let mut client = server(&[small.path()]).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    client.open(&a);
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&a).iter().any(|hint| hint.starts_with("4: lost to b.nix:1")), "{:?}", client.hints(&a));

    // Deleted, and nobody imports it any more.
    std::fs::remove_file(small.file("b.nix")).expect("removed");
    small.write("default.nix", &default);
    client.changed_on_disk(&[(small.file("b.nix"), 3), (small.file("default.nix"), 2)]);
    client.wait_status(small.path(), "evaluated");
    assert!(!client.hints(&a).iter().any(|hint| hint.contains("b.nix")), "{:?}", client.hints(&a));

    // An open file is deleted: what is open is still there, and Nix says what it misses.
    std::fs::remove_file(&a).expect("removed");
    client.changed_on_disk(&[(a.clone(), 3)]);
    let status = client.wait_status(small.path(), "failed");
    assert!(status["message"].as_str().is_some_and(|message| message.contains("a.nix")), "{status}");
    assert!(client.hints(&a).iter().any(|hint| hint.starts_with("3: lost to laptop.nix:3")));

    // It comes back under another name.
    let renamed = small.file("renamed.nix");
    small.write("renamed.nix", "{ lib, ... }:\n{\n  cores = 4;\n}\n");
    small.write("default.nix", &default.replace("./a.nix", "./renamed.nix"));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&a) } }));
    client.changed_on_disk(&[(renamed.clone(), 1), (small.file("default.nix"), 2)]);
    client.open(&renamed);
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&renamed).iter().any(|hint| hint.starts_with("3: lost to laptop.nix:3")));
    let winner = client.ask("textDocument/references", {
        let mut params = at(&laptop, 2, 3);
        params["context"] = json!({ "includeDeclaration": false });
        params
    });
    assert!(winner.as_array().expect("places").iter().any(|place| place["uri"] == uri(&renamed).as_str()));

    // The whole folder goes.
    let path = small.path().to_owned();
    for entry in std::fs::read_dir(&path).expect("readable").flatten() {
        let _ = std::fs::remove_file(entry.path());
    }
    std::fs::remove_dir_all(&path).expect("removed");
    client.changed_on_disk(&[(small.file("default.nix"), 3), (small.file("laptop.nix"), 3)]);
    client.saved(&laptop);
    client.wait_status(&path, "failed");
    client.hints_or_none(&laptop);
    std::fs::create_dir(&path).expect("made, for the test's own end");
    client.end();
}

/// Nix takes any bytes in a text. An editor shows a mark in the place of those that are none.
#[test]
fn a_module_that_is_no_text() {
    let small = Small::new();
    let bytes: &[u8] = b"{ lib, ... }:\n{\n  # \xe9\xff\n  cores = 4;\n  users = [ \"a\" ];\n}\n";
    std::fs::write(small.file("a.nix"), bytes).expect("written");
    let mut client = server(&[small.path()]).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    let text = client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    let all = client.ask("textDocument/implementation", at(&laptop, 2, 3));
    let lines: Vec<u64> = all
        .as_array()
        .expect("places")
        .iter()
        .filter(|place| place["uri"] == uri(&a).as_str())
        .filter_map(|place| place["range"]["start"]["line"].as_u64())
        .collect();
    assert_eq!(lines, [3], "{all}");

    // What is open is what Nix read, as far as can be seen.
    let shown = String::from_utf8_lossy(bytes).into_owned();
    client.open_text(&a, &shown);
    client.change(&laptop, 2, &format!("{text}\n"));
    client.wait_status(small.path(), "stale");
    client.change(&laptop, 3, &text);
    client.wait_status(small.path(), "evaluated");

    // Once it is edited its definitions are those that stand there, and not those of before beside them.
    client.change(&a, 2, &shown.replace("\"a\"", "\"a\" \"c\""));
    client.wait_status(small.path(), "stale");
    let hints = client.hints(&a);
    assert_eq!(hints, ["4: lost to laptop.nix:3 · mkForce 50", "5: 1 of 2 merged"]);
    client.end();
}

/// A pipe that nobody writes into, where a file is expected: it is not waited for.
#[test]
fn what_is_no_file_is_not_read() {
    let pipe = |path: &Path| {
        let _ = std::fs::remove_file(path);
        assert!(std::process::Command::new("mkfifo").arg(path).status().expect("it runs").success());
    };
    for name in ["pipe.nix", "mkwhy.toml", "default.nix", "flake.lock"] {
        let small = Small::new();
        pipe(&small.file(name));
        std::os::unix::fs::symlink("loop.nix", small.file("loop.nix")).expect("made");
        std::fs::create_dir(small.file("folder.nix")).expect("made");
        let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
        let file = small.file("laptop.nix");
        let text = client.open(&file);
        client.open_text(&small.file(name), "{ cores = 1; }\n");
        client.changed_on_disk(&[(small.file(name), 2), (small.file("loop.nix"), 2), (small.file("folder.nix"), 1)]);
        client.change(&file, 2, &format!("{text}\n"));
        let hints = client.hints_or_none(&file);
        // Without the file that says what there is to be evaluated nothing is said.
        assert!(matches!(name, "mkwhy.toml" | "default.nix") || !hints.is_empty(), "{name}");
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&small.file(name)) } }));
        client.hints_or_none(&file);
        client.end();
    }
}
