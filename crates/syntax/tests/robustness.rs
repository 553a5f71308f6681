//! Whatever a text holds, reading it neither panics nor gives a place outside of it.

mod check;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use check::check;
use mkwhy_syntax::summary::Definition;
use mkwhy_syntax::{Source, Summary};

/// Longer than this nothing here may take, without optimisation, on a slow machine.
const SOON: Duration = Duration::from_secs(10);

/// How long this thread has had a processor: what else the machine does must not count. Where that cannot be known, the
/// time since the first call.
fn worked() -> Duration {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let of_thread = || fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok();
    of_thread().map_or_else(|| BEGIN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// The paths of a summary's definitions, one a line.
fn paths(summary: &Summary) -> Vec<String> {
    let path = |found: &Definition| found.static_path().map_or_else(|| "?".to_owned(), |path| path.to_string());
    summary.definitions.iter().map(path).collect()
}

/// Reads a text in a thread with the stack that tests have, and in good time.
#[track_caller]
fn soon(what: &str, text: impl Into<String>) -> Summary {
    let text = text.into();
    let (summary, took) = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let begin = worked();
            let summary = Summary::parse(text);
            drop(summary.clone());
            (summary, worked() - begin)
        })
        .expect("a thread")
        .join()
        .unwrap_or_else(|_| panic!("{what}: panicked"));
    assert!(took < SOON, "{what} took {took:?}");
    summary
}

#[track_caller]
fn reads(text: &str, expected: &[&str]) -> Summary {
    check(text);
    let summary = Summary::parse(text);
    assert_eq!(paths(&summary), expected, "{text:?}");
    summary
}

#[test]
fn line_endings() {
    let summary = reads("{\r\n  # why\r\n  a.b = 1; # here\r\n\r\n  c = ''\r\n    x\r\n  '';\r\n}\r\n", &["a.b", "c"]);
    let first = &summary.definitions[0];
    assert_eq!(summary.slice(first.with_comments), "# why\r\n  a.b = 1; # here");
    assert_eq!(summary.lines().line_column(first.name.start as usize), (3, 3));
    assert!(summary.errors.is_empty());

    let summary = reads("{\r  a = 1;\r  b = \"x\ry\";\r}\r", &["a", "b"]);
    assert_eq!(summary.lines().line_column(summary.definitions[1].name.start as usize), (3, 3));
}

#[test]
fn characters_beyond_ascii() {
    let text = "{\n\t# 🦀 e\u{301}\n\ta.\"naïve 👩‍👩‍👧\" = \"🎉\u{200d}\"; /* ü */\tb = [ \"e\u{301}\" ];\n\tc.${\"é\"} = ''\n\t\t🦀\n\t'';\n}\n";
    let summary = reads(text, &["a.\"naïve 👩‍👩‍👧\"", "b", "c.\"é\""]);
    let place = |index: usize| summary.lines().line_column(summary.definitions[index].name.start as usize);
    assert_eq!(place(0), (3, 2), "a tab is one column");
    let before = "\ta.\"naïve 👩‍👩‍👧\" = \"🎉\u{200d}\"; /* ü */\t";
    assert_eq!(place(1), (3, u32::try_from(before.len()).expect("short") + 1), "columns are bytes");
    assert_eq!(summary.slice(summary.definitions[0].value), "\"🎉\u{200d}\"");
}

#[test]
fn a_byte_order_mark() {
    let summary = reads("\u{feff}{ a = 1; }", &["a"]);
    assert!(summary.errors[0].message.contains("byte-order mark"), "Nix says: syntax error, unexpected invalid token");
    assert_eq!(summary.lines().line_column(summary.definitions[0].name.start as usize), (1, 6));
}

#[test]
fn nothing_at_all() {
    for text in
        ["", " ", "\n", "\r", "\0", "#", "/*", "\u{feff}", "{", "}", "\"", "''", "${", "let", "🦀", "rec", "<", "~"]
    {
        check(text);
    }
    assert!(Summary::parse("").definitions.is_empty());
}

