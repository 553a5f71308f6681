//! Under which name a function of `lib` can be called at a place of a text.

use mkwhy_model::Edit;
use rnix::SyntaxKind;
use rowan::NodeOrToken;

use crate::scopes::BoundBy;
use crate::source::{Source, Span};
use crate::tree::{Binding, Expr, Node, attributes};

/// How a function is called somewhere, and what has to be written for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// `mkForce`, `lib.mkForce`, …
    pub name: String,
    /// The edit that makes `lib` an argument, where it is none yet.
    pub needs: Option<Edit>,
}

/// The names that Nix knows without any `with`, which hide those of a `with`.
const GLOBAL: [&str; 24] = [
    "abort",
    "baseNameOf",
    "break",
    "builtins",
    "derivation",
    "derivationStrict",
    "dirOf",
    "false",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "null",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
    "true",
    "__curPos",
];

pub(super) fn is_global(name: &str) -> bool {
    GLOBAL.contains(&name) || name.starts_with("__")
}

impl Source {
    /// How a function of `lib` can be called at an offset. `None` in a file of which nobody can say what it would mean.
    pub fn spelling(&self, function: &str, offset: usize) -> Option<Spelling> {
        let known = |name: String| Some(Spelling { name, needs: None });
        // Bound by name, and really to that function.
        if let Some(name) = self.visible(function, offset).filter(|bound| self.is_of_lib(*bound, function)) {
            return known(self.slice(&name.at.range()).to_owned());
        }
        let hidden = self.visible(function, offset).is_some();
        let has_lib = self.visible("lib", offset);
        if !hidden && self.with_lib(offset) && (has_lib.is_none() || self.prefers_bare()) {
            return known(function.to_owned());
        }
        match has_lib {
            Some(bound) if bound.by == BoundBy::Argument || self.slice(&bound.value.range()).ends_with("lib") => {
                known(format!("lib.{function}"))
            }
            Some(_) => None,
            None if !hidden && self.with_lib(offset) => known(function.to_owned()),
            None => {
                let (prefix, needs) = self.argument("lib")?;
                Some(Spelling { name: format!("{prefix}.{function}"), needs })
            }
        }
    }

    /// How a module argument is said in this file's module, with the edit that adds it where it is not taken yet.
    pub(crate) fn argument(&self, name: &str) -> Option<(String, Option<Edit>)> {
        let root = self.reader().root().expressions().next()?.inside_parens();
        let root = self.module_function().unwrap_or(root);
        match root.kind() {
            SyntaxKind::NODE_LAMBDA => {
                if let Some(parameter) = root.first(SyntaxKind::NODE_IDENT_PARAM) {
                    let whole = parameter.first(SyntaxKind::NODE_IDENT)?.name()?;
                    return Some((format!("{whole}.{name}"), None));
                }
                let pattern = root.first(SyntaxKind::NODE_PATTERN)?;
                let entries: Vec<Node<'_>> =
                    pattern.nodes().filter(|node| node.kind() == SyntaxKind::NODE_PAT_ENTRY).collect();
                let is_there =
                    entries.iter().any(|entry| entry.first(SyntaxKind::NODE_IDENT).and_then(Node::name) == Some(name));
                if is_there {
                    return Some((name.to_owned(), None));
                }
                Some((name.to_owned(), Some(self.one_more_argument(pattern, &entries, name)?)))
            }
            // A module that is a plain set becomes a function.
            SyntaxKind::NODE_ATTR_SET => {
                let end = self.line_end();
                Some((name.to_owned(), Some(Edit::new(root.start()..root.start(), format!("{{ {name}, ... }}:{end}")))))
            }
            _ => None,
        }
    }

