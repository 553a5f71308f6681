{ a.b = 1; "c d".${e} = [ ]; inherit f; inherit (g) h i; }
