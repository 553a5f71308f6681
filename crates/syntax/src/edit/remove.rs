//! Taking definitions out of a text, with what is empty without them.

use std::collections::BTreeSet;
use std::ops::Range;

use mkwhy_model::Edit;
use rnix::SyntaxKind;
use rowan::NodeOrToken;

use crate::properties::{Function, Property, Reader, Value};
use crate::source::Source;
use crate::summary::entries_with_comments;
use crate::tree::{Binding, Node, attributes};

/// One definition to be taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its whole binding; of an `inherit` the whole statement.
    pub binding: Range<usize>,
    /// The name in an `inherit`, or the value of one item of a `mkMerge`: only that goes. Else the binding does.
    pub part: Option<Range<usize>>,
}

impl Source {
    /// The item of a `mkMerge` in a binding that a value stands in.
    pub(super) fn merge_item(&self, binding: Node<'_>, part: &Range<usize>) -> Option<Range<usize>> {
        item(self.reader(), binding, part).map(Node::range)
    }

    /// The edits that take definitions out, with what is empty without them: sets, the `mkIf` around them, items of a
    /// `mkMerge`; and with what a `let` binds for nothing else, nor for what is `written` elsewhere at the same time. `None`
    /// where one of them is not written as is said.
    pub fn removal(&self, taken: &[Taken], written: &[&str]) -> Option<Vec<Edit>> {
        let mut removal = Removal::of_taken(self, taken)?;
        removal.mark_unused(written);
        Some(removal.finished())
    }

    /// Whether a definition can be taken out.
    pub fn can_be_taken(&self, taken: &Taken) -> bool {
        Removal::of(self).take(taken).is_some()
    }

    /// Whether a comment goes where a definition is taken out.
    pub fn is_explained(&self, taken: &Taken) -> bool {
        let removal = Removal::of_taken(self, std::slice::from_ref(taken));
        let edits = removal.map(Removal::finished).unwrap_or_default();
        edits.iter().any(|edit| !self.comments_in(&edit.range()).is_empty())
    }

    /// Edits of different origin, with what is empty without all that they take out; `None` where that gets in the way
    /// of one of them.
    pub fn without_emptied(&self, edits: &[Edit]) -> Option<Vec<Edit>> {
        let mut removal = Removal::of(self);
        let cuts: Vec<Range<usize>> = edits.iter().filter(|edit| edit.text.is_empty()).map(Edit::range).collect();
        removal.mark_inside(&cuts, &mut vec![removal.reader.root()]);
        removal.settle();
        let written: Vec<&str> = edits.iter().map(|edit| &*edit.text).filter(|text| !text.is_empty()).collect();
        removal.mark_unused(&written);
        let mut all: Vec<Edit> = removal.finished();
        let cuts: Vec<Range<usize>> = all.iter().map(Edit::range).collect();
        for edit in edits {
            let range = edit.range();
            let touches =
                |cut: &&Range<usize>| range.start < cut.end && cut.start < range.end || cut.contains(&range.start);
            match cuts.iter().find(touches) {
                None => all.push(edit.clone()),
                Some(cut) if edit.text.is_empty() && cut.start <= range.start && range.end <= cut.end => {}
                Some(_) => return None,
            }
        }
        all.sort_by_key(|edit| edit.range().start);
        Some(all)
    }
}

pub(super) struct Removal<'t> {
    pub(super) source: &'t Source,
    pub(super) reader: Reader<'t>,
    /// The nodes that go, by their ranges.
    pub(super) ranges: BTreeSet<(usize, usize)>,
}

impl<'t> Removal<'t> {
    fn of(source: &'t Source) -> Self {
        Self { source, reader: source.reader(), ranges: BTreeSet::new() }
    }

    /// Definitions, and what is empty without them.
    fn of_taken(source: &'t Source, taken: &[Taken]) -> Option<Self> {
        let mut removal = Self::of(source);
        for one in taken {
            removal.take(one)?;
        }
        removal.settle();
        Some(removal)
    }

    fn take(&mut self, taken: &Taken) -> Option<()> {
        let node = self.reader.node_at(&taken.binding)?;
        match (node.kind(), &taken.part) {
            (SyntaxKind::NODE_ATTRPATH_VALUE, None) => self.mark(node),
            (SyntaxKind::NODE_INHERIT, Some(name)) => {
                let name = attributes(node).find(|attribute| attribute.range() == *name)?;
                self.mark(name);
            }
            (SyntaxKind::NODE_ATTRPATH_VALUE, Some(part)) => {
                let item = item(self.reader, node, part)?;
                self.mark(item);
            }
            _ => return None,
        }
        Some(())
    }

