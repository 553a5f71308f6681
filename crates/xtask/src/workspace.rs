//! Where things lie in the repository.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root folder of the repository, with its symbolic links resolved: Nix refuses a store that
/// lies below a symbolic link.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the repository that this `xtask` belongs to.
    ///
    /// Cargo tells the running program where its package lies; that is preferred to what was true at
    /// build time, so that a repository which has been moved is found again.
    pub fn find() -> Result<Self> {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package
            .join("../..")
            .canonicalize()
            .with_context(|| format!("cannot find the repository above {}", package.display()))?;
        Ok(Self { root })
    }

    /// The folder with the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the parts for the tests are made: always here, whatever `CARGO_TARGET_DIR` says,
    /// so that tests and people find them in one place.
    pub fn parts(&self) -> PathBuf {
        self.root.join("target/parts")
    }

    /// The folder in which the demonstration takes place.
    pub fn demo(&self) -> PathBuf {
        self.root.join("target/demo")
    }

    /// The extension for VS Code.
    pub fn vscode(&self) -> PathBuf {
        self.root.join("editors/vscode")
    }

    /// The plugin for Neovim.
    pub fn neovim(&self) -> PathBuf {
        self.root.join("editors/nvim")
    }

    /// Where packages are made.
    pub fn dist(&self) -> PathBuf {
        self.root.join("target/dist")
    }

    /// A case of the fixtures.
    pub fn fixture(&self, name: &str) -> PathBuf {
        self.root.join("fixtures").join(name)
    }
}
