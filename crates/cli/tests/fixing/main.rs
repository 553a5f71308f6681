//! `mkwhy fix` and `mkwhy move`, asked of the real binary with a real Nix.

mod common;
mod fix;
mod kernelcore;
mod moving;
mod terminal;
