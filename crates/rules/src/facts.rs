//! What the rules are given: every setting of one target that the person's own files define.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use mkwhy_model::{Cascade, Definition, Message, OptionPath, Outcome, Position, Priority, Site, Value, Written};
use mkwhy_syntax::Source;

/// Gives a file's text by the name that positions have.
pub type Sources<'a> = dyn Fn(&str) -> Option<Arc<Source>> + 'a;

/// How the definitions of one priority come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    /// They do not: there is one, or all are equal.
    One,
    /// Lists are put one after the other.
    List,
    /// Sets are put together attribute by attribute.
    Set,
    /// Texts are put one after the other.
    Lines,
    /// It is not known.
    Unknown,
}

impl Merging {
    /// From the name of the type that merges (`type.name`), and the values where the type leaves it to them.
    pub fn of(merger: Option<&str>, definitions: &[Definition]) -> Self {
        match merger {
            // What lists are made into has other elements, or none.
            Some("coercedTo") => Self::Unknown,
            Some("listOf") => Self::List,
            Some("attrsOf" | "lazyAttrsOf" | "attrs" | "submodule" | "optionSet" | "attrTag") => Self::Set,
            Some("separatedString" | "string") => Self::Lines,
            // Merged by what they are: lists and sets together, texts one after the other.
            Some("unspecified" | "systemd option") => by_values(definitions),
            Some("anything") if by_values(definitions) == Self::Set => Self::Set,
            // Their results are merged.
            Some("anything") if has_functions(definitions) => Self::Unknown,
            Some(
                "bool" | "boolByOr" | "int" | "float" | "number" | "str" | "strMatching" | "singleLineStr" | "path"
                | "enum" | "package" | "shellPackage" | "nullOr" | "either" | "raw" | "anything" | "passwdEntry"
                | "pathInStore" | "uniq" | "unique" | "nonEmptyStr" | "positiveInt" | "unsignedInt" | "optionType"
                | "addCheck",
            ) => Self::One,
            Some(name)
                if name.starts_with("int") || name.starts_with("unsignedInt") || name.starts_with("signedInt") =>
            {
                Self::One
            }
            _ => match by_values(definitions) {
                // A type that is not known may well put texts together, but not numbers.
                Self::Lines => Self::Unknown,
                merging => merging,
            },
        }
    }
}

impl Merging {
    /// From the text of a declaration's `type`, and the values where there is none that tells.
    pub fn of_text(option_type: Option<&str>, definitions: &[Definition]) -> Self {
        let Some(text) = option_type else { return Self::of(None, definitions) };
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if makes_something_of_lists(text) {
            return Self::Unknown;
        }
        if has(&["listOf"]) {
            Self::List
        } else if has(&["lines", "separatedString", "commas", "envVar"]) {
            Self::Lines
        } else if has(&["attrsOf", "AttrsOf", "submodule", "attrs"]) {
            Self::Set
        } else if has(&["bool", "int", "port", "str", "enum", "path", "package", "float", "number"]) {
            Self::One
        } else if has(&["anything"]) {
            // What is not written out may be a function, whose results are merged.
            let is_open = |definition: &Definition| !definition.declared_default && definition.value.is_none();
            if definitions.iter().any(is_open) { Self::Unknown } else { Self::of(Some("anything"), definitions) }
        } else {
            Self::of(None, definitions)
        }
    }
}

/// Whether a written type may make something else of a list, which has other elements then.
fn makes_something_of_lists(option_type: &str) -> bool {
    /// What no list is.
    const OTHERS: [&str; 8] = ["str", "int", "bool", "path", "package", "float", "singleLineStr", "nonEmptyStr"];
    option_type.split("coercedTo").skip(1).any(|rest| {
        let from = rest.split_whitespace().next().unwrap_or_default();
        !OTHERS.contains(&from.rsplit('.').next().unwrap_or(from))
    })
}

/// The values that take part, or would.
fn values(definitions: &[Definition]) -> impl Iterator<Item = &Value> {
    definitions
        .iter()
        .filter(|definition| definition.is_active() && !definition.declared_default)
        .filter_map(|definition| definition.value.as_ref())
}

fn has_functions(definitions: &[Definition]) -> bool {
    values(definitions).any(|value| matches!(value, Value::Function { .. }))
}

