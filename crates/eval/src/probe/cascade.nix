# One level as JSON: the option, its value, and every definition with what became of it.
{
  lib,
  guard,
  skipped,
  render,
  levels,
  systems,
  paths,
  aliases,
  facts,
  root,
  # Leave out what only a person who looks at one option wants to know: its declaration and type.
  brief,
  # Leave out values.
  places,
  # Only final values are wanted.
  finals,
  # Also what the rules want to know.
  judge,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    deepSeq
    elemAt
    filter
    genList
    head
    isAttrs
    isInt
    isList
    isString
    length
    listToAttrs
    tryEval
    typeOf
    ;
  inherit (paths) try;

  # A failure inside a value must surface under the label of that value.
  whole = shown: deepSeq shown shown;

  # --- Renamed and aliased options -----------------------------------------------------------------------------

  isPrefix = short: long: length short <= length long && short == lib.take (length short) long;

  # The forwarding module behind an item, directly or around it, if the item is what it forwards: such a module also
  # defines `warnings`.
  forwarder =
    loc: item:
    let
      forwards =
        module:
        module != null
        && module.alias != null
        && (
          let
            target = module.system.loc ++ module.alias.target;
          in
          if module.alias.target == null then
            loc != module.system.loc ++ [ "warnings" ]
          else
            isPrefix target loc || isPrefix loc target
        );
      around = filter forwards (map (outer: outer.m) item.up);
    in
    if forwards item.m then
      item.m
    else if around == [ ] then
      null
    else
      lib.last around;

  # Whether what an item is a part of only forwards to an option that this one has nothing to do with.
  forwardsElsewhere =
    loc: item:
    let
      alias = if item.m == null then null else item.m.alias;
      target = item.m.system.loc ++ alias.target;
    in
    alias != null && alias.target != null && !(isPrefix target loc || isPrefix loc target);

  levelOf = module: (paths.find module.system module.alias.path).level;

  # Items as the person wrote them: what an alias forwards stands where the old path was defined.
  written =
    loc: items:
    let
      resolved = map (item: item // { by = forwarder loc item; }) items;
      keyOf = item: if item.by == null then null else item.by.key;
      replace =
        n:
        let
          item = elemAt resolved n;
          siblings = filter (m: keyOf (elemAt resolved m) == keyOf item) (genList (m: m) (length resolved));
          position = length (filter (m: m < n) siblings);
          source = levelOf item.by;
          origins = written source.loc source.winners;
          origin = elemAt origins (if length origins == length siblings then position else 0);
        in
        if item.by == null || origins == [ ] then
          item
        else
          item
          // {
            inherit (origin)
              f
              m
              p
              c
              up
              ;
            part = origin.part or null;
            via = origin.via or source.loc;
            # How many names follow the option that the alias forwards to.
            beyond =
              (if item.by.alias.target == null then 0 else lib.max 0 (length loc - length (item.by.system.loc ++ item.by.alias.target)))
              + (origin.beyond or 0);
          };
    in
    genList replace (length resolved);

  # Definitions of the old path that its alias does not forward, because they lost or are off there.
  unforwarded =
    module:
    let
      source = levelOf module;
      mark = state: map (
        item:
        item
        // {
          state = if item.state == "active" then state else item.state;
          via = item.via or source.loc;
        }
      );
    in
    filter (item: !(item.isDefault or false)) (
      mark "shadowed" (written source.loc source.shadowed) ++ mark "" (source.inactive ++ source.undecided)
    );

  forwardedLosers =
    module:
    map (
      item:
      definition item.state (
        if item ? value then { v = guard "lost" (levelOf module).loc (whole (render item.value)); } else { }
      ) item
    ) (unforwarded module);

  distinctForwarders =
    loc: items:
    let
      all = filter (module: module != null) (map (forwarder loc) items);
      keyed = listToAttrs (
        map (module: {
          name = module.key;
          value = module;
        }) all
      );
    in
    map (key: keyed.${key}) (attrNames keyed);

  # Whether a forwarding module would define the rest of a path at all; it is made by `lib`, looking is harmless.
  reaches =
    value: rest:
    rest == [ ]
    || (
      let
        found = levels.select (head rest) [
          {
            v = value;
            w = [ ];
            p = null;
            computed = true;
          }
        ];
      in
      isString (head rest) && found != [ ] && reaches (head found).v (lib.tail rest)
    );

  # --- What was lost on the way ---------------------------------------------------------------------------------

  # What a definition that lost as a whole says about the rest of the path: items, or null where its value is no set
  # that can be read.
  dig =
    loc: item: rest:
    let
      kind = tryEval (guard "lost" loc (typeOf item.value));
      entry = {
        inherit (item)
          f
          m
          computed
          isDefault
          up
          p
          ;
        w = [ ];
        v = item.value;
      };
      found = levels.select (head rest) [ entry ];
      items = concatMap (
        entry: map (inner: inner // { c = item.c ++ inner.c; }) (levels.discharge loc "lost" entry)
      ) found;
      further =
        inner:
        let
          deeper = if inner.state == "active" then dig loc inner (lib.tail rest) else [ inner ];
        in
        if deeper == null then [ ] else deeper;
    in
    if isInt (head rest) then
      # The elements of a list that lost stand for none of another list.
      [ ]
    else if !kind.success || kind.value != "set" then
      null
    else if lib.tail rest == [ ] then
      items
    else
      concatMap further items;

  # How far it was still to go is the difference between where an item was lost and the level that is asked about.
  lost =
    level:
    concatMap (
      entry:
      let
        inherit (entry) item at;
        rest = lib.drop (length at) level.loc;
        module = forwarder level.loc item;
        # What is found in it goes through it. Its conditions are counted with those that are found.
        larger = item // {
          up = item.up ++ [
            (item // {
              inherit at;
              c = [ ];
            })
          ];
        };
        looked = if skipped "lost" at then null else dig at larger rest;
        unseen = definition item.state { inherit at rest; } item;
      in
      if module != null then
        if reaches item.raw rest then forwardedLosers module else [ ]
      else if forwardsElsewhere level.loc item then
        [ ]
      else if item.state != "active" then
        [ unseen ]
      else if looked == null then
        [
          (
            definition "dropped" {
              inherit at rest;
              unread = true;
            } item
          )
        ]
      else
        map (
          found:
          definition (if found.state == "active" then "dropped" else found.state) (
            {
              inherit at;
              lost = item.n;
            }
            // (if found ? value then { v = guard "lost" at (whole (render found.value)); } else { })
          ) found
        ) looked
    ) level.dead;

  # --- Definitions ----------------------------------------------------------------------------------------------

  position =
    p:
    if p == null then
      null
    else
      [
        p.file
        p.line
        p.column
      ];

  outer =
    item:
    {
      inherit (item)
        at
        c
        n
        f
        ;
      p = position item.p;
    }
    // (if item ? part then { inherit (item) part; } else { })
    // (if item ? element then { inherit (item) element; } else { });

  definition =
    state: more: item:
    {
      s = state;
      inherit (item)
        f
        c
        n
        o
        ;
      p = position item.p;
      m = if brief then [ ] else systems.fileChain item.m;
    }
    // (if item.up == [ ] then { } else { up = map outer item.up; })
    // (if item.isDefault or false then { d = true; } else { })
    // (if item ? via then { inherit (item) via; } else { })
    // (if judge && item.beyond or 0 > 0 then { inherit (item) beyond; } else { })
    // (if item ? part then { inherit (item) part; } else { })
    // (if judge && item ? seq then { i = item.seq; } else { })
    # A module that is no file may be imported more than once.
    // (if judge && state == "wins" && item.m != null && item.m.key != item.m.file then { k = item.m.key; } else { })
    // more;

  ownValue =
    level: index: item:
    let
      loc = level.loc ++ [ index ];
    in
    if !(item ? value) || skipped "own" loc || skipped "owns" level.loc then { } else { v = guard "own" loc (whole (render item.value)); };

  # How many elements of the merged list each winner gave; null where they are not lists that are put together.
  elementCounts =
    level:
    let
      unwrapped = paths.unwrap level;
      isListItem = item: isList (try null item.value);
      inherit (paths.elements level unwrapped.type.nestedTypes.elemType unwrapped.winners) listed cells;
    in
    if level.plain || unwrapped.type == null || !(lib.all isListItem unwrapped.winners) then
      null
    else if unwrapped.type.name == "listOf" then
      if length listed == length level.winners then
        genList (n: length (filter (cell: cell.owner == n) cells)) (length level.winners)
      else
        null
    else if unwrapped.type.name == "unspecified" || length level.winners == 1 then
      map (item: length item.value) unwrapped.winners
    else
      null;

  definitions =
    level:
    let
      counts =
        if skipped "shape" level.loc then
          null
        else
          guard "shape" level.loc (
            let
              found = elementCounts level;
            in
            deepSeq found found
          );
      wrong = if judge && !(skipped "fits" level.loc) then guard "fits" level.loc (deepSeq misfits misfits) else [ ];
      misfits = facts.misfits level;
      winners = written level.loc level.winners;
      shadowed = written level.loc level.shadowed;
      offset = length winners;
      numbered = list: from: make: genList (n: make (from + n) (elemAt list n)) (length list);
    in
    numbered winners 0 (
      index: item:
      definition "wins" (
        ownValue level index item
        // (if counts == null then { } else { e = elemAt counts index; })
        // (if wrong == [ ] || elemAt wrong index == null then { } else { w = elemAt wrong index; })
      ) item
    )
    ++ numbered shadowed offset (index: item: definition "shadowed" (ownValue level index item) item)
    ++ concatMap (item: if forwarder level.loc item == null then [ (definition item.state { } item) ] else [ ]) (
      level.inactive ++ level.undecided
    )
    ++ concatMap forwardedLosers (distinctForwarders level.loc level.items)
    ++ lost level;

  # --- Values ---------------------------------------------------------------------------------------------------

  # An assertion is forced by nobody whose condition holds: only the messages of the others count.
  failing =
    value:
    if isList value && lib.all (item: isAttrs item && item ? assertion && item ? message) value then
      concatMap (
        item:
        let
          holds = tryEval item.assertion;
        in
        if !holds.success then
          [ (throw "this assertion cannot be evaluated") ]
        else if holds.value == true then
          [ ]
        else
          [ item.message ]
      ) value
    else
      value;
  final = loc: value: render (if finals && loc == [ "assertions" ] then failing value else value);

  # The value at a path of the finished configuration: { v; } or { e = 1; } where the way there throws, or { }.
  fetch = loc: fetchFrom (final loc);
  fetchFrom =
    shown: value: path:
    let
      kind = tryEval (typeOf value);
      segment = head path;
    in
    if path == [ ] then
      { v = shown value; }
    else if !kind.success then
      { e = 1; }
    else if isString segment && kind.value == "set" && value ? ${segment} then
      fetchFrom shown value.${segment} (lib.tail path)
    else if isInt segment && kind.value == "list" && segment < length value then
      fetchFrom shown (elemAt value segment) (lib.tail path)
    else
      { };

  # That there are several tags shows only where one looks into the value.
  isTag = level: level.type != null && level.type.name == "attrTag";

  merged =
    level:
    (lib.mergeDefinitions level.nixLoc level.type (
      map (item: {
        file = item.f;
        inherit (item) value;
      }) level.winners
    )).mergedValue;

  # Definitions of one priority that are each right alone but cannot be merged.
  contradicts =
    level:
    let
      seen = value: if isTag level then builtins.foldl' (_: part: builtins.seq part true) true (builtins.attrValues value) else value;
      succeeds = value: (tryEval (builtins.seq (seen value) true)).success;
    in
    level.type != null
    && length level.winners > 1
    && lib.all (
      item:
      succeeds (merged (level // { winners = [ item ]; }))
    ) level.winners
    && !(succeeds (merged level));

  valueOf =
    level:
    let
      final = fetch level.loc root.config level.loc;
      # What only forwards has the value of another option, with or without definitions of its own.
      forwards = level.opt != null && aliases.isAlias level.opt;
      missing = level.winners == [ ] && !forwards && (final == { } || final.v or null == { e = 1; } || final ? e);
    in
    if skipped "value" level.loc then
      { failed = true; }
    else
      guard "value" level.loc (
        deepSeq final (
          if missing then
            { undefined = true; }
          else if final == { } then
            # Not to be found under this path: an outer `apply` gave the value another shape.
            {
              hidden = true;
              v = if level.type == null then { e = 1; } else render (merged level);
            }
          else
            {
              v = final.v or { e = 1; };
            }
            // (if (final.v or { e = 1; }) == { e = 1; } || (isTag level && length level.winners > 1) then { conflict = try false (contradicts level); } else { })
            // (if level.opt != null && level.opt ? apply && !finals then { before = render (merged level); } else { })
        )
      );

  # --- The option -----------------------------------------------------------------------------------------------

  # Older versions of `lib` keep no positions of declarations; the modules that declare still have them.
  searched =
    level:
    let
      within = lib.drop (length level.system.nixLoc) level.nixLoc;
      go =
        options: path:
        let
          name = head path;
        in
        if !(isAttrs options && options ? ${name}) then
          [ ]
        else if lib.tail path == [ ] then
          [ (builtins.unsafeGetAttrPos name options) ]
        else
          go options.${name} (lib.tail path);
    in
    filter (p: p != null) (concatMap (node: go node.options within) level.system.nodes);

  declaration =
    level:
    let
      inherit (level) opt;
      found = searched level;
      listedPositions =
        opt.declarationPositions or (
          if found != [ ] then
            found
          else
            map (file: {
              inherit file;
              line = null;
              column = null;
            }) opt.declarations
        );
      text = value: if isString value then value else value.text or null;
    in
    {
      at = map position listedPositions;
      readOnly = opt.readOnly or false;
      internal = opt.internal or false;
      visible = opt.visible or true != false;
      description = try null (text (opt.description or null));
      apply = opt ? apply;
    }
    // (
      if !(opt ? default) || places || finals then
        { }
      # There is one, whatever it is.
      else if skipped "default" opt.loc then
        { default.e = 1; }
      else
        { default = guard "default" opt.loc (let v = render opt.default; in deepSeq v v); }
    )
    // (if opt ? defaultText then { defaultText = try null (text opt.defaultText); } else { })
    // (if aliases.isAlias opt then { alias = true; } else { });

  # Whether Nix's own list of winners is the one found here.
  agreement =
    level:
    let
      tried = tryEval (
        guard "check" level.loc (
          map (item: item.f) level.winners == level.opt.files && (level.opt.highestPrio or level.highest) == level.highest
        )
      );
    in
    if level.opt == null || !(level.opt ? files) || level.plain || skipped "check" level.loc then
      null
    else if tried.success then
      tried.value
    else
      null;

  typeOfLevel =
    level:
    let
      tried = tryEval (guard "type" level.loc (level.type.description or level.type.name));
    in
    if level.type == null || skipped "type" level.loc then null else if tried.success then tried.value else null;

  result =
    path: found:
    let
      level = found.level;
      empty = level.items == [ ] && level.dead == [ ] && level.opt == null;
      out =
        if found.kind == "missing" || found.kind == "namespace" then
          {
            inherit path;
            inherit (found) kind names at;
          }
        else if found.kind == "opaque" then
          {
            inherit path;
            inherit (found) kind rest;
            at = level.loc;
            type = typeOfLevel level;
          }
        else if found.kind == "undeclared" then
          {
            inherit path;
            inherit (found) kind names;
            at = level.loc;
            value.v.e = 1;
            definitions = definitions level;
            # Refused, or, where nothing is checked, ignored.
            ignored = !level.system.refused;
          }
        else if empty then
          {
            inherit path;
            kind = "missing";
            at = lib.init path;
            names = [ ];
          }
        else
          {
            inherit path;
            inherit (found) kind;
            type = if brief && !finals then null else typeOfLevel level;
            definitions = definitions level;
            agrees = agreement level;
          }
          // (if places then { } else { value = valueOf level; })
          // (if level.opt == null || brief then { } else { option = declaration level; })
          // (if judge then facts.of level else { })
          // (if level.undecided == [ ] then { } else { undecided = true; });
    in
    guard "cascade" path (deepSeq out out);

  # A container of which only the parts that are off are wanted, because the rest was listed inside it.
  remainder =
    level:
    let
      out = {
        path = level.loc;
        kind = "remainder";
        definitions = map (item: definition item.state { } item) (
          filter (item: forwarder level.loc item == null) (level.inactive ++ level.undecided)
        );
      };
    in
    guard "cascade" level.loc (deepSeq out out);
in
{
  inherit remainder result;
}