    /// Marks what lies inside of cuts, at and in the last of these nodes.
    fn mark_inside(&mut self, cuts: &[Range<usize>], around: &mut Vec<Node<'t>>) {
        let Some(node) = around.last().copied() else { return };
        let range = node.range();
        if !cuts.iter().any(|cut| cut.start < range.end && range.start < cut.end) {
            return;
        }
        let outer = &around[..around.len() - 1];
        let goes = match node.kind() {
            SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT => true,
            _ => match outer.split_last() {
                Some((list, outer)) if list.kind() == SyntaxKind::NODE_LIST => self.is_merged(outer),
                Some((inherit, _)) => inherit.kind() == SyntaxKind::NODE_INHERIT,
                None => false,
            },
        };
        if goes && cuts.iter().any(|cut| cut.start <= range.start && range.end <= cut.end) {
            return self.mark(node);
        }
        for inner in node.nodes() {
            around.push(inner);
            self.mark_inside(cuts, around);
            around.pop();
        }
    }

    fn mark(&mut self, node: Node<'t>) {
        self.ranges.insert((node.start(), node.end()));
    }

    pub(super) fn goes(&self, node: Node<'t>) -> bool {
        self.ranges.contains(&(node.start(), node.end()))
    }

    /// Goes outwards as long as something is empty without what goes.
    fn settle(&mut self) {
        loop {
            let before = self.ranges.len();
            for (start, end) in self.ranges.clone() {
                let around = self.reader.ancestors(start);
                let Some(index) = around.iter().position(|node| (node.start(), node.end()) == (start, end)) else {
                    continue;
                };
                self.outwards(&around[..index]);
            }
            if self.ranges.len() == before {
                return;
            }
        }
    }

