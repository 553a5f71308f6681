//! `yielded-default`

use mkwhy_model::{Level, Tag};

use super::shadowed_definition::winner_over;
use super::{dropped_contribution, local};
use crate::facts::{Facts, is_explicit, named, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "yielded-default",
    level: Level::Hint,
    in_targets: InTargets::Same,
    by_text: true,
    title: "a default (`mkDefault`) that gave way, as intended",
    page: "\
A definition weaker than a plain one does not count, because another one is there. That is what `mkDefault` is for.

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

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        for lost in subject.shadowed().filter(|lost| facts.is_own(lost) && !is_explicit(lost)) {
            let Some(winner) = winner_over(subject, lost) else { continue };
            if dropped_contribution::is_dropped(subject, lost) || local::contradicted(subject, lost).is_some() {
                continue;
            }
            let instead = told(winner).map(|value| format!(" ({value})")).unwrap_or_default();
            let message = format!("this default of `{}` gives way to {}{instead}", subject.path(), named(winner));
            let draft = found.at_definition(lost, subject.path(), message);
            draft.related(winner, "this one decides").tagged(Tag::Unnecessary);
        }
    }
}
