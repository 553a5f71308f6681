//! What is written at the place of a definition.

use std::ops::Range;

use mkwhy_model::Segment;
use rnix::SyntaxNode;
use rnix::ast::{self, HasEntry as _};
use rowan::ast::AstNode as _;

use crate::properties::{Property, attr_name, bindings, body, property, text_range, without_parens};
use crate::source::Source;

/// A definition as it is written.
#[derive(Debug, Clone)]
pub struct Written {
    /// The attribute path, up to the name that is defined.
    pub name: Range<usize>,
    /// The value, without the properties around it; for `a.b = 1` asked for `a`, all of `1`.
    pub value: Range<usize>,
    /// The conditions around it, from the outside of the file in.
    pub conditions: Vec<Range<usize>>,
    /// The override priority that the properties at its value give, where they are literal.
    pub priority: Option<i64>,
    /// The merge order that the properties at its value give, where they are literal.
    pub order: Option<i64>,
    /// Whether the value is only a part that an attribute path implies, as of `a` in `a.b = 1`.
    pub implied: bool,
    /// Whether the value is written out (a literal, string, list or set), so that no property can hide in it.
    pub literal: bool,
    node: SyntaxNode,
    /// The expression of the value, behind the properties that are counted above.
    content: Option<ast::Expr>,
    /// Whether this is only one item of the binding's `mkMerge`, or one element of its list.
    partial: bool,
    /// How many names of the binding's attribute path lead to what is defined here.
    depth: usize,
}

/// What a definition says about a path inside it.
#[derive(Debug, Clone, Default)]
pub struct Within {
    /// The definitions of that path in it.
    pub found: Vec<Written>,
    /// Whether some of it is computed, so that only evaluation could tell.
    pub unreadable: bool,
}

impl Source {
    /// The definition of the last name of `path` whose attribute path begins at a place.
    ///
    /// `None` where no such binding stands there: the text has changed, or the value was computed elsewhere.
    pub fn definition_at(&self, line: u32, column: u32, path: &[Segment]) -> Option<Written> {
        let offset = self.offset(line, column)?;
        let at = rowan::TextSize::try_from(offset).ok()?;
        let token = self.root().token_at_offset(at).right_biased()?;
        for node in token.parent_ancestors() {
            if let Some(binding) = ast::AttrpathValue::cast(node.clone()) {
                let attrpath = binding.attrpath()?;
                if text_range(attrpath.syntax()).start == offset {
                    let depth = depth_of(&attrpath, path)?;
                    return self.written(&binding, depth);
                }
            } else if let Some(inherit) = ast::Inherit::cast(node) {
                return self.inherited(&inherit, offset, path.last()?);
            }
        }
        None
    }

    fn written(&self, binding: &ast::AttrpathValue, depth: usize) -> Option<Written> {
        let attrs: Vec<ast::Attr> = binding.attrpath()?.attrs().collect();
        let name = text_range(attrs.first()?.syntax()).start..text_range(attrs.get(depth - 1)?.syntax()).end;
        let value = binding.value()?;
        let mut written = Written {
            name,
            value: text_range(value.syntax()),
            conditions: enclosing_conditions(binding.syntax()),
            priority: None,
            order: None,
            implied: depth < attrs.len(),
            literal: depth < attrs.len(),
            node: binding.syntax().clone(),
            content: None,
            partial: false,
            depth,
        };
        if !written.implied {
            unwrap(&value, &mut written);
        }
        Some(written)
    }

    /// `inherit (x) name;`, where older Nix gives the column before the name.
    fn inherited(&self, inherit: &ast::Inherit, offset: usize, name: &Segment) -> Option<Written> {
        let attr = inherit.attrs().find(|attr| {
            let start = text_range(attr.syntax()).start;
            // A name stands only once in an `inherit`; older Nix gives the place of its first line for all of them.
            (start >= offset || start + 1 >= offset) && same(attr, name)
        })?;
        let range = text_range(attr.syntax());
        Some(Written {
            name: range.clone(),
            value: range,
            conditions: enclosing_conditions(inherit.syntax()),
            priority: None,
            order: None,
            implied: false,
            literal: false,
            node: attr.syntax().clone(),
            content: None,
            partial: false,
            depth: 1,
        })
    }

