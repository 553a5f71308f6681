//! What is shown of the fixture: where, in which words, and that it leads to where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use mkwhy_tests::lsp::{Client, Encoding, Mirror, at, uri, whole};
use mkwhy_tests::{TestNix, nixes};
use serde_json::{Value, json};

use crate::fixture::{every_rule, kernelcore};
use crate::server;

/// The file of a URI.
#[track_caller]
fn file_of(uri: &Value) -> PathBuf {
    let path = uri.as_str().and_then(|uri| uri.strip_prefix("file://")).unwrap_or_else(|| panic!("no file: {uri}"));
    assert!(!path.contains('%'), "{path} is written plainly");
    path.into()
}

/// What stands at a location.
#[track_caller]
fn text_at(location: &Value) -> String {
    let file = file_of(&location["uri"]);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mirror = Mirror::new(text, Encoding::Utf16);
    mirror.slice(&location["range"]).unwrap_or_else(|| panic!("{location} is no place in it")).to_owned()
}

/// The places, as `file:line`, from the folder.
fn places(folder: &Path, locations: &Value) -> Vec<String> {
    let place = |location: &Value| {
        let file = file_of(&location["uri"]);
        let name = file.strip_prefix(folder).map(|name| name.display().to_string());
        let name = name.unwrap_or_else(|_| format!("…/{}", file.file_name().unwrap_or_default().to_string_lossy()));
        format!("{name}:{}", location["range"]["start"]["line"].as_u64().unwrap_or_default() + 1)
    };
    locations.as_array().into_iter().flatten().map(place).collect()
}

/// Where a text stands in a file, from 0.
#[track_caller]
fn find(file: &Path, wanted: &str) -> (usize, usize) {
    let text = std::fs::read_to_string(file).expect("a file");
    let found = text.lines().enumerate().find_map(|(line, text)| Some((line, text.find(wanted)?)));
    found.unwrap_or_else(|| panic!("{} has no {wanted}", file.display()))
}

const MAX_JOBS: [&str; 7] = [
    "modules/core/nix-base.nix:42",
    "modules/hardware/thermal.nix:20",
    "modules/security/hardening-template.nix:18",
    "modules/security/nix-daemon.nix:61",
    "modules/services/laptop-builder-client.nix:40",
    "modules/services/laptop-offload-client.nix:244",
    "modules/system/nix.nix:66",
];

fn walk_through(nix: &TestNix) {
    let folder = kernelcore();
    let daemon = folder.path().join("modules/security/nix-daemon.nix");
    let loser = folder.path().join("modules/system/nix.nix");
    let mut client = server(&[folder.path()]).options(json!({ "nix": nix.program })).run();
    client.open(&daemon);
    client.open(&loser);
    let at_once = client.hints(&daemon);
    assert!(at_once.contains(&"61: undecided: cfg.enable".to_owned()), "{at_once:?}");
    let status = client.wait_status(folder.path(), "evaluated");
    assert_eq!(status["target"], "nixosConfigurations.kernelcore");

    let hints = client.hints(&daemon);
    for hint in [
        "61: wins · mkForce 50",
        "62: wins · mkOverride 75",
        "66: inactive: cfg.optimiseStore is false",
        "68: 1 of 3 merged",
    ] {
        assert!(hints.iter().any(|shown| shown == hint), "{hint} is missing in {hints:#?}");
    }
    let hints = client.hints(&loser);
    assert!(hints.contains(&"66: lost to security/nix-daemon.nix:61 · mkForce 50".to_owned()), "{hints:#?}");

    parts_of_a_hint(&mut client, &loser, &daemon);
    hover(&mut client, &loser);
    navigation(&mut client, folder.path(), &loser);
    requests(&mut client, folder.path(), &daemon);
    client.end();
}

