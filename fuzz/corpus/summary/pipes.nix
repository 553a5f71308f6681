{ lib, ... }: { a = lib.pipe 1 [ (x: x) lib.mkForce (lib.mkIf true) ]; b = 1 |> lib.mkDefault; c = lib.mkForce <| lib.mkIf x <| { d = 1; }; }
