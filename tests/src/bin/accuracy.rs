//! How well definitions are found in the text: of those that Nix names a place for, how many are joined to the binding
//! that defines them; of those, how many the text alone shows (recall); of those that the text shows, how many Nix
//! knows (precision). What is missed is listed by its cause. Part of `cargo xtask bench`.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use mkwhy::{Answer, Cascade, Definition, Found, OptionPath, Segment, Survey, Written};
use mkwhy_syntax::Summary;
use mkwhy_syntax::summary::{self, ConditionKind, Content};
use mkwhy_tests::sets::{RealSet, beside_the_repository, kernelcore, nixos};
use mkwhy_tests::{block_on, nixes, open, part, repository};

/// So many paths are asked for in one run of Nix; its command line is limited.
const MOST_PATHS: usize = 800;

fn main() {
    let verbose = std::env::args().any(|argument| argument == "--verbose");
    let mut sets = vec![RealSet {
        name: "fixtures/kernelcore",
        expression: kernelcore("kernelcore"),
        modules: repository().join("fixtures/kernelcore"),
        nix: nixes()[0].clone(),
    }];
    sets.extend(beside_the_repository());
    if std::env::var_os("MKWHY_REAL").is_none() {
        sets.push(RealSet {
            name: "NixOS 22.11",
            expression: nixos(),
            modules: part("nixpkgs-22.11").join("nixos"),
            nix: nixes()[0].clone(),
        });
    }
    for set in sets {
        measure(&set, verbose);
    }
}

/// One file as text.
struct File {
    summary: Summary,
    /// The definitions by where their names begin.
    by_start: HashMap<usize, Vec<usize>>,
}

/// Counts with the reasons of what was missed.
#[derive(Default)]
struct Share {
    of: usize,
    hit: usize,
    misses: BTreeMap<String, Vec<String>>,
}

impl Share {
    fn hit(&mut self) {
        self.of += 1;
        self.hit += 1;
    }

    fn miss(&mut self, cause: &str, what: String) {
        self.of += 1;
        self.misses.entry(cause.to_owned()).or_default().push(what);
    }

    fn print(&self, name: &str, verbose: bool) {
        let share = if self.of == 0 { 100.0 } else { 100.0 * self.hit as f64 / self.of as f64 };
        println!("  {name}: {} of {} ({share:.2} %)", self.hit, self.of);
        for (cause, what) in &self.misses {
            println!("    {:5} {cause}", what.len());
            for line in what.iter().take(if verbose { 40 } else { 2 }) {
                println!("            {line}");
            }
        }
    }
}

fn measure(set: &RealSet, verbose: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("[[target]]\nname = \"set\"\nexpression = '''{}'''\n", set.expression);
    std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
    let workspace = open(folder.path(), &set.nix);
    let survey = Survey { every_option: true, only_places: true, ..Survey::default() };
    let (answers, target) = block_on(async {
        let target = workspace.target(None).await.expect("a target");
        (workspace.survey(&target, survey).await, target)
    });
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => return println!("\n{}: not measured: {error}", set.name),
    };
    let root = set.modules.canonicalize().expect("a folder of modules");
    let failed = answers.iter().filter(|answer| matches!(answer.found, Found::Failed { .. })).count();
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for name in answers.iter().filter_map(cascade).flat_map(files_of) {
        read(&root, name, &mut files);
    }

    println!("\n{}, {} ({} files, {failed} options that do not evaluate)", set.name, set.nix.name, files.len());
    let evaluated = answers.iter().filter_map(cascade).collect::<Vec<_>>();
    let (join, known) = joined(&evaluated, &files);
    join.print("evaluated definitions that have a place, joined to their binding", verbose);
    recall(&known, &files).print("of those that stand in these files, found by the text alone (recall)", verbose);

    let paths: BTreeSet<OptionPath> =
        files.iter().flat_map(|(name, file)| leaves(name, file).filter_map(static_path)).collect();
    let paths: Vec<OptionPath> = paths.into_iter().collect();
    let mut asked = Vec::new();
    for paths in paths.chunks(MOST_PATHS) {
        match block_on(workspace.places(&target, paths)) {
            Ok(evaluated) => asked.extend_from_slice(evaluated.answers()),
            Err(error) => return println!("  precision: not measured: {error}"),
        }
    }
    precision(&evaluated, &asked, &files)
        .print("definitions that the text shows in these files, that evaluation knows (precision)", verbose);
}

fn cascade(answer: &Answer) -> Option<&Cascade> {
    match &answer.found {
        Found::Cascade { cascade } => Some(cascade),
        _ => None,
    }
}

