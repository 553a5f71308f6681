//! Who decides and why, in sentences.

use mkwhy_model::{Cascade, Definition, FinalValue, Outcome, Priority, Value};

/// How many places a sentence names before it only counts.
const NAMED: usize = 4;

/// What a cascade comes to, in sentences: who decides and why, and what became of the others. Of a contradiction and of
/// a value that fails nothing is said here.
pub fn conclusion(cascade: &Cascade) -> Vec<String> {
    if !cascade.declared {
        // Who would decide an option that does not exist is no question.
        return vec![format!("No module declares an option `{}`: Nix refuses such definitions.", cascade.path)];
    }
    if cascade.declaration.as_ref().is_some_and(|declaration| declaration.alias) {
        // The value is decided at the option that this one forwards to; the note says which that is.
        return Vec::new();
    }
    let winners: Vec<&Definition> = cascade.winners().collect();
    let losers = Losers::of(cascade);
    let verdict = match winners.as_slice() {
        [] => nobody(cascade, &losers),
        [one] => Some(format!("{}{}{}.", decides(one, &losers), losers.tail(), across(cascade, &losers))),
        many => Some(format!("{}{}{}.", merge(many, cascade), losers.tail(), across(cascade, &losers))),
    };
    verdict.into_iter().chain(dropped(cascade)).collect()
}

/// Why a definition does not decide, in a sentence; `None` for one that does, or that does so with others.
pub fn why_not(cascade: &Cascade, definition: &Definition) -> Option<String> {
    let own = priority(definition);
    match &definition.outcome {
        Outcome::Wins | Outcome::Merged | Outcome::Conflicts => None,
        Outcome::Shadowed { by } => {
            let stronger: Vec<&Definition> = by.iter().filter_map(|index| cascade.definitions.get(*index)).collect();
            let Some(first) = stronger.first() else { return Some(format!("{own} is outranked.")) };
            if first.priority == definition.priority {
                return Some(format!("{} is as strong, stands later, and the last one counts.", first.at));
            }
            let who = match stronger.len() {
                1 => first.at.to_string(),
                more => format!("{} and {} more", first.at, more - 1),
            };
            Some(format!("{who} has {}, which outranks {own}.", priority(first)))
        }
        Outcome::Inactive { condition } => {
            let text = definition.conditions.get(*condition).and_then(|condition| condition.text.as_deref());
            Some(format!("Its condition {} is false.", text.map_or("around it".to_owned(), |text| format!("`{text}`"))))
        }
        Outcome::Dropped { parent, priority } => {
            let strength = priority.map_or_else(String::new, |priority| format!(" ({priority})"));
            Some(format!("The larger definition of {parent}{strength} around it lost as a whole."))
        }
        Outcome::Undecided => {
            let open = definition.conditions.iter().find(|condition| condition.holds.is_none());
            Some(match open.map(|condition| condition.text.as_deref()) {
                Some(Some(text)) => format!("Whether its condition `{text}` holds is not known."),
                Some(None) => "Whether its condition holds is not known.".to_owned(),
                None if definition.priority.is_none() => "Its priority is not known.".to_owned(),
                None => "Another definition may outrank it; that is not known.".to_owned(),
            })
        }
    }
}

/// Why no definition decides.
fn nobody(cascade: &Cascade, losers: &Losers) -> Option<String> {
    if losers.undecided > 0 {
        let who = count(losers.undecided, "definition hangs", "definitions hang");
        return Some(format!("Who decides cannot be said: {who} on a condition that is not known."));
    }
    if cascade.is_partial() {
        let known = losers.list();
        return Some(format!("Who decides was not looked at: only definitions that are off are known ({known})."));
    }
    let who = match cascade.definitions.len() {
        0 => "Nothing defines it".to_owned(),
        _ => format!("None of its definitions takes part ({})", losers.list()),
    };
    match &cascade.value {
        FinalValue::Undefined => Some(format!("{who}, and it has no default: using it is an error.")),
        FinalValue::Known { .. } | FinalValue::Merged { .. } => {
            Some(format!("{who}; the value comes from its type or from outside the module system."))
        }
        FinalValue::Failed { .. } | FinalValue::Unknown if cascade.definitions.is_empty() => None,
        FinalValue::Failed { .. } | FinalValue::Unknown => Some(format!("{who}.")),
    }
}

/// The sentence about the only winner, up to the losers.
fn decides(one: &Definition, losers: &Losers) -> String {
    if one.declared_default {
        return "The default of its declaration decides".to_owned();
    }
    let manner = match one.priority {
        None => String::new(),
        Some(Priority::PLAIN) => " plainly".to_owned(),
        Some(priority @ (Priority::FORCE | Priority::DEFAULT | Priority::OPTION_DEFAULT)) => {
            format!(" with {}", priority.function().unwrap_or_default())
        }
        Some(priority) => format!(" with {priority}"),
    };
    let outranked: Vec<String> = losers
        .shadowed
        .iter()
        .filter(|other| one.priority.is_some_and(|own| own.outranks(other.1)))
        .map(|other| other.0.clone())
        .collect();
    let reason = if outranked.is_empty() { String::new() } else { format!(", which outranks {}", list(&outranked)) };
    format!("{} decides{manner}{reason}", one.at)
}

