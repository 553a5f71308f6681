//! The probe's JSON, read once and checked; nothing else sees it.

use std::borrow::Cow;

use mkwhy_model::{Entry, OptionPath, Segment, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::error::Error;

/// What the probe says about one path.
#[derive(Debug, Clone)]
pub struct Part {
    /// The path.
    pub path: OptionPath,
    /// What is there.
    pub kind: Kind,
    /// Names near a path that is missing, or in a set of options.
    pub names: Vec<String>,
    /// Where a value is closed, or a definition is not declared.
    pub at: Option<OptionPath>,
    /// The description of the type.
    pub option_type: Option<String>,
    /// The value.
    pub value: Option<ValuePart>,
    /// The definitions: winners in merge order first.
    pub definitions: Vec<DefinitionPart>,
    /// Whether Nix's own list of winners is the probe's.
    pub agrees: Agreement,
    /// The declaration, where one option stands at exactly this path.
    pub option: Option<DeclarationPart>,
    /// Whether a condition could not be evaluated, so that the outcome is open.
    pub undecided: bool,
    /// The name of the type that merges the definitions.
    pub merger: Option<String>,
    /// Of a read-only option: how often the module system counts it as defined.
    pub times: Option<usize>,
    /// Of an option that was removed, so that defining it is an error: what an assertion beside its declaration says then,
    /// empty if there is none.
    pub removed: Option<String>,
    /// Where the option was changed to another one, which may have another type: that one, empty if it is not known.
    pub changed: Option<OptionPath>,
    /// Of what no option takes: whether Nix ignores it, because `_module.check` is off, and does not refuse it.
    pub ignored: bool,
}

impl Part {
    /// Whether it says by itself why its value throws.
    pub(crate) fn is_explained(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.contradiction)
            || self.times.is_some_and(|times| times > 1)
            || self.definitions.iter().any(|definition| definition.misfit.is_some())
    }
}

/// Whether Nix's own list of winners is the probe's; `None` where Nix keeps none.
pub type Agreement = Option<bool>;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A declared option.
    Option,
    /// Something inside an option's value.
    Inside,
    /// Something that a freeform type takes.
    Freeform,
    /// Definitions without a declaration.
    Undeclared,
    /// A set of options.
    Namespace,
    /// Nothing.
    Missing,
    /// Inside a value that is closed.
    Opaque,
    /// It could not be evaluated.
    Failed,
    /// Inactive definitions of a container whose contents were listed by themselves.
    Remainder,
}

/// A value as the probe found it.
#[derive(Debug, Clone)]
pub struct ValuePart {
    /// The value, if there is one.
    pub value: Option<Value>,
    /// Nothing defines it.
    pub undefined: bool,
    /// The finished configuration shows no such path.
    pub hidden: bool,
    /// It was left out because evaluating it failed.
    pub failed: bool,
    /// Definitions of one priority contradict each other.
    pub contradiction: bool,
    /// Before `apply`.
    pub before: Option<Value>,
}

/// What became of a definition at the level where it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Of the winning priority.
    Wins,
    /// Weaker, or overwritten.
    Shadowed,
    /// A condition is false.
    Inactive,
    /// A condition cannot be evaluated.
    Undecided,
    /// Inside a definition that lost.
    Dropped,
}

/// A place: file, line, column.
pub type Place = (String, Option<u32>, Option<u32>);

