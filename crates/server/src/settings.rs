//! What a person sets in the editor. The names are those of the client's settings under `mkwhy`.

use std::path::PathBuf;

use mkwhy::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The settings of the server.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
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

/// What a client's settings say to this server: its section, or they themselves where one of them is this server's.
/// Nothing where they are empty, or other servers': then what was said before holds.
pub(crate) fn addressed(settings: &Value) -> Option<&Value> {
    if let Some(section) = settings.get("mkwhy") {
        return Some(section).filter(|section| !section.is_null());
    }
    let known = serde_json::to_value(ServerSettings::default()).ok()?;
    settings.as_object()?.keys().any(|key| known.get(key).is_some()).then_some(settings)
}

/// When a target is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    /// What the extension for VS Code keeps to itself.
    const OF_THE_EDITOR: [&str; 3] = ["server.", "decorations.", "trace."];

    /// The settings that the extension for VS Code declares and sends: without the leading `mkwhy.`.
    fn declared() -> BTreeMap<String, Value> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../editors/vscode/package.json");
        let text = std::fs::read_to_string(file).expect("the extension lies in the repository");
        let manifest: Value = serde_json::from_str(&text).expect("package.json is JSON");
        let groups = manifest["contributes"]["configuration"].as_array().expect("groups of settings");
        groups
            .iter()
            .flat_map(|group| group["properties"].as_object().expect("settings"))
            .map(|(key, property)| (key.strip_prefix("mkwhy.").expect("of this program").to_owned(), property.clone()))
            .filter(|(key, _)| !OF_THE_EDITOR.iter().any(|own| key.starts_with(own)))
            .collect()
    }

    /// The same for the server: its own names and defaults, groups taken apart.
    fn own() -> BTreeMap<String, Value> {
        let all = serde_json::to_value(ServerSettings::default()).expect("plain data");
        let all = all.as_object().expect("an object").clone();
        let mut flat = BTreeMap::new();
        for (key, value) in all {
            match value {
                Value::Object(group) if key == "hints" => {
                    flat.extend(group.into_iter().map(|(inner, value)| (format!("{key}.{inner}"), value)));
                }
                value => drop(flat.insert(key, value)),
            }
        }
        flat
    }

    #[test]
    fn the_extension_declares_these_settings_with_these_defaults_and_no_others() {
        let defaults: BTreeMap<String, Value> =
            declared().into_iter().map(|(key, property)| (key, property["default"].clone())).collect();
        assert_eq!(defaults, own());
    }

    #[test]
    fn what_the_extension_lets_a_person_choose_is_understood() {
        for (key, property) in declared() {
            let choices = property["enum"].as_array().cloned().unwrap_or_default();
            let types = match &property["type"] {
                Value::String(one) => vec![one.clone()],
                several => serde_json::from_value(several.clone()).expect("types"),
            };
            let samples = types.iter().map(|of| match of.as_str() {
                "string" if choices.is_empty() => json!("text"),
                "string" | "null" => Value::Null,
                "boolean" => json!(true),
                "integer" => json!(1000),
                "object" => json!({ "nixpkgs": "path:/src" }),
                other => panic!("{key}: what is a {other}?"),
            });
            let nullable = types.iter().any(|of| of == "null");
            for value in samples.filter(|value| nullable || !value.is_null()).chain(choices.iter().cloned()) {
                let wrapped = match key.split_once('.') {
                    Some((group, inner)) => json!({ group: { inner: value } }),
                    None => json!({ key.clone(): value }),
                };
                let read: Result<ServerSettings, _> = serde_json::from_value(wrapped.clone());
                assert!(read.is_ok(), "{wrapped}: {read:?}");
            }
        }
    }
}
