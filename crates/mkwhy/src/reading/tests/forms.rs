//! Forms in which definitions meet, and what may be said of them.

use super::*;

/// The definitions of a path in a configuration whose modules these are, one a line.
#[track_caller]
fn of(modules: &[&str], path: &str) -> Vec<String> {
    lines(&cascade(tree_of_modules(modules).path(), path))
}

#[test]
fn bindings_of_one_set_are_one_definition() {
    for text in
        ["{ a.b.c = 1; a.b.d = 2; }", "{ a.b = { c = 1; }; a.b.d = 2; }", "{ config = { a.b = { c = 1; d = 2; }; }; }"]
    {
        let found = of(&[text], "a.b");
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with("wins m0.nix:1:") && found[0].ends_with(" 100 { c = 1; d = 2; }"), "{found:?}");
    }
    // The parts of a `mkMerge` are definitions each, and so are the sets of several modules.
    let parts = of(&["{ lib, ... }: { a = lib.mkMerge [ [ 1 ] [ 2 ] ]; }"], "a");
    assert_eq!(parts, ["merged m0.nix:1:17 100 [ 1 ]", "merged m0.nix:1:17 100 [ 2 ]"]);
    let sets = of(&["{ a.b = 1; }", "{ a.c = 2; }"], "a");
    assert_eq!(sets, ["merged m0.nix:1:3 100 { b = 1; }", "merged m1.nix:1:3 100 { c = 2; }"]);
}

#[test]
fn a_condition_inside_the_option_is_none_of_the_option() {
    let found = of(&["{ lib, ... }: { a.b = lib.mkIf false 1; }"], "a");
    assert_eq!(found, ["wins m0.nix:1:17 100 { b = 1; }"]);
}

#[test]
fn what_several_of_one_priority_come_to() {
    let both = ["{ x = 1; }", "{ x = 2; }"];
    let with = |kind: &str| {
        let declaration = format!("{{ lib, ... }}: {{ options.x = lib.mkOption {{ type = lib.types.{kind}; }}; }}");
        of(&[both[0], both[1], &declaration], "x")
    };
    assert_eq!(with("int"), ["conflicts m0.nix:1:3 100 1", "conflicts m1.nix:1:3 100 2"]);
    assert_eq!(with("nullOr lib.types.ints.positive"), ["conflicts m0.nix:1:3 100 1", "conflicts m1.nix:1:3 100 2"]);
    assert_eq!(with("lines"), ["merged m0.nix:1:3 100 1", "merged m1.nix:1:3 100 2"]);
    // A type that is not known, or that takes only one definition.
    assert_eq!(with("uniq lib.types.int"), ["undecided m0.nix:1:3 100 1", "undecided m1.nix:1:3 100 2"]);
    // Sets under a union of tags contradict each other where the tags differ; lists under `anything` are not joined.
    let of_type = |kind: &str, values: [&str; 2]| {
        let declaration = format!("{{ lib, ... }}: {{ options.x = lib.mkOption {{ type = lib.types.{kind}; }}; }}");
        let [one, two] = values.map(|value| format!("{{ x = {value}; }}"));
        of(&[&one, &two, &declaration], "x")
            .into_iter()
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect()
    };
    let outcomes: [(&str, [&str; 2], &str); 3] = [
        ("attrTag { a = t; b = t; }", ["{ a = 1; }", "{ b = 1; }"], "undecided"),
        ("anything", ["[ 1 ]", "[ 2 ]"], "undecided"),
        ("anything", ["{ a = 1; }", "{ b = 1; }"], "merged"),
    ];
    for (kind, values, outcome) in outcomes {
        let found: Vec<String> = of_type(kind, values);
        assert_eq!(found, [outcome, outcome], "{kind}");
    }
    assert_eq!(of(&both, "x"), ["undecided m0.nix:1:3 100 1", "undecided m1.nix:1:3 100 2"]);
    assert_eq!(of(&["{ x = 1; }", "{ x = 1; }"], "x"), ["merged m0.nix:1:3 100 1", "merged m1.nix:1:3 100 1"]);
}

