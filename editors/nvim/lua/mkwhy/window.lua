---The windows that pages are shown in: floating ones, and ordinary ones below the text.
local config = require('mkwhy.config')

local M = {}

---@class mkwhy.Shown What a buffer of the plugin shows.
---@field page mkwhy.Page
---@field folder string What relative places are relative to.
---@field source integer The window that places are shown in.
---@field floating boolean

---@type table<integer, mkwhy.Shown> by buffer
M.shown = {}

---The place as an absolute file, with a line and a column from 1.
---@param place mkwhy.Place
---@param folder string
---@return string file
---@return integer line
---@return integer column
function M.resolve(place, folder)
  local file = vim.startswith(place.file, '/') and place.file or vim.fs.joinpath(folder, place.file)
  return file, place.line or 1, place.column or 1
end

---A window for a text: the wanted one, if it is there and shows one, else any that does, else a new one.
---@param wanted integer
---@return integer
local function text_window(wanted)
  local function fits(window)
    return vim.api.nvim_win_is_valid(window)
      and vim.api.nvim_win_get_config(window).relative == ''
      and vim.bo[vim.api.nvim_win_get_buf(window)].buftype == ''
  end
  if fits(wanted) then
    return wanted
  end
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if fits(window) then
      return window
    end
  end
  vim.cmd('aboveleft new')
  return vim.api.nvim_get_current_win()
end

---Shows a place, and leaves a mark where the cursor was.
---@param place mkwhy.Place
---@param folder string
---@param window integer
---@param split? string A command that makes another window for it.
function M.jump(place, folder, window, split)
  local file, line, column = M.resolve(place, folder)
  window = text_window(window)
  vim.api.nvim_set_current_win(window)
  if split then
    vim.cmd(split)
  end
  vim.cmd("normal! m'")
  local buffer = vim.fn.bufadd(file)
  vim.bo[buffer].buflisted = true
  if vim.api.nvim_get_current_buf() ~= buffer then
    vim.api.nvim_set_current_buf(buffer)
  end
  line = math.min(line, vim.api.nvim_buf_line_count(buffer))
  vim.api.nvim_win_set_cursor(0, { line, column - 1 })
  vim.cmd('normal! zv')
end

---Follows the line that the cursor is on.
---@param split? string
local function follow(split)
  local buffer = vim.api.nvim_get_current_buf()
  local shown = M.shown[buffer]
  local place = shown and shown.page.places[vim.api.nvim_win_get_cursor(0)[1]]
  if not place then
    return
  end
  if shown.floating then
    vim.api.nvim_win_close(0, true)
  end
  M.jump(place, shown.folder, shown.source, split)
end

---Goes to the next or the last line with another place than this one's.
---@param step 1|-1
local function step_to(step)
  local shown = M.shown[vim.api.nvim_get_current_buf()]
  local row = vim.api.nvim_win_get_cursor(0)[1]
  local places, here = shown.page.places, shown.page.places[row]
  local other = row
  repeat
    other = other + step
  until other < 1 or other > #shown.page.lines or (places[other] and places[other] ~= here)
  if places[other] then
    while places[other - 1] == places[other] do
      other = other - 1
    end
    vim.api.nvim_win_set_cursor(0, { other, 0 })
  end
end

---@param shown mkwhy.Shown
---@return integer
local function make_buffer(shown)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].filetype = 'mkwhy'
  M.shown[buffer] = shown
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    callback = function()
      M.shown[buffer] = nil
    end,
  })
  local function map(keys, action, description)
    vim.keymap.set('n', keys, action, { buffer = buffer, nowait = true, desc = description })
  end
  map('<CR>', function()
    follow()
  end, 'mkwhy: go to the definition')
  map('<C-s>', function()
    follow('split')
  end, 'mkwhy: go to the definition in a split')
  map('<C-v>', function()
    follow('vsplit')
  end, 'mkwhy: go to the definition in a vertical split')
  map('<C-t>', function()
    follow('tab split')
  end, 'mkwhy: go to the definition in a tab page')
  map(']]', function()
    step_to(1)
  end, 'mkwhy: to the next definition')
  map('[[', function()
    step_to(-1)
  end, 'mkwhy: to the last definition')
  map('q', '<Cmd>close<CR>', 'mkwhy: close')
  return buffer
end

---Shows a page in a buffer of the plugin.
---@param buffer integer
---@param page mkwhy.Page
---@param folder string
function M.write(buffer, page, folder)
  M.shown[buffer].page = page
  M.shown[buffer].folder = folder
  page:write(buffer)
end

---@param window integer
local function plain(window)
  for name, value in pairs({
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    foldcolumn = '0',
    list = false,
    spell = false,
    wrap = false,
    cursorline = true,
  }) do
    vim.api.nvim_set_option_value(name, value, { win = window, scope = 'local' })
  end
end

---@param page mkwhy.Page
---@param folder string
---@return integer window
---@return integer buffer
function M.float(page, folder)
  local source = vim.api.nvim_get_current_win()
  local buffer = make_buffer({ page = page, folder = folder, source = source, floating = true })
  page:write(buffer)
  local width = vim.fn.strdisplaywidth(page.title) + 4
  for _, line in ipairs(page.lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  local border = config.get().view.border
  if not border and (vim.fn.exists('+winborder') == 0 or vim.o.winborder == '') then
    border = 'rounded'
  end
  local below = vim.o.lines - vim.fn.screenrow() - vim.o.cmdheight - 3
  local above = vim.fn.screenrow() - 3
  local up = below < math.min(#page.lines, 8) and above > below
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'cursor',
    anchor = up and 'SW' or 'NW',
    row = up and 0 or 1,
    col = 0,
    width = math.max(1, math.min(width, vim.o.columns - 4)),
    height = math.max(1, math.min(#page.lines, up and above or below)),
    style = 'minimal',
    border = border,
    title = ' ' .. page.title .. ' ',
  })
  plain(window)
  vim.api.nvim_win_set_cursor(window, { page.first or 1, 0 })
  vim.keymap.set('n', '<Esc>', '<Cmd>close<CR>', { buffer = buffer, desc = 'mkwhy: close' })
  vim.api.nvim_create_autocmd('WinLeave', {
    buffer = buffer,
    once = true,
    callback = function()
      if vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_win_close(window, true)
      end
    end,
  })
  return window, buffer
end

---@param page mkwhy.Page
---@param folder string
---@param command string What makes the window.
---@param source? integer
---@return integer window
---@return integer buffer
function M.split(page, folder, command, source)
  source = source or vim.api.nvim_get_current_win()
  local buffer = make_buffer({ page = page, folder = folder, source = source, floating = false })
  vim.cmd(command)
  local window = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(window, buffer)
  plain(window)
  page:write(buffer)
  vim.api.nvim_win_set_cursor(window, { page.first or 1, 0 })
  return window, buffer
end

return M
