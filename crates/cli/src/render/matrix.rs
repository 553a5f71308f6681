//! Who sets what: settings by modules, as a table where it fits and as one block for each setting elsewhere.

use std::path::Path;

use mkwhy::{Cell, Matrix, OptionPath, Outcome, Row};

use super::text::{Text, one_line, width};
use super::{BAD, BOLD, DIM, Look, PLAIN, count, definitions, list, mark, notes, styles};

/// The widest value in the table; whole ones are in the blocks and in `mkwhy why`.
const WIDEST_VALUE: usize = 20;

/// The answer to `mkwhy dups`.
pub fn matrix(matrix: &Matrix, prefix: &OptionPath, look: &Look) -> String {
    let mut page = String::new();
    if matrix.rows.is_empty() {
        super::limits(&matrix.known).map_or_else(
            || Text::styled(&list::nothing(prefix, "defined more than once by your own modules", &matrix.target), PLAIN),
            |limits| Text::styled("error: ", BAD).and(&limits, PLAIN),
        ).end_line(&mut page);
        return page;
    }
    match Columns::that_fit(matrix, look) {
        Some(columns) => columns.table(&mut page, matrix, look),
        None => matrix.rows.iter().for_each(|row| block(&mut page, row, look)),
    }
    let number = count(matrix.rows.len(), "setting is", "settings are");
    Text::styled(&format!("{number} defined more than once by your own modules in {}.", matrix.target), PLAIN)
        .end_line(&mut page);
    Text::styled(&legend(matrix), DIM).end_line(&mut page);
    notes(&mut page, &matrix.known, &[], look);
    page
}

/// How the columns of the table are labelled.
struct Columns {
    /// The label of each module.
    labels: Vec<String>,
    /// The width of each.
    widths: Vec<usize>,
    /// Whether the cells hold numbers only.
    short: bool,
    paths: usize,
    values: usize,
}

impl Columns {
    /// The most telling columns that fit.
    fn that_fit(matrix: &Matrix, look: &Look) -> Option<Self> {
        let letters = (0..matrix.modules.len()).map(letter).collect();
        [(short_names(&matrix.modules), false), (short_names(&matrix.modules), true), (letters, true)]
            .into_iter()
            .map(|(labels, short)| Self::measure(matrix, labels, short, look))
            .find(|columns| columns.total() <= look.width)
    }

    fn measure(matrix: &Matrix, labels: Vec<String>, short: bool, look: &Look) -> Self {
        let widest = |measure: &dyn Fn(&Row) -> usize| matrix.rows.iter().map(measure).max().unwrap_or(0);
        let widths = labels
            .iter()
            .enumerate()
            .map(|(module, label)| widest(&|row| width(&cells(row, module, short))).max(width(label)))
            .collect();
        let values = widest(&|row| width(&value(row)));
        Self {
            labels,
            widths,
            short,
            paths: widest(&|row| width(&row.path.to_string())),
            values: if look.cuts() { values.min(WIDEST_VALUE) } else { values },
        }
    }

    fn total(&self) -> usize {
        self.paths + 2 + self.values + self.widths.iter().map(|width| width + 2).sum::<usize>()
    }

    fn table(&self, page: &mut String, matrix: &Matrix, look: &Look) {
        let mut line = Text::at(self.paths + 2 + self.values);
        let mut column = self.paths + 2 + self.values + 2;
        for (label, width) in self.labels.iter().zip(&self.widths) {
            line.pad_to(column);
            line.push(label, BOLD);
            column += width + 2;
        }
        line.end_line(page);
        for row in &matrix.rows {
            let mut line = Text::styled(&row.path.to_string(), if is_broken(row) { BAD } else { BOLD });
            line.pad_to(self.paths + 2);
            line.push(&look.fit(&value(row), self.values), if is_broken(row) { BAD } else { PLAIN });
            let mut column = self.paths + 2 + self.values + 2;
            for (module, width) in self.widths.iter().enumerate() {
                line.pad_to(column);
                for (n, cell) in row.cells.iter().filter(|cell| cell.module == module).enumerate() {
                    if n > 0 {
                        line.push(" ", PLAIN);
                    }
                    line.push(&self::cell(cell, self.short), styles(&cell.outcome).0);
                }
                column += width + 2;
            }
            line.end_line(page);
        }
        page.push('\n');
        let labels = self.labels.iter().map(|label| width(label)).max().unwrap_or(0);
        for (label, module) in self.labels.iter().zip(&matrix.modules) {
            let mut line = Text::at(2).and(label, BOLD);
            line.pad_to(2 + labels + 2);
            look.place(&mut line, &mkwhy::Position::of_file(module.as_str()), PLAIN);
            line.end_line(page);
        }
        page.push('\n');
    }
}

