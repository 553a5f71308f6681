//! What Nix says of every setting of a target, as the rules are to see it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

use mkwhy_eval::{Evaluation, FlakeSource, Kind, Part, Question, Source, State};
use mkwhy_model::{Cascade, Checked, Definition, FinalValue, Knowledge, OptionPath};
use mkwhy_rules::{Merging, Misfit, Subject, Winner};
use tokio::sync::Semaphore;

use super::Inspection;
use crate::cascade::{UNASKED, cascade, localized, near};
use crate::definition;
use crate::error::Error;
use crate::files::Files;
use crate::parsed::{Ahead, discard};
use crate::targets::Target;
use crate::workspace::Workspace;

impl Workspace {
    /// Everything that the person's own files set in a target, evaluated.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn inspect(&self, target: &Target) -> Result<Inspection, Error> {
        let _ahead = self.parse_ahead();
        let flake = self.flake_of(std::slice::from_ref(target)).await;
        self.judge(target, &flake).await
    }

    /// The same of several targets, as many at once as there are processors.
    pub async fn inspect_all(&self, targets: &[Target]) -> Vec<Result<Inspection, Error>> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let permits = Semaphore::new(processors);
        let _ahead = self.parse_ahead();
        let flake = self.flake_of(targets).await;
        join_all(targets.iter().map(async |target| {
            // It is never closed.
            let _permit = permits.acquire().await;
            self.judge(target, &flake).await
        }))
        .await
    }

    /// Begins to parse the person's own files, which Nix needs more time for than that.
    fn parse_ahead(&self) -> Ahead {
        self.parsed.ahead(Files::new(self.root(), &self.config().own, None).own())
    }

    /// The copies of the targets' flakes, which is mostly one.
    async fn flake_of(&self, targets: &[Target]) -> HashMap<String, Result<Option<FlakeSource>, Error>> {
        let mut flakes = HashMap::new();
        for target in targets {
            if let Some(inner) = &target.inner
                && let Source::Flake { reference, .. } = &inner.source
                && !flakes.contains_key(reference)
            {
                let source = self.flake_source(inner).await.map_err(|error| Error::from_eval(&error, str::to_owned));
                flakes.insert(reference.clone(), source);
            }
        }
        flakes
    }

    async fn judge(
        &self,
        target: &Target,
        flakes: &HashMap<String, Result<Option<FlakeSource>, Error>>,
    ) -> Result<Inspection, Error> {
        let inner = self.inner(target)?;
        let began = SystemTime::now();
        let flake = match &inner.source {
            Source::Flake { reference, .. } => flakes.get(reference).cloned().transpose()?.flatten(),
            _ => None,
        };
        let files = Files::new(self.root(), &self.config().own, flake.clone()).with(self.parsed.clone());
        let question = Question { own: files.own_prefixes(), judge: true, ..Question::default() };
        let evaluation = self.evaluator()?.ask(inner, &question).await;
        self.seen(target, evaluation, flake, began)
    }

    fn seen(
        &self,
        target: &Target,
        evaluation: Result<Evaluation, mkwhy_eval::Error>,
        flake: Option<FlakeSource>,
        began: SystemTime,
    ) -> Result<Inspection, Error> {
        let (evaluation, files) = self.settle(evaluation, Ok(flake))?;
        let mut files = files.since(began).with(self.parsed.clone());
        let own = own_files(&files, &evaluation);
        let written = files_of_places(&files, &evaluation);
        let subjects = subjects(&mut files, &target.name, &evaluation);
        let mut notes = failures(&subjects, &own);
        notes.extend(doubtful(&subjects));
        notes.extend(evaluation.parts.iter().filter(|part| part.kind == Kind::Failed).map(|part| {
            let why = evaluation
                .structure_failure(&part.path)
                .map(|message| format!(": {}", localized(&files, message)))
                .unwrap_or_default();
            format!("`{}` could not be evaluated, and was not checked{why}", part.path)
        }));
        let late: Vec<String> =
            files.late().iter().map(|file| format!("{file} was written to while Nix evaluated; check again")).collect();
        notes.extend(late);
        let checked =
            Checked { target: target.name.clone(), known: Knowledge::Evaluated, trace: Vec::new(), help: None };
        discard(evaluation);
        Ok(Inspection::new(checked, subjects, own, files.by_name(), notes).written_in(written))
    }
}

