//! Every fix that is offered does exactly what its proof says: on configurations made at random, tried with real Nix in
//! another way than the proof does.
//!
//! `MKWHY_FIXES=20000 MKWHY_SEED=7 cargo test --release -p mkwhy-tests --test fixes -- --nocapture` runs longer.

#![expect(clippy::print_stdout, reason = "figures for whoever asks for them")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use mkwhy::{Check, Fix, Inspection, MoveRequest, Proof, Proofs, Target, Workspace};
use mkwhy_syntax::Source;
use mkwhy_tests::generated::{Dice, Generated, OPTIONS};
use mkwhy_tests::{TestNix, block_on, copy_folder, nixes, open, part};

/// So many fixes are tried in the required suite; `MKWHY_FIXES` says another number.
const FIXES: usize = 60;

fn wanted() -> usize {
    std::env::var("MKWHY_FIXES").ok().and_then(|number| number.parse().ok()).unwrap_or(FIXES)
}

fn seed() -> u64 {
    std::env::var("MKWHY_SEED").ok().and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// The values of all options of several folders and of both hosts, in one run of Nix that knows nothing of mkwhy.
fn values(nix: &TestNix, nixpkgs: &Path, folders: &[&Path]) -> Vec<BTreeMap<String, serde_json::Value>> {
    run(nix, nixpkgs, folders).unwrap_or_else(|error| panic!("{error}"))
}

fn run(nix: &TestNix, nixpkgs: &Path, folders: &[&Path]) -> Result<Vec<BTreeMap<String, serde_json::Value>>, String> {
    let options: String = OPTIONS.iter().map(|option| format!("{option:?} ")).collect();
    let folders: String = folders.iter().map(|folder| format!("{} ", folder.display())).collect();
    let expression = format!(
        "let get = config: path: let parts = builtins.filter builtins.isString (builtins.split \"\\\\.\" path);
            v = builtins.foldl' (set: name: set.${{name}}) config parts;
            in show v;
          show = v: let t = builtins.tryEval v; whole = builtins.tryEval (builtins.deepSeq t.value t.value); in
            if !t.success then {{ throws = true; }}
            else if builtins.isAttrs t.value then builtins.mapAttrs (_: show) t.value
            else if whole.success then whole.value else {{ throws = true; }};
          of = host: builtins.listToAttrs (map (name: {{ inherit name; value = get host.config name; }}) [ {options} ]);
          folder = f: let hosts = import f {{ nixpkgs = {}; }}; in {{ one = of hosts.one; two = of hosts.two; }};
        in map folder [ {folders} ]",
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
    let all: Vec<BTreeMap<String, BTreeMap<String, serde_json::Value>>> =
        serde_json::from_slice(&output.stdout).expect("JSON");
    let flat = all
        .into_iter()
        .map(|hosts| {
            hosts
                .into_iter()
                .flat_map(|(host, options)| {
                    options.into_iter().map(move |(option, value)| (format!("{host}/{option}"), value))
                })
                .collect()
        })
        .collect();
    Ok(flat)
}

struct Tried {
    fix: Fix,
    proof: Proof,
    folder: tempfile::TempDir,
}

/// Every fix of a configuration: those of findings, other priorities, moves.
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
    fixes
}

/// The files of a folder with a fix, which must be Nix if they were before.
fn applied(folder: &Path, fix: &Fix) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
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

/// The options that a proof says change, as far as `OPTIONS` names them: `host/option`.
fn said(proof: &Proof) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for target in &proof.targets {
        for change in &target.changed {
            let path = change.option.to_string();
            let known = OPTIONS
                .iter()
                .filter(|option| path == **option || path.starts_with(&format!("{option}.")))
                .max_by_key(|option| option.len());
            if let Some(option) = known {
                said.insert(format!("{}/{option}", target.target));
            }
        }
    }
    said
}

