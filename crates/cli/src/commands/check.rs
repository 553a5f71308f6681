//! `mkwhy check`

use std::path::Path;

use mkwhy::{Baseline, Check, Checked, Findings, Level, Message, Target, Texts};

use super::Asked;
use crate::args::{CheckArguments, Deny, Format};
use crate::exit::{Failure, FailureKind, Report, Status};
use crate::json::{self, Body};
use crate::repository::Repository;
use crate::sarif::Sarif;
use crate::{github, render};

/// The word that stands for every target.
pub(super) const ALL: &str = "all";

pub async fn run(asked: &Asked<'_>, arguments: &CheckArguments) -> Result<Report, Failure> {
    let format = format(asked, arguments.format)?;
    // Before the time that everything else takes.
    let baseline = arguments.baseline.as_deref().map(|file| Ok((file, Baseline::read(file)?)));
    let baseline = baseline.transpose().map_err(|error: mkwhy::Error| Failure::from(error))?;
    let chosen = Chosen::of(asked, arguments.syntax).await?;
    let check = Check {
        syntax: arguments.syntax || chosen.is_only_a_file(),
        only: arguments.only.clone(),
        all_targets: chosen.all,
    };
    let what = match &chosen.targets[..] {
        [target] => format!("checking {}", target.name),
        targets => format!("checking {} targets", targets.len()),
    };
    let mut findings = asked.waiting(&what, asked.workspace.check(&chosen.targets, &check)).await?;
    let mut failures = failures(&findings.targets);
    if let Some(failure) = chosen.unlisted {
        findings.notes.push(format!(
            "the targets could not be listed, and those that the text names were checked: {}",
            failure.message
        ));
        if failures.iter().all(|known| !known.message.contains(&failure.message)) {
            failures.insert(0, failure);
        }
    }
    let texts = Texts::of(asked.workspace.root(), &findings.findings);
    let written = arguments.write_baseline.as_deref().map(|file| (file, Baseline::of(&findings, &texts)));
    if let Some((file, baseline)) = &baseline {
        let gone = baseline.leave_out(&mut findings, &texts, &check);
        findings.notes.extend(gone.note(file).filter(|_| written.is_none()));
    }
    if let Some((file, baseline)) = written {
        match failures.is_empty() {
            true => write(&mut findings, file, &baseline)?,
            false => failures.push(incomplete(file)),
        }
    }
    let deny = arguments.deny.or(asked.workspace.denied().map(Deny::From)).unwrap_or(Deny::From(Level::Error));
    let status = status(&findings, !failures.is_empty(), deny);
    let show = arguments.show.unwrap_or_else(|| shown_by_default(format, deny));
    let repository = Repository::around(asked.workspace.root());
    let stdout = match format {
        Format::Text => render::check::check(&findings, show, &texts, &asked.look),
        Format::Github => github::annotations(&findings, show, &texts, &repository),
        Format::Sarif => {
            let sarif = Sarif { show, texts: &texts, repository: &repository, compared: baseline.is_some(), status };
            sarif.log(&findings)
        }
        Format::Json => {
            findings.findings.retain(|finding| finding.level >= show);
            json::answer(Body::Check(findings))
        }
    };
    let verbose = asked.arguments.global.verbose > 0;
    let told = failures.iter().filter(|_| format != Format::Json);
    let stderr = told.map(|failure| render::failure::failure(failure, verbose)).collect();
    Ok(Report { stdout, stderr, status })
}

/// How findings are to be written.
fn format(asked: &Asked<'_>, wanted: Option<Format>) -> Result<Format, Failure> {
    match wanted {
        Some(format) if asked.arguments.global.json && format != Format::Json => {
            Err(usage("--json and another --format cannot both be meant".to_owned(), "leave one of them out"))
        }
        Some(format) => Ok(format),
        None if asked.json() => Ok(Format::Json),
        None => Ok(Format::Text),
    }
}

fn usage(message: String, help: &str) -> Failure {
    Failure { message, at: None, help: Some(help.to_owned()), kind: FailureKind::Usage, trace: Vec::new() }
}

/// What is checked.
struct Chosen {
    targets: Vec<Target>,
    /// Whether that is all that there are.
    all: bool,
    /// Why Nix could not list them.
    unlisted: Option<Failure>,
}

impl Chosen {
    /// The targets that the command line means. Where Nix cannot say which ones there are, the text does: each is then
    /// found to fail, or not, by itself.
    async fn of(asked: &Asked<'_>, syntax: bool) -> Result<Self, Failure> {
        let wanted = asked.arguments.global.target.as_deref();
        if syntax {
            return Self::by_text(asked, wanted, None);
        }
        match Self::listed(asked, wanted).await {
            Err(failure) if failure.kind == FailureKind::Evaluation => {
                Self::by_text(asked, wanted, Some(failure.clone())).map_err(|_| failure)
            }
            chosen => chosen,
        }
    }

