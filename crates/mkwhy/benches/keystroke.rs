//! What one keystroke costs: a file's text is replaced, and the cascade of an option that the file defines, which was read
//! before as an editor has read those of an open file, is brought up to date. Beside it, what reading it from nothing costs.
//!
//! `cargo bench -p mkwhy`; the files are those of the folders in `MKWHY_REAL`, or else of the nixpkgs that
//! `cargo xtask setup` has put under `target/parts`. `MKWHY_SLOWEST` is how many of the slowest keystrokes are told of.

#![allow(missing_docs, clippy::print_stdout)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mkwhy::{Found, OptionPath, Reading, Settings, Target, Workspace};
use mkwhy_index::File;
use mkwhy_syntax::summary::{Import, ImportOf};

use mimalloc::MiMalloc;

use corpus::{Corpus, figure, milliseconds};

#[path = "../../index/benches/corpus/mod.rs"]
mod corpus;

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const FILES: usize = 5_000;
/// The file that is typed in where all of it is looked at.
const TYPED_IN: &str = "modules/programs/git.nix";
const HOST: &str = "nixosConfigurations.host";
/// Asked for where a file defines nothing.
const COMMON: [&str; 3] = ["programs", "git", "enable"];
const TYPED: &[u8] = b"abcdefghijklmnopqrstuvwxyz .=;{}[]()\"'$\n/";
const EDITS: usize = 1_000;
const MOST_IMPORTS: usize = 400;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    Corpus::load().write(folder.path(), FILES);
    // The worst target: all files are its modules.
    let names: Vec<String> = names(&Reading::of(folder.path()));
    let lines: String = names.iter().map(|name| format!("      ./{name}\n")).collect();
    let flake =
        format!("{{ outputs = {{ lib, ... }}: {{\n  {HOST} = lib.nixosSystem {{ modules = [\n{lines}  ]; }}; }}; }}");
    std::fs::write(folder.path().join("flake.nix"), flake).expect("a flake");
    let settings = Settings { nix: Some("/there/is/no/nix".into()), ..Settings::default() };
    let workspace = Workspace::open(folder.path(), settings).expect("a workspace");
    let bench = Bench {
        target: workspace.target_by_text(Some(HOST)).expect("the host"),
        reading: workspace.read(),
        workspace,
        numbers: Numbers(11),
    };
    // The editor's threads have stack enough as well.
    std::thread::scope(|scope| {
        let run = || bench.run();
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, run).expect("a thread");
        thread.join().expect("the bench ends");
    });
}

/// The files that can be written as they are in a list of modules.
fn names(reading: &Reading) -> Vec<String> {
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte));
    let index = reading.index();
    let files = index.files();
    let name = |file: &Arc<File>| file.path.strip_prefix(index.root()).ok()?.to_str().map(str::to_owned);
    files.iter().filter_map(name).filter(|name| plain(name)).collect()
}

/// A cheap source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

struct Bench {
    workspace: Workspace,
    target: Target,
    reading: Reading,
    numbers: Numbers,
}

/// What keystrokes cost, in milliseconds.
#[derive(Default)]
struct Times {
    set: Vec<f64>,
    both: Vec<f64>,
    /// The same answer once more: from nothing, or, of a file's findings, with all its cascades after them.
    anew: Vec<f64>,
    /// What each keystroke was, beside what it took.
    what: Vec<(f64, String)>,
}

impl Times {
    fn print(&mut self, title: &str) {
        println!("\n{title}, {} keystrokes", self.both.len());
        for (name, times) in [("set", &mut self.set), ("both", &mut self.both), ("anew", &mut self.anew)] {
            times.sort_by(f64::total_cmp);
            let at = |share| share_of(times, share);
            println!("  {name:>4}: p50 {:.3} ms, p99 {:.3} ms, max {:.3} ms", at(0.5), at(0.99), at(1.0));
        }
        self.what.sort_by(|a, b| b.0.total_cmp(&a.0));
        let most = std::env::var("MKWHY_SLOWEST").ok().and_then(|most| most.parse().ok()).unwrap_or(1);
        self.what.iter().take(most).for_each(|(ms, what)| println!("  slowest: {ms:.2} ms, {what}"));
    }

    fn p99(&self) -> f64 {
        share_of(&self.both, 0.99)
    }
}

