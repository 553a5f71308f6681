# What Nix itself says of every option of a configuration, independently of the probe: `definitionsWithLocations`,
# `highestPrio` and `config`. Options are walked over the published `options` alone.
#
# The text of a value is its own small language, the same as the test writes for mkwhy's values.
{ skip, from }:
configuration:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    deepSeq
    elem
    isAttrs
    isString
    listToAttrs
    map
    toJSON
    tryEval
    typeOf
    unsafeDiscardStringContext
    ;

  text =
    depth: value:
    let
      kind = tryEval (typeOf value);
      type = kind.value;
      drv = tryEval ((value.type or null) == "derivation");
      name = tryEval (let n = value.name or "?"; in if isString n then n else "?");
      tag = tryEval (value._type or "");
    in
    if !kind.success then
      "<throws>"
    else if type == "lambda" then
      "<function>"
    else if type == "path" then
      { path = toString value; }
    else if type == "string" then
      unsafeDiscardStringContext value
    else if type == "float" then
      # Not as JSON, which Nix 2.8 writes with six digits and without the point. `toString` has six decimals.
      { float = map toString [ value (value * 1.0e9) ]; }
    else if type == "list" then
      if depth == 0 then "<deep>" else map (text (depth - 1)) value
    else if type == "set" then
      if drv.success && drv.value then
        { derivation = if name.success then unsafeDiscardStringContext name.value else "?"; }
      else if tag.success && elem tag.value [ "option" "option-type" "pkgs" "flake" ] then
        "<special>"
      else if tag.success && elem tag.value [ "if" "merge" "override" "order" ] then
        "<property>"
      else if value ? __functor then
        "<function>"
      else if depth == 0 then
        "<deep>"
      else
        {
          set = listToAttrs (
            map (n: {
              name = n;
              value = text (depth - 1) value.${n};
            }) (attrNames value)
          );
        }
    else
      value;

  label = path: toJSON path;

  one =
    path: option: value:
    let
      definitions = tryEval (
        map (d: {
          file = unsafeDiscardStringContext (toString d.file);
          value = text 5 d.value;
        }) option.definitionsWithLocations
      );
      out = {
        inherit path;
        definitions = if definitions.success then definitions.value else null;
        prio = let p = tryEval option.highestPrio; in if p.success then p.value else null;
        value = text 5 value;
      };
    in
    if elem (label path) skip then
      {
        inherit path;
        failed = true;
      }
    else
      addErrorContext "truth:${label path}" (deepSeq out out);

  # Told on the way, because a later failure takes the whole answer with it.
  tell = out: builtins.trace "truth-part:${toJSON out}" out;

  drop = n: list: builtins.genList (i: builtins.elemAt list (i + n)) (builtins.length list - n);

  walk =
    path: options: config:
    concatMap (
      name:
      let
        option = options.${name};
        here = path ++ [ name ];
        declared = tryEval (addErrorContext "truth:${label here}" (isAttrs option));
      in
      if path == [ ] && name == "_module" then
        [ ]
      else if elem (label here) skip || !declared.success then
        [
          {
            path = here;
            failed = true;
          }
        ]
      else if !declared.value then
        [ ]
      else if (option._type or "") == "option" then
        [ (one here option config.${name}) ]
      else
        walk here option config.${name}
    ) (attrNames options);
in
map tell (drop from (walk [ ] configuration.options configuration.config))
