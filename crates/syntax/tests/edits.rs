//! Random changes of what people write never make reading panic, nor give a place outside of the text.

mod check;

use std::fs;
use std::path::{Path, PathBuf};

use check::check;
use proptest::prelude::*;

/// What people really write: the fixtures, and some of real module sets where they are.
fn files() -> Vec<String> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut files = Vec::new();
    nix_files(&fixtures, &mut files);
    files.sort();
    if let Some(real) = std::env::var_os("MKWHY_REAL") {
        let mut more = Vec::new();
        ["home-manager/modules", "nixvim/plugins", "nix-darwin/modules"]
            .iter()
            .for_each(|folder| nix_files(&Path::new(&real).join(folder), &mut more));
        more.sort();
        files.extend(more.into_iter().step_by(7));
    }
    files.into_iter().filter_map(|file| fs::read_to_string(file).ok()).filter(|text| text.len() < 6000).collect()
}

fn nix_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => nix_files(&path, found),
            false if path.extension().is_some_and(|extension| extension == "nix") => found.push(path),
            false => {}
        }
    }
}

/// A change of a text, at places given as shares of its length.
#[derive(Debug, Clone)]
enum Edit {
    Insert(u16, String),
    Delete(u16, u8),
    Replace(u16, u8, String),
    Cut(u16),
    CutBegin(u16),
    Duplicate(u16, u8, u16),
    Endings(&'static str),
}

/// A character boundary.
fn at(text: &str, share: u16) -> usize {
    (0..=text.len() * usize::from(share) / usize::from(u16::MAX))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn after(text: &str, begin: usize, bytes: u8) -> usize {
    (begin + usize::from(bytes)..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn edited(mut text: String, edit: &Edit) -> String {
    match edit {
        Edit::Insert(place, piece) => text.insert_str(at(&text, *place), piece),
        Edit::Delete(place, bytes) => {
            let begin = at(&text, *place);
            text.replace_range(begin..after(&text, begin, *bytes), "");
        }
        Edit::Replace(place, bytes, piece) => {
            let begin = at(&text, *place);
            text.replace_range(begin..after(&text, begin, *bytes), piece);
        }
        Edit::Cut(place) => text.truncate(at(&text, *place)),
        Edit::CutBegin(place) => text.replace_range(..at(&text, *place), ""),
        Edit::Duplicate(place, bytes, to) => {
            let begin = at(&text, *place);
            let piece = text[begin..after(&text, begin, *bytes)].to_owned();
            text.insert_str(at(&text, *to), &piece);
        }
        Edit::Endings(ending) => text = text.replace('\n', ending),
    }
    text
}

fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ";",
        "=",
        ".",
        ",",
        ":",
        "@",
        "?",
        "...",
        "\"",
        "''",
        "${",
        "}\"",
        "''${",
        "$",
        "\\",
        "#",
        "/*",
        "*/",
        "//",
        "++",
        "->",
        "|>",
        "<|",
        "!",
        "-",
        "<",
        ">",
        "<nixpkgs>",
        "./a.nix",
        "./. + \"/x\"",
        "~/x",
        "or",
        "rec",
        "let",
        "in",
        "with",
        "inherit",
        "if",
        "then",
        "else",
        "assert",
        " a ",
        " a = ",
        " x: ",
        "{ ... }: ",
        "args@",
        "🦀",
        "👩‍👩‍👧",
        "e\u{301}",
        "\u{301}",
        "\r\n",
        "\r",
        "\n",
        "\t",
        "\0",
        "\u{feff}",
        "\u{2028}",
        "\u{85}",
        " mkIf ",
        " lib.mkForce ",
        " mkMerge [ ",
        " mkOverride 5 ",
        " optionalAttrs ",
        " imports = [ ",
        " options = ",
        " config = ",
        " config.",
        " mkOption { type = ",
        " submodule ",
        " pipe ",
        " genAttrs [ \"a\" ] ",
        " mapAttrs ",
        " listToAttrs ",
        " flip ",
        " inherit (",
        " modules = [ ",
        "1",
        "1.5e",
        "a:b",
        "ß",
        "'",
    ];
    prop_oneof![
        6 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ]
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (any::<u16>(), pieces()).prop_map(|(place, piece)| Edit::Insert(place, piece)),
        3 => (any::<u16>(), 1..40_u8).prop_map(|(place, bytes)| Edit::Delete(place, bytes)),
        3 => (any::<u16>(), 1..12_u8, pieces()).prop_map(|(place, bytes, piece)| Edit::Replace(place, bytes, piece)),
        1 => any::<u16>().prop_map(Edit::Cut),
        1 => any::<u16>().prop_map(Edit::CutBegin),
        2 => (any::<u16>(), any::<u8>(), any::<u16>()).prop_map(|(place, bytes, to)| Edit::Duplicate(place, bytes, to)),
        1 => prop::sample::select(&["\r\n", "\r", "\n\n", " "][..]).prop_map(Edit::Endings),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_of_what_people_write(file in any::<prop::sample::Index>(), edits in prop::collection::vec(edits(), 1..8)) {
        static FILES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(files);
        check(&edits.iter().fold(file.get(&FILES).clone(), edited));
    }

    #[test]
    fn pieces_of_nix(pieces in prop::collection::vec(pieces(), 0..60)) {
        check(&pieces.concat());
    }
}
