---Settings that more than one of the person's own definitions set, as a page.
local Page = require('mkwhy.page')
local cascade = require('mkwhy.cascade')
local words = require('mkwhy.words')

local M = {}

---Whether a path is a prefix or below it, or begins as it does.
---@param path string
---@param prefix string
function M.under(path, prefix)
  return prefix == '' or path == prefix or vim.startswith(path, prefix .. '.')
end

---@param matrix mkwhy.Matrix
---@param prefix string
---@return mkwhy.Page
function M.page(matrix, prefix)
  local page = Page.new(prefix == '' and 'what several modules set' or prefix)
  local rows = vim.tbl_filter(function(row)
    return M.under(row.path, prefix)
  end, matrix.rows)
  page:add({ { ('%d settings with several definitions'):format(#rows), 'MkwhyOption' } })
  page:add({ { matrix.target .. ' · ' .. words.known(matrix.known), 'MkwhyQuiet' } })
  for _, row in ipairs(rows) do
    local value = row.error and '«' .. words.line(row.error.text) .. '»'
      or row.value and words.line(words.value(row.value))
      or '«no value»'
    page:add({})
    page:add({ { row.path, 'MkwhyOption' }, ' = ', value })
    local width = 0
    for _, cell in ipairs(row.cells) do
      width = math.max(width, #words.priority(cell.priority))
    end
    for _, cell in ipairs(row.cells) do
      page:add({
        '  ',
        cascade.sign(cell.outcome),
        (' %-10s'):format(cell.outcome),
        { ('%-' .. width .. 's'):format(words.priority(cell.priority)), 'MkwhyPriority' },
        '  ',
        { words.place(cell.at), 'MkwhyPlace' },
      }, cell.at)
    end
  end
  for _, note in ipairs(matrix.notes or {}) do
    page:add({ '· ', note })
  end
  return page
end

return M