    async fn listed(asked: &Asked<'_>, wanted: Option<&str>) -> Result<Self, Failure> {
        if wanted.is_some_and(|name| name != ALL) {
            let target = asked.target().await?;
            return Ok(Self { targets: vec![target], all: false, unlisted: None });
        }
        let targets = asked.waiting("looking for the configurations", asked.workspace.targets()).await?;
        Self::among(asked, targets, wanted, None)
    }

    fn by_text(asked: &Asked<'_>, wanted: Option<&str>, unlisted: Option<Failure>) -> Result<Self, Failure> {
        if wanted.is_none_or(|name| name != ALL) {
            let target = asked.workspace.target_by_text(wanted)?;
            return Ok(Self { targets: vec![target], all: false, unlisted });
        }
        // Those that a function makes are not in the text.
        let chosen = Self::among(asked, asked.workspace.targets_by_text()?, wanted, unlisted)?;
        Ok(Self { all: false, ..chosen })
    }

    /// Whether Nix could not say what there is, and the text of the flake names nothing either: then there is nothing
    /// that Nix could be asked for.
    fn is_only_a_file(&self) -> bool {
        self.unlisted.is_some() && self.targets.iter().all(|target| target.name == "flake.nix")
    }

    /// All targets, unless one of them is called so; or the default one.
    fn among(
        asked: &Asked<'_>,
        mut targets: Vec<Target>,
        wanted: Option<&str>,
        unlisted: Option<Failure>,
    ) -> Result<Self, Failure> {
        if targets.is_empty() {
            let root = asked.workspace.root().display();
            return Err(Failure {
                message: format!("there is no configuration in {root}"),
                at: None,
                help: Some(format!("name one in {root}/mkwhy.toml")),
                kind: FailureKind::NotFound,
                trace: Vec::new(),
            });
        }
        let number = targets.len();
        let one = match wanted {
            None => Some(targets.iter().position(|target| target.default).unwrap_or_default()),
            Some(name) => targets.iter().position(|target| target.name == name),
        };
        if let Some(one) = one {
            targets = vec![targets.swap_remove(one)];
        }
        Ok(Self { all: targets.len() == number, targets, unlisted })
    }
}

/// Why targets were not evaluated, each reason once.
pub(super) fn failures(checked: &[Checked]) -> Vec<Failure> {
    let mut failures: Vec<(&Message, Vec<&Checked>)> = Vec::new();
    for target in checked {
        let Some(message) = target.failure() else { continue };
        match failures.iter_mut().find(|(known, _)| *known == message) {
            Some((_, targets)) => targets.push(target),
            None => failures.push((message, vec![target])),
        }
    }
    let several = checked.len() > 1;
    let failures = failures.into_iter().map(|(message, targets)| {
        let names: Vec<&str> = targets.iter().map(|target| render::check::short(&target.target, checked)).collect();
        Failure {
            message: if several { format!("{}: {}", names.join(", "), message.text) } else { message.text.clone() },
            at: message.at.clone(),
            help: targets[0].help.clone(),
            kind: FailureKind::Evaluation,
            trace: targets[0].trace.clone(),
        }
    });
    failures.collect()
}

/// Writes the baseline; from then on it knows everything.
fn write(findings: &mut Findings, file: &Path, baseline: &Baseline) -> Result<(), Failure> {
    baseline.write(file)?;
    let number = baseline.len();
    findings.known = number;
    findings.findings.clear();
    findings.notes.push(match number {
        0 => format!("{} is written; there is nothing for it to know", file.display()),
        _ => format!("{} is written; `--baseline {0}` leaves out what it knows", file.display()),
    });
    Ok(())
}

fn incomplete(file: &Path) -> Failure {
    Failure {
        message: format!("{} was not written, because not every target was evaluated", file.display()),
        at: None,
        help: Some("mend what does not evaluate, or name the targets that do with --target".to_owned()),
        kind: FailureKind::Evaluation,
        trace: Vec::new(),
    }
}

/// How it ends. That something could not be evaluated says more than what was found: there may be more to find.
fn status(findings: &Findings, failed: bool, deny: Deny) -> Status {
    if failed {
        return Status::Evaluation;
    }
    let denied = findings.findings.iter().any(|finding| deny.denies(finding.level));
    if denied { Status::Denied } else { Status::Found }
}

/// Nothing that makes the check fail is hidden.
fn shown_by_default(format: Format, deny: Deny) -> Level {
    match (format, deny) {
        (Format::Json, _) => Level::Hint,
        (_, Deny::From(level)) => level.min(Level::Information),
        (_, Deny::Never) => Level::Information,
    }
}
