//! The files that Nix names, as the person knows them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use mkwhy_eval::{FlakeSource, Place};
use mkwhy_model::Position;
use mkwhy_syntax::{Source, Summary};

use crate::parsed::Parsed;

/// Maps Nix's files back into the working tree, and reads their text.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    flake: Option<FlakeSource>,
    own: Vec<PathBuf>,
    sources: HashMap<PathBuf, Option<Text>>,
    /// When the evaluation began that the files are read for.
    began: SystemTime,
    parsed: Arc<Parsed>,
    /// What is known of Nix's files, by Nix's names: the same few are named by thousands of definitions.
    known: Mutex<HashMap<String, Arc<Known>>>,
}

/// What a name of Nix's stands for.
#[derive(Debug)]
struct Known {
    on_disk: PathBuf,
    name: String,
    own: bool,
}

/// The text of a file as Nix evaluated it.
#[derive(Debug, Clone)]
struct Text {
    source: Arc<Source>,
    summary: Arc<OnceLock<Arc<Summary>>>,
    /// How the person names the file.
    name: String,
    /// Whether it was written to since the evaluation began, so that it may be another text than the evaluated one.
    late: bool,
}

impl Files {
    /// For a workspace; `flake` where a copy in the store is what Nix evaluates.
    pub(crate) fn new(root: &Path, own: &[String], flake: Option<FlakeSource>) -> Self {
        // `./modules/` is `modules`, and `../other` lies beside the root.
        let folder = |part: &String| {
            root.join(part).components().fold(PathBuf::new(), |mut path, component| {
                if component == std::path::Component::ParentDir {
                    path.pop();
                } else {
                    path.push(component);
                }
                path
            })
        };
        let own = if own.is_empty() { vec![root.to_owned()] } else { own.iter().map(folder).collect() };
        Self {
            root: root.to_owned(),
            flake,
            own,
            sources: HashMap::new(),
            began: SystemTime::now(),
            parsed: Arc::default(),
            known: Mutex::default(),
        }
    }

    /// For an evaluation that began earlier.
    pub(crate) fn since(mut self, began: SystemTime) -> Self {
        self.began = began;
        self
    }

    /// With what others parsed.
    pub(crate) fn with(mut self, parsed: Arc<Parsed>) -> Self {
        self.parsed = parsed;
        self
    }

    /// Where the person's own files are on this machine's disk.
    pub(crate) fn own(&self) -> &[PathBuf] {
        &self.own
    }

    /// The prefixes that the person's own files have for Nix.
    pub(crate) fn own_prefixes(&self) -> Vec<String> {
        self.own.iter().map(|path| self.for_nix(path)).collect()
    }

    fn for_nix(&self, path: &Path) -> String {
        if let Some(flake) = &self.flake {
            let tree = flake.tree.as_deref().unwrap_or(&self.root);
            if let Ok(relative) = path.strip_prefix(tree) {
                return Path::new(&flake.store).join(relative).to_string_lossy().trim_end_matches('/').to_owned();
            }
        }
        path.to_string_lossy().into_owned()
    }

