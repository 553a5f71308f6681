# No function: settings as written by a program, with a second definition of what others set.
{
  nix.settings.trusted-users = [ "carol" ];
  nix.settings.allowed-users = [ "*" ];
  nix.buildMachines = [
    {
      hostName = "builder";
      system = "aarch64-linux";
      maxJobs = 4;
    }
  ];
  networking.hosts."192.0.2.10" = [ "git.example.org" ];
  networking.firewall.allowedTCPPorts = [ 3001 443 ];
  boot.kernelModules = [ "br_netfilter" ];
  users.users.ada.extraGroups = [ "docker" ];
  systemd.services.notes.serviceConfig.User = "ada";
  systemd.services.notes.environment.RUST_LOG = "info";
  services.restic.backups.nightly.paths = [ "/home" ];
  programs.zsh.ohMyZsh.plugins = [ "sudo" ];
  security.sudo.wheelNeedsPassword = true;
}
