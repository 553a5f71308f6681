---Code lenses, where a person wants them: Neovim shows them when it is told to.
local config = require('mkwhy.config')

local M = {}

---@param buffer integer
function M.refresh(buffer)
  if config.get().code_lens and vim.api.nvim_buf_is_loaded(buffer) then
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
end

---@param client vim.lsp.Client
function M.refresh_client(client)
  for buffer in pairs(client.attached_buffers) do
    M.refresh(buffer)
  end
end

return M
