//! Taking parts of a text out that are no definitions: elements of lists, comments.

use std::ops::Range;

use mkwhy_model::Edit;
use rnix::SyntaxKind;
use rowan::NodeOrToken;

use crate::edit::names::is_plain_set;
use crate::properties::{Function, Reader};
use crate::source::{Source, Span};
use crate::tree::Node;

/// Who gives a function its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giver {
    /// Whoever calls the function that the file is, or that an option is given.
    Elsewhere,
    /// Something in this binding.
    Binding(Span),
    /// Any place of the file.
    Unknown,
}

impl Source {
    /// The edit that takes an element out of the list that it is written in; with its line where it has one of its own,
    /// and a comment behind it there.
    pub fn element_removal(&self, element: &Range<usize>) -> Option<Edit> {
        let around = self.reader().ancestors(element.start);
        let index = around.iter().position(|node| node.range() == *element)?;
        let list = around.get(index.checked_sub(1)?).filter(|node| node.kind() == SyntaxKind::NODE_LIST)?;
        let mut end = element.end;
        let behind = list.elements().filter_map(NodeOrToken::into_token).find(|token| {
            token.kind() == SyntaxKind::TOKEN_COMMENT
                && token.start() >= element.end
                && self.text()[element.end..token.start()].chars().all(|c| c == ' ' || c == '\t')
        });
        if let Some(comment) = behind.filter(|_| self.begins_line(element.start)) {
            end = comment.start() + comment.text().trim_end_matches('\r').len();
        }
        Some(self.cut(element.start..end))
    }

    /// The edit that takes a comment out; with its line where it has one of its own.
    pub fn comment_removal(&self, comment: &Range<usize>) -> Option<Edit> {
        self.text().get(comment.clone())?;
        Some(self.cut(comment.clone()))
    }

    /// The comments in a node that is written anew, as lines above what takes its place.
    pub(super) fn comments_above(&self, node: Node<'_>) -> String {
        let (end, indentation) = (self.line_end(), self.indentation(node.start()));
        let line = |comment: Span| format!("{}{end}{indentation}", self.slice(&comment.range()));
        self.comments_in(&node.range()).into_iter().map(line).collect()
    }

    /// Without a range: with its line where nothing else is on it, else with the blanks before it.
    fn cut(&self, range: Range<usize>) -> Edit {
        let text = self.text();
        if self.begins_line(range.start) && self.ends_line(range.end) {
            let start = self.line_start(range.start);
            let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
            return Edit::new(start..end, "");
        }
        let before = text[..range.start].trim_end_matches([' ', '\t']).len();
        if text[..before].ends_with('\n') || before == 0 {
            let behind = text[range.end..].len() - text[range.end..].trim_start_matches([' ', '\t']).len();
            return Edit::new(range.start..range.end + behind, "");
        }
        Edit::new(before..range.end, "")
    }

    /// The binding, or the `inherit`, that an offset lies in: the innermost one.
    pub fn binding_around(&self, offset: usize) -> Option<Span> {
        let is = |kind| matches!(kind, SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT);
        self.reader().ancestors(offset).into_iter().rfind(|node| is(node.kind())).map(Span::of)
    }

    /// The `import` that a path is given to, with all other arguments of what is read there.
    pub fn imported(&self, path: Span) -> Option<Span> {
        let reader = self.reader();
        let imports = |node: &Node<'_>| {
            let call = reader.call(&(*node).into());
            call.is_some_and(|call| {
                let first = call.arguments.first().and_then(|first| first.plain());
                call.function == Function::Import
                    && first.is_some_and(|first| first.inside_parens().range() == path.range())
            })
        };
        let around = reader.ancestors(path.start as usize);
        around.into_iter().find(|node| node.kind() == SyntaxKind::NODE_APPLY && imports(node)).map(Span::of)
    }

    /// What an argument of a function depends on.
    pub fn given_by(&self, argument: Span) -> Giver {
        let at = argument.start as usize;
        let around = self.reader().ancestors(at);
        let Some(function) = around.iter().rposition(|node| node.kind() == SyntaxKind::NODE_LAMBDA) else {
            return Giver::Unknown;
        };
        let mut outer = around[..function].iter().rev().peekable();
        while outer.peek().is_some_and(|node| matches!(node.kind(), SyntaxKind::NODE_PAREN | SyntaxKind::NODE_LAMBDA)) {
            outer.next();
        }
        let mut called = false;
        while let Some(node) = outer.next() {
            match node.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    let set: Vec<Node<'_>> = outer.copied().collect();
                    let plain = set.first().is_some_and(|set| is_plain_set(*set));
                    return match (called, plain && is_only_said(self.reader(), &set)) {
                        (true, _) => Giver::Binding(Span::of(*node)),
                        (false, true) => Giver::Elsewhere,
                        (false, false) => Giver::Unknown,
                    };
                }
                SyntaxKind::NODE_ROOT if !called => return Giver::Elsewhere,
                // What a `let` or `with` is written around is still the function.
                SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_WITH | SyntaxKind::NODE_PAREN | SyntaxKind::NODE_LAMBDA => {}
                _ => called = true,
            }
        }
        Giver::Unknown
    }

    /// Whether an offset lies between tokens, where a comment can be put: not in a string, not in a comment.
    pub fn is_between_tokens(&self, offset: usize) -> bool {
        let mut node = self.reader().root();
        loop {
            let mut inner = None;
            for element in node.elements() {
                match element {
                    NodeOrToken::Node(child) if child.start() < offset && offset < child.end() => inner = Some(child),
                    NodeOrToken::Token(token) => {
                        let inside = token.start() < offset && offset < token.start() + token.text().len();
                        // The end of a comment's line is part of it to Nix, and the text of a string goes up to its mark.
                        let string = token.kind() == SyntaxKind::TOKEN_STRING_CONTENT
                            && token.start() <= offset
                            && offset <= token.start() + token.text().len();
                        if string || (inside && token.kind() != SyntaxKind::TOKEN_WHITESPACE) {
                            return false;
                        }
                    }
                    NodeOrToken::Node(_) => {}
                }
            }
            match inner {
                Some(child) => node = child,
                None => return node.kind() != SyntaxKind::NODE_STRING,
            }
        }
    }
}

/// Whether nothing in the file can get hold of what stands in a plain set, by all that is around it, from the inside: no
/// `let` and no recursive set binds it, it is no namespace, nothing is selected from it, and no function has it but those
/// of the module system that leave what they are given as it is said.
fn is_only_said(reader: Reader<'_>, around: &[Node<'_>]) -> bool {
    around.windows(2).all(|pair| {
        let [inner, outer] = pair else { return true };
        match outer.kind() {
            SyntaxKind::NODE_ATTR_SET => is_plain_set(*outer),
            SyntaxKind::NODE_LET_IN => inner.kind() != SyntaxKind::NODE_ATTRPATH_VALUE,
            SyntaxKind::NODE_WITH => inner.range().end == outer.range().end,
            SyntaxKind::NODE_APPLY => reader.call(&(*outer).into()).is_some_and(|call| {
                matches!(
                    call.function,
                    Function::If
                        | Function::Merge
                        | Function::Override(_)
                        | Function::OverrideBy
                        | Function::Order(_)
                        | Function::OrderBy
                )
            }),
            SyntaxKind::NODE_ATTRPATH_VALUE
            | SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_LAMBDA
            | SyntaxKind::NODE_IF_ELSE
            | SyntaxKind::NODE_LIST
            | SyntaxKind::NODE_ROOT => true,
            _ => false,
        }
    })
}