    fn known(&self, file: &str) -> Arc<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(file) {
            return known.clone();
        }
        let on_disk = self.find_on_disk(file);
        let (name, own) = if file.starts_with('/') {
            let name = self.relative(&on_disk);
            let name = match file.split_once(", via option ") {
                Some((_, option)) => format!("{name}, via option {option}"),
                None => name,
            };
            (name, self.own.iter().any(|own| on_disk.starts_with(own)))
        } else {
            (file.to_owned(), false)
        };
        let known = Arc::new(Known { on_disk, name, own });
        all.insert(file.to_owned(), known.clone());
        known
    }

    /// Whether two names of Nix's are of one file.
    pub(crate) fn are_one(&self, file: &str, other: &str) -> bool {
        file == other || self.known(file).on_disk == self.known(other).on_disk
    }

    /// The file on this machine's disk that Nix's file is. A folder stands for its `default.nix`.
    fn find_on_disk(&self, file: &str) -> PathBuf {
        // Modules that come through an option or a flake's outputs have that appended.
        let file = file.split(", via option ").next().unwrap_or(file);
        let path = self.in_tree(file).unwrap_or_else(|| PathBuf::from(file));
        let may_be_folder = path.extension().is_none_or(|extension| extension != "nix");
        if may_be_folder && path.is_dir() { path.join("default.nix") } else { path }
    }

    /// The place in the working tree of a file in the flake's copy. Where Nix uses a store in another folder it
    /// names some files by where they really lie, so the copy's own name is what is looked for.
    fn in_tree(&self, file: &str) -> Option<PathBuf> {
        let flake = self.flake.as_ref()?;
        let copy = Path::new(&flake.store).file_name()?.to_str()?;
        let (_, relative) = file.split_once(copy).filter(|(before, _)| before.ends_with('/'))?;
        let tree = flake.tree.as_deref().unwrap_or(&self.root);
        match relative.strip_prefix('/') {
            Some(relative) => Some(tree.join(relative)),
            None if relative.is_empty() => Some(tree.to_owned()),
            None => None,
        }
    }

    /// How the person names Nix's file: from the root where it lies under it.
    pub(crate) fn name(&self, file: &str) -> String {
        self.known(file).name.clone()
    }

    /// How the person names a path in one of Nix's messages, which may be a folder.
    pub(crate) fn path_name(&self, path: &str) -> String {
        self.in_tree(path).map_or_else(|| self.relative(Path::new(path)), |path| self.relative(&path))
    }

    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Nix's place as the person names it.
    pub(crate) fn position(&self, place: &Place) -> Position {
        Position { file: self.name(&place.0), line: place.1, column: place.2 }
    }

    /// Whether Nix's file is the person's own.
    pub(crate) fn is_own(&self, file: &str) -> bool {
        self.known(file).own
    }

    /// The text of Nix's file as it was evaluated; `None` where it cannot be read or is not UTF-8.
    pub(crate) fn source(&mut self, file: &str) -> Option<Arc<Source>> {
        self.text(file).map(|text| text.source)
    }

    /// What the text of Nix's file says by itself.
    pub(crate) fn summary(&mut self, file: &str) -> Option<Arc<Summary>> {
        if !file.starts_with('/') {
            return None;
        }
        let text = self.text(file)?;
        Some(text.summary.get_or_init(|| Arc::new(Summary::of(&text.source))).clone())
    }

    fn text(&mut self, file: &str) -> Option<Text> {
        let known = self.known(file);
        let path = &known.on_disk;
        if let Some(found) = self.sources.get(path) {
            return found.clone();
        }
        // The copy in the store is what was evaluated, whatever became of the tree since.
        let file = file.split(", via option ").next().unwrap_or(file);
        let copy = Path::new(file);
        let copy = if copy.is_dir() { copy.join("default.nix") } else { copy.to_owned() };
        let read = |path: &Path| {
            let text = std::fs::read_to_string(path).ok()?;
            let written = path.metadata().and_then(|metadata| metadata.modified()).ok()?;
            Some((text, written))
        };
        let text = read(&copy).or_else(|| read(path)).map(|(text, written)| {
            let (source, summary) = self.parsed.of(path, text);
            Text { source, summary, name: self.relative(path), late: written > self.began }
        });
        self.sources.insert(path.clone(), text.clone());
        text
    }

    /// The texts that were read, by the names that the person knows the files by.
    pub(crate) fn texts(&self) -> BTreeMap<String, Arc<str>> {
        let texts = self.sources.values().flatten();
        texts.map(|text| (text.name.clone(), text.source.shared_text())).collect()
    }

    /// The parsed texts that were read, by the names that the person knows the files by.
    pub(crate) fn by_name(&self) -> BTreeMap<String, Arc<Source>> {
        self.sources.values().flatten().map(|text| (text.name.clone(), text.source.clone())).collect()
    }

    /// The files that were written to while Nix evaluated.
    pub(crate) fn late(&self) -> Vec<&str> {
        self.sources.values().flatten().filter(|text| text.late).map(|text| text.name.as_str()).collect()
    }
}

/// A message with every store path of the flake's copy named as the person knows it.
pub(crate) fn shorten(text: &str, name: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('/') {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '’' | ':' | ',' | ';' | ')'))
            .unwrap_or(from.len());
        out.push_str(before);
        let path = &from[..end];
        let opens = before.is_empty()
            || before.ends_with(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '‘' | '('));
        if opens && path.len() > 1 {
            out.push_str(&name(path))
        } else {
            out.push_str(path)
        }
        rest = &from[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let flake = FlakeSource {
            store: "/nix/store/abc-source".into(),
            tree: Some("/home/me/config".into()),
            ..FlakeSource::default()
        };
        Files::new(Path::new("/home/me/config"), &["modules".into()], Some(flake))
    }

    #[test]
    fn the_copy_is_mapped_back() {
        let files = files();
        assert_eq!(files.name("/nix/store/abc-source/modules/a.nix"), "modules/a.nix");
        assert_eq!(files.name("/elsewhere/nix/store/abc-source/hosts/b.nix"), "hosts/b.nix");
        assert_eq!(files.name("/nix/store/other-source/c.nix"), "/nix/store/other-source/c.nix");
        assert_eq!(files.name("<unknown-file>"), "<unknown-file>");
    }

    #[test]
    fn own_files() {
        let files = files();
        assert!(files.is_own("/nix/store/abc-source/modules/a.nix"));
        assert!(!files.is_own("/nix/store/abc-source/hosts/b.nix"));
        assert_eq!(files.own_prefixes(), ["/nix/store/abc-source/modules"]);
        let written_otherwise = Files::new(Path::new("/home/me"), &["./modules/".into()], None);
        assert_eq!(written_otherwise.own_prefixes(), ["/home/me/modules"]);
    }

    #[test]
    fn paths_in_messages() {
        let files = files();
        let text = "In module `/nix/store/abc-source/modules/a.nix': 1/2 is no path";
        assert_eq!(shorten(text, |file| files.name(file)), "In module `modules/a.nix': 1/2 is no path");
    }
}
