# home-manager's own modules, evaluated with stub packages.
#   source:  a checkout of home-manager
#   nixpkgs: a folder with a `lib` of about the same age
{
  nixpkgs ? /work/tmp/real/nixpkgs.lib,
  source ? /work/tmp/real/home-manager,
  system ? "x86_64-linux",
  # What `pkgs.path` is: home-manager takes a few of nixpkgs' modules from it.
  path ? ./nixpkgs-path,
  # In place of (not next to) home-manager-user.nix.
  modules ? [ ./home-manager-user.nix ],
  # Next to it.
  extraModules ? [ ],
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import ./stub-pkgs.nix {
    inherit lib system path;
    scan = [
      (source + "/modules")
      ./home-manager
    ];
  };
in
(import (source + "/lib") { inherit lib; }).homeManagerConfiguration {
  inherit pkgs lib;
  # Report, do not throw: an assertion that needs a real package must not hide the configuration.
  modules = modules ++ extraModules ++ [ {
    _file = toString ./home-manager.nix;
    _module.args.pkgs = lib.mkForce pkgs;
  } ];
}
