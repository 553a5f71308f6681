//! What a change touches: the options that its files speak of, and whether anything that an option is made of was edited.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use mkwhy_model::{FileChange, OptionPath, Segment};
use mkwhy_syntax::edit::Giver;
use mkwhy_syntax::summary::{Bound, Content, Part, static_path};
use mkwhy_syntax::{BoundBy, Source, Span, Summary};

use super::entry::{Entry, Texts};
use super::side::{Side, Winner};

/// What a module may open with `with` and nobody can edit.
const FOREIGN_NAMESPACES: [&str; 3] = ["lib", "pkgs", "builtins"];

/// A file that a change is of.
#[derive(Debug)]
pub(super) struct Changed {
    /// As positions name it.
    pub(super) name: String,
    /// From the folder that values speak of.
    pub(super) path: PathBuf,
    /// Where the person has it.
    pub(super) original: PathBuf,
    pub(super) before: Option<Text>,
    pub(super) after: Text,
    /// Whether nothing but more paths was written into it: more modules, which are compared by themselves.
    only_paths: bool,
    /// Whether it may declare something else than before.
    redeclares: bool,
}

#[derive(Debug)]
pub(super) struct Text {
    pub(super) source: Source,
    pub(super) summary: Summary,
}

impl Text {
    pub(super) fn of(text: &str) -> Self {
        let source = Source::parse(text);
        let summary = Summary::of(&source);
        Self { source, summary }
    }

    /// The binding of a definition that stands in it.
    pub(super) fn written(&self, winner: &Winner) -> Option<Span> {
        let (line, column) = winner.at?;
        let written = self.source.definition_at(line, column, winner.path.segments())?;
        span(&written.binding)
    }
}

/// What a part of a text comes to in its file: it, and everything in the file that it uses by name.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    texts: Vec<String>,
    /// The names that the file does not bind.
    free: Vec<(String, bool)>,
}

impl Changed {
    pub(super) fn new(name: &str, root: &Path, path: PathBuf, file: &FileChange) -> Self {
        let before = file.before.as_deref().map(Text::of);
        let after = Text::of(&file.after());
        Self {
            name: name.to_owned(),
            path,
            original: root.join(name),
            redeclares: redeclares(before.as_ref(), &after),
            before,
            after,
            only_paths: file.before.is_some()
                && file.edits().iter().all(|edit| edit.range().is_empty() && is_path(edit.text.trim())),
        }
    }

    /// The options whose definitions or declarations in it are others than before, as far as they are named there.
    pub(super) fn options(&self) -> BTreeSet<OptionPath> {
        let before = self.before.as_ref().map(statements).unwrap_or_default();
        let after = statements(&self.after);
        let mut options: BTreeSet<OptionPath> = BTreeSet::new();
        for path in before.keys().chain(after.keys()) {
            if before.get(path) != after.get(path) && !path.is_empty() {
                options.insert(path.clone());
            }
        }
        options.extend(self.redeclared());
        options
    }

    fn texts(&self) -> impl Iterator<Item = &Text> {
        self.before.iter().chain([&self.after])
    }

    /// The options of which it may declare something else than before, as far as they are named there.
    pub(super) fn redeclared(&self) -> BTreeSet<OptionPath> {
        let texts = self.texts().filter(|_| self.redeclares);
        let declarations = texts.flat_map(|text| &text.summary.declarations);
        declarations.filter_map(|declaration| static_path(&declaration.path)).filter(|path| !path.is_empty()).collect()
    }

    /// Whether it may declare something else under names that are not written out.
    pub(super) fn redeclares_unnamed(&self) -> bool {
        let unnamed = |path: &[Part]| path.is_empty() || path.iter().any(|part| matches!(part, Part::Computed(_)));
        self.redeclares && !self.declares_alike(unnamed)
    }

