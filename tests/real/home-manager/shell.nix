# Shells; mostly weak, conditional or merged.
{ config, lib, pkgs, ... }:
with lib;
let
  cfg = config.site;
in
{
  options.site.shell = mkOption {
    type = types.enum [ "zsh" "bash" "fish" ];
    default = "zsh";
    description = "The shell that gets the extras.";
  };

  config = mkMerge [
    (mkIf (cfg.shell == "zsh") {
      programs.zsh = {
        enable = true;
        dotDir = "${config.xdg.configHome}/zsh";
        history.size = 10000;
        history.save = mkDefault 20000;
        initContent = mkMerge [
          (mkBefore "# first")
          "# middle"
          (mkAfter "# last")
          (mkOrder 550 "# before completion")
        ];
        oh-my-zsh = {
          enable = true;
          plugins = [ "git" "sudo" ];
          theme = mkDefault "robbyrussell";
        };
        shellAliases = {
          ll = "ls -l";
          g = mkForce "git status";
        };
        setOptions = [ "EXTENDED_GLOB" ];
      };
    })
    (mkIf (cfg.shell == "fish") {
      programs.fish.enable = true;
      home.sessionVariables.EDITOR = throw "the value of an inactive definition was forced";
    })
    {
      programs.bash = {
        enable = mkDefault true;
        historyControl = [ "ignoredups" ];
        historySize = 5000;
        shellAliases.ll = "ls -la";
        initExtra = mkAfter "set -o vi";
      };
      programs.starship = {
        enable = true;
        settings = {
          add_newline = false;
          character.success_symbol = "➜";
          directory.truncation_length = mkDefault 3;
        };
      };
      programs.fzf.enable = true;
      programs.fzf.defaultOptions = [ "--height 40%" ];
      programs.direnv = {
        enable = true;
        nix-direnv.enable = mkOverride 1200 false;
        config.global.warn_timeout = "30s";
      };
      programs.bat.enable = true;
      programs.bat.config.theme = mkDefault "ansi";
      programs.tmux = {
        enable = true;
        clock24 = true;
        keyMode = "vi";
        historyLimit = mkDefault 5000;
        terminal = mkForce "tmux-256color";
        extraConfig = mkBefore "set -g mouse on";
        plugins = with pkgs.tmuxPlugins; [ sensible ];
      };
      home.sessionVariables.PAGER = "bat";
      home.sessionVariables.LESS = mkIf config.programs.bat.enable "-R";
      home.shell.enableShellIntegration = mkDefault true;
    }
  ];
}
