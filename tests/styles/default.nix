{ nixpkgs }:
let
  lib = import (nixpkgs + "/lib");
in
lib.evalModules {
  modules = [
    ./options.nix
    ./base.nix
    ./a.nix
    ./other.nix
  ];
}
