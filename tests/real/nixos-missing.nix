# Declarations of options that the present modules read or set, but whose own modules are not among the test data.
# Names and kinds only, in our own words; where the test data has the types (nixos/lib/systemd-types.nix), those.
{ config, lib, pkgs, utils, ... }:
let
  inherit (lib) mkOption types;
  declare = type: default: mkOption { inherit type default; };
  required = type: mkOption { inherit type; };
  flag = declare types.bool false;
  text = declare types.lines "";
  names = declare (types.listOf types.str) [ ];
  packages = declare (types.listOf types.package) [ ];
  anything = declare (types.attrsOf types.anything) { };
  file =
    { name, config, ... }:
    {
      options = {
        enable = declare types.bool true;
        target = declare types.str name;
        text = declare (types.nullOr types.lines) null;
        source = required types.path;
        mode = declare types.str "symlink";
        user = declare types.str "+0";
        group = declare types.str "+0";
        uid = declare types.int 0;
        gid = declare types.int 0;
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkDefault (pkgs.writeText ("etc-" + baseNameOf name) config.text)
      );
    };
  unitTypes = utils.systemdUtils.types;
in
{
  options = {
    boot = {
      bootspec.enable = flag;
      blacklistedKernelModules = names;
      consoleLogLevel = declare types.int 4;
      extraModprobeConfig = text;
      extraModulePackages = packages;
      isContainer = flag;
      kernelModules = names;
      kernelPackages = declare types.raw pkgs.linuxPackages;
      kernelParams = declare (types.listOf types.str) [ ];
      kernelPatches = declare (types.listOf types.attrs) [ ];
      initrd = {
        availableKernelModules = names;
        enable = flag;
        extraUtilsCommands = text;
        kernelModules = names;
        luks.devices = anything;
        preLVMCommands = text;
        postDeviceCommands = text;
        systemd = {
          enable = flag;
          package = declare types.package pkgs.systemd;
          contents = anything;
          services = declare unitTypes.initrdServices { };
          storePaths = declare (types.listOf types.anything) [ ];
        };
      };
      loader = {
        grub.enable = declare types.bool true;
        grub.device = declare types.str "";
        grub.memtest86.enable = flag;
        systemd-boot.enable = flag;
        systemd-boot.configurationLimit = declare (types.nullOr types.int) null;
        efi.canTouchEfiVariables = flag;
        efi.efiSysMountPoint = declare types.str "/boot";
        generic-extlinux-compatible.enable = flag;
        timeout = declare (types.nullOr types.int) 5;
      };
      supportedFilesystems = names;
      tmpOnTmpfs = flag;
      zfs.enabled = flag;
      zfs.package = declare types.package pkgs.zfs;
    };

    documentation = {
      enable = declare types.bool true;
      dev.enable = flag;
      doc.enable = declare types.bool true;
      info.enable = declare types.bool true;
      man.enable = declare types.bool true;
      man.generateCaches = flag;
      nixos.enable = declare types.bool true;
      nixos.extraModules = declare (types.listOf types.raw) [ ];
    };

    environment.etc = declare (types.attrsOf (types.submodule file)) { };

    fileSystems = declare (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            device = declare (types.nullOr types.str) null;
            fsType = declare types.str "auto";
            mountPoint = declare types.str name;
            neededForBoot = flag;
            options = declare (types.listOf types.str) [ "defaults" ];
          };
        }
      )
    )) { };

    networking = {
      hostName = declare types.str "nixos";
      domain = declare (types.nullOr types.str) null;
      fqdn = mkOption {
        type = types.str;
        readOnly = true;
        default =
          if config.networking.domain == null then
            throw "networking.fqdn needs networking.domain"
          else
            "${config.networking.hostName}.${config.networking.domain}";
      };
      enableIPv6 = declare types.bool true;
      hostId = declare (types.nullOr types.str) null;
      nameservers = names;
      search = names;
      useDHCP = declare types.bool true;
      useNetworkd = flag;
      useHostResolvConf = flag;
      dhcpcd.enable = declare types.bool true;
      networkmanager.enable = flag;
      interfaces = anything;
      firewall = {
        enable = declare types.bool true;
        allowedTCPPorts = mkOption {
          type = types.listOf types.port;
          default = [ ];
          # As in the real one: what is shown is not what was merged.
          apply = ports: lib.unique (lib.sort lib.lessThan ports);
        };
        allowedUDPPorts = declare (types.listOf types.port) [ ];
        allowedTCPPortRanges = declare (types.listOf (types.attrsOf types.port)) [ ];
        allowedUDPPortRanges = declare (types.listOf (types.attrsOf types.port)) [ ];
        interfaces = anything;
        extraCommands = text;
      };
    };

    security.pam.enableFscrypt = flag;

    services = {
      dbus.enable = flag;
      dbus.packages = declare (types.listOf types.path) [ ];
      fprintd.enable = flag;
      openssh = {
        enable = flag;
        ports = declare (types.listOf types.port) [ 22 ];
        permitRootLogin = declare (types.enum [ "yes" "no" "without-password" "prohibit-password" "forced-commands-only" ]) "prohibit-password";
        passwordAuthentication = declare types.bool true;
        forwardX11 = flag;
        authorizedKeysFiles = names;
        extraConfig = text;
      };
      cron.enable = flag;
      cron.systemCronJobs = names;
      nginx = {
        enable = flag;
        package = declare types.package pkgs.nginx;
        virtualHosts = anything;
      };
      nscd.enable = declare types.bool true;
      nscd.user = declare types.str "nscd";
      nscd.group = declare types.str "nscd";
      timesyncd.enable = declare types.bool true;
      xserver = {
        enable = flag;
        videoDrivers = declare (types.listOf types.str) [ "modesetting" ];
        displayManager.gdm.enable = flag;
        displayManager.lightdm.enable = flag;
        displayManager.sddm.enable = flag;
        displayManager.sessionCommands = text;
        desktopManager = declare (types.attrsOf (
          types.submodule {
            freeformType = types.attrsOf types.anything;
            options.enable = flag;
          }
        )) { };
        dpi = declare (types.nullOr types.int) null;
        layout = declare types.str "us";
      };
    };

    system = {
      activationScripts = declare (types.attrsOf types.anything) { };
      build = declare (types.lazyAttrsOf types.unspecified) {
        binsh = pkgs.bashInteractive;
        setEnvironment = pkgs.writeText "set-environment" "";
      };
      boot.loader = {
        kernelFile = declare types.str "bzImage";
        initrdFile = declare types.str "initrd";
        id = declare types.str "";
      };
      extraDependencies = packages;
      extraSystemBuilderCmds = text;
      fsPackages = packages;
      requiredKernelConfig = declare (types.listOf types.attrs) [ ];
      checks = packages;
      userActivationScripts = anything;
    };

    systemd = {
      package = declare types.package pkgs.systemd;
      packages = packages;
      defaultUnit = declare types.str "multi-user.target";
      enableUnifiedCgroupHierarchy = declare types.bool true;
      globalEnvironment = declare (types.attrsOf (types.nullOr types.str)) { };
      services = declare unitTypes.services { };
      sockets = declare unitTypes.sockets { };
      timers = declare unitTypes.timers { };
      targets = declare unitTypes.targets { };
      paths = declare unitTypes.paths { };
      slices = declare unitTypes.slices { };
      mounts = declare unitTypes.mounts [ ];
      automounts = declare unitTypes.automounts [ ];
      user.services = declare unitTypes.services { };
      user.sockets = declare unitTypes.sockets { };
      user.timers = declare unitTypes.timers { };
      user.targets = declare unitTypes.targets { };
      tmpfiles.rules = names;
      tmpfiles.packages = packages;
      network.enable = flag;
      network.units = anything;
    };

    users.users = mkOption {
      type = types.attrsOf (
        types.submodule {
          options.openssh.authorizedKeys.keys = declare (types.listOf types.singleLineStr) [ ];
          options.openssh.authorizedKeys.keyFiles = declare (types.listOf types.path) [ ];
        }
      );
    };

    virtualisation.lxc.lxcfs.enable = flag;
    virtualisation.docker.enable = flag;
    virtualisation.docker.enableNvidia = flag;
    virtualisation.docker.package = declare types.package pkgs.docker;
  };

  config = {
    lib.kernelConfig =
      let
        named = kind: option: {
          inherit kind option;
          message = "CONFIG_${option}";
          configLine = "CONFIG_${option}";
          assertion = _: true;
        };
      in
      lib.genAttrs [ "isYes" "isNo" "isModule" "isEnabled" "isDisabled" "isSet" ] named;
    services.xserver.desktopManager = lib.genAttrs [
      "cinnamon"
      "deepin"
      "gnome"
      "lxqt"
      "mate"
      "pantheon"
      "plasma5"
      "xfce"
    ] (_: { });
  };
}
