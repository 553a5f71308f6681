//! The command line, as clap reads it.

mod check;
mod fix;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use mkwhy::{OptionPath, Settings};

pub use check::{CheckArguments, Deny, Format};
pub use fix::{FixArguments, MoveArguments, Prove, WritingArguments};

use check::AnyCode;

/// What the exit codes mean; shown by `--help` and in the man page, and relied upon by scripts.
pub const EXIT_CODES: [(u8, &str); 8] = [
    (0, "found; of check: nothing of the denied level"),
    (1, "not found: no such option, target, setting or rule"),
    (2, "usage: the command line, the directory, mkwhy.toml or standard output is wrong"),
    (3, "contradiction: Nix refuses the definitions; the cascade is printed all the same"),
    (4, "evaluation failed, no usable Nix, or its time or memory limit was reached; check still prints what it found"),
    (5, "denied: check found something of the denied level or above"),
    (6, "left: fix or move wrote less than was asked for, because a proof failed or a file could not be written"),
    (130, "interrupted; nothing was written to standard output"),
];

/// Says for any option of a Nix configuration which definition decides it, and which ones lost or never took part.
///
/// mkwhy evaluates the configuration with Nix's own module system and shows every definition of an option
/// with its priority, its conditions, its place in the merge order and its place in the source.
#[derive(Debug, Parser)]
#[command(name = "mkwhy", version, max_term_width = 100, after_help = after_help(), subcommand_required = true)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The inputs to replace that are named before the command.
    #[command(flatten)]
    pub inputs: Inputs,
    /// The question.
    #[command(subcommand)]
    pub command: Command,
}

/// The exit codes as `--help` shows them.
fn after_help() -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, meaning) in EXIT_CODES {
        text.push_str(&format!("  {code:>3}  {meaning}\n"));
    }
    text
}

/// The flags that are valid before and after the command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Look for the configuration here and in the directories above.
    #[arg(short = 'C', long, global = true, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,
    /// The configuration to ask, by its name; `mkwhy targets` lists them.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub target: Option<String>,
    /// Print one JSON document, errors too; `mkwhy schema` describes it.
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours; NO_COLOR and CLICOLOR_FORCE are respected.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// The `nix` to run, instead of the one on PATH.
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::ExecutablePath)]
    pub nix: Option<PathBuf>,
    /// Keep Nix from using the network.
    #[arg(long, global = true)]
    pub offline: bool,
    /// Stop Nix after so many seconds.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Stop Nix when it needs more memory than this, in MiB.
    #[arg(long, global = true, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..))]
    pub memory: Option<u64>,
    /// Let the evaluation build derivations whose output it imports.
    #[arg(long, global = true)]
    pub allow_import_from_derivation: bool,
    /// Show more: whole values, the imports that brought each module in, Nix's trace. Twice: a log.
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Show no progress.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// Inputs to replace. They stand before and after the command as arguments of their own, because of global ones
/// clap forgets those before it when there are some after it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Inputs {
    /// Evaluate a flake with another input, for instance `nixpkgs path:/src/nixpkgs`. Can be repeated.
    #[arg(long, num_args = 2, value_names = ["NAME", "REF"], action = ArgAction::Append)]
    pub override_input: Vec<String>,
}

impl Inputs {
    fn pairs(&self) -> impl Iterator<Item = (String, String)> {
        self.override_input.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()))
    }
}

impl Arguments {
    /// Whether the answer is to be JSON, errors too.
    pub fn json(&self) -> bool {
        self.global.json || matches!(&self.command, Command::Check(check) if check.format == Some(Format::Json))
    }

