//! Moving settings: into a base module that is not there yet, and into a module of a submodule.

use std::path::Path;

use mkwhy::{MovePlan, MoveRequest, Proof, Proofs, Workspace};
use mkwhy_tests::sets::kernelcore_flake;
use mkwhy_tests::{block_on, libs, nixes, open};
use tempfile::TempDir;

/// What a move comes to, with its proof over all targets.
fn moved(workspace: &Workspace, option: &str, to: &str) -> (MovePlan, Proof) {
    let request = MoveRequest {
        option: option.parse().expect("a path"),
        all: true,
        to: Some(to.to_owned()),
        ..MoveRequest::default()
    };
    block_on(async {
        let targets = workspace.targets().await.expect("targets");
        let mut inspections = Vec::new();
        for target in &targets {
            inspections.push(workspace.inspect(target).await.expect("evaluates"));
        }
        let mut known = Proofs::default();
        workspace.prove_move(&inspections, &request, &targets, &mut known).await.expect("a plan")
    })
}

#[test]
fn a_base_that_does_not_exist_is_made_and_imported() {
    let folder = kernelcore_flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let (plan, proof) = moved(&workspace, "services.clamav.updater", "modules/core/clamav-base.nix");
    assert!(proof.holds(&plan.fix), "{}", proof.summary());
    assert!(!plan.moved.is_empty(), "{:#?}", plan.left);
    let flake = plan.fix.change.file("flake.nix").expect("it is imported").after();
    assert!(flake.contains("./modules/core/clamav-base.nix"), "{flake}");
    let made = plan.fix.change.file("modules/core/clamav-base.nix").expect("it is made");
    assert!(made.before.is_none());
}

