//! The ranges of a definition, and the comments that belong to it.

use super::*;

#[track_caller]
fn parts(text: &str, index: usize) -> [String; 4] {
    let summary = Summary::parse(text);
    let found = &summary.definitions[index];
    [found.name, found.value, found.binding, found.with_comments].map(|span| summary.slice(span).to_owned())
}

#[test]
fn of_a_binding() {
    let text = "{ a . \"b\" = lib.mkIf c (lib.mkForce ( 1 )) ; }";
    assert_eq!(
        parts(text, 0),
        [
            "a . \"b\"",
            "1",
            "a . \"b\" = lib.mkIf c (lib.mkForce ( 1 )) ;",
            "a . \"b\" = lib.mkIf c (lib.mkForce ( 1 )) ;"
        ]
    );
    let summary = Summary::parse(text);
    assert_eq!(summary.definitions[0].wrapper.map(|span| summary.slice(span)), Some("lib.mkForce ( 1 )"));
}

#[test]
fn of_an_inherit() {
    assert_eq!(parts("{ inherit (a) b c; }", 1), ["c", "c", "inherit (a) b c;", "inherit (a) b c;"]);
}

#[test]
fn of_what_is_in_a_set() {
    assert_eq!(parts("{ a = { b = 1; }; }", 1), ["b", "1", "b = 1;", "b = 1;"]);
    assert_eq!(parts("{ config.a.b = 1; options = { }; }", 0)[0], "config.a.b");
}

#[test]
fn wrappers() {
    let wrapper = |text: &str| {
        let summary = Summary::parse(text);
        summary
            .definitions
            .iter()
            .map(|found| found.wrapper.map(|span| summary.slice(span).to_owned()))
            .collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(wrapper("{ a = mkForce (mkIf b (mkDefault 1)); }"), [some("mkForce (mkIf b (mkDefault 1))")]);
    assert_eq!(wrapper("{ a = mkMerge [ (mkForce 1) 2 ]; }"), [some("mkForce 1"), None]);
    assert_eq!(wrapper("{ a = mkForce { b = 1; }; }"), [some("mkForce { b = 1; }"), None]);
    assert_eq!(wrapper("{ a = pipe 1 [ mkForce (mkIf b) ]; }"), [some("pipe 1 [ mkForce (mkIf b) ]")]);
}

#[test]
fn comments() {
    let text = "{ # of the set\n  # one\n  # two\n  a = 1; # three\n  # four\n  b = 2;\n\n  # alone\n\n  c = 3; /* five */ d = 4;\n  # after all\n}";
    let with_comments = |index| parts(text, index)[3].clone();
    assert_eq!(with_comments(0), "# one\n  # two\n  a = 1; # three");
    assert_eq!(with_comments(1), "# four\n  b = 2;");
    assert_eq!(with_comments(2), "c = 3; /* five */");
    assert_eq!(with_comments(3), "d = 4;");
}
