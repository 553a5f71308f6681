//! What findings look like.

use std::path::PathBuf;

use expect_test::expect;
use mkwhy::{Checked, Finding, Findings, Knowledge, Level, Position, Site, Texts};

use super::check::{check, remarks, short, summary};
use super::samples::{self, finding, findings, pipe, plain, related, site, terminal, texts};

/// One finding by itself.
fn alone(finding: Finding) -> Findings {
    Findings { findings: vec![finding], targets: vec![checked("laptop")], allowed: 0, known: 0, notes: Vec::new() }
}

fn checked(target: &str) -> Checked {
    Checked { target: target.into(), known: Knowledge::Evaluated, trace: Vec::new(), help: None }
}

#[track_caller]
fn page(finding: Finding, texts: &Texts, expected: &expect_test::Expect) {
    let page = plain(&check(&alone(finding), Level::Hint, texts, &pipe()));
    expected.assert_eq(page.split("\n\n").next().unwrap_or_default());
}

#[test]
fn a_page_in_a_pipe() {
    expect![[r#"
        information[unknown-option]: there is no option `x`
         --> hosts/a b.nix  in all 2 targets

        warning[shadowed-definition]: `nix.settings.cores` = `4` does not count: mkForce 50 at modules/security/nix-daemon.nix:61 (`2`) is stronger
         --> modules/nix.nix:3:3  in forge, the only target that evaluates
        3 |   nix.settings.cores = 4;
          |   ^^^^^^^^^^^^^^^^^^^^^^^
        4 |   nix.settings = {
        5 |     "größe" = "日本"; max-jobs = lib.mkDefault 4; # ü
          |                       --------------------------- shadowed at mkDefault 1000: `4`
          = modules/security/nix-daemon.nix:61:7: this one decides

        warning[dropped-contribution]: this list adds nothing to `nix.settings.trusted-users`
         --> modules/nix.nix:7:3  in laptop, the only target that has it; guess, from the text alone
        7 |   nix.settings.trusted-users = lib.mkDefault [
          |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        error[wrong-type]: the value is no list ](of what): 100%
         --> modules/security/nix-daemon.nix:3:7  in all 2 targets

        note: 2 modules come from inputs
        1 error, 2 warnings, 1 for information found in forge and laptop; of laptop, which did not evaluate, only text was read; not shown: 1 hint (--show hint), 2 allowed, 7 known to the baseline
    "#]].assert_eq(&plain(&check(&findings(), Level::Information, &texts(), &pipe())));
}

#[test]
fn a_page_on_a_narrow_terminal() {
    expect![[r#"
        information[unknown-option]: there is no option `x`
         --> hosts/a b.nix  in all 2 targets

        warning[shadowed-definition]: `nix.settings.cores` = `4`
          does not count: mkForce 50 at
          modules/security/nix-daemon.nix:61 (`2`) is stronger
         --> modules/nix.nix:3:3  in forge, the only target that evaluates
        3 |   nix.settings.cores = 4;
          |   ^^^^^^^^^^^^^^^^^^^^^^^
          = modules/security/nix-daemon.nix:61:7: this one decides
          = modules/nix.nix:5:24: shadowed at mkDefault 1000: `4`

        hint[yielded-default]: this gave way, as intended
         --> modules/nix.nix:5:24  in all 2 targets
        5 | ...本"; max-jobs = lib.mkDefault 4; # ü
          |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^

        warning[dropped-contribution]: this list adds nothing to
          `nix.settings.trusted-users`
         --> modules/nix.nix:7:3  in laptop, the only target that has it; guess, from the text alone
        7 |   nix.settings.trusted-users = lib.mkDefault [
          |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        error[wrong-type]: the value is no list ](of what): 100%
         --> modules/security/nix-daemon.nix:3:7  in all 2 targets

        note: 2 modules come from inputs
        `mkwhy explain CODE` says what a rule means and what to do.
        1 error, 2 warnings, 1 for information, 1 hint found in
          forge and laptop; of laptop, which did not evaluate, only
          text was read; not shown: 2 allowed, 7 known to the
          baseline
    "#]]
    .assert_eq(&plain(&check(&findings(), Level::Hint, &texts(), &terminal(60))));
}

#[test]
fn colours_and_links_are_there_where_they_are_wanted() {
    let mut look = terminal(80);
    look.links = Some(PathBuf::from("/r"));
    let page = check(&findings(), Level::Warning, &texts(), &look);
    assert!(page.contains("\u{1b}]8;;file:///r/modules/nix.nix#3\u{1b}\\"), "{page:?}");
    assert!(page.contains("\u{1b}]8;;file:///r/modules/security/nix-daemon.nix#61\u{1b}\\"), "{page:?}");
    let style = super::level_style(Level::Warning);
    assert!(page.contains(&format!("{style}warning[shadowed-definition]:{style:#}")), "{page:?}");
    assert!(page.contains(&format!("{style}^^^^")), "the underline has the colour of the level: {page:?}");
}

#[test]
fn a_place_without_a_span() {
    let at = |line, column| Site { at: Position { file: "modules/nix.nix".into(), line, column }, span: None };
    page(
        finding("x", Level::Error, at(Some(5), None), "a line"),
        &texts(),
        &expect![[r#"
        error[x]: a line
         --> modules/nix.nix:5
        5 |     "größe" = "日本"; max-jobs = lib.mkDefault 4; # ü
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    page(
        finding("x", Level::Error, at(Some(3), Some(24)), "a column"),
        &texts(),
        &expect![[r#"
        error[x]: a column
         --> modules/nix.nix:3:24
        3 |   nix.settings.cores = 4;
          |                        ^^"#]],
    );
    page(
        finding("x", Level::Error, at(None, None), "a file"),
        &texts(),
        &expect![[r#"
        error[x]: a file
         --> modules/nix.nix"#]],
    );
}

#[test]
fn a_text_that_has_changed_since() {
    let stale = Site { span: Some((9_000, 9_010)), ..site("nix.settings.cores = 4;") };
    page(
        finding("x", Level::Error, stale, "beyond the end"),
        &texts(),
        &expect![[r#"
        error[x]: beyond the end
         --> modules/nix.nix:3:3
        3 |   nix.settings.cores = 4;
          |   ^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    let gone = Site { at: samples::at("modules/nix.nix", 99, 1), span: Some((9_000, 9_010)) };
    page(
        finding("x", Level::Error, gone, "no such line"),
        &texts(),
        &expect![[r#"
        error[x]: no such line
         --> modules/nix.nix:99:1"#]],
    );
    let inside = site("ö");
    let inside = Site { span: inside.span.map(|(start, end)| (start + 1, end)), ..inside };
    page(
        finding("x", Level::Error, inside, "inside a character"),
        &texts(),
        &expect![[r#"
        error[x]: inside a character
         --> modules/nix.nix:5:5
        5 |     "größe" = "日本"; max-jobs = lib.mkDefault 4; # ü
          |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
}

#[test]
fn an_empty_span_and_the_end_of_the_text() {
    let end = Site { at: samples::at("a.nix", 2, 1), span: Some((4, 4)) };
    page(
        finding("x", Level::Error, end.clone(), "the end"),
        &Texts::from([("a.nix", "{ }\n")]),
        &expect![[r#"
        error[x]: the end
         --> a.nix:2:1
        2 |
          | ^"#]],
    );
    let nothing = Site { at: samples::at("a.nix", 1, 1), span: Some((0, 0)) };
    page(
        finding("x", Level::Error, nothing, "an empty file"),
        &Texts::from([("a.nix", "")]),
        &expect![[r#"
        error[x]: an empty file
         --> a.nix:1:1
        1 |
          | ^"#]],
    );
}

#[test]
fn a_line_without_end_is_cut_off_around_the_place() {
    let long = format!("{{ a = \"{}\"; b = 1; c = \"{}\"; }}", "日".repeat(200), "x".repeat(200));
    let start = long.find("b = 1;").expect("it is there");
    let column = u32::try_from(start + 1).expect("a small number");
    let short = Site { at: samples::at("a.nix", 1, column), span: Some((start, start + 6)) };
    let texts = Texts::from([("a.nix", long.as_str())]);
    let found = alone(finding("x", Level::Error, short, "in the middle"));
    expect![[r#"
        error[x]: in the middle
         --> a.nix:1:611
        1 | ... 日日日日日日"; b = 1; c = "xxxxxxxxxx...
          |                    ^^^^^^

        `mkwhy explain CODE` says what a rule means and what to do.
        1 error found in laptop
    "#]]
    .assert_eq(&plain(&check(&found, Level::Hint, &texts, &terminal(60))));
    let whole = Site { at: samples::at("a.nix", 1, 1), span: Some((0, long.len())) };
    let found = alone(finding("x", Level::Error, whole, "all of it"));
    let page = plain(&check(&found, Level::Hint, &texts, &terminal(60)));
    assert!(page.lines().all(|line| super::text::width(line) <= 60), "{page}");
}

#[test]
fn a_lone_carriage_return_ends_a_line_as_it_does_for_nix() {
    let texts = Texts::from([("a.nix", "{\r  a = 1;\r  b = 2;\r}")]);
    let place = Site { at: samples::at("a.nix", 3, 3), span: Some((14, 20)) };
    let near = Site { at: samples::at("a.nix", 2, 3), span: Some((4, 10)) };
    let found = Finding { related: vec![related(near, "here")], ..finding("x", Level::Hint, place, "a Macintosh") };
    page(
        found,
        &texts,
        &expect![[r#"
        hint[x]: a Macintosh
         --> a.nix:3:3
        2 |   a = 1;
          |   ------ here
        3 |   b = 2;
          |    ^^^^^"#]],
    );
}

#[test]
fn source_and_messages_do_not_steer_the_terminal() {
    let texts = Texts::from([("a.nix", "a\u{1b}[2J\u{202e} = 1;")]);
    let place = Site { at: samples::at("a.nix", 1, 1), span: Some((0, 3)) };
    let near = Site { at: samples::at("a.nix", 1, 9), span: Some((9, 12)) };
    let found = Finding {
        related: vec![related(near, "\u{1b}[2J")],
        ..finding("x", Level::Hint, place, "b\u{1b}]0;c\u{7}\u{202e}")
    };
    let page = check(&alone(found), Level::Hint, &texts, &pipe());
    assert!(!page.contains("\u{1b}[2J") && !page.contains("\u{1b}]0") && !page.contains('\u{202e}'), "{page:?}");
}

#[test]
fn many_related_places_are_counted() {
    let mut found = finding("x", Level::Hint, site("nix.settings.cores = 4;"), "many");
    found.related =
        (1..=9).map(|line| related(Site { at: samples::at("b.nix", line, 1), span: None }, "also")).collect();
    let shown = |look| plain(&check(&alone(found.clone()), Level::Hint, &texts(), &look)).matches("b.nix").count();
    assert_eq!(shown(pipe()), 6);
    assert_eq!(shown(super::Look { verbose: true, ..pipe() }), 9);
    let page = plain(&check(&alone(found), Level::Hint, &texts(), &pipe()));
    assert!(page.contains("  = and 3 more places (-v shows all)\n"), "{page}");
}

/// Two places that overlap would be drawn into each other.
#[test]
fn an_overlapping_place_has_a_line_of_its_own() {
    let found = finding("x", Level::Hint, site("nix.settings.cores = 4;"), "twice");
    let found = Finding { related: vec![related(site("cores = 4"), "this part")], ..found };
    page(
        found,
        &texts(),
        &expect![[r#"
        hint[x]: twice
         --> modules/nix.nix:3:3
        3 |   nix.settings.cores = 4;
          |   ^^^^^^^^^^^^^^^^^^^^^^^
          = modules/nix.nix:3:16: this part"#]],
    );
}

#[test]
fn notes_are_one_line_each_and_not_too_many() {
    let mut found = findings();
    found.notes = (0..9).map(|n| format!("note {n}\nof many")).collect();
    let page = plain(&check(&found, Level::Error, &texts(), &pipe()));
    assert!(page.contains("note: note 5 of many\nnote: and 3 more notes (-v shows all)\n"), "{page}");
}

#[test]
fn where_a_finding_holds() {
    let all = ["a", "b", "c", "d", "e", "f", "g"].map(checked);
    let says = |checked: &[Checked], targets: &[&str], everywhere| {
        let targets = targets.iter().map(|target| (*target).to_owned()).collect();
        remarks(&Finding { targets, everywhere, ..finding("x", Level::Hint, site("lib"), "") }, checked)
            .unwrap_or_default()
    };
    assert_eq!(says(&all[..1], &["a"], true), "", "there is nothing to tell apart");
    assert_eq!(says(&all[..3], &["a", "b", "c"], false), "in all 3 targets");
    assert_eq!(says(&all[..3], &["b"], false), "in b only");
    assert_eq!(says(&all[..3], &["b"], true), "in b, the only target that has it");
    assert_eq!(says(&all[..3], &["a", "b"], false), "in a and b only");
    assert_eq!(says(&all[..3], &["a", "b"], true), "in every target that has it: a and b");
    assert_eq!(says(&all, &["a", "b", "c", "d", "e"], false), "in 5 of 7 targets: a, b, c and 2 more");
    let mut broken = all[..3].to_vec();
    broken[0].known = Knowledge::Syntax { because: None };
    assert_eq!(says(&broken, &["b", "c"], false), "in every target that evaluates: b and c");
    assert_eq!(says(&broken, &["b"], false), "in b only, of those that evaluate");
    broken[1].known = Knowledge::Syntax { because: None };
    assert_eq!(says(&broken, &["c"], false), "in c, the only target that evaluates");
}

#[test]
fn targets_have_short_names_where_these_are_clear() {
    let checked = ["nixosConfigurations.a", "homeConfigurations.a", "nixosConfigurations.b", "my.box"].map(checked);
    let names = checked.iter().map(|target| short(&target.target, &checked));
    assert_eq!(names.collect::<Vec<_>>(), ["nixosConfigurations.a", "homeConfigurations.a", "b", "my.box"]);
}

#[test]
fn the_last_line_says_what_was_looked_at_and_what_is_hidden() {
    let mut found = findings();
    expect!["1 error found in forge and laptop; of laptop, which did not evaluate, only text was read; not shown: 2 warnings, 1 for information, 1 hint (--show hint), 2 allowed, 7 known to the baseline"].assert_eq(&summary(&found, Level::Error));
    found.targets.iter_mut().for_each(|checked| checked.known = Knowledge::Syntax { because: None });
    (found.allowed, found.known) = (0, 0);
    expect!["1 error, 2 warnings, 1 for information, 1 hint found in forge and laptop; nothing was evaluated, only text was read"].assert_eq(&summary(&found, Level::Hint));
    found.targets.iter_mut().for_each(|checked| checked.known = Knowledge::Evaluated);
    found.findings.clear();
    expect!["nothing found in forge and laptop"].assert_eq(&summary(&found, Level::Information));
}
