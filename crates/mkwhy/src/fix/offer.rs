//! Which fixes there are for a finding, and for a definition that nobody complains of.

use mkwhy_model::{Definition, Edit, Finding, OptionPath, Outcome, Priority, Segment};

use super::ground::{Ground, Spot, of_finding};
use super::{Fix, FixKind};
use crate::check::Inspection;
use crate::workspace::Workspace;

impl Workspace {
    /// The fixes of a finding, the one to take first. They are edits of the texts as they were evaluated, and nothing is
    /// known yet of what they change: that is for [`Workspace::prove`] to say.
    ///
    /// A guess from the text alone has none but the comment that allows it.
    pub fn fixes(&self, inspections: &[Inspection], finding: &Finding) -> Vec<Fix> {
        let ground = Ground { inspections };
        let mut fixes = if finding.certain { for_finding(&ground, finding) } else { Vec::new() };
        fixes.extend(allow(&ground, finding));
        fixes.retain(|fix| !fix.change.is_empty());
        fixes
    }

    /// What can be done with the definition of an option at a place: other priorities.
    pub fn refactorings(
        &self,
        inspections: &[Inspection],
        option: &OptionPath,
        at: &mkwhy_model::Position,
    ) -> Vec<Fix> {
        let ground = Ground { inspections };
        let Some((cascade, definition)) = ground.definition(option, at) else { return Vec::new() };
        let Some(spot) = ground.spot(cascade, definition) else { return Vec::new() };
        [Priority::DEFAULT, Priority::PLAIN, Priority::FORCE]
            .into_iter()
            .filter(|priority| definition.priority != Some(*priority))
            .filter_map(|priority| {
                let title = match priority.function() {
                    Some(function) => format!("write it with {function}"),
                    None => "write it plainly".to_owned(),
                };
                Some(Fix {
                    title,
                    kind: FixKind::Priority,
                    code: None,
                    option: Some(cascade.path.clone()),
                    preferred: false,
                    meant: vec![cascade.path.clone()],
                    change: strength(&ground, &spot, priority)?,
                    remarks: Vec::new(),
                })
            })
            .collect()
    }
}

fn for_finding(ground: &Ground<'_>, finding: &Finding) -> Vec<Fix> {
    match finding.code.as_str() {
        "inactive-definition" => inactive(ground, finding).into_iter().collect(),
        "unused-allow" => comment(ground, finding).into_iter().collect(),
        "duplicate-element" => element(ground, finding).into_iter().collect(),
        _ => match &finding.option {
            Some(option) => of_option(ground, finding, option),
            None => Vec::new(),
        },
    }
}

fn of_option(ground: &Ground<'_>, finding: &Finding, option: &OptionPath) -> Vec<Fix> {
    let Some(spot) = ground.spot_at(option, &finding.site.at) else { return Vec::new() };
    let known = ground.found(finding, option);
    let remove = || {
        let change = ground.removal(std::slice::from_ref(&spot))?;
        Some(of_finding(finding, FixKind::Remove, "remove this definition", change))
    };
    let mut fixes = Vec::new();
    match (finding.code.as_str(), known) {
        ("redundant-definition" | "local-duplicate" | "same-as-default", _) => {
            fixes.extend(remove().map(Fix::preferred));
        }
        ("shadowed-definition" | "yielded-default" | "local-contradiction", Some((cascade, definition))) => {
            fixes.extend(remove().map(Fix::preferred));
            fixes.extend(stronger(ground, finding, &spot, &cascade.path, definition, cascade.winners()));
        }
        ("dropped-contribution", Some((cascade, definition))) => {
            fixes.extend(as_strong(ground, finding, &spot, &cascade.path, definition, cascade.winners()));
            fixes.extend(remove());
        }
        ("dropped-contribution" | "read-only-option", _) => fixes.extend(remove()),
        ("needless-force", Some((_, definition))) => {
            fixes.extend(unforced(ground, finding, &spot, definition).map(Fix::preferred));
        }
        ("needless-order", _) => {
            let source = ground.source(&spot.file);
            let edits = source.and_then(|source| source.without_order(&spot.spans));
            let change = edits.and_then(|edits| ground.edits(&spot.file, edits));
            fixes.extend(
                change.map(|change| {
                    of_finding(finding, FixKind::Priority, "write it without an order", change).preferred()
                }),
            );
        }
        ("renamed-option", Some((cascade, definition))) if definition.via.is_some() => {
            let subject = ground.inspections.iter().find_map(|inspection| inspection.subject(&cascade.path));
            let named = subject.map_or(&cascade.path, |subject| subject.named_by(option));
            fixes.extend(renamed(ground, finding, &spot, option, named).map(Fix::preferred));
        }
        ("unknown-option", _) => {
            for nearest in nearest(ground, option).iter().take(3) {
                fixes.extend(
                    renamed(ground, finding, &spot, option, nearest).map(|fix| fix.meaning(nearest).meaning(option)),
                );
            }
            fixes.extend(remove().map(|fix| fix.meaning(option)));
        }
        ("conflicting-definitions", Some((cascade, definition))) => {
            fixes.extend(settled(ground, finding, cascade, definition));
        }
        _ => {}
    }
    fixes
}

