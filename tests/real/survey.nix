# Questions to an evaluated configuration, for counting; see README.md.
{ sys, lib }:
let
  inherit (builtins)
    all
    attrNames
    elemAt
    genList
    isAttrs
    isList
    length
    seq
    trace
    tryEval
    ;

  list = lib.collect lib.isOption sys.options;

  # Visit a value a few levels deep. Derivations, functions, types and platforms are not entered.
  touch =
    depth: v:
    if depth == 0 then
      true
    else if isList v then
      all (touch (depth - 1)) v
    else if isAttrs v then
      if v ? _type || v ? outPath || v ? __functor || v ? hostPlatform then
        true
      else
        all (n: touch (depth - 1) v.${n}) (attrNames v)
    else
      seq v true;

  # "none": no definition at all; "default": the option's own default (or an equally weak definition); "defined";
  # "broken": which of the three cannot be said.
  kindOf =
    o:
    let
      defined = tryEval o.isDefined;
      weak = tryEval (o.highestPrio >= 1500);
    in
    if !defined.success then
      "broken"
    else if !defined.value then
      "none"
    else if weak.success && weak.value then
      "default"
    else
      "defined";

  look =
    i:
    let
      o = elemAt list i;
      kind = kindOf o;
      # The definitions exist, but their value cannot be had: tryEval says false here, or the whole evaluation ends.
      ok = kind != "none" && (tryEval (touch 4 o.value)).success;
    in
    trace "@@ ${toString i} kind ${lib.showOption o.loc}" (
      seq kind (
        trace "@@ ${toString i} ${kind} ${lib.showOption o.loc}" (
          seq ok (trace "@@ ${toString i} ${if kind == "none" || ok then "done" else "throws"} ${lib.showOption o.loc}" true)
        )
      )
    );
in
{
  count = length list;
  # `look` writes what it finds with builtins.trace, so that nothing is lost when one value ends the evaluation.
  range = from: to: all (x: x) (genList (k: look (from + k)) (to - from));
  value = i: touch 4 (elemAt list i).value;
  name = i: lib.showOption (elemAt list i).loc;
}
