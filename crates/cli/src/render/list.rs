//! The options that a person's own modules define.

use mkwhy::{Listing, OptionPath, Setting};

use super::text::{Text, one_line, width};
use super::{BAD, BOLD, DIM, Look, OPEN, PLAIN, count, notes};

/// The least room for values, even where the line then grows too long.
const LEAST_VALUE: usize = 12;
/// The widest value that the counts are aligned behind.
const WIDEST_ALIGNED: usize = 40;

/// The table of `mkwhy ls`.
pub fn listing(listing: &Listing, prefix: &OptionPath, look: &Look) -> String {
    let mut page = String::new();
    if listing.settings.is_empty() {
        super::limits(&listing.known)
            .map_or_else(
                || Text::styled(&nothing(prefix, "defined by your own modules", &listing.target), PLAIN),
                |limits| Text::styled("error: ", BAD).and(&limits, PLAIN),
            )
            .end_line(&mut page);
        listing.notes.iter().for_each(|note| look.sentence(&mut page, "note: ", DIM, note));
        return page;
    }
    let widest = |measure: &dyn Fn(&Setting) -> usize| listing.settings.iter().map(measure).max().unwrap_or(0);
    let paths = widest(&|setting| width(&setting.path.to_string()));
    let counts = widest(&|setting| width(&counts(setting)));
    let flags = widest(&|setting| width(&flags(setting)));
    let spare = look.width.saturating_sub(paths + counts + flags + 6);
    let spare = if look.terminal { spare.clamp(LEAST_VALUE, WIDEST_ALIGNED) } else { WIDEST_ALIGNED };
    let values = widest(&|setting| width(&value(setting))).min(spare);
    for setting in &listing.settings {
        let mut line = Text::styled(&setting.path.to_string(), BOLD);
        line.next_column(paths + 2);
        line.push(&look.fit(&value(setting), values), if setting.value.is_some() { PLAIN } else { DIM });
        line.next_column(paths + 2 + values + 2);
        line.push(&self::counts(setting), DIM);
        if !flags_of(setting).is_empty() {
            line.next_column(paths + 2 + values + 2 + counts + 2);
            line.push(&self::flags(setting), if setting.contradiction { BAD } else { OPEN });
        }
        line.end_line(&mut page);
        if let Some(error) = setting.error.as_ref().filter(|_| !setting.contradiction) {
            let room = look.width.saturating_sub(4).max(16);
            Text::at(4).and(&look.fit(&one_line(&error.to_string()), room), DIM).end_line(&mut page);
        }
    }
    page.push('\n');
    let number = count(listing.settings.len(), "option", "options");
    Text::styled(&format!("{number} defined by your own modules in {}.", listing.target), PLAIN).end_line(&mut page);
    notes(&mut page, &listing.known, &listing.notes, look);
    page
}

/// The sentence that says that there is nothing.
pub fn nothing(prefix: &OptionPath, what: &str, target: &str) -> String {
    let place = if prefix.is_empty() { String::new() } else { format!(" under `{prefix}`") };
    format!("nothing{place} is {what} in {target}")
}

fn value(setting: &Setting) -> String {
    setting.value.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string)
}

fn counts(setting: &Setting) -> String {
    let definitions = count(setting.definitions, "definition", "definitions");
    if setting.files > 1 { format!("{definitions} in {} files", setting.files) } else { definitions }
}

fn flags_of(setting: &Setting) -> Vec<&'static str> {
    let flags = [
        (setting.contradiction, "! contradiction"),
        (setting.undeclared, "? not declared"),
        (setting.error.is_some() && !setting.contradiction, "! error"),
    ];
    flags.into_iter().filter_map(|(is, flag)| is.then_some(flag)).collect()
}

fn flags(setting: &Setting) -> String {
    flags_of(setting).join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use mkwhy::{Knowledge, Message};

    use super::*;
    use crate::render::samples::{self, path, pipe, plain, terminal};

    #[test]
    fn a_table_in_a_pipe() {
        expect![[r#"
            nix.settings.cores          0                         1 definition
            nix.settings.max-jobs       —                         3 definitions in 3 files  ! contradiction
            nix.settings.trusted-users  [ "root" "alice" "bob" ]  4 definitions in 2 files
            services.x.enable           —                         1 definition              ! error
                modules/x.nix:2:9: attribute 'x' missing in a set
            servcies.y                  true                      1 definition              ? not declared

            5 options defined by your own modules in laptop.

            note: 2 modules come from inputs.
        "#]]
        .assert_eq(&plain(&listing(&samples::listing(), &OptionPath::default(), &pipe())));
    }

    #[test]
    fn a_narrow_terminal_cuts_values_and_messages() {
        expect![[r#"
            nix.settings.cores          0             1 definition
            nix.settings.max-jobs       —             3 definitions in 3 files  ! contradiction
            nix.settings.trusted-users  [ "root" "a…  4 definitions in 2 files
            services.x.enable           —             1 definition              ! error
                modules/x.nix:2:9: attribute 'x' missing in a set
            servcies.y                  true          1 definition              ? not declared

            5 options defined by your own modules in laptop.

            note: 2 modules come from inputs.
        "#]]
        .assert_eq(&plain(&listing(&samples::listing(), &OptionPath::default(), &terminal(60))));
    }

    #[test]
    fn nothing_and_unknown_are_not_the_same() {
        let mut empty = samples::listing();
        empty.settings.clear();
        expect![[r#"
            nothing under `a.b` is defined by your own modules in laptop
            note: 2 modules come from inputs.
        "#]]
        .assert_eq(&plain(&listing(&empty, &path("a.b"), &pipe())));
        empty.known = Knowledge::Failed { message: Message::new("syntax error") };
        expect![[r#"
            error: Nix could not evaluate this: syntax error
            note: 2 modules come from inputs.
        "#]]
        .assert_eq(&plain(&listing(&empty, &path("a.b"), &pipe())));
    }
}
