# One machine.
{ config, lib, pkgs, ... }:
{
  networking.hostName = "quince";
  networking.domain = "example.org";
  networking.hosts."192.0.2.10" = [ "quince" "quince.example.org" ];
  networking.firewall.allowedTCPPorts = [ 443 80 ];
  networking.extraHosts = lib.mkBefore "192.0.2.1 router";
  networking.timeServers = lib.mkForce [ "ntp.example.org" ];

  nix.settings.max-jobs = lib.mkForce 2;
  nix.settings.cores = 4;
  nix.settings.trusted-users = lib.mkBefore [ "ada" ];
  nix.settings.substituters = [ "https://cache.example.org" ];
  nix.settings.keep-outputs = true;
  nix.gc.automatic = true;
  nix.gc.dates = "weekly";
  nix.gc.options = lib.mkDefault "--delete-older-than 14d";

  time.timeZone = "Europe/Berlin";
  i18n.defaultLocale = "de_DE.UTF-8";
  i18n.extraLocaleSettings = {
    LC_TIME = "en_DK.UTF-8";
    LC_MESSAGES = "en_US.UTF-8";
  };
  console.keyMap = "de";
  system.stateVersion = "22.11";

  users.mutableUsers = false;
  users.users.ada = {
    isNormalUser = true;
    uid = 1000;
    description = "Ada";
    extraGroups = [ "wheel" ];
    shell = pkgs.zsh;
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA ada" ];
    packages = with pkgs; [ git ];
  };
  users.users.backup = {
    isSystemUser = true;
    group = "backup";
    home = "/var/backup";
    createHome = true;
  };
  users.groups.backup.gid = 900;
  users.users.root.hashedPassword = "!";

  boot.kernel.sysctl."vm.swappiness" = 10;
  boot.kernel.sysctl."net.ipv4.ip_forward" = lib.mkOverride 90 1;
  boot.kernelModules = [ "kvm-intel" ];
  boot.loader.systemd-boot.enable = true;
  boot.loader.grub.enable = false;

  fileSystems."/" = {
    device = "/dev/disk/by-label/root";
    fsType = "ext4";
  };
  fileSystems."/boot".device = "/dev/disk/by-label/boot";
  swapDevices = [ { label = "swap"; } ];
  zramSwap.enable = true;
  zramSwap.memoryPercent = 25;

  environment.systemPackages = with pkgs; [ git jq ];
  environment.variables.EDITOR = "vim";
  environment.shellAliases = {
    ll = "ls -l";
    gs = "git status";
  };
  environment.etc."motd.d/quince".text = "quince\n";

  hardware.enableRedistributableFirmware = true;
  hardware.cpu.intel.updateMicrocode = config.hardware.enableRedistributableFirmware;
  powerManagement.enable = lib.mkIf config.zramSwap.enable true;
}
