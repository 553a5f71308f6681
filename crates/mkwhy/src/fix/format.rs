//! Passing what a change writes through the person's formatter.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use mkwhy_eval::Limits;
use mkwhy_model::{Change, Edit, Position};
use mkwhy_syntax::Source;

use crate::error::{Error, ErrorKind};
use crate::workspace::Workspace;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Workspace {
    /// The change with the files that it touches as the formatter of `mkwhy.toml` writes them. It runs in a private copy,
    /// and what it does to other files is not looked at.
    ///
    /// # Errors
    /// If there is none, if it fails, or if it makes something of a file that cannot be read.
    pub async fn formatted(&self, change: &Change) -> Result<Change, Error> {
        let [program, arguments @ ..] = &self.config().fix.formatter[..] else {
            return Err(Error::new(ErrorKind::Usage, "mkwhy.toml names no formatter")
                .with_help("for instance `[fix]` and `formatter = [\"nixfmt\"]`"));
        };
        let copy = self.private_copy(&change.after())?;
        let mut words: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        // No name is taken for an option.
        words.extend(change.files().map(|(name, _)| OsString::from(format!("./{name}"))));
        let limits = Limits { time: PATIENCE, ..Limits::default() };
        let ended = mkwhy_eval::run_program(program, &words, copy.workspace().root(), limits).await;
        let ended = ended.map_err(|wrong| refused(program, &wrong.to_string()))?;
        if !ended.success {
            let why = ended.stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or(&ended.status);
            return Err(refused(program, why.trim()));
        }
        let mut formatted = Change::default();
        for (name, file) in change.files() {
            let text = std::fs::read_to_string(copy.workspace().root().join(name))
                .map_err(|wrong| refused(program, &format!("{name} cannot be read any more: {wrong}")))?;
            let source = Source::parse(text.clone());
            if let Some(wrong) = source.errors().first() {
                let what = format!("it makes something of {name} that is no Nix: {}", wrong.message);
                return Err(refused(program, &what).with_place(Position::of_file(name)));
            }
            let overlap = |_| refused(program, &format!("{name} cannot be changed"));
            match &file.before {
                Some(before) => {
                    if let Some(edit) = difference(before, &text) {
                        formatted.edit(name, before, edit).map_err(overlap)?;
                    }
                }
                None => formatted.create(name, text).map_err(overlap)?,
            }
        }
        Ok(formatted)
    }
}

fn refused(program: &str, why: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("the formatter {program} failed: {why}"))
        .with_help("without --format nothing is formatted")
}

/// The one replacement that makes a text of another.
fn difference(before: &Arc<str>, after: &str) -> Option<Edit> {
    if before.as_ref() == after {
        return None;
    }
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = before.chars().zip(after.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (&before[start..], &after[start..]);
    let end: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    Some(Edit::new(start..before.len() - end, &new[..new.len() - end]))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;
    use crate::Settings;

    #[test]
    fn one_replacement() {
        for (before, after) in [("abc", "abxc"), ("aaa", "aa"), ("aa", "aaa"), ("", "x"), ("üä", "öä"), ("x", "")] {
            let before: Arc<str> = before.into();
            let edit = difference(&before, after).expect("they differ");
            let mut change = Change::default();
            change.edit("x", &before, edit).expect("one edit");
            assert_eq!(change.file("x").expect("there").after(), after);
        }
        assert_eq!(difference(&"x".into(), "x"), None);
    }

    /// A workspace whose formatter is a script.
    fn workspace(folder: &Path, script: &str) -> Workspace {
        let text = "[fix]\nformatter = [\"./format.sh\", \"--quiet\"]\n";
        std::fs::write(folder.join("mkwhy.toml"), text).expect("written");
        std::fs::write(folder.join("a.nix"), "{a=1;}\n").expect("written");
        let file = folder.join("format.sh");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("set");
        Workspace::open(folder, Settings::default()).expect("a workspace")
    }

    fn change() -> Change {
        let mut change = Change::default();
        change.edit("a.nix", &"{a=1;}\n".into(), Edit::new(3..4, "2")).expect("apart");
        change.create("-n.nix", "{n=1;}").expect("new");
        change
    }

    fn formatted(script: &str) -> Result<Change, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = workspace(folder.path(), script);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let formatted = runtime.block_on(workspace.formatted(&change()));
        assert_eq!(std::fs::read_to_string(folder.path().join("a.nix")).expect("there"), "{a=1;}\n");
        assert!(!folder.path().join("-n.nix").exists());
        formatted
    }

    #[test]
    fn what_is_touched_is_formatted_and_nothing_else() {
        let change = formatted("test \"$1\" = --quiet && shift && echo x > b.nix && sed -i 's/=/ = /' \"$@\"")
            .expect("formatted");
        let after: Vec<(&str, String)> = change.files().map(|(name, file)| (name, file.after())).collect();
        assert_eq!(after, [("-n.nix", "{n = 1;}".to_owned()), ("a.nix", "{a = 2;}\n".to_owned())]);
        assert_eq!(change.file("a.nix").and_then(|file| file.before.as_deref()), Some("{a=1;}\n"));
        assert!(change.file("-n.nix").is_some_and(|file| file.before.is_none()));
    }

    #[test]
    fn a_formatter_that_fails() {
        let words = |script: &str| formatted(script).expect_err("it fails").to_string();
        assert_eq!(words("echo no >&2; echo >&2; exit 3"), "the formatter ./format.sh failed: no");
        assert_eq!(words("exit 3"), "the formatter ./format.sh failed: exit status: 3");
        assert!(words("echo '{ a = ; }' > ./a.nix").contains("something of a.nix that is no Nix"));
        assert!(words("rm ./a.nix").contains("a.nix cannot be read any more"));
    }
}
