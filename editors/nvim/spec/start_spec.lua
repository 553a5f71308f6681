---The ways to start it, and what is said where it cannot be started.
local h = require('helper')

h.catch_notifications()
local folder = h.kernelcore()
local file = vim.fs.joinpath(folder, 'modules/system/nix.nix')

local function clients()
  return vim.lsp.get_clients({ name = 'mkwhy' })
end

local function stop()
  vim.cmd('Mkwhy stop')
  h.wait('no client', function()
    return #clients() == 0
  end)
  vim.cmd('%bwipeout!')
end

return {
  {
    'nothing is loaded before it is needed',
    function()
      for name in pairs(package.loaded) do
        assert(not vim.startswith(name, 'mkwhy'), name .. ' is loaded')
      end
      h.eq(2, vim.fn.exists(':Mkwhy'))
      h.eq('', require('mkwhy').status())
      h.eq(nil, package.loaded['mkwhy.lsp'])
    end,
  },
  {
    'a missing program is told of once, in a sentence',
    function()
      vim.g.mkwhy = { cmd = '/nowhere/mkwhy' }
      require('mkwhy').enable()
      vim.cmd.edit(file)
      vim.cmd.edit(vim.fs.joinpath(folder, 'modules/core/nix-base.nix'))
      vim.wait(100)
      h.eq(1, #h.notified)
      h.has(h.notified[1], 'there is no program /nowhere/mkwhy')
      h.eq({}, clients())
      vim.cmd('checkhealth mkwhy')
      h.has(h.text(0), 'ERROR')
      h.has(h.text(0), 'there is no program /nowhere/mkwhy')
      h.has(h.text(0), 'no server runs')
      vim.cmd('%bwipeout!')
      if vim.lsp.enable then
        vim.lsp.enable('mkwhy', false)
      end
      vim.api.nvim_create_augroup('mkwhy.enable', { clear = true })
    end,
  },
  {
    'a mistake in the configuration is in the report',
    function()
      vim.g.mkwhy = { cmd = h.program(), truted = false, restart = 'yes' }
      vim.cmd('checkhealth mkwhy')
      h.has(h.text(0), 'there is no option truted')
      h.has(h.text(0), 'restart is a string instead of a boolean')
      vim.cmd('%bwipeout!')
    end,
  },
  {
    'by vim.lsp.start alone, with a configuration from the plugin',
    function()
      vim.g.mkwhy = { cmd = h.program(), server = vim.tbl_extend('force', h.server_settings(), { evaluate = 'command' }) }
      vim.cmd.edit(file)
      h.eq({}, clients())
      local config = require('mkwhy').client_config()
      config.root_dir = folder
      local id = vim.lsp.start(config)
      h.wait_status('syntax')
      h.eq(id, clients()[1].id)
      stop()
    end,
  },
  {
    'by vim.lsp.start without the plugin\'s help',
    function()
      vim.cmd.edit(file)
      vim.lsp.start({ name = 'mkwhy', cmd = { h.program(), 'lsp' }, root_dir = folder, init_options = { trusted = false } })
      local hover = h.wait('an answer', function()
        local client = clients()[1]
        if not client or not client.initialized then
          return nil
        end
        h.go('cores = 0')
        local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
        return require('mkwhy.lsp').request_sync(client, 'textDocument/hover', params, 0)
      end)
      h.has(hover.contents.value, 'nix.settings.cores')
      stop()
    end,
  },
  {
    'by vim.lsp.enable, with a person\'s own vim.lsp.config on top',
    function()
      if not vim.lsp.enable then
        return
      end
      local initialized = false
      vim.lsp.config('mkwhy', {
        init_options = { evaluate = 'command' },
        on_init = function()
          initialized = true
        end,
      })
      vim.lsp.enable('mkwhy')
      vim.cmd.edit(file)
      h.wait_status('syntax')
      h.eq(true, initialized)
      h.eq(folder, clients()[1].config.root_dir)
      local settings = clients()[1].config.init_options
      h.eq('command', settings.evaluate)
      h.eq(true, settings.offline, 'what the plugin was told stays')
      vim.lsp.enable('mkwhy', false)
      h.wait('no client', function()
        return #clients() == 0
      end)
      vim.cmd('%bwipeout!')
    end,
  },
  {
    'one server for the modules of one folder, another for another folder',
    function()
      vim.g.mkwhy = { cmd = h.program(), trusted = false }
      require('mkwhy').setup({ cmd = h.program(), trusted = false })
      local other = h.kernelcore()
      for _, path in ipairs({ file, vim.fs.joinpath(folder, 'flake.nix'), vim.fs.joinpath(other, 'flake.nix') }) do
        vim.cmd.edit(path)
        require('mkwhy').start()
      end
      h.wait('two clients', function()
        return #clients() == 2 and h.wait_status('syntax')
      end)
      h.eq(other, require('mkwhy.lsp').status().root)
      vim.cmd.buffer(file)
      h.eq(folder, h.wait_status('syntax').root)
      stop()
    end,
  },
}
