use mkwhy_model::{Edit, OptionPath, Segment};

use super::*;
use crate::{Source, Summary};

fn path(text: &str) -> OptionPath {
    text.parse().expect("a path")
}

fn names(text: &str) -> Vec<String> {
    path(text)
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Name(name) => name.clone(),
            Segment::Index(_) => panic!("a name"),
        })
        .collect()
}

/// The text with edits, which must be Nix.
#[track_caller]
fn applied(text: &str, edits: &[Edit]) -> String {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|edit| (edit.start, edit.end));
    let mut out = String::new();
    let mut at = 0;
    for edit in &sorted {
        assert!(at <= edit.start, "edits overlap: {sorted:?}");
        out.push_str(&text[at..edit.start]);
        out.push_str(&edit.text);
        at = edit.end;
    }
    out.push_str(&text[at..]);
    let errors = Source::parse(out.as_str()).errors().to_vec();
    assert!(errors.is_empty(), "{errors:?} in:\n{out}");
    out
}

/// The definition of an option, as the summary has it.
#[track_caller]
fn definition(summary: &Summary, option: &str) -> crate::summary::Definition {
    let wanted = path(option);
    summary
        .definitions
        .iter()
        .find(|definition| definition.static_path().as_ref() == Some(&wanted))
        .unwrap_or_else(|| panic!("no definition of {option}"))
        .clone()
}

fn taken(summary: &Summary, option: &str) -> Taken {
    let definition = definition(summary, option);
    let inherited = summary.slice(definition.binding).starts_with("inherit");
    Taken { binding: definition.binding.range(), part: inherited.then(|| definition.name.range()) }
}

#[track_caller]
fn removed(text: &str, options: &[&str], expected: &str) {
    let source = Source::parse(text);
    let summary = Summary::of(&source);
    let all: Vec<Taken> = options.iter().map(|option| taken(&summary, option)).collect();
    let edits = source.removal(&all, &[]).expect("written so");
    assert_eq!(applied(text, &edits), expected);
}

#[test]
fn a_line_goes_with_its_comments() {
    removed("{\n  a = 1;\n\n  # about b\n  b = 2; # really\n\n  c = 3;\n}\n", &["b"], "{\n  a = 1;\n\n  c = 3;\n}\n");
    removed("{\r\n\ta = 1;\r\n\tb = 2;\r\n}", &["a"], "{\r\n\tb = 2;\r\n}");
    removed("{ a = 1; b = 2; }", &["a"], "{ b = 2; }");
    removed("{ a = 1; b = 2; }", &["b"], "{ a = 1; }");
    removed("{\n  a = 1;\n  b = 2;\n}", &["b"], "{\n  a = 1;\n}");
}

#[test]
fn what_is_empty_without_several_fixes_goes_too() {
    let joined = |text: &str, cuts: &[&str], expected: Option<&str>| {
        let source = Source::parse(text);
        let edits: Vec<Edit> = cuts
            .iter()
            .map(|cut| {
                let (cut, with) = cut.split_once(" -> ").unwrap_or((cut, ""));
                let start = text.find(cut).expect("it is there");
                Edit::new(start..start + cut.len(), with)
            })
            .collect();
        let after = source.without_emptied(&edits).map(|edits| applied(text, &edits));
        assert_eq!(after.as_deref(), expected, "{text} without {cuts:?}");
    };
    let items = "{ lib, ... }: { config = lib.mkMerge [\n  (lib.mkIf c {\n    a = 1; # one\n    b = 2;\n  })\n  { z = 1; }\n]; }";
    let without = "{ lib, ... }: { config = lib.mkMerge [\n  { z = 1; }\n]; }";
    joined(items, &["    a = 1; # one\n", "    b = 2;\n"], Some(without));
    joined(items, &["    a = 1; # one\n"], Some(&items.replace("    a = 1; # one\n", "")));
    joined(
        items,
        &["    a = 1; # one\n", "    b = 2;\n -> b = 3;"],
        Some(&items.replace("    a = 1; # one\n    b = 2;\n", "b = 3;")),
    );
    joined("{ x = lib.mkIf true { a = 1; b = 2; }; }", &[" a = 1;", " b = 2;"], Some("{ }"));
    // What is put into what would go keeps it.
    let source = Source::parse("{ x = { a = 1; }; }");
    let edits = [Edit::new(7..14, ""), Edit::new(14..14, " b = 1;")];
    assert_eq!(source.without_emptied(&edits), None);
    joined(
        "{ x = [ 1 2 ]; y = let a = 1; b = 2; in a; }",
        &[" 2", " b = 2;"],
        Some("{ x = [ 1 ]; y = let a = 1; in a; }"),
    );
    // What both used is bound for nothing else.
    joined("let n = 1; in { a = n; b = n; }", &[" a = n;", " b = n;"], Some("{ }"));
    joined(
        "let n = 1; in { a = n; b = n; }",
        &[" a = n;", " b = n; -> b = n + 1;"],
        Some("let n = 1; in {b = n + 1; }"),
    );
}

