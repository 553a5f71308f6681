# User-like modules over the real NixOS options: about a hundred options, set in many ways.
{
  imports = [
    ./nixos/host.nix
    ./nixos/common.nix
    ./nixos/server.nix
    ./nixos/plain.nix
  ];
}
