# The systemd side of a portable service.
{ lib, config, ... }:
let
  inherit (lib) mkOption types;
  units = mkOption {
    type = types.lazyAttrsOf types.deferredModule;
    default = { };
  };
in
{
  options.systemd = {
    lib = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
    };
    mainExecStart = mkOption {
      type = types.str;
      default = lib.escapeShellArgs (config.process.argv or [ ]);
    };
    service = mkOption {
      type = types.deferredModule;
      default = { };
    };
    services = units;
    sockets = units;
  };
  config.systemd.services."" = config.systemd.service;
}
