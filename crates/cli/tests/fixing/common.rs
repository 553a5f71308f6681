//! Folders with a configuration, and the binary run in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mkwhy_tests::part;
use serde_json::Value;
use tempfile::TempDir;

pub const FOUND: i32 = 0;
pub const NOT_FOUND: i32 = 1;
pub const USAGE: i32 = 2;
pub const EVALUATION: i32 = 4;
pub const LEFT: i32 = 6;

/// A configuration with `base.nix` as its base module, and the two targets `forge` and `laptop`: the modules that are named,
/// and for each one a file of its name.
pub fn two_targets(modules: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let lib = part("nixpkgs-22.11").join("lib");
    let target = |name: &str| format!("  nixosConfigurations.{name} = of [ ./{name}.nix ];\n");
    let default = format!(
        "let\n  lib = import {};\n  of = more: lib.evalModules {{ modules = [ {modules} ] ++ more; }};\nin\n{{\n{}{}}}\n",
        lib.display(),
        target("forge"),
        target("laptop"),
    );
    write(folder.path(), "default.nix", &default);
    write(folder.path(), "mkwhy.toml", "base-module = \"base.nix\"\n");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

pub fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("there")
}

/// The files of a folder and of those in it, with their bytes.
pub fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("readable").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => files.push((path.clone(), std::fs::read(path).unwrap_or_default())),
            }
        }
    }
    files.sort();
    files
}

pub fn mkwhy(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mkwhy"));
    command.current_dir(folder).args(["--offline", "--quiet"]).args(line.split_whitespace());
    command.stdin(Stdio::null()).output().expect("mkwhy runs")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Standard output and standard error, if it ends with a code.
#[track_caller]
pub fn ends(folder: &Path, line: &str, code: i32) -> (String, String) {
    let output = mkwhy(folder, line);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{line}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

/// The same of a run that must not write anything.
#[track_caller]
pub fn only_says(folder: &Path, line: &str, code: i32) -> (String, String) {
    let before = contents(folder);
    let said = ends(folder, line, code);
    assert_eq!(contents(folder), before, "{line}: something was written");
    said
}

/// A document that is as the published schema says.
#[track_caller]
pub fn document(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).expect("JSON");
    let schema: Value =
        serde_json::from_str(&read(&mkwhy_tests::repository(), "schema/mkwhy-1.schema.json")).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{document:#}");
    document
}
