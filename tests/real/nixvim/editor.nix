# The editor without plugins.
{ config, lib, pkgs, ... }:
{
  viAlias = true;
  vimAlias = lib.mkDefault true;
  enableMan = false;
  luaLoader.enable = lib.mkDefault true;

  globals.mapleader = " ";
  globals.maplocalleader = lib.mkDefault ",";
  opts = {
    number = true;
    relativenumber = lib.mkDefault true;
    shiftwidth = lib.mkForce 2;
    tabstop = 4;
    undofile = true;
    completeopt = [ "menu" "menuone" ];
  };
  localOpts.spell = lib.mkIf false true;
  clipboard.register = "unnamedplus";

  keymaps = [
    {
      key = "<leader>w";
      action = "<cmd>write<cr>";
      options.desc = "Write";
    }
    {
      mode = [ "n" "v" ];
      key = "<leader>y";
      action.__raw = "function() vim.cmd('yank') end";
      options.silent = lib.mkDefault true;
    }
  ];

  autoGroups.own.clear = true;
  autoCmd = [
    {
      event = [ "BufWritePre" ];
      group = "own";
      command = "%s/\\s\\+$//e";
    }
  ];
  userCommands.Tidy.command = "%!tidy";
  filetype.extension.foo = "bar";
  diagnostic.settings.virtual_text = lib.mkDefault true;

  colorschemes.gruvbox = {
    enable = true;
    settings.contrast = lib.mkDefault "hard";
  };
  highlight.Comment.fg = "#808080";
  highlight.Comment.italic = lib.mkDefault false;

  extraPackages = [ pkgs.ripgrep ];
  extraPlugins = with pkgs.vimPlugins; [ vim-nix ];
  extraConfigLua = lib.mkMerge [
    (lib.mkAfter "-- last")
    "-- middle"
    (lib.mkBefore "-- first")
  ];
  extraConfigVim = "set wildmenu";
  extraFiles."after/ftplugin/nix.lua".text = "vim.bo.shiftwidth = 2";

  lsp.servers.nixd.enable = true;
  lsp.servers.rust_analyzer = {
    enable = lib.mkDefault true;
    config.settings.checkOnSave = lib.mkDefault true;
    package = null;
  };
  lsp.inlayHints.enable = lib.mkIf config.lsp.servers.nixd.enable true;
}