fn by_values(definitions: &[Definition]) -> Merging {
    let values: Vec<&Value> = values(definitions).collect();
    let all = |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
    if all(|value| matches!(value, Value::List { .. })) {
        Merging::List
    } else if all(|value| matches!(value, Value::Attrs { .. })) {
        Merging::Set
    } else if all(|value| matches!(value, Value::String { .. } | Value::Text { .. })) {
        Merging::Lines
    } else if all(|value| matches!(value, Value::Null | Value::Bool { .. } | Value::Int { .. } | Value::Float { .. })) {
        Merging::One
    } else {
        Merging::Unknown
    }
}

/// What of a definition is not of its option's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The whole of it.
    Whole,
    /// These elements of its list.
    Elements(Vec<usize>),
}

/// What is known of a winner beside its definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Winner {
    /// Its place as the modules give it, where some winner is ordered.
    pub sequence: Option<usize>,
    /// What of it is not of the option's type.
    pub misfit: Option<Misfit>,
    /// Which module it is of, where that is no file by itself: what is imported twice is two modules then.
    pub module: Option<String>,
}

/// One setting.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its cascade.
    pub cascade: Arc<Cascade>,
    /// How its definitions come together.
    pub merging: Merging,
    /// Of a read-only option: how often the module system counts it as defined, whatever the conditions say.
    pub times: Option<usize>,
    /// Of a removed option: what its declaration says instead.
    pub removed: Option<Message>,
    /// Of an option that was changed to another one, which may have another type: that one, empty if it is not known.
    pub changed: Option<OptionPath>,
    /// Other names under which its definitions are written, each with what it is another name of: this setting, or
    /// something around it.
    pub other_names: Vec<(OptionPath, OptionPath)>,
    /// Where no option is declared: whether Nix ignores that, because `_module.check` is off.
    pub ignored: bool,
    /// Where no option is declared: the nearest paths.
    pub nearest: Vec<OptionPath>,
    /// Of the winners, which are the first definitions.
    pub winners: Vec<Winner>,
}

impl Subject {
    /// A setting of which no more is known than its cascade.
    pub fn new(cascade: impl Into<Arc<Cascade>>) -> Self {
        let cascade = cascade.into();
        let merging = Merging::of(None, &cascade.definitions);
        Self {
            cascade,
            merging,
            times: None,
            removed: None,
            changed: None,
            other_names: Vec::new(),
            ignored: false,
            nearest: Vec::new(),
            winners: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &OptionPath {
        &self.cascade.path
    }

    /// What another name of it, or of something around it, stands for.
    pub fn named_by<'s>(&'s self, other: &OptionPath) -> &'s OptionPath {
        self.other_names.iter().find(|(name, _)| name == other).map_or(&self.cascade.path, |(_, named)| named)
    }

    pub(crate) fn definitions(&self) -> &[Definition] {
        &self.cascade.definitions
    }

    /// The winners, with what else is known of them.
    pub(crate) fn winners(&self) -> impl Iterator<Item = (&Definition, Cow<'_, Winner>)> {
        self.cascade.winners().enumerate().map(|(index, definition)| {
            let winner = self.winners.get(index).map_or_else(|| Cow::Owned(Winner::default()), Cow::Borrowed);
            (definition, winner)
        })
    }

    /// The definitions that lost at this very option, the declared default among them.
    pub(crate) fn shadowed(&self) -> impl Iterator<Item = &Definition> {
        self.definitions().iter().filter(|definition| matches!(definition.outcome, Outcome::Shadowed { .. }))
    }

    /// The only definition that decides.
    pub(crate) fn sole_winner(&self) -> Option<&Definition> {
        let mut winners = self.cascade.winners();
        winners.next().filter(|_| winners.next().is_none())
    }

    /// Where its definitions that are not off stand, and the larger ones that they are parts of.
    pub(crate) fn active_places(&self) -> impl Iterator<Item = &Position> {
        places(self.active())
    }

