//! A private copy of a workspace that holds edits which are not on disk.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ignore::WalkBuilder;
use tempfile::TempDir;

use crate::error::{Error, ErrorKind};
use crate::workspace::Workspace;

/// Larger copies are refused: they would be made again for every question.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// An ignored folder with more files than this (what builds leave) is led to by a link instead of being copied.
const MOST_IGNORED: usize = 2000;

/// Folders around the workspace with more entries than this are not shown in a copy.
const MOST_NEIGHBOURS: usize = 20_000;

/// Texts in place of files, by their paths in the tree that is copied; `None` for a file that is left out.
pub(crate) type Overlay = BTreeMap<PathBuf, Option<Arc<str>>>;

/// A copy of a workspace's files with some of them changed. It goes when it is dropped.
#[derive(Debug)]
pub struct PrivateCopy {
    workspace: Workspace,
    _copy: Copy,
}

impl PrivateCopy {
    /// The workspace of the copy. Its positions name files as those of the original do.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.workspace.root()
    }
}

impl Workspace {
    /// Copies the workspace with other texts for some files, by the names that positions have; `None` for a file that
    /// is to be left out. The original is only read.
    ///
    /// What lies beside the root is found from the copy by the same relative paths. Of a flake, what `.gitignore` names is
    /// left out where the root is in a Git repository.
    ///
    /// # Errors
    /// If a file cannot be copied, if a name leads out of the workspace, or if it is larger than half a gigabyte.
    pub fn private_copy(&self, texts: &BTreeMap<String, Option<Arc<str>>>) -> Result<PrivateCopy, Error> {
        let overlay = texts
            .iter()
            .map(|(name, text)| Ok((relative(Path::new(name))?, text.clone())))
            .collect::<Result<Overlay, Error>>()?;
        let copy = Copy::of_tree(self.root(), !self.root().join("flake.nix").is_file(), &Overlay::new())?;
        copy.write(&overlay)?;
        let workspace = self.moved_to(copy.root())?;
        Ok(PrivateCopy { workspace, _copy: copy })
    }
}

/// The path of a file in a tree by its name, which must not lead out of it.
pub(crate) fn relative(name: &Path) -> Result<PathBuf, Error> {
    let plain = name.components().all(|component| matches!(component, Component::Normal(_)));
    if plain {
        Ok(name.to_owned())
    } else {
        Err(Error::new(ErrorKind::Usage, format!("{} is no file of the workspace", name.display())))
    }
}

/// The files of a tree in another folder.
#[derive(Debug)]
pub(crate) struct Copy {
    _folder: TempDir,
    /// What stands before the original's paths.
    top: PathBuf,
    root: PathBuf,
    hash: u64,
}

/// What is done with an entry of a tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    Whole,
    Linked,
    Not,
}

impl Copy {
    /// Copies a folder that Nix evaluates in place, to a folder from which everything beside the original is found by the
    /// same relative paths. Git's own files are left out; what Git ignores as well, unless Nix is to see it too.
    ///
    /// The files of `overlay` have its texts.
    pub(crate) fn of_tree(from: &Path, with_ignored: bool, overlay: &Overlay) -> Result<Self, Error> {
        let folder = scratch()?;
        // Nix must name its files by the same path as everybody else.
        let top = folder.path().canonicalize().map_err(|wrong| refused(folder.path(), &wrong))?;
        let root = mirrored(&top, from).map_err(|wrong| refused(&top, &wrong))?;
        let kept = not_ignored(from)?;
        let choose = |path: &Path, is_folder: bool| {
            if path == top || path.file_name().is_some_and(|name| name == ".git") {
                Take::Not
            } else if kept.contains(path) {
                Take::Whole
            } else if !with_ignored {
                Take::Not
            } else if is_folder && entries_of(path, MOST_IGNORED) > MOST_IGNORED {
                Take::Linked
            } else {
                Take::Whole
            }
        };
        let mut copying =
            Copying { from, to: &root, choose: &choose, links_into_copy: true, ..Copying::new(from, &root) };
        copying.go(Path::new(""))?;
        let hash = copying.hasher.finish();
        let copy = Self { _folder: folder, top, root, hash };
        copy.finished(overlay)
    }

