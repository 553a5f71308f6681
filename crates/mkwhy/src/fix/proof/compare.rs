//! Whether two values are the same, as far as both can be looked into.

use mkwhy_model::{FinalValue, Value};

/// What two values are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// They are the same, all of them.
    Same,
    /// They look alike, but not all of them can be looked into.
    Open,
    /// They are not the same.
    Other,
}

use Likeness::{Open, Other, Same};

/// Compares two values whose names are common.
pub(super) fn likeness(a: &Value, b: &Value) -> Likeness {
    match (a, b) {
        // What is no text was replaced when the answer was read.
        (Value::String { value: a }, Value::String { value: b }) if a == b => {
            if a.contains('\u{fffd}') {
                Open
            } else {
                Same
            }
        }
        // What throws has no value, whatever it says of that.
        (Value::Null, Value::Null) | (Value::Throws, Value::Throws) => Same,
        (Value::Bool { value: a }, Value::Bool { value: b }) => same(a == b),
        (Value::Int { value: a }, Value::Int { value: b }) => same(a == b),
        (Value::Float { value: a }, Value::Float { value: b }) => same(a == b),
        (Value::Path { value: a }, Value::Path { value: b }) => same(a == b),
        (Value::List { items: a, more: x }, Value::List { items: b, more: y }) => {
            several(a.len() == b.len() && x == y, *x, a.iter().zip(b).map(|(a, b)| likeness(a, b)))
        }
        (Value::Attrs { entries: a, more: x }, Value::Attrs { entries: b, more: y }) => {
            let names = a.len() == b.len() && x == y && a.iter().zip(b).all(|(a, b)| a.name == b.name);
            several(names, *x, a.iter().zip(b).map(|(a, b)| likeness(&a.value, &b.value)))
        }
        (
            Value::Property { property: a, number: m, holds: x, contents: c },
            Value::Property { property: b, number: n, holds: y, contents: d },
        ) => {
            let shape = a == b && m == n && x == y && c.len() == d.len();
            let open = u64::from(a == "if" && *x != Some(true));
            several(shape, open, c.iter().zip(d).map(|(a, b)| likeness(a, b)))
        }
        (
            Value::Text { .. }
            | Value::Derivation { .. }
            | Value::Function { .. }
            | Value::Special { .. }
            | Value::Elided { .. },
            _,
        ) if a == b => Open,
        _ => Other,
    }
}

fn same(is: bool) -> Likeness {
    if is { Same } else { Other }
}

/// Parts of something of the same shape; `hidden` parts of it are not shown.
fn several(shape: bool, hidden: u64, parts: impl Iterator<Item = Likeness>) -> Likeness {
    if !shape {
        return Other;
    }
    let visible = parts.max().unwrap_or(Same);
    if hidden > 0 { visible.max(Open) } else { visible }
}

/// What an option comes to on one side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    /// Its value; `None` where there is no such option.
    pub(super) value: Option<FinalValue>,
    /// Whether it is only known that evaluating it throws, and not why.
    pub(super) thrown: bool,
    /// Whether it is not the value that fails, but finding out what it is made of: it may have one.
    pub(super) unread: bool,
}

impl Outcome {
    /// An option that there is not.
    pub(super) const MISSING: Self = Self { value: None, thrown: false, unread: false };

    /// The value for people.
    pub(super) fn shown(&self) -> FinalValue {
        self.value.clone().unwrap_or(FinalValue::Undefined)
    }

    /// Compares what an option comes to.
    pub(super) fn likeness(&self, other: &Self) -> Likeness {
        let is_nothing = |value: &Option<FinalValue>| matches!(value, None | Some(FinalValue::Undefined));
        match (&self.value, &other.value) {
            (a, b) if is_nothing(a) && is_nothing(b) => Same,
            (Some(FinalValue::Unknown), _) | (_, Some(FinalValue::Unknown)) => Open,
            (Some(FinalValue::Failed { message: a }), Some(FinalValue::Failed { message: b })) => {
                // Where neither has a value, none changes: why it fails names files and definitions.
                same(!(self.unread || other.unread) || what_fails(&a.text) == what_fails(&b.text))
            }
            (
                Some(FinalValue::Known { value: a, .. } | FinalValue::Merged { value: a }),
                Some(FinalValue::Known { value: b, .. } | FinalValue::Merged { value: b }),
            ) => likeness(a, b),
            _ => Other,
        }
    }
}

