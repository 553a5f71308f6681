//! What a module is: its parts, options, imports, modules in lists, text that is no Nix.

use expect_test::{Expect, expect};

use super::{Made, Summary, lines};

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&lines(text));
}

#[test]
fn forms() {
    check(
        "{ config.a = 1; options.b = mkOption { }; c = 2; meta.d = 3; }",
        expect![[r#"
            a = «1»
            meta.d = «3»
            option b: option
        "#]],
    );
    check(
        "{ a = 1; key = 2; _file = 3; disabledModules = [ ]; freeformType = 4; _class = 5; meta = 6; }",
        expect![[r#"
            a = «1» [copied]
            meta = «6» [copied]
        "#]],
    );
    check(
        "mkIf c { a = 1; }",
        expect![[r#"
            a = «1» [if c]
        "#]],
    );
    check(
        "{ config = mkIf a (mkMerge [ { b = 1; } { c = 2; } ]); }",
        expect![[r#"
            b = «1» [if a]
            c = «2» [if a]
        "#]],
    );
}

#[test]
fn functions_of_any_pattern() {
    check(
        "{ config, ... }: { a = 1; }",
        expect![[r#"
            a = «1»
        "#]],
    );
    check(
        "args@{ ... }: { a = 1; }",
        expect![[r#"
            a = «1»
        "#]],
    );
    check(
        "args: { a = 1; }",
        expect![[r#"
            a = «1»
        "#]],
    );
    check(
        "{ ... }@args: { a = 1; }",
        expect![[r#"
            a = «1»
        "#]],
    );
    check(
        "x: { y ? 1, ... }: let z = 1; in with y; { a = z; }",
        expect![[r#"
            a = «z»
        "#]],
    );
}

#[test]
fn parts_of_modules() {
    check(
        "{ config = { a = 1; }; } // { config = { b = 2; }; }",
        expect![[r#"
            b = «2»
        "#]],
    );
    check(
        "{ imports = [ ]; } // optionalAttrs a { b = 1; }",
        expect![[r#"
            b = «1» [optional a]
        "#]],
    );
    check(
        "let m = { a = 1; }; in m",
        expect![[r#"
            a = «1»
        "#]],
    );
}

#[test]
fn options() {
    check(
        r#"{ options = { a = mkOption { type = types.int; default = 1; description = "d"; readOnly = true; }; b.c = mkEnableOption "e" // { default = true; }; f = lib.mkPackageOption pkgs "g" { default = [ "h" ]; }; i = j { }; k = l; }; }"#,
        expect![[r#"
            option a: option [type types.int] [default 1] [description "d"] [read only]
            option b.c: enableoption [default true] [description "e"]
            option f: packageoption [default [ "h" ]] [description "g"]
            option i: computed
            option k: computed
        "#]],
    );
    check(
        "let o = mkOption { type = str; }; opts = { c = o; }; in { options.a = o; options.b = opts; options.d = mapAttrs (n: v: mkOption { }) e; options = optionalAttrs f { g = mkOption { }; }; }",
        expect![[r#"
            option a: option [type str]
            option b.c: option [type str]
            option d.<e>: option [copied]
            option g: option [copied]
        "#]],
    );
}

#[test]
fn options_inside_types() {
    check(
        r#"{ options.a = mkOption { type = types.attrsOf (types.submodule ({ name, ... }: { freeformType = x; options.b = mkOption { type = with types; nullOr (listOf (submodule { options.c = mkEnableOption "c"; })); }; config.d = mkDefault 1; })); }; }"#,
        expect![[r#"
            a.*.d = «1» [priority 1000] [copied]
            option a: option [type types.attrsOf (types.submodule ({ name, ... }: { freeformType = x; options.b = mkOption { type = with types; nullOr (listOf (submodule { options.c = mkEnableOption "c"; })); }; config.d = mkDefault 1; }))]
            option a.*.b: option [type with types; nullOr (listOf (submodule { options.c = mkEnableOption "c"; }))] [copied]
            option a.*.b.[].c: enableoption [description "c"] [copied]
            import inline [at a.*] [conditional]
            import inline [at a.*.b.[]] [conditional]
        "#]],
    );
    check(
        "{ options.a = mkOption { type = types.submoduleWith { modules = [ ./b.nix { c = 1; } ]; }; }; options.d = mkOption { type = t; }; }",
        expect![[r#"
            a.c = «1» [copied]
            option a: option [type types.submoduleWith { modules = [ ./b.nix { c = 1; } ]; }]
            option d: option [type t]
            import file ./b.nix [at a] [conditional]
            import inline [at a] [conditional]
        "#]],
    );
}

#[test]
fn renames() {
    check(
        r#"{ imports = [ (mkRenamedOptionModule [ "a" "b" ] [ "c" ]) (mkRemovedOptionModule [ "d" ] "gone") (lib.mkAliasOptionModule ([ "e" ] ++ p) [ "g" ]) (mkRenamedOptionModuleWith { sinceRelease = 2305; from = [ "h" ]; to = [ "i" ]; }) (mkMergedOptionModule [ [ "j" ] [ "k" ] ] [ "l" ] (x: x)) ]; }"#,
        expect![[r#"
            option a.b: renamed to c
            option d: removed
            option h: renamed to i
            option j: renamed to l
            option k: renamed to l
            import computed «lib.mkAliasOptionModule ([ "e" ] ++ p) [ "g" ]»
        "#]],
    );
    check(
        r#"let p = [ "a" ]; in { imports = [ (mkAliasOptionModule (p ++ [ "b" ]) (p ++ [ "c" ])) ]; }"#,
        expect![[r#"
            option a.b: renamed to a.c
        "#]],
    );
}

#[test]
fn imports() {
    check(
        r#"{ imports = [ ./a.nix ../b "/c.nix" (./. + "/d.nix") (./hosts + "/${name}.nix") ./e/${f}.nix <g> h.i { j = 1; } ({ ... }: { k = 2; }) (import ./l.nix { m = 1; }) ]; }"#,
        expect![[r#"
            j = «1»
            k = «2»
            import file ./a.nix
            import file ../b
            import file /c.nix
            import file ././d.nix
            import pattern ./hosts/*.nix
            import pattern ./e/*.nix
            import computed «<g>»
            import computed «h.i»
            import inline
            import inline
            import file ./l.nix
        "#]],
    );
    check(
        r#"{ imports = optional n ./o.nix ++ lib.optionals p [ ./q.nix ] ++ map (x: ./r + "/${x}") s ++ (if t then [ ./u.nix ] else [ ]) ++ map import [ ./v.nix ]; }"#,
        expect![[r#"
            import file ./o.nix [conditional]
            import file ./q.nix [conditional]
            import computed «map (x: ./r + "/${x}") s»
            import pattern ./r/* [conditional]
            import file ./u.nix [conditional]
            import file ./v.nix
        "#]],
    );
    check(
        "let l = [ ./a.nix ]; m = ./b.nix; in { imports = l ++ [ m n ]; require = [ ./c.nix ]; }",
        expect![[r#"
            import file ./a.nix
            import file ./b.nix
            import computed «n»
            import file ./c.nix
        "#]],
    );
}

#[test]
fn lists_of_modules() {
    check(
        r#"{ outputs = { self, nixpkgs }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix { b = 1; } ]; }; nixosConfigurations.c = mkHost "c" [ ./c.nix ({ pkgs, ... }: { d = 1; }) ]; }; }"#,
        expect![[r#"
            outputs = «{ self, nixpkgs }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix { b = 1; } ]; }; nixosConfigurations.c = mkHost "c" [ ./c.nix ({ pkgs, ... }: { d = 1; }) ]; }»
            b = «1» [unit 1]
            d = «1» [unit 2]
            import file ./a.nix [unit 1]
            import inline [unit 1]
            import file ./c.nix [unit 2]
            import inline [unit 2]
            list 1: modules = [ ./a.nix { b = 1; } ];
            list 2: [ ./c.nix ({ pkgs, ... }: { d = 1; }) ]
        "#]],
    );
}

#[test]
fn missing_semicolon() {
    check(
        "{
 a = 1;
 b = 2
 c = 3;
 d = 4;
}",
        expect![[r#"
            a = «1»
            b = «2»
            c = «3»
            d = «4»
            error: `;` is missing here at «»
        "#]],
    );
}

#[test]
fn half_typed() {
    check(
        "{
 a = 1;
 foo.
 b = 2;
 c = 3;
}",
        expect![[r#"
            a = «1»
            foo.b = «2»
            c = «3»
        "#]],
    );
    check(
        "{
 a = 1;
 foo = 
 b = 2;
 c = 3;
}",
        expect![[r#"
            a = «1»
            b = «2»
            c = «3»
            error: a value is missing here at «»
            error: `;` is missing here at «»
        "#]],
    );
    check(
        "{
 a = 1;
 foo = ;
 c = 3;
}",
        expect![[r#"
            a = «1»
            c = «3»
            error: a value is missing here at «»
        "#]],
    );
    check(
        "{
 a = 1;
 foo
}",
        expect![[r#"
            a = «1»
            error: `=` is missing here at «»
            error: `;` is missing here at «»
        "#]],
    );
}

/// What is no set defines nothing at the root of a module: it is half typed.
#[test]
fn no_configuration() {
    check(
        "{ lib, cfg, ... }: {
 config = lib.mkMerge [
  { a = 1; }
  (lib.mkIf cfg.on)
  (cfg.on != { })
  \"b\"
  cfg.more
 ];
}",
        expect![[r#"
            a = «1»
             = «cfg.more» [computed]
        "#]],
    );
    check(
        "{ lib, ... }: { a = lib.mkIf true; b = 1 == 2; }",
        expect![[r#"
        a = «lib.mkIf true»
        b = «1 == 2»
    "#]],
    );
}

#[test]
fn unclosed() {
    check(
        "{
 a = {
  b = 1;
 c = 2;
}",
        expect![[r#"
            a = «{ b = 1; c = 2; }» [set]
            a.b = «1»
            a.c = «2»
            error: the file ends where `;` is expected at «»
            error: the file ends too early at «»
        "#]],
    );
    check(
        r#"{
 a = 1;
 b = "c;
 d = 2;
}"#,
        expect![[r#"
            a = «1»
            b = «"c; d = 2; }»
            error: expected the end of the string or a string or `${` at «c;
             d = 2;
            }»
            error: the file ends where the end of the string or a string or `${` is expected at «»
            error: the file ends where the end of the string is expected at «»
            error: the file ends where `;` is expected at «»
            error: the file ends too early at «»
        "#]],
    );
    check(
        "{ a = 1; b = [ 1 2; c = 3; }",
        expect![[r#"
            a = «1»
            b = «[ 1 2»
            c = «3»
            error: `]` is missing here at «»
        "#]],
    );
    check(
        "{ a = (1; b = 2; }",
        expect![[r#"
            a = «1»
            b = «2»
            error: `)` is missing here at «»
        "#]],
    );
}

#[test]
fn made_by_the_files_own_functions() {
    check(
        r#"{ lib, config, ... }: let
          whenOn = content: lib.mkMerge [ (lib.mkIf config.on content) { always = 1; } ];
          host = { name, more ? { } }: { networking.hostName = name; } // more;
          adder = x: x + 1;
        in {
          config = whenOn { a.b = 2; c = adder 3; d = host { name = "n"; }; };
        }"#,
        expect![[r#"
            a.b = «2» [if config.on]
            c = «adder 3» [if config.on]
            d = «host { name = "n"; }» [if config.on] [partly]
            d.networking.hostName = «name» [if config.on]
            always = «1»
        "#]],
    );
}

#[test]
fn called_as_a_function() {
    check(
        "rec { __functor = self: { lib, ... }: { a = lib.mkForce self.b; }; b = 1; }",
        expect![[r#"
            a = «self.b» [priority 50] [computed]
        "#]],
    );
}

#[test]
fn given_to_a_function_from_elsewhere() {
    check(
        "{ lib, ... }: lib.plugins.make { name = \"x\"; imports = [ ./a.nix ]; extraConfig = cfg: { opts.b = lib.mkDefault true; }; }",
        expect![[r#"
            opts.b = «true» [priority 1000] [copied]
            import file ./a.nix [conditional]
            made: lib.plugins.make { name = "x"; imports = [ ./a.nix ]; extraConfig = cfg: { opts.b = lib.mkDefault true; }; } []
        "#]],
    );
}

#[test]
fn what_makes_a_configuration() {
    let made = |text: &str| {
        let summary = Summary::parse(text);
        let names = |made: &Made| made.names.iter().map(|name| format!(" .{name}")).collect::<String>();
        summary.made.as_ref().map(|made| format!("{}{}", summary.slice(made.at), names(made)))
    };
    for (text, expected) in [
        ("{ lib }: with lib; evalModules { }", "evalModules { }"),
        ("let eval = lib.evalModules { }; in eval.config // { x = 1; }", "lib.evalModules { }"),
        ("let mk = x: lib.evalModules x; in mk { }", "mk { }"),
        ("lib.warn \"old\" (import ./a.nix { })", "lib.warn \"old\" (import ./a.nix { })"),
        ("(import ./. { }).nixosConfigurations.host", "import ./. { } .nixosConfigurations .host"),
        ("let hosts = (import ./.).hosts; in hosts.\"a b\"", "import ./. .hosts .a b"),
    ] {
        assert_eq!(made(text).as_deref(), Some(expected), "{text}");
    }
    for module in [
        "{ x = evalModules { }; }",
        "{ lib, ... }: lib.mkIf c { }",
        "lib.optionalAttrs c { } // f { }",
        "let module = x: { a = x; }; in module 1",
        "(import ./. { }).${name}",
        "let a = b; b = a; in a",
    ] {
        assert_eq!(made(module), None, "{module}");
    }
}
