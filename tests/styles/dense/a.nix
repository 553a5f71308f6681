{ config, lib, ... }: let cfg = config.feature; defaults.copied = 4; in {
config = lib.mkMerge [ { svc.port = lib.mkForce 8080; svc.shel = "fish"; svc.fixed = 2; svc = { inherit (defaults) copied; label = "a"; jobs = 4; cores = lib.mkDefault 1;
tags = [ "x" "y" "x" ]; users = lib.mkDefault [ "root" ]; ordered = lib.mkBefore [ "first" ];
# mkwhy: allow shadowed-definition
alone = 5; same = 5; twice = true; fight = 1; limits = lib.mkDefault { soft = 1; hard = 2; }; motd = ''
  Welcome.

    Indented.
''; }; }
(lib.mkIf (!cfg.enable) { svc.off = 1; svc.offToo = 2; })
(lib.mkIf cfg.enable { svc.kept = lib.mkIf (cfg.jobs > 2) cfg.jobs; svc.many = lib.mkMerge [ [ "a" ] (lib.mkAfter [ "b" ]) ]; })
{ svc.quarrel = lib.mkDefault 1; } { svc.quarrel = 2; svc.twice = true; } ]; }
