//! A private copy of a workspace that holds edits which are not on disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use tempfile::TempDir;

use crate::error::{Error, ErrorKind};
use crate::workspace::Workspace;

/// Larger copies are refused: they would be made again for every question.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// A copy of a workspace's files with some of them changed. It goes when it is dropped.
#[derive(Debug)]
pub struct PrivateCopy {
    workspace: Workspace,
    folder: TempDir,
}

impl PrivateCopy {
    /// The workspace of the copy. Its positions name files as those of the original do.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Workspace {
    /// Copies the workspace with other texts for some files, by the names that positions have; `None` for a file that
    /// is to be left out. The original is only read.
    ///
    /// Nix sees what is under the root, without what `.gitignore` names where the root is in a Git repository; what lies
    /// beside the root is where it is only for paths that are absolute.
    ///
    /// # Errors
    /// If a file cannot be copied, if a name leads out of the workspace, or if it is larger than half a gigabyte.
    pub fn private_copy(&self, texts: &BTreeMap<String, Option<Arc<str>>>) -> Result<PrivateCopy, Error> {
        let folder = tempfile::Builder::new()
            .prefix("mkwhy-")
            .tempdir()
            .map_err(|wrong| refused(&std::env::temp_dir(), &wrong))?;
        // Nix must name its files by the same path as everybody else.
        let target = folder.path().canonicalize().map_err(|wrong| refused(folder.path(), &wrong))?;
        let mut bytes = 0;
        for entry in WalkBuilder::new(self.root()).hidden(false).require_git(true).filter_entry(is_wanted).build() {
            let entry = entry.map_err(|wrong| Error::new(ErrorKind::Evaluation, format!("cannot copy: {wrong}")))?;
            let relative = entry.path().strip_prefix(self.root()).unwrap_or(Path::new(""));
            let to = target.join(relative);
            copied(entry.path(), &to, entry.file_type(), &mut bytes).map_err(|wrong| refused(entry.path(), &wrong))?;
            if bytes > MOST_BYTES {
                return Err(Error::new(
                    ErrorKind::Evaluation,
                    format!("{} is too large for a private copy", self.root().display()),
                )
                .with_help("save the files, and what is on disk is evaluated"));
            }
        }
        for (name, text) in texts {
            let to = inside(&target, name)?;
            let done = match text {
                Some(text) => written(&to, text),
                None => std::fs::remove_file(&to)
                    .or_else(|wrong| if wrong.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(wrong) }),
            };
            done.map_err(|wrong| refused(&to, &wrong))?;
        }
        let workspace = self.moved_to(&target)?;
        Ok(PrivateCopy { workspace, folder })
    }
}

/// Git's own files are no part of a configuration, and results of builds lead into the store.
fn is_wanted(entry: &ignore::DirEntry) -> bool {
    let name = entry.file_name();
    name != ".git" && !(entry.path_is_symlink() && name.to_string_lossy().starts_with("result"))
}

fn copied(from: &Path, to: &Path, kind: Option<std::fs::FileType>, bytes: &mut u64) -> std::io::Result<()> {
    match kind {
        Some(kind) if kind.is_dir() => std::fs::create_dir_all(to),
        Some(kind) if kind.is_symlink() => link(&std::fs::read_link(from)?, to),
        Some(kind) if kind.is_file() => {
            *bytes += std::fs::copy(from, to)?;
            Ok(())
        }
        // Sockets and the like are nothing that Nix reads.
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn link(target: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, to)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Writes a text in place of a file, never through a link that may lead out of the copy.
fn written(to: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if to.is_symlink() {
        std::fs::remove_file(to)?;
    }
    // The copy may have the original's rights, which may not include writing.
    if to.exists() {
        std::fs::remove_file(to)?;
    }
    std::fs::write(to, text)
}

/// A file of the copy by its name, which must lead nowhere else.
fn inside(target: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = Path::new(name);
    let plain = path.components().all(|component| matches!(component, Component::Normal(_)));
    if !plain {
        return Err(Error::new(ErrorKind::Usage, format!("{name} is no file of the workspace")));
    }
    let to = target.join(path);
    // A folder that is a link may lead out of the copy.
    let real = to.ancestors().skip(1).find(|folder| folder.exists()).and_then(|folder| folder.canonicalize().ok());
    if real.is_some_and(|real| real.starts_with(target)) {
        Ok(to)
    } else {
        Err(Error::new(ErrorKind::Usage, format!("{name} leads out of the workspace")))
    }
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
        let read = |root: &Path, name: &str| std::fs::read_to_string(root.join(name)).ok();
        assert_eq!(read(copy.workspace().root(), "modules/a.nix").as_deref(), Some("{ a = 2; }"));
        assert_eq!(read(copy.workspace().root(), "modules/b.nix"), None);
        assert_eq!(read(copy.workspace().root(), "new/c.nix").as_deref(), Some("{ }"));
        assert_eq!(read(folder.path(), "modules/a.nix").as_deref(), Some("{ a = 1; }"));
        assert_eq!(read(folder.path(), "modules/b.nix").as_deref(), Some("{ b = 1; }"));
        let gone = copy.path().to_owned();
        drop(copy);
        assert!(!gone.exists(), "the copy goes with its owner");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_outside_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("another folder");
        std::fs::write(elsewhere.path().join("x.nix"), "mine").expect("written");
        let workspace = workspace(folder.path());
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("out")).expect("a link");
        std::os::unix::fs::symlink(elsewhere.path().join("x.nix"), folder.path().join("x.nix")).expect("a link");
        for name in ["../y.nix", "/tmp/y.nix", "out/x.nix"] {
            assert!(workspace.private_copy(&edits(&[(name, Some("yours"))])).is_err(), "{name}");
        }
        let copy = workspace.private_copy(&edits(&[("x.nix", Some("yours"))])).expect("a copy");
        assert_eq!(std::fs::read_to_string(copy.path().join("x.nix")).expect("read"), "yours");
        assert_eq!(std::fs::read_to_string(elsewhere.path().join("x.nix")).expect("read"), "mine");
    }
}
