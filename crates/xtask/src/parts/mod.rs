//! The real parts that the tests run against, one file for each, and what they share.

pub mod apt_sources;
pub mod code_server;
pub mod crates;
pub mod neovim;
pub mod next_release;
pub mod nixpkgs;
pub mod npm;
pub mod protocol;
pub mod sarif;
pub mod tools;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

/// Whether a step had something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The part was there and is what this version of the recipe makes.
    AlreadyThere,
    /// The part was made.
    Now,
}

/// The note that a part is complete. It lies beside the parts, not in them: a tree of nixpkgs is
/// copied to the store and hashed as it is.
#[derive(Debug)]
pub struct Stamp {
    file: PathBuf,
    content: String,
}

impl Stamp {
    /// A stamp for the part at `path`. `recipe` changes whenever the part has to be made anew; the
    /// path is noted too, for a part may hold its own absolute path.
    pub fn new(parts: &Path, name: &str, recipe: &str, path: &Path) -> Self {
        Self { file: parts.join("stamps").join(name), content: format!("{recipe}\n{}\n", path.display()) }
    }

    /// Whether the part was completed by this recipe at this place.
    pub fn holds(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|content| content == self.content)
    }

    /// Notes that the part is complete.
    pub fn set(&self) -> Result<()> {
        write(&self.file, &self.content)
    }
}

/// Makes a folder by way of a temporary one beside it, so that a run that was interrupted never
/// leaves half a part under the final name.
pub fn build_folder(target: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        bail!("{} is not a folder that can be made", target.display());
    };
    let temporary = parent.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    remove(&temporary)?;
    fs::create_dir_all(&temporary).with_context(|| format!("cannot make {}", temporary.display()))?;
    let done = fill(&temporary).and_then(|()| {
        remove(target)?;
        fs::rename(&temporary, target).with_context(|| format!("cannot give {} its name", target.display()))
    });
    if done.is_err() {
        remove(&temporary)?;
    }
    done
}

/// Copies a folder with everything in it, symbolic links as such.
pub fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
        let target = to.join(entry.path().strip_prefix(from)?);
        let kind = entry.file_type();
        let copied = if kind.is_dir() {
            fs::create_dir_all(&target)
        } else if kind.is_symlink() {
            fs::read_link(entry.path()).and_then(|link| std::os::unix::fs::symlink(link, &target))
        } else {
            fs::copy(entry.path(), &target).map(drop)
        };
        copied.with_context(|| format!("cannot copy {} to {}", entry.path().display(), target.display()))?;
    }
    Ok(())
}

/// Removes a folder if it is there.
pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Writes a file, making its folder first.
pub fn write(file: &Path, content: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_what_was_there() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let target = scratch.path().join("part");
        build_folder(&target, |folder| write(&folder.join("a"), "old"))?;
        let result = build_folder(&target, |folder| {
            write(&folder.join("a"), "half")?;
            bail!("the network is gone")
        });
        assert!(result.is_err());
        assert_eq!(fs::read_to_string(target.join("a"))?, "old");
        assert_eq!(fs::read_dir(scratch.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_stamp_holds_for_its_recipe_and_place_only() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let stamp = |recipe, path| Stamp::new(scratch.path(), "x", recipe, Path::new(path));
        assert!(!stamp("1", "/a").holds());
        stamp("1", "/a").set()?;
        assert!(stamp("1", "/a").holds());
        assert!(!stamp("2", "/a").holds());
        assert!(!stamp("1", "/b").holds());
        Ok(())
    }
}
