//! Imports, and modules that are written in place.

use crate::properties::{Call, Function, Value};
use crate::source::{Span, guarded};
use crate::summary::builder::Builder;
use crate::summary::definitions::MOST_PARTS;
use crate::summary::{ConditionKind, Content, DeclaredBy, Disabled, DisabledBy, Import, ImportOf, Part};
use crate::tree::{Binding, Expr, Node};

impl<'t> Builder<'t> {
    /// The value of an `imports`, or a list of modules.
    pub(super) fn imports(&mut self, list: Option<Node<'t>>) {
        if let Some(list) = list {
            self.lists_read.insert(list.start());
            self.import_list(&list.into());
        }
    }

    fn import_list(&mut self, list: &Value<'t>) {
        guarded(|| self.import_list_inner(&list.body()));
    }

    fn import_list_inner(&mut self, list: &Value<'t>) {
        match list.expr() {
            Expr::List => {
                let items: Vec<Node<'t>> = list.node.inside_parens().expressions().collect();
                items.into_iter().for_each(|item| self.import(&item.into()));
            }
            Expr::Concat { left, right } => {
                self.import_list(&left.into());
                if let Some(right) = right {
                    self.import_list(&right.into());
                }
            }
            Expr::If { condition, yes, no } => {
                for (kind, branch) in [(ConditionKind::Then, yes), (ConditionKind::Else, no)] {
                    if let Some(branch) = branch {
                        self.with_condition(kind, condition, |this| this.import_list(&branch.into()));
                    }
                }
            }
            Expr::Name(_) | Expr::Select { .. } => {
                let followed = self.followed(list.node);
                if followed.and_then(|to| self.follow(to, |this| this.import_list(&to.into()))).is_none() {
                    self.import_of(ImportOf::Computed, list.node);
                }
            }
            _ => match self.reader.call(list) {
                Some(call) => self.import_call(&call, list.node, |this, list| this.import_list(list)),
                None => self.import_of(ImportOf::Computed, list.node),
            },
        }
    }

