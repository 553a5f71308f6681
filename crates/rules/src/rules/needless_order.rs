//! `needless-order`

use mkwhy_model::{Definition, Level, Order};

use crate::facts::{Facts, Merging, Subject, Winner};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "needless-order",
    level: Level::Information,
    in_targets: InTargets::HintInSome,
    by_text: false,
    title: "`mkBefore`, `mkAfter` or `mkOrder` that changes nothing",
    page: "\
A definition is ordered, but the value would be the same without: nothing else is there to come before or after, or it stands
there anyway, or the type knows no order. Where it only stands there because of the order in which the modules are imported,
this is a hint.

## Why it is worth knowing

It hides which orders matter.

## Before

```nix
networking.nameservers = lib.mkBefore [ \"10.0.0.1\" ];   # the only definition
```

## After

```nix
networking.nameservers = [ \"10.0.0.1\" ];
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects.iter().filter(|subject| !subject.is_open()) {
        let winners: Vec<(&Definition, Winner)> =
            subject.winners().map(|(definition, winner)| (definition, winner.into_owned())).collect();
        for (index, (definition, _)) in winners.iter().enumerate() {
            let Some(order) = definition.order.filter(|order| *order != Order::PLAIN) else { continue };
            if !facts.is_own(definition) {
                continue;
            }
            // Which module comes first is seldom meant, and what depends on it had better be said.
            let by_chance = winners.len() > 1 && !matches!(subject.merging, Merging::One);
            let why = if winners.len() == 1 {
                "nothing else is there to be merged with"
            } else if matches!(subject.merging, Merging::One) {
                "values of this type are not put in order"
            } else if stays(subject, &winners, index) {
                "it stands there anyway"
            } else {
                continue;
            };
            let message = format!("{order} changes nothing for `{}`: {why}", subject.path());
            let draft = found.at_definition(definition, subject.path(), message);
            if by_chance {
                draft.at_most(Level::Hint);
            }
        }
    }
}

/// Whether a definition keeps its place without its order.
fn stays(subject: &Subject, winners: &[(&Definition, Winner)], index: usize) -> bool {
    let ordered = matches!(subject.merging, Merging::List | Merging::Lines);
    let keys: Option<Vec<(i64, usize)>> = winners
        .iter()
        .map(|(definition, winner)| Some((definition.order.unwrap_or(Order::PLAIN).0, winner.sequence?)))
        .collect();
    let Some(keys) = keys.filter(|_| ordered) else { return false };
    let mut without: Vec<usize> = (0..keys.len()).collect();
    without.sort_by_key(|n| if *n == index { (Order::PLAIN.0, keys[*n].1) } else { keys[*n] });
    without.is_sorted()
}
