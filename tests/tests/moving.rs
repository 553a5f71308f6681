//! Moving settings into the base module, on `fixtures/kernelcore`.

use mkwhy::{Inspection, MoveRequest, Workspace};
use mkwhy_tests::{block_on, copy_folder, nixes, open, part, repository};
use tempfile::TempDir;

fn flake() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&repository().join("fixtures/kernelcore"), folder.path());
    let config = folder.path().join("mkwhy.toml");
    let text = std::fs::read_to_string(&config).expect("mkwhy.toml");
    let more = format!("[flake]\noverride-inputs = {{ nixpkgs = \"path:{}\" }}\n", part("nixpkgs-22.11").display());
    std::fs::write(config, format!("{text}\n{more}")).expect("written");
    folder
}

fn inspections(workspace: &Workspace) -> Vec<Inspection> {
    block_on(async {
        let targets = workspace.targets().await.expect("targets");
        let mut all = Vec::new();
        for target in &targets {
            all.push(workspace.inspect(target).await.expect("evaluates"));
        }
        all
    })
}

#[test]
fn the_nix_settings_of_the_eight_modules() {
    let folder = flake();
    let workspace = open(folder.path(), &nixes()[0]);
    let inspections = inspections(&workspace);
    let request = MoveRequest { option: "nix.settings".parse().expect("a path"), ..MoveRequest::default() };
    let plan = workspace.plan_move(&inspections, &request).expect("a plan");
    println!("{}\n{:#?}", plan.fix.title, plan.fix.remarks);
    for (option, at) in &plan.moved {
        println!("moved {option} {at}");
    }
    for one in &plan.removed {
        println!("removed {} {} {}", one.option, one.at, one.why);
    }
    for left in &plan.left {
        println!("left {} {} {}", left.option, left.at, left.why);
    }
    for (name, file) in plan.fix.change.files() {
        std::fs::write(folder.path().join(name), file.after()).expect("written");
    }
    let out = std::process::Command::new("diff")
        .args([
            "-ru",
            &repository().join("fixtures/kernelcore").display().to_string(),
            &folder.path().display().to_string(),
        ])
        .output()
        .expect("diff");
    println!("{}", String::from_utf8_lossy(&out.stdout));
}
