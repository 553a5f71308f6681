//! How values get hold of what stands in an edited file: `users.ada = import ./ada.nix`.
//!
//! Of a file that is no module by itself that is known only where every path in every text that was read is known, and
//! each one that leads to it is imported right where a definition is given its value. Then only that definition has what
//! the file says, and what becomes of it is seen.

use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use mkwhy_model::OptionPath;
use mkwhy_syntax::Span;
use mkwhy_syntax::summary::static_path;

use super::side::{Side, Winner};
use super::stage::Stages;
use super::touch::{Changed, Text};

/// What leads to files without a path that is written out in one piece.
const HIDDEN: [&str; 6] = ["__curPos", "unsafeGetAttrPos", "\"/..", "\"../", "}/..", "''../"];

/// A definition whose value is what an edited file says.
#[derive(Debug)]
pub(super) struct Entry {
    /// The edited file.
    of: String,
    /// The file that the definition stands in, and its text.
    file: String,
    text: Arc<Text>,
    /// The `import`.
    at: Span,
}

impl Entry {
    /// Whether a definition that does not stand in the edited file itself has, or may have, what comes in here.
    pub(super) fn is_used_by(&self, winner: &Winner) -> bool {
        let reaches = |span| self.text.summary.reached_from(span).iter().any(|reached| reached.contains(self.at));
        winner.files().any(|file| file == self.file)
            && match winner.file() {
                file if file == self.file => self.text.written(winner).is_none_or(reaches),
                // Of the person's own files it is known what leads to them. Others' functions may be given anything.
                file => file != self.of && Path::new(file).is_absolute(),
            }
    }
}

/// A file's name and text, which is parsed when that is wanted.
type Read = (String, String, OnceCell<Arc<Text>>);

/// The texts of the person's own files that were read on one side; by default none is known.
#[derive(Default)]
pub(super) struct Texts {
    texts: Option<Vec<Read>>,
    of_flake: bool,
}

impl Texts {
    /// `edited` says which text an edited file has there.
    pub(super) fn of<'c>(
        stages: &'c Stages<'_>,
        side: &Side,
        edited: impl Fn(&'c Changed) -> Option<&'c Text>,
    ) -> Self {
        let text = |name: &String| {
            let text = match stages.changed.iter().find(|file| file.name == *name) {
                Some(file) => edited(file)?.source.text().to_owned(),
                None => std::fs::read_to_string(stages.after.root.join(name)).ok()?,
            };
            Some((name.clone(), text, OnceCell::new()))
        };
        // `<nix/…>` and `«nix-internal»/…` are Nix's own.
        let own = |name: &&String| {
            !name.starts_with(['<', '«'])
                && (Path::new(name).is_relative() || Path::new(name).starts_with(&stages.tree))
        };
        let texts = side.read().and_then(|read| read.iter().filter(own).map(text).collect());
        Self { texts, of_flake: stages.after.flake.is_some() }
    }

    /// Where a file that is no module becomes a value; `None` where that is not certain.
    pub(super) fn entries(&self, file: &str, side: &Side) -> Option<Vec<Entry>> {
        let mut entries = Vec::new();
        for (name, text, parsed) in self.texts.as_ref()? {
            if HIDDEN.iter().any(|word| text.contains(word)) || self.of_flake && names_the_flake(name, text) {
                return None;
            }
            let text = parsed.get_or_init(|| Arc::new(Text::of(text)));
            for path in text.summary.path_literals(&(0..text.source.text().len())) {
                match leads(name, text, path, file) {
                    Leads::Elsewhere => {}
                    Leads::There => {
                        entries.push(entry(name, text, path, file).filter(|(option, _)| is_seen(side, file, option))?.1)
                    }
                    Leads::Perhaps => return None,
                }
            }
        }
        Some(entries).filter(|entries| !entries.is_empty())
    }