/// A click leads to the winner, and the tooltip tells the story.
fn parts_of_a_hint(client: &mut Client, loser: &Path, daemon: &Path) {
    let hints = client.ask("textDocument/inlayHint", whole(loser));
    let lost = hints.as_array().expect("hints").iter().find(|hint| hint["position"]["line"] == 65).expect("the hint");
    let part =
        lost["label"].as_array().expect("parts").iter().find(|part| !part["location"].is_null()).expect("a link");
    assert_eq!(part["value"], "security/nix-daemon.nix:61");
    assert_eq!(part["location"]["uri"], uri(daemon).as_str());
    assert_eq!(text_at(&part["location"]), "max-jobs");
    let story = lost["tooltip"]["value"].as_str().expect("a story");
    assert!(story.contains("| wins | `6` | mkForce 50 |"), "{story}");
    let line = std::fs::read_to_string(loser).expect("a file").lines().nth(65).expect("a line").len();
    assert_eq!(lost["position"]["character"], line, "it stands behind the definition");

    // Only what was asked for is answered.
    let mut some = whole(loser);
    some["range"] = json!({ "start": { "line": 60, "character": 0 }, "end": { "line": 65, "character": 0 } });
    let some = client.ask("textDocument/inlayHint", some);
    assert!(
        some.as_array()
            .expect("hints")
            .iter()
            .all(|hint| (60..=65).contains(&hint["position"]["line"].as_u64().unwrap_or(0)))
    );
}

fn hover(client: &mut Client, loser: &Path) {
    let (line, column) = find(loser, "nix.settings.max-jobs");
    let hover = client.ask("textDocument/hover", at(loser, line, column + 3));
    let text = hover["contents"]["value"].as_str().expect("markdown").to_owned();
    assert!(text.starts_with("**`nix.settings.max-jobs`**: signed integer or value \"auto\""), "{text}");
    assert!(text.contains("```nix\n6\n```"), "the final value: {text}");
    for row in [
        "| wins | `6` | mkForce 50 | [modules/security/nix-daemon.nix:61](",
        "| shadowed | ~~`4`~~ | plain 100 | [modules/system/nix.nix:66](",
        "| inactive: `cfg.enable` is false | ~~`2`~~ | mkForce 50 | [modules/security/hardening-template.nix:18](",
        "| shadowed (default) | ~~`\"auto\"`~~ | mkOptionDefault 1500 | [",
        "This option defines the maximum number of jobs",
    ] {
        assert!(text.contains(row), "{row} is missing in\n{text}");
    }
    let mut links = 0;
    for link in text.split("](file://").skip(1) {
        let (file, line) = link.split_once(')').expect("an end").0.split_once("#L").expect("a line");
        let line: usize = line.parse().expect("a number");
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let line = text.lines().nth(line - 1).expect("a line");
        assert!(line.contains("max-jobs") || line.contains("maxJobs"), "{file}: {line}");
        links += 1;
    }
    assert_eq!(links, 9, "eight definitions and the declaration");
    let range = json!({ "uri": uri(loser), "range": hover["range"] });
    assert_eq!(text_at(&range), "nix.settings.max-jobs");
    let nothing = client.ask("textDocument/hover", at(loser, 0, 0));
    assert_eq!(nothing, Value::Null, "there is no option at the first brace");
}

