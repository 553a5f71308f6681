//! `mkwhy why` on a machine without Nix.

use std::process::{Command, Output};

fn why(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("configuration.nix", "{ lib, config, ... }: { imports = [ ./a.nix ]; x = 1; }");
    write("a.nix", "{ lib, config, ... }: { x = lib.mkIf config.on (lib.mkForce 2); }");
    Command::new(env!("CARGO_BIN_EXE_mkwhy"))
        .args(["why", "--nix", "/there/is/no/nix"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn asked_for() {
    let output = why(&["x", "--syntax"]);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(stdout.contains("configuration.nix:1:48") && stdout.contains("a.nix:1:25"), "{stdout}");
    assert!(stdout.contains("if config.on: not known"), "{stdout}");
    assert!(output.stderr.is_empty());
}

#[test]
fn for_want_of_nix() {
    let output = why(&["x"]);
    assert_eq!(output.status.code(), Some(4), "the failure stays one");
    assert!(text(&output.stderr).contains("Nix was not found"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("read from the source text alone"), "{}", text(&output.stdout));
}

#[test]
fn as_json() {
    for (arguments, code, because) in [(&["x", "--syntax", "--json"][..], 0, false), (&["x", "--json"], 4, true)] {
        let output = why(arguments);
        assert_eq!(output.status.code(), Some(code));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json["known"]["how"], "syntax");
        assert_eq!(json["known"]["because"].is_object(), because);
        let written = &json["cascade"]["definitions"][0]["written"];
        assert_eq!(written["how"], "literal");
        assert!(written["binding"]["start"].is_u64(), "{written}");
    }
}

#[test]
fn nothing_is_known() {
    let output = why(&["y.z", "--syntax"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("says nothing about `y.z`"), "{}", text(&output.stderr));
}