#[test]
fn five_megabytes() {
    let mut text = String::from("{ lib, ... }: {\n");
    let mut count = 0;
    while text.len() < 5_000_000 {
        text += &format!(
            "  services.s{count} = {{ enable = lib.mkForce true; text = \"some text of number {count}\"; }};\n"
        );
        count += 1;
    }
    text += "}\n";
    let begin = worked();
    let summary = Summary::parse(text);
    let took = worked() - begin;
    assert!(took < SOON, "took {took:?}");
    assert_eq!(summary.definitions.len(), 3 * count);
    assert!(summary.errors.is_empty());
}

const DEEP: usize = 10_000;

/// A definition, then one with something deep in it: the first one is read.
#[track_caller]
fn deep(what: &str, open: &str, middle: &str, close: &str) -> Summary {
    let text = format!("{{ first = 1; deep = {}{middle}{}; }}", open.repeat(DEEP), close.repeat(DEEP));
    let summary = soon(what, text.clone());
    assert!(paths(&summary).iter().any(|path| path == "first"), "{what}: what stands before is read");
    // Cut off in the middle, and without what it stands in.
    let half = format!("{{ first = 1; deep = {}", open.repeat(DEEP));
    assert!(!soon(what, half).errors.is_empty(), "{what}: cut off");
    soon(what, format!("{}{middle}{}", open.repeat(DEEP), close.repeat(DEEP)));
    soon(what, format!("[ {}{middle}{} ]", open.repeat(DEEP), close.repeat(DEEP)));
    summary
}

/// rnix itself reads this to its end.
#[track_caller]
fn whole(what: &str, open: &str, middle: &str, close: &str) {
    let summary = deep(what, open, middle, close);
    assert_eq!(summary.errors, [], "{what}");
}

/// rnix stops at its limit and says so.
#[track_caller]
fn limited(what: &str, open: &str, middle: &str, close: &str) {
    let summary = deep(what, open, middle, close);
    let messages: Vec<_> = summary.errors.iter().map(|error| error.message.as_str()).collect();
    assert!(messages.iter().any(|message| message.contains("too deep")), "{what}: {messages:?}");
}

#[test]
fn deep_brackets() {
    whole("lists", "[ ", "", "] ");
}

#[test]
fn deep_brackets_that_are_limited() {
    limited("parentheses", "(", "1", ")");
    limited("sets", "{ a = ", "1", "; }");
    limited("recursive sets", "rec { a = ", "1", "; }");
    limited("interpolation", "\"${", "1", "}\"");
    limited("interpolation in paths", "./a${", "b", "}");
    limited("dynamic attributes", "{ ${", "a", "} = 1; }");
    limited("lists in parentheses", "([ ", "1", "])");
}

#[test]
fn deep_expressions_that_are_limited() {
    limited("functions", "x: ", "1", "");
    limited("functions of sets", "{ x }: ", "1", "");
    limited("named functions of sets", "x@{ ... }: ", "1", "");
    limited("defaults", "{ x ? ", "1", " }: 1");
    limited("let", "let a = 1; in ", "a", "");
    limited("let inside", "let a = ", "1", "; in a");
    limited("old let", "let { body = ", "1", "; }");
    limited("with", "with a; ", "1", "");
    limited("assert", "assert a; ", "1", "");
    limited("else if", "if a then b else ", "1", "");
    limited("then if", "if a then ", "1", " else b");
}

#[test]
fn deep_operators() {
    whole("not", "!", "a", "");
    whole("minus", "- ", "1", "");
    whole("concat", "a ++ ", "a", "");
    whole("update", "a // ", "a", "");
    whole("update of sets", "{ a = 1; } // ", "{ a = 2; }", "");
    whole("implication", "a -> ", "a", "");
    whole("pipes to the left", "f <| ", "a", "");
    whole("pipes to the right", "a |> ", "f", "");
    whole("sums", "a + ", "a", "");
    whole("and", "a && ", "a", "");
    whole("has", "a", "", " ? b");
    limited("or", "a.b or ", "c", "");
    whole("application", "f ", "x", "");
    whole("a long path", "a.", "b", "");
    limited("not in a list", "[ (x: !", "a", ") ]");
}

