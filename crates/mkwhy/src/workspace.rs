//! A folder with a configuration in it, and the questions that can be asked of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mkwhy_eval::{Evaluation, Evaluator, FlakeSource, Limits, Nix, Question, Source};
use mkwhy_model::{Answer, Found, Knowledge, Matrix, OptionPath, Position};

use crate::cascade::found;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::files::Files;
use crate::join::Edit;
use crate::listing::{Inventory, Listing};
use crate::parsed::Parsed;
use crate::reading::{self, Reading};
use crate::targets::{self, Target};

/// What a front end settles; what it leaves open, `mkwhy.toml` or the default does.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The Nix to run. Default: the first on PATH.
    pub nix: Option<PathBuf>,
    /// How long one evaluation may take. Default: ten minutes.
    pub timeout: Option<Duration>,
    /// How much address space one evaluation may use, in MiB. Default: 16 GiB.
    pub memory_mib: Option<u64>,
    /// Whether evaluation may build. Default: no.
    pub allow_import_from_derivation: Option<bool>,
    /// Whether Nix is told to use no network. Default: no.
    pub offline: Option<bool>,
    /// Inputs of the flake to replace: names and references.
    pub override_inputs: Vec<(String, String)>,
}

/// What [`Workspace::survey`] lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Every option, defined or not, instead of those that the person's own files define.
    pub every_option: bool,
    /// Whole options only, not the attributes inside submodules and attribute sets.
    pub only_options: bool,
    /// Values whole to a depth of five, however long they are.
    pub whole_values: bool,
    /// No values at all: priorities, conditions and places are known without them.
    pub only_places: bool,
}

/// A folder with a configuration in it.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    config: Config,
    /// Without Nix the text can still be read.
    evaluator: Result<Evaluator, Error>,
    /// The texts that the last inspections are of.
    pub(crate) parsed: Arc<Parsed>,
}

/// Evaluated answers, with the texts that they speak of.
#[derive(Debug, Clone)]
pub struct Evaluated {
    answers: Vec<Answer>,
    /// By the names that positions have.
    texts: BTreeMap<String, Arc<str>>,
}

impl Evaluated {
    /// The answers as they were when Nix evaluated them.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The answers with every place as it is in the texts that there are now; `text` gives a file's text by the name
    /// that positions have, `None` where there is no such file any more.
    ///
    /// What was edited is marked ([`Written::Edited`](crate::Written), [`Written::Stale`](crate::Written)), and answers
    /// that speak of an edited file are [`Knowledge::Stale`].
    pub fn now(&self, text: impl Fn(&str) -> Option<Arc<str>>) -> Vec<Answer> {
        let edits: BTreeMap<&str, Edit> = self
            .texts
            .iter()
            .filter_map(|(name, evaluated)| {
                let now = text(name).unwrap_or_default();
                Some((name.as_str(), Edit::between(evaluated, &now)?))
            })
            .collect();
        self.answers.iter().map(|answer| edited(answer, &edits)).collect()
    }
}

fn edited(answer: &Answer, edits: &BTreeMap<&str, Edit>) -> Answer {
    let mut answer = answer.clone();
    let Found::Cascade { cascade } = &mut answer.found else { return answer };
    let mut touched = false;
    for definition in &mut cascade.definitions {
        if let Some(edit) = edits.get(definition.at.file.as_str()) {
            touched = true;
            *definition = edit.applied_to(definition, definition.via.as_ref().unwrap_or(&cascade.path));
        }
    }
    if touched && cascade.known == Knowledge::Evaluated {
        cascade.known = Knowledge::Stale;
        answer.known = Knowledge::Stale;
    }
    answer
}

/// What makes a folder the root of a workspace, the surest sign first.
const SIGNS: [&[&str]; 2] = [&[Config::FILE, "flake.nix"], &["configuration.nix", "default.nix"]];