fn navigation(client: &mut Client, folder: &Path, loser: &Path) {
    let (line, column) = find(loser, "nix.settings.max-jobs");
    let here = at(loser, line, column + 3);
    let winner = client.ask("textDocument/definition", here.clone());
    assert_eq!(places(folder, &winner), ["modules/security/nix-daemon.nix:61"]);

    let declared = client.ask("textDocument/declaration", here.clone());
    assert_eq!(text_at(&declared[0]).split_whitespace().next(), Some("max-jobs"), "{declared}");

    let all = client.ask("textDocument/implementation", here.clone());
    let mut found = places(folder, &all);
    found.sort();
    assert_eq!(found, MAX_JOBS);
    for location in all.as_array().expect("locations") {
        let text = text_at(location);
        assert!(text.ends_with("max-jobs") || text.ends_with("maxJobs"), "{text}");
    }
    let references = |client: &mut Client, declaration: bool| {
        let mut params = here.clone();
        params["context"] = json!({ "includeDeclaration": declaration });
        client.ask("textDocument/references", params).as_array().map_or(0, Vec::len)
    };
    assert_eq!(references(client, false), 7);
    assert_eq!(references(client, true), 8);

    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri(loser) } }));
    let names: Vec<&str> = symbols.as_array().expect("symbols").iter().filter_map(|it| it["name"].as_str()).collect();
    for name in ["nix.package", "nix.settings.cores", "nix.settings.max-jobs", "nix.gc.automatic"] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    for symbol in symbols.as_array().expect("symbols") {
        let selected = text_at(&json!({ "uri": uri(loser), "range": symbol["selectionRange"] }));
        let name = symbol["name"].as_str().unwrap_or_default();
        assert!(name.ends_with(&selected), "{name} is at {selected}");
    }
    let found = client.ask("workspace/symbol", json!({ "query": "nix.settings.max" }));
    let locations: Vec<Value> = found
        .as_array()
        .expect("symbols")
        .iter()
        .filter(|symbol| symbol["name"] == "nix.settings.max-jobs")
        .map(|symbol| symbol["location"].clone())
        .collect();
    let mut found = places(folder, &Value::Array(locations));
    found.sort();
    assert_eq!(found, MAX_JOBS);

    let flake = folder.join("flake.nix");
    client.open(&flake);
    let links = client.ask("textDocument/documentLink", json!({ "textDocument": { "uri": uri(&flake) } }));
    let links: BTreeMap<String, PathBuf> = links
        .as_array()
        .expect("links")
        .iter()
        .map(|link| (text_at(&json!({ "uri": uri(&flake), "range": link["range"] })), file_of(&link["target"])))
        .collect();
    assert_eq!(links.get("./modules/core/nix-base.nix"), Some(&folder.join("modules/core/nix-base.nix")));
    assert_eq!(links.get("./modules/network/dns"), Some(&folder.join("modules/network/dns/default.nix")));
    assert!(links.len() > 60, "{links:?}");
    assert!(links.values().all(|file| file.is_file()));
}

fn requests(client: &mut Client, folder: &Path, daemon: &Path) {
    let (line, column) = find(daemon, "max-jobs = ");
    let by_place = client.ask("mkwhy/cascade", at(daemon, line, column));
    let by_path = json!({ "textDocument": { "uri": uri(daemon) }, "option": "nix.settings.max-jobs" });
    assert_eq!(client.ask("mkwhy/cascade", by_path.clone()), by_place);
    assert_eq!(by_place["path"], "nix.settings.max-jobs");
    let mut wrong = by_path;
    wrong["option"] = json!("a..b");
    let refused = client.request("mkwhy/cascade", wrong).expect_err("no path");
    assert_eq!(refused.code, -32602, "{refused:?}");

    let matrix = client.ask("mkwhy/duplicates", json!({ "uri": uri(folder) }));
    let row = matrix["rows"].as_array().expect("rows").iter().find(|row| row["path"] == "nix.settings.max-jobs");
    assert_eq!(row.expect("the row")["cells"].as_array().map(Vec::len), Some(7));

    let targets = client.ask("mkwhy/targets", json!({}));
    assert_eq!(targets["active"], "nixosConfigurations.kernelcore");
    let names: Vec<&str> =
        targets["targets"].as_array().expect("targets").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(
        names,
        ["nixosConfigurations.contradiction", "nixosConfigurations.forge", "nixosConfigurations.kernelcore"]
    );

    let imports = client.ask("mkwhy/imports", json!({ "textDocument": { "uri": uri(daemon) } }));
    let importers: Vec<PathBuf> = imports["importers"].as_array().expect("importers").iter().map(file_of).collect();
    assert_eq!(importers, [folder.join("flake.nix"), folder.join("modules/security/default.nix")]);

    let lenses = client.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri(daemon) } }));
    let titles: Vec<&str> =
        lenses.as_array().expect("lenses").iter().filter_map(|lens| lens["command"]["title"].as_str()).collect();
    assert!(titles.iter().any(|title| title.starts_with("7 definitions of nix.settings.max-jobs")), "{titles:?}");
}