/// One definition.
#[derive(Debug, Clone)]
pub struct DefinitionPart {
    /// What became of it.
    pub state: State,
    /// The file of its module.
    pub file: String,
    /// Where its attribute stands.
    pub at: Option<Place>,
    /// Its priority.
    pub priority: Option<i64>,
    /// Its order.
    pub order: Option<i64>,
    /// Its conditions at this level.
    pub conditions: Vec<Option<bool>>,
    /// The files of the import chain, the module's own last.
    pub chain: Vec<String>,
    /// The outer levels that it went through.
    pub outer: Vec<Outer>,
    /// Its value.
    pub value: Option<Value>,
    /// How many elements of the merged list it gave.
    pub elements: Option<usize>,
    /// The option through which it was forwarded.
    pub via: Option<OptionPath>,
    /// How many names of the path follow the option that `via` is another name of.
    pub beyond: usize,
    /// Whether it is the declared default.
    pub is_default: bool,
    /// Of one that did not get to this level: where it was decided.
    pub decided_at: Option<OptionPath>,
    /// Of one that did not get to this level: the way from there that only its text can tell.
    pub rest: Vec<Segment>,
    /// Of one that did not get to this level: the priority that the larger definition had where it lost.
    pub lost_with: Option<i64>,
    /// Of one of several that one binding comes to (`mkMerge`): its number, and how many they are.
    pub part: Option<(usize, usize)>,
    /// Of a shadowed one that did not get to this level: its value is no set that could be read.
    pub unread: bool,
    /// Among definitions of which some are ordered: its place as the modules give it.
    pub sequence: Option<usize>,
    /// Of a winner that the option's type does not take.
    pub misfit: Option<Misfit>,
    /// Of a winner whose module is no file by itself: which module it is.
    pub module: Option<String>,
}

impl DefinitionPart {
    /// The path that the attribute at its place defines, when it was found while looking for `path`.
    pub fn stands_for<'a>(&'a self, path: &'a OptionPath) -> &'a OptionPath {
        match (&self.via, &self.decided_at) {
            (Some(via), _) => via,
            (None, Some(outer)) if !self.rest.is_empty() => outer,
            _ => path,
        }
    }
}

/// What of a definition is not of its option's type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Misfit {
    /// The whole of it (always true).
    Whole(bool),
    /// These elements of its list.
    Elements(Vec<usize>),
}

/// An outer level that a definition went through.
#[derive(Debug, Clone)]
pub struct Outer {
    /// The option there.
    pub path: OptionPath,
    /// The file of the module.
    pub file: String,
    /// Where the larger definition stands.
    pub at: Option<Place>,
    /// Its priority there.
    pub priority: Option<i64>,
    /// Its conditions there.
    pub conditions: Vec<Option<bool>>,
    /// Of one of several that one binding comes to: its number, and how many they are.
    pub part: Option<(usize, usize)>,
    /// Which element of its list the rest is in.
    pub element: Option<usize>,
}

/// A declaration.
#[derive(Debug, Clone)]
pub struct DeclarationPart {
    /// Where it stands.
    pub at: Vec<Place>,
    /// Its default.
    pub default: Option<Value>,
    /// The documented text of the default.
    pub default_text: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Only one definition is allowed.
    pub read_only: bool,
    /// Internal.
    pub internal: bool,
    /// Shown in documentation.
    pub visible: bool,
    /// Has an `apply` function.
    pub apply: bool,
    /// Forwards to another option.
    pub alias: bool,
}

#[derive(Deserialize)]
struct WireAnswer {
    results: Vec<WirePart>,
    #[serde(default)]
    modules: Vec<String>,
    #[serde(default)]
    shapes: Vec<WireShape>,
}

#[derive(Deserialize)]
struct WireShape {
    path: Vec<WireSegment>,
    names: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct WirePart {
    path: Vec<WireSegment>,
    kind: Kind,
    #[serde(default)]
    names: Vec<String>,
    at: Option<Vec<WireSegment>>,
    r#type: Option<String>,
    value: Option<WireValue>,
    #[serde(default)]
    definitions: Vec<WireDefinition>,
    agrees: Option<bool>,
    option: Option<WireOption>,
    #[serde(default)]
    undecided: bool,
    merger: Option<String>,
    times: Option<usize>,
    removed: Option<String>,
    changed: Option<Vec<WireSegment>>,
    #[serde(default)]
    ignored: bool,
}

enum WireSegment {
    Index(usize),
    Name(String),
}

/// By hand: there are many, and an untagged enum would copy each of them first.
impl<'de> Deserialize<'de> for WireSegment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = WireSegment;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a name or an index")
            }

            fn visit_u64<E: serde::de::Error>(self, index: u64) -> Result<WireSegment, E> {
                usize::try_from(index).map(WireSegment::Index).map_err(E::custom)
            }

            fn visit_str<E>(self, name: &str) -> Result<WireSegment, E> {
                Ok(WireSegment::Name(name.to_owned()))
            }

            fn visit_string<E>(self, name: String) -> Result<WireSegment, E> {
                Ok(WireSegment::Name(name))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Deserialize)]