#[test]
fn what_is_empty_goes_too() {
    removed("{\n  x.y = {\n    a = 1;\n  };\n  z = 1;\n}\n", &["x.y.a"], "{\n  z = 1;\n}\n");
    removed(
        "{ lib, ... }: {\n  x = lib.mkIf c {\n    a = 1;\n    b = 2;\n  };\n  z = 1;\n}\n",
        &["x.a", "x.b"],
        "{ lib, ... }: {\n  z = 1;\n}\n",
    );
    removed(
        "{ config = mkMerge [\n    { a = 1; }\n    (mkIf c {\n      b = 2;\n    })\n  ]; }",
        &["b"],
        "{ config = mkMerge [\n    { a = 1; }\n  ]; }",
    );
    removed(
        "{ config = mkMerge [\n    { a = 1; }\n\n    # about b\n    # really\n    (mkIf c { b = 2; })\n    { d = 2; }\n  ]; }",
        &["b"],
        "{ config = mkMerge [\n    { a = 1; }\n\n    { d = 2; }\n  ]; }",
    );
    removed("{\n  z = 1;\n\n  a = 1;\n\n  # b\n  b = 2;\n\n  y = 1;\n}\n", &["a", "b"], "{\n  z = 1;\n\n  y = 1;\n}\n");
    removed("{ options.o = 1; config = mkIf c { a = 1; }; }", &["a"], "{ options.o = 1; }");
    // A comment that belongs to nothing stays where it is.
    removed("{\n  x = {\n    # for later\n\n    a = 1;\n  };\n}", &["x.a"], "{\n  x = {\n    # for later\n  };\n}");
    // What is given to some function is not the module system's.
    removed("{ x = f { }; y.a = 1; }", &["y.a"], "{ x = f { }; }");
}

