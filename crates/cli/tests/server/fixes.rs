//! Fixes: what is offered where, that it is tried when it is chosen, and that nobody gets edits of other texts.

use std::path::Path;
use std::time::{Duration, Instant};

use mkwhy_tests::lsp::{Answer, Client, Start, uri};
use serde_json::{Value, json};

use crate::fixture::{Small, fake_nix, kernelcore};
use crate::server;

/// A client that can do everything with edits.
fn editing(start: Start) -> Start {
    start.capabilities(json!({
        "textDocument": { "codeAction": {
            "dataSupport": true, "disabledSupport": true, "isPreferredSupport": true,
            "resolveSupport": { "properties": ["edit"] },
            "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "refactor", "source"] } },
        } },
        "workspace": { "workspaceEdit": {
            "documentChanges": true, "resourceOperations": ["create"],
            "changeAnnotationSupport": { "groupsOnLabel": true },
        } },
    }))
}

/// The actions at a line and column, from 0.
#[track_caller]
fn actions(client: &mut Client, file: &Path, line: u32, column: u32, only: Option<&[&str]>) -> Vec<Value> {
    let place = json!({ "line": line, "character": column });
    let mut context = json!({ "diagnostics": [] });
    if let Some(only) = only {
        context["only"] = json!(only);
    }
    let document = json!({ "uri": uri(file) });
    let params = json!({ "textDocument": document, "range": { "start": place, "end": place }, "context": context });
    let found = client.ask("textDocument/codeAction", params);
    found.as_array().expect("a list").clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().filter_map(|action| action["title"].as_str()).collect()
}

#[track_caller]
fn titled(actions: &[Value], title: &str) -> Value {
    let found = actions.iter().find(|action| action["title"].as_str().is_some_and(|it| it.starts_with(title)));
    found.unwrap_or_else(|| panic!("no {title} among {:?}", titles(actions))).clone()
}

/// A text after the edits of a document, on one of whose lines each edit begins and ends.
fn edited(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let (line, column) = (place["line"].as_u64().expect("a line"), place["character"].as_u64().expect("a column"));
        let start: usize = text.split_inclusive('\n').take(usize::try_from(line).expect("small")).map(str::len).sum();
        start + usize::try_from(column).expect("small")
    };
    let mut out = String::new();
    let mut at = 0;
    for edit in edits.as_array().expect("edits") {
        let range = &edit["range"];
        out.push_str(&text[at..offset(&range["start"])]);
        out.push_str(edit["newText"].as_str().expect("a text"));
        at = offset(&range["end"]);
    }
    out.push_str(&text[at..]);
    out
}

#[test]
fn a_fix_is_tried_when_it_is_chosen_and_says_what_came_of_it() {
    let small = Small::new();
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let kinds = &client.capabilities["codeActionProvider"]["codeActionKinds"];
    assert_eq!(*kinds, json!(["quickfix", "refactor.rewrite", "refactor.move", "source.fixAll.mkwhy"]));
    let here = uri(&file);
    let diagnostic = client.wait("textDocument/publishDiagnostics", |params| {
        let all = params["diagnostics"].as_array().filter(|_| params["uri"] == here.as_str())?;
        all.iter().find(|it| it["code"] == "shadowed-definition").cloned()
    });
    let params = json!({
        "textDocument": { "uri": here }, "range": diagnostic["range"], "context": { "diagnostics": [diagnostic] },
    });
    let offered = client.ask("textDocument/codeAction", params.clone());
    let offered = offered.as_array().expect("a list");
    let action = titled(offered, "remove this definition");
    assert_eq!((&action["kind"], &action["isPreferred"]), (&json!("quickfix"), &json!(true)));
    assert_eq!(action["diagnostics"], json!([diagnostic]), "it settles what was sent");
    assert_eq!(action.get("edit"), None, "nothing is tried before it is chosen");

    // On the other target it decides nothing either.
    let chosen = client.ask("codeAction/resolve", action);
    let title = "remove this definition (proved: 0 of 3 defined options change on 2 hosts)";
    assert_eq!(chosen["title"], title);
    let edit = &chosen["edit"]["documentChanges"];
    assert_eq!(edit[0]["textDocument"], json!({ "uri": here, "version": 1 }));
    let after = edited(&text, &edit[0]["edits"]);
    assert_eq!(after, text.replace("  cores = 4;\n", ""));
    let note = &chosen["edit"]["changeAnnotations"]["mkwhy"];
    assert_eq!(note["needsConfirmation"], false, "{note}");
    assert!(edit[0]["edits"].as_array().expect("edits").iter().all(|edit| edit["annotationId"] == "mkwhy"));
    let progress: Vec<Value> = client
        .notified()
        .iter()
        .filter(|it| it.method == "$/progress" && it.params["token"].as_str().is_some_and(|it| it.contains("proof")))
        .map(|it| it.params["value"]["kind"].clone())
        .collect();
    assert_eq!(progress.first(), Some(&json!("begin")), "{progress:?}");

    // The next who asks sees what is known, and gets it at once.
    let offered = client.ask("textDocument/codeAction", params);
    let again = titled(offered.as_array().expect("a list"), "remove this definition");
    assert_eq!(again["title"], title);
    assert_eq!(client.ask("codeAction/resolve", again)["edit"], chosen["edit"]);

    // It does what it says.
    small.write("a.nix", &after);
    client.change(&file, 2, &after);
    client.saved(&file);
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "evaluated");
    assert_eq!(
        client.ask("mkwhy/cascade", json!({ "textDocument": { "uri": here }, "option": "cores" }))["value"]["json"],
        3
    );
    client.end();
}

