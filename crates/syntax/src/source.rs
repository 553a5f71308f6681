//! One file's text, parsed, with the places that Nix names.

use std::ops::Range;
use std::sync::Arc;

use rnix::SyntaxKind;
use rnix::parser::ParseError;
use rnix::tokenizer::Tokenizer;
use rowan::{GreenNode, GreenNodeData, NodeOrToken};

use crate::lines::Lines;
use crate::properties::Reader;
use crate::repair::repaired;
use crate::scopes::Scopes;
use crate::tree::Node;

/// Longer texts are not read: offsets have 32 bits.
const MOST_BYTES: usize = 1 << 30;

/// The stacks that parsing is tried on, one after the other: the thread's own is enough for all that people write.
const STACKS: [usize; 3] = [512 << 10, 32 << 20, if cfg!(debug_assertions) { 1 << 30 } else { 256 << 20 }];

/// The parser is given no more tokens when less than this is left of the stack. It asks for one at each level.
const STACK_LEFT: usize = 160 << 10;

/// The stack that dropping one level of a tree takes, generously.
const STACK_PER_LEVEL: usize = if cfg!(debug_assertions) { 1536 } else { 512 };

/// A tree of so few tokens is dropped on any stack.
const FEW_TOKENS: usize = 64;

/// Texts are read to about so many levels.
const MOST_LEVELS: usize = 22_000;

/// The stack that rowan takes, for each level of a tree, when the table of its cache grows.
const STACK_FOR_CACHE: usize = 512;

/// Two things take time in the square of a text's length: rnix looks, at each token, through all the characters that
/// could be part of a path, and rowan's cache, when it grows, through all that each node has in it. So much is allowed.
const MOST_WORK: usize = 300_000_000;

/// Trees of so many levels are nothing special.
const FEW_LEVELS: usize = 64;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A byte range of a text, compact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let short = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: short(start), end: short(end) }
    }

    pub(crate) fn of(node: Node<'_>) -> Self {
        Self::new(node.start(), node.end())
    }

    /// As a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether all of another span lies in it.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Something in a text that is not Nix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in a sentence.
    pub message: String,
    /// Where.
    pub at: Span,
}

/// A Nix file as text and syntax tree. Text that does not parse is read as far as it goes.
#[derive(Debug, Clone)]
pub struct Source {
    text: Arc<str>,
    tree: Arc<Tree>,
    lines: Lines,
    scopes: Arc<Scopes>,
    errors: Vec<SyntaxError>,
}

impl Source {
    /// Parses a text.
    pub fn parse(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let (tree, errors) = Tree::parse(&text);
        let scopes = Scopes::of(tree.root());
        Self { lines: Lines::of(&text), text, tree: Arc::new(tree), scopes: Arc::new(scopes), errors }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// What of it is not Nix, in the order of the text.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Lines and columns of the text.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The part of the text at a byte range; empty where the range is not one of this text.
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The byte offset of a line and column, both from 1, columns in bytes; `None` where there is no such place.
    pub fn offset(&self, line: u32, column: u32) -> Option<usize> {
        self.lines.offset(&self.text, line, column)
    }

    /// The line and column, both from 1, of a byte offset.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        self.lines.line_column(offset)
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.tree.root(), &self.scopes)
    }

    pub(crate) fn shared_scopes(&self) -> Arc<Scopes> {
        self.scopes.clone()
    }
}

/// The tree of a text, which may be nested more deeply than a thread's stack is long.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Taken out only to be dropped.
    green: Option<GreenNode>,
    stack: usize,
}

impl Tree {
    fn new(green: GreenNode, tokens: usize) -> Self {
        let stack = if tokens < FEW_TOKENS { 0 } else { STACK_LEFT + depth(&green) * STACK_PER_LEVEL };
        Self { green: Some(green), stack }
    }

    pub(crate) fn parse(text: &str) -> (Self, Vec<SyntaxError>) {
        if text.len() > MOST_BYTES {
            let error = SyntaxError { message: "the file is too long to be read".into(), at: Span::new(0, MOST_BYTES) };
            return (Self { green: None, stack: 0 }, vec![error]);
        }
        let mark = mark_of(text).len();
        let tokens = || Tokenizer::new(&text[mark..]);
        let (tree, errors, stopped) = Self::of(text, tokens);
        if !errors.is_empty()
            && stopped.is_none()
            && let Some((repaired, gaps)) = repaired(mark, tokens())
        {
            let (better, left, stopped) = Self::of(text, || repaired.iter().copied());
            if left.len() <= errors.len() && stopped.is_none() {
                return (better, syntax_errors(&left, text, None, gaps));
            }
        }
        let errors = syntax_errors(&errors, text, stopped, Vec::new());
        (tree, errors)
    }

