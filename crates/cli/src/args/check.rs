//! The arguments of `mkwhy check`.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, Args, ValueEnum, ValueHint};
use mkwhy::{Level, RULES};

use super::Inputs;

/// How `mkwhy check` looks and what it reports.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Read the source text alone and evaluate nothing: at once, without Nix, and every finding is a guess.
    #[arg(long)]
    pub syntax: bool,
    /// Only what this rule finds; `mkwhy explain` lists them. Can be repeated.
    #[arg(long, value_name = "CODE", value_parser = known_code(), hide_possible_values = true)]
    pub only: Vec<String>,
    /// How findings are written; default: text, and json where --json is given.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Exit with 5 where something of this level or above is found; default: what mkwhy.toml says, else error.
    #[arg(long, value_name = "LEVEL", value_parser = denied())]
    pub deny: Option<Deny>,
    /// Show findings from this level up; default: information, or less where less is denied; in JSON all of them.
    #[arg(long, value_name = "LEVEL", value_parser = level())]
    pub show: Option<Level>,
    /// Leave out the findings that this file knows.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,
    /// Write all findings to this file, as known from now on, and report none of them.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub write_baseline: Option<PathBuf>,
    /// The inputs to replace that are named after the command.
    #[command(flatten)]
    pub inputs: Inputs,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with the lines in question.
    Text,
    /// One document as `mkwhy schema` describes it.
    Json,
    /// SARIF 2.1.0, which code scanning services read.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
}

/// What makes a check fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deny {
    /// No finding does.
    Never,
    /// Findings of this level and above do.
    From(Level),
}

impl Deny {
    /// Whether it denies a level.
    pub fn denies(self, level: Level) -> bool {
        matches!(self, Self::From(least) if level >= least)
    }
}

fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::word)).try_map(|word| word.parse::<Level>())
}

fn denied() -> impl TypedValueParser<Value = Deny> {
    let words = Level::ALL.map(Level::word).into_iter().chain(["never"]);
    // Only the last of the words is no level.
    PossibleValuesParser::new(words).map(|word| word.parse().map_or(Deny::Never, Deny::From))
}

pub fn known_code() -> PossibleValuesParser {
    PossibleValuesParser::new(codes())
}

fn codes() -> impl Iterator<Item = PossibleValue> {
    RULES.iter().map(|rule| PossibleValue::new(rule.code).help(rule.title))
}

/// Takes any word, and lets shells offer the codes of the rules.
#[derive(Debug, Clone)]
pub struct AnyCode;

impl TypedValueParser for AnyCode {
    type Value = String;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, word: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, word)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(codes()))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Arguments, Command};

    fn parse(line: &str) -> Result<CheckArguments, clap::Error> {
        let arguments = Arguments::try_parse_from(format!("mkwhy check {line}").split_whitespace())?;
        let Command::Check(check) = arguments.command else { panic!("another command") };
        Ok(check)
    }

    #[test]
    fn levels_are_words() {
        let check = parse("--deny warning --show hint").expect("valid");
        assert_eq!((check.deny, check.show), (Some(Deny::From(Level::Warning)), Some(Level::Hint)));
        assert_eq!(parse("--deny never").expect("valid").deny, Some(Deny::Never));
        let refused = parse("--show never").expect_err("no level").to_string();
        assert!(refused.contains("[possible values: hint, information, warning, error]"), "{refused}");
    }

    #[test]
    fn a_level_denies_those_above_it() {
        assert!(Deny::From(Level::Warning).denies(Level::Error) && Deny::From(Level::Warning).denies(Level::Warning));
        assert!(!Deny::From(Level::Warning).denies(Level::Information) && !Deny::Never.denies(Level::Error));
    }

    #[test]
    fn only_rules_that_there_are() {
        let check = parse("--only wrong-type --only unknown-option").expect("valid");
        assert_eq!(check.only, ["wrong-type", "unknown-option"]);
        let refused = parse("--only wrong-tpe").expect_err("no rule").to_string();
        assert!(refused.contains("a similar value exists: 'wrong-type'"), "{refused}");
    }
}
