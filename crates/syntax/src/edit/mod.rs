//! Edits of a text that keep everything else as it is to the byte: taking a definition away, giving it another
//! priority, putting one in, and carrying an expression to another file.
//!
//! Nothing here knows what a value is. Whether an edit changes one, evaluation says.

mod carry;
mod insert;
mod layout;
mod names;
mod parts;
mod priority;
mod remove;
mod rename;
#[cfg(test)]
mod tests;
mod unused;

pub use carry::{Carried, Unresolved};
pub use insert::{Inserted, Obstacle, Place, Put};
pub use names::Spelling;
pub use parts::Giver;
pub use remove::Taken;
