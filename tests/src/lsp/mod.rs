//! A client of the language server: starts the real program, speaks the protocol over its standard input and output,
//! and holds every message that it sends against the published meta model.

mod client;
mod edits;
mod inbox;
mod meta_model;
mod wire;

pub use client::{Client, Start, at, uri, whole};
pub use edits::{Encoding, Mirror, Rng};
pub use inbox::{Answer, Failure, Notified};
pub use meta_model::{MetaModel, Wrong};
