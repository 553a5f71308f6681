//! Options wherever they are named: read, declared, typed; and what editors ask beside the protocol.

use std::path::Path;

use mkwhy_tests::lsp::{Client, at, uri};
use serde_json::{Value, json};

use crate::fixture::{Small, counting_nix, evaluations, kernelcore};
use crate::server;

/// The position of a text in a file, and of so many letters behind its beginning.
#[track_caller]
fn place(file: &Path, wanted: &str, behind: usize) -> Value {
    let text = std::fs::read_to_string(file).expect("a file");
    let found = text.lines().enumerate().find_map(|(line, text)| Some((line, text.find(wanted)?)));
    let (line, column) = found.unwrap_or_else(|| panic!("{} has no {wanted}", file.display()));
    at(file, line, column + behind)
}

#[track_caller]
fn hover(client: &mut Client, place: Value) -> String {
    client.ask("textDocument/hover", place)["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn options_that_are_read_and_declared() {
    let folder = kernelcore();
    let daemon = folder.path().join("modules/security/nix-daemon.nix");
    let mut client = server(&[folder.path()]).run();
    client.open(&daemon);
    let text_alone = hover(&mut client, place(&daemon, "cfg.maxJobs", 6));
    assert!(text_alone.starts_with("**`kernelcore.security.nix-daemon.maxJobs`**"), "{text_alone}");
    client.wait_status(folder.path(), "evaluated");
    for (wanted, behind) in [("cfg.maxJobs", 6), ("maxJobs = lib.mkOption", 2)] {
        let text = hover(&mut client, place(&daemon, wanted, behind));
        assert!(text.starts_with("**`kernelcore.security.nix-daemon.maxJobs`**: signed integer"), "{wanted}: {text}");
        assert!(text.contains("```nix\n6\n```"), "the value is the evaluated one: {text}");
        assert!(text.contains("declared in [modules/security/nix-daemon.nix:16](file://"), "{text}");
        assert!(text.contains("Upper bound of parallel builds."), "{text}");
    }
    let set = client.ask("textDocument/definition", place(&daemon, "cfg.maxJobs", 6));
    let target = set[0]["uri"].as_str().expect("a place");
    let line = set[0]["range"]["start"]["line"].as_u64().expect("a line") as usize;
    let there = std::fs::read_to_string(target.strip_prefix("file://").expect("a file")).expect("a text");
    assert!(there.lines().nth(line).is_some_and(|line| line.contains("maxJobs")), "{set}");
    client.end();
}

/// As long as nothing is evaluated, that is more than nothing.
#[test]
fn what_only_perhaps_belongs_to_a_target() {
    let small = Small::new();
    let default = std::fs::read_to_string(small.file("default.nix")).expect("read");
    // Where no text says which files are modules.
    let computed = "map (name: toString ./. + \"/\" + name + \".nix\") ([ \"options\" \"a\" ] ++ [ more ])";
    let default = default.replace("[ ./options.nix ./a.nix ] ++ more", computed);
    let default = default.replace("[ ./laptop.nix ]", "\"laptop\"").replace("[ ./forge.nix ]", "\"forge\"");
    small.write("default.nix", &default);
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    let file = small.file("a.nix");
    client.open(&file);
    let document = json!({ "textDocument": { "uri": uri(&file) } });
    let names = |client: &mut Client| -> Vec<String> {
        let symbols = client.ask("textDocument/documentSymbol", document.clone());
        let symbols = symbols.as_array().into_iter().flatten();
        symbols.filter_map(|it| Some(it["name"].as_str()?.to_owned())).collect()
    };
    assert_eq!(names(&mut client), ["cores", "jobs", "users"]);
    assert_eq!(client.hints(&file), Vec::<String>::new());
    let said = hover(&mut client, place(&file, "cores", 1));
    assert!(
        said.starts_with("**`cores`**")
            && said.contains("not evaluated")
            && said.contains("| undecided (perhaps) | `4` |"),
        "{said}"
    );
    let references = {
        let mut params = place(&file, "cores", 1);
        params["context"] = json!({ "includeDeclaration": false });
        params
    };
    let places = client.ask("textDocument/references", references);
    assert!(places.as_array().is_some_and(|places| places.len() >= 2), "those of the other files: {places}");
    // Then it is known.
    client.ask("mkwhy/evaluate", json!({}));
    client.wait_status(small.path(), "evaluated");
    assert!(client.hints(&file).iter().any(|hint| hint.starts_with("3: lost to laptop.nix:3")));
    assert_eq!(names(&mut client), ["cores", "jobs", "users"]);
    client.end();
}

#[test]
fn what_only_nix_can_tell_is_asked_for_once() {
    let small = Small::new();
    small.write(
        "options.nix",
        "{ lib, ... }:\n{\n  options = lib.genAttrs [ \"cores\" \"jobs\" \"idle\" ] (name: lib.mkOption {\n    type = lib.types.int; \
         default = 5; description = \"Of ${name}.\"; });\n}\n",
    );
    small.write("a.nix", "{ cores = 4; jobs = 8; }\n");
    small.write("laptop.nix", "{ config, lib, ... }:\n{\n  cores = lib.mkForce config.idle;\n}\n");
    let (nix, calls) = counting_nix(small.path());
    let laptop = small.file("laptop.nix");
    let mut client = server(&[small.path()]).options(json!({ "nix": nix })).run();
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    let before = evaluations(&calls);
    for _ in 0..3 {
        let text = hover(&mut client, place(&laptop, "config.idle", 9));
        assert!(text.starts_with("**`idle`**: signed integer"), "{text}");
        assert!(text.contains("```nix\n5\n```") && text.contains("Of idle."), "{text}");
    }
    assert_eq!(evaluations(&calls), before + 1, "the answer is kept");
    // Where nothing is to be evaluated by itself, nothing is.
    client.notify("workspace/didChangeConfiguration", json!({ "settings": { "evaluate": "command", "nix": nix } }));
    let nothing = json!({ "textDocument": { "uri": uri(&laptop) }, "option": "none.such" });
    assert_eq!(client.ask("mkwhy/cascade", nothing), Value::Null);
    assert_eq!(evaluations(&calls), before + 1);
    client.end();
}

#[test]
fn folds_and_who_imports_whom() {
    let folder = kernelcore();
    let daemon = folder.path().join("modules/security/nix-daemon.nix");
    let category = folder.path().join("modules/security/default.nix");
    let mut client = server(&[folder.path()]).options(json!({ "evaluate": "command", "offline": true })).run();
    client.open(&daemon);
    client.open(&category);
    let folds = client.ask("textDocument/foldingRange", json!({ "textDocument": { "uri": uri(&daemon) } }));
    let text = std::fs::read_to_string(&daemon).expect("a file");
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<&str> = folds
        .as_array()
        .expect("folds")
        .iter()
        .map(|fold| {
            let (start, end) = (fold["startLine"].as_u64().expect("a line"), fold["endLine"].as_u64().expect("a line"));
            assert!(start < end && (end as usize) < lines.len(), "{fold}");
            lines[start as usize].trim()
        })
        .collect();
    for wanted in ["maxJobs = lib.mkOption {", "nix.settings = {", "systemd.services.nix-daemon = {"] {
        assert!(starts.contains(&wanted), "{wanted} is missing in {starts:?}");
    }

    // On an import the module is the imported one; anywhere else it is the document's.
    let named = client.ask("textDocument/prepareCallHierarchy", place(&category, "./nix-daemon.nix", 4));
    let own = client.ask("textDocument/prepareCallHierarchy", at(&daemon, 0, 0));
    assert_eq!(named, own);
    assert_eq!(own[0]["detail"], "modules/security/nix-daemon.nix");
    let incoming = client.ask("callHierarchy/incomingCalls", json!({ "item": own[0] }));
    let from: Vec<&str> =
        incoming.as_array().expect("calls").iter().filter_map(|call| call["from"]["detail"].as_str()).collect();
    assert_eq!(from, ["flake.nix", "modules/security/default.nix"]);
    let range = &incoming[1]["fromRanges"][0];
    let text = std::fs::read_to_string(&category).expect("a file");
    let line = text.lines().nth(range["start"]["line"].as_u64().expect("a line") as usize).expect("the line");
    assert_eq!(line.trim(), "./nix-daemon.nix");
    let outgoing = client.ask("callHierarchy/outgoingCalls", json!({ "item": incoming[1]["from"] }));
    let to: Vec<&str> =
        outgoing.as_array().expect("calls").iter().filter_map(|call| call["to"]["detail"].as_str()).collect();
    assert!(to.contains(&"modules/security/nix-daemon.nix") && to.len() > 3, "{to:?}");
    client.end();
}

#[test]
fn what_editors_ask_beside_the_protocol() {
    let small = Small::new();
    let laptop = small.file("laptop.nix");
    let mut client = server(&[small.path()]).run();
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    let cascade = client.ask("mkwhy/cascade", json!({ "textDocument": { "uri": uri(&laptop) }, "option": "cores" }));
    assert_eq!(
        cascade["conclusion"],
        json!(["laptop.nix:3:3 decides with mkForce, which outranks plain 100; 1 other loses."])
    );
    assert_eq!(cascade["declared_at"][0]["uri"], uri(&small.file("options.nix")).as_str());
    let [winner, loser] = cascade["definitions"].as_array().expect("definitions").as_slice() else {
        panic!("two definitions: {cascade}")
    };
    assert_eq!((&winner["struck"], &winner["why_not"]), (&json!(false), &Value::Null));
    assert_eq!(loser["struck"], true);
    assert_eq!(loser["why_not"], "laptop.nix:3:3 has mkForce 50, which outranks plain 100.");
    let place = json!({ "uri": uri(&small.file("a.nix")),
        "range": { "start": { "line": 2, "character": 2 }, "end": { "line": 2, "character": 7 } } });
    assert_eq!(loser["location"], place);
    assert_eq!(loser["at"]["file"], "a.nix", "its own fields are there too");

    let children = client.ask("mkwhy/children", json!({ "uri": uri(&laptop) }));
    let names: Vec<(&str, u64)> = children
        .as_array()
        .expect("children")
        .iter()
        .filter_map(|child| Some((child["name"].as_str()?, child["definitions"].as_u64()?)))
        .filter(|(name, _)| !name.starts_with('_'))
        .collect();
    assert_eq!(names, [("cores", 2), ("jobs", 2), ("users", 2)]);

    let page = client.ask("mkwhy/rule", json!({ "code": "shadowed-definition" }));
    assert!(page["page"].as_str().is_some_and(|text| text.starts_with("# shadowed-definition\n")), "{page}");
    assert_eq!(client.ask("mkwhy/rule", json!({ "code": "none" })), Value::Null);
    client.end();
}

/// One over the module, and one over each option that is defined more than once, which leads to all of them.
#[test]
fn lenses_count_and_lead_on() {
    let small = Small::new();
    let laptop = small.file("laptop.nix");
    let mut client = server(&[small.path()]).run();
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");
    let lenses = client.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri(&laptop) } }));
    let lenses: Vec<(u64, &str, &Value)> = lenses
        .as_array()
        .expect("lenses")
        .iter()
        .map(|lens| {
            let line = lens["range"]["start"]["line"].as_u64().expect("a line");
            (line, lens["command"]["title"].as_str().expect("a title"), &lens["command"]["arguments"])
        })
        .collect();
    let titles: Vec<(u64, &str)> = lenses.iter().map(|(line, title, _)| (*line, *title)).collect();
    let expected = [
        (0, "3 definitions: 0 lost, 1 inactive"),
        (2, "2 definitions of cores"),
        (3, "2 definitions of jobs"),
        (4, "2 definitions of users"),
    ];
    assert_eq!(titles, expected);
    let (_, _, arguments) = lenses[1];
    assert_eq!(arguments[0], uri(&laptop).as_str());
    assert_eq!(arguments[1], json!({ "line": 2, "character": 2 }));
    let places: Vec<(&Value, &Value)> = arguments[2]
        .as_array()
        .expect("places")
        .iter()
        .map(|place| (&place["uri"], &place["range"]["start"]["line"]))
        .collect();
    let (here, there) = (json!(uri(&laptop)), json!(uri(&small.file("a.nix"))));
    assert_eq!(places, [(&here, &json!(2)), (&there, &json!(2))]);
    client.end();
}

