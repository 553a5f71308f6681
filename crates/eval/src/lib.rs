//! Asks Nix. The only crate that starts a process.
//!
//! [`Evaluator`] runs the probe (`src/probe/*.nix`), one Nix expression that reads an evaluated configuration
//! from outside, in one `nix eval --json` for any number of options. What fails inside one option is left out
//! and the rest is asked again, so that it costs no other option its answer.

mod error;
mod evaluate;
mod log;
mod process;
mod request;
mod target;
mod together;
mod wire;

pub use error::{Error, ErrorKind};
pub use evaluate::{Evaluation, Evaluator, FlakeSource, Question};
pub use process::{Ended, Limits, Nix, run_program};
pub use target::{Source, Target};
pub use wire::{Agreement, DeclarationPart, DefinitionPart, Kind, Misfit, Outer, Part, Place, State, ValuePart};
