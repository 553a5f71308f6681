//! Which definitions of a setting are needed for the values that it has in every target.

use std::collections::{BTreeMap, BTreeSet};

use mkwhy_model::{Cascade, Condition, Definition, OptionPath, Outcome, Priority, Value};
use mkwhy_rules::Merging;

use super::ground::{Ground, Spot};
use super::standing::Base;

/// One definition, in all targets.
pub(super) struct Candidate<'a> {
    /// As it is in the first target that has it.
    pub(super) definition: &'a Definition,
    pub(super) spot: Option<Spot>,
    /// Whether it stands in the module that settings are put into.
    pub(super) in_base: bool,
    /// As it is in each target that has it.
    pub(super) there: BTreeMap<usize, &'a Definition>,
}

impl Candidate<'_> {
    fn decides(&self) -> bool {
        self.there.values().any(|definition| definition.outcome.takes_part())
    }

    /// Whether a person's comment would go with it.
    fn is_explained(&self, ground: &Ground<'_>) -> bool {
        let spot = self.spot.as_ref();
        spot.is_some_and(|spot| ground.source(&spot.file).is_some_and(|source| source.is_explained(&spot.taken())))
    }

    /// The condition that keeps it off in every target that has it.
    fn off(&self) -> Option<&str> {
        let mut texts = self.there.values().map(|definition| match definition.outcome {
            Outcome::Inactive { condition } => {
                definition.conditions.get(condition).and_then(|condition| condition.text.as_deref())
            }
            _ => None,
        });
        let first = texts.next()??;
        Some(first).filter(|_| self.is_off())
    }

    fn is_off(&self) -> bool {
        self.there.values().all(|definition| matches!(definition.outcome, Outcome::Inactive { .. }))
    }

    /// Whether no condition stands around it.
    pub(super) fn is_always_on(&self) -> bool {
        let always = |condition: &Condition| condition.text.as_deref() == Some("true");
        self.there.values().all(|definition| definition.conditions.iter().all(always))
    }

    /// Whether it decides nothing, and is no stronger than a priority.
    pub(super) fn yields_to(&self, other: Option<Priority>) -> bool {
        let weaker = self.definition.priority.zip(other).is_some_and(|(own, other)| !own.outranks(other));
        weaker && !self.decides()
    }

    /// Why nothing depends on it, in a sentence.
    pub(super) fn why_pointless(&self) -> String {
        let times = if self.there.len() == 1 { "in the one target that has it" } else { "in every target" };
        match self.off() {
            _ if self.decides() => "the definitions that stay give the same value".to_owned(),
            Some(condition) if condition.len() <= 80 && !condition.contains('\n') => {
                format!("`{condition}` is false {times}")
            }
            _ if self.is_off() => format!("its condition is false {times}"),
            _ => format!("it decides nothing {times}"),
        }
    }

    /// Whether a rule would complain of it, were it left.
    pub(super) fn would_be_told_of(&self) -> bool {
        !self.decides() && self.definition.priority.is_none_or(|priority| !Priority::PLAIN.outranks(priority))
    }
}

/// A setting with all its definitions.
pub(super) struct Setting<'a> {
    pub(super) option: &'a OptionPath,
    pub(super) candidates: Vec<Candidate<'a>>,
    /// Whether it is not known of some definition whether it takes part.
    pub(super) undecided: bool,
    /// How many targets were evaluated.
    pub(super) targets: usize,
    /// How many of them the module that settings are put into is part of.
    common: usize,
    merging: Merging,
    /// What it comes to in each target, with what nobody can move.
    cascades: BTreeMap<usize, &'a Cascade>,
}