/// All of them at once, in their order.
pub(crate) async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, done) in pending.iter_mut().filter(|(_, done)| done.is_none()) {
            match future.as_mut().poll(context) {
                std::task::Poll::Ready(result) => *done = Some(result),
                std::task::Poll::Pending => waiting = true,
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    pending.into_iter().filter_map(|(_, done)| done).collect()
}

/// The names of the person's own files among the modules.
fn own_files(files: &Files, evaluation: &Evaluation) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    for definition in evaluation.parts.iter().flat_map(|part| &part.definitions) {
        if files.is_own(&definition.file) {
            own.insert(files.name(&definition.file));
        }
        // A module without a file of its own belongs to the file that it stands in.
        if let Some(place) = &definition.at
            && !definition.file.starts_with('/')
            && files.is_own(&place.0)
        {
            own.insert(files.name(&place.0));
        }
    }
    own
}

/// The names of the person's own files in which their definitions stand, modules or not.
fn files_of_places(files: &Files, evaluation: &Evaluation) -> BTreeSet<String> {
    let definitions = evaluation.parts.iter().flat_map(|part| &part.definitions);
    let places: BTreeSet<&str> =
        definitions.filter_map(|definition| Some(definition.at.as_ref()?.0.as_str())).collect();
    places.into_iter().filter(|file| files.is_own(file)).map(|file| files.name(file)).collect()
}

fn subjects(files: &mut Files, target: &str, evaluation: &Evaluation) -> Vec<Subject> {
    let mut subjects: BTreeMap<OptionPath, Subject> = BTreeMap::new();
    let mut read: BTreeMap<OptionPath, Vec<Definition>> = BTreeMap::new();
    for part in &evaluation.parts {
        match part.kind {
            Kind::Option | Kind::Inside | Kind::Freeform | Kind::Undeclared => {
                if !subjects.contains_key(&part.path) {
                    subjects.insert(part.path.clone(), subject(files, target, evaluation, part));
                }
            }
            Kind::Remainder => {
                for definition in &part.definitions {
                    for (path, definition) in definition::read(files, &part.path, definition) {
                        read.entry(path).or_default().push(definition);
                    }
                }
            }
            Kind::Namespace | Kind::Missing | Kind::Opaque | Kind::Failed => {}
        }
    }
    // What is listed by itself knows of its inactive definitions already.
    for (path, definitions) in read {
        subjects.entry(path.clone()).or_insert_with(|| Subject::new(off(path, target, definitions)));
    }
    subjects.into_values().collect()
}

/// A setting that only definitions have which are off.
fn off(path: OptionPath, target: &str, definitions: Vec<Definition>) -> Cascade {
    Cascade {
        path,
        target: target.to_owned(),
        known: Knowledge::Evaluated,
        option_type: None,
        value: FinalValue::Unknown,
        before_apply: None,
        contradiction: false,
        declaration: None,
        declared: true,
        definitions,
        agrees: None,
        notes: Vec::new(),
    }
}

