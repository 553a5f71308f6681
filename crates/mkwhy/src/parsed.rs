//! Texts that are parsed once, whoever wants them: on a thread of their own while Nix evaluates, and not again for each
//! target, nor for the next evaluation.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ignore::WalkBuilder;
use mkwhy_syntax::{Source, Summary};

/// So many files are parsed before anybody asks for them.
const MOST_FILES: usize = 2000;

/// So long texts are, in bytes.
const MOST_BYTES: u64 = 256 * 1024;

/// A parsed text, with what it says by itself as soon as that was asked for.
pub(crate) type ParsedText = (Arc<Source>, Arc<OnceLock<Arc<Summary>>>);

/// The parsed texts of files. A text that is not the one that a file was parsed with is parsed anew: what is here can be
/// too old, but never wrong.
#[derive(Debug, Default)]
pub(crate) struct Parsed(Mutex<HashMap<PathBuf, ParsedText>>);

impl Parsed {
    /// A file's text, parsed.
    pub(crate) fn of(&self, path: &Path, text: String) -> ParsedText {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(known) = known.filter(|(source, _)| source.text() == text) {
            return known;
        }
        let parsed = (Arc::new(Source::parse(text)), Arc::default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), parsed.clone());
        parsed
    }

    /// Lets go of what nobody else has.
    fn let_go(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (source, _)| Arc::strong_count(source) > 1);
    }

    /// Begins to parse the Nix files under some folders, until there are too many or the guard is dropped.
    pub(crate) fn ahead(self: &Arc<Self>, folders: &[PathBuf]) -> Ahead {
        let enough = Arc::new(AtomicBool::new(false));
        let (parsed, stop, folders) = (self.clone(), enough.clone(), folders.to_vec());
        // Without the thread everything is parsed when it is wanted.
        let _ = std::thread::Builder::new().name("mkwhy-parse".into()).spawn(move || parsed.read(&folders, &stop));
        Ahead { parsed: self.clone(), enough }
    }

    fn read(&self, folders: &[PathBuf], stop: &AtomicBool) {
        let Some((first, others)) = folders.split_first() else { return };
        let mut walk = WalkBuilder::new(first);
        for folder in others {
            walk.add(folder);
        }
        walk.hidden(false).require_git(false).git_global(false).follow_links(false);
        walk.filter_entry(|entry| entry.file_name() != OsStr::new(".git"));
        let mut files = 0;
        for entry in walk.build() {
            if files == MOST_FILES || stop.load(Ordering::Relaxed) {
                return;
            }
            let is_nix = |path: &Path| path.extension() == Some(OsStr::new("nix"));
            if let Ok(entry) = entry
                && is_nix(entry.path())
                && entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MOST_BYTES)
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                self.of(entry.path(), text);
                files += 1;
            }
        }
    }
}

/// Parsing ahead goes on as long as this is there; then what nobody has is let go.
#[derive(Debug)]
pub(crate) struct Ahead {
    parsed: Arc<Parsed>,
    enough: Arc<AtomicBool>,
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        self.parsed.let_go();
    }
}

/// Drops something large where nobody waits for that.
pub(crate) fn discard<T: Send + 'static>(what: T) {
    // Where there is no other thread it is dropped here.
    let _ = std::thread::Builder::new().name("mkwhy-discard".into()).spawn(move || drop(what));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_changed_is_parsed_anew() {
        let parsed = Parsed::default();
        let path = Path::new("/a.nix");
        let (first, _) = parsed.of(path, "{ a = 1; }".into());
        let (same, _) = parsed.of(path, "{ a = 1; }".into());
        assert!(Arc::ptr_eq(&first, &same));
        let (other, _) = parsed.of(path, "{ a = 2; }".into());
        assert_eq!(other.text(), "{ a = 2; }");
    }

    #[test]
    fn what_is_used_is_kept() {
        let parsed = Parsed::default();
        let (first, _) = parsed.of(Path::new("/a.nix"), "{ a = 1; }".into());
        parsed.of(Path::new("/b.nix"), "{ b = 1; }".into());
        parsed.let_go();
        let known = parsed.0.lock().expect("a lock").keys().cloned().collect::<Vec<_>>();
        assert_eq!(known, [Path::new("/a.nix")]);
        assert!(Arc::ptr_eq(&first, &parsed.of(Path::new("/a.nix"), "{ a = 1; }".into()).0));
    }

    #[test]
    fn files_are_there_before_they_are_wanted() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.nix");
        std::fs::write(&file, "{ a = 1; }").expect("written");
        std::fs::write(folder.path().join("a.txt"), "{ a = 1; }").expect("written");
        let parsed = Parsed::default();
        parsed.read(&[folder.path().to_owned()], &AtomicBool::new(false));
        let known = parsed.0.lock().expect("a lock").keys().cloned().collect::<Vec<_>>();
        assert_eq!(known, [file]);
        let stopped = Parsed::default();
        stopped.read(&[folder.path().to_owned()], &AtomicBool::new(true));
        assert!(stopped.0.lock().expect("a lock").is_empty());
    }
}