impl<'a> Setting<'a> {
    pub(super) fn of(ground: &Ground<'a>, option: &'a OptionPath, base: &Base<'_>) -> Option<Self> {
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        let mut cascades = BTreeMap::new();
        let mut undecided = false;
        let mut merging = None;
        let evaluated: Vec<_> = ground.inspections.iter().filter(|inspection| inspection.is_evaluated()).collect();
        for (number, inspection) in evaluated.iter().enumerate() {
            let Some(subject) = inspection.subject(option) else { continue };
            merging.get_or_insert(subject.merging);
            cascades.insert(number, &*subject.cascade);
            for definition in &subject.cascade.definitions {
                // What is off matters no more than if it defined something else, as it perhaps does.
                let off = matches!(definition.outcome, Outcome::Inactive { .. });
                undecided |= definition.outcome == Outcome::Undecided || !(definition.certain || off);
                let elsewhere = definition.declared_default || !inspection.own_files().contains(definition.owner());
                if elsewhere || (off && !definition.certain) {
                    continue;
                }
                let same = |known: &&mut Candidate<'_>| {
                    known.definition.at == definition.at
                        && known.definition.written.spans().map(|spans| &spans.value)
                            == definition.written.spans().map(|spans| &spans.value)
                };
                match candidates.iter_mut().find(same) {
                    Some(known) => {
                        known.there.insert(number, definition);
                    }
                    None => candidates.push(Candidate {
                        definition,
                        spot: ground.spot(&subject.cascade, definition),
                        in_base: definition.at.file == base.file,
                        there: BTreeMap::from([(number, definition)]),
                    }),
                }
            }
        }
        let (targets, common) = (evaluated.len(), base.targets.len());
        Some(Self { option, candidates, undecided, targets, common, merging: merging?, cascades })
    }

    pub(super) fn in_base(&self) -> impl Iterator<Item = usize> {
        self.candidates.iter().enumerate().filter(|(_, one)| one.in_base).map(|(number, _)| number)
    }

    /// The definitions without which every target has the value that it has: those that decide nowhere, and those whose
    /// value the rest gives anyway. What is fixed stays.
    pub(super) fn removable(
        &self,
        ground: &Ground<'_>,
        fixed: &BTreeMap<usize, String>,
        keep_inactive: bool,
    ) -> BTreeSet<usize> {
        let mut gone: BTreeSet<usize> = BTreeSet::new();
        if self.undecided {
            return gone;
        }
        // First those of other modules: what only some targets have and no module of all of them can say, then the weakest,
        // and of those what nobody explains. Of the base module's own only what adds nothing anywhere.
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(|number| !fixed.contains_key(number)).collect();
        order.sort_by_cached_key(|number| {
            let one = &self.candidates[*number];
            (
                one.in_base,
                one.there.len() >= self.common,
                one.decides(),
                std::cmp::Reverse(one.definition.priority.map_or(i64::MIN, |priority| priority.0)),
                one.is_explained(ground),
            )
        });
        for number in order {
            let one = &self.candidates[number];
            // A default that gives way is what a base module is for, unless it is lost for good.
            let stays = one.in_base && (one.decides() || !(self.contributes() || one.would_be_told_of()));
            if stays || (keep_inactive && one.is_off()) {
                continue;
            }
            gone.insert(number);
            if !self.same_without(&gone) {
                gone.remove(&number);
            }
        }
        gone
    }

    /// Whether what is lost to a stronger priority would have added something.
    fn contributes(&self) -> bool {
        matches!(self.merging, Merging::List | Merging::Set | Merging::Lines)
    }

    fn same_without(&self, gone: &BTreeSet<usize>) -> bool {
        self.cascades.iter().all(|(target, cascade)| self.same_in(*target, cascade, gone))
    }

    fn same_in(&self, target: usize, cascade: &Cascade, gone: &BTreeSet<usize>) -> bool {
        let is_gone = |definition: &Definition| {
            gone.iter().any(|number| {
                self.candidates[*number].there.get(&target).is_some_and(|there| std::ptr::eq(*there, definition))
            })
        };
        let winners: Vec<&Definition> = cascade.winners().collect();
        if !winners.iter().any(|winner| is_gone(winner)) {
            return true;
        }
        // Only of values that are not put together can others take the place.
        if self.contributes() || self.merging == Merging::Unknown || cascade.contradiction {
            return false;
        }
        let Some(value) = winners.first().and_then(|winner| winner.value.as_ref()).filter(|value| value.is_whole())
        else {
            return false;
        };
        let left: Vec<&Definition> =
            cascade.definitions.iter().filter(|definition| definition.is_active() && !is_gone(definition)).collect();
        let Some(strongest) = left.iter().filter_map(|definition| definition.priority).min_by_key(|one| one.0) else {
            return false;
        };
        let tier: Vec<&Value> = left
            .iter()
            .filter(|definition| definition.priority == Some(strongest))
            .filter_map(|definition| definition.value.as_ref())
            .collect();
        let known = left.iter().filter(|definition| definition.priority == Some(strongest)).count();
        // The declared default alone is no reason to take out what somebody wrote.
        let written =
            left.iter().any(|definition| definition.priority == Some(strongest) && !definition.declared_default);
        written && tier.len() == known && tier.iter().all(|other| *other == value)
    }

    /// Whether one definition decides, and nothing is put together.
    pub(super) fn is_single(&self) -> bool {
        self.merging == Merging::One
    }

    /// This definition, and what stands beside it when it is moved: the base module's own, and what nobody can move.
    pub(super) fn all_but_removed(&self, number: usize) -> impl Iterator<Item = &'a Definition> {
        let moved = &self.candidates[number];
        let base: Vec<&Definition> = self.in_base().map(|number| self.candidates[number].definition).collect();
        self.cascades.values().flat_map(|cascade| &cascade.definitions).filter(move |definition| {
            let own =
                self.candidates.iter().any(|one| one.there.values().any(|there| std::ptr::eq(*there, *definition)));
            !own || moved.definition.at == definition.at || base.iter().any(|base| base.at == definition.at)
        })
    }

    /// Definitions in the order in which they are merged.
    pub(super) fn in_order(&self, numbers: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut numbers: Vec<usize> = numbers.collect();
        let rank = |number: usize| {
            let one = &self.candidates[number];
            self.cascades.iter().find_map(|(target, cascade)| {
                let there = one.there.get(target).filter(|there| there.outcome.takes_part())?;
                let index = cascade.winners().position(|winner| std::ptr::eq(winner, *there))?;
                Some((*target, index))
            })
        };
        numbers.sort_by_key(|number| (rank(*number).is_none(), rank(*number)));
        numbers
    }
}
