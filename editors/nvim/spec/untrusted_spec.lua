---A folder that is not trusted: nothing is evaluated, and that is said.
local h = require('helper')

h.catch_notifications()
local folder = h.kernelcore()

---A Nix that leaves a trace when it is run.
local function traced_nix()
  local trace = vim.fs.joinpath(folder, '../nix-was-run')
  local program = vim.fs.joinpath(folder, '../nix')
  local script = ('#!/bin/sh\necho "$@" >> %s\nexec nix "$@"\n'):format(vim.fn.shellescape(trace))
  vim.fn.writefile(vim.split(script, '\n'), program)
  vim.uv.fs_chmod(program, tonumber('755', 8))
  return program, trace
end

local program, trace = traced_nix()
local asked = {}

---How often Nix was run to evaluate something; its version is looked at without evaluating.
local function evaluations()
  if vim.fn.filereadable(trace) == 0 then
    return 0
  end
  return #vim.tbl_filter(function(line)
    return line:find('eval', 1, true) ~= nil or line:find('flake', 1, true) ~= nil
  end, vim.fn.readfile(trace))
end

return {
  {
    'a folder that is not trusted is read, not evaluated',
    function()
      local settings = vim.tbl_extend('force', h.server_settings(), { nix = program })
      h.use({
        server = settings,
        trusted = function(root)
          table.insert(asked, root)
          return false
        end,
        inlay_hints = true,
      })
      vim.cmd.edit(vim.fs.joinpath(folder, 'modules/system/nix.nix'))
      local status = h.wait_status('syntax')
      h.eq({ folder }, asked)
      h.has(status.message or '', 'trusted')
      h.has(require('mkwhy').status(), 'mkwhy: kernelcore text')
      vim.cmd('Mkwhy why nix.settings.max-jobs')
      h.wait('the window', function()
        return vim.bo.filetype == 'mkwhy'
      end)
      h.has(h.text(0), 'from the text alone')
      h.has(h.text(0), 'nix.settings.max-jobs = «not known yet»')
      h.has(h.text(0), '? undecided')
      h.press('q')
    end,
  },
  {
    'not by saving and not by asking either',
    function()
      vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# edited' })
      vim.cmd('silent write')
      h.notified = {}
      vim.cmd('Mkwhy evaluate')
      h.wait('why not', function()
        return vim.list_contains(h.notified, 'mkwhy: nothing is evaluated in a folder that is not trusted')
      end)
      vim.wait(1000)
      h.eq('syntax', require('mkwhy.lsp').status().state)
      h.eq(0, evaluations())
    end,
  },
  {
    'until it is trusted',
    function()
      vim.cmd('Mkwhy trust')
      h.wait_status('evaluated')
      -- The trace is one that can be left.
      assert(evaluations() > 0)
    end,
  },
}