/// The edits that give a definition another priority.
pub(super) fn strength(ground: &Ground<'_>, spot: &Spot, priority: Priority) -> Option<mkwhy_model::Change> {
    let edits = ground.source(&spot.file)?.with_priority(&spot.spans, priority.0)?;
    ground.edits(&spot.file, edits)
}

/// A definition that lost is made to win.
fn stronger<'c>(
    ground: &Ground<'_>,
    finding: &Finding,
    spot: &Spot,
    option: &OptionPath,
    definition: &Definition,
    winners: impl Iterator<Item = &'c Definition>,
) -> Option<Fix> {
    if !matches!(definition.outcome, Outcome::Shadowed { .. }) {
        return None;
    }
    let strongest = winners.filter_map(|winner| winner.priority).min_by_key(|priority| priority.0)?;
    // No more than it takes.
    let priority = [Priority::PLAIN, Priority::FORCE].into_iter().find(|priority| priority.outranks(strongest));
    let priority = priority.unwrap_or(Priority(strongest.0 - 1));
    let title = match priority.function() {
        Some("mkOverride") => format!("let it decide, with mkOverride {}", priority.0),
        Some(function) => format!("let it decide, with {function}"),
        None => "let it decide, as a plain definition".to_owned(),
    };
    let change = strength(ground, spot, priority)?;
    Some(of_finding(finding, FixKind::Priority, title, change).meaning(option))
}

/// A contribution that was lost gets the priority of those that count.
fn as_strong<'c>(
    ground: &Ground<'_>,
    finding: &Finding,
    spot: &Spot,
    option: &OptionPath,
    definition: &Definition,
    winners: impl Iterator<Item = &'c Definition>,
) -> Option<Fix> {
    if !matches!(definition.outcome, Outcome::Shadowed { .. }) {
        return None;
    }
    let strongest = winners.filter_map(|winner| winner.priority).min_by_key(|priority| priority.0)?;
    let change = strength(ground, spot, strongest)?;
    let title = format!("keep this contribution: {strongest}, like those that count");
    Some(of_finding(finding, FixKind::Keep, title, change).meaning(option).preferred())
}

fn unforced(ground: &Ground<'_>, finding: &Finding, spot: &Spot, definition: &Definition) -> Option<Fix> {
    let change = strength(ground, spot, Priority::PLAIN)?;
    let function = definition.priority.and_then(Priority::function).unwrap_or("the priority");
    Some(of_finding(finding, FixKind::Priority, format!("write it without {function}"), change))
}

/// The ways to settle what contradicts itself: this one decides, or it goes.
fn settled(
    ground: &Ground<'_>,
    finding: &Finding,
    cascade: &mkwhy_model::Cascade,
    definition: &Definition,
) -> Vec<Fix> {
    let conflicting: Vec<(&Definition, Option<Spot>)> = cascade
        .definitions
        .iter()
        .filter(|other| other.outcome == Outcome::Conflicts)
        .map(|other| (other, ground.spot(cascade, other)))
        .collect();
    let mut fixes = Vec::new();
    for (kept, spot) in &conflicting {
        let Some(spot) = spot else { continue };
        let value = kept.source.clone().or_else(|| kept.value.as_ref().map(ToString::to_string)).unwrap_or_default();
        let value = if value.len() > 40 || value.contains('\n') { String::new() } else { format!(" ({value})") };
        let which = match kept.at.line {
            _ if kept.at == definition.at => "this one".to_owned(),
            Some(line) => format!("{}:{line}", kept.at.file),
            None => kept.at.file.clone(),
        };
        let others: Option<Vec<&Spot>> =
            conflicting.iter().filter(|(other, _)| other.at != kept.at).map(|(_, spot)| spot.as_ref()).collect();
        if let Some(others) = others {
            let mut change = mkwhy_model::Change::default();
            let yields = others.iter().all(|other| {
                let edits = ground
                    .source(&other.file)
                    .and_then(|source| source.with_priority(&other.spans, Priority::DEFAULT.0));
                edits.is_some_and(|edits| ground.add(&mut change, &other.file, edits).is_ok())
            });
            if yields {
                let title = format!("keep {which}{value}: the others become mkDefault");
                fixes.push(of_finding(finding, FixKind::Settle, title, change).meaning(&cascade.path));
            }
            let others: Vec<Spot> = others.into_iter().cloned().collect();
            if let Some(change) = ground.removal(&others) {
                let title = format!("keep {which}{value}: the others go");
                fixes.push(of_finding(finding, FixKind::Settle, title, change).meaning(&cascade.path));
            }
        }
        let force = match kept.priority {
            Some(priority) if !Priority::FORCE.outranks(priority) => Priority(priority.0 - 1),
            _ => Priority::FORCE,
        };
        if let Some(change) = strength(ground, spot, force) {
            let title = format!("force {which}{value}, with {force}");
            fixes.push(of_finding(finding, FixKind::Settle, title, change).meaning(&cascade.path));
        }
    }
    fixes
}

