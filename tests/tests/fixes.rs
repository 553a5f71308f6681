//! Every fix that is offered does exactly what its proof says: on configurations made at random, tried with real Nix in
//! another way than the proof does.
//!
//! `MKWHY_FIXES=20000 MKWHY_SEED=7 cargo test --release -p mkwhy-tests --test fixes -- --nocapture` runs longer;
//! `MKWHY_CONFIGURATIONS=2000013,4000075` tries again what was found.

#![expect(clippy::print_stdout, reason = "figures for whoever asks for them")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use mkwhy::{
    Check, FinalValue, Fix, Inspection, MoveRequest, OptionPath, Proof, Proofs, Segment, Target, ValueChange, Workspace,
};
use mkwhy_syntax::Source;
use mkwhy_tests::generated::{Dice, Generated, OPTIONS};
use mkwhy_tests::{TestNix, block_on, copy_folder, nixes, open, part};
use serde_json::Value;

/// So many fixes are tried in the required suite; `MKWHY_FIXES` says another number.
const FIXES: usize = 1000;

/// So many of one configuration at the most: different configurations say more than all that can be done to one.
const MOST_OF_ONE: usize = 20;

/// The attribute that stands for a value that throws.
const THROWS: &str = "throws";

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// The values of the hosts of one folder.
type Values = BTreeMap<String, Value>;

/// The whole configurations of the hosts of several folders, in one run of Nix that knows nothing of mkwhy.
fn values(nix: &TestNix, nixpkgs: &Path, hosts: &[String], folders: &[&Path]) -> Result<Vec<Values>, String> {
    let hosts: String = hosts.iter().map(|host| format!("{host} = show (shown.{host}.config); ")).collect();
    let folders_of: String = folders.iter().map(|folder| format!("{} ", folder.display())).collect();
    let expression = format!(
        "let
          show = v: let t = builtins.tryEval v; whole = builtins.tryEval (builtins.deepSeq t.value t.value); in
            if !t.success then {{ {THROWS} = true; }}
            else if builtins.isAttrs t.value then builtins.mapAttrs (_: show) (removeAttrs t.value [ \"_module\" ])
            else if whole.success then whole.value else {{ {THROWS} = true; }};
          folder = f: let shown = import f {{ nixpkgs = {}; }}; in {{ {hosts} }};
        in map folder [ {folders_of} ]",
        nixpkgs.display()
    );
    let program = nix.program.clone().unwrap_or_else(|| "nix".into());
    let output = Command::new(program)
        .args(["--extra-experimental-features", "nix-command", "eval", "--json", "--impure", "--expr", &expression])
        .output()
        .expect("Nix runs");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    // Warnings name files.
    let mut text = String::from_utf8(output.stdout).expect("UTF-8");
    for folder in folders {
        text = text.replace(&format!("{}/", folder.display()), "");
    }
    Ok(serde_json::from_str(&text).expect("JSON"))
}

struct Tried {
    fix: Fix,
    proof: Proof,
    folder: tempfile::TempDir,
}

/// The fixes of a configuration: those of findings, other priorities, moves.
fn fixes_of(workspace: &Workspace, inspections: &[Inspection], dice: &mut Dice) -> Vec<Fix> {
    let check = Check { all_targets: true, ..Check::default() };
    let found = workspace.findings(inspections, &check).expect("findings");
    let mut fixes: Vec<Fix> = found.findings.iter().flat_map(|finding| workspace.fixes(inspections, finding)).collect();
    let mut options: Vec<_> = inspections.iter().flat_map(Inspection::cascades).collect();
    options.sort_by(|a, b| a.path.cmp(&b.path));
    options.dedup_by(|a, b| a.path == b.path);
    for cascade in &options {
        for definition in &cascade.definitions {
            if dice.in_hundred(15) {
                let all = workspace.refactorings(inspections, &cascade.path, &definition.at);
                fixes.extend(all.into_iter().filter(|_| dice.in_hundred(50)));
            }
        }
        if dice.in_hundred(30) {
            let request = MoveRequest {
                option: cascade.path.clone(),
                keep_inactive: dice.in_hundred(30),
                ..MoveRequest::default()
            };
            fixes.extend(workspace.plan_move(inspections, &request).ok().map(|plan| plan.fix));
        }
    }
    let request = MoveRequest { option: "svc".parse().expect("a path"), all: true, ..MoveRequest::default() };
    fixes.extend(workspace.plan_move(inspections, &request).ok().map(|plan| plan.fix));
    fixes.retain(|fix| !fix.change.is_empty());
    let mut seen: Vec<mkwhy::Change> = Vec::new();
    fixes.retain(|fix| {
        let new = !seen.contains(&fix.change);
        seen.push(fix.change.clone());
        new
    });
    // Any of them, not the first ones.
    while fixes.len() > MOST_OF_ONE {
        fixes.remove(dice.roll(fixes.len()));
    }
    fixes
}

/// The files of a folder with a fix, which must be Nix if they were before.
fn applied(scratch: &Path, folder: &Path, fix: &Fix) -> tempfile::TempDir {
    let copy = tempfile::tempdir_in(scratch).expect("a folder");
    copy_folder(folder, copy.path());
    for (name, file) in fix.change.files() {
        let after = file.after();
        let errors = Source::parse(after.as_str()).errors().to_vec();
        assert!(errors.is_empty(), "{}: {errors:?}\n{after}", fix.title);
        let before = file.before.as_deref().unwrap_or_default();
        // What stands inside a string is carried as it is, to the byte.
        if before.contains("\r\n") && !after.contains("''") {
            assert_eq!(
                after.matches('\n').count() - after.matches("\r\n").count(),
                before.matches('\n').count() - before.matches("\r\n").count(),
                "{}: ends of lines in {name}\n{after:?}",
                fix.title
            );
        }
        std::fs::write(copy.path().join(name), after).expect("written");
    }
    copy
}

/// The value at a path of a configuration; what throws is found at every path inside it as well.
fn at<'v>(values: &'v Values, host: &str, path: &OptionPath) -> Option<&'v Value> {
    let mut value = values.get(host)?;
    for segment in path.segments() {
        if is_throwing(value) {
            return Some(value);
        }
        value = match segment {
            Segment::Name(name) => value.get(name)?,
            Segment::Index(index) => value.get(*index)?,
        };
    }
    Some(value)
}