    /// Whether it may declare something else under names that are not those of the whole configuration.
    pub(super) fn redeclares_inside(&self, sides: [&Side; 2]) -> bool {
        let declares = self.texts().any(|text| !text.summary.declarations.is_empty());
        let inside = |side: &&Side| side.reads(&self.name) && !side.modules.contains(&self.name);
        self.redeclares && declares && sides.iter().any(inside)
    }

    /// Whether what it declares of an option, or of one around it, is the same before and after.
    fn declares_the_same(&self, option: &OptionPath) -> bool {
        self.declares_alike(|path| may_lead_to(path, option))
    }

    /// Whether what it declares under some paths is the same before and after.
    fn declares_alike(&self, under: impl Fn(&[Part]) -> bool) -> bool {
        let declared = |text: &Text| -> Option<Vec<(Meaning, Meaning)>> {
            text.summary
                .declarations
                .iter()
                .filter(|declaration| under(&declaration.path))
                .map(|declaration| {
                    let around = text.source.binding_around(declaration.name.start as usize)?;
                    // What is reached by a name depends on what that is given.
                    if self.redeclares && !text.summary.options.iter().any(|options| options.contains(around)) {
                        return None;
                    }
                    // What its function is given stands in the binding.
                    Some((meant(text, declaration.value, false)?, meaning(text, around)?))
                })
                .collect()
        };
        match &self.before {
            Some(before) => matches!((declared(before), declared(&self.after)), (Some(a), Some(b)) if a == b),
            None => declared(&self.after).is_some_and(|declared| declared.is_empty()),
        }
    }

    /// Whether a definition in it that takes part before and after is the same, whatever its conditions are.
    fn defines_the_same(&self, before: &Winner, after: &Winner) -> bool {
        // The place is one in the file that it stands in.
        let defined = |text: &Text, winner: &Winner| {
            let here = text.written(winner).filter(|_| winner.file() == self.name)?;
            meaning(text, here)
        };
        let before = self.before.as_ref().and_then(|text| defined(text, before));
        before.is_some() && before == defined(&self.after, after)
    }
}

/// Whether what a text declares, with all that it uses for it, is not what it was.
fn redeclares(before: Option<&Text>, after: &Text) -> bool {
    let declared = |text: &Text| -> Vec<(String, Option<Meaning>, bool)> {
        let of = |options: &Span| {
            let given = meaning(text, *options).is_some();
            (text.summary.slice(*options).to_owned(), meant(text, *options, false), given)
        };
        text.summary.options.iter().map(of).collect()
    };
    let (before, after) = (before.map(declared).unwrap_or_default(), declared(after));
    before.len() != after.len()
        || before.iter().zip(&after).any(|(before, after)| match (&before.1, &after.1) {
            (Some(_), Some(_)) if !before.2 || !after.2 => true,
            (Some(before), Some(after)) => before != after,
            _ => before.0 != after.0,
        })
}

/// What a text says of each option: its definitions with their conditions, and its declarations.
fn statements(text: &Text) -> BTreeMap<OptionPath, Vec<Vec<&str>>> {
    let slice = |span: Span| text.summary.slice(span);
    let mut statements: BTreeMap<OptionPath, Vec<Vec<&str>>> = BTreeMap::new();
    for definition in text.summary.definitions.iter().filter(|definition| definition.content != Content::Set) {
        let Some(path) = definition.static_path() else { continue };
        let conditions = definition.conditions.iter().map(|condition| slice(condition.text));
        let all = [definition.value, definition.binding].map(slice).into_iter().chain(conditions);
        statements.entry(path).or_default().push(all.collect());
    }
    for declaration in &text.summary.declarations {
        if let Some(path) = static_path(&declaration.path) {
            statements.entry(path).or_default().push(vec![slice(declaration.value)]);
        }
    }
    statements
}

fn span(range: &Range<usize>) -> Option<Span> {
    Some(Span { start: range.start.try_into().ok()?, end: range.end.try_into().ok()? })
}

