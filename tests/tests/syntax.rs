//! The answer from syntax against the evaluated one, over `fixtures/kernelcore`: what the text states is so. Of every
//! option and every setting of all three hosts; what it leaves undecided is no statement.

#![expect(clippy::print_stdout, reason = "the counts are what one looks at when it fails")]

use std::collections::{BTreeMap, BTreeSet};

use mkwhy::{Answer, Cascade, Definition, Found, Knowledge, OptionPath, Outcome, Reading, Survey, Target};
use mkwhy_tests::sets::kernelcore_flake;
use mkwhy_tests::{block_on, nixes, open, repository};
use serde::Deserialize;

/// So many paths are asked for in one run of Nix; its command line is limited.
const MOST_PATHS: usize = 800;

const HOSTS: [&str; 3] = ["kernelcore", "forge", "contradiction"];

#[derive(Debug, Default)]
struct Counts {
    options: usize,
    stated: usize,
    undecided: usize,
    priorities: usize,
    missing: usize,
    wrong: Vec<String>,
}

#[test]
fn what_the_text_states_is_so() {
    let folder = kernelcore_flake();
    let workspace = open(folder.path(), &nixes()[1]);
    let reading = workspace.read();
    let mut wrong = Vec::new();
    for host in HOSTS {
        let evaluated = block_on(async {
            let target = workspace.target(Some(host)).await.expect("the host");
            let survey = Survey { every_option: true, only_places: true, ..Survey::default() };
            let mut answers = workspace.survey(&target, survey).await.expect("it evaluates");
            for paths in written(&reading, &target).chunks(MOST_PATHS) {
                answers.extend_from_slice(workspace.places(&target, paths).await.expect("it evaluates").answers());
            }
            answers
        });
        let target = workspace.target_by_text(Some(host)).expect("the host");
        let counts = compared(&reading, &target, &evaluated);
        println!(
            "{host}: {} options, {} outcomes stated, {} undecided, {} priorities, {} definitions not shown, {} wrong",
            counts.options,
            counts.stated,
            counts.undecided,
            counts.priorities,
            counts.missing,
            counts.wrong.len()
        );
        wrong.extend(counts.wrong.into_iter().map(|what| format!("{host}: {what}")));
    }
    assert!(wrong.is_empty(), "{} statements are not so:\n{}", wrong.len(), wrong.join("\n"));
}

