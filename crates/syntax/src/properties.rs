//! What the functions in a module mean: `mkIf`, `mkForce`, `mkBefore`, `optionalAttrs`, …, under whatever name they are
//! called.

use std::ops::Range;
use std::rc::Rc;

use rnix::SyntaxKind;

use crate::scopes::{BoundBy, Scopes};
use crate::tree::{Binding, Expr, Node, attributes};

/// So many names are followed from one to the next: they can be bound to each other in a circle.
const MOST_STEPS: u8 = 12;

/// So many arguments are looked through.
const MOST_APPLIED: usize = 100;

/// Arguments of modules whose functions give properties only under names of their own.
const KNOWN_ARGUMENTS: [&str; 6] = ["lib", "config", "options", "builtins", "utils", "inputs"];

/// An expression, and functions that are still to be applied to it (`lib.pipe x [ f g ]`), the last one outermost.
#[derive(Debug, Clone)]
pub(crate) struct Value<'t> {
    pub(crate) node: Node<'t>,
    /// The functions, of which the first ones are still to be applied, and how many.
    functions: Option<(Rc<[Node<'t>]>, usize)>,
    /// The call of `pipe` that it comes from.
    pipe: Option<Node<'t>>,
}

impl<'t> From<Node<'t>> for Value<'t> {
    fn from(node: Node<'t>) -> Self {
        Self { node, functions: None, pipe: None }
    }
}

impl<'t> Value<'t> {
    fn functions(&self) -> &[Node<'t>] {
        self.functions.as_ref().and_then(|(all, count)| all.get(..*count)).unwrap_or_default()
    }

    /// The expression alone, where nothing is to be applied to it.
    pub(crate) fn plain(&self) -> Option<Node<'t>> {
        self.functions().is_empty().then_some(self.node)
    }

    /// The expression with all that is applied to it here.
    pub(crate) fn whole(&self) -> Node<'t> {
        self.pipe.filter(|_| !self.functions().is_empty()).unwrap_or(self.node)
    }

    /// Its form; that of a call where something is to be applied to it.
    pub(crate) fn expr(&self) -> Expr<'t> {
        match self.plain() {
            Some(node) => node.expr(),
            None => Expr::Apply { function: self.node, argument: None },
        }
    }

    /// The same, behind parentheses, `let … in`, `with …;` and `assert …;`.
    pub(crate) fn body(&self) -> Self {
        self.plain().map_or_else(|| self.clone(), |node| node.body().into())
    }

    /// The same, inside any parentheses.
    pub(crate) fn inside_parens(&self) -> Self {
        self.plain().map_or_else(|| self.clone(), |node| node.inside_parens().into())
    }

    /// The text of the expression, without the functions that are still to be applied.
    pub(crate) fn range(&self) -> Range<usize> {
        self.node.range()
    }

    /// Whether another value is a smaller part of this one: of the same text, or with fewer functions to be applied.
    /// Whoever goes on only to such a part comes to an end.
    pub(crate) fn holds(&self, part: &Self) -> bool {
        let (outer, inner) = (self.range(), part.range());
        outer.start <= inner.start
            && inner.end <= outer.end
            && (inner.len() < outer.len() || part.functions().len() < self.functions().len())
    }
}

