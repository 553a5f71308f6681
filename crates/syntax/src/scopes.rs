//! Which names a file binds, and what each use of a name refers to.

use std::collections::HashMap;
use std::ops::Range;

use rnix::SyntaxKind;

use crate::properties::is_module_function;
use crate::source::{Span, guarded};
use crate::tree::{Binding, Node, WideNodes, attributes};

/// How a name comes to be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundBy {
    /// `let name = …; in`
    Let,
    /// `rec { name = …; }`
    RecursiveSet,
    /// `inherit name;` in a `let` or recursive set.
    Inherit,
    /// `inherit (from) name;` in a `let` or recursive set.
    InheritFrom,
    /// `name: …`, `{ name, … }: …` or `name@{ … }: …`
    Argument,
}

/// A name that the file binds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoundName {
    pub(crate) by: BoundBy,
    /// Where the name stands.
    pub(crate) at: Span,
    /// The value of a `let` or set; what is inherited from. Empty where there is none.
    pub(crate) value: Span,
    /// Where it can be used: the `let`, set or function that binds it.
    pub(crate) scope: Span,
}

/// A use of a name.
#[derive(Debug, Clone, Copy)]
struct Reference {
    at: Span,
    to: Target,
}

/// What a use of a name refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// A name of [`Scopes::names`].
    Name(u32),
    /// Nothing in the file binds it: a `with` around it does, or else Nix itself.
    With,
    /// Nothing in the file binds it: Nix itself does.
    Global,
}

/// The names of one file and their uses.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    names: Vec<BoundName>,
    /// In the order of the text.
    references: Vec<Reference>,
    /// The path literals in the file, in the order of the text.
    pub(crate) paths: Vec<Span>,
    /// The bindings to the name `modules`, and lists given to functions that could be modules.
    pub(crate) module_lists: Vec<Span>,
    pub(crate) wide: WideNodes,
}

impl Scopes {
    pub(crate) fn of(root: Node<'_>) -> Self {
        let mut walk = Walk { found: Self::default(), visible: HashMap::new(), shadowed: Vec::new(), withs: 0 };
        walk.found.wide.note(root);
        for node in root.nodes() {
            walk.visit(node);
        }
        let mut found = walk.found;
        // The parts of a `let` are entered before their values are walked through.
        found.references.sort_unstable_by_key(|reference| reference.at.start);
        found.references.shrink_to_fit();
        found.names.shrink_to_fit();
        found
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.names.capacity() * size_of::<BoundName>()
            + self.references.capacity() * size_of::<Reference>()
            + self.wide.memory()
            + (self.paths.capacity() + self.module_lists.capacity()) * size_of::<Span>()
    }

    /// What the name that is used at an offset refers to.
    pub(crate) fn target(&self, offset: usize) -> Option<Target> {
        let offset = u32::try_from(offset).ok()?;
        let index = self.references.binary_search_by_key(&offset, |reference| reference.at.start).ok()?;
        Some(self.references[index].to)
    }

    /// The bound name that is used at an offset.
    pub(crate) fn bound(&self, offset: usize) -> Option<BoundName> {
        match self.target(offset)? {
            Target::Name(index) => self.names.get(index as usize).copied(),
            Target::With | Target::Global => None,
        }
    }

    /// The last use of a name that begins at an offset or before: where it begins, and what it refers to.
    pub(crate) fn reference_at_or_before(&self, offset: usize) -> Option<(usize, Target)> {
        let after = self.references.partition_point(|reference| reference.at.start as usize <= offset);
        let reference = self.references.get(after.checked_sub(1)?)?;
        Some((reference.at.start as usize, reference.to))
    }

    /// A name by its number.
    pub(crate) fn name(&self, number: u32) -> Option<BoundName> {
        self.names.get(number as usize).copied()
    }

    /// The uses of names that the file binds, each with the number of its name.
    pub(crate) fn uses(&self) -> impl Iterator<Item = (u32, Span)> {
        self.references.iter().filter_map(|reference| match reference.to {
            Target::Name(number) => Some((number, reference.at)),
            Target::With | Target::Global => None,
        })
    }

    /// All names.
    pub(crate) fn names(&self) -> &[BoundName] {
        &self.names
    }

