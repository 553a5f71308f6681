//! When Nix is asked, about what, and what becomes of answers that nobody wants any more.

use std::time::{Duration, Instant};

use mkwhy_tests::lsp::{Client, at, uri};
use serde_json::{Value, json};

use crate::fixture::{Small, counting_nix, evaluations, fake_nix, kernelcore, snapshot};
use crate::server;

#[test]
fn typing_changes_hints_and_saving_evaluates() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let hints = client.hints(&file);
    let folder = small.path().file_name().expect("a name").to_string_lossy().into_owned();
    assert!(hints.contains(&"3: lost to laptop.nix:3 · mkForce 50".to_owned()), "{hints:?} {folder}");
    assert!(!hints.iter().any(|hint| hint.starts_with("4:") && !hint.contains("wins")), "{hints:?}");

    // Typed: stronger than everything else by now, and it says that Nix has not seen that.
    client.change(&file, 2, &text.replace("cores = 4", "cores = lib.mkOverride 10 4"));
    let stale = client.wait_status(small.path(), "stale");
    assert_eq!(stale["target"], "nixosConfigurations.laptop");
    let hints = client.hints(&file);
    assert!(
        hints.contains(&"3: wins · mkVMOverride 10".to_owned())
            || hints.contains(&"3: wins · mkOverride 10".to_owned()),
        "{hints:?}"
    );
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    assert!(
        hover["contents"]["value"].as_str().is_some_and(|text| text.contains("from the last evaluation that worked")),
        "{hover}"
    );
    // The other file is told too.
    let other = small.file("laptop.nix");
    client.open(&other);
    let hints = client.hints(&other);
    assert!(hints.iter().any(|hint| hint.starts_with("3: lost to a.nix:3")), "{hints:?}");

    // Back as it was: what Nix said holds again.
    client.change(&file, 3, &text);
    client.wait_status(small.path(), "evaluated");

    // Saved: Nix says it.
    let new = text.replace("cores = 4", "cores = lib.mkOverride 10 99");
    client.change(&file, 4, &new);
    client.wait_status(small.path(), "stale");
    small.write("a.nix", &new);
    client.saved(&file);
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "evaluated");
    let hints = client.hints(&other);
    assert!(hints.contains(&"4: wins · plain 100".to_owned()), "the condition holds by now: {hints:?}");
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    assert!(
        hover["contents"]["value"]
            .as_str()
            .is_some_and(|text| text.contains("```nix\n99\n```") && !text.contains("the last evaluation that worked")),
        "{hover}"
    );
    client.end();
}

#[test]
fn published_diagnostics_follow_the_text() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    for version in 2..12 {
        client.change(&file, version, &format!("# {version}\n{text}"));
    }
    let here = uri(&file);
    let codes = client.wait("textDocument/publishDiagnostics", |params| {
        (params["uri"] == here.as_str() && params["version"] == 11).then(|| params["diagnostics"].clone())
    });
    let shadowed = codes.as_array().expect("a list").iter().find(|it| it["code"] == "shadowed-definition");
    assert_eq!(shadowed.expect("still shadowed")["range"]["start"]["line"], 3);
    client.end();
}

/// As Neovim is until 0.11: it asks after each edit, and never because it is told to.
#[test]
fn who_asks_for_diagnostics_only_after_edits_is_sent_them() {
    let small = Small::new();
    let asks = json!({ "textDocument": { "diagnostic": { "dynamicRegistration": false } } });
    let mut client = server(&[small.path()]).capabilities(asks).run();
    assert!(client.capabilities.get("diagnosticProvider").is_none(), "nothing is told twice");
    let file = small.file("a.nix");
    client.open(&file);
    let here = uri(&file);
    client.wait("textDocument/publishDiagnostics", |params| {
        let all = params["diagnostics"].as_array().filter(|_| params["uri"] == here.as_str())?;
        all.iter().find(|it| it["code"] == "shadowed-definition").map(drop)
    });
    client.end();
}

