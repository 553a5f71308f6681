# User-like modules over home-manager's options.
{
  imports = [
    ./home-manager/home.nix
    ./home-manager/shell.nix
    ./home-manager/desktop.nix
    ./home-manager/plain.nix
  ];
}
