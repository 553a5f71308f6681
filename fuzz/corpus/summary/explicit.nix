{ config, lib, pkgs, ... }:
let cfg = config.services.a; in {
  imports = [ ./b.nix ];
  options.services.a.enable = lib.mkEnableOption "a";
  config = lib.mkIf cfg.enable { x.y = 1; };
}
