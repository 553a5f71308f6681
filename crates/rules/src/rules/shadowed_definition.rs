//! `shadowed-definition`

use mkwhy_model::{Definition, Level, Outcome, Tag};

use super::{dropped_contribution, local, redundant_definition};
use crate::facts::{Facts, Subject, is_explicit, named, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "shadowed-definition",
    level: Level::Warning,
    in_targets: InTargets::Same,
    by_text: true,
    title: "an explicit value that a stronger definition overrides silently",
    page: "\
A definition of priority 100 (plain) or stronger does not count, because another one is stronger still, or, inside a plain
attribute set, comes later.

## Why it is bad

Whoever reads the module believes what it says. Nix says nothing about it.

## Before

```nix
# modules/laptop.nix
nix.settings.cores = 4;
# modules/hardening.nix
nix.settings.cores = lib.mkForce 2;
```

## After

The value that is meant to give way says so, or goes:

```nix
# modules/laptop.nix
nix.settings.cores = lib.mkDefault 4;
# modules/hardening.nix
nix.settings.cores = lib.mkForce 2;
```
",
    check,
};

/// The first definition that a lost one lost to.
pub(super) fn winner_over<'s>(subject: &'s Subject, lost: &Definition) -> Option<&'s Definition> {
    match &lost.outcome {
        Outcome::Shadowed { by } => by.iter().find_map(|index| subject.definitions().get(*index)),
        _ => None,
    }
}

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        let lost = subject.shadowed().filter(|lost| facts.tells(lost) && is_explicit(lost));
        for lost in lost {
            let Some(winner) = winner_over(subject, lost) else { continue };
            let told_better = dropped_contribution::is_dropped(subject, lost)
                || redundant_definition::repeats(subject, lost)
                || local::contradicted(subject, lost).is_some()
                || lost.via.is_some() && winner.at == lost.at;
            if told_better {
                continue;
            }
            let value = told(lost).map(|value| format!(" = {value}")).unwrap_or_default();
            let instead = told(winner).map(|value| format!(" ({value})")).unwrap_or_default();
            let message =
                format!("`{}`{value} does not count: {}{instead} is stronger", subject.path(), named(winner),);
            let message =
                if winner.priority == lost.priority { message.replace("is stronger", "comes later") } else { message };
            let draft = found.at_definition(lost, subject.path(), message);
            draft.related(winner, "this one decides").tagged(Tag::Unnecessary);
        }
    }
}
