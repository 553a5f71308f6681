# Every setting that chosen files define, down to the attributes inside submodules and attribute sets.
{
  lib,
  guard,
  skipped,
  levels,
  systems,
  paths,
  aliases,
  # Whether a file is one of those whose definitions are asked for; null where every option is, defined or not.
  chosenFiles,
  # Look into options, or stop at them.
  deep,
  # Also list what is defined of the module system's own options.
  finals,
  # Also list a container that Nix refuses as a whole, beside what is in it.
  judge,
}:
let
  inherit (builtins)
    any
    attrNames
    concatMap
    filter
    listToAttrs
    ;
  inherit (paths) try;

  every = chosenFiles == null;
  # A module without a file of its own belongs to the file that its definitions stand in. What a forwarding module
  # defines nobody wrote: it is found where it was written.
  chosen =
    if every then
      _: true
    else
      item:
      (item.m == null || item.m.alias == null)
      && chosenFiles (if builtins.substring 0 1 item.f != "/" && item.p != null then item.p.file else item.f);
  anyChosen = entries: every || any chosen entries;

  # `dead` are the items that were lost on the way into this system.
  inSystem =
    system: dead:
    let
      go =
        options: children: within:
        concatMap (
          name:
          let
            entries = children.${name} or [ ];
            found = options.${name};
            here = {
              inherit system entries dead;
              loc = system.loc ++ within ++ [ name ];
              nixLoc = system.nixLoc ++ within ++ [ name ];
            };
            option = {
              kind = "option";
              level = paths.optionLevel (here // { opt = found; });
            };
            target = aliases.targetOf found;
            # A declaration may fail by itself, and then costs no other option anything.
            declared =
              if skipped "option" here.loc then
                null
              else
                guard "option" here.loc (try null (paths.isOption found));
          in
          if !(anyChosen entries) || (!finals && !judge && within == [ ] && name == "_module") then
            [ ]
          # Of what the module system keeps for itself only the arguments are anybody's values.
          else if within == [ "_module" ] && name != "args" then
            [ ]
          # Of those the rules look only at what is given several times, which Nix refuses: a value may be all of nixpkgs.
          else if within == [ "_module" ] && !finals then
            filter isContested (inLevel "option" option.level)
          else if !(options ? ${name}) then
            if system.freeform != null then
              inLevel "freeform" (paths.freeformLevel {
                inherit system within name entries;
                loc = system.loc ++ within;
                nixLoc = system.nixLoc ++ within;
                inherit (here) dead;
              })
            else
              [
                {
                  kind = "undeclared";
                  names = attrNames options;
                  level = levels.level (here // { type = null; });
                }
              ]
          else if declared == null then
            [
              {
                kind = "failed";
                path = here.loc;
              }
            ]
          else if !declared then
            go found (levels.byName entries) (within ++ [ name ])
          else if deep && aliases.isAlias found && target != null then
            follow 8 system target option
          else
            inLevel "option" option.level
        ) (attrNames (if every then options // children else children));
    in
    go system.options system.children [ ];

  isContested = found: found.kind != "remainder" && found ? level && builtins.length found.level.winners > 1;

  # What an alias, perhaps of an alias, forwards to.
  follow =
    steps: system: target: fallback:
    let
      forwarded = paths.find system target;
      opt = if forwarded ? level then forwarded.level.opt else null;
      further = if opt != null && aliases.isAlias opt then aliases.targetOf opt else null;
    in
    if !(forwarded ? level) || forwarded.kind == "opaque" || forwarded.kind == "undeclared" || steps == 0 then
      [ fallback ]
    else if further != null then
      follow (steps - 1) system further fallback
    else
      inLevel forwarded.kind forwarded.level;

  # The paths of the parts of a value that lost as a whole.
  parts =
    depth: value:
    let
      tag = levels.tagOf value;
    in
    if !(isContainer value) || depth == 0 then
      [ [ ] ]
    else if tag == "merge" then
      concatMap (parts depth) value.contents
    else if tag == "if" then
      if try false value.condition == true then parts depth value.content else [ ]
    else if tag == "override" || tag == "order" then
      parts depth value.content
    else
      concatMap (name: map (rest: [ name ] ++ rest) (parts (depth - 1) value.${name})) (attrNames value);

  # What throws is not of the wrong type. Where it cannot be asked nobody knows, and the container is looked at. What is
  # listed must not depend on anything that may fail after the list was begun.
  fitting = level: item: !(skipped "refused" level.loc) && guard "refused" level.loc (try true (level.type.check item.value));

  # A definition of the wrong type, or more of them than a read-only option may have.
  isRefused =
    level:
    (level.type != null && !(lib.all (fitting level) level.winners))
    || (level.opt != null && level.opt.readOnly or false && level.times > 1);

  isContainer = value: paths.isSetItem { inherit value; } && try "" (value.type or "") != "derivation";

  # The type that merges a level and what it merges; a value that cannot even be looked at has no inside.
  inside =
    level:
    if skipped "inside" level.loc then
      {
        type = null;
        winners = [ ];
      }
    else
      guard "inside" level.loc (
        let
          unwrapped = paths.unwrap level;
        in
        builtins.deepSeq (map (item: isContainer item.value) level.shadowed) (
          builtins.deepSeq (map (item: isContainer item.value) unwrapped.winners) unwrapped
        )
      );

  inLevel =
    kind: level:
    let
      inherit (inside level) type winners;
      own = filter chosen (winners ++ level.shadowed);
      names = attrNames (
        listToAttrs (
          concatMap (
            item:
            if isContainer item.value && levels.tagOf item.value == "" then
              map (name: {
                inherit name;
                value = null;
              }) (attrNames item.value)
            else
              [ ]
          ) own
        )
      );
      inner =
        if !deep || type == null || level.plain || (type.name == "submodule" && isAbsent level) then
          [ ]
        else if type.name == "submodule" then
          let
            system = systems.submodule { inherit level type winners; };
          in
          # What fails in it as a whole (a condition of what no option is declared for) has no inside, and costs nobody else
          # anything.
          if guard "inside" level.loc (try false (builtins.seq system.options true)) then
            inSystem system (paths.dropped level)
          else
            [ ]
        else if paths.isAttrsOf type || (type.name == "anything" && lib.all paths.isSetItem winners) || isOfOneTag then
          concatMap (
            name:
            let
              found = paths.descend kind level [ name ];
            in
            if found ? level && found.kind != "opaque" then
              (if isGone found.level then [ ] else inLevel found.kind found.level)
            else
              [ found ]
          ) names
        else
          [ ];
      # Of a union of tags nothing but the one tag that all definitions have; else it is told as a whole.
      isOfOneTag =
        type.name == "attrTag"
        && level.shadowed == [ ]
        && lib.all paths.isSetItem winners
        && builtins.length names == 1
        && type.nestedTypes ? ${builtins.head names}
        && lib.all (item: attrNames item.value == names) winners;
      # A submodule that no definition which counts makes is not there, and neither are its defaults nor what its own modules
      # define. Where all of them lost further out there is only what was lost.
      isAbsent = level: level.winners == [ ] && level.opt == null;
      isGone = level: level.items == [ ] && level.opt == null && level.type != null && level.type.name == "submodule";
      lacksSome =
        deep
        && type != null
        && !level.plain
        && paths.isAttrsOf type
        && type.nestedTypes.elemType.name == "submodule"
        && lib.any (name: isGone (paths.descend kind level [ name ]).level) names;
      # Settings that only a definition has which lost as a whole.
      onlyLost =
        if !deep || type == null || level.plain || (inner == [ ] && !lacksSome) then
          [ ]
        else
          concatMap (item: filter (path: path != [ ]) (try [ ] (parts 4 item.value))) (filter chosen level.shadowed);
      lostParts = concatMap (
        path:
        let
          found = paths.descend kind level path;
        in
        if found ? level && found.kind != "opaque" then [ found ] else [ ]
      ) onlyLost;
      # Then no setting inside says what they were lost to.
      givesNothing = lib.all (item: isContainer item.value && attrNames item.value == [ ]) winners;
      off = any chosen (level.inactive ++ level.undecided);
      # The rules also look into the elements of a list of submodules.
      inElements =
        if judge && deep && type != null && !level.plain && type.name == "listOf" && type.nestedTypes.elemType.name == "submodule" then
          lib.concatLists (
            builtins.genList (
              index:
              let
                found = paths.descend kind level [ index ];
              in
              if found ? level && found.kind != "opaque" then inLevel found.kind found.level else [ ]
            ) (builtins.length (paths.elements level type.nestedTypes.elemType winners).cells)
          )
        else
          [ ];
      # And at the attributes of a plain set that several definitions give, where the last one counts: a type of that name
      # may be merged in another way. Only what can be compared without looking into it says so.
      inPlain =
        if judge && deep && type != null && !level.plain && (type.name == "attrs" || type.name == "unspecified") && builtins.length winners > 1 then
          guard "inside" level.loc (
            let
              given = name: filter (item: isContainer item.value && item.value ? ${name}) winners;
              merged = try null (
                level.type.merge level.nixLoc (
                  map (item: {
                    file = item.f;
                    inherit (item) value;
                  }) level.winners
                )
              );
              isScalar = value: !(builtins.isAttrs value || builtins.isList value || builtins.isFunction value);
              lastCounts =
                name:
                let
                  last = (lib.last (given name)).value.${name};
                in
                isContainer merged
                && merged ? ${name}
                && try false (isScalar last && isScalar merged.${name} && merged.${name} == last);
              found = map (name: paths.descend kind level [ name ]) (
                filter (name: builtins.length (given name) > 1 && lastCounts name) names
              );
            in
            filter (found: found ? level && found.kind != "opaque") found
          )
        else
          [ ];
    in
    if inner == [ ] && lostParts == [ ] then
      [ { inherit kind level; } ] ++ inElements ++ inPlain
    else
      (if judge && (isRefused level || lostParts != [ ] && givesNothing) then [ { inherit kind level; } ] else [ ])
      ++ inner
      ++ lostParts
      ++ (
        if off then
          [
            {
              kind = "remainder";
              inherit level;
            }
          ]
        else
          [ ]
      );
in
system: inSystem system [ ]
