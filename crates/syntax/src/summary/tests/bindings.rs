//! What stands at a binding: paths, properties, values.

use expect_test::{Expect, expect};

use super::lines;

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&lines(text));
}

#[test]
fn nested_sets_and_attribute_paths() {
    check(
        r#"{ a.b = 1; c = { d.e = 2; f = { }; }; "g.h".${"i"} = 3; ${j}.k."l${m}" = 4; }"#,
        expect![[r#"
            a.b = «1»
            c = «{ d.e = 2; f = { }; }» [set]
            c.d.e = «2»
            c.f = «{ }» [set]
            "g.h".i = «3»
            <${j}>.k.<"l${m}"> = «4»
        "#]],
    );
}

#[test]
fn inherited() {
    check(
        "{ inherit a; inherit (b) c d; e = { inherit f; }; }",
        expect![[r#"
            a = «a» [inherited]
            c = «c» [inherited]
            d = «d» [inherited]
            e = «{ inherit f; }» [set]
            e.f = «f» [inherited]
        "#]],
    );
    check(
        "let a = { x = 1; y.z = 2; }; s = { q = { r = 1; }; }; in { inherit a; inherit (s) q; }",
        expect![[r#"
            a = «a» [set]
            a.x = «1»
            a.y.z = «2»
            q = «q» [set]
            q.r = «1»
        "#]],
    );
}

#[test]
fn every_property_function() {
    check(
        "{ lib, ... }: with lib; {
 a = mkIf c 1; b = mkMerge [ 1 2 ]; d = mkOverride 7 1; e = mkForce 1; f = mkDefault 1; g = mkOptionDefault 1;
 h = mkVMOverride 1; i = mkImageMediaOverride 1; j = mkBefore [ ]; k = mkAfter [ ]; l = mkOrder 9 [ ]; m = mkOverride n 1; }",
        expect![[r#"
            a = «1» [if c]
            b = «1»
            b = «2»
            d = «1» [priority 7]
            e = «1» [priority 50]
            f = «1» [priority 1000]
            g = «1» [priority 1500]
            h = «1» [priority 10]
            i = «1» [priority 60]
            j = «[ ]» [order 500]
            k = «[ ]» [order 1500]
            l = «[ ]» [order 9]
            m = «1» [priority ?]
        "#]],
    );
}

#[test]
fn by_other_names() {
    check(
        "{ lib, ... }: let inherit (lib) mkIf; inherit (lib.modules) mkForce; weak = lib.mkOverride 60; l = lib; mkDefault = x: x; f = { g = lib.mkAfter; }; in {
 a = lib.mkForce 1; b = lib.modules.mkForce 1; c = mkIf x (weak 1); d = l.mkBefore [ ]; e = mkDefault 1; h = f.g [ ]; i = mkForce 2; }",
        expect![[r#"
            a = «1» [priority 50]
            b = «1» [priority 50]
            c = «1» [priority 60] [if x]
            d = «[ ]» [order 500]
            e = «mkDefault 1»
            h = «[ ]» [order 1500]
            i = «2» [priority 50]
        "#]],
    );
}

#[test]
fn nested_properties() {
    check(
        "{ a = mkIf b (mkForce (mkBefore [ 1 ])); c = mkForce { d = mkDefault 1; e.f = 2; }; g = mkBefore (mkAfter [ ]); h = mkBefore { i = mkAfter [ ]; j = [ ]; }; k = mkIf l (mkIf (m && n) { o = 1; }); }",
        expect![[r#"
            a = «[ 1 ]» [priority 50] [order 500] [if b]
            c = «{ d = mkDefault 1; e.f = 2; }» [priority 50] [set]
            c.d = «1» [priority 50] [at 1]
            c.e.f = «2» [priority 50] [at 1]
            g = «[ ]» [order 500]
            h = «{ i = mkAfter [ ]; j = [ ]; }» [order 500] [set]
            h.i = «[ ]» [order 1500]
            h.j = «[ ]» [order 500]
            k = «{ o = 1; }» [if l] [if m && n] [set]
            k.o = «1» [if l] [if m && n]
        "#]],
    );
}

#[test]
fn pipes() {
    check(
        "{ a = lib.pipe 1 [ lib.mkForce (lib.mkIf c) ]; b = 1 |> lib.mkDefault; d = lib.mkIf e <| lib.mkForce { f = 1; }; g = lib.pipe { h = 1; } [ lib.id lib.mkForce ]; }",
        expect![[r#"
            a = «1» [priority 50] [if c]
            b = «1» [priority 1000]
            d = «{ f = 1; }» [priority 50] [if e] [set]
            d.f = «1» [priority 50] [at 1] [if e]
            g = «{ h = 1; }» [priority 50] [set]
            g.h = «1» [priority 50] [at 1]
        "#]],
    );
}

#[test]
fn updated() {
    check(
        "{ a = { b = 1; c = 2; } // { b = 3; } // { d = mkForce 4; }; e = { f = 1; g = 1; } // optionalAttrs x { f = 2; } // (if y then { g = 3; } else { }); }",
        expect![[r#"
            a = «{ b = 1; c = 2; } // { b = 3; } // { d = mkForce 4; }» [set]
            a.c = «2»
            a.b = «3»
            a.d = «4» [priority 50]
            e = «{ f = 1; g = 1; } // optionalAttrs x { f = 2; } // (if y then { g = 3; } else { })» [set]
            e.f = «1»
            e.g = «1»
            e.f = «2» [optional x]
            e.g = «3» [then y]
        "#]],
    );
    check(
        "{ a = { b.c = 1; inherit d; } // { b.e = 2; d = 3; }; f = { g = 1; } // { g = mkIf x 2; }; h = i // { j = 1; }; k = { l = 1; } // m; n = recursiveUpdate { o.p = 1; } { o.q = 2; }; }",
        expect![[r#"
            a = «{ b.c = 1; inherit d; } // { b.e = 2; d = 3; }» [set]
            a.b.e = «2»
            a.d = «3»
            f = «{ g = 1; } // { g = mkIf x 2; }» [set]
            f.g = «2» [if x]
            h = «i // { j = 1; }» [partly]
            h.j = «1»
            k = «{ l = 1; } // m» [partly]
            k.l = «1»
            n = «recursiveUpdate { o.p = 1; } { o.q = 2; }» [set]
            n.o.p = «1»
            n.o.q = «2»
        "#]],
    );
    check(
        "{ a = 1; b = 2; imports = [ { a = 4; } ]; } // { a = 3; }",
        expect![[r#"
            b = «2»
            a = «4»
            a = «3»
            import inline
        "#]],
    );
    check(
        "let o = { a = 1; b = 2; }; in { c = { a = 0; } // o; }",
        expect![[r#"
            c = «{ a = 0; } // o» [set]
            c.a = «1»
            c.b = «2»
        "#]],
    );
}

#[test]
fn bound_elsewhere() {
    check(
        "let s = { a = 1; }; in { b = s; c = let t = { d = s; }; in t; e = s.a; f = { a = 1; }.a; }",
        expect![[r#"
            b = «s» [set]
            b.a = «1»
            c = «t» [set]
            c.d = «s» [set]
            c.d.a = «1»
            e = «s.a»
            f = «{ a = 1; }.a»
        "#]],
    );
}

#[test]
fn branches() {
    check(
        "{ a = if b then 1 else 2; c = if d then { e = 1; } else f; g = optionalAttrs h { i = 1; }; j = assert k; { l = 1; }; m = with n; { o = 1; }; }",
        expect![[r#"
            a = «if b then 1 else 2»
            c = «if d then { e = 1; } else f» [partly]
            c.e = «1» [then d]
            g = «optionalAttrs h { i = 1; }» [set]
            g.i = «1» [optional h]
            j = «{ l = 1; }» [set]
            j.l = «1»
            m = «{ o = 1; }» [set]
            m.o = «1»
        "#]],
    );
}

#[test]
fn values_that_are_no_sets() {
    check(
        r#"{ a = "b"; c = [ { d = 1; } ]; e = x: y; f = 1 + 2; g = ./h; i = true; j = k.l; m = n o; p = -1; q = ''
  r
''; }"#,
        expect![[r#"
            a = «"b"»
            c = «[ { d = 1; } ]»
            e = «x: y»
            f = «1 + 2»
            g = «./h»
            i = «true»
            j = «k.l» [computed]
            m = «n o» [computed]
            p = «-1»
            q = «'' r ''»
        "#]],
    );
}

#[test]
fn merged() {
    check(
        "{ a = mkMerge ([ { b = 1; } (mkIf c { d = 2; }) ] ++ optional e { f = 3; } ++ optionals g [ { h = 4; } ] ++ map (x: { ${x} = 5; }) i ++ j); }",
        expect![[r#"
            a = «{ b = 1; }» [set]
            a.b = «1»
            a = «{ d = 2; }» [if c] [set]
            a.d = «2» [if c]
            a = «{ f = 3; }» [optional e] [set]
            a.f = «3» [optional e]
            a = «{ h = 4; }» [optional g] [set]
            a.h = «4» [optional g]
            a = «{ ${x} = 5; }» [set] [copied]
            a.<${x}> = «5» [copied]
            a = «j» [computed]
        "#]],
    );
}

#[test]
fn made_by_functions() {
    check(
        r#"{ a = mapAttrs (n: v: { b = v; c = mkForce 1; }) d; e = genAttrs [ "f" "g" ] (n: { h = n; }); i = listToAttrs (map (n: nameValuePair n { j = 1; }) k); l = listToAttrs [ { name = "m"; value = mkDefault 1; } ]; o = mapAttrs' (n: v: nameValuePair "p-${n}" v) q; }"#,
        expect![[r#"
            a = «mapAttrs (n: v: { b = v; c = mkForce 1; }) d» [partly]
            a.<d>.b = «v» [priority ?] [computed] [copied]
            a.<d>.c = «1» [priority 50] [copied]
            e = «genAttrs [ "f" "g" ] (n: { h = n; })» [partly]
            e.f.h = «n» [priority ?] [computed] [copied]
            e.g.h = «n» [priority ?] [computed] [copied]
            i = «listToAttrs (map (n: nameValuePair n { j = 1; }) k)» [partly]
            i.<n>.j = «1» [copied]
            l = «listToAttrs [ { name = "m"; value = mkDefault 1; } ]» [partly]
            l.m = «1» [priority 1000]
            o = «mapAttrs' (n: v: nameValuePair "p-${n}" v) q» [partly]
            o.<"p-${n}"> = «v» [computed] [copied]
        "#]],
    );
    check(
        r#"let f = x: { a = x; }; in { b = f 1; c = removeAttrs { d = 1; } [ "e" ]; g = flip mapAttrs h (n: v: { i = v; }); j = k { l = 1; }; }"#,
        expect![[r#"
            b = «f 1» [set]
            b.a = «x»
            c = «removeAttrs { d = 1; } [ "e" ]» [partly]
            c.d = «1» [copied]
            g = «flip mapAttrs h (n: v: { i = v; })» [partly]
            g.<h>.i = «v» [priority ?] [computed] [copied]
            j = «k { l = 1; }» [computed]
        "#]],
    );
}

#[test]
fn submodules_as_functions() {
    check(
        r#"{ users.a = { config, name, ... }: { home = "/${name}"; imports = [ ./b.nix ]; config.c = 1; }; users.d = { config, ... }: { shell = 1; }; e = import ./f.nix; g = ./h.nix; }"#,
        expect![[r#"
            users.a = «{ config, name, ... }: { home = "/${name}"; imports = [ ./b.nix ]; config.c = 1; }» [partly]
            users.a.c = «1»
            users.d = «{ config, ... }: { shell = 1; }» [partly]
            users.d.shell = «1»
            e = «import ./f.nix» [imported]
            g = «./h.nix»
            import file ./b.nix [at users.a]
            import file ./f.nix [at e]
            import file ./h.nix [at g]
        "#]],
    );
}

#[test]
fn properties_bound_to_names() {
    check(
        "let a = mkForce 1; b = mkIf c { d = 2; }; e = lib.warn \"f\" (mkDefault 3); in { config = mkMerge [ b { a = a; g = mkIf h a; i = b; j = e; } ]; }",
        expect![[r#"
            d = «2» [if c]
            a = «a» [priority 50]
            g = «a» [priority 50] [if h]
            i = «b» [if c] [set]
            i.d = «2» [if c]
            j = «e» [computed]
        "#]],
    );
    check(
        "let strong = v: mkForce v; in { a = strong 1; }",
        expect![[r#"
            a = «strong 1» [priority 50]
        "#]],
    );
}
