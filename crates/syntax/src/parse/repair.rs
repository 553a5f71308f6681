//! Makes the best of a text while somebody types: tokens of no length are put in where one is missing.
//!
//! rnix, at something that it does not expect, skips everything up to what it does, often to the end of the file. Most
//! broken texts lack a little: a value (`a = ;`), a `;` before the next binding, a closing bracket before a `;`. With
//! that put in, all around it is read. Tokens of no length leave every offset as it is. A `)` or `]` that closes nothing
//! is passed over like a blank.

use rnix::SyntaxKind::{self, *};

use crate::source::{Span, SyntaxError};

/// A text with more gaps than this is no text that somebody types.
const MOST_REPAIRS: usize = 200;

/// An attribute path of more tokens is not looked through.
const MOST_LOOKAHEAD: usize = 40;

/// A token: its kind and text.
pub(crate) type Token<'t> = (SyntaxKind, &'t str);

/// The tokens of a text with those that are missing.
pub(crate) struct Repaired<'t> {
    pub(crate) tokens: Vec<Token<'t>>,
    /// What was missing. Empty where nothing is to be put in.
    pub(crate) gaps: Vec<SyntaxError>,
    /// Whether everything that is opened is closed, so that what is put in does not depend on what comes next.
    pub(crate) closed: bool,
}

/// The tokens of a text, the first at an offset, with those that are missing; `None` where too many are.
pub(crate) fn repaired<'t>(offset: usize, tokens: impl Iterator<Item = Token<'t>>) -> Option<Repaired<'t>> {
    let tokens: Vec<Token<'t>> = tokens.collect();
    let mut repair = Repair { out: Vec::with_capacity(tokens.len() + 8), offset, ..Repair::default() };
    repair.frames.push(Frame::new(Kind::Outside));
    let significant: Vec<usize> = (0..tokens.len()).filter(|index| !tokens[*index].0.is_trivia()).collect();
    let mut from = 0;
    for (number, index) in significant.iter().enumerate() {
        // Blanks and comments stay in front of the token; what is put in stands before them.
        let kinds = |ahead: usize| significant.get(number + ahead).map(|index| tokens[*index].0);
        let on_a_new_line = |ahead: usize| {
            let before = |index: &usize| tokens[..*index].iter().rev().take_while(|token| token.0.is_trivia());
            significant.get(number + ahead).is_some_and(|index| before(index).any(|token| token.1.contains('\n')))
        };
        let token = tokens[*index];
        let stray = repair.closes_nothing(token.0);
        if !stray {
            repair.before(&Ahead { kinds: &kinds, on_a_new_line: &on_a_new_line });
        }
        for token in &tokens[from..*index] {
            repair.push(*token);
        }
        if stray {
            repair.pass_over(token)
        } else {
            repair.token(token)
        }
        from = index + 1;
        if repair.errors.len() > MOST_REPAIRS {
            return None;
        }
    }
    for token in &tokens[from..] {
        repair.push(*token);
    }
    Some(Repaired { closed: repair.frames.len() == 1, tokens: repair.out, gaps: repair.errors })
}

/// The tokens that come next, 0 being the very next.
struct Ahead<'a> {
    kinds: &'a dyn Fn(usize) -> Option<SyntaxKind>,
    on_a_new_line: &'a dyn Fn(usize) -> bool,
}

