---Fixes: chosen as a code action or by the command, looked at with their proof, applied, taken back.
local h = require('helper')

h.catch_notifications()
vim.o.columns, vim.o.lines = 160, 60

local folder = h.kernelcore()
local function file(name)
  return vim.fs.joinpath(folder, name)
end
local module, base = file('modules/system/nix.nix'), file('modules/core/nix-base.nix')
local move = 'move nix.settings.connect-timeout into modules/core/nix-base.nix'

---The files that are not what they were.
local function changed()
  return vim.split(vim.trim(h.system({ 'git', 'diff', '--name-only' }, folder)), '\n', { trimempty = true })
end

---Buffers that are edited and not written.
local function edited()
  local found = {}
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.bo[buffer].modified and vim.bo[buffer].buftype == '' then
      table.insert(found, (vim.api.nvim_buf_get_name(buffer):gsub('^' .. vim.pesc(folder) .. '/', '')))
    end
  end
  table.sort(found)
  return found
end

---Chooses the one with this title, whatever is asked.
local function choosing(title)
  vim.ui.select = function(items, options, choose)
    local titles = vim.tbl_map(options.format_item, items)
    for index, item in ipairs(items) do
      if vim.startswith(titles[index], title) then
        return choose(item, index)
      end
    end
    error(('%s is not among %s'):format(title, vim.inspect(titles)))
  end
end

local function wait_proof()
  h.wait('the proof', function()
    return vim.bo.filetype == 'mkwhy' and h.text(0):find('proved: ', 1, true)
  end)
  return h.text(0)
end

local function wait_notified(part)
  return h.wait(part, function()
    return table.concat(h.notified, '\n'):find(part, 1, true)
  end)
end

local before = {}

return {
  {
    'a move is a code action; its proof is read before anything is edited',
    function()
      h.use()
      vim.cmd.edit(module)
      h.wait_status('evaluated')
      before[module] = h.text(0)
      h.go('connect-timeout = 30')
      choosing(move)
      vim.lsp.buf.code_action()
      local text = wait_proof()
      h.has(text, move)
      h.eq(true, text:find('✓ proved: 0 of %d+ defined options change on 3 hosts') ~= nil, text)
      h.has(text, '· `nix.settings.connect-timeout`: mkForce 50 is not needed any more')
      h.has(text, 'modules/system/nix.nix')
      h.has(text, '-          connect-timeout = 30;')
      h.has(text, '+      connect-timeout = lib.mkMerge [')
      h.eq({}, edited())
      h.eq({}, changed())
      -- A line of the difference leads to its place.
      vim.api.nvim_win_set_cursor(0, { h.line_of('-          connect-timeout = 30;'), 0 })
      h.press('<CR>')
      h.eq(module, vim.api.nvim_buf_get_name(0))
      h.eq({ 49, 10 }, vim.api.nvim_win_get_cursor(0))
    end,
  },
  {
    'it is applied to all of its files',
    function()
      choosing(move)
      vim.lsp.buf.code_action()
      wait_proof()
      h.notified = {}
      h.press('a')
      wait_notified('5 buffers are edited; :wall writes them')
      h.eq(module, vim.api.nvim_buf_get_name(0))
      h.has_not(h.text(0), 'connect-timeout')
      h.eq(5, #edited())
      h.eq({}, changed(), 'nothing is written')
      h.evaluates('evaluated', function()
        vim.cmd('silent wall')
      end)
      h.eq(5, #changed())
      vim.cmd.edit(base)
      h.has(h.text(0), 'connect-timeout = lib.mkMerge [')
      vim.cmd.edit(module)
    end,
  },
  {
    'one undo takes it back everywhere, unless something was edited since',
    function()
      h.notified = {}
      vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# mine' })
      vim.cmd('Mkwhy undo')
      wait_notified('was edited since: undo that first')
      h.eq('# mine', vim.api.nvim_buf_get_lines(0, 0, 1, false)[1])
      h.press('u')
      vim.cmd('Mkwhy undo')
      wait_notified('taken back in 5 buffers')
      h.eq(before[module], h.text(0))
      h.evaluates('evaluated', function()
        vim.cmd('silent wall')
      end)
      h.eq({}, changed())
      h.notified = {}
      vim.cmd('Mkwhy undo')
      wait_notified('no fix was applied')
    end,
  },
  {
    'what is plain is applied at once',
    function()
      h.go('cores = 0;')
      choosing('remove this definition')
      h.notified = {}
      vim.lsp.buf.code_action()
      wait_notified('remove this definition (proved: 0 of')
      h.has_not(h.text(0), 'cores = 0;')
      h.eq({ 'modules/system/nix.nix' }, edited())
      vim.cmd('Mkwhy undo')
      h.eq(before[module], h.text(0))
    end,
  },
  {
    ':Mkwhy proof shows what changes and is left with q',
    function()
      h.go('max-jobs = 4')
      choosing('move nix.settings.max-jobs into')
      vim.cmd('Mkwhy proof')
      local text = wait_proof()
      h.has(text, 'warnings changes on nixosConfigurations.kernelcore, as is meant')
      h.press('q')
      h.eq(module, vim.api.nvim_buf_get_name(0))
      -- By its name, and what was found out stands beside it.
      vim.ui.select = function(items, options)
        h.has(table.concat(vim.tbl_map(options.format_item, items), '\n'), '(proved: 1 of ')
        h.notified = { 'asked' }
      end
      vim.cmd('Mkwhy proof nix.settings.max-jobs')
      wait_notified('asked')
      h.notified = {}
      h.go('min-free')
      vim.cmd('Mkwhy proof kernelcore.none')
      wait_notified('nothing to be fixed here')
      h.eq({}, edited())
    end,
  },
  {
    'a file that a fix makes is taken back too',
    function()
      local uri = vim.uri_from_fname(file('modules/made.nix'))
      local range = { start = { line = 0, character = 0 }, ['end'] = { line = 0, character = 0 } }
      local edit = {
        documentChanges = {
          { kind = 'create', uri = uri },
          { textDocument = { uri = uri, version = vim.NIL }, edits = { { range = range, newText = '{ }\n' } } },
        },
      }
      local fixes = require('mkwhy.fixes')
      fixes.apply('make it', edit, 'utf-16')
      h.eq('{ }', h.text(vim.uri_to_bufnr(uri)))
      h.eq(1, vim.fn.filereadable(file('modules/made.nix')))
      vim.cmd('Mkwhy undo')
      h.eq(0, vim.fn.filereadable(file('modules/made.nix')))
      h.eq(false, vim.api.nvim_buf_is_loaded(vim.fn.bufnr(file('modules/made.nix'))))
    end,
  },
}
