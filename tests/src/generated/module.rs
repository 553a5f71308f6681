//! The text of a generated module.

use std::collections::BTreeMap;

use super::Dice;
use super::values::{Kind, TARGETS, value};

/// How a module is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Functions are called by their bare names, under `with lib;`.
    with_lib: bool,
    /// `let cfg = config.feat; in`.
    cfg: bool,
    /// Sets inside one another rather than paths with dots.
    nested: bool,
    /// Comments everywhere.
    comments: bool,
    /// Lines end with CRLF.
    crlf: bool,
    /// Indented by tabs.
    tabs: bool,
    /// Some values are inherited from a set of its own.
    owns: bool,
    /// A function of its own makes definitions.
    makes: bool,
}

/// A value for each name that can be inherited.
const OWN: &str = "own = {
    port = 8; cores = 4; free = 8; applied = 4; n = 4; opt = 4;
    enable = true; on = true;
    name = \"x\"; mode = \"y\"; text = \"line\"; ip = \"x\"; A = \"x\"; B = \"y\";
    tags = [ \"x\" ]; users = [ \"x\" ]; list = [ \"x\" \"y\" ];
  };";
const NOT_OWN: [&str; 3] = ["quoted-name", "deep", "er"];

/// Definitions of which a port and a tag are only known where it is called.
const MADE: &str = "mk = port: tag: { svc = { inherit port; tags = [ tag \"x\" ]; }; };";

impl Shape {
    fn of(dice: &mut Dice) -> Self {
        Self {
            with_lib: dice.in_hundred(30),
            cfg: dice.in_hundred(70),
            nested: dice.in_hundred(50),
            comments: dice.in_hundred(40),
            crlf: dice.in_hundred(12),
            tabs: dice.in_hundred(12),
            owns: dice.in_hundred(30),
            makes: dice.in_hundred(15),
        }
    }

    fn function(self, name: &str) -> String {
        if self.with_lib { name.to_owned() } else { format!("lib.{name}") }
    }

    fn finished(self, dice: &mut Dice, text: String) -> String {
        let mut text = if self.cfg { text } else { text.replace("cfg.", "config.feat.") };
        if self.tabs {
            text = text.lines().map(|line| format!("{}\n", tabbed(line))).collect();
        }
        if self.crlf {
            text = text.replace('\n', "\r\n");
        }
        if dice.in_hundred(15) { text.trim_end().to_owned() } else { text }
    }
}

fn tabbed(line: &str) -> String {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", "\t".repeat(blanks / 2), line.trim_start_matches(' '))
}

/// One definition.
struct One {
    path: Vec<&'static str>,
    text: String,
}

/// Definitions that a module imports as a value.
pub(super) fn part(dice: &mut Dice) -> String {
    let shape = Shape { with_lib: false, cfg: false, owns: false, ..Shape::of(dice) };
    let set = body(dice, shape);
    shape.finished(dice, format!("{{ config, lib }}:\n{set}\n"))
}

/// A module with a few definitions, to which it adds those that it imports.
pub(super) fn module(dice: &mut Dice, imports: bool) -> String {
    let shape = Shape::of(dice);
    let mut bodies: Vec<String> = Vec::new();
    for _ in 0..=dice.roll(3) {
        let set = body(dice, shape);
        bodies.push(match dice.roll(15) {
            0..=3 => format!("{} {} {set}", shape.function("mkIf"), condition(dice)),
            // Pushed down to the options in it.
            4 => format!("{} {set}", shape.function("mkDefault")),
            5 => {
                let function = shape.function("mkIf");
                format!("{function} {} ({function} {} {set})", condition(dice), condition(dice))
            }
            6 => {
                let (merge, other) = (shape.function("mkMerge"), body(dice, shape));
                format!("{} {} ({merge} [ {set} {other} ])", shape.function("mkIf"), condition(dice))
            }
            // What there is may not depend on what it comes to.
            7 => format!("{} {} {set}", shape.function("optionalAttrs"), dice.one_of(&["true", "(1 == 2)"])),
            8 => format!("({set} // {})", body(dice, shape)),
            _ => set,
        });
    }
    if shape.makes {
        bodies.push(format!("mk {} {}", dice.one_of(&["8", "80"]), dice.one_of(&["\"mk\"", "\"x\""])));
    }
    if imports {
        bodies.push("import ./part.nix { inherit config lib; }".to_owned());
    }
    let config = match bodies.as_slice() {
        [only] => only.clone(),
        several => {
            let items: Vec<String> = several
                .iter()
                .map(|one| if one.starts_with('{') { format!("    {one}\n") } else { format!("    ({one})\n") })
                .collect();
            format!("{} [\n{}  ]", shape.function("mkMerge"), items.concat())
        }
    };
    let arguments = dice.one_of(&["{ config, lib, ... }:", "{ lib, config, ... }:", "{\n  config,\n  lib,\n  ...\n}:"]);
    let with = if shape.with_lib { "with lib;\n" } else { "" };
    let bound: String = [("cfg = config.feat;", shape.cfg), (OWN, shape.owns), (MADE, shape.makes)]
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(binding, _)| format!("  {binding}\n"))
        .collect();
    let bound = if bound.is_empty() { bound } else { format!("let\n{bound}in\n") };
    let comment = if shape.comments { "# A module.\n" } else { "" };
    let text = if dice.in_hundred(50) {
        format!("{comment}{arguments}\n{with}{bound}{{\n  config = {config};\n}}\n")
    } else {
        format!("{comment}{arguments}\n{with}{bound}{config}\n")
    };
    shape.finished(dice, text)
}

