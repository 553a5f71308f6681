//! Who decides and why, in a sentence.

use mkwhy::{Cascade, Definition, FinalValue, Knowledge, Outcome, Priority, Value};

use super::text::{Text, one_line, width};
use super::{BAD, BOLD, Look, PLAIN, count, definitions, why};

/// How many places a sentence names before it only counts.
const NAMED: usize = 4;

/// Adds what the cascade comes to.
pub fn conclusion(page: &mut String, cascade: &Cascade, look: &Look) {
    if cascade.contradiction {
        contradiction(page, cascade, look);
    } else {
        if let FinalValue::Failed { message } = &cascade.value {
            Text::styled("Nix cannot evaluate the value:", BAD).end_line(page);
            why::message(page, message, 2, look);
        }
        let hedge = match cascade.known {
            Knowledge::Syntax { .. } if cascade.winners().next().is_some() => "As far as the text shows: ",
            _ => "",
        };
        for sentence in sentences(cascade) {
            look.sentence(page, "", PLAIN, &format!("{hedge}{sentence}"));
        }
    }
    if cascade.agrees == Some(false) {
        let sentence = "Nix's own list of winners is another one; please report this as a bug of mkwhy.";
        look.sentence(page, "warning: ", BAD, sentence);
    }
}

fn contradiction(page: &mut String, cascade: &Cascade, look: &Look) {
    let sides: Vec<&Definition> =
        cascade.definitions.iter().filter(|definition| definition.outcome == Outcome::Conflicts).collect();
    let strongest = sides.iter().find_map(|side| side.priority);
    let strength = strongest.map_or_else(String::new, |priority| format!(" of one priority ({priority})"));
    let who = count(sides.len(), "definition", "definitions");
    let sentence = format!("{who}{strength} exclude each other, and Nix refuses the option.");
    look.sentence(page, "Contradiction: ", BAD, &sentence);
    let values = sides.iter().map(|side| width(&definitions::value(side))).max().unwrap_or(0).min(32);
    for side in &sides {
        let mut line = Text::at(2).and(&look.fit(&definitions::value(side), 32), BAD);
        line.next_column(2 + values + 2);
        look.place(&mut line, &side.at, PLAIN);
        line.end_line(page);
    }
    if let FinalValue::Failed { message } = &cascade.value {
        Text::styled("Nix says:", BOLD).end_line(page);
        why::message(page, message, 2, look);
    }
    let way_out = match strongest {
        Some(Priority::FORCE) => "take mkForce away from all but the one that should decide",
        Some(priority) if Priority::FORCE.outranks(priority) => {
            "remove all but one of them, or put mkForce around the one that should decide"
        }
        _ => "remove all but one of them, or give one a stronger priority: a lower number",
    };
    look.sentence(page, "Next: ", BOLD, &format!("{way_out}."));
}

fn sentences(cascade: &Cascade) -> Vec<String> {
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

/// Why no definition decides.
fn nobody(cascade: &Cascade, losers: &Losers) -> Option<String> {
    if losers.undecided > 0 {
        let who = count(losers.undecided, "definition hangs", "definitions hang");
        return Some(format!("Who decides cannot be said: {who} on a condition that is not known."));
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
            Some(elements) => format!("{} gives {}", winner.at, definitions::elements(elements)),
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

fn priority(definition: &Definition) -> String {
    one_line(&definitions::priority(definition))
}

/// `a, b and c`
fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}
