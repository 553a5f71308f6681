//! What somebody types at a place of a text that need not be Nix yet.
//!
//! A name that stands nowhere else is put there, with what may be missing behind it; what the summary of that text says
//! of the name is what is typed.

use std::ops::Range;

use rnix::SyntaxKind;
use rowan::NodeOrToken;
use smol_str::SmolStr;

use crate::source::{Source, Span};
use crate::summary::{Content, Part, Summary};
use crate::tree::{Expr, Node, Token};

/// What may be missing behind a name that is typed: nothing, the end of a binding, the rest of one.
const ENDS: [&str; 3] = ["", ";", " = 0;"];

/// What is typed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The bytes of what is there of it, which may be none: a name, or a string.
    pub over: Range<usize>,
    /// What it is.
    pub what: What,
    /// Which unit of the file it belongs to, as of definitions.
    pub unit: u16,
    /// How many lists of modules the file has then: where the text is broken some may not be seen.
    pub lists: usize,
}

/// What somebody types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A name in the attribute path of a definition, behind these.
    Attribute(Box<[Part]>),
    /// A name in what is selected from the module's `config` or `options`, behind these.
    Selection(Vec<SmolStr>),
    /// The whole value of the definition of this path, but for the properties around it.
    Value(Box<[Part]>),
}

impl Source {
    /// What somebody types at an offset, where it is an option's name or value.
    pub fn typed_at(&self, offset: usize) -> Option<Typed> {
        let over = typed_over(self.reader().root(), offset)?;
        let (before, behind) = (self.text().get(..over.start)?, self.text().get(over.end..)?);
        let mut name = "nameThatIsTyped".to_owned();
        while self.text().contains(&name) {
            name.push('_');
        }
        let read = ENDS.map(|end| self.parse_edited(format!("{before}{name}{end}{behind}")));
        // The least wrong of the texts is what is meant.
        let least = read.iter().map(|source| source.errors().len()).min()?;
        read.iter().filter(|source| source.errors().len() == least).find_map(|source| {
            let summary = Summary::of(source);
            let (what, unit) = said_of(source, &summary, &name, over.start)?;
            Some(Typed { over: over.clone(), what, unit, lists: summary.lists.len() })
        })
    }
}

/// What a summary says of a name that stands in its text once, and the unit.
fn said_of(source: &Source, summary: &Summary, name: &str, start: usize) -> Option<(What, u16)> {
    let at = Span::new(start, start + name.len());
    // What is inherited is a name from elsewhere.
    let here = summary.definitions.iter().filter(|definition| definition.content != Content::Inherited);
    for definition in here {
        if definition.name.contains(at) {
            let place = definition.path.iter().position(|part| matches!(part, Part::Name(own) if own == name))?;
            return Some((What::Attribute(definition.path[..place].into()), definition.unit));
        }
        let is_value = || definition.value.contains(at) && is_all_of(source, definition.value, at);
        if !definition.path.is_empty() && is_value() {
            return Some((What::Value(definition.path.clone()), definition.unit));
        }
    }
    let mut path = summary.mentioned(start)?.path;
    (path.pop()? == name).then_some((What::Selection(path), 0))
}

/// Whether a part of a value is what it comes to, if only in one of several cases.
fn is_all_of(source: &Source, value: Span, part: Span) -> bool {
    let Some(mut node) = source.reader().node_at(&value.range()) else { return false };
    loop {
        node = node.body();
        let Expr::If { condition: _, yes, no } = node.expr() else { return Span::of(node) == part };
        match [yes, no].into_iter().flatten().find(|case| Span::of(*case).contains(part)) {
            Some(case) => node = case,
            None => return false,
        }
    }
}

