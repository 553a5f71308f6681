# The probe: `request: configuration: answer`, the whole of what is asked of Nix in one evaluation.
#
# It reads an evaluated configuration from outside and calls nothing that `lib` deprecates. What the parts in
# this folder are for stands at the head of each; `parts` maps their names to their functions.
parts: request: given:
let
  inherit (builtins)
    addErrorContext
    any
    elemAt
    isString
    listToAttrs
    stringLength
    substring
    toJSON
    ;

  label = kind: loc: toJSON ([ kind ] ++ loc);

  # A failure that `tryEval` cannot catch carries this label in its trace; the next run leaves that part out.
  guard = kind: loc: addErrorContext "mkwhy:${label kind loc}";
  skip = listToAttrs (
    map (name: {
      inherit name;
      value = null;
    }) request.skip
  );
  # Whoever wants places alone forces no value; whoever wants final values, no other.
  unwanted =
    (if request.places || request.finals then { own = 1; shape = 1; default = 1; } else { })
    // (if request.finals then { check = 1; } else { });
  skipped =
    if request.skip == [ ] then
      kind: _: unwanted ? ${kind}
    else
      kind: loc: unwanted ? ${kind} || skip ? ${label kind loc};

  isConfiguration = given ? options && given ? config;

  # `options` and `config` refuse to be looked at while a definition exists that no option takes.
  conf =
    if !(builtins.isAttrs given && isConfiguration) then
      throw "this is not an evaluated configuration: it has no `options` and `config`"
    else if request.unchecked then
      given.extendModules {
        modules = [
          {
            _module.check = {
              _type = "override";
              priority = 0;
              content = false;
            };
          }
        ];
      }
    else
      given;

  # Failures in here are the whole configuration's.
  ready = guard "root" [ ] (builtins.seq conf.options (builtins.seq (builtins.length moduleType.getSubModules) true));

  # Some wrappers drop `type`; the module system also hands it to every module.
  moduleType = conf.type or conf.options._module.args.value.moduleType;

  # `lib` itself is in no attribute of a configuration, but every module is given it.
  lib =
    ((moduleType.functor.type {
      modules = [
        (
          { lib, ... }:
          {
            options.lib = lib.mkOption {
              default = null;
              apply = _: lib;
            };
          }
        )
      ];
    }).merge
      [ "mkwhy" ]
      [ ]
    ).lib;

  render = parts.render request.budget;
  inherit (parts.collect { inherit lib; }) collect;
  levels = parts.levels { inherit lib guard skipped; };
  aliases = parts.aliases { inherit levels; };
  systems = parts.systems {
    inherit
      lib
      collect
      levels
      aliases
      ;
  };
  paths = parts.paths {
    inherit
      lib
      guard
      levels
      systems
      ;
  };

  root = systems.system {
    inherit conf;
    refused = request.unchecked;
    loc = [ ];
    nixLoc = [ ];
    modules = map (module: {
      inherit module;
      tag = null;
    }) moduleType.getSubModules;
  };

  facts = parts.facts {
    inherit
      guard
      skipped
      levels
      paths
      ;
  };

  cascade = parts.cascade {
    inherit
      lib
      guard
      skipped
      render
      levels
      systems
      paths
      aliases
      facts
      root
      ;
    inherit (request)
      brief
      places
      finals
      judge
      ;
  };

  startsWith = prefix: text: substring 0 (stringLength prefix) text == prefix;

  inStore = startsWith builtins.storeDir;

  explore = parts.explore {
    inherit
      lib
      guard
      skipped
      levels
      systems
      paths
      aliases
      ;
    inherit (request) deep finals judge;
    # Nix names the files of a store in another place sometimes by where they lie and sometimes as in the store.
    chosenFiles =
      if request.own == null then
        null
      else
        file:
        any (
          part:
          file == part
          || startsWith "${part}/" file
          || (inStore part && !(inStore file) && lib.hasInfix "${part}/" file)
        ) request.own;
  };

  # The value alone, so that what it throws is thrown.
  valueAt =
    path:
    builtins.foldl' (
      value: segment: if isString segment then value.${segment} else elemAt value segment
    ) root.config path;

  answerTo = path: if skipped "cascade" path then { inherit path; kind = "failed"; } else cascade.result path (paths.find root path);

  listed =
    found:
    if found.kind == "failed" then
      found
    else if found.kind == "remainder" then
      cascade.remainder found.level
    else if found ? level && skipped "cascade" found.level.loc then
      {
        path = found.level.loc;
        kind = "failed";
      }
    else
      cascade.result found.level.loc found;

  explored = if request.explore then explore root else [ ];
  found = map answerTo request.paths ++ map listed explored;

  # What stands around what was found, from its option on inwards: the names that it has, null where it is no set. That
  # there is an attribute at all may be all that a definition comes to.
  isOption = value: builtins.isAttrs value && value._type or "" == "option";
  optionDepth =
    options: path: depth:
    if path == [ ] || !(isString (builtins.head path)) then
      null
    else if !(options ? ${builtins.head path}) then
      if depth == 0 then 1 else depth
    else if isOption options.${builtins.head path} then
      depth + 1
    else
      optionDepth options.${builtins.head path} (builtins.tail path) (depth + 1);
  outside =
    path:
    let
      depth = optionDepth conf.options path 0;
      count = builtins.length path;
    in
    if depth == null || depth >= count then [ ] else builtins.genList (n: lib.take (depth + n) path) (count - depth);
  shape =
    path:
    let
      named =
        value: rest:
        let
          kind = builtins.tryEval (builtins.typeOf value);
          tag = builtins.tryEval (value.type or "");
          segment = builtins.head rest;
          isSet = kind.success && kind.value == "set" && !(tag.success && tag.value == "derivation");
        in
        if rest == [ ] then
          [ (if isSet then builtins.attrNames value else null) ]
        else if !kind.success then
          [ ]
        else if isString segment && kind.value == "set" && value ? ${segment} then
          named value.${segment} (builtins.tail rest)
        else if builtins.isInt segment && kind.value == "list" && segment < builtins.length value then
          named (elemAt value segment) (builtins.tail rest)
        else
          [ ];
      found = named root.config path;
    in
    map (names: { inherit path names; }) (
      if skipped "names" path then [ null ] else guard "names" path (builtins.deepSeq found found)
    );
  shapes = builtins.concatMap shape (
    builtins.attrValues (
      listToAttrs (
        map (path: {
          name = toJSON path;
          value = path;
        }) (builtins.concatMap outside (request.paths ++ map (part: part.path or part.level.loc) explored))
      )
    )
  );

  # After a failure the rest is asked again, from where it got to. Each answer is then also told on the way, because
  # standard output is only worth something after a success.
  told =
    if request.stream then
      map (
        part: guard "cascade" part.path (builtins.trace "mkwhy-part:${toJSON part}" part)
      ) (lib.drop request.from found)
    else
      found;
in
if request.explain then
  builtins.seq (valueAt (elemAt request.paths 0)) { results = [ ]; }
else
  assert ready;
  { results = told; } // (if request.finals then { inherit shapes; modules = map (node: node.file) root.nodes; } else { })
