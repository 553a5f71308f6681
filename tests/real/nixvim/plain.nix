# No function; second definitions of what others set.
{
  opts.shiftwidth = 8;
  opts.relativenumber = false;
  opts.scrolloff = 5;
  globals.loaded_perl_provider = 0;
  plugins.lualine.settings.options.theme = "gruvbox";
  plugins.gitsigns.settings.current_line_blame = true;
  plugins.treesitter.settings.indent.enable = true;
  colorschemes.gruvbox.settings.contrast = "soft";
  highlight.Comment.italic = true;
  keymaps = [
    {
      key = "<leader>q";
      action = "<cmd>quit<cr>";
    }
  ];
}