    /// The definitions that a `mkMerge` at the value comes to, in order; the definition itself where there is none.
    pub fn alternatives(&self, definition: &Written) -> Vec<Written> {
        let Some(content) = &definition.content else { return vec![definition.clone()] };
        match property(&body(content)) {
            Some(Property::Merge { items, literal: true }) => items
                .iter()
                .flat_map(|item| {
                    let mut part = Written { partial: true, ..definition.clone() };
                    unwrap(item, &mut part);
                    self.alternatives(&part)
                })
                .collect(),
            _ => vec![definition.clone()],
        }
    }

    /// One element of a list that is written literally at the value.
    pub fn element(&self, definition: &Written, index: usize) -> Option<Written> {
        let ast::Expr::List(list) = body(definition.content.as_ref()?) else { return None };
        let item = list.items().nth(index)?;
        let mut part = Written { partial: true, priority: None, order: None, ..definition.clone() };
        unwrap(&item, &mut part);
        Some(part)
    }

    /// What a definition says about a path inside it, without evaluating anything.
    pub fn within(&self, definition: &Written, rest: &[Segment]) -> Within {
        let mut within = Within::default();
        if let (true, Some(content)) = (definition.partial, &definition.content) {
            self.search_value(content, rest, &mut within);
            return within;
        }
        let Some(binding) = ast::AttrpathValue::cast(definition.node.clone()) else {
            within.unreadable = true;
            return within;
        };
        for (sibling, attrs) in siblings(&binding, definition.depth) {
            self.search_binding(&sibling, &attrs, definition.depth, rest, &mut within);
        }
        within
    }

    /// The paths of all definitions in the text of a definition, down to what is no literal set.
    ///
    /// For a definition whose value must not be evaluated: its parts by name.
    pub fn leaves(&self, definition: &Written) -> Vec<(Vec<Segment>, Written)> {
        let mut leaves = Vec::new();
        if let (true, Some(content)) = (definition.partial, &definition.content) {
            self.leaves_of_value(content, &[], &mut leaves);
            return leaves;
        }
        let Some(binding) = ast::AttrpathValue::cast(definition.node.clone()) else { return leaves };
        for (sibling, attrs) in siblings(&binding, definition.depth) {
            let names = &attrs[definition.depth.min(attrs.len())..];
            self.collect_leaves(&sibling, names, &[], definition.depth, &mut leaves);
        }
        leaves
    }

    fn collect_leaves(
        &self,
        binding: &ast::AttrpathValue,
        names: &[ast::Attr],
        above: &[Segment],
        consumed: usize,
        leaves: &mut Vec<(Vec<Segment>, Written)>,
    ) {
        let mut path = above.to_vec();
        for attr in names {
            match attr_name(attr) {
                Some(name) => path.push(Segment::Name(name)),
                None => return,
            }
        }
        let Some(value) = binding.value() else { return };
        if !self.leaves_of_value(&value, &path, leaves) {
            leaves.extend(self.written(binding, consumed + names.len()).map(|written| (path, written)));
        }
    }

    /// Whether the value is a literal set (or properties around some) whose parts were collected.
    fn leaves_of_value(&self, expr: &ast::Expr, path: &[Segment], leaves: &mut Vec<(Vec<Segment>, Written)>) -> bool {
        match body(expr) {
            ast::Expr::AttrSet(set) => {
                let mut any = false;
                for binding in bindings(&set) {
                    any = true;
                    let attrs: Vec<ast::Attr> =
                        binding.attrpath().into_iter().flat_map(|path| path.attrs().collect::<Vec<_>>()).collect();
                    self.collect_leaves(&binding, &attrs, path, 0, leaves);
                }
                any
            }
            other => match property(&other) {
                Some(
                    Property::If { content, .. } | Property::Override { content, .. } | Property::Order { content, .. },
                ) => self.leaves_of_value(&content, path, leaves),
                Some(Property::Merge { items, literal: true }) => {
                    let mut any = false;
                    for item in items {
                        any |= self.leaves_of_value(&item, path, leaves);
                    }
                    any
                }
                Some(Property::Merge { .. }) | None => false,
            },
        }
    }

