//! The cascade as far as the text tells it.

use std::sync::Arc;

use mkwhy_index::{File, Fit, Reach};
use mkwhy_model::{
    Cascade, Declaration, Definition, FinalValue, Knowledge, OptionPath, Order, Outcome, Position, Priority, Written,
};
use mkwhy_syntax::summary::{self, DeclaredBy};

use super::definitions::{Origin, Read, Reads, read};
use super::levels::Levels;
use super::siblings::families;
use super::{Declared, Hits, Reading, meeting};
use crate::definition::excerpt;
use crate::targets::Target;

/// Why nothing is said of the outcome where a priority stands further out.
const FURTHER_OUT: &str = "a priority stands at a larger definition around this one: if that is an option itself, the \
     weaker of its definitions are dropped as a whole";

/// Why nothing is said of the outcome where modules are no text.
const DATA: &str = "a module that is data (JSON or TOML) may define this as well, at any priority";

/// Why nothing is said of the outcome where an option forwards what it makes of others.
const OBSCURED: &str = "an older option is defined that forwards to this one after changing it";

/// Why nothing is said of the outcome where values meet.
const MEETING: &str = "several definitions of the best priority meet: whether they are merged or exclude each other, the \
     type of the option decides";

/// So many places are named in a note before it only counts.
const MOST_NAMED: usize = 5;

/// What decides the outcomes beside the definitions.
#[derive(Debug, PartialEq)]
pub(super) struct Around {
    pub(super) levels: Levels,
    option_type: Option<String>,
}

impl Around {
    pub(super) fn of(path: &OptionPath, hits: &Hits, declarations: &[Declared]) -> Self {
        let levels = Levels::of(path, declarations, hits);
        let written = |(file, declaration): (&File, &summary::Declaration)| match declaration.option_type {
            Some(span) => Some(excerpt(file.summary.slice(span))),
            None => (declaration.by == DeclaredBy::EnableOption).then(|| "lib.types.bool".to_owned()),
        };
        let option_type = exact(declarations)
            .find_map(written)
            .or_else(|| is_argument(path).then(|| "raw".to_owned()))
            .or_else(|| is_in_anything(declarations).then(|| "anything".to_owned()));
        Self { levels, option_type }
    }
}

/// Whether it is an argument of the modules, whose type `lib` declares.
fn is_argument(path: &OptionPath) -> bool {
    path.segments().len() == 3 && path.starts_with(&OptionPath::from_names(["_module", "args"]))
}

/// Whether it is inside an option of the type `anything`, or of sets of that.
fn is_in_anything(declarations: &[Declared]) -> bool {
    let around = declarations.iter().map(|found| &found.hit).filter(|hit| hit.fit == Fit::Above);
    let mut types = around.filter_map(|hit| Some(hit.file.summary.slice(hit.declaration()?.option_type?)));
    types.any(meeting::holds_anything)
}

pub(super) fn cascade(
    reading: &Reading,
    target: &Target,
    path: &OptionPath,
    hits: &Hits,
    declarations: &[Declared],
    reach: Option<&Arc<Reach>>,
    known: &Knowledge,
) -> Cascade {
    let around = Around::of(path, hits, declarations);
    let reach_now = reach.map(|reach| &**reach);
    let decisive = hits.inside.iter().filter(|placed| placed.says(path));
    let families = families(decisive, path);
    let read = families.iter().filter_map(|family| read(reading, path, family, &around.levels, reach_now));
    let mut all = Reads::default();
    for (place, read) in read.chain(defaults(reading, declarations)).enumerate() {
        all.push(read, place);
    }
    let open = decide(reading, hits, reach, &around, &mut all);
    let mut cascade = blank(reading, target, path, declarations, &around, known);
    cascade.definitions = all.definitions;
    conclude(&mut cascade, reading, hits, reach, open);
    cascade
}

/// A cascade without definitions, and without what follows from them.
pub(super) fn blank(
    reading: &Reading,
    target: &Target,
    path: &OptionPath,
    declarations: &[Declared],
    around: &Around,
    known: &Knowledge,
) -> Cascade {
    let mut blank = Cascade {
        path: path.clone(),
        target: target.name.clone(),
        known: known.clone(),
        option_type: None,
        value: FinalValue::Unknown,
        before_apply: None,
        contradiction: false,
        declaration: None,
        declared: true,
        notes: Vec::new(),
        definitions: Vec::new(),
        agrees: None,
    };
    declare(&mut blank, reading, declarations, around);
    blank
}

/// What the declarations of an option say of it.
pub(super) fn declare(cascade: &mut Cascade, reading: &Reading, declarations: &[Declared], around: &Around) {
    cascade.option_type.clone_from(&around.option_type);
    cascade.declaration = declaration(reading, &exact(declarations).collect::<Vec<_>>());
}

