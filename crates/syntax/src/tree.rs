//! A cursor over rnix's tree: a node and where it begins, without allocation and without a parent.
//!
//! Everything here is total: nodes that the parser left incomplete have parts that are missing, and nothing panics.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use rnix::{NixLanguage, SyntaxKind};
use rowan::{GreenNodeData, GreenTokenData, Language as _, NodeOrToken};
use smol_str::SmolStr;

/// A node of the tree at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'t> {
    green: &'t GreenNodeData,
    start: usize,
}

/// The same node of the same tree; what is in it is not compared.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.start == other.start && std::ptr::eq(self.green, other.green)
    }
}

impl Eq for Node<'_> {}

/// A token of the tree at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'t> {
    green: &'t GreenTokenData,
    start: usize,
}

/// An expression by its form. Parts that are missing in the text are `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expr<'t> {
    /// `f x`
    Apply { function: Node<'t>, argument: Option<Node<'t>> },
    /// `{ … }`, `rec { … }`, and the old `let { … }`
    Set,
    /// `[ … ]`
    List,
    /// `let … in body`
    Let { body: Option<Node<'t>> },
    /// `with namespace; body`
    With { body: Option<Node<'t>> },
    /// `assert condition; body`
    Assert { body: Option<Node<'t>> },
    /// `if condition then … else …`
    If { condition: Node<'t>, yes: Option<Node<'t>>, no: Option<Node<'t>> },
    /// `x: body`, `{ … }: body`
    Lambda { body: Option<Node<'t>> },
    /// A name.
    Name(&'t str),
    /// `x.a.b`, `x.a.b or c`
    Select { of: Node<'t>, path: Node<'t> },
    /// `a // b`
    Update { left: Node<'t>, right: Option<Node<'t>> },
    /// `a ++ b`
    Concat { left: Node<'t>, right: Option<Node<'t>> },
    /// `a |> f` or `f <| a`
    Pipe { function: Option<Node<'t>>, argument: Option<Node<'t>> },
    /// Any other operation.
    Operation,
    /// `"…"`, `''…''`
    Text,
    /// `./a`, `<a>`
    Path,
    /// A number or a URI.
    Literal,
    /// Nothing that can be read.
    Error,
}

impl<'t> Node<'t> {
    /// The root of a tree.
    pub(crate) fn root(green: &'t GreenNodeData) -> Self {
        Self { green, start: 0 }
    }

    pub(crate) fn green(self) -> &'t GreenNodeData {
        self.green
    }

    pub(crate) fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.green.kind())
    }

    pub(crate) fn start(self) -> usize {
        self.start
    }

    pub(crate) fn end(self) -> usize {
        self.start + usize::from(self.green.text_len())
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end()
    }

    /// Nodes and tokens in it, in order.
    pub(crate) fn elements(self) -> impl Iterator<Item = NodeOrToken<Node<'t>, Token<'t>>> {
        let mut start = self.start;
        self.green.children().map(move |child| {
            let at = start;
            match child {
                NodeOrToken::Node(green) => {
                    start += usize::from(green.text_len());
                    NodeOrToken::Node(Node { green, start: at })
                }
                NodeOrToken::Token(green) => {
                    start += usize::from(green.text_len());
                    NodeOrToken::Token(Token { green, start: at })
                }
            }
        })
    }

    /// The nodes in it, in order.
    pub(crate) fn nodes(self) -> impl Iterator<Item = Node<'t>> {
        self.elements().filter_map(NodeOrToken::into_node)
    }

    /// The node in it that an offset lies in; of two that meet there, the right one.
    pub(crate) fn node_over(self, offset: usize, wide: &WideNodes) -> Option<Node<'t>> {
        let children = self.green.children();
        if children.len() < WIDE {
            return self.nodes().find(|inner| inner.start() <= offset && offset < inner.end());
        }
        let index = wide.child(self, offset)?;
        let green = self.green.children().nth(index)?.into_node()?;
        let start = wide.start(self, index)?;
        Some(Node { green, start }).filter(|inner| offset < inner.end())
    }

    /// The first node of a kind in it.
    pub(crate) fn first(self, kind: SyntaxKind) -> Option<Node<'t>> {
        self.nodes().find(|node| node.kind() == kind)
    }

    /// The first token of a kind in it.
    pub(crate) fn token(self, kind: SyntaxKind) -> Option<Token<'t>> {
        self.elements().filter_map(NodeOrToken::into_token).find(|token| token.kind() == kind)
    }

    /// The text of a name.
    pub(crate) fn name(self) -> Option<&'t str> {
        (self.kind() == SyntaxKind::NODE_IDENT).then(|| self.token(SyntaxKind::TOKEN_IDENT).map(Token::text)).flatten()
    }

    /// The nodes in it that are expressions.
    pub(crate) fn expressions(self) -> impl Iterator<Item = Node<'t>> {
        self.nodes().filter(|node| is_expression(node.kind()))
    }

    /// Itself, or what stands in its parentheses.
    pub(crate) fn inside_parens(mut self) -> Node<'t> {
        while self.kind() == SyntaxKind::NODE_PAREN {
            match self.expressions().next() {
                Some(inner) => self = inner,
                None => break,
            }
        }
        self
    }

    /// Its form, looking into parentheses.
    pub(crate) fn expr(self) -> Expr<'t> {
        let node = self.inside_parens();
        let mut parts = node.expressions();
        match node.kind() {
            SyntaxKind::NODE_APPLY => match parts.next() {
                Some(function) => Expr::Apply { function, argument: parts.next() },
                None => Expr::Error,
            },
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_LEGACY_LET => Expr::Set,
            SyntaxKind::NODE_LIST => Expr::List,
            SyntaxKind::NODE_LET_IN => Expr::Let { body: parts.next() },
            SyntaxKind::NODE_WITH => Expr::With { body: parts.nth(1) },
            SyntaxKind::NODE_ASSERT => Expr::Assert { body: parts.nth(1) },
            SyntaxKind::NODE_IF_ELSE => match parts.next() {
                Some(condition) => Expr::If { condition, yes: parts.next(), no: parts.next() },
                None => Expr::Error,
            },
            SyntaxKind::NODE_LAMBDA => Expr::Lambda { body: parts.next() },
            SyntaxKind::NODE_IDENT => node.name().map_or(Expr::Error, Expr::Name),
            SyntaxKind::NODE_SELECT => match (parts.next(), node.first(SyntaxKind::NODE_ATTRPATH)) {
                (Some(of), Some(path)) => Expr::Select { of, path },
                _ => Expr::Error,
            },
            SyntaxKind::NODE_BIN_OP => match parts.next() {
                Some(left) => node.operation(left, parts.next()),
                None => Expr::Error,
            },
            SyntaxKind::NODE_UNARY_OP | SyntaxKind::NODE_HAS_ATTR => Expr::Operation,
            SyntaxKind::NODE_STRING => Expr::Text,
            SyntaxKind::NODE_PATH => Expr::Path,
            SyntaxKind::NODE_LITERAL => match node.token(SyntaxKind::TOKEN_PATH) {
                Some(_) => Expr::Path,
                None => Expr::Literal,
            },
            _ => Expr::Error,
        }
    }

    fn operation(self, left: Node<'t>, right: Option<Node<'t>>) -> Expr<'t> {
        let operator = self
            .elements()
            .filter_map(NodeOrToken::into_token)
            .map(Token::kind)
            .find(|kind| !kind.is_trivia())
            .unwrap_or(SyntaxKind::TOKEN_ERROR);
        match operator {
            SyntaxKind::TOKEN_UPDATE => Expr::Update { left, right },
            SyntaxKind::TOKEN_CONCAT => Expr::Concat { left, right },
            SyntaxKind::TOKEN_PIPE_RIGHT => Expr::Pipe { function: right, argument: Some(left) },
            SyntaxKind::TOKEN_PIPE_LEFT => Expr::Pipe { function: Some(left), argument: right },
            _ => Expr::Operation,
        }
    }

    /// What it evaluates to in the end, behind parentheses, `let … in`, `with …;` and `assert …;`.
    pub(crate) fn body(self) -> Node<'t> {
        let mut node = self.inside_parens();
        while let Expr::Let { body: Some(body) } | Expr::With { body: Some(body) } | Expr::Assert { body: Some(body) } =
            node.expr()
        {
            node = body.inside_parens();
        }
        node
    }

    /// The bindings and `inherit`s of a set or `let`, in order.
    pub(crate) fn entries(self) -> impl Iterator<Item = Node<'t>> {
        self.nodes().filter(|node| matches!(node.kind(), SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT))
    }

    /// The bindings of a set or `let`: attribute path and value.
    pub(crate) fn bindings(self) -> impl Iterator<Item = Binding<'t>> {
        self.entries().filter_map(Binding::of)
    }

    /// The integer that is written here.
    pub(crate) fn integer(self) -> Option<i64> {
        let mut node = self.inside_parens();
        let mut negative = false;
        while node.kind() == SyntaxKind::NODE_UNARY_OP {
            node.token(SyntaxKind::TOKEN_SUB)?;
            negative = !negative;
            node = node.expressions().next()?.inside_parens();
        }
        let digits = node.token(SyntaxKind::TOKEN_INTEGER)?.text();
        let number: i64 = digits.parse().ok()?;
        Some(if negative { -number } else { number })
    }

    /// The string that is written here without anything computed in it, as Nix reads it.
    pub(crate) fn string(self) -> Option<String> {
        let node = self.inside_parens();
        if node.kind() != SyntaxKind::NODE_STRING {
            return None;
        }
        let mut text = String::new();
        for element in node.elements() {
            match element {
                NodeOrToken::Node(_) => return None,
                NodeOrToken::Token(token) if token.kind() == SyntaxKind::TOKEN_STRING_CONTENT => {
                    text.push_str(token.text());
                }
                NodeOrToken::Token(_) => {}
            }
        }
        let indented = node.token(SyntaxKind::TOKEN_STRING_START)?.text() == "''";
        Some(if indented { indented_string(&text) } else { unescaped(&text) })
    }

    /// The static name of an attribute: a name, a string, or a string in `${…}`; `None` where it is computed.
    pub(crate) fn attribute_name(self) -> Option<std::borrow::Cow<'t, str>> {
        match self.kind() {
            SyntaxKind::NODE_IDENT => self.name().map(Into::into),
            SyntaxKind::NODE_STRING => self.string().map(Into::into),
            SyntaxKind::NODE_DYNAMIC => self.expressions().next()?.string().map(Into::into),
            _ => None,
        }
    }
}