    /// The tree of some tokens of a text, rnix's errors, and where and why it was not read to its end.
    fn of<'t, I: Iterator<Item = (SyntaxKind, &'t str)>>(
        text: &'t str,
        tokens: impl Fn() -> I,
    ) -> (Self, Vec<ParseError>, Option<(Stopped, usize)>) {
        for stack in STACKS {
            let (green, errors, tokens) = with_stack(stack, || {
                let mut tokens = Tokens::of(text, tokens());
                let (green, errors) = rnix::parser::parse(&mut tokens);
                let Tokens { count, stopped, offset, .. } = tokens;
                (green, errors, (count, stopped.map(|why| (why, offset))))
            });
            let (count, stopped) = tokens;
            let tree = Self::new(green, count);
            let no_stack = stopped.is_some_and(|(why, _)| why == Stopped::NoStack);
            if !no_stack || stack == STACKS[STACKS.len() - 1] {
                return (tree, errors, stopped);
            }
        }
        (Self { green: None, stack: 0 }, Vec::new(), None)
    }

    pub(crate) fn root(&self) -> Node<'_> {
        match &self.green {
            Some(green) => Node::root(green),
            None => Node::root(empty()),
        }
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
        with_stack(self.stack, || drop(green));
    }
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

/// Runs one level of a recursion over a tree, on more stack where the thread's comes to its end.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 << 10, 4 << 20, work)
}

/// Why a text is not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    NoStack,
    TooDeep,
    TooSlow,
}

/// The tokens of a text, which end where reading on could overflow the stack or take very long.
struct Tokens<'t, I> {
    text: &'t str,
    inner: I,
    offset: usize,
    /// How many there were but for blanks and comments.
    count: usize,
    levels: Levels,
    /// Where the characters end that could be part of a path.
    run_end: usize,
    work: usize,
    /// The most levels so far.
    most: usize,
    /// What there was of the stack at the beginning.
    stack: usize,
    stopped: Option<Stopped>,
}

impl<'t, I> Tokens<'t, I> {
    /// For the tokens of a text, without its byte-order mark.
    fn of(text: &'t str, inner: I) -> Self {
        Self {
            text,
            inner,
            offset: 0,
            count: 0,
            levels: Levels::default(),
            run_end: 0,
            work: 0,
            most: 0,
            stack: stacker::remaining_stack().unwrap_or(usize::MAX),
            stopped: None,
        }
    }

    /// How many characters from here on could be part of a path.
    fn looked_ahead(&mut self) -> usize {
        if self.run_end <= self.offset {
            let rest = &self.text.as_bytes()[self.offset..];
            self.run_end = self.offset + rest.iter().take_while(|byte| OF_PATHS[usize::from(**byte)]).count();
        }
        self.run_end - self.offset
    }
}

/// Which bytes rnix takes for parts of paths.
const OF_PATHS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'/' | b'<');
        byte += 1;
    }
    table
};

impl<'t, I: Iterator<Item = (SyntaxKind, &'t str)>> Iterator for Tokens<'t, I> {
    type Item = (SyntaxKind, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.stopped.is_some() {
            return None;
        }
        let stack = stacker::remaining_stack().unwrap_or(self.stack);
        if stack < STACK_LEFT + self.most * STACK_FOR_CACHE {
            self.stopped = Some(Stopped::NoStack);
            return None;
        }
        // Nix takes the file for none of its own; what stands behind the mark is read all the same.
        let mark = mark_of(self.text);
        if self.offset == 0 && !mark.is_empty() {
            self.offset = mark.len();
            return Some((SyntaxKind::TOKEN_WHITESPACE, mark));
        }
        let (kind, text) = self.inner.next()?;
        if !kind.is_trivia() && kind != SyntaxKind::TOKEN_STRING_CONTENT {
            self.count += 1;
            self.levels.token(kind);
            self.most = self.most.max(self.levels.depth);
            // Where brackets do not match, the parser can be deeper than it seems.
            let depth = self.levels.depth.max(self.stack.saturating_sub(stack) >> 10);
            self.work += self.looked_ahead() + depth.saturating_sub(FEW_LEVELS) / 4;
            if self.levels.depth > MOST_LEVELS {
                self.stopped = Some(Stopped::TooDeep);
            } else if self.work > MOST_WORK {
                self.stopped = Some(Stopped::TooSlow);
            }
        }
        self.offset += text.len();
        Some((kind, text))
    }
}

