# Services.
{ config, lib, pkgs, modulesPath, ... }:
{
  imports = [ ({ ... }: { programs.tmux.historyLimit = 20000; }) ];
  disabledModules = [ "services/games/factorio.nix" ];

  services.openssh = {
    ports = [ 2222 ];
    permitRootLogin = lib.mkForce "prohibit-password";
    passwordAuthentication = false;
    extraConfig = ''
      AllowUsers ada
    '';
  };

  services.gitea = {
    enable = true;
    appName = "Forge";
    database.type = "postgres";
    lfs.enable = lib.mkDefault true;
    settings = {
      server.HTTP_PORT = lib.mkForce 3001;
      server.DOMAIN = lib.mkDefault config.networking.fqdn;
      log.LEVEL = "Warn";
    };
  };
  services.postgresql = {
    enable = true;
    package = pkgs.postgresql_14;
    ensureDatabases = lib.mkAfter [ "notes" ];
    ensureUsers = [
      {
        name = "notes";
        ensurePermissions."DATABASE notes" = "ALL PRIVILEGES";
      }
    ];
    settings = {
      shared_buffers = "1GB";
      max_connections = lib.mkDefault 100;
    };
  };
  services.redis.servers.cache = {
    enable = true;
    port = 6380;
  };
  services.grafana = {
    enable = true;
    settings.server.http_port = 3002;
    settings.server.domain = "grafana.example.org";
    provision.enable = lib.mkIf false true;
  };
  services.prometheus = {
    enable = true;
    port = 9009;
    retentionTime = lib.mkDefault "30d";
    exporters.node = {
      enable = true;
      enabledCollectors = [ "systemd" ];
      port = lib.mkForce 9101;
    };
  };
  services.restic.backups.nightly = {
    paths = [ "/srv" ];
    repository = "/mnt/backup";
    passwordFile = "/etc/restic";
    timerConfig.OnCalendar = "02:00";
  };
  services.locate.enable = false;
  services.udev.extraRules = lib.mkAfter ''KERNEL=="kvm", MODE="0666"'';
  services.fwupd.enable = lib.mkDefault true;
  services.thermald.enable = lib.mkOverride 80 true;

  systemd.services.notes = {
    description = "Notes";
    wantedBy = [ "multi-user.target" ];
    after = lib.mkMerge [
      [ "network.target" ]
      (lib.mkIf config.services.postgresql.enable [ "postgresql.service" ])
      (lib.mkBefore [ "local-fs.target" ])
    ];
    environment.NOTES_PORT = "8080";
    serviceConfig = {
      ExecStart = "${pkgs.hello}/bin/hello";
      Restart = "on-failure";
      User = lib.mkDefault "notes";
      MemoryMax = "512M";
    };
    startLimitBurst = lib.mkDefault 3;
  };
  systemd.timers.notes-tidy = {
    wantedBy = [ "timers.target" ];
    timerConfig = {
      OnCalendar = "daily";
      Persistent = true;
    };
  };
  systemd.tmpfiles.rules = [ "d /srv 0755 root root -" ];

  security.sudo.extraRules = lib.mkAfter [
    {
      users = [ "backup" ];
      commands = [
        {
          command = "/run/current-system/sw/bin/restic";
          options = [ "NOPASSWD" ];
        }
      ];
    }
  ];
  security.pam.loginLimits = [
    {
      domain = "*";
      item = "nofile";
      type = "soft";
      value = "8192";
    }
  ];
  xdg.portal.enable = false;
}
