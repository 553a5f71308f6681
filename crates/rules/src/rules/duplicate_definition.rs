//! `duplicate-definition`

use mkwhy_model::{Definition, Level, Outcome};

use crate::facts::{Facts, Merging, Subject, is_explicit, named, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "duplicate-definition",
    level: Level::Information,
    in_targets: InTargets::Same,
    by_text: true,
    title: "one option that several of your modules set",
    page: "\
Several files define one option that only one of them can decide; of a list, set or text, several files define it at
different priorities. All of them are named, and the base module (`base-module` in `mkwhy.toml`) if it is one of them.

A default in one module that exactly one other module overrides is no duplicate, and neither are lists and sets that are
merged from many modules: that is what they are for.

## Why it is bad

Nobody sees which of them wins, and a change in one of them may change nothing.

## Before

```nix
# modules/system/nix.nix
nix.settings.max-jobs = 4;
# modules/services/offload.nix
nix.settings.max-jobs = lib.mkForce 2;
# modules/core/nix-base.nix
nix.settings.max-jobs = lib.mkDefault \"auto\";
```

## After

The base module says what is common, and the one host or module that differs overrides it:

```nix
# modules/core/nix-base.nix
nix.settings.max-jobs = lib.mkDefault \"auto\";
# modules/services/offload.nix
nix.settings.max-jobs = 2;
```
",
    check,
};

/// The own definitions that may meet.
fn own<'s>(facts: &Facts<'_>, subject: &'s Subject) -> impl Iterator<Item = &'s Definition> {
    // Where nothing was evaluated, conditions are open, and the definitions may meet.
    let meets = |definition: &Definition| definition.is_active() || definition.outcome == Outcome::Undecided;
    subject.definitions().iter().filter(move |definition| meets(definition) && facts.is_own(definition))
}

/// The one at which it is told. What is to be moved stands outside of the base module.
fn first<'s>(facts: &Facts<'_>, subject: &'s Subject) -> Option<&'s Definition> {
    own(facts, subject).find(|definition| !facts.in_base(definition)).or_else(|| own(facts, subject).next())
}

/// Whether only one definition decides, or some are lost.
fn is_contested(subject: &Subject) -> bool {
    match subject.merging {
        Merging::One => true,
        Merging::List | Merging::Lines | Merging::Unknown => subject.shadowed().next().is_some(),
        // What is in a set is looked at by itself.
        Merging::Set => false,
    }
}

/// The own definitions that compete for an option; empty where they do not.
fn competing<'s>(facts: &Facts<'_>, subject: &'s Subject) -> Vec<&'s Definition> {
    let own: Vec<&Definition> = own(facts, subject).collect();
    let mut files: Vec<&str> = own.iter().map(|definition| definition.owner()).collect();
    files.sort_unstable();
    files.dedup();
    let mut explicit: Vec<&str> =
        own.iter().filter(|definition| is_explicit(definition)).map(|definition| definition.owner()).collect();
    explicit.sort_unstable();
    explicit.dedup();
    let lost = |definition: &&Definition| matches!(definition.outcome, Outcome::Shadowed { .. });
    let contested = subject.merging == Merging::One || own.iter().any(lost);
    let in_base = own.iter().any(|definition| facts.in_base(definition));
    let several = files.len() > 2 || explicit.len() > 1 || (in_base && files.len() > 1);
    if contested && several { own } else { Vec::new() }
}

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects.iter().filter(|subject| is_contested(subject)) {
        let Some(first) = first(facts, subject).filter(|first| facts.asks_for(&first.at.file)) else { continue };
        let own = competing(facts, subject);
        if own.is_empty() {
            continue;
        }
        let mut files: Vec<&str> = own.iter().map(|definition| definition.owner()).collect();
        files.sort_unstable();
        files.dedup();
        let decides = match subject.sole_winner() {
            Some(winner) => {
                let value = told(winner).map(|value| format!(" ({value})")).unwrap_or_default();
                format!("{}{value} decides", named(winner))
            }
            None if subject.cascade.contradiction => "those of the winning priority contradict each other".to_owned(),
            None => {
                let winners: Vec<String> = subject.winners().map(|(winner, _)| named(winner)).collect();
                match winners.as_slice() {
                    [a, b] => format!("{a} and {b} decide"),
                    [a, ..] => format!("{a} and {} more decide", winners.len() - 1),
                    [] if own.iter().any(|definition| !definition.conditions.is_empty()) => {
                        "which of them decides, their conditions say".to_owned()
                    }
                    [] => "which of them decides, or that Nix refuses them, the text does not say".to_owned(),
                }
            }
        };
        let base = match facts.base.filter(|base| files.contains(base)) {
            Some(base) => format!(", the base module {base} among them"),
            None => String::new(),
        };
        let message = format!("`{}` is set in {} of your files{base}: {decides}", subject.path(), files.len());
        let draft = found.at_definition(first, subject.path(), message);
        for other in own.iter().filter(|other| other.at != first.at) {
            let value = told(other).map(|value| format!(": {value}")).unwrap_or_default();
            let priority = other.priority.map(|priority| format!(" at {priority}")).unwrap_or_default();
            draft.related(other, format!("{}{priority}{value}", other.outcome.word()));
            draft.about.push(other.at.clone());
            draft.allowed_at.push(other.at.clone());
        }
    }
}
