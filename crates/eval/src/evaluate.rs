//! One question to Nix, asked as often as failures inside single options make necessary.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use mkwhy_model::{Message, OptionPath};

use crate::error::Error;
use crate::log::{Failure, Log};
use crate::process::{Limits, Nix, Output};
use crate::request::{Budget, Request};
use crate::target::{Source, Target};
use crate::together::of_the_same;
use crate::wire::{self, Kind, Part};

/// How many failures inside options are isolated before the run is given up.
const MOST_FAILURES: usize = 5000;

/// How many failures are isolated one by one.
const MOST_EXACT_FAILURES: usize = 32;

/// How many thrown values are asked for their message.
const MOST_EXPLANATIONS: usize = 8;

/// How many are where the question is what is wrong at all: mostly one failure is behind them.
const MOST_JUDGED_EXPLANATIONS: usize = 2;

/// Any width or length.
const ANY: u32 = 1_000_000_000;

/// How many parts a value may have that is compared whole.
const MOST_NODES: u32 = 100_000;

/// Longer arguments than this the kernel may refuse.
const MOST_ARGUMENT_BYTES: usize = 120 * 1024;

/// What can be asked of a target.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Options by name.
    pub paths: Vec<OptionPath>,
    /// Also every setting of the files with one of these path prefixes, or, if `all`, of all files.
    pub own: Vec<String>,
    /// Every option, defined or not.
    pub all: bool,
    /// Stop at options, do not look into submodules and attribute sets.
    pub shallow: bool,
    /// Leave out declarations and types.
    pub brief: bool,
    /// Leave out all values: who decides and where is known without them, and what fails in them fails nothing.
    pub places: bool,
    /// Show values whole to a depth of five, however long they are.
    pub whole: bool,
    /// Only the values that options end up with, whole as far as anybody can compare them, and which files were read:
    /// what definitions say by themselves is left out. Of assertions only those count that do not hold. Which values
    /// throw is said, and why is for [`Evaluator::reasons`].
    pub finals: bool,
    /// Also what the rules want to know: wrong types, how the definitions are merged, what was removed.
    pub judge: bool,
}

/// An answer to a [`Question`].
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// Whether declarations, types and import chains were left out.
    pub brief: bool,
    /// What was found: first the paths that were asked for, in order, then what was listed.
    pub parts: Vec<Part>,
    /// Messages of what could not be evaluated, by what it was and at which path.
    failures: BTreeMap<String, Message>,
    /// Set where Nix itself refuses the configuration because a definition has no option; the answer was
    /// evaluated without that check.
    pub unchecked: Option<Message>,
    /// The files of all modules, as the module system names them; only of final values.
    pub modules: Vec<String>,
    /// The names in every set that stands around what was found, from its option on inwards; `None` for what is no set,
    /// and nothing for what is not there. Only of final values.
    pub shapes: BTreeMap<OptionPath, Option<Vec<String>>>,
    /// The Nix files that were read; only of final values. Empty where this Nix does not tell.
    pub read: Vec<String>,
}

impl Evaluation {
    /// Why the value at a path could not be evaluated.
    pub fn value_failure(&self, path: &OptionPath) -> Option<&Message> {
        self.failure("value", path)
    }

    /// Why the definitions at a path could not be evaluated.
    pub fn structure_failure(&self, path: &OptionPath) -> Option<&Message> {
        self.failure("cascade", path).or_else(|| self.failure("option", path)).or_else(|| {
            // The labels of conditions go one step further: they name the definition.
            let own = label("condition", path);
            let prefix = own.trim_end_matches(']');
            self.failures
                .iter()
                .find(|(label, _)| label.starts_with(prefix) && label[prefix.len()..].starts_with(','))
                .map(|(_, message)| message)
        })
    }

    fn failure(&self, kind: &str, path: &OptionPath) -> Option<&Message> {
        self.failures.get(&label(kind, path))
    }
}

/// The label that the probe gives a part of its work; the same text as Nix's `toJSON` makes.
fn label(kind: &str, path: &OptionPath) -> String {
    let mut parts = vec![serde_json::Value::from(kind)];
    parts.extend(path.segments().iter().map(|segment| match segment {
        mkwhy_model::Segment::Name(name) => name.as_str().into(),
        mkwhy_model::Segment::Index(index) => (*index).into(),
    }));
    serde_json::Value::from(parts).to_string()
}

