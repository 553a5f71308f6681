//! Where the two sides are evaluated.
//!
//! A flake is what Nix copied of it into the store: there is no file in it that Nix does not see, and none is missing. The
//! side before is evaluated right there, the one after from a copy with the change. Both are folders without Git for Nix, so
//! that what a flake can know of its commit is the same for both. Everything else is evaluated in place, and so both sides
//! are copies, from which what lies beside the original is found by the same relative paths. That nothing was read from the
//! original itself is seen afterwards (`Side`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mkwhy_eval::{Evaluator, FlakeSource, Source};
use mkwhy_model::{Change, FileChange, Message};
use tokio::sync::OnceCell;

use super::names::{Names, TREE};
use super::touch::Changed;
use crate::error::{Error, ErrorKind};
use crate::files::Files;
use crate::private_copy::{Copy, Overlay, relative};
use crate::targets::Target;
use crate::workspace::Workspace;

/// What some targets are evaluated from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ground {
    /// A flake, by its reference.
    Flake(String),
    /// The workspace's folder as it is.
    Tree,
}

impl Ground {
    /// The targets by what they are evaluated from.
    pub(super) fn of(workspace: &Workspace, targets: &[Target]) -> Result<Vec<(Self, Vec<usize>)>, Error> {
        let mut grounds: Vec<(Self, Vec<usize>)> = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            let ground = match &workspace.inner(target)?.source {
                Source::Flake { reference, .. } => Self::Flake(reference.clone()),
                Source::File { .. } | Source::Nixos { .. } | Source::Expression { .. } => Self::Tree,
            };
            match grounds.iter_mut().find(|(known, _)| *known == ground) {
                Some((_, numbers)) => numbers.push(number),
                None => grounds.push((ground, vec![number])),
            }
        }
        Ok(grounds)
    }
}

/// Where one side is evaluated.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) evaluator: Evaluator,
    /// The workspace's folder.
    pub(super) root: PathBuf,
    /// The original, whose files are not to be read; `None` where Nix sees to that.
    pub(super) original: Option<PathBuf>,
    /// Of a flake: how Nix is told of it, and its source.
    pub(super) flake: Option<(String, FlakeSource)>,
    pub(super) names: Names,
    /// The folder that stands for the person's tree.
    folder: PathBuf,
    /// That tree.
    tree: PathBuf,
    /// It goes with the stage.
    _copy: Option<Copy>,
}

impl Stage {
    /// The files of this side.
    pub(super) fn files(&self, own: &[String]) -> Files {
        let here = |part: &String| match Path::new(part).strip_prefix(&self.tree) {
            Ok(path) => self.folder.join(path).to_string_lossy().into_owned(),
            Err(_) => part.clone(),
        };
        let own: Vec<String> = own.iter().map(here).collect();
        Files::new(&self.root, &own, self.flake.as_ref().map(|(_, source)| source.clone()))
    }

    /// How positions name one of Nix's files.
    pub(super) fn name(&self, files: &Files, file: &str) -> String {
        let name = self.names.common(&files.name(file));
        if name.contains(TREE) { name.replace(TREE, &self.tree.to_string_lossy()) } else { name }
    }

    /// A target as it is here.
    pub(super) fn target(&self, workspace: &Workspace, target: &mkwhy_eval::Target) -> mkwhy_eval::Target {
        let moved = |file: &Path| self.moved(workspace, file);
        let source = match &target.source {
            Source::Flake { attribute, .. } => Source::Flake {
                reference: self.flake.as_ref().map(|(reference, _)| reference.clone()).unwrap_or_default(),
                attribute: attribute.clone(),
            },
            Source::File { file, attribute, arguments } => {
                Source::File { file: moved(file), attribute: attribute.clone(), arguments: arguments.clone() }
            }
            Source::Nixos { configuration } => Source::Nixos { configuration: moved(configuration) },
            Source::Expression { text } => Source::Expression { text: text.clone() },
        };
        mkwhy_eval::Target { name: target.name.clone(), source }
    }

    /// A file of the original, or beside it, as it is found from here.
    fn moved(&self, workspace: &Workspace, file: &Path) -> PathBuf {
        // Nix takes `..` away before it looks; a link would lead elsewhere.
        let mut plain = PathBuf::new();
        for component in file.components() {
            if component == std::path::Component::ParentDir {
                plain.pop();
            } else {
                plain.push(component);
            }
        }
        match plain.strip_prefix(workspace.root()) {
            Ok(relative) => self.root.join(relative),
            Err(_) => plain,
        }
    }
}

