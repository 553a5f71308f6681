//! A second, newer version of Nix beside the distribution's own.
//!
//! The package of the next release is unpacked, with everything it depends on, into a folder: apt
//! resolves and downloads it with a state of its own, in which nothing is installed, and the system's
//! state is neither read nor written. The program is then told to use the loader and the libraries of that
//! folder, by their absolute paths.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::apt_sources::Archive;
use super::{Made, Stamp};
use crate::process;

/// The release whose Nix is taken, and the version it is expected to have.
const SUITE: &str = "trixie";
const VERSION: &str = "2.26.";

/// The folder's name under the parts.
const NAME: &str = "nix-2.26";

/// Makes the folder if it is missing.
pub fn ensure(parts: &Path) -> Result<Made> {
    let folder = parts.join(NAME);
    let program = program(&folder);
    let stamp = Stamp::new(parts, NAME, &format!("1 {SUITE}"), &folder);
    if stamp.holds() && program.is_file() {
        return Ok(Made::AlreadyThere);
    }
    let archive = Archive::of_this_machine()?;
    super::build_folder(&folder, |temporary| {
        let packages = download(temporary, &archive)?;
        unpack(&packages, &temporary.join("root"))?;
        // The folder has another name while it is made: the paths written into the program are those
        // it will have.
        redirect(temporary, &folder)?;
        super::remove(&temporary.join("apt"))
    })?;
    let version =
        process::output(Command::new(&program).arg("--version")).context("the unpacked program does not start")?;
    ensure!(
        version.split_whitespace().last().is_some_and(|number| number.starts_with(VERSION)),
        "{SUITE} was expected to have Nix {VERSION}x, but the unpacked program says \"{}\"",
        version.trim()
    );
    stamp.set()?;
    Ok(Made::Now)
}

fn program(folder: &Path) -> PathBuf {
    folder.join("root/usr/bin/nix")
}

/// Downloads the package and what it depends on; gives the files.
fn download(folder: &Path, archive: &Archive) -> Result<Vec<PathBuf>> {
    let apt = folder.join("apt");
    for empty in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(empty)).context("cannot make the folders of apt's state")?;
    }
    super::write(&apt.join("state/status"), "")?;
    super::write(&apt.join("suite.sources"), &archive.sources_file(SUITE))?;
    let configuration = apt.join("apt.conf");
    super::write(&configuration, &apt_configuration(&apt))?;
    let apt_get = |arguments: &[&str]| {
        process::output(
            Command::new("apt-get")
                .env("APT_CONFIG", &configuration)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .args(arguments),
        )
    };
    apt_get(&["update", "--error-on=any"]).with_context(|| {
        format!(
            "the package lists of {SUITE} cannot be had from {}; look at the network, and for a key that is missing at the package debian-archive-keyring",
            archive.uri
        )
    })?;
    apt_get(&["install", "--yes", "--download-only", "--no-install-recommends", "nix-bin"])
        .with_context(|| format!("nix-bin of {SUITE} cannot be downloaded; try again"))?;
    let archives = apt.join("cache/archives");
    let files: Vec<PathBuf> = fs::read_dir(&archives)
        .with_context(|| format!("cannot read {}", archives.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect();
    ensure!(!files.is_empty(), "apt-get has downloaded nothing");
    Ok(files)
}

/// Everything that apt reads and writes lies in `apt`. No package counts as installed there, so that all
/// dependencies are downloaded.
fn apt_configuration(apt: &Path) -> String {
    let apt = apt.display();
    format!(
        r#"Dir::Etc::sourcelist "{apt}/suite.sources";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
Dir::State "{apt}/state";
Dir::State::status "{apt}/state/status";
Dir::State::lists "{apt}/state/lists";
Dir::Cache "{apt}/cache";
APT::Sandbox::User "root";
APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
"#
    )
}

fn unpack(packages: &[PathBuf], root: &Path) -> Result<()> {
    fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
    for package in packages {
        process::output(Command::new("dpkg-deb").arg("-x").arg(package).arg(root))
            .with_context(|| format!("cannot unpack {}", package.display()))?;
    }
    Ok(())
}

/// Makes the program that lies in `folder` now use the loader and libraries of `later`, the place
/// that the folder will have.
fn redirect(folder: &Path, later: &Path) -> Result<()> {
    let program = program(folder);
    let loader = process::output(Command::new("patchelf").arg("--print-interpreter").arg(&program))?;
    let loader = Path::new(loader.trim()).file_name().context("the program names no loader")?;
    // The folder below usr/lib is named after the machine's architecture: it is the one with the loader.
    let libraries = fs::read_dir(folder.join("root/usr/lib"))
        .context("the packages have brought no libraries")?
        .flatten()
        .find(|entry| entry.path().join(loader).exists())
        .context("the packages have brought no loader")?
        .file_name();
    let libraries = later.join("root/usr/lib").join(libraries);
    process::output(
        Command::new("patchelf")
            .arg("--set-interpreter")
            .arg(libraries.join(loader))
            .arg("--force-rpath")
            .arg("--set-rpath")
            .arg(&libraries)
            .arg(&program),
    )
    .map(drop)
}
