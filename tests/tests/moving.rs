//! Moving settings into the base module, on `fixtures/kernelcore`.

#![expect(clippy::print_stdout, reason = "figures for whoever asks for them")]

use std::collections::BTreeMap;

use mkwhy::{Check, Inspection, MoveRequest, OptionPath, Proofs, Target, Workspace};
use mkwhy_tests::{block_on, copy_folder, nixes, open, part, repository};
use tempfile::TempDir;

/// The modules of the brief, and the settings that each has to give up.
const MODULES: [&str; 8] = [
    "modules/system/nix.nix",
    "modules/security/nix-daemon.nix",
    "modules/services/laptop-offload-client.nix",
    "modules/system/binary-cache.nix",
    "modules/services/offload-server.nix",
    "modules/services/laptop-builder-client.nix",
    "modules/security/hardening-template.nix",
    "modules/services/users/claude-code.nix",
];
const SETTINGS: [&str; 6] =
    ["max-jobs", "cores", "auto-optimise-store", "trusted-users", "connect-timeout", "stalled-download-timeout"];

const BASE: &str = "modules/core/nix-base.nix";

fn flake() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&repository().join("fixtures/kernelcore"), folder.path());
    let config = folder.path().join("mkwhy.toml");
    let text = std::fs::read_to_string(&config).expect("mkwhy.toml");
    let more = format!("[flake]\noverride-inputs = {{ nixpkgs = \"path:{}\" }}\n", part("nixpkgs-22.11").display());
    std::fs::write(config, format!("{text}\n{more}")).expect("written");
    folder
}

struct Seen {
    targets: Vec<Target>,
    inspections: Vec<Inspection>,
}

fn look(workspace: &Workspace) -> Seen {
    block_on(async {
        let targets = workspace.targets().await.expect("targets");
        let mut inspections = Vec::new();
        for target in &targets {
            inspections.push(workspace.inspect(target).await.expect("evaluates"));
        }
        Seen { targets, inspections }
    })
}

/// The values of the settings in each target.
fn values(seen: &Seen) -> BTreeMap<(String, OptionPath), String> {
    let settings = seen.inspections.iter().flat_map(|inspection| {
        inspection.cascades().filter_map(|cascade| {
            // Of what is off everywhere nobody asks for the value.
            let value = cascade.value.value()?.to_string();
            Some(((inspection.target().to_owned(), cascade.path.clone()), value))
        })
    });
    settings.filter(|((_, path), _)| path.to_string().starts_with("nix.settings")).collect()
}

/// The findings about the settings in one of the modules or the base, at the levels that are shown.
fn findings(workspace: &Workspace, seen: &Seen, target: &str) -> Vec<String> {
    let one: Vec<Inspection> =
        seen.inspections.iter().filter(|inspection| inspection.target().ends_with(target)).cloned().collect();
    let found = workspace.findings(&one, &Check::default()).expect("findings").findings;
    let about =
        |option: &OptionPath| SETTINGS.iter().any(|setting| option.to_string() == format!("nix.settings.{setting}"));
    found
        .into_iter()
        .filter(|finding| finding.level > mkwhy::Level::Hint)
        .filter(|finding| finding.option.as_ref().is_some_and(about))
        .map(|finding| format!("{} {} {}", finding.code, finding.site.at, finding.message))
        .collect()
}

#[test]
fn the_nix_settings_of_the_eight_modules() {
    let folder = flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let before = look(&workspace);
    assert!(!findings(&workspace, &before, "kernelcore").is_empty(), "the disease is there");
    let request = MoveRequest { option: "nix.settings".parse().expect("a path"), ..MoveRequest::default() };
    let mut known = Proofs::default();
    let (plan, proof) =
        block_on(workspace.prove_move(&before.inspections, &request, &before.targets, &mut known)).expect("a plan");
    assert!(proof.holds(&plan.fix), "{}", proof.summary());
    println!("{}\n{}", plan.fix.title, proof.summary());
    for left in &plan.left {
        println!("left {} {}: {}", left.option, left.at, left.why);
    }
    for (name, file) in plan.fix.change.files() {
        std::fs::write(folder.path().join(name), file.after()).expect("written");
    }

    let after = look(&workspace);
    let (was, is) = (values(&before), values(&after));
    assert!(was.len() > 40, "{}", was.len());
    for (key, value) in &was {
        assert_eq!(is.get(key), Some(value), "{key:?}");
    }
    for (option, at) in definitions(&after) {
        assert!(!MODULES.contains(&at.as_str()), "{option} is still set in {at}");
    }
    // What is said of the settings that were moved is nothing but what was left.
    for target in ["kernelcore", "forge"] {
        let left: Vec<String> = findings(&workspace, &after, target)
            .into_iter()
            .filter(|finding| !plan.left.iter().any(|left| finding.contains(&left.option.to_string())))
            .collect();
        assert!(left.is_empty(), "{target}: {left:#?}");
    }
    let (again, _) =
        block_on(workspace.prove_move(&after.inspections, &request, &after.targets, &mut known)).expect("a plan");
    assert!(again.fix.change.is_empty(), "{}", again.fix.title);
    assert_eq!(again.left, plan.left, "what was left is left again");
}

/// The settings and the files that define them.
fn definitions(seen: &Seen) -> Vec<(OptionPath, String)> {
    seen.inspections
        .iter()
        .flat_map(Inspection::cascades)
        .filter(|cascade| SETTINGS.iter().any(|setting| cascade.path.to_string() == format!("nix.settings.{setting}")))
        .flat_map(|cascade| {
            cascade.definitions.iter().map(|definition| (cascade.path.clone(), definition.at.file.clone()))
        })
        .collect()
}

#[test]
fn a_base_that_does_not_exist_is_made_and_imported() {
    let folder = flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let before = look(&workspace);
    let request = MoveRequest {
        option: "services.clamav.updater".parse().expect("a path"),
        to: Some("modules/core/clamav-base.nix".to_owned()),
        ..MoveRequest::default()
    };
    let mut known = Proofs::default();
    let (plan, proof) =
        block_on(workspace.prove_move(&before.inspections, &request, &before.targets, &mut known)).expect("a plan");
    assert!(proof.holds(&plan.fix), "{}", proof.summary());
    assert!(!plan.moved.is_empty(), "{:#?}", plan.left);
    let flake = plan.fix.change.file("flake.nix").expect("it is imported").after();
    assert!(flake.contains("./modules/core/clamav-base.nix"), "{flake}");
    let made = plan.fix.change.file("modules/core/clamav-base.nix").expect("it is made");
    assert!(made.before.is_none());
    println!("{}", made.after());
    assert!(!plan.fix.change.after().is_empty() && !BASE.is_empty());
}
