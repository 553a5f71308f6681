---The panel: a window beside the text with the cascade of the option under the cursor, wherever that goes.
local Page = require('mkwhy.page')
local cascade = require('mkwhy.cascade')
local config = require('mkwhy.config')
local lsp = require('mkwhy.lsp')
local window = require('mkwhy.window')

local M = {}

---So many milliseconds the cursor stays where it is before it is followed.
local settle = 60

---@type { window: integer, buffer: integer, path?: string, at?: { [1]: integer, [2]: integer, [3]: integer } }?
local panel

local timer = nil ---@type uv.uv_timer_t?

---@return boolean
function M.is_open()
  return panel ~= nil and vim.api.nvim_win_is_valid(panel.window)
end

---The window and buffer of the panel, where it is open.
---@return integer? window
---@return integer? buffer
function M.where()
  if M.is_open() then
    return panel.window, panel.buffer
  end
end

---@param answer mkwhy.Cascade
---@param folder string
---@param source integer
local function show(answer, folder, source)
  window.shown[panel.buffer].source = source
  local page = cascade.page(answer)
  local before = vim.api.nvim_win_get_cursor(panel.window)
  window.write(panel.buffer, page, folder)
  -- The same option stays where it was looked at.
  local row = panel.path == answer.path and math.min(before[1], #page.lines) or page.first or 1
  vim.api.nvim_win_set_cursor(panel.window, { row, 0 })
  panel.path = answer.path
end

---Asks what the option under the cursor is, unless the cursor is elsewhere.
local function update()
  local source = vim.api.nvim_get_current_win()
  local buffer = vim.api.nvim_get_current_buf()
  if not M.is_open() then
    return
  end
  local client = vim.lsp.get_clients({ name = lsp.name, bufnr = buffer })[1]
  if not client then
    -- What is shown follows edits and evaluations also while the cursor is in the panel.
    local other = window.shown[panel.buffer].source
    client = panel.path
      and vim.api.nvim_win_is_valid(other)
      and vim.lsp.get_clients({ name = lsp.name, bufnr = vim.api.nvim_win_get_buf(other) })[1]
    if client then
      source, buffer = other, vim.api.nvim_win_get_buf(other)
    else
      return
    end
  end
  local params = vim.lsp.util.make_position_params(source, client.offset_encoding)
  lsp.call(client, 'request', 'mkwhy/cascade', params, function(_, answer)
    if answer and M.is_open() then
      show(answer, lsp.folder(client, buffer), source)
    end
  end, buffer)
end

---Asks again, soon.
function M.refresh()
  if not M.is_open() then
    return
  end
  timer = timer or assert(vim.uv.new_timer())
  timer:start(settle, 0, vim.schedule_wrap(update))
end

function M.close()
  if M.is_open() then
    vim.api.nvim_win_close(panel.window, true)
  end
end

function M.open()
  if M.is_open() then
    return
  end
  local source = vim.api.nvim_get_current_win()
  local page = Page.new('mkwhy')
  page:add({ { 'The option under the cursor is shown here.', 'MkwhyQuiet' } })
  local command = ('botright vertical %dnew'):format(config.get().view.width)
  local opened, buffer = window.split(page, vim.fn.getcwd(), command, source)
  vim.wo[opened].winfixwidth = true
  panel = { window = opened, buffer = buffer }
  vim.api.nvim_set_current_win(source)
  local group = vim.api.nvim_create_augroup('mkwhy.panel', {})
  vim.api.nvim_create_autocmd({ 'CursorMoved', 'CursorMovedI', 'BufEnter' }, { group = group, callback = M.refresh })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = buffer,
    callback = function()
      panel = nil
      vim.api.nvim_clear_autocmds({ group = group })
    end,
  })
  M.refresh()
end

function M.toggle()
  if M.is_open() then
    M.close()
  else
    M.open()
  end
end

return M
