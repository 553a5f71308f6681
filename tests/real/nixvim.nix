# nixvim's own modules, evaluated with stub packages through its own evalNixvim.
#   source:  a checkout of nixvim
#   nixpkgs: a folder with a `lib` of about the same age
{
  nixpkgs,
  source,
  system ? "x86_64-linux",
  # In place of (not next to) nixvim-user.nix.
  modules ? [ ./nixvim-user.nix ],
  # Next to it.
  extraModules ? [ ],
  # What else is searched for names of packages.
  alsoScan ? [ ],
}:
let
  inherit (builtins)
    attrValues
    concatMap
    concatStringsSep
    elemAt
    filter
    isAttrs
    isList
    isString
    split
    ;

  # nixvim's lists of packages: a name, a path as a list, or sets of them.
  named =
    x:
    if isString x then
      [ x ]
    else if isList x then
      [ (concatStringsSep "." x) ]
    else if isAttrs x then
      concatMap named (attrValues x)
    else
      [ ];

  plainLib = import (nixpkgs + "/lib");
  lib = plainLib.extend (import (source + "/lib/overlay.nix"));
  pkgs = import ./stub-pkgs.nix {
    inherit lib system;
    path = nixpkgs;
    scan = [
      (source + "/modules")
      (source + "/plugins")
      (source + "/colorschemes")
      (source + "/lib")
      ./nixvim
    ]
    ++ alsoScan;
    # A plugin's package is named by `package`, or else by `name`; a tool's by `default`.
    also =
      text:
      concatMap (
        m:
        let
          value = elemAt m 1;
        in
        if elemAt m 0 == "default" then [ value ] else [ "vimPlugins.${value}" ]
      ) (filter isList (split "[ \n](name|package|default) = \"([a-zA-Z0-9_-]+)\"" text));
    names =
      named (import (source + "/modules/lsp/servers/packages.nix")).packages
      ++ named (import (source + "/plugins/by-name/efmls-configs/packages.nix") lib).packaged
      ++ named (import (source + "/plugins/by-name/none-ls/packages.nix") lib).packaged
      ++ map (n: "vimPlugins.neotest-${n}") [
        "dart"
        "scala"
      ];
    extra =
      { plain, fake, ... }:
      {
        vimPlugins = plain.vimPlugins // {
          nvim-treesitter = fake "nvim-treesitter" {
            allGrammars = [ (fake "tree-sitter-nix-grammar" { }) ];
            passthru.allGrammars = [ ];
          };
        };
      };
  };
in
lib.nixvim.modules.evalNixvim {
  inherit system;
  modules =
    modules
    ++ extraModules
    ++ [
      {
        _file = toString ./nixvim.nix;
        _module.args.pkgs = lib.mkForce pkgs;
        nixpkgs.pkgs = pkgs;
        nixpkgs.source = nixpkgs;
      }
    ];
}
