---What the specs share: assertions that say what was there, waiting, and fresh copies of the fixture.
local M = {}

---So many milliseconds are waited for anything: long enough for a machine that does much else.
M.patience = 90000

---@param name string
---@return string
local function environment(name)
  local value = vim.env[name]
  if not value or value == '' then
    error(name .. ' is not set; the specs are run by `cargo xtask editors`')
  end
  return value
end

---The program, as the tests have built it.
function M.program()
  return environment('MKWHY')
end

---The root of the repository.
function M.repository()
  return vim.fs.normalize(vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)), '../../..'))
end

---@param command string[]
---@param folder? string
---@return string
function M.system(command, folder)
  local ran = vim.system(command, { text = true, cwd = folder }):wait()
  if ran.code ~= 0 then
    error(('%s: %s'):format(table.concat(command, ' '), ran.stderr))
  end
  return ran.stdout
end

---A copy of fixtures/kernelcore in a repository of its own.
---@return string
function M.kernelcore()
  local scratch = vim.fs.joinpath(environment('MKWHY_SCRATCH'), ('nvim-%d-%d'):format(vim.fn.getpid(), vim.uv.hrtime()))
  vim.fn.mkdir(scratch, 'p')
  local folder = vim.fs.joinpath(scratch, 'kernelcore')
  M.system({ 'cp', '-R', vim.fs.joinpath(M.repository(), 'fixtures/kernelcore'), folder })
  M.system({ 'git', 'init', '--quiet' }, folder)
  M.system({ 'git', 'add', '--all', '--force' }, folder)
  vim.api.nvim_create_autocmd('VimLeave', {
    callback = function()
      vim.fn.delete(scratch, 'rf')
    end,
  })
  return folder
end

---The settings with which the fixture evaluates here.
---@return table
function M.server_settings()
  return {
    offline = true,
    overrideInputs = { nixpkgs = 'path:' .. vim.fs.joinpath(environment('MKWHY_PARTS'), 'nixpkgs-22.11') },
  }
end

---Starts the plugin as a person would, with these options on top.
---@param options? mkwhy.Config
function M.use(options)
  vim.g.mkwhy = vim.tbl_extend('force', { cmd = M.program(), server = M.server_settings() }, options or {})
  require('mkwhy').enable()
end

---Messages that were shown since the last call.
M.notified = {} ---@type string[]

---@param what string
---@param condition fun(): any
---@return any # what the condition came to
function M.wait(what, condition)
  local found
  local there = vim.wait(M.patience, function()
    found = condition()
    return found ~= nil and found ~= false
  end, 10)
  if not there then
    local said = table.concat(M.notified, '\n') .. vim.fn.execute('messages')
    error(('%s: not within %d s\nmessages:\n%s'):format(what, M.patience / 1000, said), 2)
  end
  return found
end

---@param wanted mkwhy.Freshness
---@return mkwhy.Status
function M.wait_status(wanted)
  return M.wait('status ' .. wanted, function()
    local status = require('mkwhy.lsp').status()
    return status and status.state == wanted and status
  end)
end

---Does something that lets Nix evaluate, and waits until that evaluation ends.
---@param wanted mkwhy.Freshness How it is to end.
---@param action fun()
---@return mkwhy.Status
function M.evaluates(wanted, action)
  local evaluating, ended = false, nil
  local id = vim.api.nvim_create_autocmd('User', {
    pattern = 'MkwhyStatus',
    callback = function(args)
      local status = args.data.status
      evaluating = evaluating or status.state == 'evaluating'
      if evaluating and (status.state == 'evaluated' or status.state == 'failed') then
        ended = status
      end
    end,
  })
  action()
  local status = M.wait('an evaluation that ends', function()
    return ended
  end)
  vim.api.nvim_del_autocmd(id)
  M.eq(wanted, status.state, status.message)
  return status
end

---Writes the buffer, and waits until it is evaluated.
---@param wanted? mkwhy.Freshness
---@return mkwhy.Status
function M.save(wanted)
  return M.evaluates(wanted or 'evaluated', function()
    vim.cmd('silent write')
  end)
end

---@param expected any
---@param found any
---@param what? string
function M.eq(expected, found, what)
  if not vim.deep_equal(expected, found) then
    local text = ('%sexpected %s\n   found %s'):format(
      what and what .. ': ' or '',
      vim.inspect(expected),
      vim.inspect(found)
    )
    error(text, 2)
  end
end

---@param text string
---@param part string Plain text.
---@param what? string
function M.has(text, part, what)
  if not text:find(part, 1, true) then
    error(('%s%s\nis not in\n%s'):format(what and what .. ': ' or '', part, text), 2)
  end
end

---@param text string
---@param part string Plain text.
function M.has_not(text, part)
  if text:find(part, 1, true) then
    error(('%s\nis in\n%s'):format(part, text), 2)
  end
end

---The lines of a buffer as one text.
---@param buffer integer
---@return string
function M.text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

---The number, from 1, of the first line with a text.
---@param part string Plain text.
---@param buffer? integer
---@return integer
function M.line_of(part, buffer)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, false)) do
    if line:find(part, 1, true) then
      return number
    end
  end
  error(('no line has %s'):format(part), 2)
end

---Puts the cursor on a text.
---@param part string Plain text.
function M.go(part)
  local line = M.line_of(part)
  local column = vim.api.nvim_buf_get_lines(0, line - 1, line, false)[1]:find(part, 1, true)
  vim.api.nvim_win_set_cursor(0, { line, column - 1 })
  -- Events of a moved cursor come with the next key, and here are none.
  vim.api.nvim_exec_autocmds('CursorMoved', {})
end

---Presses keys as a person would.
---@param keys string
function M.press(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'xt', false)
end

---The hints of the current buffer: line from 1, and label.
---@return table<integer, string>
function M.hints()
  local hints = {}
  for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
    local label = hint.inlay_hint.label
    if type(label) == 'table' then
      label = table.concat(vim.tbl_map(function(part)
        return part.value
      end, label))
    end
    hints[hint.inlay_hint.position.line + 1] = label
  end
  return hints
end

---What is seen of a line of a window, extmarks with virtual text included.
---@param line integer From 1.
---@return string
function M.screen_line(line)
  vim.cmd('redraw!')
  local place = vim.fn.screenpos(0, line, 1)
  local text = ''
  for column = 1, vim.o.columns do
    text = text .. vim.fn.screenstring(place.row, column)
  end
  return (text:gsub('%s+$', ''))
end

---Catches what `vim.notify` is told: a test has nobody to read it.
function M.catch_notifications()
  vim.notify = function(message)
    table.insert(M.notified, message)
  end
end

---The process of the server.
---@return integer
function M.server_process()
  local own = vim.fn.getpid()
  for _, process in ipairs(vim.api.nvim_get_proc_children(own)) do
    local info = vim.api.nvim_get_proc(process)
    if info and info.name == 'mkwhy' then
      return process
    end
  end
  error('there is no server process', 2)
end

return M
