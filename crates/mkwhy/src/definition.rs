//! One definition: what Nix says of it joined with what is written there.

use mkwhy_eval::{DefinitionPart, Place, State};
use mkwhy_model::{
    Condition, Definition, OptionPath, Order, Outcome, Parent, Position, Priority, Segment, Value, Written,
};
use mkwhy_syntax::{Source, Written as Found};

use crate::files::Files;
use crate::join::{not_there, spans};

/// Longer source text than this is cut, in bytes.
const MOST_SOURCE: usize = 2000;

/// What a part's outcome depends on beside itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tie {
    /// How many definitions have the winning priority.
    pub winners: usize,
    /// Whether they cannot be merged.
    pub contradiction: bool,
    /// Whether texts are read only where Nix alone does not tell enough.
    pub brief: bool,
}

/// The definitions that a part of the probe's answer comes to: one, or, for a larger definition that must not be
/// evaluated, as many as its text has for the path; none where the text says that it has none.
pub(crate) fn definitions(files: &mut Files, path: &OptionPath, part: &DefinitionPart, tie: Tie) -> Vec<Definition> {
    let told =
        tie.brief && part.rest.is_empty() && matches!(part.state, State::Wins | State::Shadowed | State::Dropped);
    let source = part.at.as_ref().filter(|_| !told).and_then(|place| files.source(&place.0));
    let written = source.as_ref().and_then(|source| locate(source, part, part.stands_for(path)));
    let mut base = base(files, part, tie);
    if !told && !part.is_default {
        let at = part.at.as_ref().map(|place| files.position(place));
        base.written = not_there(&last_name(part.stands_for(path)), at.as_ref());
    }
    if part.rest.is_empty() {
        let mut definition = base;
        if let (Some(source), Some(written)) = (&source, &written) {
            describe(&mut definition, source, written);
        }
        return vec![definition];
    }
    let (Some(source), Some(written)) = (&source, &written) else {
        return vec![Definition { certain: false, ..base }];
    };
    let within = source.within(written, &part.rest);
    if within.found.is_empty() {
        let whole = || {
            let mut definition = Definition { certain: false, ..base.clone() };
            describe(&mut definition, source, written);
            let larger = source.slice(&written.name);
            let why = format!("it stands, if at all, in what the definition of `{larger}` there computes");
            definition.written = Written::Computed { why };
            definition
        };
        return if within.unreadable { vec![whole()] } else { Vec::new() };
    }
    within.found.iter().map(|found| inside(&base, source, found)).collect()
}

/// A definition inside a larger one, which was only read.
fn inside(outer: &Definition, source: &Source, found: &Found<'_>) -> Definition {
    let (line, column) = source.line_column(found.name.start);
    let mut definition = outer.clone();
    // Where the larger one has its module alone, the text is another file's.
    if definition.at.line.is_some() {
        definition.at.line = Some(line);
        definition.at.column = Some(column);
    }
    // The priority of the larger definition was decided where that stands.
    definition.priority = None;
    definition.value = None;
    describe(&mut definition, source, found);
    definition
}

/// What the text of a larger definition would define, by path; for listings.
pub(crate) fn read(files: &mut Files, path: &OptionPath, part: &DefinitionPart) -> Vec<(OptionPath, Definition)> {
    let Some(source) = part.at.as_ref().and_then(|place| files.source(&place.0)) else { return Vec::new() };
    let Some(written) = locate(&source, part, path) else { return Vec::new() };
    let outer = base(files, part, Tie { winners: 0, contradiction: false, brief: true });
    let leaves = source.leaves(&written);
    leaves.iter().map(|(rest, leaf)| (path.join(rest), inside(&outer, &source, leaf))).collect()
}

fn last_name(path: &OptionPath) -> String {
    path.segments().last().map(ToString::to_string).unwrap_or_default()
}

/// What is written at the place of a part: the definition of the last name of `path`, and of that the element of a
/// list or the item of a `mkMerge` that the part is.
fn locate<'t>(source: &'t Source, part: &DefinitionPart, path: &OptionPath) -> Option<Found<'t>> {
    let (_, line, column) = part.at.as_ref()?;
    let segments = path.segments();
    let is_index = |segment: &Segment| matches!(segment, Segment::Index(_));
    // What stands in an element has a place of its own, an element has that of its list.
    let element = segments.last().is_some_and(is_index);
    let names = if element {
        segments.iter().take_while(|segment| !is_index(segment)).cloned().collect()
    } else {
        let after = segments.iter().rposition(is_index).map_or(0, |index| index + 1);
        segments[after..].to_vec()
    };
    let mut written = source.definition_at((*line)?, (*column)?, &names)?;
    if element {
        let outer = part.outer.iter().rev().find(|outer| outer.element.is_some())?;
        written = alternative(source, written, outer.part)?;
        written = source.element(&written, outer.element?)?;
    }
    alternative(source, written, part.part)
}

/// One of the items of a `mkMerge`, if the text has as many as were evaluated.
fn alternative<'t>(source: &'t Source, written: Found<'t>, part: Option<(usize, usize)>) -> Option<Found<'t>> {
    let Some((number, total)) = part else { return Some(written) };
    let alternatives = source.alternatives(&written);
    if alternatives.len() == total { alternatives.into_iter().nth(number) } else { Some(written) }
}