const OPTIONS: &str = "\
{ lib, ... }:
let
  user = { name, ... }: {
    options = {
      home.name = lib.mkOption { type = lib.types.str; default = name; };
      home.packages = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
      git.editor = lib.mkOption { type = lib.types.str; default = \"\"; };
      git.name = lib.mkOption { type = lib.types.str; default = \"\"; };
      git.enable = lib.mkOption { type = lib.types.bool; default = false; };
    };
  };
in
{
  options.host = lib.mkOption { type = lib.types.str; default = \"\"; };
  options.users = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submoduleWith { modules = [ user ]; });
    default = { };
  };
}
";

/// Users whose settings are modules in files of their own, as with home-manager in NixOS.
fn users(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let library = libs().pop().expect("a library").nixpkgs;
    let default = format!(
        "let lib = import {}/lib; in lib.evalModules {{ modules = [ ./options.nix ./host.nix ]; }}\n",
        library.display()
    );
    std::fs::create_dir(folder.path().join("home")).expect("a folder");
    for (name, text) in [("default.nix", default.as_str()), ("options.nix", OPTIONS)].iter().chain(files) {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    std::fs::write(folder.path().join("mkwhy.toml"), "[[target]]\nname = \"host\"\nfile = \"default.nix\"\n")
        .expect("written");
    folder
}

const HOST: &str = "\
{ config, ... }:
{
  host = \"lab\";
  users.ada = import ./home/ada.nix;
}
";
const ADA: &str = "\
{ config, lib, ... }:
{
  imports = [ ./shared.nix ./git.nix ];
  # what everybody knows
  git.editor = \"vi\";
}
";
const GIT: &str = "\
{ config, ... }:
let cfg = config.home;
in {
  git.enable = true;
  git.name = cfg.name;
}
";

fn after(plan: &MovePlan, file: &str) -> String {
    plan.fix.change.file(file).unwrap_or_else(|| panic!("{file}: {plan:#?}")).after()
}

/// The reasons why definitions stay.
fn left(plan: &MovePlan) -> Vec<String> {
    plan.left.iter().map(|left| format!("{}: {}", left.option, left.why)).collect()
}

#[track_caller]
fn open_users(folder: &Path) -> Workspace {
    open(folder, &nixes()[1])
}

#[test]
fn a_module_of_a_submodule_says_the_path_from_there() {
    // It is known by what it defines, and by who imports it.
    for shared in ["{ lib, ... }:\n{\n  home.packages = [ \"b\" ];\n}\n", "{ }\n"] {
        let folder =
            users(&[("host.nix", HOST), ("home/ada.nix", ADA), ("home/git.nix", GIT), ("home/shared.nix", shared)]);
        let (plan, proof) = moved(&open_users(folder.path()), "users.ada.git", "home/shared.nix");
        assert!(proof.holds(&plan.fix) && plan.moved.len() == 3 && plan.left.is_empty(), "{plan:#?} {proof:#?}");
        let text = after(&plan, "home/shared.nix");
        for line in [
            "  # what everybody knows\n  git.editor = \"vi\";\n",
            "  git.enable = true;\n",
            "  git.name = config.home.name;\n",
        ] {
            assert!(text.contains(line), "{line:?} is missing in\n{text}");
        }
        assert!(!text.contains("users"), "{text}");
    }
}

#[test]
fn a_new_module_is_imported_where_the_setting_stands() {
    let files = [("host.nix", HOST), ("home/ada.nix", ADA), ("home/git.nix", GIT), ("home/shared.nix", "{ }\n")];
    let folder = users(&files);
    let workspace = open_users(folder.path());
    let (plan, proof) = moved(&workspace, "users.ada.git", "home/base.nix");
    assert!(proof.holds(&plan.fix) && plan.left.is_empty(), "{plan:#?}");
    assert!(after(&plan, "home/ada.nix").contains("imports = [ ./base.nix ./shared.nix ./git.nix ];"));
    let (plan, proof) = moved(&workspace, "host", "base.nix");
    assert!(proof.holds(&plan.fix) && plan.left.is_empty(), "{plan:#?}");
    assert!(after(&plan, "default.nix").contains("[ ./base.nix ./options.nix ./host.nix ]"));
}

#[test]
fn what_means_something_else_in_a_submodule_stays() {
    let host = HOST.replace("import ./home/ada.nix", "{ imports = [ ./home/ada.nix ]; git.name = config.host; }");
    let git = GIT.replace("git.name = cfg.name", "home.packages = [ cfg.name ]");
    let folder =
        users(&[("host.nix", &host), ("home/ada.nix", ADA), ("home/git.nix", &git), ("home/shared.nix", "{ }\n")]);
    let workspace = open_users(folder.path());
    let (plan, _) = moved(&workspace, "users.ada", "home/shared.nix");
    assert_eq!(left(&plan), ["users.ada.git.name: `config` would mean something else in home/shared.nix"]);
    let (plan, _) = moved(&workspace, "users.ada", "host.nix");
    assert_eq!(left(&plan), ["users.ada.home.packages: `config` would mean something else in host.nix"]);
    assert!(after(&plan, "host.nix").contains("git.enable = true;"), "{plan:#?}");
    let (plan, _) = moved(&workspace, "host", "home/shared.nix");
    assert_eq!(left(&plan), ["host: home/shared.nix is a module of `users.ada`, where it cannot be said"]);
}

#[test]
fn a_module_of_several_submodules_says_the_same_for_all() {
    let host = HOST.replace("ada.nix;", "ada.nix;\n  users.bob = import ./home/bob.nix;");
    let ada = ADA.replace("}\n", "  home.packages = [ \"a\" ];\n}\n");
    let bob = "{\n  imports = [ ./shared.nix ];\n  git.editor = \"vi\";\n  git.enable = true;\n  git.name = \"bob\";\n  home.packages = [ \"c\" ];\n}\n";
    let folder = users(&[
        ("host.nix", &host),
        ("home/ada.nix", &ada),
        ("home/bob.nix", bob),
        ("home/git.nix", GIT),
        ("home/shared.nix", "{ }\n"),
    ]);
    let workspace = open_users(folder.path());
    let (plan, proof) = moved(&workspace, "users", "home/shared.nix");
    assert!(proof.holds(&plan.fix), "{plan:#?} {proof:#?}");
    let text = "{\n  # what everybody knows\n  git.editor = \"vi\";\n  git.enable = true;\n}\n";
    assert_eq!(after(&plan, "home/shared.nix"), text);
    assert_eq!(plan.moved.len(), 4, "{plan:#?}");
    let other = "home/shared.nix stands at several places, for which something else would be moved into it";
    let stay = ["ada.git.name", "ada.home.packages", "bob.git.name", "bob.home.packages"];
    let mut told = left(&plan);
    told.sort();
    assert_eq!(told, stay.map(|option| format!("users.{option}: {other}")));
    // What only one of them has would be the other's as well: Nix says so.
    let (plan, _) = moved(&workspace, "users.ada.home.packages", "home/shared.nix");
    assert!(plan.moved.is_empty() && plan.left[0].tried, "{plan:#?}");
    assert!(plan.left[0].why.contains("`users.bob.home.packages` from `[ \"c\" ]` to "), "{plan:#?}");
}
