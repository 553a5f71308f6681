//! Values as far as they are shown.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::{Segment, quote};

/// A Nix value within a budget of depth, width and length; what cannot be shown is named instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Value {
    /// `null`
    Null,
    /// A Boolean.
    Bool {
        /// It.
        value: bool,
    },
    /// An integer.
    Int {
        /// It.
        value: i64,
    },
    /// A floating-point number.
    Float {
        /// It.
        value: f64,
    },
    /// A whole string.
    String {
        /// It, without its string context.
        value: String,
    },
    /// The beginning of a long string.
    Text {
        /// The beginning.
        value: String,
        /// How long the whole is, in bytes.
        bytes: u64,
    },
    /// A path, which was not copied into the store.
    Path {
        /// It, absolute.
        value: String,
    },
    /// A list.
    List {
        /// Its first elements.
        items: Vec<Value>,
        /// How many more there are.
        more: u64,
    },
    /// An attribute set.
    Attrs {
        /// Its first attributes, by name.
        entries: Vec<Entry>,
        /// How many more there are.
        more: u64,
    },
    /// A derivation, which was not instantiated.
    Derivation {
        /// Its `name`.
        name: String,
    },
    /// A function.
    Function {
        /// The names of its arguments, where it takes a set.
        arguments: Vec<String>,
    },
    /// Something of the module system's own: an option, a type, a package set, a flake.
    Special {
        /// What it is.
        what: String,
    },
    /// A property (`if`, `override`, `order`, `merge`) that is still around its content.
    Property {
        /// Which.
        property: String,
        /// The priority of an `override` or `order`.
        number: Option<i64>,
        /// Of an `if`: whether it holds, `None` where that cannot be evaluated.
        holds: Option<bool>,
        /// What is in it; empty where its condition does not hold.
        contents: Vec<Value>,
    },
    /// A list or set of which nothing is shown because the budget is spent.
    Elided {
        /// How many entries it has.
        entries: u64,
    },
    /// Evaluating it throws.
    Throws,
}

/// One attribute of a [`Value::Attrs`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Its name, without quotes.
    pub name: String,
    /// Its value.
    pub value: Value,
}

impl Value {
    /// Whether all of it is shown, so that two of them can be compared.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Null
            | Self::Bool { .. }
            | Self::Int { .. }
            | Self::Float { .. }
            | Self::String { .. }
            | Self::Path { .. } => true,
            Self::List { items, more } => *more == 0 && items.iter().all(Self::is_whole),
            Self::Attrs { entries, more } => *more == 0 && entries.iter().all(|entry| entry.value.is_whole()),
            Self::Text { .. }
            | Self::Derivation { .. }
            | Self::Function { .. }
            | Self::Special { .. }
            | Self::Property { .. }
            | Self::Elided { .. }
            | Self::Throws => false,
        }
    }

    /// The value as plain JSON, where it is shown whole and JSON has such a value.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        match self {
            Self::Null => Some(Json::Null),
            Self::Bool { value } => Some(Json::Bool(*value)),
            Self::Int { value } => Some(Json::from(*value)),
            Self::Float { value } => Some(Json::from(*value)),
            Self::String { value } => Some(Json::from(value.as_str())),
            Self::List { items, more: 0 } => {
                items.iter().map(Self::to_json).collect::<Option<Vec<_>>>().map(Json::from)
            }
            Self::Attrs { entries, more: 0 } => entries
                .iter()
                .map(|entry| Some((entry.name.clone(), entry.value.to_json()?)))
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Json::Object),
            Self::Property { property, number, holds, contents } => property_json(property, *number, *holds, contents),
            _ => None,
        }
    }
}

/// A property is an attribute set like any other where the module system leaves it in a value.
fn property_json(
    property: &str,
    number: Option<i64>,
    holds: Option<bool>,
    contents: &[Value],
) -> Option<serde_json::Value> {
    let contents = contents.iter().map(Value::to_json).collect::<Option<Vec<_>>>()?;
    let mut set = serde_json::Map::new();
    set.insert("_type".into(), property.into());
    if property == "merge" {
        set.insert("contents".into(), contents.into());
    } else {
        set.insert("content".into(), contents.into_iter().next()?);
    }
    if let Some(number) = number {
        set.insert("priority".into(), number.into());
    }
    if let Some(holds) = holds {
        set.insert("condition".into(), holds.into());
    }
    Some(set.into())
}

/// Nix syntax as far as it goes; what has none stands between « and ».
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool { value } => write!(f, "{value}"),
            Self::Int { value } => write!(f, "{value}"),
            Self::Float { value } => write!(f, "{value:?}"),
            Self::String { value } => f.write_str(&quote(value)),
            Self::Text { value, bytes } => write!(f, "{}… «{bytes} bytes»", quote(value)),
            Self::Path { value } => f.write_str(value),
            Self::List { items, more } => {
                f.write_str("[ ")?;
                for item in items {
                    if matches!(item, Self::Property { .. }) { write!(f, "({item}) ")? } else { write!(f, "{item} ")? }
                }
                rest(f, *more)?;
                f.write_str("]")
            }
            Self::Attrs { entries, more } => {
                f.write_str("{ ")?;
                for Entry { name, value } in entries {
                    write!(f, "{} = {value}; ", Segment::Name(name.clone()))?;
                }
                rest(f, *more)?;
                f.write_str("}")
            }
            Self::Derivation { name } => write!(f, "«derivation {name}»"),
            Self::Function { arguments } if arguments.is_empty() => f.write_str("«function»"),
            Self::Function { arguments } => write!(f, "«function {{ {} }}»", arguments.join(", ")),
            Self::Special { what } => write!(f, "«{what}»"),
            Self::Property { property, number, holds, contents } => {
                match (property.as_str(), holds) {
                    ("if", Some(false)) => return f.write_str("«mkIf false …»"),
                    ("if", None) => return f.write_str("«mkIf, whose condition throws»"),
                    ("if", Some(true)) => f.write_str("mkIf true")?,
                    ("merge", _) => f.write_str("mkMerge")?,
                    ("order", _) => write!(f, "mkOrder {}", number.unwrap_or_default())?,
                    (_, _) => write!(f, "mkOverride {}", number.unwrap_or_default())?,
                }
                if property == "merge" {
                    return write!(f, " {}", Self::List { items: contents.clone(), more: 0 });
                }
                contents.iter().try_for_each(|value| match value {
                    Self::Property { .. } => write!(f, " ({value})"),
                    value => write!(f, " {value}"),
                })
            }
            Self::Elided { entries } => write!(f, "«{entries} entries»"),
            Self::Throws => f.write_str("«throws»"),
        }
    }
}

fn rest(f: &mut fmt::Formatter<'_>, more: u64) -> fmt::Result {
    if more > 0 { write!(f, "«{more} more» ") } else { Ok(()) }
}
