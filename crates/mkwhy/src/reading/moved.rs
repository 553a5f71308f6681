//! Definitions that stand elsewhere now, and are as they were.

use std::collections::HashMap;
use std::sync::Arc;

use mkwhy_index::{Change, DeclarationHit, File, Module, Reach, same_path};
use mkwhy_model::{Definition, OptionPath, Outcome};

use super::cascade::defaults;
use super::definitions::{From, Origin, Read};
use super::known::{Known, place_of};
use super::siblings::families;
use super::{Declared, Placed, Reading};
use crate::definition::written_value;

impl Reading {
    /// Finds the declarations of a path anew: of one file that was edited only in that, where it has as many as before.
    pub(super) fn declare_anew(&self, known: &mut Known, path: &OptionPath, reach: &Reach, changed: &[Change]) {
        if let Some(Change { now: Some(file), .. }) = changed.last()
            && changed.iter().all(|change| change.now.as_ref().is_some_and(|now| same_path(&now.path, &file.path)))
        {
            let is_old = |hit: &DeclarationHit| changed.iter().any(|change| is(change.before.as_ref(), &hit.file));
            let mut old: Vec<&mut Declared> =
                known.declarations.iter_mut().filter(|declared| is_old(&declared.hit)).collect();
            let now = super::declared_in(path, reach, file);
            let at = |declared: &Declared| (declared.depth, declared.hit.fit, declared.hit.number);
            if old.iter().map(|old| at(old)).eq(now.iter().map(at)) {
                old.iter_mut().zip(now).for_each(|(old, now)| **old = now);
                return;
            }
        }
        known.declarations = self.declarations(path, Some(reach));
    }

    /// Puts the new places into a cascade of which nothing else is otherwise; `false` where something is.
    pub(super) fn moved(
        &self,
        known: &mut Known,
        path: &OptionPath,
        reach: &Arc<Reach>,
        changed: &[Change],
        names: &[OptionPath],
    ) -> bool {
        let of_now = |placed: &&Placed| changed.iter().any(|change| is(change.now.as_ref(), &placed.hit.file));
        let decisive = known.hits.inside.iter().filter(of_now).filter(|placed| placed.says(path));
        let families = families(decisive, path);
        let old_file = |from: From| {
            let mut files = changed.iter().filter_map(|change| change.before.as_ref());
            files.find(|file| from.is_in(file))
        };
        let mut old: Vec<(usize, From, &Arc<File>)> = Vec::with_capacity(families.len());
        let mut declared = Vec::new();
        for (number, origin) in known.origins.iter().enumerate() {
            match &origin.from {
                Some(from) => old.extend(old_file(*from).map(|file| (number, *from, file))),
                None => declared.push(number),
            }
        }
        if old.len() != families.len() {
            return false;
        }
        let definitions = &known.cascade.definitions;
        old.sort_by_key(|(number, from, _)| (place_of(names, definitions[*number].via.as_ref()), from.order()));
        let mut moved: Vec<(usize, Read)> = Vec::with_capacity(old.len() + declared.len());
        for ((number, _, file), family) in old.iter().zip(&families) {
            let Some(now) = self.read_family(path, family, &known.around, Some(reach)) else { return false };
            let before = (&definitions[*number], known.origins[*number].active);
            let text = written_value(before.0, file.summary.text());
            let text_now =
                family.first().and_then(|first| written_value(&now.definition, first.hit.file.summary.text()));
            let same_text = text.is_some() && text == text_now;
            if !same_text || !reads_alike(before, &now) {
                return false;
            }
            moved.push((*number, now));
        }
        // Those of one file come in the order in which they did, as nothing but the file tells them apart.
        let mut left: Vec<Read> = defaults(self, &known.declarations).collect();
        for number in declared {
            let before = &definitions[number];
            let Some(now) = left.iter().position(|now| now.definition.at.file == before.at.file) else { return false };
            let now = left.remove(now);
            if !reads_alike((before, known.origins[number].active), &now) {
                return false;
            }
            moved.push((number, now));
        }
        if !left.is_empty() {
            return false;
        }
        let definitions = &mut Arc::make_mut(&mut known.cascade).definitions;
        for (number, now) in moved {
            known.origins[number].from = now.from;
            let Definition { at, module, written, .. } = now.definition;
            let definition = &mut definitions[number];
            (definition.at, definition.module, definition.written) = (at, module, written);
        }
        true
    }
}

fn is(file: Option<&Arc<File>>, other: &Arc<File>) -> bool {
    file.is_some_and(|file| Arc::ptr_eq(file, other))
}

/// Whether a definition that was settled reads as one does now, but for its place and value.
fn reads_alike((before, active): (&Definition, bool), now: &Read) -> bool {
    let Definition {
        at: _,
        module: _,
        outcome,
        priority,
        order,
        conditions,
        value: _,
        source,
        imports,
        parents,
        via,
        declared_default,
        elements,
        certain,
        written: _,
    } = &now.definition;
    let off = |outcome: &Outcome| match outcome {
        Outcome::Inactive { condition } => Some(*condition),
        _ => None,
    };
    active == now.active
        && off(&before.outcome) == off(outcome)
        && before.priority == *priority
        && before.order == *order
        && before.conditions == *conditions
        && before.source == *source
        && before.imports == *imports
        && before.parents == *parents
        && before.via == *via
        && before.declared_default == *declared_default
        && before.elements == *elements
        && before.certain == *certain
}

impl Known {
    /// Gives the definitions the numbers that their modules have in other modules of the target. What is in a module that
    /// is not there any more, or comes there otherwise, is left out. `false` where it was read without modules.
    pub(super) fn moves_to(&mut self, old: &Reach, new: &Reach) -> bool {
        let mut numbers: HashMap<u32, Option<u32>> = HashMap::new();
        for placed in &self.hits.inside {
            let Some(module) = &placed.module else { return false };
            numbers.entry(module.number).or_insert_with(|| {
                let same = |other: &&Module| {
                    (other.unit, other.sure, &other.prefix) == (module.unit, module.sure, &module.prefix)
                        && old.is_led_to_as(module, new, other)
                };
                new.modules_in(&placed.hit.file).find(same).map(|module| module.number)
            });
        }
        for Origin { from, .. } in &mut self.origins {
            *from = from.and_then(|from| Some(from.in_module(numbers.get(&from.module()).copied().flatten()?)));
        }
        true
    }
}