/// Both sides of a ground.
#[derive(Debug)]
pub(super) struct Stages<'a> {
    pub(super) workspace: &'a Workspace,
    /// The files that the change is of, as far as they belong to the ground.
    pub(super) changed: Vec<Changed>,
    /// The folder of the person that values speak of.
    pub(super) tree: String,
    /// The prefixes of the person's own files, as `mkwhy.toml` has them, with those that the change is of.
    pub(super) own: Vec<String>,
    pub(super) after: Stage,
    /// The flake, where it is one.
    source: Option<FlakeSource>,
    /// What differs from what is on disk, before the change.
    overlay: Overlay,
    /// Which texts were copied.
    hash: u64,
    before: OnceCell<Result<Stage, Message>>,
}

/// Why a whole ground cannot be evaluated, or what stands in the way of any proof.
type Prepares<T> = Result<Result<T, Message>, Error>;

impl<'a> Stages<'a> {
    /// Makes both sides. The inner error is why these targets cannot be evaluated.
    pub(super) async fn of(
        workspace: &'a Workspace,
        ground: &Ground,
        unsaved: &BTreeMap<String, Option<Arc<str>>>,
        change: &Change,
    ) -> Prepares<Self> {
        match ground {
            Ground::Flake(reference) => Self::of_flake(workspace, reference, unsaved, change).await,
            Ground::Tree => Self::of_tree(workspace, unsaved, change).await.map(Ok),
        }
    }

    async fn of_tree(
        workspace: &'a Workspace,
        unsaved: &BTreeMap<String, Option<Arc<str>>>,
        change: &Change,
    ) -> Result<Self, Error> {
        let overlay = unsaved
            .iter()
            .map(|(name, text)| Ok((relative(Path::new(name))?, text.clone())))
            .collect::<Result<Overlay, Error>>()?;
        let files: Vec<(PathBuf, &str, &FileChange)> = change
            .files()
            .map(|(name, file)| Ok((relative(Path::new(name))?, name, file)))
            .collect::<Result<_, Error>>()?;
        let copy = tree_copy(workspace, &overlay).await?;
        let hash = copy.hash();
        apply(&copy, &files)?;
        Ok(Self {
            workspace,
            changed: files
                .iter()
                .map(|(path, name, file)| Changed::new(name, workspace.root(), path.clone(), file))
                .collect(),
            tree: workspace.root().to_string_lossy().into_owned(),
            own: own(workspace, change),
            after: tree_stage(workspace, copy)?,
            source: None,
            overlay,
            hash,
            before: OnceCell::new(),
        })
    }

    async fn of_flake(
        workspace: &'a Workspace,
        reference: &str,
        unsaved: &BTreeMap<String, Option<Arc<str>>>,
        change: &Change,
    ) -> Prepares<Self> {
        let source = match workspace.evaluator()?.flake_source(reference).await {
            Ok(source) => source,
            Err(error) => return Ok(Err(message(&error))),
        };
        let Some(tree) = source.tree.as_deref().and_then(|tree| tree.canonicalize().ok()) else {
            return Ok(Err(Message::new(format!("{reference} is not made of files on this machine"))));
        };
        let store = PathBuf::from(&source.store);
        if !store.is_dir() {
            let why = format!("Nix keeps its copy of {} where it cannot be read: {}", tree.display(), store.display());
            return Ok(Err(Message::new(why)));
        }
        let place = |name: &str| workspace.root().join(name).strip_prefix(&tree).ok().map(Path::to_owned);
        let inputs = inputs(workspace, &source);
        let mut files: Vec<(PathBuf, &str, &FileChange)> = Vec::new();
        for (name, file) in change.files() {
            let absolute = workspace.root().join(name);
            if let Some(input) = inputs.iter().find(|input| absolute.starts_with(input)) {
                let why = format!(
                    "the flake has {} as an input of its own, where a change of {name} is seen when the input is updated",
                    input.display()
                );
                return Ok(Err(Message::new(why)));
            }
            // What lies outside of a flake is no part of it.
            let Some(path) = place(name) else { continue };
            if file.before.is_some() && !store.join(&path).exists() {
                return Ok(Err(Message::new(format!("{name} is not part of the flake: Git does not track it"))));
            }
            files.push((relative(&path)?, name, file));
        }
        // Files that only an editor has are none for Git.
        let overlay: Overlay = unsaved
            .iter()
            .filter_map(|(name, text)| Some((place(name)?, text.clone())))
            .filter(|(path, _)| store.join(path).exists())
            .collect();
        let copy = source_copy(&source, &overlay).await?;
        let hash = copy.hash();
        apply(&copy, &files)?;
        let after = match flake_stage(workspace, &source, Some(copy)).await {
            Ok(stage) => stage,
            // With the change it is no flake any more.
            Err(failure) => return Ok(Err(failure)),
        };
        let mut changed = Vec::new();
        for (path, name, file) in files {
            let Some(path) = tree.join(&path).strip_prefix(&after.tree).ok().map(Path::to_owned) else {
                let why = format!("{name} lies beside the flake, where this version of Nix does not find it in a copy");
                return Ok(Err(Message::new(why)));
            };
            changed.push(Changed::new(name, workspace.root(), path, file));
        }
        Ok(Ok(Self {
            workspace,
            changed,
            tree: after.tree.to_string_lossy().into_owned(),
            own: own(workspace, change),
            after,
            source: Some(source),
            overlay,
            hash,
            before: OnceCell::new(),
        }))
    }

