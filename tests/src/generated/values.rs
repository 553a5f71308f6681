//! Values of the generated options.

use super::Dice;

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Name,
    Mode,
    OrNull,
    List,
    Lines,
    /// Anything that is merged by attributes.
    Any,
}

/// A path that can be defined, and what it takes.
pub(super) const TARGETS: [(&[&str], Kind); 24] = [
    (&["svc", "enable"], Kind::Bool),
    (&["svc", "port"], Kind::Int),
    (&["svc", "port"], Kind::Int),
    (&["svc", "name"], Kind::Name),
    (&["svc", "mode"], Kind::Mode),
    (&["svc", "opt"], Kind::OrNull),
    (&["svc", "tags"], Kind::List),
    (&["svc", "tags"], Kind::List),
    (&["svc", "text"], Kind::Lines),
    (&["svc", "env", "A"], Kind::Name),
    (&["svc", "env", "B"], Kind::Name),
    (&["svc", "settings", "cores"], Kind::Int),
    (&["svc", "settings", "users"], Kind::List),
    (&["svc", "settings", "free"], Kind::Int),
    (&["svc", "settings", "quoted-name"], Kind::Name),
    (&["svc", "hosts", "h1", "ip"], Kind::Name),
    (&["svc", "hosts", "h1", "tags"], Kind::List),
    (&["svc", "hosts", "h2", "on"], Kind::Bool),
    (&["svc", "any", "deep", "er"], Kind::Any),
    (&["svc", "applied"], Kind::Int),
    (&["feat", "n"], Kind::Int),
    (&["feat", "list"], Kind::List),
    (&["old", "port"], Kind::Int),
    (&["alias", "tags"], Kind::List),
];

/// A value as Nix, mostly written out, sometimes computed. Few different ones, so that they are often equal. What
/// `feat` itself is defined by never looks at `feat`.
pub(super) fn value(dice: &mut Dice, kind: Kind, path: &[&str]) -> String {
    let computed = dice.in_hundred(25) && path[0] != "feat";
    match (kind, computed) {
        (Kind::Bool, false) => dice.one_of(&["true", "false"]).to_owned(),
        (Kind::Bool, true) => dice.one_of(&["config.flags.b", "!config.flags.a", "(cfg.n > 3)"]).to_owned(),
        (Kind::Int, false) => dice.one_of(&["4", "8", "80", "1"]).to_owned(),
        (Kind::Int, true) => dice.one_of(&["cfg.n", "(cfg.n + 1)", "(if config.flags.a then 4 else 8)"]).to_owned(),
        (Kind::Name, false) => {
            dice.one_of(&["\"x\"", "\"y\"", "\"a b\"", "''\n      one\n        two\n    ''"]).to_owned()
        }
        (Kind::Name, true) => dice.one_of(&["cfg.name", "\"${cfg.name}-1\"", "(toString cfg.n)"]).to_owned(),
        (Kind::Mode, _) => dice.one_of(&["\"x\"", "\"y\"", "\"z\""]).to_owned(),
        (Kind::OrNull, false) => dice.one_of(&["null", "4", "8"]).to_owned(),
        (Kind::OrNull, true) => dice.one_of(&["cfg.n", "null"]).to_owned(),
        (Kind::List, false) => dice
            .one_of(&["[ \"x\" ]", "[ \"x\" \"y\" ]", "[ ]", "[\n      \"a\" # first\n      \"x\"\n    ]"])
            .to_owned(),
        (Kind::List, true) => {
            dice.one_of(&["cfg.list", "([ \"x\" ] ++ cfg.list)", "(lib.optional config.flags.b \"opt\")"]).to_owned()
        }
        (Kind::Lines, _) => dice.one_of(&["\"line\"", "''\n      one\n      two\n    ''", "\"\""]).to_owned(),
        (Kind::Any, _) => dice.one_of(&["1", "\"s\"", "{ x = 1; }", "true"]).to_owned(),
    }
}
