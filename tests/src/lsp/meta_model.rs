//! The protocol's published meta model, and whether a message is what it says.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use crate::part;

/// The meta model, by names.
#[derive(Debug)]
pub struct MetaModel {
    structures: HashMap<String, Structure>,
    aliases: HashMap<String, Type>,
    enumerations: HashMap<String, Enumeration>,
    requests: HashMap<String, Message>,
    notifications: HashMap<String, Message>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    requests: Vec<Message>,
    notifications: Vec<Message>,
    structures: Vec<Structure>,
    enumerations: Vec<Enumeration>,
    type_aliases: Vec<Alias>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    method: String,
    params: Option<Type>,
    result: Option<Type>,
    registration_options: Option<Type>,
    message_direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Direction {
    ClientToServer,
    ServerToClient,
    Both,
}

#[derive(Debug, Deserialize)]
struct Structure {
    #[serde(default)]
    name: String,
    #[serde(default)]
    extends: Vec<Type>,
    #[serde(default)]
    mixins: Vec<Type>,
    properties: Vec<Property>,
}

#[derive(Debug, Deserialize)]
struct Property {
    name: String,
    #[serde(rename = "type")]
    of: Type,
    #[serde(default)]
    optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Enumeration {
    name: String,
    #[serde(rename = "type")]
    of: Type,
    values: Vec<Entry>,
    #[serde(default)]
    supports_custom_values: bool,
}

#[derive(Debug, Deserialize)]
struct Entry {
    value: Value,
}

#[derive(Debug, Deserialize)]
struct Alias {
    name: String,
    #[serde(rename = "type")]
    of: Type,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Type {
    Base { name: String },
    Reference { name: String },
    Array { element: Box<Type> },
    Map { key: Box<Type>, value: Box<Type> },
    And { items: Vec<Type> },
    Or { items: Vec<Type> },
    Tuple { items: Vec<Type> },
    Literal { value: Structure },
    StringLiteral { value: String },
    IntegerLiteral { value: i64 },
    BooleanLiteral { value: bool },
}

/// What is wrong with a message, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Dotted, from the root of what was looked at.
    pub at: String,
    /// What is wrong there.
    pub what: String,
    /// How deep it is; of the cases of a union the one that fits furthest is spoken of.
    depth: usize,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// A place in a message.
#[derive(Clone, Copy)]
struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    name: &'p str,
}

impl Place<'_> {
    fn wrong(&self, what: impl Into<String>) -> Wrong {
        let mut names = vec![self.name];
        let mut place = self;
        while let Some(parent) = place.parent {
            names.push(parent.name);
            place = parent;
        }
        let depth = names.len();
        names.reverse();
        Wrong { at: names.join("."), what: what.into(), depth }
    }
}

/// The properties of something, with those that it inherits.
type Properties<'m> = Vec<&'m Property>;

impl MetaModel {
    /// The one that the protocol's authors publish.
    ///
    /// # Panics
    /// If the part is missing or is no meta model.
    pub fn published() -> &'static Self {
        static MODEL: OnceLock<MetaModel> = OnceLock::new();
        MODEL.get_or_init(|| {
            let text = std::fs::read_to_string(part("lsp-3.17/metaModel.json")).expect("the meta model");
            let file: File = serde_json::from_str(&text).expect("a meta model");
            Self {
                structures: file.structures.into_iter().map(|it| (it.name.clone(), it)).collect(),
                aliases: file.type_aliases.into_iter().map(|it| (it.name, it.of)).collect(),
                enumerations: file.enumerations.into_iter().map(|it| (it.name.clone(), it)).collect(),
                requests: file.requests.into_iter().map(|it| (it.method.clone(), it)).collect(),
                notifications: file.notifications.into_iter().map(|it| (it.method.clone(), it)).collect(),
            }
        })
    }

    /// Whether the protocol has a request of that name.
    pub fn knows_request(&self, method: &str) -> bool {
        self.requests.contains_key(method)
    }

