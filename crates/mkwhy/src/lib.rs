//! Who decides this option?
//!
//! For any option of a NixOS, home-manager, nix-darwin or other module-system configuration, mkwhy shows the final
//! value and the whole cascade behind it: every definition, winning, losing and inactive, with its priority,
//! conditions, merge order and place. This crate is the façade that every front end calls.
//!
//! ```
//! # let parts = std::path::Path::new("../../target/parts/nixpkgs-22.11");
//! # if !parts.exists() { return Ok(()) } // `cargo xtask setup` brings them
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! # let lib = parts.canonicalize().unwrap().join("lib");
//! # std::fs::write(folder.join("default.nix"), format!("let lib = import {}; in lib.evalModules {{
//! #   modules = [ ./options.nix ./plain.nix ./forced.nix ]; }}", lib.display())).unwrap();
//! # std::fs::write(folder.join("options.nix"),
//! #   "{ lib, ... }: { options.cores = lib.mkOption { type = lib.types.int; }; }").unwrap();
//! # std::fs::write(folder.join("plain.nix"), "{ cores = 4; }").unwrap();
//! # std::fs::write(folder.join("forced.nix"), "{ lib, ... }: { cores = lib.mkForce 2; }").unwrap();
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use mkwhy::{Found, Settings, Workspace};
//!
//! let workspace = Workspace::open(folder, Settings::default())?;
//! let target = workspace.target(None).await?;
//! let answer = workspace.why(&target, &"cores".parse().unwrap()).await?;
//! let Found::Cascade { cascade } = answer.found else { panic!("no such option") };
//! for definition in &cascade.definitions {
//!     println!("{} {}", definition.outcome.word(), definition.at);
//! }
//! # let lines: Vec<String> = cascade.definitions.iter().map(|d| format!("{} {}", d.outcome.word(), d.at)).collect();
//! # assert_eq!(lines, ["wins forced.nix:1:17", "shadowed plain.nix:1:3"]);
//! # Ok::<(), mkwhy::Error>(())
//! # })?;
//! # Ok::<(), mkwhy::Error>(())
//! ```
//!
//! Here `forced.nix` says `cores = lib.mkForce 2;` and `plain.nix` says `cores = 4;`, so it prints:
//!
//! ```text
//! wins forced.nix:1:17
//! shadowed plain.nix:1:3
//! ```

mod baseline;
mod cascade;
mod check;
mod choices;
mod conclusion;
mod config;
mod definition;
mod error;
mod files;
mod fix;
mod join;
mod listing;
mod parsed;
mod private_copy;
mod reading;
mod shell;
mod targets;
mod texts;
mod workspace;

pub use baseline::{Baseline, Fingerprint, Gone};
pub use check::{Check, Inspection, Since};
pub use choices::choices;
pub use conclusion::{conclusion, why_not};
pub use config::{CheckConfig, Config, ConfigError, FixConfig, RuleLevel};
pub use error::{Error, ErrorKind};
pub use fix::{
    Applied, Batch, Fix, FixKind, Left, MovePlan, MoveRequest, NextBest, Proof, Proofs, Recovered, Removed,
    TargetProof, ValueChange,
};
pub use listing::Listing;
pub use mkwhy_index::bytes_on_disk;
pub use mkwhy_model::*;
pub use mkwhy_rules::{RULES, Rule, rule};
pub use private_copy::PrivateCopy;
pub use reading::{Difference, Mentioned, Reading, TypedPath, WrittenSetting, differences};
pub use shell::shell_word;
pub use targets::Target;
pub use texts::{FileText, Texts};
pub use workspace::{Evaluated, Settings, Survey, Workspace};