impl Workspace {
    /// Opens the workspace that a folder lies in: the nearest folder upwards with a `mkwhy.toml` or `flake.nix`, or
    /// else with a `configuration.nix` or `default.nix`.
    ///
    /// # Errors
    /// If there is none, or if its `mkwhy.toml` cannot be understood. That there is no Nix is an error only of what
    /// needs one.
    pub fn open(directory: &Path, settings: Settings) -> Result<Self, Error> {
        let directory = directory.canonicalize().map_err(|wrong| {
            Error::new(ErrorKind::Usage, format!("{}: {wrong}", directory.display()))
                .with_help("name a folder with -C DIRECTORY")
        })?;
        let root = find_root(&directory)?;
        let config = Config::read(&root).map_err(|wrong| {
            let at = Position { file: Config::FILE.into(), line: wrong.line, column: None };
            Error::new(ErrorKind::Usage, wrong.message).with_place(at)
        })?;
        let program = settings.nix.clone().or_else(|| config.nix.path.clone().map(|path| root.join(path)));
        let nix = Nix::find(program.as_deref()).map_err(|error| Error::from_eval(&error, str::to_owned));
        let limits = Limits::default();
        let mut override_inputs: Vec<(String, String)> = config.flake.override_inputs.clone().into_iter().collect();
        override_inputs.retain(|(name, _)| !settings.override_inputs.iter().any(|(given, _)| given == name));
        override_inputs.extend(settings.override_inputs);
        let evaluator = nix.map(|nix| Evaluator {
            nix,
            directory: root.clone(),
            limits: Limits {
                time: settings.timeout.or(config.nix.timeout.map(Duration::from_secs)).unwrap_or(limits.time),
                memory_mib: settings.memory_mib.or(config.nix.memory).unwrap_or(limits.memory_mib),
            },
            import_from_derivation: settings
                .allow_import_from_derivation
                .or(config.nix.allow_import_from_derivation)
                .unwrap_or(false),
            offline: settings.offline.or(config.nix.offline).unwrap_or(false),
            override_inputs,
        });
        Ok(Self { root, config, evaluator, parsed: Arc::default() })
    }

    /// The same workspace with its files in another folder.
    pub(crate) fn moved_to(&self, root: &Path) -> Result<Self, Error> {
        let mut config = Config::read(root).map_err(|wrong| Error::new(ErrorKind::Usage, wrong.message))?;
        // What leads out of the folder still leads where it did.
        if let Some(path) = config.nix.path.take() {
            config.nix.path = Some(self.root.join(path));
        }
        let mut evaluator = self.evaluator.clone();
        if let Ok(evaluator) = &mut evaluator {
            evaluator.directory = root.to_owned();
        }
        Ok(Self { root: root.to_owned(), config, evaluator, parsed: Arc::default() })
    }

    /// A target of this workspace as one of its copy.
    pub fn target_in(&self, copy: &Self, target: &Target) -> Target {
        let moved = |file: &Path| match file.strip_prefix(&self.root) {
            Ok(relative) => copy.root.join(relative),
            Err(_) => file.to_owned(),
        };
        let mut target = target.clone();
        if let Some(inner) = &mut target.inner {
            match &mut inner.source {
                Source::File { file, .. } => *file = moved(file),
                Source::Nixos { configuration } => *configuration = moved(configuration),
                // Without Git's files the copy is a folder like any other.
                Source::Flake { reference, .. } => {
                    let own = [".", "git+file:.", "path:."].contains(&reference.as_str())
                        || reference.ends_with(&*self.root.to_string_lossy());
                    if own {
                        *reference = format!("path:{}", copy.root.display());
                    }
                }
                Source::Expression { .. } => {}
            }
        }
        target
    }

    /// The root folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a file, by its absolute path, is the person's own as `mkwhy.toml` says.
    pub fn owns(&self, file: &Path) -> bool {
        file.to_str().is_some_and(|file| Files::new(self.root(), &self.config.own, None).is_own(file))
    }

    pub(crate) fn evaluator(&self) -> Result<&Evaluator, Error> {
        self.evaluator.as_ref().map_err(Clone::clone)
    }

    /// What `mkwhy.toml` says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Every configuration in it.
    ///
    /// # Errors
    /// If there is none, or if looking for them fails.
    pub async fn targets(&self) -> Result<Vec<Target>, Error> {
        targets::all(self.evaluator()?, &self.config).await
    }

    /// A configuration by its name, or by the last part of its name; without a name the default one: what
    /// `mkwhy.toml` says, or this machine's host name, or the first.
    ///
    /// # Errors
    /// If there is no such target, or if looking for it fails.
    pub async fn target(&self, wanted: Option<&str>) -> Result<Target, Error> {
        if let Some(target) = wanted.and_then(|name| self.named_exactly(name)) {
            return Ok(target);
        }
        let mut targets = self.targets().await?;
        let index = match wanted {
            None => targets.iter().position(|target| target.default).unwrap_or_default(),
            Some(name) => targets::position(&targets, name).ok_or_else(|| targets::no_such(&targets, name))?,
        };
        Ok(targets.swap_remove(index))
    }