/// A binding that comes to several definitions is spoken of once.
#[test]
fn parts_of_one_binding_are_one() {
    let small = Small::new();
    small.write(
        "a.nix",
        "{ lib, ... }:\n{\n  cores = 4;\n  users = lib.mkMerge [ [ \"a\" ] (lib.mkAfter [ \"b\" ]) (lib.mkDefault [ \"c\" ]) ];\n}\n",
    );
    let file = small.file("a.nix");
    let mut client = server(&[small.path()]).run();
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let hints = client.hints(&file);
    assert_eq!(
        hints.iter().filter(|hint| hint.contains("merged")).collect::<Vec<_>>(),
        ["4: 2 of 3 merged"],
        "{hints:?}"
    );
    assert_eq!(hints.iter().filter(|hint| hint.starts_with("4: lost to ")).count(), 1, "{hints:?}");
    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri(&file) } }));
    let names: Vec<&str> = symbols.as_array().expect("symbols").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["cores", "users"]);
    let found = client.ask("workspace/symbol", json!({ "query": "users" }));
    let here = |symbol: &&Value| symbol["location"]["uri"] == uri(&file).as_str();
    assert_eq!(found.as_array().expect("symbols").iter().filter(here).count(), 1, "{found}");
    client.end();
}

#[test]
fn large_integers_keep_their_digits() {
    let small = Small::new();
    small.write("a.nix", "{ lib, ... }:\n{\n  jobs = 9007199254740993;\n  users = [ ];\n}\n");
    let mut client = server(&[small.path()]).run();
    let file = small.file("a.nix");
    client.open(&file);
    client.wait_status(small.path(), "evaluated");
    let document = json!({ "uri": uri(&file) });
    let jobs = client.ask("mkwhy/cascade", json!({ "textDocument": document, "option": "jobs" }));
    assert_eq!(jobs["value"]["value"], json!({ "kind": "int", "value": "9007199254740993" }));
    assert_eq!(jobs["definitions"][0]["value"]["value"], "9007199254740993", "{jobs}");
    let cores = client.ask("mkwhy/cascade", json!({ "textDocument": document, "option": "cores" }));
    assert_eq!(cores["value"]["value"], json!({ "kind": "int", "value": 3 }));
    client.end();
}

