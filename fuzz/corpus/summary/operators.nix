{ a = !b -> c == d && e ? f.g || h < -1; i = j ++ [ k ] ++ l; m = n.o.p or q; r = s or t; assert_ = assert u; with v; { w = 1; }; }
