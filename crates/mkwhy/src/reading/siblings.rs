//! Bindings that are one definition for Nix: `a.b = 1; a.c = 2;` in one set define `a` once.

use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::{Definition, Part};

use super::Placed;

/// Definitions that are one, of which the first names the place.
pub(super) type Family<'p> = Vec<&'p Placed>;

/// Puts together what is one definition of a path. They come by modules.
pub(super) fn families<'p>(all: impl Iterator<Item = &'p Placed>, path: &OptionPath) -> Vec<Family<'p>> {
    let mut families: Vec<Family<'p>> = Vec::new();
    // Where those of the module begin that is looked at.
    let mut module = 0;
    for placed in all {
        let Some(definition) = placed.hit.definition() else { continue };
        let here = |family: &Family<'_>| family.first().is_some_and(|first| same_module(first, placed));
        if !families.last().is_some_and(here) {
            module = families.len();
        }
        let names = placed.via.as_ref().unwrap_or(path).segments().len();
        let length = names - placed.depth().min(names);
        let own = families[module..].iter_mut().find(|family| {
            let first = family.first().and_then(|first| first.hit.definition());
            first.is_some_and(|first| is_one(first, definition, length))
        });
        match own {
            Some(family) => family.push(placed),
            None => families.push(vec![placed]),
        }
    }
    families
}

fn same_module(one: &Placed, other: &Placed) -> bool {
    one.rank() == other.rank()
        && one.via == other.via
        && one.depth() == other.depth()
        && one.hit.file.path == other.hit.file.path
}

fn is_one(one: &Definition, other: &Definition, length: usize) -> bool {
    let names = |definition: &Definition| definition.path.get(..length).is_some_and(|path| path.iter().all(is_name));
    // The parts of a `mkMerge` at one binding are definitions each, but for what only its attribute path names.
    let parts = one.name == other.name && (one.path.len() <= length || other.path.len() <= length);
    !parts
        && one.set == other.set
        && one.set > 0
        && one.unit == other.unit
        && names(one)
        && names(other)
        && one.path[..length] == other.path[..length]
}

fn is_name(part: &Part) -> bool {
    matches!(part, Part::Name(_))
}

/// The text of the sets of a family as one set.
pub(super) fn together(sources: impl Iterator<Item = String>) -> Option<String> {
    let mut inside = Vec::new();
    for source in sources {
        inside.push(source.strip_prefix('{')?.strip_suffix('}')?.trim().to_owned());
    }
    Some(format!("{{ {} }}", inside.join(" ")))
}