#[test]
fn unsaved_texts_are_evaluated_in_a_private_copy() {
    let small = Small::new();
    let before = snapshot(small.path());
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "pause", "pause": 50 })).run();
    let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
    let text = client.open(&a);
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    client.change(&a, 2, &text.replace("cores = 4", "cores = lib.mkOverride 10 99"));
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "evaluated");
    let hints = client.hints(&laptop);
    assert!(hints.contains(&"4: wins · plain 100".to_owned()), "Nix saw what was not saved: {hints:?}");
    assert!(
        hints.iter().any(|hint| hint.starts_with("3: lost to a.nix:3")),
        "places are those of the person's files: {hints:?}"
    );
    let winner = client.ask("textDocument/definition", at(&laptop, 2, 3));
    assert_eq!(winner[0]["uri"], uri(&a).as_str());
    assert!(snapshot(small.path()) == before, "the person's files are as they were");
    client.end();
}

#[test]
fn unsaved_texts_of_a_flake() {
    let folder = kernelcore();
    let before = snapshot(folder.path());
    let mut client = server(&[folder.path()]).options(json!({ "evaluate": "pause", "pause": 50 })).run();
    let (daemon, loser) =
        (folder.path().join("modules/security/nix-daemon.nix"), folder.path().join("modules/system/nix.nix"));
    client.open(&daemon);
    let text = client.open(&loser);
    client.wait_status(folder.path(), "evaluated");
    client.change(
        &loser,
        2,
        &text.replace("nix.settings.max-jobs = 4", "# unsaved\n      nix.settings.max-jobs = mkOverride 5 4"),
    );
    client.wait_status(folder.path(), "evaluating");
    client.wait_status(folder.path(), "evaluated");
    let hints = client.hints(&daemon);
    assert!(hints.contains(&"61: lost to system/nix.nix:67 · mkOverride 5".to_owned()), "{hints:#?}");
    let hints = client.hints(&loser);
    assert!(hints.contains(&"67: wins · mkOverride 5".to_owned()), "{hints:#?}");
    assert!(snapshot(folder.path()) == before, "the person's files are as they were");
    client.end();
}

#[test]
fn what_is_half_typed_is_marked_and_not_shouted() {
    let small = Small::new();
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "pause", "pause": 10 })).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let here = uri(&file);
    for (version, typed) in [(2, "  more = {"), (3, "  more = { a"), (4, "  more = { a ="), (5, "  more = { a = [")] {
        client.change(&file, version, &text.replace("  cores = 4;", &format!("{typed}\n  cores = 4;")));
        client.wait_status(small.path(), "failed");
        client.wait("textDocument/publishDiagnostics", |params| {
            let failed = params["diagnostics"].as_array()?.iter().any(|it| it["code"] == "evaluation-failed");
            (params["uri"] == here.as_str() && params["version"] == version && failed).then_some(())
        });
    }
    client.change(&file, 6, &text);
    client.wait_status(small.path(), "evaluated");
    assert_eq!(client.shown(), Vec::<String>::new());
    client.end();
}

#[test]
fn a_person_ends_an_evaluation() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let switch = tools.path().join("hang");
    let nix = fake_nix(
        tools.path(),
        &format!("if [ -e {} ]; then sleep 1000 & sleep 1000; fi; exec nix \"$@\"", switch.display()),
    );
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let before = client.hints(&file);

    std::fs::write(&switch, "").expect("written");
    client.saved(&file);
    client.wait_status(small.path(), "evaluating");
    let token = client.wait("$/progress", |progress| {
        (progress["value"]["kind"] == "begin" && progress["value"]["cancellable"] == true)
            .then(|| progress["token"].clone())
    });
    client.wait_for_children();
    // In the meantime everything is answered.
    assert_eq!(client.hints(&file), before);
    client.notify("window/workDoneProgress/cancel", json!({ "token": "somebody else's" }));
    client.notify("window/workDoneProgress/cancel", json!({ "token": 7 }));
    client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    let status = client.wait_status(small.path(), "failed");
    assert_eq!(status["message"], "the evaluation was ended");
    let end =
        client.wait("$/progress", |progress| (progress["value"]["kind"] == "end").then(|| progress["token"].clone()));
    assert_eq!(end, token);
    client.wait_alone();
    assert_eq!(client.hints(&file), before, "the last good answer stays");
    assert!(
        !client.notified().iter().any(|it| it.method == "window/showMessage"),
        "nobody is told what they did themselves"
    );
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    assert!(
        hover["contents"]["value"].as_str().is_some_and(|text| text.contains("from the last evaluation that worked")),
        "{hover}"
    );

    std::fs::remove_file(&switch).expect("removed");
    client.saved(&file);
    client.wait_status(small.path(), "evaluated");
    client.end();
}

