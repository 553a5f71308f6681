//! Every kind of fix, in files that are written in every style: it does the same in all of them, and keeps the style.

use std::collections::BTreeSet;
use std::path::Path;

use mkwhy::{Check, Fix, FixKind, Inspection, MoveRequest, OptionPath, Priority, Workspace};
use mkwhy_syntax::{Source, Summary};
use mkwhy_tests::{block_on, nixes, open, part, repository};
use rnix::SyntaxKind;

/// The kinds of fixes that there have to be: the rule, or none, and what it does. Every finding can be allowed as well.
const KINDS: [(&str, FixKind); 22] = [
    ("", FixKind::Move),
    ("", FixKind::Priority),
    ("conflicting-definitions", FixKind::Settle),
    ("dropped-contribution", FixKind::Keep),
    ("dropped-contribution", FixKind::Remove),
    ("duplicate-element", FixKind::Remove),
    ("inactive-definition", FixKind::Remove),
    ("local-contradiction", FixKind::Priority),
    ("local-contradiction", FixKind::Remove),
    ("local-duplicate", FixKind::Remove),
    ("needless-force", FixKind::Priority),
    ("needless-order", FixKind::Priority),
    ("read-only-option", FixKind::Remove),
    ("redundant-definition", FixKind::Remove),
    ("renamed-option", FixKind::Rename),
    ("same-as-default", FixKind::Remove),
    ("shadowed-definition", FixKind::Priority),
    ("shadowed-definition", FixKind::Remove),
    ("unknown-option", FixKind::Remove),
    ("unknown-option", FixKind::Rename),
    ("unused-allow", FixKind::Remove),
    ("yielded-default", FixKind::Priority),
];

/// A style, with what it makes of the text of one of the folders in `tests/styles`.
struct Style {
    name: &'static str,
    folder: &'static str,
    of: fn(&str) -> String,
}

/// The first one is what the others are compared with.
const STYLES: [Style; 10] = [
    Style { name: "nixfmt", folder: "nixfmt", of: str::to_owned },
    Style { name: "alejandra", folder: "alejandra", of: str::to_owned },
    Style { name: "dense", folder: "dense", of: str::to_owned },
    Style { name: "CRLF", folder: "nixfmt", of: crlf },
    Style { name: "tabs", folder: "nixfmt", of: tabs },
    Style { name: "no final newline", folder: "nixfmt", of: |text| text.trim_end().to_owned() },
    Style { name: "CRLF, tabs and no final newline", folder: "alejandra", of: |text| crlf(tabs(text).trim_end()) },
    Style { name: "comments beside and above all lines", folder: "nixfmt", of: commented },
    Style { name: "comments between all tokens", folder: "nixfmt", of: between },
    Style { name: "comments between all tokens, dense", folder: "dense", of: between },
];

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn tabs(text: &str) -> String {
    let line = |line: &str| {
        let rest = line.trim_start_matches(' ');
        format!("{}{rest}\n", "\t".repeat((line.len() - rest.len()) / 2))
    };
    text.lines().map(line).collect()
}

/// A token of a text, with where it begins.
fn tokens(text: &str) -> Vec<(SyntaxKind, usize, String)> {
    let root = rnix::Root::parse(text).syntax();
    root.descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .map(|token| (token.kind(), usize::from(token.text_range().start()), token.text().to_owned()))
        .collect()
}

fn commented(text: &str) -> String {
    let strings: Vec<(usize, usize)> = tokens(text)
        .into_iter()
        .filter(|(kind, ..)| *kind == SyntaxKind::TOKEN_STRING_CONTENT)
        .map(|(_, start, text)| (start, start + text.len()))
        .collect();
    let inside = |at: usize| strings.iter().any(|(start, end)| *start <= at && at < *end);
    let mut out = String::new();
    let mut at: usize = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let code = line.trim();
        let free = !code.is_empty() && !code.starts_with('#');
        if free && !inside(at.saturating_sub(1)) {
            let indentation = &line[..line.len() - line.trim_start().len()];
            out.push_str(&format!("{indentation}# above {number}\n"));
        }
        at += line.len();
        let beside = free && !inside(at.saturating_sub(1)) && !code.contains('#');
        out.push_str(line.trim_end_matches('\n'));
        out.push_str(&if beside { format!(" # beside {number}\n") } else { "\n".to_owned() });
    }
    out
}

