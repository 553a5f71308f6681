---What a person sets: `vim.g.mkwhy`, or `require('mkwhy').setup`, or nothing at all.
local M = {}

---@class mkwhy.Config
---@field cmd? string|string[] The program, with arguments; default: the `mkwhy` on PATH. The word `lsp` is added.
---@field trusted? boolean|fun(root: string): boolean Whether a folder's configuration may be evaluated.
---@field server? table Settings of the server, see |mkwhy-server-settings|.
---@field inlay_hints? boolean Whether hints are switched on in buffers that the server is attached to.
---@field code_lens? boolean Whether lenses are shown and kept up to date.
---@field marks? mkwhy.MarksConfig|false How definitions are marked; `false`: not at all.
---@field view? mkwhy.ViewConfig The windows that cascades are shown in.
---@field restart? boolean Whether a server that ends unexpectedly is started again.

---@class mkwhy.MarksConfig
---@field signs? table<mkwhy.Outcome, string>|false The text in the sign column; `false`: none.
---@field text? boolean Whether the text of definitions is highlighted.
---@field priority? integer Of the extmarks.

---@class mkwhy.ViewConfig
---@field border? string|string[] Of the floating window; default: 'winborder', else "rounded".
---@field width? integer Of the panel beside the text, in columns.

---@type mkwhy.Config
local defaults = {
  trusted = true,
  server = {},
  inlay_hints = false,
  code_lens = false,
  marks = {
    signs = {
      wins = '✓',
      merged = '+',
      conflicts = '!',
      shadowed = '✗',
      dropped = '✗',
      inactive = '○',
      undecided = '?',
    },
    text = true,
    priority = 110,
  },
  view = { width = 72 },
  restart = true,
}

---What `setup` was given.
---@type mkwhy.Config?
local given

---@param config? mkwhy.Config
function M.set(config)
  vim.validate({ config = { config, 'table', true } })
  given = config
end

---Everything that is set, with what is not from the defaults.
---@return mkwhy.Config
function M.get()
  local set = given or vim.g.mkwhy
  if type(set) ~= 'table' then
    set = {}
  end
  local config = vim.tbl_deep_extend('force', defaults, set)
  if set.marks == false then
    config.marks = false
  elseif set.marks and set.marks.signs == false then
    config.marks.signs = false
  end
  return config
end

---The types that each option may have.
---@type table<string, string[]>
M.types = {
  cmd = { 'string', 'table' },
  trusted = { 'boolean', 'function' },
  server = { 'table' },
  inlay_hints = { 'boolean' },
  code_lens = { 'boolean' },
  marks = { 'table', 'boolean' },
  view = { 'table' },
  restart = { 'boolean' },
}

---What is set and means nothing, in sentences.
---@return string[]
function M.problems()
  local set = given or vim.g.mkwhy
  if set == nil then
    return {}
  end
  if type(set) ~= 'table' then
    return { ('the configuration is a %s instead of a table'):format(type(set)) }
  end
  local found = {}
  for name, value in vim.spairs(set) do
    local wanted = M.types[name]
    if not wanted then
      table.insert(found, ('there is no option %s'):format(name))
    elseif not vim.tbl_contains(wanted, type(value)) then
      table.insert(found, ('%s is a %s instead of a %s'):format(name, type(value), table.concat(wanted, ' or a ')))
    end
  end
  return found
end

---The command line of the server.
---@return string[]
function M.command()
  local cmd = M.get().cmd or 'mkwhy'
  local words = type(cmd) == 'table' and vim.deepcopy(cmd) or { cmd }
  words[1] = vim.fs.normalize(words[1])
  if not vim.tbl_contains(words, 'lsp') then
    table.insert(words, 'lsp')
  end
  return words
end

---Why the server cannot be started, in a sentence; nothing where it can.
---@return string?
function M.missing()
  local program = M.command()[1]
  if vim.fn.executable(program) == 1 then
    return nil
  end
  local where = program:find('/') and 'there is no program ' .. program or program .. ' is not on PATH'
  return ('mkwhy: %s; install it (cargo install --path crates/cli) or name it in vim.g.mkwhy = { cmd = "…" }'):format(where)
end

return M
