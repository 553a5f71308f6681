{ lib, ... }: with lib; { a = mkIf b (mkForce 1); c = mkMerge [ (mkDefault { d = 1; }) { e = mkBefore [ 1 ]; } ]; f = mkOverride 60 2; g = lib.modules.mkOrder 7 [ ]; }
