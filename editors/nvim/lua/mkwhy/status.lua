---What is known of a configuration, in a few words.
local lsp = require('mkwhy.lsp')

local M = {}

local signs = { evaluating = '…', evaluated = '✓', stale = '~', syntax = 'text', failed = '✗' }

---@param status mkwhy.Status
---@return string
local function target(status)
  -- What all of them begin with says nothing.
  return status.target and (status.target:gsub('^%w+Configurations%.', '')) or '-'
end

---@param buffer? integer
---@return string
function M.text(buffer)
  local status = lsp.status(buffer)
  if not status then
    return ''
  end
  local took = ''
  if status.state == 'evaluated' and status.milliseconds then
    took = (' %.1f s'):format(status.milliseconds / 1000)
  end
  return ('mkwhy: %s %s%s'):format(target(status), signs[status.state] or status.state, took)
end

---@param status mkwhy.Status
---@return string
function M.sentence(status)
  local said = {
    evaluating = 'is being evaluated',
    evaluated = 'was evaluated',
    stale = 'was edited since it was evaluated',
    syntax = 'was not evaluated, its text was read',
    failed = 'does not evaluate',
  }
  local text = ('%s in %s %s'):format(status.target or 'the configuration', status.root, said[status.state])
  if status.milliseconds then
    text = ('%s (%.1f s)'):format(text, status.milliseconds / 1000)
  end
  return status.message and text .. ': ' .. status.message or text
end

return M