struct WireValue {
    #[serde(default, deserialize_with = "present")]
    v: Option<Json>,
    #[serde(default)]
    undefined: bool,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    failed: bool,
    #[serde(default)]
    conflict: bool,
    #[serde(default, deserialize_with = "present")]
    before: Option<Json>,
}

#[derive(Deserialize)]
struct WireDefinition {
    s: State,
    f: String,
    p: Option<Place>,
    n: Option<i64>,
    o: Option<i64>,
    c: Vec<Option<bool>>,
    m: Vec<String>,
    #[serde(default)]
    up: Vec<WireOuter>,
    #[serde(default, deserialize_with = "present")]
    v: Option<Json>,
    e: Option<usize>,
    via: Option<Vec<WireSegment>>,
    #[serde(default)]
    beyond: usize,
    #[serde(default)]
    d: bool,
    at: Option<Vec<WireSegment>>,
    #[serde(default)]
    rest: Vec<WireSegment>,
    lost: Option<i64>,
    part: Option<(usize, usize)>,
    #[serde(default)]
    unread: bool,
    i: Option<usize>,
    w: Option<Misfit>,
    k: Option<String>,
}

#[derive(Deserialize)]
struct WireOuter {
    at: Vec<WireSegment>,
    f: String,
    p: Option<Place>,
    n: Option<i64>,
    c: Vec<Option<bool>>,
    part: Option<(usize, usize)>,
    element: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOption {
    at: Vec<Option<Place>>,
    #[serde(default, deserialize_with = "present")]
    default: Option<Json>,
    default_text: Option<String>,
    description: Option<String>,
    read_only: bool,
    internal: bool,
    visible: bool,
    apply: bool,
    #[serde(default)]
    alias: bool,
}

/// A field that is there is `Some`, even if it is JSON's null: that is a value in Nix.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// The probe's whole answer.
pub(crate) struct Answer {
    /// What was found.
    pub(crate) parts: Vec<Part>,
    /// The files of the modules, where they were asked for.
    pub(crate) modules: Vec<String>,
    /// The names in what stands around what was found; `None` for what is no set.
    pub(crate) shapes: Vec<(OptionPath, Option<Vec<String>>)>,
}

/// Reads the probe's whole answer.
pub(crate) fn parse(stdout: &[u8]) -> Result<Answer, Error> {
    // Older Nix writes strings that are not UTF-8 as they are.
    let text = std::str::from_utf8(stdout).map_or_else(|_| String::from_utf8_lossy(stdout), Cow::Borrowed);
    let answer: WireAnswer = serde_json::from_str(&text).map_err(|error| Error::Wire(error.to_string()))?;
    let parts = answer.results.into_iter().map(part).collect::<Result<_, _>>()?;
    let shapes = answer.shapes.into_iter().map(|shape| (path(shape.path), shape.names)).collect();
    Ok(Answer { parts, modules: answer.modules, shapes })
}

/// Reads one answer that was told on the way.
pub(crate) fn parse_part(json: &str) -> Result<Part, Error> {
    let wire: WirePart = serde_json::from_str(json).map_err(|error| Error::Wire(error.to_string()))?;
    part(wire)
}

fn part(wire: WirePart) -> Result<Part, Error> {
    Ok(Part {
        path: path(wire.path),
        kind: wire.kind,
        names: wire.names,
        at: wire.at.map(path),
        option_type: wire.r#type,
        value: wire.value.map(value_part).transpose()?,
        definitions: wire.definitions.into_iter().map(definition).collect::<Result<_, _>>()?,
        agrees: wire.agrees,
        option: wire.option.map(declaration).transpose()?,
        undecided: wire.undecided,
        merger: wire.merger,
        times: wire.times,
        removed: wire.removed,
        changed: wire.changed.map(path),
        ignored: wire.ignored,
    })
}

fn segments(wire: Vec<WireSegment>) -> Vec<Segment> {
    wire.into_iter()
        .map(|segment| match segment {
            WireSegment::Index(index) => Segment::Index(index),
            WireSegment::Name(name) => Segment::Name(name),
        })
        .collect()
}

fn path(wire: Vec<WireSegment>) -> OptionPath {
    OptionPath::new(segments(wire))
}

fn value_part(wire: WireValue) -> Result<ValuePart, Error> {
    Ok(ValuePart {
        value: wire.v.map(value).transpose()?,
        undefined: wire.undefined,
        hidden: wire.hidden,
        failed: wire.failed,
        contradiction: wire.conflict,
        before: wire.before.map(value).transpose()?,
    })
}

fn definition(wire: WireDefinition) -> Result<DefinitionPart, Error> {
    Ok(DefinitionPart {
        state: wire.s,
        file: wire.f,
        at: wire.p,
        priority: wire.n,
        order: wire.o,
        conditions: wire.c,
        chain: wire.m,
        outer: wire
            .up
            .into_iter()
            .map(|outer| Outer {
                path: path(outer.at),
                file: outer.f,
                at: outer.p,
                priority: outer.n,
                conditions: outer.c,
                part: outer.part,
                element: outer.element,
            })
            .collect(),
        value: wire.v.map(value).transpose()?,
        elements: wire.e,
        via: wire.via.map(path),
        beyond: wire.beyond,
        is_default: wire.d,
        decided_at: wire.at.map(path),
        rest: segments(wire.rest),
        lost_with: wire.lost,
        part: wire.part,
        unread: wire.unread,
        sequence: wire.i,
        misfit: wire.w,
        module: wire.k,
    })
}

fn declaration(wire: WireOption) -> Result<DeclarationPart, Error> {
    Ok(DeclarationPart {
        at: wire.at.into_iter().flatten().collect(),
        default: wire.default.map(value).transpose()?,
        default_text: wire.default_text,
        description: wire.description,
        read_only: wire.read_only,
        internal: wire.internal,
        visible: wire.visible,
        apply: wire.apply,
        alias: wire.alias,
    })
}

/// The encoding that `render.nix` describes.
fn value(json: Json) -> Result<Value, Error> {
    let bad = |what: &str| Error::Wire(format!("a value with {what}"));
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool { value },
        Json::String(value) => Value::String { value },
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Int { value },
            None => Value::Float { value: number.as_f64().ok_or_else(|| bad("an unreadable number"))? },
        },
        Json::Array(_) => return Err(bad("a bare list")),
        Json::Object(mut tags) => {
            let number = |tags: &serde_json::Map<String, Json>, tag: &str| {
                tags.get(tag).and_then(Json::as_u64).unwrap_or_default()
            };
            let text = |json: Json| match json {
                Json::String(text) => Ok(text),
                _ => Err(bad("a tag that is no text")),
            };
            if let Some(Json::Array(items)) = tags.remove("l") {
                Value::List { items: items.into_iter().map(value).collect::<Result<_, _>>()?, more: number(&tags, "m") }
            } else if let Some(Json::Object(entries)) = tags.remove("a") {
                let entries = entries.into_iter().map(|(name, json)| Ok(Entry { name, value: value(json)? }));
                Value::Attrs { entries: entries.collect::<Result<_, Error>>()?, more: number(&tags, "m") }
            } else if let Some(pairs) = tags.remove("k") {
                let pairs: Vec<(String, Json)> =
                    serde_json::from_value(pairs).map_err(|_| bad("unreadable attributes"))?;
                let entries = pairs.into_iter().map(|(name, json)| Ok(Entry { name, value: value(json)? }));
                Value::Attrs { entries: entries.collect::<Result<_, Error>>()?, more: number(&tags, "m") }
            } else if let Some(beginning) = tags.remove("s") {
                Value::Text { value: text(beginning)?, bytes: number(&tags, "n") }
            } else if let Some(name) = tags.remove("d") {
                Value::Derivation { name: text(name)? }
            } else if let Some(Json::Array(names)) = tags.remove("f") {
                Value::Function { arguments: names.into_iter().map(text).collect::<Result<_, _>>()? }
            } else if let Some(path) = tags.remove("p") {
                Value::Path { value: text(path)? }
            } else if let Some(float) = tags.remove("r") {
                let (whole, exponent): (i64, i32) =
                    serde_json::from_value(float).map_err(|_| bad("an unreadable float"))?;
                Value::Float { value: float_of(whole, exponent) }
            } else if let Some(what) = tags.remove("t") {
                Value::Special { what: text(what)? }
            } else if let Some(property) = tags.remove("w") {
                let contents = match tags.remove("v") {
                    None => Vec::new(),
                    Some(Json::Array(contents)) => contents,
                    Some(content) => vec![content],
                };
                Value::Property {
                    property: text(property)?,
                    number: tags.get("n").and_then(Json::as_i64),
                    holds: tags.get("c").and_then(Json::as_bool),
                    contents: contents.into_iter().map(value).collect::<Result<_, _>>()?,
                }
            } else if tags.contains_key("x") {
                Value::Elided { entries: number(&tags, "x") }
            } else if tags.contains_key("e") {
                Value::Throws
            } else {
                return Err(bad("an unknown tag"));
            }
        }
    })
}

