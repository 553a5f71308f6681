//! What the files of a workspace say, by their text alone, kept up to date file by file.
//!
//! [`Index::read`] reads all `*.nix` files under a folder; [`Index::set`] replaces one of them, for instance by a buffer
//! that is not saved. [`Index::find`] says which definitions of any file have to do with an option, [`Index::reach`]
//! which files a target is made of. Nothing here is evaluated: what is computed is said to be unknown, not left out.

mod file;
mod find;
mod graph;
mod hash;
mod index;
mod names;
mod origins;
mod reach;
mod search;
mod table;
#[cfg(test)]
mod tests;
mod walk;

pub use file::{File, same_path};
pub use find::{DeclarationHit, Fit, Hit};
pub use index::{Change, Failure, Index, ReadReport, bytes_on_disk};
pub use reach::{Module, Reach, Unresolved, Why};
