# Values as JSON, within a budget, forcing no more than is shown.
#
# A scalar stands for itself; everything else is an object of one tag:
#   { l = [..]; m = N; }   list, N more elements not shown
#   { a = {..}; m = N; }   attribute set, N more attributes not shown
#   { k = [ [ NAME VALUE ] .. ]; m = N; }   the same of one that has an attribute which makes JSON a string of it
#   { s = ".."; n = N; }   the beginning of a string of N bytes
#   { d = "name"; }        derivation (its drvPath is never touched)
#   { f = [..]; }          function, with the names of its arguments
#   { p = "/.."; }         path (never copied into the store)
#   { t = ".."; }          something the module system made: an option, a type, a package set, a flake
#   { w = "if|override|order|merge"; .. }   a property that is still around the value
#   { x = N; }             not shown: the budget is spent (N entries)
#   { e = 1; }             evaluating it throws
#   { r = [ M E ]; }       the float M times two to the power of E: Nix's own JSON of floats is not exact everywhere
#
# `budget.nodes`, where it is a number, bounds a value by how many parts it has: it is shown down to the depth that
# stays within.
budget:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    genList
    elemAt
    floor
    functionArgs
    length
    listToAttrs
    stringLength
    substring
    tryEval
    typeOf
    unsafeDiscardStringContext
    ;

  # Narrower the deeper: a value cannot cost more than the product of the widths.
  widthAt = depth: if depth == 0 then budget.width else budget.width / (2 * depth);

  minimum = a: b: if a < b then a else b;

  # The parts of a value that would be shown by themselves.
  partsOf =
    value:
    let
      kind = tryEval (typeOf value);
    in
    if !kind.success then
      [ ]
    else if kind.value == "list" then
      value
    else if kind.value != "set" || isClosed value then
      [ ]
    else if attempt null (value._type or "") == "if" then
      (if attempt false (value.condition == true) then [ value.content ] else [ ])
    else
      attrValues value;

  # Whether nothing of a set's attributes is shown.
  isClosed =
    value:
    let
      tag = attempt null (value._type or "");
    in
    attempt false ((value.type or null) == "derivation")
    || tag == "option-type"
    || tag == "option"
    || tag == "pkgs"
    || tag == "flake"
    || value ? __functor;

  # How deep a value can be shown.
  deepest =
    value:
    let
      go =
        depth: count: parts:
        let
          next = concatMap partsOf parts;
          more = count + length next;
        in
        if depth >= budget.depth || next == [ ] then
          budget.depth
        else if more > budget.nodes then
          depth
        else
          go (depth + 1) more next;
    in
    if budget.nodes == null then budget.depth else go 0 1 [ value ];

  # Exactly: a float is a whole number below 2^53 times a power of two.
  exactly =
    float:
    let
      scaled =
        n: exponent:
        if n >= 9007199254740992.0 then
          scaled (n / 2) (exponent + 1)
        else if n < 4503599627370496.0 then
          scaled (n * 2) (exponent - 1)
        else
          [
            (floor n)
            exponent
          ];
      positive = scaled (if float < 0 then -float else float) 0;
    in
    {
      r =
        if float == 0.0 then
          [
            0
            0
          ]
        else if float < 0 then
          [
            (-(elemAt positive 0))
            (elemAt positive 1)
          ]
        else
          positive;
    };

  take = n: list: genList (elemAt list) (minimum n (length list));

  quiet = string: unsafeDiscardStringContext string;

  text =
    string:
    let
      size = stringLength string;
    in
    if size <= budget.text then
      quiet string
    else
      {
        s = quiet (substring 0 (cut string budget.text) string);
        n = size;
      };

  # A place at or before this one where no character is cut: a byte of ASCII begins one.
  cut =
    string: end:
    if end == 0 || end + 64 < budget.text then
      0
    else if builtins.match "[ -~\n\t]" (substring end 1 string) != null then
      end
    else
      cut string (end - 1);

  # `f` of the attribute, or `fallback` where it is missing or throws.
  attempt =
    fallback: value:
    let
      tried = tryEval value;
    in
    if tried.success then tried.value else fallback;

  nameOf = drv: quiet (attempt "?" (let n = drv.name or "?"; in if builtins.isString n then n else "?"));

  property =
    to: depth: value: kind:
    if kind == "if" then
      let
        holds = attempt null (if builtins.isBool value.condition then value.condition else null);
      in
      {
        w = "if";
        c = holds;
      }
      // (if holds == true then { v = at to depth value.content; } else { })
    else if kind == "merge" then
      {
        w = "merge";
        v = map (at to (depth + 1)) value.contents;
      }
    else
      {
        w = kind;
        n = value.priority;
        v = at to depth value.content;
      };

  attributes =
    to: depth: value:
    let
      names = attrNames value;
      count = length names;
      width = widthAt depth;
      shown = map (name: {
        inherit name;
        value = at to (depth + 1) value.${name};
      }) (take width names);
    in
    if depth >= to || width == 0 then
      { x = count; }
    else
      (
        if value ? outPath || value ? __toString then
          {
            k = map (entry: [
              entry.name
              entry.value
            ]) shown;
          }
        else
          { a = listToAttrs shown; }
      )
      // {
        m = if count > width then count - width else 0;
      };

  set =
    to: depth: value:
    let
      tag = attempt null (value._type or "");
      isDerivation = attempt false ((value.type or null) == "derivation");
    in
    if isDerivation then
      { d = nameOf value; }
    else if tag == "if" || tag == "override" || tag == "order" || tag == "merge" then
      property to depth value tag
    else if tag == "option-type" then
      { t = "type: " + attempt "?" (value.description or value.name or "?"); }
    else if tag == "option" then
      { t = "option"; }
    else if tag == "pkgs" then
      { t = "package set"; }
    else if tag == "flake" then
      { t = "flake"; }
    else if value ? __functor then
      { f = [ ]; }
    else
      attributes to depth value;

  list =
    to: depth: value:
    let
      count = length value;
      width = widthAt depth;
    in
    if depth >= to || width == 0 then
      { x = count; }
    else
      {
        l = map (at to (depth + 1)) (take width value);
        m = if count > width then count - width else 0;
      };

  at =
    to: depth: value:
    let
      kind = tryEval (typeOf value);
    in
    if !kind.success then
      { e = 1; }
    else if kind.value == "string" then
      text value
    else if kind.value == "path" then
      { p = toString value; }
    else if kind.value == "float" then
      # JSON has neither infinity nor what is no number.
      if value - value == 0.0 then exactly value else { t = "float ${toString value}"; }
    else if kind.value == "lambda" then
      { f = attrNames (functionArgs value); }
    else if kind.value == "list" then
      list to depth value
    else if kind.value == "set" then
      set to depth value
    else
      value;
in
value: at (deepest value) 0 value
