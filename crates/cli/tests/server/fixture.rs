//! Configurations to open.

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
