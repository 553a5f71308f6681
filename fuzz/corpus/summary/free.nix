x: { y ? x, z@w, ... }: let a = y; b = { inherit a; c = with d; e f; }; in rec { g = b; h = g.c; inherit (b) i; j = let g = 1; in g; }
