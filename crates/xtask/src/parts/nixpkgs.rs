//! Two trees of nixpkgs, from the test data of two crates.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{Made, Stamp, crates};

/// One tree: where it comes from and how it is known to be whole.
struct Tree {
    /// The folder's name under the parts.
    name: &'static str,
    /// The crate, and its exact version.
    package: &'static str,
    version: &'static str,
    /// The folder in the crate's sources, and where its content goes in the tree.
    from: &'static str,
    to: &'static str,
    /// What `lib.trivial.release` reads from `.version` beside `lib`; neither crate carries the file.
    release: &'static str,
    /// Files without which the tree is of no use.
    needed: &'static [&'static str],
}

const TREES: [Tree; 2] = [
    Tree {
        name: "nixpkgs-22.11",
        package: "nixel",
        version: "5.2.0",
        from: "tests/inputs/nixpkgs",
        to: "",
        release: "22.11",
        needed: &["lib/default.nix", "lib/modules.nix", "flake.nix", "nixos/modules/services/misc/nix-daemon.nix"],
    },
    Tree {
        name: "nixpkgs-23.11",
        package: "nixdoc",
        version: "0.3.0",
        from: "src/tests/fixtures",
        to: "lib",
        release: "23.11",
        needed: &["lib/default.nix", "lib/modules.nix", "lib/types.nix"],
    },
];

impl Tree {
    fn folder(&self, parts: &Path) -> PathBuf {
        parts.join(self.name)
    }

    fn stamp(&self, parts: &Path) -> Stamp {
        let recipe = format!("1 {} {}", self.package, self.version);
        Stamp::new(parts, self.name, &recipe, &self.folder(parts))
    }

    fn is_whole(&self, folder: &Path) -> Result<()> {
        for file in self.needed.iter().chain(&[".version"]) {
            ensure!(
                folder.join(file).is_file(),
                "{} {} has no {file} in its {}",
                self.package,
                self.version,
                self.from
            );
        }
        Ok(())
    }

    fn is_there(&self, parts: &Path) -> bool {
        self.stamp(parts).holds() && self.is_whole(&self.folder(parts)).is_ok()
    }

    fn make(&self, parts: &Path, sources: &Path) -> Result<()> {
        let folder = self.folder(parts);
        super::build_folder(&folder, |temporary| {
            super::copy_tree(&sources.join(self.from), &temporary.join(self.to))?;
            super::write(&temporary.join(".version"), self.release)?;
            self.is_whole(temporary)
        })?;
        self.stamp(parts).set()
    }
}

/// Makes the trees that are missing.
pub fn ensure(parts: &Path) -> Result<Made> {
    if TREES.iter().all(|tree| tree.is_there(parts)) {
        return Ok(Made::AlreadyThere);
    }
    let sources = crates::fetch(&parts.join("fetch"), &TREES.map(|tree| (tree.package, tree.version)))?;
    for tree in &TREES {
        let source =
            sources.get(tree.package).with_context(|| format!("cargo metadata does not name {}", tree.package))?;
        tree.make(parts, source).with_context(|| format!("cannot make {}", tree.name))?;
    }
    Ok(Made::Now)
}