    /// One binding, of whose attribute path `consumed` names are already behind.
    fn search_binding(
        &self,
        binding: &ast::AttrpathValue,
        attrs: &[ast::Attr],
        consumed: usize,
        rest: &[Segment],
        within: &mut Within,
    ) {
        let remaining = &attrs[consumed.min(attrs.len())..];
        for (attr, segment) in remaining.iter().zip(rest) {
            match attr_name(attr) {
                None => {
                    within.unreadable = true;
                    return;
                }
                Some(_) if !same(attr, segment) => return,
                Some(_) => {}
            }
        }
        if rest.len() <= remaining.len() {
            within
                .found
                .extend(self.written(binding, consumed + rest.len()).filter(|_| !rest.is_empty() || consumed > 0));
        } else if let Some(value) = binding.value() {
            self.search_value(&value, &rest[remaining.len()..], within);
        }
    }

    fn search_value(&self, expr: &ast::Expr, rest: &[Segment], within: &mut Within) {
        match body(expr) {
            ast::Expr::AttrSet(set) => {
                for binding in bindings(&set) {
                    let attrs: Vec<ast::Attr> =
                        binding.attrpath().into_iter().flat_map(|path| path.attrs().collect::<Vec<_>>()).collect();
                    self.search_binding(&binding, &attrs, 0, rest, within);
                }
                for inherit in set.inherits() {
                    for attr in inherit.attrs().filter(|attr| rest.first().is_some_and(|segment| same(attr, segment))) {
                        let start = text_range(attr.syntax()).start;
                        if let [only] = rest {
                            within.found.extend(self.inherited(&inherit, start, only));
                        } else {
                            within.unreadable = true;
                        }
                    }
                }
            }
            ast::Expr::BinOp(operation) if operation.operator() == Some(ast::BinOpKind::Update) => {
                for side in [operation.lhs(), operation.rhs()].into_iter().flatten() {
                    self.search_value(&side, rest, within);
                }
            }
            other => match property(&other) {
                Some(
                    Property::If { content, .. } | Property::Override { content, .. } | Property::Order { content, .. },
                ) => {
                    self.search_value(&content, rest, within);
                }
                Some(Property::Merge { items, literal }) => {
                    within.unreadable |= !literal;
                    for item in items {
                        self.search_value(&item, rest, within);
                    }
                }
                None => within.unreadable = true,
            },
        }
    }
}

/// The bindings that are one definition with this one: `a.b = 1; a.c = 2;` is one of `a`, whose place is the first's.
fn siblings(binding: &ast::AttrpathValue, depth: usize) -> Vec<(ast::AttrpathValue, Vec<ast::Attr>)> {
    let attrs_of = |binding: &ast::AttrpathValue| -> Vec<ast::Attr> {
        binding.attrpath().into_iter().flat_map(|path| path.attrs().collect::<Vec<_>>()).collect()
    };
    let prefix: Vec<Option<String>> = attrs_of(binding).iter().take(depth).map(attr_name).collect();
    let all: Vec<ast::AttrpathValue> = match binding.syntax().parent().and_then(ast::AttrSet::cast) {
        Some(set) => bindings(&set).collect(),
        None => vec![binding.clone()],
    };
    all.into_iter()
        .map(|sibling| {
            let attrs = attrs_of(&sibling);
            (sibling, attrs)
        })
        .filter(|(sibling, attrs)| {
            let same = attrs.len() >= prefix.len()
                && prefix.iter().zip(attrs).all(|(name, attr)| name.is_some() && *name == attr_name(attr));
            same || sibling.syntax() == binding.syntax()
        })
        .collect()
}

