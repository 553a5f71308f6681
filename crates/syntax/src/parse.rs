//! Text to tree, by rnix.

mod again;
mod repair;
mod tokens;

use rnix::SyntaxKind;
use rnix::parser::ParseError;
use rnix::tokenizer::Tokenizer;
use rowan::{GreenNode, GreenNodeData, NodeOrToken, TextRange};

use crate::source::{Span, SyntaxError};
use crate::tree::Node;

use repair::{Token, repaired};
use tokens::{STACK_LEFT, Stopped, Tokens};

/// Longer texts are not read: offsets have 32 bits.
const MOST_BYTES: usize = 1 << 30;

/// The stacks that parsing is tried on, one after the other: the thread's own is enough for all that people write.
const STACKS: [usize; 3] = [512 << 10, 32 << 20, if cfg!(debug_assertions) { 1 << 30 } else { 256 << 20 }];

/// The stack that dropping one level of a tree takes, generously.
const STACK_PER_LEVEL: usize = if cfg!(debug_assertions) { 1536 } else { 512 };

/// A tree of so few tokens is dropped on any stack.
const FEW_TOKENS: usize = 64;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The tree of a text, which may be nested more deeply than a thread's stack is long.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Taken out only to be dropped.
    green: Option<GreenNode>,
    /// At least the levels of it; 0 where it has few tokens.
    levels: usize,
}

/// What rnix makes of some tokens.
struct Parsed {
    tree: Tree,
    errors: Vec<ParseError>,
    /// Where and why it was not read to its end.
    stopped: Option<(Stopped, usize)>,
}

impl Tree {
    fn new(green: GreenNode, tokens: usize) -> Self {
        let levels = if tokens < FEW_TOKENS { 0 } else { depth(&green) };
        Self { green: Some(green), levels }
    }

    fn none() -> Self {
        Self { green: None, levels: 0 }
    }

    /// The tree of a text, and what of it is not Nix.
    pub(crate) fn parse(text: &str) -> (Self, Vec<SyntaxError>) {
        if text.len() > MOST_BYTES {
            let error = SyntaxError { message: "the file is too long to be read".into(), at: Span::new(0, MOST_BYTES) };
            return (Self::none(), vec![error]);
        }
        Self::better(text, Parsed::of(text, || tokens(text)), || Mended::of(text, tokens(text)))
    }

    /// The tree of another text than this tree's own, which has no errors, and what of it is not Nix: the same as from
    /// [`Tree::parse`].
    pub(crate) fn parse_edited(&self, old: &str, new: &str) -> (Self, Vec<SyntaxError>) {
        self.parse_again(old, new).unwrap_or_else(|| Self::parse_likely_broken(new))
    }

    /// The same as [`Tree::parse`]. What is made of the text as it is and with what it lacks put in is found at once.
    fn parse_likely_broken(text: &str) -> (Self, Vec<SyntaxError>) {
        if text.len() > MOST_BYTES {
            return Self::parse(text);
        }
        let mut plain = None;
        let mended = rayon::in_place_scope(|scope| {
            scope.spawn(|_| plain = Some(Parsed::of(text, || tokens(text))));
            Mended::of_whole(text)
        });
        match plain {
            Some(plain) => Self::better(text, plain, || mended.unwrap_or_else(|| Mended::of(text, tokens(text)))),
            None => Self::parse(text),
        }
    }

    /// The better of what is made of a text as it is and of what is made of it with what it lacks put in.
    fn better(text: &str, plain: Parsed, mended: impl FnOnce() -> Option<Mended>) -> (Self, Vec<SyntaxError>) {
        // Nix takes the file for none of its own; what stands behind the mark is read all the same.
        let error = mark_of(text).map(|_| SyntaxError {
            message: "Nix does not read a file that begins with a byte-order mark".into(),
            at: Span::new(0, BYTE_ORDER_MARK.len_utf8()),
        });
        if !plain.errors.is_empty()
            && plain.stopped.is_none()
            && let Some(mended) = mended()
            && mended.parsed.errors.len() <= plain.errors.len()
        {
            return mended.told(text, error);
        }
        let errors = plain.syntax_errors(text, 0, error);
        (plain.tree, errors)
    }

    pub(crate) fn root(&self) -> Node<'_> {
        match &self.green {
            Some(green) => Node::root(green),
            None => Node::root(empty()),
        }
    }
}

