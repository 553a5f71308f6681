//! What is written at the place of a definition.

use std::ops::Range;

use mkwhy_model::Segment;
use rnix::SyntaxKind;

use crate::properties::{Property, Reader, Value};
use crate::source::{Source, guarded};
use crate::tree::{Binding, Expr, Node, attributes};

mod inside;

pub use inside::Within;

/// A definition as it is written.
#[derive(Debug, Clone)]
pub struct Written<'t> {
    /// The attribute path, up to the name that is defined.
    pub name: Range<usize>,
    /// The whole binding `a.b = …;` with its `;` where it has one; of an `inherit` all of that.
    pub binding: Range<usize>,
    /// The value, without the properties around it; for `a.b = 1` asked for `a`, all of `1`. Where a `pipe` applies
    /// more to it than properties, all of the `pipe`.
    pub value: Range<usize>,
    /// The outermost call of a priority function at the value (`lib.mkForce 2`), whether or not its number is literal;
    /// where a `pipe` calls it, all of the `pipe`.
    pub wrapper: Option<Range<usize>>,
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
    /// The binding; `None` for a name in an `inherit`.
    node: Option<Binding<'t>>,
    /// The expression of the value, behind the properties that are counted above.
    content: Option<Value<'t>>,
    /// Whether this is only one item of the binding's `mkMerge`, or one element of its list.
    partial: bool,
    /// How many names of the binding's attribute path lead to what is defined here.
    depth: usize,
}

impl Source {
    /// The definition of the last name of `path` whose attribute path begins at a place.
    ///
    /// `None` where no such binding stands there: the text has changed, or the value was computed elsewhere.
    pub fn definition_at<'t>(&'t self, line: u32, column: u32, path: &[Segment]) -> Option<Written<'t>> {
        let offset = self.offset(line, column)?;
        let reader = self.reader();
        for node in reader.ancestors(offset).into_iter().rev() {
            match node.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    let binding = Binding::of(node)?;
                    if binding.path.start() == offset {
                        return written(reader, binding, depth_of(binding, path)?);
                    }
                }
                SyntaxKind::NODE_INHERIT => return inherited(reader, node, offset, path.last()?),
                _ => {}
            }
        }
        None
    }

    /// The definitions that a `mkMerge` at the value comes to, in order; the definition itself where there is none.
    pub fn alternatives<'t>(&'t self, definition: &Written<'t>) -> Vec<Written<'t>> {
        let mut found = Vec::new();
        alternatives(self.reader(), definition, &mut found);
        found
    }

    /// One element of a list that is written literally at the value.
    pub fn element<'t>(&'t self, definition: &Written<'t>, index: usize) -> Option<Written<'t>> {
        let item = self.reader().items(definition.content.as_ref()?)?.into_iter().nth(index)?;
        let mut part = Written { partial: true, wrapper: None, priority: None, order: None, ..definition.clone() };
        unwrap(self.reader(), item, &mut part);
        Some(part)
    }
}

/// What a binding defines at so many names of its attribute path.
fn written<'t>(reader: Reader<'t>, binding: Binding<'t>, depth: usize) -> Option<Written<'t>> {
    let start = binding.attributes().next()?.start();
    let end = binding.attributes().nth(depth.checked_sub(1)?)?.end();
    let value = binding.value?;
    let implied = binding.attributes().nth(depth).is_some();
    let mut written = Written {
        name: start..end,
        binding: binding.node.range(),
        value: value.range(),
        wrapper: None,
        conditions: enclosing_conditions(reader, binding.node),
        priority: None,
        order: None,
        implied,
        literal: implied,
        node: Some(binding),
        content: None,
        partial: false,
        depth,
    };
    if !implied {
        unwrap(reader, value, &mut written);
    }
    Some(written)
}

/// `inherit (x) name;`, where older Nix gives the column before the name.
fn inherited<'t>(reader: Reader<'t>, inherit: Node<'t>, offset: usize, name: &Segment) -> Option<Written<'t>> {
    // A name stands only once in an `inherit`; older Nix gives the place of its first line for all of them.
    let attribute = attributes(inherit).find(|node| node.start() + 1 >= offset && same(*node, name))?;
    Some(Written {
        name: attribute.range(),
        binding: inherit.range(),
        value: attribute.range(),
        wrapper: None,
        conditions: enclosing_conditions(reader, inherit),
        priority: None,
        order: None,
        implied: false,
        literal: false,
        node: None,
        content: None,
        partial: false,
        depth: 1,
    })
}

