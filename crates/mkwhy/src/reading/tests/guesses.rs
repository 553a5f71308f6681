//! What the rules guess from the text.

use super::*;
use crate::Check;

/// What is found in a configuration whose modules these are, one line each.
#[track_caller]
fn guesses(modules: &[&str]) -> Vec<String> {
    let folder = tree_of_modules(modules);
    let workspace = open(folder.path());
    let target = workspace.target_by_text(None).expect("a target");
    let check = Check { syntax: true, ..Check::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let found = runtime.block_on(workspace.check(&[target], &check)).expect("findings").findings;
    found.iter().map(|found| format!("{} {}: {}", found.site.at, found.code, found.message)).collect()
}

#[test]
fn older_names_of_older_names() {
    let renames = "{ lib, ... }: { imports = [
        (lib.mkRenamedOptionModule [ \"a\" ] [ \"b\" ]) (lib.mkRenamedOptionModule [ \"b\" ] [ \"c\" ])
        (lib.mkChangedOptionModule [ \"d\" ] [ \"c\" ] (config: config.d + 1))
      ]; }";
    let found = guesses(&["{ lib, ... }: { a = 1; }", renames]);
    assert_eq!(found, ["m0.nix:1:17 renamed-option: `a` is another name of `c`: set that"]);
    let found = guesses(&["{ b = 1; }", "{ lib, ... }: { a = lib.mkForce 2; }", renames]);
    let names: Vec<&String> = found.iter().filter(|line| line.contains("renamed-option")).collect();
    assert_eq!(
        names,
        [
            "m0.nix:1:3 renamed-option: `b` is another name of `c`: set that",
            "m1.nix:1:17 renamed-option: `a` is another name of `c`: set that"
        ]
    );
    let found = guesses(&["{ d = 1; }", renames]);
    assert_eq!(found, ["m0.nix:1:3 renamed-option: `d` was changed to `c`, whose type may be another one: set that"]);
}

/// Lists in it exclude each other, and what functions give is merged.
#[test]
fn inside_of_anything() {
    for kind in ["anything", "attrsOf lib.types.anything"] {
        let declared = format!("{{ lib, ... }}: {{ options.x = lib.mkOption {{ type = lib.types.{kind}; }}; }}");
        assert_eq!(guesses(&["{ x.f = a: a; }", "{ x.f = a: [ ]; }", &declared]), [""; 0], "{kind}");
        let found = guesses(&["{ x.l = [ 1 ]; }", "{ x.l = [ 1 2 ]; }", &declared]);
        assert!(!found.iter().any(|line| line.contains("duplicate-element")), "{kind}: {found:?}");
    }
    let declared =
        "{ lib, ... }: { options.x = lib.mkOption { type = lib.types.attrsOf (lib.types.listOf lib.types.int); }; }";
    let found = guesses(&["{ x.l = [ 1 ]; }", "{ x.l = [ 1 2 ]; }", declared]);
    assert!(found.iter().any(|line| line.contains("duplicate-element")), "{found:?}");
}

/// Where a list is made into something else, that has other elements.
#[test]
fn what_lists_are_made_into() {
    let of = |kind: &str| {
        let declared = format!("{{ lib, ... }}: {{ options.x = lib.mkOption {{ type = with lib; {kind}; }}; }}");
        let found = guesses(&["{ x = [ 1 ]; }", "{ x = [ 1 2 ]; }", &declared]);
        found.iter().any(|line| line.contains("duplicate-element"))
    };
    assert!(of("types.coercedTo types.int (one: [ one ]) (types.listOf types.int)"));
    assert!(!of("types.coercedTo (types.listOf types.int) (map (x: x + 1)) (types.listOf types.int)"));
    assert!(!of("types.coercedTo types.anything f (types.listOf types.int)"));
    assert!(!of("types.coercedTo (types.listOf types.int) f (types.attrsOf types.int)"));
}

/// The set that it is a part of does not have its value.
#[test]
fn a_binding_inside_an_option() {
    let found = guesses(&["{ x.a = null; }", "{ lib, ... }: { x = lib.mkForce null; }"]);
    assert!(found.iter().any(|line| line.contains("`x` = `{ a = null; }` does not count")), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("redundant-definition")), "{found:?}");
}

/// Without conditions, no conditions are blamed.
#[test]
fn what_decides_where_the_type_is_not_known() {
    let found = guesses(&["{ x = 1; }", "{ x = \"1\"; }"]);
    assert!(found.iter().all(|line| !line.contains("conditions")), "{found:?}");
}