#[test]
fn deep_paths_of_attributes() {
    let path = format!("{}b", "a.".repeat(DEEP));
    check(&path[path.len() - 200..]);
    let summary = soon("attribute path", format!("{{ first = 1; {path} = 1; last = 2; }}"));
    assert_eq!(paths(&summary), ["first", "last"], "such a path is none of an option");
    soon("inherit", format!("{{ first = 1; inherit (x) ${{{}1{}}}; }}", "[".repeat(DEEP), "]".repeat(DEEP)));
}

#[test]
fn deep_in_every_place_that_is_read() {
    for (open, middle, close) in [
        ("[ ", "1", " ]"),
        ("- ", "1", ""),
        ("!", "a", ""),
        ("a + ", "a", ""),
        ("./a + ", "\"b\"", ""),
        ("[ \"a\" ] ++ ", "[ \"b\" ]", ""),
        ("{ a = 1; } // ", "{ b = 1; }", ""),
        ("a // ", "{ b = 1; }", ""),
        ("lib.mkForce <| ", "1", ""),
        ("f ", "x", ""),
        ("x.a or ", "b", ""),
    ] {
        let deep = format!("{}{middle}{}", open.repeat(DEEP / 4), close.repeat(DEEP / 4));
        for around in [
            "{ a = 1; b = @; }",
            "{ imports = @; }",
            "{ imports = [ (@) ]; }",
            "{ imports = [ (mkRenamedOptionModule (@) (@)) (mkMergedOptionModule (@) (@) (@)) ]; }",
            "{ options.a = @; }",
            "{ options.a = mkOption (@); }",
            "{ options.a = mkOption { type = @; default = @; }; }",
            "{ options.a = mkOption { type = submodule (@); }; }",
            "{ options.a = mkPackageOption pkgs (@) (@); }",
            "{ options.a = mkEnableOption 1 // @; }",
            "{ config = @; }",
            "@",
            "{ ... }: @",
            "let a = @; in { b = a; c = a.b; imports = a; }",
            "{ a = mkIf (@) (@); }",
            "{ a = mkOverride (@) (@); }",
            "{ a = mkMerge (@); }",
            "{ a = pipe (@) (@); }",
            "{ a = listToAttrs (@); b = genAttrs (@) (@); c = mapAttrs (x: y: @) (@); }",
            "{ a = optionalAttrs (@) (@); }",
            "{ ${@} = 1; a.\"${@}\" = 2; }",
            "f { modules = @; }",
            "{ nixosConfigurations.a = f [ ./a @ ]; }",
        ] {
            soon(around, around.replace('@', &deep));
        }
    }
}

/// Where brackets do not match, what stands in them is deeper than it looks.
#[test]
fn deep_where_it_does_not_look_so() {
    for piece in [
        "[ rec ] {} ",
        "( [ 1 ] ",
        "[ ( 1 ] ",
        "{ a = [ ( } ; ",
        "\"${ [ } \" ",
        "''${ [ ''${ '' ",
        "[ x: ! ",
        "[ x@{ ... }: [ ",
        "/* [ */ [ # ] \n",
        "\"[\" [ \"]\" ",
        "inherit ( [ ) ; ",
        "a.${ [ } . ",
        "[ a.b or ",
        "- ; ",
        "x: ! ! ! ! with y; ",
        "if then else ",
        "let in ",
        "assert ; ",
        "{ x ? [ , ",
        "<<<",
        "''",
        "./a${",
        "a@",
        "or ",
        "inherit ",
    ] {
        for around in ["@", "[ @", "[ [ @ ] ]", "{ a = @", "{ a = [ @ ]; b = 1; }", "x: @", "\"${@}\""] {
            let text = around.replace('@', &piece.repeat(DEEP / 2));
            soon(&format!("{piece} in {around}"), text);
        }
    }
}

#[test]
fn very_deep() {
    for piece in ["[ ", "! ", "- ", "a ++ ", "f x ", "a.b or ", "x: ", "( "] {
        let summary = soon(piece, format!("{{ first = 1; deep = {}", piece.repeat(400_000)));
        assert!(!summary.errors.is_empty(), "{piece}");
        assert_eq!(paths(&summary).first().map(String::as_str), Some("first"), "{piece}");
    }
}