    /// What the side before depends on.
    pub(super) fn key(&self) -> String {
        let evaluator = &self.after.evaluator;
        let store = self.source.as_ref().map(|source| source.store.as_str()).unwrap_or_default();
        format!(
            "{store} {:x} {:?} {:?} {:?} {}",
            self.hash,
            self.own,
            evaluator.nix.program(),
            evaluator.override_inputs,
            evaluator.import_from_derivation
        )
    }

    /// The side before any change, which is only made where it has to be evaluated.
    pub(super) async fn before(&self) -> Result<&Stage, Message> {
        let made = self.before.get_or_init(async || match &self.source {
            Some(source) if self.overlay.is_empty() => flake_stage(self.workspace, source, None).await,
            Some(source) => {
                let copy = source_copy(source, &self.overlay).await.map_err(|error| told(&error))?;
                flake_stage(self.workspace, source, Some(copy)).await
            }
            None => {
                let copy = tree_copy(self.workspace, &self.overlay).await.map_err(|error| told(&error))?;
                if copy.hash() != self.hash {
                    return Err(Message::new("files were written to while they were copied; ask again"));
                }
                tree_stage(self.workspace, copy).map_err(|error| told(&error))
            }
        });
        made.await.as_ref().map_err(Clone::clone)
    }
}

/// What an error of the façade says, as a part of a proof.
pub(super) fn told(error: &Error) -> Message {
    Message { text: error.to_string(), at: error.at().cloned() }
}

fn message(error: &mkwhy_eval::Error) -> Message {
    told(&Error::from_eval(error, str::to_owned))
}

async fn tree_copy(workspace: &Workspace, overlay: &Overlay) -> Result<Copy, Error> {
    let (root, overlay) = (workspace.root().to_owned(), overlay.clone());
    in_background(move || Copy::of_tree(&root, true, &overlay)).await
}

async fn source_copy(source: &FlakeSource, overlay: &Overlay) -> Result<Copy, Error> {
    let (store, overlay) = (PathBuf::from(&source.store), overlay.clone());
    in_background(move || Copy::of_source(&store, &overlay)).await
}

/// Copying takes its time, and nobody is to wait for it.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(Error::new(ErrorKind::Evaluation, "the private copy was not finished")),
    }
}

/// Makes the change in a copy, if it is of what is there.
fn apply(copy: &Copy, files: &[(PathBuf, &str, &FileChange)]) -> Result<(), Error> {
    let mut overlay = Overlay::new();
    for (path, name, file) in files {
        let is = std::fs::read(copy.root().join(path)).ok();
        if is.as_deref() != file.before.as_deref().map(str::as_bytes) {
            let what =
                if file.before.is_none() { "exists already" } else { "is not what it was when the fix was made" };
            return Err(Error::new(ErrorKind::Evaluation, format!("{name} {what}")).with_help("ask for the fix again"));
        }
        overlay.insert(path.clone(), Some(Arc::from(file.after())));
    }
    copy.write(&overlay)
}

fn tree_stage(workspace: &Workspace, copy: Copy) -> Result<Stage, Error> {
    Ok(Stage {
        evaluator: Evaluator { directory: copy.root().to_owned(), ..workspace.evaluator()?.clone() },
        root: copy.root().to_owned(),
        original: Some(workspace.root().to_owned()),
        flake: None,
        names: Names::of_mirror(&copy.top().to_string_lossy()),
        folder: copy.root().to_owned(),
        tree: workspace.root().to_owned(),
        _copy: Some(copy),
    })
}

