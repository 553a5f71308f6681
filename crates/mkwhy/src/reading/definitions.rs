//! Definitions as the text has them.

use std::ops::Range;

use mkwhy_index::{Fit, Reach};
use mkwhy_model::{Condition, Definition, OptionPath, Order, Outcome, Position, Priority, Segment, Spans, Written};
use mkwhy_syntax::Summary;
use mkwhy_syntax::summary::{self, ConditionKind, Content, Number, Part};

use super::levels::Levels;
use super::siblings::together;
use super::{Placed, Reading};
use crate::definition::excerpt;

/// So few at the end are put in order one by one.
const FEW_LAST: usize = 8;

/// A definition, and what decides its outcome.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) definition: Definition,
    /// Whether it is certainly a definition of this very path, which nothing switches off.
    pub(super) active: bool,
    /// Where it comes from. A declared default has no such place.
    pub(super) from: Option<From>,
    /// Whether it is all of one binding.
    pub(super) alone: bool,
}

/// What is known of a definition beside what it says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// As in [`Read`].
    pub(super) from: Option<From>,
    /// As in [`Read`].
    pub(super) active: bool,
    /// As in [`Read`].
    pub(super) alone: bool,
    /// Its place in the order of the modules.
    pub(super) place: usize,
}

/// Definitions with their origins, in the same order.
#[derive(Debug, Default)]
pub(super) struct Reads {
    pub(super) definitions: Vec<Definition>,
    pub(super) origins: Vec<Origin>,
}

impl Reads {
    pub(super) fn push(&mut self, read: Read, place: usize) {
        self.definitions.push(read.definition);
        self.origins.push(Origin { from: read.from, active: read.active, alone: read.alone, place });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Definition, &Origin)> {
        self.definitions.iter().zip(&self.origins)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&mut Definition, &Origin)> {
        self.definitions.iter_mut().zip(&self.origins)
    }

    /// Keeps those that have a place now, at that.
    pub(super) fn keep(&mut self, places: &[Option<usize>]) {
        if places.iter().any(Option::is_none) {
            let mut kept = places.iter();
            self.definitions.retain(|_| kept.next().is_some_and(Option::is_some));
        }
        let mut kept = places.iter();
        self.origins.retain_mut(|origin| {
            let place = kept.next().copied().flatten();
            origin.place = place.unwrap_or_default();
            place.is_some()
        });
    }

    /// Puts them in the order of some keys, which they may be in already.
    pub(super) fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&Definition, &Origin) -> K) {
        let mut keys: Vec<K> = self.iter().map(|(definition, origin)| key(definition, origin)).collect();
        let sorted = keys.windows(2).take_while(|pair| pair[0] <= pair[1]).count() + 1;
        // What was read last is at the end. Definitions are large: each is moved once.
        if keys.len() <= sorted + FEW_LAST {
            for last in sorted..keys.len() {
                let place = keys[..last].partition_point(|key| *key <= keys[last]);
                keys[place..=last].rotate_right(1);
                self.definitions[place..=last].rotate_right(1);
                self.origins[place..=last].rotate_right(1);
            }
            return;
        }
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|number| &keys[*number]);
        let mut definitions: Vec<Option<Definition>> = self.definitions.drain(..).map(Some).collect();
        self.definitions.extend(order.iter().filter_map(|number| definitions[*number].take()));
        self.origins = order.iter().map(|number| self.origins[*number]).collect();
    }
}

/// A definition in a module of a target: the address of its file, its number there, and that of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct From {
    file: usize,
    number: usize,
    module: u32,
}

impl From {
    pub(super) fn of(placed: &Placed) -> Self {
        let file = std::sync::Arc::as_ptr(&placed.hit.file) as usize;
        Self { file, number: placed.hit.number, module: placed.rank() }
    }

    /// Whether it is in a file as it is or was.
    pub(super) fn is_in(self, file: &std::sync::Arc<mkwhy_index::File>) -> bool {
        std::sync::Arc::as_ptr(file) as usize == self.file
    }

    /// Its number in its file.
    pub(super) fn number(self) -> usize {
        self.number
    }

    /// The same in another text of its file.
    pub(super) fn moved(self, file: &std::sync::Arc<mkwhy_index::File>, number: usize) -> Self {
        Self { file: std::sync::Arc::as_ptr(file) as usize, number, ..self }
    }

    /// The number of its module.
    pub(super) fn module(self) -> u32 {
        self.module
    }

    /// The same in a module of another number.
    pub(super) fn in_module(self, module: u32) -> Self {
        Self { module, ..self }
    }
}

/// One definition as the text has it, its outcome still open; `None` where it says nothing about the path after all.
pub(super) fn read(
    reading: &Reading,
    path: &OptionPath,
    family: &[&Placed],
    levels: &Levels,
    reach: Option<&Reach>,
) -> Option<Read> {
    let first = family.first()?;
    let mut found = read_one(reading, path, first, reach)?;
    if first.hit.definition().is_some_and(|definition| levels.is_further_out(first, definition)) {
        found.definition.priority = None;
    }
    if family.len() > 1 {
        found.alone = false;
        let sources = family.iter().filter_map(|placed| read_one(reading, path, placed, reach)?.definition.source);
        found.definition.source = together(sources).map(|source| excerpt(&source)).or(found.definition.source);
    }
    Some(found)
}

