//! The documentation of the rules, where an editor can open it: files beside Nix's own caches, for there is no address on
//! the network that would be known to have them.

use std::path::{Path, PathBuf};

use mkwhy::{RULES, Rule};
use tower_lsp::lsp_types::Url;

use crate::place::uri_of;

/// The pages, by the codes of the rules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages(Option<PathBuf>);

impl Pages {
    /// Writes the pages, where that is possible; else there are no links, which is better than wrong ones.
    pub(crate) fn write() -> Self {
        let Some(folder) = folder() else { return Self::default() };
        let written =
            std::fs::create_dir_all(&folder).and_then(|()| RULES.iter().try_for_each(|rule| put(&folder, rule)));
        match written {
            Ok(()) => Self(Some(folder)),
            Err(error) => {
                tracing::info!(%error, folder = %folder.display(), "the pages of the rules cannot be written");
                Self::default()
            }
        }
    }

    /// The page of a rule.
    pub(crate) fn of(&self, code: &str) -> Option<Url> {
        mkwhy::rule(code)?;
        uri_of(&self.0.as_ref()?.join(format!("{code}.md")))
    }
}

/// What a rule finds, why it is bad, and an example, in Markdown.
pub(crate) fn text(rule: &Rule) -> String {
    format!("# {}\n\n{}\n\n{}\n", rule.code, rule.title, rule.page.trim())
}

fn folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(caches.join("mkwhy/rules"))
}

/// Another server may write the same at the same time.
fn put(folder: &Path, rule: &Rule) -> std::io::Result<()> {
    let (file, text) = (folder.join(format!("{}.md", rule.code)), text(rule));
    if std::fs::read_to_string(&file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let new = folder.join(format!("{}.{}.new", rule.code, std::process::id()));
    std::fs::write(&new, text)?;
    std::fs::rename(new, file)
}
