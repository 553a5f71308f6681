//! What the command says about itself: completions and the man page.

use clap::CommandFactory;
use clap_mangen::{Man, roff};

use crate::args::{Arguments, EXIT_CODES};

/// A completion script.
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "mkwhy", &mut script);
    text(script)
}

/// The man page: one for all commands, so that `man mkwhy` finds everything.
pub fn man_page() -> String {
    // The exit codes have a section of their own here, so they are not repeated as an afterword.
    let mut command = Arguments::command().after_help("").disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone()).section("1").manual("User Commands");
    let mut page = Vec::new();
    // Writing into memory does not fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    let _ = man.render_synopsis_section(&mut page);
    let _ = man.render_description_section(&mut page);
    let _ = commands(&command).to_writer(&mut page);
    let _ = man.render_options_section(&mut page);
    let _ = exit_status().to_writer(&mut page);
    let _ = environment().to_writer(&mut page);
    let _ = man.render_version_section(&mut page);
    text(page)
}

fn commands(command: &clap::Command) -> roff::Roff {
    let mut section = roff::Roff::new();
    section.control("SH", ["COMMANDS"]);
    for command in command.get_subcommands() {
        let operands = command.get_positionals().map(|operand| {
            let name = operand.get_value_names().map_or_else(String::new, |names| names.join(" "));
            if operand.is_required_set() { format!(" {name}") } else { format!(" [{name}]") }
        });
        section.control("TP", []);
        section.text([roff::bold(command.get_name()), roff::italic(operands.collect::<String>())]);
        let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
        section.text([roff::roman(one_full_stop(about))]);
        for operand in command.get_positionals() {
            let help = operand.get_help().map(ToString::to_string).unwrap_or_default();
            section.control("IP", []);
            section.text([
                roff::italic(operand.get_value_names().map_or_else(String::new, |names| names.join(" "))),
                roff::roman(format!(": {}", one_full_stop(help))),
            ]);
        }
        for option in command.get_arguments().filter(|option| is_its_own(option)) {
            let help = option.get_help().map(ToString::to_string).unwrap_or_default();
            let values = option.get_value_names().filter(|_| option.get_action().takes_values());
            section.control("IP", []);
            section.text([
                roff::bold(format!("--{}", option.get_long().unwrap_or_default())),
                roff::italic(values.map(|names| format!(" {}", names.join(" "))).unwrap_or_default()),
                roff::roman(format!(": {}", one_full_stop(help))),
            ]);
        }
    }
    section
}

/// Whether an option belongs to one command, and not to those that stand in the section of all.
fn is_its_own(option: &clap::Arg) -> bool {
    !option.is_positional()
        && !option.is_global_set()
        && option.get_help_heading() != Some("Global options")
        && option.get_id() != "help"
}

/// clap takes the full stop off a help text; in running prose it stands.
fn one_full_stop(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('.') {
        text.push('.');
    }
    text
}

fn exit_status() -> roff::Roff {
    let mut section = roff::Roff::new();
    section.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        section.control("TP", []);
        section.text([roff::bold(code.to_string())]);
        section.text([roff::roman(meaning)]);
    }
    section
}

fn environment() -> roff::Roff {
    let mut section = roff::Roff::new();
    section.control("SH", ["ENVIRONMENT"]);
    let variables = [
        ("NO_COLOR", "No colours, unless --color says otherwise."),
        ("CLICOLOR_FORCE", "Colours into pipes and files too, unless --color says otherwise."),
        ("FORCE_HYPERLINK", "1: positions are clickable on terminals not known for that, 0: on none."),
        ("MKWHY_LOG", "What to log on standard error, for instance mkwhy=debug."),
    ];
    for (name, meaning) in variables {
        section.control("TP", []);
        section.text([roff::bold(name)]);
        section.text([roff::roman(meaning)]);
    }
    section
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_page_has_every_command_flag_and_exit_code() {
        let page = man_page();
        for command in Arguments::command().get_subcommands() {
            assert!(page.contains(&format!("\\fB{}\\fR", command.get_name())), "{}", command.get_name());
        }
        for flag in ["override\\-input", "allow\\-import\\-from\\-derivation", "memory", "json"] {
            assert!(page.contains(flag), "{flag}");
        }
        for option in ["syntax", "deny", "baseline", "write\\-baseline"] {
            assert!(page.contains(&format!("\\fB\\-\\-{option}\\fR")), "{option}");
        }
        assert_eq!(page.matches("allow\\-import\\-from\\-derivation").count(), 2, "in the synopsis and once more");
        for (_, meaning) in EXIT_CODES {
            assert!(page.contains(&meaning.replace('-', "\\-")) || page.contains(meaning), "{meaning}");
        }
    }

    #[test]
    fn completions_know_the_rules() {
        use clap_complete::Shell;
        // After `--only` and `explain`; the script for fish offers options alone.
        for (shell, times) in [(Shell::Bash, 2), (Shell::Zsh, 2), (Shell::Fish, 1)] {
            let script = completions(shell);
            for rule in mkwhy::RULES {
                assert!(script.matches(rule.code).count() >= times, "{shell}: {}", rule.code);
            }
        }
    }

    #[test]
    fn completions_know_the_commands() {
        for shell in [clap_complete::Shell::Bash, clap_complete::Shell::Zsh, clap_complete::Shell::Fish] {
            let script = completions(shell);
            for command in ["why", "dups", "targets"] {
                assert!(script.contains(command), "{shell}: {command}");
            }
        }
    }
}
