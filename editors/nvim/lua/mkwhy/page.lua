---Lines to be shown, with their highlights, and the places that they lead to.
---@class mkwhy.Page
---@field lines string[]
---@field highlights { row: integer, from: integer, to: integer, group: string }[] From 0, in bytes.
---@field places table<integer, mkwhy.Place> Where a line leads to, by its number from 1.
---@field title string
---@field first? integer The line, from 1, that the cursor is put on.
local Page = {}
Page.__index = Page

---@param title string
---@return mkwhy.Page
function Page.new(title)
  return setmetatable({ lines = {}, highlights = {}, places = {}, title = title }, Page)
end

---Adds a line of parts: texts, or texts with a highlight group.
---@param parts (string|{ [1]: string, [2]: string|string[]? })[]
---@param place? mkwhy.Place
function Page:add(parts, place)
  local text, row = '', #self.lines
  for _, part in ipairs(parts) do
    local said, groups = part, nil
    if type(part) == 'table' then
      said, groups = part[1], part[2]
    end
    said = said:gsub('[\r\n]', ' ')
    for _, group in ipairs(groups and (type(groups) == 'table' and groups or { groups }) or {}) do
      table.insert(self.highlights, { row = row, from = #text, to = #text + #said, group = group })
    end
    text = text .. said
  end
  -- What is padded ends where it says something.
  table.insert(self.lines, (text:gsub('%s+$', '')))
  if place then
    self.places[#self.lines] = place
    self.first = self.first or #self.lines
  end
end

local namespace = vim.api.nvim_create_namespace('mkwhy.page')

---Writes the page into a buffer of its own.
---@param buffer integer
function Page:write(buffer)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, self.lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  for _, highlight in ipairs(self.highlights) do
    local length = #self.lines[highlight.row + 1]
    vim.api.nvim_buf_set_extmark(buffer, namespace, highlight.row, math.min(highlight.from, length), {
      end_col = math.min(highlight.to, length),
      hl_group = highlight.group,
    })
  end
end

return Page