fn files_of(cascade: &Cascade) -> impl Iterator<Item = &str> {
    let definitions = cascade.definitions.iter().filter(|definition| !definition.declared_default);
    definitions.flat_map(|definition| [definition.at.file.as_str(), definition.module.as_str()])
}

fn read(root: &Path, name: &str, files: &mut BTreeMap<String, File>) {
    let path = PathBuf::from(name);
    if files.contains_key(name) || !path.starts_with(root) {
        return;
    }
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let summary = Summary::parse(text);
    let mut by_start: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, definition) in summary.definitions.iter().enumerate() {
        by_start.entry(definition.name.start as usize).or_default().push(number);
    }
    files.insert(name.to_owned(), File { summary, by_start });
}

type Known<'a> = Vec<(&'a Cascade, &'a Definition)>;

/// The join, checked by reading the attribute path again, and what was joined.
fn joined<'a>(evaluated: &[&'a Cascade], files: &BTreeMap<String, File>) -> (Share, Known<'a>) {
    let mut share = Share::default();
    let mut known = Vec::new();
    for cascade in evaluated {
        for definition in cascade.definitions.iter().filter(|definition| !definition.declared_default) {
            // What is only suspected in something computed is no definition that evaluation knows.
            let named = definition.certain && !matches!(definition.written, Written::Candidate { .. });
            let Some(line) = definition.at.line.filter(|_| named) else { continue };
            let Some(file) = files.get(&definition.at.file) else { continue };
            let what = format!("{} at {}", cascade.path, definition.at);
            match &definition.written {
                Written::Literal { spans } => {
                    let name = file.summary.text().get(spans.name.clone()).unwrap_or_default();
                    let path = definition.via.as_ref().unwrap_or(&cascade.path);
                    match reads_as(name, path.segments()) {
                        true => {
                            share.hit();
                            known.push((*cascade, definition));
                        }
                        false => share.miss("the attribute path there is another one", format!("{what}: `{name}`")),
                    }
                }
                other => {
                    let text = file.summary.text().split('\n').nth(line as usize - 1).unwrap_or_default();
                    let column = definition.at.column.unwrap_or(1) as usize - 1;
                    let there: String = text.get(column..).unwrap_or_default().chars().take(50).collect();
                    let cause = if there.starts_with("value") {
                        "not written as a binding: the `value` of a listToAttrs"
                    } else {
                        "no binding of that name stands there"
                    };
                    share.miss(cause, format!("{what}: `{there}` ({other:?})"));
                }
            }
        }
    }
    (share, known)
}

/// Whether an attribute path as written ends where an option's path does.
fn reads_as(name: &str, path: &[Segment]) -> bool {
    let names: Vec<&Segment> = path.iter().rev().skip_while(|segment| matches!(segment, Segment::Index(_))).collect();
    let written = split(name);
    // In front of the option's names only those of the module stand.
    let inside = usize::from(written.len() > 1 && matches!(written[0].as_str(), "config" | "default"));
    let (fits, more) = (written.len() - inside, names.len());
    fits <= more
        && written[inside..].iter().rev().zip(names).all(|(part, segment)| {
            let Segment::Name(name) = segment else { return true };
            part.contains("${") || part.trim_matches(['"', '\'']) == name || part.contains('\\')
        })
}

