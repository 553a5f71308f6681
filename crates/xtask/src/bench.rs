//! `cargo xtask bench`: what answers cost, as ratios to what the same Nix needs for the bare values in the same run; how
//! well definitions are found in the text (`tests/src/bin/accuracy.rs`); what a proof costs against the evaluation of the same
//! hosts (`tests/src/bin/proofs.rs`); what the index costs, against rnix alone (`crates/index/benches`), a keystroke up to the
//! new cascade (`crates/mkwhy/benches`), all rules over 10,000 definitions (`crates/rules/benches`), and what an editor sees of
//! the language server (`crates/cli/benches/server.rs`), beside nil if `MKWHY_NIL` names its program.
//!
//! Answers are measured on nix-darwin's real modules if `MKWHY_REAL` names a folder with a checkout `nix-darwin` in it and
//! `MKWHY_NIXPKGS` the newest `lib`; always on `fixtures/kernelcore`. The runs take turns, so that whatever else the
//! machine does falls on both sides; medians are compared. What `check` costs beside the evaluation that it needs is measured
//! against the very runs of Nix that it makes, with the same arguments and without it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::dist::target_folder;
use crate::process;
use crate::workspace::Workspace;

const ROUNDS: usize = 21;

/// A configuration to measure on.
struct Subject {
    name: &'static str,
    expression: String,
    own: Vec<PathBuf>,
}

/// Measures and prints.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    process::output(
        process::cargo().args(["build", "--release", "--locked", "-p", "mkwhy-cli"]).current_dir(workspace.root()),
    )?;
    let mkwhy = target_folder(workspace).join("release/mkwhy");
    let nix = process::on_path("nix").context("Nix is missing: run cargo xtask setup")?;
    println!("{}, {} rounds each, medians", process::output(Command::new(&nix).arg("--version"))?.trim(), ROUNDS);
    for subject in subjects(workspace)? {
        measure(workspace, &mkwhy, &nix, &subject)?;
    }
    let mut accuracy = process::cargo();
    accuracy.args(["run", "--release", "--locked", "--quiet", "-p", "mkwhy-tests", "--bin", "accuracy"]);
    let mut proofs = process::cargo();
    proofs.args(["run", "--release", "--locked", "--quiet", "-p", "mkwhy-tests", "--bin", "proofs"]);
    let mut index = process::cargo();
    index.args(["bench", "--locked", "--quiet", "-p", "mkwhy-index", "--bench", "index"]);
    let mut keystroke = process::cargo();
    keystroke.args(["bench", "--locked", "--quiet", "-p", "mkwhy", "--bench", "keystroke"]);
    let mut rules = process::cargo();
    rules.args(["bench", "--locked", "--quiet", "-p", "mkwhy-rules", "--bench", "rules"]);
    let mut server = process::cargo();
    server.args(["bench", "--locked", "--quiet", "-p", "mkwhy-cli", "--bench", "server"]);
    for mut part in [accuracy, proofs, index, keystroke, rules, server] {
        println!("\n==> {}", process::command_line(&part));
        let status = part.current_dir(workspace.root()).env("MKWHY_PARTS", workspace.parts()).status()?;
        if !status.success() {
            bail!("{} failed", process::command_line(&part));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn subjects(workspace: &Workspace) -> Result<Vec<Subject>> {
    let root = workspace.root().display().to_string();
    let mut subjects = vec![Subject {
        name: "fixtures/kernelcore",
        expression: format!(
            "(import {root}/fixtures/kernelcore {{ nixpkgs = {}/nixpkgs-22.11; }}).nixosConfigurations.kernelcore",
            workspace.parts().display()
        ),
        own: ["modules", "hosts", "sec"].map(|part| workspace.fixture("kernelcore").join(part)).to_vec(),
    }];
    if let (Some(real), Some(nixpkgs)) = (std::env::var_os("MKWHY_REAL"), std::env::var_os("MKWHY_NIXPKGS")) {
        let source = PathBuf::from(real).join("nix-darwin").canonicalize().context("MKWHY_REAL has no nix-darwin")?;
        subjects.insert(
            0,
            Subject {
                name: "nix-darwin's real modules",
                expression: format!(
                    "import {root}/tests/real/nix-darwin.nix {{ nixpkgs = {}; source = {}; }}",
                    Path::new(&nixpkgs).display(),
                    source.display()
                ),
                own: vec![workspace.root().join("tests/real/nix-darwin")],
            },
        );
    }
    Ok(subjects)
}

fn measure(workspace: &Workspace, mkwhy: &Path, nix: &Path, subject: &Subject) -> Result<()> {
    let folder = workspace.root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let own: Vec<String> = subject.own.iter().map(|path| format!("{:?}", path.display().to_string())).collect();
    let config = format!(
        "own = [{}]\n[[target]]\nname = \"subject\"\nexpression = '''{}'''\n",
        own.join(", "),
        subject.expression
    );
    std::fs::write(folder.join("mkwhy.toml"), config)?;

    let bare = |expression: &str| {
        let mut command = Command::new(nix);
        command
            .args([
                "--extra-experimental-features",
                "nix-command flakes",
                "eval",
                "--json",
                "--impure",
                "--read-only",
                "--expr",
            ])
            .arg(expression)
            .current_dir(&folder);
        command
    };
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(mkwhy);
        command.args(["--quiet", "--json"]).args(arguments).current_dir(&folder);
        command
    };

    println!("\n{}", subject.name);
    let one = format!("({}).config.nix.settings.max-jobs", subject.expression);
    ratio(
        "why nix.settings.max-jobs",
        "that value, bare",
        &mut || ask(&["why", "nix.settings.max-jobs"]),
        &mut || bare(&one),
    )?;

    let listed = process::output(&mut ask(&["ls"]))?;
    let listed: serde_json::Value = serde_json::from_str(&listed)?;
    let settings = listed["settings"]
        .as_array()
        .or_else(|| listed["listing"]["settings"].as_array())
        .context("no settings in the list")?;
    // A value that is derived from packages which only pretend cannot be had bare; the others can.
    let paths: Vec<&str> = settings
        .iter()
        .filter(|setting| setting["error"].is_null() && !setting["value"].is_null())
        .filter_map(|setting| setting["path"].as_str())
        .filter(|path| !path.contains('['))
        .collect();
    let values: Vec<String> = paths.iter().map(|path| format!("(c.{path} or null)")).collect();
    let all = format!(
        "let c = ({}).config; in builtins.length (map (v: builtins.tryEval (builtins.deepSeq (if builtins.isAttrs v then null else v) null)) [ {} ])",
        subject.expression,
        values.join(" ")
    );
    let title = format!("every cascade of the own modules ({} settings)", settings.len());
    ratio(&title, "those values, bare", &mut || ask(&["ls"]), &mut || bare(&forced(&all)))?;
    // Besides those values it wants what the rules look at: declarations, types, defaults, what was lost.
    let check = ["check", "--deny", "never"];
    ratio("check", "those values, bare", &mut || ask(&check), &mut || bare(&forced(&all)))?;
    ratio("check", "ls", &mut || ask(&check), &mut || ask(&["ls"]))?;
    let replayed = Replay::new(nix, &folder)?;
    let alone = || {
        let mut alone = ask(&check);
        alone.arg("--nix").arg(&replayed.program);
        alone
    };
    // Nix answers once, and its answer is given again from then on.
    timed(&mut alone())?;
    let questions = replayed.questions()?;
    ratio_of(
        "check",
        &format!("the evaluation that it needs ({} runs of Nix)", questions.len()),
        &mut || timed(&mut ask(&check)),
        &mut || questions.iter().map(|question| timed(Command::new(nix).args(question).current_dir(&folder))).sum(),
    )?;
    let own = (0..ROUNDS).map(|_| timed(&mut alone())).collect::<Result<_>>()?;
    println!("  check, where Nix answers at once: {:.1} ms", median(own).as_secs_f64() * 1e3);
    println!("  own process: {} MiB at the most", peak_memory(&mut ask(&["ls"]))?);
    Ok(())
}

/// `map` is lazy; the sum is not.
fn forced(expression: &str) -> String {
    expression.replacen("builtins.length (map", "builtins.foldl' (n: v: builtins.seq v.success (n + 1)) 0 (map", 1)
}

fn ratio(
    what: &str,
    against: &str,
    ours: &mut dyn FnMut() -> Command,
    theirs: &mut dyn FnMut() -> Command,
) -> Result<()> {
    ratio_of(what, against, &mut || timed(&mut ours()), &mut || timed(&mut theirs()))
}

fn ratio_of(
    what: &str,
    against: &str,
    ours: &mut dyn FnMut() -> Result<Duration>,
    theirs: &mut dyn FnMut() -> Result<Duration>,
) -> Result<()> {
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (our, their) = (ours()?, theirs()?);
        // The first round warms the caches of the disk.
        if round > 0 {
            our_times.push(our);
            their_times.push(their);
        }
    }
    let (our, their) = (median(our_times), median(their_times));
    println!(
        "  {what}: {:.1} ms; {against}: {:.1} ms; ratio {:.2}",
        our.as_secs_f64() * 1e3,
        their.as_secs_f64() * 1e3,
        our.as_secs_f64() / their.as_secs_f64()
    );
    Ok(())
}