/// What draws the text and the trees of editors.
#[test]
fn items_options_and_modules() {
    let small = Small::new();
    let laptop = small.file("laptop.nix");
    let mut client = server(&[small.path()]).run();
    client.open(&laptop);
    client.wait_status(small.path(), "evaluated");

    let items = client.ask("mkwhy/items", json!({ "textDocument": { "uri": uri(&laptop) } }));
    let said: Vec<(&str, &str, u64, bool)> = items
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            let text = |name: &str| item[name].as_str().unwrap_or_default();
            let line = item["name"]["start"]["line"].as_u64().unwrap_or_default();
            (text("option"), text("outcome"), line, item["alone"] == true)
        })
        .collect();
    let expected = [("cores", "wins", 2, false), ("jobs", "inactive", 3, false), ("users", "merged", 4, false)];
    assert_eq!(said, expected, "{items}");
    assert_eq!(items[0]["priority"], 50);
    assert_eq!(items[0]["hint"], client.hints(&laptop)[0].trim_start_matches("3: "));

    let options = client.ask("mkwhy/options", json!({ "uri": uri(&laptop) }));
    let said: Vec<(&str, &str, u64)> = options
        .as_array()
        .expect("options")
        .iter()
        .filter(|option| !option["path"].as_str().is_some_and(|path| path.starts_with('_')))
        .map(|option| {
            let text = |name: &str| option[name].as_str().unwrap_or_default();
            (text("path"), text("value"), option["lost"].as_u64().unwrap_or_default())
        })
        .collect();
    assert_eq!(said.len(), 3, "{options}");
    assert_eq!((said[0], said[1]), (("cores", "3", 1), ("jobs", "8", 0)));
    assert_eq!(options[0]["segments"], json!(["cores"]));

    let modules = client.ask("mkwhy/modules", json!({ "uri": uri(&laptop) }));
    let module = |name: &str| {
        let found = modules.as_array().into_iter().flatten().find(|module| module["file"] == name);
        found.unwrap_or_else(|| panic!("{name} is missing in {modules}"))
    };
    assert_eq!(module("laptop.nix")["uri"], uri(&laptop).as_str());
    assert_eq!(module("laptop.nix")["outcomes"], json!({ "wins": 1, "inactive": 1, "merged": 1 }));
    let imported: Vec<&str> = module("default.nix")["imports"]
        .as_array()
        .expect("imports")
        .iter()
        .filter_map(|number| modules[number.as_u64()? as usize]["file"].as_str())
        .collect();
    assert!(["options.nix", "a.nix", "laptop.nix"].iter().all(|name| imported.contains(name)), "{imported:?}");
    client.end();
}