fn is_throwing(value: &Value) -> bool {
    value.as_object().is_some_and(|set| set.len() == 1 && set.contains_key(THROWS))
}

fn throws_somewhere(value: &Value) -> bool {
    is_throwing(value) || value.as_object().is_some_and(|set| set.values().any(throws_somewhere))
}

/// Whether a proof shows a value as it is.
fn is_shown(shown: &FinalValue, value: Option<&Value>, folder: &Path) -> bool {
    match shown {
        FinalValue::Known { json: Some(json), .. } => {
            // Warnings name files.
            value.is_some_and(|value| *value == without(json, folder))
        }
        FinalValue::Known { json: None, .. } => value.is_some_and(|value| !is_throwing(value)),
        FinalValue::Failed { .. } => value.is_some_and(throws_somewhere),
        FinalValue::Undefined => value.is_none_or(is_throwing),
        FinalValue::Merged { .. } | FinalValue::Unknown => false,
    }
}

/// A value in which the files of a folder are named from there.
fn without(value: &Value, folder: &Path) -> Value {
    let text = value.to_string().replace(&format!("{}/", folder.display()), "");
    serde_json::from_str(&text).expect("JSON")
}

/// Holds a proof against what Nix says by itself: an option is told of where, and only where, its value changes, with the
/// values that it has.
fn verify(folder: &Path, before: &Values, after: &Values, tried: &Tried) -> Result<(), String> {
    let changes: Vec<(&str, &ValueChange)> = tried
        .proof
        .targets
        .iter()
        .flat_map(|target| target.changed.iter().map(|change| (target.target.as_str(), change)))
        .collect();
    for (host, change) in &changes {
        let (was, is) = (at(before, host, &change.option), at(after, host, &change.option));
        let path = &change.option;
        if was == is {
            return Err(format!("{host}: {path} does not change: it is {was:?}; the proof says {change:?}"));
        }
        if !is_shown(&change.before, was, folder) || !is_shown(&change.after, is, folder) {
            return Err(format!("{host}: {path} is {was:?} and then {is:?}; the proof says {change:?}"));
        }
    }
    for host in tried.proof.targets.iter().map(|target| target.target.as_str()) {
        for option in OPTIONS {
            let path: OptionPath = option.parse().expect("a path");
            let (was, is) = (at(before, host, &path), at(after, host, &path));
            assert!(was.is_some() && is.is_some(), "there is a {option}");
            let told = changes.iter().any(|(of, change)| *of == host && change.option.starts_with(&path));
            let open =
                tried.proof.targets.iter().any(|target| {
                    target.target == host && target.uncompared.iter().any(|other| other.starts_with(&path))
                });
            if was != is && !told && !open {
                return Err(format!("{host}: {option} is {was:?} and then {is:?}; the proof tells of {changes:?}"));
            }
        }
    }
    Ok(())
}