#[test]
fn many_of_everything() {
    let many = |piece: &dyn Fn(usize) -> String, count: usize| (0..count).map(piece).collect::<String>();
    let bindings = many(&|i| format!("a{i} = {i}; "), 100_000);
    assert_eq!(soon("bindings", format!("{{ {bindings} }}")).definitions.len(), 100_000);
    soon("names of a let", format!("let {bindings} in {{ {} }}", many(&|i| format!("b{i} = a{i}; "), 100_000)));
    soon(
        "attributes of a set",
        format!("let s = {{ {bindings} }}; in {{ {} }}", many(&|i| format!("b{i} = s.a{i}; "), 50_000)),
    );
    soon(
        "a large set by many names",
        format!("let s = {{ {bindings} }}; in {{ {} }}", many(&|i| format!("b{i} = s; "), 10_000)),
    );
    soon("lets", format!("{{ {} }}", many(&|i| format!("a{i} = let x = mkForce; in x {i}; "), 50_000)));
    let text = format!("let f = mkForce; in {{ {} }}", many(&|i| format!("a{i} = f {i}; "), 10_000));
    assert!(soon("one alias", text).definitions.iter().all(|found| found.wrapper.is_some()));
    soon(
        "a chain of aliases",
        format!("let a0 = mkForce; {} in {{ x = a50000 1; }}", many(&|i| format!("a{} = a{i}; ", i + 1), 50_000)),
    );
    soon(
        "aliases in circles",
        format!(
            "let {} in {{ {} }}",
            many(&|i| format!("a{i} = a{}; ", (i * 7 + 1) % 10_000), 10_000),
            many(&|i| format!("b{i} = a{i} 1; "), 10_000)
        ),
    );
    soon(
        "inherits in circles",
        format!(
            "let {} in {{ {} }}",
            many(&|i| format!("inherit (a{}) a{i}; ", (i * 7 + 1) % 5_000), 5_000),
            many(&|i| format!("b{i} = a{i} 1; "), 5_000)
        ),
    );
}

#[test]
fn many_of_everything_in_modules() {
    let many = |piece: &dyn Fn(usize) -> String, count: usize| (0..count).map(piece).collect::<String>();
    soon("imports", format!("{{ {} }}", many(&|i| format!("a{i} = {{ imports = [ ./a{i}.nix ]; }}; "), 20_000)));
    soon("an import list", format!("{{ imports = [ {} ]; }}", many(&|i| format!("./a{i}.nix "), 50_000)));
    soon(
        "lists of modules",
        format!("{{ {} }}", many(&|i| format!("a{i} = f {{ modules = [ ./a{i}.nix ]; }}; "), 20_000)),
    );
    soon("updates", format!("{{ a = {} {{ }}; }}", many(&|i| format!("{{ b{i} = 1; }} // "), 20_000)));
    soon("merged", format!("{{ a = mkMerge ({} [ ]); }}", many(&|i| format!("[ {{ b{i} = 1; }} ] ++ "), 20_000)));
    soon("piped", format!("{{ a = pipe 1 [ {} ]; }}", "mkForce ".repeat(20_000)));
    soon(
        "piped conditions",
        format!("{{ a = pipe {{ {} }} [ {} ]; }}", many(&|i| format!("b{i} = 1; "), 5_000), "(mkIf c) ".repeat(5_000)),
    );
    soon(
        "a deep place with many",
        format!("{{ {} = {{ {} }}; }}", vec!["a"; 99].join("."), many(&|i| format!("b{i} = 1; "), 10_000)),
    );
    soon("a list", format!("{{ a = [ {} ]; }}", "x ".repeat(200_000)));
    soon("errors", format!("{{ {} }}", "= ; ".repeat(50_000)));
    soon("strings", format!("{{ a = \"{}\"; }}", "${x}".repeat(50_000)));
}

