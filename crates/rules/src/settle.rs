//! What the rules found in several targets, put together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mkwhy_model::{Finding, Level, OptionPath, Position, Site, Tag};

use crate::InTarget;
use crate::allow::Allow;
use crate::found::Draft;
use crate::rule::{InTargets, Rule};
use crate::rules::unused_allow;

/// How findings are settled.
pub struct Settlement<'a> {
    /// The level of a rule where it is not its own; `None` for a rule that is off.
    pub level: &'a dyn Fn(&Rule) -> Option<Level>,
    /// Whether nothing is to be found in a file.
    pub excluded: &'a dyn Fn(&str) -> bool,
    /// The comments of the person's own files.
    pub allows: &'a [Allow],
    /// The rules that were looked for.
    pub rules: &'a [&'static Rule],
    /// Whether these are all targets of the configuration.
    pub all_targets: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// The findings, by file and place.
    pub findings: Vec<Finding>,
    /// How many a comment allowed.
    pub allowed: usize,
}

/// What makes findings of several targets the same one, whoever won there.
type Key<'f> = (&'static str, &'f Site, Option<&'f OptionPath>);

fn key(draft: &Draft) -> Key<'_> {
    (draft.rule.code, &draft.finding.site, draft.finding.option.as_ref())
}

/// Puts together what was found in several targets.
pub fn settle(targets: &[InTarget], how: &Settlement<'_>) -> Settled {
    let certain_targets = targets.iter().filter(|target| target.certain).count();
    let every_target = how.all_targets && certain_targets == targets.len();
    let mut used: BTreeSet<(usize, &str)> = BTreeSet::new();
    let mut allowed: BTreeSet<Key<'_>> = BTreeSet::new();
    let mut merged: BTreeMap<(Key<'_>, &str, bool), (&Draft, Vec<String>)> = BTreeMap::new();
    for target in targets {
        for draft in &target.drafts {
            if (how.excluded)(&draft.finding.site.at.file) || (how.level)(draft.rule).is_none() {
                continue;
            }
            let covering: Vec<usize> = (0..how.allows.len())
                .filter(|n| draft.allowed_at.iter().any(|at| how.allows[*n].covers(draft.rule.code, at)))
                .collect();
            if !covering.is_empty() {
                used.extend(covering.into_iter().map(|number| (number, draft.rule.code)));
                allowed.insert(key(draft));
                continue;
            }
            let entry = merged.entry((key(draft), draft.finding.message.as_str(), draft.finding.certain));
            let (_, names) = entry.or_insert_with(|| (draft, Vec::new()));
            if !names.contains(&target.target) {
                names.push(target.target.clone());
            }
        }
    }
    // What was evaluated somewhere is no guess elsewhere.
    let known: BTreeSet<Key<'_>> = merged.keys().filter(|(_, _, certain)| *certain).map(|(key, _, _)| *key).collect();
    merged.retain(|(key, _, certain), _| *certain || !known.contains(key));

    let keys: Vec<HashSet<Key<'_>>> = targets.iter().map(|target| target.drafts.iter().map(key).collect()).collect();
    // What is off there says nothing about whether it would count.
    let has = |target: &InTarget, about: &[Position], rule: &Rule| {
        let there = if matches!(rule.in_targets, InTargets::RaisedInAll(_)) { &target.defined } else { &target.active };
        about.iter().any(|at| there.contains(at))
    };
    let mut findings: Vec<Finding> = merged
        .into_iter()
        .map(|((key, ..), (draft, names))| {
            let mut having = targets
                .iter()
                .enumerate()
                .filter(|(_, target)| target.certain && has(target, &draft.about, draft.rule));
            let in_all = having.clone().all(|(number, _)| keys[number].contains(&key));
            let mut finding = draft.finding.clone();
            let in_every = finding.certain && in_all && every_target;
            // Of others something else is said, which comes to the same.
            finding.everywhere = in_every && having.all(|(_, target)| names.contains(&target.target));
            finding.targets = names;
            let usual = (how.level)(draft.rule).unwrap_or(draft.rule.level);
            let level = match draft.rule.in_targets {
                _ if usual != draft.rule.level => usual,
                InTargets::RaisedInAll(level) if in_every && finding.targets.len() > 1 => level,
                InTargets::HintInSome if !in_all => Level::Hint,
                _ => usual.min(draft.at_most),
            };
            finding.level = if finding.certain { level } else { level.min(Level::Warning) };
            if !in_every && finding.tag == Some(Tag::Unnecessary) {
                finding.tag = None;
            }
            finding
        })
        .collect();
    findings.extend(unused(how, &used, every_target, targets));
    findings.sort_by(|a, b| (&a.site, &a.code, &a.message).cmp(&(&b.site, &b.code, &b.message)));
    Settled { findings, allowed: allowed.len() }
}

/// The comments that allow nothing, where that can be known.
fn unused(
    how: &Settlement<'_>,
    used: &BTreeSet<(usize, &str)>,
    every_target: bool,
    targets: &[InTarget],
) -> Vec<Finding> {
    let rule = &unused_allow::RULE;
    let Some(level) = (how.level)(rule).filter(|_| how.rules.iter().any(|looked| looked.code == rule.code)) else {
        return Vec::new();
    };
    let looked_for = |code: &String| {
        how.rules.iter().any(|rule| rule.code == *code)
            && crate::rule(code).is_some_and(|rule| (how.level)(rule).is_some())
    };
    let names: Vec<String> = targets.iter().map(|target| target.target.clone()).collect();
    how.allows
        .iter()
        .enumerate()
        .filter(|(_, allow)| !(how.excluded)(&allow.site.at.file))
        .filter_map(|(number, allow)| {
            let idle: Vec<&str> = allow
                .codes
                .iter()
                .filter(|code| every_target && looked_for(code) && !used.contains(&(number, code.as_str())))
                .map(String::as_str)
                .collect();
            let nothing = idle.len() == allow.codes.len();
            let message = match (&allow.problem, allow.line) {
                (Some(problem), _) if allow.codes.is_empty() => format!("this comment allows nothing: {problem}"),
                (Some(problem), _) => format!("this comment is not understood to its end: {problem}"),
                _ if idle.is_empty() => return None,
                (None, None) => {
                    "this comment allows nothing: it stands neither on a line nor right above one".to_owned()
                }
                (None, Some(line)) if nothing => {
                    format!("this comment allows nothing: there is no {} at line {line}", idle.join(" or "))
                }
                (None, Some(line)) => {
                    format!("this comment allows more than there is: there is no {} at line {line}", idle.join(" or "))
                }
            };
            Some(Finding {
                code: rule.code.to_owned(),
                level,
                message,
                option: None,
                site: allow.site.clone(),
                related: Vec::new(),
                targets: names.clone(),
                everywhere: every_target,
                certain: true,
                tag: None,
            })
        })
        .collect()
}