#[test]
fn what_is_bound_for_nothing_else_goes_too() {
    removed(
        "{ lib, ... }:\nlet\n  # how many\n  n = m + 1; # at most\n  m = 2;\n  other = 3;\nin\n{\n  a = n;\n  b = other;\n}\n",
        &["a"],
        "{ lib, ... }:\nlet\n  other = 3;\nin\n{\n  b = other;\n}\n",
    );
    // With the `let`, where it binds nothing any more.
    removed("{ config, ... }:\nlet\n  cfg = config.x;\nin\n{\n  a = cfg;\n}\n", &["a"], "{ config, ... }:\n{\n}\n");
    removed("{ ... }: let n = 1; in {\n  a = n;\n  b = 2;\n}\n", &["a"], "{ ... }: {\n  b = 2;\n}\n");
    removed("{ ... }:\r\nlet\r\n  n = 1;\r\nin {\r\n  a = n;\r\n}\r\n", &["a"], "{ ... }:\r\n{\r\n}\r\n");
    removed("let n = 1; in # all\n{ a = n; b = 2; }", &["a"], "# all\n{ b = 2; }");
    removed("let n = 1; in let m = n; in { a = m; b = 2; }", &["a"], "{ b = 2; }");
    removed("let n = 1; m = 2; in # all\n{ a = m; b = n; }", &["a"], "let n = 1; in # all\n{ b = n; }");
    // A condition uses it as well.
    removed("let c = x; in { a = mkIf c { b = 1; }; d = 2; }", &["a.b"], "{ d = 2; }");
    removed("let f = n: f n; in { a = f 1; b = 2; }", &["a"], "{ b = 2; }");
    // What something else uses stays, and what nobody used before, what is inherited, and comments that are of no binding.
    removed("let n = 1; in { a = n; b = n; }", &["a"], "let n = 1; in { b = n; }");
    removed("let n = 1; m = n; in { a = n; b = 2; }", &["a"], "let n = 1; m = n; in { b = 2; }");
    removed("let n = 1; in { a = 1; b = 2; }", &["a"], "let n = 1; in { b = 2; }");
    removed("let inherit (x) n; m = n; in { a = m; b = 2; }", &["a"], "let inherit (x) n; in { b = 2; }");
    removed("let n = 1; in with n; { a = n; b = 2; }", &["a"], "let n = 1; in with n; { b = 2; }");
    removed("let\n  # of both\n\n  n = 1;\nin { a = n; b = 2; }", &["a"], "let\n  # of both\n\nin { b = 2; }");
    removed("let n = 1; in { a = let n = 2; in n; b = n; }", &["a"], "let n = 1; in { b = n; }");
}

#[test]
fn names_of_an_inherit() {
    removed("{ inherit (x) a b c; }", &["b"], "{ inherit (x) a c; }");
    removed("{\n  inherit (x) a;\n  z = 1;\n}", &["a"], "{\n  z = 1;\n}");
}

#[track_caller]
fn priority(text: &str, number: i64, expected: &str) {
    let source = Source::parse(text);
    let column = text.rfind(" a = ").map_or_else(|| text.rfind(" a;").expect("there") + 2, |at| at + 2);
    let before = &text[..column - 1];
    let line = before.matches('\n').count() + 1;
    let column = column - before.rfind('\n').map_or(0, |at| at + 1);
    let at = |number: usize| u32::try_from(number).expect("short");
    let written = source.definition_at(at(line), at(column), path("a").segments()).expect("a definition");
    let spans = mkwhy_model::Spans {
        name: written.name.clone(),
        value: written.value.clone(),
        binding: written.binding.clone(),
        wrapper: written.wrapper.clone(),
        conditions: written.conditions.clone(),
    };
    let edits = source.with_priority(&spans, number).expect("can be said");
    assert_eq!(applied(text, &edits), expected);
}

