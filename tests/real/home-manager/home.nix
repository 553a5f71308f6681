# The person, the editor, git and ssh.
{ config, lib, pkgs, ... }:
{
  home.username = "ada";
  home.homeDirectory = "/home/ada";
  home.stateVersion = "25.11";
  home.enableNixpkgsReleaseCheck = false;

  home.packages = with pkgs; [ ripgrep jq ] ++ lib.optional config.programs.git.enable fd;
  home.sessionVariables = {
    EDITOR = "nvim";
    PAGER = lib.mkDefault "less";
    GOPATH = "${config.home.homeDirectory}/go";
  };
  home.sessionPath = [ "$HOME/.local/bin" ];
  home.language.base = "de_DE.UTF-8";
  home.keyboard.layout = "de";
  home.shellAliases.g = "git";

  home.file = {
    ".editorconfig".text = "root = true\n";
    ".local/bin/hello" = {
      executable = true;
      text = lib.mkDefault "#!/bin/sh\necho hello\n";
    };
    "notes".enable = false;
    "notes".source = ./home.nix;
  };

  programs.git = {
    enable = true;
    settings = {
      user.name = "Ada";
      user.email = "ada@example.org";
      alias.st = "status";
      pull.rebase = lib.mkForce true;
    };
    ignores = lib.mkBefore [ "*.swp" ];
    lfs.enable = lib.mkDefault true;
    signing.format = "ssh";
    signing.key = lib.mkIf config.programs.ssh.enable "~/.ssh/id_ed25519.pub";
  };

  programs.neovim = {
    enable = true;
    defaultEditor = lib.mkOverride 900 true;
    viAlias = true;
    extraConfig = "set number";
    plugins = with pkgs.vimPlugins; [
      vim-nix
      {
        plugin = nvim-lspconfig;
        type = "lua";
        config = "-- lsp";
      }
    ];
    withRuby = false;
  };

  programs.ssh = {
    enable = true;
    enableDefaultConfig = false;
    settings = {
      "*".ServerAliveInterval = lib.mkDefault 60;
      builder = {
        HostName = "192.0.2.7";
        User = "nix";
      };
    };
  };

  xdg.enable = true;
  xdg.configFile."app/config.toml".text = "a = 1\n";
  xdg.userDirs.enable = lib.mkDefault false;
  xdg.mimeApps = {
    enable = true;
    defaultApplications."text/html" = [ "firefox.desktop" ];
  };
}
