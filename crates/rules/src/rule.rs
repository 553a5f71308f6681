//! What a rule is.

use mkwhy_model::Level;

/// A rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name.
    pub code: &'static str,
    /// The level of its findings, unless `mkwhy.toml` says another.
    pub level: Level,
    /// What it finds, in one line.
    pub title: &'static str,
    /// Its documentation: what, why it is bad, an example before and after. CommonMark.
    pub page: &'static str,
}
