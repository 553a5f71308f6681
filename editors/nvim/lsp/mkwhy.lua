-- For vim.lsp.enable('mkwhy'), from 0.11 on.
local lsp = require('mkwhy.lsp')

local config = lsp.config()
-- A server that is missing is told of once, in a sentence, instead of in the log alone.
local cmd = config.cmd --[=[@as string[]]=]
if vim.fn.executable(cmd[1]) == 0 then
  config.cmd = function() end
end

---@param buffer integer
---@param on_dir fun(root?: string)
config.root_dir = function(buffer, on_dir)
  if lsp.available() then
    on_dir(lsp.root(buffer))
  end
end
return config
