//! Where this machine gets its packages from.
//!
//! The repository names no mirror. The one that the machine itself uses for its own release also has
//! the other releases, so its address, and the keys it is trusted by, are taken from apt's sources.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// An archive of the distribution, as far as another release of it can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The address that apt is given.
    pub uri: String,
    /// Value of the field `Signed-By`: a file's path, a fingerprint, or a whole key with its line breaks.
    pub signed_by: Option<String>,
}

impl Archive {
    /// Finds the archive from which this machine gets the main component of its own release.
    pub fn of_this_machine() -> Result<Self> {
        let release = fs::read_to_string("/etc/os-release").context("cannot read /etc/os-release")?;
        let codename =
            codename(&release).context("/etc/os-release has no VERSION_CODENAME; this step is for Debian")?;
        let files = source_files(Path::new("/etc/apt"))?;
        let found = files.iter().find_map(|(path, text)| {
            if path.extension().is_some_and(|extension| extension == "sources") {
                in_stanzas(text, codename)
            } else {
                in_lines(text, codename)
            }
        });
        found.with_context(|| {
            format!(
                "no entry for {codename} with the component main in /etc/apt/sources.list or /etc/apt/sources.list.d"
            )
        })
    }

    /// A `.sources` file for the main component of a release.
    pub fn sources_file(&self, suite: &str) -> String {
        let mut text = format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n", self.uri);
        if let Some(keys) = &self.signed_by {
            text += &format!("Signed-By: {keys}\n");
        }
        text
    }
}

fn codename(os_release: &str) -> Option<&str> {
    os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|value| value.trim().trim_matches(['"', '\'']))
        .filter(|value| !value.is_empty())
}

/// The files that apt reads, in its order.
fn source_files(apt: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut paths = vec![apt.join("sources.list")];
    if let Ok(entries) = fs::read_dir(apt.join("sources.list.d")) {
        let mut more: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        more.retain(|path| path.extension().is_some_and(|extension| extension == "list" || extension == "sources"));
        more.sort();
        paths.extend(more);
    }
    paths
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok((path, text))
        })
        .collect()
}

/// Reads the one-line style: `deb [signed-by=FILE] URI SUITE COMPONENT…`.
fn in_lines(text: &str, codename: &str) -> Option<Archive> {
    text.lines().find_map(|line| {
        let line = line.split('#').next()?.trim();
        let rest = line.strip_prefix("deb")?;
        if !rest.starts_with([' ', '\t', '[']) {
            return None;
        }
        let rest = rest.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(after) => after.split_once(']')?,
            None => ("", rest),
        };
        let mut words = rest.split_whitespace();
        let uri = words.next()?;
        if words.next()? != codename || !words.any(|component| component == "main") {
            return None;
        }
        let signed_by = options
            .split_whitespace()
            .filter_map(|option| option.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("signed-by"))
            .map(|(_, value)| value.to_owned());
        usable(uri, signed_by)
    })
}

/// Reads the deb822 style: stanzas of `Field: value`, in which an indented line continues the value.
fn in_stanzas(text: &str, codename: &str) -> Option<Archive> {
    stanzas(text).iter().find_map(|stanza| {
        let field = |name: &str| stanza.get(name).map_or("", String::as_str);
        let lists = |name: &str, word: &str| field(name).split_whitespace().any(|w| w == word);
        if matches!(
            field("enabled").trim().to_ascii_lowercase().as_str(),
            "no" | "false" | "without" | "off" | "disable"
        ) || !lists("types", "deb")
            || !lists("suites", codename)
            || !lists("components", "main")
        {
            return None;
        }
        let signed_by = stanza.get("signed-by").cloned();
        field("uris").split_whitespace().find_map(|uri| usable(uri, signed_by.clone()))
    })
}

fn stanzas(text: &str) -> Vec<HashMap<String, String>> {
    let mut all: Vec<HashMap<String, String>> = vec![HashMap::new()];
    let mut field: Option<String> = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.trim().is_empty() {
            all.push(HashMap::new());
            field = None;
            continue;
        }
        let Some(stanza) = all.last_mut() else {
            continue;
        };
        if line.starts_with([' ', '\t']) {
            if let Some(value) = field.as_ref().and_then(|name| stanza.get_mut(name)) {
                value.push('\n');
                value.push_str(line.trim_end());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            stanza.insert(name.clone(), value.trim().to_owned());
            field = Some(name);
        }
    }
    all
}

/// A medium in a drive has one release only.
fn usable(uri: &str, signed_by: Option<String>) -> Option<Archive> {
    (!uri.starts_with("cdrom:")).then(|| Archive { uri: uri.to_owned(), signed_by })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(uri: &str, signed_by: Option<&str>) -> Option<Archive> {
        usable(uri, signed_by.map(str::to_owned))
    }

    #[test]
    fn the_one_line_style_is_read() {
        let text = "\
# deb http://old.example/debian bookworm main
deb-src http://a.example/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb http://a.example/security bookworm-security main
deb http://b.example/extra bookworm contrib
deb [arch=amd64 signed-by=/k.gpg] http://c.example/debian bookworm contrib main # ours
";
        assert_eq!(in_lines(text, "bookworm"), archive("http://c.example/debian", Some("/k.gpg")));
        assert_eq!(
            in_lines("deb\thttp://d.example/debian  bookworm main", "bookworm"),
            archive("http://d.example/debian", None)
        );
        assert_eq!(in_lines(text, "trixie"), None);
    }

    #[test]
    fn the_deb822_style_is_read() {
        let text = "\
Types: deb
URIs: http://a.example/off
Suites: bookworm
Components: main
Enabled: no

Types: deb deb-src
# a comment inside the stanza
uris:
 http://b.example/debian
 http://c.example/debian
Suites: bookworm-updates bookworm
Components: main contrib
Signed-By: /usr/share/keyrings/k.gpg
";
        assert_eq!(in_stanzas(text, "bookworm"), archive("http://b.example/debian", Some("/usr/share/keyrings/k.gpg")));
        assert_eq!(in_stanzas(text, "bookworm-security"), None);
    }

    #[test]
    fn a_key_inside_the_entry_is_carried_over() -> Result<()> {
        let text = "Types: deb\nURIs: http://a.example/d\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n";
        let archive = in_stanzas(text, "bookworm").context("the entry is found")?;
        let again = archive.sources_file("trixie");
        assert!(again.contains("Signed-By: \n -----BEGIN\n .\n abc\n"), "{again}");
        assert_eq!(in_stanzas(&again, "trixie"), Some(archive));
        Ok(())
    }

    #[test]
    fn the_codename_is_read() {
        assert_eq!(codename("ID=debian\nVERSION_CODENAME=bookworm\n"), Some("bookworm"));
        assert_eq!(codename("ID=x\n"), None);
    }
}