/// A program that stands in for Nix: it gives again what Nix answered to the same arguments, and keeps these.
struct Replay {
    program: PathBuf,
    answers: PathBuf,
}

impl Replay {
    fn new(nix: &Path, folder: &Path) -> Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        let (program, answers) = (folder.join("replay"), folder.join("answers"));
        if answers.exists() {
            std::fs::remove_dir_all(&answers)?;
        }
        std::fs::create_dir_all(&answers)?;
        let text = format!(
            "#!/bin/sh\nanswer={answers}/$(printf %s \"$*\" | cksum | tr -d ' ')\n\
             [ -e \"$answer\" ] || {{ printf '%s\\0' \"$@\" > \"$answer.question\"; {nix} \"$@\" > \"$answer\"; }} || exit\n\
             cat \"$answer\"\n",
            answers = answers.display(),
            nix = nix.display()
        );
        std::fs::write(&program, text)?;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
        Ok(Self { program, answers })
    }

    /// The arguments of every run of Nix.
    fn questions(&self) -> Result<Vec<Vec<String>>> {
        let mut questions = Vec::new();
        for entry in std::fs::read_dir(&self.answers)? {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "question") {
                let text = std::fs::read_to_string(&file)?;
                questions.push(text.split_terminator('\0').map(str::to_owned).collect());
            }
        }
        Ok(questions)
    }
}

fn timed(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    let time = start.elapsed();
    if !output.status.success() {
        bail!("{} failed: {}", process::command_line(command), String::from_utf8_lossy(&output.stderr));
    }
    Ok(time)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The peak of the resident memory of the process itself, without Nix, in MiB.
fn peak_memory(command: &mut Command) -> Result<u64> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak = peak.max(high.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(peak.div_ceil(1024))
}
