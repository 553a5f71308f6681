//! Lists of modules that a file gives to functions: `nixosSystem { modules = [ … ]; }`.

use rnix::SyntaxKind;

use crate::properties::{Function, Value};
use crate::source::Span;
use crate::summary::ModuleList;
use crate::summary::builder::Builder;
use crate::tree::{Binding, Node};

impl<'t> Builder<'t> {
    /// The lists of modules that are given to functions somewhere in the file.
    pub(super) fn module_lists(&mut self) {
        let mut spans = self.reader.scopes().module_lists.clone();
        spans.sort_unstable();
        for span in spans {
            let ancestors = self.reader.ancestors(span.start as usize);
            let Some(at) = ancestors.iter().rposition(|node| Span::of(*node) == span) else { continue };
            let list = match Binding::of(ancestors[at]) {
                Some(binding) => {
                    binding.value.filter(|_| is_argument(&ancestors[..at]) && !self.of_a_type(&ancestors[..at]))
                }
                None => Some(ancestors[at]).filter(|_| is_in_configurations(&ancestors[..at])),
            };
            let Some(list) = list.filter(|list| !self.lists_read.contains(&list.start())) else { continue };
            let Ok(unit) = u16::try_from(self.found.lists.len() + 1) else { return };
            let before = self.size();
            self.unit = unit;
            self.imports(Some(list));
            self.unit = 0;
            if self.size() > before {
                self.found.lists.push(ModuleList { unit, at: span });
            }
        }
    }

    /// Whether this is inside the arguments of a submodule's type, whose modules are read with the option.
    fn of_a_type(&self, ancestors: &[Node<'t>]) -> bool {
        ancestors
            .iter()
            .rev()
            .find(|node| node.kind() == SyntaxKind::NODE_APPLY)
            .and_then(|apply| self.reader.call(&Value::from(*apply)))
            .is_some_and(|call| matches!(call.function, Function::SubmoduleWith | Function::Submodule))
    }
}

/// Whether a binding stands in a set, not in a `let`.
fn is_argument(ancestors: &[Node<'_>]) -> bool {
    ancestors.last().is_some_and(|node| node.kind() == SyntaxKind::NODE_ATTR_SET)
}

/// Whether this is inside `nixosConfigurations = …`, where functions of the person's own are given lists of modules.
fn is_in_configurations(ancestors: &[Node<'_>]) -> bool {
    const SETS: [&str; 3] = ["nixosConfigurations", "darwinConfigurations", "homeConfigurations"];
    ancestors
        .iter()
        .filter_map(|node| Binding::of(*node))
        .any(|binding| binding.attributes().filter_map(Node::attribute_name).any(|name| SETS.contains(&name.as_ref())))
}
