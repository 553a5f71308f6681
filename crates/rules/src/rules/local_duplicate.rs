//! `local-duplicate`

use mkwhy_model::{Level, Tag};

use super::local::repeated;
use crate::facts::{Facts, Merging, place};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "local-duplicate",
    level: Level::Warning,
    in_targets: InTargets::Same,
    by_text: true,
    title: "the same value twice in one file",
    page: "\
One file defines an option twice with the same value, and the one definition is there whenever the other is.

## Why it is bad

One of them changes nothing, and the next change will be made in one of them only.

## Before

```nix
config = lib.mkMerge [
  { services.openssh.enable = true; }
  (lib.mkIf cfg.remote { services.openssh.enable = true; })
];
```

## After

```nix
config = lib.mkMerge [
  { services.openssh.enable = true; }
];
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects.iter().filter(|subject| subject.merging == Merging::One) {
        let mut kept = Vec::new();
        for again in subject.definitions().iter().filter(|definition| facts.tells(definition)) {
            let Some(other) = repeated(subject, again) else { continue };
            // Of two that repeat each other, the one further down is the repetition.
            if kept.contains(&&again.at) || (repeated(subject, other).is_some() && again.at < other.at) {
                continue;
            }
            kept.push(&other.at);
            let message = format!("`{}` has this value at {} already", subject.path(), place(&other.at));
            found
                .at_definition(again, subject.path(), message)
                .related(other, "the same value")
                .tagged(Tag::Unnecessary);
        }
    }
}