/// Settles what is read of a path, in the order in which it is shown. Says, in a sentence, what else than conditions
/// leaves it open.
pub(super) fn decide(
    reading: &Reading,
    hits: &Hits,
    reach: Option<&Arc<Reach>>,
    around: &Around,
    all: &mut Reads,
) -> Option<&'static str> {
    let unseen = unseen(reading, hits, reach, &around.levels);
    decided(all, unseen, around.option_type.as_deref())
}

/// What follows from the definitions of a cascade.
pub(super) fn conclude(
    cascade: &mut Cascade,
    reading: &Reading,
    hits: &Hits,
    reach: Option<&Arc<Reach>>,
    open: Option<&'static str>,
) {
    cascade.contradiction = cascade.definitions.iter().any(|definition| definition.outcome == Outcome::Conflicts);
    let notes = notes(reading, hits, reach, cascade);
    cascade.notes = open.into_iter().map(str::to_owned).chain(notes).collect();
}

/// The declared defaults of a path.
pub(super) fn defaults<'d>(reading: &'d Reading, declarations: &'d [Declared]) -> impl Iterator<Item = Read> + 'd {
    exact(declarations).filter_map(|(file, declaration)| default_of(reading, file, declaration))
}

/// The declarations of the option itself.
fn exact(declarations: &[Declared]) -> impl Iterator<Item = (&File, &summary::Declaration)> {
    let exact = declarations.iter().map(|found| &found.hit).filter(|hit| hit.fit == Fit::Exact);
    exact.filter_map(|hit| Some((&*hit.file, hit.declaration()?)))
}

/// Why the outcome cannot be said whatever the definitions are that the text shows.
fn unseen(reading: &Reading, hits: &Hits, reach: Option<&Arc<Reach>>, levels: &Levels) -> Option<&'static str> {
    let data = || reach.is_some_and(|reach| reading.has_data(reach));
    match () {
        () if levels.dropping() => Some(FURTHER_OUT),
        () if hits.obscured => Some(OBSCURED),
        () => data().then_some(DATA),
    }
}