/// What rnix makes of a text with what it lacks put in.
struct Mended {
    parsed: Parsed,
    gaps: Vec<SyntaxError>,
}

impl Mended {
    /// `None` where it lacks nothing, too much, or is not read to its end.
    fn of<'t>(text: &'t str, tokens: impl Iterator<Item = Token<'t>>) -> Option<Self> {
        let repaired = repaired(0, tokens)?;
        if repaired.gaps.is_empty() {
            return None;
        }
        let parsed = Parsed::of(text, || repaired.tokens.iter().copied());
        parsed.stopped.is_none().then_some(Self { parsed, gaps: repaired.gaps })
    }

    /// The same of a text that can be read on this stack; `None` of another one.
    fn of_whole(text: &str) -> Option<Option<Self>> {
        let mut read = Tokens::of(text, tokens(text));
        let all: Vec<Token<'_>> = read.by_ref().collect();
        read.end().stopped.is_none().then(|| Self::of(text, all.into_iter()))
    }

    /// The tree, and all that is wrong with the text, `more` among it.
    fn told(self, text: &str, more: Option<SyntaxError>) -> (Tree, Vec<SyntaxError>) {
        let errors = self.parsed.syntax_errors(text, 0, self.gaps.into_iter().chain(more));
        (self.parsed.tree, errors)
    }
}

impl Parsed {
    /// Of the tokens of a text.
    fn of<'t, I: Iterator<Item = (SyntaxKind, &'t str)>>(text: &'t str, tokens: impl Fn() -> I) -> Self {
        for stack in STACKS {
            let (green, mut errors, end) = with_stack(stack, || {
                let mut tokens = Tokens::of(text, tokens());
                let (green, errors) = rnix::parser::parse(&mut tokens);
                (green, errors, tokens.end())
            });
            let tree = Tree::new(green, end.count);
            let no_stack = end.stopped.is_some_and(|(why, _)| why == Stopped::NoStack);
            if !no_stack || stack == STACKS[STACKS.len() - 1] {
                if errors.is_empty() && !end.parens_match {
                    errors.extend(unclosed(tree.root()));
                }
                return Self { tree, errors, stopped: end.stopped };
            }
        }
        Self { tree: Tree::none(), errors: Vec::new(), stopped: None }
    }

    /// All that is wrong with a part of a text that begins at an offset, `more` among it.
    fn syntax_errors(&self, text: &str, start: usize, more: impl IntoIterator<Item = SyntaxError>) -> Vec<SyntaxError> {
        let at_end =
            |error: &ParseError| matches!(error, ParseError::UnexpectedEOF | ParseError::UnexpectedEOFWanted(_));
        // That the text has no end follows from not having been read so far.
        let cut = self.stopped.is_some() || self.errors.contains(&ParseError::RecursionLimitExceeded);
        let real = self.errors.iter().filter(|error| !cut || !at_end(error));
        let mut all: Vec<_> = real.map(|error| syntax_error(error, start, start + text.len())).collect();
        all.extend(more);
        if let Some((why, offset)) = self.stopped {
            let message = match why {
                Stopped::NoStack | Stopped::TooDeep => "the file is nested too deeply to be read to its end",
                Stopped::TooSlow => "it would take too long to read the file to its end",
            };
            all.push(SyntaxError { message: message.into(), at: Span::new(start + offset, start + text.len()) });
        }
        all.sort_by_key(|error| error.at);
        all.dedup();
        all
    }
}

fn empty() -> &'static GreenNode {
    static EMPTY: std::sync::LazyLock<GreenNode> =
        std::sync::LazyLock::new(|| GreenNode::new(rowan::SyntaxKind(SyntaxKind::NODE_ROOT as u16), []));
    &EMPTY
}

impl Drop for Tree {
    fn drop(&mut self) {
        let green = self.green.take();
        let stack = if self.levels == 0 { 0 } else { STACK_LEFT + self.levels * STACK_PER_LEVEL };
        with_stack(stack, || drop(green));
    }
}

/// rnix takes any token for the `)` at the end of what stands in parentheses. One that is something else is an error.
fn unclosed(root: Node<'_>) -> Option<ParseError> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        open.extend(node.nodes());
        if node.kind() == SyntaxKind::NODE_PAREN {
            let last = node.elements().last().and_then(NodeOrToken::into_token);
            if let Some(last) = last.filter(|last| last.kind() != SyntaxKind::TOKEN_R_PAREN) {
                let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).into();
                let at = TextRange::new(offset(last.start()), offset(last.start() + last.text().len()));
                return Some(ParseError::UnexpectedWanted(last.kind(), at, Box::new([SyntaxKind::TOKEN_R_PAREN])));
            }
        }
    }
    None
}

