//! What the text of a definition says about the paths inside it.

use mkwhy_model::Segment;
use rnix::SyntaxKind;

use super::{Written, inherited, is_set, property, same, written};
use crate::properties::{Property, Reader, Value};
use crate::source::{Source, guarded};
use crate::tree::{Binding, Expr, Node, attributes};

/// What a definition says about a path inside it.
#[derive(Debug, Clone, Default)]
pub struct Within<'t> {
    /// The definitions of that path in it.
    pub found: Vec<Written<'t>>,
    /// Whether some of it is computed, so that only evaluation could tell.
    pub unreadable: bool,
}

impl Source {
    /// What a definition says about a path inside it, without evaluating anything.
    pub fn within<'t>(&'t self, definition: &Written<'t>, rest: &[Segment]) -> Within<'t> {
        let mut search = Search { reader: self.reader(), within: Within::default() };
        match (&definition.content, definition.node) {
            (Some(content), _) if definition.partial => search.value(content, rest),
            (_, Some(binding)) => {
                for sibling in siblings(search.reader, binding, definition.depth) {
                    search.binding(sibling, definition.depth, rest);
                }
            }
            (_, None) => search.within.unreadable = true,
        }
        search.within
    }

    /// The paths of all definitions in the text of a definition, down to what is no literal set.
    ///
    /// For a definition whose value must not be evaluated: its parts by name.
    pub fn leaves<'t>(&'t self, definition: &Written<'t>) -> Vec<(Vec<Segment>, Written<'t>)> {
        let mut collection = Leaves { reader: self.reader(), found: Vec::new() };
        match (&definition.content, definition.node) {
            (Some(content), _) if definition.partial => {
                collection.value(content, &[]);
            }
            (_, Some(binding)) => {
                for sibling in siblings(collection.reader, binding, definition.depth) {
                    collection.binding(sibling, definition.depth, &[]);
                }
            }
            (_, None) => {}
        }
        collection.found
    }
}

/// The bindings that are one definition with this one: `a.b = 1; a.c = 2;` is one of `a`, whose place is the first's.
fn siblings<'t>(reader: Reader<'t>, binding: Binding<'t>, depth: usize) -> Vec<Binding<'t>> {
    let is_one = |sibling: Binding<'_>| {
        let mut names = sibling.attributes();
        binding.attributes().take(depth).all(|name| {
            let (name, other) = (name.attribute_name(), names.next().and_then(Node::attribute_name));
            name.is_some() && name == other
        })
    };
    let around = reader.ancestors(binding.node.start());
    let parent = around.into_iter().take_while(|outer| *outer != binding.node).last();
    match parent.filter(|parent| parent.kind() == SyntaxKind::NODE_ATTR_SET) {
        Some(set) => set.bindings().filter(|sibling| sibling.node == binding.node || is_one(*sibling)).collect(),
        None => vec![binding],
    }
}

/// A search for the definitions of one path.
struct Search<'t> {
    reader: Reader<'t>,
    within: Within<'t>,
}

impl<'t> Search<'t> {
    /// One binding, of whose attribute path `consumed` names are already behind.
    fn binding(&mut self, binding: Binding<'t>, consumed: usize, rest: &[Segment]) {
        let mut names = binding.attributes().skip(consumed);
        let mut deeper = rest;
        while let Some((segment, after)) = deeper.split_first() {
            let Some(attribute) = names.next() else { break };
            if attribute.attribute_name().is_none() {
                self.within.unreadable = true;
                return;
            }
            if !same(attribute, segment) {
                return;
            }
            deeper = after;
        }
        if deeper.is_empty() {
            self.within.found.extend(written(self.reader, binding, consumed + rest.len()));
        } else if let Some(value) = binding.value {
            self.value(&value.into(), deeper);
        }
    }

    fn value(&mut self, value: &Value<'t>, rest: &[Segment]) {
        // Operators nest as deeply as a file is long.
        guarded(|| self.value_inner(value, rest));
    }

    fn value_inner(&mut self, value: &Value<'t>, rest: &[Segment]) {
        let value = value.body();
        match value.expr() {
            Expr::Set if is_set(value.node) => self.set(value.node, rest),
            Expr::Update { left, right } => {
                self.value(&left.into(), rest);
                if let Some(right) = right {
                    self.value(&right.into(), rest);
                }
            }
            _ => match property(self.reader, &value) {
                Some(
                    Property::If { content, .. } | Property::Override { content, .. } | Property::Order { content, .. },
                ) => self.value(&content, rest),
                Some(Property::Merge { list }) => match self.reader.items(&list) {
                    Some(items) => items.into_iter().for_each(|item| self.value(&item.into(), rest)),
                    None => self.within.unreadable = true,
                },
                None => self.within.unreadable = true,
            },
        }
    }

    fn set(&mut self, set: Node<'t>, rest: &[Segment]) {
        let set = set.inside_parens();
        for binding in set.bindings() {
            self.binding(binding, 0, rest);
        }
        let Some((first, deeper)) = rest.split_first() else { return };
        for inherit in set.entries().filter(|entry| entry.kind() == SyntaxKind::NODE_INHERIT) {
            for attribute in attributes(inherit).filter(|attribute| same(*attribute, first)) {
                if deeper.is_empty() {
                    self.within.found.extend(inherited(self.reader, inherit, attribute.start(), first));
                } else {
                    self.within.unreadable = true;
                }
            }
        }
    }
}

/// A collection of all definitions in a text.
struct Leaves<'t> {
    reader: Reader<'t>,
    found: Vec<(Vec<Segment>, Written<'t>)>,
}

impl<'t> Leaves<'t> {
    /// One binding, of whose attribute path `consumed` names are already behind, at a path.
    fn binding(&mut self, binding: Binding<'t>, consumed: usize, above: &[Segment]) {
        let mut path = above.to_vec();
        for attribute in binding.attributes().skip(consumed) {
            match attribute.attribute_name() {
                Some(name) => path.push(Segment::Name(name.into_owned())),
                None => return,
            }
        }
        let Some(value) = binding.value else { return };
        if !self.value(&value.into(), &path) {
            let whole = written(self.reader, binding, binding.attributes().count());
            self.found.extend(whole.map(|written| (path, written)));
        }
    }

    /// Whether the value is a literal set (or properties around some) whose parts were collected.
    fn value(&mut self, value: &Value<'t>, path: &[Segment]) -> bool {
        guarded(|| self.value_inner(value, path))
    }

    fn value_inner(&mut self, value: &Value<'t>, path: &[Segment]) -> bool {
        let value = value.body();
        if value.plain().is_some_and(is_set) {
            let mut any = false;
            for binding in value.node.inside_parens().bindings() {
                any = true;
                self.binding(binding, 0, path);
            }
            return any;
        }
        match property(self.reader, &value) {
            Some(
                Property::If { content, .. } | Property::Override { content, .. } | Property::Order { content, .. },
            ) => self.value(&content, path),
            Some(Property::Merge { list }) => {
                let mut any = false;
                for item in self.reader.items(&list).unwrap_or_default() {
                    any |= self.value(&item.into(), path);
                }
                any
            }
            None => false,
        }
    }
}
