//! The modules that an editor's extension is built with, as its lock file names them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Made, Stamp};
use crate::process;

/// Installs the modules of the package in `folder`, unless those of its lock file are there.
pub fn ensure(parts: &Path, folder: &Path) -> Result<Made> {
    let lock = folder.join("package-lock.json");
    let recipe = std::fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let modules = folder.join("node_modules");
    let stamp = Stamp::new(parts, "npm-vscode", &recipe, &modules);
    if stamp.holds() && modules.is_dir() {
        return Ok(Made::AlreadyThere);
    }
    process::output(
        Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--no-update-notifier"]).current_dir(folder),
    )
    .with_context(|| format!("the modules of {} cannot be installed", folder.display()))?;
    stamp.set()?;
    Ok(Made::Now)
}