/// One setting with its definitions below.
fn block(page: &mut String, row: &Row, look: &Look) {
    let path = row.path.to_string();
    let room = look.width.saturating_sub(width(&path) + 3).max(16);
    let text = look.fit(&value(row), room);
    let (equals, style) = if is_broken(row) { ("  ", BAD) } else { (" = ", BOLD) };
    Text::styled(&path, BOLD).and(equals, PLAIN).and(&text, style).end_line(page);
    if let Some(error) = row.error.as_ref().filter(|_| !row.contradiction) {
        let room = look.width.saturating_sub(2).max(16);
        Text::at(2).and(&look.fit(&one_line(&error.to_string()), room), DIM).end_line(page);
    }
    let words = row.cells.iter().map(|cell| width(cell.outcome.word())).max().unwrap_or(0);
    let priorities = row.cells.iter().map(|cell| width(&priority(cell))).max().unwrap_or(0);
    let mut cells: Vec<&Cell> = row.cells.iter().collect();
    cells.sort_by_key(|cell| definitions::rank(&cell.outcome, cell.priority));
    for cell in cells {
        let (mark_style, _, style) = styles(&cell.outcome);
        let mut line = Text::at(2).and(&format!("{} {}", mark(&cell.outcome), cell.outcome.word()), mark_style);
        line.pad_to(2 + 2 + words + 2);
        line.push(&priority(cell), style);
        line.pad_to(2 + 2 + words + 2 + priorities + 2);
        look.place(&mut line, &cell.at, style);
        line.end_line(page);
    }
    page.push('\n');
}

fn value(row: &Row) -> String {
    match &row.value {
        _ if row.contradiction => "contradiction".to_owned(),
        Some(value) => value.to_string(),
        None if row.error.is_some() => "error".to_owned(),
        None => "—".to_owned(),
    }
}

/// Whether Nix has no value for it although there are definitions.
fn is_broken(row: &Row) -> bool {
    row.contradiction || (row.error.is_some() && row.value.is_none())
}

fn priority(cell: &Cell) -> String {
    cell.priority.map_or_else(|| "unknown".to_owned(), |priority| priority.to_string())
}

/// What a module does to a setting; usually one definition, but there can be several.
fn cells(row: &Row, module: usize, short: bool) -> String {
    let texts: Vec<String> =
        row.cells.iter().filter(|cell| cell.module == module).map(|cell| self::cell(cell, short)).collect();
    texts.join(" ")
}

fn cell(cell: &Cell, short: bool) -> String {
    let mark = mark(&cell.outcome);
    match cell.priority {
        Some(priority) if short => format!("{mark}{}", priority.0),
        Some(priority) => format!("{mark} {priority}"),
        None => mark.to_owned(),
    }
}

/// What the marks that occur mean, and the numbers.
fn legend(matrix: &Matrix) -> String {
    let all = [
        Outcome::Wins,
        Outcome::Merged,
        Outcome::Conflicts,
        Outcome::Shadowed { by: Vec::new() },
        Outcome::Inactive { condition: 0 },
        Outcome::Dropped { parent: OptionPath::default(), priority: None },
        Outcome::Undecided,
    ];
    let occurs = |word: &str| matrix.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.outcome.word() == word);
    let marks: Vec<String> = all
        .iter()
        .filter(|outcome| occurs(outcome.word()))
        .map(|outcome| format!("{} {}", mark(outcome), outcome.word()))
        .collect();
    format!("{}; the lowest number is the strongest.", marks.join("  "))
}

