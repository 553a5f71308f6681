# nix-darwin's own modules, evaluated with stub packages.
#   source:  a checkout of nix-darwin
#   nixpkgs: a folder with a `lib` of about the same age
{
  nixpkgs,
  source,
  system ? "aarch64-darwin",
  # In place of (not next to) the modules of nix-darwin-user.nix.
  modules ? import ./nix-darwin-user.nix,
  # Next to them.
  extraModules ? [ ],
  # What else is searched for names of packages.
  alsoScan ? [ ],
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import ./stub-pkgs.nix {
    inherit lib system;
    path = nixpkgs;
    scan = [
      (source + "/modules")
      ./nix-darwin
    ]
    ++ alsoScan;
    extra =
      { pkgs, fake, ... }:
      let
        tools = lib.genAttrs [ "darwin-option" "darwin-rebuild" "darwin-version" "darwin-uninstaller" ] (name: fake name { });
        linux-builder = fake "linux-builder" {
          override = _: linux-builder;
          nixosConfig = {
            networking.hostName = "linux-builder";
            nixpkgs.hostPlatform.system = "aarch64-linux";
            virtualisation.cores = 1;
          };
        };
      in
      {
        # The tools that nix-darwin builds itself.
        callPackage = _: _: fake "nix-tools" tools;
        darwin = { inherit linux-builder; };
      };
  };
in
import (source + "/eval-config.nix") {
  inherit lib;
  enableNixpkgsReleaseCheck = false;
  modules =
    modules
    ++ extraModules
    ++ [
      {
        _file = toString ./nix-darwin.nix;
        _module.args.pkgs = lib.mkForce pkgs;
        nixpkgs.hostPlatform = system;
        nixpkgs.source = nixpkgs;
        nixpkgs.pkgs = pkgs;
      }
    ];
}
