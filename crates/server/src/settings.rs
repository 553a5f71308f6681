//! What a person sets in the editor. The names are those of the client's settings under `mkwhy`.

use std::path::PathBuf;

use mkwhy::Outcome;
use serde::Deserialize;

/// The settings of the server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerSettings {
    /// The Nix to run; the one on PATH where there is none.
    pub nix: Option<PathBuf>,
    /// When a target is evaluated.
    pub evaluate: When,
    /// Milliseconds without an edit after which a target is evaluated, where `evaluate` is `pause`.
    pub pause: u64,
    /// Seconds that one evaluation may take.
    pub timeout: Option<u64>,
    /// MiB of address space that one evaluation may use.
    pub memory: Option<u64>,
    /// Whether Nix is told to use no network.
    pub offline: Option<bool>,
    /// The configuration to ask; the default one where there is none.
    pub target: Option<String>,
    /// Which hints are shown.
    pub hints: HintSettings,
    /// Inputs of the flake to replace: names and references.
    pub override_inputs: std::collections::BTreeMap<String, String>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            nix: None,
            evaluate: When::Save,
            pause: 2000,
            timeout: None,
            memory: None,
            offline: None,
            target: None,
            hints: HintSettings::default(),
            override_inputs: std::collections::BTreeMap::new(),
        }
    }
}

impl ServerSettings {
    /// Whether Nix has to be asked anew because it is asked in another way, or about something else.
    pub(crate) fn asks_otherwise_than(&self, before: &Self) -> bool {
        let asked = |settings: &Self| Self {
            evaluate: When::Save,
            pause: 0,
            hints: HintSettings::default(),
            ..settings.clone()
        };
        asked(self) != asked(before)
    }
}

/// When a target is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// When a folder is opened and when a file is saved.
    Save,
    /// Also when nothing was typed for a while: then what is not saved is evaluated too, in a private copy.
    Pause,
    /// Never by itself, only by the command.
    Command,
}

/// Which hints are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HintSettings {
    /// At definitions that decide alone against others.
    pub wins: bool,
    /// At definitions that are merged with others.
    pub merged: bool,
    /// At definitions that lost.
    pub lost: bool,
    /// At definitions that are off.
    pub inactive: bool,
    /// At definitions of which it is not known.
    pub undecided: bool,
}

impl Default for HintSettings {
    fn default() -> Self {
        Self { wins: true, merged: true, lost: true, inactive: true, undecided: true }
    }
}

impl HintSettings {
    pub(crate) fn wants(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Wins => self.wins,
            Outcome::Merged => self.merged,
            Outcome::Conflicts => true,
            Outcome::Shadowed { .. } | Outcome::Dropped { .. } => self.lost,
            Outcome::Inactive { .. } => self.inactive,
            Outcome::Undecided => self.undecided,
        }
    }
}
