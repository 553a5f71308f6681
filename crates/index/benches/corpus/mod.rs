//! What the benches have in common: real module files, numbers that are the same in every run, figures against goals.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ignore::WalkBuilder;

const MOST_FILES: usize = 5_000;
const FOLDERS: [&str; 3] = ["home-manager", "nixvim", "nix-darwin"];

/// Files by their names from a common root.
pub struct Corpus {
    pub files: Vec<(PathBuf, String)>,
}

impl Corpus {
    /// The files of the folders in `MKWHY_REAL`, or else of the nixpkgs that `cargo xtask setup` brings.
    pub fn load() -> Self {
        let mut files = Vec::new();
        if let Some(real) = std::env::var_os("MKWHY_REAL") {
            for folder in FOLDERS {
                collect(Path::new(&real), &Path::new(&real).join(folder), usize::MAX, &mut files);
            }
        }
        if files.is_empty() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts");
            let parts = std::env::var_os("MKWHY_PARTS").map_or(folder, PathBuf::from).join("nixpkgs-22.11/nixos");
            collect(&parts, &parts, MOST_FILES, &mut files);
        }
        assert!(!files.is_empty(), "no files: set MKWHY_REAL, or run `cargo xtask setup`");
        Self { files }
    }

    /// Writes so many files, over and over again where there are not enough.
    pub fn write(&self, root: &Path, count: usize) {
        for (n, (name, text)) in self.files.iter().cycle().take(count).enumerate() {
            let path = root.join(format!("copy-{}", n / self.files.len())).join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }
}

fn collect(root: &Path, folder: &Path, most: usize, files: &mut Vec<(PathBuf, String)>) {
    let sorted = WalkBuilder::new(folder).standard_filters(false).sort_by_file_name(OsStr::cmp).build();
    for entry in sorted.filter_map(Result::ok) {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if files.len() < most
            && is_file
            && entry.path().extension() == Some(OsStr::new("nix"))
            && let Ok(text) = fs::read_to_string(entry.path())
            && let Ok(name) = entry.path().strip_prefix(root)
        {
            files.push((name.to_path_buf(), text));
        }
    }
}

/// Prints a figure against its goal.
pub fn figure(name: &str, value: f64, unit: &str, goal: f64) {
    let verdict = if value <= goal { "ok" } else { "MISSED" };
    println!("{name:<52} {value:>9.2} {unit:<3} goal {goal} {unit}: {verdict}");
}

pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