/// A flake's source in the store, or in a copy, as a flake by itself.
async fn flake_stage(workspace: &Workspace, source: &FlakeSource, copy: Option<Copy>) -> Result<Stage, Message> {
    let mut evaluator = workspace.evaluator().map_err(|error| told(&error))?.clone();
    for (_, reference) in &mut evaluator.override_inputs {
        if let Some(path) = local_path(reference, workspace.root()) {
            *reference = format!("path:{}", encoded(&path.to_string_lossy()));
        }
    }
    let original = source.tree.as_deref().unwrap_or(workspace.root());
    let original = original.canonicalize().unwrap_or_else(|_| original.to_owned());
    let inner = workspace.root().strip_prefix(&original).unwrap_or(Path::new(""));
    let folder = match &copy {
        Some(copy) => copy.root().to_owned(),
        None => PathBuf::from(&source.store),
    };
    if let Some(copy) = &copy {
        copy.without_times().map_err(|error| told(&error))?;
    }
    let (reference, known) = if source.folder.is_empty() && copy.is_none() {
        let known = FlakeSource { tree: Some(folder.clone()), ..source.clone() };
        (format!("path:{}", encoded(&folder.to_string_lossy())), known)
    } else {
        of_folder(&evaluator, &folder, &source.folder).await.map_err(|error| message(&error))?
    };
    let root = folder.join(inner);
    // Where Nix cannot be told of a folder in a tree, that folder is all that it sees.
    let seen = known.tree.as_deref().and_then(|tree| tree.strip_prefix(&folder).ok()).unwrap_or(Path::new(""));
    let (tree, folder) = (joined(&original, seen), joined(&folder, seen));
    let names = Names::of_store(&known.store, &folder.to_string_lossy());
    Ok(Stage { evaluator, root, original: None, flake: Some((reference, known)), names, folder, tree, _copy: copy })
}

/// The reference and source of the flake in a folder of a tree.
async fn of_folder(
    evaluator: &Evaluator,
    tree: &Path,
    folder: &str,
) -> Result<(String, FlakeSource), mkwhy_eval::Error> {
    let mut reference = format!("path:{}", encoded(&tree.to_string_lossy()));
    if !folder.is_empty() {
        reference = format!("{reference}?dir={}", encoded(folder));
    }
    match evaluator.flake_source(&reference).await {
        // Before 2.19 a path is always the flake itself. What lies beside it is then out of reach.
        Err(error) if !folder.is_empty() && error.to_string().contains("unsupported parameter 'dir'") => {
            let reference = format!("path:{}", encoded(&tree.join(folder).to_string_lossy()));
            let source = evaluator.flake_source(&reference).await?;
            Ok((reference, source))
        }
        told => Ok((reference, told?)),
    }
}

/// The folders of this machine that a flake takes in by their absolute paths.
fn inputs(workspace: &Workspace, source: &FlakeSource) -> Vec<PathBuf> {
    let overridden = workspace.evaluator().map(|evaluator| evaluator.override_inputs.clone()).unwrap_or_default();
    let overridden = overridden.iter().filter_map(|(_, reference)| local_path(reference, workspace.root()));
    let all = source.inputs.iter().cloned().chain(overridden);
    all.map(|path| path.canonicalize().unwrap_or(path)).collect()
}

/// The folder that a reference names, if it names one of this machine.
fn local_path(reference: &str, root: &Path) -> Option<PathBuf> {
    let path = reference.strip_prefix("path:").or_else(|| reference.starts_with(['.', '/']).then_some(reference))?;
    let path = path.split(['?', '#']).next()?;
    Some(root.join(path.strip_prefix("./").unwrap_or(path)))
}

/// A path with more after it, if there is more.
fn joined(path: &Path, more: &Path) -> PathBuf {
    if more.as_os_str().is_empty() { path.to_owned() } else { path.join(more) }
}

/// A path in a reference.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~+=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whose files count: the person's own, and those that the change is of.
fn own(workspace: &Workspace, change: &Change) -> Vec<String> {
    let config = &workspace.config().own;
    let is_own = |name: &str| match config.as_slice() {
        [] => Path::new(name).is_relative(),
        own => own.iter().any(|folder| Path::new(name).starts_with(folder.trim_start_matches("./"))),
    };
    let more: Vec<String> =
        change.files().map(|(name, _)| name).filter(|name| !is_own(name)).map(str::to_owned).collect();
    match (config.is_empty(), more.is_empty()) {
        (_, true) => config.clone(),
        (true, false) => std::iter::once(String::new()).chain(more).collect(),
        (false, false) => config.iter().cloned().chain(more).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_references() {
        let root = Path::new("/home/me");
        let path = |reference| local_path(reference, root);
        assert_eq!(path("path:/src/nixpkgs?x=1"), Some("/src/nixpkgs".into()));
        assert_eq!(path("path:./vendor"), Some("/home/me/vendor".into()));
        assert_eq!(path("/src"), Some("/src".into()));
        assert_eq!(path("github:a/b"), None);
        assert_eq!(path("nixpkgs"), None);
        assert_eq!(encoded("/a b/ü?"), "/a%20b/%C3%BC%3F");
    }
}