/// A whole number of at most 53 bits times a power of two, which is exact.
fn float_of(whole: i64, exponent: i32) -> f64 {
    // In two steps: the power alone may be too small for a float where the product is not.
    let half = exponent / 2;
    #[expect(clippy::cast_precision_loss, reason = "it has no more bits than a float")]
    let whole = whole as f64;
    whole * 2f64.powi(half) * 2f64.powi(exponent - half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_exact() {
        for (float, whole, exponent) in [
            (0.1, 7_205_759_403_792_794, -56),
            (-1.5, -6_755_399_441_055_744, -52),
            (f64::MAX, 9_007_199_254_740_991, 971),
            (f64::from_bits(1), 4_503_599_627_370_496, -1126),
            (f64::from_bits(0x000f_ffff_ffff_ffff), 9_007_199_254_740_990, -1075),
        ] {
            assert_eq!(float_of(whole, exponent), float);
        }
    }

    #[test]
    fn every_tag_is_read() {
        let json = serde_json::json!({ "a": {
            "list": { "l": [1, { "x": 3 }], "m": 2 },
            "null": null,
            "text": { "s": "abc", "n": 900 },
            "drv": { "d": "hello" },
            "fn": { "f": ["a", "b"] },
            "path": { "p": "/etc" },
            "type": { "t": "option" },
            "if": { "w": "if", "c": false },
            "throws": { "e": 1 },
            "float": { "r": [6755399441055744_i64, -52] },
        }, "m": 0 });
        let shown = value(json).expect("readable").to_string();
        assert_eq!(
            shown,
            "{ drv = «derivation hello»; float = 1.5; fn = «function { a, b }»; \"if\" = «mkIf false …»; \
             list = [ 1 «3 entries» «2 more» ]; null = null; path = /etc; text = \"abc\"… «900 bytes»; \
             throws = «throws»; type = «option»; }"
        );
        assert!(value(serde_json::json!({ "zz": 1 })).is_err());
    }
}