    /// A call that gives a list of modules (or, of the first kinds, one).
    fn import_call(&mut self, call: &Call<'t>, node: Node<'t>, go_on: impl Fn(&mut Self, &Value<'t>)) {
        match (call.function, call.arguments.as_slice()) {
            (Function::Optional, [condition, item]) => {
                self.with_condition(ConditionKind::Optional, condition.node, |this| this.import(item));
            }
            (Function::Optionals | Function::OptionalAttrs, [condition, items]) => {
                self.with_condition(ConditionKind::Optional, condition.node, |this| go_on(this, items));
            }
            (Function::Last(count), arguments) if arguments.len() == count => {
                if let Some(last) = arguments.last() {
                    go_on(self, last);
                }
            }
            (Function::Map, [function, list]) | (Function::ForEach, [list, function]) => {
                let renames = function.plain().and_then(|function| self.reader.call(&function.into()));
                if renames.is_some() || self.reader.items(list).is_none_or(|items| items.is_empty()) {
                    self.import_of(ImportOf::Computed, node);
                }
                self.for_each(function, 1, |this, body| {
                    this.import(&body.into());
                    Content::PartlyComputed
                });
                // `map import [ ./a.nix ./b.nix ]`
                for item in self.reader.items(list).unwrap_or_default() {
                    if matches!(item.expr(), Expr::Path) {
                        self.import(&item.into());
                    }
                }
            }
            _ => self.import_of(ImportOf::Computed, node),
        }
    }

    /// One module of a list.
    pub(super) fn import(&mut self, item: &Value<'t>) {
        guarded(|| self.import_inner(&item.body()));
    }

    fn import_inner(&mut self, item: &Value<'t>) {
        let node = item.node.inside_parens();
        match item.expr() {
            Expr::Path | Expr::Operation | Expr::Text => self.import_of(imported(node), node),
            Expr::Set | Expr::Lambda { .. } | Expr::Update { .. } => {
                self.import_of(ImportOf::Inline, node);
                self.module(item);
            }
            Expr::If { condition, yes, no } => {
                for (kind, branch) in [(ConditionKind::Then, yes), (ConditionKind::Else, no)] {
                    if let Some(branch) = branch {
                        self.with_condition(kind, condition, |this| this.import(&branch.into()));
                    }
                }
            }
            Expr::Name(_) | Expr::Select { .. } => {
                let followed = self.followed(item.node);
                if followed.and_then(|to| self.follow(to, |this| this.import(&to.into()))).is_none() {
                    self.import_of(ImportOf::Computed, node);
                }
            }
            Expr::Apply { .. } | Expr::Pipe { .. } => match self.reader.call(item) {
                Some(call) => self.imported_call(&call, item),
                None => self.import_of(ImportOf::Computed, node),
            },
            _ => self.import_of(ImportOf::Computed, node),
        }
    }

    fn imported_call(&mut self, call: &Call<'t>, item: &Value<'t>) {
        match (call.function, call.arguments.as_slice()) {
            (Function::Import, [file, ..]) => {
                let before = self.found.imports.len();
                self.import(file);
                self.found.imports[before..].iter_mut().for_each(|import| import.anonymous = true);
            }
            (Function::ImportData, [file]) => self.import(file),
            (Function::If | Function::Merge, _) => {
                self.import_of(ImportOf::Inline, item.node);
                self.module(item);
            }
            (Function::Renamed, [from, to, ..]) => {
                let to = self.names(to).map(|to| DeclaredBy::Renamed { to: to.into_boxed_slice() });
                self.redeclared(from, to, item.node);
            }
            (Function::Removed, [from, ..]) => self.redeclared(from, Some(DeclaredBy::Removed), item.node),
            (Function::MergedOptions, [from, to, ..]) => {
                let to = self.names(to).map(|to| DeclaredBy::Renamed { to: to.into_boxed_slice() });
                for from in self.reader.items(from).unwrap_or_default() {
                    self.redeclared(&from.into(), to.clone(), item.node);
                }
            }
            (Function::RenamedWith, [arguments]) => {
                let set = arguments.node.body().inside_parens();
                let argument = |name: &str| {
                    set.bindings().find(|binding| crate::properties::binds(binding, name)).and_then(|found| found.value)
                };
                if let (Some(from), Some(to)) = (argument("from"), argument("to")) {
                    let to = self.names(&to.into()).map(|to| DeclaredBy::Renamed { to: to.into_boxed_slice() });
                    self.redeclared(&from.into(), to, item.node);
                }
            }
            (Function::Local(lambda), arguments) => {
                let found = self.calling(lambda, arguments, |this, body| this.import(&body.into()));
                if found.is_none() {
                    self.import_of(ImportOf::Computed, item.node);
                }
            }
            _ => self.import_call(call, item.node, |this, item| this.import(item)),
        }
    }

    fn redeclared(&mut self, from: &Value<'t>, by: Option<DeclaredBy>, node: Node<'t>) {
        let (Some(names), Some(by)) = (self.names(from), by) else {
            return self.import_of(ImportOf::Computed, node);
        };
        let before = self.path.len();
        self.path.extend(names);
        self.declared(by, Span::of(from.node), node);
        self.path.truncate(before);
    }

    /// A path that is written as a list of strings, also as the sum of several.
    fn names(&self, list: &Value<'t>) -> Option<Vec<Part>> {
        let mut open = vec![(list.plain()?, true)];
        let mut names = Vec::new();
        while let Some((node, follow)) = open.pop() {
            let node = node.body();
            match node.expr() {
                Expr::List => {
                    names.extend(node.inside_parens().expressions().map(|item| {
                        item.string().map_or(Part::Computed(Span::of(item)), |name| Part::Name(name.into()))
                    }))
                }
                Expr::Concat { left, right } => open.extend([(right?, follow), (left, follow)]),
                Expr::Name(_) | Expr::Select { .. } if follow => open.push((self.followed(node)?, false)),
                // `lib.splitString "." "a.b"`
                _ => return None,
            }
        }
        Some(names)
    }

    fn import_of(&mut self, of: ImportOf, node: Node<'t>) {
        if self.exhausted() || self.path.len() > MOST_PARTS {
            return;
        }
        self.found.imports.push(Import {
            of,
            at: Span::of(node),
            prefix: self.path_now(),
            unit: self.unit,
            conditional: !self.conditions.is_empty() || self.copies > 0,
            anonymous: false,
        });
    }

    /// The value of `disabledModules`. What is computed in it is not known.
    pub(super) fn disabled(&mut self, list: Option<Node<'t>>) {
        let mut open: Vec<Node<'t>> = list.into_iter().collect();
        while let Some(node) = open.pop() {
            let node = node.body();
            match node.expr() {
                Expr::List => open.extend(node.inside_parens().expressions()),
                Expr::Concat { left, right } => open.extend([Some(left), right].into_iter().flatten()),
                Expr::Path | Expr::Operation | Expr::Text => {
                    let of = match (file(node), node.string()) {
                        (_, Some(name)) if matches!(node.expr(), Expr::Text) => DisabledBy::Name(name.into()),
                        (Some(path), _) => DisabledBy::Path(path.into()),
                        // `(modulesPath + "/services/x.nix")`, `"${modulesPath}/services/x.nix"`
                        (None, _) => match behind_a_name(node) {
                            Some(name) => DisabledBy::Name(name.into()),
                            None => continue,
                        },
                    };
                    let conditional = !self.conditions.is_empty() || self.copies > 0;
                    self.found.disabled.push(Disabled { of, unit: self.unit, conditional });
                }
                _ => {}
            }
        }
    }

    /// Whether a binding in a set is the `imports` of a submodule rather than an attribute of that name.
    pub(super) fn is_import_list(&self, binding: Binding<'t>) -> bool {
        let named = binding.only_name().as_deref() == Some("imports");
        named
            && binding.value.is_some_and(|value| match value.body().expr() {
                Expr::List => value.body().inside_parens().expressions().all(|item| {
                    let item = item.body();
                    matches!(
                        item.expr(),
                        Expr::Path | Expr::Select { .. } | Expr::Lambda { .. } | Expr::Apply { .. } | Expr::Set
                    )
                }),
                Expr::Concat { .. } => true,
                _ => false,
            })
    }

    /// A path that is a value: where a submodule is asked for, Nix imports it.
    pub(super) fn file_at(&mut self, value: &Value<'t>) {
        let node = value.node.inside_parens();
        if !self.path.is_empty()
            && matches!(value.expr(), Expr::Path)
            && let Some(path) = file(node).filter(|path| path.ends_with(".nix") && !path.contains('*'))
        {
            self.import_of(ImportOf::File(path.into()), node);
        }
    }
}

/// What the expression of a path names: `./a.nix`, `./. + "/a.nix"`, `"/etc/a.nix"`, `./hosts/${name}.nix`.
fn imported(node: Node<'_>) -> ImportOf {
    match file(node) {
        Some(path) if path.contains('*') => ImportOf::Pattern(path.into()),
        Some(path) => ImportOf::File(path.into()),
        None => ImportOf::Computed,
    }
}

/// What is written out behind a computed beginning: `name + "/a.nix"`, `"${name}/a.nix"`.
fn behind_a_name(node: Node<'_>) -> Option<String> {
    let mut node = node.inside_parens();
    if matches!(node.expr(), Expr::Operation) {
        node = node.expressions().nth(1)?.inside_parens();
    }
    let text = pattern(node);
    let name = text.rsplit('*').next()?.trim_start_matches('/');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The path that an expression gives, with `*` for what is computed after its beginning.
fn file(node: Node<'_>) -> Option<String> {
    // The sum of paths and strings, from left to right.
    let mut terms = Vec::new();
    let mut node = node.inside_parens();
    while matches!(node.expr(), Expr::Operation) {
        let mut sides = node.expressions();
        let (left, right) = (sides.next()?, sides.next()?);
        node.token(rnix::SyntaxKind::TOKEN_ADD)?;
        terms.push(right.inside_parens());
        node = left.inside_parens();
    }
    let mut path = match node.expr() {
        Expr::Path => Some(pattern(node)).filter(|path| !path.starts_with(['<', '~', '*'])),
        Expr::Text => Some(pattern(node)).filter(|path| path.starts_with('/')),
        _ => None,
    }?;
    for term in terms.into_iter().rev() {
        match term.expr() {
            Expr::Text => path += &pattern(term),
            _ => path.push('*'),
        }
    }
    Some(path)
}

/// The text of a path or string with `*` for each interpolation.
fn pattern(node: Node<'_>) -> String {
    if let Some(text) = node.string() {
        return text;
    }
    let mut text = String::new();
    for element in node.elements() {
        match element {
            rowan::NodeOrToken::Node(_) => text.push('*'),
            rowan::NodeOrToken::Token(token) => match token.kind() {
                rnix::SyntaxKind::TOKEN_STRING_START | rnix::SyntaxKind::TOKEN_STRING_END => {}
                _ => text.push_str(token.text()),
            },
        }
    }
    text
}
