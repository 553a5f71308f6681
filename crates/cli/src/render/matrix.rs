//! Who sets what: settings by modules. Settings that are neighbours in one set stand in a table, where it fits;
//! others, which have few modules in common, in blocks of their own.

use mkwhy::{Cell, Matrix, OptionPath, Outcome, Row};

use super::labels::{letter, short_names};
use super::text::{Text, one_line, width};
use super::{BAD, BOLD, DIM, Look, PLAIN, count, definitions, list, mark, notes, styles};

/// The widest value in a table; whole ones are in the blocks and in `mkwhy why`.
const WIDEST_VALUE: usize = 20;
/// The widest value in a table with the narrowest columns.
const NARROW_VALUE: usize = 12;

/// The answer to `mkwhy dups`.
pub fn matrix(matrix: &Matrix, prefix: &OptionPath, look: &Look) -> String {
    let mut page = String::new();
    if matrix.rows.is_empty() {
        super::limits(&matrix.known)
            .map_or_else(
                || {
                    Text::styled(
                        &list::nothing(prefix, "defined more than once by your own modules", &matrix.target),
                        PLAIN,
                    )
                },
                |limits| Text::styled("error: ", BAD).and(&limits, PLAIN),
            )
            .end_line(&mut page);
        matrix.notes.iter().for_each(|note| look.sentence(&mut page, "note: ", DIM, note));
        return page;
    }
    for section in matrix.rows.chunk_by(|one, next| one.path.parent() == next.path.parent()) {
        let section = part(matrix, section);
        match Columns::that_fit(&section, look) {
            Some(columns) => columns.table(&mut page, &section, look),
            None => section.rows.iter().for_each(|row| block(&mut page, row, look)),
        }
    }
    let number = count(matrix.rows.len(), "setting is", "settings are");
    Text::styled(&format!("{number} defined more than once by your own modules in {}.", matrix.target), PLAIN)
        .end_line(&mut page);
    Text::styled(&legend(matrix), DIM).end_line(&mut page);
    notes(&mut page, &matrix.known, &matrix.notes, look);
    page
}

/// A part of the rows, with the modules that have something in it.
fn part(matrix: &Matrix, rows: &[Row]) -> Matrix {
    let used = |module: &usize| rows.iter().flat_map(|row| &row.cells).any(|cell| cell.module == *module);
    let modules: Vec<usize> = (0..matrix.modules.len()).filter(used).collect();
    let mut rows = rows.to_vec();
    for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
        cell.module = modules.binary_search(&cell.module).unwrap_or_default();
    }
    let modules = modules.iter().map(|module| matrix.modules[*module].clone()).collect();
    Matrix { target: matrix.target.clone(), known: matrix.known.clone(), modules, rows, notes: Vec::new() }
}

/// The name of a setting among its neighbours; the whole path where somebody may search for it.
fn name(row: &Row, look: &Look) -> String {
    let last = row.path.segments().last().filter(|_| look.terminal);
    last.map_or_else(|| row.path.to_string(), ToString::to_string)
}

/// How the columns of the table are labelled.
struct Columns {
    /// The label of each module.
    labels: Vec<String>,
    /// The width of each.
    widths: Vec<usize>,
    /// Whether the cells hold numbers only.
    short: bool,
    /// How many spaces there are between columns.
    gap: usize,
    names: usize,
    values: usize,
}

impl Columns {
    /// The most telling columns that fit.
    fn that_fit(matrix: &Matrix, look: &Look) -> Option<Self> {
        if matrix.rows.len() < 2 {
            return None;
        }
        let names = || short_names(&matrix.modules);
        let letters = (0..matrix.modules.len()).map(letter).collect();
        [(names(), false, 2, WIDEST_VALUE), (names(), true, 2, WIDEST_VALUE), (letters, true, 1, NARROW_VALUE)]
            .into_iter()
            .map(|(labels, short, gap, widest_value)| {
                let widest_value = if look.cuts() { widest_value } else { usize::MAX };
                Self::measure(matrix, labels, short, gap, widest_value, look)
            })
            .find(|columns| columns.total() <= look.width)
    }

    fn measure(
        matrix: &Matrix,
        labels: Vec<String>,
        short: bool,
        gap: usize,
        widest_value: usize,
        look: &Look,
    ) -> Self {
        let widest = |measure: &dyn Fn(&Row) -> usize| matrix.rows.iter().map(measure).max().unwrap_or(0);
        let widths = labels
            .iter()
            .enumerate()
            .map(|(module, label)| widest(&|row| width(&cells(row, module, short))).max(width(label)))
            .collect();
        let values = widest(&|row| width(&value(row))).min(widest_value);
        Self { labels, widths, short, gap, names: widest(&|row| width(&name(row, look))), values }
    }

    fn total(&self) -> usize {
        self.first() + self.widths.iter().map(|width| width + self.gap).sum::<usize>() - self.gap
    }

