//! What a cascade is made of, where its declarations or the modules of the target are others by now.

use std::collections::HashMap;
use std::sync::Arc;

use mkwhy_index::{Change, DeclarationHit, File, Module, Reach, same_path};
use mkwhy_model::OptionPath;

use super::definitions::Origin;
use super::known::Known;
use super::{Declared, Reading};

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
}

fn is(file: Option<&Arc<File>>, other: &Arc<File>) -> bool {
    file.is_some_and(|file| Arc::ptr_eq(file, other))
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