/// A property as it is written around a value.
#[derive(Debug, Clone)]
pub(crate) enum Property<'t> {
    /// `mkIf condition content`
    If { condition: Node<'t>, content: Value<'t> },
    /// `mkMerge [ … ]`
    Merge {
        /// The list.
        list: Value<'t>,
    },
    /// `mkDefault`, `mkForce`, `mkOverride N`, … The number is `None` where it is computed.
    Override { priority: Option<i64>, content: Value<'t> },
    /// `mkBefore`, `mkAfter`, `mkOrder N`
    Order { order: Option<i64>, content: Value<'t> },
}

/// A function of the field, by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function<'t> {
    If,
    Merge,
    /// With its number.
    Override(i64),
    /// Its number comes first.
    OverrideBy,
    Order(i64),
    OrderBy,
    /// `optionalAttrs condition set`
    OptionalAttrs,
    /// `optional condition element`
    Optional,
    /// `optionals condition list`
    Optionals,
    /// Gives its last argument back, of so many: `id`, `trace`, `warn`.
    Last(usize),
    /// `map f list`, and others that call `f` for each element of a list.
    Map,
    /// `forEach list f`
    ForEach,
    /// `mapAttrs f set`, and others that call a function for each attribute.
    MapAttrs,
    /// `genAttrs names f`
    GenAttrs,
    /// `mapAttrsToList f set`: a list.
    MapToList,
    /// `listToAttrs list`
    ListToAttrs,
    /// `nameValuePair name value`
    NameValuePair,
    /// `mergeAttrs a b`
    Update,
    /// `recursiveUpdate a b`
    UpdateDeep,
    /// `filterAttrs f set` and others that leave attributes out.
    Filter,
    /// `pipe value functions`
    Pipe,
    /// `flip f a b`
    Flip,
    /// `importApply file arguments`, `import file`, `callPackage file arguments`
    Import,
    /// `importJSON file`, `importTOML file`
    ImportData,
    Option,
    EnableOption,
    PackageOption,
    /// `mkRenamedOptionModule from to`, `mkAliasOptionModule from to`
    Renamed,
    /// `mkRemovedOptionModule from text`
    Removed,
    /// `mkRenamedOptionModuleWith { from = …; to = …; }`
    RenamedWith,
    /// `mkMergedOptionModule [ from … ] to f`
    MergedOptions,
    Submodule,
    SubmoduleWith,
    /// `attrsOf`, `lazyAttrsOf`
    AttrsOf,
    ListOf,
    /// A type around another: `nullOr`, `uniq`, `unique`.
    TypeAround,
    /// A function that the file binds itself.
    Local(Node<'t>),
    /// Any other.
    Other(&'t str),
}

/// A call with all its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call<'t> {
    pub(crate) function: Function<'t>,
    pub(crate) arguments: Vec<Value<'t>>,
    node: Node<'t>,
}

fn by_name(name: &str) -> Function<'_> {
    match name {
        "mkIf" => Function::If,
        "mkMerge" => Function::Merge,
        "mkVMOverride" => Function::Override(10),
        "mkForce" => Function::Override(50),
        "mkImageMediaOverride" => Function::Override(60),
        "mkDefault" => Function::Override(1000),
        "mkOptionDefault" => Function::Override(1500),
        "mkOverride" => Function::OverrideBy,
        "mkBefore" => Function::Order(500),
        "mkAfter" => Function::Order(1500),
        "mkOrder" => Function::OrderBy,
        "optionalAttrs" => Function::OptionalAttrs,
        "optional" => Function::Optional,
        "optionals" => Function::Optionals,
        "id" | "mkFixStrictness" => Function::Last(1),
        "trace" | "traceVal" | "traceSeq" | "warn" | "info" | "seq" | "deepSeq" | "addErrorContext"
        | "traceVerbose" => Function::Last(if name == "traceVal" { 1 } else { 2 }),
        "warnIf" | "warnIfNot" | "throwIf" | "throwIfNot" => Function::Last(3),
        "map" | "concatMap" | "imap0" | "imap1" => Function::Map,
        "forEach" => Function::ForEach,
        "mapAttrs" | "mapAttrs'" | "mapAttrsRecursive" | "concatMapAttrs" => Function::MapAttrs,
        "genAttrs" | "genAttrs'" => Function::GenAttrs,
        "mapAttrsToList" | "mapAttrsToListRecursive" => Function::MapToList,
        "listToAttrs" => Function::ListToAttrs,
        "nameValuePair" => Function::NameValuePair,
        "mergeAttrs" => Function::Update,
        "recursiveUpdate" => Function::UpdateDeep,
        "filterAttrs" | "filterAttrsRecursive" | "removeAttrs" => Function::Filter,
        "pipe" => Function::Pipe,
        "flip" => Function::Flip,
        "import" | "importApply" | "callPackage" => Function::Import,
        "importJSON" | "importTOML" => Function::ImportData,
        "mkOption" => Function::Option,
        "mkEnableOption" => Function::EnableOption,
        "mkPackageOption" | "mkPackageOptionMD" => Function::PackageOption,
        "mkRenamedOptionModule" | "mkAliasOptionModule" | "mkAliasOptionModuleMD" | "mkChangedOptionModule" => {
            Function::Renamed
        }
        "mkRemovedOptionModule" => Function::Removed,
        "mkRenamedOptionModuleWith" | "doRename" => Function::RenamedWith,
        "mkMergedOptionModule" => Function::MergedOptions,
        "submodule" => Function::Submodule,
        "submoduleWith" => Function::SubmoduleWith,
        "attrsOf" | "lazyAttrsOf" | "attrsWith" => Function::AttrsOf,
        "listOf" | "nonEmptyListOf" => Function::ListOf,
        "nullOr" | "uniq" | "unique" => Function::TypeAround,
        other => Function::Other(other),
    }
}

