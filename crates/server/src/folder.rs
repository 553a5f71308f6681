//! One workspace folder: its targets, what Nix last said of the active one, and what has been edited since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mkwhy::{
    Cascade, Check, EditedFile, Error, Finding, Found, Inspection, Knowledge, OptionPath, Reading, Target, Workspace,
};

use tower_lsp::lsp_types::Url;

use crate::evaluation::Freshness;
use crate::fixes::Proving;
use crate::place::uri_of;
use crate::text::Text;

/// A folder with a configuration.
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    /// The root as the client names it.
    pub(crate) shown: PathBuf,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) reading: Reading,
    pub(crate) targets: Vec<Target>,
    pub(crate) active: Option<Target>,
    pub(crate) inspection: Option<Arc<Inspection>>,
    /// Why the last evaluation failed.
    pub(crate) failure: Option<Error>,
    edited: BTreeMap<String, EditedFile>,
    since: BTreeMap<OptionPath, Arc<Cascade>>,
    /// The closed files of which findings were sent.
    pub(crate) told_of: BTreeSet<String>,
    /// Counts what evaluations were started for; an answer to an older question is dropped.
    pub(crate) generation: u64,
    /// Ends the evaluation that is under way.
    pub(crate) cancel: Option<tokio::sync::oneshot::Sender<()>>,
    /// What the client was last told of it.
    pub(crate) told: Option<Freshness>,
    /// Counts the texts: what was proved of others is not proved any more.
    pub(crate) epoch: u64,
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
            workspace: Arc::new(workspace),
            reading,
            targets,
            active,
            inspection: None,
            failure: None,
            edited: BTreeMap::new(),
            since: BTreeMap::new(),
            told_of: BTreeSet::new(),
            generation: 0,
            cancel: None,
            told: None,
            epoch: 0,
            proving: Arc::default(),
        }
    }

    /// The name that positions have for a file in the folder.
    pub(crate) fn name(&self, file: &Path) -> Option<String> {
        Some(file.strip_prefix(&self.root).ok()?.to_str()?.to_owned())
    }

    /// The URI by which the client knows a file.
    pub(crate) fn uri(&self, file: &Path) -> Option<Url> {
        match file.strip_prefix(&self.root) {
            Ok(below) => uri_of(&self.shown.join(below)),
            Err(_) => uri_of(file),
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
        self.reread(file);
    }

    /// A file is again what it is on disk, or is gone.
    pub(crate) fn reload(&mut self, file: &Path) {
        let before = self.text_of(file);
        // What cannot be read is left out, and said to be so when somebody asks for it.
        let _ = self.reading.index().reload(file);
        self.epoch += u64::from(before != self.text_of(file));
        self.reread(file);
    }

    fn text_of(&self, file: &Path) -> Option<Arc<str>> {
        self.reading.index().file(file).map(|file| file.summary.text().clone())
    }

    /// Compares what a file says now with what was evaluated.
    fn reread(&mut self, file: &Path) {
        let (Some(name), Some(inspection), Some(target)) = (self.name(file), &self.inspection, &self.active) else {
            return;
        };
        let now = self.reading.index().file(file).map(|file| file.summary.text().clone());
        let evaluated = inspection.source(&name).map(|source| source.shared_text());
        let known = inspection.paths_in(&name).next().is_some();
        if now == evaluated || (evaluated.is_none() && !known && now.is_none()) {
            self.edited.remove(&name);
        } else {
            self.edited.insert(name.clone(), inspection.edited(&self.reading, target, &name));
        }
        self.since = inspection
            .since(&self.edited)
            .into_iter()
            .map(|(path, subject)| (path, Arc::new(subject.cascade)))
            .collect();
    }

    /// A new answer of Nix's; what was edited meanwhile is compared with it.
    pub(crate) fn evaluated(&mut self, inspection: Inspection) {
        self.inspection = Some(Arc::new(inspection));
        self.failure = None;
        self.edited.clear();
        self.since.clear();
        let files: Vec<PathBuf> = self.reading.index().files().iter().map(|file| file.path.to_path_buf()).collect();
        for file in files {
            let name = self.name(&file).unwrap_or_default();
            let evaluated =
                self.inspection.as_ref().and_then(|inspection| inspection.source(&name)?.shared_text().into());
            let now = self.reading.index().file(&file).map(|file| file.summary.text().clone());
            if evaluated.is_some() && evaluated != now {
                self.reread(&file);
            }
        }
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
        self.edited.clear();
        self.since.clear();
    }

    /// How what is shown is known.
    pub(crate) fn freshness(&self) -> Freshness {
        match (&self.cancel, &self.failure, &self.inspection) {
            (Some(_), _, _) => Freshness::Evaluating,
            (None, Some(_), _) => Freshness::Failed,
            (None, None, None) => Freshness::Syntax,
            (None, None, Some(_)) if self.edited.is_empty() => Freshness::Evaluated,
            (None, None, Some(_)) => Freshness::Stale,
        }
    }

    /// The cascade of an option as it is known now.
    pub(crate) fn cascade(&self, path: &OptionPath) -> Option<Arc<Cascade>> {
        if let Some(cascade) = self.since.get(path) {
            return Some(cascade.clone());
        }
        if let Some(cascade) = self.inspection.as_ref().and_then(|inspection| inspection.cascade(path)) {
            let mut cascade = cascade.clone();
            if self.failure.is_some() && cascade.known == Knowledge::Evaluated {
                // It may be otherwise by now; nobody could see.
                cascade.known = Knowledge::Stale;
            }
            return Some(Arc::new(cascade));
        }
        match self.reading.why(self.active.as_ref()?, path, None).found {
            Found::Cascade { cascade } => Some(Arc::new(*cascade)),
            _ => None,
        }
    }

    /// The cascades of the options that a file defines, by path.
    pub(crate) fn cascades_in(&self, file: &str) -> Vec<Arc<Cascade>> {
        let mut paths: BTreeSet<OptionPath> = BTreeSet::new();
        if let Some(inspection) = &self.inspection {
            paths.extend(inspection.paths_in(file).cloned());
            paths.extend(self.edited.get(file).into_iter().flat_map(EditedFile::settings).cloned());
        } else if let Some(target) = &self.active {
            let path = self.path(file);
            paths.extend(self.reading.settings_in(target, &path));
        }
        let here = |cascade: &Arc<Cascade>| cascade.definitions.iter().any(|definition| definition.at.file == file);
        paths.iter().filter_map(|path| self.cascade(path)).filter(here).collect()
    }

    /// What the rules find in a file as it is now.
    pub(crate) fn findings_in(&self, file: &str) -> Vec<Finding> {
        match (&self.inspection, &self.active) {
            (Some(inspection), _) => {
                let mut found = self.workspace.findings_in(inspection, &self.edited, &self.reading, file);
                // Whether a comment allows nothing is seen only where everything is looked at.
                let comments = inspection.source(file).is_some_and(|source| source.text().contains("mkwhy: allow"));
                if self.targets.len() == 1 && self.edited.is_empty() && comments {
                    let unused = |finding: &Finding| finding.code == "unused-allow" && finding.site.at.file == file;
                    found.extend(self.findings().into_iter().filter(unused));
                }
                found
            }
            (None, Some(target)) => self.workspace.guesses_in(&self.reading, target, file),
            (None, None) => Vec::new(),
        }
    }

    /// What the rules find in all files, as it was when Nix evaluated them.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let check = Check { all_targets: self.targets.len() == 1, ..Check::default() };
        let inspection = self.inspection.as_deref().map(std::slice::from_ref).unwrap_or_default();
        self.workspace.findings(inspection, &check).map(|found| found.findings).unwrap_or_default()
    }

    /// The text of a file as it is now, for converting places in it.
    pub(crate) fn text(&self, file: &str) -> Option<Text> {
        let path = self.path(file);
        match self.reading.index().file(&path) {
            Some(known) => Some(Text::new(known.summary.text().clone())),
            None => std::fs::read_to_string(path).ok().map(Text::new),
        }
    }
}