/// The properties at the value of a definition, and the value behind them.
fn unwrap(value: &ast::Expr, written: &mut Written) {
    let mut expr = value.clone();
    loop {
        written.value = text_range(expr.syntax());
        written.content = Some(expr.clone());
        let content = match property(&body(&expr)) {
            Some(Property::If { condition, content }) => {
                written.conditions.push(text_range(without_parens(&condition).syntax()));
                content
            }
            Some(Property::Override { priority, content }) => {
                written.priority = written.priority.or(priority);
                content
            }
            Some(Property::Order { order, content }) => {
                written.order = written.order.or(order);
                content
            }
            Some(Property::Merge { .. }) => return,
            None => {
                written.literal = is_no_property(&body(&expr));
                return;
            }
        };
        expr = without_parens(&content);
    }
}

/// Whether an expression certainly evaluates to something that is no property.
fn is_no_property(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Literal(_)
        | ast::Expr::Str(_)
        | ast::Expr::List(_)
        | ast::Expr::AttrSet(_)
        | ast::Expr::Lambda(_) => true,
        ast::Expr::UnaryOp(_) | ast::Expr::HasAttr(_) | ast::Expr::Path(_) => true,
        ast::Expr::BinOp(operation) => operation.operator() != Some(ast::BinOpKind::Update),
        ast::Expr::Ident(ident) => {
            ident.ident_token().is_some_and(|token| matches!(token.text(), "true" | "false" | "null"))
        }
        // What `config` holds is the end of all properties.
        ast::Expr::Select(_) => is_config(expr, 8),
        _ => false,
    }
}

/// Whether an expression is `config`, something in it, or a name that a `let` around it binds to such a thing, over at
/// most so many steps: names can be bound to each other in a circle.
fn is_config(expr: &ast::Expr, steps: u8) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    match expr {
        ast::Expr::Select(select) => select.expr().is_some_and(|inner| is_config(&without_parens(&inner), steps)),
        ast::Expr::Ident(ident) => {
            let Some(token) = ident.ident_token() else { return false };
            token.text() == "config"
                || bound_by_let(expr, token.text()).is_some_and(|value| is_config(&without_parens(&value), steps))
        }
        _ => false,
    }
}

/// The value that the nearest `let` around an expression binds a name to.
fn bound_by_let(expr: &ast::Expr, name: &str) -> Option<ast::Expr> {
    expr.syntax().ancestors().filter_map(ast::LetIn::cast).find_map(|scope| {
        scope.attrpath_values().find_map(|binding| {
            let attrs: Vec<ast::Attr> = binding.attrpath()?.attrs().collect();
            let [only] = attrs.as_slice() else { return None };
            binding.value().filter(|_| attr_name(only).as_deref() == Some(name))
        })
    })
}

/// The conditions of every `mkIf` in whose content a node stands, from the outside in.
fn enclosing_conditions(node: &SyntaxNode) -> Vec<Range<usize>> {
    let mut conditions: Vec<Range<usize>> = node
        .ancestors()
        .skip(1)
        .filter_map(ast::Expr::cast)
        .filter_map(|expr| match property(&expr) {
            Some(Property::If { condition, content })
                if content.syntax().text_range().contains_range(node.text_range()) =>
            {
                Some(text_range(without_parens(&condition).syntax()))
            }
            _ => None,
        })
        .collect();
    conditions.reverse();
    conditions
}

