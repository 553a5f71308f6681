//! All rules over 10,000 definitions of 2,500 options in 100 files.

use std::collections::BTreeSet;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use mkwhy_model::{
    Cascade, Condition, Definition, FinalValue, Knowledge, OptionPath, Outcome, Position, Priority, Value, Written,
};
use mkwhy_rules::{Facts, RULES, Settlement, Subject, check, settle};

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn definition(option: usize, number: usize) -> Definition {
    let file = format!("modules/m{}.nix", (option * 7 + number * 13) % 100);
    let (outcome, priority) = match (option + number) % 4 {
        0 => (Outcome::Wins, Priority::FORCE),
        1 => (Outcome::Shadowed { by: vec![0] }, Priority::PLAIN),
        2 => (Outcome::Shadowed { by: vec![0] }, Priority::DEFAULT),
        _ => (Outcome::Inactive { condition: 0 }, Priority::PLAIN),
    };
    let value = match option % 3 {
        0 => Value::List { items: (0..20).map(|n| Value::Int { value: n + number as i64 }).collect(), more: 0 },
        1 => Value::Int { value: number as i64 % 2 },
        _ => Value::String { value: format!("a value of some length {}", number % 2) },
    };
    Definition {
        at: Position { file: file.clone(), line: Some((option % 500) as u32 + 1), column: Some(3) },
        module: file,
        outcome,
        priority: Some(priority),
        order: None,
        conditions: vec![Condition { text: Some("cfg.enable".into()), holds: Some(number % 4 != 3) }],
        value: Some(value),
        source: None,
        imports: vec!["flake.nix".into()],
        parents: Vec::new(),
        via: None,
        declared_default: false,
        elements: None,
        certain: true,
        written: Written::Unread,
    }
}

fn subject(option: usize) -> Subject {
    let mut definitions: Vec<Definition> = (0..4).map(|number| definition(option, number)).collect();
    definitions.sort_by_key(|definition| !definition.outcome.takes_part());
    Subject::new(Cascade {
        path: OptionPath::from_names(["services".to_owned(), format!("s{}", option / 10), format!("o{}", option % 10)]),
        target: "host".into(),
        known: Knowledge::Evaluated,
        option_type: None,
        value: FinalValue::Unknown,
        before_apply: None,
        contradiction: false,
        declaration: None,
        declared: true,
        definitions,
        agrees: None,
        notes: Vec::new(),
    })
}

fn rules(criterion: &mut Criterion) {
    let subjects: Vec<Subject> = (0..2500).map(subject).collect();
    let own: BTreeSet<String> = (0..100).map(|n| format!("modules/m{n}.nix")).collect();
    criterion.bench_function("all rules over 10,000 definitions", |bencher| {
        bencher.iter(|| {
            let facts = Facts::new(&subjects, &own, None, &|_| None);
            let found = check("host", &facts, RULES, true);
            let how = Settlement {
                level: &|rule| Some(rule.level),
                excluded: &|_| false,
                allows: &[],
                rules: RULES,
                all_targets: true,
            };
            let settled = settle(&[found], &how);
            assert!(settled.findings.len() > 1000, "the rules find something");
            black_box(settled)
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = rules
}
criterion_main!(benches);
