# Common settings.
{
  config,
  lib,
  ...
}:

let
  cfg = config.feature;
in
{
  config = lib.mkIf cfg.enable {
    svc = {
      jobs = lib.mkDefault cfg.jobs;
      kept = lib.mkDefault 1;
      many = lib.mkDefault [
        "base"
      ];
      tags = [ "y" ];
    };
  };
}
