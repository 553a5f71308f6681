---Runs one spec in this Neovim, and ends it with exit code 1 where an assertion fails.
---
---A spec is a list of steps, each a name and a function, that are taken in their order; after one that fails the rest is
---left out, since they build on each other.
local spec_folder = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
local plugin = vim.fs.dirname(vim.fn.fnamemodify(spec_folder, ':p'):gsub('/$', ''))
vim.opt.runtimepath:prepend(plugin)
package.path = ('%s/spec/?.lua;%s'):format(plugin, package.path)
vim.cmd.runtime('plugin/mkwhy.lua')

local name = assert(vim.g.spec, 'g:spec names the spec')

local function say(...)
  io.stdout:write(string.format(...), '\n')
  io.stdout:flush()
end

-- Whatever hangs, the run ends.
local watchdog = assert(vim.uv.new_timer())
watchdog:start(5 * 60 * 1000, 0, function()
  say('%s: hangs', name)
  os.exit(1)
end)

local steps = require(name .. '_spec')
assert(#steps > 0, name .. ' has no steps')
for _, step in ipairs(steps) do
  local began = vim.uv.hrtime()
  local ok, wrong = xpcall(step[2], debug.traceback)
  local took = (vim.uv.hrtime() - began) / 1e6
  if not ok then
    say('  FAILED  %s (%.0f ms)\n%s', step[1], took, wrong)
    vim.cmd('cquit 1')
  end
  say('  ok      %s (%.0f ms)', step[1], took)
end
vim.cmd('qall!')
