//! How fast the index is, and how much memory it takes, against goals.
//!
//! `cargo bench -p mkwhy-index`; the files are those of the folders in `MKWHY_REAL`, or else of the nixpkgs that
//! `cargo xtask setup` has put under `target/parts`.

#![allow(missing_docs, clippy::print_stdout)]

use std::ffi::OsStr;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use ignore::WalkBuilder;
use mkwhy_index::Index;
use mkwhy_model::OptionPath;
use mkwhy_syntax::summary::{Import, ImportOf};

const MOST_FILES: usize = 5_000;
const FOLDERS: [&str; 3] = ["home-manager", "nixvim", "nix-darwin"];
/// Says to a process of this program that it shall only read this folder and tell its memory.
const MEASURE: &str = "--measure-memory";

fn main() {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == MEASURE) {
        return measure_memory(Path::new(&arguments[at + 1]));
    }
    let corpus = Corpus::load();
    let folder = tempfile::tempdir().expect("a folder");
    corpus.write(folder.path(), corpus.files.len());
    println!("corpus: {} files, {:.1} MB", corpus.files.len(), corpus.bytes() as f64 / 1e6);
    // rnix and the parser recurse.
    let run = || {
        let mut criterion = Criterion::default().configure_from_args();
        with_criterion(&mut criterion, &corpus, folder.path());
        cold(&corpus, folder.path());
        keystrokes(&corpus, folder.path());
        memory(&corpus);
        criterion.final_summary();
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, run).expect("a thread");
        thread.join().expect("the benches end");
    });
}

/// Files by their names from a common root.
struct Corpus {
    files: Vec<(PathBuf, String)>,
}

impl Corpus {
    fn load() -> Self {
        let mut files = Vec::new();
        if let Some(real) = std::env::var_os("MKWHY_REAL") {
            for folder in FOLDERS {
                collect(Path::new(&real), &Path::new(&real).join(folder), usize::MAX, &mut files);
            }
        }
        if files.is_empty() {
            let parts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/nixpkgs-22.11/nixos");
            collect(&parts, &parts, MOST_FILES, &mut files);
        }
        assert!(!files.is_empty(), "no files: set MKWHY_REAL, or run `cargo xtask setup`");
        Self { files }
    }

    fn bytes(&self) -> usize {
        self.files.iter().map(|(_, text)| text.len()).sum()
    }

