//! What the rules find in a folder or in a real set, one line each: for looking at every one of them.
//!
//! `findings FOLDER`, or without a folder the sets of `MKWHY_REAL`.

use std::path::Path;

use mkwhy::{Check, Findings};
use mkwhy_tests::sets::beside_the_repository;
use mkwhy_tests::told::told;
use mkwhy_tests::{TestNix, block_on, nixes, open};

fn main() {
    let folder = std::env::args().nth(1);
    match folder {
        Some(folder) => {
            let nix = if std::env::var_os("NEWER").is_some() { nixes()[1].clone() } else { nixes()[0].clone() };
            report(&folder, Path::new(&folder), &nix);
        }
        None => {
            for set in beside_the_repository() {
                let folder = tempfile::tempdir().expect("a folder");
                let own = set.modules.display();
                let config = format!(
                    "own = [\"{own}\"]\n[[target]]\nname = \"{}\"\nexpression = '''{}'''\n",
                    set.name, set.expression
                );
                std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
                report(set.name, folder.path(), &set.nix);
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "it is a program for people")]
fn report(name: &str, folder: &Path, nix: &TestNix) {
    let workspace = open(folder, nix);
    let began = std::time::Instant::now();
    let syntax = std::env::var_os("SYNTAX").is_some();
    let targets = block_on(workspace.targets()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let check = Check { all_targets: true, syntax, ..Check::default() };
    let Findings { findings, targets, allowed, notes, .. } =
        block_on(workspace.check(&targets, &check)).unwrap_or_else(|error| panic!("{name}: {error}"));
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