/// `None` where a name may come from something in the file that cannot be followed.
fn meaning(text: &Text, span: Span) -> Option<Meaning> {
    meant(text, span, true)
}

/// The same; `called` if it counts what the functions that it stands in are given.
fn meant(text: &Text, span: Span, called: bool) -> Option<Meaning> {
    let mut meaning = Meaning { texts: Vec::new(), free: Vec::new() };
    let mut starts = vec![span];
    let mut known: BTreeSet<Span> = BTreeSet::new();
    let mut next = 0;
    while let Some(start) = starts.get(next).copied() {
        next += 1;
        for reached in text.summary.reached_from(start) {
            if !known.insert(reached) {
                continue;
            }
            meaning.texts.push(text.summary.slice(reached).to_owned());
            for name in text.summary.free_names(&reached.range()) {
                match name.bound {
                    Bound::Here { value: Some(_), .. } => {}
                    Bound::Here { value: None, by, at } => {
                        meaning.free.push((name.name.to_string(), true));
                        match by {
                            // The name there is itself a use of the outer one.
                            BoundBy::Inherit if at != reached => starts.push(at),
                            BoundBy::Argument if called => match text.source.given_by(at) {
                                Giver::Elsewhere => {}
                                Giver::Binding(binding) => starts.push(binding),
                                Giver::Unknown => return None,
                            },
                            _ => {}
                        }
                    }
                    Bound::With if !opens_only_foreign(&text.source) => return None,
                    Bound::With | Bound::Global => meaning.free.push((name.name.to_string(), false)),
                }
            }
        }
    }
    Some(meaning)
}

/// Whether every `with` of a text opens what comes from elsewhere.
fn opens_only_foreign(source: &Source) -> bool {
    source.namespaces().iter().all(|namespace| {
        let name = source.slice(&namespace.range()).split('.').next();
        name.is_some_and(|name| FOREIGN_NAMESPACES.contains(&name))
    })
}

/// Whether a text is a path that is written out, and nothing else.
fn is_path(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '/');
    (text.starts_with("./") || text.starts_with("../")) && text.chars().all(plain)
}

/// Whether a declaration may be of an option, or of one that it is in.
fn may_lead_to(declared: &[Part], option: &OptionPath) -> bool {
    let names = option.segments().iter().filter(|segment| matches!(segment, Segment::Name(_)));
    declared.iter().zip(names).all(|(part, segment)| part.matches(segment) || !matches!(part, Part::Name(_)))
}

/// What of a target a change touches.
#[derive(Debug)]
pub(super) struct Touch<'a> {
    changed: &'a [Changed],
    /// Whether a file was edited of which nobody knows what all depends on it.
    helpers: bool,
    /// The definitions that an edited file is the value of.
    entries: Vec<Entry>,
}

impl<'a> Touch<'a> {
    /// `sides` are both with their texts.
    pub(super) fn of(changed: &'a [Changed], sides: [(&Side, &Texts); 2]) -> Self {
        let is_module = |side: &Side, name: &str| {
            side.modules.contains(name) || sides.iter().any(|(side, _)| side.is_said_by(name))
        };
        let mut touch = Self { changed, helpers: false, entries: Vec::new() };
        for file in changed.iter().filter(|file| !file.only_paths) {
            for (side, texts) in sides.iter().filter(|(side, _)| side.reads(&file.name)) {
                let entries = if is_module(side, &file.name) {
                    texts.more_entries(&file.name)
                } else {
                    texts.entries(&file.name, side)
                };
                match entries {
                    Some(entries) => touch.entries.extend(entries),
                    None => touch.helpers = true,
                }
            }
        }
        touch
    }