    /// Writes so many files, over and over again where there are not enough.
    fn write(&self, root: &Path, count: usize) {
        for (n, (name, text)) in self.files.iter().cycle().take(count).enumerate() {
            let path = root.join(format!("copy-{}", n / self.files.len())).join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }
}

fn collect(root: &Path, folder: &Path, most: usize, files: &mut Vec<(PathBuf, String)>) {
    let sorted = WalkBuilder::new(folder).standard_filters(false).sort_by_file_name(OsStr::cmp).build();
    for entry in sorted.filter_map(Result::ok) {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if files.len() < most
            && is_file
            && entry.path().extension() == Some(OsStr::new("nix"))
            && let Ok(text) = fs::read_to_string(entry.path())
            && let Ok(name) = entry.path().strip_prefix(root)
        {
            files.push((name.to_path_buf(), text));
        }
    }
}

fn parse_all(corpus: &Corpus) {
    for (_, text) in &corpus.files {
        black_box(rnix::Root::parse(text));
    }
}

fn read_all(folder: &Path) -> Index {
    let index = Index::new(folder);
    black_box(index.read_with(2));
    index
}

fn with_criterion(criterion: &mut Criterion, corpus: &Corpus, folder: &Path) {
    let mut group = criterion.benchmark_group("cold");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.bench_function("rnix alone, one thread", |bencher| bencher.iter(|| parse_all(corpus)));
    group.bench_function("index, two threads", |bencher| bencher.iter_with_large_drop(|| read_all(folder)));
    group.finish();
    let index = read_all(folder);
    let paths: Vec<OptionPath> = paths(&index).into_iter().step_by(97).take(500).collect();
    let mut at = 0;
    let mut group = criterion.benchmark_group("warm");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.bench_function("find", |bencher| {
        bencher.iter(|| {
            at = (at + 1) % paths.len();
            index.find(&paths[at])
        });
    });
    group.finish();
}

fn paths(index: &Index) -> Vec<OptionPath> {
    let files = index.files();
    files.iter().flat_map(|file| &file.summary.definitions).filter_map(|found| found.static_path()).collect()
}

fn figure(name: &str, value: f64, unit: &str, goal: f64) {
    let verdict = if value <= goal { "ok" } else { "MISSED" };
    println!("{name:<52} {value:>9.2} {unit:<3} goal {goal} {unit}: {verdict}");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// In turns, so that what else the machine does costs both the same.
fn cold(corpus: &Corpus, folder: &Path) {
    let (mut alone, mut index) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let start = Instant::now();
        parse_all(corpus);
        alone.push(milliseconds(start.elapsed()));
        let start = Instant::now();
        let read = read_all(folder);
        index.push(milliseconds(start.elapsed()));
        assert_eq!(read.files().len(), corpus.files.len(), "all files are read");
    }
    alone.sort_by(f64::total_cmp);
    index.sort_by(f64::total_cmp);
    println!("\nrnix alone, one thread: best {:.0} ms, median {:.0} ms", alone[0], alone[3]);
    println!("cold index, two threads: best {:.0} ms, median {:.0} ms", index[0], index[3]);
    figure("cold index / rnix alone (best)", index[0] / alone[0], "", 1.0);
    figure("cold index / rnix alone (median)", index[3] / alone[3], "", 1.0);
}

/// A cheap source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

fn keystrokes(corpus: &Corpus, folder: &Path) {
    let index = read_all(folder);
    // The worst target: all files are its modules.
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte));
    let modules: Vec<String> = index
        .files()
        .iter()
        .filter_map(|file| file.path.strip_prefix(index.root()).ok()?.to_str().map(str::to_owned))
        .filter(|name| plain(name))
        .map(|name| format!("      ./{name}\n"))
        .collect();
    let text = format!(
        "{{ outputs = {{ lib, ... }}: {{\n  nixosConfigurations.host = lib.nixosSystem {{ modules = [\n{}  ]; }}; }}; }}",
        modules.concat()
    );
    let entry = index.root().join("flake.nix");
    index.set(&entry, text);
    let attribute = ["nixosConfigurations".to_owned(), "host".to_owned()];
    let start = Instant::now();
    let mut reach = index.reach(&entry, &attribute);
    println!("\nfirst reach: {} modules, {:.2} ms", reach.modules.len(), milliseconds(start.elapsed()));
    let files: Vec<_> = index.files().into_iter().filter(|file| *file.path != *entry).collect();
    let mut numbers = Numbers(11);
    let (mut all, mut sets, mut finds, mut reaches) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut changed, mut slowest) = (Vec::new(), (Duration::ZERO, 0));
    const TYPED: &[u8] = b"abcdefghijklmnopqrstuvwxyz .=;{}[]()\"'$\n/";
    for _ in 0..1_000 {
        let file = &files[numbers.below(files.len())];
        let old = file.summary.text();
        let asked: Vec<OptionPath> = file.summary.definitions.iter().filter_map(|found| found.static_path()).collect();
        let asked = asked.get(numbers.below(asked.len())).cloned().unwrap_or_default();
        let asked = if asked.is_empty() { OptionPath::from_names(["programs", "git", "enable"]) } else { asked };
        let mut at = numbers.below(old.len());
        while !old.is_char_boundary(at) {
            at += 1;
        }
        let typed = char::from(TYPED[numbers.below(TYPED.len())]);
        let mut new = old.to_string();
        new.insert(at, typed);
        // The character is typed, and taken back.
        for text in [new, old.to_string()] {
            let start = Instant::now();
            index.set(&file.path, text);
            let set = start.elapsed();
            black_box(index.find(&asked));
            let find = start.elapsed();
            let now = black_box(index.reach(&entry, &attribute));
            let whole = start.elapsed();
            if !Arc::ptr_eq(&now, &reach) {
                changed.push(milliseconds(whole));
                reach = now;
            }
            all.push(milliseconds(whole));
            slowest = slowest.max((set, old.len()));
            sets.push(milliseconds(set));
            finds.push(milliseconds(find - set));
            reaches.push(milliseconds(whole - find));
        }
    }
    for (name, times) in [("set", &mut sets), ("find", &mut finds), ("reach", &mut reaches), ("keystroke", &mut all)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{name:>9}: p50 {:.3} ms, p99 {:.3} ms, max {:.3} ms", at(0.5), at(0.99), at(1.0));
    }
    println!("the slowest set: {:.2} ms, {} bytes", milliseconds(slowest.0), slowest.1);
    println!("keystrokes after which the modules are looked for again: {} of {}", changed.len(), all.len());
    let p99 = all[(all.len() - 1) * 99 / 100];
    figure(&format!("keystroke p99, {} files loaded", corpus.files.len()), p99, "ms", 2.0);
    changed.clear();
    // An import is taken away, and put back.
    for file in files.iter().filter(|file| file.summary.errors.is_empty()) {
        let named = |import: &&Import| import.unit == 0 && matches!(import.of, ImportOf::File(_));
        let (text, Some(import)) = (file.summary.text(), file.summary.imports.iter().find(named)) else { continue };
        let mut without = text.to_string();
        without.replace_range(import.at.range(), "");
        for text in [without, text.to_string()] {
            let start = Instant::now();
            index.set(&file.path, text);
            black_box(index.find(&OptionPath::from_names(["programs", "git", "enable"])));
            let now = black_box(index.reach(&entry, &attribute));
            if !Arc::ptr_eq(&now, &reach) {
                changed.push(milliseconds(start.elapsed()));
                reach = now;
            }
        }
        if changed.len() >= 400 {
            break;
        }
    }
    changed.sort_by(f64::total_cmp);
    println!("{} keystrokes that change an import: p50 {:.2} ms", changed.len(), changed[changed.len() / 2]);
    figure("keystroke that changes an import, p99", changed[(changed.len() - 1) * 99 / 100], "ms", 2.0);
}