/// One who types has the processor first.
#[cfg(target_os = "linux")]
#[test]
fn nix_gives_way_to_what_is_typed() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let said = tools.path().join("nice");
    let nix = fake_nix(tools.path(), &format!("nice >> {}; exec nix \"$@\"", said.display()));
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let evaluated = std::fs::read_to_string(&said).expect("Nix was called");
    // Who looks at one option waits for it.
    client.ask("mkwhy/cascade", json!({ "textDocument": { "uri": uri(&file) }, "option": "none.such" }));
    client.end();
    let own = std::process::Command::new("nice").output().expect("it says its own");
    let own: i32 = String::from_utf8_lossy(&own.stdout).trim().parse().expect("a number");
    let said = std::fs::read_to_string(said).expect("Nix was called");
    let asked = said.strip_prefix(&evaluated).expect("more was said");
    let are = |said: &str, nice: i32| !said.is_empty() && said.lines().all(|line| line.parse() == Ok(nice));
    assert!(are(&evaluated, (own + 10).min(19)) && are(asked, own), "{own}: {evaluated} {asked}");
}

#[test]
fn a_request_can_be_taken_back() {
    let small = Small::new();
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    let file = small.file("a.nix");
    client.open(&file);
    // Taken back before or after it is answered: there is one answer in any case, and it says which.
    for _ in 0..20 {
        let id = client.send_request("workspace/symbol", json!({ "query": "o" }));
        client.notify("$/cancelRequest", json!({ "id": id }));
        match client.answer_within(id, Duration::from_secs(10)) {
            Ok(found) => assert!(found.is_array()),
            Err(failure) => assert_eq!(failure.code, -32800, "{failure:?}"),
        }
    }
    client.notify("$/cancelRequest", json!({ "id": 12345 }));
    client.end();
}

#[test]
fn a_burst_is_one_evaluation_and_the_last_word_counts() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let (nix, calls) = counting_nix(tools.path());
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    client.wait_status(small.path(), "evaluated");
    let before = evaluations(&calls);
    let per_evaluation = before;
    let file = small.file("a.nix");
    let text = client.open(&file);
    let changed: Vec<String> = (0..200).map(|number| format!("extra/{number}.nix")).collect();
    for number in 0..200 {
        let text = text.replace("cores = 4", &format!("cores = lib.mkOverride 10 {number}"));
        small.write("a.nix", &text);
        client.change(&file, number + 2, &text);
        client.saved(&file);
    }
    // And a branch is switched: 200 files are others at once, told of one by one and all together.
    for name in &changed {
        small.write(name, "{ cores = 1; }\n");
        client.changed_on_disk(&[(small.file(name), 1)]);
    }
    let all: Vec<_> = changed.iter().map(|name| (small.file(name), 2)).collect();
    client.changed_on_disk(&all);
    client.wait_status(small.path(), "evaluated");
    let hover = client.ask("textDocument/hover", at(&file, 2, 3));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("```nix\n199\n```")), "{hover}");
    std::thread::sleep(Duration::from_millis(400));
    let asked = evaluations(&calls) - before;
    assert!(
        (per_evaluation..=2 * per_evaluation).contains(&asked),
        "{asked} calls, {per_evaluation} for one evaluation"
    );
    client.end();
}