/// A tree with what its names refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'t> {
    root: Node<'t>,
    scopes: &'t Scopes,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(root: Node<'t>, scopes: &'t Scopes) -> Self {
        Self { root, scopes }
    }

    pub(crate) fn root(self) -> Node<'t> {
        self.root
    }

    pub(crate) fn scopes(self) -> &'t Scopes {
        self.scopes
    }

    /// The nodes that an offset lies in, from the root inwards; of two that meet there, the right one.
    pub(crate) fn ancestors(self, offset: usize) -> Vec<Node<'t>> {
        let mut found = vec![self.root];
        let mut node = self.root;
        while let Some(inner) = node.node_over(offset, &self.scopes.wide) {
            found.push(inner);
            node = inner;
        }
        found
    }

    /// The node with exactly this range, the outermost if there are several.
    pub(crate) fn node_at(self, range: &Range<usize>) -> Option<Node<'t>> {
        let mut node = self.root;
        loop {
            let inner = node.node_over(range.start, &self.scopes.wide).filter(|inner| range.end <= inner.end())?;
            if inner.range() == *range {
                return Some(inner);
            }
            node = inner;
        }
    }

    /// The value that a `let` or recursive set binds a name to, if the name at this node is bound by one.
    pub(crate) fn bound_value(self, name: Node<'t>) -> Option<Node<'t>> {
        self.bound_value_in(name, MOST_STEPS)
    }

    fn bound_value_in(self, name: Node<'t>, steps: u8) -> Option<Node<'t>> {
        let steps = steps.checked_sub(1)?;
        let bound = self.scopes.bound(name.start())?;
        match bound.by {
            BoundBy::Let | BoundBy::RecursiveSet if !bound.value.is_empty() => self.node_at(&bound.value.range()),
            BoundBy::InheritFrom => {
                let from = self.node_at(&bound.value.range())?;
                self.attribute_of(from, name.name()?, steps)
            }
            BoundBy::Inherit => {
                // The name in the `inherit` is itself a use of the outer name.
                let outer = self.ancestors(bound.at.start as usize).pop()?;
                if outer.start() == name.start() { None } else { self.bound_value_in(outer, steps) }
            }
            _ => None,
        }
    }

    /// The value of a name in an `inherit`, where the file binds it.
    pub(crate) fn inherited(self, entry: Node<'t>, name: Node<'t>) -> Option<Node<'t>> {
        match entry.first(SyntaxKind::NODE_INHERIT_FROM) {
            Some(from) => self.attribute_of(from.expressions().next()?, &name.attribute_name()?, MOST_STEPS),
            None => self.bound_value(name),
        }
    }

    /// The attribute of a set that is written out in this file.
    fn attribute_of(self, set: Node<'t>, name: &str, steps: u8) -> Option<Node<'t>> {
        let mut set = set.body();
        for _ in 0..steps {
            match set.expr() {
                Expr::Set => return self.scopes.attribute(set.inside_parens(), name),
                Expr::Name(_) => set = self.bound_value_in(set.inside_parens(), steps - 1)?.body(),
                _ => return None,
            }
        }
        None
    }

    /// What an expression stands for, where it is a name that the file binds, or an attribute of such a set.
    pub(crate) fn followed(self, node: Node<'t>) -> Option<Node<'t>> {
        let node = node.inside_parens();
        match node.expr() {
            Expr::Name(_) => self.bound_value(node),
            Expr::Select { of, path } => {
                let mut value = of;
                for attribute in attributes(path).take(MOST_STEPS.into()) {
                    value = self.attribute_of(value, &attribute.attribute_name()?, MOST_STEPS)?;
                }
                Some(value)
            }
            _ => None,
        }
    }

    /// The call that a value is.
    pub(crate) fn call(self, value: &Value<'t>) -> Option<Call<'t>> {
        let mut arguments = Vec::new();
        let mut head = value.node;
        if let (Some(last), Some((all, count))) = (value.functions().last(), &value.functions) {
            arguments.push(Value { functions: Some((all.clone(), count - 1)), ..value.clone() });
            head = *last;
        }
        let mut steps = 0;
        // The arguments are collected from the last to the first.
        let function = loop {
            let node = head.body();
            match node.expr() {
                Expr::Apply { function, argument } => {
                    arguments.push(argument?.into());
                    head = function;
                }
                Expr::Pipe { function, argument } => {
                    arguments.push(argument?.into());
                    head = function?;
                }
                Expr::Lambda { .. } if steps > 0 && !arguments.is_empty() => break Function::Local(node),
                Expr::Name(name) => {
                    let followed = self.bound_value(node).filter(|_| steps < MOST_STEPS);
                    match followed {
                        Some(value) => {
                            steps += 1;
                            head = value;
                        }
                        None => break by_name(name),
                    }
                }
                Expr::Select { of, path } => match self.followed(node).filter(|_| steps < MOST_STEPS) {
                    Some(value) => {
                        steps += 1;
                        head = value;
                    }
                    None => {
                        let _ = of;
                        break by_name(attributes(path).last()?.name()?);
                    }
                },
                _ => return None,
            }
        };
        if arguments.is_empty() {
            return None;
        }
        arguments.reverse();
        let mut call = Call { function, arguments, node: value.whole() };
        if call.function == Function::Flip && call.arguments.len() >= 3 {
            call = self.flipped(call)?;
        }
        Some(call)
    }

    fn flipped(self, call: Call<'t>) -> Option<Call<'t>> {
        let mut arguments = call.arguments.into_iter();
        let (function, first, second) = (arguments.next()?, arguments.next()?, arguments.next()?);
        let name = function.plain()?.inside_parens();
        let function = match name.expr() {
            Expr::Name(name) => by_name(name),
            Expr::Select { path, .. } => by_name(attributes(path).last()?.name()?),
            _ => return None,
        };
        Some(Call { function, node: call.node, arguments: [second, first].into_iter().chain(arguments).collect() })
    }

    /// `pipe value [ f g ]` as the value with its functions still to be applied.
    pub(crate) fn piped(self, call: &Call<'t>) -> Option<Value<'t>> {
        let [value, functions] = call.arguments.as_slice() else { return None };
        let list = functions.plain()?.body();
        if !matches!(list.expr(), Expr::List) {
            return None;
        }
        let functions: Rc<[_]> = value.functions().iter().copied().chain(list.inside_parens().expressions()).collect();
        let count = functions.len();
        Some(Value { node: value.node, functions: Some((functions, count)), pipe: Some(call.node) })
    }

    /// The property that an expression applies, if it applies one.
    pub(crate) fn property(self, value: &Value<'t>) -> Option<Property<'t>> {
        self.property_of(self.call(value)?)
    }

    pub(crate) fn property_of(self, mut call: Call<'t>) -> Option<Property<'t>> {
        let mut steps = MOST_STEPS;
        while let (Function::Pipe, 2) = (call.function, call.arguments.len()) {
            steps = steps.checked_sub(1)?;
            call = self.call(&self.piped(&call)?)?;
        }
        let content = call.arguments.pop()?;
        match (call.function, call.arguments.as_slice()) {
            (Function::If, [condition]) => Some(Property::If { condition: condition.node.inside_parens(), content }),
            (Function::Merge, []) => Some(Property::Merge { list: content }),
            (Function::Override(priority), []) => Some(Property::Override { priority: Some(priority), content }),
            (Function::OverrideBy, [number]) => {
                Some(Property::Override { priority: number.plain().and_then(Node::integer), content })
            }
            (Function::Order(order), []) => Some(Property::Order { order: Some(order), content }),
            (Function::OrderBy, [number]) => {
                Some(Property::Order { order: number.plain().and_then(Node::integer), content })
            }
            _ => None,
        }
    }

    /// The items of a `mkMerge`, and whether they are written out one by one.
    pub(crate) fn items(self, list: &Value<'t>) -> Option<Vec<Node<'t>>> {
        let node = list.plain()?.body();
        matches!(node.expr(), Expr::List).then(|| node.inside_parens().expressions().collect())
    }

    /// Whether a value is what a function gives of which it is not known that it gives no properties: an argument, or one
    /// called as those functions are.
    pub(crate) fn is_foreign(self, value: &Value<'t>) -> bool {
        let Some(node) = value.plain() else { return true };
        let mut head = node.body();
        let mut called = false;
        for _ in 0..MOST_APPLIED {
            head = match head.expr() {
                Expr::Apply { function, .. } => function.body(),
                Expr::Pipe { function: Some(function), .. } => function.body(),
                _ => break,
            };
            called = true;
        }
        let by_argument =
            |name: Node<'t>| self.scopes.bound(name.start()).filter(|bound| matches!(bound.by, BoundBy::Argument));
        let is_argument = |name: Node<'t>| by_argument(name).is_some();
        // What a module is given as such are values.
        let is_inner = |name: Node<'t>| {
            let function = by_argument(name).and_then(|bound| self.node_at(&bound.scope.range()));
            function.is_some_and(|function| !is_module_function(function))
        };
        match head.expr() {
            Expr::Name(name) if called => name.starts_with("mk") || is_argument(head.inside_parens()),
            Expr::Name(_) => is_inner(head.inside_parens()),
            Expr::Select { of, path } if called => {
                let root = of.inside_parens();
                let last = attributes(path).last().and_then(Node::name);
                let named = last.is_some_and(|name| name.starts_with("mk"));
                match root.expr() {
                    Expr::Name("pkgs") => false,
                    Expr::Name(name) if KNOWN_ARGUMENTS.contains(&name) => named,
                    // `args@{ lib, ... }`: `args.lib.f`
                    Expr::Name(_) => named || is_argument(root) && attributes(path).nth(1).is_none(),
                    _ => named,
                }
            }
            // `(if c then mkForce else mkDefault) 1`
            _ => called,
        }
    }

    /// Whether an expression is `config`, something in it, or a name that the file binds to such a thing.
    pub(crate) fn is_config(self, node: Node<'t>) -> bool {
        let mut node = node.inside_parens();
        for _ in 0..MOST_STEPS {
            match node.expr() {
                Expr::Select { of, .. } => node = of.inside_parens(),
                Expr::Name(name) => match self.bound_value(node) {
                    Some(value) => node = value.inside_parens(),
                    None => return name == "config",
                },
                _ => return false,
            }
        }
        false
    }
}

/// Whether a binding is `name = …;`.
pub(crate) fn binds(binding: &Binding<'_>, name: &str) -> bool {
    binding.only_name().as_deref() == Some(name)
}

/// Whether a lambda takes a set of arguments that is left open, as modules do.
pub(crate) fn is_module_function(lambda: Node<'_>) -> bool {
    lambda.first(SyntaxKind::NODE_PATTERN).is_some_and(|pattern| pattern.token(SyntaxKind::TOKEN_ELLIPSIS).is_some())
}

#[cfg(test)]
mod tests {
    use crate::Source;

    use super::*;

    /// The property that the body of a file applies.
    #[track_caller]
    fn of(text: &str) -> Option<String> {
        let source = Source::parse(text);
        let reader = source.reader();
        let mut node = reader.root().expressions().next().expect("an expression");
        while let Expr::Lambda { body: Some(body) } = node.expr() {
            node = body;
        }
        let text_of = |value: &Value<'_>| source.slice(&value.range()).to_owned();
        Some(match reader.property(&node.body().into())? {
            Property::If { condition, content } => {
                format!("if {} {}", source.slice(&condition.range()), text_of(&content))
            }
            Property::Merge { list } => format!("merge {}", text_of(&list)),
            Property::Override { priority, content } => format!("override {priority:?} {}", text_of(&content)),
            Property::Order { order, content } => format!("order {order:?} {}", text_of(&content)),
        })
    }

    #[track_caller]
    fn is(text: &str, expected: &str) {
        assert_eq!(of(text).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn by_every_name() {
        is("mkIf a b", "if a b");
        is("lib.mkIf a b", "if a b");
        is("lib.modules.mkIf (a || c) b", "if a || c b");
        is("with lib; mkForce 1", "override Some(50) 1");
        is("lib.mkOverride 70 1", "override Some(70) 1");
        is("mkOverride n 1", "override None 1");
        is("mkOverride (-5) 1", "override Some(-5) 1");
        is("mkAfter [ ]", "order Some(1500) [ ]");
        is("mkMerge [ 1 2 ]", "merge [ 1 2 ]");
        is("mkVMOverride 1", "override Some(10) 1");
        assert_eq!(of("mkOption { }"), None);
        assert_eq!(of("mkIf a"), None);
    }

    #[test]
    fn by_names_of_the_file_itself() {
        is("{ lib, ... }: let inherit (lib) mkForce; in mkForce 1", "override Some(50) 1");
        is("{ lib, ... }: let f = lib.mkForce; in f 1", "override Some(50) 1");
        is("{ lib, ... }: let f = lib.mkOverride 33; in f 1", "override Some(33) 1");
        is("{ lib, ... }: let l = lib.modules; in l.mkForce 1", "override Some(50) 1");
        is("let my = { f = mkDefault; }; in my.f 1", "override Some(1000) 1");
        assert_eq!(of("let a = b; b = a; in a 1"), None);
        assert_eq!(of("let inherit (x) x; in x 1"), None);
        assert_eq!(of("let f = lib.pipe [ f ]; in lib.pipe [ f ] [ f ]"), None);
    }

    #[test]
    fn a_name_that_the_file_gives_another_meaning() {
        assert_eq!(of("let mkForce = x: x; in mkForce 1"), None);
    }

    #[test]
    fn through_pipes() {
        is("lib.pipe 1 [ lib.mkForce ]", "override Some(50) 1");
        is("lib.pipe 1 [ f (lib.mkIf c) ]", "if c 1");
        is("1 |> lib.mkForce", "override Some(50) 1");
        is("lib.mkIf c <| lib.mkForce 1", "if c lib.mkForce 1");
    }
}