/// A message without the places that it names: where definitions contradict each other is no part of what they come to.
fn what_fails(message: &str) -> &str {
    const CONTRADICTION: &str = "conflicting definition values";
    message.find(CONTRADICTION).map_or(message, |at| &message[..at + CONTRADICTION.len()])
}

#[cfg(test)]
mod tests {
    use mkwhy_model::{Entry, Message};

    use super::*;

    fn text(value: &str) -> Value {
        Value::String { value: value.to_owned() }
    }

    fn list(items: &[Value]) -> Value {
        Value::List { items: items.to_vec(), more: 0 }
    }

    fn set(entries: &[(&str, Value)]) -> Value {
        let entries = entries.iter().map(|(name, value)| Entry { name: (*name).to_owned(), value: value.clone() });
        Value::Attrs { entries: entries.collect(), more: 0 }
    }

    #[test]
    fn a_contradiction_is_the_same_wherever_its_sides_stand() {
        let failed = |text: &str| Outcome {
            value: Some(FinalValue::Failed { message: Message::new(text) }),
            unread: true,
            ..Outcome::MISSING
        };
        let first = failed("The option `a' has conflicting definition values:\n- In `x.nix': 1");
        let second = failed("The option `a' has conflicting definition values:\n- In `y.nix': 1");
        assert_eq!(first.likeness(&second), Same);
        assert_eq!(first.likeness(&failed("something else")), Other);
    }

    #[test]
    fn whole_values() {
        let int = |value| Value::Int { value };
        let float = |value| Value::Float { value };
        assert_eq!(likeness(&int(1), &int(1)), Same);
        assert_eq!(likeness(&int(1), &float(1.0)), Other);
        assert_eq!(likeness(&float(0.1 + 0.2), &float(0.3)), Other);
        assert_eq!(likeness(&text("a"), &Value::Path { value: "a".into() }), Other);
        assert_eq!(likeness(&list(&[int(1), int(2)]), &list(&[int(2), int(1)])), Other);
        assert_eq!(likeness(&list(&[int(1)]), &list(&[int(1), int(1)])), Other);
        assert_eq!(likeness(&set(&[("a", set(&[("b", int(1))]))]), &set(&[("a", set(&[("b", int(2))]))])), Other);
        assert_eq!(likeness(&set(&[("a", int(1))]), &set(&[("b", int(1))])), Other);
        assert_eq!(likeness(&Value::Null, &set(&[])), Other);
    }

    #[test]
    fn what_is_not_shown_is_open() {
        let function = Value::Function { arguments: vec![] };
        let elided = |entries| Value::Elided { entries };
        assert_eq!(likeness(&function, &function), Open);
        let one = list(std::slice::from_ref(&function));
        assert_eq!(likeness(&one, &one), Open);
        assert_eq!(likeness(&elided(3), &elided(3)), Open);
        assert_eq!(likeness(&elided(3), &elided(4)), Other);
        assert_eq!(likeness(&Value::Throws, &Value::Throws), Same);
        assert_eq!(likeness(&Value::Throws, &Value::Null), Other);
        assert_eq!(likeness(&text("a\u{fffd}"), &text("a\u{fffd}")), Open);
        let more = Value::List { items: vec![], more: 2 };
        assert_eq!(likeness(&more, &more), Open);
        // What is certainly another value is, whatever else there is.
        assert_eq!(
            likeness(&set(&[("f", function.clone()), ("x", text("a"))]), &set(&[("f", function), ("x", text("b"))])),
            Other
        );
    }

    #[test]
    fn outcomes() {
        let known = |value: Value| Outcome { value: Some(FinalValue::Known { value, json: None }), ..Outcome::MISSING };
        let failed = |message: &str, unread| Outcome {
            value: Some(FinalValue::Failed { message: Message::new(message) }),
            unread,
            ..Outcome::MISSING
        };
        assert_eq!(known(text("a")).likeness(&Outcome::MISSING), Other);
        let undefined = Outcome { value: Some(FinalValue::Undefined), ..Outcome::MISSING };
        assert_eq!(undefined.likeness(&Outcome::MISSING), Same);
        assert_eq!(failed("a", false).likeness(&failed("a", false)), Same);
        assert_eq!(failed("a", false).likeness(&failed("b", false)), Same);
        assert_eq!(failed("a", true).likeness(&failed("b", false)), Other);
        assert_eq!(failed("a", true).likeness(&failed("a", true)), Same);
        assert_eq!(failed("a", false).likeness(&known(text("a"))), Other);
        let unknown = Outcome { value: Some(FinalValue::Unknown), ..Outcome::MISSING };
        assert_eq!(unknown.likeness(&known(text("a"))), Open);
    }
}
