//! Proofs on `fixtures/kernelcore`: its three hosts, as a flake and as files.

use std::path::Path;
use std::sync::Arc;

use mkwhy::{Change, Edit, Proof, Proofs, Workspace};
use mkwhy_tests::sets::{kernelcore_flake, kernelcore_with};
use mkwhy_tests::{TestNix, block_on, nixes, open, part};
use tempfile::TempDir;

const HOSTS: [&str; 3] =
    ["nixosConfigurations.contradiction", "nixosConfigurations.forge", "nixosConfigurations.kernelcore"];

fn files() -> TempDir {
    let nixpkgs = part("nixpkgs-22.11");
    let targets = HOSTS.iter().map(|host| {
        format!(
            "[[target]]\nname = \"{host}\"\nfile = \"default.nix\"\nattribute = \"{host}\"\n\
             arguments = {{ nixpkgs = \"{}\", nixosModules = \"{}/nixos/modules\" }}\n",
            nixpkgs.display(),
            nixpkgs.display()
        )
    });
    kernelcore_with(&targets.collect::<String>())
}

fn change(root: &Path, name: &str, from: &str, to: &str) -> Change {
    let text: Arc<str> = Arc::from(std::fs::read_to_string(root.join(name)).expect("readable"));
    let at = text.find(from).expect("it is there");
    let mut change = Change::default();
    change.edit(name, &text, Edit::new(at..at + from.len(), to)).expect("apart");
    change
}

async fn prove(workspace: &Workspace, known: &mut Proofs, name: &str, from: &str, to: &str) -> Proof {
    let mut targets = workspace.targets().await.expect("targets");
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    let change = change(workspace.root(), name, from, to);
    workspace.prove(&change, &targets, known).await.expect("a proof")
}

/// What changes in each host, in their order.
fn changed(proof: &Proof) -> Vec<Vec<String>> {
    proof.targets.iter().map(|target| target.changed.iter().map(|change| change.option.to_string()).collect()).collect()
}

/// For messages.
fn told(proof: &Proof) -> String {
    let list = |options: &[mkwhy::OptionPath]| options.iter().map(ToString::to_string).collect::<Vec<_>>();
    proof
        .targets
        .iter()
        .map(|target| {
            let changed: Vec<String> = target
                .changed
                .iter()
                .map(|change| format!("{}: {:?} -> {:?}", change.option, change.before, change.after))
                .collect();
            format!("{}: {changed:#?} open {:?} {:?}\n", target.target, list(&target.uncompared), target.failure)
        })
        .collect()
}

fn all_hosts(folder: &TempDir, nix: &TestNix) {
    let workspace = open(folder.path(), nix);
    let mut known = Proofs::default();
    block_on(async {
        let module = "modules/security/nix-daemon.nix";
        // A comment in each of two modules of all hosts.
        for (module, from) in [(module, "    nix.settings = {"), ("modules/core/nix-base.nix", "{")] {
            let proof = prove(&workspace, &mut known, module, from, &format!("# why\n{from}")).await;
            assert_eq!(proof.targets.iter().map(|target| target.target.as_str()).collect::<Vec<_>>(), HOSTS);
            assert!(proof.is_unchanged(), "{}", told(&proof));
            assert!(proof.options > 250, "{}", proof.summary());
            assert_eq!(proof.summary(), format!("0 of {} defined options change on 3 hosts", proof.options));
        }
        // What decides on one host, contradicts another definition on the second, where the option has no value before
        // and none after, and is off on the third.
        let proof = prove(&workspace, &mut known, module, "lib.mkForce cfg.maxJobs", "lib.mkForce 3").await;
        let max_jobs = vec!["nix.settings.max-jobs".to_owned()];
        assert_eq!(changed(&proof), [vec![], vec![], max_jobs], "{}", told(&proof));
        // A definition that decides nowhere.
        let proof =
            prove(&workspace, &mut known, "modules/system/nix.nix", "connect-timeout = ", "# connect-timeout = ").await;
        assert_eq!(changed(&proof), [vec![], vec![], Vec::<String>::new()], "{}", told(&proof));
    });
}

#[test]
fn the_hosts_of_a_flake() {
    all_hosts(&kernelcore_flake(), &nixes()[1]);
}

#[test]
fn the_hosts_as_files() {
    all_hosts(&files(), &nixes()[0]);
}

/// What costs time is counted, so that a busy machine changes nothing; `cargo xtask bench` measures it.
#[test]
fn a_second_proof_costs_one_evaluation() {
    let folder = kernelcore_flake();
    let counted = tempfile::tempdir().expect("a folder");
    let log = counted.path().join("log");
    let program = nixes()[1].program.clone().expect("a program");
    let wrapper = counted.path().join("nix");
    std::fs::write(
        &wrapper,
        format!("#!/bin/sh\necho \"$1\" >> {}\nexec {} \"$@\"\n", log.display(), program.display()),
    )
    .expect("written");
    std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it can be run");
    let workspace = open(folder.path(), &TestNix { name: "counted", program: Some(wrapper) });
    let runs = || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        std::fs::write(&log, "").expect("written");
        text.lines().filter(|line| *line == "eval").count()
    };
    block_on(async {
        let target = workspace.target(Some("nixosConfigurations.kernelcore")).await.expect("a target");
        runs();
        let mut known = Proofs::default();
        for (edit, expected) in [("lib.mkForce 3", 2), ("lib.mkForce 5", 1), ("lib.mkOverride 51 cfg.maxJobs", 1)] {
            let name = "modules/security/nix-daemon.nix";
            let change = change(workspace.root(), name, "lib.mkForce cfg.maxJobs", edit);
            workspace.prove(&change, std::slice::from_ref(&target), &mut known).await.expect("a proof");
            assert_eq!(runs(), expected, "{edit}");
        }
    });
}