    /// Checks a notification of the server's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_notification(&self, method: &str, params: Option<&Value>) -> Result<(), Wrong> {
        self.check_sent(&self.notifications, method, params)?;
        if method == "$/progress" {
            let root = Place { parent: None, name: "$/progress" };
            let value = params.and_then(|params| params.get("value")).unwrap_or(&Value::Null);
            // This server reports nothing but work that is being done.
            let kinds = ["WorkDoneProgressBegin", "WorkDoneProgressReport", "WorkDoneProgressEnd"];
            let fits = kinds.map(|name| self.named(name, value, &root));
            if fits.iter().all(Result::is_err) {
                return deepest(fits.into_iter());
            }
        }
        Ok(())
    }

    /// Checks a request of the server's, and what it registers.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_request(&self, method: &str, params: Option<&Value>) -> Result<(), Wrong> {
        self.check_sent(&self.requests, method, params)?;
        let registrations = params.and_then(|params| params.get("registrations")).and_then(Value::as_array);
        for registration in registrations.into_iter().flatten() {
            let name = registration["method"].as_str().unwrap_or_default();
            let root = Place { parent: None, name };
            let message = self.requests.get(name).or_else(|| self.notifications.get(name));
            let message = message.ok_or_else(|| root.wrong("is registered, and the protocol does not have it"))?;
            if let (Some(of), Some(options)) = (&message.registration_options, registration.get("registerOptions")) {
                self.fits(of, options, &root)?;
            }
        }
        Ok(())
    }

    /// Checks the result of a request of the client's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_result(&self, method: &str, result: &Value) -> Result<(), Wrong> {
        let root = Place { parent: None, name: method };
        let request = self.requests.get(method).ok_or_else(|| root.wrong("the protocol has no such request"))?;
        match &request.result {
            Some(of) => self.fits(of, result, &root),
            None => Err(root.wrong("the meta model says no result")),
        }
    }

    /// Checks a value against a type of the model by its name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_type(&self, name: &str, value: &Value) -> Result<(), Wrong> {
        self.named(name, value, &Place { parent: None, name })
    }

    fn check_sent(&self, known: &HashMap<String, Message>, method: &str, params: Option<&Value>) -> Result<(), Wrong> {
        let root = Place { parent: None, name: method };
        let message = known.get(method).ok_or_else(|| root.wrong("the protocol has no such message"))?;
        if message.message_direction == Direction::ClientToServer {
            return Err(root.wrong("only the client sends this"));
        }
        match (&message.params, params) {
            (Some(of), Some(params)) => self.fits(of, params, &root),
            (Some(_), None) => Err(root.wrong("the parameters are missing")),
            (None, None | Some(Value::Null)) => Ok(()),
            (None, Some(_)) => Err(root.wrong("has no parameters")),
        }
    }

    fn named(&self, name: &str, value: &Value, place: &Place<'_>) -> Result<(), Wrong> {
        if name == "LSPAny" {
            return Ok(());
        }
        if let Some(of) = self.aliases.get(name) {
            return self.fits(of, value, place);
        }
        if let Some(structure) = self.structures.get(name) {
            return self.structure(structure, value, place);
        }
        let enumeration =
            self.enumerations.get(name).unwrap_or_else(|| panic!("the meta model speaks of {name} and has none"));
        self.fits(&enumeration.of, value, place)?;
        if enumeration.supports_custom_values || enumeration.values.iter().any(|entry| entry.value == *value) {
            Ok(())
        } else {
            Err(place.wrong(format!("{value} is no {}", enumeration.name)))
        }
    }

    fn fits(&self, of: &Type, value: &Value, place: &Place<'_>) -> Result<(), Wrong> {
        let expected = |fits: bool, what: &str| {
            if fits { Ok(()) } else { Err(place.wrong(format!("{} is not {what}", short(value)))) }
        };
        match of {
            Type::Base { name } => expected(is_base(name, value), name),
            Type::Reference { name } => self.named(name, value, place),
            Type::Array { element } => match value {
                Value::Array(items) => self.items(items, |_| element, place),
                _ => expected(false, "a list"),
            },
            Type::Tuple { items: types } => match value {
                Value::Array(items) if items.len() == types.len() => self.items(items, |index| &types[index], place),
                _ => expected(false, "a tuple of its length"),
            },
            Type::Map { key, value: of } => match value {
                Value::Object(entries) => entries.iter().try_for_each(|(name, value)| {
                    let place = Place { parent: Some(place), name };
                    self.fits(key, &Value::String(name.clone()), &place)?;
                    self.fits(of, value, &place)
                }),
                _ => expected(false, "a map"),
            },
            Type::Or { items } => {
                let tried: Vec<Result<(), Wrong>> = items.iter().map(|of| self.fits(of, value, place)).collect();
                if tried.iter().any(Result::is_ok) { Ok(()) } else { deepest(tried.into_iter()) }
            }
            Type::And { .. } | Type::Literal { .. } => {
                let mut properties = Vec::new();
                self.collect(of, &mut properties);
                object(self, &properties, value, place)
            }
            Type::StringLiteral { value: only } => expected(value.as_str() == Some(only), only),
            Type::IntegerLiteral { value: only } => expected(value.as_i64() == Some(*only), &only.to_string()),
            Type::BooleanLiteral { value: only } => expected(value.as_bool() == Some(*only), &only.to_string()),
        }
    }

    fn items<'m>(&self, items: &[Value], of: impl Fn(usize) -> &'m Type, place: &Place<'_>) -> Result<(), Wrong> {
        items.iter().enumerate().try_for_each(|(index, item)| {
            self.fits(of(index), item, &Place { parent: Some(place), name: &index.to_string() })
        })
    }

    fn structure(&self, structure: &Structure, value: &Value, place: &Place<'_>) -> Result<(), Wrong> {
        let mut properties = Vec::new();
        self.collect_structure(structure, &mut properties);
        object(self, &properties, value, place)
    }

    fn collect<'m>(&'m self, of: &'m Type, into: &mut Properties<'m>) {
        match of {
            Type::Literal { value } => self.collect_structure(value, into),
            Type::And { items } => items.iter().for_each(|item| self.collect(item, into)),
            Type::Reference { name } => match (self.structures.get(name), self.aliases.get(name)) {
                (Some(structure), _) => self.collect_structure(structure, into),
                (None, Some(of)) => self.collect(of, into),
                (None, None) => panic!("the meta model speaks of {name} and has none"),
            },
            other => panic!("{other:?} has no properties"),
        }
    }

    fn collect_structure<'m>(&'m self, structure: &'m Structure, into: &mut Properties<'m>) {
        // What is said here goes before what is inherited.
        into.extend(&structure.properties);
        structure.extends.iter().chain(&structure.mixins).for_each(|parent| self.collect(parent, into));
    }
}

