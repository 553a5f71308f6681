//! `redundant-definition`

use mkwhy_model::{Definition, Level, Outcome, Priority, Tag};

use super::shadowed_definition::winner_over;
use crate::facts::{Facts, Merging, Subject, is_explicit, named, same_value, told};
use crate::found::{Draft, Found};
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "redundant-definition",
    level: Level::Warning,
    in_targets: InTargets::HintInSome,
    by_text: true,
    title: "the same value again in another file, where it changes nothing",
    page: "\
Two files give one option the same value, and the option would have it without one of them. Where one of the two values is
computed and the two happen to be equal, or where the other file is not your own, this is only worth knowing.

## Why it is bad

Whoever changes the one finds that nothing changes, or that Nix refuses two different values.

## Before

```nix
# modules/core/nix-base.nix
nix.settings.connect-timeout = lib.mkDefault 30;
# modules/system/nix.nix
nix.settings.connect-timeout = 30;
```

## After

```nix
# modules/core/nix-base.nix
nix.settings.connect-timeout = lib.mkDefault 30;
```
",
    check,
};

/// Whether a lost definition has the value that the option has anyway.
pub(super) fn repeats(subject: &Subject, lost: &Definition) -> bool {
    subject.merging == Merging::One && subject.cascade.winners().all(|winner| same_value(winner, lost) == Some(true))
}

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    // What Nix refuses is more than redundant.
    let comparable = |subject: &&Subject| subject.merging == Merging::One && !subject.cascade.contradiction;
    for subject in facts.subjects.iter().filter(comparable) {
        let winners: Vec<&Definition> = subject.cascade.winners().collect();
        match winners.as_slice() {
            [] => {}
            [winner] => {
                if !repeated_winner(facts, found, subject, winner) {
                    repeated_losers(facts, found, subject, winner);
                }
            }
            [first, ..] => {
                // Equal ones of one priority: one is kept, the base module's before all others, and what is written by
                // an old name after them.
                let kept = winners
                    .iter()
                    .find(|winner| facts.in_base(winner))
                    .or_else(|| winners.iter().find(|winner| !facts.is_own(winner)))
                    .or_else(|| winners.iter().find(|winner| winner.via.is_none()))
                    .unwrap_or(first);
                // As weak as the option's own default, it is there to be that.
                if kept.declared_default {
                    continue;
                }
                for again in winners.iter().filter(|again| facts.tells(again) && again.owner() != kept.owner()) {
                    if kept.at != again.at && same_value(kept, again) == Some(true) && enough(kept, again) {
                        report(facts, found, subject, again, kept, "says the same");
                    }
                }
            }
        }
    }
}

/// Whether one of two definitions is enough: if its conditions are all evaluated ones and hold.
fn enough(kept: &Definition, again: &Definition) -> bool {
    kept.certain && again.certain && kept.outcome != Outcome::Undecided
}

/// The decider, where the next strongest definitions say the same; then it is the one to go unless it is the base.
fn repeated_winner(facts: &Facts<'_>, found: &mut Found<'_>, subject: &Subject, winner: &Definition) -> bool {
    // The option's own default is one of them: with what is as weak, it would be left to contradict.
    let next = subject.shadowed().filter_map(|lost| lost.priority).min_by_key(|priority| priority.0);
    let tier: Vec<&Definition> = subject.shadowed().filter(|lost| lost.priority == next && next.is_some()).collect();
    let mut written = tier.iter().filter(|lost| !lost.declared_default);
    let in_base = written.clone().find(|lost| facts.in_base(lost));
    let Some(kept) = in_base.or_else(|| written.next()) else { return false };
    let same = tier.iter().all(|lost| same_value(lost, winner) == Some(true));
    let goes = facts.is_own(winner)
        && !facts.in_base(winner)
        && (facts.in_base(kept) || !is_explicit(kept))
        && kept.owner() != winner.owner();
    let goes = goes && kept.at != winner.at;
    if same && goes {
        let draft = report(facts, found, subject, winner, kept, "already gives it this value");
        // What is as weak as the option's own default stands in for it, and `same-as-default` matters no more.
        if kept.priority.is_some_and(|priority| !priority.outranks(Priority::OPTION_DEFAULT)) {
            draft.at_most(Level::Information);
        }
    }
    same && goes
}

/// Explicit values that lost to the very same one.
fn repeated_losers(facts: &Facts<'_>, found: &mut Found<'_>, subject: &Subject, winner: &Definition) {
    for lost in subject.shadowed().filter(|lost| facts.tells(lost) && is_explicit(lost)) {
        let elsewhere = winner_over(subject, lost).is_some() && lost.owner() != winner.owner() && lost.at != winner.at;
        if elsewhere && same_value(lost, winner) == Some(true) {
            report(facts, found, subject, lost, winner, "already gives it this value and is stronger");
        }
    }
}

/// Whether two equal values are equal whatever else changes: both are written out, or they are written alike.
fn always_same(facts: &Facts<'_>, one: &Definition, other: &Definition) -> bool {
    // What is called `cfg` is another in every module.
    let alike = one.source.as_ref().is_some_and(|source| !source.contains("cfg")) && one.source == other.source;
    alike || (facts.is_literal(one) && facts.is_literal(other))
}

fn report<'f>(
    facts: &Facts<'_>,
    found: &'f mut Found<'_>,
    subject: &Subject,
    again: &Definition,
    kept: &Definition,
    how: &str,
) -> &'f mut Draft {
    let value = told(again).map(|value| format!(" = {value}")).unwrap_or_default();
    let message = format!("`{}`{value} changes nothing: {} {how}", subject.path(), named(kept));
    let draft = found.at_definition(again, subject.path(), message);
    draft.related(kept, "the same value").tagged(Tag::Unnecessary);
    // What somebody else says may be another thing with the next version.
    if !always_same(facts, again, kept) || !facts.is_own(kept) {
        draft.at_most(Level::Information);
    }
    draft
}
