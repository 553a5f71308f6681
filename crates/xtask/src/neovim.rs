//! The specs of the plugin for Neovim, in both versions of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::parts::neovim::{self, Neovim};
use crate::test::{self, Outcome};
use crate::workspace::Workspace;

/// How the file of a spec ends.
const SPEC: &str = "_spec.lua";

/// All specs in each version; one that failed does not keep the others from running.
pub fn steps(workspace: &Workspace, program: &Path) -> Result<Vec<(&'static str, Outcome)>> {
    let specs = specs(&workspace.neovim().join("spec"))?;
    let mut outcomes = Vec::new();
    for neovim in neovim::all(&workspace.parts()) {
        let mut outcome = Outcome::Passed;
        for spec in &specs {
            if test::step(&mut spec_run(workspace, &neovim, program, spec)?) == Outcome::Failed {
                outcome = Outcome::Failed;
            }
        }
        outcomes.push((neovim.name, outcome));
    }
    Ok(outcomes)
}

/// The names of the specs in a folder.
fn specs(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(SPEC).map(str::to_owned))
        .collect();
    names.sort();
    ensure!(!names.is_empty(), "{} has no specs", folder.display());
    Ok(names)
}

fn spec_run(workspace: &Workspace, neovim: &Neovim, program: &Path, spec: &str) -> Result<Command> {
    let scratch = test::created(&workspace.root().join("target/test-nix"))?;
    let mut command = Command::new(&neovim.program);
    command
        .args(["--headless", "--clean", "-n", "-i", "NONE"])
        .arg("--cmd")
        .arg(format!("let g:spec = '{spec}'"))
        .args(["-c", "luafile editors/nvim/spec/run.lua"])
        // The script ends Neovim itself. Where it could not even begin, this does.
        .args(["-c", "cquit 1"])
        .current_dir(workspace.root())
        .envs(test::own_store(&scratch))
        .env("MKWHY", program)
        .env("MKWHY_PARTS", workspace.parts())
        .env("MKWHY_SCRATCH", test::created(&workspace.root().join("target/test-editors"))?);
    if let Some(runtime) = &neovim.runtime {
        command.env("VIMRUNTIME", runtime);
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_found_by_their_names() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        assert!(specs(scratch.path()).is_err(), "no specs are a mistake");
        for name in ["b_spec.lua", "a_spec.lua", "helper.lua"] {
            fs::write(scratch.path().join(name), "")?;
        }
        assert_eq!(specs(scratch.path())?, ["a", "b"]);
        Ok(())
    }
}
