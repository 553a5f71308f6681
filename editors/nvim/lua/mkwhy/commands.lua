---The subcommands of `:Mkwhy`.
local lsp = require('mkwhy.lsp')

local M = {}

---The client, or a sentence for the person.
---@return vim.lsp.Client?
---@return integer? buffer that it is attached to
local function client()
  local found = lsp.client()
  local buffer = found and lsp.buffer(found)
  if not found or not buffer then
    vim.notify('mkwhy: there is no server; open a module of a configuration, then :Mkwhy start', vim.log.levels.WARN)
    return nil
  end
  return found, buffer
end

---What a question is about: an option by its name, or what is under the cursor; nothing, and a sentence for the person,
---where the cursor is in a buffer of no configuration.
---@param found vim.lsp.Client
---@param buffer integer
---@param option? string
---@return table?
local function place(found, buffer, option)
  if option and option ~= '' then
    return { textDocument = { uri = vim.uri_from_bufnr(buffer) }, option = option }
  elseif buffer == vim.api.nvim_get_current_buf() then
    return vim.lsp.util.make_position_params(0, found.offset_encoding)
  end
  vim.notify('mkwhy: name an option, or put the cursor on a definition', vim.log.levels.WARN)
  return nil
end

---Asks for the cascade of an option, or of the one under the cursor.
---@param option? string
---@param show fun(cascade: mkwhy.Cascade, folder: string)
local function cascade(option, show)
  local found, buffer = client()
  if not found then
    return
  end
  local params = place(found, buffer, option)
  if not params then
    return
  end
  lsp.request(found, 'mkwhy/cascade', params, function(answer)
    if answer then
      show(answer, lsp.folder(found, buffer))
      return
    end
    local what = option and option ~= '' and 'nothing is known of ' .. option or 'no option is defined here'
    vim.notify('mkwhy: ' .. what, vim.log.levels.WARN)
  end, buffer)
end

---@param option? string
function M.why(option)
  cascade(option, function(answer, folder)
    require('mkwhy.window').float(require('mkwhy.cascade').page(answer), folder)
  end)
end

---@param option? string
function M.definitions(option)
  cascade(option, function(answer, folder)
    require('mkwhy.list').definitions(answer, folder)
  end)
end

---Tries a fix of an option in this buffer, or of what is under the cursor, and shows what came of it.
---@param option? string
function M.proof(option)
  local found, buffer = client()
  if not found then
    return
  end
  local params = place(found, buffer, option)
  if not params then
    return
  end
  lsp.request(found, 'mkwhy/fixes', params, function(fixes)
    require('mkwhy.fixes').select(found, buffer, fixes)
  end, buffer)
end

---Takes the last fix back.
function M.undo()
  require('mkwhy.fixes').undo()
end

---@param prefix? string
function M.dups(prefix)
  local found, buffer = client()
  if not found then
    return
  end
  lsp.request(found, 'mkwhy/duplicates', { uri = vim.uri_from_bufnr(buffer) }, function(matrix)
    if not matrix then
      vim.notify('mkwhy: this is known once the configuration is evaluated', vim.log.levels.WARN)
      return
    end
    local page = require('mkwhy.matrix').page(matrix, prefix or '')
    require('mkwhy.window').split(page, lsp.folder(found, buffer), 'botright new')
  end, buffer)
end

---@param name? string
function M.target(name)
  local found, buffer = client()
  if not found then
    return
  end
  local uri = vim.uri_from_bufnr(buffer)
  local function set(target)
    lsp.request(found, 'mkwhy/setTarget', { uri = uri, target = target }, function() end, buffer)
  end
  if name and name ~= '' then
    set(name)
    return
  end
  lsp.request(found, 'mkwhy/targets', { uri = uri }, function(answer)
    local names = vim.tbl_map(function(target)
      return target.name
    end, answer.targets)
    vim.ui.select(names, {
      prompt = 'Which configuration is asked?',
      kind = 'mkwhy.target',
      format_item = function(item)
        return item == answer.active and item .. ' (active)' or item
      end,
    }, function(choice)
      if choice then
        set(choice)
      end
    end)
  end, buffer)
end

function M.evaluate()
  local found, buffer = client()
  if found then
    lsp.request(found, 'mkwhy/evaluate', { uri = vim.uri_from_bufnr(buffer) }, function(answer)
      if answer and not answer.started then
        vim.notify('mkwhy: ' .. answer.message, vim.log.levels.WARN)
      end
    end, buffer)
  end
end

function M.imports()
  local found, buffer = client()
  if found then
    local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
    lsp.request(found, 'mkwhy/imports', params, function(answer)
      require('mkwhy.list').imports(buffer, answer)
    end, buffer)
  end
end