#[test]
fn what_changes_a_value_says_which_and_asks() {
    let small = Small::new();
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 2, 3, None), "let it decide");
    let chosen = client.ask("codeAction/resolve", action);
    let title = chosen["title"].as_str().expect("a title");
    assert!(title.contains("(proved: 1 of 3 defined options changes on 2 hosts)"), "{title}");
    let note = &chosen["edit"]["changeAnnotations"]["mkwhy"];
    assert_eq!(note["needsConfirmation"], true);
    assert_eq!(
        note["description"],
        "cores on nixosConfigurations.forge: 2 becomes 4; cores on nixosConfigurations.laptop: 3 becomes 4"
    );

    // What is right on this target and changes another one is no proof.
    let forge = small.file("forge.nix");
    small.write(
        "a.nix",
        "{ lib, ... }:\n{\n  jobs = lib.mkDefault 8;\n  users = [ \"a\" ];\n  cores = lib.mkForce 3;\n}\n",
    );
    small.write("forge.nix", "{ lib, ... }:\n{\n}\n");
    client.open(&forge);
    let text = std::fs::read_to_string(&file).expect("readable");
    client.change(&file, 2, &text);
    client.saved(&file);
    client.wait_status(small.path(), "evaluating");
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 4, 3, None), "remove this definition");
    let chosen = client.ask("codeAction/resolve", action);
    let title = chosen["title"].as_str().expect("a title");
    assert!(title.contains("(unproved: 1 of 3 defined options changes on 1 of 2 hosts)"), "{title}");
    let note = &chosen["edit"]["changeAnnotations"]["mkwhy"];
    assert_eq!(note["needsConfirmation"], true);
    assert_eq!(note["description"], "cores on nixosConfigurations.forge: 3 becomes nothing");
    client.end();
}

/// `-32801` is the protocol's `ContentModified`.
#[track_caller]
fn is_refused(answer: Answer, why: &str) {
    let failure = answer.expect_err("it is refused");
    assert_eq!(failure.code, -32801, "{failure:?}");
    assert!(failure.message.contains(why), "{failure:?}");
}

#[test]
fn edits_are_of_the_texts_that_there_are() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let switch = tools.path().join("slow");
    let nix = fake_nix(tools.path(), &format!("if [ -e {} ]; then sleep 1; fi; exec nix \"$@\"", switch.display()));
    let mut client = editing(server(&[small.path()])).options(json!({ "nix": nix })).run();
    let (file, other) = (small.file("a.nix"), small.file("laptop.nix"));
    let text = client.open(&file);
    let other_text = client.open(&other);
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 2, 3, None), "remove this definition");

    // Between the offer and the choice.
    client.change(&file, 2, &text.replace("cores = 4", "cores = 5"));
    let answer = client.request("codeAction/resolve", action.clone());
    is_refused(answer, "a.nix was edited since this was offered");
    // What is not what was evaluated is offered with the reason why it cannot be taken, or not at all.
    let now = actions(&mut client, &file, 2, 3, None);
    assert!(
        now.iter().all(|action| action["disabled"]["reason"]
            .as_str()
            .is_some_and(|why| why.contains("a.nix is not what Nix evaluated"))),
        "{now:?}"
    );
    client.change(&file, 3, &text);

    // While it is tried, in that file or in another one.
    std::fs::write(&switch, "").expect("written");
    for (edited, version, new) in [(&file, 4, format!("{text}# more\n")), (&other, 2, format!("{other_text}# more\n"))]
    {
        let action = titled(&actions(&mut client, &file, 2, 3, None), "remove this definition");
        let id = client.send_request("codeAction/resolve", action);
        client.wait_for_children();
        client.change(edited, version, &new);
        let answer = client.answer_within(id, Duration::from_secs(300));
        is_refused(answer, "ask again");
        client.change(&file, version + 10, &text);
    }
    // An offer that nobody made.
    let answer = client.request("codeAction/resolve", json!({ "title": "x", "data": { "offer": "0" } }));
    is_refused(answer, "too long ago");
    client.end();
}