/// What is typed over at an offset: the name that it is in or at, or the string without anything computed that it is in;
/// else nothing. `None` where no name can be.
fn typed_over(root: Node<'_>, offset: usize) -> Option<Range<usize>> {
    let leaf = |at| leaf_over(root, at);
    let (left, right) = (offset.checked_sub(1).and_then(leaf), leaf(offset));
    if let Some((token, Some(text))) = right
        && token.kind() != SyntaxKind::TOKEN_STRING_START
    {
        return text.nodes().next().is_none().then(|| text.range());
    }
    let (left, right) = (left.map(|(token, _)| token), right.map(|(token, _)| token));
    let is_inside = left.zip(right).is_some_and(|(left, right)| left.start() == right.start());
    if let Some(name) = [left, right].into_iter().flatten().find(|token| reads_like_a_name(token.text())) {
        return Some(name.start()..name.start() + name.text().len());
    }
    let goes_on = left.is_some_and(|left| match left.kind() {
        SyntaxKind::TOKEN_WHITESPACE => false,
        SyntaxKind::TOKEN_COMMENT => is_inside || !left.text().starts_with("/*"),
        SyntaxKind::TOKEN_PATH
        | SyntaxKind::TOKEN_URI
        | SyntaxKind::TOKEN_INTEGER
        | SyntaxKind::TOKEN_FLOAT
        | SyntaxKind::TOKEN_STRING_CONTENT
        | SyntaxKind::TOKEN_STRING_END
        | SyntaxKind::TOKEN_ERROR => true,
        _ => is_inside,
    });
    (!goes_on).then_some(offset..offset)
}

/// Keywords too: a name may begin like one.
fn reads_like_a_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
}