#[test]
fn targets_are_chosen() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    let (laptop, forge) = (small.file("laptop.nix"), small.file("forge.nix"));
    client.open(&laptop);
    client.open(&forge);
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&laptop).contains(&"3: wins · mkForce 50".to_owned()));
    assert_eq!(client.hints(&forge), Vec::<String>::new(), "it is no module of laptop");
    client.ask("mkwhy/setTarget", json!({ "uri": uri(&forge), "target": "nixosConfigurations.forge" }));
    let status = client.wait_status(small.path(), "evaluated");
    assert_eq!(status["target"], "nixosConfigurations.forge");
    assert!(client.hints(&forge).contains(&"3: wins · mkForce 50".to_owned()));
    assert_eq!(client.hints(&laptop), Vec::<String>::new());
    // The command does the same, by a part of the name.
    let arguments = json!([{ "target": "laptop" }]);
    client.ask("workspace/executeCommand", json!({ "command": "mkwhy.setTarget", "arguments": arguments }));
    assert_eq!(client.wait_status(small.path(), "evaluated")["target"], "nixosConfigurations.laptop");
    let refused = client.request("mkwhy/setTarget", json!({ "target": "nowhere" })).expect_err("no such target");
    assert_eq!(refused.code, -32602);
    let refused =
        client.request("workspace/executeCommand", json!({ "command": "mkwhy.frob" })).expect_err("no such command");
    assert_eq!(refused.code, -32602);
    client.end();
}

#[test]
fn a_choice_is_not_taken_back_by_a_late_answer() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let nix = fake_nix(tools.path(), "sleep 0.3; exec nix \"$@\"");
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    client.wait_status(small.path(), "evaluating");
    for target in ["forge", "laptop", "forge", "laptop", "forge"] {
        client.ask("mkwhy/setTarget", json!({ "target": target }));
        std::thread::sleep(Duration::from_millis(60));
    }
    assert_eq!(client.wait_status(small.path(), "evaluated")["target"], "nixosConfigurations.forge");
    assert_eq!(client.ask("mkwhy/targets", json!({}))["active"], "nixosConfigurations.forge");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(client.ask("mkwhy/targets", json!({}))["active"], "nixosConfigurations.forge");
    let said = client.statuses();
    assert!(!said.iter().any(|state| state == "failed"), "what nobody wants any more is no failure: {said:?}");
    client.end();
}

#[test]
fn other_settings_in_the_middle_of_an_evaluation() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let nix = fake_nix(tools.path(), "sleep 0.2; exec nix \"$@\"");
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    client.wait_status(small.path(), "evaluating");
    for timeout in [100, 200, 300, 400] {
        let settings = json!({ "nix": nix, "offline": true, "timeout": timeout });
        client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
        client.wait_status(small.path(), "evaluating");
    }
    client.wait_status(small.path(), "evaluated");
    assert!(!client.statuses().iter().any(|state| state == "failed"));
    client.end();
}

#[test]
fn a_client_that_answers_nothing_holds_up_nothing() {
    let small = Small::new();
    let silent = [
        "window/workDoneProgress/create",
        "client/registerCapability",
        "workspace/inlayHint/refresh",
        "workspace/codeLens/refresh",
    ];
    let mut client = server(&[small.path()]).silent(&silent).run();
    client.wait_status(small.path(), "evaluated");
    let file = small.file("laptop.nix");
    client.open(&file);
    client.saved(&file);
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&file).contains(&"3: wins · mkForce 50".to_owned()));
    assert!(!client.notified().iter().any(|it| it.method == "$/progress"), "no progress without a token");
    client.end();
}

