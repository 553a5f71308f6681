//! A text that is parsed after another comes to the same as by itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// Cheap numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    nix_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"), &mut files);
    if let Some(real) = std::env::var_os("MKWHY_REAL") {
        nix_files(Path::new(&real), &mut files);
    }
    files.sort();
    files
}

fn nix_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            nix_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            found.push(path);
        }
    }
}

const PIECES: [&str; 44] = [
    "a",
    "x",
    "1",
    " ",
    "\n",
    ".",
    "=",
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "''",
    "$",
    "${",
    ":",
    "?",
    ",",
    "@",
    "#",
    "/*",
    "*/",
    "/",
    "//",
    "<",
    "-",
    "\\",
    "\t",
    "\r\n",
    "ü",
    "inherit ",
    "let ",
    " in ",
    "with x; ",
    "a = 1;",
    " b.c = { };",
    "foo",
    "a.",
    "rec ",
    "} // {",
    "};\n b = {",
];

/// A text with a piece put in or something taken out, at a character's boundary.
fn edited(text: &str, numbers: &mut Numbers) -> String {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at += 1;
        }
        at
    };
    let start = boundary(numbers.below(text.len() + 1));
    let mut text = text.to_owned();
    match numbers.below(4) {
        0 => text.replace_range(start..boundary((start + 1 + numbers.below(30)).min(text.len())), ""),
        1 => text.replace_range(
            start..boundary((start + 1 + numbers.below(3)).min(text.len())),
            PIECES[numbers.below(PIECES.len())],
        ),
        _ => text.insert_str(start, PIECES[numbers.below(PIECES.len())]),
    }
    text
}

/// How many texts were parsed from others, of how many.
fn hold(text: &str, edits: usize, numbers: &mut Numbers) -> (usize, usize) {
    let (tree, errors) = Tree::parse(text);
    if !errors.is_empty() {
        return (0, 0);
    }
    let (mut again, mut all) = (0, 0);
    for _ in 0..edits {
        let mut new = edited(text, numbers);
        if numbers.below(4) == 0 {
            new = edited(&new, numbers);
        }
        all += 1;
        let (from_old, broken) = (tree.parse_again(text, &new), Tree::parse_likely_broken(&new));
        again += usize::from(from_old.is_some());
        let (by_itself, errors) = Tree::parse(&new);
        let difference = || {
            let at = text.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
            let near = |text: &str| {
                let bytes = &text.as_bytes()[at.saturating_sub(120)..(at + 120).min(text.len())];
                String::from_utf8_lossy(bytes).into_owned()
            };
            format!("at {at}\n--- before\n{}\n--- after\n{}", near(text), near(&new))
        };
        for (other, its_errors) in from_old.into_iter().chain([broken]) {
            assert_eq!(its_errors, errors, "{}", difference());
            assert!(other.green == by_itself.green, "{}", difference());
        }
    }
    (again, all)
}

#[test]
fn parentheses_that_end_with_something_else() {
    // By itself, rnix takes the first `;` for one `)` and the second `=` for the other.
    let (_, errors) = Tree::parse("{ a = (f (g x; b = 1; }");
    assert!(errors.iter().any(|error| error.message.contains("`)`")), "{errors:?}");
    assert!(Tree::parse("{ a = (f (g x)); b = 1; }").1.is_empty());
}

#[test]
fn a_byte_order_mark_inside_is_none() {
    let old =
        "{\n  a = 1;\n  b = 2;\n  c = { d = 3; };\n  e = \"a long value so that there is something around it\";\n}\n";
    let (tree, _) = Tree::parse(old);
    let new = old.replace("a = 1;", "a = 1;\u{feff}");
    let (whole, errors) = Tree::parse(&new);
    assert_eq!(whole.root().end(), new.len());
    if let Some((again, its_errors)) = tree.parse_again(old, &new) {
        assert_eq!((again.root().end(), its_errors), (new.len(), errors));
        assert!(again.green == whole.green);
    }
}

#[test]
fn a_bracket_among_operators_of_a_list() {
    let rest = "z = 1;\n  ".repeat(20);
    let old = format!(
        "{{\n  a = f [\n    {{ b = 1; }}\n    (g (cfg.x != {{ }}) [ c ])\n    {{ d = 2; }}\n  ];\n  {rest}}}\n"
    );
    let (tree, _) = Tree::parse(&old);
    let new = old.replace("(cfg.x", "(cfg).x");
    let (again, its_errors) = tree.parse_again(&old, &new).expect("only what is around it is parsed");
    let (whole, errors) = Tree::parse(&new);
    assert_eq!((its_errors.len(), its_errors), (1, errors));
    assert!(again.green == whole.green);
    // What would be skipped by rnix may go on behind the list.
    let skips = old.replace("(cfg.x !=", "(cfg.x) != !=");
    assert!(tree.parse_again(&old, &skips).is_none_or(|(again, _)| again.green == Tree::parse(&skips).0.green));
}

/// `MKWHY_EDITS` is how many edits of each file are tried.
#[test]
fn parsed_again_is_parsed() {
    let mut numbers = Numbers(7);
    let edits = std::env::var("MKWHY_EDITS").ok().and_then(|edits| edits.parse().ok()).unwrap_or(40);
    let (mut again, mut all) = (0, 0);
    for file in files() {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let (some, of) = hold(&text, edits, &mut numbers);
        (again, all) = (again + some, all + of);
    }
    assert!(all > 1_000 && again * 4 > all, "{again} of {all}");
}
