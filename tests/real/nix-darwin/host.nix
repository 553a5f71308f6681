# A laptop's own settings.
{ config, lib, pkgs, ... }:
{
  imports = [ ./work.nix ];

  networking = {
    hostName = "plum";
    computerName = "Plum";
    knownNetworkServices = [ "Wi-Fi" ] ++ lib.optional config.services.tailscale.enable "Tailscale";
    dns = lib.mkAfter [ "9.9.9.9" ];
  };

  nix.settings.max-jobs = lib.mkForce 2;
  nix.settings.trusted-users = lib.mkBefore [ "ada" ];
  nix.settings.substituters = [ "https://cache.example.org" ];
  nix.settings.sandbox = false;

  nix.gc = {
    automatic = true;
    options = "--delete-older-than 30d";
    interval = { Weekday = 0; Hour = 3; };
  };

  system.primaryUser = "ada";
  system.stateVersion = 6;
  system.defaults = {
    dock.autohide = true;
    dock.tilesize = lib.mkOverride 90 48;
    finder.AppleShowAllExtensions = true;
    NSGlobalDomain.KeyRepeat = 2;
    NSGlobalDomain."com.apple.swipescrolldirection" = false;
  };

  users.users.ada = {
    uid = 501;
    home = "/Users/ada";
    shell = pkgs.zsh;
    packages = [ pkgs.git ];
  };

  environment.systemPackages = with pkgs; [ git jq ];
  environment.variables.EDITOR = "vim";
  environment.shellAliases = { ll = "ls -l"; g = "git"; };
  environment.etc."plum.conf".text = "host = plum\n";
}