/// All paths that the text of the modules defines, of whatever length.
fn written(reading: &Reading, target: &Target) -> Vec<OptionPath> {
    let files = reading.index().files();
    let paths = files.iter().flat_map(|file| reading.definitions_in(target, &file.path)).map(|(path, _)| path);
    paths.filter(|path| !path.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn compared(reading: &Reading, target: &Target, evaluated: &[Answer]) -> Counts {
    let mut counts = Counts::default();
    let cascades: BTreeMap<&OptionPath, &Cascade> = evaluated
        .iter()
        .filter_map(|answer| match &answer.found {
            Found::Cascade { cascade } => Some((&cascade.path, &**cascade)),
            _ => None,
        })
        .collect();
    for (path, evaluated) in cascades {
        let answer = reading.why(target, path, None);
        assert_eq!(answer.known, Knowledge::Syntax { because: None });
        let Found::Cascade { cascade: read } = answer.found else { continue };
        counts.options += 1;
        let known: Vec<&Definition> = evaluated.definitions.iter().filter(in_the_tree).collect();
        let outside = evaluated.definitions.iter().any(|one| !in_the_tree(&one) && one.outcome.takes_part());
        for definition in read.definitions.iter().filter(in_the_tree) {
            let there = known.iter().find(|known| known.at == definition.at);
            statement(path, definition, there.copied(), outside, &mut counts);
        }
        let shown = |known: &&&Definition| {
            read.definitions.iter().any(|read| read.at.file == known.at.file && read.at.line == known.at.line)
        };
        counts.missing += known.iter().filter(|known| !shown(known)).count();
    }
    counts
}

/// NixOS' own modules are not in the folder; the `default` of an option is compared as a definition of its own.
fn in_the_tree(definition: &&Definition) -> bool {
    !definition.at.file.starts_with('/') && !definition.declared_default && definition.at.line.is_some()
}

/// `outside`: whether a definition of NixOS' own takes part, with which one in the tree is merged that is alone in it.
fn statement(path: &OptionPath, read: &Definition, known: Option<&Definition>, outside: bool, counts: &mut Counts) {
    let decided = read.outcome != Outcome::Undecided;
    if !decided {
        counts.undecided += 1;
    }
    let Some(known) = known else {
        // Under a condition that is open there may be nothing: `optionalAttrs`, or a larger definition that is off.
        let open = read.conditions.iter().any(|condition| condition.holds.is_none());
        if read.certain && !open {
            counts.wrong.push(format!("{path} at {}: {}, and evaluation has none", read.at, read.outcome.word()));
        }
        return;
    };
    if decided {
        counts.stated += 1;
        let alone = outside && read.outcome == Outcome::Wins && known.outcome == Outcome::Merged;
        let same = read.outcome.word() == known.outcome.word() || alone;
        if !same {
            let (said, is) = (read.outcome.word(), known.outcome.word());
            counts.wrong.push(format!("{path} at {}: the text says {said}, evaluation {is}", read.at));
        }
    }
    if let (Some(said), Some(is)) = (read.priority, known.priority) {
        counts.priorities += 1;
        if said != is {
            counts.wrong.push(format!("{path} at {}: the text says priority {}, evaluation {}", read.at, said.0, is.0));
        }
    }
}

#[derive(Deserialize)]
struct Case {
    option: Vec<ExpectedOption>,
}

#[derive(Deserialize)]
struct ExpectedOption {
    path: OptionPath,
    #[serde(default)]
    definition: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    file: String,
    line: Option<u32>,
    outcome: String,
    priority: Option<i64>,
}

/// Of the hand-written cases, of every form of definition: no statement about one is otherwise than it is.
#[test]
fn what_the_text_states_of_the_cases() {
    let folder = repository().join("fixtures/cases");
    let only = std::env::var("CASE").ok();
    let mut cases: Vec<_> =
        std::fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("an entry").path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    let (mut wrong, mut stated, mut of) = (Vec::new(), 0, 0);
    for case in cases.iter().filter(|case| only.as_ref().is_none_or(|only| case.ends_with(only))) {
        let text = std::fs::read_to_string(case.join("expected.toml")).expect("expected.toml");
        let expected: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
        let workspace = open(case, &nixes()[0]);
        let (reading, target) = (workspace.read(), workspace.target_by_text(None).expect("a target"));
        for option in expected.option {
            let Found::Cascade { cascade } = reading.why(&target, &option.path, None).found else { continue };
            for read in cascade.definitions.iter().filter(|read| !read.declared_default) {
                of += 1;
                let there: Vec<&Expected> = option
                    .definition
                    .iter()
                    .filter(|one| one.file == read.at.file && (one.line.is_none() || one.line == read.at.line))
                    .collect();
                let what =
                    format!("{}: {} at {}", case.file_name().expect("a name").to_string_lossy(), option.path, read.at);
                let open = read.conditions.iter().any(|condition| condition.holds.is_none());
                if there.is_empty() && read.certain && !open {
                    wrong.push(format!("{what}: {}, and there is none", read.outcome.word()));
                    continue;
                }
                if read.outcome != Outcome::Undecided {
                    stated += 1;
                    if !there.iter().any(|one| one.outcome == read.outcome.word()) {
                        let is: Vec<&str> = there.iter().map(|one| one.outcome.as_str()).collect();
                        wrong.push(format!("{what}: the text says {}, and it is {is:?}", read.outcome.word()));
                    }
                }
                if let Some(priority) = read.priority.filter(|_| read.certain)
                    && there.iter().all(|one| one.priority.is_some_and(|is| is != priority.0))
                    && !there.is_empty()
                {
                    wrong.push(format!(
                        "{what}: the text says priority {}, and it is {:?}",
                        priority.0, there[0].priority
                    ));
                }
            }
        }
    }
    println!("{of} definitions, {stated} outcomes stated, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} statements are not so:\n{}", wrong.len(), wrong.join("\n"));
    assert!(only.is_some() || stated > 100, "{stated} statements");
}
