//! `dropped-contribution`

use std::collections::{BTreeMap, BTreeSet};

use mkwhy_model::{Definition, Level, OptionPath, Outcome, Position, Priority, Tag, Value};

use super::shadowed_definition::winner_over;
use crate::facts::{Facts, Merging, Subject, named, place, same_value, site};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "dropped-contribution",
    level: Level::Warning,
    in_targets: InTargets::Same,
    by_text: true,
    title: "a contribution to a list, set or text that is lost whole to a stronger priority",
    page: "\
Lists, attribute sets and texts of several modules are put together, but only among definitions of the same, winning
priority. A definition of a weaker one contributes nothing.

## Why it is bad

It looks like a contribution and is none: one plain definition anywhere removes all that `mkDefault` gave, and one `mkForce`
all that was said plainly. Nothing warns about it.

## Before

```nix
# modules/base.nix
nix.settings.trusted-users = lib.mkDefault [ \"root\" \"@wheel\" ];   # lost
# modules/ci.nix
nix.settings.trusted-users = [ \"ci\" ];
```

## After

Both have one priority, so both count:

```nix
# modules/base.nix
nix.settings.trusted-users = [ \"root\" \"@wheel\" ];
# modules/ci.nix
nix.settings.trusted-users = [ \"ci\" ];
```
",
    check,
};

/// What stands in for the option's own default is meant to go as a whole.
fn is_default_of_option(priority: Option<Priority>) -> bool {
    priority.is_some_and(|priority| !priority.outranks(Priority::OPTION_DEFAULT))
}

/// Whether a shadowed definition had something to give.
pub(super) fn is_dropped(subject: &Subject, lost: &Definition) -> bool {
    let stronger = winner_over(subject, lost).is_some_and(|winner| winner.priority != lost.priority);
    stronger && !is_default_of_option(lost.priority) && subject.contributes(lost)
}

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    let mut whole: BTreeSet<(&OptionPath, &Position)> = BTreeSet::new();
    for subject in facts.subjects {
        for lost in subject.shadowed().filter(|lost| facts.tells(lost) && is_dropped(subject, lost)) {
            let Some(winner) = winner_over(subject, lost) else { continue };
            whole.insert((subject.path(), &lost.at));
            let what = match subject.merging {
                Merging::List => "list",
                Merging::Lines => "text",
                _ => "set",
            };
            let message = format!(
                "this {what} adds nothing to `{}`: {} is stronger than {}, and nothing is merged across priorities{}",
                subject.path(),
                named(winner),
                lost.priority.map_or_else(|| "it".to_owned(), |priority| priority.to_string()),
                missing(subject, lost),
            );
            let draft = found.at_definition(lost, subject.path(), message);
            draft.tagged(Tag::Unnecessary);
            for (winner, _) in subject.winners() {
                draft.related(winner, "this one counts");
            }
        }
    }
    parents(facts, found, &whole);
}

/// Which elements of a lost list are nowhere else.
fn missing(subject: &Subject, lost: &Definition) -> String {
    if subject.merging == Merging::Lines
        && subject.cascade.winners().any(|winner| same_value(winner, lost) == Some(true))
    {
        return "; the same text is there by others".to_owned();
    }
    let Some(Value::List { items, more: 0 }) = &lost.value else { return String::new() };
    let gone: Vec<String> = items.iter().filter(|item| !subject.winners_have(item)).map(ToString::to_string).collect();
    let told = gone.join(", ");
    match gone.as_slice() {
        _ if told.chars().count() > 80 => format!("; {} elements are lost", gone.len()),
        [] => "; what is in it is there by others".to_owned(),
        [_] => format!("; {told} is lost"),
        _ => format!("; {told} are lost"),
    }
}

/// A larger definition that lost as a whole is one finding, whatever stands in it; `told` are those that were.
fn parents(facts: &Facts<'_>, found: &mut Found<'_>, told: &BTreeSet<(&OptionPath, &Position)>) {
    let mut lost: BTreeMap<(OptionPath, Position), Vec<(&Subject, &Definition)>> = BTreeMap::new();
    for subject in facts.subjects {
        for definition in subject.definitions() {
            let Outcome::Dropped { parent, priority } = &definition.outcome else { continue };
            if is_default_of_option(*priority) || !facts.is_own(definition) {
                continue;
            }
            let outer = definition.parents.iter().find(|outer| outer.path == *parent);
            let at = outer.map_or_else(|| definition.at.clone(), |outer| outer.at.clone());
            lost.entry((parent.clone(), at)).or_default().push((subject, definition));
        }
    }
    for ((parent, at), parts) in lost {
        if told.contains(&(&parent, &at)) {
            continue;
        }
        let Some((_, first)) = parts.first() else { continue };
        let Outcome::Dropped { priority, .. } = &first.outcome else { continue };
        let stronger = strongest(facts, &parent);
        let priority = priority.map_or_else(|| "it".to_owned(), |priority| priority.to_string());
        let by = match &stronger {
            Some((stronger, at)) => format!(
                "{} at {} is stronger than {priority}",
                stronger.map_or_else(|| "a definition".to_owned(), |stronger| stronger.to_string()),
                place(at)
            ),
            None => format!("a definition that is stronger than {priority} is there"),
        };
        // Not also the sets around them.
        let is_around =
            |path: &OptionPath| parts.iter().any(|(other, _)| other.path() != path && other.path().starts_with(path));
        let names: Vec<String> = parts
            .iter()
            .map(|(subject, _)| subject.path())
            .filter(|path| !is_around(path))
            .map(|path| format!("`{path}`"))
            .collect();
        let held = if names.len() > 4 { format!("{} settings", names.len()) } else { names.join(", ") };
        let message = format!(
            "what is set here of `{parent}` ({held}) adds nothing: {by}, and nothing is merged across priorities"
        );
        let site = if at == first.at { site(first) } else { facts.site_at(&at, &parent) };
        let draft = found.at(site, Some(&parent), message);
        draft.about.extend(parts.iter().map(|(_, definition)| definition.at.clone()));
        draft.tagged(Tag::Unnecessary);
        if let Some((_, at)) = stronger {
            draft.related_at(facts.site_at(&at, &parent), "this one counts");
        }
    }
}

/// The larger definition that won at an option, by what stands in it.
fn strongest(facts: &Facts<'_>, parent: &OptionPath) -> Option<(Option<Priority>, Position)> {
    facts
        .subjects
        .iter()
        .flat_map(|subject| subject.definitions())
        .filter(|definition| definition.is_active())
        .flat_map(|definition| &definition.parents)
        .find(|outer| outer.path == *parent)
        .map(|outer| (outer.priority, outer.at.clone()))
}