/// A flake's source: the tree that a person edits and the copy that Nix evaluates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlakeSource {
    /// The copy, such as `/nix/store/…-source`.
    pub store: String,
    /// The tree, the top of its Git repository if it is in one; `None` for one that is not on this machine.
    pub tree: Option<PathBuf>,
    /// The folder of the flake in the tree; empty for the tree itself.
    pub folder: String,
    /// The inputs that are folders of this machine, named by absolute paths.
    pub inputs: Vec<PathBuf>,
}

#[derive(serde::Deserialize)]
struct Metadata {
    path: String,
    resolved: Reference,
    #[serde(default)]
    locks: Locks,
}

#[derive(Default, serde::Deserialize)]
struct Locks {
    #[serde(default)]
    nodes: BTreeMap<String, Lock>,
}

#[derive(serde::Deserialize)]
struct Lock {
    locked: Option<Reference>,
}

#[derive(serde::Deserialize)]
struct Reference {
    path: Option<String>,
    url: Option<String>,
    dir: Option<String>,
}

impl Reference {
    /// The folder of this machine that it names.
    fn tree(self) -> Option<PathBuf> {
        let folder = self.path.or_else(|| folder_of_url(&self.url?))?;
        Some(PathBuf::from(folder))
    }
}

/// Nix with the settings that every question is asked with.
#[derive(Debug, Clone)]
pub struct Evaluator {
    /// The Nix to run.
    pub nix: Nix,
    /// Where it runs: the root of the workspace.
    pub directory: PathBuf,
    /// What it may cost.
    pub limits: Limits,
    /// Whether evaluation may build.
    pub import_from_derivation: bool,
    /// Whether Nix is told to use no network.
    pub offline: bool,
    /// Inputs of a flake to replace: names and references.
    pub override_inputs: Vec<(String, String)>,
}

