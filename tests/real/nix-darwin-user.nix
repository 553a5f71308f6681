# The user-like modules of the nix-darwin configuration, in the order they are given.
[
  ./nix-darwin/host.nix
  ./nix-darwin/common.nix
  ./nix-darwin/overrides.nix
]
