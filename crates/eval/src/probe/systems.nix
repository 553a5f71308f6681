# Systems: one evaluation of modules, be it the whole configuration or the inside of a submodule.
{
  lib,
  collect,
  levels,
  aliases,
}:
let
  inherit (builtins)
    concatMap
    elemAt
    isAttrs
    length
    tryEval
    ;

  last = list: elemAt list (length list - 1);

  fileChain =
    node:
    (if node == null then
      [ ]
    else if node.parent == null then
      (if node.tag == null then [ ] else node.tag.chain)
    else
      fileChain node.parent)
    ++ (if node == null then [ ] else [ node.file ]);

  # `conf` has `options` and `config`; `modules` are { module, tag } in the order in which they were given.
  system =
    {
      conf,
      modules,
      loc,
      nixLoc,
      # Whether Nix refuses it for definitions that no option takes.
      refused,
    }:
    let
      inherit (conf) options;
      # The configuration as modules see it, with `_module`, which wrappers and results leave out.
      config = conf.config // {
        inherit _module;
      };
      _module = {
        args = options._module.args.value;
        specialArgs = options._module.specialArgs.value or { };
        check = options._module.check.value;
        freeformType = options._module.freeformType.value;
      };
      inherit (_module) specialArgs;
      nodes = collect {
        inherit modules;
        args = {
          inherit
            lib
            config
            options
            specialArgs
            ;
          _class = conf.class or null;
          _prefix = nixLoc;
        }
        // specialArgs;
      };
      entries = concatMap (
        node:
        let
          m = node // {
            system = result;
            alias = aliases.pathOf node;
          };
        in
        map (v: {
          inherit v m;
          f = node.file;
          w = [ ];
          p = null;
          up = if node.tag == null then [ ] else node.tag.up;
        }) node.configs
      ) nodes;
      result = {
        inherit
          options
          config
          loc
          nixLoc
          entries
          nodes
          refused
          ;
        freeform = _module.freeformType;
        children = levels.byName entries;
      };
    in
    result;

  # What an outer definition hands to the definitions inside it.
  tagOf = level: item: {
    chain = fileChain item.m;
    up = item.up ++ [ (item // { at = level.loc; }) ];
  };

  # The evaluation inside a submodule option, for the definitions that won outside.
  submodule =
    {
      level,
      type,
      winners,
    }:
    let
      inherit (type.functor) payload;
      # What is no module is not of the type, and Nix refuses it; the rest can be looked into all the same.
      isModule =
        item:
        let
          tried = tryEval (type.check item.value);
        in
        !tried.success || tried.value;
      modules = builtins.filter isModule winners;
      shorthand = payload.shorthandOnlyDefinesConfig or false == true;
      asModule =
        item:
        if isAttrs item.value && shorthand then
          {
            _file = item.f;
            config = item.value;
          }
        else
          {
            _file = item.f;
            imports = [ item.value ];
          };
      named = [ { _module.args.name = last level.nixLoc; } ];
      evaluated =
        extra:
        lib.evalModules (
          {
            specialArgs = payload.specialArgs or { };
            prefix = level.nixLoc;
            modules = [
              { _module.args.name = lib.mkOptionDefault "‹name›"; }
            ]
            ++ payload.modules
            ++ named
            ++ map asModule modules
            ++ extra;
          }
          // (if payload.class or null == null then { } else { inherit (payload) class; })
        );
      # A newer `lib` publishes its own evaluation, an older one must be asked again.
      checked = level.meta.configuration or (evaluated [ ]);
      # One that refuses an undeclared definition is looked into without that check; its value is refused all the same.
      refused = !(tryEval (builtins.seq checked.options true)).success;
      conf = if refused then evaluated [ { _module.check = lib.mkOverride 0 false; } ] else checked;
      untagged = module: {
        inherit module;
        tag = null;
      };
    in
    system {
      inherit conf refused;
      inherit (level) loc nixLoc;
      modules = map untagged ([ { } ] ++ payload.modules ++ named) ++ map (item: {
        module = asModule item;
        tag = tagOf level item;
      }) modules;
    };
in
{
  inherit fileChain submodule system tagOf;
}