/// How many names of an attribute path lead to the end of `path`: `config.a.b.c` has two for `a` and three for `a.b`.
fn depth_of(attrpath: &ast::Attrpath, path: &[Segment]) -> Option<usize> {
    let attrs: Vec<ast::Attr> = attrpath.attrs().collect();
    (1..=attrs.len()).rev().find(|depth| {
        let names = &attrs[..*depth];
        let skip = names.len().saturating_sub(path.len());
        let outside_is_config = names[..skip].iter().all(|attr| attr_name(attr).as_deref() == Some("config"));
        let matched = &path[path.len() - (names.len() - skip)..];
        outside_is_config
            && skip < names.len()
            && names[skip..].iter().zip(matched).all(|(attr, segment)| attr_name(attr).is_none() || same(attr, segment))
    })
}

fn same(attr: &ast::Attr, segment: &Segment) -> bool {
    matches!(segment, Segment::Name(name) if attr_name(attr).as_deref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Segment> {
        text.parse::<mkwhy_model::OptionPath>().expect("a path").segments().to_vec()
    }

    #[track_caller]
    fn at(text: &str, line: u32, column: u32, asked: &str) -> (Source, Written) {
        let source = Source::parse(text);
        let written = source.definition_at(line, column, &path(asked)).expect("a definition");
        (source, written)
    }

    #[test]
    fn value_conditions_and_priority() {
        let text =
            "{ lib, config, ... }:\nlib.mkIf config.a.enable {\n  x.y = lib.mkIf (1 > 0) (lib.mkForce (f 2));\n}";
        let (source, written) = at(text, 3, 3, "x.y");
        assert_eq!(source.slice(&written.value), "f 2");
        assert_eq!(source.slice(&written.name), "x.y");
        let conditions: Vec<&str> = written.conditions.iter().map(|range| source.slice(range)).collect();
        assert_eq!(conditions, ["config.a.enable", "1 > 0"]);
        assert_eq!(written.priority, Some(50));
    }

    #[test]
    fn what_config_holds_is_no_property() {
        let text =
            "{ config, x, ... }: let cfg = config.a; y = x; z = z.b; in { a = cfg.b; b = y.c; c = z.c; d = config.e; }";
        let in_body = |name: &str| {
            let column = u32::try_from(text.rfind(&format!(" {name} = ")).expect("there")).expect("short") + 2;
            at(text, 1, column, name).1.literal
        };
        assert!(in_body("a"));
        assert!(in_body("d"));
        assert!(!in_body("b"));
        assert!(!in_body("c"));
    }

    #[test]
    fn a_path_inside() {
        let text = "{ nix.settings = mkIf x { max-jobs = mkDefault 3; a.b = 1; }; nix.settings.cores = 2; }";
        let (source, written) = at(text, 1, 3, "nix.settings");
        let inner = source.within(&written, &path("max-jobs"));
        assert_eq!(inner.found.len(), 1);
        assert_eq!(source.slice(&inner.found[0].value), "3");
        assert_eq!(inner.found[0].priority, Some(1000));
        assert_eq!(source.slice(&inner.found[0].conditions[0]), "x");
        assert!(!inner.unreadable);
        assert_eq!(source.within(&written, &path("a.b")).found.len(), 1);
        assert_eq!(source.within(&written, &path("cores")).found.len(), 1);
        assert!(source.within(&written, &path("other")).found.is_empty());
    }

    #[test]
    fn what_is_computed_is_unreadable() {
        let (source, written) = at("{ a = mkIf x (f y); }", 1, 3, "a");
        assert!(source.within(&written, &path("b")).unreadable);
    }

    #[test]
    fn part_of_an_attribute_path() {
        let (source, written) = at("{ config.a.b.c = 1; }", 1, 3, "a.b");
        assert!(written.implied);
        assert_eq!(source.slice(&written.name), "config.a.b");
        assert_eq!(source.within(&written, &path("c")).found.len(), 1);
        assert!(source.within(&written, &path("d")).found.is_empty());
    }

    #[test]
    fn inherits_in_both_columns() {
        for column in [17, 16] {
            let (source, written) = at("{ inherit (foo) bar; }", 1, column, "bar");
            assert_eq!(source.slice(&written.value), "bar");
        }
    }
}
