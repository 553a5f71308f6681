//! One workspace folder: its targets, what Nix last said of the active one, and what has been edited since.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mkwhy::{
    Cascade, Check, Error, Finding, Found, Inspection, Knowledge, Mentioned, Message, OptionPath, Reading, Segment,
    Since, Target, TypedPath, Workspace,
};

use tower_lsp::lsp_types::Url;

use crate::evaluation::Freshness;
use crate::features::{self, Item};
use crate::fixes::Proving;
use crate::pages::Pages;
use crate::place::uri_of;
use crate::text::Text;

/// What was asked since something changed the last time.
#[derive(Default)]
struct Answers {
    cascades: HashMap<OptionPath, Option<Arc<Cascade>>>,
    items: HashMap<String, Arc<[Item]>>,
    findings: HashMap<String, Arc<[Finding]>>,
}

/// What is right under a path.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Child {
    /// Whether it is known to be an option.
    pub(crate) is_option: bool,
    /// Whether it is known that there is an option of that name, or one underneath.
    pub(crate) is_declared: bool,
    /// How many settings there are at it and under it.
    pub(crate) settings: usize,
    /// How many definitions those have.
    pub(crate) definitions: usize,
    /// How many of them contradict each other.
    pub(crate) contradictions: usize,
}

/// So many texts are kept with their lines.
const MOST_TEXTS: usize = 256;

/// A folder with a configuration.
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    /// The root as the client names it.
    pub(crate) shown: PathBuf,
    /// The open files by the very URIs that the client gave them: one file has several.
    spelled: HashMap<PathBuf, Url>,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) reading: Reading,
    pub(crate) targets: Vec<Target>,
    pub(crate) active: Option<Target>,
    pub(crate) inspection: Option<Arc<Inspection>>,
    /// Why the last evaluation failed.
    pub(crate) failure: Option<Error>,
    since: Since,
    /// What files said, when Nix evaluated the target, that it did not read as modules; of those that were edited since.
    beside: HashMap<PathBuf, Option<Arc<str>>>,
    /// Whether something else that Nix may have read is otherwise since: a lock file, or how Nix is asked.
    otherwise: bool,
    /// What Nix said of options that it was asked about one by one since the last evaluation; `None` where it failed.
    asked: HashMap<OptionPath, Option<Found>>,
    answers: Mutex<Answers>,
    texts: Mutex<HashMap<String, Text>>,
    /// What was sent of closed files last, in which something was found, as a number.
    pub(crate) told_of: BTreeMap<String, u64>,
    /// The files that edits were seen to touch since Nix evaluated them.
    touched: BTreeSet<String>,
    /// Counts what evaluations were started for; an answer to an older question is dropped.
    pub(crate) generation: u64,
    /// Ends the evaluation that is under way.
    pub(crate) cancel: Option<tokio::sync::oneshot::Sender<()>>,
    /// The documentation of the rules.
    pub(crate) pages: Pages,
    /// What the client was last told of it.
    pub(crate) told: Option<Freshness>,
    /// Counts the texts: what was proved of others is not proved any more.
    pub(crate) epoch: u64,
    /// Counts the edits: what they mean for other files is told after the last one.
    pub(crate) edits: u64,
    /// What proofs share.
    pub(crate) proving: Arc<tokio::sync::Mutex<Proving>>,
}

impl Folder {
    /// Opens the configuration that a folder holds and reads its modules.
    pub(crate) fn open(workspace: Workspace) -> Self {
        let reading = workspace.read();
        let targets = workspace.targets_by_text().unwrap_or_default();
        let active = workspace.target_by_text(None).ok().or_else(|| targets.first().cloned());
        Self {
            root: workspace.root().to_owned(),
            shown: workspace.root().to_owned(),
            spelled: HashMap::new(),
            workspace: Arc::new(workspace),
            reading,
            targets,
            active,
            inspection: None,
            failure: None,
            since: Since::default(),
            beside: HashMap::new(),
            otherwise: false,
            asked: HashMap::new(),
            answers: Mutex::default(),
            texts: Mutex::default(),
            told_of: BTreeMap::new(),
            touched: BTreeSet::new(),
            generation: 0,
            cancel: None,
            pages: Pages::default(),
            told: None,
            epoch: 0,
            edits: 0,
            proving: Arc::default(),
        }
    }

