//! The language server, driven over its standard input and output by a real client, with real Nix. Every message that
//! it sends is held against the protocol's published meta model by the client.

mod channels;
mod closed;
mod completion;
mod edits;
mod evaluation;
mod faults;
mod features;
mod fixes;
mod fixture;
mod folders;
mod options;
mod session;
mod storms;

use std::path::Path;

use mkwhy_tests::lsp::Start;

/// A server for some folders.
fn server(folders: &[&Path]) -> Start {
    Start::new(env!("CARGO_BIN_EXE_mkwhy"), folders)
}
