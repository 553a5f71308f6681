//! Hand-made data for the tests of the renderings and of the JSON documents.

use mkwhy::{
    Cascade, Cell, Checked, Condition, Declaration, Definition, FinalValue, Finding, Findings, Knowledge, Level,
    Listing, Matrix, Message, OptionPath, Order, Outcome, Parent, Position, Priority, Related, Row, Setting, Site, Tag,
    Target, Texts, Value,
};

use super::Look;

/// Standard output that is a pipe.
pub fn pipe() -> Look {
    Look { width: 80, terminal: false, verbose: false, links: None }
}

/// A terminal of this width, without links.
pub fn terminal(width: usize) -> Look {
    Look { width, terminal: true, ..pipe() }
}

/// A target as a program reads it, since only a workspace can make one.
pub fn target(name: &str, kind: &str, source: &str, default: bool) -> Target {
    let fields = serde_json::json!({ "name": name, "kind": kind, "source": source, "default": default });
    serde_json::from_value(fields).expect("a target")
}

/// The text as it is without colours.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

pub fn path(text: &str) -> OptionPath {
    text.parse().expect("a path")
}

pub fn int(value: i64) -> Value {
    Value::Int { value }
}

pub fn strings(items: &[&str]) -> Value {
    Value::List { items: items.iter().map(|item| Value::String { value: (*item).to_owned() }).collect(), more: 0 }
}

pub fn at(file: &str, line: u32, column: u32) -> Position {
    Position { file: file.to_owned(), line: Some(line), column: Some(column) }
}

/// A definition in a file, without anything special about it.
pub fn definition(file: &str, line: u32, outcome: Outcome, priority: Priority, value: Value) -> Definition {
    Definition {
        at: at(file, line, 5),
        module: file.to_owned(),
        outcome,
        priority: Some(priority),
        order: None,
        conditions: Vec::new(),
        value: Some(value),
        source: None,
        imports: vec!["flake.nix".into(), "hosts/laptop/default.nix".into()],
        parents: Vec::new(),
        via: None,
        declared_default: false,
        elements: None,
        certain: true,
        written: mkwhy::Written::Unread,
    }
}

pub fn shadowed(by: &[usize]) -> Outcome {
    Outcome::Shadowed { by: by.to_vec() }
}

pub fn condition(text: &str, holds: Option<bool>) -> Condition {
    Condition { text: Some(text.to_owned()), holds }
}

/// A cascade of these definitions.
pub fn cascade(name: &str, value: Value, definitions: Vec<Definition>) -> Cascade {
    Cascade {
        path: path(name),
        target: "laptop".into(),
        known: Knowledge::Evaluated,
        option_type: Some("signed integer or value \"auto\" (singular enum)".into()),
        value: FinalValue::Known { json: value.to_json(), value },
        before_apply: None,
        contradiction: false,
        declaration: Some(Declaration {
            at: vec![at("/nix/store/abc-source/nixos/modules/config/nix.nix", 212, 9)],
            default: Some(Value::String { value: "auto".into() }),
            visible: true,
            description: Some("How many jobs Nix runs\nat once.".into()),
            ..Declaration::default()
        }),
        declared: true,
        definitions,
        agrees: Some(true),
        notes: Vec::new(),
    }
}

/// One definition of every outcome that a cascade without a contradiction can have, but no merged ones.
pub fn max_jobs() -> Cascade {
    let plain = Priority::PLAIN;
    let wins = definition("modules/security/nix-daemon.nix", 41, Outcome::Wins, Priority::FORCE, int(2));
    let through = Definition {
        parents: vec![Parent {
            path: path("nix.settings"),
            at: at("modules/base.nix", 3, 3),
            priority: Some(Priority::DEFAULT),
        }],
        via: Some(path("nix.maxJobs")),
        module: "modules/lib/settings.nix".into(),
        ..definition("modules/base.nix", 7, shadowed(&[0]), Priority::DEFAULT, int(4))
    };
    let inactive = Definition {
        conditions: vec![condition("cfg.enable", Some(true)), condition("cfg.offload.enable\n  && true", Some(false))],
        value: None,
        source: Some("cfg.maxJobs\n  or 8".into()),
        ..definition("modules/services/offload.nix", 20, Outcome::Inactive { condition: 1 }, plain, int(0))
    };
    let dropped = Definition {
        parents: vec![Parent {
            path: path("nix.settings"),
            at: at("modules/old.nix", 3, 3),
            priority: Some(Priority(1200)),
        }],
        ..definition(
            "modules/old.nix",
            4,
            Outcome::Dropped { parent: path("nix.settings"), priority: Some(Priority(1200)) },
            plain,
            int(16),
        )
    };
    let undecided = Definition {
        conditions: vec![Condition { text: None, holds: None }],
        priority: None,
        value: None,
        source: Some("mkIt 3".into()),
        certain: false,
        written: mkwhy::Written::Unread,
        at: Position::of_file("modules/generated.nix"),
        ..definition("modules/generated.nix", 1, Outcome::Undecided, plain, int(0))
    };
    let default = Definition {
        declared_default: true,
        ..definition(
            "/nix/store/abc-source/nixos/modules/config/nix.nix",
            212,
            shadowed(&[0]),
            Priority::OPTION_DEFAULT,
            Value::String { value: "auto".into() },
        )
    };
    let shadowed =
        definition("modules/system/nix.nix", 12, shadowed(&[0]), plain, Value::String { value: "auto".into() });
    cascade("nix.settings.max-jobs", int(2), vec![wins, shadowed, through, default, inactive, dropped, undecided])
}

