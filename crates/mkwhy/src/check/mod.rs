//! What the rules find in the targets of a workspace.

mod edited;
mod evaluated;
mod guessed;
mod inspection;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use mkwhy_model::{Finding, Findings, Level, Position};
use mkwhy_rules::{Allow, Facts, InTarget, RULES, Rule, Settlement, Sources, Subject};

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::files::Files;
use crate::parsed::discard;
use crate::reading::Reading;
use crate::targets::Target;
use crate::workspace::Workspace;

pub use edited::Since;
pub(crate) use evaluated::join_all;
pub use inspection::Inspection;

/// How a workspace is checked.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// Read the source text alone and evaluate nothing: every finding is a guess.
    pub syntax: bool,
    /// Only these rules, by their codes; all where it is empty.
    pub only: Vec<String>,
    /// Whether the targets are all that the configuration has. Only then is it known what holds nowhere else.
    pub all_targets: bool,
}

impl Workspace {
    /// What the rules find in the person's own files, in some targets.
    ///
    /// A target that does not evaluate costs the others nothing: its own text is read instead, and
    /// [`Findings::targets`] says why.
    ///
    /// # Errors
    /// If a code or `mkwhy.toml` is wrong.
    pub async fn check(&self, targets: &[Target], check: &Check) -> Result<Findings, Error> {
        // What is wrong with the question is said before Nix runs.
        self.settings_of(check)?;
        let inspections = if check.syntax {
            let reading = self.read();
            targets.iter().map(|target| self.inspect_by_text(&reading, target, None)).collect()
        } else {
            self.inspections(targets).await
        };
        let findings = self.findings(&inspections, check);
        discard(inspections);
        findings
    }

    /// What the person's own files set in some targets, in their order. Of a target that does not evaluate only the text
    /// is read, and [`Inspection::checked`] says why.
    pub async fn inspections(&self, targets: &[Target]) -> Vec<Inspection> {
        let mut reading = None;
        let evaluations = self.inspect_all(targets).await;
        let inspected = targets.iter().zip(evaluations).map(|(target, evaluation)| {
            evaluation.unwrap_or_else(|failure| {
                self.inspect_by_text(reading.get_or_insert_with(|| self.read()), target, Some(&failure))
            })
        });
        inspected.collect()
    }

    /// What the rules find in targets that were looked at.
    ///
    /// # Errors
    /// If a code or `mkwhy.toml` is wrong.
    pub fn findings(&self, inspections: &[Inspection], check: &Check) -> Result<Findings, Error> {
        let (rules, excluded) = self.settings_of(check)?;
        let mut found: Vec<InTarget> = Vec::new();
        let mut allows: BTreeMap<&str, Vec<Allow>> = BTreeMap::new();
        let mut notes: Vec<String> = Vec::new();
        for inspection in inspections {
            let target = &inspection.checked.target;
            let sources = |file: &str| inspection.sources.get(file).cloned();
            let facts = Facts::new(&inspection.subjects, &inspection.own, self.base_module(), &sources);
            found.push(mkwhy_rules::check(target, &facts, &rules, inspection.is_evaluated()));
            for (file, source) in inspection.sources.iter().filter(|(file, _)| inspection.own.contains(*file)) {
                allows.entry(file).or_insert_with(|| mkwhy_rules::allows(source, file));
            }
            notes.extend(inspection.notes.iter().map(|note| match inspections {
                [_] => note.clone(),
                _ => format!("{target}: {note}"),
            }));
        }
        let allows: Vec<Allow> = allows.into_values().flatten().collect();
        let settled = mkwhy_rules::settle(
            &found,
            &Settlement {
                level: &|rule| self.level_of(rule),
                excluded: &|file| excluded.matched_path_or_any_parents(Path::new(file), false).is_ignore(),
                allows: &allows,
                rules: &rules,
                all_targets: check.all_targets,
            },
        );
        let targets = inspections.iter().map(|inspection| inspection.checked.clone()).collect();
        Ok(Findings { findings: settled.findings, targets, allowed: settled.allowed, known: 0, notes })
    }

