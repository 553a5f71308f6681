if vim.g.loaded_mkwhy then
  return
end
vim.g.loaded_mkwhy = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('mkwhy needs Neovim 0.10 or newer', vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command('Mkwhy', function(command)
  require('mkwhy.commands').run(command)
end, {
  nargs = '*',
  bang = true,
  desc = 'Who decides this option?',
  complete = function(lead, line)
    return require('mkwhy.commands').complete(lead, line)
  end,
})

-- Nothing of the plugin is loaded before a server of it is attached.
local group = vim.api.nvim_create_augroup('mkwhy', {})

---@param event string
---@param call fun(client: vim.lsp.Client, args: table)
local function on(event, call)
  vim.api.nvim_create_autocmd(event, {
    group = group,
    callback = function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client and client.name == 'mkwhy' then
        call(client, args)
      end
    end,
  })
end

on('LspAttach', function(client, args)
  require('mkwhy.lsp').attached(client, args.buf)
end)
on('LspDetach', function(client, args)
  require('mkwhy.lsp').detached(client.id, args.buf)
end)
on('LspNotify', function(client, args)
  if args.data.method == 'textDocument/didChange' then
    -- In 0.10 the event is not about a buffer.
    require('mkwhy.lsp').changed(client, vim.uri_to_bufnr(args.data.params.textDocument.uri))
  end
end)
