//! Giving a definition another priority or order.

use std::ops::Range;

use mkwhy_model::{Edit, Spans};
use rnix::SyntaxKind;

use crate::properties::{Property, Value};
use crate::source::{Source, Span};
use crate::tree::{Binding, Expr, Node, attributes};

/// The call of a property function, and what it is called for.
struct Wrapper<'t> {
    call: Node<'t>,
    content: Node<'t>,
    is_override: bool,
}

impl Source {
    /// The edits that give a definition an override priority: 100 takes the functions away, other numbers put one
    /// there (`mkForce`, `mkDefault`, …, `mkOverride N`). `None` where the definition is written in a form of which
    /// that cannot be said, for instance through a `pipe`.
    pub fn with_priority(&self, spans: &Spans, priority: i64) -> Option<Vec<Edit>> {
        if let Some(edits) = self.inherited_with(spans, priority) {
            return edits;
        }
        let wrappers: Vec<Wrapper<'_>> = self.wrappers(spans)?.into_iter().filter(|one| one.is_override).collect();
        let function = mkwhy_model::Priority(priority).function();
        let Some(function) = function else {
            return Some(united(wrappers.iter().flat_map(|one| self.unwrapped(one)).collect()));
        };
        let place = wrappers.first().map_or(spans.value.start, |outer| outer.call.start());
        let (name, mut edits) = self.called(function, priority, place)?;
        match wrappers.split_first() {
            Some((outer, inner)) => {
                // A comment behind the function stays where it is.
                let gap = outer.call.start()..outer.content.start();
                let end = self.comments_in(&gap).first().map_or(gap.end, |comment| comment.range().start);
                edits.push(Edit::new(gap.start..end, format!("{name} ")));
                if outer.content.end() < outer.call.end() {
                    edits.push(Edit::new(outer.content.end()..outer.call.end(), ""));
                }
                for one in inner {
                    edits.extend(self.unwrapped(one));
                }
            }
            None => {
                let node = self.reader().node_at(&spans.value)?;
                let text = format!("{name} {}", self.as_argument(self.slice(&spans.value)));
                let text = if self.stands_alone(node) { text } else { format!("({text})") };
                edits.push(Edit::new(spans.value.clone(), text));
            }
        }
        Some(united(edits))
    }

    /// The edits that take `mkBefore`, `mkAfter` and `mkOrder` away from a definition.
    pub fn without_order(&self, spans: &Spans) -> Option<Vec<Edit>> {
        let wrappers = self.wrappers(spans)?;
        let edits: Vec<Edit> =
            wrappers.iter().filter(|one| !one.is_override).flat_map(|one| self.unwrapped(one)).collect();
        (!edits.is_empty()).then_some(united(edits))
    }

    /// A priority function with its number, as it can be called at an offset.
    pub(super) fn called(&self, function: &str, priority: i64, offset: usize) -> Option<(String, Vec<Edit>)> {
        let spelling = self.spelling(function, offset)?;
        let mut name = spelling.name;
        if function == "mkOverride" {
            name = if priority < 0 { format!("{name} ({priority})") } else { format!("{name} {priority}") };
        }
        Some((name, spelling.needs.into_iter().collect()))
    }

