//! The command `mkwhy`: reads the command line, asks the library, prints what it says.

mod args;
mod commands;
mod exit;
mod github;
mod json;
mod output;
mod progress;
mod region;
mod render;
mod repository;
mod sarif;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

use crate::args::Arguments;
use crate::exit::{Failure, FailureKind, Report, Status};
use crate::output::Output;

/// Reading Nix code and answering for it makes and drops many small things: with this allocator a keystroke takes about two
/// thirds of the time that it takes with that of glibc (`cargo bench -p mkwhy --bench keystroke`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let status = match Arguments::try_parse() {
        Ok(arguments) => run(&arguments),
        Err(error) => refused(&error),
    };
    ExitCode::from(status as u8)
}

fn run(arguments: &Arguments) -> Status {
    let log_file = match &arguments.command {
        args::Command::Lsp { log, .. } => log.as_deref(),
        _ => None,
    };
    log(arguments.global.verbose, log_file);
    let output = Output::new(arguments.global.color);
    let report = match wait(arguments, &output) {
        Some(Ok(report)) => report,
        Some(Err(failure)) => failed(arguments, failure),
        None => return Status::Interrupted,
    };
    output.write(&report)
}

/// Runs the command until it is done or a signal comes; then `None`, and what ran is dropped, which ends Nix.
fn wait(arguments: &Arguments, output: &Output) -> Option<Result<Report, Failure>> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Some(Err(cannot_start(&error))),
    };
    let done = runtime.block_on(async {
        // Listening begins before anything runs, so that no signal finds the default handler, which would leave Nix behind.
        let interrupted = match interruption() {
            Ok(interrupted) => interrupted,
            Err(error) => return Some(Err(cannot_start(&error))),
        };
        tokio::select! {
            biased;
            () = interrupted => None,
            done = commands::run(arguments, output) => Some(done),
        }
    });
    // A read of standard input that nobody will answer is not waited for.
    runtime.shutdown_background();
    done
}

/// Completes when the person or the system asks the command to end.
#[cfg(unix)]
fn interruption() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Completes when the person asks the command to end.
#[cfg(not(unix))]
fn interruption() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn cannot_start(error: &std::io::Error) -> Failure {
    Failure {
        message: format!("cannot listen for signals: {error}"),
        at: None,
        help: None,
        kind: FailureKind::Evaluation,
        trace: Vec::new(),
    }
}

/// A failure as it is reported: in JSON where JSON was asked for, else in words on standard error.
fn failed(arguments: &Arguments, failure: Failure) -> Report {
    let status = failure.status();
    if arguments.json() {
        let stdout = json::error(Some(arguments.command.name()), failure);
        return Report { stdout, stderr: String::new(), status };
    }
    let stderr = render::failure::failure(&failure, arguments.global.verbose > 0);
    Report { stdout: String::new(), stderr, status }
}

/// The command line was refused, or only asked for help.
fn refused(error: &clap::Error) -> Status {
    let status = if error.use_stderr() { Status::Usage } else { Status::Found };
    // Whoever asks for JSON reads standard output and expects JSON there whatever happens.
    if status == Status::Usage && wants_json(std::env::args_os()) {
        let failure = Failure {
            message: sentence(error),
            at: None,
            help: Some("see `mkwhy --help`".to_owned()),
            kind: FailureKind::Usage,
            trace: Vec::new(),
        };
        let stdout = json::error(None, failure);
        return Output::new(args::ColorWhen::Never).write(&Report { stdout, stderr: String::new(), status });
    }
    // A reader that has gone away needs no help.
    let _ = error.print();
    status
}

/// Whether a command line that was not understood asks for JSON.
fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut before = OsString::new();
    for argument in arguments {
        if argument == "--json" || argument == "--format=json" || (before == "--format" && argument == "json") {
            return true;
        }
        before = argument;
    }
    false
}

/// What clap complains about, without the usage and hints that follow for readers of text.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let complaint = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = complaint.strip_prefix("error:").unwrap_or(complaint).split_whitespace().collect();
    words.join(" ")
}

/// A log on standard error or in a file, for those who look for mistakes in mkwhy itself.
fn log(verbose: u8, file: Option<&Path>) {
    let everything = "mkwhy=debug,mkwhy_eval=debug,mkwhy_syntax=debug,mkwhy_server=debug,tower_lsp=info";
    let filter = match std::env::var("MKWHY_LOG") {
        Ok(filter) => filter,
        Err(_) if verbose > 1 || file.is_some() => everything.to_owned(),
        Err(_) => return,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // A log that cannot be written is no reason not to serve; standard error has it then.
    match file.and_then(|file| std::fs::OpenOptions::new().create(true).append(true).open(file).ok()) {
        Some(file) => log.with_ansi(false).with_writer(std::sync::Mutex::new(file)).init(),
        None => {
            let colors = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
            log.with_writer(std::io::stderr).with_ansi(colors).init();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let error = Arguments::try_parse_from(line.split(' ')).expect_err("a refused command line");
        assert_eq!(sentence(&error), expected);
    }

    #[test]
    fn json_is_asked_for_in_lines_that_are_refused() {
        let wants = |line: &str| wants_json(line.split(' ').map(OsString::from));
        assert!(
            wants("mkwhy --json frob")
                && wants("mkwhy check --format json -x")
                && wants("mkwhy check --format=json -x")
        );
        assert!(!wants("mkwhy check --format text json") && !wants("mkwhy json"));
    }

    #[test]
    fn a_refusal_is_one_sentence() {
        check("mkwhy frob", "unrecognized subcommand 'frob'");
        check("mkwhy why a..b", "invalid value 'a..b' for '<OPTION>': a name is missing at offset 2");
        check("mkwhy why", "the following required arguments were not provided: <OPTION>");
    }
}