/// Everything that one condition keeps off.
fn inactive(ground: &Ground<'_>, finding: &Finding) -> Option<Fix> {
    let mut spots: Vec<Spot> = Vec::new();
    let mut stands = |cascade: &mkwhy_model::Cascade, definition: &Definition| {
        let Outcome::Inactive { condition } = definition.outcome else { return };
        if definition.at.file != finding.site.at.file {
            return;
        }
        let Some(spot) = ground.spot(cascade, definition) else { return };
        let range = finding.site.range();
        let here = spot.spans.conditions.get(condition).cloned() == range || definition.at == finding.site.at;
        let known = spots.iter().any(|known| known.spans.binding == spot.spans.binding && known.part == spot.part);
        if here && range.is_some() && !known {
            spots.push(spot);
        }
    };
    for cascade in ground.inspections.iter().flat_map(Inspection::cascades) {
        for definition in &cascade.definitions {
            stands(cascade, definition);
        }
    }
    let count = spots.len();
    let change = ground.removal(&spots).filter(|_| count > 0)?;
    let title =
        if count == 1 { "remove this definition".to_owned() } else { format!("remove these {count} definitions") };
    Some(of_finding(finding, FixKind::Remove, title, change))
}

/// A comment that allows nothing.
fn comment(ground: &Ground<'_>, finding: &Finding) -> Option<Fix> {
    let source = ground.source(&finding.site.at.file)?;
    let edit = source.comment_removal(&finding.site.range()?)?;
    let change = ground.edits(&finding.site.at.file, vec![edit])?;
    Some(of_finding(finding, FixKind::Remove, "remove this comment", change).preferred())
}

/// One element of a list. Where no other one is named, this very one comes twice: without it there would be none.
fn element(ground: &Ground<'_>, finding: &Finding) -> Option<Fix> {
    finding.related.first()?;
    let option = finding.option.as_ref()?;
    let source = ground.source(&finding.site.at.file)?;
    let edit = source.element_removal(&finding.site.range()?)?;
    let change = ground.edits(&finding.site.at.file, vec![edit])?;
    Some(of_finding(finding, FixKind::Remove, "remove this element", change).preferred().meaning(option))
}

/// The same definition under another name of its option.
fn renamed(ground: &Ground<'_>, finding: &Finding, spot: &Spot, old: &OptionPath, new: &OptionPath) -> Option<Fix> {
    let names = |path: &OptionPath| {
        path.segments()
            .iter()
            .map(|segment| match segment {
                Segment::Name(name) => Some(name.clone()),
                Segment::Index(_) => None,
            })
            .collect::<Option<Vec<String>>>()
    };
    let source = ground.source(&spot.file)?;
    let edits = source.renamed(&spot.spans, &names(old)?, &names(new)?)?;
    let change = ground.edits(&spot.file, edits)?;
    Some(of_finding(finding, FixKind::Rename, format!("write it as {new}"), change))
}

/// The options that one which does not exist may mean.
fn nearest(ground: &Ground<'_>, option: &OptionPath) -> Vec<OptionPath> {
    ground
        .inspections
        .iter()
        .find_map(|inspection| inspection.subject(option))
        .map(|subject| subject.nearest.clone())
        .unwrap_or_default()
}

/// The comment that allows a finding, above its line or beside those that are there already.
fn allow(ground: &Ground<'_>, finding: &Finding) -> Option<Fix> {
    if finding.code == "unused-allow" {
        return None;
    }
    let at = &finding.site.at;
    let source = ground.source(&at.file)?;
    let line = at.line?;
    let start = source.offset(line, 1)?;
    if !source.is_between_tokens(start) {
        return None;
    }
    let first = source.text()[start..].len() - source.text()[start..].trim_start_matches([' ', '\t']).len();
    let indentation = source.indentation(start + first);
    // A comment that allows something else already stays: both stand above the line.
    let text = format!("{indentation}# mkwhy: allow {}{}", finding.code, source.line_end());
    let edit = Edit::new(start..start, text);
    let change = ground.edits(&at.file, vec![edit])?;
    Some(of_finding(finding, FixKind::Allow, format!("allow {} here", finding.code), change))
}
