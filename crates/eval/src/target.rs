//! Targets: the configurations that can be asked, and how Nix is told about them.

use std::ffi::OsString;
use std::path::PathBuf;

use mkwhy_model::OptionPath;

/// A configuration that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// How a person names it.
    pub name: String,
    /// Where it is.
    pub source: Source,
}

/// Where a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An attribute of a flake.
    Flake {
        /// The reference, usually the flake's directory.
        reference: String,
        /// The attribute path, for instance `nixosConfigurations.host`.
        attribute: OptionPath,
    },
    /// A file that evaluates to a configuration, or to something with one in it.
    File {
        /// The file.
        file: PathBuf,
        /// Where in it; the root for the file's own value.
        attribute: OptionPath,
        /// Arguments for the file's function: names and Nix expressions.
        arguments: Vec<(String, String)>,
    },
    /// A NixOS module, evaluated with the NixOS of `<nixpkgs/nixos>` as `nixos-rebuild` does.
    Nixos {
        /// The `configuration.nix`.
        configuration: PathBuf,
    },
    /// A Nix expression, evaluated in the workspace's directory.
    Expression {
        /// Its text.
        text: String,
    },
}

/// Text for inside a Nix string literal.
pub(crate) fn quote_nix(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${")
}

impl Source {
    /// The arguments of `nix eval` that name this configuration, to which `--apply` is then applied.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Flake { reference, attribute } => vec![format!("{reference}#{attribute}").into()],
            Self::File { file, attribute, arguments } => {
                // `--file` calls a function only on the way to an attribute, not for the file's own value.
                let path = quote_nix(&file.to_string_lossy());
                let given: String = arguments
                    .iter()
                    .map(|(name, expression)| format!("{} = ({expression}); ", OptionPath::from_names([name])))
                    .collect();
                let select = if attribute.is_empty() { String::new() } else { format!(".{attribute}") };
                let text = format!(
                    "let file = import (/. + \"{path}\"); in (if builtins.isFunction file then file {{ {given}}} else file){select}"
                );
                vec!["--impure".into(), "--expr".into(), text.into()]
            }
            Self::Nixos { configuration } => {
                let path = quote_nix(&configuration.to_string_lossy());
                let text = format!("import <nixpkgs/nixos> {{ configuration = /. + \"{path}\"; }}");
                vec!["--impure".into(), "--expr".into(), text.into()]
            }
            Self::Expression { text } => vec!["--impure".into(), "--expr".into(), text.into()],
        }
    }

    /// Whether Nix evaluates a copy in the store.
    pub fn is_flake(&self) -> bool {
        matches!(self, Self::Flake { .. })
    }
}
