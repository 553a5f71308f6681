//! `cargo xtask test`: everything that must pass, and one line at the end that says whether it did.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::editors;
use crate::process;
use crate::setup::{self, Wanted};
use crate::workspace::Workspace;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// The toolchain does not have what the step needs, or the step was left out.
    Skipped,
}

/// Runs all steps, also after one that failed, so that one run shows everything there is to mend.
pub fn run(workspace: &Workspace, no_setup: bool, no_editors: bool, arguments: &[String]) -> Result<ExitCode> {
    if !no_setup {
        setup::run(workspace, if no_editors { Wanted::Tests } else { Wanted::Everything })?;
    }
    let cargo = |words: &[&str]| {
        let mut command = process::cargo();
        command.args(words).current_dir(workspace.root()).env("MKWHY_PARTS", workspace.parts());
        command
    };
    let mut outcomes = Vec::new();

    let mut tests = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    let scratch = created(&workspace.root().join("target/test-nix"))?;
    tests.envs(own_store(&scratch));
    outcomes.push(("tests", step(tests.args(arguments))));

    outcomes.push(("formatting", with_component("fmt", "rustfmt", || step(&mut cargo(&["fmt", "--all", "--check"])))));

    outcomes.push((
        "clippy",
        with_component("clippy", "clippy", || {
            step(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        }),
    ));

    let mut documentation = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    outcomes.push(("documentation", step(documentation.env("RUSTDOCFLAGS", "-D warnings"))));

    if no_editors {
        outcomes.push(("editors", Outcome::Skipped));
    } else {
        outcomes.extend(editors::steps(workspace)?);
    }
    Ok(conclude(&outcomes))
}

/// Prints the final line.
pub fn conclude(outcomes: &[(&str, Outcome)]) -> ExitCode {
    println!("\n{}", summary(outcomes));
    let failed = outcomes.iter().any(|(_, outcome)| *outcome == Outcome::Failed);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The environment in which Nix keeps to a folder of its own: no daemon, no `/nix`, no settings of the machine or the
/// person. Both versions of Nix then name files by the same paths that they really have.
pub fn own_store(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let inside = |name: &str| folder.join(name);
    vec![
        ("HOME", inside("home")),
        ("XDG_CACHE_HOME", inside("cache")),
        ("XDG_CONFIG_HOME", inside("config")),
        ("XDG_DATA_HOME", inside("data")),
        ("XDG_STATE_HOME", inside("state")),
        ("NIX_REMOTE", "local".into()),
        ("NIX_STORE_DIR", inside("nix/store")),
        ("NIX_STATE_DIR", inside("nix/var")),
        ("NIX_LOG_DIR", inside("nix/log")),
        ("NIX_CONF_DIR", inside("conf")),
        ("NIX_USER_CONF_FILES", "/dev/null".into()),
        ("NIX_CONFIG", "experimental-features = nix-command flakes\nbuild-users-group =\nflake-registry =".into()),
    ]
}

/// Nix refuses stores behind symbolic links.
pub fn created(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder.canonicalize()?)
}

/// Runs one step and says how it ended.
pub fn step(command: &mut Command) -> Outcome {
    println!("\n==> {}", process::command_line(command));
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => {
            println!("==> failed ({status})");
            Outcome::Failed
        }
        Err(error) => {
            println!("==> cannot be started: {error}");
            Outcome::Failed
        }
    }
}

fn with_component(subcommand: &str, component: &str, step: impl FnOnce() -> Outcome) -> Outcome {
    if process::succeeds(process::cargo().args([subcommand, "--version"])) {
        return step();
    }
    println!("\n==> cargo {subcommand}: skipped, the toolchain has no {component} (rustup component add {component})");
    Outcome::Skipped
}

/// The final line. What was skipped is named also when all is well: it was not checked.
fn summary(outcomes: &[(&str, Outcome)]) -> String {
    let named = |wanted: Outcome| {
        outcomes.iter().filter(|(_, outcome)| *outcome == wanted).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    let mut groups = Vec::new();
    for (label, wanted) in [("failed", Outcome::Failed), ("passed", Outcome::Passed), ("skipped", Outcome::Skipped)] {
        let names = named(wanted);
        if !names.is_empty() {
            groups.push(format!("{label}: {names}"));
        }
    }
    let failed = outcomes.iter().any(|(_, outcome)| *outcome == Outcome::Failed);
    let verdict = if failed { "FAILED" } else { "OK" };
    format!("xtask test: {verdict} ({})", groups.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_line_names_what_failed_and_what_was_not_checked() {
        let outcomes = [("tests", Outcome::Passed), ("clippy", Outcome::Skipped), ("documentation", Outcome::Failed)];
        assert_eq!(summary(&outcomes), "xtask test: FAILED (failed: documentation; passed: tests; skipped: clippy)");
        assert_eq!(summary(&outcomes[..1]), "xtask test: OK (passed: tests)");
    }
}
