//! What the rules find, one line each, for looking at every one of them, and how many of them are false.
//!
//! - `findings FOLDER` looks at a folder;
//! - `findings` looks at the sets of `MKWHY_REAL`, whose modules are taken for the person's own, and at the tests and
//!   examples that they have, each of which is taken for the person's own configuration.
//!
//! Without a folder every finding is held against `tests/real/verdicts.tsv`, in which each kind that was ever found is
//! recorded as true or false, with the number that was looked at; what is not in it, and what goes beyond the number, is
//! listed as not looked at. It ends with a failure where something is false or was not looked at, and where there is no
//! set. `KIND=hint` and the like list all findings of a level or rule, `KIND=all` every one. `ONLY=modules` or
//! `ONLY=examples` does one half, `EVERY=n` takes every n-th example; the numbers are for all of what is looked at by
//! default.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use mkwhy::{Check, Finding, Findings, Knowledge};
use mkwhy_tests::sets::{beside_the_repository, examples};
use mkwhy_tests::told::told;
use mkwhy_tests::{TestNix, block_on, nixes, open, repository};

/// In the place of a rule: that a configuration does not evaluate, and so nothing can be found in it.
const FAILS: &str = "does-not-evaluate";

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
            verdicts.judge(set.name, "modules", &own, "modules", &found);
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
            verdicts.judge(example.set, "tests and examples", root, &example.file, &found);
        }
    }
    verdicts.share()
}

/// What is found in a configuration, or why it does not evaluate.
fn in_expression(expression: &str, own: &str, name: &str, nix: &TestNix) -> Result<Vec<Finding>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!(
        "own = [{own:?}]\n[nix]\ntimeout = 3000\n[[target]]\nname = {name:?}\nexpression = '''{expression}'''\n"
    );
    std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
    let findings = check(name, folder.path(), nix);
    let failed = findings.targets.iter().find_map(|target| match &target.known {
        Knowledge::Evaluated => None,
        Knowledge::Syntax { because: Some(why) } => Some(why.to_string()),
        other => Some(format!("{other:?}")),
    });
    failed.map_or(Ok(findings.findings), |why| Err(why.lines().next().unwrap_or_default().to_owned()))
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
    known: Vec<Verdict>,
    counts: BTreeMap<(String, &'static str), Count>,
    listed: Option<String>,
}

/// One line of the record.
struct Verdict {
    /// Set, rule, file (`*` for all of the set), option (`*` for all in the file).
    of: [String; 4],
    wrong: bool,
    /// How many were looked at.
    most: usize,
    met: usize,
}

#[derive(Default)]
struct Count {
    configurations: usize,
    failed: usize,
    found: usize,
    right: usize,
    wrong: usize,
    new: usize,
}

impl Verdicts {
    fn read() -> Self {
        let file = repository().join("tests/real/verdicts.tsv");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let line = |line: &str| {
            let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [set, rule, file, option, verdict, _, most] = fields.as_slice() else {
                panic!("not understood: {line}")
            };
            assert!(verdict == "true" || verdict == "false", "neither true nor false: {line}");
            Verdict {
                of: [set.clone(), rule.clone(), file.clone(), option.clone()],
                wrong: verdict == "false",
                most: most.parse().unwrap_or_else(|_| panic!("no number: {line}")),
                met: 0,
            }
        };
        let known = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(line).collect();
        Self { known, counts: BTreeMap::new(), listed: std::env::var("KIND").ok() }
    }

    /// The first line that fits decides: whether it is false. `None` for what was not looked at.
    fn of(&mut self, set: &str, rule: &str, file: &str, option: &str) -> Option<bool> {
        let fits = |pattern: &str, text: &str| match pattern.split_once('*') {
            Some((start, end)) => {
                text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
            }
            None => pattern == text,
        };
        let verdict = self.known.iter_mut().find(|verdict| {
            let [in_set, of_rule, in_file, of_option] = &verdict.of;
            in_set == set && of_rule == rule && fits(in_file, file) && fits(of_option, option)
        })?;
        verdict.met += 1;
        (verdict.met <= verdict.most).then_some(verdict.wrong)
    }

    #[expect(clippy::print_stdout, reason = "it is a program for people")]
    fn judge(&mut self, set: &str, half: &'static str, root: &str, name: &str, found: &Result<Vec<Finding>, String>) {
        let mut counted = Count { configurations: 1, failed: usize::from(found.is_err()), ..Count::default() };
        let is_listed = |kind: &str, words: &[&str]| kind == "all" || words.contains(&kind);
        if let Err(why) = found {
            let verdict = self.of(set, FAILS, name, "");
            counted.new += usize::from(verdict.is_none());
            if verdict.is_none() || self.listed.as_deref().is_some_and(|kind| is_listed(kind, &[FAILS])) {
                println!("{set}\t{}\t{FAILS} {name}: {why}", if verdict.is_none() { "new" } else { "" });
            }
        }
        for finding in found.iter().flatten() {
            let file = finding.site.at.file.strip_prefix(root).unwrap_or(&finding.site.at.file);
            let option = finding.option.as_ref().map(ToString::to_string).unwrap_or_default();
            let verdict = self.of(set, &finding.code, file.trim_start_matches('/'), &option);
            counted.found += 1;
            counted.right += usize::from(verdict == Some(false));
            counted.wrong += usize::from(verdict == Some(true));
            counted.new += usize::from(verdict.is_none());
            let words = [finding.level.word(), finding.code.as_str()];
            if verdict.is_none() || self.listed.as_deref().is_some_and(|kind| is_listed(kind, &words)) {
                println!("{set}\t{}\t{}", if verdict.is_none() { "new" } else { "" }, told(finding).replace(root, ""));
            }
        }
        let count = self.counts.entry((set.to_owned(), half)).or_default();
        count.configurations += counted.configurations;
        count.failed += counted.failed;
        count.found += counted.found;
        count.right += counted.right;
        count.wrong += counted.wrong;
        count.new += counted.new;
    }

    #[expect(clippy::print_stdout, reason = "it is a program for people")]
    fn share(&self) -> ExitCode {
        let share = |wrong: usize, found: usize| if found == 0 { 0.0 } else { 100.0 * wrong as f64 / found as f64 };
        let (mut found, mut wrong, mut new) = (0, 0, 0);
        for ((set, half), count) in &self.counts {
            println!(
                "{set}, {half}: {} configurations ({} do not evaluate), {} findings, {} true, {} false ({:.2} %), {} not looked at",
                count.configurations,
                count.failed,
                count.found,
                count.right,
                count.wrong,
                share(count.wrong, count.found),
                count.new
            );
            found += count.found;
            wrong += count.wrong;
            new += count.new;
        }
        println!("{found} findings: {wrong} false ({:.2} %), {new} not looked at", share(wrong, found));
        if found == 0 {
            println!("no set was looked at: MKWHY_REAL is a folder with checkouts, MKWHY_NIXPKGS the newest lib");
        }
        if found > 0 && wrong + new == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
