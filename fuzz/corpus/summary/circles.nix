let a = b; b = a; c = c.c; inherit (d) e; inherit (e) d; f = g // f; g = { h = f; }; in { i = a 1; j = c; k = e; l = f; }
