---Fixes: tried when one is chosen, shown with what came of that, applied to all of their buffers, and taken back.
local Page = require('mkwhy.page')
local lsp = require('mkwhy.lsp')
local window = require('mkwhy.window')
local words = require('mkwhy.words')

local M = {}

---@class mkwhy.Edited A buffer of the last fix.
---@field uri string
---@field buffer integer
---@field created boolean Whether the fix made its file.
---@field sequence integer Where the buffer's undo was before.
---@field before string[]
---@field after string[]

---The last fix that was applied.
---@type { title: string, edited: mkwhy.Edited[] }?
local applied

---The documents that an edit is of, each once, and whether it makes them.
---@param edit lsp.WorkspaceEdit
---@return { uri: string, created: boolean, edits: lsp.TextEdit[] }[]
function M.documents(edit)
  local found, by_uri = {}, {}
  local function document(uri)
    if not by_uri[uri] then
      by_uri[uri] = { uri = uri, created = false, edits = {} }
      table.insert(found, by_uri[uri])
    end
    return by_uri[uri]
  end
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.kind == 'create' then
      document(change.uri).created = true
    elseif change.textDocument then
      vim.list_extend(document(change.textDocument.uri).edits, change.edits)
    end
  end
  for uri, edits in pairs(edit.changes or {}) do
    vim.list_extend(document(uri).edits, edits)
  end
  return found
end

---@param buffer integer
---@return string[]
local function lines_of(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
end

---The lines of a document as they are, and as the edits make them.
---@param document { uri: string, created: boolean, edits: lsp.TextEdit[] }
---@param encoding string
---@return string[] before
---@return string[] after
local function sides(document, encoding)
  local before = {}
  if not document.created then
    -- A file that is only looked at is not loaded.
    local buffer = vim.fn.bufnr(vim.uri_to_fname(document.uri))
    local loaded = buffer ~= -1 and vim.api.nvim_buf_is_loaded(buffer)
    before = loaded and lines_of(buffer) or vim.fn.readfile(vim.uri_to_fname(document.uri))
  end
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, before)
  vim.lsp.util.apply_text_edits(vim.deepcopy(document.edits), scratch, encoding)
  local after = lines_of(scratch)
  vim.api.nvim_buf_delete(scratch, { force = true })
  return before, after
end

