//! Programs of the distribution.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Made;
use crate::process;

/// A program that must be on PATH, and the package that brings it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub program: &'static str,
    pub package: &'static str,
}

/// What every test needs.
pub const NIX: [Tool; 3] = [
    Tool { program: "nix", package: "nix-bin" },
    Tool { program: "patchelf", package: "patchelf" },
    Tool { program: "git", package: "git" },
];

/// Installs the packages of those tools that are not on PATH. One that came another way is kept.
pub fn ensure(tools: &[Tool]) -> Result<Made> {
    let missing: Vec<&str> =
        tools.iter().filter(|tool| process::on_path(tool.program).is_none()).map(|tool| tool.package).collect();
    if missing.is_empty() {
        return Ok(Made::AlreadyThere);
    }
    if process::on_path("apt-get").is_none() {
        bail!(
            "this machine has no apt-get; install {} in its own way so that {} are on PATH",
            missing.join(" and "),
            tools.iter().map(|tool| format!("`{}`", tool.program)).collect::<Vec<_>>().join(", ")
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
    for Tool { program, package } in tools {
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