/// The same of one binding, whatever stands further out.
pub(super) fn read_one(reading: &Reading, path: &OptionPath, placed: &Placed, reach: Option<&Reach>) -> Option<Read> {
    let path = placed.via.as_ref().unwrap_or(path);
    let (file, fit, definition) = (&placed.hit.file, placed.hit.fit, placed.hit.definition()?);
    let summary = &file.summary;
    let rest = &path.segments()[placed.depth().min(path.segments().len())..];
    if fit == Fit::Above && !may_hold(summary, definition, rest) {
        return None;
    }
    let implied = fit == Fit::Beneath;
    // What stands inside the option is no condition of it.
    let around = |condition: &&summary::Condition| !implied || usize::from(condition.depth) <= rest.len();
    let around = || definition.conditions.iter().filter(around);
    let conditions: Vec<Condition> = around().map(|condition| read_condition(summary, condition)).collect();
    let known_name = definition.path.iter().all(|part| matches!(part, Part::Name(_)));
    let exact = fit != Fit::Above;
    // A function at something inside the option is no property of the option.
    let inside = implied && usize::from(definition.priority_depth) > rest.len();
    let (priority, order) =
        if inside { (Number::Plain, Number::Plain) } else { (definition.priority, definition.order) };
    // What a function gives may be no value at all.
    let foreign = definition.content == Content::Computed && definition.priority == Number::Computed;
    let certain = exact && known_name && placed.sure() && !definition.copied && !foreign;
    // What stands inside a property that is not taken off is a part of the value.
    let tangled = fit == Fit::Exact && definition.tangled;
    let module = reading.name(&file.path);
    let (line, column) = summary.lines().line_column(definition.name.start as usize);
    let spans = spans_of(definition, around().map(|condition| condition.text.range()).collect());
    Some(Read {
        from: Some(From::of(placed)),
        alone: true,
        active: certain && !tangled && conditions.iter().all(|condition| condition.holds == Some(true)),
        definition: Definition {
            at: Position { file: module.clone(), line: Some(line), column: Some(column) },
            module,
            outcome: if tangled { Outcome::Undecided } else { outcome(&conditions) },
            // What stands in a computed value can be a property of its own.
            priority: priority.or(Priority::PLAIN.0).filter(|_| exact && !tangled).map(Priority),
            order: order.or(Order::PLAIN.0).map(Order).filter(|_| order != Number::Plain),
            conditions,
            value: None,
            source: Some(source(summary, definition, if implied { rest.len() } else { definition.path.len() })),
            imports: leading(reading, placed, reach),
            parents: Vec::new(),
            via: placed.via.clone(),
            declared_default: false,
            elements: None,
            certain,
            written: Written::Literal { spans },
        },
    })
}

/// Where the parts of a definition stand; `conditions` are those of it.
pub(super) fn spans_of(definition: &summary::Definition, conditions: Vec<Range<usize>>) -> Spans {
    Spans {
        name: definition.name.range(),
        value: definition.value.range(),
        binding: definition.binding.range(),
        wrapper: definition.wrapper.map(mkwhy_syntax::Span::range),
        conditions,
    }
}

/// The files that lead to the module's.
fn leading(reading: &Reading, placed: &Placed, reach: Option<&Reach>) -> Vec<String> {
    let (Some(module), Some(reach)) = (&placed.module, reach) else { return Vec::new() };
    let mut chain = reach.chain(module);
    chain.pop();
    chain.into_iter().map(|file| reading.name(file)).collect()
}

/// The text of a value; of an option that only the beginning of an attribute path names, as the set that this implies.
fn source(summary: &Summary, definition: &summary::Definition, names: usize) -> String {
    let value = excerpt(summary.slice(definition.value));
    let inside: Vec<String> = definition.path[names.min(definition.path.len())..]
        .iter()
        .map(|part| match part {
            Part::Name(name) => Segment::Name(name.to_string()).to_string(),
            Part::Computed(span) => summary.slice(*span).to_owned(),
            Part::Any | Part::Element => "…".to_owned(),
        })
        .collect();
    if inside.is_empty() { value } else { format!("{{ {} = {value}; }}", inside.join(".")) }
}

/// Whether a definition further out may hold something at the rest of a path.
fn may_hold(summary: &Summary, definition: &summary::Definition, rest: &[Segment]) -> bool {
    match definition.content {
        Content::Set | Content::Imported => false,
        // A list has elements. Any other value may be made a set of (`coercedTo`).
        Content::Value => {
            let is_list = summary.slice(definition.value).starts_with('[');
            !is_list || matches!(rest.get(definition.path.len()), Some(Segment::Index(_)))
        }
        Content::PartlyComputed | Content::Computed | Content::Inherited => true,
    }
}

fn outcome(conditions: &[Condition]) -> Outcome {
    match conditions.iter().position(|condition| condition.holds == Some(false)) {
        Some(condition) => Outcome::Inactive { condition },
        None => Outcome::Undecided,
    }
}

/// A condition is undecided unless it is written `true` or `false`.
fn read_condition(summary: &Summary, condition: &summary::Condition) -> Condition {
    let text = summary.slice(condition.text);
    let literal = match text {
        "true" | "false" => summary
            .free_names(&condition.text.range())
            .iter()
            .all(|name| matches!(name.bound, summary::Bound::Global))
            .then_some(text == "true"),
        _ => None,
    };
    let negated = condition.kind == ConditionKind::Else;
    Condition {
        text: Some(if negated { format!("!({})", excerpt(text)) } else { excerpt(text) }),
        holds: literal.map(|holds| holds != negated),
    }
}