    /// Copies a flake's source out of the store. Nothing beside it can be seen, and its files have no time, as in the
    /// store.
    pub(crate) fn of_source(from: &Path, overlay: &Overlay) -> Result<Self, Error> {
        let folder = scratch()?;
        let top = folder.path().canonicalize().map_err(|wrong| refused(folder.path(), &wrong))?;
        let root = top.join("source");
        let mut copying = Copying::new(from, &root);
        copying.go(Path::new(""))?;
        let hash = copying.hasher.finish();
        let copy = Self { _folder: folder, top, root, hash };
        copy.finished(overlay)
    }

    fn finished(mut self, overlay: &Overlay) -> Result<Self, Error> {
        self.write(overlay)?;
        let mut hasher = DefaultHasher::new();
        self.hash.hash(&mut hasher);
        overlay.hash(&mut hasher);
        self.hash = hasher.finish();
        Ok(self)
    }

    /// The folder that stands for the original.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What stands before the paths of the original in the paths of the copy of a tree.
    pub(crate) fn top(&self) -> &Path {
        &self.top
    }

    /// A number that other texts do not have.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Writes texts in place of files.
    pub(crate) fn write(&self, texts: &Overlay) -> Result<(), Error> {
        for (path, text) in texts {
            let to = self.inside(path)?;
            let done = match text {
                Some(text) => written(&to, text),
                None => std::fs::remove_file(&to)
                    .or_else(|wrong| if wrong.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(wrong) }),
            };
            done.map_err(|wrong| refused(&to, &wrong))?;
        }
        Ok(())
    }

    /// Takes the times from all files, as the store does.
    pub(crate) fn without_times(&self) -> Result<(), Error> {
        timeless(&self.root).map_err(|wrong| refused(&self.root, &wrong))
    }

    /// A file of the copy, which must lie in no other folder.
    fn inside(&self, path: &Path) -> Result<PathBuf, Error> {
        let to = self.root.join(relative(path)?);
        // A folder that is a link may lead out of the copy.
        let real = to.ancestors().skip(1).find(|folder| folder.exists()).and_then(|folder| folder.canonicalize().ok());
        if real.is_some_and(|real| real.starts_with(&self.root)) {
            Ok(to)
        } else {
            Err(Error::new(ErrorKind::Usage, format!("{} leads out of the workspace", path.display())))
        }
    }
}

/// The work of copying.
struct Copying<'a> {
    from: &'a Path,
    to: &'a Path,
    choose: &'a dyn Fn(&Path, bool) -> Take,
    /// Whether absolute links into the original are made to lead into the copy.
    links_into_copy: bool,
    bytes: u64,
    hasher: DefaultHasher,
}

impl<'a> Copying<'a> {
    fn new(from: &'a Path, to: &'a Path) -> Self {
        Self { from, to, choose: &|_, _| Take::Whole, links_into_copy: false, bytes: 0, hasher: DefaultHasher::new() }
    }