#[test]
fn a_priority_further_out_may_drop_others() {
    let forced = "{ lib, ... }: { a = lib.mkForce { b = 1; }; }";
    let plain = "{ a.c = 2; }";
    // `a` may be an option, of which the plain definition is dropped, or a set of options.
    assert_eq!(of(&[forced, plain], "a.c"), ["undecided m1.nix:1:3 100 2"]);
    assert_eq!(of(&[forced, plain], "a.b"), ["undecided m0.nix:1:35 ? 1"]);
    // A set of options, whose priorities are those of each of them.
    let options = "{ lib, ... }: { options.a.c = lib.mkOption { }; options.a.b = lib.mkOption { }; }";
    assert_eq!(of(&[forced, plain, options], "a.c"), ["wins m1.nix:1:3 100 2"]);
    assert_eq!(of(&[forced, plain, options], "a.b"), ["wins m0.nix:1:35 50 1"]);
}

#[test]
fn properties_in_an_order_that_hides_them() {
    for value in ["lib.mkForce (lib.mkIf false 1)", "lib.mkBefore (lib.mkForce 1)", "lib.mkForce (lib.mkMerge [ 1 ])"] {
        let found = of(&[&format!("{{ lib, ... }}: {{ x = {value}; }}"), "{ x = 2; }"], "x");
        assert!(found.contains(&"undecided m0.nix:1:17 ? 1".to_owned()), "{value}: {found:?}");
        assert!(found.contains(&"undecided m1.nix:1:3 100 2".to_owned()), "{value}: {found:?}");
    }
}

#[test]
fn what_a_function_gives_may_be_a_property() {
    let unknown = [
        "{ lib, helpers, ... }: { x = helpers.certainly 1; }",
        "{ lib, ... }: { x = lib.mkDefinition 1; }",
        "{ lib, ... }: { x = (if true then lib.mkForce else lib.id) 1; }",
        "{ lib, ... }: let f = { b ? lib.mkForce 3 }: { x = b; }; in f { }",
        "{ lib, strong, ... }: { x = strong 1; }",
    ];
    for text in unknown {
        let found = of(&[text, "{ x = 2; }"], "x");
        assert!(found.iter().any(|line| line.starts_with("undecided m0.nix") && line.contains(" ? ")), "{found:?}");
        assert!(found.contains(&"undecided m1.nix:1:3 100 2".to_owned()), "{found:?}");
    }
    for value in ["lib.concatStrings [ ]", "pkgs.mkShell { }", "toString 1", "config.a", "args.lib.toInt 1", "host"] {
        let found = of(&[&format!("args@{{ lib, config, pkgs, host, ... }}: {{ x = {value}; }}")], "x");
        assert!(found[0].starts_with("wins m0.nix:1:"), "{value}: {found:?}");
    }
}

#[test]
fn inherited_names_have_their_properties() {
    let module = "{ lib, ... }: let x = lib.mkForce 1; s = { y = lib.mkIf false 2; }; in { inherit x; inherit (s) y; }";
    assert_eq!(of(&[module, "{ x = 3; y = 4; }"], "x")[0], "wins m0.nix:1:82 50 x");
    assert_eq!(of(&[module, "{ x = 3; y = 4; }"], "y")[0], "wins m1.nix:1:10 100 4");
}

