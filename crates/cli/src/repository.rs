//! How files are named for services that know the repository and not the folder of the configuration in it.

use std::path::{Path, PathBuf};

/// The repository that a configuration lies in.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// The way from its root to the configuration.
    inside: PathBuf,
}

impl Repository {
    /// The Git repository around a folder; the folder itself where there is none.
    pub fn around(root: &Path) -> Self {
        let repository = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
        Self { inside: root.strip_prefix(repository).map(Path::to_owned).unwrap_or_default() }
    }

    /// A file by its name from the root of the repository; one that lies elsewhere keeps its own.
    pub fn name(&self, file: &str) -> String {
        self.inside.join(file).to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_root_of_the_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("machines/nixos");
        std::fs::create_dir_all(&inside).expect("a folder");
        // In a work tree it is a file.
        std::fs::write(folder.path().join("machines/.git"), "").expect("written");
        assert_eq!(Repository::around(&inside).name("a/b.nix"), "nixos/a/b.nix");
        assert_eq!(Repository::around(&inside).name("/nix/store/x.nix"), "/nix/store/x.nix");
        assert_eq!(Repository::around(&folder.path().join("machines")).name("b.nix"), "b.nix");
        assert_eq!(Repository::default().name("b.nix"), "b.nix");
    }
}
