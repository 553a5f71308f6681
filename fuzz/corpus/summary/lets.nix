let s = { x = 1; y = { z = s; }; }; t = s // { w = 2; }; in { a = s; b = t.y; inherit (s) x; inherit t; }
