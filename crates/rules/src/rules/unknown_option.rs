//! `unknown-option`

use mkwhy_model::{Level, Outcome};

use crate::facts::Facts;
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "unknown-option",
    level: Level::Error,
    in_targets: InTargets::Same,
    by_text: false,
    title: "a definition of an option that does not exist",
    page: "\
A module defines an option that no module declares: a typing error, an option of another version, or a module that is not
imported.

## Why it is bad

Nix refuses the whole configuration (`The option … does not exist`), also where the definition is under a false `mkIf`,
and names the file only. Where `_module.check` is off, Nix ignores the definition without a word; then this is a warning.

## Before

```nix
services.openssh.enabel = true;
```

## After

```nix
services.openssh.enable = true;
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects.iter().filter(|subject| !subject.cascade.declared) {
        let nearest: Vec<String> = subject.nearest.iter().take(3).map(|path| format!("`{path}`")).collect();
        let hint = match nearest.as_slice() {
            [] => String::new(),
            [only] => format!("; the nearest is {only}"),
            several => format!("; the nearest are {}", several.join(", ")),
        };
        for definition in subject.definitions().iter().filter(|definition| facts.is_own(definition)) {
            if matches!(definition.outcome, Outcome::Dropped { .. }) {
                continue;
            }
            let ignored = if subject.ignored { ", and `_module.check` is off: Nix ignores this" } else { "" };
            let message = format!("there is no option `{}`{ignored}{hint}", subject.path());
            let draft = found.at_definition(definition, subject.path(), message);
            if subject.ignored {
                draft.at_most(Level::Warning);
            }
        }
    }
}
