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

/// The other definition of the same file that makes this one pointless whatever the conditions say: a stronger one, or one
/// that it conflicts with.
pub(super) fn contradicted<'s>(subject: &'s Subject, lost: &Definition) -> Option<&'s Definition> {
    if subject.merging != Merging::One || lost.declared_default {
        return None;
    }
    let beaten = matches!(lost.outcome, Outcome::Shadowed { .. } | Outcome::Conflicts);
    subject.cascade.winners().filter(|_| beaten).find(|winner| {
        side_by_side(winner, lost) && there_whenever(winner, lost) && same_value(winner, lost) != Some(true)
    })
}

/// The other definition of the same file that says the same, and is there whenever this one is.
pub(super) fn repeated<'s>(subject: &'s Subject, again: &Definition) -> Option<&'s Definition> {
    if subject.merging != Merging::One || again.declared_default || !again.is_active() {
        return None;
    }
    subject.cascade.winners().find(|winner| {
        side_by_side(winner, again) && there_whenever(winner, again) && same_value(winner, again) == Some(true)
    })
}
