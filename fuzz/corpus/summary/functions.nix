args@{ config, ... }: { a = { name, ... }: { b = name; imports = [ ./c.nix ]; }; d = x: y: x; e = { f, ... }@g: { h = f g; }; }
