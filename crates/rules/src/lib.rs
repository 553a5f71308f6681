//! What is wrong with who decides an option.
//!
//! A rule ([`Rule`]) is one file in `rules/`: its page, its check and its tests. It looks at the settings of one target
//! ([`Facts`]) and says what it finds in the person's own files. [`settle`] puts several targets together: what holds
//! where, what a comment allows, and at which level.

mod allow;
mod facts;
mod found;
mod rule;
mod rules;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use mkwhy_model::{OptionPath, Position};
use rustc_hash::FxHashSet;

pub use allow::{Allow, allows};
pub use facts::{Facts, Merging, Misfit, Sources, Subject, Winner};
pub use rule::{InTargets, Rule};
pub use settle::{Settled, Settlement, settle};

use crate::found::{Draft, Found};
use crate::rules::*;

/// Every rule, the gravest first.
pub const RULES: &[&Rule] = &[
    &conflicting_definitions::RULE,
    &unknown_option::RULE,
    &wrong_type::RULE,
    &read_only_option::RULE,
    &shadowed_definition::RULE,
    &dropped_contribution::RULE,
    &redundant_definition::RULE,
    &local_duplicate::RULE,
    &local_contradiction::RULE,
    &duplicate_element::RULE,
    &renamed_option::RULE,
    &unused_allow::RULE,
    &duplicate_definition::RULE,
    &same_as_default::RULE,
    &needless_order::RULE,
    &needless_force::RULE,
    &yielded_default::RULE,
    &inactive_definition::RULE,
];

/// The rule of a code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}

/// What the rules found in one target.
#[derive(Debug, Clone)]
pub struct InTarget {
    target: String,
    drafts: Vec<Draft>,
    /// Where the target has definitions, and where it has some that are not off.
    defined: HashSet<Position>,
    active: HashSet<Position>,
    /// Whether Nix evaluated it.
    certain: bool,
}

/// Looks for everything in one target. What is not `certain` is a guess from the text alone.
pub fn check(target: &str, facts: &Facts<'_>, rules: &[&'static Rule], certain: bool) -> InTarget {
    let mut drafts = Vec::new();
    for rule in rules.iter().filter(|rule| certain || rule.by_text) {
        (rule.check)(facts, &mut Found { rule, drafts: &mut drafts });
    }
    // Of what is known to be understood in another way than Nix does, nothing is claimed.
    let doubtful = |subject: &&Subject| subject.cascade.agrees == Some(false);
    let doubtful: HashSet<&OptionPath> = facts.subjects.iter().filter(doubtful).map(Subject::path).collect();
    if !doubtful.is_empty() {
        drafts.retain(|draft| !draft.finding.option.as_ref().is_some_and(|option| doubtful.contains(option)));
    }
    if !certain {
        drafts.iter_mut().for_each(Draft::guessed);
        // Nothing is held against a guess.
        return InTarget {
            target: target.to_owned(),
            defined: HashSet::new(),
            active: HashSet::new(),
            drafts,
            certain,
        };
    }
    // Where one file is asked for, no other findings are held against these.
    let wanted: Option<FxHashSet<&Position>> =
        facts.only.map(|_| drafts.iter().flat_map(|draft| &draft.about).collect());
    let is_wanted = |at: &&Position| wanted.as_ref().is_none_or(|wanted| !wanted.is_empty() && wanted.contains(at));
    let defined = facts.subjects.iter().flat_map(Subject::all_places).filter(is_wanted).cloned().collect();
    let active = facts.subjects.iter().flat_map(Subject::active_places).filter(is_wanted).cloned().collect();
    InTarget { target: target.to_owned(), defined, active, drafts, certain }
}
