//! What several definitions of the best priority come to: that depends on the type of the option.

use mkwhy_model::{Definition, Outcome, Value};

/// The outcome of winners that meet; `None` where the text does not tell.
pub(super) fn outcome<'r>(winners: impl Iterator<Item = &'r Definition>, option_type: Option<&str>) -> Option<Outcome> {
    let sources: Option<Vec<&str>> = winners.map(|definition| definition.source.as_deref()).collect();
    let sources = sources?;
    if option_type.is_some_and(|text| type_is(text, &ALONE)) {
        return None;
    }
    // `anything` puts sets together, and refuses lists that differ.
    let one_list = option_type.is_some_and(|text| type_is(text, &["anything"]));
    // Types that are asked for one value take any number of equal ones; null is merged with nothing else.
    let merges = option_type.is_some_and(|text| type_is(text, &MERGING) && !text.contains("nullOr"))
        || sources.iter().all(|source| is_set(source) || is_list(source) && !one_list)
        || sources.windows(2).all(|pair| pair[0] == pair[1]) && is_literal(sources.first()?);
    if merges {
        return Some(Outcome::Merged);
    }
    if !option_type.is_some_and(|text| type_is(text, &SINGLE)) {
        return None;
    }
    let mut values = sources.iter().filter_map(|source| mkwhy_syntax::literal(source));
    let first: Value = values.next()?;
    values.any(|value| value != first).then_some(Outcome::Conflicts)
}

/// Types that may refuse several definitions whatever they say.
const ALONE: [&str; 5] = ["uniq", "unique", "raw", "functionTo", "attrTag"];

/// Types that put any values of theirs together.
const MERGING: [&str; 10] = [
    "lines",
    "commas",
    "envVar",
    "separatedString",
    "listOf",
    "attrsOf",
    "lazyAttrsOf",
    "attrs",
    "submodule",
    "deferredModule",
];

/// Types that refuse values that differ.
const SINGLE: [&str; 12] = [
    "bool",
    "int",
    "float",
    "number",
    "str",
    "singleLineStr",
    "nonEmptyStr",
    "path",
    "port",
    "package",
    "enum",
    "ints",
];

/// Whether all inside a type as it is written is of the type `anything`.
pub(super) fn holds_anything(text: &str) -> bool {
    let names: Vec<String> = names_in(text).collect();
    let [sets @ .., last] = names.as_slice() else { return false };
    last == "anything" && sets.iter().all(|name| name == "attrsOf" || name == "lazyAttrsOf")
}

/// Whether a type as it is written (`with lib.types; nullOr (listOf str)`) is one of some, or one of them or null.
fn type_is(text: &str, names: &[&str]) -> bool {
    names_in(text).next().is_some_and(|name| names.contains(&name.as_str()))
}

/// The names of types in the text of one, without what leads to them.
fn names_in(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    // `lib.types.ints.positive`: the part behind `types`.
    let name = |word: &'_ str| {
        let inner = word.strip_prefix("lib.").unwrap_or(word);
        inner.strip_prefix("types.").unwrap_or(inner).split('.').next().unwrap_or_default().to_owned()
    };
    let around = |name: &String| matches!(name.as_str(), "" | "lib" | "types" | "with" | "nullOr");
    words.map(name).filter(move |name| !around(name))
}

/// Whether a text, which may be cut off, is a set that is written out.
fn is_set(source: &str) -> bool {
    source.starts_with('{') && source.ends_with(['}', '…'])
}

/// Whether a text, which may be cut off, is a list that is written out.
fn is_list(source: &str) -> bool {
    source.starts_with('[') && source.ends_with([']', '…'])
}

fn is_literal(source: &str) -> bool {
    mkwhy_syntax::literal(source).is_some()
}
