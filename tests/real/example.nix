# One of the configurations that a module set has among its own tests and examples, evaluated with stub packages.
#   set:  "nix-darwin", "home-manager" or "nixvim"
#   file: the module; of nixvim's tests, a file of modules by name
#   case: the number of the module in it
{
  set,
  nixpkgs,
  source,
  file,
  case ? 0,
}:
let
  lib = import (nixpkgs + "/lib");
  option = type: default: lib.mkOption { inherit type default; };
  evaluate =
    modules:
    import (./. + "/${set}.nix") {
      inherit nixpkgs source modules;
      alsoScan = [ file ];
    };
  # What the harness of each set gives to every test.
  harness = {
    nix-darwin = {
      options = {
        out = lib.mkOption { type = lib.types.package; };
        test = lib.mkOption { type = lib.types.lines; };
      };
      config.system.stateVersion = lib.mkDefault 6;
    };
    home-manager =
      { pkgs, ... }:
      {
        imports = map (name: source + "/tests/${name}.nix") [
          "asserts"
          "big-test"
          "stubs"
        ];
        options.nmt = {
          description = option lib.types.str "";
          script = option lib.types.lines "";
          tested = option lib.types.anything null;
        };
        config = {
          _module.check = lib.mkForce false;
          _module.args.realPkgs = pkgs;
          xdg.enable = lib.mkDefault true;
          home.username = "hm-user";
          home.homeDirectory = "/home/hm-user";
          home.stateVersion = lib.mkDefault "18.09";
          manual.manpages.enable = lib.mkDefault false;
        };
      };
    nixvim = { };
  };
  given = import file;
  called =
    if builtins.isFunction given then
      given (
        builtins.intersectAttrs (builtins.functionArgs given) {
          # nixvim's tests want its own additions.
          lib = if set == "nixvim" then (evaluate [ ])._module.specialArgs.lib else lib;
          inherit ((evaluate [ ])._module.args) pkgs;
        }
      )
    else
      given;
  module =
    if set != "nixvim" then
      file
    else
      {
        _file = toString file;
        # Where there are not so many, there is nothing to look at.
        imports = if case < builtins.length (builtins.attrValues called) then lib.toList (builtins.elemAt (builtins.attrValues called) case) else [ ];
      };
in
evaluate [
  {
    _file = toString ./example.nix;
    imports = [ harness.${set} ];
  }
  module
]