impl Evaluator {
    /// Asks a target.
    ///
    /// # Errors
    /// If the configuration fails as a whole; failures of single options are part of the answer.
    pub async fn ask(&self, target: &Target, question: &Question) -> Result<Evaluation, Error> {
        let mut evaluation = Evaluation { brief: question.brief, ..Evaluation::default() };
        let mut skip: Vec<String> = Vec::new();
        // Where a part failed that forces a value.
        let mut failed_at: HashSet<Vec<String>> = HashSet::new();
        let started = Instant::now();
        // Set once Nix could not write its answer because a string in it is not UTF-8.
        let mut not_text = false;
        loop {
            let request = Request {
                budget: if question.finals {
                    Budget { depth: 40, width: ANY, text: ANY, nodes: Some(MOST_NODES) }
                } else if question.whole {
                    Budget { depth: 5, width: ANY, text: ANY, nodes: None }
                } else if question.judge {
                    // Only what is known whole can be compared.
                    Budget { depth: 6, width: 2000, text: 8000, nodes: None }
                } else if question.paths.len() == 1 {
                    Budget { depth: 6, width: 100, text: 4000, nodes: None }
                } else {
                    Budget { depth: 4, width: 24, text: 200, nodes: None }
                },
                paths: &question.paths,
                explore: question.all || !question.own.is_empty(),
                own: if question.all { None } else { Some(&question.own) },
                deep: !question.shallow,
                skip: &skip,
                brief: question.brief || question.finals,
                places: question.places,
                finals: question.finals,
                judge: question.judge,
                unchecked: evaluation.unchecked.is_some(),
                stream_from: (!skip.is_empty() || not_text).then_some(evaluation.parts.len()),
                explain: false,
            };
            let failure = match self.run(target, &request, &mut evaluation).await? {
                None => break,
                Some(failure) => failure,
            };
            if started.elapsed() > self.limits.time {
                return Err(Error::Timeout(self.limits.time));
            }
            let label = failure.label().map(str::to_owned);
            match label {
                Some(label) if label != r#"["root"]"# && !skip.contains(&label) && skip.len() < MOST_FAILURES => {
                    tracing::debug!(%label, message = %failure.message.text, "left out after a failure");
                    evaluation.failures.insert(label.clone(), placed(&failure));
                    skip.push(label.clone());
                    // One run for each failure is exact but slow: with many, and where it is the second one in the same value,
                    // nothing forces that value again.
                    let same = of_the_same(&label)
                        .filter(|same| !failed_at.insert(same.clone()) || skip.len() > MOST_EXACT_FAILURES);
                    for more in same.into_iter().flatten() {
                        if !skip.contains(&more) {
                            evaluation.failures.insert(more.clone(), placed(&failure));
                            skip.push(more);
                        }
                    }
                }
                None if !not_text && failure.message.text.contains("UTF-8") => not_text = true,
                _ if evaluation.unchecked.is_none() && refuses_undeclared(&failure.message.text) => {
                    evaluation.unchecked = Some(placed(&failure));
                }
                _ => return Err(self.whole_failure(target, failure)),
            }
        }
        if !question.finals {
            self.explain(target, question, &mut evaluation).await?;
        }
        evaluation.read.sort_unstable();
        evaluation.read.dedup();
        Ok(evaluation)
    }

    /// Why values throw, by evaluating each of them uncaught. What does not throw after all has no reason.
    ///
    /// # Errors
    /// If Nix cannot be run.
    pub async fn reasons(
        &self,
        target: &Target,
        paths: &[OptionPath],
        unchecked: bool,
    ) -> Result<BTreeMap<OptionPath, Message>, Error> {
        let mut reasons = BTreeMap::new();
        for path in paths {
            if let Some(failure) = self.reason(target, path, unchecked).await? {
                reasons.insert(path.clone(), placed(&failure));
            }
        }
        Ok(reasons)
    }

    async fn reason(&self, target: &Target, path: &OptionPath, unchecked: bool) -> Result<Option<Failure>, Error> {
        let request = Request {
            budget: Budget { depth: 1, width: 1, text: 1, nodes: None },
            paths: std::slice::from_ref(path),
            explore: false,
            own: None,
            deep: false,
            skip: &[],
            brief: true,
            places: false,
            finals: false,
            judge: false,
            unchecked,
            stream_from: None,
            explain: true,
        };
        self.run(target, &request, &mut Evaluation::default()).await
    }

    /// Values that throw are caught, which loses their message; it is asked for by evaluating them uncaught.
    async fn explain(&self, target: &Target, question: &Question, evaluation: &mut Evaluation) -> Result<(), Error> {
        // What the probe itself explains is mostly behind the others.
        let most = match question.judge {
            true if evaluation.parts.iter().any(Part::is_explained) => 0,
            true => MOST_JUDGED_EXPLANATIONS,
            false => MOST_EXPLANATIONS,
        };
        let mut thrown: Vec<&Part> = evaluation
            .parts
            .iter()
            // Of what Nix refuses as undeclared that refusal is the message.
            .filter(|part| {
                part.kind != Kind::Failed && !(part.kind == Kind::Undeclared && evaluation.unchecked.is_some())
            })
            .filter(|part| part.value.as_ref().is_some_and(|value| value.value == Some(mkwhy_model::Value::Throws)))
            // What the probe itself explains needs no message of Nix's.
            .filter(|part| !question.judge || !part.is_explained())
            .filter(|part| evaluation.value_failure(&part.path).is_none())
            .collect();
        // Only its message says what became of an option that was removed.
        thrown.sort_by_key(|part| part.removed.is_none());
        let removed = thrown.iter().filter(|part| part.removed.is_some()).count();
        let most = most.max(removed.min(MOST_EXPLANATIONS));
        let thrown: Vec<OptionPath> = thrown.into_iter().take(most).map(|part| part.path.clone()).collect();
        for path in thrown {
            if let Some(failure) = self.reason(target, &path, evaluation.unchecked.is_some()).await? {
                evaluation.failures.insert(label("value", &path), placed(&failure));
            }
        }
        Ok(())
    }

    /// One run: adds what it answers to what is known, and says how it failed.
    async fn run(
        &self,
        target: &Target,
        request: &Request<'_>,
        evaluation: &mut Evaluation,
    ) -> Result<Option<Failure>, Error> {
        let expression = request.expression();
        if expression.len() > MOST_ARGUMENT_BYTES {
            return Err(Error::Wire(format!(
                "the question is too long for one run of Nix ({} bytes)",
                expression.len()
            )));
        }
        let mut log = Log::default();
        let answer = self.evaluate(&target.source, &expression, request.finals, &mut log, &wire::parse).await?;
        evaluation.read.append(&mut log.read);
        match answer {
            Ok(answer) => {
                evaluation.parts.extend(answer.parts);
                evaluation.modules = answer.modules;
                evaluation.shapes.extend(answer.shapes);
                Ok(None)
            }
            Err(failure) => {
                for part in &log.parts {
                    evaluation.parts.push(wire::parse_part(part)?);
                }
                Ok(Some(failure))
            }
        }
    }

    /// `nix eval --json` of a function applied to a target, read by `read`; if `talkative`, the log names the files that Nix
    /// reads.
    async fn evaluate<T>(
        &self,
        source: &Source,
        function: &str,
        talkative: bool,
        log: &mut Log,
        read: &dyn Fn(&[u8]) -> Result<T, Error>,
    ) -> Result<Result<T, Failure>, Error> {
        let mut arguments: Vec<OsString> = vec!["eval".into(), "--json".into()];
        if talkative {
            arguments.push("-v".into());
        }
        arguments.extend(self.common_arguments(source.is_flake()));
        arguments.extend(source.arguments());
        arguments.extend(["--apply".into(), function.into()]);
        // What was read, and of how many bytes.
        let mut early = (0, None);
        let mut line = |stdout: &[u8]| early = (stdout.len(), Some(read(stdout)));
        let mut output = self.nix.run_reading(&self.directory, &arguments, self.limits, &mut line).await?;
        if !output.success && lost_a_race(&output.stderr) {
            output = self.nix.run_reading(&self.directory, &arguments, self.limits, &mut line).await?;
        }
        *log = Log::parse(&output.stderr);
        if output.success {
            return match early {
                (bytes, Some(answer)) if bytes == output.stdout.len() => answer.map(Ok),
                _ => read(&output.stdout).map(Ok),
            };
        }
        if out_of_memory(&output, log) {
            return Err(Error::Memory(self.limits.memory_mib));
        }
        match log.error.take() {
            Some(failure) => {
                if is_usage(&failure.message.text) {
                    self.check_version().await?;
                }
                Ok(Err(failure))
            }
            None => {
                self.check_version().await?;
                let last = log.plain.iter().rev().find(|line| !line.trim().is_empty());
                Err(Error::Crashed(last.map_or(output.status.clone(), |line| format!("{}: {line}", output.status))))
            }
        }
    }

    fn common_arguments(&self, flake: bool) -> Vec<OsString> {
        let mut list: Vec<OsString> = [
            "--extra-experimental-features",
            "nix-command flakes",
            "--log-format",
            "internal-json",
            "--show-trace",
            "--no-eval-cache",
            "--option",
            "accept-flake-config",
            "false",
            "--option",
            "warn-dirty",
            "false",
            "--option",
            "allow-import-from-derivation",
            if self.import_from_derivation { "true" } else { "false" },
        ]
        .map(OsString::from)
        .to_vec();
        if self.offline {
            list.push("--offline".into());
        }
        if flake {
            list.push("--no-write-lock-file".into());
            for (name, reference) in &self.override_inputs {
                list.extend(["--override-input".into(), name.into(), reference.into()]);
            }
        } else if !self.import_from_derivation {
            // Nothing is written to the store, not even derivations that the configuration mentions in strings.
            list.push("--read-only".into());
        }
        list
    }

    /// The JSON of a function of a source; `None` where a flake has no such attribute.
    ///
    /// # Errors
    /// If it does not evaluate.
    pub async fn apply(&self, source: &Source, function: &str) -> Result<Option<serde_json::Value>, Error> {
        let json = |stdout: &[u8]| serde_json::from_slice(stdout).map_err(|error| Error::Wire(error.to_string()));
        match self.evaluate(source, function, false, &mut Log::default(), &json).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.message.text.contains("does not provide attribute") => Ok(None),
            Err(failure) => Err(self.whole_failure(&Target { name: String::new(), source: source.clone() }, failure)),
        }
    }

    /// Where Nix copied a flake's source, for mapping its files back.
    ///
    /// # Errors
    /// If the flake cannot be read.
    pub async fn flake_source(&self, reference: &str) -> Result<FlakeSource, Error> {
        let mut arguments: Vec<OsString> = vec!["flake".into(), "metadata".into(), "--json".into()];
        arguments.extend(self.common_arguments(true));
        arguments.push(reference.into());
        let output = self.nix.run(&self.directory, &arguments, self.limits).await?;
        if output.success {
            let metadata: Metadata =
                serde_json::from_slice(&output.stdout).map_err(|error| Error::Wire(error.to_string()))?;
            let inputs = metadata.locks.nodes.into_values().filter_map(|node| node.locked?.tree());
            return Ok(FlakeSource {
                store: metadata.path,
                folder: metadata.resolved.dir.clone().unwrap_or_default(),
                tree: metadata.resolved.tree(),
                inputs: inputs.filter(|input| input.is_absolute()).collect(),
            });
        }
        self.check_version().await?;
        match Log::parse(&output.stderr).error {
            Some(failure) => {
                let source = Source::Flake { reference: reference.to_owned(), attribute: OptionPath::default() };
                Err(self.whole_failure(&Target { name: String::new(), source }, failure))
            }
            None => Err(Error::Crashed(output.status)),
        }
    }

    /// After a failure that an old Nix would explain.
    async fn check_version(&self) -> Result<(), Error> {
        static CHECKED: OnceLock<PathBuf> = OnceLock::new();
        if CHECKED.get().is_some_and(|program| program == self.nix.program()) {
            return Ok(());
        }
        let version = self.nix.version(&self.directory).await?;
        let mut numbers = version
            .split('.')
            .map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u32>());
        if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next())
            && (major, minor) < (2, 4)
        {
            return Err(Error::TooOld(version));
        }
        let _ = CHECKED.set(self.nix.program().to_owned());
        Ok(())
    }

    fn whole_failure(&self, target: &Target, failure: Failure) -> Error {
        let help = help_for(&failure.message.text, target, &self.directory);
        Error::Evaluation { message: placed(&failure), trace: failure.public_trace(), help }
    }
}