    /// What a name refers to at an offset, whether or not it is used there: the innermost that binds it.
    pub(crate) fn visible(&self, name: &str, offset: usize, text: &str) -> Option<BoundName> {
        let inside = |bound: &&BoundName| (bound.scope.start as usize) <= offset && offset < bound.scope.end as usize;
        let called = |bound: &&BoundName| text.get(bound.at.range()) == Some(name);
        self.names.iter().filter(inside).filter(called).max_by_key(|bound| bound.scope.start).copied()
    }

    /// The value of an attribute of a set that is written out.
    pub(crate) fn attribute<'t>(&self, set: Node<'t>, name: &str) -> Option<Node<'t>> {
        self.wide.attribute(set, name)
    }

    /// The names used in a range that are not bound in it, with all their uses, in the order of their first use.
    pub(crate) fn free(&self, range: &Range<usize>) -> Vec<(Option<BoundName>, Target, Vec<Span>)> {
        let first = self.references.partition_point(|reference| (reference.at.start as usize) < range.start);
        let mut free: Vec<(Option<BoundName>, Target, Vec<Span>)> = Vec::new();
        let mut known: HashMap<u32, usize> = HashMap::new();
        for reference in &self.references[first..] {
            if reference.at.start as usize >= range.end {
                break;
            }
            // Names that nothing binds are told apart by their text, which the caller knows.
            let Target::Name(index) = reference.to else {
                free.push((None, reference.to, vec![reference.at]));
                continue;
            };
            let bound = self.names.get(index as usize).copied();
            if bound.is_some_and(|name| range.contains(&(name.at.start as usize))) {
                continue;
            }
            match known.get(&index) {
                Some(place) => free[*place].2.push(reference.at),
                None => {
                    known.insert(index, free.len());
                    free.push((bound, reference.to, vec![reference.at]));
                }
            }
        }
        free
    }
}

struct Walk<'t> {
    found: Scopes,
    visible: HashMap<&'t str, u32>,
    /// What the open scopes hid, to be brought back when they end.
    shadowed: Vec<(&'t str, Option<u32>)>,
    withs: usize,
}

impl<'t> Walk<'t> {
    fn visit(&mut self, node: Node<'t>) {
        guarded(|| self.visit_inner(node));
    }

    fn visit_inner(&mut self, node: Node<'t>) {
        self.found.wide.note(node);
        match node.kind() {
            SyntaxKind::NODE_IDENT => self.reference(node),
            SyntaxKind::NODE_LAMBDA => self.lambda(node),
            SyntaxKind::NODE_LET_IN => {
                let before = self.shadowed.len();
                self.enter(node, BoundBy::Let);
                self.entries(node, true);
                node.expressions().for_each(|body| self.visit(body));
                self.leave(before);
            }
            SyntaxKind::NODE_LEGACY_LET => self.recursive(node, BoundBy::Let),
            SyntaxKind::NODE_ATTR_SET if node.token(SyntaxKind::TOKEN_REC).is_some() => {
                self.recursive(node, BoundBy::RecursiveSet);
            }
            SyntaxKind::NODE_ATTR_SET => {
                self.entries(node, false);
                node.expressions().for_each(|error| self.visit(error));
            }
            SyntaxKind::NODE_WITH => {
                let mut parts = node.expressions();
                if let Some(namespace) = parts.next() {
                    self.visit(namespace);
                }
                self.withs += 1;
                parts.for_each(|body| self.visit(body));
                self.withs -= 1;
            }
            SyntaxKind::NODE_ATTRPATH => attributes(node).for_each(|attribute| self.computed_parts(attribute)),
            SyntaxKind::NODE_APPLY => {
                if let Some(list) = node.expressions().nth(1).filter(|list| could_be_modules(*list)) {
                    self.found.module_lists.push(Span::of(list));
                }
                node.nodes().for_each(|part| self.visit(part));
            }
            SyntaxKind::NODE_PATH => {
                self.found.paths.push(Span::of(node));
                node.nodes().for_each(|part| self.visit(part));
            }
            _ => node.nodes().for_each(|part| self.visit(part)),
        }
    }

    fn reference(&mut self, node: Node<'t>) {
        let Some(name) = node.name() else { return };
        let to = match self.visible.get(name) {
            Some(index) => Target::Name(*index),
            None if self.withs > 0 => Target::With,
            None => Target::Global,
        };
        self.found.references.push(Reference { at: Span::of(node), to });
    }