/// The levels of a tree.
fn depth(root: &GreenNodeData) -> usize {
    let mut open = vec![root.children()];
    let mut most = 1;
    while let Some(children) = open.last_mut() {
        match children.find_map(NodeOrToken::into_node) {
            Some(node) => {
                open.push(node.children());
                most = most.max(open.len());
            }
            None => {
                open.pop();
            }
        }
    }
    most
}

/// Runs something on a stack of at least this size.
fn with_stack<T>(size: usize, work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(size, size, work)
}

/// The tokens of a text. Byte-order marks that it begins with are a blank.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mark = mark_of(text);
    let behind = Tokenizer::new(&text[mark.map_or(0, str::len)..]);
    mark.map(|mark| (SyntaxKind::TOKEN_WHITESPACE, mark)).into_iter().chain(behind)
}

/// The byte-order marks that a text begins with.
fn mark_of(text: &str) -> Option<&str> {
    let mark = &text[..text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len()];
    (!mark.is_empty()).then_some(mark)
}

/// An error in a part of a text, which begins and ends at these offsets.
fn syntax_error(error: &ParseError, start: usize, end: usize) -> SyntaxError {
    let span = |range: &TextRange| Span::new(start + usize::from(range.start()), start + usize::from(range.end()));
    let (message, at) = match error {
        ParseError::Unexpected(at) => ("this is not expected here".to_owned(), span(at)),
        ParseError::UnexpectedExtra(at) => ("the expression has ended before this".to_owned(), span(at)),
        ParseError::UnexpectedWanted(_, at, wanted) => (format!("expected {}", words(wanted)), span(at)),
        ParseError::UnexpectedDoubleBind(at) => ("the argument is named twice with `@`".to_owned(), span(at)),
        ParseError::UnexpectedEOF => ("the file ends too early".to_owned(), Span::new(end, end)),
        ParseError::UnexpectedEOFWanted(wanted) => {
            (format!("the file ends where {} is expected", words(wanted)), Span::new(end, end))
        }
        ParseError::DuplicatedArgs(at, name) => (format!("the argument `{name}` stands there twice"), span(at)),
        ParseError::RecursionLimitExceeded => {
            ("the file is nested too deeply to be read to its end".to_owned(), Span::new(end, end))
        }
        other => (other.to_string(), Span::new(end, end)),
    };
    SyntaxError { message, at }
}

fn words(wanted: &[SyntaxKind]) -> String {
    let word = |kind: &SyntaxKind| match kind {
        SyntaxKind::TOKEN_IDENT => "a name",
        SyntaxKind::TOKEN_ASSIGN => "`=`",
        SyntaxKind::TOKEN_SEMICOLON => "`;`",
        SyntaxKind::TOKEN_COLON => "`:`",
        SyntaxKind::TOKEN_COMMA => "`,`",
        SyntaxKind::TOKEN_L_BRACE => "`{`",
        SyntaxKind::TOKEN_R_BRACE => "`}`",
        SyntaxKind::TOKEN_L_BRACK => "`[`",
        SyntaxKind::TOKEN_R_BRACK => "`]`",
        SyntaxKind::TOKEN_L_PAREN => "`(`",
        SyntaxKind::TOKEN_R_PAREN => "`)`",
        SyntaxKind::TOKEN_THEN => "`then`",
        SyntaxKind::TOKEN_ELSE => "`else`",
        SyntaxKind::TOKEN_IN => "`in`",
        SyntaxKind::TOKEN_OR => "`or`",
        SyntaxKind::TOKEN_REC => "`rec`",
        SyntaxKind::TOKEN_ELLIPSIS => "`...`",
        SyntaxKind::TOKEN_STRING_START | SyntaxKind::TOKEN_STRING_CONTENT => "a string",
        SyntaxKind::TOKEN_STRING_END => "the end of the string",
        SyntaxKind::TOKEN_INTERPOL_START => "`${`",
        SyntaxKind::TOKEN_INTERPOL_END => "the `}` of an interpolation",
        _ => "something else",
    };
    wanted.iter().map(word).collect::<Vec<_>>().join(" or ")
}
#[cfg(test)]
mod tests;
