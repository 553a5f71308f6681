//! The functions that put a property around a definition: `mkIf`, `mkForce`, `mkBefore`, …

use rnix::ast::{self, HasEntry as _};

/// A property as it is written around a value.
#[derive(Debug, Clone)]
pub enum Property {
    /// `mkIf condition content`
    If {
        /// The condition.
        condition: ast::Expr,
        /// What it guards.
        content: ast::Expr,
    },
    /// `mkMerge [ … ]`
    Merge {
        /// The items; empty where they are computed.
        items: Vec<ast::Expr>,
        /// Whether the list is written literally.
        literal: bool,
    },
    /// `mkDefault`, `mkForce`, `mkOverride N`, …
    Override {
        /// The number, where it is written literally.
        priority: Option<i64>,
        /// What it is around.
        content: ast::Expr,
    },
    /// `mkBefore`, `mkAfter`, `mkOrder N`
    Order {
        /// The number, where it is written literally.
        order: Option<i64>,
        /// What it is around.
        content: ast::Expr,
    },
}

/// The property that an expression applies, if it applies one.
///
/// Recognised by the last name of the function: `mkIf`, `lib.mkIf`, `lib.modules.mkIf`.
pub fn property(expr: &ast::Expr) -> Option<Property> {
    let ast::Expr::Apply(outer) = expr else { return None };
    let last = outer.argument()?;
    match outer.lambda()? {
        ast::Expr::Apply(inner) => {
            let first = inner.argument()?;
            match name(&inner.lambda()?)?.as_str() {
                "mkIf" => Some(Property::If { condition: first, content: last }),
                "mkOverride" => Some(Property::Override { priority: integer(&first), content: last }),
                "mkOrder" => Some(Property::Order { order: integer(&first), content: last }),
                _ => None,
            }
        }
        function => {
            let priority = |number| Some(Property::Override { priority: Some(number), content: last.clone() });
            let order = |number| Some(Property::Order { order: Some(number), content: last.clone() });
            match name(&function)?.as_str() {
                "mkMerge" => Some(match without_parens(&last) {
                    ast::Expr::List(list) => Property::Merge { items: list.items().collect(), literal: true },
                    _ => Property::Merge { items: Vec::new(), literal: false },
                }),
                "mkVMOverride" => priority(10),
                "mkForce" => priority(50),
                "mkImageMediaOverride" => priority(60),
                "mkDefault" => priority(1000),
                "mkOptionDefault" => priority(1500),
                "mkBefore" => order(500),
                "mkAfter" => order(1500),
                _ => None,
            }
        }
    }
}

/// The last name of a function expression.
fn name(expr: &ast::Expr) -> Option<String> {
    match without_parens(expr) {
        ast::Expr::Ident(ident) => Some(ident.ident_token()?.text().to_owned()),
        ast::Expr::Select(select) => match select.attrpath()?.attrs().last()? {
            ast::Attr::Ident(ident) => Some(ident.ident_token()?.text().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

fn integer(expr: &ast::Expr) -> Option<i64> {
    match without_parens(expr) {
        ast::Expr::Literal(literal) => match literal.kind() {
            ast::LiteralKind::Integer(integer) => integer.value().ok(),
            _ => None,
        },
        ast::Expr::UnaryOp(unary) => integer(&unary.expr()?).map(|number| -number),
        _ => None,
    }
}

/// The expression inside any parentheses.
pub(crate) fn without_parens(expr: &ast::Expr) -> ast::Expr {
    let mut expr = expr.clone();
    while let ast::Expr::Paren(paren) = &expr {
        match paren.expr() {
            Some(inner) => expr = inner,
            None => break,
        }
    }
    expr
}

/// What an expression evaluates to in the end, behind parentheses, `let … in`, `with …;` and `assert …;`.
pub(crate) fn body(expr: &ast::Expr) -> ast::Expr {
    let mut expr = without_parens(expr);
    loop {
        let inner = match &expr {
            ast::Expr::LetIn(let_in) => let_in.body(),
            ast::Expr::With(with) => with.body(),
            ast::Expr::Assert(assert) => assert.body(),
            _ => None,
        };
        match inner {
            Some(inner) => expr = without_parens(&inner),
            None => return expr,
        }
    }
}

/// The static name of an attribute; `None` where it is computed.
pub(crate) fn attr_name(attr: &ast::Attr) -> Option<String> {
    match attr {
        ast::Attr::Ident(ident) => Some(ident.ident_token()?.text().to_owned()),
        ast::Attr::Str(string) => literal_string(string),
        ast::Attr::Dynamic(dynamic) => match without_parens(&dynamic.expr()?) {
            ast::Expr::Str(string) => literal_string(&string),
            _ => None,
        },
    }
}

fn literal_string(string: &ast::Str) -> Option<String> {
    let mut text = String::new();
    for part in string.normalized_parts() {
        match part {
            ast::InterpolPart::Literal(literal) => text.push_str(&literal),
            ast::InterpolPart::Interpolation(_) => return None,
        }
    }
    Some(text)
}

/// The bindings of an attribute set: attribute path and value.
pub(crate) fn bindings(set: &ast::AttrSet) -> impl Iterator<Item = ast::AttrpathValue> {
    set.attrpath_values()
}

/// The byte range of a node.
pub(crate) fn text_range(node: &rnix::SyntaxNode) -> std::ops::Range<usize> {
    let range = node.text_range();
    usize::from(range.start())..usize::from(range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn of(text: &str) -> Option<Property> {
        let root = rnix::Root::parse(text).ok().expect("no error");
        property(&root.expr().expect("an expression"))
    }

    #[test]
    fn by_every_name() {
        assert!(matches!(of("mkIf a b"), Some(Property::If { .. })));
        assert!(matches!(of("lib.mkIf a b"), Some(Property::If { .. })));
        assert!(matches!(of("lib.modules.mkIf a b"), Some(Property::If { .. })));
        assert!(matches!(of("mkForce 1"), Some(Property::Override { priority: Some(50), .. })));
        assert!(matches!(of("lib.mkOverride 70 1"), Some(Property::Override { priority: Some(70), .. })));
        assert!(matches!(of("mkOverride n 1"), Some(Property::Override { priority: None, .. })));
        assert!(matches!(of("mkAfter [ ]"), Some(Property::Order { order: Some(1500), .. })));
        assert!(matches!(of("mkMerge [ 1 2 ]"), Some(Property::Merge { literal: true, .. })));
        assert!(of("mkOption { }").is_none());
        assert!(of("mkIf a").is_none());
    }
}