/// A list that two definitions of one priority make, and to which a weaker one contributes nothing.
pub fn trusted_users() -> Cascade {
    let first = Definition {
        elements: Some(0..1),
        order: Some(Order::BEFORE),
        ..definition("modules/a.nix", 3, Outcome::Merged, Priority::PLAIN, strings(&["root"]))
    };
    let second = Definition {
        elements: Some(1..3),
        order: Some(Order::PLAIN),
        ..definition("modules/b.nix", 8, Outcome::Merged, Priority::PLAIN, strings(&["alice", "bob"]))
    };
    let nothing = Definition {
        elements: Some(3..3),
        order: Some(Order(1234)),
        ..definition("modules/c.nix", 8, Outcome::Merged, Priority::PLAIN, strings(&[]))
    };
    let base = definition(
        "modules/core/nix-base.nix",
        60,
        shadowed(&[0, 1, 2]),
        Priority::DEFAULT,
        strings(&["root", "@wheel"]),
    );
    let mut cascade =
        cascade("nix.settings.trusted-users", strings(&["root", "alice", "bob"]), vec![first, second, nothing, base]);
    cascade.option_type = Some("list of string".into());
    cascade.declaration = None;
    cascade
}

/// Two definitions that exclude each other.
pub fn contradiction() -> Cascade {
    let one = definition("modules/a.nix", 3, Outcome::Conflicts, Priority::FORCE, int(2));
    let other = definition("modules/b.nix", 4, Outcome::Conflicts, Priority::FORCE, int(4));
    let weak = definition("modules/c.nix", 5, shadowed(&[0, 1]), Priority::PLAIN, int(8));
    let mut cascade = cascade("nix.settings.max-jobs", int(0), vec![one, other, weak]);
    cascade.contradiction = true;
    let text = "The option `nix.settings.max-jobs' has conflicting definition values:\n- In `modules/a.nix': 2\n- In `modules/b.nix': 4";
    cascade.value = FinalValue::Failed { message: Message::new(text) };
    cascade
}

/// What a person's modules define.
pub fn listing() -> Listing {
    let setting = |name: &str, value: Option<Value>, definitions, files| Setting {
        path: path(name),
        value,
        definitions,
        files,
        undeclared: false,
        contradiction: false,
        error: None,
    };
    Listing {
        target: "laptop".into(),
        known: Knowledge::Evaluated,
        settings: vec![
            setting("nix.settings.cores", Some(int(0)), 1, 1),
            Setting { contradiction: true, ..setting("nix.settings.max-jobs", None, 3, 3) },
            setting("nix.settings.trusted-users", Some(strings(&["root", "alice", "bob"])), 4, 2),
            Setting {
                error: Some(Message {
                    text: "attribute 'x' missing\nin a set".into(),
                    at: Some(at("modules/x.nix", 2, 9)),
                }),
                ..setting("services.x.enable", None, 1, 1)
            },
            Setting { undeclared: true, ..setting("servcies.y", Some(Value::Bool { value: true }), 1, 1) },
        ],
        notes: vec!["2 modules come from inputs.".into()],
    }
}

/// Who sets what.
pub fn matrix() -> Matrix {
    let cell = |module, outcome, priority, line| Cell {
        module,
        priority,
        outcome,
        at: at(["modules/security/nix.nix", "modules/system/nix.nix", "modules/base/default.nix"][module], line, 5),
    };
    let row =
        |name: &str, value, contradiction, cells| Row { path: path(name), value, contradiction, error: None, cells };
    Matrix {
        target: "laptop".into(),
        known: Knowledge::Evaluated,
        modules: ["modules/security/nix.nix", "modules/system/nix.nix", "modules/base/default.nix"]
            .map(str::to_owned)
            .into(),
        rows: vec![
            row(
                "nix.settings.max-jobs",
                Some(int(2)),
                false,
                vec![
                    cell(0, Outcome::Wins, Some(Priority::FORCE), 41),
                    cell(1, shadowed(&[0]), Some(Priority::PLAIN), 12),
                    cell(1, Outcome::Inactive { condition: 0 }, None, 19),
                    cell(2, shadowed(&[0]), Some(Priority::DEFAULT), 7),
                ],
            ),
            row(
                "nix.settings.cores",
                None,
                true,
                vec![
                    cell(0, Outcome::Conflicts, Some(Priority::FORCE), 42),
                    cell(2, Outcome::Conflicts, Some(Priority::FORCE), 8),
                ],
            ),
            Row {
                error: Some(Message::new("attribute 'x' missing")),
                ..row(
                    "nix.settings.x",
                    None,
                    false,
                    vec![
                        cell(1, Outcome::Merged, Some(Priority::PLAIN), 1),
                        cell(2, Outcome::Merged, Some(Priority::PLAIN), 2),
                    ],
                )
            },
        ],
        notes: Vec::new(),
    }
}