    /// The name that positions have for a file in the folder.
    pub(crate) fn name(&self, file: &Path) -> Option<String> {
        Some(file.strip_prefix(&self.root).ok()?.to_str()?.to_owned())
    }

    /// The URI by which the client knows a file.
    pub(crate) fn uri(&self, file: &Path) -> Option<Url> {
        if let Some(spelled) = self.spelled.get(file) {
            return Some(spelled.clone());
        }
        match file.strip_prefix(&self.root) {
            Ok(below) => uri_of(&self.shown.join(below)),
            Err(_) => uri_of(file),
        }
    }

    /// The client opened a file by a URI, or closed it.
    pub(crate) fn spell(&mut self, file: &Path, uri: Option<&Url>) {
        match uri {
            Some(uri) if self.spelled.get(file) == Some(uri) => {}
            Some(uri) => drop(self.spelled.insert(file.to_owned(), uri.clone())),
            None => drop(self.spelled.remove(file)),
        }
    }

    /// A file that the client names, as everybody else does; `None` where it is not in the folder.
    pub(crate) fn real(&self, file: &Path) -> Option<PathBuf> {
        match file.strip_prefix(&self.shown) {
            Ok(below) => Some(self.root.join(below)),
            Err(_) => file.starts_with(&self.root).then(|| file.to_owned()),
        }
    }

    /// The file of a position's name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A file has another text now.
    pub(crate) fn edit(&mut self, file: &Path, text: Arc<str>) {
        let before = self.text_of(file);
        self.epoch += u64::from(before.as_ref() != Some(&text));
        self.reading.index().set(file, text);
        self.note(file, || on_disk(file));
        self.reread(file);
    }

    /// A file is again what it is on disk, or is gone.
    pub(crate) fn reload(&mut self, file: &Path) {
        let before = self.text_of(file);
        self.reading.look_anew();
        // What cannot be read is left out, and said to be so when somebody asks for it.
        let _ = self.reading.index().reload(file);
        self.epoch += u64::from(before != self.text_of(file));
        self.note(file, || before);
        self.reread(file);
    }

    /// Keeps what a file said when Nix evaluated the target, where the inspection does not have it.
    fn note(&mut self, file: &Path, said: impl FnOnce() -> Option<Arc<str>>) {
        let read = |inspection: &Arc<Inspection>| inspection.source(&self.name(file)?).map(drop);
        if self.inspection.as_ref().is_some_and(|inspection| read(inspection).is_none()) {
            self.beside.entry(file.to_owned()).or_insert_with(said);
        }
    }

    fn text_of(&self, file: &Path) -> Option<Arc<str>> {
        self.reading.index().file(file).map(|file| file.summary.text().clone())
    }

    /// What is no module is otherwise on disk: Nix may read anything.
    pub(crate) fn look_anew(&mut self) {
        self.epoch += 1;
        self.reading.look_anew();
        self.otherwise = self.inspection.is_some();
        self.changed();
    }

    /// Compares what a file says now with what was evaluated.
    fn reread(&mut self, file: &Path) {
        self.changed();
        if let (Some(name), Some(inspection), Some(target)) = (self.name(file), &self.inspection, &self.active) {
            let on_disk = self.beside.get(file).cloned().flatten();
            self.since.reread(inspection, &self.reading, target, &name, on_disk);
        }
    }

