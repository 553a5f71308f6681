//! The table of definitions.

use mkwhy::{Cascade, Condition, Definition, Outcome, Position, Priority, Written};

use super::text::{Text, one_line, width};
use super::{DIM, Look, mark, styles};

/// The least room that values are squeezed into before the places move to lines of their own.
const LEAST_VALUE: usize = 24;
/// In pipes: the widest value that the places are aligned behind. Longer ones only push their own place.
const WIDEST_ALIGNED: usize = 40;

/// Where the places stand.
#[derive(Debug, Clone, Copy)]
enum Places {
    /// In the line of their definition, behind values of this width; each that does not fit there below it.
    Beside(usize),
    /// In a line of their own below.
    Below,
}

/// The definitions as they are listed: those that decide in merge order, then by strength those that were
/// outranked, then those that take no part.
fn ranked(cascade: &Cascade) -> Vec<&Definition> {
    let mut definitions: Vec<&Definition> = cascade.definitions.iter().collect();
    definitions.sort_by_key(|definition| rank(&definition.outcome, definition.priority));
    definitions
}

/// Where an outcome stands in a list; equals keep their order.
pub fn rank(outcome: &Outcome, priority: Option<Priority>) -> (u8, i64) {
    match outcome {
        Outcome::Wins | Outcome::Merged | Outcome::Conflicts => (0, 0),
        Outcome::Undecided => (1, 0),
        Outcome::Shadowed { .. } => (2, priority.map_or(i64::MAX, |priority| priority.0)),
        Outcome::Dropped { .. } => (3, 0),
        Outcome::Inactive { .. } => (4, 0),
    }
}

/// Adds the table: a line for each definition, and below it what else is special about it.
pub fn table(page: &mut String, cascade: &Cascade, look: &Look) {
    let definitions = ranked(cascade);
    let widest = |measure: &dyn Fn(&Definition) -> usize| definitions.iter().copied().map(measure).max().unwrap_or(0);
    let words = widest(&|definition| width(definition.outcome.word()));
    let priorities = widest(&|definition| width(&priority(definition)));
    let values = widest(&|definition| width(&value(definition)));
    // A few long places, usually in the store, do not squeeze the values of all the others.
    let short = |place: usize| if place <= look.width / 2 { place } else { 0 };
    let places = widest(&|definition| short(width(&definition.at.to_string())));
    let priority_at = 2 + 2 + words + 2;
    let value_at = priority_at + priorities + 2;
    let room = look.width.saturating_sub(value_at + 2 + places);
    let layout = match look.terminal {
        false => Places::Beside(values.min(WIDEST_ALIGNED)),
        true if values <= room => Places::Beside(values),
        true if look.cuts() && room >= LEAST_VALUE => Places::Beside(room),
        true => Places::Below,
    };
    for definition in definitions {
        let (mark_style, value_style, style) = styles(&definition.outcome);
        let outcome = format!("{} {}", mark(&definition.outcome), definition.outcome.word());
        let mut line = Text::at(2).and(&outcome, mark_style);
        line.pad_to(priority_at);
        line.push(&priority(definition), style);
        line.next_column(value_at);
        let room = match layout {
            Places::Beside(values) => values,
            Places::Below => look.width.saturating_sub(value_at).max(LEAST_VALUE),
        };
        line.push(&look.fit(&value(definition), room), value_style);
        match layout {
            Places::Beside(values) if !look.terminal || width(&definition.at.to_string()) <= places => {
                line.next_column(value_at + values + 2);
            }
            _ => std::mem::replace(&mut line, Text::at(priority_at)).end_line(page),
        }
        look.place(&mut line, &definition.at, style);
        line.end_line(page);
        let room = look.width.saturating_sub(priority_at + "if : not known".len()).max(LEAST_VALUE);
        for detail in details(definition, cascade, room, look) {
            let mut line = Text::at(priority_at).and(&detail.text, DIM);
            if let Some(at) = &detail.at {
                line.push(" at ", DIM);
                look.place(&mut line, at, DIM);
            }
            line.end_line(page);
        }
    }
}

/// The priority as people write it.
pub fn priority(definition: &Definition) -> String {
    match definition.priority {
        Some(Priority::OPTION_DEFAULT) | None if definition.declared_default => "option default".to_owned(),
        Some(priority) if definition.declared_default => format!("option default, {priority}"),
        Some(priority) => priority.to_string(),
        None => "unknown".to_owned(),
    }
}

/// The value, or the source text of one that is not evaluated.
pub fn value(definition: &Definition) -> String {
    match (&definition.value, &definition.source) {
        (Some(value), _) => value.to_string(),
        (None, Some(source)) => one_line(source),
        (None, None) => "(not evaluated)".to_owned(),
    }
}

