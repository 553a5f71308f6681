//! The plain data that every part of mkwhy speaks: no input or output, no Nix, no editor.
//!
//! A *definition* gives an option a value, a *declaration* creates the option. All definitions of one
//! option are its [`Cascade`]: those of the best [`Priority`] decide the value, the others lose.

mod cascade;
mod change;
mod finding;
mod matrix;
mod path;
mod position;
mod priority;
mod value;
mod written;

pub use cascade::{
    Answer, Cascade, Condition, Declaration, Definition, FinalValue, Found, Knowledge, Outcome, Parent, Tier,
};
pub use change::{Change, Edit, FileChange, Overlap};
pub use finding::{Checked, Finding, Findings, Level, NoLevel, Related, Site, Tag};
pub use matrix::{Cell, Matrix, Row, Setting};
pub use path::{OptionPath, ParsePathError, Segment};
pub use position::{Message, Position};
pub use priority::{Order, Priority};
pub use value::{Entry, Value};
pub use written::{Spans, Written};