#[test]
fn priorities() {
    priority("{ lib, ... }: { a = 1; }", 50, "{ lib, ... }: { a = lib.mkForce 1; }");
    priority("{ lib, ... }: { a = f 1; }", 1000, "{ lib, ... }: { a = lib.mkDefault (f 1); }");
    priority("{ lib, ... }: { a = lib.mkForce (f 1); }", 100, "{ lib, ... }: { a = f 1; }");
    priority("{ lib, ... }: { a = lib.mkForce 1; }", 70, "{ lib, ... }: { a = lib.mkOverride 70 1; }");
    priority("{ lib, ... }: { a = lib.mkOverride 70 1; }", 1000, "{ lib, ... }: { a = lib.mkDefault 1; }");
    priority("{ lib, ... }: { a = lib.mkIf c 1; }", 50, "{ lib, ... }: { a = lib.mkIf c (lib.mkForce 1); }");
    priority("{ lib, ... }: { a = lib.mkIf c (lib.mkForce 1); }", 100, "{ lib, ... }: { a = lib.mkIf c 1; }");
    priority("{ lib, ... }: { a = lib.mkIf c (lib.mkForce (f 1)); }", 100, "{ lib, ... }: { a = lib.mkIf c (f 1); }");
    priority("{ lib, ... }: { a = lib.mkForce (lib.mkIf c 1); }", 100, "{ lib, ... }: { a = lib.mkIf c 1; }");
    priority("{ lib, ... }: { a = lib.mkForce (lib.mkDefault 1); }", 100, "{ lib, ... }: { a = 1; }");
    priority(
        "{ lib, ... }: { a = lib.mkBefore [ 1 ]; }",
        50,
        "{ lib, ... }: { a = lib.mkBefore (lib.mkForce [ 1 ]); }",
    );
    priority("{ lib, ... }: with lib; { a = 1; }", 50, "{ lib, ... }: with lib; { a = mkForce 1; }");
    priority(
        "{ lib, ... }: let inherit (lib) mkForce; in { a = 1; }",
        50,
        "{ lib, ... }: let inherit (lib) mkForce; in { a = mkForce 1; }",
    );
    priority("{ config, ... }: { a = 1; }", 50, "{ config, lib, ... }: { a = lib.mkForce 1; }");
    priority("{\n  config,\n  ...\n}:\n{ a = 1; }", 50, "{\n  config,\n  lib,\n  ...\n}:\n{ a = lib.mkForce 1; }");
    priority("{ ... }: { a = 1; }", 50, "{ lib, ... }: { a = lib.mkForce 1; }");
    priority("args: { a = 1; }", 50, "args: { a = args.lib.mkForce 1; }");
    priority("{ a = 1; }", 50, "{ lib, ... }:\n{ a = lib.mkForce 1; }");
    priority("{ lib, ... }: { inherit (x) a; }", 50, "{ lib, ... }: { a = lib.mkForce x.a; }");
    priority(
        "{ lib, ... }: {\n  inherit (x) b a;\n}",
        50,
        "{ lib, ... }: {\n  inherit (x) b;\n  a = lib.mkForce x.a;\n}",
    );
}

#[test]
fn comments_inside_a_call_stay() {
    let all = "{ lib, ... }: { a = lib.mkForce /* why */ 1; }";
    priority(all, 100, "{ lib, ... }: { a = /* why */ 1; }");
    priority(all, 1000, "{ lib, ... }: { a = lib.mkDefault /* why */ 1; }");
    priority(
        "{ lib, ... }: {\n  a = lib.mkForce # why\n    (f 1 /* so */);\n}",
        100,
        "{ lib, ... }: {\n  a = # why\n    f 1 /* so */;\n}",
    );
    priority(
        "{ lib, ... }: {\n  a = lib.mkForce (\n    f 1 # why\n  );\n}",
        100,
        "{ lib, ... }: {\n  a = f 1 # why\n  ;\n}",
    );
    priority(
        "{ lib, ... }: {\n  inherit (x)\n    # why\n    a;\n}",
        50,
        "{ lib, ... }: {\n  # why\n  a = lib.mkForce x.a;\n}",
    );
}

#[test]
fn what_only_a_pipe_says_is_left() {
    let source = Source::parse("{ a = lib.pipe 1 [ mkForce ]; }");
    let written = source.definition_at(1, 3, path("a").segments()).expect("a definition");
    let spans = mkwhy_model::Spans {
        name: written.name.clone(),
        value: written.value.clone(),
        binding: written.binding.clone(),
        wrapper: written.wrapper,
        conditions: Vec::new(),
    };
    assert_eq!(source.with_priority(&spans, 100), None);
}

#[track_caller]
fn put(text: &str, option: &str, values: &[&str], keep: bool, expected: &str) {
    let source = Source::parse(text);
    let values = values.iter().map(|value| Inserted { value: (*value).to_owned(), comments: Vec::new() }).collect();
    let put = Put { path: names(option), values, keep, arguments: std::collections::BTreeSet::new() };
    let edits = source.with_definitions(&[put]).expect("there is a place");
    assert_eq!(applied(text, &edits), expected);
}