/// Settles what can be settled: a definition is outranked where a stronger one is certainly active; it takes part where
/// it is certainly active itself, and nothing undecided is as strong. Says, in a sentence, what else than conditions
/// leaves it open.
fn decided(all: &mut Reads, unseen: Option<&'static str>, option_type: Option<&str>) -> Option<&'static str> {
    let active = all.iter().filter(|(_, origin)| origin.active);
    let strongest = active.filter_map(|(definition, _)| definition.priority).min_by_key(|p| p.0);
    let undecided = |definition: &Definition| definition.outcome == Outcome::Undecided;
    let open = |definition: &Definition, origin: &Origin| {
        undecided(definition) && (!origin.active || definition.priority.is_none())
    };
    let contested = strongest.is_some_and(|strongest| {
        let mut open = all.iter().filter(|(definition, origin)| open(definition, origin));
        open.any(|(definition, _)| definition.priority.is_none_or(|priority| !strongest.outranks(priority)))
    });
    let tier = |definition: &Definition, origin: &Origin| {
        origin.active && definition.priority == strongest && strongest.is_some()
    };
    let of_tier =
        || all.iter().filter(|(definition, origin)| tier(definition, origin)).map(|(definition, _)| definition);
    let winning = match of_tier().count() {
        0 | 1 => Some(Outcome::Wins),
        _ => meeting::outcome(of_tier(), option_type),
    };
    let why = match (&winning, contested) {
        _ if unseen.is_some() => unseen,
        (None, false) => Some(MEETING),
        _ => None,
    };
    for (definition, origin) in all.iter_mut() {
        if !undecided(definition) || !origin.active || unseen.is_some() {
            continue;
        }
        let outranked = match (strongest, definition.priority) {
            (Some(strongest), Some(priority)) => strongest.outranks(priority),
            _ => false,
        };
        if outranked {
            definition.outcome = Outcome::Shadowed { by: Vec::new() };
        } else if tier(definition, origin)
            && !contested
            && let Some(winning) = &winning
        {
            definition.outcome = winning.clone();
        }
    }
    let rank = |definition: &Definition| match definition.outcome {
        Outcome::Wins | Outcome::Merged | Outcome::Conflicts => 0,
        Outcome::Undecided => 1,
        Outcome::Shadowed { .. } => 2,
        Outcome::Inactive { .. } | Outcome::Dropped { .. } => 3,
    };
    all.sort_by_key(|definition, origin| {
        let (rank, order) = (rank(definition), definition.order.unwrap_or(Order::PLAIN));
        (rank, if rank == 0 { order.0 } else { 0 }, origin.place)
    });
    // Those that outrank the shadowed ones: the active ones of the strongest priority, wherever they stand now.
    let of_tier = all.iter().enumerate().filter(|(_, (definition, origin))| tier(definition, origin));
    let by: Vec<usize> = of_tier.map(|(index, _)| index).collect();
    for (definition, _) in all.iter_mut() {
        if let Outcome::Shadowed { by: stronger } = &mut definition.outcome {
            stronger.clone_from(&by);
        }
    }
    why
}

/// The `default` of a declaration as the definition that it is.
fn default_of(reading: &Reading, file: &File, declaration: &summary::Declaration) -> Option<Read> {
    let summary = &file.summary;
    let source = match (declaration.default, &declaration.by) {
        (Some(span), _) => excerpt(summary.slice(span)),
        (None, DeclaredBy::EnableOption) => "false".to_owned(),
        _ => return None,
    };
    let at = place(reading, file, declaration.name);
    Some(Read {
        from: None,
        alone: true,
        active: !declaration.copied,
        definition: Definition {
            module: at.file.clone(),
            at,
            outcome: Outcome::Undecided,
            priority: Some(Priority::OPTION_DEFAULT),
            order: None,
            conditions: Vec::new(),
            value: None,
            source: Some(source),
            imports: Vec::new(),
            parents: Vec::new(),
            via: None,
            declared_default: true,
            elements: None,
            certain: !declaration.copied,
            written: Written::Unread,
        },
    })
}

fn declaration(reading: &Reading, declarations: &[(&File, &summary::Declaration)]) -> Option<Declaration> {
    let (file, first) = declarations.first()?;
    let description = declarations.iter().find_map(|(file, declaration)| {
        declaration.description.map(|span| file.summary.slice(span).trim_matches(['"', '\'', '\n', ' ']).to_owned())
    });
    Some(Declaration {
        at: declarations.iter().map(|(file, declaration)| place(reading, file, declaration.name)).collect(),
        default: None,
        default_text: first.default.map(|span| excerpt(file.summary.slice(span))),
        description,
        read_only: declarations.iter().any(|(_, declaration)| declaration.read_only),
        internal: false,
        visible: true,
        has_apply: false,
        alias: matches!(first.by, DeclaredBy::Renamed { .. }),
    })
}

fn place(reading: &Reading, file: &File, span: mkwhy_syntax::Span) -> Position {
    let (line, column) = file.summary.lines().line_column(span.start as usize);
    Position { file: reading.name(&file.path), line: Some(line), column: Some(column) }
}

/// What this answer cannot know.
fn notes(reading: &Reading, hits: &Hits, reach: Option<&Arc<Reach>>, cascade: &Cascade) -> Vec<String> {
    let mut notes = Vec::new();
    match reach {
        None => notes.push(
            "which modules this target is made of is not to be read from the text: all files are looked at".to_owned(),
        ),
        Some(reach) if !reach.complete => notes.push(reading.unresolved(reach).to_string()),
        Some(_) => {}
    }
    if hits.elsewhere {
        notes.push("all of these stand in files that this target does not seem to import".to_owned());
    } else if cascade.definitions.iter().any(|definition| !definition.certain && !definition.declared_default) {
        notes.push("a definition marked \"perhaps\" stands in something computed, or in a module that may not be part of this target".to_owned());
    }
    let outside = hits.outside.iter().filter(|hit| hit.fit == Fit::Exact);
    let outside = named(outside, |hit| Some(place(reading, &hit.file, hit.definition()?.name)));
    if !outside.is_empty() {
        notes.push(format!("also defined in files that this target does not seem to import: {outside}"));
    }
    let mut files = hits.inside.iter().filter(|it| it.matters(&cascade.path)).map(|placed| &placed.hit.file);
    if let Some(broken) = files.find(|file| !file.summary.errors.is_empty()) {
        notes.push(format!("{} has a syntax error; it was read as far as possible", reading.name(&broken.path)));
    }
    notes.extend(reading.problems());
    notes
}

/// Where a target's modules cannot be followed.
pub(super) fn unresolved(reading: &Reading, reach: &Reach) -> String {
    let places = named(reach.unresolved.iter(), |unresolved| {
        let file = reading.index.file(&unresolved.path)?;
        let import = file.summary.imports.get(unresolved.import)?;
        Some(place(reading, &file, import.at))
    });
    format!("some modules can only be found by evaluating; what they define is missing here ({places})")
}

/// The first few places; the others are only counted, as there may be very many.
fn named<T>(mut all: impl Iterator<Item = T>, place: impl FnMut(T) -> Option<Position>) -> String {
    let first: Vec<String> = all.by_ref().filter_map(place).take(MOST_NAMED).map(|place| place.to_string()).collect();
    match all.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
