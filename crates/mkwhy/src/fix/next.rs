//! What else can be done with a definition that a move has to leave.

use mkwhy_model::{Definition, Finding, Level, Outcome};

use super::ground::Ground;
use super::moving::{Left, MovePlan, MoveRequest};
use super::{Fix, FixKind};
use crate::check::{Check, Inspection};
use crate::shell::shell_word;
use crate::workspace::Workspace;

/// The best that can be done instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextBest {
    /// What it does, in a few words.
    pub title: String,
    /// What does it on the command line; `None` where nothing is to be done. Nothing is proved of it before.
    pub command: Option<String>,
}

impl Workspace {
    /// Says of every definition that a move leaves what the next best is: its finding's own fix, all definitions in the
    /// module where it has to stay, a fix of another definition, or that it can stay.
    ///
    /// Nothing is evaluated; the findings are looked for once.
    pub fn find_next_best(&self, inspections: &[Inspection], plan: &mut MovePlan) {
        if plan.left.is_empty() {
            return;
        }
        let check = Check { all_targets: true, ..Check::default() };
        let findings = self.findings(inspections, &check).ok();
        // What the move settles itself is not offered once more, nor what hints speak of, which is meant to be so.
        let open = |finding: &&Finding| {
            let moved = plan.moved.iter().any(|(_, at)| *at == finding.site.at);
            finding.level >= Level::Information
                && !moved
                && !plan.removed.iter().any(|removed| removed.at == finding.site.at)
        };
        let open: Vec<&Finding> = findings.iter().flat_map(|findings| &findings.findings).filter(open).collect();
        for left in &mut plan.left {
            left.next = self.next_best(inspections, &open, left);
        }
    }

    fn next_best(&self, inspections: &[Inspection], findings: &[&Finding], left: &Left) -> Option<NextBest> {
        let ground = Ground { inspections };
        // What a proof spoke against as a move is not offered as a removal, nor what another target needs.
        let settles = |finding: &Finding, fix: &Fix| {
            let other = fix.code.as_deref() != Some("duplicate-element");
            let removes = fix.kind == FixKind::Remove && other && !left.tried && finding.everywhere;
            removes || matches!(fix.kind, FixKind::Settle | FixKind::Keep)
        };
        let of = |own: bool| {
            findings
                .iter()
                .filter(move |finding| {
                    finding.option.as_ref() == Some(&left.option) && (finding.site.at == left.at) == own
                })
                .find_map(|finding| {
                    let fix = self.fixes(inspections, finding).into_iter().find(|fix| settles(finding, fix))?;
                    let command = format!(
                        "mkwhy fix {} --option {} --file {}",
                        finding.code,
                        shell_word(&left.option.to_string()),
                        shell_word(&finding.site.at.file)
                    );
                    let title = match own {
                        true => fix.title,
                        false => format!("at {}: {}", finding.site.at, fix.title),
                    };
                    Some(NextBest { title, command: Some(command) })
                })
        };
        of(true).or_else(|| self.all_there(&ground, left)).or_else(|| of(false)).or_else(|| stays(&ground, left))
    }

    /// All definitions of the option in the module where this one has to stay.
    fn all_there(&self, ground: &Ground<'_>, left: &Left) -> Option<NextBest> {
        let everywhere = ground
            .inspections
            .iter()
            .filter(|inspection| inspection.is_evaluated())
            .all(|inspection| here(inspection, left).is_some());
        if left.tried || !everywhere {
            return None;
        }
        let request =
            MoveRequest { option: left.option.clone(), to: Some(left.at.file.clone()), ..MoveRequest::default() };
        let plan = self.plan_move(ground.inspections, &request).ok()?;
        // A default of the base module that gives way is no reason to go elsewhere.
        let all = plan.left.is_empty() && !plan.moved.is_empty();
        let command = format!("mkwhy move {} --to {}", shell_word(&left.option.to_string()), shell_word(&left.at.file));
        all.then_some(NextBest { title: plan.fix.title, command: Some(command) })
    }
}

fn here<'a>(inspection: &'a Inspection, left: &Left) -> Option<&'a Definition> {
    let definitions = &inspection.cascade(&left.option)?.definitions;
    definitions.iter().find(|definition| definition.at == left.at && !definition.declared_default)
}

/// That it can stay, where it is of use there.
fn stays(ground: &Ground<'_>, left: &Left) -> Option<NextBest> {
    let mut others: Vec<&Definition> = Vec::new();
    let (mut outranks, mut merged) = (true, true);
    for inspection in ground.inspections {
        let Some(own) = here(inspection, left).filter(|own| own.outcome.takes_part()) else { continue };
        merged &= own.outcome == Outcome::Merged;
        let cascade = inspection.cascade(&left.option)?;
        for other in cascade.definitions.iter().filter(|other| other.is_active() && !other.declared_default) {
            if other.at == left.at {
                continue;
            }
            outranks &= own.priority.zip(other.priority).is_some_and(|(own, other)| own.outranks(other));
            others.push(other);
        }
    }
    let title = match others.first() {
        None => "keep it there: nothing else decides it".to_owned(),
        Some(other) if outranks => format!("keep it there: it overrides {}", other.at),
        Some(other) if merged => format!("keep it there: it is merged with {}", other.at),
        Some(_) => return None,
    };
    Some(NextBest { title, command: None })
}
