# What can be set.
{ config, lib, ... }:
let
  option = type: default: lib.mkOption { inherit type default; };
  inherit (lib) types;
in
{
  imports = [ (lib.mkRenamedOptionModule [ "svc" "label" ] [ "svc" "name" ]) ];

  options = {
    feature.enable = option types.bool true;
    feature.jobs = option types.int 3;
    svc = {
      copied = option types.int 0;
      cores = option types.int 0;
      fight = lib.mkOption { type = types.int; };
      jobs = option types.int 1;
      kept = option types.int 0;
      many = option (types.listOf types.str) [ ];
      motd = option types.lines "";
      name = option types.str "svc";
      off = option types.int 0;
      offToo = option types.int 0;
      ordered = option (types.listOf types.str) [ ];
      port = option types.int 0;
      quarrel = option types.int 0;
      fixed = lib.mkOption { type = types.int; default = 2; readOnly = true; };
      shell = option types.str "bash";
      same = option types.int 5;
      tags = option (types.listOf types.str) [ ];
      twice = option types.bool false;
      users = option (types.listOf types.str) [ ];
      alone = option types.int 0;
      limits = lib.mkOption {
        default = { };
        type = types.submodule { freeformType = types.attrsOf types.int; };
      };
    };
  };
}
