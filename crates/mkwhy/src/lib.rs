//! Who decides this option?
//!
//! For any option of a NixOS, home-manager, nix-darwin or other module-system configuration, mkwhy shows the final
//! value and the whole cascade behind it: every definition, winning, losing and inactive, with its priority,
//! conditions, merge order and place. This crate is the façade that every front end calls.
//!
//! ```no_run
//! # async fn example() -> Result<(), mkwhy::Error> {
//! use mkwhy::{Found, Settings, Workspace};
//!
//! let workspace = Workspace::open(".".as_ref(), Settings::default())?;
//! let target = workspace.target(None).await?;
//! let answer = workspace.why(&target, &"nix.settings.max-jobs".parse().unwrap()).await?;
//! if let Found::Cascade { cascade } = answer.found {
//!     for definition in &cascade.definitions {
//!         println!("{} {}", definition.outcome.word(), definition.at);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod cascade;
mod config;
mod definition;
mod error;
mod files;
mod listing;
mod targets;
mod workspace;

pub use config::{Config, ConfigError};
pub use error::{Error, ErrorKind};
pub use listing::Listing;
pub use mkwhy_model::*;
pub use targets::Target;
pub use workspace::{Settings, Survey, Workspace};