#[test]
fn older_names_of_an_option() {
    let renamed = "{ lib, ... }: { imports = [ (lib.mkRenamedOptionModule [ \"old\" ] [ \"new\" ])
        (lib.mkAliasOptionModule [ \"oldest\" ] [ \"old\" ]) ]; }";
    let found = of(&[renamed, "{ lib, ... }: { oldest = lib.mkForce 1; }", "{ new = 2; }"], "new");
    assert_eq!(found, ["wins m1.nix:1:17 50 1", "shadowed m2.nix:1:3 100 2"]);
    // What is changed on the way has a priority that the text does not tell.
    let changed = "{ lib, ... }: { imports = [ (lib.mkChangedOptionModule [ \"old\" ] [ \"new\" ] (c: 1)) ]; }";
    assert_eq!(of(&[changed, "{ old = 1; }", "{ new = 2; }"], "new"), ["undecided m2.nix:1:3 100 2"]);
    assert_eq!(of(&[changed, "{ new = 2; }"], "new"), ["wins m1.nix:1:3 100 2"]);
}

#[test]
fn modules_that_are_taken_out() {
    let module = |text: &str| of(&[text, "{ x = [ 2 ]; }", "{ x = [ 3 ]; }"], "x");
    assert_eq!(module("{ disabledModules = [ ./m1.nix ]; }"), ["wins m2.nix:1:3 100 [ 3 ]"]);
    // Below which folder a name is, is not known.
    assert_eq!(
        module("{ disabledModules = [ \"m1.nix\" ]; }"),
        ["undecided m1.nix:1:3 100 [ 2 ] perhaps", "undecided m2.nix:1:3 100 [ 3 ]"]
    );
    assert_eq!(module("{ }").len(), 2);
}

#[test]
fn modules_that_count_twice_or_once() {
    let imports = "{ imports = [ (import ./m1.nix) ]; }";
    assert_eq!(of(&[imports, "{ x = [ 2 ]; }"], "x").len(), 2, "a module without a name is another one each time");
    let keyed = "{ key = \"k\"; x = [ 2 ]; }";
    assert_eq!(of(&[keyed], "x"), ["undecided m0.nix:1:14 100 [ 2 ] perhaps"], "only the first of a key counts");
}

#[test]
fn a_value_that_may_be_made_a_set_of() {
    let found = of(&["{ files.a = \"/etc/a\"; }", "{ files.a.source = \"/etc/b\"; }"], "files.a.source");
    assert_eq!(found, ["undecided m0.nix:1:3 ? \"/etc/a\" perhaps", "undecided m1.nix:1:3 100 \"/etc/b\""]);
}

#[test]
fn modules_that_are_data() {
    let folder = tree(&[
        ("configuration.nix", "{ lib, ... }: { imports = [ (lib.modules.importJSON ./a.json) ]; x = 1; }"),
        ("a.json", "{ \"x\": 2 }"),
    ]);
    let found = cascade(folder.path(), "x");
    assert_eq!(lines(&found), ["undecided configuration.nix:1:66 100 1"]);
    assert!(found.notes.join(" ").contains("data"), "{:?}", found.notes);
}

#[test]
fn every_way_to_say_it() {
    let forms = [
        "{ lib, ... }: { x = lib.pipe 1 [ lib.mkForce ]; }",
        "{ lib, ... }: let inherit (lib.modules) mkForce; in { x = mkForce 1; }",
        "{ lib, ... }: let strong = lib.mkForce; in { x = strong 1; }",
        "{ lib, ... }: let strong = v: lib.mkOverride 50 v; in { x = strong 1; }",
        "{ lib, ... }@args: with lib; with builtins; { x = mkForce 1; }",
        "args@{ config, ... }: let l = args.lib; in { config = l.mkMerge [ { x = l.mkForce 1; } ]; }",
        "args: { x = args.lib.mkForce 1; }",
        "{ lib, ... }: { x = 3; } // { x = lib.mkForce 1; }",
        "{ lib, ... }: { y = 3; } // lib.optionalAttrs true { x = lib.mkForce 1; }",
        "{ lib, ... }: let n = { x = lib.mkForce 1; }; in n",
        "{ lib, ... }: { \"x\" = lib.mkForce 1; }",
        "{ lib, ... }: { imports = lib.optionals true [ { x = lib.mkForce 1; } ]; }",
        "{ lib, ... }: { config = lib.mkMerge (lib.optionals true [ { x = lib.mkForce 1; } ]); }",
        "{ lib, ... }: { config = if true then { x = lib.mkForce 1; } else { }; }",
        "{ lib, ... }: { config.x = (((lib.mkForce))) 1; }",
        "{ lib, ... }: rec { x = with lib; mkForce (let y = 1; in y); }",
        "\u{feff}{ lib, ... }:\r\n{\r\n\t/* \u{1F600}e\u{301} */ x = lib.mkForce 1;\r\n}\r\n",
    ];
    for form in forms {
        let found = of(&[form, "{ x = 2; }"], "x");
        let strong = found.iter().filter(|line| line.contains("m0.nix") && line.contains(" 50 ")).count();
        assert_eq!(strong, 1, "{form}: {found:?}");
        assert!(!found.iter().any(|line| line.starts_with("wins m1.nix")), "{form}: {found:?}");
    }
}