fn object(model: &MetaModel, properties: &[&Property], value: &Value, place: &Place<'_>) -> Result<(), Wrong> {
    let Value::Object(entries) = value else {
        return Err(place.wrong(format!("{} is not a structure", short(value))));
    };
    let known = |name: &str| properties.iter().find(|property| property.name == name);
    for (name, value) in entries {
        let place = Place { parent: Some(place), name };
        match known(name) {
            Some(property) => model.fits(&property.of, value, &place)?,
            None => return Err(place.wrong("is no property of this structure")),
        }
    }
    let absent = |property: &&&Property| !property.optional && !entries.contains_key(&property.name);
    match properties.iter().find(absent) {
        Some(property) => Err(place.wrong(format!("the property {} is missing", property.name))),
        None => Ok(()),
    }
}

fn is_base(name: &str, value: &Value) -> bool {
    let between = |least: i64, most: i64| value.as_i64().is_some_and(|number| (least..=most).contains(&number));
    match name {
        "string" | "RegExp" => value.is_string(),
        "URI" | "DocumentUri" => value.as_str().is_some_and(is_uri),
        "integer" => between(i64::from(i32::MIN), i64::from(i32::MAX)),
        "uinteger" => between(0, i64::from(i32::MAX)),
        "decimal" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the meta model has no base type {other}"),
    }
}

/// A scheme, a colon, and nothing that has to be escaped.
fn is_uri(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    }) && text.chars().all(allowed)
}

fn deepest(tried: impl Iterator<Item = Result<(), Wrong>>) -> Result<(), Wrong> {
    tried.filter_map(Result::err).max_by_key(|wrong| wrong.depth).map_or(Ok(()), Err)
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    let mut cut = String::new();
    text.chars().take(80).for_each(|c| cut.push(c));
    if cut.len() < text.len() {
        let _ = write!(cut, "…");
    }
    cut
}