#[test]
fn symbols_of_a_workspace_are_the_closest_ones() {
    let small = Small::new();
    let sets: String = (0..700).map(|at| format!("  c{at}.o.r.e.s = {{\n    a = {at};\n  }};\n")).collect();
    small.write("many.nix", &format!("{{\n{sets}}}\n"));
    let place = |symbol: &Value| {
        let file = symbol["location"]["uri"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        format!("{file}:{} {}", symbol["location"]["range"]["start"]["line"], symbol["containerName"])
    };
    let ask = |client: &mut Client, query: &str| -> Vec<(String, String)> {
        let found = client.ask("workspace/symbol", json!({ "query": query }));
        let found = found.as_array().expect("symbols").iter();
        found.map(|symbol| (symbol["name"].as_str().unwrap_or_default().to_owned(), place(symbol))).collect()
    };
    let owned = |name: &str, place: &str| (name.to_owned(), place.to_owned());

    // From the text alone.
    let mut client = server(&[small.path()]).options(json!({ "evaluate": "command" })).run();
    let found = ask(&mut client, "cores");
    assert_eq!(
        found[..4],
        [
            owned("cores", "a.nix:2 null"),
            owned("cores", "forge.nix:2 null"),
            owned("cores", "laptop.nix:2 null"),
            owned("c0.o.r.e.s.a", "many.nix:2 null"),
        ]
    );
    assert_eq!(found.len(), 500);
    let all = ask(&mut client, "");
    assert_eq!(all.len(), 500);
    assert!(all.iter().all(|(name, _)| !name.is_empty() && !name.ends_with(".s")), "{:?}", &all[..9]);
    assert_eq!(ask(&mut client, "C699.O.R.E.S.A"), [owned("c699.o.r.e.s.a", "many.nix:2099 null")]);
    assert_eq!(ask(&mut client, "699a"), [owned("c699.o.r.e.s.a", "many.nix:2099 null")]);
    assert!(ask(&mut client, "nowhere").is_empty());
    client.end();

    // Evaluated: who wins is known, of files of another target where they define it, and both follow what is typed.
    let mut client = server(&[small.path()]).run();
    client.wait_status(small.path(), "evaluated");
    let evaluated = |client: &mut Client| {
        let mut found = ask(client, "cores");
        found.truncate(3);
        found.sort();
        found
    };
    assert_eq!(
        evaluated(&mut client),
        [
            owned("cores", "a.nix:2 \"shadowed\""),
            owned("cores", "forge.nix:2 null"),
            owned("cores", "laptop.nix:2 \"wins\""),
        ]
    );
    for name in ["a.nix", "forge.nix"] {
        let file = small.file(name);
        let text = client.open(&file);
        client.change(&file, 2, &format!("\n\n{text}"));
    }
    assert_eq!(
        evaluated(&mut client),
        [
            owned("cores", "a.nix:4 \"shadowed\""),
            owned("cores", "forge.nix:4 null"),
            owned("cores", "laptop.nix:2 \"wins\""),
        ]
    );
    client.end();
}

/// Of a larger set that is off nobody but Nix knows who else defines what is in it: somebody else's module may.
#[test]
fn what_is_off_is_not_all_there_is() {
    let small = Small::new();
    small.write("mkwhy.toml", "default-target = \"nixosConfigurations.laptop\"\nown = [\"laptop.nix\"]\n");
    small.write(
        "options.nix",
        "{ lib, ... }:\n{\n  options.cores = lib.mkOption { type = lib.types.int; };\n  options.env = lib.mkOption { type = \
         lib.types.attrsOf lib.types.str; };\n}\n",
    );
    small.write("a.nix", "{\n  cores = 4;\n  env.EDITOR = \"theirs\";\n}\n");
    small.write(
        "laptop.nix",
        "{ config, lib, ... }:\n{\n  env = lib.mkMerge [\n    { SHELL = \"mine\"; }\n    (lib.mkIf (config.cores == 99) {\n      \
         EDITOR = \"mine\";\n      PAGER = \"mine\";\n    })\n  ];\n}\n",
    );
    let laptop = small.file("laptop.nix");
    for asks in [true, false] {
        let evaluate = if asks { "save" } else { "command" };
        let mut client = server(&[small.path()]).options(json!({ "evaluate": evaluate })).run();
        client.open(&laptop);
        client.ask("mkwhy/evaluate", json!({}));
        client.wait_status(small.path(), "evaluated");
        let hints = client.hints(&laptop);
        assert!(hints.iter().any(|hint| hint.contains("inactive: config.cores == 99 is false")), "{hints:?}");
        let mut here = place(&laptop, "EDITOR", 1);
        let said = hover(&mut client, here.clone());
        let cascade = json!({ "textDocument": { "uri": uri(&laptop) }, "option": "env.EDITOR" });
        let conclusion = client.ask("mkwhy/cascade", cascade)["conclusion"].to_string();
        if asks {
            assert!(said.contains("| wins | `\"theirs\"` |") && said.contains("```nix\n\"theirs\"\n```"), "{said}");
            assert!(conclusion.contains("a.nix:3:3 decides"), "{conclusion}");
        } else {
            assert!(said.contains("only what is off was looked at") && said.contains("not known yet"), "{said}");
            assert!(conclusion.contains("Who decides was not looked at"), "{conclusion}");
        }
        here["context"] = json!({ "includeDeclaration": false });
        let all = client.ask("textDocument/references", here);
        assert_eq!(all.as_array().map(Vec::len), Some(if asks { 2 } else { 1 }), "{all}");
        // What nobody else defines is known as well then.
        let said = hover(&mut client, place(&laptop, "PAGER", 1));
        assert_eq!(said.contains("only what is off was looked at"), !asks, "{said}");
        client.end();
    }
}
