//! `local-contradiction`

use mkwhy_model::{Level, Outcome, Tag};

use super::local::contradicted;
use crate::facts::{Facts, Merging, named, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "local-contradiction",
    level: Level::Warning,
    in_targets: InTargets::Same,
    by_text: true,
    title: "two different values for one option in one file",
    page: "\
One file gives an option two different values, and whenever the one is there, so is the other. A default with an override
under a condition (`mkMerge [ { x = mkDefault 1; } (mkIf c { x = 2; }) ]`) is none.

## Why it is bad

One of them never counts, or Nix refuses both.

## Before

```nix
config = lib.mkMerge [
  { services.openssh.enable = true; networking.hostName = \"a\"; }
  { networking.hostName = lib.mkForce \"b\"; }
];
```

## After

```nix
config = {
  services.openssh.enable = true;
  networking.hostName = \"b\";
};
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects.iter().filter(|subject| subject.merging == Merging::One) {
        let mut told_of = Vec::new();
        for lost in subject.definitions().iter().filter(|definition| facts.tells(definition)) {
            let Some(winner) = contradicted(subject, lost) else { continue };
            // Two that conflict are one finding.
            if told_of.contains(&&lost.at) {
                continue;
            }
            told_of.push(&winner.at);
            let this = told(lost).map(|value| format!(" {value}")).unwrap_or_default();
            let that = told(winner).map(|value| format!(" ({value})")).unwrap_or_default();
            // Of one priority they contradict each other, even where a stronger definition keeps Nix from refusing them.
            let equals = lost.outcome == Outcome::Conflicts || lost.priority == winner.priority;
            let what = if equals { "contradicts" } else { "never counts beside" };
            let message =
                format!("the value{this} of `{}` {what} {}{that} in the same file", subject.path(), named(winner));
            let draft = found.at_definition(lost, subject.path(), message);
            draft.related(winner, "the other value").tagged(Tag::Unnecessary);
        }
    }
}
