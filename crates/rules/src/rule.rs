//! What a rule is.

use mkwhy_model::Level;

use crate::facts::Facts;
use crate::found::Found;

/// A rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its name.
    pub code: &'static str,
    /// The level of its findings, unless `mkwhy.toml` says another.
    pub level: Level,
    /// What it means for a finding to hold in some targets only, or in all.
    pub in_targets: InTargets,
    /// Whether the text alone can tell, without knowing every definition there is.
    pub by_text: bool,
    /// What it finds, in one line.
    pub title: &'static str,
    /// Its documentation: what, why it is bad, an example before and after. CommonMark.
    pub page: &'static str,
    /// Looks for it.
    pub(crate) check: fn(&Facts<'_>, &mut Found<'_>),
}

/// What it means for a finding to hold in some targets only, or in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTargets {
    /// Nothing: it is as bad in one.
    Same,
    /// Where several targets were checked and it holds in all of them, it is of this level.
    RaisedInAll(Level),
    /// It matters only if it holds in all: what changes nothing in one target may decide in another.
    HintInSome,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).field("level", &self.level).finish_non_exhaustive()
    }
}
