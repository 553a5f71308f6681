//! Calls of functions that the file itself defines: their bodies, read with the arguments in their places.

use rnix::SyntaxKind;

use crate::properties::{Function, Value, binds};
use crate::source::Span;
use crate::summary::Content;
use crate::summary::builder::{Builder, applied};
use crate::tree::{Expr, Node, attributes};

/// So many levels of a body are looked through to see whether it is worth following.
const MOST_LEVELS: u8 = 6;

impl<'t> Builder<'t> {
    /// What an expression stands for, where it is a name that the file binds, an argument of a function that the walk
    /// is in, or an attribute of such a set.
    pub(super) fn followed(&self, node: Node<'t>) -> Option<Node<'t>> {
        if self.arguments.is_empty() {
            return self.reader.followed(node);
        }
        let node = node.inside_parens();
        match node.expr() {
            Expr::Name(_) => self.argument(node).or_else(|| self.reader.followed(node)),
            Expr::Select { of, path } => match self.argument(of.inside_parens()) {
                Some(mut value) => {
                    for attribute in attributes(path) {
                        value = attribute_of(value, &attribute.attribute_name()?)?;
                    }
                    Some(value)
                }
                None => self.reader.followed(node),
            },
            _ => None,
        }
    }

    fn argument(&self, name: Node<'t>) -> Option<Node<'t>> {
        let bound = self.reader.scopes().bound(name.start())?;
        self.arguments.iter().rev().find(|(parameter, _)| *parameter == bound.at.start).map(|(_, value)| *value)
    }

    /// Goes on in the body of a function of this file that is called here; `None` if that is not to be followed.
    pub(super) fn calling<T>(
        &mut self,
        lambda: Node<'t>,
        arguments: &[Value<'t>],
        work: impl FnOnce(&mut Self, Node<'t>) -> T,
    ) -> Option<T> {
        let body = applied(lambda, arguments.len())?;
        let before = self.arguments.len();
        self.bind(lambda, arguments);
        let result = self.follow(lambda, |this| work(this, body));
        self.arguments.truncate(before);
        result
    }

    fn bind(&mut self, lambda: Node<'t>, arguments: &[Value<'t>]) {
        let mut node = lambda.body();
        for argument in arguments {
            let Some(value) = argument.plain() else { return };
            // The value may itself be an argument of the function around this call.
            let value = self.followed(value).filter(|_| self.is_argument(value)).unwrap_or(value);
            let mut give = |name: Option<Node<'t>>, value: Node<'t>| {
                self.arguments.extend(name.map(|name| (Span::of(name).start, value)));
            };
            for parameter in node.nodes() {
                match parameter.kind() {
                    SyntaxKind::NODE_IDENT_PARAM => give(parameter.first(SyntaxKind::NODE_IDENT), value),
                    SyntaxKind::NODE_PATTERN => {
                        for part in parameter.nodes() {
                            let name = part.first(SyntaxKind::NODE_IDENT);
                            if part.kind() == SyntaxKind::NODE_PAT_BIND {
                                give(name, value);
                            } else if let Some(value) =
                                name.and_then(Node::name).and_then(|name| attribute_of(value, name))
                            {
                                give(name, value);
                            }
                        }
                    }
                    _ => {}
                }
            }
            let Expr::Lambda { body: Some(body) } = node.expr() else { return };
            node = body.body();
        }
    }

    fn is_argument(&self, node: Node<'t>) -> bool {
        self.argument(node.inside_parens()).is_some()
    }

    /// A value that is a call of the file's own function. `None` where the function only computes something.
    pub(super) fn called(&mut self, value: &Value<'t>, lambda: Node<'t>, arguments: &[Value<'t>]) -> Option<Content> {
        self.calling(lambda, arguments, |this, body| {
            if !this.has_parts(&body.into(), MOST_LEVELS) {
                return None;
            }
            let outer = this.stands_for;
            this.stands_for = outer.or_else(|| this.place_is_set().then(|| Span::of(value.node)));
            let found = this.value(&body.into());
            this.stands_for = outer;
            Some(found)
        })
        .flatten()
    }

    /// Whether there is something to be read in what a function gives back: a set, or properties around something.
    fn has_parts(&self, value: &Value<'t>, levels: u8) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return false };
        let value = value.body();
        let inside = |node: Node<'t>| self.has_parts(&node.into(), levels);
        match value.expr() {
            Expr::Set | Expr::Update { .. } => true,
            Expr::If { yes, no, .. } => [yes, no].into_iter().flatten().any(inside),
            Expr::Name(_) | Expr::Select { .. } => self.followed(value.node).is_some_and(inside),
            Expr::Apply { .. } | Expr::Pipe { .. } => {
                self.reader.call(&value).is_some_and(|call| match call.function {
                    Function::Local(lambda) => applied(lambda, call.arguments.len()).is_some_and(inside),
                    function => !matches!(function, Function::Other(_) | Function::Import | Function::ImportData),
                })
            }
            _ => false,
        }
    }

    /// The arguments of a function from elsewhere that makes a module (`mkNeovimPlugin { … }`). What it does is not
    /// known; by common use, what it is given as configuration and imports becomes the module's.
    pub(super) fn given_to_a_function(&mut self, set: Node<'t>) {
        if !matches!(set.expr(), Expr::Set) {
            return;
        }
        for binding in set.bindings() {
            let Some(mut value) = binding.value else { continue };
            match binding.only_name().as_deref() {
                Some("config" | "extraConfig") => {
                    value = value.body();
                    while let Expr::Lambda { body: Some(body) } = value.expr() {
                        value = body.body();
                    }
                    self.copied(|this| this.value(&value.into()));
                }
                Some("imports") => self.copied(|this| this.imports(Some(value))),
                _ => {}
            }
        }
    }

    /// The function that a set is called as (`__functor`), as it is given its arguments.
    pub(super) fn functor(set: Node<'t>) -> Option<Node<'t>> {
        let functor = set.bindings().find(|binding| binds(binding, "__functor"))?;
        applied(functor.value?, 1)
    }
}

/// The attribute of a set that is written out.
fn attribute_of<'t>(set: Node<'t>, name: &str) -> Option<Node<'t>> {
    let set = set.body().inside_parens();
    match set.expr() {
        Expr::Set => set.bindings().find(|binding| binds(binding, name))?.value,
        _ => None,
    }
}
