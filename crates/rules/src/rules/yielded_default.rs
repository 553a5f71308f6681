//! `yielded-default`

use std::collections::BTreeMap;

use mkwhy_model::{Definition, Level, Site, Tag};

use super::shadowed_definition::winner_over;
use super::{dropped_contribution, local};
use crate::facts::{Facts, Subject, is_explicit, named, site, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "yielded-default",
    level: Level::Hint,
    in_targets: InTargets::Same,
    by_text: true,
    title: "a default (`mkDefault`) that gave way, as intended",
    page: "\
A definition weaker than a plain one does not count, because another one is there. That is what `mkDefault` is for. Where one
line gives a default to many settings, as the module of a submodule does, they are told together.

## Why it is shown

To answer at a glance whether the default in front of you is the value that you get.

## Example

```nix
# modules/base.nix
nix.settings.cores = lib.mkDefault 0;   # gives way
# hosts/laptop.nix
nix.settings.cores = 4;
```
",
    check,
};

/// Of more settings than this that one line gives a default to, not each is told.
const MOST_BY_ONE: usize = 3;

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    let mut by_place: BTreeMap<Site, Vec<(&Subject, &Definition, &Definition)>> = BTreeMap::new();
    for subject in facts.subjects {
        for lost in subject.shadowed().filter(|lost| facts.tells(lost) && !is_explicit(lost)) {
            let Some(winner) = winner_over(subject, lost) else { continue };
            if dropped_contribution::is_dropped(subject, lost) || local::contradicted(subject, lost).is_some() {
                continue;
            }
            by_place.entry(site(lost)).or_default().push((subject, lost, winner));
        }
    }
    for (place, yielded) in by_place {
        // The module of a submodule gives its defaults to every one of them.
        if yielded.len() > MOST_BY_ONE && place.at.line.is_some() {
            let number = yielded.len();
            let names: Vec<String> =
                yielded.iter().take(2).map(|(subject, ..)| format!("`{}`", subject.path())).collect();
            let message = format!("this default gives way in {number} settings, {} among them", names.join(" and "));
            let draft = found.at(place, None, message);
            for (subject, _, winner) in yielded.iter().take(MOST_BY_ONE) {
                draft.related(winner, format!("this one decides `{}`", subject.path()));
            }
            continue;
        }
        for (subject, lost, winner) in yielded {
            let instead = told(winner).map(|value| format!(" ({value})")).unwrap_or_default();
            let message = format!("this default of `{}` gives way to {}{instead}", subject.path(), named(winner));
            let draft = found.at_definition(lost, subject.path(), message);
            draft.related(winner, "this one decides").tagged(Tag::Unnecessary);
        }
    }
}
