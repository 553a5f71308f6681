//! One file's text, parsed, with the places that Nix names.

use std::ops::Range;
use std::sync::Arc;

use crate::lines::Lines;
use crate::parse::Tree;
use crate::properties::Reader;
use crate::scopes::Scopes;
use crate::tree::Node;

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
    /// What this one was last when it had no errors, where it has some.
    whole: Option<Arc<Source>>,
}

impl Source {
    /// Parses a text.
    pub fn parse(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let (tree, errors) = Tree::parse(&text);
        Self::of(text, tree, errors)
    }

    /// What [`Source::parse`] makes of a text, faster where the text is much like this one: after an edit, only the
    /// bindings around it are parsed.
    pub fn parse_edited(&self, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let whole = if self.errors.is_empty() { Some(self) } else { self.whole.as_deref() };
        let Some(whole) = whole else { return Self::parse(text) };
        if whole.text == text {
            return whole.clone();
        }
        let (tree, errors) = whole.tree.parse_edited(&whole.text, &text);
        let mut edited = Self::of(text, tree, errors);
        if !edited.errors.is_empty() {
            edited.whole = Some(self.whole.clone().unwrap_or_else(|| Arc::new(self.clone())));
        }
        edited
    }

    fn of(text: Arc<str>, tree: Tree, errors: Vec<SyntaxError>) -> Self {
        let scopes = Scopes::of(tree.root());
        Self { lines: Lines::of(&text), text, tree: Arc::new(tree), scopes: Arc::new(scopes), errors, whole: None }
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

/// Runs one level of a recursion over a tree, on more stack where the thread's comes to its end.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 << 10, 4 << 20, work)
}
