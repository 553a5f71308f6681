//! What is written out in a text: literal values, the elements of lists, and comments.

use std::ops::Range;

use mkwhy_model::{Entry, Value};
use rnix::SyntaxKind;
use rnix::tokenizer::Tokenizer;
use rowan::NodeOrToken;

use crate::parse::Tree;
use crate::source::{Source, Span, guarded};
use crate::tree::{Expr, Node};

impl Source {
    /// The elements of the list that is written at a range, behind `with …;`, `let … in` and parentheses; `None` where
    /// something else stands there.
    pub fn elements(&self, range: &Range<usize>) -> Option<Vec<Range<usize>>> {
        let node = self.reader().node_at(range)?.body();
        let is_list = matches!(node.expr(), Expr::List);
        is_list.then(|| node.inside_parens().expressions().map(Node::range).collect())
    }

    /// The value that is written out at a range: `null`, a Boolean, number or string, or a list or set of such.
    /// `None` where anything in it is computed.
    pub fn literal(&self, range: &Range<usize>) -> Option<Value> {
        let node = self.reader().node_at(range)?;
        guarded(|| value(node, 0))
    }

    /// The comments, in order.
    pub fn comments(&self) -> Vec<Span> {
        self.comments_in(&(0..self.text().len()))
    }

    /// The comments in a range, in order.
    pub(crate) fn comments_in(&self, range: &Range<usize>) -> Vec<Span> {
        let mut found = Vec::new();
        let mut open = vec![self.reader().root()];
        while let Some(node) = open.pop() {
            for element in node.elements() {
                match element {
                    NodeOrToken::Node(node) if node.start() < range.end && range.start < node.end() => open.push(node),
                    NodeOrToken::Token(token) if token.kind() == SyntaxKind::TOKEN_COMMENT => {
                        let end = token.start() + token.text().trim_end_matches('\r').len();
                        if range.start <= token.start() && end <= range.end {
                            found.push(Span::new(token.start(), end));
                        }
                    }
                    _ => {}
                }
            }
        }
        found.sort_unstable_by_key(|span| span.start);
        found
    }
}

/// The value that a text is, where it is written out as a whole.
pub fn literal(text: &str) -> Option<Value> {
    // Whatever is longer is no value that somebody compares.
    if text.len() >= MOST_BYTES {
        return None;
    }
    match at_a_glance(text) {
        Glance::Value(value) => Some(value),
        Glance::Computed => None,
        Glance::Unclear if computes(text) => None,
        Glance::Unclear => {
            let (tree, errors) = Tree::parse(text);
            let node = tree.root().expressions().next()?;
            errors.is_empty().then(|| guarded(|| value(node, 0))).flatten()
        }
    }
}

/// Longer texts are not read.
const MOST_BYTES: usize = 4096;

/// What most texts are, without parsing them.
enum Glance {
    Value(Value),
    Computed,
    Unclear,
}

fn at_a_glance(text: &str) -> Glance {
    let bytes = text.as_bytes();
    match bytes.first() {
        // What begins with any other name is computed.
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_'-".contains(byte);
            let name = bytes.iter().take_while(|byte| is_part(byte)).count();
            match &text[..name] {
                "true" if name == text.len() => Glance::Value(Value::Bool { value: true }),
                "false" if name == text.len() => Glance::Value(Value::Bool { value: false }),
                "null" if name == text.len() => Glance::Value(Value::Null),
                "true" | "false" | "null" => Glance::Unclear,
                _ => Glance::Computed,
            }
        }
        Some(b'"') => match text[1..].strip_suffix('"') {
            Some(inside) if !inside.contains(['"', '\\', '$', '\r']) => {
                Glance::Value(Value::String { value: inside.to_owned() })
            }
            _ => Glance::Unclear,
        },
        Some(b'0'..=b'9') if bytes.iter().all(u8::is_ascii_digit) => match text.parse() {
            Ok(value) => Glance::Value(Value::Int { value }),
            Err(_) => Glance::Unclear,
        },
        _ => Glance::Unclear,
    }
}

/// Whether the tokens of a text show that something in it is computed. Mostly one of the first does, and so nothing has to be
/// parsed.
fn computes(text: &str) -> bool {
    use SyntaxKind::*;
    let mut tokens = Tokenizer::new(text).filter(|(kind, _)| !kind.is_trivia()).peekable();
    while let Some((kind, text)) = tokens.next() {
        let may_be_written_out = match kind {
            TOKEN_IDENT => {
                matches!(text, "true" | "false" | "null")
                    || tokens.peek().is_some_and(|(next, _)| *next == TOKEN_ASSIGN)
            }
            TOKEN_L_BRACE | TOKEN_R_BRACE | TOKEN_L_BRACK | TOKEN_R_BRACK | TOKEN_L_PAREN | TOKEN_R_PAREN => true,
            TOKEN_STRING_START | TOKEN_STRING_CONTENT | TOKEN_STRING_END => true,
            // A string may stand in it.
            TOKEN_INTERPOL_START | TOKEN_INTERPOL_END => true,
            TOKEN_ASSIGN | TOKEN_SEMICOLON | TOKEN_INTEGER | TOKEN_FLOAT | TOKEN_SUB => true,
            _ => false,
        };
        if !may_be_written_out {
            return true;
        }
    }
    false
}