/// A, B, …, Z, AA, AB, …
fn letter(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).unwrap_or_default());
    if index < 26 { last.to_string() } else { format!("{}{last}", letter(index / 26 - 1)) }
}

/// Each module by the shortest end of its path that no other one has, without `.nix` and `/default.nix`.
fn short_names(modules: &[String]) -> Vec<String> {
    let tails = |module: &str| -> Vec<String> {
        let stem = Path::new(module).with_extension("");
        let stem = if stem.ends_with("default") { stem.parent().unwrap_or(&stem).to_path_buf() } else { stem };
        let parts: Vec<String> = stem.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        (1..=parts.len()).map(|length| parts[parts.len() - length..].join("/")).collect()
    };
    let all: Vec<Vec<String>> = modules.iter().map(|module| tails(module)).collect();
    all.iter()
        .zip(modules)
        .enumerate()
        .map(|(own, (tails, module))| {
            let unique = |tail: &&String| all.iter().enumerate().all(|(n, others)| n == own || !others.contains(tail));
            tails.iter().find(unique).unwrap_or(module).clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::render::samples::{self, path, pipe, plain, terminal};

    #[track_caller]
    fn check(look: &Look, expected: Expect) {
        expected.assert_eq(&plain(&matrix(&samples::matrix(), &OptionPath::default(), look)));
    }

    #[test]
    fn wide_terminals_show_priorities_by_name() {
        check(&terminal(120), expect![[r#"
                                                  security/nix  system/nix     base
            nix.settings.max-jobs  2              ✓ mkForce 50  ✗ plain 100 ○  ✗ mkDefault 1000
            nix.settings.cores     contradiction  ! mkForce 50                 ! mkForce 50
            nix.settings.x         error                        + plain 100    + plain 100

              security/nix  modules/security/nix.nix
              system/nix    modules/system/nix.nix
              base          modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]]);
    }

    #[test]
    fn eighty_columns_show_numbers() {
        check(&terminal(80), expect![[r#"
                                                  security/nix  system/nix  base
            nix.settings.max-jobs  2              ✓50           ✗100 ○      ✗1000
            nix.settings.cores     contradiction  !50                       !50
            nix.settings.x         error                        +100        +100

              security/nix  modules/security/nix.nix
              system/nix    modules/system/nix.nix
              base          modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]]);
    }

    #[test]
    fn narrow_terminals_show_letters() {
        check(&terminal(64), expect![[r#"
                                                  A    B       C
            nix.settings.max-jobs  2              ✓50  ✗100 ○  ✗1000
            nix.settings.cores     contradiction  !50          !50
            nix.settings.x         error               +100    +100

              A  modules/security/nix.nix
              B  modules/system/nix.nix
              C  modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]]);
    }

    #[test]
    fn the_narrowest_show_blocks() {
        check(&terminal(40), expect![[r#"
            nix.settings.max-jobs = 2
              ✓ wins      mkForce 50      modules/security/nix.nix:41:5
              ✗ shadowed  plain 100       modules/system/nix.nix:12:5
              ✗ shadowed  mkDefault 1000  modules/base/default.nix:7:5
              ○ inactive  unknown         modules/system/nix.nix:19:5

            nix.settings.cores  contradiction
              ! conflicts  mkForce 50  modules/security/nix.nix:42:5
              ! conflicts  mkForce 50  modules/base/default.nix:8:5

            nix.settings.x  error
              attribute 'x' missing
              + merged  plain 100  modules/system/nix.nix:1:5
              + merged  plain 100  modules/base/default.nix:2:5

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]]);
    }

    #[test]
    fn nothing_is_said_under_which_prefix() {
        let mut none = samples::matrix();
        none.rows.clear();
        expect![[r#"
            nothing under `a.b` is defined more than once by your own modules in laptop
        "#]].assert_eq(&plain(&matrix(&none, &path("a.b"), &pipe())));
    }

    #[test]
    fn modules_are_named_by_the_shortest_unique_end() {
        let names = short_names(&["a/b/nix.nix", "a/c/nix.nix", "a/base/default.nix", "default.nix", "x.nix"].map(str::to_owned));
        assert_eq!(names, ["b/nix", "c/nix", "base", "default.nix", "x"]);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letter), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
