//! The configurations that can be asked.

use std::path::Path;

use mkwhy::Target;

use super::text::{Text, width};
use super::{BOLD, DIM, GOOD, Look, PLAIN};

/// The table of `mkwhy targets`.
pub fn targets(targets: &[Target], root: &Path, look: &Look) -> String {
    let mut page = String::new();
    if targets.is_empty() {
        let place = root.display();
        let sentence = format!("no configuration in {place}: name one in {place}/mkwhy.toml");
        Text::styled(&sentence, PLAIN).end_line(&mut page);
        return page;
    }
    let names = targets.iter().map(|target| width(&target.name)).max().unwrap_or(0);
    let kinds = targets.iter().map(|target| width(&target.kind)).max().unwrap_or(0);
    for target in targets {
        let (mark, style) = if target.default { ("*", GOOD) } else { (" ", BOLD) };
        let mut line = Text::styled(mark, GOOD).and(" ", PLAIN).and(&target.name, style);
        line.next_column(2 + names + 2);
        line.push(&target.kind, DIM);
        line.next_column(2 + names + 2 + kinds + 2);
        line.push(&target.source, PLAIN);
        if target.default {
            line.push("  (default)", DIM);
        }
        line.end_line(&mut page);
    }
    if targets.len() > 1 && look.terminal {
        page.push('\n');
        Text::styled("Ask another than the default with --target NAME.", DIM).end_line(&mut page);
    }
    page
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::render::samples::{pipe, plain, target};

    #[test]
    fn the_default_is_marked_and_columns_are_aligned() {
        let all = [
            target("kernelcore", "flake", "flake.nix#nixosConfigurations.kernelcore", true),
            target("box", "file", "hosts/box.nix", false),
        ];
        expect![[r#"
            * kernelcore  flake  flake.nix#nixosConfigurations.kernelcore  (default)
              box         file   hosts/box.nix
        "#]]
        .assert_eq(&plain(&targets(&all, Path::new("/r"), &pipe())));
    }

    #[test]
    fn none_is_said_with_the_next_step() {
        expect![[r#"
            no configuration in /r: name one in /r/mkwhy.toml
        "#]]
        .assert_eq(&plain(&targets(&[], Path::new("/r"), &pipe())));
    }
}
