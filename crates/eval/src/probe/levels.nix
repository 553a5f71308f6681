# Levels: what the module system does at one option, or at one attribute inside an option.
#
# An entry is a raw definition with the properties that were pushed down onto it:
#   { f = file; m = module; w = [ { c = condition; } | { n = priority; } ]; v = value; p = position; up = [ parents ]; }
# Discharging, filtering and sorting turn entries into items:
#   { …; c = [ true | false | null ]; state = "active" | "inactive" | "undecided"; n = priority; o = order; value; }
# and a level keeps all of them: those that win, in merge order, and those that do not.
{
  lib,
  guard,
  skipped,
}:
let
  inherit (builtins)
    any
    concatLists
    concatMap
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isBool
    length
    sort
    tail
    tryEval
    unsafeGetAttrPos
    ;

  defaultPriority = 100;
  defaultOrder = 1000;

  tagOf = value: value._type or "";

  # mkMerge is expanded, mkIf and mkOverride are remembered, until a plain value comes.
  pushDown =
    entry:
    let
      tag = tagOf entry.v;
    in
    if tag == "merge" then
      concatMap (v: pushDown (entry // { inherit v; })) entry.v.contents
    else if tag == "if" then
      pushDown (
        entry
        // {
          v = entry.v.content;
          w = entry.w ++ [ { c = entry.v.condition; } ];
        }
      )
    else if tag == "override" then
      pushDown (
        entry
        // {
          v = entry.v.content;
          w = entry.w ++ [ { n = entry.v.priority; } ];
        }
      )
    else
      [ entry ];

  # The entry of one attribute. A value that was computed as a whole has no positions of its own inside.
  attribute =
    name: entry:
    entry
    // {
      v = entry.v.${name};
      p = if entry.computed or false then entry.p else unsafeGetAttrPos name entry.v;
    };

  select =
    name: entries:
    concatMap (
      entry: if isAttrs entry.v && entry.v ? ${name} then [ (attribute name entry) ] else [ ]
    ) (concatMap pushDown entries);

  # The same for all names at once.
  byName =
    entries:
    lib.zipAttrs (
      map (entry: builtins.mapAttrs (name: _: attribute name entry) entry.v) (
        filter (entry: isAttrs entry.v) (concatMap pushDown entries)
      )
    );

  # Properties back around a value, as `pushDownProperties` leaves them.
  wrap =
    w: v:
    if w == [ ] then
      v
    else
      let
        inner = wrap (tail w) v;
        outer = head w;
      in
      if outer ? c then
        {
          _type = "if";
          condition = outer.c;
          content = inner;
        }
      else
        {
          _type = "override";
          priority = outer.n;
          content = inner;
        };

  # What one entry comes to: mkIf and mkMerge are discharged from outside in, until the first mkOverride.
  # `index` names the entry in failures that cannot be caught; what failed before is not touched again.
  discharge =
    loc: index: entry:
    let
      here = loc ++ [ index ];
      base = {
        inherit (entry) f m p up;
        computed = entry.computed or false;
        isDefault = entry.isDefault or false;
        raw = entry.v;
        o = null;
      };
      item = c: more: [ (base // { inherit c; } // more) ];
      undecided =
        c:
        item c {
          state = "undecided";
          n = null;
        };
      active =
        c: n: value:
        item c {
          state = "active";
          inherit n value;
        };
      inactive =
        c: w:
        item (c ++ [ false ]) {
          state = "inactive";
          # A priority further in is known without looking at the value only if it was pushed down.
          n = foldl' (found: property: if found == null then property.n or null else found) null w;
        };
      condition =
        c: w: value: next:
        let
          tried = tryEval (guard "condition" here (if isBool value then value else throw "not a Boolean"));
        in
        if skipped "condition" here || !tried.success then
          undecided (c ++ [ null ])
        else if tried.value then
          next (c ++ [ true ])
        else
          inactive c w;
      value =
        v: c:
        let
          tag = tryEval (guard "form" here (tagOf v));
        in
        # What cannot even be looked at is no property; the module system fails on it in the same way.
        if skipped "form" here || !tag.success then
          active c defaultPriority v
        else if tag.value == "merge" then
          concatMap (inner: value inner c) v.contents
        else if tag.value == "if" then
          condition c [ ] v.condition (value v.content)
        else if tag.value == "override" then
          active c v.priority v.content
        else if tag.value == "definition" then
          map (found: found // { f = v.file; p = null; }) (
            if tagOf v.value == "override" then active c v.value.priority v.value.content else active c defaultPriority v.value
          )
        else
          active c defaultPriority v;
      properties =
        w: c:
        if w == [ ] then
          value entry.v c
        else if head w ? c then
          condition c (tail w) (head w).c (properties (tail w))
        else
          active c (head w).n (wrap (tail w) entry.v);
    in
    numbered (properties entry.w [ ]);

  # Several items of one entry are told apart by their number.
  numbered =
    items:
    let
      total = length items;
    in
    if total < 2 then
      items
    else
      genList (
        number: elemAt items number // { part = [ number total ]; }
      ) total;

  dischargeAll =
    loc: entries: concatLists (genList (index: discharge loc index (elemAt entries index)) (length entries));

  isOrder =
    loc: item:
    let
      tag = tryEval (guard "order" loc (tagOf item.value));
    in
    !(skipped "order" loc) && tag.success && tag.value == "order";

  unorder =
    loc: item:
    if isOrder loc item then
      item
      // {
        value = item.value.content;
        o = item.value.priority;
      }
    else
      item // { o = defaultOrder; };

  # Where order decides, `seq` keeps the place that the modules gave.
  sortByOrder =
    loc: items:
    if any (isOrder loc) items then
      sort (a: b: a.o < b.o) (genList (seq: unorder loc (elemAt items seq) // { inherit seq; }) (length items))
    else
      items;

  defaultEntry = opt: {
    f = head (opt.declarations ++ [ "<unknown-file>" ]);
    m = null;
    w = [ { n = 1500; } ];
    v = opt.default;
    p = null;
    up = [ ];
    isDefault = true;
  };

  # `entries` in merge order; `dead`: items of outer levels that did not get this far.
  level =
    {
      loc,
      # The same path as the module system names it, where an element of a list is "[definition 1-entry 2]".
      nixLoc,
      type,
      system,
      entries,
      opt ? null,
      dead ? [ ],
      meta ? { },
      # Inside `types.attrs` and other plain values nothing is discharged; the last one that has a name gives it.
      plain ? false,
    }:
    let
      defaults =
        if opt != null && opt ? default then
          discharge loc "default" (defaultEntry opt)
        else
          [ ];
      asIs = entry: {
        inherit (entry) f m p up;
        computed = entry.computed or false;
        isDefault = entry.isDefault or false;
        raw = entry.v;
        value = entry.v;
        c = [ ];
        n = defaultPriority;
        o = null;
        state = "active";
      };
      items = if plain then map asIs entries else defaults ++ dischargeAll loc entries;
      active = filter (item: item.state == "active") items;
      highest =
        if length active == 1 then
          (head active).n
        else
          foldl' (best: item: if item.n < best then item.n else best) 9999 active;
      lastOf = list: elemAt list (length list - 1);
      wins = item: item.n == highest;
    in
    {
      inherit
        loc
        nixLoc
        type
        system
        opt
        dead
        meta
        plain
        items
        highest
        ;
      # How often the module system counts it as defined, whatever the conditions say.
      times = length entries + (if opt != null && opt ? default then 1 else 0);
      winners = if plain then (if active == [ ] then [ ] else [ (lastOf active) ]) else sortByOrder loc (filter wins active);
      shadowed =
        if plain then
          (if active == [ ] then [ ] else lib.init active)
        else
          map (unorder loc) (filter (item: !(wins item)) active);
      inactive = filter (item: item.state == "inactive") items;
      undecided = filter (item: item.state == "undecided") items;
    };
in
{
  inherit
    byName
    discharge
    level
    pushDown
    select
    tagOf
    ;
}
