{ lib, ... }: let inherit (lib) mkIf; weak = lib.mkOverride 1400; mkForce = x: x; in { a = mkIf true (weak 1); b = mkForce 2; }
