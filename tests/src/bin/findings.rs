//! What the rules find, one line each, for looking at every one of them, and how many of them are false.
//!
//! - `findings FOLDER` looks at a folder;
//! - `findings` looks at the sets of `MKWHY_REAL`, whose modules are taken for the person's own, and at the tests and
//!   examples that they have, each of which is taken for the person's own configuration.
//!
//! Without a folder every finding is held against `tests/real/verdicts.tsv`, in which each kind that was ever found is
//! recorded as true or false; what is not in it is listed as not looked at, and the share of false ones is printed.
//! `KIND=hint` and the like list all findings of a level or rule. `ONLY=modules` or `ONLY=examples` does one half.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use mkwhy::{Check, Finding, Findings, Knowledge};
use mkwhy_tests::sets::{beside_the_repository, examples};
use mkwhy_tests::told::told;
use mkwhy_tests::{TestNix, block_on, nixes, open, repository};

fn main() -> ExitCode {
    if let Some(folder) = std::env::args().nth(1) {
        let nix = if std::env::var_os("NEWER").is_some() { nixes()[1].clone() } else { nixes()[0].clone() };
        report(&folder, Path::new(&folder), &nix);
        return ExitCode::SUCCESS;
    }
    let mut verdicts = Verdicts::read();
    let only = std::env::var("ONLY").unwrap_or_default();
    if only != "examples" {
        for set in beside_the_repository() {
            let own = set.modules.display().to_string();
            let found = in_expression(&set.expression, &own, set.name, &set.nix);
            verdicts.judge(set.name, "modules", &own, found.as_ref());
        }
    }
    if only != "modules" {
        let roots: BTreeMap<&str, String> =
            beside_the_repository().into_iter().map(|set| (set.name, set.modules.display().to_string())).collect();
        for example in examples() {
            let root = &roots[example.set];
            // What stands beside a test in its folder belongs to it.
            let folder = Path::new(&example.file).parent().expect("a folder").display().to_string();
            let found = in_expression(&example.expression, &format!("{root}/{folder}"), &example.file, &nixes()[1]);
            verdicts.judge(example.set, "tests and examples", root, found.as_ref());
        }
    }
    verdicts.share()
}

/// What is found in a configuration; `None` where it does not evaluate.
fn in_expression(expression: &str, own: &str, name: &str, nix: &TestNix) -> Option<Vec<Finding>> {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!(
        "own = [{own:?}]\n[nix]\ntimeout = 3000\n[[target]]\nname = {name:?}\nexpression = '''{expression}'''\n"
    );
    std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
    let findings = check(name, folder.path(), nix);
    findings.targets.iter().all(|target| target.known == Knowledge::Evaluated).then_some(findings.findings)
}

fn check(name: &str, folder: &Path, nix: &TestNix) -> Findings {
    let workspace = open(folder, nix);
    let syntax = std::env::var_os("SYNTAX").is_some();
    let targets = block_on(workspace.targets()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let check = Check { all_targets: true, syntax, ..Check::default() };
    block_on(workspace.check(&targets, &check)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[expect(clippy::print_stdout, reason = "it is a program for people")]
fn report(name: &str, folder: &Path, nix: &TestNix) {
    let began = std::time::Instant::now();
    let Findings { findings, targets, allowed, notes, .. } = check(name, folder, nix);
    for finding in &findings {
        println!("{}", told(finding));
        if std::env::var_os("RELATED").is_some() {
            for related in &finding.related {
                println!("      {}: {}", related.site.at, related.message);
            }
        }
    }
    for note in &notes {
        println!("note: {note}");
    }
    for target in &targets {
        println!("target {}: {:?}", target.target, target.known);
    }
    println!("{name}: {} findings, {allowed} allowed, {:.1} s", findings.len(), began.elapsed().as_secs_f64());
}

/// What was said of the findings, and how often each was met.
struct Verdicts {
    /// Set, rule, file (`*` for all of the set), option (`*` for all in the file): whether it is false.
    known: Vec<([String; 4], bool)>,
    counts: BTreeMap<(String, &'static str), Count>,
    listed: Option<String>,
}

#[derive(Default)]
struct Count {
    configurations: usize,
    failed: usize,
    found: usize,
    wrong: usize,
    new: usize,
}

impl Verdicts {
    fn read() -> Self {
        let file = repository().join("tests/real/verdicts.tsv");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let line = |line: &str| {
            let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [set, rule, file, option, verdict, ..] = fields.as_slice() else { panic!("not understood: {line}") };
            assert!(verdict == "true" || verdict == "false", "neither true nor false: {line}");
            ([set.clone(), rule.clone(), file.clone(), option.clone()], verdict == "false")
        };
        let known = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(line).collect();
        Self { known, counts: BTreeMap::new(), listed: std::env::var("KIND").ok() }
    }

    /// The first line that fits decides.
    fn of(&self, set: &str, file: &str, finding: &Finding) -> Option<bool> {
        let option = finding.option.as_ref().map(ToString::to_string).unwrap_or_default();
        let fits = |pattern: &str, text: &str| match pattern.split_once('*') {
            Some((start, end)) => {
                text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
            }
            None => pattern == text,
        };
        self.known
            .iter()
            .find(|([in_set, rule, in_file, of_option], _)| {
                in_set == set && *rule == finding.code && fits(in_file, file) && fits(of_option, &option)
            })
            .map(|(_, wrong)| *wrong)
    }

    #[expect(clippy::print_stdout, reason = "it is a program for people")]
    fn judge(&mut self, set: &str, half: &'static str, root: &str, found: Option<&Vec<Finding>>) {
        let mut counted = Count { configurations: 1, failed: usize::from(found.is_none()), ..Count::default() };
        for finding in found.into_iter().flatten() {
            let file = finding.site.at.file.strip_prefix(root).unwrap_or(&finding.site.at.file);
            let verdict = self.of(set, file.trim_start_matches('/'), finding);
            counted.found += 1;
            counted.wrong += usize::from(verdict == Some(true));
            counted.new += usize::from(verdict.is_none());
            let listed =
                self.listed.as_deref().is_some_and(|kind| kind == finding.level.word() || kind == finding.code);
            if verdict.is_none() || listed {
                println!("{set}\t{}\t{}", if verdict.is_none() { "new" } else { "" }, told(finding).replace(root, ""));
            }
        }
        let count = self.counts.entry((set.to_owned(), half)).or_default();
        count.configurations += counted.configurations;
        count.failed += counted.failed;
        count.found += counted.found;
        count.wrong += counted.wrong;
        count.new += counted.new;
    }

    #[expect(clippy::print_stdout, reason = "it is a program for people")]
    fn share(&self) -> ExitCode {
        let (mut found, mut wrong, mut new) = (0, 0, 0);
        for ((set, half), count) in &self.counts {
            println!(
                "{set}, {half}: {} configurations ({} do not evaluate), {} findings, {} false, {} not looked at",
                count.configurations, count.failed, count.found, count.wrong, count.new
            );
            found += count.found;
            wrong += count.wrong;
            new += count.new;
        }
        let share = if found == 0 { 0.0 } else { 100.0 * wrong as f64 / found as f64 };
        println!("{found} findings: {wrong} false ({share:.2} %), {new} not looked at");
        if wrong + new == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
