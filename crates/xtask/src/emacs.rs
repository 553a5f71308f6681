//! The settings for Emacs, tried in a real one.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use walkdir::{DirEntry, WalkDir};

use crate::demo;
use crate::parts::next_release::EMACS;
use crate::test::{self, Outcome};
use crate::workspace::Workspace;

/// The clients that are tried: the names of the tests.
const CLIENTS: [&str; 2] = ["eglot", "lsp-mode"];

/// Tries all of them; one that failed does not keep the others from running.
pub fn steps(workspace: &Workspace, program: &Path) -> Result<Vec<(&'static str, Outcome)>> {
    let mut outcome = Outcome::Passed;
    for client in CLIENTS {
        if test::step(&mut emacs(workspace, program, client)?) == Outcome::Failed {
            outcome = Outcome::Failed;
        }
    }
    Ok(vec![("emacs", outcome)])
}

fn emacs(workspace: &Workspace, program: &Path, client: &str) -> Result<Command> {
    let parts = workspace.parts();
    let root = EMACS.root(&parts);
    let folder = test::created(&workspace.root().join("target/test-editors"))?.join("emacs/kernelcore");
    demo::copy_fixture(workspace, &folder)?;
    let scratch = test::created(&workspace.root().join("target/test-nix"))?;
    let own = workspace.root().join("editors/emacs");
    let mut command = Command::new(EMACS.program(&parts));
    let dump = dump(&root.join("usr/libexec")).context("Emacs has no dump")?;
    // The unpacked program looks for its own files where they would be installed.
    command
        .arg("--dump-file")
        .arg(&dump)
        .env("EMACSPATH", dump.parent().context("the dump lies nowhere")?)
        .env("EMACSDATA", data(&root.join("usr/share/emacs"))?)
        .env("EMACSLOADPATH", env::join_paths(folders(&root.join("usr/share/emacs"))?)?)
        .args(["--batch", "-Q"])
        // What it would compile is not worth a compiler.
        .args(["--eval", "(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)"])
        .args(["-L".as_ref(), own.as_os_str(), "-L".as_ref(), own.join("test").as_os_str()])
        .args(["-l", &format!("{client}-test")])
        .arg(&folder)
        .current_dir(workspace.root())
        .envs(test::own_store(&scratch))
        .env("MKWHY_PARTS", &parts)
        .env("PATH", path_with(program)?);
    Ok(command)
}

/// The file that Emacs starts from.
fn dump(folder: &Path) -> Option<PathBuf> {
    let files = WalkDir::new(folder).into_iter().flatten().map(DirEntry::into_path);
    files.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "pdmp"))
}

/// The folder of what Emacs reads that is no program.
fn data(share: &Path) -> Result<PathBuf> {
    let folders = share.read_dir().with_context(|| format!("cannot read {}", share.display()))?;
    let found = folders.flatten().map(|entry| entry.path().join("etc")).find(|etc| etc.join("charsets").is_dir());
    found.context("Emacs has no character maps")
}

/// The folders that Emacs loads from: its own and those of packages.
fn folders(share: &Path) -> Result<Vec<PathBuf>> {
    let entries = WalkDir::new(share).sort_by_file_name().into_iter().collect::<Result<Vec<_>, _>>()?;
    let inside =
        |path: &Path| path.components().any(|part| part.as_os_str() == "lisp" || part.as_os_str() == "elpa-src");
    Ok(entries
        .into_iter()
        .filter(|entry| entry.file_type().is_dir())
        .map(DirEntry::into_path)
        .filter(|path| path.strip_prefix(share).is_ok_and(inside))
        .collect())
}

/// PATH with the folder of a program in front.
fn path_with(program: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folder = program.parent().context("the program lies nowhere")?;
    Ok(env::join_paths(std::iter::once(folder.to_owned()).chain(env::split_paths(&path)))?)
}
