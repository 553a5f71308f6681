//! Helpers of the end-to-end tests: the real parts, the matrix of Nix and `lib`, workspaces in scratch folders.

pub mod generated;
pub mod lsp;
pub mod marked;
pub mod sets;
pub mod told;

use std::path::{Path, PathBuf};

use mkwhy::{Settings, Workspace};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository").to_owned()
}

/// A real part that `cargo xtask setup` brings.
///
/// # Panics
/// If it is not there.
pub fn part(name: &str) -> PathBuf {
    let folder = std::env::var_os("MKWHY_PARTS").map_or_else(|| repository().join("target/parts"), PathBuf::from);
    let part = folder.join(name);
    assert!(part.exists(), "{} is missing: run `cargo xtask setup` first", part.display());
    part
}

/// A Nix to test with.
#[derive(Debug, Clone)]
pub struct TestNix {
    /// For messages.
    pub name: &'static str,
    /// The program; `None` for the one on PATH.
    pub program: Option<PathBuf>,
}

/// The distribution's Nix, and the newer one.
pub fn nixes() -> [TestNix; 2] {
    [
        TestNix { name: "Nix on PATH", program: None },
        TestNix { name: "Nix 2.26", program: Some(part("nix-2.26/root/usr/bin/nix")) },
    ]
}

/// A version of nixpkgs' `lib`.
#[derive(Debug, Clone)]
pub struct TestLib {
    /// For messages.
    pub name: &'static str,
    /// The folder with `lib` in it.
    pub nixpkgs: PathBuf,
    /// Whether it is newer than those that the test data has.
    pub newest: bool,
}

/// The versions that come with the test data, and the one that MKWHY_NIXPKGS names.
pub fn libs() -> Vec<TestLib> {
    let mut libs = vec![
        TestLib { name: "lib 22.11", nixpkgs: part("nixpkgs-22.11"), newest: false },
        TestLib { name: "lib 23.11", nixpkgs: part("nixpkgs-23.11"), newest: false },
    ];
    if let Some(nixpkgs) = std::env::var_os("MKWHY_NIXPKGS") {
        libs.push(TestLib { name: "lib of MKWHY_NIXPKGS", nixpkgs: nixpkgs.into(), newest: true });
    }
    libs
}

/// Copies a folder.
///
/// # Panics
/// If that fails.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a readable folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

/// Opens a workspace with one of the test's versions of Nix.
///
/// # Panics
/// If it cannot be opened.
pub fn open(folder: &Path, nix: &TestNix) -> Workspace {
    let settings = Settings { nix: nix.program.clone(), offline: Some(true), ..Settings::default() };
    Workspace::open(folder, settings).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// Runs a future to its end.
///
/// # Panics
/// If no runtime can be made.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
