//! What rnix is given to parse: the tokens of a text, as long as reading on neither overflows the stack nor takes very long.

use rnix::SyntaxKind;

/// The parser is given no more tokens when less than this is left of the stack. It asks for one at each level.
pub(super) const STACK_LEFT: usize = 160 << 10;

/// Texts are read to about so many levels.
const MOST_LEVELS: usize = 22_000;

/// The stack that rowan takes, for each level of a tree, when the table of its cache grows.
const STACK_FOR_CACHE: usize = 512;

/// Two things take time in the square of a text's length: rnix looks, at each token, through all the characters that
/// could be part of a path, and rowan's cache, when it grows, through all that each node has in it. So much is allowed.
const MOST_WORK: usize = 300_000_000;

/// Trees of so many levels are nothing special.
const FEW_LEVELS: usize = 64;

/// Why a text is not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    NoStack,
    TooDeep,
    TooSlow,
}

/// The tokens of a text, which end where reading on could overflow the stack or take very long.
pub(super) struct Tokens<'t, I> {
    text: &'t str,
    inner: I,
    offset: usize,
    /// How many there were but for blanks and comments.
    count: usize,
    /// How many more parentheses were opened than closed.
    parens: isize,
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

/// What there is to say of tokens after the last one.
pub(super) struct End {
    /// How many there were but for blanks and comments.
    pub(super) count: usize,
    /// Whether as many parentheses were closed as opened.
    pub(super) parens_match: bool,
    /// Where and why they ended before the text does.
    pub(super) stopped: Option<(Stopped, usize)>,
}

impl<'t, I> Tokens<'t, I> {
    /// For the tokens of a text.
    pub(super) fn of(text: &'t str, inner: I) -> Self {
        Self {
            text,
            inner,
            offset: 0,
            count: 0,
            parens: 0,
            levels: Levels::default(),
            run_end: 0,
            work: 0,
            most: 0,
            stack: stacker::remaining_stack().unwrap_or(usize::MAX),
            stopped: None,
        }
    }

    /// What there is to say of them in the end.
    pub(super) fn end(self) -> End {
        let stopped = self.stopped.map(|why| (why, self.offset));
        End { count: self.count, parens_match: self.parens == 0, stopped }
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
        let (kind, text) = self.inner.next()?;
        if !kind.is_trivia() && kind != SyntaxKind::TOKEN_STRING_CONTENT {
            self.count += 1;
            match kind {
                SyntaxKind::TOKEN_L_PAREN => self.parens += 1,
                SyntaxKind::TOKEN_R_PAREN => self.parens -= 1,
                _ => {}
            }
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
