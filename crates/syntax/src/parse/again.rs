//! A text that differs from one without errors in one place: only what is around that place is parsed.
//!
//! rnix reads from left to right and looks one token ahead. What stands between two bindings of a set, or two elements of a
//! list, is read alike whatever is around it, if reading it by itself, between brackets that have no length, ends at the
//! second of them and not before. So the new tree is the old one with others at that place. Where that cannot be known, all
//! of the text is parsed.

use std::ops::Range;

use rnix::NixLanguage;
use rnix::SyntaxKind::{self, *};
use rnix::parser::ParseError;
use rnix::tokenizer::Tokenizer;
use rowan::{GreenNode, GreenToken, Language as _, NodeOrToken};

use super::repair::{Token, repaired};
use super::{MOST_BYTES, Parsed, Tree, depth};
use crate::difference::Difference;
use crate::source::SyntaxError;
use crate::tree::Node;

/// So many sets and lists around a difference are tried, from inside out.
const MOST_TRIED: usize = 3;

/// So many bindings after the difference are parsed with it, for the first of them to go on with what is before it.
const MOST_AFTER: usize = 2;

/// Trees of more levels are parsed as a whole: rnix reads to 512.
const MOST_LEVELS: usize = 300;

impl Tree {
    /// The tree of another text than this tree's own, which has no errors, and what of it is not Nix: the same as from
    /// [`Tree::parse`]. `None` where all of it has to be parsed.
    pub(crate) fn parse_again(&self, old: &str, new: &str) -> Option<(Self, Vec<SyntaxError>)> {
        if self.levels > MOST_LEVELS || new.len() > MOST_BYTES {
            return None;
        }
        let difference = Difference::between(old, new);
        let around = around(self.root(), &difference);
        let sets = around.iter().enumerate().rev().filter_map(|(at, (_, node))| Some((at, Set::of(*node)?)));
        // Where all of it is in one set, parsing that is as much work.
        let worth = |gap: &Gap| gap.text.len() < new.len() / 2;
        for (at, set) in sets.take(MOST_TRIED) {
            let Some(gap) = set.gap(&difference, new).filter(worth) else { continue };
            let replaced = gap.replaced.clone();
            let Some(Between { entries, levels, errors }) = set.kind.parse(gap) else { continue };
            if at + levels > MOST_LEVELS {
                return None;
            }
            let mut green = set.node.green().splice_children(replaced, entries);
            for pair in around[..=at].windows(2).rev() {
                green = pair[0].1.green().replace_child(pair[1].0, NodeOrToken::Node(green));
            }
            return Some((Self { green: Some(green), levels: self.levels.max(at + levels) }, errors));
        }
        None
    }
}

/// The nodes that have something on both sides of the difference, from the root on, with their places among their
/// parents' children.
fn around<'t>(root: Node<'t>, difference: &Difference) -> Vec<(usize, Node<'t>)> {
    let mut path = vec![(0, root)];
    while let Some((_, node)) = path.last() {
        let elements = node.elements().enumerate();
        let nodes = elements.filter_map(|(place, element)| Some((place, element.into_node()?)));
        let mut before = nodes.take_while(|(_, node)| node.start() < difference.start);
        match before.find(|(_, node)| difference.old_end < node.end()) {
            Some(inner) => path.push(inner),
            None => break,
        }
    }
    path
}

/// A set, `let` or list that is written out.
struct Set<'t> {
    node: Node<'t>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Braces,
    Let,
    List,
}

/// What is parsed again: a part of the new text between two bindings or elements.
struct Gap<'n> {
    text: &'n str,
    tokens: Vec<Token<'n>>,
    /// Where it begins in the text.
    start: usize,
    /// The places among the set's children of what stood there.
    replaced: Range<usize>,
}

type Element = NodeOrToken<GreenNode, GreenToken>;

/// What stands between two bindings or elements.
struct Between {
    entries: Vec<Element>,
    levels: usize,
    errors: Vec<SyntaxError>,
}

impl<'t> Set<'t> {
    fn of(node: Node<'t>) -> Option<Self> {
        let kind = match node.kind() {
            NODE_ATTR_SET => Kind::Braces,
            NODE_LET_IN => Kind::Let,
            NODE_LIST => Kind::List,
            _ => return None,
        };
        Some(Self { node, kind })
    }

