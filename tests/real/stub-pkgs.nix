# A package set of fakes, for evaluating the options of real module sets where no nixpkgs is at hand.
#
# Nix has no attribute set with "any name", so the names are collected when it is evaluated: the text of every .nix
# file under `scan` is searched for `pkgs.NAME`, `pkgs.SET.NAME`, `with pkgs; …;`, `inherit (pkgs) …;` and
# `mkPackageOption pkgs …`. What that cannot see (a set that was bound to another name first) goes into `names`, as
# dotted paths. `extra` is laid over the result.
#
# Every fake is a derivation as far as `lib` can tell (`type`, `outPath`, `name`, …), builds nothing and lies at a
# store path of zeros. Names that are functions in nixpkgs (writeText, runCommand, buildEnv, …) are fakes that can be
# called as often as one likes, and stay fakes.
{
  lib,
  # Folders or files whose text is searched for names.
  scan ? [ ],
  # text of a file -> dotted paths, for what a module set writes in ways of its own.
  also ? (_: [ ]),
  # Dotted paths to have in any case.
  names ? [ ],
  # Names that must not exist (tests of the kind `pkgs ? NAME`).
  without ? [ ],
  # name -> version, over the defaults below.
  versions ? { },
  system ? "x86_64-linux",
  # What `pkgs.path` is.
  path ? null,
  # What `pkgs.config` is.
  config ? { },
  # { pkgs, plain, fake }: attribute set laid over the rest (`plain`); `fake "name" { … }` makes one, with attributes of its own.
  extra ? (_: { }),
}:

