# Plugins.
{ config, lib, pkgs, ... }:
{
  options.site.notes = lib.mkEnableOption "the notes plugins";

  config = lib.mkMerge [
    {
      plugins = {
        telescope = {
          enable = true;
          keymaps."<leader>ff" = "find_files";
          settings.defaults.layout_strategy = lib.mkDefault "horizontal";
          extensions.fzf-native.enable = true;
        };
        treesitter = {
          enable = true;
          settings.highlight.enable = true;
          settings.indent.enable = lib.mkForce false;
        };
        gitsigns.enable = true;
        gitsigns.settings = {
          current_line_blame = lib.mkDefault false;
          signs.add.text = "+";
        };
        lualine.enable = true;
        lualine.settings.options.theme = lib.mkDefault "auto";
        lualine.settings.options.globalstatus = true;
        which-key.enable = lib.mkOverride 900 true;
        web-devicons.enable = true;
        oil.enable = true;
        oil.settings.view_options.show_hidden = true;
        bufferline.enable = lib.mkIf config.plugins.web-devicons.enable true;
        luasnip.enable = true;
        cmp = {
          enable = true;
          autoEnableSources = false;
          settings.mapping."<CR>" = "cmp.mapping.confirm({ select = true })";
          settings.sources = lib.mkBefore [ { name = "nvim_lsp"; } ];
        };
        conform-nvim.enable = true;
        conform-nvim.settings.formatters_by_ft.nix = [ "nixfmt" ];
        lsp.enable = true;
        lsp.servers.lua_ls.enable = true;
      };
    }
    (lib.mkIf config.site.notes {
      plugins.neorg.enable = true;
      plugins.telescope.settings.defaults.layout_strategy = throw "the value of an inactive definition was forced";
      opts.conceallevel = 2;
    })
    (lib.mkIf (!config.site.notes) {
      opts.conceallevel = lib.mkDefault 0;
    })
  ];
}
