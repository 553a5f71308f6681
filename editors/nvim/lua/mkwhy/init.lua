---Who decides this option? The plugin's functions; `:help mkwhy` describes them.
local M = {}

---Sets options. Not needed: `vim.g.mkwhy` does the same, and without either everything has a default.
---@param config? mkwhy.Config
function M.setup(config)
  require('mkwhy.config').set(config)
end

---Starts the server by itself in buffers of Nix: `vim.lsp.enable('mkwhy')`, or what comes to the same in 0.10.
function M.enable()
  if vim.lsp.enable then
    vim.lsp.enable('mkwhy')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('mkwhy.enable', {}),
    pattern = 'nix',
    callback = function(args)
      require('mkwhy.lsp').start(args.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == 'nix' then
      require('mkwhy.lsp').start(buffer)
    end
  end
end

---Starts the server for one buffer.
---@param buffer? integer
---@return integer? # the client
function M.start(buffer)
  return require('mkwhy.lsp').start(buffer)
end

---The configuration for `vim.lsp.start`, without `root_dir`.
---@return vim.lsp.ClientConfig
function M.client_config()
  return require('mkwhy.lsp').config()
end

---What is known of the configuration that a buffer belongs to, for a status line; empty where there is no server.
---@param buffer? integer
---@return string
function M.status(buffer)
  -- A status line must not load the plugin.
  if not package.loaded['mkwhy.lsp'] then
    return ''
  end
  return require('mkwhy.status').text(buffer)
end

---The cascade of an option, or of the one under the cursor, in a floating window.
---@param option? string
function M.why(option)
  require('mkwhy.commands').why(option)
end

---Opens or closes the panel that follows the cursor.
function M.panel()
  require('mkwhy.panel').toggle()
end

---Tries a fix of an option in this buffer, or of what is under the cursor, and shows what came of it.
---@param option? string
function M.proof(option)
  require('mkwhy.commands').proof(option)
end

---Takes the last fix back, in all buffers that it edited.
function M.undo()
  require('mkwhy.commands').undo()
end

---All definitions of an option, or of the one under the cursor, in the quickfix list.
---@param option? string
function M.definitions(option)
  require('mkwhy.commands').definitions(option)
end

return M
