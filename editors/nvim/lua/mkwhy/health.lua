---`:checkhealth mkwhy`
local M = {}

---@param command string[]
---@return string? # the first line that it says; nothing where it fails
local function first_line(command)
  local ok, ran = pcall(function()
    return vim.system(command, { text = true, timeout = 5000 }):wait()
  end)
  if not ok or ran.code ~= 0 then
    return nil
  end
  return vim.split(ran.stdout or '', '\n')[1]
end

local function check_program()
  local config = require('mkwhy.config')
  local missing = config.missing()
  if missing then
    vim.health.error((missing:gsub('^mkwhy: ', '')))
    return
  end
  local program = config.command()[1]
  local version = first_line({ program, '--version' })
  if version then
    vim.health.ok(('%s: %s'):format(vim.fn.exepath(program), version))
  else
    vim.health.error(('%s --version fails'):format(program))
  end
end

local function check_nix()
  local nix = require('mkwhy.config').get().server.nix or 'nix'
  if vim.fn.executable(nix) == 0 then
    vim.health.warn(('%s is not found: answers come from the text alone'):format(nix), {
      'put nix on PATH, or name it in vim.g.mkwhy = { server = { nix = "…" } } or in mkwhy.toml',
    })
    return
  end
  local version = first_line({ nix, '--version' })
  if version then
    vim.health.ok(('%s: %s'):format(vim.fn.exepath(nix), version))
  else
    vim.health.error(('%s --version fails'):format(nix))
  end
end

local function check_config()
  local problems = require('mkwhy.config').problems()
  for _, problem in ipairs(problems) do
    vim.health.error(problem, { ':help mkwhy-configuration' })
  end
  if #problems == 0 then
    vim.health.ok('the configuration can be understood')
  end
end

local function check_server()
  local lsp = require('mkwhy.lsp')
  local clients = vim.lsp.get_clients({ name = lsp.name })
  if #clients == 0 then
    vim.health.info('no server runs; it starts with the first Nix file after vim.lsp.enable("mkwhy"), or by :Mkwhy start')
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_count(client.attached_buffers)
    vim.health.ok(('client %d is attached to %d buffers of %s'):format(client.id, buffers, client.config.root_dir or '-'))
    local session = lsp.session(client)
    for _, status in pairs(session.statuses) do
      local say = status.state == 'failed' and vim.health.warn or vim.health.info
      say(require('mkwhy.status').sentence(status))
      vim.health.info('target: ' .. (status.target or 'none is known'))
    end
    local failure = session.failure
    local since = failure and failure.mended and ' (evaluated since)' or ''
    vim.health.info(('last failure: %s%s'):format(failure and failure.message or 'none', since))
  end
end

function M.check()
  vim.health.start('mkwhy: program')
  check_program()
  vim.health.start('mkwhy: Nix')
  check_nix()
  vim.health.start('mkwhy: configuration')
  check_config()
  vim.health.start('mkwhy: server')
  check_server()
end

return M
