//! `cargo xtask dist`: the packages that people install.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::editors;
use crate::parts::{code_server, npm};
use crate::process;
use crate::workspace::Workspace;

/// Builds the program and packs the extension without it, for all platforms, and with it, for this one.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    npm::ensure(&workspace.parts(), &workspace.vscode())?;
    println!("dist: building mkwhy");
    process::output(
        process::cargo().args(["build", "--release", "--locked", "-p", "mkwhy-cli"]).current_dir(workspace.root()),
    )
    .context("mkwhy cannot be built")?;
    let program = target_folder(workspace).join("release/mkwhy");
    let folder = workspace.dist();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let platform = platform()?;
    let (plain, whole) = (folder.join("mkwhy.vsix"), folder.join(format!("mkwhy-{platform}.vsix")));
    for mut command in [package(workspace, &plain, None)?, package(workspace, &whole, Some((platform, &program)))?] {
        print!("dist: {}", process::output(&mut command)?);
    }
    println!("dist: {}", activation(workspace, &program, &plain)?);
    Ok(ExitCode::SUCCESS)
}

/// How long the packed extension takes to be activated, as the workbench measures it; its test says whether that is too long.
fn activation(workspace: &Workspace, program: &Path, package: &Path) -> Result<String> {
    if !code_server::program(&workspace.parts()).is_file() {
        return Ok("activation: not measured, there is no code-server (cargo xtask setup)".to_owned());
    }
    let mut command = editors::workbench(workspace, program, package)?;
    let said = process::output(command.args(["--", "--test-name-pattern=the activation"]))?;
    let line = said.lines().map(str::trim).find(|line| line.starts_with("activation: "));
    line.map(str::to_owned).context("the workbench has measured no activation")
}

/// The command that packs the extension, with the program for a platform or without any.
pub fn package(workspace: &Workspace, file: &Path, program: Option<(&str, &Path)>) -> Result<Command> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut command = Command::new("node");
    command.arg("scripts/package.mjs").arg("--out").arg(file).current_dir(workspace.vscode());
    if let Some((platform, program)) = program {
        command.arg("--target").arg(platform).arg("--program").arg(program);
    }
    Ok(command)
}

/// This machine's platform, as VS Code's packages name it.
fn platform() -> Result<&'static str> {
    Ok(match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        (system, processor) => bail!("VS Code has no name for {system} on {processor}"),
    })
}

/// Where cargo builds.
pub fn target_folder(workspace: &Workspace) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.root().join("target"), PathBuf::from)
}