/// About how deep in the tree a token is: in each bracket that is open, everything since the last `;` may nest
/// (`a ++ b ++ c`, `f x y z`), but for the elements of a list.
#[derive(Debug, Default)]
struct Levels {
    open: Vec<Open>,
    /// Outside of all brackets.
    outside: usize,
    depth: usize,
}

/// A bracket that is open.
#[derive(Debug)]
struct Open {
    closer: SyntaxKind,
    levels: usize,
    /// Whether what stands in it side by side does not nest.
    flat: bool,
}

impl Levels {
    fn token(&mut self, kind: SyntaxKind) {
        use SyntaxKind::*;
        let closer = match kind {
            TOKEN_L_BRACE => TOKEN_R_BRACE,
            TOKEN_L_PAREN => TOKEN_R_PAREN,
            TOKEN_L_BRACK => TOKEN_R_BRACK,
            TOKEN_INTERPOL_START => TOKEN_INTERPOL_END,
            TOKEN_STRING_START => TOKEN_STRING_END,
            _ => return self.other(kind),
        };
        let flat = matches!(kind, TOKEN_L_BRACK | TOKEN_STRING_START);
        self.open.push(Open { closer, levels: 1, flat });
        self.depth += 1;
    }

    fn other(&mut self, kind: SyntaxKind) {
        use SyntaxKind::*;
        // A bracket that does not match closes nothing.
        if let Some(closed) = self.open.pop_if(|open| open.closer == kind) {
            self.depth -= closed.levels;
        }
        let (levels, flat) = match self.open.last_mut() {
            Some(open) => {
                // The body of a function in a list is no element.
                open.flat &= !matches!(kind, TOKEN_COLON | TOKEN_AT);
                (&mut open.levels, open.flat && kind != TOKEN_OR)
            }
            None => (&mut self.outside, false),
        };
        if kind == TOKEN_SEMICOLON {
            self.depth -= *levels;
            *levels = 1;
            self.depth += 1;
        } else if !flat && kind != TOKEN_DOT {
            *levels += 1;
            self.depth += 1;
        }
    }
}

/// The byte-order marks that a text begins with.
fn mark_of(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len()]
}

/// All that is wrong with a text, `more` among it.
fn syntax_errors(
    errors: &[ParseError],
    text: &str,
    stopped: Option<(Stopped, usize)>,
    more: Vec<SyntaxError>,
) -> Vec<SyntaxError> {
    let at_end = |error: &ParseError| matches!(error, ParseError::UnexpectedEOF | ParseError::UnexpectedEOFWanted(_));
    // That the text has no end follows from not having been read so far.
    let cut = stopped.is_some() || errors.contains(&ParseError::RecursionLimitExceeded);
    let mut all: Vec<_> =
        errors.iter().filter(|error| !cut || !at_end(error)).map(|error| syntax_error(error, text)).collect();
    all.extend(more);
    if let Some((why, offset)) = stopped {
        let message = match why {
            Stopped::NoStack | Stopped::TooDeep => "the file is nested too deeply to be read to its end",
            Stopped::TooSlow => "it would take too long to read the file to its end",
        };
        all.push(SyntaxError { message: message.into(), at: Span::new(offset, text.len()) });
    }
    if text.starts_with(BYTE_ORDER_MARK) {
        let at = Span::new(0, BYTE_ORDER_MARK.len_utf8());
        all.push(SyntaxError { message: "Nix does not read a file that begins with a byte-order mark".into(), at });
    }
    all.sort_by_key(|error| error.at);
    all.dedup();
    all
}

fn syntax_error(error: &ParseError, text: &str) -> SyntaxError {
    let end = text.len();
    let span = |range: &rowan::TextRange| Span::new(range.start().into(), range.end().into());
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
