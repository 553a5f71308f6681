---A cascade as a page: the final value, then every definition, from the one that decides down.
local Page = require('mkwhy.page')
local marks = require('mkwhy.marks')
local words = require('mkwhy.words')

local M = {}

local signs = {
  wins = '✓',
  merged = '+',
  conflicts = '!',
  shadowed = '✗',
  dropped = '✗',
  inactive = '○',
  undecided = '?',
}

---The sign of an outcome, with its highlight group.
---@param outcome mkwhy.Outcome
function M.sign(outcome)
  local look = marks.looks[outcome]
  return { signs[outcome] or ' ', look and 'MkwhySign' .. look.name or nil }
end

---@param definition mkwhy.Definition
local function strength(definition)
  local order = words.order(definition.order)
  return words.priority(definition.priority) .. (order and ', ' .. order or '')
end

---@param definition mkwhy.Definition
---@param index integer
---@return string
local function condition(definition, index)
  local it = definition.conditions[index]
  local holds = it.holds == nil and 'not known' or tostring(it.holds)
  return ('if %s: %s'):format(it.text and words.line(it.text, 100) or '…', holds)
end

---@param page mkwhy.Page
---@param definition mkwhy.Definition
---@param width integer
local function add(page, definition, width)
  local at = definition.at
  local look = marks.looks[definition.outcome]
  local lost = look and look.text and 'Mkwhy' .. look.name
  local quiet = 'MkwhyQuiet'
  page:add({
    M.sign(definition.outcome),
    (' %-10s'):format(definition.outcome),
    { ('%-' .. width .. 's'):format(strength(definition)), 'MkwhyPriority' },
    '  ',
    { words.given(definition), lost },
  }, at)
  page:add({
    '    ',
    { words.place(at), 'MkwhyPlace' },
    { definition.declared_default and '  the default' or '', quiet },
    { definition.certain and '' or '  perhaps: the text does not say whether it sets this', quiet },
  }, at)
  if definition.why_not then
    page:add({ '    ', 'why not: ' .. definition.why_not }, at)
  end
  for index in ipairs(definition.conditions) do
    page:add({ '    ', { condition(definition, index), quiet } }, at)
  end
  if definition.via then
    page:add({ '    ', { 'via ' .. definition.via, quiet } }, at)
  end
  if #definition.imports > 0 then
    page:add({ '    ', { 'imported by ' .. table.concat(definition.imports, ' → '), quiet } }, at)
  end
end

---@param cascade mkwhy.Cascade
---@return mkwhy.Page
function M.page(cascade)
  local page = Page.new(cascade.path)
  page:add({ { cascade.path, 'MkwhyOption' }, ' = ', words.final(cascade.value) })
  if cascade.before_apply then
    page:add({ '  before apply: ', words.line(words.value(cascade.before_apply)) })
  end
  if cascade.option_type then
    page:add({ { cascade.option_type, 'MkwhyQuiet' } })
  end
  page:add({ { cascade.target .. ' · ' .. words.known(cascade.known), 'MkwhyQuiet' } })
  for _, sentence in ipairs(cascade.conclusion or {}) do
    page:add({ sentence })
  end
  if cascade.contradiction then
    page:add({ { 'Nix refuses it: definitions of one priority contradict each other', 'MkwhySignConflicts' } })
  end
  page:add({})
  local width = 0
  for _, definition in ipairs(cascade.definitions) do
    width = math.max(width, #strength(definition))
  end
  for _, definition in ipairs(cascade.definitions) do
    add(page, definition, width)
  end
  if #cascade.definitions == 0 then
    page:add({ 'nothing defines it' })
  end
  for index, note in ipairs(cascade.notes or {}) do
    if index == 1 then
      page:add({})
    end
    page:add({ '· ', note })
  end
  return page
end

return M
