//! The real workbench of VS Code, served to a browser, and the browser.
//!
//! `code-server` of the npm registry is VS Code as it is, on Node.js. Its installation compiles some modules and wants to
//! download ripgrep from elsewhere: it looks into a cache first, where the distribution's ripgrep is laid.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::tools::Tool;
use super::{Made, Stamp, tools};
use crate::process;

/// The version of code-server, and the version of VS Code in it.
const VERSION: &str = "4.100.3";

/// What its installation looks for in the cache: the version of the module that brings ripgrep, and of ripgrep.
const RIPGREP: (&str, &str) = ("1.15.11", "v13.0.0-10");

/// The major version of Node.js that this version of code-server is made for.
const NODE: &str = "v20.";

/// What the workbench is made with, and looked at with.
const TOOLS: [Tool; 7] = [
    Tool { program: "chromium", package: "chromium" },
    Tool { program: "rg", package: "ripgrep" },
    Tool { program: "krb5-config", package: "libkrb5-dev" },
    Tool { program: "g++", package: "g++" },
    Tool { program: "make", package: "make" },
    Tool { program: "python3", package: "python3" },
    Tool { program: "tar", package: "tar" },
];

/// The program of code-server, for Node.js.
pub fn program(parts: &Path) -> PathBuf {
    folder(parts).join("node_modules/code-server/out/node/entry.js")
}

fn folder(parts: &Path) -> PathBuf {
    parts.join("code-server")
}

/// Installs what is missing.
pub fn ensure(parts: &Path) -> Result<Made> {
    let tools = tools::ensure(&TOOLS)?;
    let headers = node_installation()?;
    let folder = folder(parts);
    let stamp = Stamp::new(parts, "code-server", &format!("1 {VERSION}"), &folder);
    if stamp.holds() && program(parts).is_file() {
        return Ok(tools);
    }
    super::build_folder(&folder, |temporary| install(temporary, &headers))?;
    let said = process::output(Command::new("node").arg(program(parts)).arg("--version"))
        .context("the installed code-server does not start")?;
    ensure!(said.contains(VERSION), "code-server was expected to be {VERSION}, but says \"{}\"", said.trim());
    stamp.set()?;
    Ok(Made::Now)
}

/// The folder that Node.js is installed in, with its headers: modules are compiled against them.
fn node_installation() -> Result<PathBuf> {
    let help = "code-server needs Node.js 20 with npm and its headers on PATH; install it in this machine's own way";
    let Some(node) = process::on_path("node") else { bail!("there is no node; {help}") };
    ensure!(process::on_path("npm").is_some(), "there is no npm; {help}");
    let version = process::output(Command::new(&node).arg("--version"))?;
    ensure!(version.starts_with(NODE), "node is {}; {help}", version.trim());
    let node = node.canonicalize()?;
    let installation = node.parent().and_then(Path::parent).context("node lies in no installation")?;
    ensure!(installation.join("include/node/node.h").is_file(), "{} has no headers; {help}", installation.display());
    Ok(installation.to_owned())
}

fn install(folder: &Path, node: &Path) -> Result<()> {
    let scratch = folder.join("tmp");
    seed_ripgrep(&scratch)?;
    super::write(&folder.join("package.json"), "{ \"private\": true }\n")?;
    process::output(
        Command::new("npm")
            .args(["install", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"])
            .arg(format!("code-server@{VERSION}"))
            .current_dir(folder)
            .env("TMPDIR", &scratch)
            .env("npm_config_unsafe_perm", "true")
            .env("npm_config_yes", "true")
            .env("npm_config_nodedir", node),
    )
    .with_context(|| format!("code-server {VERSION} cannot be installed; look at the network and npm's settings"))?;
    super::remove(&scratch)
}

/// Packs the distribution's ripgrep as the archive that the installation would download.
fn seed_ripgrep(scratch: &Path) -> Result<()> {
    let (module, version) = RIPGREP;
    let cache = scratch.join(format!("vscode-ripgrep-cache-{module}"));
    std::fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let program = process::on_path("rg").context("rg is not on PATH")?.canonicalize()?;
    let (Some(bin), Some(name)) = (program.parent(), program.file_name()) else { bail!("rg lies nowhere") };
    let archive = cache.join(format!("ripgrep-{version}-{}-unknown-linux-musl.tar.gz", std::env::consts::ARCH));
    process::output(Command::new("tar").arg("-czf").arg(archive).arg("-C").arg(bin).arg(name)).map(drop)
}