    fn lambda(&mut self, node: Node<'t>) {
        let before = self.shadowed.len();
        for parameter in node.nodes() {
            match parameter.kind() {
                SyntaxKind::NODE_IDENT_PARAM => self.argument(parameter, node),
                SyntaxKind::NODE_PATTERN => {
                    for part in parameter.nodes() {
                        self.argument(part, node);
                    }
                    for entry in parameter.nodes().filter(|part| part.kind() == SyntaxKind::NODE_PAT_ENTRY) {
                        entry.nodes().skip(1).for_each(|default| self.visit(default));
                    }
                }
                _ => self.visit(parameter),
            }
        }
        self.leave(before);
    }

    fn argument(&mut self, node: Node<'t>, scope: Node<'t>) {
        if let Some(name) = node.first(SyntaxKind::NODE_IDENT) {
            self.bind(name, BoundBy::Argument, Span::default(), scope);
        }
    }

    fn recursive(&mut self, node: Node<'t>, by: BoundBy) {
        let before = self.shadowed.len();
        self.enter(node, by);
        self.entries(node, true);
        node.expressions().for_each(|error| self.visit(error));
        self.leave(before);
    }

    /// Binds the names of a `let` or recursive set.
    fn enter(&mut self, node: Node<'t>, by: BoundBy) {
        for entry in node.entries() {
            match Binding::of(entry) {
                Some(binding) => {
                    let mut attributes = binding.attributes();
                    let Some(first) = attributes.next().filter(|first| first.name().is_some()) else { continue };
                    let alone = attributes.next().is_none();
                    let value = binding.value.filter(|_| alone).map(Span::of).unwrap_or_default();
                    self.bind(first, by, value, node);
                }
                None => {
                    let from = entry.first(SyntaxKind::NODE_INHERIT_FROM).and_then(|from| from.expressions().next());
                    if from.is_none() {
                        // These mean the outer names, which the new ones are about to hide.
                        attributes(entry).for_each(|name| self.reference(name));
                    }
                    let by = if from.is_some() { BoundBy::InheritFrom } else { BoundBy::Inherit };
                    let value = from.map(Span::of).unwrap_or_default();
                    attributes(entry).for_each(|name| self.bind(name, by, value, node));
                }
            }
        }
    }

    /// Walks through the values of a set or `let`. `entered` if its names were bound.
    fn entries(&mut self, node: Node<'t>, entered: bool) {
        for entry in node.entries() {
            match entry.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => self.binding(entry),
                SyntaxKind::NODE_INHERIT => {
                    let from = entry.first(SyntaxKind::NODE_INHERIT_FROM);
                    match from {
                        Some(from) => from.nodes().for_each(|part| self.visit(part)),
                        None if entered => {}
                        None => attributes(entry).for_each(|name| self.reference(name)),
                    }
                    attributes(entry).for_each(|attribute| self.computed_parts(attribute));
                }
                _ => {}
            }
        }
    }

    fn binding(&mut self, node: Node<'t>) {
        if let Some(binding) = Binding::of(node)
            && binding.only_name().as_deref() == Some("modules")
            && binding.value.is_some()
        {
            self.found.module_lists.push(Span::of(node));
        }
        node.nodes().for_each(|part| self.visit(part));
    }

    /// The names in an attribute path are no uses; what is computed in it has some.
    fn computed_parts(&mut self, attribute: Node<'t>) {
        if attribute.kind() != SyntaxKind::NODE_IDENT {
            attribute.nodes().for_each(|part| self.visit(part));
        }
    }

    fn bind(&mut self, name: Node<'t>, by: BoundBy, value: Span, scope: Node<'t>) {
        let Some(text) = name.name() else { return };
        let Ok(index) = u32::try_from(self.found.names.len()) else { return };
        self.found.names.push(BoundName { by, at: Span::of(name), value, scope: Span::of(scope) });
        self.shadowed.push((text, self.visible.insert(text, index)));
    }

    fn leave(&mut self, before: usize) {
        for (name, hidden) in self.shadowed.drain(before..).rev() {
            match hidden {
                Some(index) => self.visible.insert(name, index),
                None => self.visible.remove(name),
            };
        }
    }
}

/// Whether an argument is a list whose first element could be a module: a path, a set or a module's function.
fn could_be_modules(list: Node<'_>) -> bool {
    list.kind() == SyntaxKind::NODE_LIST
        && list.expressions().next().is_some_and(|first| {
            let first = first.inside_parens();
            match first.kind() {
                SyntaxKind::NODE_PATH | SyntaxKind::NODE_ATTR_SET => true,
                SyntaxKind::NODE_LAMBDA => is_module_function(first),
                _ => false,
            }
        })
}
