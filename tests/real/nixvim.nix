# nixvim's own modules, evaluated with stub packages through its own evalNixvim.
#   source:  a checkout of nixvim
#   nixpkgs: a folder with a `lib` of about the same age
{
  nixpkgs ? /work/tmp/real/nixpkgs.lib,
  source ? /work/tmp/real/nixvim,
  system ? "x86_64-linux",
  # In place of (not next to) nixvim-user.nix.
  modules ? [ ./nixvim-user.nix ],
  # Next to it.
  extraModules ? [ ],
}:
let
  plainLib = import (nixpkgs + "/lib");
  lib = plainLib.extend (import (source + "/lib/overlay.nix"));
  pkgs = import ./stub-pkgs.nix {
    inherit lib system;
    path = nixpkgs;
    scan = [
      (source + "/modules")
      (source + "/plugins")
      (source + "/lib")
      ./nixvim
    ];
  };
in
lib.nixvim.modules.evalNixvim {
  inherit system;
  modules =
    modules
    ++ extraModules
    ++ [
      {
        _file = toString ./nixvim.nix;
        _module.args.pkgs = lib.mkForce pkgs;
        nixpkgs.pkgs = pkgs;
        nixpkgs.source = nixpkgs;
      }
    ];
}