/// The sentence about several winners, up to the losers.
fn merge(winners: &[&Definition], cascade: &Cascade) -> String {
    let strength =
        winners.iter().find_map(|winner| winner.priority).map_or_else(String::new, |priority| format!(" ({priority})"));
    let mut parts: Vec<String> = winners
        .iter()
        .take(NAMED)
        .map(|winner| match &winner.elements {
            Some(elements) => format!("{} gives {}", winner.at, elements_text(elements)),
            None => winner.at.to_string(),
        })
        .collect();
    if winners.len() > NAMED {
        parts.push(format!("{} more", winners.len() - NAMED));
    }
    let merged = cascade.before_apply.as_ref().or(cascade.value.value());
    // Of equal values nothing needs to be put together, unless that is what the type does (as `lines` does).
    let agree = merged.is_some() && winners.iter().all(|winner| winner.value.as_ref() == merged);
    let how = if agree { "say the same" } else { "are merged, in this order" };
    format!("{} definitions{strength} {how}: {}", winners.len(), parts.join(", "))
}

/// Reminds that the collections of the losers add nothing, which surprises most people.
fn across(cascade: &Cascade, losers: &Losers) -> &'static str {
    // The winners say it even where the final value went through an `apply` or failed.
    let value = cascade.winners().find_map(|winner| winner.value.as_ref());
    let collection = matches!(value, Some(Value::List { .. } | Value::Attrs { .. } | Value::Elided { .. }));
    if collection && losers.lost > 0 { ": nothing merges across priorities" } else { "" }
}

/// The definitions that were lost together with a larger one.
fn dropped(cascade: &Cascade) -> Option<String> {
    let mut parents: Vec<String> = Vec::new();
    let mut places = Vec::new();
    for definition in &cascade.definitions {
        if let Outcome::Dropped { parent, priority } = &definition.outcome {
            let strength = priority.map_or_else(String::new, |priority| format!(" ({priority})"));
            let parent = format!("{parent}{strength}");
            if !parents.contains(&parent) {
                parents.push(parent);
            }
            places.push(definition.at.to_string());
        }
    }
    let number = places.len();
    let (were, them) = if number == 1 { ("was", "it") } else { ("were", "them") };
    let larger = if parents.len() == 1 && number == 1 { "definition" } else { "definitions" };
    let whole = list(&parents);
    let who = if number > NAMED { format!("{number} definitions") } else { list(&places) };
    (number > 0).then(|| {
        format!("{who} {were} dropped with the larger {larger} of {whole} around {them}, which lost as a whole: nothing merges across priorities.")
    })
}

/// How many definitions do not decide, and why.
struct Losers {
    /// Of weaker priority.
    lost: usize,
    /// Overridden by a later definition of the same priority.
    earlier: usize,
    inactive: usize,
    dropped: usize,
    undecided: usize,
    /// The distinct priorities of those that were outranked, the strongest first, with their names.
    shadowed: Vec<(String, Priority)>,
}

impl Losers {
    fn of(cascade: &Cascade) -> Self {
        let mut losers = Self { lost: 0, earlier: 0, inactive: 0, dropped: 0, undecided: 0, shadowed: Vec::new() };
        for definition in &cascade.definitions {
            match &definition.outcome {
                Outcome::Shadowed { by } => {
                    let stronger = by.first().and_then(|index| cascade.definitions.get(*index));
                    if stronger.is_some_and(|other| other.priority == definition.priority) {
                        losers.earlier += 1;
                    } else {
                        losers.lost += 1;
                    }
                    let name = if definition.declared_default {
                        "the option default".to_owned()
                    } else {
                        priority(definition)
                    };
                    if let Some(priority) =
                        definition.priority.filter(|own| losers.shadowed.iter().all(|seen| seen.1 != *own))
                    {
                        losers.shadowed.push((name, priority));
                    }
                }
                Outcome::Inactive { .. } => losers.inactive += 1,
                Outcome::Dropped { .. } => losers.dropped += 1,
                Outcome::Undecided => losers.undecided += 1,
                Outcome::Wins | Outcome::Merged | Outcome::Conflicts => {}
            }
        }
        losers.shadowed.sort_by_key(|(_, priority)| priority.0);
        losers
    }

    fn list(&self) -> String {
        let parts: Vec<String> = [
            (self.lost, "other loses", "others lose"),
            (self.earlier, "earlier one is overridden", "earlier ones are overridden"),
            (self.inactive, "is inactive", "are inactive"),
            (self.dropped, "is dropped", "are dropped"),
            (self.undecided, "is undecided", "are undecided"),
        ]
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
        list(&parts)
    }

    /// What is said of them behind the winners.
    fn tail(&self) -> String {
        let list = self.list();
        if list.is_empty() { list } else { format!("; {list}") }
    }
}

/// `a, b and c`
fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// The priority as people write it.
fn priority(definition: &Definition) -> String {
    match definition.priority {
        Some(Priority::OPTION_DEFAULT) | None if definition.declared_default => "the option default".to_owned(),
        Some(priority) if definition.declared_default => format!("the option default, {priority},"),
        Some(priority) => priority.to_string(),
        None => "its priority, which is not known,".to_owned(),
    }
}

fn elements_text(range: &std::ops::Range<usize>) -> String {
    match range.len() {
        0 => "no element".to_owned(),
        1 => format!("[{}]", range.start),
        _ => format!("[{}]–[{}]", range.start, range.end - 1),
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