fn placed(failure: &Failure) -> Message {
    Message { text: failure.message.text.clone(), at: failure.place() }
}

/// The check for definitions without an option, in all versions of `lib`.
fn refuses_undeclared(message: &str) -> bool {
    message.starts_with("The option `") && message.contains("' does not exist. Definition values")
}

/// The folder of a `file:` URL.
fn folder_of_url(url: &str) -> Option<String> {
    let path = url.strip_prefix("file://")?.split('?').next()?;
    Some(percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned())
}

/// Two runs of Nix that make the same new store at once can trip over each other, once.
fn lost_a_race(stderr: &str) -> bool {
    stderr.contains("creating symlink") && stderr.contains("File exists")
}

fn is_usage(message: &str) -> bool {
    message.contains("unrecognised flag")
        || message.contains("unrecognized flag")
        || message.contains("is not a recognised command")
}

fn out_of_memory(output: &Output, log: &Log) -> bool {
    let words = [
        "out of memory",
        "bad_alloc",
        "GC Warning: Out of Memory",
        "Out of Memory!",
        "Cannot allocate memory",
        "Too many heap sections",
    ];
    let says = |text: &str| words.iter().any(|word| text.contains(word));
    log.error.as_ref().is_some_and(|failure| says(&failure.message.text))
        || (!output.success && log.plain.iter().any(|line| says(line)))
}