/// Nodes with so many children are not searched from one child to the next.
const WIDE: usize = 256;

/// Where the children of nodes with very many children begin.
#[derive(Debug, Default)]
pub(crate) struct WideNodes {
    starts: HashMap<(usize, usize), Wide>,
}

/// One node with very many children.
#[derive(Debug)]
struct Wide {
    /// Where its children begin.
    starts: Box<[u32]>,
    /// The places among its children of the bindings of one name, made when asked for.
    bindings: OnceLock<HashMap<SmolStr, u32>>,
}

impl WideNodes {
    /// Notes where the children of a node begin, if there are very many.
    pub(crate) fn note(&mut self, node: Node<'_>) {
        if node.green.children().len() >= WIDE {
            let start = |element| match element {
                NodeOrToken::Node(node) => Node::start(node),
                NodeOrToken::Token(token) => Token::start(token),
            };
            let starts = node.elements().map(|element| u32::try_from(start(element)).unwrap_or(u32::MAX)).collect();
            self.starts.insert((node.start(), node.end()), Wide { starts, bindings: OnceLock::new() });
        }
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let bindings = |wide: &Wide| wide.bindings.get().map_or(0, |names| names.len() * 32);
        self.starts.values().map(|wide| size_of_val(&*wide.starts) + bindings(wide) + 96).sum()
    }

