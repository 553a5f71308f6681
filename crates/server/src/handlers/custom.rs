//! The requests that are no part of the protocol.

use std::path::PathBuf;

use mkwhy::{Knowledge, OptionPath};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::*;

use crate::backend::Backend;
use crate::exact::Exact;
use crate::fixes::{self, Place};
use crate::folder::{Child, Folder};
use crate::requests::{
    CascadeAnswer, CascadeParams, ChildEntry, ChildrenParams, DocumentItem, DocumentText, DuplicatesAnswer,
    EvaluateAnswer, FixAnswer, FixEntry, FixesParams, FolderParams, Imports, ImportsParams, ItemsParams, ModuleEntry,
    OptionEntry, ProofParams, Refusal, RulePage, RuleParams, SetTargetParams, Targets, TextParams, TrustParams,
};
use crate::{asking, evaluation, features, pages, publish};

impl Backend {
    /// `mkwhy/cascade`
    pub(crate) async fn cascade(&self, params: CascadeParams) -> Result<CascadeAnswer> {
        let option = match params.option.as_deref().map(str::parse).transpose() {
            Ok(option) => option,
            Err(wrong) => return Err(Error::invalid_params(format!("{wrong}"))),
        };
        let uri = params.text_document.uri;
        // What only Nix can tell is asked for first.
        let unknown = match (&option, params.position) {
            (Some(option), _) => self
                .of_folder(Some(&uri), |folder| {
                    let known = folder.cascade(option).is_some_and(|it| !matches!(it.known, Knowledge::Syntax { .. }));
                    (!known).then(|| option.clone())
                })
                .flatten(),
            (None, Some(position)) => self.unknown_at(&uri, position),
            (None, None) => None,
        };
        self.ask_nix(&uri, unknown).await;
        let encoding = self.shared.state().encoding;
        let found = match (option, params.position) {
            // An option by its name is the folder's: no document of it has to be open.
            (Some(option), _) => self.of_folder(Some(&uri), |folder| {
                folder.cascade(&option).map(|cascade| features::shown_cascade(folder, &cascade, encoding))
            }),
            (None, Some(position)) => self.ask(&uri, |folder, name, text, encoding| {
                let subject = features::subject_at(folder, name, text.offset(position, encoding))?;
                Some(features::shown_cascade(folder, &subject.cascade, encoding))
            }),
            (None, None) => None,
        };
        Ok(found.flatten())
    }

    /// The option at a place that only Nix can tell of.
    pub(crate) fn unknown_at(&self, uri: &Url, position: Position) -> Option<OptionPath> {
        self.ask(uri, |folder, name, text, encoding| {
            features::unknown_at(folder, name, text.offset(position, encoding))
        })?
    }

    /// Asks Nix about an option, if that may be.
    pub(crate) async fn ask_nix(&self, uri: &Url, path: Option<OptionPath>) {
        if let (Some(path), Some(root)) = (path, self.root(Some(uri))) {
            asking::ask(&self.shared, &root, path).await;
        }
    }

    /// Answers from the folder that a URI is in; from the first one where none is named.
    fn of_folder<T>(&self, uri: Option<&Url>, answer: impl FnOnce(&Folder) -> T) -> Option<T> {
        let root = self.root(uri)?;
        self.shared.state().folders.get(&root).map(answer)
    }

    /// `mkwhy/items`
    pub(crate) async fn document_items(&self, params: ItemsParams) -> Result<Option<Vec<DocumentItem>>> {
        Ok(self.ask(&params.text_document.uri, features::document_items))
    }

    /// `mkwhy/options`
    pub(crate) async fn options(&self, params: FolderParams) -> Result<Option<Vec<OptionEntry>>> {
        Ok(self.of_folder(params.uri.as_ref(), features::options))
    }

    /// `mkwhy/children`
    pub(crate) async fn children(&self, params: ChildrenParams) -> Result<Option<Vec<ChildEntry>>> {
        let prefix: OptionPath =
            params.prefix.parse().map_err(|wrong| Error::invalid_params(format!("prefix: {wrong}")))?;
        if let Some(root) = self.root(params.uri.as_ref()) {
            asking::ask(&self.shared, &root, prefix.clone()).await;
        }
        Ok(self.of_folder(params.uri.as_ref(), |folder| {
            let entry = |(name, child): (String, Child)| ChildEntry {
                path: prefix.child(&name),
                name,
                is_option: child.is_option,
                settings: child.settings,
                definitions: child.definitions,
                contradictions: child.contradictions,
            };
            folder.children(&prefix).into_iter().map(entry).collect()
        }))
    }

    /// `mkwhy/rule`
    pub(crate) async fn rule(&self, params: RuleParams) -> Result<Option<RulePage>> {
        Ok(mkwhy::rule(&params.code).map(|rule| RulePage {
            code: rule.code.to_owned(),
            title: rule.title.to_owned(),
            level: rule.level,
            page: pages::text(rule),
        }))
    }

    /// `mkwhy/modules`
    pub(crate) async fn modules(&self, params: FolderParams) -> Result<Option<Vec<ModuleEntry>>> {
        Ok(self.of_folder(params.uri.as_ref(), features::modules))
    }