    /// What the rules find in one file of one target. That it may be otherwise in other targets is not looked at.
    fn found_in(
        &self,
        subjects: &[Subject],
        own: &BTreeSet<String>,
        sources: &Sources<'_>,
        target: &str,
        file: &str,
        certain: bool,
    ) -> Vec<Finding> {
        let Ok((mut rules, excluded)) = self.settings_of(&Check::default()) else { return Vec::new() };
        rules.retain(|rule| rule.code != "unused-allow");
        let facts = Facts { only: Some(file), ..Facts::new(subjects, own, self.base_module(), sources) };
        let found = mkwhy_rules::check(target, &facts, &rules, certain);
        let allows = sources(file).map(|source| mkwhy_rules::allows(&source, file)).unwrap_or_default();
        let settled = mkwhy_rules::settle(
            &[found],
            &Settlement {
                level: &|rule| self.level_of(rule),
                excluded: &|file| excluded.matched_path_or_any_parents(Path::new(file), false).is_ignore(),
                allows: &allows,
                rules: &rules,
                all_targets: true,
            },
        );
        settled.findings.into_iter().filter(|finding| finding.site.at.file == file).collect()
    }

    /// What the rules find in one file as its text is now, with the conditions of the last evaluation. What an edit
    /// touches is a guess.
    pub fn findings_in(&self, inspection: &Inspection, since: &Since, reading: &Reading, file: &str) -> Vec<Finding> {
        let edited: BTreeSet<&str> = since.files().collect();
        let sources = |name: &str| {
            let now = edited.contains(name).then(|| reading.parsed(name)).flatten();
            now.or_else(|| inspection.source(name).cloned())
        };
        let as_evaluated: Vec<Subject> = inspection
            .paths_in(file)
            .filter(|path| since.cascade(path).is_none())
            .filter_map(|path| inspection.subject(path).cloned())
            .collect();
        let is_here = |subject: &&Subject| subject.cascade.definitions.iter().any(|found| found.at.file == file);
        let as_edited: Vec<Subject> = since.subjects.values().filter(is_here).cloned().collect();
        let mut own = inspection.own_files().clone();
        let files = Files::new(self.root(), &self.config().own, None);
        let is_own = |name: &&&str| files.is_own(&reading.root().join(name).to_string_lossy());
        own.extend(edited.iter().filter(is_own).map(|name| (*name).to_owned()));
        let target = inspection.target();
        let mut found = self.found_in(&as_evaluated, &own, &sources, target, file, inspection.is_evaluated());
        found.extend(self.found_in(&as_edited, &own, &sources, target, file, false));
        found
    }

    /// The rules that are looked for, and the files in which nothing is to be found.
    fn settings_of(&self, check: &Check) -> Result<(Vec<&'static Rule>, Gitignore), Error> {
        let rules = rules(check)?;
        self.check_levels()?;
        Ok((rules, self.excluded()?))
    }

    /// The least level that makes a check fail, if `mkwhy.toml` says one.
    pub fn denied(&self) -> Option<Level> {
        self.config().check.deny
    }

    /// The base module as positions name it.
    pub(crate) fn base_module(&self) -> Option<&str> {
        self.config().base_module.as_deref().map(|base| base.strip_prefix("./").unwrap_or(base))
    }

    fn level_of(&self, rule: &Rule) -> Option<Level> {
        match self.config().check.levels.get(rule.code) {
            Some(level) => level.level(),
            None => Some(rule.level),
        }
    }

    fn check_levels(&self) -> Result<(), Error> {
        self.config()
            .check
            .levels
            .keys()
            .try_for_each(|code| known_code(code).map(drop))
            .map_err(|error| error.with_file(Config::FILE))
    }

    /// The files in which nothing is to be found.
    fn excluded(&self) -> Result<Gitignore, Error> {
        let mut builder = GitignoreBuilder::new("");
        for pattern in &self.config().check.exclude {
            builder.add_line(None, pattern).map_err(|wrong| bad_pattern(&wrong))?;
        }
        builder.build().map_err(|wrong| bad_pattern(&wrong))
    }
}

fn bad_pattern(wrong: &ignore::Error) -> Error {
    Error::new(ErrorKind::Usage, format!("a pattern of `exclude` cannot be read: {wrong}"))
        .with_place(Position::of_file(Config::FILE))
}

/// The rules that are looked for.
fn rules(check: &Check) -> Result<Vec<&'static Rule>, Error> {
    if check.only.is_empty() {
        return Ok(RULES.to_vec());
    }
    check.only.iter().map(|code| known_code(code)).collect()
}

fn known_code(code: &str) -> Result<&'static Rule, Error> {
    mkwhy_rules::rule(code).ok_or_else(|| {
        let nearest = RULES.iter().min_by_key(|rule| strsim::damerau_levenshtein(rule.code, code));
        let help = nearest.map(|rule| format!("the nearest is {}; mkwhy explain lists all", rule.code));
        Error::new(ErrorKind::Usage, format!("no rule is called {code:?}")).with_help(help.unwrap_or_default())
    })
}
