//! What was found in several targets, put together.

use std::collections::BTreeSet;

use mkwhy_model::{
    Cascade, Condition, Definition, FinalValue, Finding, Knowledge, Level, OptionPath, Outcome, Position, Priority,
    Tag, Value, Written,
};

use crate::{Facts, InTarget, RULES, Rule, Settlement, Subject, check, rule, settle};

fn definition(file: &str, outcome: Outcome, priority: Priority, value: i64) -> Definition {
    let holds = !matches!(outcome, Outcome::Inactive { .. });
    Definition {
        at: Position { file: file.into(), line: Some(2), column: Some(3) },
        module: file.into(),
        outcome,
        priority: Some(priority),
        order: None,
        conditions: vec![Condition { text: Some("c".into()), holds: Some(holds) }],
        value: Some(Value::Int { value }),
        source: None,
        imports: Vec::new(),
        parents: Vec::new(),
        via: None,
        declared_default: false,
        elements: None,
        certain: true,
        written: Written::Unread,
    }
}

fn subject(path: &str, definitions: Vec<Definition>) -> Subject {
    let contradiction = definitions.iter().any(|definition| definition.outcome == Outcome::Conflicts);
    Subject::new(Cascade {
        path: path.parse().expect("a path"),
        target: String::new(),
        known: Knowledge::Evaluated,
        option_type: None,
        value: FinalValue::Unknown,
        before_apply: None,
        contradiction,
        declaration: None,
        declared: true,
        definitions,
        agrees: None,
        notes: Vec::new(),
    })
}

/// `cores` of `a.nix`, overridden in `b.nix`.
fn overridden() -> Subject {
    subject(
        "cores",
        vec![
            definition("b.nix", Outcome::Wins, Priority::FORCE, 2),
            definition("a.nix", Outcome::Shadowed { by: vec![0] }, Priority::PLAIN, 4),
        ],
    )
}

/// `cores` of `a.nix` alone.
fn decides() -> Subject {
    subject("cores", vec![definition("a.nix", Outcome::Wins, Priority::PLAIN, 4)])
}

fn off() -> Subject {
    subject("cores", vec![definition("a.nix", Outcome::Inactive { condition: 0 }, Priority::PLAIN, 4)])
}

fn conflict() -> Subject {
    let one = |file, value| definition(file, Outcome::Conflicts, Priority::PLAIN, value);
    subject("cores", vec![one("a.nix", 1), one("b.nix", 2)])
}

fn target(name: &str, subjects: Vec<Subject>, certain: bool) -> InTarget {
    let own: BTreeSet<String> = ["a.nix", "b.nix"].map(str::to_owned).into();
    check(name, &Facts::new(&subjects, &own, None, &|_| None), RULES, certain)
}

struct How {
    level: fn(&Rule) -> Option<Level>,
    excluded: &'static str,
    all_targets: bool,
}

impl Default for How {
    fn default() -> Self {
        Self { level: |rule| Some(rule.level), excluded: "", all_targets: true }
    }
}

fn settled(targets: &[InTarget], how: &How) -> Vec<Finding> {
    let settlement = Settlement {
        level: &how.level,
        excluded: &|file| file == how.excluded,
        allows: &[],
        rules: RULES,
        all_targets: how.all_targets,
    };
    settle(targets, &settlement).findings
}

/// The only finding of a rule.
#[track_caller]
fn only(findings: &[Finding], code: &str) -> Finding {
    assert!(rule(code).is_some(), "{code}");
    let mut of_rule = findings.iter().filter(|finding| finding.code == code);
    let found = of_rule.next().unwrap_or_else(|| panic!("no {code} in {findings:?}")).clone();
    assert_eq!(of_rule.next(), None, "{code} twice");
    found
}

#[test]
fn what_holds_in_all_targets_is_unnecessary() {
    let both = [target("one", vec![overridden()], true), target("two", vec![overridden()], true)];
    let found = only(&settled(&both, &How::default()), "shadowed-definition");
    assert_eq!(
        (found.targets.join(" "), found.everywhere, found.tag),
        ("one two".into(), true, Some(Tag::Unnecessary))
    );
    assert_eq!(found.option, Some("cores".parse::<OptionPath>().expect("a path")));
}

#[test]
fn what_is_said_of_one_target_alone_is_said_of_no_other() {
    let other = subject(
        "cores",
        vec![
            definition("b.nix", Outcome::Wins, Priority::FORCE, 3),
            definition("a.nix", Outcome::Shadowed { by: vec![0] }, Priority::PLAIN, 4),
        ],
    );
    let both = [target("one", vec![overridden()], true), target("two", vec![other], true)];
    let found = settled(&both, &How::default());
    let of_rule: Vec<&Finding> = found.iter().filter(|finding| finding.code == "shadowed-definition").collect();
    let said = of_rule.iter().map(|finding| (finding.targets.join(" "), finding.everywhere, finding.tag));
    let unnecessary = Some(Tag::Unnecessary);
    assert_eq!(said.collect::<Vec<_>>(), [("one".into(), false, unnecessary), ("two".into(), false, unnecessary)]);
}