/// What Nix says alone.
fn base(files: &Files, part: &DefinitionPart, tie: Tie) -> Definition {
    let module = files.name(&part.file);
    let conditions: Vec<Option<bool>> = part
        .outer
        .iter()
        .flat_map(|outer| outer.conditions.iter().copied())
        .chain(part.conditions.iter().copied())
        .collect();
    let mut imports: Vec<String> = part.chain.iter().map(|file| files.name(file)).collect();
    imports.dedup();
    if imports.last() == Some(&module) {
        imports.pop();
    }
    Definition {
        at: place(files, part.at.as_ref(), &part.file),
        outcome: outcome(part, tie, &conditions),
        priority: part.priority.map(Priority),
        order: part.order.map(Order),
        conditions: conditions.into_iter().map(|holds| Condition { text: None, holds }).collect(),
        value: part.value.clone(),
        source: None,
        imports,
        parents: part
            .outer
            .iter()
            .map(|outer| Parent {
                path: outer.path.clone(),
                at: place(files, outer.at.as_ref(), &outer.file),
                priority: outer.priority.map(Priority),
            })
            .collect(),
        via: part.via.clone(),
        declared_default: part.is_default,
        elements: None,
        certain: !part.unread,
        written: Written::Unread,
        module,
    }
}

/// The place of a definition: where its attribute stands, unless that is a function elsewhere that made the
/// attribute for the module (`mapAttrs`, `mkRenamedOptionModule`, …); then the module is all that is known.
fn place(files: &Files, at: Option<&Place>, module: &str) -> Position {
    match at {
        Some(place) if files.are_one(&place.0, module) || files.is_own(&place.0) || !files.is_own(module) => {
            files.position(place)
        }
        _ => Position::of_file(files.name(module)),
    }
}

fn outcome(part: &DefinitionPart, tie: Tie, conditions: &[Option<bool>]) -> Outcome {
    match part.state {
        State::Wins if tie.contradiction => Outcome::Conflicts,
        State::Wins if tie.winners > 1 => Outcome::Merged,
        State::Wins => Outcome::Wins,
        State::Shadowed => Outcome::Shadowed { by: (0..tie.winners).collect() },
        State::Inactive => Outcome::Inactive {
            condition: conditions.iter().position(|holds| *holds == Some(false)).unwrap_or_default(),
        },
        State::Undecided => Outcome::Undecided,
        State::Dropped => Outcome::Dropped {
            parent: part.decided_at.clone().unwrap_or_default(),
            priority: part.lost_with.or(part.priority).map(Priority),
        },
    }
}

/// Adds what the text says: the source of the value, and of the conditions where they are the same ones.
fn describe(definition: &mut Definition, source: &Source, written: &Found<'_>) {
    // Where the attribute was made by somebody else's function, that function's text is no place of this definition.
    if definition.at.line.is_some() {
        definition.written = Written::Literal { spans: spans(written) };
    }
    definition.source = (!written.implied).then(|| excerpt(source.slice(&written.value)));
    let texts: Vec<String> = written.conditions.iter().map(|range| excerpt(source.slice(range))).collect();
    let evaluated = definition.conditions.len();
    let stopped = definition.conditions.last().is_some_and(|condition| condition.holds != Some(true));
    // Evaluation stops at the first condition that does not hold; all that hold must be the ones in the text.
    if evaluated == texts.len() || (stopped && evaluated < texts.len()) {
        for (condition, text) in definition.conditions.iter_mut().zip(texts) {
            condition.text = Some(text);
        }
    }
    let takes_part =
        matches!(definition.outcome, Outcome::Inactive { .. } | Outcome::Dropped { .. } | Outcome::Undecided);
    if takes_part && definition.priority.is_none() {
        definition.priority = written.priority.map(Priority).or(written.literal.then_some(Priority::PLAIN));
    }
    if takes_part && definition.order.is_none() {
        definition.order = written.order.map(Order);
    }
}

/// The value of a definition, where it is written out in the text of its file.
pub(crate) fn literal(definition: &Definition, text: &str) -> Option<Value> {
    mkwhy_syntax::literal(value_text(definition, text)?)
}

/// The text of a definition's value, where that is all of it. Of what only the beginning of an attribute path names, and of
/// several bindings together, the value is a set that stands nowhere.
pub(crate) fn value_text<'t>(definition: &Definition, text: &'t str) -> Option<&'t str> {
    let written = written_value(definition, text)?;
    let source = definition.source.as_deref()?;
    let is_all = source == written || source.strip_suffix('…').is_some_and(|start| written.starts_with(start));
    is_all.then_some(written)
}

/// What is written at a definition's value in the text of its file.
pub(crate) fn written_value<'t>(definition: &Definition, text: &'t str) -> Option<&'t str> {
    text.get(definition.written.spans()?.value.clone())
}

/// A text, or the beginning of a long one.
pub(crate) fn excerpt(text: &str) -> String {
    if text.len() <= MOST_SOURCE {
        return text.to_owned();
    }
    let end = (0..=MOST_SOURCE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}…", &text[..end])
}
