//! Standard output that goes nowhere, and what is asked of the program itself. Needs no Nix.

use std::process::{Command, Stdio};

fn mkwhy(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mkwhy"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = mkwhy(&["schema"]).spawn().expect("mkwhy runs");
    // Closed before anything is read; the schema is larger than what a pipe holds, or at least is written after this.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("mkwhy ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_is_lost_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has a full device");
    let output = mkwhy(&["schema"]).stdout(full).output().expect("mkwhy runs");
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("error: cannot write the answer:"), "{stderr}");
}

#[test]
fn a_refused_command_line_is_json_where_json_is_asked_for() {
    let output = mkwhy(&["--json", "frob"]).output().expect("mkwhy runs");
    assert_eq!(output.status.code(), Some(2));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["error"]["kind"], "usage");
    assert_eq!(document["error"]["message"], "unrecognized subcommand 'frob'");
}

#[test]
fn a_refused_command_line_leaves_standard_output_empty() {
    let output = mkwhy(&["why", "a..b"]).output().expect("mkwhy runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("a name is missing at offset 2"));
}

#[test]
fn help_documents_the_exit_codes() {
    let output = mkwhy(&["--help"]).output().expect("mkwhy runs");
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in [
        "  0  found",
        "  1  not found",
        "  2  usage",
        "  3  contradiction",
        "  4  evaluation",
        "  5  denied",
        "  6  left",
        "130  interrupted",
    ] {
        assert!(help.contains(line), "{line}\n{help}");
    }
}