fn alternatives<'t>(reader: Reader<'t>, definition: &Written<'t>, found: &mut Vec<Written<'t>>) {
    let merged = match definition.content.as_ref().and_then(|content| property(reader, content)) {
        Some(Property::Merge { list }) => reader.items(&list),
        _ => None,
    };
    let Some(items) = merged else { return found.push(definition.clone()) };
    for item in items {
        let mut part = Written { partial: true, ..definition.clone() };
        unwrap(reader, item, &mut part);
        guarded(|| alternatives(reader, &part, found));
    }
}

/// The property that is written around a value.
///
/// A name that stands for such a value is none: what is found belongs to the text of the definition, where it is shown
/// and changed. Nor is a call whose content is bound elsewhere. So the content is always a smaller part of the value,
/// and whoever goes on into it comes to an end.
fn property<'t>(reader: Reader<'t>, value: &Value<'t>) -> Option<Property<'t>> {
    let value = value.body();
    let called = matches!(value.expr(), Expr::Apply { .. } | Expr::Pipe { .. });
    let property = called.then(|| reader.property(&value)).flatten()?;
    let (Property::If { content, .. }
    | Property::Merge { list: content }
    | Property::Override { content, .. }
    | Property::Order { content, .. }) = &property;
    value.holds(content).then_some(property)
}

/// The properties at the value of a definition, and the value behind them.
fn unwrap<'t>(reader: Reader<'t>, value: Node<'t>, written: &mut Written<'t>) {
    let mut value = Value::from(value);
    let mut call = value.range();
    loop {
        // Within a `pipe` there is no text of its own until nothing is left to be applied.
        written.value = call.clone();
        if value.plain().is_some() {
            written.value = value.range();
            call = value.body().range();
        }
        written.content = Some(value.clone());
        let content = match property(reader, &value) {
            Some(Property::If { condition, content }) => {
                written.conditions.push(condition.range());
                content
            }
            Some(Property::Override { priority, content }) => {
                written.priority = written.priority.or(priority);
                written.wrapper.get_or_insert(call.clone());
                content
            }
            Some(Property::Order { order, content }) => {
                written.order = written.order.or(order);
                content
            }
            Some(Property::Merge { .. }) => return,
            None => {
                written.literal = value.body().plain().is_some_and(|body| is_no_property(reader, body));
                return;
            }
        };
        value = content.inside_parens();
    }
}

/// Whether an expression certainly evaluates to something that is no property.
fn is_no_property(reader: Reader<'_>, node: Node<'_>) -> bool {
    match node.expr() {
        // The old `let { … }` is what its `body` is.
        Expr::Set => is_set(node),
        Expr::Literal | Expr::Text | Expr::List | Expr::Lambda { .. } | Expr::Path => true,
        Expr::Operation | Expr::Concat { .. } => true,
        Expr::Name(name) => matches!(name, "true" | "false" | "null"),
        // What `config` holds is the end of all properties.
        Expr::Select { .. } => reader.is_config(node),
        _ => false,
    }
}

/// Whether an expression is `{ … }` or `rec { … }`.
fn is_set(node: Node<'_>) -> bool {
    node.inside_parens().kind() == SyntaxKind::NODE_ATTR_SET
}

/// The conditions of every `mkIf` in whose content a node stands, from the outside in.
fn enclosing_conditions(reader: Reader<'_>, node: Node<'_>) -> Vec<Range<usize>> {
    let mut conditions = Vec::new();
    // What stands in parentheses or behind a `let` comes by itself.
    let is_call = |outer: &Node<'_>| matches!(outer.kind(), SyntaxKind::NODE_APPLY | SyntaxKind::NODE_BIN_OP);
    let around = reader.ancestors(node.start());
    for call in around.into_iter().take_while(|outer| *outer != node).filter(is_call) {
        let mut value = Value::from(call);
        while let Some(property) = property(reader, &value) {
            value = match property {
                Property::If { condition, content } => {
                    if content.range().start <= node.start() && node.end() <= content.range().end {
                        conditions.push(condition.range());
                    }
                    content
                }
                Property::Override { content, .. } | Property::Order { content, .. } => content,
                Property::Merge { .. } => break,
            };
            // What has a text of its own comes by itself; what a `pipe` applies has none.
            if value.plain().is_some() {
                break;
            }
        }
    }
    conditions
}

