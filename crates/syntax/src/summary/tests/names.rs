//! The names that a value uses, and what binds them.

use expect_test::{Expect, expect};

use super::*;

/// The free names of the value of the first definition of `x`.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let summary = Summary::parse(text);
    let mut found = summary.definitions.iter().filter(|found| summary.slice(found.name) == "x");
    let range = found.next().expect("a definition of x").value;
    let mut out = String::new();
    for free in summary.free_names(&range.range()) {
        let bound = match free.bound {
            Bound::Here { by, value, at } => {
                let value = value.map(|value| format!(" = {}", summary.slice(value))).unwrap_or_default();
                format!("{by:?} at {}{value}", at.start)
            }
            other => format!("{other:?}"),
        };
        writeln!(out, "{} ×{}: {bound}", free.name, free.uses.len()).expect("a string");
    }
    expected.assert_eq(&out);
}

#[test]
fn what_binds_them() {
    check(
        "{ p, q ? 1, ... }@args: let a = 1; inherit p; inherit (p) b; in { x = [ a a b p q args toString builtins.c ]; }",
        expect![[r#"
        a ×2: Let at 28 = 1
        b ×1: InheritFrom at 58 = p
        p ×1: Inherit at 43
        q ×1: Argument at 5
        args ×1: Argument at 18
        toString ×1: Global
        builtins ×1: Global
    "#]],
    );
    check(
        "rec { a = 1; inherit (b) c; x = a c; }",
        expect![[r#"
        a ×1: RecursiveSet at 6 = 1
        c ×1: InheritFrom at 25 = b
    "#]],
    );
    check(
        "with a; { x = b a; }",
        expect![[r#"
        b ×1: With
        a ×1: With
    "#]],
    );
    check(
        "a: { x = a.b.c or d; }",
        expect![[r#"
        a ×1: Argument at 0
        d ×1: Global
    "#]],
    );
}

#[test]
fn what_the_value_binds_itself() {
    check(
        "a: { x = let b = a; in b; }",
        expect![[r#"
        b ×1: Let at 13 = a
    "#]],
    );
    check(
        "a: { x = { c ? a, d }: c d e; }",
        expect![[r#"
        a ×1: Argument at 0
        e ×1: Global
    "#]],
    );
    check("a: { x = rec { a = 1; b = a; }; }", expect![[""]]);
    check(
        "a: { x = { a = 1; inherit b; inherit (c) d; ${e} = f; }; }",
        expect![[r#"
        b ×1: Global
        c ×1: Global
        e ×1: Global
        f ×1: Global
    "#]],
    );
    check(
        "a: { x = \"${a} ${\"${b}\"}\"; }",
        expect![[r#"
        a ×1: Argument at 0
        b ×1: Global
    "#]],
    );
}

#[test]
fn names_that_hide_others() {
    check(
        "a: let a = 1; in { x = a; }",
        expect![[r#"
        a ×1: Let at 7 = 1
    "#]],
    );
    check(
        "let a = 1; in with b; { x = a; }",
        expect![[r#"
        a ×1: Let at 4 = 1
    "#]],
    );
    check(
        "{ a ? b, b }: { x = a; }",
        expect![[r#"
        a ×1: Argument at 2
    "#]],
    );
    check(
        "let a = 1; in a: { x = a; }",
        expect![[r#"
        a ×1: Argument at 14
    "#]],
    );
}

#[test]
fn reached_over_names() {
    let summary = Summary::parse("let a = b 1; b = c: d; d = d; e = 2; in { x = a; }");
    let reached = summary.reached_from(summary.definitions[0].value);
    let texts: Vec<_> = reached.into_iter().map(|span| summary.slice(span)).collect();
    assert_eq!(texts, ["a", "b 1", "c: d", "d"]);
}