#[test]
fn what_decides_in_another_target_is_not_called_dead() {
    let both = [target("one", vec![overridden()], true), target("two", vec![decides()], true)];
    let found = only(&settled(&both, &How::default()), "shadowed-definition");
    assert_eq!((found.targets.join(" "), found.everywhere, found.tag), ("one".into(), false, None));
}

#[test]
fn a_target_without_the_definition_has_no_say() {
    let both = [target("one", vec![overridden()], true), target("two", Vec::new(), true)];
    assert!(only(&settled(&both, &How::default()), "shadowed-definition").everywhere);
}

#[test]
fn nothing_is_dead_where_not_all_targets_were_asked() {
    let one = [target("one", vec![overridden()], true)];
    let found = only(&settled(&one, &How { all_targets: false, ..How::default() }), "shadowed-definition");
    assert_eq!((found.everywhere, found.tag), (false, None));
}

/// It may well count in the target that could not be evaluated.
#[test]
fn nothing_is_dead_where_a_target_was_only_read() {
    let both = [target("one", vec![overridden()], true), target("two", Vec::new(), false)];
    let found = only(&settled(&both, &How::default()), "shadowed-definition");
    assert_eq!((found.everywhere, found.tag, found.certain), (false, None, true));
}

#[test]
fn a_guess_is_marked_and_no_error() {
    let found = only(&settled(&[target("one", vec![conflict()], false)], &How::default()), "conflicting-definitions");
    assert_eq!((found.certain, found.level, found.everywhere), (false, Level::Warning, false));
    let severe = How { level: |_| Some(Level::Error), ..How::default() };
    let found = only(&settled(&[target("one", vec![conflict()], false)], &severe), "conflicting-definitions");
    assert_eq!(found.level, Level::Warning, "not even where the rule was made stricter");
}

#[test]
fn what_was_evaluated_somewhere_is_no_guess_elsewhere() {
    let [one, two] =
        [true, false].map(|certain| target(if certain { "one" } else { "two" }, vec![overridden()], certain));
    for both in [[one.clone(), two.clone()], [two, one]] {
        let found = only(&settled(&both, &How::default()), "shadowed-definition");
        assert_eq!((found.targets.join(" "), found.certain), ("one".into(), true));
    }
}

#[test]
fn off_everywhere_is_a_warning_and_off_somewhere_a_hint() {
    let of = |subjects: [Subject; 2]| {
        let [one, two] = subjects;
        let both = [target("one", vec![one], true), target("two", vec![two], true)];
        only(&settled(&both, &How::default()), "inactive-definition")
    };
    let found = of([off(), off()]);
    assert_eq!((found.level, found.everywhere), (Level::Warning, true));
    let found = of([off(), decides()]);
    assert_eq!((found.level, found.everywhere), (Level::Hint, false));
    // One target alone cannot say that nobody uses it.
    let found = only(&settled(&[target("one", vec![off()], true)], &How::default()), "inactive-definition");
    assert_eq!(found.level, Level::Hint);
}

#[test]
fn levels_and_files_that_are_left_out() {
    let one = || [target("one", vec![overridden()], true)];
    let hushed: fn(&Rule) -> Option<Level> =
        |rule| if rule.code == "shadowed-definition" { Some(Level::Hint) } else { Some(rule.level) };
    let found = settled(&one(), &How { level: hushed, ..How::default() });
    assert_eq!(only(&found, "shadowed-definition").level, Level::Hint);
    let off: fn(&Rule) -> Option<Level> =
        |rule| if rule.code == "shadowed-definition" { None } else { Some(rule.level) };
    assert!(
        settled(&one(), &How { level: off, ..How::default() })
            .iter()
            .all(|finding| finding.code != "shadowed-definition")
    );
    let found = settled(&one(), &How { excluded: "a.nix", ..How::default() });
    assert!(found.iter().all(|finding| finding.site.at.file != "a.nix"), "{found:?}");
    assert!(!found.is_empty(), "what stands in other files is still found");
}

/// Where Nix's own list of winners is another one, the cascade is wrong, and so would be what is found in it.
#[test]
fn what_nix_sees_otherwise_is_not_claimed() {
    let own: BTreeSet<String> = ["a.nix", "b.nix"].map(str::to_owned).into();
    let found = |agrees| {
        let mut subject = overridden();
        std::sync::Arc::make_mut(&mut subject.cascade).agrees = Some(agrees);
        let subjects = [subject];
        let found = check("one", &Facts::new(&subjects, &own, None, &|_| None), RULES, true);
        found.drafts.len()
    };
    assert!(found(true) > 0);
    assert_eq!(found(false), 0);
}
