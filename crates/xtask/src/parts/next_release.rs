//! Programs of the distribution's next release, beside what is installed.
//!
//! A package of that release is unpacked, with everything it depends on, into a folder: apt resolves and downloads it
//! with a state of its own, in which nothing is installed, and the system's state is neither read nor written. The
//! program is then told to use the loader and the libraries of that folder, by their absolute paths.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::apt_sources::Archive;
use super::{Made, Stamp};
use crate::process;

/// The release.
const SUITE: &str = "trixie";

/// A program of that release.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The folder's name under the parts.
    name: &'static str,
    /// The packages that are unpacked, with what they depend on.
    packages: &'static [&'static str],
    /// The program, below the root of the unpacked packages.
    path: &'static str,
    /// How the version begins that it is expected to have.
    version: &'static str,
}

/// A second, newer version of Nix.
pub const NIX: Program = Program { name: "nix-2.26", packages: &["nix-bin"], path: "usr/bin/nix", version: "2.26." };

/// The oldest version of Neovim that the plugin is for.
pub const NEOVIM: Program =
    Program { name: "neovim-0.10", packages: &["neovim"], path: "usr/bin/nvim", version: "v0.10." };

/// Emacs, with the client for language servers that is not its own.
pub const EMACS: Program =
    Program { name: "emacs-30", packages: &["emacs-nox", "elpa-lsp-mode"], path: "usr/bin/emacs-nox", version: "30." };

impl Program {
    /// The root of the unpacked packages.
    pub fn root(&self, parts: &Path) -> PathBuf {
        parts.join(self.name).join("root")
    }

    /// The program.
    pub fn program(&self, parts: &Path) -> PathBuf {
        self.root(parts).join(self.path)
    }

    /// Makes the folder if it is missing.
    pub fn ensure(&self, parts: &Path) -> Result<Made> {
        let folder = parts.join(self.name);
        let program = self.program(parts);
        let stamp = Stamp::new(parts, self.name, &format!("1 {SUITE}"), &folder);
        if stamp.holds() && program.is_file() {
            return Ok(Made::AlreadyThere);
        }
        let archive = Archive::of_this_machine()?;
        super::build_folder(&folder, |temporary| {
            let packages = download(temporary, &archive, self.packages)?;
            unpack(&packages, &temporary.join("root"))?;
            // The folder has another name while it is made: the paths written into the program are those
            // it will have.
            redirect(temporary, &folder, self.path)?;
            super::remove(&temporary.join("apt"))
        })?;
        let said =
            process::output(Command::new(&program).arg("--version")).context("the unpacked program does not start")?;
        let first = said.lines().next().unwrap_or_default();
        ensure!(
            first.split_whitespace().last().is_some_and(|number| number.starts_with(self.version)),
            "{} of {SUITE} was expected to be {}x, but the unpacked program says \"{first}\"",
            self.packages[0],
            self.version,
        );
        stamp.set()?;
        Ok(Made::Now)
    }
}

/// Downloads packages and what they depend on; gives the files.
fn download(folder: &Path, archive: &Archive, packages: &[&str]) -> Result<Vec<PathBuf>> {
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
    let install = ["install", "--yes", "--download-only", "--no-install-recommends"];
    apt_get(&[&install, packages].concat())
        .with_context(|| format!("{} of {SUITE} cannot be downloaded; try again", packages.join(" and ")))?;
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

/// Makes the program at `path` in the `folder` of now use the loader and libraries of `later`, the place
/// that the folder will have.
fn redirect(folder: &Path, later: &Path, path: &str) -> Result<()> {
    let program = folder.join("root").join(path);
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
