//! `cargo xtask setup`: makes what the tests need on a machine that has only a Rust toolchain.
//!
//! Every step looks first whether its result is there, so that a second run costs nothing, and
//! prints one line. A step that fails names itself and says what to do.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::parts::{Made, code_server, neovim, next_release, nixpkgs, npm, protocol, sarif, tools};
use crate::workspace::Workspace;

/// How much of the set-up a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The distribution's Nix and the trees of nixpkgs.
    NixAndNixpkgs,
    /// Those, the second version of Nix, and what other tests read.
    Tests,
    /// Those, and the editors.
    Everything,
}

/// Makes the parts that are missing.
pub fn run(workspace: &Workspace, wanted: Wanted) -> Result<()> {
    let parts = workspace.parts();
    step("nix and patchelf", || tools::ensure(&tools::NIX))?;
    step("nixpkgs 22.11 and 23.11", || nixpkgs::ensure(&parts))?;
    if wanted != Wanted::NixAndNixpkgs {
        step("nix 2.26", || next_release::NIX.ensure(&parts))?;
        step("schema of SARIF 2.1.0", || sarif::ensure(&parts))?;
        step("meta model of LSP 3.17", || protocol::ensure(&parts))?;
    }
    if wanted == Wanted::Everything {
        editors(workspace)?;
    }
    Ok(())
}

/// Makes the editors, and what the tests in them need.
pub fn editors(workspace: &Workspace) -> Result<()> {
    let parts = workspace.parts();
    step("code-server and a browser", || code_server::ensure(&parts))?;
    step("modules of editors/vscode", || npm::ensure(&parts, &workspace.vscode()))?;
    step("Neovim 0.10 and 0.11", || neovim::ensure(&parts))?;
    step("Emacs 30", || next_release::EMACS.ensure(&parts))
}

fn step(name: &str, make: impl FnOnce() -> Result<Made>) -> Result<()> {
    let start = Instant::now();
    let made = make().with_context(|| format!("set-up step \"{name}\" failed"))?;
    match made {
        Made::AlreadyThere => println!("setup: {name}: there"),
        Made::Now => println!("setup: {name}: made in {:.1} s", start.elapsed().as_secs_f32()),
    }
    Ok(())
}
