//! What the rules found, with the lines in question.

use mkwhy::{Checked, Finding, Findings, Knowledge, Level, Texts};

use super::excerpt::excerpt;
use super::text::{Text, harmless, one_line};
use super::{DIM, Look, PLAIN, count, level_style};

/// How many related places of one finding are shown, unless everything is.
const MOST_RELATED: usize = 6;
/// How many notes are shown, unless everything is.
const MOST_NOTES: usize = 6;
/// How many targets are named one by one.
const MOST_NAMED: usize = 4;

/// The page of `mkwhy check`: every finding from a level up, and a line that counts them.
pub fn check(findings: &Findings, show: Level, texts: &Texts, look: &Look) -> String {
    let mut page = String::new();
    let shown: Vec<&Finding> = findings.findings.iter().filter(|finding| finding.level >= show).collect();
    for finding in &shown {
        one(&mut page, finding, &findings.targets, texts, look);
        page.push('\n');
    }
    let most = if look.verbose { findings.notes.len() } else { MOST_NOTES };
    for note in findings.notes.iter().take(most) {
        look.sentence(&mut page, "note: ", DIM, &one_line(note));
    }
    if findings.notes.len() > most {
        let more = count(findings.notes.len() - most, "more note", "more notes");
        look.sentence(&mut page, "note: ", DIM, &format!("and {more} (-v shows all)"));
    }
    if look.terminal && !shown.is_empty() {
        Text::styled("`mkwhy explain CODE` says what a rule means and what to do.", DIM).end_line(&mut page);
    }
    look.sentence(&mut page, "", PLAIN, &summary(findings, show));
    page
}

/// One finding.
fn one(page: &mut String, finding: &Finding, checked: &[Checked], texts: &Texts, look: &Look) {
    let label = format!("{}[{}]: ", finding.level, harmless(&finding.code));
    look.sentence(page, &label, level_style(finding.level), &finding.message);
    let excerpt = texts.get(&finding.site.at.file).and_then(|text| excerpt(finding, text, look));
    let gutter = excerpt.as_ref().map_or(1, |excerpt| excerpt.gutter);
    let mut place = Text::at(gutter).and("--> ", DIM);
    look.place(&mut place, &finding.site.at, PLAIN);
    if let Some(remarks) = remarks(finding, checked) {
        place.push(&format!("  {remarks}"), DIM);
    }
    place.end_line(page);
    if let Some(excerpt) = &excerpt {
        page.push_str(&excerpt.lines);
    }
    let in_excerpt = |index: &usize| excerpt.as_ref().is_some_and(|excerpt| excerpt.shown.contains(index));
    let others: Vec<_> = (0..finding.related.len()).filter(|index| !in_excerpt(index)).collect();
    let most = if look.verbose { others.len() } else { MOST_RELATED };
    for index in others.iter().take(most) {
        let other = &finding.related[*index];
        let mut line = Text::at(gutter + 1).and("= ", DIM);
        look.place(&mut line, &other.site.at, PLAIN);
        line.push(&format!(": {}", other.message), PLAIN);
        line.end_line(page);
    }
    if others.len() > most {
        let more = count(others.len() - most, "more place", "more places");
        Text::at(gutter + 1).and(&format!("= and {more} (-v shows all)"), DIM).end_line(page);
    }
}

