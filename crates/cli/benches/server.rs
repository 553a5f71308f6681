//! What the language server costs, as an editor sees it: the real binary, over its standard input and output.
//!
//! `cargo bench -p mkwhy-cli --bench server`; the files are those of the folders in `MKWHY_REAL`, or else of the nixpkgs
//! that `cargo xtask setup` has put under `target/parts`. Where `MKWHY_NIL` names a nil, it gets the same keystrokes in
//! the same file, in turns with ours; `MKWHY_BIN` names another mkwhy. `MKWHY_SLOWEST` is how many of the slowest
//! keystrokes are told of. What Nix is needed for is left out where there is none on PATH.

#![allow(missing_docs, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use client::{Client, Edit};
use corpus::{Corpus, figure, milliseconds};
use serde_json::json;

mod client;
#[path = "../../index/benches/corpus/mod.rs"]
mod corpus;

const FILES: usize = 5_000;
const KEYSTROKES: usize = 1_000;
const EDITS_OF_AN_HOUR: usize = 20_000;
const HOVERS: usize = 500;

fn main() {
    let own = PathBuf::from(env!("CARGO_BIN_EXE_mkwhy"));
    let mkwhy = std::env::var_os("MKWHY_BIN").map_or(own, PathBuf::from);
    from_text(&mkwhy);
    evaluated(&mkwhy);
}

/// The figures of one kind.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn since(&mut self, start: Instant) {
        self.0.push(milliseconds(start.elapsed()));
    }

    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(((sorted.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or_default()
    }

    fn print(&self, name: &str) {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| self.at(share));
        println!("{name:<52} p50 {p50:.2} ms, p99 {p99:.2} ms, max {max:.2} ms, {} times", self.0.len());
    }
}

/// What the text alone is worth: the worst target, all files are its modules.
fn from_text(mkwhy: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    Corpus::load().write(&root, FILES);
    let names = modules(&root);
    let lines: String = names.iter().map(|name| format!("      ./{name}\n")).collect();
    let host = "nixosConfigurations.host = lib.nixosSystem";
    let flake = format!("{{ outputs = {{ lib, ... }}: {{\n  {host} {{ modules = [\n{lines}  ]; }}; }}; }}");
    std::fs::write(root.join("flake.nix"), flake).expect("a flake");
    let file = root.join(typed_file(&names));
    let text = std::fs::read_to_string(&file).expect("a file");
    println!(
        "{} files, {} in {} bytes",
        names.len() + 1,
        file.strip_prefix(&root).expect("inside").display(),
        text.len()
    );

    let start = Instant::now();
    let options = json!({ "nix": "/there/is/no/nix", "evaluate": "command" });
    let mut client = Client::start(mkwhy, &["lsp"], &root, &options);
    client.open(&file, &text);
    let hints = client.hints(&file);
    figure("start to the first hints from the text", milliseconds(start.elapsed()), "ms", 1_000.0);
    println!("{hints} hints, {} MiB", client.memory("VmRSS"));
    assert!(hints > 0, "there are hints");

    let nil = std::env::var_os("MKWHY_NIL").map(PathBuf::from);
    let mut nil = nil.map(|nil| Client::start(&nil, &[], &root, &json!({})));
    if let Some(nil) = &mut nil {
        nil.open(&file, &text);
        // Of a file in which there is nothing to say it says nothing.
        for edit in breaking(&text, 1).iter().flat_map(|edit| [edit.typed(), edit.taken_back()]) {
            nil.forget();
            nil.change(&file, &edit);
            nil.wait_diagnostics(&file, None);
        }
    }
    client.print_processor_time(0);
    let (mut ours, mut theirs, mut both) = (Times::default(), Times::default(), Times::default());
    let mut slowest = Vec::new();
    // nil says nothing where nothing is new: a bracket that is too much is, and so is its end.
    let edits = breaking(&text, KEYSTROKES / 2);
    for edit in edits.iter().flat_map(|edit| [edit.typed(), edit.taken_back()]) {
        let start = Instant::now();
        let version = client.change(&file, &edit);
        let hints = client.send_hints(&file);
        client.wait_diagnostics(&file, Some(version));
        ours.since(start);
        client.wait_answer(hints);
        both.since(start);
        slowest.push((milliseconds(start.elapsed()), edit.told(&text)));
        if let Some(nil) = &mut nil {
            nil.forget();
            let start = Instant::now();
            nil.change(&file, &edit);
            nil.wait_diagnostics(&file, None);
            theirs.since(start);
        }
    }
    client.print_processor_time(both.0.len());
    println!("\na bracket is typed anywhere, and taken back");
    ours.print("  to diagnostics");
    both.print("  to diagnostics and hints");
    print_slowest(slowest);
    figure("keystroke to diagnostics and hints p99", both.at(0.99), "ms", 5.0);
    if nil.is_none() {
        println!("MKWHY_NIL names no nil: the comparison with it was left out");
    } else {
        theirs.print("  nil, to diagnostics");
        figure("keystroke p50, against nil's", both.at(0.5), "ms", theirs.at(0.5));
        figure("keystroke p99, against nil's", both.at(0.99), "ms", theirs.at(0.99));
    }
    drop(nil);
    println!("\na letter is typed anywhere, and taken back");
    client.print_processor_time(0);
    let mut letters = Times::default();
    let mut slowest = Vec::new();
    for edit in Edit::anywhere(&text, "x", KEYSTROKES / 2) {
        for edit in [edit.typed(), edit.taken_back()] {
            let start = Instant::now();
            keystroke(&mut client, &file, &edit);
            letters.since(start);
            slowest.push((milliseconds(start.elapsed()), edit.told(&text)));
        }
    }
    client.print_processor_time(letters.0.len());
    letters.print("  to diagnostics and hints");
    print_slowest(slowest);
    figure("keystroke to diagnostics and hints p99", letters.at(0.99), "ms", 5.0);

    let mut opened: Vec<(PathBuf, String)> = Vec::new();
    for name in names.iter().step_by(names.len() / 20) {
        let file = root.join(name);
        let text = std::fs::read_to_string(&file).expect("a file");
        client.open(&file, &text);
        opened.push((file, text));
    }
    for n in 0..EDITS_OF_AN_HOUR / 2 {
        let (file, text) = &opened[n % opened.len()];
        let Some(edit) = Edit::anywhere(text, "x", 1 + n % 97).pop() else { continue };
        client.change(file, &edit.typed());
        client.change(file, &edit.taken_back());
        if n % 50 == 0 {
            client.hints(file);
        }
    }
    client.hints(&file);
    println!();
    figure(&format!("memory after {EDITS_OF_AN_HOUR} edits"), client.memory("VmRSS") as f64, "MiB", 200.0);
    println!("{} MiB at the most", client.memory("VmHWM"));
    client.end();
}