    /// Whether what stands around something that goes, goes too.
    fn outwards(&mut self, around: &[Node<'t>]) {
        let Some((parent, outer)) = around.split_last() else { return };
        let empty = match parent.kind() {
            SyntaxKind::NODE_ATTR_SET => {
                parent.entries().all(|entry| self.goes(entry)) && !self.has_other_comments(*parent)
            }
            SyntaxKind::NODE_INHERIT => attributes(*parent).all(|name| self.goes(name)),
            SyntaxKind::NODE_LIST => self.is_merged(outer) && parent.expressions().all(|item| self.goes(item)),
            _ => false,
        };
        if !empty {
            return;
        }
        if parent.kind() == SyntaxKind::NODE_INHERIT {
            return self.mark(*parent);
        }
        if let Some(whole) = self.carrier(*parent, outer) {
            self.mark(whole);
        }
    }

    /// What holds nothing but an empty set or list, and can go: a binding, an item of a `mkMerge`.
    fn carrier(&self, empty: Node<'t>, outer: &[Node<'t>]) -> Option<Node<'t>> {
        let mut inner = empty;
        for (depth, node) in outer.iter().enumerate().rev() {
            match node.kind() {
                SyntaxKind::NODE_PAREN => {}
                SyntaxKind::NODE_APPLY => {
                    // Only as the content of a property; `f { }` is something else.
                    let content = match self.reader.property(&Value::from(*node)) {
                        Some(
                            Property::If { content, .. }
                            | Property::Override { content, .. }
                            | Property::Order { content, .. },
                        ) => content,
                        Some(Property::Merge { list }) => list,
                        None => self.optional(*node)?,
                    };
                    if content.plain()?.range() != inner.range() {
                        return None;
                    }
                }
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    // A `let` binds names that others use.
                    let set = outer.get(depth.checked_sub(1)?)?;
                    return (set.kind() == SyntaxKind::NODE_ATTR_SET).then_some(*node);
                }
                SyntaxKind::NODE_LIST => {
                    return self.is_merged(&outer[..depth]).then_some(inner);
                }
                _ => return None,
            }
            inner = *node;
        }
        None
    }

    /// The set of an `optionalAttrs`.
    fn optional(&self, call: Node<'t>) -> Option<Value<'t>> {
        let call = self.reader.call(&Value::from(call))?;
        match (call.function, call.arguments.as_slice()) {
            (Function::OptionalAttrs, [_, set]) => Some(set.clone()),
            _ => None,
        }
    }

    /// Whether the list in these nodes is that of a `mkMerge`.
    fn is_merged(&self, outer: &[Node<'t>]) -> bool {
        let call = outer.iter().rev().find(|node| node.kind() != SyntaxKind::NODE_PAREN);
        call.is_some_and(|call| matches!(self.reader.property(&Value::from(*call)), Some(Property::Merge { .. })))
    }

    /// Whether a set holds comments that belong to no entry that goes.
    fn has_other_comments(&self, set: Node<'t>) -> bool {
        let spans = entries_with_comments(set);
        set.elements().filter_map(NodeOrToken::into_token).any(|token| {
            token.kind() == SyntaxKind::TOKEN_COMMENT
                && !spans.iter().any(|(_, span)| span.range().contains(&token.start()))
        })
    }

    fn finished(self) -> Vec<Edit> {
        let outermost = self.ranges.iter().filter(|(start, end)| {
            !self.ranges.iter().any(|outer| *outer != (*start, *end) && outer.0 <= *start && *end <= outer.1)
        });
        let lets = self.emptied_lets();
        let mut cuts: Vec<Range<usize>> = outermost
            .map(|(start, end)| self.with_comments(*start..*end))
            .filter(|cut| !lets.iter().any(|whole| whole.start <= cut.start && cut.end <= whole.end))
            .collect();
        cuts.sort_by_key(|cut| cut.start);
        // What is separated by nothing but blanks goes as one.
        let text = self.source.text();
        let mut joined: Vec<Range<usize>> = Vec::new();
        for cut in cuts {
            match joined.last_mut() {
                Some(last) if cut.start <= last.end || text[last.end..cut.start].trim().is_empty() => {
                    last.end = last.end.max(cut.end);
                }
                _ => joined.push(cut),
            }
        }
        let cuts = joined.into_iter().map(|cut| self.with_lines(cut));
        let mut edits: Vec<Edit> = cuts.chain(lets).map(|cut| Edit::new(cut, "")).collect();
        edits.sort_by_key(|edit| edit.range().start);
        edits
    }

    /// A node with the comments that belong to it.
    fn with_comments(&self, range: Range<usize>) -> Range<usize> {
        let around = self.reader.ancestors(range.start);
        let index = around.iter().position(|node| node.range() == range);
        let Some(parent) = index.and_then(|index| around.get(index.checked_sub(1)?)) else { return range };
        match parent.kind() {
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_LET_IN => {
                let entry = entries_with_comments(*parent).into_iter().find(|(entry, _)| entry.range() == range);
                entry.map_or(range, |(_, span)| span.range())
            }
            SyntaxKind::NODE_LIST => self.above(*parent, range),
            _ => range,
        }
    }

    /// An item of a list with the comments right above it.
    fn above(&self, list: Node<'t>, item: Range<usize>) -> Range<usize> {
        let mut start = item.start;
        let comments: Vec<usize> = list
            .elements()
            .filter_map(NodeOrToken::into_token)
            .filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT && token.start() < item.start)
            .map(|token| token.start())
            .collect();
        for comment in comments.into_iter().rev() {
            let text = &self.source.text()[comment..start];
            let between = &text[text.find('\n').unwrap_or(text.len())..];
            let right_above = text.starts_with('#') && text.matches('\n').count() == 1 && between.trim().is_empty();
            if !right_above || !self.source.begins_line(comment) {
                break;
            }
            start = comment;
        }
        start..item.end
    }

    /// What goes, with its lines where nothing else stands on them.
    fn with_lines(&self, range: Range<usize>) -> Range<usize> {
        let text = self.source.text();
        if self.source.begins_line(range.start) && self.source.ends_line(range.end) {
            let start = self.source.line_start(range.start);
            let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
            // Of two blank lines around it one stays; none at the edge of its set.
            let after = &text[end..];
            let blank = |text: &str| text.starts_with('\n') || text.starts_with("\r\n");
            let blank_before = text[..start].ends_with("\n\n") || text[..start].ends_with("\n\r\n");
            let closes = after.trim_start_matches([' ', '\t']).starts_with(['}', ']']);
            let opens = text[..start].trim_end().ends_with(['{', '[']);
            let one_line = |end: usize| if text[..end].ends_with("\r\n") { 2 } else { 1 };
            if blank_before && (blank(after) || closes) {
                return start - one_line(start)..end;
            }
            if opens && blank(after) {
                return start..end + if after.starts_with("\r\n") { 2 } else { 1 };
            }
            return start..end;
        }
        // On a line with others: the blanks before it go.
        let before = text[..range.start].trim_end_matches([' ', '\t']);
        if before.ends_with('\n') || before.is_empty() {
            let after = text[range.end..].len() - text[range.end..].trim_start_matches([' ', '\t']).len();
            return range.start..range.end + after;
        }
        before.len()..range.end
    }
}

/// The item of a `mkMerge` in a binding that a value stands in.
fn item<'t>(reader: Reader<'t>, binding: Node<'t>, part: &Range<usize>) -> Option<Node<'t>> {
    let mut found = None;
    let mut value = Value::from(Binding::of(binding)?.value?);
    loop {
        match reader.property(&value.body())? {
            Property::Merge { list } => {
                let items = reader.items(&list)?;
                let item = items.into_iter().find(|item| item.start() <= part.start && part.end <= item.end())?;
                found = Some(item);
                value = item.into();
                if reader.property(&value.body()).is_none() {
                    return found;
                }
            }
            Property::If { content, .. } | Property::Override { content, .. } | Property::Order { content, .. } => {
                value = content;
                if reader.property(&value.body()).is_none() {
                    return found;
                }
            }
        }
    }
}