    fn one_more_argument(&self, pattern: Node<'_>, entries: &[Node<'_>], name: &str) -> Option<Edit> {
        if let Some(last) = entries.last() {
            // As its neighbours stand: each on a line of its own, or all on one.
            let own_line = self.begins_line(last.start());
            let leading_comma = self.text()[..last.start()].trim_end_matches([' ', '\t']).ends_with(',') && own_line;
            let text = if own_line && !leading_comma {
                format!(",{}{}{name}", self.line_end(), self.indentation(last.start()))
            } else {
                format!(", {name}")
            };
            return Some(Edit::new(last.end()..last.end(), text));
        }
        let ellipsis = pattern
            .elements()
            .filter_map(NodeOrToken::into_token)
            .find(|token| token.kind() == SyntaxKind::TOKEN_ELLIPSIS)?;
        Some(Edit::new(ellipsis.start()..ellipsis.start(), format!("{name}, ")))
    }

    /// The name as it is bound at an offset.
    fn visible(&self, name: &str, offset: usize) -> Option<crate::scopes::BoundName> {
        self.reader().scopes().visible(name, offset, self.text())
    }

    /// Whether a bound name is that function of `lib`.
    fn is_of_lib(&self, bound: crate::scopes::BoundName, function: &str) -> bool {
        let value = self.slice(&bound.value.range());
        match bound.by {
            BoundBy::InheritFrom => value == "lib" || value == "lib.modules",
            BoundBy::Let => value == format!("lib.{function}") || value == format!("lib.modules.{function}"),
            _ => false,
        }
    }

    /// The namespaces of the `with`s around an offset, from the outside in.
    pub(super) fn withs(&self, offset: usize) -> Vec<Span> {
        self.reader()
            .ancestors(offset)
            .into_iter()
            .filter(|node| node.kind() == SyntaxKind::NODE_WITH)
            .filter_map(|node| {
                let mut parts = node.expressions();
                let namespace = parts.next()?;
                let body = parts.next()?;
                (body.start() <= offset && offset < body.end()).then(|| Span::of(namespace))
            })
            .collect()
    }

    /// The namespaces of all `with`s in the text.
    pub fn namespaces(&self) -> Vec<Span> {
        let mut found = Vec::new();
        let mut open = vec![self.reader().root()];
        while let Some(node) = open.pop() {
            open.extend(node.nodes());
            if node.kind() == SyntaxKind::NODE_WITH {
                found.extend(node.expressions().next().map(Span::of));
            }
        }
        found
    }

    fn with_lib(&self, offset: usize) -> bool {
        // An inner `with` may give the name another meaning.
        self.withs(offset).last().is_some_and(|namespace| self.slice(&namespace.range()) == "lib")
    }

    /// Whether the file calls functions of `lib` by their bare names rather than as `lib.name`.
    fn prefers_bare(&self) -> bool {
        !self.text().contains("lib.mk")
    }

    /// The function that the module system calls: of functions inside one another the innermost.
    fn module_function(&self) -> Option<Node<'_>> {
        let mut found = None;
        let mut node = self.reader().root().expressions().next()?.body();
        while let Expr::Lambda { body } = node.expr() {
            found = Some(node);
            node = body?.body();
        }
        found
    }

    /// The names of the arguments of the module function that the file is.
    pub(super) fn arguments(&self) -> Vec<Span> {
        let Some(root) = self.module_function() else { return Vec::new() };
        let Some(pattern) = root.first(SyntaxKind::NODE_PATTERN) else {
            return root
                .first(SyntaxKind::NODE_IDENT_PARAM)
                .and_then(|parameter| parameter.first(SyntaxKind::NODE_IDENT))
                .map(Span::of)
                .into_iter()
                .collect();
        };
        pattern.nodes().filter_map(|entry| entry.first(SyntaxKind::NODE_IDENT)).map(Span::of).collect()
    }

    /// Whether an expression can stand as an argument as it is.
    pub fn is_argument(&self, text: &str) -> bool {
        let source = Source::parse(text);
        let Some(node) = source.reader().root().expressions().next() else { return false };
        node.kind() == SyntaxKind::NODE_PAREN
            || matches!(node.expr(), Expr::Set | Expr::List | Expr::Name(_) | Expr::Text | Expr::Path | Expr::Literal)
            || (matches!(node.expr(), Expr::Select { .. }) && !text.contains(" or "))
    }

    /// An expression as an argument: in parentheses where it needs them.
    pub fn as_argument(&self, text: &str) -> String {
        let bare = text.trim();
        if self.is_argument(bare) { bare.to_owned() } else { format!("({bare})") }
    }
}

/// The name of an attribute path as the module system writes it.
pub(super) fn path_names(path: Node<'_>) -> Vec<Option<String>> {
    attributes(path).map(|name| name.attribute_name().map(|name| name.into_owned())).collect()
}

/// The entry of a set that keeps it from getting one more binding of a path: one of the same path, inside it or around it,
/// but for plain sets around it, which Nix puts together with it.
pub(super) fn in_the_way<'t>(set: Node<'t>, path: &[String], except: Option<Node<'t>>) -> Option<Node<'t>> {
    set.entries().filter(|entry| Some(*entry) != except).find_map(|entry| {
        let Some(binding) = Binding::of(entry) else {
            let first = path.first().map(String::as_str);
            return attributes(entry).any(|name| name.attribute_name().as_deref() == first).then_some(entry);
        };
        let names = path_names(binding.path);
        let same = names.iter().zip(path).take_while(|(name, wanted)| name.as_ref() == Some(wanted)).count();
        if same < names.len() && same < path.len() {
            // Names that are computed could be any.
            return names[same].is_none().then_some(entry);
        }
        let value = binding.value.map(Node::inside_parens).filter(|value| is_plain_set(*value));
        match value.filter(|_| names.len() < path.len()) {
            Some(value) => in_the_way(value, &path[names.len()..], except),
            None => Some(entry),
        }
    })
}

/// Whether a set can get one more binding of a path.
pub(super) fn is_free<'t>(set: Node<'t>, path: &[String], except: Option<Node<'t>>) -> bool {
    in_the_way(set, path, except).is_none()
}

/// `{ … }` that is neither recursive nor the old `let { … }`.
pub(super) fn is_plain_set(node: Node<'_>) -> bool {
    node.kind() == SyntaxKind::NODE_ATTR_SET && node.token(SyntaxKind::TOKEN_REC).is_none()
}