    fn of(&self, node: Node<'_>) -> Option<&Wide> {
        self.starts.get(&(node.start(), node.end()))
    }

    fn child(&self, node: Node<'_>, offset: usize) -> Option<usize> {
        self.of(node)?.starts.partition_point(|start| *start as usize <= offset).checked_sub(1)
    }

    fn start(&self, node: Node<'_>, index: usize) -> Option<usize> {
        self.of(node)?.starts.get(index).map(|start| *start as usize)
    }

    /// The value of an attribute of a set that is written out.
    pub(crate) fn attribute<'t>(&self, set: Node<'t>, name: &str) -> Option<Node<'t>> {
        let Some(wide) = self.of(set) else {
            return set.bindings().find(|binding| binding.only_name().as_deref() == Some(name))?.value;
        };
        let bindings = wide.bindings.get_or_init(|| {
            let mut bindings = HashMap::new();
            for (index, element) in set.elements().enumerate() {
                let name = element.into_node().and_then(Binding::of).and_then(Binding::only_name);
                if let (Some(name), Ok(index)) = (name, u32::try_from(index)) {
                    bindings.entry(name.into()).or_insert(index);
                }
            }
            bindings
        });
        let index = *bindings.get(name)? as usize;
        let green = set.green.children().nth(index)?.into_node()?;
        Binding::of(Node { green, start: *wide.starts.get(index)? as usize })?.value
    }
}

/// A binding `attribute.path = value;`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding<'t> {
    pub(crate) node: Node<'t>,
    pub(crate) path: Node<'t>,
    /// Missing where nothing that can be read follows the `=`.
    pub(crate) value: Option<Node<'t>>,
}

