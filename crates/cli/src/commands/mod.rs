//! The commands: each asks the library one question and gives the answer to a renderer or to JSON.

mod about;
mod check;
mod dialogue;
mod duplicates;
mod explain;
mod fix;
mod list;
mod moving;
mod stdio;
mod targets;
mod why;
mod writing;

use mkwhy::{Knowledge, Target, Workspace};

use crate::args::{Arguments, Command};
use crate::exit::{Failure, Report, Status};
use crate::json;
use crate::output::Output;
use crate::progress;
use crate::render::Look;

/// Answers the question of the command line.
pub async fn run(arguments: &Arguments, output: &Output) -> Result<Report, Failure> {
    match &arguments.command {
        Command::Why { option, syntax, .. } => why::run(&Asked::new(arguments, output)?, option, *syntax).await,
        Command::Ls { prefix, .. } => list::run(&Asked::new(arguments, output)?, prefix).await,
        Command::Dups { prefix, .. } => duplicates::run(&Asked::new(arguments, output)?, prefix).await,
        Command::Targets { .. } => targets::run(&Asked::new(arguments, output)?).await,
        Command::Check(check) => check::run(&Asked::new(arguments, output)?, check).await,
        Command::Fix(fix) => fix::run(&Asked::new(arguments, output)?, fix, output).await,
        Command::Move(moved) => moving::run(&Asked::new(arguments, output)?, moved, output).await,
        Command::Explain { code } => explain::run(code.as_deref(), arguments.json(), &look(arguments, output)),
        Command::Completions { shell } => Ok(Report::found(about::completions(*shell))),
        Command::Man => Ok(Report::found(about::man_page())),
        Command::Lsp { .. } => {
            let in_order = mkwhy_server::serve(stdio::input(), stdio::output()).await;
            // The protocol's own exit codes: 0, or 1 where the client did not say `shutdown` first.
            let status = if in_order { Status::Found } else { Status::NotFound };
            Ok(Report { stdout: String::new(), stderr: String::new(), status })
        }
        Command::Schema => Ok(Report::found(json::schema())),
    }
}

/// How text is to look where there are no positions.
fn look(arguments: &Arguments, output: &Output) -> Look {
    Look { width: output.width, terminal: output.terminal, verbose: arguments.global.verbose > 0, links: None }
}

/// What every question to a configuration needs.
struct Asked<'a> {
    arguments: &'a Arguments,
    workspace: Workspace,
    look: Look,
}

impl<'a> Asked<'a> {
    fn new(arguments: &'a Arguments, output: &Output) -> Result<Self, Failure> {
        let workspace = Workspace::open(&arguments.global.directory, arguments.settings())?;
        let links = output.links.then(|| workspace.root().to_path_buf());
        let look = Look { links, ..look(arguments, output) };
        Ok(Self { arguments, workspace, look })
    }

    fn json(&self) -> bool {
        self.arguments.json()
    }

    /// The configuration that was named, or the one there is.
    async fn target(&self) -> Result<Target, Failure> {
        let wanted = self.arguments.global.target.as_deref();
        Ok(self.waiting("looking for the configurations", self.workspace.target(wanted)).await?)
    }

    /// Waits with a line of progress.
    async fn waiting<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        progress::shown(!self.arguments.global.quiet, what, work).await
    }
}

/// The exit code of an answer about many options. "Nothing" may only be said of what was evaluated.
fn status_of_many(known: &Knowledge, empty: bool) -> Status {
    match known {
        Knowledge::Failed { .. } => Status::Evaluation,
        _ if empty => Status::NotFound,
        _ => Status::Found,
    }
}

/// A report with its text where a pipe takes it for an answer only if it is one.
fn where_it_belongs(text: String, empty: bool, status: Status) -> Report {
    let (stdout, stderr) = if empty { (String::new(), text) } else { (text, String::new()) };
    Report { stdout, stderr, status }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_only_said_of_what_was_evaluated() {
        let failed = Knowledge::Failed { message: mkwhy::Message::new("no") };
        assert_eq!(status_of_many(&failed, true), Status::Evaluation);
        assert_eq!(status_of_many(&Knowledge::Evaluated, true), Status::NotFound);
        assert_eq!(status_of_many(&Knowledge::Evaluated, false), Status::Found);
    }
}
