//! `mkwhy fix` on a terminal

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::common::*;
use super::fix::{WITHOUT_CORES, configuration};

/// A terminal: what a program reads from it is typed into it, and what it says is read from it.
struct Terminal {
    child: std::process::Child,
    controller: std::fs::File,
    said: String,
}

impl Terminal {
    fn start(folder: &Path, line: &str) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&controller).expect("granted");
        unlockpt(&controller).expect("unlocked");
        let name = ptsname(&controller, Vec::new()).expect("a name").into_string().expect("text");
        let open = || std::fs::OpenOptions::new().read(true).write(true).open(&name).expect("it opens");
        // One that asks for more than is answered ends all the same.
        let mut command = Command::new("timeout");
        command.args(["--foreground", "60", env!("CARGO_BIN_EXE_mkwhy"), "--offline", "--quiet", "--color", "never"]);
        command.args(line.split_whitespace()).current_dir(folder);
        let child = command.stdin(open()).stderr(open()).stdout(Stdio::piped()).spawn().expect("it runs");
        Self { child, controller: controller.into(), said: String::new() }
    }

    /// Reads until it asks, and answers.
    #[track_caller]
    fn answer(&mut self, question: &str, answer: &str) -> String {
        use std::io::{Read as _, Write as _};
        let mut said = String::new();
        while !said.ends_with("[q]uit: ") && !said.ends_with("[n]o: ") {
            let mut bytes = [0; 4096];
            let read = self.controller.read(&mut bytes).unwrap_or_default();
            assert!(read > 0, "it ended before it asked {question:?}: {}{said}", self.said);
            said.push_str(&text(&bytes[..read]));
        }
        assert!(said.contains(question), "{question:?} is missing in\n{said}");
        self.said.push_str(&said);
        self.controller.write_all(format!("{answer}\n").as_bytes()).expect("typed");
        said.replace("\r\n", "\n")
    }

    /// Waits for the end: the exit code, and standard output.
    fn end(self) -> (Option<i32>, String) {
        let reading = {
            let mut controller = self.controller.try_clone().expect("another one");
            // A terminal that nobody reads makes a program wait.
            std::thread::spawn(move || std::io::copy(&mut controller, &mut std::io::sink()))
        };
        let output = self.child.wait_with_output().expect("it ends");
        drop(reading);
        (output.status.code(), text(&output.stdout))
    }
}

/// Two things to fix, each in a file.
fn two() -> TempDir {
    let folder = configuration();
    write(folder.path(), "b.nix", "{\n  jobs = 4;\n}\n");
    write(
        folder.path(),
        "forge.nix",
        "{ lib, ... }:\n{\n  imports = [ ./b.nix ];\n  cores = lib.mkForce 2;\n  jobs = lib.mkForce 5;\n}\n",
    );
    folder
}

const ASKED: &str = "fix shadowed-definition";

#[test]
fn on_a_terminal_each_fix_is_asked_about() {
    let folder = two();
    let mut terminal = Terminal::start(folder.path(), ASKED);
    let first = terminal.answer("(1/2) Write this?", "perhaps");
    assert!(first.contains("-  cores = 4;") && first.contains("proof: "), "{first}");
    assert!(first.contains("together with 1 more: "), "{first}");
    terminal.answer("(1/2) Write this?", "n");
    let second = terminal.answer("(2/2) Write this?", "YES");
    assert!(second.contains("-  jobs = 4;"), "{second}");
    let (code, stdout) = terminal.end();
    assert_eq!((code, stdout.as_str()), (Some(FOUND), "1 fix written to 1 file, 1 fix not wanted\n"));
    assert!(read(folder.path(), "a.nix").contains("cores = 4;"));
    assert!(!read(folder.path(), "b.nix").contains("jobs"));
}

#[test]
fn all_of_them_or_none_any_more() {
    let folder = two();
    let mut terminal = Terminal::start(folder.path(), ASKED);
    terminal.answer("(1/2)", "all");
    assert_eq!(terminal.end(), (Some(FOUND), "2 fixes written to 2 files\n".to_owned()));
    assert_eq!(read(folder.path(), "a.nix"), WITHOUT_CORES);

    let folder = two();
    let before = contents(folder.path());
    let mut terminal = Terminal::start(folder.path(), ASKED);
    terminal.answer("(1/2)", "q");
    assert_eq!(terminal.end(), (Some(FOUND), "nothing was written\n".to_owned()));
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn another_way_is_proved_by_itself() {
    let folder = configuration();
    let mut terminal = Terminal::start(folder.path(), ASKED);
    terminal.answer("fix: remove this definition", "o");
    let other = terminal.answer("fix: let it decide, with", "o");
    assert!(other.contains("`cores` changes from 2 to 4") && other.contains("as is meant"), "{other}");
    let allow = terminal.answer("fix: allow shadowed-definition here", "y");
    assert!(allow.contains("+  # mkwhy: allow shadowed-definition\n"), "{allow}");
    assert_eq!(terminal.end(), (Some(FOUND), "1 fix written to 1 file\n".to_owned()));
    assert!(read(folder.path(), "a.nix").contains("{\n  # mkwhy: allow shadowed-definition\n  cores = 4;\n"));
}

/// Whoever wants what the proof speaks against is asked once more.
#[test]
fn what_is_refused_may_be_wanted_all_the_same() {
    let folder = configuration();
    write(folder.path(), "a.nix", "{\n  cores = 4;\n  jobs = 1;\n}\n");
    let against = |answers: &[(&str, &str)]| {
        let mut terminal = Terminal::start(folder.path(), "fix same-as-default");
        for (question, answer) in answers {
            terminal.answer(question, answer);
        }
        terminal.end()
    };
    let (_, stdout) = against(&[("`strict` changes from true to false", "y"), ("Write it all the same?", "no")]);
    assert_eq!(stdout, "1 fix not wanted\n");
    assert!(read(folder.path(), "a.nix").contains("jobs"));
    let (code, stdout) = against(&[("(1/1) Write this?", "y"), ("Write it all the same?", "yes")]);
    assert_eq!((code, stdout.as_str()), (Some(FOUND), "1 fix written to 1 file\n"));
    assert_eq!(read(folder.path(), "a.nix"), "{\n  cores = 4;\n}\n");
}
