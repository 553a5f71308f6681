//! The tests of the editor plugins, in the real editors with the real program and real Nix.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::dist;
use crate::emacs;
use crate::neovim;
use crate::parts::code_server;
use crate::process;
use crate::setup::{self, Wanted};
use crate::test::{self, Outcome};
use crate::workspace::Workspace;

/// `cargo xtask editors`: these tests alone.
pub fn run(workspace: &Workspace, no_setup: bool) -> Result<ExitCode> {
    if !no_setup {
        setup::run(workspace, Wanted::NixAndNixpkgs)?;
        setup::editors(workspace)?;
    }
    Ok(test::conclude(&steps(workspace)?))
}

/// All steps; one that failed does not keep the others from running.
pub fn steps(workspace: &Workspace) -> Result<Vec<(&'static str, Outcome)>> {
    let program = program(workspace)?;
    let vscode = workspace.vscode();
    let npm = |script: &str| {
        let mut command = Command::new("npm");
        command.args(["run", "--silent", script]).current_dir(&vscode).env("MKWHY", &program);
        command
    };
    let mut outcomes = vec![("vscode: types and units", test::step(&mut npm("test")))];
    let package = workspace.root().join("target/test-editors/mkwhy.vsix");
    outcomes.push(("vscode: package", test::step(&mut dist::package(workspace, &package, None)?)));

    outcomes.push(("vscode: workbench", test::step(&mut workbench(workspace, &program, &package)?)));
    outcomes.extend(neovim::steps(workspace, &program)?);
    outcomes.extend(emacs::steps(workspace, &program)?);
    Ok(outcomes)
}

/// The tests in the workbench of VS Code, of a package of the extension.
pub fn workbench(workspace: &Workspace, program: &Path, package: &Path) -> Result<Command> {
    let scratch = test::created(&workspace.root().join("target/test-nix"))?;
    let mut command = Command::new("npm");
    command
        .args(["run", "--silent", "test:workbench"])
        .current_dir(workspace.vscode())
        .envs(test::own_store(&scratch))
        .env("MKWHY", program)
        .env("MKWHY_PARTS", workspace.parts())
        .env("MKWHY_VSIX", package)
        .env("MKWHY_CODE_SERVER", code_server::program(&workspace.parts()))
        .env("MKWHY_SCRATCH", test::created(&workspace.root().join("target/test-editors"))?);
    Ok(command)
}

/// The program as the tests have built it.
fn program(workspace: &Workspace) -> Result<PathBuf> {
    process::output(process::cargo().args(["build", "--locked", "-p", "mkwhy-cli"]).current_dir(workspace.root()))
        .context("mkwhy cannot be built")?;
    Ok(dist::target_folder(workspace).join("debug/mkwhy"))
}