/// As many of the slowest keystrokes as are to be told of.
fn print_slowest(mut keystrokes: Vec<(f64, String)>) {
    keystrokes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let most = std::env::var("MKWHY_SLOWEST").ok().and_then(|most| most.parse().ok()).unwrap_or(0);
    keystrokes.iter().take(most).for_each(|(ms, what)| println!("  slowest: {ms:.2} ms, {what}"));
}

/// Brackets that are too much, at many places of a text.
fn breaking(text: &str, count: usize) -> Vec<Edit> {
    Edit::anywhere(text, ")", count * 3).into_iter().filter(|edit| edit.breaks(text)).take(count).collect()
}

/// A keystroke, up to the new diagnostics and hints.
fn keystroke(client: &mut Client, file: &Path, edit: &Edit) {
    let version = client.change(file, edit);
    let hints = client.send_hints(file);
    client.wait_diagnostics(file, Some(version));
    client.wait_answer(hints);
}

/// What is answered once Nix has evaluated, and while it does; beside the configuration there are as many files.
fn evaluated(mkwhy: &Path) {
    let there_is = std::process::Command::new("nix").arg("--version").output().is_ok();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let parts = std::env::var_os("MKWHY_PARTS").map_or(repository.join("target/parts"), PathBuf::from);
    if !there_is || !parts.join("nixpkgs-22.11").exists() {
        return println!("\nno Nix, or no nixpkgs: what it evaluates is left out");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    copy(&repository.join("fixtures/kernelcore"), &root);
    Corpus::load().write(&root.join("vendor"), FILES - 130);
    let expression =
        format!("(import ./. {{ nixpkgs = {}/nixpkgs-22.11; }}).nixosConfigurations.kernelcore", parts.display());
    let config = format!(
        "own = [\"modules\", \"hosts\", \"sec\"]\n[[target]]\nname = \"kernelcore\"\nexpression = '''{expression}'''\n"
    );
    std::fs::write(root.join("mkwhy.toml"), config).expect("a file");
    let file = root.join("modules/security/nix-daemon.nix");
    let text = std::fs::read_to_string(&file).expect("a file");
    let mut client = Client::start(mkwhy, &["lsp"], &root, &json!({ "offline": true, "evaluate": "command" }));
    client.open(&file, &text);
    let before = Instant::now();
    client.evaluate();
    let state = client.wait_end_of_evaluation();
    println!("\nevaluated: {state}, {:.0} ms, {} MiB", milliseconds(before.elapsed()), client.memory("VmRSS"));

    let offset = text.find("max-jobs").expect("an option");
    let mut hovers = Times::default();
    for _ in 0..HOVERS {
        let start = Instant::now();
        let hover = client.hover(&file, &text, offset);
        hovers.since(start);
        assert!(hover.contains("max-jobs"), "{hover}");
    }
    hovers.print("  hover");
    figure("hover once evaluated p99", hovers.at(0.99), "ms", 5.0);
    let edits = Edit::anywhere(&text, "x", KEYSTROKES / 2);
    client.print_processor_time(0);
    let mut keystrokes = Times::default();
    for edit in edits.iter().flat_map(|edit| [edit.typed(), edit.taken_back()]) {
        let start = Instant::now();
        keystroke(&mut client, &file, &edit);
        keystrokes.since(start);
    }
    client.print_processor_time(keystrokes.0.len());
    keystrokes.print("  keystroke");
    figure("keystroke once evaluated p99", keystrokes.at(0.99), "ms", 5.0);

    // Nix takes a processor of its own; what counts is that nobody waits for it, nor for its answer.
    let mut keystrokes = Times::default();
    for round in edits.chunks(50).take(6) {
        client.evaluate();
        for edit in round.iter().flat_map(|edit| [edit.typed(), edit.taken_back()]) {
            let start = Instant::now();
            keystroke(&mut client, &file, &edit);
            keystrokes.since(start);
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        client.wait_end_of_evaluation();
    }
    keystrokes.print("  keystroke while Nix evaluates");
    figure("keystroke while Nix evaluates p99", keystrokes.at(0.99), "ms", 5.0);
    println!("{} MiB at the most", client.memory("VmHWM"));
    client.end();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).expect("a file");
        }
    }
}

/// The files that can be written as they are in a list of modules, in order.
fn modules(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte)) {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// The file that is typed in: home-manager's git, or a large one of those that there are.
fn typed_file(names: &[String]) -> &str {
    let found =
        names.iter().find(|name| name.ends_with("programs/git.nix") || name.ends_with("services/misc/nix-daemon.nix"));
    found.or(names.first()).expect("a file")
}
