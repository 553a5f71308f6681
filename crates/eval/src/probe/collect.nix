# The modules of one evaluation, loaded once more from their sources.
#
# The module system publishes only the definitions that survive its filters; the
# losing and inactive ones are still in the raw modules. This loads them the way
# `evalModules` does (arguments, imports, keys, disabledModules) and keeps for each
# module who imported it.
{ lib }:
let
  inherit (builtins)
    concatMap
    elem
    elemAt
    filter
    genList
    genericClosure
    intersectAttrs
    isAttrs
    isString
    length
    mapAttrs
    removeAttrs
    substring
    unsafeDiscardStringContext
    ;

  # A module function gets every argument that it names, from the arguments at hand or from `_module.args`.
  apply =
    f: args: f (args // mapAttrs (name: _: args.${name} or args.config._module.args.${name}) (lib.functionArgs f));

  # The canonical form. `configs` is a list because `meta` and `freeformType` add to `config`;
  # `intersectAttrs` and `removeAttrs` keep the positions of attributes, literals here would not.
  unify =
    file: key: m:
    let
      long = m ? config || m ? options;
      extra =
        (if long && m ? meta then [ (intersectAttrs { meta = null; } m) ] else [ ])
        ++ (if m ? freeformType then [ { _module = intersectAttrs { freeformType = null; } m; } ] else [ ]);
    in
    {
      # Context would keep them from being used as names.
      file = unsafeDiscardStringContext (toString (m._file or file));
      key = unsafeDiscardStringContext (toString (m.key or key));
      disabledModules = m.disabledModules or [ ];
      imports = (if long then [ ] else m.require or [ ]) ++ m.imports or [ ];
      options = if long then m.options or { } else { };
      configs = [
        (
          if long then
            m.config or { }
          else
            removeAttrs m [
              "_class"
              "_file"
              "key"
              "disabledModules"
              "require"
              "imports"
              "freeformType"
            ]
        )
      ]
      ++ extra;
    };

  isProperty = m: elem (m._type or "") [
    "if"
    "override"
    "merge"
  ];

  load =
    args: file: key: m:
    if lib.isFunction m then
      unify file key (apply m args)
    else if isAttrs m then
      unify file key (if isProperty m then { config = m; } else m)
    else
      let
        imported = import m;
      in
      unify (toString m) (toString m) (if lib.isFunction imported then apply imported args else imported);

  # `modules` are { module, tag }: what is imported and what its definitions inherit from outside.
  structure =
    args: parent: file: key: modules:
    genList (
      n:
      let
        entry = elemAt modules n;
        loaded = load args file "${key}:anon-${toString (n + 1)}" entry.module;
        node = loaded // {
          inherit parent;
          inherit (entry) tag;
        };
        children = structure args node loaded.file loaded.key (
          map (module: {
            inherit module;
            inherit (entry) tag;
          }) loaded.imports
        );
      in
      {
        inherit (loaded) key;
        inherit node children;
        disabled = loaded.disabledModules ++ concatMap (child: child.disabled) children;
      }
    ) (length modules);

  keyOf =
    modulesPath: m:
    unsafeDiscardStringContext (keyWithContext modulesPath m);

  keyWithContext =
    modulesPath: m:
    if isString m then
      (if substring 0 1 m == "/" then m else toString modulesPath + "/" + m)
    else if m ? key then
      m.key
    else
      toString m;
in
{
  # The modules in the order in which `evalModules` merges their definitions.
  collect =
    { args, modules }:
    let
      roots = structure args null "<unknown-file>" "" modules;
      disabledKeys = map (keyOf (args.modulesPath or "")) (concatMap (root: root.disabled) roots);
      enabled = if disabledKeys == [ ] then (list: list) else filter (entry: !(elem entry.key disabledKeys));
      reached = genericClosure {
        startSet = enabled roots;
        operator = entry: enabled entry.children;
      };
    in
    lib.reverseList (map (entry: entry.node) reached);
}
