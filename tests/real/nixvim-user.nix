# User-like modules over nixvim's options.
{
  imports = [
    ./nixvim/editor.nix
    ./nixvim/plugins.nix
    ./nixvim/plain.nix
  ];
}
