//! `renamed-option`

use mkwhy_model::{Level, Outcome, Tag};

use crate::facts::Facts;
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "renamed-option",
    level: Level::Warning,
    in_targets: InTargets::Same,
    by_text: true,
    title: "a renamed, aliased or removed option",
    page: "\
A definition is written under a path that only forwards to another option, that was changed to another option with
another type, or that was removed.

## Why it is bad

The old path goes away in some later version; until then one option is set under two names, and neither shows the other.
Defining a removed option fails the build.

## Before

```nix
nix.maxJobs = 4;
```

## After

```nix
nix.settings.max-jobs = 4;
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        let is_retired = subject.removed.is_some() || subject.changed.is_some();
        let renamed = subject.definitions().iter().filter(|definition| is_retired || definition.via.is_some());
        for definition in renamed.filter(|definition| facts.tells(definition)) {
            if matches!(definition.outcome, Outcome::Dropped { .. }) {
                continue;
            }
            let message = match (&subject.removed, &definition.via) {
                _ if subject.changed.is_some() && !definition.declared_default => {
                    let instead = subject.changed.as_ref().filter(|path| !path.segments().is_empty());
                    let to = instead.map_or_else(|| "another option".to_owned(), |path| format!("`{path}`"));
                    format!("`{}` was changed to {to}, whose type may be another one: set that", subject.path())
                }
                (Some(why), _) => format!("`{}` was removed: {}", subject.path(), one_line(&why.text)),
                (None, Some(via)) => format!("`{via}` is another name of `{}`: set that", subject.named_by(via)),
                (None, None) => continue,
            };
            let option = definition.via.as_ref().unwrap_or(subject.path());
            found.at_definition(definition, option, message).tagged(Tag::Deprecated);
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
