# From a path to a level: through option sets, into submodules, attribute sets, lists and plain values.
#
# `find` answers with one of
#   { kind = "option" | "inside" | "freeform"; level; }
#   { kind = "namespace"; names; entries; }     a set of options
#   { kind = "undeclared"; level; }             definitions that no option takes
#   { kind = "missing"; names; }                no such option; the names there are
#   { kind = "opaque"; level; rest; }           a value that cannot be looked into
{
  lib,
  guard,
  levels,
  systems,
}:
let
  inherit (builtins)
    all
    attrNames
    concatLists
    concatMap
    elemAt
    filter
    genList
    head
    isAttrs
    isInt
    isList
    isString
    length
    tail
    tryEval
    ;

  isOption = value: levels.tagOf value == "option";

  try =
    fallback: value:
    let
      tried = tryEval value;
    in
    if tried.success then tried.value else fallback;

  checks = type: winners: all (item: try false (type.check item.value)) winners;

  # What a coercion makes of one definition. Of submodules, be it in a list or set, the raw attributes are wanted, not all
  # of their options: their modules are replaced by one that takes anything.
  coerce =
    level: type: item:
    let
      final = type.nestedTypes.finalType;
      taker = {
        freeformType = lib.types.lazyAttrsOf lib.types.unspecified;
      };
      asked = if final.getSubModules != null then type.substSubModules [ taker ] else type;
    in
    if checks type.nestedTypes.coercedType [ item ] then
      item
      // {
        value = asked.merge level.nixLoc [
          {
            file = item.f;
            inherit (item) value;
          }
        ];
        computed = true;
        coercedList = isList (try null item.value);
      }
    else
      item;

  # The type that really merges, behind those that only choose or check.
  unwrap =
    level:
    let
      go =
        type: winners:
        if type == null then
          { inherit type winners; }
        else if type.name == "nullOr" then
          let
            present = filter (item: try true (item.value != null)) winners;
          in
          if present == [ ] then
            {
              type = null;
              inherit winners;
            }
          else
            go type.nestedTypes.elemType present
        else if type.name == "unique" || type.name == "uniq" then
          go type.nestedTypes.elemType winners
        else if type.name == "either" then
          if checks type.nestedTypes.left winners then
            go type.nestedTypes.left winners
          else if checks type.nestedTypes.right winners then
            go type.nestedTypes.right winners
          else
            {
              type = null;
              inherit winners;
            }
        else if type.name == "coercedTo" then
          go type.nestedTypes.finalType (map (coerce level type) winners)
        else
          { inherit type winners; };
    in
    go level.type level.winners;

  isAttrsOf = type: type.name == "attrsOf" || type.name == "lazyAttrsOf";

  isSetItem = item: isAttrs (try null item.value);

  # An item that won becomes an entry again, one level further in.
  inner =
    level: item: value: p:
    {
      inherit (item) f m;
      v = value;
      w = [ ];
      inherit p;
      computed = item.computed or false;
      isDefault = item.isDefault or false;
      up = item.up ++ [ (item // { at = level.loc; }) ];
    };

  attributeEntries =
    name: level: winners:
    concatMap (
      item:
      if isSetItem item && item.value ? ${name} then
        [
          (inner level item item.value.${name} (
            if item.computed or false then item.p else builtins.unsafeGetAttrPos name item.value
          ))
        ]
      else
        [ ]
    ) winners;

  # What never reaches the levels inside this one, with where it was lost.
  dropped =
    level:
    level.dead
    ++ map (item: {
      inherit item;
      at = level.loc;
    }) (level.shadowed ++ level.inactive ++ level.undecided);

  # The elements of a list that are really there: a `mkIf false` element is none.
  elements =
    level: type: winners:
    let
      listed = concatMap (item: if isList (try null item.value) then [ item ] else [ ]) winners;
      cells = concatLists (
        genList (
          d:
          let
            item = elemAt listed d;
          in
          genList (
            e:
            levels.level {
              loc = level.loc ++ [ e ];
              nixLoc = level.nixLoc ++ [ "[definition ${toString (d + 1)}-entry ${toString (e + 1)}]" ];
              inherit type;
              inherit (level) system;
              entries = [ (inner level (item // { element = e; }) (elemAt item.value e) item.p) ];
            }
            // {
              owner = d;
            }
          ) (length item.value)
        ) (length listed)
      );
    in
    {
      inherit listed;
      cells = filter (cell: cell.winners != [ ]) cells;
    };

  plainStep =
    level: winners: segment: rest:
    let
      at =
        item:
        if isInt segment then
          isList (try null item.value) && segment < length item.value
        else
          isSetItem item && item.value ? ${segment};
      having = filter at winners;
      next = levels.level {
        loc = level.loc ++ [ segment ];
        nixLoc = level.nixLoc ++ [ (toString segment) ];
        type = null;
        inherit (level) system;
        plain = true;
        dead = dropped level;
        entries =
          if isInt segment then
            map (item: inner level item (elemAt item.value segment) item.p) having
          else
            attributeEntries segment level having;
      };
    in
    if having == [ ] && next.dead == [ ] then
      {
        kind = "missing";
        at = level.loc;
        names = concatMap (item: if isSetItem item then attrNames item.value else [ ]) winners;
      }
    else
      descend "inside" next rest;

  # Inside something that nothing active defines there are only the definitions that did not get there.
  absent =
    kind: level: rest: {
      inherit kind;
      level = levels.level {
        loc = level.loc ++ rest;
        nixLoc = level.nixLoc ++ map toString rest;
        type = null;
        inherit (level) system;
        entries = [ ];
        dead = dropped level;
      };
    };

  # The rest of a path inside the value of a level.
  descend =
    kind: level: rest:
    if rest == [ ] then
      { inherit kind level; }
    else
      let
        segment = head rest;
        further = tail rest;
        unwrapped = unwrap level;
        inherit (unwrapped) type winners;
        opaque = {
          kind = "opaque";
          inherit level rest;
        };
        attrs =
          elemType:
          descend "inside" (levels.level {
            loc = level.loc ++ [ segment ];
            nixLoc = level.nixLoc ++ [ segment ];
            type = elemType;
            inherit (level) system;
            entries = attributeEntries segment level winners;
            dead = dropped level;
            meta = level.meta.attrs.${segment} or { };
          }) further;
        index =
          elemType:
          let
            inherit (elements level elemType winners) cells;
          in
          if segment < length cells then
            descend "inside" (
              elemAt cells segment
              // {
                loc = level.loc ++ [ segment ];
                dead = dropped level;
                meta =
                  let
                    metas = level.meta.list or [ ];
                  in
                  if length metas == length cells then elemAt metas segment else { };
              }
            ) further
          else
            {
              kind = "missing";
              names = [ ];
            };
      in
      if level.winners == [ ] && level.opt == null then
        absent kind level rest
      else if type == null || level.plain then
        plainStep level winners segment further
      else if type.name == "submodule" && isString segment then
        walk (systems.submodule { inherit level type winners; }) (dropped level) rest
      else if isAttrsOf type && isString segment then
        attrs type.nestedTypes.elemType
      else if type.name == "listOf" && isInt segment then
        index type.nestedTypes.elemType
      else if type.name == "anything" && isString segment && all isSetItem winners then
        attrs type
      else if type.name == "attrTag" && isString segment && type.nestedTypes ? ${segment} then
        descend "inside" (levels.level {
          loc = level.loc ++ [ segment ];
          nixLoc = level.nixLoc ++ [ segment ];
          opt = type.nestedTypes.${segment};
          inherit (type.nestedTypes.${segment}) type;
          inherit (level) system;
          entries = attributeEntries segment level winners;
          dead = dropped level;
        }) further
      else if type.name == "functionTo" || type.name == "deferredModule" || type.name == "attrListOf" then
        opaque
      else
        plainStep level winners segment further;

  optionLevel =
    {
      system,
      opt,
      loc,
      nixLoc,
      entries,
      dead,
    }:
    levels.level {
      inherit
        loc
        nixLoc
        system
        opt
        entries
        dead
        ;
      type = opt.type or lib.types.unspecified;
      meta = opt.valueMeta or { };
    };

  # Definitions that no option takes go to the freeform type of their system, as a whole tree.
  freeformLevel =
    {
      system,
      loc,
      nixLoc,
      within,
      name,
      entries,
      dead,
    }:
    let
      setItem = {
        value = { };
      };
      elementOf =
        type:
        let
          found = (unwrap {
            inherit type nixLoc;
            winners = [ setItem ];
          }).type;
        in
        if found == null then
          null
        else if isAttrsOf found then
          found.nestedTypes.elemType
        else if found.name == "anything" then
          found
        else
          null;
      type = builtins.foldl' (type: _: if type == null then null else elementOf type) system.freeform (
        within ++ [ name ]
      );
    in
    levels.level {
      loc = loc ++ [ name ];
      nixLoc = nixLoc ++ [ name ];
      inherit
        system
        type
        entries
        dead
        ;
      plain = type == null;
    };

  # The place of a path in the options of one system. `dead` are the items that were lost on the way here.
  walk =
    system: dead: path:
    let
      go =
        {
          options,
          entries,
          within,
          rest,
        }:
        let
          name = head rest;
          loc = system.loc ++ within;
          nixLoc = system.nixLoc ++ within;
          here = {
            inherit system dead;
            loc = loc ++ [ name ];
            nixLoc = nixLoc ++ [ name ];
            entries = levels.select name entries;
          };
          found = options.${name};
        in
        if !(isString name) then
          {
            kind = "missing";
            at = loc;
            names = [ ];
          }
        else if !(options ? ${name}) then
          if system.freeform != null then
            descend "freeform" (freeformLevel {
              inherit
                system
                loc
                nixLoc
                within
                name
                ;
              inherit (here) entries dead;
            }) (tail rest)
          else if here.entries != [ ] then
            {
              kind = "undeclared";
              names = attrNames options;
              level = levels.level (
                here
                // {
                  type = null;
                }
              );
              rest = tail rest;
            }
          else
            {
              kind = "missing";
              at = loc;
              names = attrNames options;
            }
        else if isOption found then
          descend "option" (optionLevel (here // { opt = found; })) (tail rest)
        else if tail rest == [ ] then
          {
            kind = "namespace";
            at = loc ++ [ name ];
            names = attrNames found;
          }
        else
          go {
            options = found;
            inherit (here) entries;
            within = within ++ [ name ];
            rest = tail rest;
          };
    in
    go {
      inherit (system) options entries;
      within = [ ];
      rest = path;
    };

  find = system: path: walk system [ ] path;
in
{
  inherit
    attributeEntries
    descend
    dropped
    elements
    find
    freeformLevel
    isAttrsOf
    isOption
    isSetItem
    optionLevel
    try
    unwrap
    ;
}
