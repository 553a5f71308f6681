---Values, priorities and pages, without a server.
local h = require('helper')
local words = require('mkwhy.words')

return {
  {
    'values as the command prints them',
    function()
      local cases = {
        { '"a\\n\\"b\\" \\${c}"', { kind = 'string', value = 'a\n"b" ${c}' } },
        { '1', { kind = 'int', value = 1 } },
        { '9007199254740993', { kind = 'int', value = '9007199254740993' } },
        { '1.0', { kind = 'float', value = 1.0 } },
        { '«beyond all numbers»', { kind = 'float' } },
        { '0.1', { kind = 'float', value = 0.1 } },
        { 'null', { kind = 'null' } },
        { '[ 1 «2 more» ]', { kind = 'list', items = { { kind = 'int', value = 1 } }, more = 2 } },
        {
          '{ a = true; "b c" = «throws»; }',
          {
            kind = 'attrs',
            entries = {
              { name = 'a', value = { kind = 'bool', value = true } },
              { name = 'b c', value = { kind = 'throws' } },
            },
            more = 0,
          },
        },
        { '«derivation nix-2.11»', { kind = 'derivation', name = 'nix-2.11' } },
        { '«function { a, b }»', { kind = 'function', arguments = { 'a', 'b' } } },
        { '«mkIf false …»', { kind = 'property', property = 'if', holds = false, contents = {} } },
        {
          '[ (mkOrder 500 1) ]',
          {
            kind = 'list',
            items = {
              { kind = 'property', property = 'order', number = 500, contents = { { kind = 'int', value = 1 } } },
            },
            more = 0,
          },
        },
      }
      for _, case in ipairs(cases) do
        h.eq(case[1], words.value(case[2]))
      end
    end,
  },
  {
    'priorities and orders by the functions that give them',
    function()
      local found = vim.tbl_map(words.priority, { 10, 50, 60, 100, 1000, 1500, 75 })
      h.eq({
        'mkVMOverride 10',
        'mkForce 50',
        'mkImageMediaOverride 60',
        'plain 100',
        'mkDefault 1000',
        'mkOptionDefault 1500',
        'mkOverride 75',
      }, found)
      h.eq('', words.priority(nil))
      h.eq(nil, words.order(1000))
      h.eq('mkBefore', words.order(500))
      h.eq('mkOrder 7', words.order(7))
    end,
  },
  {
    'long and broken texts in one line',
    function()
      h.eq('a b', words.line('  a\n\n   b '))
      h.eq('äö…', words.line('äöü', 2))
    end,
  },
  {
    'positions of the protocol in bytes',
    function()
      local byte = require('mkwhy.lsp').byte
      local line = 'ä😀b'
      h.eq(0, byte(line, 0, 'utf-16'))
      h.eq(2, byte(line, 1, 'utf-16'))
      h.eq(6, byte(line, 3, 'utf-16'))
      h.eq(7, byte(line, 99, 'utf-16'))
      h.eq(6, byte(line, 6, 'utf-8'))
      h.eq(7, byte(line, 99, 'utf-8'))
      h.eq(6, byte(line, 2, 'utf-32'))
    end,
  },
  {
    'the help has tags, each once',
    function()
      local docs = vim.fs.joinpath(h.repository(), 'editors/nvim/doc')
      vim.cmd.helptags(vim.fn.fnameescape(docs))
      local tags = vim.fn.readfile(vim.fs.joinpath(docs, 'tags'))
      vim.fn.delete(vim.fs.joinpath(docs, 'tags'))
      local help = table.concat(vim.fn.readfile(vim.fs.joinpath(docs, 'mkwhy.txt')), '\n')
      local names = {}
      for _, line in ipairs(tags) do
        names[line:match('^[^\t]+')] = true
      end
      -- Whatever can be said or set is described.
      for name in pairs(require('mkwhy.commands').subcommands) do
        h.eq(true, names[':Mkwhy-' .. name], ':Mkwhy-' .. name)
      end
      for name in pairs(require('mkwhy.config').types) do
        h.eq(true, names['mkwhy-config-' .. name], 'mkwhy-config-' .. name)
      end
      for name in pairs(require('mkwhy')) do
        h.eq(true, names[('mkwhy.%s()'):format(name)], name)
      end
      -- What is pointed at is there.
      for tag in help:gmatch('|([^|%s]+)|') do
        if vim.startswith(tag, 'mkwhy') or vim.startswith(tag, ':Mkwhy') then
          h.eq(true, names[tag], tag)
        end
      end
    end,
  },
}