    /// Whether anything that an option is made of was edited, but for the values of other options.
    pub(super) fn is_touched(&self, option: &OptionPath, before: &Side, after: &Side) -> bool {
        if self.helpers || !self.changed.iter().all(|file| file.declares_the_same(option)) {
            return true;
        }
        let (Some(before), Some(after)) = (before.seen.get(option), after.seen.get(option)) else { return true };
        let same = before.winners.len() == after.winners.len()
            && before.winners.iter().zip(&after.winners).all(|(before, after)| {
                before.is_like(after)
                    && !self.entries.iter().any(|entry| entry.is_used_by(before) || entry.is_used_by(after))
                    && self
                        .changed
                        .iter()
                        .filter(|file| before.files().any(|name| name == file.name))
                        .all(|file| file.defines_the_same(before, after))
            });
        !same
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mkwhy_model::{Change, Edit};

    use super::*;

    const TEXT: &str = "{ lib, pkgs, ... }: let tool = pkgs.a; other = 1; in {\n  f = x: tool;\n  g = x: other;\n}\n";

    fn changed(text: &str, from: &str, to: &str) -> Changed {
        let before: Arc<str> = Arc::from(text);
        let at = text.find(from).expect("it is there");
        let mut change = Change::default();
        change.edit("a.nix", &before, Edit::new(at..at + from.len(), to)).expect("apart");
        Changed::new("a.nix", Path::new("/"), "a.nix".into(), change.file("a.nix").expect("it is there"))
    }

    fn winner(text: &str, name: &str) -> Winner {
        // Of an `inherit` the name, where Nix says that it is.
        let inherited = name.rsplit_once(' ').map(|(_, last)| last);
        let offset = match inherited {
            Some(last) => text.find(name).map(|at| at + name.len() - last.len()),
            None => text.find(&format!("{name} =")),
        };
        let at = Source::parse(text).line_column(offset.expect("it is there"));
        Winner::at("a.nix", at, OptionPath::from_names([inherited.unwrap_or(name)]))
    }

    #[track_caller]
    fn check(text: &str, from: &str, to: &str, name: &str, same: bool) {
        let file = changed(text, from, to);
        let after = file.after.summary.text().to_string();
        assert_eq!(file.defines_the_same(&winner(text, name), &winner(&after, name)), same);
    }

    #[test]
    fn a_definition_is_the_same_with_all_that_it_uses() {
        check(TEXT, "other = 1", "other = 2", "f", true);
        check(TEXT, "other = 1", "other = 2", "g", false);
        check(TEXT, "tool = pkgs.a", "tool = pkgs.b", "f", false);
        check(TEXT, "x: tool", "x: pkgs", "f", false);
        check(TEXT, "{ lib, ", "# why\n{ lib, ", "f", true);
        // A condition that holds before and after says nothing of the value.
        let text = "{ lib, ... }: let on = true; in { a = lib.mkIf on { f = x: 1; }; }";
        check(text, "on = true", "on = !false", "f", true);
        // What is inherited.
        let text =
            "{ x, ... }: let f = x.f; other = 1; own = { g = x.g; }; in { inherit f; inherit (own) g; h = other; }";
        for (name, from, to) in [("inherit f", "f = x.f", "f = x.h"), ("inherit (own) g", "x.g", "x.h")] {
            check(text, "other = 1", "other = 2", name, true);
            check(text, from, to, name, false);
        }
        // What a function of the file is given for it.
        let text = "{ pkgs, ... }: let mk = tool: { f = x: tool; }; in mk pkgs.a";
        check(text, "mk pkgs.a", "mk pkgs.b", "f", false);
        for text in [
            "{ pkgs, ... }: let own = { mk = tool: { f = x: tool; }; }; in own.mk pkgs.a",
            "{ pkgs, ... }: let own = { a.b = { mk = tool: { f = x: tool; }; }; }; in own.a.b.mk pkgs.a",
            "{ pkgs, ... }: rec { own = { mk = tool: { f = x: tool; }; }; g = own.mk pkgs.a; }",
            "{ pkgs, ... }: with { mk = tool: { f = x: tool; }; }; mk pkgs.a",
            "{ pkgs, ... }: let mkForce = set: set.mk pkgs.a; in mkForce { mk = tool: { f = x: tool; }; }",
            "{ pkgs, ... }: { mk = tool: { f = x: tool; }; }.mk pkgs.a",
            "{ lib, pkgs, ... }: lib.mapAttrs (name: make: make pkgs.a) { mk = tool: { f = x: tool; }; }",
        ] {
            check(text, "pkgs.a", "pkgs.b", "f", false);
        }
        // Nobody in the file calls these.
        for text in [
            "{ lib, ... }: let other = 1; in lib.mkIf true { users.a = { pkgs, ... }: { f = x: pkgs; }; g = other; }",
            "{ lib, ... }: with lib; let other = 1; in { a = mkMerge [ { b = { pkgs, ... }: { f = x: pkgs; }; } ]; g = other; }",
        ] {
            check(text, "other = 1", "other = 2", "f", true);
        }
        let text = "{ lib, pkgs, ... }: { svc = lib.genAttrs [ \"a\" ] (n: { f = x: n; }); }";
        check(text, "[ \"a\" ]", "[ \"b\" \"a\" ]", "f", false);
        let text = "{ pkgs, ... }: let tool = pkgs.a; in let inherit tool; in { f = x: tool; }";
        check(text, "tool = pkgs.a", "tool = pkgs.b", "f", false);
        // What the module system gives it, also in a submodule, is told by the values of other options.
        let text = "{ ... }: let other = 1; in { users.a = { pkgs, ... }: { f = x: pkgs; }; g = other; }";
        check(text, "other = 1", "other = 2", "f", true);
        check(&text.replace("in { u", "in rec { u"), "other = 1", "other = 2", "f", false);
        // The name becomes another one.
        check("{ pkgs, ... }: { f = x: toString x; }", "{ f", "let toString = 1; in { f", "f", false);
    }

    #[test]
    fn an_option_is_touched_where_others_decide_it() {
        let after = TEXT.replace("other = 1", "other = 2");
        let files = [changed(TEXT, "other = 1", "other = 2")];
        let option = OptionPath::from_names(["f"]);
        let elsewhere = |file: &str| Winner::at(file, (1, 1), option.clone());
        let check = |before: Vec<Winner>, after: Vec<Winner>, touched: bool| {
            let (before, after) = (Side::seeing(&option, before), Side::seeing(&option, after));
            let texts = Texts::default();
            let touch = Touch::of(&files, [(&before, &texts), (&after, &texts)]);
            assert_eq!(touch.is_touched(&option, &before, &after), touched);
        };
        let here = || (winner(TEXT, "f"), winner(&after, "f"));
        check(vec![here().0], vec![here().1], false);
        check(vec![here().0, elsewhere("b.nix")], vec![here().1, elsewhere("b.nix")], false);
        // One more, one less, and another one.
        check(vec![here().0], vec![here().1, elsewhere("b.nix")], true);
        check(vec![here().0, elsewhere("b.nix")], vec![here().1], true);
        check(vec![elsewhere("b.nix")], vec![elsewhere("c.nix")], true);
    }

    #[test]
    fn more_modules_in_a_list_make_nothing_else_of_it() {
        let text = "{ modules = [ ./a.nix ]; }";
        let before: Arc<str> = Arc::from(text);
        let check = |edits: &[(&str, &str)], only_paths: bool| {
            let mut change = Change::default();
            for (from, to) in edits {
                let at = text.find(from.trim_start_matches('^')).expect("it is there");
                // What stands behind a mark stays.
                let end = at + if from.starts_with('^') { 0 } else { from.len() };
                change.edit("a.nix", &before, Edit::new(at..end, *to)).expect("apart");
            }
            let file = change.file("a.nix").expect("it is there");
            assert_eq!(Changed::new("a.nix", Path::new("/"), "a.nix".into(), file).only_paths, only_paths, "{edits:?}");
        };
        check(&[("^./a.nix", "./b.nix ")], true);
        check(&[("^./a.nix", "./b.nix\n  "), ("^];", "../c/d-e_1.nix ")], true);
        check(&[("./a.nix", "./b.nix")], false);
        check(&[("./a.nix", "")], false);
        check(&[("^./a.nix", "{ x = 1; } ")], false);
        check(&[("^./a.nix", "./b.nix "), ("^];", "x ")], false);
        check(&[("^./a.nix", "a.nix ")], false);
        // A new file is no list that there was.
        let mut change = Change::default();
        change.create("a.nix", "./b.nix").expect("apart");
        let file = change.file("a.nix").expect("it is there");
        assert!(!Changed::new("a.nix", Path::new("/"), "a.nix".into(), file).only_paths);
    }

    #[test]
    fn what_a_with_opens_is_known_or_not() {
        let text = "{ lib, ... }: let own = { a = 1; }; in with lib; { f = x: mkIf; }";
        check(text, "a = 1", "a = 2", "f", true);
        let text = text.replace("with lib", "with own");
        check(&text, "a = 1", "a = 2", "f", false);
        check(&text, "a = 1", "a = 1 ", "f", false);
    }

    #[test]
    fn declarations_count() {
        let text =
            "{ lib, ... }: let t = lib.types.raw; in { options.a.b = lib.mkOption { type = t; }; config.x = 1; }";
        let path = |text: &str| text.parse::<OptionPath>().expect("a path");
        let file = changed(text, "= t", "= lib.types.str");
        assert!(!file.declares_the_same(&path("a.b.c")));
        assert!(file.declares_the_same(&path("a.x")));
        assert!(changed(text, "x = 1", "x = 2").declares_the_same(&path("a.b")));
        assert_eq!(file.options(), ["a.b"].map(path).into());
        assert_eq!(changed(text, "x = 1", "x = 2").options(), ["x"].map(path).into());
        assert_eq!(changed(text, "; config.x = 1", "").options(), ["x"].map(path).into());
        assert!(changed(text, "{ lib", "# why\n{ lib").options().is_empty());
        // What a function of the file makes of its arguments, and what a name stands for.
        let text = "{ lib, ... }: let d = 1; of = default: lib.mkOption { inherit default; }; in { options = { a = of d; b = of 2; }; }";
        for (from, to, other) in
            [("of 2", "of 3", "b"), ("d = 1", "d = 2", "a"), ("of = default", "of = _: default", "a")]
        {
            let file = changed(text, from, to);
            assert_eq!(file.options(), ["a", "b"].map(path).into(), "{to}");
            assert!(!file.declares_the_same(&path(other)), "{to}");
        }
        assert!(changed(text, "of 2", "of 3").declares_the_same(&path("a")));
        let text = "{ lib, ... }: let f = d: { a = lib.mkOption { default = d; }; }; in { options = f 1; x = 1; }";
        let file = changed(text, "f 1", "f 2");
        assert!(!file.declares_the_same(&path("a")) && file.options() == ["a"].map(path).into());
        assert!(!changed(text, "x = 1", "x = 2").redeclares);
        let text = text.replace("{ a = lib", "{ ${d} = lib");
        assert!(changed(&text, "f 1", "f 2").redeclares_unnamed());
        assert!(!changed(&text, "x = 1", "x = 2").redeclares_unnamed());
        // What is defined inside of what is declared is no declaration.
        let text = "{ lib, ... }: { options = { flags = lib.genAttrs [ \"a\" ] (_: lib.mkOption { default = 1; }); of = lib.mkOption { type = lib.types.submodule { config.x = 1; }; }; }; }";
        let file = changed(text, "x = 1", "x = lib.mkForce 1");
        assert!(file.redeclares && !file.redeclares_unnamed());
        assert!(changed(text, "default = 1", "default = 2").redeclares_unnamed());
        assert!(changed(text, "[ \"a\" ]", "[ \"b\" ]").redeclares_unnamed());
    }
}