/// What one host says for itself: its flags, and a definition or two.
pub(super) fn host(dice: &mut Dice) -> String {
    let shape = Shape { with_lib: false, cfg: false, crlf: false, tabs: false, owns: false, ..Shape::of(dice) };
    let flags: String =
        ["a", "b", "c"].iter().map(|flag| format!("  flags.{flag} = {};\n", dice.one_of(&["true", "false"]))).collect();
    let more: String = (0..dice.roll(3))
        .map(|_| one(dice, shape))
        .fold(BTreeMap::new(), |mut all: BTreeMap<String, String>, one| {
            all.entry(one.path.join(".")).or_insert(one.text);
            all
        })
        .into_iter()
        .map(|(path, text)| format!("  {} = {text};\n", dotted(&path.split('.').collect::<Vec<_>>())))
        .collect();
    shape.finished(dice, format!("{{ config, lib, ... }}:\n{{\n{flags}{more}}}\n"))
}

fn condition(dice: &mut Dice) -> &'static str {
    dice.one_of(&[
        "config.flags.a",
        "config.flags.b",
        "config.flags.c",
        "(!config.flags.a)",
        "(config.flags.a && config.flags.b)",
        "true",
        "cfg.enable",
    ])
}

/// A definition with its functions around it.
fn one(dice: &mut Dice, shape: Shape) -> One {
    let (path, kind) = TARGETS[dice.roll(TARGETS.len())];
    let mut text = value(dice, kind, path);
    let bare = |text: &str| text.starts_with(['(', '[', '{', '"', '\'']) || !text.contains([' ', '!']);
    let argument = |text: String| if bare(&text) { text } else { format!("({text})") };
    if kind == Kind::List && dice.in_hundred(20) {
        text = format!("{} {}", shape.function(dice.one_of(&["mkBefore", "mkAfter", "mkOrder 700"])), argument(text));
    }
    let priority = ["mkDefault", "mkDefault", "mkForce", "mkOverride 70", "mkOverride 1200", "mkVMOverride"];
    if dice.in_hundred(45) {
        let called = format!("{} {}", shape.function(dice.one_of(&priority)), wrapped(text));
        text = called;
    }
    if dice.in_hundred(25) && path[0] != "feat" {
        text = format!("{} {} {}", shape.function("mkIf"), condition(dice), wrapped(text));
    } else if dice.in_hundred(6) {
        let again = value(dice, kind, path);
        text = format!("{} [ {} {} ]", shape.function("mkMerge"), wrapped(text), wrapped(again));
    }
    One { path: path.to_vec(), text }
}

/// As an argument of a function.
fn wrapped(text: String) -> String {
    let quoted = text.starts_with('"') || text.starts_with("''") || text.starts_with('[') || text.starts_with('{');
    if quoted || (text.starts_with('(') && text.ends_with(')')) || !text.contains([' ', '!']) {
        text
    } else {
        format!("({text})")
    }
}

fn dotted(path: &[&str]) -> String {
    path.join(".")
}

/// A set of definitions, each path at most once, and none inside another.
fn body(dice: &mut Dice, shape: Shape) -> String {
    let mut all: BTreeMap<Vec<&'static str>, String> = BTreeMap::new();
    for _ in 0..1 + dice.roll(5) {
        let one = one(dice, shape);
        all.entry(one.path).or_insert(one.text);
    }
    let mut text = String::from("{\n");
    if shape.nested {
        nested(dice, shape, &all, 0, 2, &mut text);
    } else {
        for (path, value) in &all {
            comment(dice, shape, 4, &mut text);
            text.push_str(&format!("    {} = {value};\n", dotted(path)));
        }
    }
    text.push_str("  }");
    text
}

fn comment(dice: &mut Dice, shape: Shape, indentation: usize, text: &mut String) {
    if shape.comments && dice.in_hundred(40) {
        text.push_str(&format!("{}# about the next one\n", " ".repeat(indentation)));
    }
    if shape.comments && dice.in_hundred(15) {
        text.push('\n');
    }
}

/// The same as sets inside one another, some with a function around them.
fn nested(
    dice: &mut Dice,
    shape: Shape,
    all: &BTreeMap<Vec<&'static str>, String>,
    depth: usize,
    level: usize,
    text: &mut String,
) {
    let blanks = " ".repeat(level * 2);
    let mut groups: BTreeMap<&str, BTreeMap<Vec<&'static str>, String>> = BTreeMap::new();
    for (path, value) in all {
        groups.entry(path[depth]).or_default().insert(path.clone(), value.clone());
    }
    for (name, group) in groups {
        comment(dice, shape, level * 2, text);
        match group.iter().next() {
            Some((path, _))
                if shape.owns && path.len() == depth + 1 && !NOT_OWN.contains(&name) && dice.in_hundred(30) =>
            {
                text.push_str(&format!("{blanks}inherit (own) {name};\n"));
            }
            Some((path, value)) if group.len() == 1 && (path.len() == depth + 1 || dice.in_hundred(40)) => {
                text.push_str(&format!("{blanks}{} = {value};\n", dotted(&path[depth..])));
            }
            _ => {
                let around = match dice.roll(12) {
                    0 => format!("{} ", shape.function("mkDefault")),
                    1 => format!("{} ", shape.function("mkForce")),
                    2 if name != "feat" => format!("{} {} ", shape.function("mkIf"), condition(dice)),
                    _ => String::new(),
                };
                text.push_str(&format!("{blanks}{name} = {around}{{\n"));
                nested(dice, shape, &group, depth + 1, level + 1, text);
                text.push_str(&format!("{blanks}}};\n"));
            }
        }
    }
}
