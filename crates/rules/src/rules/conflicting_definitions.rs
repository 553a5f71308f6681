//! `conflicting-definitions`

use mkwhy_model::{Level, Outcome};

use crate::facts::{Facts, named, same_value, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "conflicting-definitions",
    level: Level::Error,
    in_targets: InTargets::Same,
    by_text: true,
    title: "two definitions of the winning priority that cannot be merged: Nix refuses them",
    page: "\
Two definitions of one option have the same, winning priority, and the option's type cannot merge them: their values differ,
or the type takes one definition only.

## Why it is bad

Nix refuses to evaluate the option (`conflicting definition values`), and with it everything that needs it: usually the
whole system.

## Before

```nix
# modules/laptop.nix
nix.settings.max-jobs = lib.mkForce 2;
# modules/server.nix
nix.settings.max-jobs = lib.mkForce 8;
```

## After

One of them decides, the other gives way, or goes:

```nix
# modules/laptop.nix
nix.settings.max-jobs = lib.mkForce 2;
# modules/server.nix
nix.settings.max-jobs = lib.mkDefault 8;
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects.iter().filter(|subject| subject.cascade.contradiction) {
        let conflicting: Vec<_> =
            subject.definitions().iter().filter(|definition| definition.outcome == Outcome::Conflicts).collect();
        let Some(first) = conflicting.iter().find(|definition| facts.is_own(definition)) else { continue };
        let others: Vec<_> = conflicting.iter().filter(|definition| definition.at != first.at).collect();
        let Some(other) = others.first() else { continue };
        let why = match (told(first), told(other)) {
            _ if same_value(first, other) == Some(true) => "its type takes one definition only".to_owned(),
            (Some(this), Some(that)) => format!("the two cannot be merged ({this} and {that})"),
            _ => "the two cannot be merged".to_owned(),
        };
        let message = format!(
            "`{}` is defined here and by {} with the same priority, and {why}: Nix refuses them",
            subject.path(),
            named(other)
        );
        let draft = found.at_definition(first, subject.path(), message);
        draft.about.extend(others.iter().map(|definition| definition.at.clone()));
        for definition in others {
            let value = told(definition).map(|value| format!(": {value}")).unwrap_or_default();
            draft.related(definition, format!("conflicts{value}"));
        }
    }
}