---@param uri string
---@param folder string
---@return string
local function short(uri, folder)
  local file = vim.uri_to_fname(uri)
  return vim.startswith(file, folder .. '/') and file:sub(#folder + 2) or file
end

---@param page mkwhy.Page
---@param document { uri: string, created: boolean, edits: lsp.TextEdit[] }
---@param encoding string
---@param folder string
local function add_difference(page, document, encoding, folder)
  local before, after = sides(document, encoding)
  local function text(lines)
    return #lines == 0 and '' or table.concat(lines, '\n') .. '\n'
  end
  page:add({})
  local place = { file = vim.uri_to_fname(document.uri) }
  page:add({ { short(document.uri, folder), 'MkwhyPlace' }, document.created and '  (new)' or '' }, place)
  local at = 1
  local difference = vim.diff(text(before), text(after), { ctxlen = 1 })
  for line in vim.gsplit(difference --[[@as string]], '\n', { trimempty = true }) do
    local first = line:match('^@@ %-(%d+)')
    if first then
      at = tonumber(first) --[[@as integer]]
    else
      local group = ({ ['+'] = 'MkwhyAdded', ['-'] = 'MkwhyRemoved' })[line:sub(1, 1)] or 'MkwhyQuiet'
      local column = #line:match('^.(%s*)') + 1
      page:add({ { '  ' .. line, group } }, { file = place.file, line = math.max(at, 1), column = column })
      at = line:sub(1, 1) == '+' and at or at + 1
    end
  end
end

---What came of a fix, as a page.
---@param title string
---@param answer mkwhy.FixAnswer
---@param encoding string
---@param folder string
---@return mkwhy.Page
function M.page(title, answer, encoding, folder)
  local page = Page.new('mkwhy: proof')
  page:add({ { title, 'MkwhyOption' } })
  local sign = answer.proved and { '✓ ', 'MkwhySignWins' } or { '! ', 'MkwhySignConflicts' }
  page:add({ sign, answer.verdict })
  page:add({ { 'a applies it, q leaves it, <CR> goes to a file', 'MkwhyQuiet' } })
  for index, value in ipairs(answer.values) do
    if index == 1 then
      page:add({})
    end
    local meant = value.meant and ', as is meant' or ', which is not meant'
    page:add({ { value.option, 'MkwhyOption' }, (' changes on %s%s'):format(value.target, meant) })
    page:add({ '  before  ', words.final(value.before) })
    page:add({ '  after   ', words.final(value.after) })
  end
  local notes = {}
  for _, some in ipairs({ answer.failures, answer.left, answer.remarks }) do
    vim.list_extend(notes, some)
  end
  if #answer.toAdd > 0 then
    table.insert(notes, 'Nix sees the new file after: git add ' .. table.concat(answer.toAdd, ' '))
  end
  for index, note in ipairs(notes) do
    if index == 1 then
      page:add({})
    end
    page:add({ '· ', note })
  end
  for _, document in ipairs(M.documents(answer.edit)) do
    add_difference(page, document, encoding, folder)
  end
  page.first = 1
  return page
end

---Whether a fix is what everyone expects of it: one file, no value, nothing left to be told.
---@param kind string
---@param answer mkwhy.FixAnswer
---@return boolean
function M.is_plain(kind, answer)
  local told = #answer.values + #answer.failures + #answer.left + #answer.toAdd
  return not vim.startswith(kind, 'refactor.move') and answer.proved and told == 0 and #M.documents(answer.edit) == 1
end

---Applies an edit, and remembers how it is taken back.
---@param title string
---@param edit lsp.WorkspaceEdit
---@param encoding string
function M.apply(title, edit, encoding)
  ---@type mkwhy.Edited[]
  local edited = {}
  for _, document in ipairs(M.documents(edit)) do
    local buffer = vim.uri_to_bufnr(document.uri)
    if not document.created then
      vim.fn.bufload(buffer)
    end
    table.insert(edited, {
      uri = document.uri,
      buffer = buffer,
      created = document.created,
      sequence = vim.fn.undotree(buffer).seq_cur,
      before = lines_of(buffer),
      after = {},
    })
  end
  vim.lsp.util.apply_workspace_edit(edit, encoding)
  for _, one in ipairs(edited) do
    one.buffer = vim.uri_to_bufnr(one.uri)
    local last = vim.api.nvim_buf_get_lines(one.buffer, -2, -1, false)[1]
    if one.created and last == '' and vim.api.nvim_buf_line_count(one.buffer) > 1 then
      -- The only line of the empty file that was made first.
      vim.api.nvim_buf_set_lines(one.buffer, -2, -1, false, {})
    end
    one.after = lines_of(one.buffer)
  end
  applied = { title = title, edited = edited }
end

---@param client vim.lsp.Client
---@param buffer integer
---@param fix mkwhy.Fix
---@param answer mkwhy.FixAnswer
local function show(client, buffer, fix, answer)
  local folder = lsp.folder(client, buffer)
  local _, float = window.float(M.page(fix.title, answer, client.offset_encoding, folder), folder)
  vim.keymap.set('n', 'a', function()
    vim.cmd.close()
    -- What was edited since makes another proof, or none.
    lsp.request(client, 'mkwhy/proof', { id = fix.id }, function(now)
      if not vim.deep_equal(now, answer) then
        vim.notify('mkwhy: buffers were edited, so it was tried again', vim.log.levels.WARN)
        show(client, buffer, fix, now)
        return
      end
      M.apply(fix.title, now.edit, client.offset_encoding)
      local buffers = #M.documents(now.edit)
      vim.notify(('mkwhy: %d buffers are edited; :wall writes them, :Mkwhy undo takes it back'):format(buffers))
    end, buffer)
  end, { buffer = float, nowait = true, desc = 'mkwhy: apply the fix' })
end

---Tries a fix that was chosen: what is plain is applied, all else is shown with what came of it.
---@param client vim.lsp.Client
---@param buffer integer
---@param fix mkwhy.Fix
---@param look? boolean Whether it is shown in any case.
function M.choose(client, buffer, fix, look)
  vim.notify(('mkwhy tries: %s …'):format(fix.title))
  lsp.request(client, 'mkwhy/proof', { id = fix.id }, function(answer)
    if look or not M.is_plain(fix.kind, answer) then
      show(client, buffer, fix, answer)
      return
    end
    M.apply(fix.title, answer.edit, client.offset_encoding)
    vim.notify(('mkwhy: %s (%s); :Mkwhy undo takes it back'):format(fix.title, answer.verdict))
  end, buffer)
end

---Lets one of several fixes be chosen, and shows what comes of it.
---@param client vim.lsp.Client
---@param buffer integer
---@param fixes mkwhy.Fix[]
function M.select(client, buffer, fixes)
  local able = vim.tbl_filter(function(fix)
    return not fix.disabled
  end, fixes)
  if #able == 0 then
    local why = fixes[1] and fixes[1].disabled or 'there is nothing to be fixed here'
    vim.notify('mkwhy: ' .. why, vim.log.levels.WARN)
    return
  end
  vim.ui.select(able, {
    prompt = 'Which fix is tried?',
    kind = 'mkwhy.fix',
    format_item = function(fix)
      return fix.verdict and ('%s (%s)'):format(fix.title, fix.verdict) or fix.title
    end,
  }, function(fix)
    if fix then
      M.choose(client, buffer, fix, true)
    end
  end)
end

---Takes the last fix back, in all of its buffers or in none.
function M.undo()
  if not applied then
    vim.notify('mkwhy: no fix was applied', vim.log.levels.WARN)
    return
  end
  for _, one in ipairs(applied.edited) do
    local there = vim.api.nvim_buf_is_loaded(one.buffer)
    if not there or not vim.deep_equal(lines_of(one.buffer), one.after) then
      local name = vim.fn.fnamemodify(vim.uri_to_fname(one.uri), ':~:.')
      local what = there and 'was edited since: undo that first' or 'is not loaded any more'
      vim.notify(('mkwhy: %s %s'):format(name, what), vim.log.levels.WARN)
      return
    end
  end
  for _, one in ipairs(applied.edited) do
    if one.created then
      vim.api.nvim_buf_delete(one.buffer, { force = true })
      vim.fn.delete(vim.uri_to_fname(one.uri))
    else
      vim.api.nvim_buf_call(one.buffer, function()
        vim.cmd('silent! undo ' .. one.sequence)
        -- Where nothing is kept for undo, the text itself is.
        if not vim.deep_equal(lines_of(one.buffer), one.before) then
          vim.api.nvim_buf_set_lines(one.buffer, 0, -1, false, one.before)
        end
      end)
    end
  end
  vim.notify(('mkwhy: taken back in %d buffers: %s'):format(#applied.edited, applied.title))
  applied = nil
end

return M
