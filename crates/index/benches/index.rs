//! How fast the index is, and how much memory it takes, against goals. What a keystroke costs is measured with the
//! answer to it: `cargo bench -p mkwhy`.
//!
//! `cargo bench -p mkwhy-index`; the files are those of the folders in `MKWHY_REAL`, or else of the nixpkgs that
//! `cargo xtask setup` has put under `target/parts`.

#![allow(missing_docs, clippy::print_stdout)]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use mimalloc::MiMalloc;
use mkwhy_index::Index;
use mkwhy_model::OptionPath;

use corpus::{Corpus, figure, milliseconds};

mod corpus;

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
    let bytes: usize = corpus.files.iter().map(|(_, text)| text.len()).sum();
    println!("corpus: {} files, {:.1} MB", corpus.files.len(), bytes as f64 / 1e6);
    // rnix and the parser recurse.
    let run = || {
        let mut criterion = Criterion::default().configure_from_args();
        with_criterion(&mut criterion, &corpus, folder.path());
        cold(&corpus, folder.path());
        memory(&corpus);
        criterion.final_summary();
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, run).expect("a thread");
        thread.join().expect("the benches end");
    });
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
            index.find(paths[at].segments())
        });
    });
    group.finish();
}

fn paths(index: &Index) -> Vec<OptionPath> {
    let files = index.files();
    files.iter().flat_map(|file| &file.summary.definitions).filter_map(|found| found.static_path()).collect()
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
