//! `cargo xtask demo`: shows `mkwhy` on a fresh copy of the fixture it was written for.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::parts;
use crate::process;
use crate::setup::{self, Wanted};
use crate::workspace::Workspace;

/// The fixture that is shown.
const CASE: &str = "kernelcore";

/// The exit code of `mkwhy` for an option whose definitions contradict each other.
const CONTRADICTION: i32 = 3;

/// The command lines that are shown, each with the exit code it must have. In the last one's target two
/// modules force different values.
const SHOWN: [(&[&str], i32); 5] = [
    (&["targets"], 0),
    (&["why", "nix.settings.max-jobs"], 0),
    (&["why", "nix.settings.trusted-users"], 0),
    (&["dups", "nix.settings"], 0),
    (&["--target", "nixosConfigurations.contradiction", "why", "nix.settings.max-jobs"], CONTRADICTION),
];

/// Builds `mkwhy`, copies the fixture and runs the command lines there.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    setup::run(workspace, Wanted::NixAndNixpkgs)?;
    let program = build(workspace)?;
    let folder = workspace.demo().join(CASE);
    copy_fixture(workspace, &folder)?;
    println!("demo: in {}", folder.display());
    for (arguments, expected) in SHOWN {
        show(workspace, &program, &folder, arguments, expected)?;
    }
    println!("\ndemo: every command line ended as expected");
    Ok(ExitCode::SUCCESS)
}

/// Builds the program and gives its path as cargo reports it: it depends on the configuration.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    println!("demo: building mkwhy");
    let messages = process::cargo()
        .args(["build", "--release", "--locked", "--package", "mkwhy-cli"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace.root())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(messages.status.success(), "mkwhy cannot be built");
    executable(&String::from_utf8_lossy(&messages.stdout))
        .context("cargo has built mkwhy-cli, but no program called mkwhy")
}

fn executable(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "mkwhy")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// Makes a fresh copy of the fixture, in a repository of its own.
pub fn copy_fixture(workspace: &Workspace, folder: &Path) -> Result<()> {
    let fixture = workspace.fixture(CASE);
    ensure!(fixture.is_dir(), "there is no {}", fixture.display());
    parts::build_folder(folder, |temporary| parts::copy_tree(&fixture, temporary))?;
    // The copy lies inside this repository, which ignores it. Nix would take the nearest `.git` above
    // for the flake's and not see one file, so the copy gets its own.
    if process::on_path("git").is_some() {
        for arguments in [&["init", "--quiet"][..], &["add", "--all", "--force"]] {
            process::output(Command::new("git").args(arguments).current_dir(folder))?;
        }
    }
    Ok(())
}

fn show(workspace: &Workspace, program: &Path, folder: &Path, arguments: &[&str], expected: i32) -> Result<()> {
    let nixpkgs = format!("path:{}", workspace.parts().join("nixpkgs-22.11").display());
    let mut command = Command::new(program);
    command
        .args(["--override-input", "nixpkgs", &nixpkgs])
        .args(arguments)
        .current_dir(folder)
        .envs(store_of_its_own(workspace)?);
    let line = process::command_line(&command);
    println!("\n$ {line}");
    stdout().flush()?;
    let status = command.status().with_context(|| format!("cannot start {}", program.display()))?;
    ensure!(status.code() == Some(expected), "`{line}` was expected to end with exit code {expected}, but: {status}");
    Ok(())
}

/// Where the machine has no Nix store, the demonstration makes one in its folder rather than `/nix`:
/// that needs no root and leaves nothing behind.
fn store_of_its_own(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>> {
    if Path::new("/nix/store").exists() {
        return Ok(Vec::new());
    }
    let folder = workspace.demo().join("nix");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(vec![
        ("NIX_REMOTE", PathBuf::from("local")),
        ("NIX_STORE_DIR", folder.join("store")),
        ("NIX_STATE_DIR", folder.join("var")),
        ("NIX_LOG_DIR", folder.join("log")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_one_that_cargo_reports() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"mkwhy"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}
{"reason":"compiler-artifact","target":{"name":"mkwhy"},"executable":"/t/release/mkwhy"}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/t/release/mkwhy")));
        assert_eq!(executable("warning: not JSON"), None);
    }
}
