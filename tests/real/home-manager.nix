# home-manager's own modules, evaluated with stub packages.
#   source:  a checkout of home-manager
#   nixpkgs: a folder with a `lib` of about the same age
{
  nixpkgs,
  source,
  system ? "x86_64-linux",
  # What `pkgs.path` is: home-manager takes a few of nixpkgs' modules from it.
  path ? ./nixpkgs-path,
  # In place of (not next to) home-manager-user.nix.
  modules ? [ ./home-manager-user.nix ],
  # Next to it.
  extraModules ? [ ],
  # What else is searched for names of packages.
  alsoScan ? [ ],
  # Through home-manager's own homeManagerConfiguration.
  gate ? false,
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import ./stub-pkgs.nix {
    inherit lib system path;
    scan = [
      (source + "/modules")
      ./home-manager
    ]
    ++ alsoScan;
    # Names that the modules build, or take as an argument of a function of their own.
    names = [
      "antigravity"
      "brave"
      "brave-origin"
      "chromium"
      "code-cursor"
      "eclipses.eclipse-platform"
      "equibop"
      "flake-edit"
      "floorp-bin"
      "google-chrome"
      "google-chrome-beta"
      "google-chrome-dev"
      "kiro"
      "librewolf"
      "microsoft-edge"
      "vesktop"
      "vivaldi"
      "vscodium"
      "windsurf"
    ];
    extra =
      { pkgs, plain, fake }:
      let
        neovim = fake "neovim" {
          luaRcContent = "";
          vimRcContent = "";
          initRc = "";
          wrapRc = false;
          override = _: neovim;
          overrideAttrs = _: neovim;
        };
      in
      {
        # `options.json` and the pages of the manual.
        buildPackages = pkgs // {
          nixosOptionsDoc = _: lib.genAttrs [ "optionsJSON" "optionsCommonMark" "optionsDocBook" ] (name: fake name { });
        };
        inherit (pkgs.buildPackages) nixosOptionsDoc;
        tmuxPlugins = plain.tmuxPlugins // {
          sensible = fake "tmuxplugins-sensible" { rtp = "/share/tmux-plugins/sensible/sensible.tmux"; };
        };
        wrapNeovimUnstable = _: _: neovim;
        neovimUtils = {
          makeNeovimConfig = args: args // { wrapperArgs = [ ]; neovimRcContent = ""; };
          makeVimPackageInfo = _: { pluginPython3Packages = [ ]; runtimeDeps = [ ]; pluginAdvisedLua = [ ]; luaDependencies = [ ]; vimPackage = { }; };
          packDir = _: fake "pack" { };
        };
      };
  };
  own = {
    _file = toString ./home-manager.nix;
    _module.args.pkgs = lib.mkForce pkgs;
  };
  # What homeManagerConfiguration does, without its gate: that forces all assertions, and with them most of the
  # configuration, before it gives anything away.
  ungated =
    let
      hmLib = import (source + "/modules/lib/stdlib-extended.nix") lib;
    in
    hmLib.evalModules {
      class = "homeManager";
      specialArgs.modulesPath = toString (source + "/modules");
      modules =
        modules
        ++ extraModules
        ++ [
          own
          {
            nixpkgs.config = lib.mkDefault pkgs.config;
            nixpkgs.overlays = pkgs.overlays;
          }
        ]
        ++ import (source + "/modules/modules.nix") {
          inherit pkgs;
          lib = hmLib;
        };
    }
    // {
      inherit pkgs;
    };
in
if gate then
  (import (source + "/lib") { inherit lib; }).homeManagerConfiguration {
    inherit pkgs lib;
    modules = modules ++ extraModules ++ [ own ];
  }
else
  ungated
