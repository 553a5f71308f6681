//! The values that an option can have, where they are few.

use mkwhy_model::{Cascade, Value};

/// The values that an option can have, as far as its type names them: those of a Boolean, of an `enum`, and `null`.
pub fn choices(cascade: &Cascade) -> Vec<Value> {
    let Some(of) = &cascade.option_type else { return Vec::new() };
    // It is Nix's description of the type, or the type as it is written; what is one is not the other.
    let written = mkwhy_syntax::choices(of);
    if written.is_empty() { described(of).unwrap_or_default() } else { written }
}

/// The values of a type by Nix's description of it: `null or one of "a", "b"`. `None` where that is not understood.
fn described(of: &str) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    let mut rest = of;
    loop {
        let (first, behind) = alternative(rest);
        let listed = first
            .strip_prefix("one of ")
            .or_else(|| first.strip_prefix("value ").and_then(|one| one.strip_suffix(" (singular enum)")));
        let in_parens = first.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        match (first, listed, in_parens) {
            ("null", ..) => found.push(Value::Null),
            ("boolean", ..) => found.extend([true, false].map(|value| Value::Bool { value })),
            (_, Some(values), _) => found.extend(enumerated(values)?),
            (_, _, Some(inner)) => found.extend(described(inner)?),
            // Whether what is behind an `or` belongs to what is in a list is not always said.
            _ if first.contains(" of ") => return None,
            _ => {}
        }
        match behind {
            Some(behind) => rest = behind,
            None => return Some(found),
        }
    }
}

/// What is before the first ` or ` that is in no text and no parentheses, and what is behind it.
fn alternative(of: &str) -> (&str, Option<&str>) {
    let (mut depth, mut in_text) = (0_usize, false);
    for (at, c) in of.char_indices() {
        match c {
            '"' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => depth = depth.saturating_sub(1),
            ' ' if !in_text && depth == 0 && of[at..].starts_with(" or ") => {
                return (&of[..at], Some(&of[at + " or ".len()..]));
            }
            _ => {}
        }
    }
    (of, None)
}

/// The values of an `enum` as Nix lists them, with nothing escaped: `None` where it cannot be told where one ends.
fn enumerated(values: &str) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    let mut rest = values;
    loop {
        let end = match rest.strip_prefix('"') {
            Some(text) => text.find('"')? + 2,
            None => rest.find(", ").unwrap_or(rest.len()),
        };
        let (value, behind) = rest.split_at_checked(end)?;
        found.push(match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => Value::String { value: text.to_owned() },
            None => {
                mkwhy_syntax::literal(value).filter(|value| matches!(value, Value::Int { .. } | Value::Bool { .. }))?
            }
        });
        match behind {
            "" => return Some(found),
            behind => rest = behind.strip_prefix(", ")?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(option_type: &str, wanted: &[&str]) {
        let json = serde_json::json!({
            "path": "a", "target": "t", "known": { "how": "evaluated" }, "option_type": option_type,
            "value": { "state": "unknown" }, "before_apply": null, "contradiction": false, "declaration": null,
            "declared": true, "definitions": [], "agrees": null, "notes": [],
        });
        let found = choices(&serde_json::from_value(json).expect("a cascade"));
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), wanted, "{option_type}");
    }

    #[test]
    fn as_nix_describes_a_type() {
        has("boolean", &["true", "false"]);
        has("one of \"a\", \"b or c\", 3", &["\"a\"", "\"b or c\"", "3"]);
        has("null or one of \"a\", \"b\"", &["null", "\"a\"", "\"b\""]);
        has("null or (one of \"a\", \"b\") or string", &["null", "\"a\"", "\"b\""]);
        has("signed integer or value \"auto\" (singular enum)", &["\"auto\""]);
        has("one of \"${x}\"", &["\"\\${x}\""]);
    }

    #[test]
    fn as_it_is_written() {
        has("lib.types.nullOr (lib.types.enum [ \"a\" ])", &["null", "\"a\""]);
    }

    #[test]
    fn types_of_others() {
        for of in [
            "string",
            "list of one of \"a\", \"b\"",
            "list of string or value \"x\" (singular enum)",
            "attribute set of boolean",
            "list of (boolean or string)",
            "string matching the pattern \"one of \"a\"",
            "one of \"a\"b\", \"c\"",
            "types.listOf (types.enum [ \"a\" ])",
        ] {
            has(of, &[]);
        }
    }
}
