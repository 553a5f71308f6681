//! `needless-force`

use mkwhy_model::{Definition, Level, Outcome, Priority};

use crate::facts::{Facts, Subject};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "needless-force",
    level: Level::Information,
    in_targets: InTargets::HintInSome,
    by_text: false,
    title: "`mkForce` or `mkOverride` that changes nothing",
    page: "\
A definition is stronger than a plain one, but no plain one is there: said plainly it would decide as well. Where another
definition may become active under other conditions, nothing is said. `mkOverride 100` is needless anywhere: that is what a
plain definition has.

## Why it is worth knowing

A force that is not needed hides those that are, and the next one has to be stronger still.

## Before

```nix
services.printing.enable = lib.mkForce false;   # only the option's default says otherwise
```

## After

```nix
services.printing.enable = false;
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        as_plain(facts, found, subject);
    }
    for subject in facts.subjects.iter().filter(|subject| !subject.is_open() && !subject.is_refused()) {
        let Some(winner) = subject.sole_winner().filter(|winner| facts.is_own(winner)) else { continue };
        let Some(priority) = winner.priority.filter(|priority| priority.outranks(Priority::PLAIN)) else { continue };
        // The function stands at this very binding, and not around a larger set of which this is a part.
        let wrapped = winner.written.spans().is_some_and(|spans| spans.wrapper.is_some());
        let needed = subject.shadowed().any(|lost| !lost.priority.is_some_and(|lost| Priority::PLAIN.outranks(lost)))
            || subject.definitions().iter().any(|definition| matches!(definition.outcome, Outcome::Dropped { .. }));
        if wrapped && !needed && winner.via.is_none() {
            let default = subject.cascade.declaration.as_ref().and_then(|declaration| declaration.default.as_ref());
            let is_default = default
                .is_some_and(|default| default.is_whole() && winner.value.as_ref() == Some(default))
                && subject.shadowed().all(|lost| lost.declared_default);
            let also = if is_default { ", and the value is the option's own default" } else { "" };
            let message =
                format!("{priority} changes nothing for `{}`: no plain definition is there{also}", subject.path());
            found.at_definition(winner, subject.path(), message);
        }
    }
}

/// The priority that a plain definition has anyway, where the number is written there and not computed.
fn as_plain(facts: &Facts<'_>, found: &mut Found<'_>, subject: &Subject) {
    let is_plain = |definition: &&Definition| definition.priority == Some(Priority::PLAIN) && definition.via.is_none();
    for definition in subject.cascade.winners().filter(|winner| facts.is_own(winner)).filter(is_plain) {
        if facts.written_priority(definition, subject.path()) == Some(Priority::PLAIN) {
            let message = format!(
                "mkOverride 100 changes nothing for `{}`: a plain definition has this priority",
                subject.path()
            );
            found.at_definition(definition, subject.path(), message);
        }
    }
}
