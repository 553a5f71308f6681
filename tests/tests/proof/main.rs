//! What a proof says of a change, against real Nix: every change of a value is seen, and nothing that is none.

mod kernelcore;
mod places;
mod values;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mkwhy::{Change, Edit, FinalValue, Proof, Proofs, TargetProof, Workspace};
use mkwhy_tests::{TestNix, block_on, nixes, open, part};
use tempfile::TempDir;

const OPTIONS: &str = r#"{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  any = type: mkOption { inherit type; };
  defaulted = type: default: mkOption { inherit type default; };
in
{
  options = {
    number = any types.int;
    float = any types.float;
    text = any types.str;
    list = any (types.listOf types.str);
    raw = any types.raw;
    function = any (types.functionTo types.str);
    package = any types.package;
    packages = any (types.listOf types.package);
    path = any types.path;
    lines = any types.lines;
    deep = any types.attrs;
    free = any (types.attrsOf types.anything);
    unset = any types.int;
    enabled = defaulted types.bool false;
    follows = any types.str;
    applied = mkOption { type = types.str; apply = text: x: text; };
    warnings = defaulted (types.listOf types.str) [ ];
    assertions = defaulted (types.listOf types.unspecified) [ ];
    users = defaulted (types.attrsOf (types.submodule ({ config, ... }: {
      options.shell = any types.str;
      options.groups = defaulted (types.listOf types.str) [ ];
      options.home = defaulted types.str "/home/${config.shell}";
    }))) { };
  };
}
"#;

const A: &str = r#"{ config, lib, pkgs, tree, ... }:
let
  hidden = "hidden";
  used = "used";
in
{
  number = 4;
  float = 0.1;
  text = "a";
  list = [ "one" "two" ];
  raw.very.deep.down.below.this.value.there.is.a.last = [ { name = 1; } ];
  function = x: used;
  package = pkgs.hello;
  packages = [ pkgs.hello pkgs.cat ];
  path = ./file;
  lines = "one";
  deep = { f = x: x; n = null; };
  free.a.b = 1;
  free.a.c = "x";
  follows = "follows ${toString config.number}";
  applied = "applied";
  users.alice.shell = "fish";
  users.bob = { };
  users.bob.shell = lib.mkDefault "bash";
  assertions = [ { assertion = config.number > 3; message = "${config.text} is too small"; } ];
}
"#;

const B: &str = r#"{ lib, ... }:
{
  number = lib.mkDefault 5;
  list = lib.mkAfter [ "three" ];
  users.alice.groups = [ "wheel" ];
}
"#;

/// How the configuration is found.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Flake,
}

struct Case {
    folder: TempDir,
    nix: TestNix,
}

impl Case {
    fn new(kind: Kind, nix: &TestNix) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let lib = part("nixpkgs-22.11").canonicalize().expect("a folder").join("lib");
        let case = Self { folder, nix: nix.clone() };
        let configuration = |lib: &str| {
            format!(
                "let nixpkgs = import {lib}; drv = name: {{ type = \"derivation\"; inherit name; outPath = \"/nix/store/x-${{name}}\"; }}; in \
                 nixpkgs.evalModules {{ specialArgs.tree = ./.; modules = [ ./options.nix ./a.nix ./b.nix \
                 {{ _module.args.pkgs = {{ hello = drv \"hello-1\"; cat = drv \"cat-1\"; other = drv \"hello-1\"; }}; }} ]; }}"
            )
        };
        match kind {
            Kind::File => case.write("default.nix", &configuration(&lib.display().to_string())),
            Kind::Flake => {
                let body = configuration("lib");
                case.write(
                    "flake.nix",
                    &format!(
                        "{{ inputs.lib = {{ url = \"path:{}\"; flake = false; }}; \
                         outputs = {{ self, lib }}: {{ nixosConfigurations.x = {body}; }}; }}",
                        lib.display()
                    ),
                );
            }
        }
        case.write("options.nix", OPTIONS);
        case.write("a.nix", A);
        case.write("b.nix", B);
        case.write("file", "content");
        case
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }

    fn read(&self, name: &str) -> Arc<str> {
        Arc::from(std::fs::read_to_string(self.path().join(name)).expect("readable"))
    }

    fn workspace(&self) -> Workspace {
        open(self.path(), &self.nix)
    }

    /// The change that replaces texts, each of which is there once; from nothing to a text, it makes the file.
    fn change(&self, edits: &[(&str, &str, &str)]) -> Change {
        let mut change = Change::default();
        for (name, from, to) in edits {
            if !self.path().join(name).exists() {
                change.create(name, *to).expect("apart");
                continue;
            }
            let before = self.read(name);
            assert_eq!(before.matches(from).count(), 1, "{from} in {name}");
            let at = before.find(from).expect("it is there");
            change.edit(name, &before, Edit::new(at..at + from.len(), *to)).expect("apart");
        }
        change
    }

    fn prove(&self, edits: &[(&str, &str, &str)], known: &mut Proofs) -> Proof {
        block_on(async {
            let workspace = self.workspace();
            let target = workspace.target(None).await.expect("a target");
            workspace.prove(&self.change(edits), &[target], known).await.expect("a proof")
        })
    }

    fn one(&self, edits: &[(&str, &str, &str)], known: &mut Proofs) -> TargetProof {
        let mut proof = self.prove(edits, known);
        assert_eq!(proof.targets.len(), 1);
        proof.targets.remove(0)
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=n", "-c", "user.email=m@e", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

fn changed(proof: &TargetProof) -> Vec<String> {
    proof.changed.iter().map(|change| change.option.to_string()).collect()
}

fn uncompared(proof: &TargetProof) -> Vec<String> {
    proof.uncompared.iter().map(ToString::to_string).collect()
}

fn json(value: &FinalValue) -> serde_json::Value {
    match value {
        FinalValue::Known { json: Some(json), .. } => json.clone(),
        other => panic!("{other:?}"),
    }
}

/// Both kinds by both versions of Nix.
fn cases() -> Vec<Case> {
    nixes().iter().flat_map(|nix| [Case::new(Kind::File, nix), Case::new(Kind::Flake, nix)]).collect()
}