    /// Where the first module's column begins.
    fn first(&self) -> usize {
        2 + self.names + 2 + self.values + 2
    }

    fn table(&self, page: &mut String, matrix: &Matrix, look: &Look) {
        let prefix = matrix.rows.first().and_then(|row| row.path.parent()).unwrap_or_default().to_string();
        let fits = width(&prefix) + 2 <= self.first();
        let mut line = Text::styled(&prefix, BOLD);
        if !fits {
            std::mem::take(&mut line).end_line(page);
        }
        let mut column = self.first();
        for (label, width) in self.labels.iter().zip(&self.widths) {
            line.pad_to(column);
            line.push(label, BOLD);
            column += width + self.gap;
        }
        line.end_line(page);
        for row in &matrix.rows {
            let mut line = Text::at(2).and(&name(row, look), if is_broken(row) { BAD } else { BOLD });
            line.pad_to(2 + self.names + 2);
            line.push(&look.fit(&value(row), self.values), if is_broken(row) { BAD } else { PLAIN });
            let mut column = self.first();
            for (module, width) in self.widths.iter().enumerate() {
                line.pad_to(column);
                for (n, cell) in row.cells.iter().filter(|cell| cell.module == module).enumerate() {
                    if n > 0 {
                        line.push(" ", PLAIN);
                    }
                    line.push(&self::cell(cell, self.short), styles(&cell.outcome).0);
                }
                column += width + self.gap;
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
    fn terminals_show_priorities_by_name() {
        check(
            &terminal(80),
            expect![[r#"
            nix.settings               security/nix  system/nix     base
              max-jobs  2              ✓ mkForce 50  ✗ plain 100 ○  ✗ mkDefault 1000
              cores     contradiction  ! mkForce 50                 ! mkForce 50
              x         error                        + plain 100    + plain 100

              security/nix  modules/security/nix.nix
              system/nix    modules/system/nix.nix
              base          modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]],
        );
    }

    #[test]
    fn narrower_ones_show_numbers() {
        check(
            &terminal(64),
            expect![[r#"
            nix.settings               security/nix  system/nix  base
              max-jobs  2              ✓50           ✗100 ○      ✗1000
              cores     contradiction  !50                       !50
              x         error                        +100        +100

              security/nix  modules/security/nix.nix
              system/nix    modules/system/nix.nix
              base          modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]],
        );
    }

    #[test]
    fn narrow_ones_show_letters() {
        check(
            &terminal(50),
            expect![[r#"
            nix.settings              A   B      C
              max-jobs  2             ✓50 ✗100 ○ ✗1000
              cores     contradicti…  !50        !50
              x         error             +100   +100

              A  modules/security/nix.nix
              B  modules/system/nix.nix
              C  modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]],
        );
    }

    #[test]
    fn the_narrowest_show_blocks() {
        check(
            &terminal(40),
            expect![[r#"
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
        "#]],
        );
    }

    #[test]
    fn whole_paths_are_found_in_pipes() {
        check(
            &Look { width: 100, ..pipe() },
            expect![[r#"
            nix.settings                            security/nix  system/nix     base
              nix.settings.max-jobs  2              ✓ mkForce 50  ✗ plain 100 ○  ✗ mkDefault 1000
              nix.settings.cores     contradiction  ! mkForce 50                 ! mkForce 50
              nix.settings.x         error                        + plain 100    + plain 100

              security/nix  modules/security/nix.nix
              system/nix    modules/system/nix.nix
              base          modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]],
        );
    }

    #[test]
    fn sets_are_told_apart() {
        let mut several = samples::matrix();
        several.rows[1].path = path("services.x.cores");
        several.rows[2].path = path("services.x.y");
        expect![[r#"
            nix.settings.max-jobs = 2
              ✓ wins      mkForce 50      modules/security/nix.nix:41:5
              ✗ shadowed  plain 100       modules/system/nix.nix:12:5
              ✗ shadowed  mkDefault 1000  modules/base/default.nix:7:5
              ○ inactive  unknown         modules/system/nix.nix:19:5

            services.x              security/nix  system/nix   base
              cores  contradiction  ! mkForce 50               ! mkForce 50
              y      error                        + plain 100  + plain 100

              security/nix  modules/security/nix.nix
              system/nix    modules/system/nix.nix
              base          modules/base/default.nix

            3 settings are defined more than once by your own modules in laptop.
            ✓ wins  + merged  ! conflicts  ✗ shadowed  ○ inactive; the lowest number is the strongest.
        "#]]
        .assert_eq(&plain(&matrix(&several, &OptionPath::default(), &terminal(80))));
    }

    #[test]
    fn nothing_is_said_under_which_prefix() {
        let mut none = samples::matrix();
        none.rows.clear();
        expect![[r#"
            nothing under `a.b` is defined more than once by your own modules in laptop
        "#]]
        .assert_eq(&plain(&matrix(&none, &path("a.b"), &pipe())));
    }
}