fn between(text: &str) -> String {
    let all = tokens(text);
    let mut out = String::new();
    for (number, (kind, _, text)) in all.iter().enumerate() {
        out.push_str(text);
        let space = all.get(number + 1).is_some_and(|(next, ..)| *next == SyntaxKind::TOKEN_WHITESPACE);
        if space && *kind != SyntaxKind::TOKEN_COMMENT {
            out.push_str(&format!(" /* {number} */"));
        }
    }
    out
}

/// What a text says, without how it is written.
fn code(text: &str) -> String {
    let part = |(kind, _, text): (SyntaxKind, usize, String)| match kind {
        SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT => None,
        SyntaxKind::TOKEN_STRING_CONTENT => Some(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => Some(text),
    };
    tokens(text).into_iter().filter_map(part).collect::<Vec<_>>().join(" ")
}

fn comments(text: &str) -> Vec<String> {
    let all = tokens(text).into_iter().filter(|(kind, ..)| *kind == SyntaxKind::TOKEN_COMMENT);
    all.map(|(.., text)| text.trim_end().to_owned()).collect()
}

/// A definition: its path, its priority and order, and the rest.
type Meaning = (String, String, String);

fn meaning(text: &str) -> Vec<Meaning> {
    let source = Source::parse(text);
    let summary = Summary::of(&source);
    let one = |definition: &mkwhy_syntax::summary::Definition| {
        let path = definition.static_path().map(|path| path.to_string()).unwrap_or_default();
        let functions = definition.wrapper.map_or("", |wrapper| {
            let start = wrapper.range().start;
            &text[start..definition.value.range().start.max(start)]
        });
        let strength = format!("{:?} {:?} {}", definition.priority, definition.order, code(functions));
        let conditions: Vec<String> =
            definition.conditions.iter().map(|condition| code(summary.slice(condition.text))).collect();
        (path, strength, format!("{conditions:?} {}", code(summary.slice(definition.value))))
    };
    // What a set says is what stands in it.
    let all: Vec<Meaning> = summary.definitions.iter().map(one).collect();
    let has_parts = |path: &str| all.iter().any(|(other, ..)| other.starts_with(&format!("{path}.")));
    all.iter().filter(|(path, _, rest)| !has_parts(path) && !rest.ends_with("{ }")).cloned().collect()
}

fn all_fixes(workspace: &Workspace, inspection: &Inspection) -> Vec<Fix> {
    let inspections = std::slice::from_ref(inspection);
    let mut found =
        workspace.findings(inspections, &Check { all_targets: true, ..Check::default() }).expect("findings").findings;
    found.sort_by_key(|finding| (finding.code.clone(), finding.option.clone(), finding.site.at.clone()));
    let mut fixes: Vec<Fix> = found.iter().flat_map(|finding| workspace.fixes(inspections, finding)).collect();
    let mut options: Vec<&mkwhy::Cascade> = inspection.cascades().collect();
    options.sort_by(|a, b| a.path.cmp(&b.path));
    for cascade in &options {
        let mut definitions: Vec<_> = cascade.definitions.iter().collect();
        definitions.sort_by(|a, b| a.at.cmp(&b.at));
        for definition in definitions {
            fixes.extend(workspace.refactorings(inspections, &cascade.path, &definition.at));
        }
    }
    let svc: OptionPath = "svc".parse().expect("a path");
    let wanted = options.iter().map(|cascade| &cascade.path).filter(|path| path.starts_with(&svc)).chain([&svc]);
    for option in wanted {
        for to in [None, Some("other.nix"), Some("new/base.nix")] {
            for priority in [None, Some(Priority::DEFAULT), Some(Priority::PLAIN), Some(Priority::FORCE)] {
                let request = MoveRequest {
                    option: option.clone(),
                    to: to.map(str::to_owned),
                    all: true,
                    keep_inactive: true,
                    priority,
                    ..MoveRequest::default()
                };
                fixes.extend(workspace.plan_move(inspections, &request).ok().map(|plan| plan.fix));
            }
        }
    }
    fixes.retain(|fix| !fix.change.is_empty());
    fixes
}

/// The fixes in one style.
fn fixes_in(style: &Style) -> Vec<Fix> {
    let folder = tempfile::tempdir().expect("a folder");
    let styles = repository().join("tests/styles");
    let copy = |from: &Path, name: &str, of: fn(&str) -> String| {
        let text = std::fs::read_to_string(from.join(name)).expect("there");
        std::fs::write(folder.path().join(name), of(&text)).expect("written");
    };
    for name in ["default.nix", "options.nix", "other.nix"] {
        copy(&styles, name, str::to_owned);
    }
    for name in ["a.nix", "base.nix"] {
        copy(&styles.join(style.folder), name, style.of);
    }
    let settings = format!(
        "base-module = \"base.nix\"\n[[target]]\nname = \"one\"\nfile = \"default.nix\"\narguments = {{ nixpkgs = \"{}\" }}\n",
        part("nixpkgs-22.11").display()
    );
    std::fs::write(folder.path().join("mkwhy.toml"), settings).expect("written");
    let workspace = open(folder.path(), &nixes()[0]);
    block_on(async {
        let targets = workspace.targets().await.expect("targets");
        let inspection = workspace.inspect(&targets[0]).await.expect("it evaluates");
        all_fixes(&workspace, &inspection)
    })
}

/// A fix with the lines that it changes.
fn shown(fix: &Fix) -> String {
    let mut text = format!("{} ({:?}, {:?} of {:?})\n", fix.title, fix.kind, fix.code, fix.option);
    for (name, file) in fix.change.files() {
        let (before, after) = (file.before.as_deref().unwrap_or_default(), file.after());
        let missing = |from: &str, of: &str, sign: char| -> String {
            let others: Vec<&str> = of.split('\n').collect();
            from.split('\n').filter(|line| !others.contains(line)).map(|line| format!("{sign}{line}\n")).collect()
        };
        text.push_str(&format!("--- {name}\n{}{}", missing(before, &after, '-'), missing(&after, before, '+')));
    }
    text
}

/// What is wrong with how one file of a fix is written.
fn badly_written(file: &mkwhy::FileChange) -> Option<String> {
    let (before, after) = (file.before.as_deref().unwrap_or_default(), file.after());
    let errors = Source::parse(after.as_str()).errors().to_vec();
    if !errors.is_empty() {
        return Some(format!("it is no Nix any more: {errors:?}"));
    }
    // What stands in a string is part of a value.
    let layout = |text: &str| -> String {
        let outside = tokens(text).into_iter().filter(|(kind, ..)| *kind != SyntaxKind::TOKEN_STRING_CONTENT);
        outside.map(|(.., text)| text).collect()
    };
    let (before, after) = (layout(before), layout(&after));
    let ends = |text: &str| (text.contains("\r\n"), text.replace("\r\n", "").contains('\n'));
    if !before.is_empty() && ends(&before) != ends(&after) {
        return Some("the ends of lines are others".to_owned());
    }
    if !before.is_empty() && before.ends_with('\n') != after.ends_with('\n') {
        return Some("the end of the file is another one".to_owned());
    }
    let trailing = |text: &str| text.lines().filter(|line| line.ends_with([' ', '\t'])).count();
    if trailing(&after) > trailing(&before) {
        return Some("blanks at the end of a line".to_owned());
    }
    let mixed = |text: &str| text.lines().filter(|line| line.starts_with("\t ") || line.starts_with(" \t")).count();
    let spaced = |text: &str| text.lines().filter(|line| line.starts_with(' ')).count();
    if before.contains("\n\t") && (mixed(&after) > mixed(&before) || spaced(&after) > spaced(&before)) {
        return Some("blanks instead of tabs".to_owned());
    }
    None
}

/// What is in one list and not in another, as often as it is there more often.
fn difference<'m>(of: &'m [Meaning], without: &[Meaning]) -> Vec<&'m Meaning> {
    let mut others: Vec<&Meaning> = without.iter().collect();
    let is_new = |one: &&'m Meaning| match others.iter().position(|other| other == one) {
        Some(at) => {
            others.remove(at);
            false
        }
        None => true,
    };
    of.iter().filter(is_new).collect()
}