impl Ahead<'_> {
    fn kind(&self, at: usize) -> Option<SyntaxKind> {
        (self.kinds)(at)
    }

    fn find(&self, from: usize, kind: SyntaxKind) -> Option<usize> {
        (from..MOST_LOOKAHEAD).find(|at| self.kind(*at) == Some(kind))
    }

    /// Whether an attribute path and a `=` come next. A path that somebody types may end at a dot and a new line.
    fn begins_binding(&self) -> bool {
        let mut at = 0;
        while at < MOST_LOOKAHEAD {
            let end = match self.kind(at) {
                Some(TOKEN_IDENT | TOKEN_OR) => Some(at),
                Some(TOKEN_STRING_START) => self.find(at + 1, TOKEN_STRING_END),
                Some(TOKEN_INTERPOL_START) => self.find(at + 1, TOKEN_INTERPOL_END),
                _ => None,
            };
            let Some(end) = end else { return false };
            match self.kind(end + 1) {
                Some(TOKEN_DOT) if !(self.on_a_new_line)(end + 2) => at = end + 2,
                Some(TOKEN_ASSIGN) => return true,
                _ => return false,
            }
        }
        false
    }
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outside,
    Set,
    /// The braces of a function's arguments.
    Pattern,
    Let,
    Paren,
    List,
    /// `${ … }`
    Interpolation,
    Text,
}

/// Where in a set or `let` the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In an attribute path, or before one.
    Name,
    Value,
    Inherit,
}

/// Part of a keyword's form that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Of `with` and `assert`.
    Semicolon,
    Then,
    Else,
}

#[derive(Debug)]
struct Frame {
    kind: Kind,
    at: At,
    /// Whether the attribute path or value has a token yet.
    begun: bool,
    due: Vec<Due>,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self { kind, at: At::Name, begun: false, due: Vec::new() }
    }

    fn has_bindings(&self) -> bool {
        matches!(self.kind, Kind::Set | Kind::Let)
    }
}

#[derive(Debug, Default)]
struct Repair<'t> {
    out: Vec<Token<'t>>,
    offset: usize,
    frames: Vec<Frame>,
    /// The last token that is no blank and no comment.
    last: Option<SyntaxKind>,
    errors: Vec<SyntaxError>,
}

impl<'t> Repair<'t> {
    fn push(&mut self, token: Token<'t>) {
        self.offset += token.1.len();
        self.out.push(token);
    }

    fn insert(&mut self, kind: SyntaxKind, what: &str) {
        self.out.push((kind, ""));
        self.last = Some(kind);
        if !what.is_empty() {
            let at = Span::new(self.offset, self.offset);
            self.errors.push(SyntaxError { message: format!("{what} is missing here"), at });
        }
    }

    /// Whether a bracket does not belong to the one that was opened last. A `}` closes the set that is around it, if any.
    fn closes_nothing(&self, kind: SyntaxKind) -> bool {
        let open = self.frames.last().map(|frame| frame.kind);
        match kind {
            TOKEN_R_PAREN => open != Some(Kind::Paren),
            TOKEN_R_BRACK => open != Some(Kind::List),
            _ => false,
        }
    }

    /// Takes a token of the text as if it were not there.
    fn pass_over(&mut self, token: Token<'t>) {
        let at = Span::new(self.offset, self.offset + token.1.len());
        self.errors.push(SyntaxError { message: format!("`{}` closes nothing that is open here", token.1), at });
        self.push((TOKEN_WHITESPACE, token.1));
    }

    fn after_operand(&self) -> bool {
        matches!(
            self.last,
            Some(
                TOKEN_IDENT
                    | TOKEN_OR
                    | TOKEN_INTEGER
                    | TOKEN_FLOAT
                    | TOKEN_URI
                    | TOKEN_PATH
                    | TOKEN_STRING_END
                    | TOKEN_R_BRACE
                    | TOKEN_R_PAREN
                    | TOKEN_R_BRACK
                    | TOKEN_INTERPOL_END
            )
        )
    }

    fn operand(&mut self) {
        if !self.after_operand() {
            self.insert(TOKEN_IDENT, "an expression");
        }
    }

    fn nearest_bindings(&self) -> Option<Kind> {
        let mut kinds = self.frames.iter().rev().map(|frame| frame.kind);
        kinds.find(|kind| matches!(kind, Kind::Set | Kind::Let | Kind::Pattern))
    }