fn memory(corpus: &Corpus) {
    println!();
    let program = std::env::current_exe().expect("this program");
    let mut per_file = Vec::new();
    for count in [500, 5_000, 50_000] {
        let folder = tempfile::tempdir().expect("a folder");
        corpus.write(folder.path(), count);
        let output = Command::new(&program).arg(MEASURE).arg(folder.path()).output().expect("it runs");
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = output.split_whitespace().map(|number| number.parse::<f64>().expect("a number"));
        let mut next = || numbers.next().expect("five numbers");
        let (files, bytes, time, memory, known) = (next(), next(), next(), next(), next());
        println!(
            "{files:>6} files, {:>5.1} MB: {time:>7.0} ms, {memory:>6.1} MB resident ({known:.1} MB in summaries)",
            bytes / 1e6
        );
        per_file.push((time / bytes, memory / bytes));
        if count == 5_000 {
            figure("memory of 5,000 files", memory, "MB", 150.0);
        }
    }
    let [_, (time, memory), (most_time, most_memory)] = per_file[..] else { return };
    figure("time per byte, 50,000 / 5,000 files", most_time / time, "", 1.2);
    figure("memory per byte, 50,000 / 5,000 files", most_memory / memory, "", 1.2);
}

fn measure_memory(folder: &Path) {
    let before = resident();
    let start = Instant::now();
    let index = Index::new(folder);
    let report = index.read_with(2);
    let time = milliseconds(start.elapsed());
    let grown = resident() - before;
    let known: usize = index.files().iter().map(|file| file.memory()).sum();
    println!("{} {} {time} {grown} {}", report.files, report.bytes, known as f64 / 1e6);
}

/// Megabytes of memory that this process has.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    let kilobytes: f64 = line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default();
    kilobytes * 1024.0 / 1e6
}