    /// Its definitions that are not off, and are certainly there.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Definition> {
        let is_on =
            |definition: &Definition| !matches!(definition.outcome, Outcome::Inactive { .. } | Outcome::Undecided);
        self.definitions().iter().filter(move |definition| definition.certain && is_on(definition))
    }

    /// Where its definitions stand, and the larger ones that they are parts of.
    pub(crate) fn all_places(&self) -> impl Iterator<Item = &Position> {
        places(self.definitions().iter())
    }

    /// Whether some definition may take part under other conditions.
    pub(crate) fn is_open(&self) -> bool {
        self.definitions()
            .iter()
            .any(|definition| matches!(definition.outcome, Outcome::Inactive { .. } | Outcome::Undecided))
    }

    /// Whether it is read-only and defined too often, so that no priority helps.
    pub(crate) fn is_refused(&self) -> bool {
        self.times.is_some_and(|times| times > 1)
    }

    /// Whether a definition that lost has something to give.
    pub(crate) fn contributes(&self, lost: &Definition) -> bool {
        match (self.merging, &lost.value) {
            (Merging::List, Some(Value::List { items, more })) => *more > 0 || !items.is_empty(),
            (Merging::Set, Some(Value::Attrs { entries, more })) => *more > 0 || !entries.is_empty(),
            (Merging::List | Merging::Set, Some(Value::Elided { entries })) => *entries > 0,
            (Merging::Lines, Some(Value::String { value })) => !value.trim().is_empty(),
            (Merging::Lines, Some(Value::Text { .. })) => true,
            _ => false,
        }
    }

    /// Whether a winner gives an element.
    pub(crate) fn winners_have(&self, element: &Value) -> bool {
        element.is_whole()
            && self
                .cascade
                .winners()
                .any(|winner| matches!(&winner.value, Some(Value::List { items, .. }) if items.contains(element)))
    }
}

fn places<'s>(definitions: impl Iterator<Item = &'s Definition>) -> impl Iterator<Item = &'s Position> {
    definitions
        .filter(|definition| definition.certain)
        .flat_map(|definition| definition.parents.iter().map(|outer| &outer.at).chain([&definition.at]))
}

/// Everything that the rules look at.
pub struct Facts<'a> {
    /// The settings.
    pub subjects: &'a [Subject],
    /// The person's own files, by the names that positions have.
    pub own: &'a BTreeSet<String>,
    /// The module that common settings belong in.
    pub base: Option<&'a str>,
    /// Gives the texts.
    pub sources: &'a Sources<'a>,
    /// The only file that is asked for, if there is one: what is found elsewhere need not be told.
    pub only: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// What the rules look at.
    pub fn new(
        subjects: &'a [Subject],
        own: &'a BTreeSet<String>,
        base: Option<&'a str>,
        sources: &'a Sources<'a>,
    ) -> Self {
        Self { subjects, own, base, sources, only: None }
    }

    /// Whether a definition is certainly there, and the person's own.
    pub(crate) fn is_own(&self, definition: &Definition) -> bool {
        let owner = definition.owner();
        // A module may call itself as it likes (`_file`), also by a name that is no file.
        let named_otherwise = || !owner.starts_with('/') && self.own.contains(&definition.at.file);
        definition.certain && !definition.declared_default && (self.own.contains(owner) || named_otherwise())
    }

    /// Whether what is found at a definition is to be told: it is the person's own, and in a file that is asked for.
    pub(crate) fn tells(&self, definition: &Definition) -> bool {
        self.asks_for(&definition.at.file) && self.is_own(definition)
    }

    /// Whether what is found in a file is asked for.
    pub(crate) fn asks_for(&self, file: &str) -> bool {
        self.only.is_none_or(|only| only == file)
    }

    /// Whether a definition stands in the base module.
    pub(crate) fn in_base(&self, definition: &Definition) -> bool {
        self.base == Some(definition.owner())
    }

    pub(crate) fn source(&self, file: &str) -> Option<Arc<Source>> {
        (self.sources)(file)
    }

    /// Where the elements of a definition's list are written, if they are.
    pub(crate) fn elements(&self, definition: &Definition) -> Option<Vec<Site>> {
        let spans = definition.written.spans()?;
        let source = self.source(&definition.at.file)?;
        let found = source.elements(&spans.value)?;
        Some(found.into_iter().map(|range| site_in(&source, &definition.at.file, &range)).collect())
    }

    /// Whether a definition's value is written out, with nothing computed in it.
    pub(crate) fn is_literal(&self, definition: &Definition) -> bool {
        let spans = definition.written.spans();
        let source = self.source(&definition.at.file);
        spans.zip(source).is_some_and(|(spans, source)| source.literal(&spans.value).is_some())
    }

    /// Whether a program wrote a file, and says so at its head: nobody wants to be told to edit it.
    pub(crate) fn is_generated(&self, file: &str) -> bool {
        let says_so = |line: &str| line.contains("generated by") || line.contains("Do not modify this file");
        self.source(file).is_some_and(|source| {
            source.text().lines().map(str::trim_start).take_while(|line| line.starts_with('#')).any(says_so)
        })
    }

    /// The attribute path that stands at a place; without its range where none stands there.
    pub(crate) fn site_at(&self, at: &Position, path: &OptionPath) -> Site {
        let name = at.line.zip(at.column).zip(self.source(&at.file)).and_then(|((line, column), source)| {
            source.definition_at(line, column, path.segments()).map(|written| written.name)
        });
        Site { at: at.clone(), span: name.map(|range| (range.start, range.end)) }
    }

    /// The number that a priority function at a definition has in the text.
    pub(crate) fn written_priority(&self, definition: &Definition, path: &OptionPath) -> Option<Priority> {
        definition.written.spans()?.wrapper.as_ref()?;
        let (line, column) = (definition.at.line?, definition.at.column?);
        let source = self.source(&definition.at.file)?;
        source.definition_at(line, column, path.segments())?.priority.map(Priority)
    }

    /// The text of a site.
    pub(crate) fn text(&self, site: &Site) -> Option<String> {
        Some(self.source(&site.at.file)?.slice(&site.range()?).to_owned())
    }
}