/// What is wrong with what a fix comes to.
fn does_something_else(fix: &Fix) -> Option<String> {
    let mut before: Vec<Meaning> = Vec::new();
    let mut after: Vec<Meaning> = Vec::new();
    let (mut comments_before, mut comments_after) = (Vec::new(), Vec::new());
    for (_, file) in fix.change.files() {
        let text = file.before.as_deref().unwrap_or_default();
        before.extend(meaning(text));
        after.extend(meaning(&file.after()));
        comments_before.extend(comments(text));
        comments_after.extend(comments(&file.after()));
    }
    let gone = difference(&before, &after);
    let new = difference(&after, &before);
    let lost: Vec<&String> = comments_before.iter().filter(|comment| !comments_after.contains(comment)).collect();
    let stays = |what: fn(&Meaning) -> String| {
        gone.len() == new.len() && gone.iter().zip(&new).all(|(gone, new)| what(gone) == what(new))
    };
    let right = match fix.kind {
        FixKind::Allow => gone.is_empty() && new.is_empty(),
        FixKind::Remove if fix.code.as_deref() == Some("duplicate-element") => {
            gone.len() == 1 && stays(|(path, strength, _)| format!("{path} {strength}"))
        }
        FixKind::Remove if fix.code.as_deref() == Some("unused-allow") => gone.is_empty() && new.is_empty(),
        FixKind::Remove => after.len() < before.len() && new.is_empty(),
        FixKind::Priority | FixKind::Keep => !gone.is_empty() && stays(|(path, ..)| path.clone()),
        FixKind::Settle => !gone.is_empty() || after.len() < before.len(),
        FixKind::Rename => gone.len() == 1 && stays(|(_, strength, rest)| format!("{strength} {rest}")),
        FixKind::Move => after.len() <= before.len() && after != before,
    };
    if !right {
        return Some(format!("it does something else: {gone:#?} become {new:#?}"));
    }
    let keeps_comments = matches!(fix.kind, FixKind::Priority | FixKind::Keep | FixKind::Rename | FixKind::Allow);
    if keeps_comments && !lost.is_empty() {
        return Some(format!("comments are lost: {lost:?}"));
    }
    None
}