    /// Something is otherwise: what was answered is not an answer any more.
    pub(crate) fn changed(&mut self) {
        *self.answers.get_mut().unwrap_or_else(PoisonError::into_inner) = Answers::default();
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new answer of Nix's; what was edited meanwhile is compared with it. Gives the one before: it is large, and to be
    /// let go where nobody waits.
    pub(crate) fn evaluated(&mut self, inspection: Inspection) -> Option<Arc<Inspection>> {
        let inspection = Arc::new(inspection);
        let before = self.inspection.replace(inspection.clone());
        self.failure = None;
        self.since = Since::default();
        self.touched.clear();
        self.beside.clear();
        self.otherwise = false;
        self.asked.clear();
        self.changed();
        for (name, source) in inspection.sources() {
            let file = self.path(name);
            if self.text_of(&file).is_some_and(|now| *now != *source.text()) {
                self.reread(&file);
            }
        }
        // What is open may never have been saved.
        for file in self.spelled.keys().cloned().collect::<Vec<_>>() {
            self.note(&file, || on_disk(&file));
            if self.beside.contains_key(&file) {
                self.reread(&file);
            }
        }
        before
    }

    /// Another target is the active one; nothing is known of it yet.
    pub(crate) fn activate(&mut self, target: Target) {
        self.active = Some(target);
        self.forget();
    }

    /// Nothing is known of the active target.
    pub(crate) fn forget(&mut self) {
        self.inspection = None;
        self.failure = None;
        self.since = Since::default();
        self.touched.clear();
        self.beside.clear();
        self.otherwise = false;
        self.asked.clear();
        self.changed();
    }

    /// Nix failed, or was ended: what was known stays, and is marked.
    pub(crate) fn failed(&mut self, error: Error) {
        self.failure = Some(error);
        self.changed();
    }

    /// Whether everything is as Nix evaluated it, as far as can be seen.
    fn is_as_evaluated(&self) -> bool {
        self.since.is_empty() && !self.otherwise
    }

    /// How what is shown is known.
    pub(crate) fn freshness(&self) -> Freshness {
        match (&self.cancel, &self.failure, &self.inspection) {
            (Some(_), _, _) => Freshness::Evaluating,
            (None, Some(_), _) => Freshness::Failed,
            (None, None, None) => Freshness::Syntax,
            (None, None, Some(_)) if self.is_as_evaluated() => Freshness::Evaluated,
            (None, None, Some(_)) => Freshness::Stale,
        }
    }

    /// The cascade of an option as it is known now.
    pub(crate) fn cascade(&self, path: &OptionPath) -> Option<Arc<Cascade>> {
        if let Some(known) = self.answers().cascades.get(path) {
            return known.clone();
        }
        let cascade = self.find_cascade(path);
        self.answers().cascades.insert(path.clone(), cascade.clone());
        cascade
    }

    fn find_cascade(&self, path: &OptionPath) -> Option<Arc<Cascade>> {
        if let Some(mut cascade) = self.seen_cascade(path) {
            if !cascade.is_partial() {
                return Some(cascade);
            }
            if let Some(whole) = self.asked_cascade(path) {
                return Some(whole);
            }
            let because = Message::new("only what is off was looked at, and not who else defines it");
            Arc::make_mut(&mut cascade).known = Knowledge::Syntax { because: Some(because) };
            return Some(cascade);
        }
        if matches!(self.asked.get(path), Some(Some(_))) {
            return self.asked_cascade(path);
        }
        self.reading.cascade(self.active.as_ref()?, path)
    }

    /// What Nix said of an option when it looked at the whole target, with what was edited since.
    fn seen_cascade(&self, path: &OptionPath) -> Option<Arc<Cascade>> {
        if let Some(cascade) = self.since.cascade(path) {
            return Some(cascade.clone());
        }
        let mut cascade = self.inspection.as_ref()?.shared_cascade(path)?;
        if (self.failure.is_some() || self.otherwise) && cascade.known == Knowledge::Evaluated {
            // It may be otherwise by now; nobody could see.
            Arc::make_mut(&mut cascade).known = Knowledge::Stale;
        }
        Some(cascade)
    }

    /// What Nix said when it was asked about an option alone.
    fn asked_cascade(&self, path: &OptionPath) -> Option<Arc<Cascade>> {
        let Some(Some(Found::Cascade { cascade })) = self.asked.get(path) else { return None };
        let mut cascade = (**cascade).clone();
        if !self.is_as_evaluated() {
            cascade.known = Knowledge::Stale;
        }
        Some(Arc::new(cascade))
    }

    /// Whether Nix can say more of a path than is known: it evaluated the target, and was not asked yet.
    pub(crate) fn can_ask(&self, path: &OptionPath) -> bool {
        let evaluated = self.inspection.as_ref().is_some_and(|inspection| inspection.is_evaluated());
        evaluated && self.failure.is_none() && self.active.is_some() && !self.asked.contains_key(path)
    }

    /// Nix said something of a path, or nothing.
    pub(crate) fn answered(&mut self, path: OptionPath, found: Option<Found>) {
        self.asked.insert(path, found);
        self.changed();
    }

    /// The option that a file reads or declares at an offset.
    pub(crate) fn mentioned(&self, file: &str, offset: usize) -> Option<Mentioned> {
        self.reading.mentioned(self.active.as_ref()?, &self.path(file), offset)
    }

    /// The option path or value that is typed at an offset.
    pub(crate) fn typed(&self, file: &str, offset: usize) -> Option<TypedPath> {
        self.reading.typed(self.active.as_ref()?, &self.path(file), offset)
    }

    /// What is known to be right under a path, by names.
    pub(crate) fn children(&self, prefix: &OptionPath) -> BTreeMap<String, Child> {
        let mut children: BTreeMap<String, Child> = BTreeMap::new();
        let depth = prefix.segments().len();
        let name = |segment: &Segment| match segment {
            Segment::Name(name) if !name.is_empty() => Some(name.clone()),
            _ => None,
        };
        let mut note = |path: &OptionPath, cascade: Option<&Cascade>| {
            let Some(name) = path.segments().get(depth).and_then(name).filter(|_| path.starts_with(prefix)) else {
                return;
            };
            let child = children.entry(name).or_default();
            child.is_option |= path.segments().len() == depth + 1;
            child.settings += 1;
            if let Some(cascade) = cascade {
                child.definitions +=
                    cascade.definitions.iter().filter(|definition| !definition.declared_default).count();
                child.contradictions += usize::from(cascade.contradiction);
            }
        };
        if let Some(inspection) = &self.inspection {
            inspection.cascades().for_each(|cascade| note(&cascade.path, Some(cascade)));
        } else {
            self.reading.index().paths_under(prefix).iter().for_each(|path| note(path, None));
        }
        // What nobody defines is known by its declaration.
        let mut declared = match &self.active {
            Some(target) => self.reading.declared_under(target, prefix),
            None => BTreeSet::new(),
        };
        if let Some(Some(Found::Namespace { names, .. })) = self.asked.get(prefix) {
            declared.extend(names.iter().filter(|name| !name.is_empty()).cloned());
        }
        for name in declared {
            children.entry(name).or_default().is_declared = true;
        }
        children
    }

    /// The options that a file defines, by path.
    fn paths_in(&self, file: &str) -> BTreeSet<OptionPath> {
        let mut paths: BTreeSet<OptionPath> = BTreeSet::new();
        if let Some(inspection) = &self.inspection {
            paths.extend(inspection.paths_in(file).cloned());
            paths.extend(self.since.settings_in(file).cloned());
        } else if let Some(target) = &self.active {
            let path = self.path(file);
            paths.extend(self.reading.settings_in(target, &path).iter().cloned());
        }
        paths
    }

    /// The options of which it is known what became of their definitions, as far as Nix told.
    pub(crate) fn known_paths(&self) -> BTreeSet<OptionPath> {
        let evaluated = self.inspection.iter().flat_map(|inspection| inspection.cascades());
        evaluated.map(|cascade| cascade.path.clone()).chain(self.since.settings().cloned()).collect()
    }

    /// Whether those are the options of a file as well.
    pub(crate) fn is_known(&self, file: &str) -> bool {
        let of_nix = |inspection: &Arc<Inspection>| inspection.paths_in(file).next().is_some();
        self.inspection.as_ref().is_some_and(of_nix) || self.since.settings_in(file).next().is_some()
    }

    /// The definitions in a document whose places are known, in the order of the text.
    pub(crate) fn items(&self, file: &str) -> Arc<[Item]> {
        if let Some(known) = self.answers().items.get(file) {
            return known.clone();
        }
        let cascades = self.paths_in(file).into_iter().filter_map(|path| self.cascade(&path));
        let items: Arc<[Item]> = features::items(cascades, file, self.inspection.is_none()).into();
        self.answers().items.insert(file.to_owned(), items.clone());
        items
    }

    /// What the rules find in a file as it is now.
    pub(crate) fn findings_in(&self, file: &str) -> Arc<[Finding]> {
        if let Some(known) = self.answers().findings.get(file) {
            return known.clone();
        }
        let findings: Arc<[Finding]> = self.find_in(file).into();
        self.answers().findings.insert(file.to_owned(), findings.clone());
        findings
    }

    fn find_in(&self, file: &str) -> Vec<Finding> {
        match (&self.inspection, &self.active) {
            (Some(inspection), _) => {
                let mut found = self.workspace.findings_in(inspection, &self.since, &self.reading, file);
                // Whether a comment allows nothing is seen only where everything is looked at.
                let comments = inspection.source(file).is_some_and(|source| source.text().contains("mkwhy: allow"));
                if self.targets.len() == 1 && self.since.is_empty() && comments {
                    let unused = |finding: &Finding| finding.code == "unused-allow" && finding.site.at.file == file;
                    found.extend(self.finder()().into_iter().filter(unused));
                }
                found
            }
            (None, Some(target)) => self.workspace.guesses_in(&self.reading, target, file),
            (None, None) => Vec::new(),
        }
    }

    /// The files in which the rules may find something else than when Nix evaluated them, and those in which they did
    /// meanwhile.
    pub(crate) fn touched(&mut self) -> &BTreeSet<String> {
        if let Some(inspection) = &self.inspection {
            for now in self.since.cascades() {
                let before = inspection.shared_cascade(&now.path);
                let all = before.iter().flat_map(|cascade| &cascade.definitions).chain(&now.definitions);
                self.touched.extend(all.map(|found| found.at.file.clone()));
            }
        }
        &self.touched
    }

    /// Finds what the rules find in all files, as it was when Nix evaluated them. It takes a while: not while the
    /// folder is held.
    pub(crate) fn finder(&self) -> impl FnOnce() -> Vec<Finding> + Send + use<> {
        let check = Check { all_targets: self.targets.len() == 1, ..Check::default() };
        let (workspace, inspection) = (self.workspace.clone(), self.inspection.clone());
        move || {
            let inspection = inspection.as_deref().map(std::slice::from_ref).unwrap_or_default();
            workspace.findings(inspection, &check).map(|found| found.findings).unwrap_or_default()
        }
    }

    /// The text of a file as it is now, for converting places in it.
    pub(crate) fn text(&self, file: &str) -> Option<Text> {
        let path = self.path(file);
        let text: Arc<str> = match self.reading.index().file(&path) {
            Some(known) => known.summary.text().clone(),
            None => on_disk(&path)?,
        };
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = texts.get(file).filter(|known| known.is(&text)) {
            return Some(known.clone());
        }
        if texts.len() >= MOST_TEXTS {
            texts.clear();
        }
        let text = Text::new(text);
        texts.insert(file.to_owned(), text.clone());
        Some(text)
    }
}

/// What a file says on disk, as an editor shows it: with a mark in the place of what is no text.
fn on_disk(file: &Path) -> Option<Arc<str>> {
    Some(String::from_utf8_lossy(&mkwhy::bytes_on_disk(file).ok()?).into())
}