/// A range of a file.
pub(crate) fn site_in(source: &Source, file: &str, range: &std::ops::Range<usize>) -> Site {
    let (line, column) = source.line_column(range.start);
    let at = Position { file: file.to_owned(), line: Some(line), column: Some(column) };
    Site { at, span: Some((range.start, range.end)) }
}

/// Where a definition is written: its binding, or of an `inherit` the name.
pub(crate) fn site(definition: &Definition) -> Site {
    let span = match &definition.written {
        Written::Stale => None,
        written => written.spans().map(|spans| {
            let inherited = spans.binding.start != spans.name.start;
            let range = if inherited { &spans.name } else { &spans.binding };
            (range.start, range.end)
        }),
    };
    Site { at: definition.at.clone(), span }
}

/// Whether two definitions have the same value; `None` where that is not known.
pub(crate) fn same_value(a: &Definition, b: &Definition) -> Option<bool> {
    let (Some(x), Some(y)) = (&a.value, &b.value) else { return None };
    if x.is_whole() && y.is_whole() {
        return Some(x == y);
    }
    if std::mem::discriminant(x) != std::mem::discriminant(y) {
        return Some(false);
    }
    // Packages are known by their names; written alike they are the same.
    let comparable = |value: &Value| matches!(value, Value::Derivation { .. });
    (comparable(x) && comparable(y) && a.source.is_some()).then(|| x == y && a.source == b.source).filter(|same| *same)
}

/// `file:line`.
pub(crate) fn place(at: &Position) -> String {
    match at.line {
        Some(line) => format!("{}:{line}", at.file),
        None => at.file.clone(),
    }
}

/// A definition in a sentence: `mkForce 50 at file:line`.
pub(crate) fn named(definition: &Definition) -> String {
    match definition.priority {
        _ if definition.declared_default => format!("the declared default at {}", place(&definition.at)),
        Some(priority) => format!("{priority} at {}", place(&definition.at)),
        None => format!("the definition at {}", place(&definition.at)),
    }
}

/// Longer values than this are not told in a sentence.
const MOST_TOLD: usize = 60;

/// A value in a sentence, in backquotes; nothing where it is too long.
pub(crate) fn told(definition: &Definition) -> Option<String> {
    let text = match (&definition.value, &definition.source) {
        (Some(value), _) if value.is_whole() => value.to_string(),
        (_, Some(source)) => source.clone(),
        (Some(value), None) => value.to_string(),
        (None, None) => return None,
    };
    (text.chars().count() <= MOST_TOLD && !text.contains('\n')).then(|| format!("`{text}`"))
}

/// Whether a definition counts as said on purpose, and not as a default.
pub(crate) fn is_explicit(definition: &Definition) -> bool {
    definition.priority.is_none_or(|priority| !Priority::PLAIN.outranks(priority))
}