impl<'t> Binding<'t> {
    pub(crate) fn of(node: Node<'t>) -> Option<Self> {
        if node.kind() != SyntaxKind::NODE_ATTRPATH_VALUE {
            return None;
        }
        let path = node.first(SyntaxKind::NODE_ATTRPATH)?;
        // What was put in where a value is missing has no length.
        let value = node.expressions().next().filter(|value| value.start() < value.end());
        Some(Self { node, path, value })
    }

    /// The names of its path.
    pub(crate) fn attributes(self) -> impl Iterator<Item = Node<'t>> {
        attributes(self.path)
    }

    /// Its only name, where its path has but one and that is static.
    pub(crate) fn only_name(self) -> Option<std::borrow::Cow<'t, str>> {
        let mut attributes = self.attributes();
        let first = attributes.next()?;
        if attributes.next().is_some() { None } else { first.attribute_name() }
    }
}

/// The names in an attribute path, or after an `inherit`.
pub(crate) fn attributes(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.nodes().filter(|node| {
        matches!(node.kind(), SyntaxKind::NODE_IDENT | SyntaxKind::NODE_STRING | SyntaxKind::NODE_DYNAMIC)
    })
}

impl<'t> Token<'t> {
    pub(crate) fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.green.kind())
    }

    pub(crate) fn text(self) -> &'t str {
        self.green.text()
    }

    pub(crate) fn start(self) -> usize {
        self.start
    }
}

fn is_expression(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::NODE_APPLY
            | SyntaxKind::NODE_ASSERT
            | SyntaxKind::NODE_IDENT
            | SyntaxKind::NODE_IF_ELSE
            | SyntaxKind::NODE_SELECT
            | SyntaxKind::NODE_STRING
            | SyntaxKind::NODE_LAMBDA
            | SyntaxKind::NODE_LEGACY_LET
            | SyntaxKind::NODE_LET_IN
            | SyntaxKind::NODE_LIST
            | SyntaxKind::NODE_BIN_OP
            | SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_ATTR_SET
            | SyntaxKind::NODE_UNARY_OP
            | SyntaxKind::NODE_LITERAL
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_PATH
            | SyntaxKind::NODE_HAS_ATTR
            | SyntaxKind::NODE_ERROR
    )
}

/// The content of a `"…"` string: Nix turns `\r\n` and a lone `\r` into `\n`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            other => out.push(other),
        }
    }
    out
}

/// The content of a `''…''` string without interpolation: a first line of blanks goes, and the common indentation.
fn indented_string(text: &str) -> String {
    let first_line = text.split_once('\n').filter(|(first, _)| first.chars().all(|c| c == ' '));
    let text = first_line.map_or(text, |(_, rest)| rest);
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = text
        .split('\n')
        .filter(|line| !line.trim_start_matches(' ').is_empty())
        .map(indentation)
        .min()
        .unwrap_or_default();
    let mut lines: Vec<&str> = text.split('\n').map(|line| &line[common.min(indentation(line))..]).collect();
    // Blanks before the closing quotes are no line of their own.
    if let Some(last) = lines.last_mut().filter(|last| last.chars().all(|c| c == ' ')) {
        *last = "";
    }
    let joined = lines.join("\n");
    let mut out = String::with_capacity(joined.len());
    let mut rest = joined.as_str();
    while let Some(at) = rest.find("''") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\'') {
            out.push_str("''");
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\\') {
            let mut chars = after.chars();
            match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            }
            rest = chars.as_str();
        } else {
            out.push_str("''");
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn string_of(text: &str) -> Option<String> {
        let (green, _) = rnix::parser::parse(rnix::tokenizer::Tokenizer::new(text));
        Node::root(&green).expressions().next().and_then(Node::string)
    }

    #[test]
    fn strings_as_nix_reads_them() {
        assert_eq!(string_of(r#""a\n\${b}\"""#).as_deref(), Some("a\n${b}\""));
        assert_eq!(string_of("\"a\r\nb\"").as_deref(), Some("a\nb"));
        assert_eq!(string_of("''\n    a\n      b\n  ''").as_deref(), Some("a\n  b\n"));
        assert_eq!(string_of("''a''${b}'''c''\\n''").as_deref(), Some("a${b}''c\n"));
        assert_eq!(string_of(r#""a${b}""#), None);
    }

    #[test]
    fn parts_that_are_missing() {
        for text in ["if", "f (", "let in", "{ a = ", "a //", "x.", "inherit", "with", "\"${", "''"] {
            let (green, _) = rnix::parser::parse(rnix::tokenizer::Tokenizer::new(text));
            for node in Node::root(&green).expressions() {
                let _ = (node.expr(), node.body().string(), node.integer());
            }
        }
    }
}