    /// `mkwhy/duplicates`
    pub(crate) async fn duplicates(&self, params: FolderParams) -> Result<DuplicatesAnswer> {
        let Some(root) = self.root(params.uri.as_ref()) else { return Ok(None) };
        let state = self.shared.state();
        Ok(state.folders.get(&root).and_then(|folder| Some(Exact(folder.inspection.as_ref()?.duplicates()))))
    }

    /// `mkwhy/targets`
    pub(crate) async fn targets(&self, params: FolderParams) -> Result<Targets> {
        let root = self.root(params.uri.as_ref());
        let state = self.shared.state();
        let folder = root.and_then(|root| state.folders.get(&root));
        Ok(Targets {
            targets: folder.map(|folder| folder.targets.clone()).unwrap_or_default(),
            active: folder.and_then(|folder| folder.active.as_ref()).map(|target| target.name.clone()),
        })
    }

    /// `mkwhy/setTarget`
    pub(crate) async fn set_target(&self, params: SetTargetParams) -> Result<()> {
        let Some(root) = self.root(params.uri.as_ref()) else { return Ok(()) };
        {
            let mut state = self.shared.state();
            let Some(folder) = state.folders.get_mut(&root) else { return Ok(()) };
            let known = folder.targets.iter().find(|target| target.name == params.target).cloned();
            let target = match known {
                Some(target) => target,
                None => folder
                    .workspace
                    .target_by_text(Some(&params.target))
                    .map_err(|error| Error::invalid_params(error.to_string()))?,
            };
            folder.activate(target);
            // What is under way was asked about another one.
            state.outdate(&root);
        }
        publish::folder(&self.shared, &root).await;
        evaluation::start(&self.shared, root);
        Ok(())
    }

    /// `mkwhy/imports`
    pub(crate) async fn imports(&self, params: ImportsParams) -> Result<Imports> {
        let uri = params.text_document.uri;
        let state = self.shared.state();
        let found = state.file_of(&uri).and_then(|path| Some((state.folders.get(&state.root_of(&path)?)?, path)));
        let Some((folder, path)) = found else {
            return Ok(Imports { imports: Vec::new(), importers: Vec::new() });
        };
        let index = folder.reading.index();
        let mut imports: Vec<Url> = index
            .imports_of(&path)
            .into_iter()
            .flat_map(|(_, files)| files)
            .filter_map(|file| folder.uri(&file))
            .collect();
        imports.dedup();
        let importers = index.importers_of(&path).iter().filter_map(|file| folder.uri(&file.path)).collect();
        Ok(Imports { imports, importers })
    }

    /// `mkwhy/evaluate`
    pub(crate) async fn evaluate(&self, params: FolderParams) -> Result<EvaluateAnswer> {
        let refused =
            |refused, message| EvaluateAnswer { started: false, refused: Some(refused), message: Some(message) };
        let Some(root) = self.root(params.uri.as_ref()) else {
            let state = self.shared.state();
            let why = state.unopened.values().next().cloned();
            let why = why.unwrap_or_else(|| "there is no configuration that this belongs to".to_owned());
            return Ok(refused(Refusal::NoConfiguration, why));
        };
        if !self.shared.state().trusted {
            evaluation::tell(&self.shared, &root, None, None).await;
            return Ok(refused(Refusal::Untrusted, evaluation::NOT_TRUSTED.to_owned()));
        }
        evaluation::start(&self.shared, root);
        Ok(EvaluateAnswer { started: true, refused: None, message: None })
    }

    /// `mkwhy/fixes`
    pub(crate) async fn fixes(&self, params: FixesParams) -> Result<Vec<FixEntry>> {
        let place = match (params.option, params.position) {
            (Some(option), _) => match option.parse() {
                Ok(option) => Place::Option(option),
                Err(wrong) => return Err(Error::invalid_params(format!("{wrong}"))),
            },
            (None, Some(position)) => Place::Range(Range { start: position, end: position }),
            (None, None) => return Err(Error::invalid_params("a position or an option is missing")),
        };
        Ok(fixes::entries(&self.shared, &params.text_document.uri, &place))
    }

    /// `mkwhy/proof`
    pub(crate) async fn proof(&self, params: ProofParams) -> Result<FixAnswer> {
        fixes::proved(&self.shared, &params.id).await
    }

    /// `mkwhy/text`
    pub(crate) async fn text(&self, params: TextParams) -> Result<Option<DocumentText>> {
        let state = self.shared.state();
        let document = state.documents.get(&params.text_document.uri);
        Ok(document
            .map(|document| DocumentText { text: document.text.shared().to_string(), version: document.version }))
    }

    /// `mkwhy/setTrust`
    pub(crate) async fn set_trust(&self, params: TrustParams) {
        let roots: Vec<PathBuf> = {
            let mut state = self.shared.state();
            state.trusted = params.trusted;
            if !params.trusted {
                // What is under way ends, and what it says is not shown any more.
                state.outdate_all();
                state.offers.cancel_all();
            }
            state.folders.keys().cloned().collect()
        };
        for root in roots {
            self.begin(root).await;
        }
    }

    /// `window/workDoneProgress/cancel`
    pub(crate) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        if let NumberOrString::String(token) = params.token {
            evaluation::cancel(&self.shared, &token);
        }
    }
}
