//! Files that are no modules but make a configuration: `lib.evalModules { modules = [ … ]; }`.

use smol_str::SmolStr;

use crate::properties::{Function, Value};
use crate::source::Span;
use crate::summary::Made;
use crate::summary::builder::{Builder, MOST_DEPTH, applied};
use crate::tree::{Expr, Node, attributes};

impl<'t> Builder<'t> {
    /// What makes the configuration that a file's functions give back in the end, behind any names; `None` where that
    /// is a module.
    pub(super) fn what_makes(&self, file: Node<'t>) -> Option<Made> {
        let mut node = file;
        let mut outermost = None;
        let mut names: Vec<SmolStr> = Vec::new();
        for _ in 0..MOST_DEPTH {
            node = node.body();
            match node.expr() {
                Expr::Apply { .. } | Expr::Pipe { .. } => {
                    let call = self.reader.call(&node.into())?;
                    let at = *outermost.get_or_insert(Span::of(node));
                    match call.function {
                        // What is taken from a configuration (`.config`) is no way to it.
                        Function::Other(_) => return Some(Made { at, names: Box::default() }),
                        Function::Import => return Some(Made { at, names: names.into() }),
                        Function::Local(lambda) => node = applied(lambda, call.arguments.len())?,
                        Function::Last(count) if call.arguments.len() == count => {
                            node = call.arguments.last().and_then(Value::plain)?;
                        }
                        _ => return None,
                    }
                }
                Expr::Update { left, .. } => node = left,
                Expr::Name(_) | Expr::Select { .. } => match (self.followed(node), node.expr()) {
                    (Some(to), _) => node = to,
                    (None, Expr::Select { of, path }) => {
                        let selected = attributes(path).map(|name| Some(name.attribute_name()?.into()));
                        names.splice(0..0, selected.collect::<Option<Vec<SmolStr>>>()?);
                        node = of;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        None
    }
}