#[test]
fn what_is_read_again_when_files_change() {
    let small = Small::new();
    let mut client = server(&[small.path()]).run();
    let watched = client.wait_asked("client/registerCapability", |params| {
        let registration =
            params["registrations"].as_array()?.iter().find(|it| it["method"] == "workspace/didChangeWatchedFiles")?;
        Some(registration["registerOptions"]["watchers"].clone())
    });
    let globs: Vec<&str> =
        watched.as_array().expect("watchers").iter().filter_map(|it| it["globPattern"].as_str()).collect();
    assert_eq!(globs, ["**/*.nix", "**/flake.lock", "**/mkwhy.toml"]);
    let file = small.file("laptop.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");

    // A module that is not open.
    small.write("a.nix", "{ lib, ... }:\n{\n  cores = lib.mkOverride 10 99;\n}\n");
    client.changed_on_disk(&[(small.file("a.nix"), 2)]);
    client.wait_status(small.path(), "stale");
    client.wait_status(small.path(), "evaluated");
    assert!(
        client.hints(&file).contains(&"4: wins · plain 100".to_owned())
            || client.hints(&file).iter().any(|hint| hint.starts_with("3: lost to a.nix:3"))
    );

    // A lock file.
    small.write("flake.lock", "{}");
    client.changed_on_disk(&[(small.file("flake.lock"), 1)]);
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "evaluated");

    // mkwhy.toml: other targets, other levels.
    small.write(
        "mkwhy.toml",
        "default-target = \"nixosConfigurations.forge\"\n[check.levels]\nshadowed-definition = \"error\"\n",
    );
    client.changed_on_disk(&[(small.file("mkwhy.toml"), 2)]);
    let here = uri(&file);
    client.wait("textDocument/publishDiagnostics", |params| {
        let shadowed = params["diagnostics"].as_array()?.iter().find(|it| it["code"] == "shadowed-definition")?;
        (params["uri"] == here.as_str() && shadowed["severity"] == 1).then_some(())
    });
    assert_eq!(
        client.wait_status(small.path(), "evaluated")["target"],
        "nixosConfigurations.laptop",
        "what was active stays"
    );

    // Targets that the text names.
    let text = std::fs::read_to_string(small.file("default.nix")).expect("read");
    small.write("default.nix", &text.replace("nixosConfigurations.laptop", "nixosConfigurations.notebook"));
    client.changed_on_disk(&[(small.file("default.nix"), 2)]);
    assert_eq!(client.wait_status(small.path(), "evaluated")["target"], "nixosConfigurations.forge", "the default one");
    let targets = client.ask("mkwhy/targets", json!({}));
    let names: Vec<&Value> = targets["targets"].as_array().expect("targets").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["nixosConfigurations.forge", "nixosConfigurations.notebook"]);

    // A mistake in it is said once, and everything stays.
    small.write("mkwhy.toml", "default-target = 3\n");
    client.changed_on_disk(&[(small.file("mkwhy.toml"), 2)]);
    let said = client.wait("window/showMessage", |message| message["message"].as_str().map(str::to_owned));
    assert!(said.contains("mkwhy.toml:1") && said.ends_with("; what it said before stays in force"), "{said}");
    client.wait_status(small.path(), "evaluated");
    client.end();
}

