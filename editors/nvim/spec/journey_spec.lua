---What a person does with the fixture, from opening a module to a server that is killed.
local h = require('helper')

h.catch_notifications()
vim.o.columns, vim.o.lines = 200, 60

local folder = h.kernelcore()
local nix = vim.fs.joinpath(folder, 'modules/system/nix.nix')
local daemon = vim.fs.joinpath(folder, 'modules/security/nix-daemon.nix')

---The line of the definition that most steps are about.
local line = 66

---@param wanted string A part of the hint.
---@param at? integer
local function wait_hint(wanted, at)
  h.wait(('hint %q at line %d'):format(wanted, at or line), function()
    return (h.hints()[at or line] or ''):find(wanted, 1, true)
  end)
end

---The marks of the plugin on a line: groups of the text, and the sign.
local function marks_at(at)
  local namespace = require('mkwhy.marks').namespace
  local found = { groups = {} }
  for _, mark in
    ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, { at - 1, 0 }, { at - 1, -1 }, { details = true }))
  do
    local details = mark[4]
    if details.sign_text then
      found.sign = vim.trim(details.sign_text)
    elseif details.hl_group then
      table.insert(found.groups, details.hl_group)
    end
  end
  return found
end

return {
  {
    'opens modules/system/nix.nix: the server starts and Nix evaluates',
    function()
      h.use({ inlay_hints = true })
      h.eq('', require('mkwhy').status())
      vim.cmd.edit(nix)
      local status = h.wait_status('evaluated')
      h.eq('nixosConfigurations.kernelcore', status.target)
      h.eq(folder, status.root)
      h.has(require('mkwhy').status(), 'mkwhy: kernelcore ✓')
      h.eq(vim.api.nvim_buf_get_lines(0, line - 1, line, false)[1], '      nix.settings.max-jobs = 4;')
    end,
  },
  {
    'the loser is a diagnostic that fades',
    function()
      local shadowed = h.wait('the diagnostic', function()
        for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = line - 1 })) do
          if diagnostic.code == 'shadowed-definition' then
            return diagnostic
          end
        end
      end)
      h.eq({ 1 }, shadowed.user_data.lsp.tags)
      h.has(shadowed.message, 'modules/security/nix-daemon.nix')
      vim.cmd('redraw!')
      local groups = {}
      for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, -1, { line - 1, 0 }, { line - 1, -1 }, { details = true })) do
        groups[mark[4].hl_group or ''] = true
      end
      h.eq(true, groups.DiagnosticUnnecessary, 'faded on the screen')
    end,
  },
  {
    'the hint names the winner, and is on the screen',
    function()
      wait_hint('lost to security/nix-daemon.nix:61 · mkForce 50')
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      h.has(h.screen_line(line), 'nix.settings.max-jobs = 4;')
      h.has(h.screen_line(line), 'lost to security/nix-daemon.nix:61 · mkForce 50')
    end,
  },
  {
    'the loser is struck through and has a sign, the winner has another',
    function()
      h.wait('the marks', function()
        return marks_at(line).sign
      end)
      h.eq({ groups = { 'MkwhyShadowed' }, sign = '✗' }, marks_at(line))
      h.eq('DiagnosticDeprecated', vim.api.nvim_get_hl(0, { name = 'MkwhyShadowed' }).link)
      h.eq(true, vim.api.nvim_get_hl(0, { name = 'MkwhyShadowed', link = false }).strikethrough)
      -- What nobody contests is not marked, and of a value over several lines every line is, from its first letter on.
      h.eq({ groups = {} }, marks_at(h.line_of('min-free = ')))
      local second = h.line_of('"root"')
      h.eq({ groups = { 'MkwhyShadowed' } }, marks_at(second))
      local namespace = require('mkwhy.marks').namespace
      h.eq(12, vim.api.nvim_buf_get_extmarks(0, namespace, { second - 1, 0 }, { second - 1, -1 }, {})[1][3])
      vim.cmd.edit(daemon)
      h.wait('the marks', function()
        return marks_at(61).sign
      end)
      h.eq({ groups = {}, sign = '✓' }, marks_at(61))
      wait_hint('wins · mkForce 50', 61)
      vim.cmd.edit(nix)
    end,
  },
  {
    'the cascade in a floating window leads to the winner',
    function()
      h.go('max-jobs = 4')
      vim.cmd('Mkwhy why')
      h.wait('the window', function()
        return vim.bo.filetype == 'mkwhy'
      end)
      h.eq('cursor', vim.api.nvim_win_get_config(0).relative ~= '' and 'cursor' or 'none')
      local text = h.text(0)
      h.has(text, 'nix.settings.max-jobs = 6')
      h.has(text, 'nixosConfigurations.kernelcore · evaluated')
      h.has(text, 'modules/security/nix-daemon.nix:61:7 decides with mkForce, which outranks ')
      h.has(text, 'why not: modules/security/nix-daemon.nix:61:7')
      h.has(text, '✓ wins      mkForce 50')
      h.has(text, 'modules/security/nix-daemon.nix:61')
      h.has(text, '✗ shadowed  plain 100')
      h.has(text, 'modules/system/nix.nix:66')
      h.has(text, 'if !config.kernelcore.services.offload-server.enable: true')
      h.has(text, '○ inactive  mkForce 50')
      h.has(text, 'via nix.maxJobs')
      -- The cursor is on the one that decides.
      h.has(vim.api.nvim_get_current_line(), '✓ wins')
      h.press('<CR>')
      h.eq(daemon, vim.api.nvim_buf_get_name(0))
      h.eq({ 61, 6 }, vim.api.nvim_win_get_cursor(0))
      h.eq(1, #vim.api.nvim_list_wins(), 'the floating window is closed')
      h.press('<C-o>')
      h.eq(nix, vim.api.nvim_buf_get_name(0))
    end,
  },
  {
    'the panel follows the cursor and leads to the winner',
    function()
      h.go('max-jobs = 4')
      vim.cmd('Mkwhy panel')
      local window, buffer = require('mkwhy.panel').where()
      assert(window and buffer)
      h.eq(nix, vim.api.nvim_buf_get_name(0), 'the cursor stays in the text')
      h.wait('max-jobs in the panel', function()
        return h.text(buffer):find('nix.settings.max-jobs = 6', 1, true)
      end)
      h.go('connect-timeout')
      h.wait('connect-timeout in the panel', function()
        return h.text(buffer):find('nix.settings.connect-timeout = ', 1, true)
      end)
      h.go('max-jobs = 4')
      h.wait('max-jobs in the panel again', function()
        return h.text(buffer):find('nix.settings.max-jobs = 6', 1, true)
      end)
      vim.api.nvim_set_current_win(window)
      h.press(']]')
      h.has(vim.api.nvim_get_current_line(), '✗ shadowed')
      h.press('[[')
      h.has(vim.api.nvim_get_current_line(), '✓ wins')
      h.press('<CR>')
      h.eq(daemon, vim.api.nvim_buf_get_name(0))
      h.eq({ 61, 6 }, vim.api.nvim_win_get_cursor(0))
      h.eq(2, #vim.api.nvim_list_wins(), 'the panel stays')
      vim.cmd.edit(nix)
    end,
  },
  {
    'a typed change: hints, marks and panel follow before anything is saved',
    function()
      h.go('max-jobs = 4')
      h.press('f4cwmkOverride 20 4<Esc>')
      h.eq('      nix.settings.max-jobs = mkOverride 20 4;', vim.api.nvim_get_current_line())
      wait_hint('wins · mkOverride 20')
      h.wait_status('stale')
      h.wait('the sign', function()
        return marks_at(line).sign == '✓'
      end)
      local _, buffer = require('mkwhy.panel').where()
      h.wait('the panel', function()
        return h.text(assert(buffer)):find('✓ wins      mkOverride 20', 1, true)
      end)
      h.has(h.text(assert(buffer)), 'not evaluated since an edit')
      h.has(require('mkwhy').status(), 'mkwhy: kernelcore ~')
      h.eq(true, vim.bo.modified)
    end,
  },
  {
    'saved: what Nix says replaces it',
    function()
      h.save()
      local _, buffer = require('mkwhy.panel').where()
      h.wait('the new value in the panel', function()
        return h.text(assert(buffer)):find('nix.settings.max-jobs = 4', 1, true)
      end)
      h.has_not(h.text(assert(buffer)), 'since an edit')
      wait_hint('wins · mkOverride 20')
      h.press('u')
      h.save()
      wait_hint('lost to security/nix-daemon.nix:61 · mkForce 50')
      vim.cmd('Mkwhy panel')
      h.eq(1, #vim.api.nvim_list_wins())
    end,
  },
  {
    'all definitions in the quickfix list',
    function()
      h.go('max-jobs = 4')
      vim.cmd('Mkwhy definitions')
      h.wait('the list', function()
        return vim.bo.buftype == 'quickfix'
      end)
      local list = vim.fn.getqflist({ title = true, items = true })
      h.eq('mkwhy: nix.settings.max-jobs = 6', list.title)
      local texts = {}
      for _, item in ipairs(list.items) do
        local name = vim.api.nvim_buf_get_name(item.bufnr)
        table.insert(texts, ('%s:%d: %s'):format(vim.fs.basename(name), item.lnum, item.text))
      end
      h.eq('nix-daemon.nix:61: wins  mkForce 50  6', texts[1])
      h.eq(true, vim.tbl_contains(texts, 'nix.nix:66: shadowed  plain 100  4'))
      h.eq(true, vim.tbl_contains(texts, 'hardening-template.nix:18: inactive  mkForce 50  2'))
      vim.cmd.cclose()
    end,
  },
  {
    'what several modules set, and the way to one of them',
    function()
      vim.cmd('Mkwhy dups nix.settings')
      h.wait('the page', function()
        return vim.bo.filetype == 'mkwhy'
      end)
      local text = h.text(0)
      h.has(text, 'nix.settings.trusted-users = [ ')
      h.has(text, 'nix.settings.max-jobs = 6')
      h.has_not(text, 'services.openssh')
      vim.api.nvim_win_set_cursor(0, { h.line_of('modules/security/nix-daemon.nix:61'), 0 })
      h.press('<CR>')
      h.eq(daemon, vim.api.nvim_buf_get_name(0))
      h.eq(61, vim.api.nvim_win_get_cursor(0)[1])
      vim.cmd.only()
      vim.cmd.edit(nix)
    end,
  },
  {
    'what is imported by whom',
    function()
      vim.cmd('Mkwhy imports')
      h.wait('the list', function()
        return vim.bo.buftype == 'quickfix'
      end)
      local list = vim.fn.getqflist()
      h.eq('imports this module', list[1].text)
      h.eq(vim.fs.joinpath(folder, 'flake.nix'), vim.api.nvim_buf_get_name(list[1].bufnr))
      vim.cmd.cclose()
    end,
  },
  {
    'the command line is completed',
    function()
      local function complete(text)
        return vim.fn.getcompletion(text, 'cmdline')
      end
      h.eq({ 'definitions', 'dups' }, complete('Mkwhy d'))
      h.eq({ 'panel', 'proof' }, complete('Mkwhy p'))
      h.eq({
        'nixosConfigurations.contradiction',
        'nixosConfigurations.forge',
        'nixosConfigurations.kernelcore',
      }, complete('Mkwhy target '))
      h.eq({ 'nix.settings.max-jobs' }, complete('Mkwhy why nix.settings.max-'))
      h.eq(true, vim.tbl_contains(complete('Mkwhy dups nix.'), 'nix.settings'))
      h.eq({ 'no' }, complete('Mkwhy trust n'))
      h.eq({}, complete('Mkwhy evaluate n'))
    end,
  },
  {
    'another target',
    function()
      local status = h.evaluates('evaluated', function()
        vim.cmd('Mkwhy target nixosConfigurations.forge')
      end)
      h.eq('nixosConfigurations.forge', status.target)
      h.has(require('mkwhy').status(), 'mkwhy: forge ✓')
      h.wait('the hint', function()
        return (h.hints()[line] or ''):find('inactive', 1, true)
      end)
      h.eq('○', h.wait('the sign', function()
        return marks_at(line).sign == '○' and '○'
      end))
      -- The one whose definitions contradict each other is shown all the same.
      vim.ui.select = function(items, options, choose)
        h.eq('nixosConfigurations.forge (active)', options.format_item('nixosConfigurations.forge'))
        h.eq(3, #items)
        choose('nixosConfigurations.contradiction')
      end
      status = h.evaluates('evaluated', function()
        vim.cmd('Mkwhy target')
      end)
      h.eq('nixosConfigurations.contradiction', status.target)
      vim.cmd('Mkwhy why nix.settings.max-jobs')
      h.wait('the window', function()
        return vim.bo.filetype == 'mkwhy'
      end)
      h.has(h.text(0), 'Nix refuses it')
      h.has(h.text(0), '! conflicts')
      h.press('q')
      h.evaluates('evaluated', function()
        vim.cmd('Mkwhy target nixosConfigurations.kernelcore')
      end)
      wait_hint('lost to security/nix-daemon.nix:61')
    end,
  },
  {
    'a failure is told of, and where it is',
    function()
      h.go('cores = 0;')
      vim.api.nvim_set_current_line('          cores = throw "no cores today";')
      h.save()
      vim.cmd('Mkwhy why nix.settings.cores')
      h.wait('the window', function()
        return vim.bo.filetype == 'mkwhy'
      end)
      h.has(h.text(0), 'no cores today')
      h.press('q')
      vim.api.nvim_set_current_line('          cores = ;')
      local status = h.save('failed')
      h.has(status.message or '', 'nix.nix')
      h.has(require('mkwhy').status(), 'mkwhy: kernelcore ✗')
      vim.api.nvim_set_current_line('          cores = 0;')
      h.save()
    end,
  },
  {
    'the report of :checkhealth',
    function()
      vim.cmd('checkhealth mkwhy')
      local report = h.text(0)
      vim.cmd('bwipeout')
      h.has(report, h.program() .. ': mkwhy ')
      h.has(report, ': nix (Nix) 2.')
      h.has(report, 'the configuration can be understood')
      h.has(report, 'buffers of ' .. folder)
      h.has(report, 'target: nixosConfigurations.kernelcore')
      h.has(report, 'last failure: modules/system/nix.nix')
      h.has(report, '(evaluated since)')
      h.has_not(report, 'ERROR')
    end,
  },
  {
    'a server that is killed comes back',
    function()
      vim.cmd.edit(nix)
      local process = h.server_process()
      h.notified = {}
      vim.uv.kill(process, 'sigkill')
      h.wait('the old server is gone', function()
        return table.concat(h.notified):find('is started again', 1, true)
      end)
      h.wait('another server', function()
        local ok, other = pcall(h.server_process)
        return ok and other ~= process
      end)
      h.wait_status('evaluated')
      wait_hint('lost to security/nix-daemon.nix:61 · mkForce 50')
      h.eq('✗', h.wait('the sign', function()
        return marks_at(line).sign
      end))
      h.eq(1, #vim.lsp.get_clients({ bufnr = 0 }))
    end,
  },
  {
    ':Mkwhy restart and :Mkwhy stop',
    function()
      local process = h.server_process()
      vim.cmd('Mkwhy restart')
      h.wait('another server', function()
        local ok, other = pcall(h.server_process)
        return ok and other ~= process
      end)
      h.wait_status('evaluated')
      wait_hint('lost to security/nix-daemon.nix:61')
      h.notified = {}
      vim.cmd('Mkwhy stop')
      h.wait('no server', function()
        return not pcall(h.server_process) and #vim.lsp.get_clients({ name = 'mkwhy' }) == 0
      end)
      -- It was wanted: nothing starts it again.
      vim.wait(300)
      h.has_not(table.concat(h.notified, '\n'), 'started again')
      h.eq(false, pcall(h.server_process))
      h.eq('', require('mkwhy').status())
      h.eq({}, marks_at(line).groups)
    end,
  },
}
