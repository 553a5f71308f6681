//! The values that a type has, as it is written, where they are few.

use mkwhy_model::Value;

use crate::source::{Source, guarded};
use crate::tree::{Expr, Node, attributes};

/// The values of a type that is written: of `nullOr (enum [ "a" "b" ])` they are `null`, `"a"` and `"b"`. Those of other
/// types that it takes too are left out; of a list or set of values there are none.
pub fn choices(option_type: &str) -> Vec<Value> {
    let source = Source::parse(option_type);
    let mut found = Vec::new();
    if source.errors().is_empty()
        && let Some(node) = source.reader().root().expressions().next()
    {
        add(&source, node, &mut found);
    }
    found
}

fn add(source: &Source, node: Node<'_>, found: &mut Vec<Value>) {
    let node = node.body();
    let mut arguments = Vec::new();
    let mut function = node;
    while let Expr::Apply { function: inner, argument: Some(argument) } = function.expr() {
        arguments.push(argument);
        function = inner.inside_parens();
    }
    arguments.reverse();
    let list = |node: Node<'_>| source.elements(&node.range()).unwrap_or_default();
    match (last_name(function).as_deref(), arguments.as_slice()) {
        (Some("bool"), []) => found.extend([true, false].map(|value| Value::Bool { value })),
        (Some("enum"), [values]) => found.extend(list(*values).iter().filter_map(|value| source.literal(value))),
        (Some("nullOr"), [other]) => {
            found.push(Value::Null);
            guarded(|| add(source, *other, found));
        }
        (Some("either"), types) => types.iter().for_each(|other| guarded(|| add(source, *other, found))),
        (Some("oneOf"), [types]) if matches!(types.expr(), Expr::List) => {
            types.inside_parens().expressions().for_each(|other| guarded(|| add(source, other, found)));
        }
        _ => {}
    }
}

/// The last name of what leads to a function or type: `enum` of `lib.types.enum`.
fn last_name(node: Node<'_>) -> Option<String> {
    match node.expr() {
        Expr::Name(name) => Some(name.to_owned()),
        Expr::Select { path, .. } => attributes(path).last()?.attribute_name().map(Into::into),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(option_type: &str, wanted: &[&str]) {
        let found: Vec<String> = choices(option_type).iter().map(ToString::to_string).collect();
        assert_eq!(found, wanted, "{option_type}");
    }

    #[test]
    fn types_of_few_values() {
        has("lib.types.bool", &["true", "false"]);
        has("with lib.types; nullOr (enum [ \"a\" \"b c\" 2 ])", &["null", "\"a\"", "\"b c\"", "2"]);
        has("types.either types.int (types.enum [ \"a\\\"\" ])", &["\"a\\\"\""]);
        has("oneOf [ bool (enum [ \"auto\" ]) (listOf (enum [ \"x\" ])) ]", &["true", "false", "\"auto\""]);
    }

    #[test]
    fn types_of_others() {
        has("lib.types.listOf (lib.types.enum [ \"a\" ])", &[]);
        has("types.attrsOf types.bool", &[]);
        has("types.enum names", &[]);
        has("types.enum ([ \"a\" ] ++ names)", &[]);
        has("boolean", &[]);
        has("one of \"a\", \"b\"", &[]);
        has("types.enum [ \"a\"", &[]);
    }
}