#[test]
fn definitions_are_put_where_their_kin_are() {
    put(
        "{\n  x.y = {\n    a = 1;\n  };\n}\n",
        "x.y.b",
        &["2"],
        true,
        "{\n  x.y = {\n    a = 1;\n    b = 2;\n  };\n}\n",
    );
    put("{\n  a = 1;\n  c = 1;\n  d = 1;\n}\n", "b", &["2"], true, "{\n  a = 1;\n  b = 2;\n  c = 1;\n  d = 1;\n}\n");
    put("{\n  b = 1;\n  c = 1;\n  d = 1;\n}\n", "a", &["2"], true, "{\n  a = 2;\n  b = 1;\n  c = 1;\n  d = 1;\n}\n");
    put("{ }\n", "x.b", &["2"], true, "{\n  x.b = 2;\n}\n");
    put("{}", "x.b", &["2"], true, "{\n  x.b = 2;\n}");
    put("{\n}\n", "x.b", &["2"], true, "{\n  x.b = 2;\n}\n");
    put("{\n  # nothing yet\n}\n", "x.b", &["2"], true, "{\n  # nothing yet\n  x.b = 2;\n}\n");
    put("{ a = 1; }", "b", &["2"], true, "{ a = 1; b = 2; }");
    put(
        "{ lib, ... }:\n{\n  options.o = 1;\n}\n",
        "x.b",
        &["2"],
        true,
        "{ lib, ... }:\n{\n  options.o = 1;\n  config.x.b = 2;\n}\n",
    );
    put(
        "{ lib, ... }:\n{\n  options.o = 1;\n  config = lib.mkIf c {\n    z = 1;\n  };\n}\n",
        "x.b",
        &["2"],
        true,
        "{ lib, ... }:\n{\n  options.o = 1;\n  config = lib.mkIf c {\n    z = 1;\n    x.b = 2;\n  };\n}\n",
    );
    put("{\r\n  a = 1;\r\n}\r\n", "x.b", &["[\n  1\n]"], true, "{\r\n  a = 1;\r\n  x.b = [\r\n    1\r\n  ];\r\n}\r\n");
}

#[test]
fn several_options_are_put_into_an_empty_set() {
    let one = |option: &str| Put {
        path: names(option),
        values: vec![Inserted { value: "2".to_owned(), comments: vec!["# why".to_owned()] }],
        keep: true,
        arguments: ["lib".to_owned(), "pkgs".to_owned()].into(),
    };
    for (text, expected) in [
        ("{ lib, ... }:\n{ }\n", "{ lib, pkgs, ... }:\n{\n  # why\n  a.b = 2;\n  # why\n  c = 2;\n}\n"),
        ("{}", "{ pkgs, lib, ... }:\n{\n  # why\n  a.b = 2;\n  # why\n  c = 2;\n}"),
    ] {
        let edits = Source::parse(text).with_definitions(&[one("a.b"), one("c")]).expect("there is room");
        assert_eq!(applied(text, &edits), expected);
    }
}

#[test]
fn nothing_is_put_where_there_is_no_room() {
    let wanted = Put {
        path: names("x.b"),
        values: vec![Inserted { value: "2".to_owned(), comments: Vec::new() }],
        keep: true,
        arguments: std::collections::BTreeSet::new(),
    };
    for text in ["{ x = mkForce { a = 1; }; }", "{ x.b.c = 1; }", "{ ${n} = 1; }", "{ inherit x; }", "f 1"] {
        assert_eq!(Source::parse(text).with_definitions(std::slice::from_ref(&wanted)), None, "{text}");
    }
}

