{ ... }: let { body = { a = 1; }; }