#[test]
fn the_editor_stays_responsive_and_a_proof_can_be_ended() {
    let small = Small::new();
    let tools = tempfile::tempdir().expect("a folder");
    let switch = tools.path().join("hang");
    let nix = fake_nix(tools.path(), &format!("if [ -e {} ]; then sleep 1000; fi; exec nix \"$@\"", switch.display()));
    let mut client = editing(server(&[small.path()])).options(json!({ "nix": nix })).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    std::fs::write(&switch, "").expect("written");
    let all = actions(&mut client, &file, 2, 3, None);
    let ids: Vec<i64> =
        (0..12).map(|number| client.send_request("codeAction/resolve", all[number % all.len()].clone())).collect();
    client.wait_for_children();
    let began = Instant::now();
    assert!(!client.hints(&file).is_empty());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let code = |answer: Answer| answer.expect_err("it was ended").code;
    // By the client, which does not want the answer any more.
    for id in &ids[1..] {
        client.notify("$/cancelRequest", json!({ "id": id }));
    }
    for id in &ids[1..] {
        assert_eq!(code(client.answer_within(*id, Duration::from_secs(10))), -32800);
    }
    // By the person, who sees the progress.
    let token = client.wait("$/progress", |progress| {
        let token = progress["token"].as_str()?;
        (progress["value"]["kind"] == "begin" && token.contains("proof")).then(|| token.to_owned())
    });
    client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    assert_eq!(code(client.answer_within(ids[0], Duration::from_secs(10))), -32800);
    client.wait_alone();
    // And one that is under way when the server ends.
    let action = titled(&all, "remove this definition");
    client.send_request("codeAction/resolve", action);
    client.wait_for_children();
    client.end();
}

#[test]
fn who_cannot_resolve_gets_the_edit_unproved() {
    let small = Small::new();
    let mut client = server(&[small.path()]).plain().run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let all = actions(&mut client, &file, 2, 3, None);
    let action = titled(&all, "remove this definition");
    assert_eq!(action["title"], "remove this definition (unproved)");
    let edits = &action["edit"]["changes"][uri(&file).as_str()];
    assert_eq!(edited(&text, edits), text.replace("  cores = 4;\n", ""));
    client.change(&file, 2, &format!("# more\n{text}"));
    assert_eq!(titles(&actions(&mut client, &file, 3, 3, None)), Vec::<&str>::new(), "it cannot show why not");
    client.end();
}

#[test]
fn nothing_is_offered_where_nothing_may_be_evaluated() {
    let small = Small::new();
    let mut client = editing(server(&[small.path()])).options(json!({ "trusted": false })).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "syntax");
    assert_eq!(titles(&actions(&mut client, &file, 2, 3, None)), Vec::<&str>::new());
    client.notify("mkwhy/setTrust", json!({ "trusted": true }));
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 2, 3, None), "remove this definition");
    client.notify("mkwhy/setTrust", json!({ "trusted": false }));
    client.wait_status(small.path(), "evaluated");
    assert_eq!(titles(&actions(&mut client, &file, 2, 3, None)), Vec::<&str>::new());
    let failure = client.request("codeAction/resolve", action).expect_err("refused");
    assert!(failure.message.contains("not trusted"), "{failure:?}");
    client.end();
}