    fn top(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// Puts in what is missing before the next token.
    fn before(&mut self, ahead: &Ahead<'_>) {
        let Some(kind) = ahead.kind(0) else { return };
        let Some(top) = self.frames.last() else { return };
        if top.kind == Kind::Text {
            return;
        }
        match kind {
            TOKEN_SEMICOLON if top.due.last() != Some(&Due::Semicolon) => {
                self.close_down_to_bindings();
                self.end_of_form(Some(Due::Semicolon));
                if self.frames.last().is_some_and(|top| top.due.last() == Some(&Due::Semicolon)) {
                    return self.operand();
                }
                self.end_of_binding(false);
            }
            TOKEN_SEMICOLON => self.operand(),
            TOKEN_R_BRACE => {
                if self.nearest_bindings() == Some(Kind::Set) {
                    self.close_down_to_bindings();
                }
                let pattern = matches!(ahead.kind(1), Some(TOKEN_COLON | TOKEN_AT));
                if self.frames.last().is_some_and(|top| top.kind == Kind::Set && !(pattern && top.at == At::Name)) {
                    self.end_of_form(None);
                    self.end_of_binding(true);
                }
            }
            TOKEN_IN if self.nearest_bindings() == Some(Kind::Let) => {
                self.close_down_to_bindings();
                self.end_of_form(None);
                self.end_of_binding(true);
            }
            TOKEN_R_PAREN | TOKEN_R_BRACK | TOKEN_INTERPOL_END => {
                let opened = match kind {
                    TOKEN_R_PAREN => Kind::Paren,
                    TOKEN_R_BRACK => Kind::List,
                    _ => Kind::Interpolation,
                };
                if top.kind == opened && opened != Kind::List {
                    self.end_of_form(None);
                    self.operand();
                }
            }
            TOKEN_INHERIT => self.next_binding(),
            TOKEN_IDENT | TOKEN_STRING_START | TOKEN_INTERPOL_START if ahead.begins_binding() => self.next_binding(),
            _ => {}
        }
    }

    /// A binding begins here, so that the one before it ends.
    fn next_binding(&mut self) {
        let Some(frame) = self.frames.iter().rev().find(|frame| frame.kind != Kind::Paren && frame.kind != Kind::List)
        else {
            return;
        };
        // In the middle of a name's own path nothing begins.
        let in_path = frame.at == At::Name && (!frame.begun || self.last == Some(TOKEN_DOT));
        if !frame.has_bindings() || in_path {
            return;
        }
        self.close_down_to_bindings();
        self.end_of_form(None);
        self.end_of_binding(true);
    }

    /// Closes the brackets that were opened in a binding's value and not closed.
    fn close_down_to_bindings(&mut self) {
        let open = self.frames.iter().rev().take_while(|frame| matches!(frame.kind, Kind::Paren | Kind::List)).count();
        let inner = self.frames.len() - open;
        let closes = inner.checked_sub(1).and_then(|index| self.frames.get(index)).is_some_and(Frame::has_bindings);
        if !closes {
            return;
        }
        for _ in 0..open {
            self.end_of_form(None);
            match self.frames.pop().map(|frame| frame.kind) {
                Some(Kind::List) => self.insert(TOKEN_R_BRACK, "`]`"),
                _ => {
                    self.operand();
                    self.insert(TOKEN_R_PAREN, "`)`");
                }
            }
        }
    }

    /// Puts in what the keywords since the beginning of the value still need, up to one that needs the next token.
    fn end_of_form(&mut self, next: Option<Due>) {
        while let Some(due) = self.top().and_then(|top| top.due.last().copied()).filter(|due| Some(*due) != next) {
            self.operand();
            match due {
                Due::Semicolon => self.insert(TOKEN_SEMICOLON, "`;`"),
                Due::Then => {
                    self.insert(TOKEN_THEN, "`then`");
                    self.insert(TOKEN_IDENT, "");
                    self.insert(TOKEN_ELSE, "");
                }
                Due::Else => self.insert(TOKEN_ELSE, "`else`"),
            }
            self.insert(TOKEN_IDENT, "");
            if let Some(top) = self.top() {
                top.due.pop();
            }
        }
    }

    /// The binding ends before the next token, which is its `;` unless that is missing too.
    fn end_of_binding(&mut self, semicolon: bool) {
        let Some(top) = self.frames.last() else { return };
        if !top.has_bindings() {
            return;
        }
        match (top.at, top.begun) {
            (At::Name, false) => return,
            (At::Name, true) => {
                if self.last == Some(TOKEN_DOT) {
                    self.insert(TOKEN_IDENT, "a name");
                }
                self.insert(TOKEN_ASSIGN, "`=`");
                self.insert(TOKEN_IDENT, "");
            }
            (At::Value, _) => {
                if !self.after_operand() {
                    self.insert(TOKEN_IDENT, "a value");
                }
            }
            (At::Inherit, _) => {}
        }
        if semicolon {
            self.insert(TOKEN_SEMICOLON, "`;`");
            if let Some(top) = self.top() {
                top.at = At::Name;
                top.begun = false;
            }
        }
    }

    /// Takes a token of the text.
    fn token(&mut self, token: Token<'t>) {
        let kind = token.0;
        self.push(token);
        self.last = Some(kind);
        let opened = match kind {
            TOKEN_LET => Some(Kind::Let),
            TOKEN_L_BRACE => Some(Kind::Set),
            TOKEN_L_PAREN => Some(Kind::Paren),
            TOKEN_L_BRACK => Some(Kind::List),
            TOKEN_INTERPOL_START => Some(Kind::Interpolation),
            TOKEN_STRING_START => Some(Kind::Text),
            _ => None,
        };
        if let Some(top) = self.top() {
            match kind {
                TOKEN_WITH | TOKEN_ASSERT => top.due.push(Due::Semicolon),
                TOKEN_IF => top.due.push(Due::Then),
                TOKEN_THEN if top.due.last() == Some(&Due::Then) => {
                    top.due.pop();
                    top.due.push(Due::Else);
                }
                TOKEN_ELSE if top.due.last() == Some(&Due::Else) => {
                    top.due.pop();
                }
                TOKEN_SEMICOLON if top.due.last() == Some(&Due::Semicolon) => {
                    top.due.pop();
                }
                TOKEN_SEMICOLON => {
                    top.at = At::Name;
                    top.begun = false;
                }
                TOKEN_ASSIGN if top.at == At::Name => {
                    top.at = At::Value;
                    top.begun = false;
                }
                TOKEN_INHERIT => top.at = At::Inherit,
                TOKEN_COMMA | TOKEN_QUESTION | TOKEN_ELLIPSIS if top.kind == Kind::Set && top.at == At::Name => {
                    top.kind = Kind::Pattern;
                }
                _ => top.begun = true,
            }
        }
        if let Some(opened) = opened {
            return self.frames.push(Frame::new(opened));
        }
        let closes = |frame: Kind| {
            matches!(
                (kind, frame),
                (TOKEN_R_BRACE, Kind::Set | Kind::Pattern)
                    | (TOKEN_IN, Kind::Let)
                    | (TOKEN_R_PAREN, Kind::Paren)
                    | (TOKEN_R_BRACK, Kind::List)
                    | (TOKEN_INTERPOL_END, Kind::Interpolation)
                    | (TOKEN_STRING_END, Kind::Text)
            )
        };
        if self.frames.last().is_some_and(|top| closes(top.kind)) {
            self.frames.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with what was put in, marked.
    fn with_repairs(text: &str) -> String {
        let tokens = repaired(0, rnix::tokenizer::Tokenizer::new(text)).expect("few gaps").tokens;
        let word = |kind: SyntaxKind| match kind {
            TOKEN_IDENT => "‹x›",
            TOKEN_SEMICOLON => "‹;›",
            TOKEN_ASSIGN => "‹=›",
            TOKEN_R_PAREN => "‹)›",
            TOKEN_R_BRACK => "‹]›",
            TOKEN_THEN => "‹then›",
            TOKEN_ELSE => "‹else›",
            _ => "‹?›",
        };
        tokens.iter().map(|(kind, text)| if text.is_empty() { word(*kind) } else { *text }).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(with_repairs(text), expected);
    }

    #[test]
    fn values_and_semicolons() {
        check("{ a = ; b = 1; }", "{ a =‹x› ; b = 1; }");
        check("{ a = 1 b = 2; }", "{ a = 1‹;› b = 2; }");
        check("{ a = b = 2; }", "{ a =‹x›‹;› b = 2; }");
        check("{ a = cfg.\n b.c = 2; }", "{ a = cfg.‹x›‹;›\n b.c = 2; }");
        check("{ a = 1 +; b = 2 }", "{ a = 1 +‹x›; b = 2‹;› }");
        check("{ a = 1 inherit b; }", "{ a = 1‹;› inherit b; }");
        check("{ inherit b a = 1; }", "{ inherit b‹;› a = 1; }");
        check("let a = 1 in a", "let a = 1‹;› in a");
        check("{ a = { b = 1 }; }", "{ a = { b = 1‹;› }; }");
    }

    #[test]
    fn names() {
        check("{ a. }", "{ a.‹x›‹=›‹x›‹;› }");
        check("{ a\n b = 1; }", "{ a‹=›‹x›‹;›\n b = 1; }");
        check("{ a; b = 1; }", "{ a‹=›‹x›; b = 1; }");
    }

    #[test]
    fn brackets_and_keywords() {
        check("{ a = f (b; c = 1; }", "{ a = f (b‹)›; c = 1; }");
        check("{ a = [ b ; c = 1; }", "{ a = [ b‹]› ; c = 1; }");
        check("{ a = [ (b c = 1; }", "{ a = [ (b‹)›‹]›‹;› c = 1; }");
        check("{ a = if b; c = 1; }", "{ a = if b‹then›‹x›‹else›‹x›; c = 1; }");
        check("{ a = if b then 1; c = 1; }", "{ a = if b then 1‹else›‹x›; c = 1; }");
        check("{ a = with lib; c = 1; }", "{ a = with lib;‹x›‹;› c = 1; }");
    }

    #[test]
    fn brackets_that_close_nothing() {
        let read = |text: &str| {
            let repaired = repaired(0, rnix::tokenizer::Tokenizer::new(text)).expect("few gaps");
            let (_, errors) = rnix::parser::parse(repaired.tokens.into_iter());
            (errors.len(), repaired.gaps.into_iter().map(|gap| (gap.message, gap.at.start)).collect::<Vec<_>>())
        };
        let stray = |bracket: char, at| (0, vec![(format!("`{bracket}` closes nothing that is open here"), at)]);
        assert_eq!(read("{ a = f ) { b = 1; }; c = 2; }"), stray(')', 8));
        assert_eq!(read("{ a = 1; ] b = 2; }"), stray(']', 9));
        assert_eq!(read("{ a = (f { b = [ ) ]; }); }"), stray(')', 17));
        assert_eq!(read("(a) )"), stray(')', 4));
        check("{ a = (f [ b); c = 1; }", "{ a = (f [ b)‹]›‹)›; c = 1; }");
    }

    #[test]
    fn what_is_whole_is_left_alone() {
        for text in [
            "{ lib, ... }: { a = with lib; [ b ]; c = if x then 1 else 2; }",
            "{ a }: a",
            "{ a, b ? 1 }@args: let inherit (a) b; c.d = 2; in assert b; { inherit c; \"x y\".${z} = x: y; }",
            "{ a = \"${b} = ${c}\"; d = ''\n  e = ${f}\n''; }",
            "[ { } (a: b) a.b or c ]",
            "let { body = 1; }",
            "{ or = 1; a = b.or; }",
        ] {
            check(text, text);
        }
    }
}