/// The other file's definition is not stronger any more: that is told of this one as well, although nobody typed in it.
#[test]
fn what_an_edit_means_for_other_open_files_is_told() {
    for pulls in [false, true] {
        let small = Small::new();
        let mut client = if pulls { server(&[small.path()]).pulling().run() } else { server(&[small.path()]).run() };
        let (a, laptop) = (small.file("a.nix"), small.file("laptop.nix"));
        client.open(&a);
        let text = client.open(&laptop);
        client.wait_status(small.path(), "evaluated");
        // What that asks for has come.
        std::thread::sleep(Duration::from_millis(300));
        let asked = |client: &Client, method: &str| client.asked().iter().filter(|it| it.method == method).count();
        let refreshes = ["workspace/inlayHint/refresh", "workspace/codeLens/refresh", "workspace/diagnostic/refresh"];
        let before = refreshes.map(|method| asked(&client, method));
        client.take_notified();
        // A burst is one edit.
        for version in 2..9 {
            client.change(&laptop, version, &format!("# {version}\n{text}"));
        }
        client.change(&laptop, 9, &text.replace("lib.mkForce 3", "5"));
        let there = uri(&a);
        if pulls {
            let until = Instant::now() + Duration::from_secs(20);
            while asked(&client, refreshes[2]) == before[2] {
                assert!(Instant::now() < until, "the client is told to ask again");
                std::thread::sleep(Duration::from_millis(20));
            }
        } else {
            let left = client.wait("textDocument/publishDiagnostics", |params| {
                (params["uri"] == there.as_str()).then(|| params["diagnostics"].clone())
            });
            assert_eq!(left, json!([]), "that they contradict each other is told of the other one");
        }
        std::thread::sleep(Duration::from_millis(300));
        let after = refreshes.map(|method| asked(&client, method));
        assert_eq!((after[0] - before[0], after[1] - before[1]), (1, 1), "once for all of it");
        client.end();
    }
}

/// A file that Nix did not read as a module of the target, or not as a module at all.
#[test]
fn files_beside_the_modules_are_as_evaluated_until_they_are_edited() {
    let small = Small::new();
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    let laptop = small.file("laptop.nix");
    let text = client.open(&laptop);
    let evaluate = |client: &mut Client| {
        client.ask("mkwhy/evaluate", json!({}));
        client.wait_status(small.path(), "evaluated");
    };
    evaluate(&mut client);
    for name in ["forge.nix", "default.nix"] {
        client.open(&small.file(name));
        client.change(&laptop, 2, &format!("{text}\n"));
        client.wait_status(small.path(), "stale");
        client.change(&laptop, 3, &text);
        client.wait_status(small.path(), "evaluated");

        let own = std::fs::read_to_string(small.file(name)).expect("read");
        client.change(&small.file(name), 2, &format!("{own}\n"));
        client.wait_status(small.path(), "stale");
        client.change(&small.file(name), 3, &own);
        client.wait_status(small.path(), "evaluated");
    }
    // What is not saved is not what Nix evaluates.
    let own = std::fs::read_to_string(small.file("default.nix")).expect("read");
    client.change(&small.file("default.nix"), 4, &format!("{own}\n"));
    client.wait_status(small.path(), "stale");
    client.ask("mkwhy/evaluate", json!({}));
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "stale");
    client.change(&small.file("default.nix"), 5, &own);
    client.wait_status(small.path(), "evaluated");
    // Nobody has it open.
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&small.file("forge.nix")) } }));
    small.write("forge.nix", "{ }\n");
    client.changed_on_disk(&[(small.file("forge.nix"), 2)]);
    client.wait_status(small.path(), "stale");
    client.end();
}

/// Where nothing is evaluated by itself, it is said that it should be.
#[test]
fn what_nix_reads_beside_the_modules_is_otherwise() {
    let small = Small::new();
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    let laptop = small.file("laptop.nix");
    client.open(&laptop);
    for (name, text) in [("flake.lock", "{}"), ("mkwhy.toml", "default-target = \"nixosConfigurations.laptop\"\n\n")] {
        client.ask("mkwhy/evaluate", json!({}));
        client.wait_status(small.path(), "evaluated");
        small.write(name, text);
        client.changed_on_disk(&[(small.file(name), 2)]);
        client.wait_status(small.path(), "stale");
        let hover = client.ask("textDocument/hover", at(&laptop, 2, 3));
        let said = hover["contents"]["value"].as_str().expect("markdown");
        assert!(said.contains("from the last evaluation that worked"), "{name}: {said}");
    }
    client.ask("mkwhy/evaluate", json!({}));
    client.wait_status(small.path(), "evaluated");
    let hover = client.ask("textDocument/hover", at(&laptop, 2, 3));
    assert!(!hover["contents"]["value"].as_str().is_some_and(|said| said.contains("the last evaluation")), "{hover}");
    client.end();
}
