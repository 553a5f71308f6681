# Imported by host.nix.
{ lib, pkgs, config, ... }:
{
  _file = "work.nix (named by itself)";

  services.tailscale.enable = true;
  services.yabai = {
    enable = true;
    enableScriptingAddition = lib.mkForce false;
    config = {
      layout = "bsp";
      window_gap = 8;
      mouse_follows_focus = "on";
    };
    extraConfig = lib.mkBefore "yabai -m rule --add app='System Settings' manage=off";
  };
  services.skhd.enable = lib.mkIf config.services.yabai.enable true;
  services.skhd.skhdConfig = "alt - h : yabai -m window --focus west";

  launchd.user.agents.sync = {
    command = "/usr/local/bin/sync";
    serviceConfig = {
      KeepAlive = true;
      StartInterval = lib.mkDefault 600;
      EnvironmentVariables.SYNC_DIR = "/Users/ada/work";
    };
  };

  homebrew = {
    enable = true;
    brews = [ "mas" { name = "redis"; restart_service = true; } ];
    casks = [ "firefox" ];
    onActivation = lib.mkMerge [
      { cleanup = lib.mkDefault "none"; }
      { cleanup = "zap"; upgrade = true; }
    ];
  };

  security.pam.services.sudo_local.touchIdAuth = true;
  programs.tmux = { enable = true; enableVim = true; };
  programs.bash.enable = true;
}
