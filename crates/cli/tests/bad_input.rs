//! What goes wrong in real life, asked of the real binary: a clear sentence with file and line, the documented exit
//! code, no process left over, and nothing written.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use mkwhy_tests::{TestNix, nixes, part};
use tempfile::TempDir;

const NOT_FOUND: i32 = 1;
const USAGE: i32 = 2;
const EVALUATION: i32 = 4;
const INTERRUPTED: i32 = 130;

/// A configuration of one module file, whose text is given, beside a good one.
fn with_module(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let default = format!(
        "let lib = import {}/lib; in lib.evalModules {{ modules = [ ./options.nix ./good.nix ./bad.nix ]; }}\n",
        part("nixpkgs-22.11").display()
    );
    let options = "{ lib, ... }:\n{\n  options.good = lib.mkOption { type = lib.types.int; };\n  \
                   options.bad = lib.mkOption { type = lib.types.int; default = 0; };\n}\n";
    write(folder.path(), "default.nix", &default);
    write(folder.path(), "options.nix", options);
    write(folder.path(), "good.nix", "{\n  good = 1;\n}\n");
    write(folder.path(), "bad.nix", text);
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

fn command(folder: &Path, nix: Option<&TestNix>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mkwhy"));
    command.current_dir(folder).arg("--offline");
    if let Some(program) = nix.and_then(|nix| nix.program.as_ref()) {
        command.arg("--nix").arg(program);
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end, and sees to it that the folder is as it was and that no process is left in it.
#[track_caller]
fn run(folder: &Path, nix: Option<&TestNix>, arguments: &[&str]) -> Output {
    let before = contents(folder);
    let output = command(folder, nix, arguments).output().expect("it runs");
    assert_eq!(contents(folder), before, "something was written");
    assert_no_process_in(folder);
    output
}

fn contents(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            // Git keeps its index fresh when it is asked for a tree's state.
            if path.ends_with(".git") {
                continue;
            }
            found.insert(path.clone(), std::fs::read(&path).ok());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

/// Processes whose working directory is the folder: Nix runs there.
fn processes_in(folder: &Path) -> Vec<String> {
    let folder = folder.canonicalize().expect("the folder");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|entry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == folder))
        .map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default())
        .filter(|line| !line.is_empty())
        .collect()
}

#[track_caller]
fn assert_no_process_in(folder: &Path) {
    let end = Instant::now() + Duration::from_secs(5);
    while !processes_in(folder).is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(processes_in(folder), Vec::<String>::new(), "a process was left over");
}

#[track_caller]
fn assert_says(output: &Output, code: i32, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let all = format!("{}{stderr}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(code), "{all}");
    for word in words {
        assert!(all.contains(word), "{word:?} is missing in:\n{all}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn no_nix() {
    let folder = with_module("{ }");
    let output = command(folder.path(), None, &["why", "good"]).env("PATH", "/nowhere").output().expect("it runs");
    assert_says(&output, EVALUATION, &["Nix was not found on PATH", "install Nix"]);
    let output = run(folder.path(), None, &["--nix", "/nowhere/nix", "why", "good"]);
    assert_says(&output, EVALUATION, &["/nowhere/nix"]);
}

#[test]
fn too_old_a_nix() {
    let folder = with_module("{ }");
    let old = folder.path().join("old-nix");
    let script = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'nix (Nix) 2.3.16'; exit 0; fi\n\
                  echo \"error: unrecognised flag '--extra-experimental-features'\" >&2; exit 1\n";
    std::fs::write(&old, script).expect("written");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let output = run(folder.path(), None, &["--nix", old.to_str().expect("a name"), "why", "good"]);
    assert_says(&output, EVALUATION, &["2.3.16", "2.4 or newer"]);
}

#[test]
fn a_syntax_error_in_one_module() {
    for nix in &nixes() {
        let folder = with_module("{\n  bad = ;\n}\n");
        let output = run(folder.path(), Some(nix), &["why", "good"]);
        assert_says(&output, EVALUATION, &["syntax error", "bad.nix:2:9"]);
    }
}

#[test]
fn a_missing_import() {
    for nix in &nixes() {
        let folder = with_module("{\n  imports = [ ./gone.nix ];\n}\n");
        let output = run(folder.path(), Some(nix), &["why", "good"]);
        assert_says(&output, EVALUATION, &["gone.nix"]);
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn git_flake(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flake.nix", text);
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    folder
}

#[test]
fn an_untracked_file_in_a_git_flake() {
    for nix in &nixes() {
        let folder = git_flake("{ outputs = { self }: { nixosConfigurations.a = import ./modules/new.nix; }; }\n");
        std::fs::create_dir(folder.path().join("modules")).expect("a folder");
        write(folder.path(), "modules/new.nix", "{ }");
        let output = run(folder.path(), Some(nix), &["why", "good"]);
        assert_says(&output, EVALUATION, &["modules", "Git does not track", "git add modules"]);
    }
}

#[test]
fn a_flake_without_configurations() {
    for nix in &nixes() {
        let folder = git_flake("{ outputs = { self }: { packages = { }; }; }\n");
        let output = run(folder.path(), Some(nix), &["why", "good"]);
        assert_says(&output, NOT_FOUND, &["nixosConfigurations", "mkwhy.toml"]);
    }
}

#[test]
fn no_configuration_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), None, &["why", "good"]);
    assert_says(&output, NOT_FOUND, &["no configuration", "flake.nix"]);
}

#[test]
fn a_mistake_in_mkwhy_toml() {
    let folder = with_module("{ }");
    write(folder.path(), "mkwhy.toml", "own = [\n  3\n]\n");
    let output = run(folder.path(), None, &["why", "good"]);
    assert_says(&output, USAGE, &["mkwhy.toml"]);
}

#[test]
fn infinite_recursion() {
    for nix in &nixes() {
        // In one value: only that value fails.
        let folder = with_module("{ config, ... }:\n{\n  bad = config.bad + 1;\n}\n");
        assert_says(
            &run(folder.path(), Some(nix), &["why", "bad"]),
            EVALUATION,
            &["infinite recursion", "bad.nix:3:3"],
        );
        assert_says(&run(folder.path(), Some(nix), &["why", "good"]), 0, &["good = 1"]);
        // In the imports: nothing can be told.
        let folder =
            with_module("{ config, lib, ... }:\n{\n  imports = lib.optional (config.good == 1) ./good.nix;\n}\n");
        assert_says(&run(folder.path(), Some(nix), &["why", "good"]), EVALUATION, &["infinite recursion"]);
    }
}

#[test]
fn a_value_that_throws() {
    for nix in &nixes() {
        let folder = with_module("{\n  bad = throw \"not like this\";\n}\n");
        assert_says(&run(folder.path(), Some(nix), &["why", "bad"]), EVALUATION, &["not like this", "bad.nix:2:3"]);
        assert_says(&run(folder.path(), Some(nix), &["why", "good"]), 0, &["good = 1", "good.nix:2:3"]);
    }
}

#[test]
fn a_value_of_the_wrong_type() {
    for nix in &nixes() {
        let folder = with_module("{\n  bad = \"text\";\n}\n");
        let output = run(folder.path(), Some(nix), &["why", "bad"]);
        assert_says(&output, EVALUATION, &["is not of type `signed integer'", "bad.nix:2:3"]);
    }
}

#[test]
fn an_unknown_option() {
    for nix in &nixes() {
        let folder = with_module("{\n  goood = 1;\n}\n");
        let output = run(folder.path(), Some(nix), &["why", "gud"]);
        assert_says(&output, NOT_FOUND, &["gud"]);
        // Nix refuses the whole configuration, the good option is answered all the same.
        let output = run(folder.path(), Some(nix), &["why", "good"]);
        assert_says(&output, 0, &["good = 1", "goood"]);
        let output = run(folder.path(), Some(nix), &["why", "goo"]);
        assert_says(&output, NOT_FOUND, &["did you mean", "good"]);
    }
}

#[test]
fn an_evaluation_that_hangs() {
    for nix in &nixes() {
        let folder = with_module(
            "{\n  bad = builtins.foldl' (a: b: a + b) 0 (builtins.genList (n: builtins.length (builtins.genList (m: m) 100000)) 100000000);\n}\n",
        );
        let start = Instant::now();
        let output = run(folder.path(), Some(nix), &["--timeout", "1", "why", "bad"]);
        assert_says(&output, EVALUATION, &["stopped after 1 s", "--timeout"]);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn an_evaluation_that_eats_memory() {
    for nix in &nixes() {
        let folder = with_module("{\n  bad = builtins.length (builtins.genList (n: n) 1000000000);\n}\n");
        let output = run(folder.path(), Some(nix), &["--memory", "1500", "why", "bad"]);
        assert_says(&output, EVALUATION, &["1500 MiB", "--memory"]);
    }
}

/// A value that takes longer than anybody waits.
const ENDLESS: &str = "{\n  bad = builtins.foldl' (a: b: b) 0 (builtins.genList (n: builtins.length (builtins.genList (m: m) 100000)) 100000000);\n}\n";

/// Starts a question that takes long, and waits until Nix is at it.
fn start_endless(folder: &Path, nix: &TestNix) -> std::process::Child {
    let child = command(folder, Some(nix), &["why", "bad"]).spawn().expect("it starts");
    let end = Instant::now() + Duration::from_secs(20);
    while !processes_in(folder).iter().any(|line| line.contains("eval")) || processes_in(folder).len() < 2 {
        assert!(Instant::now() < end, "Nix was not started");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    child
}

#[test]
fn killed_outright() {
    for nix in &nixes() {
        let folder = with_module(ENDLESS);
        let mut child = start_endless(folder.path(), nix);
        child.kill().expect("killed");
        child.wait().expect("it ends");
        assert_no_process_in(folder.path());
    }
}

#[test]
fn interrupted_in_the_middle() {
    for nix in &nixes() {
        for signal in ["-INT", "-TERM"] {
            let folder = with_module(ENDLESS);
            let mut child = start_endless(folder.path(), nix);
            let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
            assert!(killed.success());
            let status = child.wait().expect("it ends");
            assert_eq!(status.code(), Some(INTERRUPTED));
            assert_no_process_in(folder.path());
        }
    }
}

#[test]
fn a_file_that_is_not_utf8() {
    for nix in &nixes() {
        let folder = with_module("{ }");
        let mut text = b"{\n  bad = 3; # ".to_vec();
        text.extend([0xff, 0xfe, b'\n', b'}', b'\n']);
        std::fs::write(folder.path().join("bad.nix"), text).expect("written");
        // Nix does not mind; the answer stands, only the source text is not shown.
        let output = run(folder.path(), Some(nix), &["why", "bad"]);
        assert_says(&output, 0, &["bad = 3", "bad.nix:2:3"]);
    }
}

#[test]
fn a_directory_without_permission() {
    let folder = with_module("{\n  imports = [ ./locked/a.nix ];\n}\n");
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).expect("a folder");
    write(&locked, "a.nix", "{ }");
    for path in [folder.path(), &locked] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(if path == locked { 0o000 } else { 0o755 }))
            .expect("permissions");
    }
    // Permissions do not hold for root, so somebody else asks. Their Nix keeps to a folder of their own.
    let home = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).expect("permissions");
    let binary = home.path().join("mkwhy");
    std::fs::copy(env!("CARGO_BIN_EXE_mkwhy"), &binary).expect("a copy");
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary).args(["--offline", "why", "good"]);
    for (name, inside) in
        [("HOME", "home"), ("NIX_STORE_DIR", "nix/store"), ("NIX_STATE_DIR", "nix/var"), ("NIX_LOG_DIR", "nix/log")]
    {
        command.env(name, home.path().join(inside));
    }
    let output = command.env("NIX_REMOTE", "local").current_dir(folder.path()).output().expect("it runs");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    assert_says(&output, EVALUATION, &["locked", "ermission denied"]);
}

#[test]
fn a_path_that_is_no_path() {
    let folder = with_module("{ }");
    assert_says(&run(folder.path(), None, &["why", "a..b"]), USAGE, &["a name is missing"]);
    assert_says(&run(folder.path(), None, &["frobnicate"]), USAGE, &[]);
}
