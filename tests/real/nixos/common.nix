# What all machines share; most of it weak, conditional or merged.
{ config, lib, pkgs, ... }:
with lib;
let
  cfg = config.site;
in
{
  imports = [
    (mkRenamedOptionModule [ "site" "mail" ] [ "site" "admin" "mail" ])
    (mkAliasOptionModule [ "site" "jobs" ] [ "nix" "settings" "max-jobs" ])
  ];

  options.site = {
    role = mkOption {
      type = types.enum [ "server" "desktop" ];
      default = "server";
    };
    admin.mail = mkOption { type = types.str; };
    shares = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              path = mkOption {
                type = types.str;
                default = "/srv/${name}";
              };
              readers = mkOption {
                type = types.listOf types.str;
                default = [ ];
                apply = unique;
              };
              quota = mkOption {
                type = types.nullOr types.int;
                default = null;
              };
            };
            config.readers = [ "root" ];
          }
        )
      );
    };
  };

  config = mkMerge [
    (mkIf config.nix.enable {
      nix.settings = {
        max-jobs = 8;
        trusted-users = [ "@wheel" ];
        experimental-features = [ "nix-command" "flakes" ];
      };
    })
    (mkIf (!config.nix.enable) {
      nix.settings.max-jobs = throw "the value of an inactive definition was forced";
    })
    (mkIf (cfg.role == "desktop") {
      services.xserver.enable = true;
      sound.enable = mkForce true;
      hardware.pulseaudio.enable = true;
      fonts.fonts = [ pkgs.dejavu_fonts ];
      users.users = { ada.extraGroups = [ "video" ]; };
      programs.ssh.startAgent = true;
    })
    (mkIf (cfg.role == "server") (mkMerge [
      { services.openssh.enable = true; }
      { services.openssh.permitRootLogin = mkDefault "no"; }
      (mkIf config.services.openssh.enable { networking.firewall.allowedTCPPorts = config.services.openssh.ports; })
    ]))
    {
      site.jobs = mkDefault 4;
      site.mail = "root@example.org";
      site.shares = {
        media.readers = [ "ada" "root" ];
        media.quota = mkDefault 100;
        books = mkIf (cfg.role == "desktop") { quota = 1; };
      };
      nix.maxJobs = mkOverride 1200 16;
      nix.settings = {
        cores = mkDefault 0;
        substituters = mkAfter [ "https://nix-community.cachix.org" ];
        auto-optimise-store = mkDefault true;
        keep-outputs = mkDefault false;
      };
      nix.extraOptions = mkBefore "fallback = true";
      nix.nixPath = mkForce [ "nixpkgs=/etc/nixpkgs" ];

      i18n.defaultLocale = mkDefault "en_US.UTF-8";
      i18n.extraLocaleSettings.LC_TIME = mkDefault "de_DE.UTF-8";
      i18n.supportedLocales = mkDefault [ "en_US.UTF-8/UTF-8" "de_DE.UTF-8/UTF-8" ];
      console.font = mkDefault "Lat2-Terminus16";
      time.timeZone = mkDefault "UTC";

      users.users.ada.extraGroups = mkAfter [ "audio" ];
      users.users.ada.description = mkDefault "somebody";
      users.defaultUserShell = mkOverride 900 pkgs.bashInteractive;
      users.motd = mkDefault "Welcome";

      environment.variables = mkMerge [
        { EDITOR = mkDefault "nano"; }
        { PAGER = mkOverride 900 "less"; }
      ];
      environment.shellAliases.ll = mkDefault "ls -la";
      environment.sessionVariables.XDG_CACHE_HOME = "$HOME/.cache";
      environment.interactiveShellInit = mkAfter "umask 022";
      environment.homeBinInPath = mkDefault true;

      programs.zsh = {
        enable = true;
        histSize = mkDefault 5000;
        shellAliases.k = "kubectl";
        ohMyZsh = {
          enable = true;
          plugins = mkBefore [ "git" ];
          theme = mkDefault "robbyrussell";
        };
      };
      programs.bash.enableCompletion = mkDefault true;
      programs.tmux.enable = true;
      programs.tmux.clock24 = mkDefault true;
      programs.git = {
        enable = true;
        config.init.defaultBranch = "main";
        config.user.name = mkDefault "nobody";
      };
      boot.kernel.sysctl."net.ipv4.ip_forward" = mkDefault 0;
      boot.kernel.sysctl."vm.swappiness" = mkDefault 60;
      boot.loader.timeout = mkDefault 1;
      security.sudo.wheelNeedsPassword = mkDefault false;
      security.acme.acceptTerms = true;
      security.acme.defaults.email = config.site.admin.mail;
    }
  ];
}