    fn go(&mut self, path: &Path) -> Result<(), Error> {
        let from = self.from.join(path);
        let fail = |wrong: std::io::Error| refused(&from, &wrong);
        std::fs::create_dir_all(self.to.join(path)).map_err(fail)?;
        let mut entries = std::fs::read_dir(&from).map_err(fail)?.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let kind = entry.file_type().map_err(fail)?;
            let original = entry.path();
            let inner = path.join(entry.file_name());
            let to = self.to.join(&inner);
            match (self.choose)(&original, kind.is_dir()) {
                Take::Not => continue,
                Take::Linked => link(&original, &to).map_err(fail)?,
                Take::Whole if kind.is_dir() => self.go(&inner)?,
                Take::Whole if kind.is_symlink() => {
                    let mut target = std::fs::read_link(&original).map_err(fail)?;
                    target.hash(&mut self.hasher);
                    if self.links_into_copy
                        && target.is_absolute()
                        && let Some(real) = original.canonicalize().ok().or(Some(target.clone()))
                        && let Ok(inside) = real.strip_prefix(self.from)
                    {
                        target = self.to.join(inside);
                    }
                    link(&target, &to).map_err(fail)?;
                }
                Take::Whole if kind.is_file() => self.file(&original, &to).map_err(fail)?,
                // Sockets and the like are nothing that Nix reads.
                Take::Whole => continue,
            }
            inner.hash(&mut self.hasher);
            if self.bytes > MOST_BYTES {
                return Err(Error::new(
                    ErrorKind::Evaluation,
                    format!("{} is too large for a private copy", self.from.display()),
                )
                .with_help("save the files, and what is on disk is evaluated"));
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &Path) -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = from.metadata()?;
        self.bytes += metadata.len();
        if self.bytes > MOST_BYTES {
            return Ok(());
        }
        let content = std::fs::read(from)?;
        content.hash(&mut self.hasher);
        std::fs::write(to, &content)?;
        // Whether it can be run is part of what Nix sees.
        let runs = metadata.permissions().mode() & 0o111 != 0;
        runs.hash(&mut self.hasher);
        if runs {
            std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }
}

fn scratch() -> Result<TempDir, Error> {
    tempfile::Builder::new().prefix("mkwhy-").tempdir().map_err(|wrong| refused(&std::env::temp_dir(), &wrong))
}

/// Makes the folders that lead to the copy of a folder, with links to what lies beside them in the original.
fn mirrored(top: &Path, original: &Path) -> std::io::Result<PathBuf> {
    let mut at = PathBuf::from("/");
    let mut to = top.to_owned();
    for part in original.components() {
        let Component::Normal(part) = part else { continue };
        // Of a folder that may not be listed, nothing is known to be missing.
        let neighbours: Vec<_> =
            std::fs::read_dir(&at).into_iter().flatten().flatten().take(MOST_NEIGHBOURS + 1).collect();
        if neighbours.len() <= MOST_NEIGHBOURS {
            for neighbour in neighbours {
                if neighbour.file_name() != part && !top.starts_with(neighbour.path()) {
                    link(&neighbour.path(), &to.join(neighbour.file_name()))?;
                }
            }
        }
        at.push(part);
        to.push(part);
        std::fs::create_dir_all(&to)?;
    }
    Ok(to)
}

/// The files and folders that no ignore file names.
fn not_ignored(root: &Path) -> Result<HashSet<PathBuf>, Error> {
    WalkBuilder::new(root)
        .hidden(false)
        .require_git(true)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .map(|entry| match entry {
            Ok(entry) => Ok(entry.into_path()),
            Err(wrong) => Err(Error::new(ErrorKind::Evaluation, format!("cannot copy: {wrong}"))),
        })
        .collect()
}

/// How many entries a folder has, up to one more than is asked for.
fn entries_of(folder: &Path, most: usize) -> usize {
    let all = WalkBuilder::new(folder).standard_filters(false).build();
    all.take(most + 1).count()
}

fn timeless(path: &Path) -> std::io::Result<()> {
    let metadata = path.symlink_metadata()?;
    if metadata.is_symlink() {
        return Ok(());
    }
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path)? {
            timeless(&entry?.path())?;
        }
    }
    std::fs::File::open(path)?.set_modified(SystemTime::UNIX_EPOCH)
}

fn link(target: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, to)
}

/// Writes a text in place of a file, never through a link that may lead out of the copy.
fn written(to: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let permissions = to.symlink_metadata().ok().filter(std::fs::Metadata::is_file).map(|old| old.permissions());
    if to.is_symlink() {
        std::fs::remove_file(to)?;
    }
    std::fs::write(to, text)?;
    permissions.map_or(Ok(()), |permissions| std::fs::set_permissions(to, permissions))
}