#[test]
fn everything_of_a_file_that_changes_no_value() {
    let small = Small::new();
    small.write("a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  jobs = lib.mkDefault 1;\n  users = [ \"a\" ];\n}\n");
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    assert!(!titles(&actions(&mut client, &file, 0, 0, None)).iter().any(|title| title.starts_with("settle")));
    for only in ["source", "source.fixAll", "source.fixAll.mkwhy"] {
        let all = actions(&mut client, &file, 0, 0, Some(&[only]));
        assert_eq!(all.len(), 1, "{only}: {all:?}");
        assert_eq!(all[0]["kind"], "source.fixAll.mkwhy");
    }
    assert!(actions(&mut client, &file, 0, 0, Some(&["source.organizeImports"])).is_empty());
    let action = actions(&mut client, &file, 0, 0, Some(&["source.fixAll"])).remove(0);
    let chosen = client.ask("codeAction/resolve", action);
    let after = edited(&text, &chosen["edit"]["documentChanges"][0]["edits"]);
    assert_eq!(after, text.replace("  cores = 4;\n", "").replace("  jobs = lib.mkDefault 1;\n", ""), "{chosen}");
    client.end();
}

#[test]
fn settings_are_moved_into_a_module_that_does_not_exist_yet() {
    let small = Small::new();
    small.write("mkwhy.toml", "default-target = \"nixosConfigurations.laptop\"\nbase-module = \"base.nix\"\n");
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let all = actions(&mut client, &file, 4, 3, Some(&["refactor"]));
    let action = titled(&all, "move users into base.nix");
    assert_eq!(action["kind"], "refactor.move");
    let chosen = client.ask("codeAction/resolve", action);
    let changes = chosen["edit"]["documentChanges"].as_array().expect("changes").clone();
    let made = changes.iter().find(|change| change["kind"] == "create").expect("a file is made");
    assert_eq!(made["uri"], uri(&small.file("base.nix")).as_str());
    assert_eq!(made["options"], json!({ "overwrite": false, "ignoreIfExists": false }));
    let written = changes
        .iter()
        .find(|change| change["textDocument"]["uri"] == uri(&small.file("base.nix")).as_str())
        .expect("it is written");
    assert_eq!(written["textDocument"]["version"], Value::Null);
    assert!(chosen["title"].as_str().is_some_and(|title| title.contains("proved: ")), "{}", chosen["title"]);
    client.end();

    // An editor whose edits make no files is told what to do instead.
    let mut client = editing(server(&[small.path()]))
        .capabilities(json!({ "workspace": { "workspaceEdit": { "resourceOperations": [] } } }))
        .run();
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 4, 3, Some(&["refactor"])), "move users into base.nix");
    let failure = client.request("codeAction/resolve", action).expect_err("refused");
    assert!(failure.message.contains("make files"), "{failure:?}");
    client.end();
}

#[test]
fn a_move_that_is_refused_says_what_is_in_the_way_and_what_else_there_is() {
    let small = Small::new();
    small.write("mkwhy.toml", "default-target = \"nixosConfigurations.laptop\"\nbase-module = \"base.nix\"\n");
    small.write("a.nix", "{ lib, ... }:\n{\n  imports = [ (import ./n.nix \"a\") ];\n  cores = 4;\n}\n");
    small.write("laptop.nix", "{ }\n");
    small.write("forge.nix", "{ }\n");
    small.write("n.nix", "n: { lib, ... }: {\n  users = [ n ];\n}\n");
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("n.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 1, 3, Some(&["refactor"])), "move users into base.nix");
    let why = action["disabled"]["reason"].as_str().expect("it is refused");
    assert_eq!(
        why,
        "nothing is moved: n.nix:2:3: `n` cannot be said in base.nix; next best: keep it there: nothing else decides it"
    );
    let failure = client.request("codeAction/resolve", action).expect_err("refused");
    assert!(failure.message.starts_with("nothing is moved: n.nix:2:3: `n` cannot be said in base.nix"), "{failure:?}");
    assert!(failure.message.contains("; next best: "), "{failure:?}");
    client.end();
}

#[test]
fn a_module_that_is_left_empty_is_told_of() {
    let small = Small::new();
    small.write("a.nix", "{\n  cores = 4;\n}\n");
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 1, 3, None), "remove this definition");
    let chosen = client.ask("codeAction/resolve", action);
    let note = &chosen["edit"]["changeAnnotations"]["mkwhy"];
    let description = note["description"].as_str().expect("a description");
    let says = "a.nix says nothing any more: it can be deleted, and its import at default.nix:";
    assert!(description.starts_with(says), "{description}");
    assert_eq!(note["needsConfirmation"], false);
    client.end();
}

