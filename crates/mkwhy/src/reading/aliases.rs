//! Options that forward to others: what is written under the old name is a definition of the new one.

use mkwhy_index::{Fit, Reach};
use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::{DeclaredBy, static_path};

use super::{Hits, Placed, Reading};

/// So many names in a row are followed.
pub(crate) const MOST_NAMES: usize = 4;

/// The names of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// Its own, and then those under which what is written comes to it as it is.
    pub(super) direct: Vec<OptionPath>,
    /// Those that forward to it, or to a part of it, in a way of their own: what is written under one obscures the path.
    pub(super) obscuring: Vec<OptionPath>,
}

impl Reading {
    /// Adds what is written under other names of a path, and gives all of its names.
    pub(super) fn add_aliases(&self, hits: &mut Hits, path: &OptionPath, reach: &Reach) -> Names {
        let others = self.other_names(path, reach);
        for (from, direct) in &others {
            let mut found = Hits::default();
            self.add_hits(&mut found, from, reach);
            let found: Vec<Placed> = found.inside.into_iter().filter(|placed| placed.says(from)).collect();
            hits.obscured |= !direct && !found.is_empty();
            if *direct {
                let via = |placed: Placed| Placed { via: Some(from.clone()), ..placed };
                hits.inside.extend(found.into_iter().map(via));
            }
        }
        Names::of(path, others)
    }

    /// All names of a path, as [`Reading::add_aliases`] has them.
    pub(super) fn names_now(&self, path: &OptionPath, reach: &Reach) -> Names {
        Names::of(path, self.other_names(path, reach))
    }

    /// The names that forward to a path, also by way of others, and whether what is written under them comes to it as it is.
    fn other_names(&self, path: &OptionPath, reach: &Reach) -> Vec<(OptionPath, bool)> {
        let mut others: Vec<(OptionPath, bool)> = Vec::new();
        let mut known = vec![path.clone()];
        let mut next = 0;
        while let Some(to) = known.get(next).cloned().filter(|_| next < MOST_NAMES) {
            next += 1;
            for (from, direct) in self.names_of(&to, reach) {
                if known.contains(&from) {
                    continue;
                }
                if direct {
                    known.push(from.clone());
                }
                others.push((from, direct));
            }
        }
        others
    }

    /// The other names of a path, and whether what is written under them comes to it as it is.
    fn names_of(&self, path: &OptionPath, reach: &Reach) -> Vec<(OptionPath, bool)> {
        let mut names = Vec::new();
        for (within, prefix, rest) in reach.prefixes_of(path.segments()) {
            for hit in self.index.forwarding(rest) {
                let Some(declaration) = hit.declaration() else { continue };
                let DeclaredBy::Renamed { to } = &declaration.by else { continue };
                if !reach.is_module(&hit.file, declaration.unit, within) {
                    continue;
                }
                let outer = path.segments()[..prefix.len()].to_vec();
                let Some(from) = static_path(&declaration.path) else { continue };
                let behind_it = rest.get(to.len()..).unwrap_or_default();
                let from = OptionPath::new(outer).join(from.segments()).join(behind_it);
                // Only a part of what is asked for, or changed on the way.
                let forwards = hit.file.summary.slice(declaration.value);
                let unchanged = ["mkRenamedOptionModule", "mkAliasOptionModule", "doRename"];
                let direct = unchanged.iter().any(|function| forwards.contains(function));
                names.push((from, direct && hit.fit != Fit::Beneath && !declaration.copied));
            }
        }
        names
    }
}

impl Names {
    fn of(path: &OptionPath, others: Vec<(OptionPath, bool)>) -> Self {
        let mut names = Self { direct: vec![path.clone()], obscuring: Vec::new() };
        for (name, direct) in others {
            if direct { &mut names.direct } else { &mut names.obscuring }.push(name);
        }
        names
    }
}
