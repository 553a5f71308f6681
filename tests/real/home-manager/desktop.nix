# Services and programs of the desktop.
{ config, lib, pkgs, ... }:
{
  services.gpg-agent = {
    enable = true;
    defaultCacheTtl = 1800;
    enableSshSupport = lib.mkDefault false;
    pinentry.package = pkgs.pinentry-curses;
  };
  programs.gpg.enable = true;
  programs.gpg.settings.no-comments = false;

  services.syncthing.enable = lib.mkIf (config.home.username == "ada") true;
  services.dunst = {
    enable = true;
    settings.global = {
      width = 300;
      font = lib.mkDefault "Sans 10";
    };
  };
  services.redshift = {
    enable = false;
    latitude = "52.5";
    longitude = "13.4";
    temperature.night = lib.mkForce 3500;
  };

  systemd.user.services.tidy = {
    Unit.Description = "Tidy up";
    Service = {
      ExecStart = "${pkgs.coreutils}/bin/true";
      Nice = lib.mkDefault 10;
    };
    Install.WantedBy = [ "default.target" ];
  };
  systemd.user.timers.tidy = {
    Timer.OnCalendar = "daily";
    Install.WantedBy = [ "timers.target" ];
  };
  systemd.user.sessionVariables.QT_SCALE_FACTOR = 2;

  programs.alacritty = {
    enable = true;
    settings.window.opacity = 0.9;
    settings.font.size = lib.mkDefault 11;
  };
  programs.firefox = {
    enable = true;
    profiles.default = {
      id = 0;
      isDefault = true;
      settings."browser.startup.page" = 3;
      settings."browser.aboutConfig.showWarning" = lib.mkDefault true;
      search.default = "ddg";
    };
  };
  gtk = {
    enable = true;
    font.name = "Sans";
    font.size = lib.mkDefault 10;
  };
  dconf.settings."org/gnome/desktop/interface".color-scheme = "prefer-dark";
  fonts.fontconfig.enable = true;
  accounts.email.accounts.main = {
    primary = true;
    address = "ada@example.org";
    realName = "Ada";
    imap.host = "imap.example.org";
  };

  nix.package = pkgs.nix;
  nix.settings.max-jobs = lib.mkForce 2;
  nix.settings.experimental-features = [ "nix-command" ];
}
