//! Changes of files as unified diffs.

use anstyle::{AnsiColor, Style};
use mkwhy::{Change, FileChange};
use similar::{ChangeTag, TextDiff};

use super::text::harmless;
use super::{BOLD, DIM, PLAIN};

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// A change as lines for people.
pub fn diff(change: &Change) -> String {
    change.files().map(|(name, file)| of_file(name, file, true)).collect()
}

/// The change of one file as `diff -u` writes it, byte for byte: `patch` and `git apply` read it.
pub fn patch(name: &str, file: &FileChange) -> String {
    of_file(name, file, false)
}

fn of_file(name: &str, file: &FileChange, for_people: bool) -> String {
    let before = file.before.as_deref().unwrap_or_default();
    let after = file.after();
    let diff = TextDiff::configure().newline_terminated(true).diff_lines(before, &after);
    let mut page = String::new();
    let old = if file.before.is_some() { format!("--- a/{name}") } else { "--- /dev/null".to_owned() };
    let mut line = |text: &str, style: Style| {
        if for_people {
            page.push_str(&styled(text, style));
        } else {
            page.push_str(text);
        }
        page.push('\n');
    };
    line(&old, BOLD);
    line(&format!("+++ b/{name}"), BOLD);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        line(&hunk.header().to_string(), PLACE);
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (" ", PLAIN),
                ChangeTag::Delete => ("-", REMOVED),
                ChangeTag::Insert => ("+", ADDED),
            };
            let text = change.value();
            let text = text.strip_suffix('\n').unwrap_or(text);
            // Only where it ends the line is it no part of it.
            let shown = if for_people { text.strip_suffix('\r').unwrap_or(text) } else { text };
            line(&format!("{sign}{shown}"), style);
            if change.missing_newline() {
                line("\\ No newline at end of file", DIM);
            }
        }
    }
    page
}

/// Text from files, which must not steer the terminal. Tabs are what they are.
fn styled(text: &str, style: Style) -> String {
    let parts: Vec<String> = text.split('\t').map(harmless).collect();
    format!("{style}{}{style:#}", parts.join("\t"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::expect;
    use mkwhy::Edit;

    use super::*;
    use crate::render::samples::plain;

    fn change(text: &str, old: &str, new: &str) -> Change {
        let mut change = Change::default();
        let at = text.find(old).expect("it is there");
        change.edit("modules/a.nix", &Arc::from(text), Edit::new(at..at + old.len(), new)).expect("one edit");
        change
    }

    const TEXT: &str = "{\n  a = 1;\n  b = 2;\n  c = 3;\n  d = 4;\n  e = 5;\n  f = 6;\n}\n";

    #[test]
    fn lines_around_a_change() {
        let change = change(TEXT, "  b = 2;\n", "");
        expect![[r#"
            --- a/modules/a.nix
            +++ b/modules/a.nix
            @@ -1,6 +1,5 @@
             {
               a = 1;
            -  b = 2;
               c = 3;
               d = 4;
               e = 5;
        "#]]
        .assert_eq(&plain(&diff(&change)));
        assert!(diff(&change).contains("\u{1b}[31m-  b = 2;\u{1b}[0m\n"), "{:?}", diff(&change));
        assert_eq!(patch("modules/a.nix", change.file("modules/a.nix").expect("there")), plain(&diff(&change)));
    }

    #[test]
    fn a_new_file_comes_from_nowhere() {
        let mut change = Change::default();
        change.create("n.nix", "{ }").expect("new");
        expect![[r#"
            --- /dev/null
            +++ b/n.nix
            @@ -0,0 +1 @@
            +{ }
            \ No newline at end of file
        "#]]
        .assert_eq(&plain(&diff(&change)));
    }

    #[test]
    fn other_line_ends_stay_in_a_patch_and_steer_no_terminal() {
        let text = "{\r\n\ta = 1;\u{1b}[2J\r\n}\r\n";
        let change = change(text, "1", "2");
        let shown = diff(&change);
        assert!(plain(&shown).contains("\n-\ta = 1;\u{fffd}[2J\n+\ta = 2;\u{fffd}[2J\n }\n"), "{shown:?}");
        let patch = patch("modules/a.nix", change.file("modules/a.nix").expect("there"));
        assert!(patch.contains("\n-\ta = 1;\u{1b}[2J\r\n+\ta = 2;"), "{patch:?}");
        assert!(patch.ends_with(" }\r\n"), "{patch:?}");
    }
}