let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    elemAt
    filter
    foldl'
    hasAttr
    head
    isAttrs
    isFunction
    isList
    isString
    listToAttrs
    match
    pathExists
    readDir
    readFile
    split
    stringLength
    substring
    tail
    ;

  # --- the names -------------------------------------------------------------------------------------------------

  filesUnder =
    entry:
    if match ".*\\.nix" (toString entry) != null && pathExists entry then
      [ entry ]
    else
      let
        found = readDir entry;
      in
      concatMap (
        n:
        if found.${n} == "directory" then
          filesUnder (entry + "/${n}")
        else if match ".*\\.nix" n != null then
          [ (entry + "/${n}") ]
        else
          [ ]
      ) (attrNames found);

  # One pass over a text. A hit is [ "pkgs." PATH null null ] or [ null null INTRODUCTION REST ] (the longest of several
  # possible matches is taken, so that the two kinds must not share their second group).
  hitsIn = text: filter isList (split "(pkgs\\.)([a-zA-Z_][a-zA-Z0-9_'.-]*)|(with pkgs[a-zA-Z0-9_.]*;|\\(pkgs\\)|PackageOption pkgs[a-zA-Z0-9_.]*)([^;]*)" text);

  isPath = s: match "[a-zA-Z_][a-zA-Z0-9_'-]*(\\.[a-zA-Z_][a-zA-Z0-9_'-]*)*" s != null;
  wordsOf = text: filter (w: isString w && w != "" && isPath w) (split "[^a-zA-Z0-9_'.-]+" text);
  # `pkgs.foo.` at the end of a sentence, `pkgs.foo.${x}`.
  trim = s: let n = stringLength s; in if n > 0 && substring (n - 1) 1 s == "." then trim (substring 0 (n - 1) s) else s;

  # What stands in scope anyway must not be covered by a fake of the same name: `with pkgs; optional cond git`.
  inScope = lib // builtins // { inherit lib pkgs; config = 1; cfg = 1; self = 1; super = 1; "if" = 1; "then" = 1; "else" = 1; "let" = 1; "in" = 1; "inherit" = 1; "with" = 1; "rec" = 1; "or" = 1; "assert" = 1; };
  firstOf = p: head (split "\\." p);

  pathsOf =
    hit:
    let
      plain = head hit != null;
      intro = elemAt hit 2;
      rest = elemAt hit (if plain then 1 else 3);
      set = match "with pkgs\\.(.*);" (if plain then "" else intro);
      option = match "PackageOption pkgs(.*)" (if plain then "" else intro);
      # [ "vimPlugins" "coc-nvim" ], as the name or as the default.
      lists = map (l: lib.concatStringsSep "." (wordsOf (head l))) (filter isList (split "\\[([^]]*)]" rest));
    in
    if plain then
      [ (trim rest) ]
    else if set != null then
      map (w: "${head set}.${w}") (filter (w: !(hasAttr (firstOf w) inScope)) (wordsOf rest))
    else if option != null then
      map (w: lib.removePrefix "." "${trim (head option)}.${w}") (filter (w: w != "") (wordsOf rest ++ lists))
    else
      filter (w: !(hasAttr (firstOf w) inScope)) (wordsOf rest);

  collected = concatMap (
    f:
    let
      text = readFile f;
    in
    concatMap pathsOf (hitsIn text) ++ also text
  ) (concatMap filesUnder scan);
  # Through an attribute set, so that each is taken once.
  allPaths = attrNames (
    listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) (filter isPath collected ++ always ++ names)
    )
  );

  # Taken by the standard modules of several sets without `pkgs.` in front.
  always = [
    "bash"
    "bashInteractive"
    "coreutils"
    "glibc"
    "glibcLocales"
    "gnugrep"
    "gnused"
    "findutils"
    "git"
    "jq"
    "nix"
    "perl"
    "python3"
    "runtimeShell"
    "shadow"
    "systemd"
    "util-linux"
    "vim"
    "zsh"
  ];

  # --- the fakes -------------------------------------------------------------------------------------------------

  versionOf =
    let
      table = {
        nix = "2.18.1";
        nixVersions = "2.18.1";
        linux = "6.6.32";
        systemd = "251.7";
        bash = "5.2";
        neovim = "0.11.4";
        neovim-unwrapped = "0.11.4";
        emacs = "29.4";
        postgresql = "14";
        python3 = "3.11.9";
        ruby = "3.1.4";
        perl = "5.36.0";
        php = "8.1.12";
        zsh = "5.9";
      }
      // versions;
    in
    name: table.${name} or "2.0";

  zeros = "00000000000000000000000000000000";

  # Attributes every fake has; a dotted path below one of them adds nothing.
  drv =
    name: fake' { inherit name; };

  fake' =
    {
      name,
      version ? versionOf name,
      more ? { },
    }:
    let
      label = lib.replaceStrings [ "/" " " "@" ":" "$" "{" "}" "%" "\n" ] [ "-" "-" "-" "-" "-" "-" "-" "-" "-" ] name;
      outPath = "${builtins.storeDir}/${zeros}-${label}-${version}";
      output =
        out:
        self
        // {
          outPath = "${outPath}-${out}";
          outputName = out;
        };
      self = {
        type = "derivation";
        name = "${name}-${version}";
        pname = name;
        inherit version system outPath;
        drvPath = "${outPath}.drv";
        outputName = "out";
        outputs = [ "out" ];
        out = self;
        bin = output "bin";
        dev = output "dev";
        doc = output "doc";
        info = output "info";
        lib = output "lib";
        man = output "man";
        all = [ self ];
        meta = {
          description = "Stand-in for ${name}";
          mainProgram = name;
          platforms = [ system ];
          license = { };
        };
        passthru = { };
        override = _: self;
        overrideAttrs = _: self;
        overrideDerivation = _: self;
        overrideScope = _: self;
        extend = _: self;
        withPackages = _: self;
        withPlugins = _: self;
        wrapper = self;
      }
      // lib.optionalAttrs (lib.elem name [ "bash" "bashInteractive" "zsh" "fish" "nushell" "dash" "ksh" "tcsh" "elvish" "xonsh" ]) { shellPath = "/bin/${name}"; }
      // more;
    in
    self;

  # Functions of nixpkgs: calling one gives a fake named after its argument, which can be called again.
  isFunctionName =
    n:
    match "(write|run|make|mk|fetch|substitute|build|wrap|concat|compress|symlink|link|call|replaceVars|apply|closureInfo|dockerTools|newScope|extend|copyPathToStore|copyDesktopItems|vimUtils|neovimUtils|wrapNeovim|requireFile|nixosTest|formatter|emptyFile|emptyDirectory|onlyBin|buildFHS|checkpoint|resholve|writers|genericUpdater|makeself).*" n != null;

  nameOf =
    default: arg:
    if isString arg && stringLength arg < 120 then
      builtins.unsafeDiscardStringContext arg
    else if isAttrs arg && isString (arg.name or null) then
      arg.name
    else if isAttrs arg && isString (arg.pname or null) then
      arg.pname
    else
      default;

  callable =
    name:
    fake' {
      inherit name;
      more.__functor = _: arg: called (nameOf name arg) [ arg ];
    };
  called =
    name: args:
    fake' {
      inherit name;
      more = {
        __functor = _: arg: called name (args ++ [ arg ]);
        stubArguments = args;
        # As of writeText and its like.
        ${if args != [ ] && isString (lib.last args) then "text" else null} = lib.last args;
      };
    };

  # "a.b.c", "a.d" -> a fake with the fakes b (with c) and d in it.
  tree =
    paths:
    let
      split1 =
        p:
        let
          m = match "([^.]+)\\.(.*)" p;
        in
        if m == null then
          {
            name = p;
            rest = [ ];
          }
        else
          {
            name = head m;
            rest = tail m;
          };
    in
    lib.mapAttrs (_: group: concatMap (x: x.rest) group) (builtins.groupBy (x: x.name) (map split1 paths));

  build =
    parentIsFunction: name: below:
    let
      isFn = parentIsFunction || isFunctionName name;
      inner = removeAttrs (lib.mapAttrs (build isFn) (tree below)) standard;
    in
    # Inside the fixed point, so that `override` keeps them.
    fake' {
      inherit name;
      more = inner // (if isFn then { inherit (callable name) __functor; } else { });
    };
  standard = attrNames (drv "any");

  found = lib.mapAttrs (build false) (removeAttrs (tree allPaths) without);

  # --- what has to be more than a fake ---------------------------------------------------------------------------

  platform = lib.systems.elaborate system;

  stdenv = build false "stdenv" [ "cc" "cc.cc" "cc.libc" "shellPackage" "bootstrapTools" ] // {
    inherit system;
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    inherit (platform)
      isLinux
      isDarwin
      isx86_64
      isx86_32
      isAarch64
      isAarch32
      is32bit
      is64bit
      ;
    isi686 = platform.isi686 or false;
    shell = "${builtins.storeDir}/${zeros}-bash-5.2/bin/bash";
    mkDerivation = callable "mkDerivation";
  };

  formats =
    let
      inherit (lib) types;
      atom = types.nullOr (
        types.oneOf [
          types.bool
          types.int
          types.float
          types.str
        ]
      );
      value =
        title:
        let
          t =
            types.nullOr (
              types.oneOf [
                types.bool
                types.int
                types.float
                types.str
                types.path
                (types.attrsOf t)
                (types.listOf t)
              ]
            )
            // {
              description = title;
            };
        in
        t;
      generate = name: v: called name [ name v ];
      of = type: {
        inherit type generate;
        lib.types = {
          inherit atom;
        };
      };
      # The three ways `ini` and its kin treat lists.
      valueOf =
        args:
        if args.listsAsDuplicateKeys or false || args.listToValue or null != null || args.atomsCoercedToLists or null == true then
          (
            if args.atomsCoercedToLists or false == true then
              types.coercedTo atom (x: [ x ]) (types.listOf atom)
            else
              types.either atom (types.listOf atom)
          )
        else
          atom;
      iniLike = args: of (types.attrsOf (types.attrsOf (valueOf args))) // { lib.types.atom = valueOf args; };
    in
    {
      json = _: of (value "JSON value");
      yaml = _: of (value "YAML value");
      yaml_1_1 = _: of (value "YAML 1.1 value");
      yaml_1_2 = _: of (value "YAML 1.2 value");
      toml = _: of (value "TOML value");
      cdn = _: of (value "CDN value");
      plist = _: of (value "Property list value");
      hocon = _: of (value "HOCON value");
      lua = _: of (value "Lua value");
      php = _: of (value "PHP value");
      libconfig = _: of (value "libconfig value");
      elixirConf = _: of (value "Elixir value") // { lib = { types = { inherit atom; }; mkRaw = x: x; mkTuple = x: x; mkAtom = x: x; mkMap = x: x; }; };
      pythonVars = _: of (types.attrsOf (value "Python value"));
      nixConf = _: of (types.attrsOf (types.either atom (types.listOf atom)));
      systemd = iniLike { listsAsDuplicateKeys = true; };
      xml = _: of (value "XML value");
      javaProperties = _: of (types.attrsOf (types.coercedTo atom (v: if isString v then v else builtins.toJSON v) types.str));
      keyValue = args: of (types.attrsOf (valueOf args));
      ini = iniLike;
      iniWithGlobalSection =
        args:
        of (
          types.submodule {
            options = {
              sections = lib.mkOption {
                type = types.attrsOf (types.attrsOf (valueOf args));
                default = { };
              };
              globalSection = lib.mkOption {
                type = types.attrsOf (valueOf args);
                default = { };
              };
            };
          }
        );
      gitIni =
        args:
        let
          leaf = types.either atom (types.listOf atom);
        in
        of (types.attrsOf (types.attrsOf (types.either leaf (types.attrsOf leaf))));
    };

  fixed = {
    inherit
      lib
      path
      config
      stdenv
      formats
      system
      ;
    stdenvNoCC = stdenv;
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    runtimeShell = stdenv.shell;
    pkgs = pkgs;
    pkgsBuildHost = pkgs;
    pkgsBuildBuild = pkgs;
    buildPackages = pkgs;
    overlays = [ ];
    _type = "pkgs";
    __splicedPackages = pkgs;
    appendOverlays = _: pkgs;
    extend = _: pkgs;
    callPackage = callable "callPackage";
    newScope = _: callable "callPackage";
    linux = kernel;
    linuxPackages = found.linuxPackages or (drv "linuxPackages") // kernelPackages;
    linuxPackages_latest = found.linuxPackages_latest or (drv "linuxPackages_latest") // kernelPackages;
    linuxPackagesFor = _: pkgs.linuxPackages;
  };
  kernelPackages = {
    inherit kernel;
    extend = _: pkgs.linuxPackages;
    recurseForDerivations = true;
  };
  kernel = drv "linux" // {
    modDirVersion = "6.6.32";
    config = {
      isSet = _: true;
      isYes = _: true;
      isNo = _: false;
      isModule = _: false;
      isEnabled = _: true;
      isDisabled = _: false;
    };
    features = { };
    kernelOlder = lib.versionOlder "6.6.32";
    kernelAtLeast = lib.versionAtLeast "6.6.32";
  };

  plain = found // fixed;
  pkgs =
    plain
    // extra {
      inherit pkgs plain;
      fake = name: more: fake' { inherit name more; };
    };
in
pkgs