/// What a failure of the test shows of a fix.
fn shown(fix: &Fix) -> String {
    let file = |(name, file): (&str, &mkwhy::FileChange)| {
        format!("--- {name}\n{}\n+++\n{}\n", file.before.as_deref().unwrap_or_default(), file.after())
    };
    let files: String = fix.change.files().map(file).collect();
    format!("{} ({:?} of {:?})\n{files}", fix.title, fix.code, fix.option)
}

#[test]
fn every_offered_fix_does_what_its_proof_says() {
    let [older, _] = nixes();
    try_fixes(&older, &part("nixpkgs-22.11"), 0);
}

/// The other half, with another Nix and another `lib`.
#[test]
fn every_offered_fix_does_what_its_proof_says_of_newer_parts() {
    let [_, newer] = nixes();
    try_fixes(&newer, &part("nixpkgs-23.11"), 500_000);
}

/// What was tried.
#[derive(Default)]
struct Figures {
    fixes: usize,
    changing: usize,
    refused: usize,
    open: usize,
    kinds: BTreeMap<String, usize>,
}

/// Half of the fixes.
fn try_fixes(nix: &TestNix, nixpkgs: &Path, from: u64) {
    let wanted = usize::try_from(number_from("MKWHY_FIXES", FIXES as u64)).expect("a number") / 2;
    let mut number = number_from("MKWHY_SEED", 1) * 1_000_000 + from;
    // With little beside it: what lies there is shown in every private copy.
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut figures = Figures::default();
    let mut wrong = Vec::new();
    let mut attempt = |number, figures: &mut Figures| {
        for error in try_configuration(nix, nixpkgs, scratch.path(), number, figures) {
            println!("seed {number}: {error}\n");
            wrong.push(number);
        }
    };
    if let Ok(numbers) = std::env::var("MKWHY_CONFIGURATIONS") {
        for number in numbers.split(',').map(|number| number.parse().expect("a number")) {
            attempt(number, &mut figures);
        }
    } else {
        while figures.fixes < wanted {
            number += 1;
            attempt(number, &mut figures);
        }
    }
    let Figures { fixes, changing, refused, open, kinds } = figures;
    println!(
        "{fixes} fixes, {changing} of which change values; {refused} more are refused; {open} have what cannot be compared: {kinds:?}"
    );
    assert!(wrong.is_empty(), "{} proofs that say something else than is so: {wrong:?}", wrong.len());
}