#[test]
fn the_fixture_with_nix_on_path() {
    walk_through(&nixes()[0]);
}

#[test]
fn the_fixture_with_a_newer_nix() {
    walk_through(&nixes()[1]);
}

/// A diagnostic as it is compared: rule, place, message, level.
type Told = (String, u64, u64, String, u64);

fn told(diagnostic: &Value) -> Told {
    let start = &diagnostic["range"]["start"];
    (
        diagnostic["code"].as_str().unwrap_or_default().to_owned(),
        start["line"].as_u64().unwrap_or_default(),
        start["character"].as_u64().unwrap_or_default(),
        diagnostic["message"].as_str().unwrap_or_default().to_owned(),
        diagnostic["severity"].as_u64().unwrap_or_default(),
    )
}

/// What `mkwhy check` finds in one target, by files.
fn checked(folder: &Path, target: &str) -> BTreeMap<String, Vec<(String, String, u64)>> {
    let output = Command::new(env!("CARGO_BIN_EXE_mkwhy"))
        .args(["--offline", "--quiet", "check", "--target", target, "--show", "hint", "--format", "json"])
        .current_dir(folder)
        .output()
        .expect("mkwhy runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut found: BTreeMap<String, Vec<(String, String, u64)>> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        let severity = match finding["level"].as_str() {
            Some("error") => 1,
            Some("warning") => 2,
            Some("information") => 3,
            _ => 4,
        };
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let file = finding["at"]["file"].as_str().expect("a file").to_owned();
        found.entry(file).or_default().push((text("code"), text("message"), severity));
    }
    found.values_mut().for_each(|found| found.sort());
    found
}

/// The last that was published of every file.
fn published(client: &Client, folder: &Path) -> BTreeMap<String, Vec<Told>> {
    let mut all = BTreeMap::new();
    for notified in client.notified().iter().filter(|it| it.method == "textDocument/publishDiagnostics") {
        let file = file_of(&notified.params["uri"]);
        let name = file.strip_prefix(folder).expect("a file of the folder").display().to_string();
        let diagnostics = notified.params["diagnostics"].as_array().expect("a list");
        all.insert(name, diagnostics.iter().map(told).collect::<Vec<_>>());
    }
    all.retain(|_, diagnostics| !diagnostics.is_empty());
    all
}

fn without_places(told: &BTreeMap<String, Vec<Told>>) -> BTreeMap<String, Vec<(String, String, u64)>> {
    let plain = |told: &Vec<Told>| {
        let mut plain: Vec<_> =
            told.iter().map(|(code, _, _, message, level)| (code.clone(), message.clone(), *level)).collect();
        plain.sort();
        plain
    };
    told.iter().map(|(file, told)| (file.clone(), plain(told))).collect()
}

/// Waits until what is published is as wanted.
#[track_caller]
fn wait_published(client: &Client, folder: &Path, wanted: &BTreeMap<String, Vec<(String, String, u64)>>) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let found = without_places(&published(client, folder));
        if found == *wanted {
            return;
        }
        if std::time::Instant::now() > until {
            for file in found.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
                assert_eq!(found.get(file), wanted.get(file), "{file}");
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
}