#[test]
fn several_values_of_one_option_are_merged() {
    put(
        "{ lib, ... }:\n{\n  a = lib.mkDefault 1;\n}\n",
        "a",
        &["lib.mkIf c 2", "3"],
        true,
        "{ lib, ... }:\n{\n  a = lib.mkMerge [\n    (lib.mkDefault 1)\n    (lib.mkIf c 2)\n    3\n  ];\n}\n",
    );
    put(
        "{ lib, ... }:\n{\n  a = lib.mkMerge [\n    1\n  ];\n}\n",
        "a",
        &["2"],
        true,
        "{ lib, ... }:\n{\n  a = lib.mkMerge [\n    1\n    2\n  ];\n}\n",
    );
    put("{ lib, ... }:\n{\n  a = lib.mkDefault 1;\n}\n", "a", &["2"], false, "{ lib, ... }:\n{\n  a = 2;\n}\n");
}

#[track_caller]
fn carried(text: &str, value: &str) -> Result<String, Vec<String>> {
    let source = Source::parse(text);
    let start = text.rfind(value).expect("there");
    let summary = Summary::of(&source);
    source
        .carried(&summary, &(start..start + value.len()), "modules/a/x.nix", "modules/core/base.nix")
        .map(|carried| carried.text)
        .map_err(|unresolved| unresolved.names)
}

#[test]
fn names_mean_the_same_elsewhere() {
    let ok = |text: &str, value: &str, expected: &str| {
        assert_eq!(carried(text, value).as_deref(), Ok(expected), "{text}");
    };
    ok("{ config, ... }: let cfg = config.a.b; in { x = cfg.c + 1; }", "cfg.c + 1", "config.a.b.c + 1");
    ok(
        "{ lib, ... }: with lib; { x = mkForce (optionals true [ 1 ]); }",
        "mkForce (optionals true [ 1 ])",
        "lib.mkForce (lib.optionals true [ 1 ])",
    );
    ok("{ lib, ... }: let inherit (lib) mkForce; in { x = mkForce 1; }", "mkForce 1", "lib.mkForce 1");
    ok(
        "{ lib, pkgs, ... }: with lib; { x = with pkgs; [ git ]; }",
        "with pkgs; [ git ]",
        "with lib; with pkgs; [ git ]",
    );
    ok("{ lib, pkgs, ... }: { x = with pkgs; [ git ]; }", "with pkgs; [ git ]", "with pkgs; [ git ]");
    ok("{ ... }: let n = 1 + 2; in { x = n * 2; }", "n * 2", "(1 + 2) * 2");
    ok("{ ... }: { x = let n = 1; in n; }", "let n = 1; in n", "let n = 1; in n");
    ok("{ ... }: { x = ../keys/a.pub; }", "../keys/a.pub", "../keys/a.pub");
    ok("{ ... }: { x = ./a.pub; }", "./a.pub", "../a/a.pub");
    ok("{ ... }: { x = \"${toString 1}\"; }", "\"${toString 1}\"", "\"${toString 1}\"");
    ok("{ lib, ... }: with lib; { x = toString (map id [ ]); }", "toString (map id [ ])", "toString (map lib.id [ ])");
}

#[test]
fn names_that_stand_in_the_way_are_told() {
    let no = |text: &str, value: &str, names: &[&str]| {
        assert_eq!(carried(text, value), Err(names.iter().map(|name| (*name).to_owned()).collect()), "{text}");
    };
    no("{ ... }: let f = x: x; g = {\n  a = 1;\n}; in { x = g.a; }", "g.a", &["g"]);
    no("{ interface }: { config, ... }: { x = interface; }", "interface", &["interface"]);
    no("{ config, ... }@args: { x = args.foo; }", "args.foo", &["args"]);
    no("{ ... }: { x = ./${a}; }", "./${a}", &["./${a}"]);
}