/// The module that most findings are in: both kinds of line ends, a tab, and characters of several bytes.
pub const MODULE: &str = "\
{ lib, ... }:
{
  nix.settings.cores = 4;
  nix.settings = {\r
\t\"größe\" = \"日本\"; max-jobs = lib.mkDefault 4; # ü\r
  };
  nix.settings.trusted-users = lib.mkDefault [
    \"root\"
    \"@wheel\"
    \"alice\"
    \"bob\"
  ];
}
";

/// The texts that the findings speak of. One of their files is missing.
pub fn texts() -> Texts {
    Texts::from([("modules/nix.nix", MODULE), ("hosts/a b.nix", "{ x = 1; }\n")])
}

/// A place in [`MODULE`] with its span.
pub fn site(text: &str) -> Site {
    let start = MODULE.find(text).expect("it is in the module");
    let line = MODULE[..start].matches('\n').count() + 1;
    let column = start - MODULE[..start].rfind('\n').map_or(0, |end| end + 1) + 1;
    let number = |n| u32::try_from(n).expect("a small number");
    Site { at: at("modules/nix.nix", number(line), number(column)), span: Some((start, start + text.len())) }
}

/// A finding in all targets.
pub fn finding(code: &str, level: Level, site: Site, message: &str) -> Finding {
    Finding {
        code: code.into(),
        level,
        message: message.into(),
        option: Some(path("nix.settings.cores")),
        site,
        related: Vec::new(),
        targets: vec!["nixosConfigurations.forge".into(), "nixosConfigurations.laptop".into()],
        everywhere: true,
        certain: true,
        tag: None,
    }
}

/// A place with what it has to do with a finding.
pub fn related(site: Site, message: &str) -> Related {
    Related { site, message: message.into() }
}

/// What was found in two targets, of which one does not evaluate.
pub fn findings() -> Findings {
    let elsewhere = |line| Site { at: at("modules/security/nix-daemon.nix", line, 7), span: Some((900, 920)) };
    let shadowed = Finding {
        related: vec![
            related(elsewhere(61), "this one decides"),
            related(site("max-jobs = lib.mkDefault 4;"), "shadowed at mkDefault 1000: `4`"),
        ],
        targets: vec!["nixosConfigurations.forge".into()],
        everywhere: false,
        tag: Some(Tag::Unnecessary),
        ..finding(
            "shadowed-definition",
            Level::Warning,
            site("nix.settings.cores = 4;"),
            "`nix.settings.cores` = `4` does not count: mkForce 50 at modules/security/nix-daemon.nix:61 (`2`) is stronger",
        )
    };
    let dropped = Finding {
        certain: false,
        targets: vec!["nixosConfigurations.laptop".into()],
        ..finding(
            "dropped-contribution",
            Level::Warning,
            site(
                "nix.settings.trusted-users = lib.mkDefault [\n    \"root\"\n    \"@wheel\"\n    \"alice\"\n    \"bob\"\n  ];",
            ),
            "this list adds nothing to `nix.settings.trusted-users`",
        )
    };
    let wrong = finding("wrong-type", Level::Error, elsewhere(3), "the value is no list ](of what): 100%");
    let known = Finding {
        option: None,
        ..finding(
            "unknown-option",
            Level::Information,
            Site { at: Position::of_file("hosts/a b.nix"), span: None },
            "there is no option `x`",
        )
    };
    let hint =
        finding("yielded-default", Level::Hint, site("max-jobs = lib.mkDefault 4;"), "this gave way, as intended");
    let because = Message { text: "attribute 'x' missing\nin a set".into(), at: Some(at("hosts/laptop.nix", 2, 9)) };
    let checked = |target: &str, known| Checked { target: target.into(), known, trace: Vec::new(), help: None };
    Findings {
        findings: vec![known, shadowed, hint, dropped, wrong],
        targets: vec![
            checked("nixosConfigurations.forge", Knowledge::Evaluated),
            checked("nixosConfigurations.laptop", Knowledge::Syntax { because: Some(because) }),
        ],
        allowed: 2,
        known: 7,
        notes: vec!["2 modules come from inputs".into()],
    }
}
