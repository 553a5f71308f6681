//! Where a file that is no module itself (`flake.nix`, `default.nix`) makes a configuration.

use crate::properties::{Call, Function, Reader, Value};
use crate::source::{Source, Span, guarded};
use crate::tree::{Binding, Expr, Node};

impl Source {
    /// The value of the attribute that a path ends at, wherever in the file it is bound: of
    /// `nixosConfigurations.host`, what stands behind `nixosConfigurations.host = `, or behind `host = ` in such a set.
    ///
    /// Where only a beginning of the path is written (`nixosConfigurations = genAttrs …`), that one's value and how
    /// many names lead there. `None` where nothing is.
    pub fn entry(&self, names: &[&str]) -> Option<(Span, usize)> {
        let mut found = None;
        search(self.reader().root(), names, 0, &mut found);
        found
    }
}

impl Source {
    /// The names of the attributes that are written out in sets of this name anywhere in the file: of
    /// `nixosConfigurations`, the hosts. Sorted, each once; names that are computed are left out.
    pub fn names_in(&self, set: &str) -> Vec<String> {
        let mut names = Vec::new();
        collect(self.reader(), self.reader().root(), set, &mut names);
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn collect(reader: Reader<'_>, node: Node<'_>, set: &str, names: &mut Vec<String>) {
    guarded(|| {
        for inner in node.nodes() {
            if let Some(binding) = Binding::of(inner) {
                let path: Vec<_> = binding.attributes().map(Node::attribute_name).collect();
                match path.iter().position(|name| name.as_deref() == Some(set)) {
                    Some(at) if at + 1 < path.len() => {
                        names.extend(path[at + 1].as_deref().map(str::to_owned));
                    }
                    Some(_) => names.extend(binding.value.into_iter().flat_map(|value| attribute_names(reader, value))),
                    None => {}
                }
            }
            collect(reader, inner, set, names);
        }
    });
}

/// The names in a set, also of the parts of `a // b` and of `genAttrs [ "a" ] f`.
fn attribute_names(reader: Reader<'_>, value: Node<'_>) -> Vec<String> {
    let value = value.body();
    match value.expr() {
        Expr::Set => value
            .inside_parens()
            .bindings()
            .filter_map(|binding| binding.attributes().next()?.attribute_name().map(|name| name.into_owned()))
            .collect(),
        Expr::Update { left, right } => {
            [Some(left), right].into_iter().flatten().flat_map(|side| attribute_names(reader, side)).collect()
        }
        Expr::Apply { .. } => match reader.call(&value.into()) {
            Some(Call { function: Function::GenAttrs, arguments, .. }) => arguments
                .first()
                .and_then(|names| reader.items(names))
                .into_iter()
                .flatten()
                .filter_map(Node::string)
                .collect(),
            Some(Call { function: Function::MapAttrs, arguments, .. }) => {
                arguments.get(1).and_then(Value::plain).map(|set| attribute_names(reader, set)).unwrap_or_default()
            }
            _ => Vec::new(),
        },
        Expr::Name(_) | Expr::Select { .. } => match reader.followed(value).map(Node::body) {
            Some(to) if matches!(to.expr(), Expr::Set) => attribute_names(reader, to),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `reached` names lead to the set that the node stands in.
fn search(node: Node<'_>, names: &[&str], reached: usize, best: &mut Option<(Span, usize)>) {
    guarded(|| {
        for inner in node.nodes() {
            let Some(binding) = Binding::of(inner) else {
                search(inner, names, reached, best);
                continue;
            };
            let path: Vec<_> = binding.attributes().map(Node::attribute_name).collect();
            let follows = |from: usize| {
                from + path.len() <= names.len()
                    && path.iter().zip(&names[from..]).all(|(part, name)| part.as_deref() == Some(*name))
            };
            // The path may begin anew in any set.
            let now = if follows(reached) {
                reached + path.len()
            } else if follows(0) {
                path.len()
            } else {
                0
            };
            if let Some(value) = binding.value
                && best.is_none_or(|(_, most)| now > most)
                && now > 0
            {
                *best = Some((Span::of(value), now));
            }
            if best.is_some_and(|(_, most)| most == names.len()) {
                return;
            }
            search(inner, names, now, best);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn entry(text: &str) -> Option<(String, usize)> {
        let source = Source::parse(text);
        source
            .entry(&["nixosConfigurations", "host"])
            .map(|(span, names)| (source.slice(&span.range()).to_owned(), names))
    }

    #[test]
    fn wherever_it_is_bound() {
        let whole = |value: &str| Some((value.to_owned(), 2));
        assert_eq!(entry("{ outputs = { self }: { nixosConfigurations.host = f 1; }; }"), whole("f 1"));
        assert_eq!(entry("let a = 1; in { nixosConfigurations = { other = 1; host = 2; }; }"), whole("2"));
        assert_eq!(entry("mk { flake = { nixosConfigurations = { host = 3; }; }; }"), whole("3"));
        assert_eq!(entry("{ nixosConfigurations = genAttrs [ ] f; }"), Some(("genAttrs [ ] f".to_owned(), 1)));
        assert_eq!(entry("{ host = 1; }"), None);
    }

    #[test]
    fn the_hosts() {
        let names = |text: &str| Source::parse(text).names_in("nixosConfigurations");
        assert_eq!(names("{ nixosConfigurations = { b = 1; a.x = 2; } // { c = 3; }; }"), ["a", "b", "c"]);
        assert_eq!(names("{ outputs = { self }: { nixosConfigurations.host = 1; }; }"), ["host"]);
        assert_eq!(names(r#"{ nixosConfigurations = lib.genAttrs [ "a" "b" ] f; }"#), ["a", "b"]);
        assert_eq!(names("let hosts = { x = 1; }; in { nixosConfigurations = mapAttrs f hosts; }"), ["x"]);
        assert!(names("{ nixosConfigurations = f 1; }").is_empty());
    }
}
