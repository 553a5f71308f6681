//! Configurations to open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mkwhy_tests::{copy_folder, part, repository};
use tempfile::TempDir;

/// A copy of the fixture `kernelcore`, as a flake with real Nix modules.
pub fn kernelcore() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&repository().join("fixtures/kernelcore"), folder.path());
    let config = folder.path().join("mkwhy.toml");
    let text = std::fs::read_to_string(&config).expect("mkwhy.toml");
    let inputs = format!("override-inputs = {{ nixpkgs = \"path:{}\" }}", part("nixpkgs-22.11").display());
    std::fs::write(config, format!("{text}\n[flake]\n{inputs}\n")).expect("written");
    folder
}

/// Two targets of a few lines, evaluated in a fifth of a second. `laptop` is the default.
pub struct Small {
    folder: TempDir,
}

impl Small {
    pub fn new() -> Self {
        let small = Self { folder: tempfile::tempdir().expect("a folder") };
        let lib = part("nixpkgs-22.11").join("lib");
        small.write(
            "default.nix",
            &format!(
                "let\n  lib = import {};\n  of = more: lib.evalModules {{ modules = [ ./options.nix ./a.nix ] ++ more; }};\n\
                 in\n{{\n  nixosConfigurations.forge = of [ ./forge.nix ];\n  nixosConfigurations.laptop = of [ ./laptop.nix ];\n}}\n",
                lib.display()
            ),
        );
        small.write("mkwhy.toml", "default-target = \"nixosConfigurations.laptop\"\n");
        small.write(
            "options.nix",
            "{ lib, ... }:\n{\n  options.cores = lib.mkOption { type = lib.types.int; description = \"How many.\"; };\n  \
             options.jobs = lib.mkOption { type = lib.types.int; default = 1; };\n  \
             options.users = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };\n}\n",
        );
        small.write("a.nix", "{ lib, ... }:\n{\n  cores = 4;\n  jobs = lib.mkDefault 8;\n  users = [ \"a\" ];\n}\n");
        small.write("forge.nix", "{ lib, ... }:\n{\n  cores = lib.mkForce 2;\n}\n");
        small.write(
            "laptop.nix",
            "{ config, lib, ... }:\n{\n  cores = lib.mkForce 3;\n  jobs = lib.mkIf (config.cores == 99) 16;\n  users = [ \"b\" ];\n}\n",
        );
        small
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let file = self.file(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }
}

/// Every file of a folder with its text, to see whether anybody wrote there.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read(&path).expect("readable");
                files.insert(path, text);
            }
        }
    }
    files
}

/// A program to be taken for Nix.
pub fn fake_nix(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let program = folder.join("nix");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("allowed");
    program
}

/// A real Nix that writes down that it was called. The program, and the file with a line for each evaluation.
pub fn counting_nix(folder: &Path) -> (PathBuf, PathBuf) {
    let calls = folder.join("calls");
    std::fs::write(&calls, "").expect("written");
    let script =
        format!("echo \"$*\" | head -c 100 | tr '\\n' ' ' >> {0}; echo >> {0}; exec nix \"$@\"", calls.display());
    (fake_nix(folder, &script), calls)
}

/// How often Nix was called to evaluate.
pub fn evaluations(calls: &Path) -> usize {
    std::fs::read_to_string(calls)
        .expect("readable")
        .lines()
        .filter(|line| line.contains(" eval ") || line.starts_with("eval "))
        .count()
}

/// One target in which every rule finds something.
pub fn every_rule() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let lib = part("nixpkgs-22.11").join("lib");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write(
        "default.nix",
        &format!(
            "let lib = import {}; in\nlib.evalModules {{ modules = [ ./options.nix ./base.nix ./a.nix ./b.nix ]; }}\n",
            lib.display()
        ),
    );
    write("mkwhy.toml", "base-module = \"base.nix\"\nown = [\"a.nix\", \"b.nix\", \"base.nix\"]\n");
    write(
        "options.nix",
        r#"{ lib, ... }:
let
  int = default: lib.mkOption ({ type = lib.types.int; } // (if default == null then { } else { inherit default; }));
  list = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
in
{
  imports = [ (lib.mkRenamedOptionModule [ "old" "name" ] [ "new" "name" ]) ];
  options = {
    conflict = int null;
    shadow = int null;
    yield = int null;
    same = int 7;
    needless = int 1;
    redundant = int null;
    contradiction = int null;
    twice = int null;
    off = int 1;
    typed = int 1;
    allowed = int 2;
    revision = lib.mkOption { type = lib.types.str; readOnly = true; default = "1"; };
    new.name = int 1;
    dropped = list;
    element = list;
    order = list;
    several = list;
  };
}
"#,
    );
    write(
        "base.nix",
        r#"{ lib, ... }:
{
  dropped = lib.mkDefault [ "lost" ];
  yield = lib.mkDefault 1;
  element = [ "same" "first" ];
  several = [ "a" ];
}
"#,
    );
    write(
        "a.nix",
        r#"{ config, lib, ... }:
{
  conflict = 1;
  shadow = 1;
  yield = 2;
  same = 7;
  needless = lib.mkForce 3;
  redundant = 5;
  dropped = [ "kept" ];
  element = [ "same" ];
  order = lib.mkBefore [ "only" ];
  several = [ "b" ];
  old.name = 2;
  revision = "2";
  typed = "text";
  unknown = 1;
  off = lib.mkIf (config.same == 99) 2;
  # mkwhy: allow shadowed-definition
  allowed = 3;
}
"#,
    );
    write(
        "b.nix",
        r#"{ lib, ... }:
{
  config = lib.mkMerge [
    { contradiction = 1; twice = 1; }
    { contradiction = lib.mkForce 2; twice = 1; }
    { conflict = 2; shadow = lib.mkForce 2; redundant = 5; several = [ "c" ]; }
  ];
}
"#,
    );
    folder
}