/// A value that is carried from a set at column 4 into a `mkMerge` at column 2.
#[track_caller]
fn carried_further(value: &str, expected: &str) {
    let text = format!("{{\n    x = {value};\n}}");
    let source = Source::parse(text.as_str());
    let range = 10..10 + value.len();
    let carried = source.carried(&Summary::of(&source), &range, "a.nix", "b.nix").expect("no names");
    put("{ lib, ... }: {\n}\n", "x", &[&carried.text], true, &format!("{{ lib, ... }}: {{\n  x = {expected};\n}}\n"));
}

#[test]
fn the_lines_of_a_string_go_along() {
    carried_further("f ''\n      a\n    '' {\n      b = 1;\n    }", "f ''\n    a\n  '' {\n    b = 1;\n  }");
    carried_further("''\n      a\n\n        b\n      \n       \n    ''", "''\n    a\n\n      b\n  \n     \n  ''");
    // Deeper, less deep, and at the margin of the file.
    carried_further("''\n              a\n            b\n    ''", "''\n            a\n          b\n  ''");
    carried_further("''\n a\n  b''", "''\n  a\n   b''");
    carried_further("''  \na\n b\n''", "''  \n  a\n   b\n  ''");
    // What is interpolated begins a line; what stands in it is code again.
    carried_further(
        "''\n      ${toString 1} a\n        ${''\n          b\n        ''}\n      $${c} ''${d} ''' ''\\n\n    ''",
        "''\n    ${toString 1} a\n      ${''\n        b\n      ''}\n    $${c} ''${d} ''' ''\\n\n  ''",
    );
    carried_further(
        "''\n      a ${f {\n        b = 1;\n      }}\n    ''",
        "''\n    a ${f {\n      b = 1;\n    }}\n  ''",
    );
}

#[test]
fn a_string_whose_value_would_change_is_left_as_it_is() {
    for value in [
        "''a\n      b\n    ''",
        "''${toString 1}\n      b\n    ''",
        "\"a\n      b\n    \"",
        "''\n      \ta\n      b\n    ''",
        "''\n      a\n    \t''",
        "''\n      a''\\\n      b\n    ''",
        "''\r\n      a\r\n      b\r\n    ''",
        "''\n      a\r\n      b\r\n    ''",
        "''\t\n      a\n    ''",
        "''\n\n    ''",
    ] {
        carried_further(value, value);
    }
    // A tab is no blank.
    let text = "{\n\tx = ''\n\t  a\n\t'';\n}";
    let source = Source::parse(text);
    let range = 7..text.len() - 3;
    let carried = source.carried(&Summary::of(&source), &range, "a.nix", "b.nix").expect("no names");
    assert_eq!(carried.text, "''\n\t  a\n\t''");
}

#[track_caller]
fn renamed(text: &str, old: &str, new: &str, expected: Option<&str>) {
    let source = Source::parse(text);
    let definition = definition(&Summary::of(&source), old);
    let spans = mkwhy_model::Spans {
        name: definition.name.range(),
        value: definition.value.range(),
        binding: definition.binding.range(),
        wrapper: None,
        conditions: Vec::new(),
    };
    let edits = source.renamed(&spans, &names(old), &names(new));
    assert_eq!(edits.map(|edits| applied(text, &edits)).as_deref(), expected);
}

