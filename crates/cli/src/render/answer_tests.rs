//! How answers look that are special in some way: without a value, without a winner, without an option.

use expect_test::expect;
use mkwhy::{Answer, Cascade, FinalValue, Found, Knowledge, Message, OptionPath, Outcome, Priority, Value};

use super::samples::{self, at, definition, int, path, pipe, plain, shadowed, terminal};
use super::why_tests::{check, check_found};
use super::{Look, why};

fn without_default(mut cascade: Cascade) -> Cascade {
    cascade.declaration.as_mut().expect("the sample is declared").default = None;
    cascade
}

#[test]
fn apply_shows_both_values() {
    let one = definition("modules/a.nix", 3, Outcome::Wins, Priority::PLAIN, int(2));
    let mut cascade = samples::cascade("x.y", Value::String { value: "2!".into() }, vec![one]);
    cascade.before_apply = Some(int(2));
    check(
        cascade,
        &pipe(),
        expect![[r#"
        x.y = "2!"
          target        laptop
          before apply  2
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins  plain 100  2  modules/a.nix:3:5

        modules/a.nix:3:5 decides plainly.
    "#]],
    );
}

#[test]
fn a_default_that_nobody_touches() {
    let mut cascade = samples::max_jobs();
    cascade.definitions = vec![cascade.definitions.remove(3)];
    cascade.definitions[0].outcome = Outcome::Wins;
    let value = Value::String { value: "auto".into() };
    cascade.value = FinalValue::Known { json: value.to_json(), value };
    check(
        cascade,
        &terminal(120),
        expect![[r#"
        nix.settings.max-jobs = "auto"
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins  option default  "auto"  /nix/store/abc-source/nixos/modules/config/nix.nix:212:5

        The default of its declaration decides.
    "#]],
    );
}

#[test]
fn nothing_defines_it() {
    let mut cascade = without_default(samples::cascade("x.y", int(0), vec![]));
    cascade.value = FinalValue::Undefined;
    check(
        cascade,
        &pipe(),
        expect![[r#"
        x.y is not defined
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9

        Nothing defines it, and it has no default: using it is an error.
    "#]],
    );
}

#[test]
fn all_inactive_and_undefined() {
    let mut cascade = samples::max_jobs();
    cascade.definitions = vec![cascade.definitions.remove(4)];
    cascade.value = FinalValue::Undefined;
    let cascade = without_default(cascade);
    check(
        cascade,
        &pipe(),
        expect![[r#"
        nix.settings.max-jobs is not defined
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9

          ○ inactive  plain 100  cfg.maxJobs or 8  modules/services/offload.nix:20:5
                      if cfg.enable: true
                      if cfg.offload.enable && true: false

        None of its definitions takes part (1 is inactive), and it has no default: using it is an error.
    "#]],
    );
}

#[test]
fn one_long_place_moves_alone() {
    let mut cascade = samples::max_jobs();
    cascade.definitions.truncate(4);
    check(
        cascade,
        &terminal(90),
        expect![[r#"
        nix.settings.max-jobs = 2
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins      mkForce 50      2       modules/security/nix-daemon.nix:41:5
          ✗ shadowed  plain 100       "auto"  modules/system/nix.nix:12:5
          ✗ shadowed  mkDefault 1000  4       modules/base.nix:7:5
                      in module modules/lib/settings.nix
                      via nix.maxJobs
                      through nix.settings (mkDefault 1000) at modules/base.nix:3:3
          ✗ shadowed  option default  "auto"
                      /nix/store/abc-source/nixos/modules/config/nix.nix:212:5

        modules/security/nix-daemon.nix:41:5 decides with mkForce, which outranks plain 100,
          mkDefault 1000 and the option default; 3 others lose.
    "#]],
    );
}

#[test]
fn equals_say_the_same() {
    let first = definition("modules/a.nix", 3, Outcome::Merged, Priority::PLAIN, int(2));
    let second = definition("modules/b.nix", 3, Outcome::Merged, Priority::PLAIN, int(2));
    check(
        samples::cascade("x.y", int(2), vec![first, second]),
        &terminal(120),
        expect![[r#"
        x.y = 2
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          + merged  plain 100  2  modules/a.nix:3:5
          + merged  plain 100  2  modules/b.nix:3:5

        2 definitions (plain 100) say the same: modules/a.nix:3:5, modules/b.nix:3:5.
    "#]],
    );
}

#[test]
fn several_are_dropped_together() {
    let mut cascade = samples::max_jobs();
    let mut second = cascade.definitions[5].clone();
    second.at.line = Some(5);
    cascade.definitions = vec![cascade.definitions.remove(0), cascade.definitions.remove(4), second];
    check(
        cascade,
        &pipe(),
        expect![[r#"
        nix.settings.max-jobs = 2
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins     mkForce 50  2   modules/security/nix-daemon.nix:41:5
          ⊘ dropped  plain 100   16  modules/old.nix:4:5
                     dropped with its nix.settings (mkOverride 1200) at modules/old.nix:3:3
          ⊘ dropped  plain 100   16  modules/old.nix:5:5
                     dropped with its nix.settings (mkOverride 1200) at modules/old.nix:3:3

        modules/security/nix-daemon.nix:41:5 decides with mkForce; 2 are dropped.
        modules/old.nix:4:5 and modules/old.nix:5:5 were dropped with the larger definitions of nix.settings (mkOverride 1200) around them, which lost as a whole: nothing merges across priorities.
    "#]],
    );
}

#[test]
fn a_later_equal_overrides() {
    let first = definition("modules/a.nix", 3, Outcome::Wins, Priority::PLAIN, int(2));
    let second = definition("modules/b.nix", 3, shadowed(&[0]), Priority::PLAIN, int(4));
    check(
        samples::cascade("x.y", int(2), vec![first, second]),
        &terminal(120),
        expect![[r#"
        x.y = 2
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ✓ wins      plain 100  2  modules/a.nix:3:5
          ✗ shadowed  plain 100  4  modules/b.nix:3:5
                      overridden by the later one at modules/a.nix:3:5

        modules/a.nix:3:5 decides plainly; 1 earlier one is overridden.
    "#]],
    );
}

#[test]
fn an_option_that_nobody_declares() {
    let one = definition("modules/a.nix", 3, Outcome::Wins, Priority::PLAIN, int(2));
    let mut cascade = samples::cascade("servcies.x", int(2), vec![one]);
    cascade.declaration = None;
    cascade.option_type = None;
    cascade.declared = false;
    cascade.value = FinalValue::Unknown;
    check(
        cascade,
        &pipe(),
        expect![[r#"
        servcies.x (its value was not evaluated)
          target        laptop
          declared      nowhere

          ✓ wins  plain 100  2  modules/a.nix:3:5

        No module declares an option `servcies.x`: Nix refuses such definitions.
    "#]],
    );
}

#[test]
fn what_was_only_read_says_so() {
    let mut cascade = samples::max_jobs();
    cascade.definitions = vec![cascade.definitions.remove(6)];
    cascade.value = FinalValue::Unknown;
    cascade.known = Knowledge::Syntax { because: None };
    check(
        cascade,
        &pipe(),
        expect![[r#"
        nix.settings.max-jobs (its value was not evaluated)
          target        laptop
          type          signed integer or value "auto" (singular enum)
          declared      /nix/store/abc-source/nixos/modules/config/nix.nix:212:9
          default       "auto"

          ? undecided  unknown  mkIt 3  modules/generated.nix
                       if (a computed condition): not known
                       perhaps: the source text does not say whether it defines this

        Who decides cannot be said: 1 definition hangs on a condition that is not known.

        warning: This was read from the source text alone; conditions were not evaluated.
    "#]],
    );
}

#[test]
fn namespaces_list_their_names() {
    let names = || ["enable", "package", "2nd", "extra-platforms", "settings"].map(str::to_owned).to_vec();
    check_found(
        Found::Namespace { path: path("nix"), names: names() },
        &terminal(40),
        expect![[r#"
        nix is no option but a set of options, with 5 names in laptop:

          enable   "2nd"            settings
          package  extra-platforms

        Go on with one of them:      mkwhy why nix.enable
        What your modules set here:  mkwhy ls nix
    "#]],
    );
    check_found(
        Found::Namespace { path: OptionPath::default(), names: names() },
        &pipe(),
        expect![[r#"
        The root is no option but a set of options, with 5 names in laptop:

          enable
          package
          "2nd"
          extra-platforms
          settings

        Go on with one of them:      mkwhy why enable
        What your modules set here:  mkwhy ls
    "#]],
    );
}

#[test]
fn missing_options_have_suggestions() {
    let missing = |suggestions: &[&str]| Found::Missing {
        path: path("nix.setings.cores"),
        suggestions: suggestions.iter().map(|suggestion| path(suggestion)).collect(),
    };
    check_found(
        missing(&[]),
        &pipe(),
        expect![[r#"
        error: no option `nix.setings.cores` in laptop
        help: `mkwhy ls` lists what your modules define; `mkwhy targets` lists the configurations
    "#]],
    );
    check_found(
        missing(&["nix.settings.cores"]),
        &pipe(),
        expect![[r#"
        error: no option `nix.setings.cores` in laptop
        help: did you mean `nix.settings.cores`?
    "#]],
    );
    check_found(
        missing(&["nix.settings.cores", "nix.settings"]),
        &pipe(),
        expect![[r#"
        error: no option `nix.setings.cores` in laptop
        help: did you mean one of these?
              nix.settings.cores
              nix.settings
    "#]],
    );
}

#[test]
fn closed_and_failed_paths_say_why() {
    let opaque = Found::Opaque { path: path("a.b.c"), option: path("a.b"), option_type: Some("function".into()) };
    check_found(
        opaque,
        &pipe(),
        expect![[r#"
        error: `a.b.c` leads into `a.b` (type: function), whose content is not evaluated as part of laptop
        help: mkwhy why a.b shows who defines it
    "#]],
    );
    let message = Message { text: "infinite recursion\nencountered".into(), at: Some(at("a.nix", 1, 2)) };
    check_found(
        Found::Failed { path: path("a.b"), message },
        &pipe(),
        expect![[r#"
        error: the definitions of `a.b` in laptop cannot be evaluated:
          infinite recursion
          encountered
          at a.nix:1:2
    "#]],
    );
}

#[test]
fn terminals_get_links_and_strikes() {
    let look = Look { links: Some("/home/me/nix".into()), ..terminal(120) };
    let found = Found::Cascade { cascade: Box::new(samples::max_jobs()) };
    let text = why::answer(&Answer { target: "laptop".into(), known: Knowledge::Evaluated, found }, &look);
    assert!(text.contains("\x1b]8;;file:///home/me/nix/modules/system/nix.nix#12\x1b\\"), "{text:?}");
    assert!(text.contains("\x1b[9m"), "losers are struck through: {text:?}");
    assert!(plain(&text).contains("modules/system/nix.nix:12:5"), "{text:?}");
}