    /// Every configuration that the text names, without evaluating anything. Those that a function makes are missing.
    ///
    /// # Errors
    /// If `mkwhy.toml` describes one wrongly.
    pub fn targets_by_text(&self) -> Result<Vec<Target>, Error> {
        reading::targets::all(&self.root, &self.config)
    }

    /// A configuration by its name as [`Workspace::target`] finds it, without evaluating anything.
    ///
    /// # Errors
    /// If the text has no such target.
    pub fn target_by_text(&self, wanted: Option<&str>) -> Result<Target, Error> {
        reading::targets::one(&self.root, &self.config, wanted)
    }

    /// Reads every module of the workspace, to answer from their text alone.
    pub fn read(&self) -> Reading {
        Reading::of(&self.root)
    }

    /// A flake's attribute that is named in full needs no search.
    fn named_exactly(&self, name: &str) -> Option<Target> {
        let attribute: OptionPath = name.parse().ok()?;
        let is_flake = self.config.target.is_empty() && self.root().join("flake.nix").is_file();
        let known = attribute.segments().len() == 2
            && ["nixosConfigurations.", "darwinConfigurations.", "homeConfigurations."]
                .iter()
                .any(|set| name.starts_with(set));
        (is_flake && known).then(|| {
            let reference = targets::flake_reference(self.config.flake.reference.as_deref());
            Target::new(name, Source::Flake { reference, attribute })
        })
    }

    /// Who decides an option: its whole cascade.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate. A value that fails is part of the answer.
    pub async fn why(&self, target: &Target, path: &OptionPath) -> Result<Answer, Error> {
        let mut answers = self.why_all(target, std::slice::from_ref(path)).await?;
        answers.pop().ok_or_else(|| Error::new(ErrorKind::Evaluation, "Nix gave no answer"))
    }

