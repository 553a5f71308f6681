{ a = { b = 1; c = 2; } // { b = 3; } // lib.optionalAttrs x { c = 4; } // (if y then { d = 5; } else { e = 6; }); }