    /// What is around the difference and between two bindings or elements, or between one and an end of the set.
    fn gap<'n>(&self, difference: &Difference, new: &'n str) -> Option<Gap<'n>> {
        let (opener, closer) = self.kind.brackets();
        let is_blank = |at: usize| new.as_bytes().get(at).is_some_and(|byte| b" \t\r\n".contains(byte));
        // Where the last binding before it ends, or the set's beginning.
        let mut last: Option<(usize, usize)> = None;
        let mut open = false;
        for (place, element) in self.node.elements().enumerate() {
            let (end, counts) = match element {
                NodeOrToken::Token(token) if token.kind() == opener && !open => {
                    open = true;
                    (token.start() + token.text().len(), true)
                }
                NodeOrToken::Token(token) => (token.start() + token.text().len(), false),
                NodeOrToken::Node(node) => (node.end(), open),
            };
            if end > difference.start {
                break;
            }
            // An element ends where a blank comes next.
            let ends =
                self.kind != Kind::List || element.as_token().is_some() || end < difference.start && is_blank(end);
            if counts && ends {
                last = Some((place, end));
            }
        }
        let (before, start) = last?;
        // What is no longer apart from `let` is another word.
        if self.kind == Kind::Let && !is_blank(start) && new.as_bytes().get(start) != Some(&b';') {
            return None;
        }
        let mut after = 0;
        // The first binding after it where the text can end, or the set's end.
        for (place, element) in self.node.elements().enumerate().skip(before + 1) {
            let (at, closes) = match element {
                NodeOrToken::Token(token) if token.kind() == closer => (token.start(), true),
                NodeOrToken::Token(_) => continue,
                NodeOrToken::Node(node) => (node.start(), false),
            };
            match (at < difference.old_end, closes) {
                (true, true) => return None,
                (true, false) => continue,
                (false, _) => {}
            }
            let text = new.get(start..difference.moved(at))?;
            let tokens: Vec<Token<'n>> = Tokenizer::new(text).collect();
            if self.kind.can_end(&tokens, closes) {
                return Some(Gap { text, tokens, start, replaced: before + 1..place });
            }
            after += 1;
            if closes || after > MOST_AFTER {
                return None;
            }
        }
        None
    }
}

impl Kind {
    fn brackets(self) -> (SyntaxKind, SyntaxKind) {
        match self {
            Self::Braces => (TOKEN_L_BRACE, TOKEN_R_BRACE),
            Self::Let => (TOKEN_LET, TOKEN_IN),
            Self::List => (TOKEN_L_BRACK, TOKEN_R_BRACK),
        }
    }

