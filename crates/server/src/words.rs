//! What became of a definition, in words: short ones for hints, a table for hovers.

use mkwhy::{Cascade, Definition, FinalValue, Knowledge, Outcome, Position};

/// `file:line`.
pub(crate) fn place(at: &Position) -> String {
    match at.line {
        Some(line) => format!("{}:{line}", at.file),
        None => at.file.clone(),
    }
}

/// The last two parts of a path say enough beside a line.
fn short_place(at: &Position) -> String {
    let parts: Vec<&str> = at.file.rsplitn(3, '/').collect();
    let short = match parts.as_slice() {
        [file, folder, _] => format!("{folder}/{file}"),
        _ => at.file.clone(),
    };
    match at.line {
        Some(line) => format!("{short}:{line}"),
        None => short,
    }
}

/// Where a click on a part of a hint leads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lead<'c> {
    /// To a definition.
    Definition(&'c Definition),
    /// To the text of one of the conditions of a definition.
    Condition(&'c Definition, usize),
}

/// A part of a hint, and where a click leads.
pub(crate) type Part<'c> = (String, Option<Lead<'c>>);

/// What became of a definition, as short as can be; nothing where there is nothing to say.
pub(crate) fn hint<'c>(cascade: &'c Cascade, definition: &'c Definition) -> Vec<Part<'c>> {
    let strength = |of: &Definition| of.priority.map(|priority| format!(" · {priority}")).unwrap_or_default();
    let winners: Vec<&Definition> = cascade.winners().collect();
    let other = |wanted: &dyn Fn(&Definition) -> bool| {
        let others = cascade.definitions.iter().filter(|other| !std::ptr::eq(*other, definition));
        others.filter(|other| !other.declared_default).find(|other| wanted(other)).map(Lead::Definition)
    };
    let condition = |number: usize| {
        let text = definition.conditions.get(number).and_then(|condition| condition.text.as_deref());
        text.filter(|text| text.len() <= 60 && !text.contains('\n'))
    };
    match &definition.outcome {
        Outcome::Wins => {
            let Some(rival) = other(&|_| true) else { return Vec::new() };
            let outranked = other(&|other| matches!(other.outcome, Outcome::Shadowed { .. }));
            vec![(format!("wins{}", strength(definition)), outranked.or(Some(rival)))]
        }
        Outcome::Merged => {
            let place = winners.iter().position(|winner| std::ptr::eq(*winner, definition)).unwrap_or_default();
            // One binding may come to several (`mkMerge`).
            let next = winners.iter().cycle().skip(place + 1).take(winners.len()).find(|next| next.at != definition.at);
            let lead = next.map(|next| Lead::Definition(next));
            let here = winners.iter().filter(|winner| winner.at == definition.at).count();
            vec![(format!("{here} of {} merged", winners.len()), lead)]
        }
        Outcome::Conflicts => {
            let other = winners.iter().find(|other| other.at != definition.at);
            let mut parts = vec![("conflicts with ".to_owned(), None)];
            parts.extend(other.map(|other| (short_place(&other.at), Some(Lead::Definition(other)))));
            parts
        }
        Outcome::Shadowed { by } => {
            let winner = by.iter().find_map(|index| cascade.definitions.get(*index)).or(winners.first().copied());
            match winner {
                Some(winner) => vec![
                    ("lost to ".to_owned(), None),
                    (short_place(&winner.at), Some(Lead::Definition(winner))),
                    (strength(winner), None),
                ],
                None => vec![("lost".to_owned(), None)],
            }
        }
        Outcome::Inactive { condition: number } => {
            let text = condition(*number).unwrap_or("a condition");
            vec![(format!("inactive: {text} is false"), Some(Lead::Condition(definition, *number)))]
        }
        Outcome::Dropped { parent, priority } => {
            let strength = priority.map(|priority| format!(" · {priority}")).unwrap_or_default();
            let larger = definition.parents.iter().find(|outer| outer.path == *parent);
            let lead =
                larger.and_then(|larger| other(&|other| other.parents.iter().all(|outer| outer.at != larger.at)));
            vec![(format!("dropped with {parent}{strength}"), lead)]
        }
        Outcome::Undecided if other(&|_| true).is_none() => Vec::new(),
        Outcome::Undecided => match definition.conditions.iter().position(|condition| condition.holds.is_none()) {
            Some(number) => {
                let said = condition(number).map_or("undecided".to_owned(), |text| format!("undecided: {text}"));
                vec![(said, Some(Lead::Condition(definition, number)))]
            }
            None => vec![("undecided".to_owned(), other(&|other| other.outcome == Outcome::Undecided))],
        },
    }
}