fn share_of(sorted: &[f64], share: f64) -> f64 {
    sorted.get(((sorted.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or_default()
}

impl Bench {
    fn run(mut self) {
        let start = Instant::now();
        let first = self.reading.why(&self.target, &OptionPath::from_names(COMMON), None);
        let is_cascade = matches!(first.found, Found::Cascade { .. });
        println!("the first answer: {:.2} ms, a cascade: {is_cascade}", milliseconds(start.elapsed()));
        let files: Vec<_> =
            self.reading.index().files().into_iter().filter(|file| !file.path.ends_with("flake.nix")).collect();
        let loaded = files.len();
        let mut typed = self.typed(&files);
        typed.print("a character is typed anywhere, and taken back");
        let mut imports = self.imports(&files);
        self.findings(&files);
        imports.print("an import is taken away, and put back");
        println!();
        figure(&format!("keystroke to cascade p99, {loaded} files loaded"), typed.p99(), "ms", 2.0);
        figure("the same where it changes an import", imports.p99(), "ms", 2.0);
    }

    /// What the rules find in a file, and all cascades in it, after each keystroke.
    fn findings(&mut self, files: &[Arc<File>]) {
        let Some(file) = files.iter().find(|file| file.path.ends_with(TYPED_IN)) else { return };
        let name = file.path.strip_prefix(self.reading.root()).expect("inside").to_string_lossy().into_owned();
        let old = file.summary.text().to_string();
        drop(self.workspace.guesses_in(&self.reading, &self.target, &name));
        for typed in [')', 'x'] {
            let mut times = Times::default();
            for _ in 0..EDITS / 2 {
                let mut at = self.numbers.below(old.len());
                while !old.is_char_boundary(at) {
                    at += 1;
                }
                let mut new = old.clone();
                new.insert(at, typed);
                for (kind, text) in [("typed", new), ("back", old.clone())] {
                    let start = Instant::now();
                    self.reading.index().set(&file.path, text);
                    let set = start.elapsed();
                    let found = black_box(self.workspace.guesses_in(&self.reading, &self.target, &name));
                    let both = start.elapsed();
                    let paths = self.reading.settings_in(&self.target, &file.path);
                    let cascades = paths.iter().filter_map(|path| self.reading.cascade(&self.target, path));
                    let items = black_box(cascades.count());
                    let all_of_it = start.elapsed();
                    times.set.push(milliseconds(set));
                    times.both.push(milliseconds(both));
                    times.anew.push(milliseconds(all_of_it));
                    let start = at.saturating_sub(20);
                    let near = old.get(start..at).unwrap_or_default();
                    times.what.push((
                        milliseconds(all_of_it),
                        format!(
                            "{:.2} of it set, {:.2} findings: {kind} {at} {near:?} {} findings, {items} cascades",
                            milliseconds(set),
                            milliseconds(both - set),
                            found.len()
                        ),
                    ));
                }
            }
            times.print(&format!("{typed} is typed in {name}: findings and all cascades"));
        }
    }

    fn typed(&mut self, files: &[Arc<File>]) -> Times {
        let mut times = Times::default();
        for _ in 0..EDITS {
            let file = &files[self.numbers.below(files.len())];
            let old = file.summary.text();
            let mut at = self.numbers.below(old.len());
            while !old.is_char_boundary(at) {
                at += 1;
            }
            let typed = char::from(TYPED[self.numbers.below(TYPED.len())]);
            let asked = self.asked(file);
            let mut new = old.to_string();
            new.insert(at, typed);
            self.open(file);
            for text in [new, old.to_string()] {
                self.keystroke(&file.path, text, &asked, &mut times);
            }
        }
        times
    }

    fn imports(&mut self, files: &[Arc<File>]) -> Times {
        let mut times = Times::default();
        for file in files.iter().filter(|file| file.summary.errors.is_empty()) {
            let named = |import: &&Import| import.unit == 0 && matches!(import.of, ImportOf::File(_));
            let Some(import) = file.summary.imports.iter().find(named) else { continue };
            let text = file.summary.text();
            let mut without = text.to_string();
            without.replace_range(import.at.range(), "");
            let asked = self.asked(file);
            self.open(file);
            for text in [without, text.to_string()] {
                self.keystroke(&file.path, text, &asked, &mut times);
            }
            if times.both.len() >= MOST_IMPORTS {
                break;
            }
        }
        times
    }

    /// Nobody types in a file that no editor has opened, and what an editor opens is handed over whole.
    fn open(&self, file: &File) {
        self.reading.index().set(&file.path, file.summary.text().clone());
    }

    /// An option that the file defines, and no set of options: of that there is no cascade.
    fn asked(&mut self, file: &File) -> OptionPath {
        let defined = file.summary.definitions.iter().filter_map(|definition| definition.static_path());
        let mut defined: Vec<OptionPath> = defined.filter(|path| !path.is_empty()).collect();
        while !defined.is_empty() {
            let path = defined.swap_remove(self.numbers.below(defined.len()));
            if self.reading.cascade(&self.target, &path).is_some() {
                return path;
            }
        }
        OptionPath::from_names(COMMON)
    }

    fn keystroke(&self, file: &Path, text: String, asked: &OptionPath, times: &mut Times) {
        let length = text.len();
        drop(self.reading.cascade(&self.target, asked));
        let start = Instant::now();
        self.reading.index().set(file, text);
        let set = start.elapsed();
        let kept = black_box(self.reading.cascade(&self.target, asked));
        // Where there is no cascade, there are names or nothing.
        let other = if kept.is_none() { Some(black_box(self.reading.why(&self.target, asked, None))) } else { None };
        let both = start.elapsed();
        black_box(self.reading.why(&self.target, asked, None));
        let anew = start.elapsed() - both;
        let ms = |time: Duration| milliseconds(time);
        times.set.push(ms(set));
        times.anew.push(ms(anew));
        times.both.push(ms(both));
        let found = match (kept, other.map(|answer| answer.found)) {
            (Some(cascade), _) => format!("{} definitions", cascade.definitions.len()),
            (None, Some(Found::Namespace { names, .. })) => format!("{} names", names.len()),
            _ => "nothing".to_owned(),
        };
        times.what.push((ms(both), format!("{:.2} of it set, {length} bytes: {asked}, {found}", ms(set))));
    }
}
