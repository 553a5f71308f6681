//! The repository's own commands, run as `cargo xtask COMMAND`.
//!
//! Nothing here is part of the product. `setup` makes on a bare Debian machine what the tests need
//! (see [`setup`] for the list), `test` runs everything that must pass, `demo` shows `mkwhy` on the
//! fixture it was written for.

#![allow(clippy::print_stdout, reason = "these commands talk to a person or a log, there is no other output")]

mod bench;
mod demo;
mod dist;
mod editors;
mod emacs;
mod neovim;
mod parts;
mod process;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::setup::Wanted;
use crate::workspace::Workspace;

/// The repository's own commands.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make what the tests need: Nix, two trees of nixpkgs, a second version of Nix, a schema
    Setup {
        /// Leave out the editors
        #[arg(long)]
        no_editors: bool,
    },
    /// Run everything that must pass: set-up, tests, formatting, clippy, documentation
    Test {
        /// Believe that `cargo xtask setup` has already been run
        #[arg(long)]
        no_setup: bool,
        /// Leave out the tests in the real editors
        #[arg(long)]
        no_editors: bool,
        /// Added to the end of the command line of `cargo test`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Run only the tests of the editor plugins, in the real editors
    Editors {
        /// Believe that `cargo xtask setup` has already been run
        #[arg(long)]
        no_setup: bool,
    },
    /// Make the packages for people: the extension for VS Code, without and with the program for this machine
    Dist,
    /// Build `mkwhy` and show it on a fresh copy of the fixture `kernelcore`
    Demo,
    /// Measure the time that answers take
    Bench,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            println!("xtask: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Setup { no_editors } => {
            setup::run(&workspace, if *no_editors { Wanted::Tests } else { Wanted::Everything })?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Test { no_setup, no_editors, arguments } => test::run(&workspace, *no_setup, *no_editors, arguments),
        Command::Editors { no_setup } => editors::run(&workspace, *no_setup),
        Command::Dist => dist::run(&workspace),
        Command::Demo => demo::run(&workspace),
        Command::Bench => bench::run(&workspace),
    }
}
