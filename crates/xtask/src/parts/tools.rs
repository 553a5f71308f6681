//! Programs of the distribution.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Made;
use crate::process;

/// Programs that must be on PATH, with the package that brings each.
const TOOLS: [(&str, &str); 3] = [("nix", "nix-bin"), ("patchelf", "patchelf"), ("git", "git")];

/// Installs the packages of those tools that are not on PATH. A Nix that came another way is kept.
pub fn ensure() -> Result<Made> {
    let missing: Vec<&str> =
        TOOLS.iter().filter(|(program, _)| process::on_path(program).is_none()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(Made::AlreadyThere);
    }
    if process::on_path("apt-get").is_none() {
        bail!(
            "this machine has no apt-get; install {} in its own way so that `nix`, `patchelf` and `git` are on PATH",
            missing.join(" and ")
        );
    }
    let privilege = Privilege::find(&missing)?;
    println!("setup: installing {}", missing.join(" and "));
    // Lists may be absent, and also too old: the packages they name are then gone from the mirror.
    // In both cases the first attempt fails and fresh lists help.
    if install(&privilege, &missing).is_err() {
        println!("setup: apt-get update");
        process::output(privilege.apt_get().arg("update"))
            .context("the package lists cannot be brought up to date; look at the network and at the apt sources")?;
        install(&privilege, &missing)?;
    }
    for (program, package) in TOOLS {
        if process::on_path(program).is_none() {
            bail!("{package} is installed, but `{program}` is not on PATH");
        }
    }
    Ok(Made::Now)
}

fn install(privilege: &Privilege, packages: &[&str]) -> Result<()> {
    process::output(privilege.apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
        .with_context(|| format!("install {} by hand", packages.join(" and ")))
        .map(drop)
}

/// How apt-get comes to the rights it needs.
enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    fn find(missing: &[&str]) -> Result<Self> {
        // `id` is asked because the standard library does not know the user.
        if process::output(Command::new("id").arg("-u"))?.trim() == "0" {
            return Ok(Self::Root);
        }
        if process::on_path("sudo").is_none() {
            bail!("this needs root and there is no sudo; as root, run: apt-get install {}", missing.join(" "));
        }
        Ok(Self::Sudo)
    }

    fn apt_get(&self) -> Command {
        match self {
            Self::Root => {
                let mut command = Command::new("apt-get");
                command.env("DEBIAN_FRONTEND", "noninteractive");
                command
            }
            // sudo does not pass the environment on.
            Self::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
                command
            }
        }
    }
}