/// rnix looks through the whole of these at each of their characters.
#[test]
fn characters_that_could_be_of_a_path() {
    soon("dots", "a.".repeat(100_000));
    soon("minus", "-".repeat(1_000_000));
    soon("less", "<".repeat(1_000_000));
    soon("quotes", "\"".repeat(40_000));
}

/// Names that stand for sets with names that stand for sets: what they hold together has no end.
#[test]
fn sets_that_multiply() {
    let doubling = |width: usize, count: usize| {
        (0..count)
            .map(|i| {
                format!("s{i} = {{ {} }}; ", (0..width).map(|k| format!("x{k} = s{}; ", i + 1)).collect::<String>())
            })
            .collect::<String>()
    };
    for (width, count) in [(2, 40), (10, 10), (1000, 8), (20_000, 3)] {
        let lets = doubling(width, count);
        soon("sets", format!("let {lets} s{count} = {{ y = 1; }}; in {{ a = s0; b = s0; c = s1; }}"));
        soon("options", format!("let {lets} s{count} = mkOption {{ }}; in {{ options = s0; }}"));
        let updates = lets.replace("; x", "; } // { x");
        soon("updates", format!("let {updates} s{count} = {{ y = 1; }}; in {{ a = s0; b = s0; }}"));
        let lists = lets.replace('{', "[").replace("; ]", "]").replace('}', "]");
        soon("lists", format!("let {lists} in {{ imports = s0; a = mkMerge s0; }}"));
    }
    let updates: String = (0..30).map(|i| format!("u{i} = u{0} // u{0} // u{0}; ", i + 1)).collect();
    soon("updates by name", format!("let {updates} u30 = {{ y = 1; }}; in {{ a = u0; b = u0 // u1; }}"));
    let lists: String = (0..30).map(|i| format!("l{i} = l{0} ++ l{0} ++ l{0}; ", i + 1)).collect();
    soon("lists by name", format!("let {lists} l30 = [ ./a.nix ]; in {{ imports = l0; a = mkMerge l0; }}"));
    let functions: String = (0..30).map(|i| format!("f{i} = x: {{ a = f{0} x; b = f{0} x; }}; ", i + 1)).collect();
    soon("functions", format!("let {functions} f30 = x: x; in {{ a = f0 1; imports = [ (f0 1) ]; }}"));
}

#[test]
fn names_of_a_large_file() {
    let lets: String = (0..20_000).map(|i| format!("a{i} = [ a{} b{i} ]; ", (i + 1) % 20_000)).collect();
    let text = format!("let {lets} in {{ x = a0; }}");
    let begin = worked();
    let summary = Summary::parse(text.as_str());
    let found = &summary.definitions[0];
    assert!(summary.reached_from(found.value).len() > 1000);
    summary.free_names(&(0..text.len()));
    let took = worked() - begin;
    assert!(took < SOON, "took {took:?}");
}

/// Every snippet of the fuzz target's corpus.
#[test]
fn the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/summary");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry")) {
        check(&String::from_utf8_lossy(&fs::read(entry.path()).expect("a file")));
        count += 1;
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn edits_of_long_and_deep_texts() {
    let flat = format!("{{\n{}}}\n", "  a.b = \"x\";\n".repeat(20_000));
    let list = format!("{{ a = [\n{}]; }}\n", "  (f \"x\")\n".repeat(8_000));
    let deep = format!("{}1{}", "{ a = ".repeat(3_000), "; }".repeat(3_000));
    for (what, text) in [("flat", flat), ("list", list), ("deep", deep)] {
        let before = Source::parse(text.as_str());
        for typed in ["\"", "''", "/*", "{", "}", "(", ")", "[", "]", "${", ".", "x", ";"] {
            // At the beginning of a line, or before the value.
            let middle = text.len() / 2;
            let at = text[middle..].find(['\n', '=', '1']).map_or(middle, |at| middle + at + 1);
            let mut new = text.clone();
            new.insert_str(at, typed);
            let begin = worked();
            let again = before.parse_edited(new.as_str());
            let took = worked() - begin;
            assert!(took < SOON, "{what}, {typed} took {took:?}");
            assert_eq!(again.errors(), Source::parse(new).errors(), "{what}, {typed}");
        }
    }
}