#[test]
fn an_extension_lists_fixes_and_has_them_proved() {
    let small = Small::new();
    let mut client = editing(server(&[small.path()])).run();
    let file = small.file("a.nix");
    let text = client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let document = json!({ "uri": uri(&file) });
    let by_place =
        client.ask("mkwhy/fixes", json!({ "textDocument": document, "position": { "line": 2, "character": 3 } }));
    let by_option = client.ask("mkwhy/fixes", json!({ "textDocument": document, "option": "cores" }));
    assert_eq!(by_place, by_option);
    let fixes = by_option.as_array().expect("a list").clone();
    let remove = titled(&fixes, "remove this definition");
    assert_eq!(
        (&remove["kind"], &remove["preferred"], &remove["proved"]),
        (&json!("quickfix"), &json!(true), &Value::Null)
    );
    let answer = client.ask("mkwhy/proof", json!({ "id": remove["id"] }));
    assert_eq!((&answer["proved"], &answer["values"], &answer["toAdd"]), (&json!(true), &json!([]), &json!([])));
    assert_eq!(answer["verdict"], "proved: 0 of 3 defined options change on 2 hosts");
    assert_eq!(edited(&text, &answer["edit"]["documentChanges"][0]["edits"]), text.replace("  cores = 4;\n", ""));
    let force = titled(&fixes, "let it decide");
    let answer = client.ask("mkwhy/proof", json!({ "id": force["id"] }));
    assert_eq!(answer["values"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["values"][1]["before"]["json"], 3);
    assert_eq!(answer["values"][1]["after"]["json"], 4);
    assert_eq!(answer["values"][1]["meant"], true);
    let again = client.ask("mkwhy/fixes", json!({ "textDocument": document, "option": "cores" }));
    assert_eq!(titled(again.as_array().expect("a list"), "remove this definition")["proved"], true);
    let bad = client.request("mkwhy/fixes", json!({ "textDocument": document }));
    assert_eq!(bad.expect_err("nothing is named").code, -32602);
    client.end();
}

#[test]
fn who_shows_proofs_tries_fixes_by_a_command() {
    let small = Small::new();
    let shows = json!({ "experimental": { "mkwhy": { "triesFixes": true } } });
    let mut client = editing(server(&[small.path()])).capabilities(shows).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let action = titled(&actions(&mut client, &file, 2, 3, None), "remove this definition");
    let command = &action["command"];
    let argument = &command["arguments"][0];
    assert_eq!(command["command"], "mkwhy.tryFix");
    assert_eq!((&argument["title"], &argument["kind"]), (&json!("remove this definition"), &json!("quickfix")));
    let answer = client.ask("mkwhy/proof", json!({ "id": argument["id"] }));
    assert_eq!(answer["verdict"], "proved: 0 of 3 defined options change on 2 hosts");
    // What asks for the edit all the same gets none: it comes with the proof alone.
    assert_eq!(client.ask("codeAction/resolve", action.clone()), action);
    // What is applied when a file is saved cannot be looked at first.
    let all = actions(&mut client, &file, 0, 0, Some(&["source.fixAll"]));
    assert!(client.ask("codeAction/resolve", all[0].clone())["edit"].is_object());
    client.end();
}

/// The eight modules of the fixture, with all hosts.
#[test]
fn all_duplicates_of_a_real_configuration_are_moved() {
    let folder = kernelcore();
    let mut client = editing(server(&[folder.path()])).run();
    let file = folder.path().join("modules/services/laptop-offload-client.nix");
    let text = client.open(&file);
    client.wait_status(folder.path(), "evaluated");
    let line = text.lines().position(|line| line.trim_start().starts_with("max-jobs")).expect("it is there");
    let all = actions(&mut client, &file, u32::try_from(line).expect("small"), 8, Some(&["refactor.move"]));
    let action = titled(&all, "move all duplicates of nix.settings.*");
    let chosen = client.ask("codeAction/resolve", action);
    let title = chosen["title"].as_str().expect("a title");
    assert!(title.contains("proved: ") && title.contains("hosts"), "{title}");
    assert!(chosen["edit"]["documentChanges"].as_array().is_some_and(|changes| changes.len() > 1), "{title}");
    client.end();
}