/// An attribute path at its dots, but for those in quotes and `${…}`.
fn split(name: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0_usize, false);
    for c in name.chars() {
        match c {
            '"' if depth == 0 => quoted = !quoted,
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match parts.last_mut() {
            Some(last) if c != '.' || quoted || depth > 0 => last.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// Whether a written path can be an option's, which may begin further out, at the option of a submodule, and may end
/// further out, where an attribute path goes on inside it.
fn same_path(written: &[summary::Part], path: &[Segment]) -> bool {
    (0..path.len()).any(|from| {
        let rest: Vec<&Segment> = path[from..].iter().filter(|segment| matches!(segment, Segment::Name(_))).collect();
        written.len() >= rest.len()
            && !rest.is_empty()
            && written.iter().zip(rest).all(|(part, segment)| part.matches(segment))
    })
}

/// A definition is what is written at one place, however many attributes it comes to.
fn recall(known: &Known<'_>, files: &BTreeMap<String, File>) -> Share {
    let mut share = Share::default();
    let mut places: BTreeMap<(&str, usize, usize), Known<'_>> = BTreeMap::new();
    for (cascade, definition) in known {
        let Some(spans) = definition.written.spans() else { continue };
        let place = (definition.at.file.as_str(), spans.name.start, spans.name.end);
        places.entry(place).or_default().push((*cascade, *definition));
    }
    for ((name, start, _), here) in places {
        let (Some(file), Some((cascade, definition))) = (files.get(name), here.first()) else { continue };
        let path_of = |(cascade, definition): &(&Cascade, &Definition)| {
            definition.via.clone().unwrap_or_else(|| cascade.path.clone())
        };
        let path = path_of(&(*cascade, *definition));
        let what = format!("{path} at {}", definition.at);
        let there: Vec<&summary::Definition> =
            file.by_start.get(&start).into_iter().flatten().map(|number| &file.summary.definitions[*number]).collect();
        let found = |known| {
            let path = path_of(known);
            there.iter().any(|found| same_path(&found.path, path.segments()))
        };
        if here.iter().all(found) {
            share.hit();
        } else if let Some(found) = there.first() {
            share.miss("found with another path", format!("{what}: {:?}", found.path));
        } else if definition.at.file != definition.module {
            share.miss("in a function of another file than the module's", what);
        } else {
            let cause = if file.summary.definitions.is_empty() {
                "the module is made by a function that is not followed"
            } else {
                "in something computed"
            };
            share.miss(cause, what);
        }
    }
    share
}

/// The definitions of a file that are no sets of others, as the text shows them. A flake is no module, but has some.
fn leaves<'f>(name: &str, file: &'f File) -> impl Iterator<Item = &'f summary::Definition> {
    let is_module = !name.ends_with("flake.nix");
    file.summary
        .definitions
        .iter()
        .filter(move |definition| (definition.unit == 0) == is_module)
        .filter(|definition| !definition.copied && !definition.path.is_empty())
        .filter(|definition| !matches!(definition.content, Content::Set | Content::PartlyComputed))
}

fn static_path(definition: &summary::Definition) -> Option<OptionPath> {
    definition.static_path()
}

fn precision(evaluated: &[&Cascade], asked: &[Answer], files: &BTreeMap<String, File>) -> Share {
    // Of each file, what evaluation knows in it: the ranges of names, and of whole bindings.
    let mut places: HashMap<&str, Vec<(usize, Range<usize>)>> = HashMap::new();
    let mut lines: HashSet<(&str, u32, &OptionPath)> = HashSet::new();
    for cascade in evaluated.iter().copied().chain(asked.iter().filter_map(cascade)) {
        for definition in &cascade.definitions {
            if let Some(spans) = definition.written.spans() {
                places.entry(&definition.at.file).or_default().push((spans.name.start, spans.binding.clone()));
            }
            lines.insert((&definition.at.file, definition.at.line.unwrap_or_default(), &cascade.path));
        }
    }
    let outcome: HashMap<&OptionPath, &Found> = asked
        .iter()
        .map(|answer| match &answer.found {
            Found::Cascade { cascade } => (&cascade.path, &answer.found),
            Found::Missing { path, .. }
            | Found::Namespace { path, .. }
            | Found::Opaque { path, .. }
            | Found::Failed { path, .. } => (path, &answer.found),
        })
        .collect();
    let mut share = Share::default();
    for (name, file) in files {
        let known = places.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        for definition in leaves(name, file) {
            let Some(path) = static_path(definition) else { continue };
            let start = definition.name.start as usize;
            let (line, _) = file.summary.lines().line_column(start);
            let exists = known.iter().any(|(at, binding)| *at == start || binding.contains(&start))
                || lines.contains(&(name.as_str(), line, &path));
            if exists {
                share.hit();
                continue;
            }
            let what = format!("{path} at {name}:{line}");
            let conditional = definition.conditions.iter().any(|condition| condition.kind != ConditionKind::MkIf);
            match outcome.get(&path) {
                _ if conditional => share.miss("under optionalAttrs or if, which does not hold", what),
                Some(Found::Failed { message, .. }) => share.miss("does not evaluate", format!("{what}: {message}")),
                Some(Found::Missing { .. }) | None => share.miss("no such option in this configuration", what),
                Some(Found::Opaque { .. }) => share.miss("inside a value that stays closed", what),
                Some(Found::Cascade { cascade })
                    if cascade.definitions.iter().any(|one| !one.certain && one.at.file == *name) =>
                {
                    share.miss("in a larger definition that is off or lost, into which evaluation does not look", what);
                }
                Some(_) => share.miss("evaluation knows the option, but not this definition", what),
            }
        }
    }
    share
}