    /// The calls of priority and order functions between a binding and a value in it, from outside in.
    fn wrappers(&self, spans: &Spans) -> Option<Vec<Wrapper<'_>>> {
        let reader = self.reader();
        let binding = Binding::of(reader.node_at(&spans.binding)?)?;
        let mut value = Value::from(binding.value?);
        let mut wrappers = Vec::new();
        let holds = |node: Node<'_>| node.start() <= spans.value.start && spans.value.end <= node.end();
        loop {
            let call = value.plain()?.body();
            if !holds(call) || call.range() == spans.value {
                return Some(wrappers);
            }
            let Some(property) = reader.property(&Value::from(call)) else { return Some(wrappers) };
            let next = match property {
                Property::If { content, .. } => content.plain()?,
                Property::Merge { list } => reader.items(&list)?.into_iter().find(|item| holds(*item))?,
                Property::Override { content, .. } => {
                    let content = content.plain()?;
                    wrappers.push(Wrapper { call: direct(call, content)?, content, is_override: true });
                    content
                }
                Property::Order { content, .. } => {
                    let content = content.plain()?;
                    wrappers.push(Wrapper { call: direct(call, content)?, content, is_override: false });
                    content
                }
            };
            value = next.into();
        }
    }

    /// A call in which only its content is left.
    fn unwrapped(&self, wrapper: &Wrapper<'_>) -> Vec<Edit> {
        let Wrapper { call, content, .. } = wrapper;
        let (mut outer, mut inner) = (call.range(), content.range());
        let text = self.slice(&inner);
        if let Some(paren) = self.parent(*call).filter(|parent| parent.kind() == SyntaxKind::NODE_PAREN) {
            if self.is_argument(text) {
                outer = paren.range();
            }
            if content.kind() == SyntaxKind::NODE_PAREN && outer == call.range() {
                inner = content.inside_parens().range();
            }
        } else if self.stands_alone(*call) && content.kind() == SyntaxKind::NODE_PAREN {
            inner = content.inside_parens().range();
        }
        [self.cut_before(outer.start..inner.start), self.cut_behind(inner.end..outer.end)].concat()
    }

    /// What stands before an expression goes, and the comments in it stay.
    fn cut_before(&self, range: Range<usize>) -> Vec<Edit> {
        let blanks = |at: usize| self.text()[at..range.end].len() - self.text()[at..range.end].trim_start().len();
        let kept = self.comments_in(&range).into_iter().map(Span::range);
        let kept = kept.map(|comment| comment.start..comment.end + blanks(comment.end));
        removed(&range, kept)
    }

    /// The same for what stands behind it. A comment that goes on to the end of its line needs that end.
    fn cut_behind(&self, range: Range<usize>) -> Vec<Edit> {
        let text = self.text();
        let kept = self.comments_in(&range).into_iter().map(Span::range).map(|comment| {
            let start = range.start + text[range.start..comment.start].trim_end().len();
            let rest = &text[comment.end..range.end];
            let line = text[comment.start..].starts_with('#');
            start..comment.end + if line { rest.len() - rest.trim_start().len() } else { 0 }
        });
        removed(&range, kept)
    }

    pub(super) fn parent(&self, node: Node<'_>) -> Option<Node<'_>> {
        let around = self.reader().ancestors(node.start());
        let index = around.iter().position(|one| one.range() == node.range())?;
        around.get(index.checked_sub(1)?).copied()
    }

    /// Whether a call can stand in the place of a node without parentheses.
    pub(super) fn stands_alone(&self, node: Node<'_>) -> bool {
        self.parent(node).is_some_and(|parent| {
            matches!(
                parent.kind(),
                SyntaxKind::NODE_ATTRPATH_VALUE
                    | SyntaxKind::NODE_PAREN
                    | SyntaxKind::NODE_LET_IN
                    | SyntaxKind::NODE_WITH
                    | SyntaxKind::NODE_ASSERT
                    | SyntaxKind::NODE_IF_ELSE
            )
        })
    }

    /// The same for a name in an `inherit`, which becomes a binding; `None` for what is no `inherit`.
    #[expect(clippy::option_option, reason = "the outer one says whether it is an inherit at all")]
    fn inherited_with(&self, spans: &Spans, priority: i64) -> Option<Option<Vec<Edit>>> {
        let node = self.reader().node_at(&spans.binding).filter(|node| node.kind() == SyntaxKind::NODE_INHERIT)?;
        let Some(function) = mkwhy_model::Priority(priority).function() else { return Some(Some(Vec::new())) };
        let Some((call, mut edits)) = self.called(function, priority, node.start()) else { return Some(None) };
        let name = self.slice(&spans.name).to_owned();
        let from = node.first(SyntaxKind::NODE_INHERIT_FROM).and_then(|from| from.expressions().next());
        let value = match from {
            Some(from) => format!("{}.{name}", self.as_argument(self.slice(&from.range()))),
            None => name.clone(),
        };
        let binding = format!("{name} = {call} {value};");
        if attributes(node).count() == 1 {
            edits.push(Edit::new(node.range(), format!("{}{binding}", self.comments_above(node))));
        } else {
            let before = self.text()[..spans.name.start].trim_end().len();
            edits.push(Edit::new(before..spans.name.end, ""));
            let indentation = self.indentation(node.start());
            edits.push(Edit::new(node.end()..node.end(), format!("{}{indentation}{binding}", self.line_end())));
        }
        Some(Some(edits))
    }
}

/// A call that is written as one, with its content as the last argument.
fn direct<'t>(call: Node<'t>, content: Node<'t>) -> Option<Node<'t>> {
    match call.expr() {
        Expr::Apply { argument: Some(argument), .. } if argument.range() == content.range() => Some(call),
        _ => None,
    }
}

/// A range without some parts of it, which are in order.
fn removed(range: &Range<usize>, kept: impl Iterator<Item = Range<usize>>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = range.start;
    for part in kept.chain(std::iter::once(range.end..range.end)) {
        if at < part.start {
            edits.push(Edit::new(at..part.start, ""));
        }
        at = at.max(part.end);
    }
    edits
}

/// Removals that overlap as one.
fn united(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort();
    let mut out: Vec<Edit> = Vec::new();
    for edit in edits {
        match out.last_mut() {
            Some(last) if edit.text.is_empty() && last.text.is_empty() && edit.start <= last.end => {
                last.end = last.end.max(edit.end);
            }
            _ => out.push(edit),
        }
    }
    out
}