#[test]
fn what_check_finds_is_published_for_open_and_closed_files() {
    let folder = kernelcore();
    let mut client = server(&[folder.path()]).run();
    let open = folder.path().join("modules/core/nix-base.nix");
    client.open(&open);
    client.wait_status(folder.path(), "evaluated");
    let wanted = checked(folder.path(), "kernelcore");
    assert!(wanted.len() > 30);
    wait_published(&client, folder.path(), &wanted);
    // A file says the same whether it is open or not.
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(&open) } }));
    let other = folder.path().join("modules/system/nix.nix");
    client.open(&other);
    client.ask("textDocument/hover", at(&other, 0, 0));
    wait_published(&client, folder.path(), &wanted);
    client.end();
}

#[test]
fn every_rule_is_told_of_with_its_page_places_and_tags() {
    let folder = every_rule();
    let wanted = checked(folder.path(), "all");
    let codes: BTreeSet<&str> = wanted.values().flatten().map(|(code, _, _)| code.as_str()).collect();
    let all: BTreeSet<&str> = mkwhy::RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(codes, all, "the configuration has every rule's finding");

    let mut client = server(&[folder.path()]).run();
    let files: Vec<PathBuf> = wanted.keys().map(|name| folder.path().join(name)).collect();
    files.iter().for_each(|file| drop(client.open(file)));
    client.wait_status(folder.path(), "evaluated");
    wait_published(&client, folder.path(), &wanted);

    let mut tags: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut with_related = BTreeSet::new();
    for notified in client.notified().iter().filter(|it| it.method == "textDocument/publishDiagnostics") {
        let file = file_of(&notified.params["uri"]);
        for diagnostic in notified.params["diagnostics"].as_array().expect("a list") {
            let code = diagnostic["code"].as_str().expect("a code").to_owned();
            assert_eq!(diagnostic["source"], "mkwhy");
            let page = diagnostic["codeDescription"]["href"].as_str().expect("a page");
            let on_disk = page.strip_prefix("file://").expect("a page that is there without a network");
            let text = std::fs::read_to_string(on_disk).expect("the page");
            assert!(text.starts_with(&format!("# {code}\n")), "{text}");
            tags.entry(code.clone())
                .or_default()
                .extend(diagnostic["tags"].as_array().into_iter().flatten().filter_map(Value::as_u64));
            // Where it stands there is something.
            assert!(
                !text_at(&json!({ "uri": uri(&file), "range": diagnostic["range"] })).trim().is_empty(),
                "{diagnostic}"
            );
            for related in diagnostic["relatedInformation"].as_array().into_iter().flatten() {
                assert!(!text_at(&related["location"]).is_empty(), "{related}");
                with_related.insert(code.clone());
            }
        }
    }
    let unnecessary = [
        "dropped-contribution",
        "inactive-definition",
        "shadowed-definition",
        "yielded-default",
        "redundant-definition",
    ];
    for code in unnecessary {
        assert!(tags[code].contains(&1), "{code} fades");
    }
    assert!(tags["renamed-option"].contains(&2), "a renamed option is struck through");
    assert!(!tags["conflicting-definitions"].contains(&1));
    for code in ["conflicting-definitions", "shadowed-definition", "duplicate-definition", "dropped-contribution"] {
        assert!(with_related.contains(code), "{code} names the other places");
    }
    client.end();

    // A client that asks itself is told the same, and not twice.
    let mut client = server(&[folder.path()]).pulling().run();
    files.iter().for_each(|file| drop(client.open(file)));
    client.wait_status(folder.path(), "evaluated");
    client.wait_asked("workspace/diagnostic/refresh", |_| Some(()));
    for file in &files {
        let report = client.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri(file) } }));
        assert_eq!(report["kind"], "full");
        let name = file.strip_prefix(folder.path()).expect("a file of it").display().to_string();
        let told = report["items"].as_array().expect("items").iter().map(told).collect::<Vec<_>>();
        let found = without_places(&BTreeMap::from([(name.clone(), told)]));
        assert_eq!(found.get(&name), wanted.get(&name));
    }
    assert_eq!(published(&client, folder.path()), BTreeMap::new());
    client.end();
}
