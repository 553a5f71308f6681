//! Real configurations to measure and compare on.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::{TestNix, copy_folder, nixes, part, repository};

/// A configuration of real modules.
#[derive(Debug, Clone)]
pub struct RealSet {
    /// How it is called.
    pub name: &'static str,
    /// The Nix expression of the evaluated configuration.
    pub expression: String,
    /// Where its modules are.
    pub modules: PathBuf,
    /// The Nix that evaluates it.
    pub nix: TestNix,
}

/// The modules of `kernelcore` that define Nix settings on their own, from the incident that mkwhy is for.
pub const EIGHT: [&str; 8] = [
    "modules/system/nix.nix",
    "modules/security/nix-daemon.nix",
    "modules/services/laptop-offload-client.nix",
    "modules/system/binary-cache.nix",
    "modules/services/offload-server.nix",
    "modules/services/laptop-builder-client.nix",
    "modules/security/hardening-template.nix",
    "modules/services/users/claude-code.nix",
];

/// A host of the fixture `kernelcore`, as an expression.
pub fn kernelcore(host: &str) -> String {
    format!(
        "(import {}/fixtures/kernelcore {{ nixpkgs = {}; }}).nixosConfigurations.{host}",
        repository().display(),
        part("nixpkgs-22.11").display()
    )
}

/// The fixture `kernelcore` in a folder of its own, with a `mkwhy.toml` that goes on as given.
///
/// # Panics
/// If it cannot be copied.
pub fn kernelcore_with(more: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&repository().join("fixtures/kernelcore"), folder.path());
    let config = folder.path().join("mkwhy.toml");
    let text = std::fs::read_to_string(&config).expect("mkwhy.toml");
    std::fs::write(config, format!("{text}\n{more}")).expect("written");
    folder
}

/// The same as a flake that needs no network.
pub fn kernelcore_flake() -> TempDir {
    let nixpkgs = part("nixpkgs-22.11");
    kernelcore_with(&format!("[flake]\noverride-inputs = {{ nixpkgs = \"path:{}\" }}\n", nixpkgs.display()))
}

/// NixOS' own modules, as an expression.
pub fn nixos() -> String {
    format!(
        "import {}/tests/real/nixos.nix {{ nixpkgs = {}; }}",
        repository().display(),
        part("nixpkgs-22.11").display()
    )
}

/// The module sets that a person has beside the repository: `MKWHY_REAL` is a folder with checkouts of `nix-darwin`,
/// `home-manager` and `nixvim`, `MKWHY_NIXPKGS` the newest `lib`. Without them there are none. `MKWHY_REAL_SET` names
/// one alone.
pub fn beside_the_repository() -> Vec<RealSet> {
    let (Some(real), Some(nixpkgs)) = (std::env::var_os("MKWHY_REAL"), std::env::var_os("MKWHY_NIXPKGS")) else {
        return Vec::new();
    };
    let only = std::env::var("MKWHY_REAL_SET").ok();
    let wanted = |set: &&str| only.as_deref().is_none_or(|only| only == *set);
    ["nix-darwin", "home-manager", "nixvim"]
        .into_iter()
        .filter(wanted)
        .map(|set| (set, PathBuf::from(&real).join(set)))
        .filter(|(_, source)| source.is_dir())
        .map(|(set, source)| RealSet {
            name: set,
            expression: format!(
                "import {}/tests/real/{set}.nix {{ nixpkgs = {}; source = {}; }}",
                repository().display(),
                PathBuf::from(&nixpkgs).display(),
                source.display()
            ),
            modules: source,
            nix: nixes()[1].clone(),
        })
        .collect()
}

/// One of the configurations that a module set has among its own tests and examples.
#[derive(Debug, Clone)]
pub struct Example {
    /// The set.
    pub set: &'static str,
    /// The file, from the root of the set.
    pub file: String,
    /// The Nix expression of the evaluated configuration.
    pub expression: String,
}

/// Where the sets have tests and examples, and how many of them are looked at: every so many-th file, and the first so many
/// configurations of it.
const EXAMPLES: [(&str, &[&str], usize, usize); 3] = [
    ("nix-darwin", &["tests", "modules/examples"], 1, 1),
    ("home-manager", &["tests/modules"], 5, 1),
    ("nixvim", &["tests/test-sources"], 10, 3),
];

/// The tests and examples of the sets that `MKWHY_REAL` has; of the large sets a sample, or every `EVERY`-th.
///
/// # Panics
/// If `EVERY` is no number.
pub fn examples() -> Vec<Example> {
    let Some(nixpkgs) = std::env::var_os("MKWHY_NIXPKGS").map(PathBuf::from) else { return Vec::new() };
    let mut examples = Vec::new();
    for set in beside_the_repository() {
        let (_, folders, every, cases) = EXAMPLES.iter().find(|(name, ..)| *name == set.name).expect("a known set");
        let every = std::env::var("EVERY").ok().map_or(*every, |every| every.parse().expect("EVERY is a number"));
        let mut files = Vec::new();
        folders.iter().for_each(|folder| nix_files(&set.modules.join(folder), &mut files));
        files.sort();
        // Where the names of tests are listed, or a flake is made.
        files.retain(|file| {
            let listing = set.name != "nixvim" && file.ends_with("default.nix");
            !listing && !file.ends_with("flake.nix")
        });
        for (file, case) in files.iter().step_by(every).flat_map(|file| (0..*cases).map(move |case| (file, case))) {
            examples.push(Example {
                set: set.name,
                file: file.strip_prefix(&set.modules).expect("in the set").display().to_string(),
                expression: format!(
                    "import {}/tests/real/example.nix {{ set = \"{}\"; nixpkgs = {}; source = {}; file = {}; case = {case}; }}",
                    repository().display(),
                    set.name,
                    nixpkgs.display(),
                    set.modules.display(),
                    file.display()
                ),
            });
        }
    }
    examples
}

fn nix_files(folder: &std::path::Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            nix_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            files.push(path);
        }
    }
}
