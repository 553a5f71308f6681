---Places in the quickfix list.
local lsp = require('mkwhy.lsp')
local window = require('mkwhy.window')
local words = require('mkwhy.words')

local M = {}

---@param title string
---@param items table[]
local function set(title, items)
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  if #items > 0 then
    vim.cmd('botright copen')
  end
end

---All definitions of an option, from the one that decides down.
---@param cascade mkwhy.Cascade
---@param folder string
function M.definitions(cascade, folder)
  local kinds = { wins = 'I', merged = 'I', conflicts = 'E', shadowed = 'W', dropped = 'W', inactive = 'N' }
  local items = {}
  for _, definition in ipairs(cascade.definitions) do
    local file, line, column = window.resolve(definition.at, folder)
    local priority = words.priority(definition.priority)
    table.insert(items, {
      filename = file,
      lnum = line,
      col = column,
      type = kinds[definition.outcome] or '',
      text = ('%s  %s  %s%s'):format(
        definition.outcome,
        priority,
        words.given(definition),
        definition.declared_default and '  (the default)' or ''
      ),
    })
  end
  set(('mkwhy: %s = %s'):format(cascade.path, words.final(cascade.value)), items)
end

---The places that a lens leads to: one is gone to, several are listed.
---@param title string
---@param locations lsp.Location[]
---@param client vim.lsp.Client
---@param position? lsp.Position
function M.locations(title, locations, client, position)
  local _ = position
  if #locations == 1 then
    vim.lsp.util.show_document(locations[1], client.offset_encoding, { focus = true })
    return
  end
  set('mkwhy: ' .. title, vim.lsp.util.locations_to_items(locations, client.offset_encoding))
end

---What a module imports, and what imports it.
---@param buffer integer
---@param answer { imports: string[], importers: string[] }
function M.imports(buffer, answer)
  local items = {}
  for _, kind in ipairs({ { answer.importers, 'imports this module' }, { answer.imports, 'is imported by it' } }) do
    for _, uri in ipairs(kind[1]) do
      table.insert(items, { filename = vim.uri_to_fname(uri), lnum = 1, col = 1, text = kind[2] })
    end
  end
  if #items == 0 then
    vim.notify('mkwhy: it imports nothing, and nothing imports it', vim.log.levels.INFO)
  end
  set('mkwhy: imports of ' .. vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':~:.'), items)
end

return M