    /// The cascades of many options in one evaluation, in the order of the paths, with every place as it is in the
    /// files now.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn why_all(&self, target: &Target, paths: &[OptionPath]) -> Result<Vec<Answer>, Error> {
        let evaluated = self.evaluate(target, paths).await?;
        Ok(evaluated.now(|file| std::fs::read_to_string(self.root.join(file)).ok().map(Arc::from)))
    }

    /// The cascades of many options in one evaluation, in the order of the paths, to be brought up to date with
    /// [`Evaluated::now`] as the files are edited.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn evaluate(&self, target: &Target, paths: &[OptionPath]) -> Result<Evaluated, Error> {
        self.ask(target, Question { paths: paths.to_vec(), ..Question::default() }).await
    }

    /// The same without any value: who decides, at which priority, and where everything is written. Values that
    /// cannot be evaluated cost no answer here.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn places(&self, target: &Target, paths: &[OptionPath]) -> Result<Evaluated, Error> {
        self.ask(target, Question { paths: paths.to_vec(), places: true, ..Question::default() }).await
    }

    async fn ask(&self, target: &Target, question: Question) -> Result<Evaluated, Error> {
        let began = SystemTime::now();
        let evaluator = self.evaluator()?;
        let inner = self.inner(target)?;
        let (evaluation, flake) = tokio::join!(evaluator.ask(inner, &question), self.flake_source(inner));
        let (evaluation, files) = self.settle(evaluation, flake)?;
        let mut files = files.since(began);
        let found = |part| found(&mut files, &target.name, &evaluation, part);
        let mut answers: Vec<Answer> =
            evaluation.parts.iter().map(found).map(|found| evaluated(&target.name, found)).collect();
        for answer in &mut answers {
            mark_late(answer, &files);
        }
        Ok(Evaluated { answers, texts: files.texts() })
    }

    /// The settings under a prefix that the person's own files define.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn list(&self, target: &Target, prefix: &OptionPath) -> Result<Listing, Error> {
        Ok(self.inventory(target, prefix).await?.listing(&target.name))
    }

    /// The settings under a prefix that more than one of the person's own definitions sets, by modules.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn duplicates(&self, target: &Target, prefix: &OptionPath) -> Result<Matrix, Error> {
        Ok(self.inventory(target, prefix).await?.matrix(&target.name))
    }

    /// The cascades of every setting that some files define, in one evaluation.
    ///
    /// # Errors
    /// If the configuration as a whole does not evaluate.
    pub async fn survey(&self, target: &Target, survey: Survey) -> Result<Vec<Answer>, Error> {
        let inner = self.inner(target)?;
        let flake = self.flake_source(inner).await.map_err(|error| Error::from_eval(&error, str::to_owned))?;
        let files = Files::new(self.root(), &self.config.own, flake.clone());
        let question = Question {
            own: if survey.every_option { Vec::new() } else { files.own_prefixes() },
            all: survey.every_option,
            shallow: survey.only_options,
            whole: survey.whole_values,
            places: survey.only_places,
            ..Question::default()
        };
        let evaluation = self.evaluator()?.ask(inner, &question).await;
        let (evaluation, mut files) = self.settle(evaluation, Ok(flake))?;
        let listed = evaluation.parts.iter().filter(|part| part.kind != mkwhy_eval::Kind::Remainder);
        Ok(listed.map(|part| evaluated(&target.name, found(&mut files, &target.name, &evaluation, part))).collect())
    }

    async fn inventory(&self, target: &Target, prefix: &OptionPath) -> Result<Inventory, Error> {
        let inner = self.inner(target)?;
        // Which files are the person's own has to be known before they can be asked about.
        let flake = self.flake_source(inner).await.map_err(|error| Error::from_eval(&error, str::to_owned))?;
        let files = Files::new(self.root(), &self.config.own, flake.clone());
        let question = Question { own: files.own_prefixes(), brief: true, ..Question::default() };
        let evaluation = self.evaluator()?.ask(inner, &question).await;
        let (evaluation, mut files) = self.settle(evaluation, Ok(flake))?;
        Ok(Inventory::new(&mut files, &target.name, &evaluation, prefix))
    }

    pub(crate) fn settle(
        &self,
        evaluation: Result<Evaluation, mkwhy_eval::Error>,
        flake: Result<Option<FlakeSource>, mkwhy_eval::Error>,
    ) -> Result<(Evaluation, Files), Error> {
        // Without the flake's source its files cannot be named as the person knows them; its own failure is
        // the evaluation's failure too, and that one says more.
        let files = Files::new(self.root(), &self.config.own, flake.as_ref().ok().cloned().flatten());
        let evaluation = evaluation.map_err(|error| Error::from_eval(&error, |path| files.path_name(path)))?;
        flake.map_err(|error| Error::from_eval(&error, |path| files.path_name(path)))?;
        Ok((evaluation, files))
    }

    pub(crate) async fn flake_source(
        &self,
        target: &mkwhy_eval::Target,
    ) -> Result<Option<FlakeSource>, mkwhy_eval::Error> {
        match &target.source {
            Source::Flake { reference, .. } => match &self.evaluator {
                Ok(evaluator) => evaluator.flake_source(reference).await.map(Some),
                Err(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    pub(crate) fn inner<'a>(&self, target: &'a Target) -> Result<&'a mkwhy_eval::Target, Error> {
        target.inner.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Usage, "this target was not made by this workspace")
                .with_help("ask Workspace::target for it")
        })
    }
}

/// An answer of Nix's.
fn evaluated(target: &str, found: Found) -> Answer {
    let known = match &found {
        Found::Cascade { cascade } => cascade.known.clone(),
        Found::Failed { message, .. } => Knowledge::Failed { message: message.clone() },
        _ => Knowledge::Evaluated,
    };
    Answer { target: target.to_owned(), known, found }
}

/// Of a file that was written to while Nix evaluated, nobody knows which text Nix saw.
fn mark_late(answer: &mut Answer, files: &Files) {
    let Found::Cascade { cascade } = &mut answer.found else { return };
    let late = files.late();
    let Some(definition) = cascade.definitions.iter().find(|definition| late.contains(&definition.at.file.as_str()))
    else {
        return;
    };
    cascade.notes.push(format!("{} was written to while Nix evaluated; ask again", definition.at.file));
    if cascade.known == Knowledge::Evaluated {
        cascade.known = Knowledge::Stale;
        answer.known = Knowledge::Stale;
    }
}

fn find_root(directory: &Path) -> Result<PathBuf, Error> {
    for signs in SIGNS {
        for folder in directory.ancestors() {
            if signs.iter().any(|sign| folder.join(sign).is_file()) {
                return Ok(folder.to_owned());
            }
        }
    }
    let looked_for = SIGNS.concat().join(", ");
    Err(Error::new(
        ErrorKind::NotFound,
        format!("there is no configuration in {} or above it (looked for {looked_for})", directory.display()),
    )
    .with_help("go to the folder of your configuration, or name it with -C DIRECTORY"))
}