    /// What the command line says about evaluating; the rest is left to mkwhy.toml.
    pub fn settings(&self) -> Settings {
        let global = &self.global;
        let mut override_inputs: Vec<(String, String)> = self.inputs.pairs().collect();
        if let Command::Why { inputs, .. }
        | Command::Ls { inputs, .. }
        | Command::Dups { inputs, .. }
        | Command::Targets { inputs }
        | Command::Check(CheckArguments { inputs, .. })
        | Command::Fix(FixArguments { writing: WritingArguments { inputs, .. }, .. })
        | Command::Move(MoveArguments { writing: WritingArguments { inputs, .. }, .. }) = &self.command
        {
            override_inputs.extend(inputs.pairs());
        }
        Settings {
            nix: global.nix.clone(),
            timeout: global.timeout.map(Duration::from_secs),
            memory_mib: global.memory,
            allow_import_from_derivation: global.allow_import_from_derivation.then_some(true),
            offline: global.offline.then_some(true),
            override_inputs,
        }
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Into pipes and files too.
    Always,
    /// Not at all.
    Never,
}

/// The questions that can be asked.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show every definition of an option: who decides, who lost, who never took part.
    Why {
        /// The option, for instance `nix.settings.max-jobs` or `services.nginx.virtualHosts."my.site".root`.
        #[arg(value_name = "OPTION")]
        option: OptionPath,
        /// Read the source text alone and evaluate nothing: at once, without Nix, with every condition left open.
        #[arg(long)]
        syntax: bool,
        /// The inputs to replace that are named after the command.
        #[command(flatten)]
        inputs: Inputs,
    },
    /// List the options that your own modules define.
    Ls {
        /// Only those under this path.
        #[arg(value_name = "PREFIX", default_value = "", hide_default_value = true)]
        prefix: OptionPath,
        /// The inputs to replace that are named after the command.
        #[command(flatten)]
        inputs: Inputs,
    },
    /// Show who sets what: the settings that several of your modules define, by module.
    Dups {
        /// Only those under this path.
        #[arg(value_name = "PREFIX", default_value = "", hide_default_value = true)]
        prefix: OptionPath,
        /// The inputs to replace that are named after the command.
        #[command(flatten)]
        inputs: Inputs,
    },
    /// List the configurations that can be asked.
    Targets {
        /// The inputs to replace that are named after the command.
        #[command(flatten)]
        inputs: Inputs,
    },
    /// Say what is wrong with who decides, by every rule and in your own files. `--target all` checks every target.
    Check(CheckArguments),
    /// Fix what `check` finds, as far as Nix says that no value changes. On a terminal each fix is shown and asked about.
    ///
    /// Every fix is tried in a private copy first, in every configuration. Without a terminal nothing is written unless
    /// --yes is given.
    Fix(FixArguments),
    /// Move the definitions of a setting into one module, as far as Nix says that no value changes.
    ///
    /// What decides nothing is taken out, what decides is carried over with its conditions. What cannot be moved
    /// without changing a value stays, and is told of.
    Move(MoveArguments),
    /// Print the page of a rule, or list all rules.
    Explain {
        /// The rule.
        #[arg(value_name = "CODE", value_parser = AnyCode, hide_possible_values = true)]
        code: Option<String>,
    },
    /// Serve an editor: the language server on standard input and output.
    ///
    /// Editors start it. It says nothing on standard output but the protocol; `--log` names a file for a log.
    Lsp {
        /// Where to write a log.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        log: Option<PathBuf>,
        /// Standard input and output, which is the only way; accepted because many clients say it.
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Print a completion script for a shell.
    ///
    /// For instance: `mkwhy completions bash > ~/.local/share/bash-completion/completions/mkwhy`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    ///
    /// For instance: `mkwhy man > ~/.local/share/man/man1/mkwhy.1`.
    Man,
    /// Print the JSON Schema of what `--json` prints.
    Schema,
}

impl Command {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Why { .. } => "why",
            Self::Ls { .. } => "ls",
            Self::Dups { .. } => "dups",
            Self::Targets { .. } => "targets",
            Self::Check(_) => "check",
            Self::Fix(_) => "fix",
            Self::Move(_) => "move",
            Self::Explain { .. } => "explain",
            Self::Lsp { .. } => "lsp",
            Self::Completions { .. } => "completions",
            Self::Man => "man",
            Self::Schema => "schema",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Arguments {
        Arguments::try_parse_from(line.split(' ')).expect("a valid command line")
    }

    #[test]
    fn clap_finds_no_fault_with_the_definition() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_and_after_the_command() {
        for line in ["mkwhy -C /x --json --timeout 5 why a.b", "mkwhy why a.b -C /x --json --timeout 5"] {
            let arguments = parse(line);
            assert_eq!(arguments.global.directory, PathBuf::from("/x"), "{line}");
            assert!(arguments.global.json, "{line}");
            assert_eq!(arguments.settings().timeout, Some(Duration::from_secs(5)), "{line}");
        }
    }

    #[test]
    fn inputs_are_overridden_in_pairs() {
        let arguments = parse("mkwhy ls --override-input a path:/a --override-input b path:/b nix");
        let pairs = [("a", "path:/a"), ("b", "path:/b")].map(|(name, to)| (name.to_owned(), to.to_owned()));
        assert_eq!(arguments.settings().override_inputs, pairs);
    }

    /// Half of the inputs would otherwise be ignored without a word.
    #[test]
    fn inputs_on_both_sides_of_the_command_count() {
        let arguments = parse("mkwhy --override-input a path:/a ls --override-input b path:/b");
        assert_eq!(arguments.settings().override_inputs.len(), 2);
    }

    #[test]
    fn what_is_not_said_is_left_to_the_configuration() {
        let settings = parse("mkwhy ls").settings();
        assert_eq!((settings.offline, settings.allow_import_from_derivation), (None, None));
        assert_eq!((settings.timeout, settings.memory_mib), (None, None));
    }

    #[test]
    fn json_is_asked_for_in_two_ways() {
        for line in ["mkwhy --json check", "mkwhy check --json", "mkwhy check --format json"] {
            assert!(parse(line).json(), "{line}");
        }
        assert!(!parse("mkwhy check --format sarif").json());
    }

    #[test]
    fn a_path_that_is_none_is_refused_with_the_reason() {
        let error = Arguments::try_parse_from(["mkwhy", "why", "a..b"]).expect_err("no path");
        assert!(error.to_string().contains("a name is missing at offset 2"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
