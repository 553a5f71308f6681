# What all machines share: everything weak or behind a condition.
{ config, lib, pkgs, ... }:
with lib;
{
  options.site.build-host = mkOption {
    type = types.bool;
    default = false;
    description = "Whether this machine builds for the others.";
  };

  config = mkMerge [
    (mkIf config.nix.enable {
      nix.settings = {
        max-jobs = 8;
        trusted-users = [ "root" "@admin" ];
        experimental-features = [ "nix-command" "flakes" ];
      };
    })
    (mkIf (!config.nix.enable) {
      nix.settings.max-jobs = throw "the value of an inactive definition was forced";
      nix.settings.cores = 1;
    })
    (mkIf config.site.build-host {
      nix.settings.max-jobs = mkOverride 40 64;
      services.openssh.enable = true;
    })
    {
      nix = {
        maxJobs = mkDefault 4;
        settings = {
          cores = mkDefault 0;
          substituters = mkAfter [ "https://nix-community.cachix.org" ];
          sandbox = mkDefault true;
        };
      };
      programs.zsh.enable = mkDefault true;
      programs.bash.enable = mkDefault false;
      environment.variables = {
        EDITOR = mkDefault "nano";
        LANG = "en_US.UTF-8";
      };
      environment.etc."plum.conf".enable = mkDefault true;
      time.timeZone = mkDefault "Europe/Berlin";
      fonts.packages = [ pkgs.fira-code ];
      system.defaults.dock.tilesize = 64;
      system.defaults.dock.orientation = mkDefault "left";
      documentation.enable = mkDefault false;
    }
  ];
}