/// Something special about a definition.
struct Detail {
    text: String,
    at: Option<Position>,
}

fn details(definition: &Definition, cascade: &Cascade, room: usize, look: &Look) -> Vec<Detail> {
    let mut details = Vec::new();
    let mut say = |text: String, at: Option<&Position>| details.push(Detail { text, at: at.cloned() });
    if definition.module != definition.at.file && !definition.declared_default {
        say(format!("in module {}", definition.module), None);
    }
    for text in definition.conditions.iter().filter_map(|condition| self::condition(condition, room, look)) {
        say(text, None);
    }
    if let Some(order) = definition.order.filter(|order| *order != mkwhy::Order::PLAIN) {
        say(format!("ordered {order}"), None);
    }
    if let Some(via) = &definition.via {
        say(format!("via {via}"), None);
    }
    let lost_with = match &definition.outcome {
        Outcome::Dropped { parent, .. } => Some(parent),
        _ => None,
    };
    // A definition further out that is plain decides nothing by itself, so it is not worth a line.
    let is_special = |priority: Priority| priority != Priority::PLAIN || look.verbose;
    for parent in definition.parents.iter().filter(|parent| Some(&parent.path) != lost_with) {
        if let Some(priority) = parent.priority.filter(|priority| is_special(*priority)) {
            say(format!("through {} ({priority})", parent.path), Some(&parent.at));
        }
    }
    match &definition.outcome {
        Outcome::Dropped { parent, priority } => {
            let strength = priority.map_or_else(String::new, |priority| format!(" ({priority})"));
            let at = definition.parents.iter().find(|outer| outer.path == *parent).map(|outer| &outer.at);
            say(format!("dropped with its {parent}{strength}"), at);
        }
        // Usually a stronger priority, which the table shows; of equals somebody has to say who came later.
        Outcome::Shadowed { by } => {
            let stronger = by.first().and_then(|index| cascade.definitions.get(*index));
            if let Some(later) = stronger.filter(|other| other.priority == definition.priority) {
                say("overridden by the later one".to_owned(), Some(&later.at));
            }
        }
        _ => {}
    }
    if let Some(elements) = &definition.elements {
        say(format!("gives {}", self::elements(elements)), None);
    }
    if !definition.certain {
        say("perhaps: the source text does not say whether it defines this".to_owned(), None);
    }
    match &definition.written {
        Written::Edited { .. } => say("edited since it was evaluated".to_owned(), None),
        Written::Stale => say("not found any more: the file was edited since it was evaluated".to_owned(), None),
        Written::Candidate { .. } if look.verbose => {
            say("Nix names no place for it; it is the only definition of this path in that file".to_owned(), None);
        }
        Written::Computed { why } if look.verbose && definition.certain => say(format!("no place: {why}"), None),
        _ => {}
    }
    if look.verbose {
        if let (Some(_), Some(source)) = (&definition.value, &definition.source) {
            say(format!("written {}", one_line(source)), None);
        }
        if !definition.imports.is_empty() && !definition.declared_default {
            say(format!("imported by {}", definition.imports.join(" › ")), None);
        }
    }
    details
}

/// A condition as it is written, and whether it holds. One that holds and was computed says nothing.
fn condition(condition: &Condition, room: usize, look: &Look) -> Option<String> {
    let holds = match condition.holds {
        Some(true) => "true",
        Some(false) => "false",
        None => "not known",
    };
    match &condition.text {
        Some(text) => {
            // The condition is cut rather than what it comes to.
            Some(format!("if {}: {holds}", look.fit(&one_line(text), room)))
        }
        None if condition.holds == Some(true) && !look.verbose => None,
        None => Some(format!("if (a computed condition): {holds}")),
    }
}

/// Which elements of a list these are.
pub fn elements(range: &std::ops::Range<usize>) -> String {
    match range.len() {
        0 => "no element".to_owned(),
        1 => format!("[{}]", range.start),
        _ => format!("[{}]–[{}]", range.start, range.end - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_counted_as_paths_count_them() {
        assert_eq!(elements(&(0..0)), "no element");
        assert_eq!(elements(&(3..4)), "[3]");
        assert_eq!(elements(&(3..6)), "[3]–[5]");
    }

    #[test]
    fn an_option_default_of_another_strength_says_so() {
        let mut definition = crate::render::samples::max_jobs().definitions.remove(3);
        assert_eq!(priority(&definition), "option default");
        definition.priority = Some(Priority(1400));
        assert_eq!(priority(&definition), "option default, mkOverride 1400");
    }
}