#[test]
fn definitions_under_another_path() {
    renamed("{ nix.maxJobs = 4; }", "nix.maxJobs", "nix.settings.max-jobs", Some("{ nix.settings.max-jobs = 4; }"));
    renamed(
        "{ nix = { maxJobs = 4; }; }",
        "nix.maxJobs",
        "nix.settings.max-jobs",
        Some("{ nix = { settings.max-jobs = 4; }; }"),
    );
    renamed("{ config.a.b = 4; }", "a.b", "c.d", Some("{ config.c.d = 4; }"));
    renamed("{ inherit (x) a; }", "a", "c.d", Some("{ c.d = x.a; }"));
    renamed(
        "{\n  hardware.audio = {\n    enable = true;\n    other = 1;\n  };\n}\n",
        "hardware.audio.enable",
        "services.audio.enable",
        Some("{\n  hardware.audio = {\n    other = 1;\n  };\n  services.audio.enable = true;\n}\n"),
    );
    renamed(
        "{\n  hardware.audio = {\n    list = [\n      1\n    ];\n  };\n}\n",
        "hardware.audio.list",
        "services.audio.list",
        Some("{\n  services.audio.list = [\n    1\n  ];\n}\n"),
    );
    // What it uses is used there as well.
    renamed("let n = 1; in { a = n; b = 2; }", "a", "c.d", Some("let n = 1; in { c.d = n; b = 2; }"));
    renamed("let n = 1; in { x.a = n; x.b = 2; }", "x.a", "c.d", Some("let n = 1; in { c.d = n; x.b = 2; }"));
    // A set of which it is all, and which would go with it.
    renamed(
        "{ lib, ... }:\nlib.mkMerge [\n  { x = 1; }\n  {\n    # why\n    a = {\n      b = 1;\n    };\n  }\n]\n",
        "a.b",
        "c.d",
        Some("{ lib, ... }:\nlib.mkMerge [\n  { x = 1; }\n  {\n    # why\n    c.d = 1;\n  }\n]\n"),
    );
    renamed("{ a.b = 1; x = mkForce { z = 1; }; }", "a.b", "x.y", None);
    renamed("{ a.b = 1; x = { z = 1; }; }", "a.b", "x.y", Some("{ x.y = 1; x = { z = 1; }; }"));
    renamed("{ a.b = 1; x = { y = 1; }; }", "a.b", "x.y", None);
    renamed("{ a = mkIf c { b = 1; }; }", "a.b", "x.y", None);
    renamed("{ a = mkIf c { b = 1; }; }", "a.b", "a.y", Some("{ a = mkIf c { y = 1; }; }"));
}

#[test]
fn elements_and_comments() {
    let element = |text: &str, what: &str, expected: &str| {
        let start = text.rfind(what).expect("there");
        let edit = Source::parse(text).element_removal(&(start..start + what.len())).expect("an element");
        assert_eq!(applied(text, &[edit]), expected);
    };
    element("{ a = [ \"x\" \"y\" ]; }", "\"y\"", "{ a = [ \"x\" ]; }");
    element("{ a = [ \"x\" ]; }", "\"x\"", "{ a = [ ]; }");
    element(
        "{ a = [\n  1\n  2 # two\n  3\n]; }",
        "2",
        "{ a = [\n  1\n  2 # two\n  3\n]; }".replace("  2 # two\n", "").as_str(),
    );
    let comment = |text: &str, what: &str, expected: &str| {
        let start = text.find(what).expect("there");
        let edit = Source::parse(text).comment_removal(&(start..start + what.len())).expect("a comment");
        assert_eq!(applied(text, &[edit]), expected);
    };
    comment("{\n  # x\n  a = 1;\n}", "# x", "{\n  a = 1;\n}");
    comment("{\n  a = 1; # x\n}", "# x", "{\n  a = 1;\n}");
}

#[test]
fn where_a_comment_can_be_put() {
    let text = "{\n  a = ''\n    b\n  '';\n  /* x\n  y */\n  c = \"\n\";\n}\n";
    let source = Source::parse(text);
    let lines: Vec<bool> = (0..text.len())
        .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')
        .map(|at| source.is_between_tokens(at))
        .collect();
    assert_eq!(lines, [true, true, false, false, true, false, true, false, true]);
}

#[test]
fn comments_that_travel() {
    let text = "{\n  # above\n  a.b /* name */ = # why\n    /* two\n       lines */ [ 1 /* in it */ ] # end\n  ; # behind\n}\n";
    let source = Source::parse(text);
    let summary = Summary::parse(text);
    let definition = summary.definitions.iter().find(|one| one.path.len() == 2).expect("a definition");
    let expected = ["# above", "/* name */", "# why", "/* two", "lines */", "# end", "# behind"];
    assert_eq!(source.comments_of(definition), expected);
}
