//! How cascades look, without colours.

use expect_test::{Expect, expect};
use mkwhy::{Answer, Cascade, FinalValue, Found, Message, Outcome, Priority};

use super::samples::{self, at, definition, pipe, plain, strings, terminal};
use super::{Look, why};

#[track_caller]
pub fn check(cascade: Cascade, look: &Look, expected: Expect) {
    check_found(Found::Cascade { cascade: Box::new(cascade) }, look, expected);
}

#[track_caller]
pub fn check_found(found: Found, look: &Look, expected: Expect) {
    let text =
        plain(&why::answer(&Answer { target: "laptop".into(), known: mkwhy::Knowledge::Evaluated, found }, look));
    assert!(text.lines().all(|line| line == line.trim_end()), "no line ends in spaces:\n{text}");
    expected.assert_eq(&text);
}

#[test]
fn every_outcome_in_a_pipe() {
    check(
        samples::max_jobs(),
        &pipe(),
        expect![[r#"
        nix.settings.max-jobs = 2
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins       mkForce 50      2                 modules/security/nix-daemon.nix:41:5
          ? undecided  unknown         mkIt 3            modules/generated.nix
                       if (a computed condition): not known
                       perhaps: the source text does not say whether it defines this
          ✗ shadowed   plain 100       "auto"            modules/system/nix.nix:12:5
          ✗ shadowed   mkDefault 1000  4                 modules/base.nix:7:5
                       in module modules/lib/settings.nix
                       via nix.maxJobs
                       through nix.settings (mkDefault 1000) at modules/base.nix:3:3
          ✗ shadowed   option default  "auto"            /nix/store/abc-source/nixos/modules/config/nix.nix:212:5
          ⊘ dropped    plain 100       16                modules/old.nix:4:5
                       dropped with its nix.settings (mkOverride 1200) at modules/old.nix:3:3
          ○ inactive   plain 100       cfg.maxJobs or 8  modules/services/offload.nix:20:5
                       if cfg.enable: true
                       if cfg.offload.enable && true: false

        modules/security/nix-daemon.nix:41:5 decides with mkForce, which outranks plain 100, mkDefault 1000 and the option default; 3 others lose, 1 is inactive, 1 is dropped and 1 is undecided.
        modules/old.nix:4:5 was dropped with the larger definition of nix.settings (mkOverride 1200) around it, which lost as a whole: nothing merges across priorities.
    "#]],
    );
}

#[test]
fn every_outcome_on_a_narrow_terminal() {
    check(
        samples::max_jobs(),
        &terminal(60),
        expect![[r#"
        nix.settings.max-jobs = 2
          target        laptop
          type          signed integer or value "auto" (singular en…
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins       mkForce 50      2
                       modules/security/nix-daemon.nix:41:5
          ? undecided  unknown         mkIt 3
                       modules/generated.nix
                       if (a computed condition): not known
                       perhaps: the source text does not say whether it defines this
          ✗ shadowed   plain 100       "auto"
                       modules/system/nix.nix:12:5
          ✗ shadowed   mkDefault 1000  4
                       modules/base.nix:7:5
                       in module modules/lib/settings.nix
                       via nix.maxJobs
                       through nix.settings (mkDefault 1000) at modules/base.nix:3:3
          ✗ shadowed   option default  "auto"
                       /nix/store/abc-source/nixos/modules/config/nix.nix:212:5
          ⊘ dropped    plain 100       16
                       modules/old.nix:4:5
                       dropped with its nix.settings (mkOverride 1200) at modules/old.nix:3:3
          ○ inactive   plain 100       cfg.maxJobs or 8
                       modules/services/offload.nix:20:5
                       if cfg.enable: true
                       if cfg.offload.enable && true: false

        modules/security/nix-daemon.nix:41:5 decides with mkForce,
          which outranks plain 100, mkDefault 1000 and the option
          default; 3 others lose, 1 is inactive, 1 is dropped and 1
          is undecided.
        modules/old.nix:4:5 was dropped with the larger definition
          of nix.settings (mkOverride 1200) around it, which lost as
          a whole: nothing merges across priorities.
    "#]],
    );
}

#[test]
fn verbose_shows_imports_sources_and_the_description() {
    check(
        samples::max_jobs(),
        &Look { verbose: true, ..terminal(140) },
        expect![[r#"
        nix.settings.max-jobs = 2
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"
          description   How many jobs Nix runs
                        at once.

          ✓ wins       mkForce 50      2                 modules/security/nix-daemon.nix:41:5
                       imported by flake.nix › hosts/laptop/default.nix
          ? undecided  unknown         mkIt 3            modules/generated.nix
                       if (a computed condition): not known
                       perhaps: the source text does not say whether it defines this
                       imported by flake.nix › hosts/laptop/default.nix
          ✗ shadowed   plain 100       "auto"            modules/system/nix.nix:12:5
                       imported by flake.nix › hosts/laptop/default.nix
          ✗ shadowed   mkDefault 1000  4                 modules/base.nix:7:5
                       in module modules/lib/settings.nix
                       via nix.maxJobs
                       through nix.settings (mkDefault 1000) at modules/base.nix:3:3
                       imported by flake.nix › hosts/laptop/default.nix
          ✗ shadowed   option default  "auto"            /nix/store/abc-source/nixos/modules/config/nix.nix:212:5
          ⊘ dropped    plain 100       16                modules/old.nix:4:5
                       dropped with its nix.settings (mkOverride 1200) at modules/old.nix:3:3
                       imported by flake.nix › hosts/laptop/default.nix
          ○ inactive   plain 100       cfg.maxJobs or 8  modules/services/offload.nix:20:5
                       if cfg.enable: true
                       if cfg.offload.enable && true: false
                       imported by flake.nix › hosts/laptop/default.nix

        modules/security/nix-daemon.nix:41:5 decides with mkForce, which outranks plain 100, mkDefault 1000 and the option default; 3 others lose, 1
          is inactive, 1 is dropped and 1 is undecided.
        modules/old.nix:4:5 was dropped with the larger definition of nix.settings (mkOverride 1200) around it, which lost as a whole: nothing
          merges across priorities.
    "#]],
    );
}

#[test]
fn merged_lists_say_who_gave_what() {
    check(
        samples::trusted_users(),
        &pipe(),
        expect![[r#"
        nix.settings.trusted-users = [ "root" "alice" "bob" ]
          target        laptop
          type          list of string

          + merged    plain 100       [ "root" ]           modules/a.nix:3:5
                      ordered mkBefore
                      gives [0]
          + merged    plain 100       [ "alice" "bob" ]    modules/b.nix:8:5
                      gives [1]–[2]
          + merged    plain 100       [ ]                  modules/c.nix:8:5
                      ordered mkOrder 1234
                      gives no element
          ✗ shadowed  mkDefault 1000  [ "root" "@wheel" ]  modules/core/nix-base.nix:60:5

        3 definitions (plain 100) are merged, in this order: modules/a.nix:3:5 gives [0], modules/b.nix:8:5 gives [1]–[2], modules/c.nix:8:5 gives no element; 1 other loses: nothing merges across priorities.
    "#]],
    );
}

#[test]
fn a_contradiction_names_the_places_and_the_next_step() {
    check(
        samples::contradiction(),
        &pipe(),
        expect![[r#"
        nix.settings.max-jobs has no value: its definitions contradict each other
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ! conflicts  mkForce 50  2  modules/a.nix:3:5
          ! conflicts  mkForce 50  4  modules/b.nix:4:5
          ✗ shadowed   plain 100   8  modules/c.nix:5:5

        Contradiction: 2 definitions of one priority (mkForce 50) exclude each other, and Nix refuses the option.
          2  modules/a.nix:3:5
          4  modules/b.nix:4:5
        Nix says:
          The option `nix.settings.max-jobs' has conflicting definition values:
          - In `modules/a.nix': 2
          - In `modules/b.nix': 4
        Next: take mkForce away from all but the one that should decide.
    "#]],
    );
}

#[test]
fn a_value_that_fails_keeps_its_table() {
    let mut cascade = samples::trusted_users();
    let message = Message { text: "attribute 'x' missing".into(), at: Some(at("modules/b.nix", 8, 20)) };
    cascade.value = FinalValue::Failed { message };
    cascade.agrees = Some(false);
    cascade.notes = vec!["The first note.".into(), "The second.".into()];
    check(
        cascade,
        &pipe(),
        expect![[r#"
        nix.settings.trusted-users has no value: evaluating it fails
          target        laptop
          type          list of string

          + merged    plain 100       [ "root" ]           modules/a.nix:3:5
                      ordered mkBefore
                      gives [0]
          + merged    plain 100       [ "alice" "bob" ]    modules/b.nix:8:5
                      gives [1]–[2]
          + merged    plain 100       [ ]                  modules/c.nix:8:5
                      ordered mkOrder 1234
                      gives no element
          ✗ shadowed  mkDefault 1000  [ "root" "@wheel" ]  modules/core/nix-base.nix:60:5

        Nix cannot evaluate the value:
          attribute 'x' missing
          at modules/b.nix:8:20
        3 definitions (plain 100) are merged, in this order: modules/a.nix:3:5 gives [0], modules/b.nix:8:5 gives [1]–[2], modules/c.nix:8:5 gives no element; 1 other loses: nothing merges across priorities.
        warning: Nix's own list of winners is another one; please report this as a bug of mkwhy.

        note: The first note.
        note: The second.
    "#]],
    );
}

#[test]
fn long_values_are_cut_on_terminals_only() {
    let long = strings(&["a-rather-long-element"; 12]);
    let one = definition("modules/a.nix", 3, Outcome::Wins, Priority::PLAIN, long.clone());
    let cascade = samples::cascade("x.y", long.clone(), vec![one]);
    let found = Found::Cascade { cascade: Box::new(cascade.clone()) };
    let piped =
        plain(&why::answer(&Answer { target: "laptop".into(), known: mkwhy::Knowledge::Evaluated, found }, &pipe()));
    assert!(piped.contains(&format!("x.y = {long}\n")), "{piped}");
    assert!(piped.contains(&format!("{long}  modules/a.nix:3:5\n")), "{piped}");
    check(
        cascade,
        &terminal(80),
        expect![[r#"
        x.y = [ "a-rather-long-element" "a-rather-long-element" "a-rather-long-element"…
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins  plain 100  [ "a-rather-long-element" "a-rather-lon…  modules/a.nix:3:5

        modules/a.nix:3:5 decides plainly.
    "#]],
    );
}
