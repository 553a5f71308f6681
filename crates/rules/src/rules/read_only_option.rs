//! `read-only-option`

use mkwhy_model::{Definition, Level, Outcome};

use crate::facts::{Facts, place};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "read-only-option",
    level: Level::Error,
    in_targets: InTargets::Same,
    by_text: false,
    title: "a read-only option that is defined more often than Nix allows",
    page: "\
A read-only option (`readOnly = true`) may have one definition, and its `default` counts as one. A second is refused, even
under a false `mkIf` and whatever the priorities say.

## Why it is bad

Nix refuses the option (`The option … is read-only, but it's set multiple times`).

## Before

```nix
options.my.revision = lib.mkOption { readOnly = true; default = \"1\"; };
config.my.revision = \"2\";
```

## After

```nix
options.my.revision = lib.mkOption { readOnly = true; };
config.my.revision = \"2\";
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        let Some(times) = subject.times.filter(|_| subject.is_refused()) else { continue };
        let declared: Vec<&str> = subject
            .cascade
            .declaration
            .iter()
            .flat_map(|declaration| &declaration.at)
            .map(|at| at.file.as_str())
            .collect();
        let own: Vec<&Definition> = subject
            .definitions()
            .iter()
            .filter(|definition| facts.is_own(definition) && !matches!(definition.outcome, Outcome::Dropped { .. }))
            .collect();
        // Whoever declares it may define it; the others may not.
        let Some(culprit) =
            own.iter().find(|definition| !declared.contains(&definition.owner())).or_else(|| own.last())
        else {
            continue;
        };
        let message = format!(
            "`{}` is read-only and may be defined once, but {times} definitions count, this one among them{}",
            subject.path(),
            if subject.definitions().iter().any(|definition| definition.declared_default) {
                " beside its declared default"
            } else {
                ""
            }
        );
        let draft = found.at_definition(culprit, subject.path(), message);
        for other in subject.definitions().iter().filter(|other| other.at != culprit.at) {
            draft.related(other, format!("also defined at {}", place(&other.at)));
        }
    }
}
