---What became of definitions, marked in the text: signs for all of them, lines through those that lost.
local config = require('mkwhy.config')
local lsp = require('mkwhy.lsp')

local M = {}

M.namespace = vim.api.nvim_create_namespace('mkwhy')

---What each outcome's text and sign look like unless a colour scheme says otherwise.
---@type table<mkwhy.Outcome, { name: string, text?: string, sign: string }>
M.looks = {
  wins = { name = 'Wins', sign = 'DiagnosticSignOk' },
  merged = { name = 'Merged', sign = 'DiagnosticSignOk' },
  conflicts = { name = 'Conflicts', text = 'DiagnosticUnderlineError', sign = 'DiagnosticSignError' },
  shadowed = { name = 'Shadowed', text = 'DiagnosticDeprecated', sign = 'DiagnosticSignWarn' },
  dropped = { name = 'Dropped', text = 'DiagnosticDeprecated', sign = 'DiagnosticSignWarn' },
  inactive = { name = 'Inactive', text = 'DiagnosticUnnecessary', sign = 'DiagnosticSignHint' },
  undecided = { name = 'Undecided', sign = 'DiagnosticSignInfo' },
}

local plain = {
  Option = 'Identifier',
  Priority = 'Constant',
  Place = 'Directory',
  Quiet = 'Comment',
  Added = 'DiffAdd',
  Removed = 'DiffDelete',
}

---Makes the highlight groups, as links that a colour scheme may replace.
function M.highlights()
  for _, look in pairs(M.looks) do
    local links = { ['Mkwhy' .. look.name] = look.text, ['MkwhySign' .. look.name] = look.sign }
    for group, link in pairs(links) do
      vim.api.nvim_set_hl(0, group, { link = link, default = true })
    end
  end
  for group, link in pairs(plain) do
    vim.api.nvim_set_hl(0, 'Mkwhy' .. group, { link = link, default = true })
  end
end

M.highlights()
vim.api.nvim_create_autocmd('ColorScheme', {
  group = vim.api.nvim_create_augroup('mkwhy.highlights', {}),
  callback = M.highlights,
})

---Outcomes in the order in which one of several on a line is said.
local order = { 'conflicts', 'shadowed', 'dropped', 'inactive', 'undecided', 'wins', 'merged' }
local rank = {}
for index, outcome in ipairs(order) do
  rank[outcome] = index
end

---@param buffer integer
function M.clear(buffer)
  if vim.api.nvim_buf_is_valid(buffer) then
    vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  end
end

---@param buffer integer
---@param position lsp.Position
---@param encoding string
---@return integer row, integer column in bytes, both from 0
local function place(buffer, position, encoding)
  local line = vim.api.nvim_buf_get_lines(buffer, position.line, position.line + 1, false)[1] or ''
  return position.line, lsp.byte(line, position.character, encoding)
end

---Highlights a range line by line, without the blanks before each: a line through those would be a line for itself.
---@param buffer integer
---@param from { [1]: integer, [2]: integer }
---@param to { [1]: integer, [2]: integer }
---@param group string
---@param priority integer
local function highlight(buffer, from, to, group, priority)
  for offset, line in ipairs(vim.api.nvim_buf_get_lines(buffer, from[1], to[1] + 1, false)) do
    local row = from[1] + offset - 1
    local first = math.max(#line:match('^%s*'), row == from[1] and from[2] or 0)
    local last = row == to[1] and math.min(to[2], #line) or #line
    if last > first then
      vim.api.nvim_buf_set_extmark(buffer, M.namespace, row, first, {
        end_col = last,
        hl_group = group,
        priority = priority,
      })
    end
  end
end

---A definition that nobody contests is not marked: marks are for what has to be looked at.
---@param item mkwhy.Item
local function contested(item)
  return not (item.alone and vim.tbl_contains({ 'wins', 'merged', 'undecided' }, item.outcome))
end

---@param client vim.lsp.Client
---@param buffer integer
---@param items mkwhy.Item[]
local function draw(client, buffer, items)
  local marks = config.get().marks
  M.clear(buffer)
  if not marks then
    return
  end
  ---@type table<integer, mkwhy.Outcome> by row
  local signs = {}
  local last = vim.api.nvim_buf_line_count(buffer) - 1
  for _, item in ipairs(vim.tbl_filter(contested, items)) do
    local row = item.name.start.line
    local look = M.looks[item.outcome]
    if look and row <= last then
      if marks.text and look.text then
        local from = { place(buffer, item.range.start, client.offset_encoding) }
        local to = { place(buffer, item.range['end'], client.offset_encoding) }
        highlight(buffer, from, to, 'Mkwhy' .. look.name, marks.priority)
      end
      if not signs[row] or rank[item.outcome] < rank[signs[row]] then
        signs[row] = item.outcome
      end
    end
  end
  for row, outcome in pairs(marks.signs and signs or {}) do
    local text = marks.signs[outcome]
    if text and text ~= '' then
      vim.api.nvim_buf_set_extmark(buffer, M.namespace, row, 0, {
        sign_text = text,
        sign_hl_group = 'MkwhySign' .. M.looks[outcome].name,
        priority = marks.priority,
      })
    end
  end
end

---Asks anew what became of the definitions in a buffer.
---@param client vim.lsp.Client
---@param buffer integer
function M.refresh(client, buffer)
  if not config.get().marks or not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  lsp.call(client, 'request', 'mkwhy/items', params, function(failure, items)
    if failure or not vim.api.nvim_buf_is_loaded(buffer) then
      return
    end
    if vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
      -- It is about a text of before; in 0.10 reading a file counts as an edit that nobody is told of.
      M.refresh(client, buffer)
      return
    end
    draw(client, buffer, items or {})
  end, buffer)
end

---@param client vim.lsp.Client
function M.refresh_client(client)
  for buffer in pairs(client.attached_buffers) do
    M.refresh(client, buffer)
  end
end

return M
