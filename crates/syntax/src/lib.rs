//! Where definitions are written: Nix source text, read with rnix.
//!
//! Nix says that a definition stands at a line and column of a file; [`Source`] says what is written there: the
//! attribute path, the value, the `mkIf` conditions and the other `mk…` functions around it. No input or output,
//! no evaluation.

mod properties;
mod source;
mod written;

pub use properties::{Property, property};
pub use source::Source;
pub use written::{Within, Written};
