//! Where definitions are written: Nix source text, read with rnix's parser.
//!
//! Nix says that a definition stands at a line and column of a file; [`Source`] says what is written there: the
//! attribute path, the value, the `mkIf` conditions and the other `mk…` functions around it. [`Summary`] says what a
//! module defines, declares and imports as far as its text alone tells. No input or output, no evaluation.

mod choices;
mod difference;
pub mod edit;
mod entry;
mod lines;
mod literals;
mod movement;
mod parse;
mod properties;
mod scopes;
mod source;
pub mod summary;
mod tree;
mod typed;
mod written;

pub use choices::choices;
pub use lines::Lines;
pub use literals::literal;
pub use movement::Movement;
pub use scopes::BoundBy;
pub use source::{Source, Span, SyntaxError};
pub use summary::Summary;
pub use typed::{Typed, What};
pub use written::{Within, Written};
