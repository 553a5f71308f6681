# The portable services of the `lib` in use, wherever that lies.
{ lib }@args: import (dirOf (builtins.unsafeGetAttrPos "evalModules" lib).file + "/services/lib.nix") args
