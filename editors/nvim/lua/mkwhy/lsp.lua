---The server's client: its configuration, requests to it, and what happens when it ends.
local config = require('mkwhy.config')

local M = {}

M.name = 'mkwhy'

---So many times within so many seconds a server that ends unexpectedly is started again.
local restarts = { most = 5, within = 180 }

---@class mkwhy.Session What is known of one client.
---@field config vim.lsp.ClientConfig
---@field buffers table<integer, true> The buffers that it is, or was, attached to.
---@field statuses table<string, mkwhy.Status> By root.
---@field failure? { message: string, mended: boolean } The last failure that an evaluation ended with.

---@type table<integer, mkwhy.Session> by client
M.sessions = {}

---When servers ended unexpectedly, in seconds.
---@type number[]
local ended = {}

---@param client vim.lsp.Client
---@return mkwhy.Session
function M.session(client)
  local session = M.sessions[client.id]
  if not session then
    session = { config = client.config, buffers = {}, statuses = {} }
    M.sessions[client.id] = session
  end
  return session
end

---The folder that a file's configuration is in, as the server finds it; the file's own where there is none.
---@param file string|integer A path, or a buffer.
---@return string?
function M.root(file)
  local path = type(file) == 'number' and vim.api.nvim_buf_get_name(file) or file --[[@as string]]
  if path == '' then
    return nil
  end
  for _, signs in ipairs({ { 'mkwhy.toml', 'flake.nix' }, { 'configuration.nix', 'default.nix' } }) do
    local root = vim.fs.root(path, signs)
    if root then
      return root
    end
  end
  return vim.fs.dirname(path)
end

---@param root? string
---@return boolean
local function trusted(root)
  local wanted = config.get().trusted
  if type(wanted) == 'function' then
    return wanted(root or vim.fn.getcwd()) == true
  end
  return wanted ~= false
end

---Tells everything that shows something of a client that there is news.
---@param client vim.lsp.Client
---@param status? mkwhy.Status
local function news(client, status)
  vim.api.nvim_exec_autocmds('User', {
    pattern = 'MkwhyStatus',
    modeline = false,
    data = { client_id = client.id, status = status },
  })
  vim.cmd.redrawstatus({ bang = true })
end

---@type table<string, lsp.Handler>
local handlers = {
  ['mkwhy/status'] = function(_, status, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    if not client then
      return
    end
    local session = M.session(client)
    session.statuses[status.root] = status
    if status.state == 'failed' then
      session.failure = { message = status.message or '', mended = false }
    elseif status.state == 'evaluated' and session.failure then
      session.failure.mended = true
    end
    require('mkwhy.marks').refresh_client(client)
    require('mkwhy.lens').refresh_client(client)
    require('mkwhy.panel').refresh()
    news(client, status)
  end,
  -- The default asks a question that has to be answered before anything else can be done. What failed is a diagnostic
  -- at its place as well, so the message is enough.
  ['window/showMessageRequest'] = function(_, request)
    local levels = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO }
    vim.notify(request.message, levels[request.type] or vim.log.levels.INFO)
    return vim.NIL
  end,
}

---@type table<string, fun(command: lsp.Command, context: table)>
local commands = {
  ['mkwhy.tryFix'] = function(command, context)
    local client = assert(vim.lsp.get_client_by_id(context.client_id))
    require('mkwhy.fixes').choose(client, context.bufnr, command.arguments[1])
  end,
  ['mkwhy.showDefinitions'] = function(command, context)
    local client = assert(vim.lsp.get_client_by_id(context.client_id))
    local _, position, locations = unpack(command.arguments or {})
    require('mkwhy.list').locations(command.title, locations or {}, client, position)
  end,
}