/// Everything about one configuration: what was wrong.
fn try_configuration(nix: &TestNix, nixpkgs: &Path, scratch: &Path, number: u64, figures: &mut Figures) -> Vec<String> {
    let folder = tempfile::tempdir_in(scratch).expect("a folder");
    Generated::new(number).write(folder.path(), nixpkgs);
    let workspace = open(folder.path(), nix);
    let targets = block_on(workspace.targets()).expect("targets");
    let hosts: Vec<String> = targets.iter().map(|target| target.name.clone()).collect();
    let inspected: Result<Vec<Inspection>, mkwhy::Error> =
        targets.iter().map(|target| block_on(workspace.inspect(target))).collect();
    let inspections = match inspected {
        Ok(inspections) => inspections,
        // A condition of everything may look at an option that contradicts itself.
        Err(error) => {
            let values = values(nix, nixpkgs, &hosts, &[folder.path()]);
            let refused = values.as_ref().map_or(true, |all| all[0].values().any(is_throwing));
            return if refused { Vec::new() } else { vec![format!("{error} {:?} {values:?}", error.trace())] };
        }
    };
    let fixes = fixes_of(&workspace, &inspections, &mut Dice::new(number));
    let tried = prove_all(&workspace, &targets, scratch, folder.path(), fixes);
    let (refused, tried): (Vec<Tried>, Vec<Tried>) =
        tried.into_iter().partition(|one| one.proof.targets.iter().any(|target| target.failure.is_some()));
    let mut wrong = Vec::new();
    // What a proof refuses, Nix must refuse.
    for one in &refused {
        if values(nix, nixpkgs, &hosts, &[one.folder.path()]).is_ok() {
            wrong.push(format!("refused for nothing: {:?} {}", one.proof.targets, shown(&one.fix)));
        }
    }
    figures.refused += refused.len();
    let folders: Vec<&Path> = std::iter::once(folder.path()).chain(tried.iter().map(|one| one.folder.path())).collect();
    let one_by_one = |_| folders.iter().map(|folder| values(nix, nixpkgs, &hosts, &[folder]).ok()?.pop()).collect();
    let all: Vec<Option<Values>> =
        values(nix, nixpkgs, &hosts, &folders).map_or_else(one_by_one, |all| all.into_iter().map(Some).collect());
    let mut all = all.into_iter();
    // Some recurse without an end.
    let Some(Some(before)) = all.next() else { return wrong };
    for (one, after) in tried.iter().zip(all) {
        let told = match &after {
            Some(after) => verify(folder.path(), &before, after, one),
            None if one.proof.targets.iter().any(fails) => Ok(()),
            None => Err("Nix fails, and the proof does not tell".to_owned()),
        };
        wrong.extend(told.err().map(|error| format!("{error}\n{}", shown(&one.fix))));
        figures.fixes += 1;
        figures.changing += usize::from(after.is_none_or(|after| after != before));
        figures.open += usize::from(one.proof.targets.iter().any(|target| !target.uncompared.is_empty()));
        *figures.kinds.entry(one.fix.code.clone().unwrap_or_else(|| format!("{:?}", one.fix.kind))).or_default() += 1;
    }
    wrong
}

/// Whether a proof tells of an option that fails with the change.
fn fails(target: &mkwhy::TargetProof) -> bool {
    target.changed.iter().any(|change| matches!(change.after, FinalValue::Failed { .. }))
}

fn prove_all(workspace: &Workspace, targets: &[Target], scratch: &Path, folder: &Path, fixes: Vec<Fix>) -> Vec<Tried> {
    let mut known = Proofs::default();
    fixes
        .into_iter()
        .map(|fix| {
            let proof = block_on(workspace.prove(&fix.change, targets, &mut known))
                .unwrap_or_else(|error| panic!("{}: {error}", fix.title));
            Tried { folder: applied(scratch, folder, &fix), proof, fix }
        })
        .collect()
}