/// Deeper values are not compared by anyone.
const MOST_DEPTH: usize = 64;

fn value(node: Node<'_>, depth: usize) -> Option<Value> {
    if depth > MOST_DEPTH {
        return None;
    }
    let node = node.inside_parens();
    match node.expr() {
        Expr::Name("true") => Some(Value::Bool { value: true }),
        Expr::Name("false") => Some(Value::Bool { value: false }),
        Expr::Name("null") => Some(Value::Null),
        Expr::Text => Some(Value::String { value: node.string()? }),
        Expr::Literal | Expr::Operation => match node.integer() {
            Some(value) => Some(Value::Int { value }),
            None => {
                let digits = node.token(SyntaxKind::TOKEN_FLOAT)?.text();
                Some(Value::Float { value: digits.parse().ok()? })
            }
        },
        Expr::List => {
            let items = node.expressions().map(|item| value(item, depth + 1)).collect::<Option<_>>()?;
            Some(Value::List { items, more: 0 })
        }
        Expr::Set => {
            // Paths that are merged, `rec` and `inherit` are left to Nix.
            let all = node.entries().count();
            let mut entries: Vec<Entry> = node
                .bindings()
                .map(|binding| {
                    let name = binding.only_name()?.into_owned();
                    Some(Entry { name, value: value(binding.value?, depth + 1)? })
                })
                .collect::<Option<_>>()?;
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            let whole = entries.len() == all && node.token(SyntaxKind::TOKEN_REC).is_none();
            whole.then_some(Value::Attrs { entries, more: 0 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, expected: Option<&str>) {
        assert_eq!(literal(text).map(|value| value.to_string()).as_deref(), expected, "{text} by itself");
        let source = Source::parse(format!("{{ a = {text}; }}"));
        let range = 6..6 + text.len();
        assert_eq!(source.literal(&range).map(|value| value.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn what_is_written_out_is_a_value() {
        reads("-3", Some("-3"));
        reads("1.5", Some("1.5"));
        reads("true", Some("true"));
        reads("(null)", Some("null"));
        reads("\"a\\n\"", Some("\"a\\n\""));
        reads("[ 1 \"b\" [ ] ]", Some("[ 1 \"b\" [ ] ]"));
        reads("{ b = 1; a = { }; }", Some("{ a = { }; b = 1; }"));
        reads("false", Some("false"));
        reads("null", Some("null"));
        reads("9223372036854775807", Some("9223372036854775807"));
        reads("\"\"", Some("\"\""));
        reads("\"a ü 'b\"", Some("\"a ü 'b\""));
        reads(
            "{ a = [ (-1) 2.5 ]; \"b c\" = ''d''; null = null; }",
            Some("{ a = [ -1 2.5 ]; \"b c\" = \"d\"; null = null; }"),
        );
        reads("[ # one\n 1 /* two */ (true) ]", Some("[ 1 true ]"));
        reads("\"a\\\"b\"", Some("\"a\\\"b\""));
    }

    #[test]
    fn what_is_computed_is_none() {
        reads("x", None);
        reads("\"${x}\"", None);
        reads("[ 1 x ]", None);
        reads("{ a.b = 1; }", None);
        reads("rec { a = 1; }", None);
        reads("{ inherit a; }", None);
        reads("1 + 2", None);
        reads("./a", None);
        reads("true.x", None);
        reads("true x", None);
        reads("a.b or 1", None);
        reads("rec { }", None);
        reads("x: 1", None);
        reads("https://a.b", None);
        reads("a/b", None);
        reads("\"a\" + \"b\"", None);
        reads("\"$x\"", Some("\"$x\""));
        reads("[ (true) { a = [ -1 \"${x.y}\" ]; } ]", None);
        reads("{ a = { b = with x; [ ]; }; }", None);
        reads("{ a = b; }", None);
        reads("[ 1 (f 2) ]", None);
        reads("[ or ]", None);
    }

    #[test]
    fn elements_and_comments() {
        let text = "{ # one\r\n  a = with pkgs; [ git (vim) ]; /* two */ }";
        let source = Source::parse(text);
        let list = text.find("with").expect("it")..text.find("; /*").expect("it");
        let elements = source.elements(&list).expect("a list");
        assert_eq!(elements.iter().map(|range| &text[range.clone()]).collect::<Vec<_>>(), ["git", "(vim)"]);
        let comments: Vec<&str> = source.comments().iter().map(|span| &text[span.range()]).collect();
        assert_eq!(comments, ["# one", "/* two */"]);
        assert_eq!(source.elements(&(6..6)), None);
    }
}
