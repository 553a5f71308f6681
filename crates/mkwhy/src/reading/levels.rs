//! At which of the options on a path the module system compares priorities.
//!
//! `nix.settings = mkForce { cores = 1; }` gives its priority to the option `nix.settings`: it drops whatever else defines
//! that, and inside it `cores` is plain. Were `nix.settings` a set of options, the priority would be that of each option in
//! it. Which it is, only declarations tell; where they are not known, nor is the outcome.

use mkwhy_index::Fit;
use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::{Definition, Number};

use super::{Declared, Hits, Placed};

/// The options on the way to a path, by the lengths of their paths, as far as declarations are known.
#[derive(Debug, PartialEq)]
pub(super) struct Levels {
    /// That of the outermost option that the path is inside of, if one is known.
    outer: Option<usize>,
    /// Whether the path itself is declared.
    declared: bool,
    /// The length of the path that is asked for.
    asked: usize,
    /// Whether a definition of an option further out may take away those of this one.
    dropping: bool,
}

impl Levels {
    pub(super) fn of(path: &OptionPath, declarations: &[Declared], hits: &Hits) -> Self {
        let asked = path.segments().len();
        let declared = declarations.iter().filter(|found| found.hit.fit != Fit::Beneath);
        let declared = declared.filter_map(|found| Some(found.hit.declaration()?.path.len() + found.depth));
        // Where modules are imported under a path, an option holds them.
        let holders = hits.inside.iter().map(Placed::depth).filter(|depth| *depth > 0);
        let outer = declared.chain(holders).filter(|length| *length < asked).min();
        let declared = declarations.iter().any(|found| found.hit.fit == Fit::Exact);
        let mut levels = Self { outer, declared, asked, dropping: false };
        levels.dropping = hits.inside.iter().any(|placed| levels.may_drop(placed));
        levels
    }

    /// Whether a definition is read the same with these.
    pub(super) fn reads_as(&self, other: &Self) -> bool {
        (self.outer, self.declared, self.asked) == (other.outer, other.declared, other.asked)
    }

    /// Whether a definition of an option further out may take away definitions of this one.
    pub(super) fn dropping(&self) -> bool {
        self.dropping
    }

    /// Whether a definition's priority is, or may be, that of an option further out.
    pub(super) fn is_further_out(&self, placed: &Placed, definition: &Definition) -> bool {
        let Some(depth) = stands_at(placed, definition) else { return false };
        match &placed.via {
            Some(via) => depth < via.segments().len(),
            // Inside an option there may be more of them on the way: each attribute of an `attrsOf` is one.
            None => depth < self.asked && (self.outer.is_some() || !self.declared),
        }
    }

    fn may_drop(&self, placed: &Placed) -> bool {
        let Some(definition) = placed.hit.definition() else { return false };
        let Some(depth) = stands_at(placed, definition) else { return false };
        // As far as it goes along the path.
        let reaches = placed.depth() + definition.path.len();
        self.is_further_out(placed, definition) && self.outer.is_none_or(|outer| depth > outer || outer <= reaches)
    }
}

/// The path length at which the outermost priority of a definition stands, if it has one.
fn stands_at(placed: &Placed, definition: &Definition) -> Option<usize> {
    (definition.priority != Number::Plain).then(|| placed.depth() + usize::from(definition.priority_depth))
}