    /// Whether what follows, a binding or the set's end, is the same with these tokens before it as by itself.
    fn can_end(self, tokens: &[Token<'_>], closes: bool) -> bool {
        let (mut last, mut significant) = (None, None);
        let mut open = Vec::new();
        for &(kind, text) in tokens {
            last = Some((kind, text));
            match kind {
                TOKEN_L_BRACE | TOKEN_INTERPOL_START | TOKEN_STRING_START | TOKEN_L_PAREN | TOKEN_L_BRACK => {
                    open.push(kind);
                }
                TOKEN_R_BRACE | TOKEN_INTERPOL_END | TOKEN_STRING_END => {
                    while open.pop_if(|open| !shields(*open)).is_some() {}
                    if open.pop().is_none() {
                        return false;
                    }
                }
                // What closes nothing may be passed over.
                TOKEN_R_PAREN if open.pop_if(|open| *open == TOKEN_L_PAREN).is_none() => continue,
                TOKEN_R_BRACK if open.pop_if(|open| *open == TOKEN_L_BRACK).is_none() => continue,
                // These go on with the element before.
                TOKEN_DOT | TOKEN_OR | TOKEN_COLON | TOKEN_AT if self == Self::List && significant.is_none() => {
                    return false;
                }
                _ => {}
            }
            if !kind.is_trivia() {
                significant = Some(kind);
            }
        }
        let apart = match last {
            None | Some((TOKEN_WHITESPACE, _)) => true,
            Some((TOKEN_SEMICOLON, _)) => self != Self::List,
            Some((TOKEN_COMMENT, text)) => text.starts_with("/*"),
            Some((TOKEN_ASSIGN, _)) => closes && self == Self::Braces,
            Some((kind, _)) => closes && self != Self::Let && ends_operand(kind),
        };
        let complete = match significant {
            None => true,
            Some(kind) if self == Self::List => {
                ends_operand(kind)
                    || matches!(kind, TOKEN_INTEGER | TOKEN_FLOAT | TOKEN_PATH | TOKEN_URI | TOKEN_INTERPOL_END)
            }
            Some(kind) => kind == TOKEN_SEMICOLON,
        };
        apart && !open.into_iter().any(shields) && (closes || complete)
    }

    /// What a text is between the brackets; `None` where that depends on what stands around it.
    fn parse(self, gap: Gap<'_>) -> Option<Between> {
        let Gap { text, mut tokens, start, .. } = gap;
        let (opener, closer) = self.brackets();
        tokens.insert(0, (opener, ""));
        tokens.push((closer, ""));
        tokens.extend((self == Self::Let).then_some((TOKEN_IDENT, "")));
        let plain = Parsed::of(text, || tokens.iter().copied());
        if plain.errors.is_empty() {
            return self.between(&plain, Vec::new());
        }
        let concerns = if self == Self::List { concern(&tokens) } else { Concern::Elements };
        if concerns == Concern::Bindings {
            return None;
        }
        let repaired = repaired(start, tokens.iter().copied()).filter(|repaired| repaired.closed)?;
        if repaired.gaps.is_empty() {
            return match concerns {
                Concern::Elements => self.between(&plain, plain.syntax_errors(text, start, None)),
                _ => None,
            };
        }
        let better = Parsed::of(text, || repaired.tokens.iter().copied());
        // Nothing that is around it is read otherwise where nothing is left to be skipped.
        if concerns != Concern::Elements && !better.errors.is_empty() {
            return None;
        }
        let as_it_is = self.between(&plain, plain.syntax_errors(text, start, None));
        let with_repairs = self.between(&better, better.syntax_errors(text, start, repaired.gaps))?;
        // How much is wrong with the text as it is may be a matter of more than this set, but something is.
        let wrong = if as_it_is.is_some() { plain.errors.len() } else { 1 };
        if better.errors.len() <= wrong { Some(with_repairs) } else { as_it_is }
    }

    /// What stands between the brackets that were put in; `None` where they do not belong together.
    fn between(self, parsed: &Parsed, errors: Vec<SyntaxError>) -> Option<Between> {
        let further = |error: &ParseError| {
            matches!(
                error,
                ParseError::UnexpectedEOF
                    | ParseError::UnexpectedEOFWanted(_)
                    | ParseError::UnexpectedExtra(_)
                    | ParseError::RecursionLimitExceeded
            )
        };
        if parsed.stopped.is_some() || parsed.errors.iter().any(further) {
            return None;
        }
        let root = parsed.tree.root();
        let mut elements = root.elements();
        let set = elements.next()?.into_node()?;
        if elements.next().is_some() || Set::of(set)?.kind != self {
            return None;
        }
        let levels = depth(set.green());
        let put_in = |element: Option<Element>, kind| {
            let token = element?.into_token()?;
            (token.text().is_empty() && token.kind() == NixLanguage::kind_to_raw(kind)).then_some(())
        };
        let mut entries: Vec<Element> = set.green().children().map(|child| child.to_owned()).collect();
        if self == Self::Let {
            let body = entries.pop()?.into_node()?;
            if body.text_len() != 0.into() {
                return None;
            }
        }
        let (opener, closer) = self.brackets();
        put_in(entries.pop(), closer)?;
        put_in((!entries.is_empty()).then(|| entries.remove(0)), opener)?;
        // The body of a function goes on to the list's end.
        let is_function = |entry: &Element| entry.kind() == NixLanguage::kind_to_raw(NODE_LAMBDA);
        let is_apart = self != Self::List || !entries.iter().any(is_function);
        is_apart.then_some(Between { entries, levels, errors })
    }
}

/// Whether what is in a bracket is apart from what is around it even while it is not closed, for rnix's tokenizer.
fn shields(open: SyntaxKind) -> bool {
    !matches!(open, TOKEN_L_PAREN | TOKEN_L_BRACK)
}

/// Whether an operand that is no number or path can end with a token.
fn ends_operand(kind: SyntaxKind) -> bool {
    matches!(kind, TOKEN_IDENT | TOKEN_R_PAREN | TOKEN_R_BRACK | TOKEN_R_BRACE | TOKEN_STRING_END)
}

/// What something in a list that is not Nix may concern.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Concern {
    /// The elements of the list.
    Elements,
    /// Also what comes behind the list, unless it is mended.
    Operators,
    /// It may end the binding around the list, or begin another one.
    Bindings,
}

/// What the tokens of a list may concern, at the most.
fn concern(tokens: &[Token<'_>]) -> Concern {
    let mut open = 0_usize;
    let of_token = |(kind, _): &Token<'_>| {
        match kind {
            TOKEN_L_BRACE => open += 1,
            TOKEN_R_BRACE => open = open.saturating_sub(1),
            _ => {}
        }
        let is_part = matches!(
            kind,
            TOKEN_L_PAREN
                | TOKEN_R_PAREN
                | TOKEN_L_BRACK
                | TOKEN_R_BRACK
                | TOKEN_STRING_START
                | TOKEN_STRING_CONTENT
                | TOKEN_INTERPOL_START
                | TOKEN_INTERPOL_END
        );
        let is_operand = ends_operand(*kind) || matches!(kind, TOKEN_DOT | TOKEN_OR) || kind.is_literal();
        let is_operator = matches!(
            kind,
            TOKEN_CONCAT
                | TOKEN_UPDATE
                | TOKEN_ADD
                | TOKEN_SUB
                | TOKEN_MUL
                | TOKEN_DIV
                | TOKEN_AND_AND
                | TOKEN_OR_OR
                | TOKEN_IMPLICATION
                | TOKEN_INVERT
                | TOKEN_EQUAL
                | TOKEN_NOT_EQUAL
                | TOKEN_LESS
                | TOKEN_LESS_OR_EQ
                | TOKEN_MORE
                | TOKEN_MORE_OR_EQ
        );
        match open > 0 || kind.is_trivia() || is_part || is_operand {
            true => Concern::Elements,
            false if is_operator => Concern::Operators,
            false => Concern::Bindings,
        }
    };
    tokens.iter().map(of_token).max().unwrap_or(Concern::Elements)
}