/// Where it holds, and how well that is known, if there is something to say.
pub fn remarks(finding: &Finding, checked: &[Checked]) -> Option<String> {
    let guess = (!finding.certain).then(|| "guess, from the text alone".to_owned());
    let remarks: Vec<String> = [validity(finding, checked), guess].into_iter().flatten().collect();
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

/// A message with remarks, where nothing else stands beside it.
pub fn with_remarks(message: &str, remarks: Option<String>) -> String {
    remarks.map_or_else(|| message.to_owned(), |remarks| format!("{message} ({remarks})"))
}

/// Where it holds, if more than one target was checked.
fn validity(finding: &Finding, checked: &[Checked]) -> Option<String> {
    if checked.len() < 2 {
        return None;
    }
    let holds = finding.targets.len();
    let names = names(finding.targets.iter().map(|target| short(target, checked)));
    // Of a target that does not evaluate nobody knows.
    let evaluated = checked.iter().filter(|checked| is_evaluated(checked)).count();
    if finding.certain && evaluated < checked.len() && holds < checked.len() {
        return Some(match holds >= evaluated {
            true if evaluated == 1 => format!("in {names}, the only target that evaluates"),
            true => format!("in every target that evaluates: {names}"),
            false => format!("in {names} only, of those that evaluate"),
        });
    }
    Some(match (holds, finding.everywhere) {
        _ if holds >= checked.len() => format!("in all {holds} targets"),
        (1, true) => format!("in {names}, the only target that has it"),
        (_, true) => format!("in every target that has it: {names}"),
        (1, false) => format!("in {names} only"),
        (_, false) if holds > MOST_NAMED => format!("in {holds} of {} targets: {names}", checked.len()),
        (_, false) => format!("in {names} only"),
    })
}

/// A target by the end of its name, which the command line takes too, where no other has the same.
pub fn short<'a>(target: &'a str, checked: &[Checked]) -> &'a str {
    short_among(target, checked.iter().map(|checked| checked.target.as_str()))
}

/// The same among some names.
pub fn short_among<'a, 'b>(target: &'a str, all: impl Iterator<Item = &'b str>) -> &'a str {
    let (set, end) = target.split_once('.').unwrap_or(("", target));
    let known = matches!(set, "nixosConfigurations" | "darwinConfigurations" | "homeConfigurations");
    let short = if known { end } else { target };
    let mut others = all.filter(|other| *other != target);
    if others.any(|other| other == short || other.ends_with(&format!(".{short}"))) { target } else { short }
}

/// Some names as a part of a sentence.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match &names[..] {
        [] => "no target".to_owned(),
        [name] => (*name).to_owned(),
        [first @ .., last] if names.len() <= MOST_NAMED => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..MOST_NAMED - 1].join(", "), names.len() + 1 - MOST_NAMED),
    }
}

/// The line that counts what there is, and what is not shown.
pub fn summary(findings: &Findings, show: Level) -> String {
    let levels = |wanted: &dyn Fn(Level) -> bool| -> Vec<String> {
        let levels = Level::ALL.into_iter().rev().filter(|level| wanted(*level));
        levels.filter_map(|level| counted(findings, level)).collect()
    };
    let shown = levels(&|level| level >= show);
    let found = if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") };
    let checked = &findings.targets;
    let in_words = |targets: &[&Checked]| names(targets.iter().map(|target| short(&target.target, checked)));
    let all: Vec<&Checked> = checked.iter().collect();
    let read: Vec<&Checked> = checked.iter().filter(|checked| !is_evaluated(checked)).collect();
    let mut sentence = format!("{found} found in {}", in_words(&all));
    if !read.is_empty() {
        sentence += &match read.len() == all.len() {
            true => "; nothing was evaluated, only text was read".to_owned(),
            false => format!("; of {}, which did not evaluate, only text was read", in_words(&read)),
        };
    }
    let mut hidden = levels(&|level| level < show);
    if let Some(last) = hidden.last_mut() {
        let least = findings.findings.iter().map(|finding| finding.level).min().unwrap_or(Level::Hint);
        *last += &format!(" (--show {least})");
    }
    if findings.allowed > 0 {
        hidden.push(format!("{} allowed", findings.allowed));
    }
    if findings.known > 0 {
        hidden.push(format!("{} known to the baseline", findings.known));
    }
    if !hidden.is_empty() {
        sentence += &format!("; not shown: {}", hidden.join(", "));
    }
    sentence
}

fn is_evaluated(checked: &Checked) -> bool {
    matches!(checked.known, Knowledge::Evaluated | Knowledge::Stale)
}

/// How many findings of a level there are, if any.
fn counted(findings: &Findings, level: Level) -> Option<String> {
    let number = findings.findings.iter().filter(|finding| finding.level == level).count();
    let (one, many) = match level {
        Level::Error => ("error", "errors"),
        Level::Warning => ("warning", "warnings"),
        Level::Information => ("for information", "for information"),
        Level::Hint => ("hint", "hints"),
    };
    (number > 0).then(|| count(number, one, many))
}
