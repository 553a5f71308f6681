# What the rules want to know of a level beside its cascade, without forcing what it merges to.
{
  guard,
  skipped,
  levels,
  paths,
}:
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatMap
    deepSeq
    elemAt
    filter
    head
    isAttrs
    isList
    isString
    length
    tryEval
    ;

  inherit (paths) try;

  # A value that throws, or a property inside a value, is not of the wrong type.
  accepts =
    type: value:
    let
      tried = tryEval (type.check value);
    in
    !tried.success || tried.value;

  isProperty =
    value:
    let
      tried = tryEval (isAttrs value && value ? _type);
    in
    !tried.success || tried.value;

  fits =
    type: value:
    isProperty value
    || (
      accepts type value
      && (
        if type.name == "listOf" && isList value then
          all (fits type.nestedTypes.elemType) value
        else if paths.isAttrsOf type && isAttrs value then
          all (fits type.nestedTypes.elemType) (attrValues value)
        else
          true
      )
    );

  # For each winner: null, or true where it is not of the option's type, or the numbers of its elements that are not.
  misfits =
    level:
    let
      unwrapped = paths.unwrap level;
      inherit (paths.elements level unwrapped.type.nestedTypes.elemType unwrapped.winners) listed cells;
      wrongCells = filter (cell: !(all (item: fits cell.type item.value) cell.winners)) cells;
      inList = length listed == length level.winners;
      numbered = builtins.genList (n: n) (length level.winners);
      ofWinner =
        n:
        let
          item = builtins.elemAt level.winners n;
          wrong = map (cell: builtins.elemAt cell.loc (length cell.loc - 1)) (filter (cell: cell.owner == n) wrongCells);
        in
        if !(accepts level.type item.value) then
          true
        else if unwrapped.type != null && unwrapped.type.name == "listOf" && inList && wrong != [ ] then
          wrong
        else
          null;
    in
    if level.type == null || level.plain then map (_: null) level.winners else map ofWinner numbered;

  # What `mkRemovedOptionModule` declares: an option of no type that throws whatever it is given.
  isRemoved =
    opt:
    opt.visible or true == false
    && opt ? apply
    && !(opt ? default)
    && (opt.type.name or "unspecified") == "unspecified"
    && !(tryEval (builtins.seq (opt.apply null) null)).success;

  # Whether a module declares the option of a level so.
  isDeclaredBy =
    so: level: node:
    let
      at = select node.options (builtins.genList (n: elemAt level.loc (n + length level.system.loc)) (length level.loc - length level.system.loc));
      select =
        value: path:
        if path == [ ] then
          value
        else if isAttrs value && value ? ${head path} then
          select value.${head path} (builtins.tail path)
        else
          null;
    in
    at != null && levels.tagOf at == "option" && so at;

  # What its declaration says of it: an assertion beside it holds that, which is false only where it is defined.
  removal =
    level:
    let
      messages =
        node:
        concatMap (
          config:
          let
            assertions = try [ ] (config.assertions or [ ]);
          in
          if levels.tagOf config == "" && isList assertions then map (one: try null (one.message or null)) assertions else [ ]
        ) node.configs;
      found = filter isString (concatMap (node: if isDeclaredBy isRemoved level node then messages node else [ ]) level.system.nodes);
    in
    if found == [ ] then "" else head found;

  # What `mkChangedOptionModule` and `mkMergedOptionModule` declare for the old options.
  isChanged =
    opt:
    let
      default = tryEval (opt.default or null == "_mkMergedOptionModule");
    in
    opt.visible or true == false && default.success && default.value;

  # The option that such a module defines in their place: it gives it a merge, and else only `warnings`.
  changedTo =
    level:
    let
      onlyMerge =
        within: value:
        if levels.tagOf value == "merge" then
          [ within ]
        else if isAttrs value && levels.tagOf value == "" then
          concatMap (name: onlyMerge (within ++ [ name ]) value.${name}) (attrNames (removeAttrs value [ "warnings" ]))
        else
          [ ];
      found = concatMap (node: if isDeclaredBy isChanged level node then concatMap (onlyMerge [ ]) node.configs else [ ]) level.system.nodes;
    in
    if length found == 1 then level.system.loc ++ head found else [ ];

  of =
    level:
    let
      inherit (paths.unwrap level) type winners;
      found =
        {
          # The name of the type that merges the definitions; null where none does.
          merger =
            if level.plain || type == null then
              null
            # What may be defined once is merged with nothing, whatever is in it.
            else if level.type.name == "unique" || level.type.name == "uniq" then
              level.type.name
            # Of a list that something else is made of its elements say nothing.
            else if any (winner: winner.coercedList or false) winners then
              "coercedTo"
            else
              type.name;
        }
        // (if level.opt != null && level.opt.readOnly or false then { inherit (level) times; } else { })
        // (if level.opt != null && isRemoved level.opt then { removed = removal level; } else { })
        // (if level.opt != null && isChanged level.opt then { changed = changedTo level; } else { });
    in
    if skipped "facts" level.loc then { } else guard "facts" level.loc (deepSeq found found);
in
{
  inherit misfits of;
}
