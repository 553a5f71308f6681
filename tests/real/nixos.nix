# The NixOS modules that come as a crate's test data (nixpkgs 22.11; about half of module-list.nix is there),
# evaluated with stub packages.
#   nixpkgs: the folder with lib/ and nixos/
{
  nixpkgs ? ../../target/parts/nixpkgs-22.11,
  system ? "x86_64-linux",
  # In place of nixos-user.nix.
  modules ? [ ./nixos-user.nix ],
  # Next to it.
  extraModules ? [ ],
}:
let
  inherit (builtins)
    all
    concatMap
    filter
    head
    isPath
    isList
    match
    pathExists
    readFile
    split
    ;

  lib = import (nixpkgs + "/lib");
  folder = nixpkgs + "/nixos/modules";

  # A module of the list is taken if it is there, and everything that its `imports` name is there too.
  fileOf = m: if pathExists (m + "/default.nix") then m + "/default.nix" else m;
  importsOf =
    file:
    let
      lists = map head (filter isList (split "imports = ([^;]*);" (readFile file)));
      literals = text: map head (filter isList (split "(\\.\\.?/[a-zA-Z0-9_./+-]+)" text));
    in
    map (p: dirOf file + "/${p}") (concatMap literals lists);
  complete = m: !(isPath m) || (pathExists m && all complete (importsOf (fileOf m)));

  # What that does not see.
  excluded = [
    # The type of one of its options imports the virtual hosts of the Apache module, which is not there.
    (folder + "/services/monitoring/nagios.nix")
  ];
  listed = import (folder + "/module-list.nix");
  baseModules = filter (m: complete m && !(isPath m && builtins.elem m excluded)) listed;

  pkgs = import ./stub-pkgs.nix {
    inherit lib system;
    path = nixpkgs;
    scan = [
      folder
      (nixpkgs + "/nixos/lib")
      ./nixos
      ./nixos-missing.nix
    ];
    # Names in files that say `with pkgs;` once for all of themselves, or that build the name.
    names = [
      "alsa-lib"
      "alsa-plugins"
      "pulseaudio"
      "pulseaudioFull"
      "nss_ldap"
      "nss_pam_ldapd"
      "openldap"
      "mopidy"
      "klipper"
      "writeText"
      "writeTextDir"
      "writeScript"
      "writeShellScript"
      "writeShellScriptBin"
      "runCommand"
      "runCommandLocal"
      "buildEnv"
      "symlinkJoin"
      "linkFarm"
      "substituteAll"
      "makeWrapper"
      "jre"
      "strace"
      "rsync"
      "cacert.p11kit"
      "systemd.gzip"
      "systemd.kbd"
      "cfssl"
      "lxc"
      "desktop-file-utils"
    ];
    # Attributes that modules expect of a package.
    extra =
      { pkgs, fake, ... }:
      {
        dictdDBs = lib.genAttrs [ "wiktionary" "wordnet" ] (name: fake name { });
        fwupd = fake "fwupd" {
          filesInstalledToEtc = [ "pki/fwupd/LVFS-CA.pem" ];
          defaultDisabledPlugins = [ "test" ];
        };
        pinentry = fake "pinentry" {
          flavors = [
            "curses"
            "gnome3"
            "gtk2"
            "qt"
            "tty"
          ];
        };
        apacheKafka = fake "apacheKafka" { passthru.jre = fake "jre" { }; };
        postgresql_14 = fake "postgresql" {
          version = "14.5";
          psqlSchema = "14";
        };
        postgresql = pkgs.postgresql_14;
        linuxPackages = fake "linuxPackages" {
          inherit (pkgs) kernel;
          nvidiaPackages = lib.genAttrs [ "stable" "beta" "legacy_340" "legacy_390" "legacy_470" ] (name: fake "nvidia-x11" { });
          netatop = fake "netatop" { };
          extend = _: pkgs.linuxPackages;
        };
        kernel = pkgs.linux;
        gitea = fake "gitea" { data = fake "gitea-data" { }; };
        home-assistant = fake "home-assistant" {
          availableComponents = [
            "default_config"
            "esphome"
            "met"
          ];
        };
        spamassassin = fake "spamassassin" { sa_config = fake "sa_config" { }; };
        public-inbox = fake "public-inbox" { sa_config = fake "sa_config" { }; };
        spark = fake "spark" { untarDir = "spark-3"; };
      };
  };
in
lib.evalModules {
  specialArgs.modulesPath = toString folder;
  modules =
    baseModules
    ++ [
      ./nixos-missing.nix
      {
        _file = toString ./nixos.nix;
        _module.check = false;
        _module.args = {
          pkgs = lib.mkForce pkgs;
          inherit baseModules modules extraModules;
          noUserModules = null;
        };
        nixpkgs.hostPlatform = system;
        nixpkgs.pkgs = pkgs;
      }
    ]
    ++ modules
    ++ extraModules;
}
