//! Which comments belong to a binding: those right above it, and those after it on its line.

use rnix::SyntaxKind;
use rowan::NodeOrToken;

use crate::source::Span;
use crate::tree::Node;

/// The entries of a set or `let`, each with its range with the comments that belong to it.
pub(crate) fn entries<'t>(set: Node<'t>) -> Vec<(Node<'t>, Span)> {
    let mut entries: Vec<(Node<'t>, Span)> = Vec::new();
    // Where the comments above the next binding begin.
    let mut above: Option<usize> = None;
    // Whether the line has not ended since the last entry, or since the set's opening bracket.
    let (mut same_line, mut after_entry) = (true, false);
    for element in set.elements() {
        match element {
            NodeOrToken::Token(token) => match token.kind() {
                SyntaxKind::TOKEN_WHITESPACE => {
                    let lines = token.text().matches('\n').count();
                    if lines > 0 {
                        same_line = false;
                    }
                    if lines > 1 {
                        above = None;
                    }
                }
                SyntaxKind::TOKEN_COMMENT if same_line => {
                    if let Some((_, span)) = entries.last_mut().filter(|_| after_entry) {
                        // A comment takes the `\r` of its line's end with it.
                        let end = token.start() + token.text().trim_end_matches('\r').len();
                        *span = Span::new(span.start as usize, end);
                    }
                }
                SyntaxKind::TOKEN_COMMENT => above = above.or(Some(token.start())),
                // What follows a `let` belongs to none of its bindings.
                SyntaxKind::TOKEN_IN => after_entry = false,
                _ => {}
            },
            NodeOrToken::Node(node) => {
                after_entry = matches!(node.kind(), SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT);
                if after_entry {
                    entries.push((node, Span::new(above.unwrap_or(node.start()), node.end())));
                }
                above = None;
                same_line = true;
            }
        }
    }
    entries
}
