---Values, priorities and places in words, the same ones as the command's.
local M = {}

local functions = {
  [10] = 'mkVMOverride',
  [50] = 'mkForce',
  [60] = 'mkImageMediaOverride',
  [100] = 'plain',
  [1000] = 'mkDefault',
  [1500] = 'mkOptionDefault',
}

---@param priority? integer
---@return string
function M.priority(priority)
  if not priority then
    return ''
  end
  return ('%s %d'):format(functions[priority] or 'mkOverride', priority)
end

---@param order? integer
---@return string? # nothing where it is the usual one
function M.order(order)
  if not order or order == 1000 then
    return nil
  end
  return ({ [500] = 'mkBefore', [1500] = 'mkAfter' })[order] or ('mkOrder %d'):format(order)
end

---@param text string
---@return string
local function quote(text)
  local escaped = text:gsub('[\\"]', '\\%0'):gsub('%${', '\\${'):gsub('\n', '\\n'):gsub('\r', '\\r'):gsub('\t', '\\t')
  return '"' .. escaped .. '"'
end

---@param name string
---@return string
local function attribute(name)
  return name:match("^[%a_][%w_'-]*$") and name or quote(name)
end

---@param more? integer
local function rest(more)
  return (more and more > 0) and ('«%d more» '):format(more) or ''
end

---@param value mkwhy.Value
---@return string
local function inside(value)
  local text = M.value(value)
  return value.kind == 'property' and '(' .. text .. ')' or text
end

---@param items mkwhy.Value[]
---@param more? integer
local function list(items, more)
  local words = vim.tbl_map(function(item)
    return inside(item) .. ' '
  end, items)
  return '[ ' .. table.concat(words) .. rest(more) .. ']'
end

---@type table<string, fun(value: mkwhy.Value): string>
local kinds = {
  null = function()
    return 'null'
  end,
  throws = function()
    return '«throws»'
  end,
  bool = function(value)
    return tostring(value.value)
  end,
  int = function(value)
    -- One that would lose digits as a number is a string.
    return type(value.value) == 'string' and value.value or ('%d'):format(value.value)
  end,
  float = function(value)
    if type(value.value) ~= 'number' then
      return '«beyond all numbers»'
    end
    -- A whole number has to show that it is no integer.
    return value.value % 1 == 0 and ('%.1f'):format(value.value) or ('%.14g'):format(value.value)
  end,
  string = function(value)
    return quote(value.value)
  end,
  path = function(value)
    return value.value
  end,
  text = function(value)
    return ('%s… «%d bytes»'):format(quote(value.value), value.bytes)
  end,
  list = function(value)
    return list(value.items, value.more)
  end,
  attrs = function(value)
    local words = vim.tbl_map(function(entry)
      return ('%s = %s; '):format(attribute(entry.name), M.value(entry.value))
    end, value.entries)
    return '{ ' .. table.concat(words) .. rest(value.more) .. '}'
  end,
  derivation = function(value)
    return ('«derivation %s»'):format(value.name)
  end,
  ['function'] = function(value)
    if #value.arguments == 0 then
      return '«function»'
    end
    return ('«function { %s }»'):format(table.concat(value.arguments, ', '))
  end,
  special = function(value)
    return ('«%s»'):format(value.what)
  end,
  property = function(value)
    if value.property == 'if' and value.holds == false then
      return '«mkIf false …»'
    elseif value.property == 'if' and value.holds == nil then
      return '«mkIf, whose condition throws»'
    elseif value.property == 'merge' then
      return 'mkMerge ' .. list(value.contents)
    end
    local named = { ['if'] = 'mkIf true', order = 'mkOrder %d', override = 'mkOverride %d' }
    local words = { (named[value.property] or 'mkOverride %d'):format(value.number or 0) }
    vim.list_extend(words, vim.tbl_map(inside, value.contents))
    return table.concat(words, ' ')
  end,
  elided = function(value)
    return ('«%d entries»'):format(value.entries)
  end,
}

---@param value mkwhy.Value
---@return string
function M.value(value)
  local say = kinds[value.kind]
  return say and say(value) or ('«%s»'):format(value.kind)
end

---A text in one line of at most so many characters.
---@param text string
---@param most? integer
---@return string
function M.line(text, most)
  local line = vim.trim((text:gsub('%s*\n%s*', ' ')))
  most = most or 200
  if vim.fn.strchars(line) <= most then
    return line
  end
  return vim.fn.strcharpart(line, 0, most) .. '…'
end

---@param value mkwhy.FinalValue
---@return string
function M.final(value)
  if value.state == 'known' or value.state == 'merged' then
    return M.line(M.value(value.value))
  elseif value.state == 'undefined' then
    return '«nothing defines it»'
  elseif value.state == 'failed' then
    return ('«cannot be evaluated: %s»'):format(M.line(value.message.text))
  end
  return '«not known yet»'
end

---What a definition gives: its value, else the text that it is written in.
---@param definition mkwhy.Definition
---@return string
function M.given(definition)
  if definition.value then
    return M.line(M.value(definition.value), 80)
  end
  return definition.source and M.line(definition.source, 80) or '…'
end

---@param at mkwhy.Place
---@return string
function M.place(at)
  local file = at.file:gsub('^/nix/store/%w+%-source/', '<source>/')
  return at.line and ('%s:%d'):format(file, at.line) or file
end

---How an answer is known, in words.
---@param known mkwhy.Knowledge
---@return string
function M.known(known)
  if known.how == 'evaluated' then
    return 'evaluated'
  elseif known.how == 'stale' then
    return 'not evaluated since an edit: conditions of then, priorities of now'
  elseif known.how == 'syntax' then
    local because = known.because and ': ' .. M.line(known.because.text) or ''
    return 'from the text alone' .. because
  end
  return 'not evaluated: ' .. M.line(known.message and known.message.text or '')
end

return M
