# What the rules want to know of a level beside its cascade, without forcing what it merges to.
{
  guard,
  skipped,
  paths,
}:
let
  inherit (builtins)
    all
    attrValues
    deepSeq
    filter
    isAttrs
    isList
    length
    tryEval
    ;

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

  of =
    level:
    let
      inherit (paths.unwrap level) type;
      found =
        {
          # The name of the type that merges the definitions; null where none does.
          merger =
            if level.plain || type == null then
              null
            # What may be defined once is merged with nothing, whatever is in it.
            else if level.type.name == "unique" || level.type.name == "uniq" then
              level.type.name
            else
              type.name;
        }
        // (if level.opt != null && level.opt.readOnly or false then { inherit (level) times; } else { })
        // (if level.opt != null && isRemoved level.opt then { removed = true; } else { });
    in
    if skipped "shape" level.loc then { } else guard "shape" level.loc (deepSeq found found);
in
{
  inherit misfits of;
}
