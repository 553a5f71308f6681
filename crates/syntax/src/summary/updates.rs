//! `a // b`: what `b` has replaces what `a` has, attribute by attribute.

use std::collections::HashMap;
use std::rc::Rc;

use smol_str::SmolStr;

use crate::properties::{Function, Value};
use crate::source::guarded;
use crate::summary::builder::Builder;
use crate::tree::{Binding, Expr, Node, attributes};

/// So many names are looked at for what they replace: sets that are used in many places could multiply without end.
const MOST_NAMES: usize = 100_000;

/// So many names are followed inside one another.
const MOST_DEPTH: usize = 8;

/// What hides attributes of one operand of a `//`.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    /// Of each name, the last operand that certainly has it.
    last: Rc<HashMap<SmolStr, usize>>,
    /// Which operand the walk is in.
    operand: usize,
}

/// The operands of a chain of `//`, from left to right. It is associative.
pub(super) fn operands(update: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut open = vec![update];
    while let Some(node) = open.pop() {
        match node.expr() {
            Expr::Update { left, right } => {
                open.extend(right);
                open.push(left);
            }
            _ => found.push(node),
        }
    }
    found
}

impl<'t> Builder<'t> {
    /// Walks through the operands of a `//`, without what others replace in them.
    pub(super) fn updated(&mut self, operands: &[Value<'t>], mut walk: impl FnMut(&mut Self, &Value<'t>)) {
        let mut last = HashMap::new();
        for (index, operand) in operands.iter().enumerate().skip(1) {
            self.names_of(operand, 0, &mut |name| {
                last.insert(name, index);
            });
        }
        let last = Rc::new(last);
        for (operand, value) in operands.iter().enumerate() {
            self.masks.push(Mask { last: last.clone(), operand });
            walk(self, value);
            self.masks.pop();
        }
    }

    /// Whether an attribute of the set that the walk is at is replaced by one further right.
    pub(super) fn is_masked(&self, name: &str) -> bool {
        self.masks.iter().any(|mask| mask.last.get(name).is_some_and(|last| *last > mask.operand))
    }

    /// Inside an attribute, or in another module: nothing there is replaced by what stands outside.
    pub(super) fn unmasked<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::take(&mut self.masks);
        let result = work(self);
        self.masks = outer;
        result
    }

    /// The names that a set certainly has.
    fn names_of(&mut self, value: &Value<'t>, depth: usize, found: &mut dyn FnMut(SmolStr)) {
        guarded(|| self.names_inner(&value.body(), depth, found));
    }

    fn names_inner(&mut self, value: &Value<'t>, depth: usize, found: &mut dyn FnMut(SmolStr)) {
        self.names_read += 1;
        if self.names_read > MOST_NAMES + self.source.text().len() {
            return;
        }
        match value.expr() {
            Expr::Set => {
                for entry in value.node.inside_parens().entries() {
                    let binding = Binding::of(entry);
                    let names = match binding {
                        Some(binding) => attributes(binding.path).take(1),
                        None => attributes(entry).take(usize::MAX),
                    };
                    for name in names.filter_map(Node::attribute_name) {
                        self.names_read += 1;
                        found(name.into());
                    }
                }
            }
            Expr::Update { .. } => {
                operands(value.node).into_iter().for_each(|operand| self.names_of(&operand.into(), depth, found));
            }
            Expr::Name(_) | Expr::Select { .. } if depth < MOST_DEPTH => {
                if let Some(to) = self.followed(value.node) {
                    self.names_of(&to.into(), depth + 1, found);
                }
            }
            Expr::Apply { .. } | Expr::Pipe { .. } => {
                let Some(call) = self.reader.call(value) else { return };
                match (call.function, call.arguments.as_slice()) {
                    (Function::Update | Function::UpdateDeep, sides @ [_, _]) => {
                        sides.iter().for_each(|side| self.names_of(side, depth, found));
                    }
                    (Function::Last(count), [.., last]) if call.arguments.len() == count => {
                        self.names_of(last, depth, found);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