    /// Where a module becomes a value as well, by an `import` that is written out; `None` where that is more than one
    /// definition's.
    pub(super) fn more_entries(&self, file: &str) -> Option<Vec<Entry>> {
        let path = Path::new(file);
        let named =
            if path.ends_with("default.nix") { path.parent().and_then(Path::file_name) } else { path.file_name() };
        let named = named.and_then(|name| name.to_str()).unwrap_or("/");
        let mut entries = Vec::new();
        for (name, text, parsed) in self.texts.iter().flatten().filter(|(_, text, _)| text.contains(named)) {
            let text = parsed.get_or_init(|| Arc::new(Text::of(text)));
            for path in text.summary.path_literals(&(0..text.source.text().len())) {
                let value =
                    text.source.imported(path).filter(|_| matches!(leads(name, text, path, file), Leads::There));
                let defines = value.is_some_and(|at| text.summary.definitions.iter().any(|one| one.value == at));
                if defines || value.is_some() && !is_module(text, path) {
                    entries.push(entry(name, text, path, file)?.1);
                }
            }
        }
        Some(entries)
    }
}

enum Leads {
    /// To another file.
    Elsewhere,
    There,
    /// It begins a path of which nobody knows how it goes on.
    Perhaps,
}

/// Whether a path in a text leads to a file.
fn leads(name: &str, text: &Text, path: Span, file: &str) -> Leads {
    let written = text.summary.slice(path);
    if written.starts_with(['/', '<', '~']) {
        // What lies in the original is not read at all.
        return Leads::Elsewhere;
    }
    let (fixed, goes_on) = match written.split_once("${") {
        Some((fixed, _)) => (fixed.rsplit_once('/').map_or("", |(folder, _)| folder), true),
        None => (written, false),
    };
    let mut to = PathBuf::new();
    for component in Path::new(name).parent().unwrap_or(Path::new("")).join(fixed).components() {
        match component {
            Component::Normal(part) => to.push(part),
            Component::CurDir => {}
            // Out of the tree, and perhaps into it again.
            _ if !to.pop() => return Leads::Perhaps,
            _ => {}
        }
    }
    let file = Path::new(file);
    match goes_on {
        false if to == file || to.join("default.nix") == file => Leads::There,
        false if is_module(text, path) || text.source.imported(path).is_some() => Leads::Elsewhere,
        _ if file.starts_with(&to) => Leads::Perhaps,
        _ => Leads::Elsewhere,
    }
}

/// Whether a path is one of a module in a list of modules.
fn is_module(text: &Text, path: Span) -> bool {
    text.summary.imports.iter().any(|import| import.at.contains(path))
}

/// The definition that an import is the whole value of, with what it defines.
fn entry(name: &str, text: &Arc<Text>, path: Span, file: &str) -> Option<(OptionPath, Entry)> {
    let at = text.source.imported(path)?;
    let definition = text.summary.definitions.iter().find(|definition| definition.value == at && !definition.copied)?;
    let option = static_path(&definition.path).filter(|option| !option.is_empty())?;
    Some((option, Entry { of: file.to_owned(), file: name.to_owned(), text: text.clone(), at }))
}

/// Whether something in a file is known to define a part of an option, wherever that stands.
fn is_seen(side: &Side, file: &str, option: &OptionPath) -> bool {
    side.seen.iter().any(|(path, seen)| {
        let within = path.segments().windows(option.segments().len()).any(|part| part == option.segments());
        within && seen.winners.iter().any(|winner| winner.file() == file)
    })
}

/// Whether a text of a flake names the flake itself, by which every file in it can be reached; in `flake.nix` it may hand
/// it on, and select outputs of it.
fn names_the_flake(name: &str, text: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    text.match_indices("self").any(|(at, word)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        if before.ends_with(part) || after.starts_with(part) {
            return false;
        }
        let (before, after) = (before.trim_end(), after.trim_start());
        let statement = before.rsplit([';', '{', '=', '(']).next().unwrap_or_default().trim_start();
        let argument = before.ends_with(['{', ',']) && !before.ends_with("${") && after.starts_with([',', '}']);
        let output = after
            .strip_prefix('.')
            .is_some_and(|output| !output.starts_with("outPath") && !output.starts_with("source"));
        name != "flake.nix" || !(argument || output || statement.starts_with("inherit"))
    })
}
