//! Fixes: changes of the person's own files, tried in a private copy, with what Nix says of them.
//!
//! `proof` evaluates what one changes; `apply` writes.

mod apply;
mod batch;
mod carry;
mod consolidate;
mod create;
mod emptied;
mod format;
mod ground;
mod minimal;
mod moving;
mod next;
mod offer;
mod proof;
mod standing;

use mkwhy_model::{Change, OptionPath};

pub use apply::{Applied, Recovered};
pub use batch::Batch;
pub use moving::{Left, MovePlan, MoveRequest, Removed};
pub use next::NextBest;
pub use proof::{Proof, Proofs, TargetProof, ValueChange};

/// What a fix does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixKind {
    /// It takes away what has no effect.
    Remove,
    /// It gives a definition another priority or order.
    Priority,
    /// It settles what contradicts itself.
    Settle,
    /// It makes something count that was lost.
    Keep,
    /// It writes the same under its present name.
    Rename,
    /// It puts a setting into another module.
    Move,
    /// It allows a finding by a comment.
    Allow,
}

/// One fix, as edits of the texts as they were evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words: `remove this definition`.
    pub title: String,
    /// What kind it is.
    pub kind: FixKind,
    /// The rule whose finding it settles.
    pub code: Option<String>,
    /// The option that it is about.
    pub option: Option<OptionPath>,
    /// Whether it is the one to take where several are offered.
    pub preferred: bool,
    /// The options whose value it is meant to change; with none it is right where no value changes.
    pub meant: Vec<OptionPath>,
    /// The edits.
    pub change: Change,
    /// What should be known about it, in sentences: what was kept, what was left and why.
    pub remarks: Vec<String>,
}
