//! A string that is carried to another column has the value that it had: on strings made at random, by both versions of
//! Nix, which say themselves what is taken away from the lines of one.

use std::fmt::Write as _;
use std::process::Command;

use mkwhy_syntax::edit::{Inserted, Put};
use mkwhy_syntax::{Source, Summary};
use mkwhy_tests::generated::Dice;
use mkwhy_tests::nixes;

const STRINGS: usize = 600;

/// What a line holds after its blanks. Most lines are plain, so that most strings can go along.
const HELD: [&str; 22] = [
    "a",
    "b c",
    "echo $x",
    "# d",
    "",
    "",
    " ",
    "${toString 1}",
    "x${toString 2}",
    "${\"s\\n  t\"}",
    "''${e}",
    "$${f}",
    "'''",
    "'' + ''",
    "''\\n",
    "''\\t g",
    "''\\\n",
    "\th",
    "i\tj",
    "k\r",
    "${''\n      l\n        m\n    ''}",
    "ü",
];

fn string(dice: &mut Dice) -> String {
    let wild = dice.in_hundred(50);
    let opening = dice.one_of(if wild { &["", "", "  ", "a", "\r", "\t", "${toString 3}"] } else { &["", "", "  "] });
    let mut text = format!("''{opening}\n");
    let least = dice.roll(10);
    for _ in 0..dice.roll(6) {
        let held = &HELD[..if wild { HELD.len() } else { 12 }];
        let (blanks, held) = (least + dice.roll(4), dice.one_of(held));
        let _ = writeln!(text, "{}{held}", " ".repeat(blanks));
    }
    let closing = dice.one_of(if wild { &["", " ", "\t", "n"] } else { &["", "  "] });
    text + &" ".repeat(dice.roll(10)) + closing + "''"
}

/// The value in a set at a column, and the same carried to another file, beside what stands there or alone.
fn carried(dice: &mut Dice, value: &str) -> [String; 2] {
    let before = format!("{{ lib }}:\n{{\n{}x = {value};\n}}\n", " ".repeat(dice.roll(9)));
    let source = Source::parse(before.as_str());
    let start = before.find("x = ").expect("it is there") + 4;
    let range = start..start + value.len();
    let carried = source.carried(&Summary::of(&source), &range, "a.nix", "b.nix").expect("no names");
    let step = " ".repeat(dice.roll(7));
    let there = if dice.in_hundred(50) { format!("{step}y.x = {value};\n") } else { String::new() };
    let target = format!("{{ lib }}:\n{{\n{step}y.a = 1;\n{there}}}\n");
    let put = Put {
        path: ["y", "x"].map(str::to_owned).to_vec(),
        values: vec![Inserted { value: carried.text, comments: Vec::new() }],
        keep: true,
        arguments: carried.arguments,
    };
    let target = Source::parse(target);
    let mut edits = target.with_definitions(&[put]).expect("there is room");
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    let mut after = target.text().to_owned();
    for edit in edits {
        after.replace_range(edit.start..edit.end, &edit.text);
    }
    [before, after]
}

#[test]
fn a_string_keeps_its_value_in_another_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut dice = Dice::new(7);
    let mut pairs = String::new();
    let mut moved = 0;
    for number in 0..STRINGS {
        let value = string(&mut dice);
        let texts = carried(&mut dice, &value);
        moved += usize::from(!texts[1].contains(&value));
        for (side, text) in ["a", "b"].into_iter().zip(&texts) {
            std::fs::write(folder.path().join(format!("{side}{number}.nix")), text).expect("written");
        }
        let _ = write!(pairs, "(same {number} ./a{number}.nix ./b{number}.nix)");
    }
    assert!(moved > STRINGS / 3, "only {moved} go along");
    let expression = format!(
        "let lib.mkMerge = all: all;
             same = n: a: b:
               let x = (import a {{ inherit lib; }}).x; y = (import b {{ inherit lib; }}).y.x; in
               if builtins.all (one: one == x) (if builtins.isList y then y else [ y ]) then [ ] else [ n ];
         in builtins.concatLists [ {pairs} ]"
    );
    std::fs::write(folder.path().join("all.nix"), expression).expect("written");
    for nix in nixes() {
        let output = Command::new(nix.program.clone().unwrap_or_else(|| "nix".into()))
            .args([
                "--extra-experimental-features",
                "nix-command",
                "eval",
                "--json",
                "--impure",
                "--file",
                "all.nix",
                "",
            ])
            .current_dir(folder.path())
            .output()
            .expect("Nix runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let wrong: Vec<usize> = serde_json::from_slice(&output.stdout).expect("JSON");
        let shown = |number: &usize| {
            ["a", "b"].map(|side| std::fs::read_to_string(folder.path().join(format!("{side}{number}.nix"))))
        };
        assert!(
            wrong.is_empty(),
            "{}: {} differ: {:#?}",
            nix.name,
            wrong.len(),
            wrong.iter().take(3).map(shown).collect::<Vec<_>>()
        );
    }
}