#[track_caller]
fn check(
    seed: u64,
    before: &BTreeMap<String, serde_json::Value>,
    after: &BTreeMap<String, serde_json::Value>,
    tried: &Tried,
) -> usize {
    let truth: BTreeSet<String> =
        before.iter().filter(|(name, value)| after.get(*name) != Some(value)).map(|(name, _)| name.clone()).collect();
    let told = said(&tried.proof);
    let files: String = tried
        .fix
        .change
        .files()
        .map(|(name, file)| {
            format!("--- {name}\n{}\n+++\n{}\n", file.before.as_deref().unwrap_or_default(), file.after())
        })
        .collect();
    let context = format!("seed {seed}: {} ({:?} of {:?})\n{files}", tried.fix.title, tried.fix.code, tried.fix.option);
    let mut too_careful = 0;
    for name in truth.symmetric_difference(&told) {
        // A proof that says more than is so is counted: it costs a fix, and no value.
        if told.contains(name) && !truth.contains(name) {
            too_careful += 1;
            continue;
        }
        panic!(
            "{context}\n{name}: before {:?}, after {:?}, and the proof says that only {told:?} change",
            before.get(name),
            after.get(name)
        );
    }
    too_careful
}

#[test]
fn every_offered_fix_does_what_its_proof_says() {
    try_fixes(0);
}

/// The other half, beside it.
#[test]
fn every_offered_fix_does_what_its_proof_says_again() {
    try_fixes(1);
}

/// Half of the fixes.
fn try_fixes(half: u64) {
    let nix = &nixes()[0];
    let nixpkgs = part("nixpkgs-22.11");
    let (mut count, mut changing, mut failing, mut careful) = (0, 0, 0, 0);
    let mut number = seed() * 1_000_000 + half * 500_000;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    while count < wanted() / 2 {
        number += 1;
        let folder = tempfile::tempdir().expect("a folder");
        Generated::new(number).write(folder.path(), &nixpkgs);
        let workspace = open(folder.path(), nix);
        let targets = block_on(workspace.targets()).expect("targets");
        let inspections: Vec<Inspection> = targets
            .iter()
            .map(|target| {
                block_on(workspace.inspect(target))
                    .unwrap_or_else(|error| panic!("seed {number}: {error} {:?}", error.trace()))
            })
            .collect();
        let mut dice = Dice::new(number);
        let tried = prove_all(&workspace, &targets, folder.path(), fixes_of(&workspace, &inspections, &mut dice));
        // What a proof refuses, Nix must refuse.
        let (refused, tried): (Vec<Tried>, Vec<Tried>) =
            tried.into_iter().partition(|one| one.proof.targets.iter().any(|target| target.failure.is_some()));
        for one in &refused {
            assert!(
                run(nix, &nixpkgs, &[one.folder.path()]).is_err(),
                "seed {number}: {} is refused for nothing",
                one.fix.title
            );
        }
        failing += refused.len();
        let folders: Vec<&Path> =
            std::iter::once(folder.path()).chain(tried.iter().map(|one| one.folder.path())).collect();
        let mut all = values(nix, &nixpkgs, &folders).into_iter().map(|mut values| {
            values.retain(|name, _| targets.iter().any(|target| name.starts_with(&format!("{}/", target.name))));
            values
        });
        let before = all.next().expect("the values before");
        for (one, after) in tried.iter().zip(all) {
            careful += usize::from(check(number, &before, &after, one) > 0);
            count += 1;
            changing += usize::from(before != after);
            *kinds.entry(one.fix.code.clone().unwrap_or_else(|| format!("{:?}", one.fix.kind))).or_default() += 1;
        }
    }
    println!(
        "{count} fixes, {changing} of which change values, all as their proofs say; {careful} of them say that more changes than does; {failing} more are refused: {kinds:?}"
    );
}

fn prove_all(workspace: &Workspace, targets: &[Target], folder: &Path, fixes: Vec<Fix>) -> Vec<Tried> {
    let mut known = Proofs::default();
    fixes
        .into_iter()
        .map(|fix| {
            let proof = block_on(workspace.prove(&fix.change, targets, &mut known))
                .unwrap_or_else(|error| panic!("{}: {error}", fix.title));
            Tried { folder: applied(folder, &fix), proof, fix }
        })
        .collect()
}