fn subject(files: &mut Files, target: &str, evaluation: &Evaluation, part: &Part) -> Subject {
    let cascade = cascade(files, target, evaluation, part);
    let winners = part
        .definitions
        .iter()
        .filter(|definition| definition.state == State::Wins)
        .map(|definition| Winner {
            sequence: definition.sequence,
            module: definition.module.clone(),
            misfit: definition.misfit.as_ref().map(|misfit| match misfit {
                mkwhy_eval::Misfit::Whole(_) => Misfit::Whole,
                mkwhy_eval::Misfit::Elements(elements) => Misfit::Elements(elements.clone()),
            }),
        })
        .collect();
    let removed = part.removed.as_ref().map(|asserted| {
        if let Some((_, instead)) = asserted.split_once("please remove it.") {
            return mkwhy_model::Message::new(instead.trim());
        }
        let message = evaluation.value_failure(&part.path).map(|message| localized(files, message));
        let mut message = message.unwrap_or_else(|| mkwhy_model::Message::new("see its declaration"));
        if let Some((_, instead)) = message.text.split_once("been removed.") {
            message.text = instead.trim().to_owned();
        }
        message
    });
    let nearest = match part.kind {
        Kind::Undeclared => near(&part.path, part.path.parent().unwrap_or_default(), &part.names),
        _ => Vec::new(),
    };
    Subject {
        merging: Merging::of(part.merger.as_deref(), &cascade.definitions),
        times: part.times,
        removed,
        changed: part.changed.clone(),
        other_names: other_names(part),
        ignored: part.ignored,
        nearest,
        winners,
        cascade: cascade.into(),
    }
}

/// The settings of which nothing is claimed, because Nix's own list of winners is another one.
fn doubtful(subjects: &[Subject]) -> Option<String> {
    let mut doubtful = subjects.iter().filter(|subject| subject.cascade.agrees == Some(false));
    let first = doubtful.next()?;
    let more = match doubtful.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let path = &first.cascade.path;
    Some(format!(
        "`{path}`{more} not checked: Nix's own list of winners is another one; please report it as a bug of mkwhy"
    ))
}

/// The other names under which definitions of a setting are written, each with what it is another name of.
fn other_names(part: &Part) -> Vec<(OptionPath, OptionPath)> {
    let mut names: Vec<(OptionPath, OptionPath)> = part
        .definitions
        .iter()
        .filter_map(|definition| {
            let segments = part.path.segments();
            let named = segments.get(..segments.len().checked_sub(definition.beyond)?)?;
            Some((definition.via.clone()?, OptionPath::new(named.to_vec())))
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Of what Nix refuses: that which has no value then, and neither has what is inside.
fn refused(subject: &Subject) -> Option<OptionPath> {
    if subject.cascade.contradiction
        || subject.times.is_some_and(|times| times > 1)
        || subject.winners.iter().any(|winner| winner.misfit.is_some())
    {
        return Some(subject.cascade.path.clone());
    }
    if subject.cascade.declared || subject.ignored {
        return None;
    }
    // A submodule has no values at all where one option does not exist. The configuration itself is asked without that check.
    let around = subject.cascade.definitions.iter().find_map(|definition| definition.parents.last());
    Some(around.map_or_else(|| subject.cascade.path.clone(), |around| around.path.clone()))
}

/// What the rules do not explain of what fails, one note for each failure behind it.
fn failures(subjects: &[Subject], own: &BTreeSet<String>) -> Vec<String> {
    let mut behind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let refused: Vec<OptionPath> = subjects.iter().filter_map(refused).collect();
    for subject in subjects {
        let explained = subject.removed.is_some()
            || subject.changed.is_some()
            || refused.iter().any(|around| subject.cascade.path.starts_with(around));
        let is_own = subject.cascade.definitions.iter().any(|definition| own.contains(definition.owner()));
        if let FinalValue::Failed { message } = &subject.cascade.value
            && !explained
            && is_own
        {
            let first = message.to_string().lines().next().unwrap_or_default().to_owned();
            behind.entry(first).or_default().push(format!("`{}`", subject.cascade.path));
        }
    }
    behind
        .into_iter()
        .map(|(message, options)| {
            let why = match options.first() {
                Some(first) if message == UNASKED => format!("; `mkwhy why {}` says why", first.trim_matches('`')),
                _ => format!(": {message}"),
            };
            match options.as_slice() {
                [only] => format!("the value of {only} could not be evaluated{why}"),
                [first, second] => format!("the values of {first} and {second} could not be evaluated{why}"),
                [first, second, ..] => {
                    format!("{} values could not be evaluated, {first} and {second} among them{why}", options.len())
                }
                [] => message,
            }
        })
        .collect()
}