---@param code integer
---@param signal integer
---@param client_id integer
function M.on_exit(code, signal, client_id)
  local session = M.sessions[client_id]
  M.sessions[client_id] = nil
  -- 15 is how a client ends a server that does not end by itself, and how others ask it to.
  local wanted = (code == 0 and signal == 0) or signal == 15 or vim.v.exiting ~= vim.NIL
  if wanted or not session or not config.get().restart then
    return
  end
  local how = signal ~= 0 and ('signal %d'):format(signal) or ('exit code %d'):format(code)
  local now = vim.uv.now() / 1000
  ended = vim.tbl_filter(function(time)
    return now - time < restarts.within
  end, ended)
  table.insert(ended, now)
  vim.schedule(function()
    if #ended > restarts.most then
      vim.notify(
        ('mkwhy: the server ended %d times within %d s (the last time with %s) and is not started again; '):format(
          #ended,
          restarts.within,
          how
        ) .. 'see :Mkwhy log, then :Mkwhy restart',
        vim.log.levels.ERROR
      )
      return
    end
    vim.notify(('mkwhy: the server ended (%s) and is started again'):format(how), vim.log.levels.WARN)
    vim.defer_fn(function()
      M.attach_again(session, client_id)
    end, 100 * #ended)
  end)
end

---Starts the server of a session anew, for the buffers that it had.
---@param session mkwhy.Session
---@param old integer The client that is gone.
function M.attach_again(session, old)
  for buffer in pairs(session.buffers) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      vim.lsp.start(session.config, {
        bufnr = buffer,
        reuse_client = function(client, wanted)
          return client.id ~= old
            and client.name == wanted.name
            and client.config.root_dir == wanted.root_dir
            and not M.call(client, 'is_stopped')
        end,
      })
    end
  end
end

---The configuration of the client, for `vim.lsp.start` as it is, for `vim.lsp.config` as `lsp/mkwhy.lua`.
---@return vim.lsp.ClientConfig
function M.config()
  local get = config.get()
  return {
    name = M.name,
    cmd = config.command(),
    filetypes = { 'nix' },
    init_options = vim.tbl_isempty(get.server) and vim.empty_dict() or vim.deepcopy(get.server),
    handlers = handlers,
    commands = commands,
    before_init = function(params, client)
      local options = vim.tbl_extend('force', {}, params.initializationOptions or {})
      if options.trusted == nil then
        options.trusted = trusted(client.root_dir)
      end
      params.initializationOptions = options
      -- Fixes are tried by a command, which shows what came of that before anything is edited.
      local others = params.capabilities.experimental or {}
      params.capabilities.experimental = vim.tbl_extend('force', others, { mkwhy = { triesFixes = true } })
    end,
    on_exit = M.on_exit,
  }
end

local told = false

---Says once that there is no server.
---@return boolean # whether there is one
function M.available()
  local missing = config.missing()
  if missing and not told then
    told = true
    vim.notify(missing, vim.log.levels.ERROR)
  end
  return missing == nil
end

---Starts the server for a buffer, or attaches the one that there is.
---@param buffer? integer
---@return integer? # the client
function M.start(buffer)
  buffer = (buffer == nil or buffer == 0) and vim.api.nvim_get_current_buf() or buffer
  if vim.bo[buffer].buftype ~= '' or not M.available() then
    return nil
  end
  local client = vim.lsp.config and vim.lsp.config[M.name] or M.config()
  client = vim.tbl_extend('force', client, { root_dir = M.root(buffer) })
  return vim.lsp.start(client, { bufnr = buffer })
end

---The client of a buffer, else any.
---@param buffer? integer
---@return vim.lsp.Client?
function M.client(buffer)
  buffer = (buffer == nil or buffer == 0) and vim.api.nvim_get_current_buf() or buffer
  local found = vim.lsp.get_clients({ name = M.name, bufnr = buffer })[1]
  return found or vim.lsp.get_clients({ name = M.name })[1]
end

---A buffer that a client is attached to: this one, else the one shown last, else any.
---@param client vim.lsp.Client
---@return integer?
function M.buffer(client)
  local attached = client.attached_buffers
  for _, buffer in ipairs({ vim.api.nvim_get_current_buf(), vim.fn.bufnr('#') }) do
    if attached[buffer] then
      return buffer
    end
  end
  return (next(attached))
end

---Calls a method of a client: it takes itself from 0.11 on.
---@param client vim.lsp.Client
---@param method string
---@param ... any
function M.call(client, method, ...)
  if vim.fn.has('nvim-0.11') == 1 then
    return client[method](client, ...)
  end
  return client[method](...)
end

---Where a position of the protocol's is in a line, in bytes.
---@param line string
---@param character integer
---@param encoding string
---@return integer
function M.byte(line, character, encoding)
  if encoding == 'utf-8' then
    return math.min(character, #line)
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.str_byteindex(line, encoding, character, false)
  end
  local ok, byte = pcall(vim.str_byteindex, line, character, encoding == 'utf-16')
  return ok and byte or #line
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param answer fun(result: any) Not called where the request fails; the failure is shown.
---@param buffer? integer
function M.request(client, method, params, answer, buffer)
  M.call(client, 'request', method, params, function(failure, result)
    if failure then
      -- Nobody waits for what was asked before an edit.
      if failure.code ~= -32801 and failure.code ~= -32800 then
        vim.notify(('mkwhy: %s'):format(failure.message), vim.log.levels.ERROR)
      end
      return
    end
    answer(result)
  end, buffer)
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param buffer? integer
---@return any # nothing where it fails or takes longer than a second
function M.request_sync(client, method, params, buffer)
  local answer = M.call(client, 'request_sync', method, params, 1000, buffer or M.buffer(client))
  return answer and answer.result
end

---The folder, as the server names it, that a buffer's answers are about.
---@param client vim.lsp.Client
---@param buffer? integer
---@return string
function M.folder(client, buffer)
  local file = buffer and vim.api.nvim_buf_get_name(buffer) or ''
  local found
  for root in pairs(M.session(client).statuses) do
    if vim.startswith(file, root .. '/') and (not found or #root > #found) then
      found = root
    end
  end
  return found or next(M.session(client).statuses) or client.config.root_dir or vim.fn.getcwd()
end

---What is known of the folder that a buffer is in.
---@param buffer? integer
---@return mkwhy.Status?
function M.status(buffer)
  local client = M.client(buffer)
  return client and M.session(client).statuses[M.folder(client, buffer or vim.api.nvim_get_current_buf())]
end

---A buffer has a client now.
---@param client vim.lsp.Client
---@param buffer integer
function M.attached(client, buffer)
  M.session(client).buffers[buffer] = true
  local get = config.get()
  if get.inlay_hints then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
  require('mkwhy.marks').refresh(client, buffer)
  require('mkwhy.lens').refresh(buffer)
end

---A buffer loses a client.
---@param client_id integer
---@param buffer integer
function M.detached(client_id, buffer)
  require('mkwhy.marks').clear(buffer)
  -- A client that is gone keeps its buffers, so that they can be attached again.
  local client = vim.lsp.get_client_by_id(client_id)
  if client and M.sessions[client_id] and not M.call(client, 'is_stopped') then
    M.sessions[client_id].buffers[buffer] = nil
  end
end

---A buffer's text was sent to a client.
---@param client vim.lsp.Client
---@param buffer integer
function M.changed(client, buffer)
  require('mkwhy.marks').refresh(client, buffer)
  require('mkwhy.lens').refresh(buffer)
  require('mkwhy.panel').refresh()
end

return M