/// What the files of a fix say with it. Where comments stand in a set it stays, emptied, with those that belong to nothing.
fn said(fix: &Fix, style: &Style) -> Vec<String> {
    let file = |(name, file): (&str, &mkwhy::FileChange)| match style.name.contains("comments") {
        true => format!("{name}: {:?}", meaning(&file.after())),
        false => format!("{name}: {}", code(&file.after())),
    };
    fix.change.files().map(file).collect()
}

#[test]
fn every_kind_of_fix_in_every_style() {
    let reference = fixes_in(&STYLES[0]);
    let kinds: BTreeSet<(&str, FixKind)> =
        reference.iter().map(|fix| (fix.code.as_deref().unwrap_or_default(), fix.kind)).collect();
    for kind in KINDS {
        assert!(kinds.contains(&kind), "{kind:?} is missing in {kinds:?}");
    }
    let mut wrong: Vec<String> = Vec::new();
    for style in &STYLES {
        let fixes = fixes_in(style);
        assert_eq!(fixes.len(), reference.len(), "{}", style.name);
        for (fix, known) in fixes.iter().zip(&reference) {
            let about = |fix: &Fix| (fix.kind, fix.code.clone(), fix.option.clone());
            assert_eq!(about(fix), about(known), "{}", style.name);
            let badly = fix.change.files().find_map(|(_, file)| badly_written(file));
            let why = badly
                .or_else(|| does_something_else(fix))
                .or_else(|| (said(fix, style) != said(known, style)).then(|| format!("it is not {}", shown(known))));
            wrong.extend(why.map(|why| format!("{}: {why}\n{}", style.name, shown(fix))));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong\n{}",
        wrong.len(),
        wrong.iter().take(20).map(|one| format!("{one}\n")).collect::<String>()
    );
}
