# Renamed and aliased options: `mkRenamedOptionModule` and `mkAliasOptionModule` make a module that declares the old
# path and forwards its definitions to the new one.
{ levels }:
let
  inherit (builtins)
    attrNames
    elemAt
    filter
    head
    isAttrs
    isList
    isString
    length
    match
    split
    tryEval
    ;

  descriptionOf =
    opt:
    let
      text = opt.description or "";
    in
    if isString text then text else text.text or "";

  isAlias = opt: opt ? apply && match "Alias of .*" (descriptionOf opt) != null;

  # The one option that a module declares, where it declares exactly one.
  onlyOption =
    within: value:
    if levels.tagOf value == "option" then
      {
        path = within;
        opt = value;
      }
    else if isAttrs value && length (attrNames value) == 1 then
      onlyOption (within ++ attrNames value) value.${head (attrNames value)}
    else
      null;


  # The new path of an aliased option, where its description names a plain path.
  targetOf =
    opt:
    let
      quoted = match "Alias of [^`]*`([^`\"]+)`.*" (descriptionOf opt);
    in
    if quoted == null then null else filter (part: !(isList part)) (split "\\." (elemAt quoted 0));
in
{
  inherit isAlias targetOf;

  # The old path that a module forwards and the new one; null for a module that is none of these.
  pathOf =
    module:
    let
      only = tryEval (onlyOption [ ] module.options);
      is = tryEval (isAlias only.value.opt);
    in
    if module.options != { } && only.success && only.value != null && is.success && is.value then
      {
        inherit (only.value) path;
        target = targetOf only.value.opt;
      }
    else
      null;
}