/// The token that a byte belongs to, and the text that it is directly in: of what is computed in a text, its `${` is.
fn leaf_over(root: Node<'_>, at: usize) -> Option<(Token<'_>, Option<Node<'_>>)> {
    let (mut node, mut text) = (root, None);
    loop {
        let over = node.elements().find(|element| match element {
            NodeOrToken::Node(inner) => inner.range().contains(&at),
            NodeOrToken::Token(token) => (token.start()..token.start() + token.text().len()).contains(&at),
        })?;
        let inner = match over {
            NodeOrToken::Token(token) => return Some((token, text)),
            NodeOrToken::Node(inner) => inner,
        };
        let begins = inner.elements().next().and_then(NodeOrToken::into_token);
        let is_first = begins.is_some_and(|first| at < first.start() + first.text().len());
        match inner.kind() {
            SyntaxKind::NODE_STRING => text = Some(inner),
            SyntaxKind::NODE_INTERPOL if !is_first => text = None,
            _ => {}
        }
        node = inner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is typed at `|`: the path with `_` for the name, or with ` =` behind it for its value; and what is typed over.
    fn typed(text: &str) -> Option<(String, String)> {
        let offset = text.find('|').expect("a place");
        let text = text.replacen('|', "", 1);
        let typed = Source::parse(text.as_str()).typed_at(offset)?;
        let said = |parts: &[Part]| -> String {
            let names = parts.iter().map(|part| match part {
                Part::Name(name) => format!("{name}."),
                Part::Computed(_) => "(computed).".to_owned(),
                Part::Any | Part::Element => "*.".to_owned(),
            });
            names.collect()
        };
        let what = match &typed.what {
            What::Attribute(before) => format!("{}_", said(before)),
            What::Selection(before) => {
                format!("config.{}_", before.iter().map(|name| format!("{name}.")).collect::<String>())
            }
            What::Value(of) => format!("{} =", said(of).trim_end_matches('.')),
        };
        Some((what, text[typed.over].to_owned()))
    }

    #[track_caller]
    fn types(text: &str, what: &str, over: &str) {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            assert_eq!(typed(&text), Some((what.to_owned(), over.to_owned())), "{text}");
        }
    }

    #[track_caller]
    fn types_none(text: &str) {
        assert_eq!(typed(text), None, "{text}");
    }

    #[test]
    fn names_of_definitions() {
        types("{ services.| }", "services._", "");
        types("{\n  services.|\n}", "services._", "");
        types("{\n  services.|\n  cores = 3;\n}", "services._", "");
        types("{ services.we|b.enable = true; }", "services._", "web");
        types("{ services.we| }", "services._", "we");
        types("{ services = { | }; }", "services._", "");
        types("{ services = {\n    web.|\n  }; }", "services.web._", "");
        types("{ services.\"we|\".enable = true; }", "services._", "\"we\"");
        types("{ users.users.\"a.b\".| = 1; }", "users.users.a.b._", "");
        types("{ users.${name}.| = 1; }", "users.(computed)._", "");
        types("{ services.in| }", "services._", "in");
        types("{ | }", "_", "");
        types("{\n  cores = 3;\n  |\n}", "_", "");
        types("{ config, lib, ... }: {\n  config = lib.mkIf c { services.| };\n}", "services._", "");
        types("{ config, lib, ... }: with lib; { a = mkIf c { | }; }", "a._", "");
    }

    #[test]
    fn names_in_texts_that_are_broken_elsewhere() {
        types("{\n  a = (1;\n  services.|\n}", "services._", "");
        types("{\n  a = ;\n  services.|\n  b = [ 1;\n}", "services._", "");
        types("{\n  a.\n  b = 2;\n  services = { we|\n", "services._", "we");
    }

    #[test]
    fn what_is_selected() {
        types("{ config, ... }: { a = config.services.|; }", "config.services._", "");
        types("{ config, ... }: {\n  a = config.services.we|\n  b = 1;\n}", "config.services._", "we");
        types("{ config, ... }: { a = config.|; }", "config._", "");
        types("{ config, ... }: { a = \"x ${config.services.|}\"; }", "config.services._", "");
        types("{ config, ... }: let cfg = config.services.web; in { a = cfg.|; }", "config.services.web._", "");
        types("{ config, ... }: { a = [ config.services.| ]; }", "config.services._", "");
    }

    #[test]
    fn values() {
        types("{ mode = |; }", "mode =", "");
        types("{ mode =|; }", "mode =", "");
        types("{\n  mode = |\n}", "mode =", "");
        types("{\n  mode = |\n  cores = 3;\n}", "mode =", "");
        types("{ mode = \"b |\"; }", "mode =", "\"b \"");
        types("{ on = t|; }", "on =", "t");
        types("{ lib, ... }: { mode = lib.mkForce |; }", "mode =", "");
        types("{ lib, ... }: { mode = lib.mkIf c (lib.mkForce |); }", "mode =", "");
        types("{ lib, ... }: {\n  mode = lib.mkIf c (lib.mkForce |\n  a = 1;\n}", "mode =", "");
        types("{ lib, ... }: { mode = lib.mkMerge [ | ]; }", "mode =", "");
        types("{ lib, ... }: { mode = lib.mkOverride 5 |; }", "mode =", "");
        types("{ mode = (|); }", "mode =", "");
        types("{ services = { web = { mode = |; }; }; }", "services.web.mode =", "");
        types("{ config, ... }: { mode = if config.on then | else \"a\"; }", "mode =", "");
        types("{ config, ... }: { mode = if config.on then \"a\" else (let x = 1; in \"|\"); }", "mode =", "\"\"");
    }

    #[test]
    fn nothing_that_is_an_option() {
        for text in [
            "{\n  # services.|\n}",
            "{ /* services.| */ }",
            "{ a = 1; }.|",
            "{ config, ... }: { mode = if | then 1 else 2; }",
            "{ modes = [ | ]; }",
            "{ modes = [ \"|\" ]; }",
            "{ mode = x |; }",
            "{ mode = \"a\" + \"|\"; }",
            "{ mode = \"a${b}|\"; }",
            "{ mode = ./a|; }",
            "{ mode = 12|; }",
            "{ lib, ... }: { mode = lib.mkIf |; }",
            "{ lib, ... }: { mode = lib.mkOverride |; }",
            "{ lib, ... }: { cores = lib.|; }",
            "{ cores = x.services.|; }",
            "let mode = |; in { cores = 3; }",
            "{ |, lib }: { }",
            "{ lib, ... }: { options.services.| }",
            "{ lib, ... }: { options = { services.| }; }",
            "{ lib, ... }: { options.a = lib.mkOption { type = |; }; }",
            "{ lib, ... }: { options.a = lib.mkOption { | }; }",
            "{ a = { inherit |; }; }",
            "{ mode == |; }",
            "{ mode = \"|",
            "|",
        ] {
            types_none(text);
        }
    }
}