fn refused(path: &Path, wrong: &std::io::Error) -> Error {
    Error::new(ErrorKind::Evaluation, format!("cannot make a private copy: {}: {wrong}", path.display()))
        .with_help("save the files, and what is on disk is evaluated")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn workspace(folder: &Path) -> Workspace {
        std::fs::create_dir_all(folder.join("modules")).expect("a folder");
        std::fs::write(folder.join("mkwhy.toml"), "").expect("written");
        std::fs::write(folder.join("modules/a.nix"), "{ a = 1; }").expect("written");
        std::fs::write(folder.join("modules/b.nix"), "{ b = 1; }").expect("written");
        Workspace::open(folder, Settings::default()).expect("a workspace")
    }

    fn edits(list: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<Arc<str>>> {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.map(Arc::from))).collect()
    }

    fn read(root: &Path, name: &str) -> Option<String> {
        std::fs::read_to_string(root.join(name)).ok()
    }

    #[test]
    fn the_copy_holds_the_edits_and_the_original_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = workspace(folder.path());
        let copy = workspace
            .private_copy(&edits(&[
                ("modules/a.nix", Some("{ a = 2; }")),
                ("modules/b.nix", None),
                ("new/c.nix", Some("{ }")),
            ]))
            .expect("a copy");
        assert_eq!(read(copy.workspace().root(), "modules/a.nix").as_deref(), Some("{ a = 2; }"));
        assert_eq!(read(copy.workspace().root(), "modules/b.nix"), None);
        assert_eq!(read(copy.workspace().root(), "new/c.nix").as_deref(), Some("{ }"));
        assert_eq!(read(folder.path(), "modules/a.nix").as_deref(), Some("{ a = 1; }"));
        assert_eq!(read(folder.path(), "modules/b.nix").as_deref(), Some("{ b = 1; }"));
        let gone = copy.path().to_owned();
        drop(copy);
        assert!(!gone.exists(), "the copy goes with its owner");
    }

    #[test]
    fn nothing_is_written_outside_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("another folder");
        std::fs::write(elsewhere.path().join("x.nix"), "mine").expect("written");
        let workspace = workspace(folder.path());
        link(elsewhere.path(), &folder.path().join("out")).expect("a link");
        link(&elsewhere.path().join("x.nix"), &folder.path().join("x.nix")).expect("a link");
        for name in ["../y.nix", "/tmp/y.nix", "out/x.nix"] {
            assert!(workspace.private_copy(&edits(&[(name, Some("yours"))])).is_err(), "{name}");
        }
        let copy = workspace.private_copy(&edits(&[("x.nix", Some("yours"))])).expect("a copy");
        assert_eq!(read(copy.path(), "x.nix").as_deref(), Some("yours"));
        assert_eq!(read(elsewhere.path(), "x.nix").as_deref(), Some("mine"));
    }

    #[test]
    fn links_and_neighbours_are_found_from_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("a folder");
        let root = top.join("conf");
        std::fs::create_dir_all(&root).expect("a folder");
        let workspace = workspace(&root);
        std::fs::create_dir_all(top.join("shared")).expect("a folder");
        std::fs::write(top.join("shared/s.nix"), "shared").expect("written");
        link(&root.join("modules"), &root.join("absolute")).expect("a link");
        link(Path::new("../conf/modules"), &root.join("relative")).expect("a link");
        link(Path::new("../shared"), &root.join("out")).expect("a link");
        let copy = workspace.private_copy(&edits(&[("modules/a.nix", Some("new"))])).expect("a copy");
        assert_eq!(read(copy.path(), "absolute/a.nix").as_deref(), Some("new"));
        assert_eq!(read(copy.path(), "relative/a.nix").as_deref(), Some("new"));
        assert_eq!(read(copy.path(), "out/s.nix").as_deref(), Some("shared"));
        assert_eq!(read(copy.path(), "../shared/s.nix").as_deref(), Some("shared"));
        assert!(copy.path().ends_with(root.strip_prefix("/").expect("absolute")));
    }

    #[test]
    fn what_git_ignores_is_there_where_nix_sees_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = workspace(folder.path());
        std::fs::create_dir_all(folder.path().join(".git")).expect("a folder");
        std::fs::create_dir_all(folder.path().join("target")).expect("a folder");
        std::fs::write(folder.path().join(".gitignore"), "local.nix\ntarget\n").expect("written");
        std::fs::write(folder.path().join("local.nix"), "mine").expect("written");
        for number in 0..=MOST_IGNORED {
            std::fs::write(folder.path().join(format!("target/{number}")), "").expect("written");
        }
        let copy = workspace.private_copy(&edits(&[])).expect("a copy");
        assert_eq!(read(copy.path(), "local.nix").as_deref(), Some("mine"));
        assert!(copy.path().join("target").is_symlink() && copy.path().join("target/7").is_file());
        std::fs::write(folder.path().join("flake.nix"), "{ }").expect("written");
        let copy = workspace.private_copy(&edits(&[])).expect("a copy");
        assert_eq!(read(copy.path(), "local.nix"), None);
    }

    #[test]
    fn other_texts_have_another_number() {
        let folder = tempfile::tempdir().expect("a folder");
        workspace(folder.path());
        let hash = |overlay: &Overlay| {
            Copy::of_tree(&folder.path().canonicalize().expect("a folder"), true, overlay).expect("a copy").hash()
        };
        let before = hash(&Overlay::new());
        assert_eq!(hash(&Overlay::new()), before);
        assert_ne!(hash(&Overlay::from([("modules/a.nix".into(), Some(Arc::from("x")))])), before);
        std::fs::write(folder.path().join("modules/a.nix"), "{ a = 3; }").expect("written");
        assert_ne!(hash(&Overlay::new()), before);
    }
}
