//! Configurations made at random: a few modules that define the same options in every form there is.

mod module;
mod values;

use std::path::Path;

pub use module::Shape;

/// The options that generated modules define, or that follow them.
pub const OPTIONS: [&str; 21] = [
    "svc.enable",
    "svc.port",
    "svc.name",
    "svc.mode",
    "svc.opt",
    "svc.tags",
    "svc.text",
    "svc.env",
    "svc.settings",
    "svc.hosts",
    "svc.any",
    "svc.applied",
    "feat.n",
    "feat.name",
    "feat.list",
    "feat.enable",
    "flags.a",
    "flags.b",
    "flags.c",
    "derived.sum",
    "warnings",
];

/// A generator of numbers that gives the same ones for the same seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`, which is at least 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).unwrap_or_default()
    }

    /// True in so many of a hundred cases.
    pub fn in_hundred(&mut self, cases: usize) -> bool {
        self.roll(100) < cases
    }

    /// One of some things.
    pub fn one_of<'t, T: ?Sized>(&mut self, things: &[&'t T]) -> &'t T {
        things[self.roll(things.len())]
    }
}

/// The declarations.
const DECLARATIONS: &str = r#"{ lib, config, ... }:
let
  inherit (lib) mkOption types;
  opt = type: default: mkOption { inherit type default; };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "old" "port" ] [ "svc" "port" ])
    (lib.mkAliasOptionModule [ "alias" "tags" ] [ "svc" "tags" ])
  ];
  options = {
    warnings = opt (types.listOf types.str) [ ];
    assertions = opt (types.listOf types.unspecified) [ ];
    flags = lib.genAttrs [ "a" "b" "c" ] (_: opt types.bool false);
    feat = {
      enable = opt types.bool true;
      n = opt types.int 3;
      name = opt types.str "feature";
      list = opt (types.listOf types.str) [ "f" ];
    };
    svc = {
      enable = opt types.bool false;
      port = opt types.int 80;
      name = opt types.str "svc";
      mode = opt (types.enum [ "x" "y" "z" ]) "x";
      opt = opt (types.nullOr types.int) null;
      tags = opt (types.listOf types.str) [ ];
      text = opt types.lines "";
      env = opt (types.attrsOf types.str) { };
      any = opt types.anything { };
      applied = mkOption { type = types.int; default = 1; apply = n: n * 2; };
      settings = mkOption {
        default = { };
        type = types.submodule {
          freeformType = types.attrsOf (types.oneOf [ types.bool types.int types.str ]);
          options = {
            cores = opt types.int 0;
            users = opt (types.listOf types.str) [ ];
          };
        };
      };
      hosts = mkOption {
        default = { };
        type = types.attrsOf (types.submodule ({ name, ... }: {
          options = {
            ip = opt types.str "none";
            tags = opt (types.listOf types.str) [ ];
            on = opt types.bool false;
          };
          config.tags = [ name ];
        }));
      };
    };
    derived.sum = opt types.int 0;
  };
  config.derived.sum = config.feat.n + config.svc.port;
}
"#;

/// A configuration in a folder: `base.nix`, `m0.nix` …, two hosts.
#[derive(Debug)]
pub struct Generated {
    /// The files, by name.
    pub files: Vec<(String, String)>,
    /// The targets: mostly one, sometimes two.
    pub hosts: Vec<&'static str>,
}

impl Generated {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let count = 2 + dice.roll(3);
        let mut files = vec![("options.nix".to_owned(), DECLARATIONS.to_owned())];
        let mut imports = vec!["./options.nix".to_owned()];
        let part = dice.in_hundred(30);
        if part {
            files.push(("part.nix".to_owned(), module::part(&mut dice)));
        }
        for number in 0..count {
            let name = if number == 0 { "base.nix".to_owned() } else { format!("m{number}.nix") };
            files.push((name.clone(), module::module(&mut dice, part && number == 1)));
            imports.push(format!("./{name}"));
        }
        for host in ["one", "two"] {
            files.push((format!("{host}.nix"), module::host(&mut dice)));
        }
        let modules = imports.join(" ");
        files.push((
            "default.nix".to_owned(),
            format!(
                "{{ nixpkgs }}:\nlet\n  lib = import (nixpkgs + \"/lib\");\n  host = file: lib.evalModules {{ modules = [ {modules} file ]; }};\nin\n{{\n  one = host ./one.nix;\n  two = host ./two.nix;\n}}\n"
            ),
        ));
        let hosts = if dice.in_hundred(30) { vec!["one", "two"] } else { vec!["one"] };
        Self { files, hosts }
    }

    /// Writes it, with the targets in `mkwhy.toml`.
    ///
    /// # Panics
    /// If that fails.
    pub fn write(&self, folder: &Path, nixpkgs: &Path) {
        for (name, text) in &self.files {
            std::fs::write(folder.join(name), text).expect("written");
        }
        let targets: String = self
            .hosts
            .iter()
            .map(|host| {
                format!(
                    "[[target]]\nname = \"{host}\"\nfile = \"default.nix\"\nattribute = \"{host}\"\narguments = {{ nixpkgs = \"{}\" }}\n",
                    nixpkgs.display()
                )
            })
            .collect();
        std::fs::write(
            folder.join("mkwhy.toml"),
            format!("base-module = \"base.nix\"\ndefault-target = \"one\"\n{targets}"),
        )
        .expect("written");
    }
}
