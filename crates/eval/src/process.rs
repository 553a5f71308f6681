//! Nix as a child process: found, limited, and ended with everything it started.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};

use crate::error::Error;

/// What an evaluation may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time of one run of Nix.
    pub time: Duration,
    /// Address space of one run of Nix, in MiB. Not enforced on macOS, whose kernel has no such limit.
    pub memory_mib: u64,
}

impl Default for Limits {
    /// Ten minutes and 16 GiB of address space: enough for any real configuration.
    fn default() -> Self {
        Self { time: Duration::from_secs(600), memory_mib: 16 * 1024 }
    }
}

/// A Nix to ask.
#[derive(Debug, Clone)]
pub struct Nix {
    program: PathBuf,
}

/// What one run of Nix gave.
pub(crate) struct Output {
    pub success: bool,
    /// Signal or status, for messages.
    pub status: String,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Nix {
    /// The Nix at `path`, or the first on PATH.
    ///
    /// # Errors
    /// [`Error::NoNix`] if there is none.
    pub fn find(path: Option<&Path>) -> Result<Self, Error> {
        if let Some(path) = path {
            let program = if path.is_dir() { path.join("bin/nix") } else { path.to_owned() };
            // A bare name is looked up like any command.
            if program.components().count() == 1 {
                return find_on_path(program.as_os_str())
                    .map(|program| Self { program })
                    .ok_or(Error::NoNix(Some(program)));
            }
            return if program.is_file() { Ok(Self { program }) } else { Err(Error::NoNix(Some(program))) };
        }
        find_on_path(OsStr::new("nix")).map(|program| Self { program }).ok_or(Error::NoNix(None))
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its version, as in `2.26.3`.
    ///
    /// # Errors
    /// If it cannot be run.
    pub async fn version(&self, directory: &Path) -> Result<String, Error> {
        let output = self
            .run(directory, &["--version".into()], Limits { time: Duration::from_secs(20), ..Limits::default() })
            .await?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.split_whitespace().last().map(str::to_owned).ok_or(Error::Crashed(output.status))
    }

    /// Runs it to its end, or until the limits or the caller end it: dropping the future kills the whole
    /// process group.
    pub(crate) async fn run(&self, directory: &Path, arguments: &[OsString], limits: Limits) -> Result<Output, Error> {
        self.run_reading(directory, arguments, limits, &mut |_| {}).await
    }

    /// [`Nix::run`], which shows to `line` what came so far each time that a line of it is whole: an answer of one line can
    /// be read while Nix clears up, which takes it a while. Whether it is an answer is known when Nix has ended.
    pub(crate) async fn run_reading(
        &self,
        directory: &Path,
        arguments: &[OsString],
        limits: Limits,
        line: &mut dyn FnMut(&[u8]),
    ) -> Result<Output, Error> {
        tracing::debug!(program = %self.program.display(), directory = %directory.display(), arguments = arguments.len(), "running Nix");
        run(&self.program, directory, arguments, limits, line).await
    }
}

/// How a program of the person's ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whether it says that it did what it was to do.
    pub success: bool,
    /// Signal or status, for messages.
    pub status: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs a program that the person named, with the limits and the end that Nix has. The program is looked up on PATH, or
/// from the directory where it is a path.
///
/// # Errors
/// If it cannot be run, or takes too long.
pub async fn run_program(
    program: &str,
    arguments: &[OsString],
    directory: &Path,
    limits: Limits,
) -> Result<Ended, Error> {
    let missing = || Error::Program(format!("{program} was not found"));
    let path = match Path::new(program).components().count() {
        1 => find_on_path(OsStr::new(program)).ok_or_else(missing)?,
        _ => Some(directory.join(program)).filter(|path| is_executable(path)).ok_or_else(missing)?,
    };
    tracing::debug!(program = %path.display(), directory = %directory.display(), "running a program");
    let output = run(&path, directory, arguments, limits, &mut |_| {}).await?;
    Ok(Ended { success: output.success, status: output.status, stderr: output.stderr })
}

async fn run(
    program: &Path,
    directory: &Path,
    arguments: &[OsString],
    limits: Limits,
    line: &mut dyn FnMut(&[u8]),
) -> Result<Output, Error> {
    // The shell sets the limits and becomes the program. Where the system can, that also ends with mkwhy if that is killed
    // outright; the limit of processor time is the net for where it cannot. Wall-clock time is watched here.
    let script = format!(
        "ulimit -v {} 2>/dev/null; ulimit -t {} 2>/dev/null; ulimit -c 0 2>/dev/null; \
         if setpriv --pdeathsig KILL true 2>/dev/null; then exec setpriv --pdeathsig KILL \"$@\"; fi; exec \"$@\"",
        limits.memory_mib.saturating_mul(1024),
        limits.time.as_secs().saturating_mul(2).max(1),
    );
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(script)
        .arg("mkwhy")
        .arg(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let child = command.spawn().map_err(|error| Error::Spawn(error.to_string()))?;
    let mut group = Group::new(child);
    match tokio::time::timeout(limits.time, group.output(line)).await {
        Ok(output) => output.map_err(|error| Error::Spawn(error.to_string())),
        Err(_) => Err(Error::Timeout(limits.time)),
    }
}

/// A child and whatever it starts; ended together when dropped.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

impl Group {
    fn new(child: Child) -> Self {
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { child, leader }
    }

    async fn output(&mut self, line: &mut dyn FnMut(&[u8])) -> std::io::Result<Output> {
        let mut stdout = self.child.stdout.take();
        let mut stderr = self.child.stderr.take();
        let mut out = Vec::new();
        let mut err = Vec::new();
        let read_out = async {
            match &mut stdout {
                Some(stdout) => read_lines(stdout, &mut out, line).await,
                None => Ok(()),
            }
        };
        let read_err = async {
            match &mut stderr {
                Some(stderr) => stderr.read_to_end(&mut err).await,
                None => Ok(0),
            }
        };
        tokio::try_join!(read_out, read_err)?;
        let status = self.child.wait().await?;
        Ok(Output {
            success: status.success(),
            status: status.to_string(),
            stdout: out,
            stderr: String::from_utf8_lossy(&err).into_owned(),
        })
    }
}

/// Reads to the end; each time that what came ends a line, `line` sees all of it.
async fn read_lines(stdout: &mut ChildStdout, out: &mut Vec<u8>, line: &mut dyn FnMut(&[u8])) -> std::io::Result<()> {
    loop {
        // As much as a pipe holds.
        out.reserve(64 * 1024);
        if stdout.read_buf(out).await? == 0 {
            return Ok(());
        }
        if out.ends_with(b"\n") {
            line(out);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Fails only when nobody is left in the group, which is what is wanted.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

fn find_on_path(name: &OsStr) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_seen_before_the_program_ends() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let nix = Nix { program: "/bin/sh".into() };
        let folder = tempfile::tempdir().expect("a folder");
        // It ends only once the line was seen.
        let script = "printf 'a'; printf 'b\\n'; until [ -e seen ]; do sleep 0.01; done; printf 'c'; exit 3";
        let mut seen = Vec::new();
        let mut line = |stdout: &[u8]| {
            seen.push(stdout.to_vec());
            std::fs::write(folder.path().join("seen"), "").expect("a file");
        };
        let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
        let arguments = ["-c".into(), script.into()];
        let output = runtime.block_on(nix.run_reading(folder.path(), &arguments, limits, &mut line)).expect("it runs");
        assert_eq!(seen, [b"ab\n"]);
        assert_eq!((output.success, output.stdout.as_slice()), (false, b"ab\nc".as_slice()));
    }
}
