{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.meta = {
    maintainers = mkOption {
      type = types.listOf types.raw;
      internal = true;
      default = [ ];
      description = "Who looks after the modules.";
    };
    doc = mkOption {
      type = types.raw;
      internal = true;
      description = "A chapter of the manual.";
    };
    buildDocsInSandbox = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether the documentation of the options can be built in a sandbox.";
    };
  };
}