/// How a cascade is known, in a sentence; nothing where Nix evaluated what stands there.
pub(crate) fn known(cascade: &Cascade) -> Option<String> {
    match &cascade.known {
        Knowledge::Evaluated => None,
        Knowledge::Stale => Some(
            "from the last evaluation that worked: the conditions are those of then, the priorities those of now"
                .into(),
        ),
        Knowledge::Syntax { because: None } => Some("from the text alone, not evaluated".into()),
        Knowledge::Syntax { because: Some(because) } => Some(format!("from the text alone: {}", because.text)),
        Knowledge::Failed { message } => Some(format!("it could not be evaluated: {message}")),
    }
}

/// The final value in a line.
pub(crate) fn value(cascade: &Cascade) -> String {
    match &cascade.value {
        FinalValue::Known { value, .. } | FinalValue::Merged { value } => cut(&value.to_string(), 300),
        FinalValue::Undefined => "nothing defines it".into(),
        FinalValue::Failed { message } => format!("cannot be evaluated: {}", cut(&message.text, 300)),
        FinalValue::Unknown => "not known yet".into(),
    }
}

pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}

/// So many definitions are told of one by one.
const MOST_ROWS: usize = 30;

/// The whole story in Markdown. `link` makes a link to a place.
pub(crate) fn story(
    cascade: &Cascade,
    link: impl Fn(&Definition) -> Option<String>,
    link_to: impl Fn(&Position) -> Option<String>,
) -> String {
    let mut text = format!("**`{}`**", cascade.path);
    if let Some(option_type) = &cascade.option_type {
        text.push_str(&format!(": {option_type}"));
    }
    text.push_str(&format!("\n\n```nix\n{}\n```\n", value(cascade)));
    if let Some(before) = &cascade.before_apply {
        text.push_str(&format!("\nbefore `apply`: `{}`\n", cut(&before.to_string(), 200)));
    }
    if let Some(known) = known(cascade) {
        text.push_str(&format!("\n*{known}*\n"));
    }
    text.push_str("\n| | value | priority | where |\n|---|---|---|---|\n");
    for definition in cascade.definitions.iter().take(MOST_ROWS) {
        let said = match (&definition.value, &definition.source) {
            (Some(value), _) => value.to_string(),
            (None, Some(source)) => source.clone(),
            (None, None) => "…".to_owned(),
        };
        let lost = !definition.outcome.takes_part() && definition.outcome != Outcome::Undecided;
        let said = format!("`{}`", cell(&cut(&said, 60)).replace('`', "'"));
        let said = if lost { format!("~~{said}~~") } else { said };
        let mut priority = definition.priority.map(|priority| priority.to_string()).unwrap_or_default();
        if let Some(order) = definition.order.filter(|order| *order != mkwhy::Order::PLAIN) {
            priority.push_str(&format!(", {order}"));
        }
        let what = match &definition.outcome {
            _ if definition.declared_default => format!("{} (default)", definition.outcome.word()),
            Outcome::Inactive { condition } => {
                match definition.conditions.get(*condition).and_then(|condition| condition.text.as_deref()) {
                    Some(text) => format!("inactive: `{}` is false", cell(&cut(text, 50))),
                    None => "inactive".to_owned(),
                }
            }
            Outcome::Dropped { parent, .. } => format!("dropped with `{parent}`"),
            outcome => outcome.word().to_owned(),
        };
        let what = if definition.certain { what } else { format!("{what} (perhaps)") };
        let at = place(&definition.at);
        let at = link(definition).map(|target| format!("[{at}]({target})")).unwrap_or(at);
        text.push_str(&format!("| {what} | {said} | {priority} | {at} |\n"));
    }
    if let Some(more) = cascade.definitions.len().checked_sub(MOST_ROWS).filter(|more| *more > 0) {
        text.push_str(&format!("\n… and {more} more\n"));
    }
    if let Some(declaration) = &cascade.declaration {
        if let Some(description) = &declaration.description {
            text.push_str(&format!("\n{}\n", description.trim()));
        }
        if let Some(default) = &declaration.default {
            text.push_str(&format!("\ndefault: `{}`\n", cut(&default.to_string(), 200).replace('`', "'")));
        } else if let Some(default) = &declaration.default_text {
            text.push_str(&format!("\ndefault: `{}`\n", cut(default, 200).replace('`', "'")));
        }
    }
    if let Some(declaration) = cascade.declaration.as_ref().filter(|declaration| !declaration.at.is_empty()) {
        let linked = |at: &Position| match link_to(at) {
            Some(target) => format!("[{}]({target})", place(at)),
            None => place(at),
        };
        let places: Vec<String> = declaration.at.iter().map(linked).collect();
        text.push_str(&format!("\ndeclared in {}\n", places.join(", ")));
    }
    for note in &cascade.notes {
        text.push_str(&format!("\n- {note}"));
    }
    text
}

/// What would break a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
