//! The arguments of `mkwhy fix` and `mkwhy move`.

use clap::{Args, ValueEnum, ValueHint};
use mkwhy::{OptionPath, Priority};

use super::Inputs;
use super::check::known_code;

/// What `mkwhy fix` fixes.
#[derive(Debug, Args)]
pub struct FixArguments {
    /// What these rules find; default: what `check` shows, as far as it can be fixed without any value changing.
    #[arg(value_name = "CODE", value_parser = known_code(), hide_possible_values = true)]
    pub codes: Vec<String>,
    /// Only in this file or folder, from the root of the configuration. Can be repeated.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub file: Vec<String>,
    /// Only what is about this option, or about one under it. Can be repeated.
    #[arg(long, value_name = "PREFIX", value_parser = pattern)]
    pub option: Vec<OptionPath>,
    /// How it is proved and written.
    #[command(flatten)]
    pub writing: WritingArguments,
}

/// What `mkwhy move` moves.
#[derive(Debug, Args)]
pub struct MoveArguments {
    /// The setting, or `PREFIX.*` for every setting under it that several modules define; `*` for all of them.
    #[arg(value_name = "OPTION", value_parser = pattern)]
    pub option: OptionPath,
    /// The module to move to, from the root; made where there is none. Default: `base-module` of mkwhy.toml.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub to: Option<String>,
    /// The priority that moved definitions get; default: the one that they have.
    #[arg(long = "as", value_name = "PRIORITY")]
    pub priority: Option<As>,
    /// Also the settings under the prefix that only one module defines.
    #[arg(long)]
    pub all: bool,
    /// Move definitions that are off in every configuration too, with their conditions, and do not take them out.
    #[arg(long)]
    pub keep_inactive: bool,
    /// How it is proved and written.
    #[command(flatten)]
    pub writing: WritingArguments,
}

/// How changes are proved and written.
#[derive(Debug, Args)]
pub struct WritingArguments {
    /// In which configurations no value may change: in all, in the one that --target names or the default one, in none.
    #[arg(long, value_name = "WHERE", default_value = "all")]
    pub prove: Prove,
    /// Ask nothing: write what its proof speaks for, and leave the rest.
    #[arg(short, long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Write nothing: show what would be written, with its proof.
    #[arg(long)]
    pub dry_run: bool,
    /// Pass the touched files through the `formatter` of mkwhy.toml.
    #[arg(long)]
    pub format: bool,
    /// The inputs to replace that are named after the command.
    #[command(flatten)]
    pub inputs: Inputs,
}

/// Where a change is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Prove {
    /// In every configuration.
    All,
    /// In the one that is asked.
    Target,
    /// Not at all.
    None,
}

/// The priority of what is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// mkDefault.
    Default,
    /// Without a function.
    Plain,
    /// mkForce.
    Force,
}

impl As {
    /// As a number.
    pub fn priority(self) -> Priority {
        match self {
            Self::Default => Priority::DEFAULT,
            Self::Plain => Priority::PLAIN,
            Self::Force => Priority::FORCE,
        }
    }
}

/// An option, or `PREFIX.*` for those under it.
fn pattern(text: &str) -> Result<OptionPath, String> {
    let path = match text {
        "*" => "",
        _ => text.strip_suffix(".*").unwrap_or(text),
    };
    path.parse().map_err(|wrong: mkwhy::ParsePathError| wrong.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Arguments, Command};

    fn parse(line: &str) -> Result<Command, String> {
        let arguments = Arguments::try_parse_from(format!("mkwhy {line}").split_whitespace());
        arguments.map(|arguments| arguments.command).map_err(|refused| refused.to_string())
    }

    fn moved(line: &str) -> MoveArguments {
        match parse(line).expect("valid") {
            Command::Move(arguments) => arguments,
            _ => panic!("another command"),
        }
    }

    #[test]
    fn prefixes_end_with_a_star() {
        let option = |line: &str| moved(line).option.to_string();
        assert_eq!(option("move nix.settings.*"), "nix.settings");
        assert_eq!(option("move nix.settings"), "nix.settings");
        assert_eq!(option("move *"), "");
        assert_eq!(option("move services.x.\"*\""), "services.x.\"*\"");
        assert!(parse("move a..*").expect_err("no path").contains("a name is missing"));
        assert!(parse("move a.*.b").is_err_and(|refused| refused.contains("'a.*.b'")));
    }

    #[test]
    fn priorities_have_names() {
        assert_eq!(moved("move a").priority.map(As::priority), None);
        assert_eq!(moved("move a --as default").priority.map(As::priority), Some(Priority::DEFAULT));
        assert_eq!(moved("move a --as force").priority.map(As::priority), Some(Priority::FORCE));
        assert_eq!(moved("move a --as plain --prove none").priority.map(As::priority), Some(Priority::PLAIN));
    }

    #[test]
    fn codes_are_those_of_rules() {
        let Command::Fix(fix) = parse("fix needless-force wrong-type -y --file a --file b").expect("valid") else {
            panic!("another command")
        };
        assert_eq!(fix.codes, ["needless-force", "wrong-type"]);
        assert_eq!(
            (fix.file, fix.writing.yes, fix.writing.prove),
            (vec!["a".to_owned(), "b".into()], true, Prove::All)
        );
        assert!(parse("fix needless-frce").is_err_and(|refused| refused.contains("'needless-force'")));
        assert!(parse("fix --yes --dry-run").is_err_and(|refused| refused.contains("cannot be used with")));
    }
}
