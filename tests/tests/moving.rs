//! Moving settings into a base module that is not there yet, on `fixtures/kernelcore`.

use mkwhy::{MoveRequest, Proofs};
use mkwhy_tests::sets::kernelcore_flake;
use mkwhy_tests::{block_on, nixes, open};

#[test]
fn a_base_that_does_not_exist_is_made_and_imported() {
    let folder = kernelcore_flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let (targets, inspections) = block_on(async {
        let targets = workspace.targets().await.expect("targets");
        let mut inspections = Vec::new();
        for target in &targets {
            inspections.push(workspace.inspect(target).await.expect("evaluates"));
        }
        (targets, inspections)
    });
    let request = MoveRequest {
        option: "services.clamav.updater".parse().expect("a path"),
        to: Some("modules/core/clamav-base.nix".to_owned()),
        ..MoveRequest::default()
    };
    let mut known = Proofs::default();
    let (plan, proof) = block_on(workspace.prove_move(&inspections, &request, &targets, &mut known)).expect("a plan");
    assert!(proof.holds(&plan.fix), "{}", proof.summary());
    assert!(!plan.moved.is_empty(), "{:#?}", plan.left);
    let flake = plan.fix.change.file("flake.nix").expect("it is imported").after();
    assert!(flake.contains("./modules/core/clamav-base.nix"), "{flake}");
    let made = plan.fix.change.file("modules/core/clamav-base.nix").expect("it is made");
    assert!(made.before.is_none());
}