/// A better sentence for what people run into.
fn help_for(message: &str, target: &Target, directory: &Path) -> Option<String> {
    if let Some(file) = untracked(message, directory) {
        return Some(format!(
            "{file} exists but Git does not track it, so it is not part of the flake: run git add {file}"
        ));
    }
    if message.contains("import-from-derivation") || message.contains("allow-import-from-derivation") {
        return Some(
            "this configuration builds while it is evaluated; allow it with --allow-import-from-derivation".into(),
        );
    }
    if message.contains("<nixpkgs") || message.contains("'nixpkgs/nixos'") || message.contains("in the Nix search path")
    {
        return Some("set NIX_PATH, or describe the configuration in mkwhy.toml ([[target]])".into());
    }
    if message.contains("infinite recursion") {
        return Some("an option that is needed to find the modules (imports, _module.args) depends on config: see the trace with --verbose".into());
    }
    if message.contains("is not an evaluated configuration") {
        return Some(format!(
            "{} must be what lib.evalModules or nixosSystem returns; name the attribute in mkwhy.toml",
            target.name
        ));
    }
    if message.contains("no moduleType") || message.contains("attribute 'moduleType' missing") {
        return Some("its lib is older than nixpkgs 21.11, which is not supported".into());
    }
    None
}

/// The file of the working tree that a Git flake's copy lacks, by the message about its place in the store.
fn untracked(message: &str, directory: &Path) -> Option<String> {
    let missing = ["No such file or directory", "does not exist", "is not tracked by Git"]
        .iter()
        .any(|words| message.contains(words));
    let (_, after) = message.split_once("/nix/store/").filter(|_| missing)?;
    let (_, relative) = after.split_once('/')?;
    let relative = relative.split(['\'', '"', '\u{1b}']).next()?.trim_end_matches(['.', ',']);
    (!relative.is_empty() && directory.join(relative).exists()).then(|| relative.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_git_flake() {
        assert_eq!(folder_of_url("file:///a/with%20space?dir=sub").as_deref(), Some("/a/with space"));
        assert_eq!(folder_of_url("https://example.invalid/a"), None);
    }

    #[test]
    fn labels_are_those_of_nix() {
        let path: OptionPath = r#"a."b \"c\"".[2]"#.parse().expect("a path");
        assert_eq!(label("value", &path), r#"["value","a","b \"c\"",2]"#);
    }
}