---@param word? string
function M.trust(word)
  local found = client()
  if not found then
    return
  end
  if word and word ~= '' and word ~= 'yes' and word ~= 'no' then
    vim.notify('mkwhy: :Mkwhy trust yes, or :Mkwhy trust no', vim.log.levels.ERROR)
    return
  end
  lsp.call(found, 'notify', 'mkwhy/setTrust', { trusted = word ~= 'no' })
end

function M.status()
  local status = lsp.status()
  if status then
    vim.notify('mkwhy: ' .. require('mkwhy.status').sentence(status))
  else
    client()
  end
end

function M.log()
  vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.log.get_filename()))
  vim.cmd('normal! G')
end

function M.start()
  lsp.start()
end

function M.stop()
  for _, found in ipairs(vim.lsp.get_clients({ name = lsp.name })) do
    lsp.call(found, 'stop')
  end
end

---Ends the servers and starts them again for the buffers that they had.
function M.restart()
  local clients = vim.lsp.get_clients({ name = lsp.name })
  if #clients == 0 then
    lsp.start()
    return
  end
  for _, found in ipairs(clients) do
    local session = vim.deepcopy(lsp.session(found).buffers)
    local config = found.config
    lsp.call(found, 'stop')
    local tries = 0
    local timer = assert(vim.uv.new_timer())
    timer:start(50, 50, vim.schedule_wrap(function()
      tries = tries + 1
      if not timer:is_closing() and (vim.lsp.get_client_by_id(found.id) == nil or tries > 100) then
        timer:close()
        lsp.attach_again({ config = config, buffers = session, statuses = {} }, found.id)
      end
    end))
  end
end

---@class mkwhy.Subcommand
---@field run fun(argument?: string)
---@field complete? fun(lead: string): string[]

---@param lead string
---@return string[]
local function options(lead)
  local found = lsp.client()
  if not found then
    return {}
  end
  local names = {}
  local buffer = lsp.buffer(found)
  local uri = buffer and vim.uri_from_bufnr(buffer)
  for _, option in ipairs(lsp.request_sync(found, 'mkwhy/options', { uri = uri }) or {}) do
    names[option.path] = true
  end
  -- Where nothing is evaluated, the text has names too.
  if next(names) == nil then
    for _, symbol in ipairs(lsp.request_sync(found, 'workspace/symbol', { query = lead }) or {}) do
      names[symbol.name] = true
    end
  end
  return vim.tbl_keys(names)
end

---Options, and the sets that they are in.
---@param lead string
---@return string[]
local function prefixes(lead)
  local names = {}
  for _, name in ipairs(options(lead)) do
    repeat
      names[name] = true
      name = name:match('^(.*)%.[^.]+$')
    until not name
  end
  return vim.tbl_keys(names)
end

---@return string[]
local function targets()
  local found = lsp.client()
  local buffer = found and lsp.buffer(found)
  if not found or not buffer then
    return {}
  end
  local answer = lsp.request_sync(found, 'mkwhy/targets', { uri = vim.uri_from_bufnr(buffer) }, buffer)
  return vim.tbl_map(function(target)
    return target.name
  end, answer and answer.targets or {})
end

---@type table<string, mkwhy.Subcommand>
M.subcommands = {
  why = { run = M.why, complete = options },
  panel = {
    run = function()
      require('mkwhy.panel').toggle()
    end,
  },
  definitions = { run = M.definitions, complete = options },
  proof = { run = M.proof, complete = options },
  undo = { run = M.undo },
  dups = { run = M.dups, complete = prefixes },
  target = { run = M.target, complete = targets },
  evaluate = { run = M.evaluate },
  imports = { run = M.imports },
  trust = {
    run = M.trust,
    complete = function()
      return { 'yes', 'no' }
    end,
  },
  status = { run = M.status },
  log = { run = M.log },
  start = { run = M.start },
  stop = { run = M.stop },
  restart = { run = M.restart },
}

---@param command { fargs: string[], args: string }
function M.run(command)
  local name = command.fargs[1] or 'why'
  local subcommand = M.subcommands[name]
  if not subcommand then
    vim.notify(('mkwhy: there is no subcommand %s'):format(name), vim.log.levels.ERROR)
    return
  end
  -- An option's path may have blanks in its quotes.
  local argument = vim.trim((command.args:gsub('^%s*%S+', '', 1)))
  subcommand.run(argument ~= '' and argument or nil)
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local name = line:match('Mkwhy!?%s+(%S+)%s')
  local candidates
  if name then
    local subcommand = M.subcommands[name]
    candidates = subcommand and subcommand.complete and subcommand.complete(lead) or {}
  else
    candidates = vim.tbl_keys(M.subcommands)
  end
  candidates = vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
  table.sort(candidates)
  return candidates
end

return M
