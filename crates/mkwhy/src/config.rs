//! `mkwhy.toml`: what a person says about their configuration, and nothing that has to be said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mkwhy_model::Level;
use serde::Deserialize;

/// The settings of a workspace, from its `mkwhy.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Directories and files that are the person's own, from the root. Empty: everything under the root.
    pub own: Vec<String>,
    /// The module that common settings belong in.
    pub base_module: Option<String>,
    /// The target that is asked when none is named.
    pub default_target: Option<String>,
    /// How Nix is run.
    pub nix: NixConfig,
    /// How the workspace's flake is evaluated.
    pub flake: FlakeConfig,
    /// What the rules are held to.
    pub check: CheckConfig,
    /// How fixes are written.
    pub fix: FixConfig,
    /// Targets by hand, in place of those that would be found.
    pub target: Vec<TargetConfig>,
}

/// `[nix]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NixConfig {
    /// The program, or the folder of an installation with `bin/nix` in it.
    pub path: Option<PathBuf>,
    /// Seconds that one evaluation may take.
    pub timeout: Option<u64>,
    /// MiB of address space that one evaluation may use.
    pub memory: Option<u64>,
    /// Whether evaluation may build.
    pub allow_import_from_derivation: Option<bool>,
    /// Whether Nix is told to use no network.
    pub offline: Option<bool>,
}

/// `[flake]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FlakeConfig {
    /// The reference, in place of the root directory. `path:.` evaluates files that Git does not track.
    pub reference: Option<String>,
    /// Inputs to replace, names to references.
    pub override_inputs: BTreeMap<String, String>,
}

/// `[check]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CheckConfig {
    /// The least level that makes `mkwhy check` fail.
    pub deny: Option<Level>,
    /// Files in which nothing is found, as in a `.gitignore`: patterns, from the root.
    pub exclude: Vec<String>,
    /// Other levels for some rules, by their codes.
    pub levels: BTreeMap<String, RuleLevel>,
}

/// `[fix]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FixConfig {
    /// A program with its arguments that formats the files that are named after them, in their place: `["nixfmt"]`,
    /// `["nix", "fmt", "--"]`. It runs only when it is asked for.
    pub formatter: Vec<String>,
}

/// A level for a rule, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleLevel {
    /// The rule is off.
    Off,
    /// As [`Level::Hint`].
    Hint,
    /// As [`Level::Information`].
    Information,
    /// As [`Level::Warning`].
    Warning,
    /// As [`Level::Error`].
    Error,
}

impl RuleLevel {
    /// The level; `None` for a rule that is off.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Off => None,
            Self::Hint => Some(Level::Hint),
            Self::Information => Some(Level::Information),
            Self::Warning => Some(Level::Warning),
            Self::Error => Some(Level::Error),
        }
    }
}

/// One `[[target]]`: a flake attribute, a file, or an expression.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TargetConfig {
    /// How it is named.
    pub name: String,
    /// A flake reference; with `attribute`.
    pub flake: Option<String>,
    /// A Nix file, from the root; with `attribute` and `arguments` if they are needed.
    pub file: Option<PathBuf>,
    /// A Nix expression, evaluated in the root.
    pub expression: Option<String>,
    /// The attribute path of the configuration in the flake or file.
    pub attribute: Option<String>,
    /// Arguments of the file's function: names to Nix expressions.
    pub arguments: BTreeMap<String, String>,
}

/// Why a `mkwhy.toml` cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}: {message}", file = .file.display())]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub message: String,
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
}

impl Config {
    /// The name of the file.
    pub const FILE: &'static str = "mkwhy.toml";

    /// Reads the file of a workspace; the default where there is none.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn read(root: &Path) -> Result<Self, ConfigError> {
        let file = root.join(Self::FILE);
        let error = |message: String, line| ConfigError { file: file.clone(), message, line };
        let text = match mkwhy_index::bytes_on_disk(&file) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|wrong| error(wrong.to_string(), None))?,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(other) => return Err(error(other.to_string(), None)),
        };
        let config: Self = toml::from_str(&text).map_err(|wrong| {
            let line = wrong.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            error(wrong.message().to_owned(), line.and_then(|line| u32::try_from(line).ok()))
        })?;
        for target in &config.target {
            let kinds = [target.flake.is_some(), target.file.is_some(), target.expression.is_some()];
            if target.name.is_empty() || kinds.iter().filter(|given| **given).count() != 1 {
                return Err(error(
                    format!("the target {:?} needs a name and exactly one of flake, file and expression", target.name),
                    None,
                ));
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = r#"
            own = ["modules", "hosts"]
            base-module = "modules/core/nix-base.nix"
            default-target = "nixosConfigurations.host"
            [nix]
            timeout = 30
            offline = true
            [flake]
            override-inputs = { nixpkgs = "path:/nixpkgs" }
            [fix]
            formatter = ["nixfmt"]
            [[target]]
            name = "host"
            file = "default.nix"
            attribute = "hosts.a"
            arguments = { x = "1" }
        "#;
        std::fs::write(folder.path().join("mkwhy.toml"), text).expect("written");
        let config = Config::read(folder.path()).expect("understood");
        assert_eq!(config.own, ["modules", "hosts"]);
        assert_eq!(config.nix.timeout, Some(30));
        assert_eq!(config.fix.formatter, ["nixfmt"]);
        assert_eq!(config.target[0].arguments["x"], "1");
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("mkwhy.toml"), "own = [\"a\"]\nown-modules = 3\n").expect("written");
        let error = Config::read(folder.path()).expect_err("an unknown field");
        assert_eq!(error.line, Some(2));
        assert!(error.message.contains("own-modules"), "{error}");
    }
}
