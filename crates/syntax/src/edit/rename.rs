//! The same definition under another path.

use mkwhy_model::{Edit, OptionPath, Spans};
use rnix::SyntaxKind;

use crate::edit::layout::reindented;
use crate::edit::names::{is_free, path_names};
use crate::edit::remove::Taken;
use crate::source::Source;
use crate::tree::{Binding, attributes};

impl Source {
    /// The edits that write a definition of `old` as one of `new`: in its place where both paths begin with what stands
    /// around it, else beside the outermost set that only `old` leads through. `None` where what is around it in
    /// between (a condition, a function) would be lost.
    pub fn renamed(&self, spans: &Spans, old: &[String], new: &[String]) -> Option<Vec<Edit>> {
        let reader = self.reader();
        let node = reader.node_at(&spans.binding)?;
        let (own, prefix, value) = match node.kind() {
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let binding = Binding::of(node)?;
                // Of `a.b.c = 1` asked for `a.b` only that is renamed.
                let names: Vec<String> = attributes(binding.path)
                    .take_while(|name| name.end() <= spans.name.end)
                    .map(|name| name.attribute_name().map(|name| name.into_owned()))
                    .collect::<Option<_>>()?;
                let has_config =
                    names.len() > 1 && names.first().is_some_and(|name| name == "config") && !old.ends_with(&names);
                let own = names.len() - usize::from(has_config);
                (own, if has_config { "config." } else { "" }, self.slice(&binding.value?.range()).to_owned())
            }
            SyntaxKind::NODE_INHERIT if attributes(node).count() == 1 => {
                let from = node.first(SyntaxKind::NODE_INHERIT_FROM).and_then(|from| from.expressions().next());
                let name = self.slice(&spans.name).to_owned();
                let value = match from {
                    Some(from) => format!("{}.{name}", self.as_argument(self.slice(&from.range()))),
                    None => name,
                };
                (1, "", value)
            }
            _ => return None,
        };
        let text_of = |names: &[String]| OptionPath::from_names(names.iter().map(String::as_str)).to_string();
        let mut outer = old.len().checked_sub(own)?;
        if new.len() > outer && new.starts_with(&old[..outer]) {
            let name = format!("{prefix}{}", text_of(&new[outer..]));
            let set = self.parent(node)?;
            let written: Vec<String> = prefix
                .split('.')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .chain(new[outer..].iter().cloned())
                .collect();
            if !is_free(set, &written, Some(node)) {
                return None;
            }
            return Some(vec![match node.kind() {
                SyntaxKind::NODE_INHERIT => {
                    Edit::new(node.range(), format!("{}{name} = {value};", self.comments_above(node)))
                }
                _ => Edit::new(spans.name.clone(), name),
            }]);
        }
        // Further out, as long as there are only sets.
        let around = reader.ancestors(node.start());
        let mut index = around.iter().position(|one| one.range() == node.range())?;
        let mut carrier = node;
        while !(new.len() > outer && new.starts_with(&old[..outer])) {
            index = index.checked_sub(1)?;
            if around[index].kind() != SyntaxKind::NODE_ATTR_SET {
                return None;
            }
            index = index.checked_sub(1)?;
            while around[index].kind() == SyntaxKind::NODE_PAREN {
                index = index.checked_sub(1)?;
            }
            let binding = Binding::of(around[index])?;
            let names = path_names(binding.path).into_iter().collect::<Option<Vec<String>>>()?;
            outer = outer.checked_sub(names.len())?;
            carrier = around[index];
        }
        if !is_free(self.parent(carrier)?, &new[outer..], Some(carrier)) {
            return None;
        }
        let indentation = self.indentation(carrier.start());
        let end = self.line_end();
        let value = reindented(&value, self.indentation(node.start()), indentation, end);
        let binding = format!("{} = {value};", text_of(&new[outer..]));
        let taken = Taken {
            binding: spans.binding.clone(),
            part: (node.kind() == SyntaxKind::NODE_INHERIT).then(|| spans.name.clone()),
        };
        let mut edits = self.removal(&[taken], &[&binding])?;
        // Where nothing is left of it the new one takes its place, and what is around it and above it stays.
        if edits.iter().any(|edit| edit.start <= carrier.start() && carrier.end() <= edit.end) {
            return Some(vec![Edit::new(carrier.range(), binding)]);
        }
        edits.push(Edit::new(carrier.end()..carrier.end(), format!("{end}{indentation}{binding}")));
        Some(edits)
    }
}