/// How many names of an attribute path lead to the end of `path`: `config.a.b.c` has two for `a` and three for `a.b`.
///
/// In front of the option's names can stand `config`, of a module, or `default`, of a declaration.
fn depth_of(binding: Binding<'_>, path: &[Segment]) -> Option<usize> {
    let names: Vec<Node<'_>> = binding.attributes().collect();
    let stands_outside = |name: &Node<'_>| matches!(name.attribute_name().as_deref(), Some("config" | "default"));
    let leads = |depth: usize, skip: usize| {
        let matched = path.iter().skip((path.len() + skip).saturating_sub(depth));
        skip < depth
            && names.iter().take(skip).all(stands_outside)
            && names
                .iter()
                .take(depth)
                .skip(skip)
                .zip(matched)
                .all(|(name, segment)| name.attribute_name().is_none() || same(*name, segment))
    };
    let depths = || (1..=names.len()).rev();
    depths()
        .find(|depth| leads(*depth, depth.saturating_sub(path.len())))
        .or_else(|| depths().find(|depth| leads(*depth, 1)))
}

fn same(attribute: Node<'_>, segment: &Segment) -> bool {
    matches!(segment, Segment::Name(name) if attribute.attribute_name().as_deref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Segment> {
        text.parse::<mkwhy_model::OptionPath>().expect("a path").segments().to_vec()
    }

    #[track_caller]
    fn at<'t>(source: &'t Source, line: u32, column: u32, asked: &str) -> Written<'t> {
        source.definition_at(line, column, &path(asked)).expect("a definition")
    }

    #[test]
    fn value_conditions_and_priority() {
        let source = Source::parse(
            "{ lib, config, ... }:\nlib.mkIf config.a.enable {\n  x.y = lib.mkIf (1 > 0) (lib.mkForce (f 2));\n}",
        );
        let written = at(&source, 3, 3, "x.y");
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
        let source = Source::parse(text);
        let in_body = |name: &str| {
            let column = u32::try_from(text.rfind(&format!(" {name} = ")).expect("there")).expect("short") + 2;
            at(&source, 1, column, name).literal
        };
        assert!(in_body("a"));
        assert!(in_body("d"));
        assert!(!in_body("b"));
        assert!(!in_body("c"));
    }

    #[test]
    fn a_path_inside() {
        let text = "{ nix.settings = mkIf x { max-jobs = mkDefault 3; a.b = 1; }; nix.settings.cores = 2; }";
        let source = Source::parse(text);
        let written = at(&source, 1, 3, "nix.settings");
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
        let source = Source::parse("{ a = mkIf x (f y); }");
        let written = at(&source, 1, 3, "a");
        assert!(source.within(&written, &path("b")).unreadable);
    }

    #[test]
    fn part_of_an_attribute_path() {
        let source = Source::parse("{ config.a.b.c = 1; }");
        let written = at(&source, 1, 3, "a.b");
        assert!(written.implied);
        assert_eq!(source.slice(&written.name), "config.a.b");
        assert_eq!(source.within(&written, &path("c")).found.len(), 1);
        assert!(source.within(&written, &path("d")).found.is_empty());
    }

    #[test]
    fn inherits_in_both_columns() {
        for column in [17, 16] {
            let source = Source::parse("{ inherit (foo) bar; }");
            let written = at(&source, 1, column, "bar");
            assert_eq!(source.slice(&written.value), "bar");
        }
    }

    /// The texts of the wrapper and the binding of `a`, at the first column of a set.
    #[track_caller]
    fn wrapped(source: &Source) -> (Option<&str>, &str, &str) {
        let written = at(source, 1, 3, "a");
        let slice = |range| source.slice(range);
        (written.wrapper.as_ref().map(slice), slice(&written.value), slice(&written.binding))
    }

    #[test]
    fn the_priority_function_and_the_whole_binding() {
        let is = |text: &str, wrapper, value, binding| {
            assert_eq!(wrapped(&Source::parse(text)), (wrapper, value, binding), "{text}");
        };
        is("{ a = 1; b = 2; }", None, "1", "a = 1;");
        is("{ a = lib.mkForce 2; }", Some("lib.mkForce 2"), "2", "a = lib.mkForce 2;");
        is("{ a = (mkOverride n 2); }", Some("mkOverride n 2"), "2", "a = (mkOverride n 2);");
        is(
            "{ a = mkIf c (mkForce (mkDefault 2)); }",
            Some("mkForce (mkDefault 2)"),
            "2",
            "a = mkIf c (mkForce (mkDefault 2));",
        );
        is("{ a = mkBefore [ ]; }", None, "[ ]", "a = mkBefore [ ];");
        is("{ a = lib.pipe 2 [ mkForce ]; }", Some("lib.pipe 2 [ mkForce ]"), "2", "a = lib.pipe 2 [ mkForce ];");
        is(
            "{ a = pipe 2 [ f mkForce ]; }",
            Some("pipe 2 [ f mkForce ]"),
            "pipe 2 [ f mkForce ]",
            "a = pipe 2 [ f mkForce ];",
        );
        is("{ a.b = mkForce 2; }", None, "mkForce 2", "a.b = mkForce 2;");
        let source = Source::parse("{ inherit (foo) bar a; }");
        let written = at(&source, 1, 17, "a");
        assert_eq!((source.slice(&written.name), source.slice(&written.binding)), ("a", "inherit (foo) bar a;"));
    }

    #[test]
    fn items_and_elements_have_their_own_wrapper() {
        let source = Source::parse("{ a = mkMerge [ (mkForce [ (mkDefault 1) ]) [ 2 ] ]; }");
        let items = source.alternatives(&at(&source, 1, 3, "a"));
        let wrappers: Vec<&str> =
            items.iter().flat_map(|item| &item.wrapper).map(|range| source.slice(range)).collect();
        assert_eq!(wrappers, ["mkForce [ (mkDefault 1) ]"]);
        let element = items.first().and_then(|item| source.element(item, 0)).expect("an element");
        assert_eq!(element.wrapper.as_ref().map(|range| source.slice(range)), Some("mkDefault 1"));
        assert_eq!(items.get(1).and_then(|item| source.element(item, 1)).map(|element| element.value), None);
    }

    #[test]
    fn conditions_that_a_pipe_applies() {
        let source = Source::parse("{ x = lib.pipe { a = 1; } [ (mkIf c) mkForce (mkIf d) ]; }");
        let written = at(&source, 1, 18, "a");
        let conditions: Vec<&str> = written.conditions.iter().map(|range| source.slice(range)).collect();
        assert_eq!(conditions, ["d", "c"]);
    }

    #[test]
    fn names_are_not_followed_out_of_the_definition() {
        let source = Source::parse("{ a = let b = mkForce { c = 1; }; in b; }");
        let written = at(&source, 1, 3, "a");
        assert_eq!((written.priority, written.literal), (None, false));
        assert!(source.within(&written, &path("c")).unreadable);
    }

    #[test]
    fn what_may_be_a_property_is_not_literal() {
        for text in ["1 |> f", "let { body = mkForce 1; }", "x // { }", "f 1", "b", "lib.pipe 1 [ f ]"] {
            let source = Source::parse(format!("{{ a = {text}; }}"));
            assert!(!at(&source, 1, 3, "a").literal, "{text}");
        }
        let source = Source::parse("{ a = mkForce 1; }");
        assert!(at(&source, 1, 3, "a").literal);
    }

    #[test]
    fn broken_text() {
        let source = Source::parse("{ a = mkForce");
        assert_eq!(wrapped(&source), (None, "mkForce", "a = mkForce"));
        assert!(source.within(&at(&source, 1, 3, "a"), &path("b")).unreadable);
        let whole = "{ a.b = lib.pipe (mkIf c { d = mkMerge [ 1 ]; inherit (e) f; }) [ mkForce ] // { }; }";
        for end in 0..=whole.len() {
            let source = Source::parse(&whole[..end]);
            for column in 1..=u32::try_from(end).unwrap_or_default() {
                for name in ["a", "a.b", "d", "f"] {
                    let Some(written) = source.definition_at(1, column, &path(name)) else { continue };
                    let _ = (source.alternatives(&written), source.element(&written, 0), source.leaves(&written));
                    let _ = (source.within(&written, &[]), source.within(&written, &path("b.d")));
                }
            }
        }
    }

    #[test]
    fn what_stands_in_front_of_the_option() {
        let source = Source::parse("{ config.a.b = 1; default.c = 2; }");
        assert_eq!(source.slice(&at(&source, 1, 3, "x.y.a.b").name), "config.a.b");
        assert_eq!(source.slice(&at(&source, 1, 3, "x.y.a").name), "config.a");
        assert_eq!(source.slice(&at(&source, 1, 19, "x.c").name), "default.c");
        assert!(source.definition_at(1, 3, &path("x.z")).is_none());
    }

    #[test]
    fn functions_in_a_circle_come_to_an_end() {
        let source = Source::parse("let p = flip pipe [ p mkForce ]; in { a = p 1; }");
        assert_eq!(at(&source, 1, 39, "a").priority, Some(50));
    }

    #[test]
    fn operators_nest_as_deeply_as_they_like() {
        let source = Source::parse(format!("{{ a = {}{{ b = 1; }}; }}", "{ } // ".repeat(10_000)));
        assert_eq!(source.within(&at(&source, 1, 3, "a"), &path("b")).found.len(), 1);
    }
}
