//! What the two rules about one file have in common.

use mkwhy_model::{Definition, Outcome};

use crate::facts::{Merging, Subject, same_value};

/// Whether every condition around one definition is also around another, so that the one is there whenever the other is.
fn there_whenever(one: &Definition, other: &Definition) -> bool {
    let (Some(one), Some(other)) = (one.written.spans(), other.written.spans()) else { return false };
    one.conditions.iter().all(|condition| other.conditions.contains(condition))
}

/// Whether two definitions are different bindings of one file.
fn side_by_side(one: &Definition, other: &Definition) -> bool {
    one.at.file == other.at.file
        && one.at.line.is_some()
        && one.at != other.at
        && one.owner() == other.owner()
        && one.written.spans().map(|spans| &spans.name) != other.written.spans().map(|spans| &spans.name)
}

/// Whether it takes part, or would under its conditions.
fn may_count(definition: &Definition) -> bool {
    definition.certain
        && !definition.declared_default
        && (definition.is_active() || definition.outcome == Outcome::Undecided)
}

/// The other definitions of the same file that are there whenever this one is, and no weaker.
fn beside<'s>(subject: &'s Subject, definition: &'s Definition) -> impl Iterator<Item = &'s Definition> {
    subject.definitions().iter().filter(move |other| {
        subject.merging == Merging::One
            && may_count(definition)
            && may_count(other)
            && side_by_side(other, definition)
            && there_whenever(other, definition)
            && other.priority.zip(definition.priority).is_some_and(|(other, definition)| !definition.outranks(other))
    })
}

/// The other definition of the same file that makes this one pointless whatever the conditions say: a stronger one, or one
/// that it conflicts with.
pub(super) fn contradicted<'s>(subject: &'s Subject, lost: &'s Definition) -> Option<&'s Definition> {
    beside(subject, lost).find(|other| {
        let differs = same_value(other, lost);
        // Of two values that cannot be compared, only one can decide where the priorities differ.
        differs == Some(false) || (differs.is_none() && other.priority != lost.priority)
    })
}

/// The other definition of the same file that says the same, and is there whenever this one is.
pub(super) fn repeated<'s>(subject: &'s Subject, again: &'s Definition) -> Option<&'s Definition> {
    beside(subject, again).find(|other| same_value(other, again) == Some(true))
}
