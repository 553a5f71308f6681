//! What a proof costs, as a ratio to what the same evaluation costs that `mkwhy check` makes: on the three hosts of
//! `fixtures/kernelcore`, medians of rounds that take turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mkwhy::{Change, Edit, Proofs, Settings, Workspace};
use mkwhy_tests::{block_on, copy_folder, part, repository};

const ROUNDS: usize = 7;
const MODULE: &str = "modules/security/nix-daemon.nix";

#[expect(clippy::print_stdout, reason = "it is what it is for")]
fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&repository().join("fixtures/kernelcore"), folder.path());
    let nixpkgs = part("nixpkgs-22.11");
    let targets = ["contradiction", "forge", "kernelcore"].map(|host| {
        format!(
            "[[target]]\nname = \"nixosConfigurations.{host}\"\nfile = \"default.nix\"\n\
             attribute = \"nixosConfigurations.{host}\"\narguments = {{ nixpkgs = \"{0}\", nixosModules = \"{0}/nixos/modules\" }}\n",
            nixpkgs.display()
        )
    });
    let config = folder.path().join("mkwhy.toml");
    let text = std::fs::read_to_string(&config).expect("mkwhy.toml");
    std::fs::write(&config, format!("{text}\n{}", targets.concat())).expect("written");
    let workspace = Workspace::open(folder.path(), Settings::default()).expect("a workspace");
    let before: Arc<str> = Arc::from(std::fs::read_to_string(folder.path().join(MODULE)).expect("readable"));
    let at = before.find("    nix.settings = {").expect("it is there");
    let mut change = Change::default();
    change.edit(MODULE, &before, Edit::new(at..at, "    # why\n")).expect("apart");

    let mut times = [const { Vec::new() }; 3];
    let mut summary = String::new();
    block_on(async {
        let targets = workspace.targets().await.expect("targets");
        for round in 0..=ROUNDS {
            let mut known = Proofs::default();
            let mut timed = Vec::new();
            let began = Instant::now();
            assert!(workspace.inspect_all(&targets).await.iter().all(Result::is_ok), "every host evaluates");
            timed.push(began.elapsed());
            for _ in 0..2 {
                let began = Instant::now();
                let proof = workspace.prove(&change, &targets, &mut known).await.expect("a proof");
                timed.push(began.elapsed());
                assert!(proof.is_unchanged(), "{}", proof.summary());
                summary = proof.summary();
            }
            // The first round warms the caches of the disk.
            if round > 0 {
                for (times, time) in times.iter_mut().zip(timed) {
                    times.push(time);
                }
            }
        }
    });
    let [inspected, first, next] = times.map(median);
    let ratio = |time: Duration| time.as_secs_f64() / inspected.as_secs_f64();
    println!("fixtures/kernelcore, {ROUNDS} rounds, medians: {summary}");
    println!("  every cascade of all hosts, as check asks for them: {:.0} ms", inspected.as_secs_f64() * 1e3);
    println!("  first proof: {:.0} ms; ratio {:.2}", first.as_secs_f64() * 1e3, ratio(first));
    println!("  next proof: {:.0} ms; ratio {:.2}", next.as_secs_f64() * 1e3, ratio(next));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
