//! Fixes and moves, with their proofs.

use mkwhy::{Applied, FinalValue, Finding, Fix, MovePlan, OptionPath, Position, Proof, Recovered};

use super::check::{names, short_among};
use super::diff::diff;
use super::text::{Text, cut, harmless, one_line, width};
use super::{BAD, BOLD, DIM, GOOD, Look, OPEN, PLAIN, count, level_style};

/// How many changed values are named, unless everything is shown.
const MOST_VALUES: usize = 8;
/// How many definitions of a list are named, unless everything is shown.
const MOST_PLACES: usize = 20;
/// How long a value may be to stand in a sentence.
const WIDEST_VALUE: usize = 60;

/// What was found, what would be written, and what should be known about it.
pub fn fix(page: &mut String, finding: &Finding, fix: &Fix, look: &Look) {
    let label = format!("{}[{}]: ", finding.level, harmless(&finding.code));
    look.sentence(page, &label, level_style(finding.level), &finding.message);
    place(page, &finding.site.at, look);
    Text::styled("   = ", DIM).and("fix: ", BOLD).and(&fix.title, PLAIN).end_line(page);
    remarks(page, fix);
    page.push_str(&diff(&fix.change));
}

fn place(page: &mut String, at: &Position, look: &Look) {
    let mut line = Text::styled("  --> ", DIM);
    look.place(&mut line, at, PLAIN);
    line.end_line(page);
}

fn remarks(page: &mut String, fix: &Fix) {
    for remark in &fix.remarks {
        Text::styled("   = ", DIM).and(&one_line(remark), PLAIN).end_line(page);
    }
}

/// A fix that is not written, with the reasons.
pub fn left(page: &mut String, finding: &Finding, fix: Option<&Fix>, why: &[String], look: &Look) {
    let mut line = Text::styled("left ", OPEN.bold());
    look.place(&mut line, &finding.site.at, PLAIN);
    line.push(&format!(" {}", finding.code), DIM);
    if let Some(option) = &finding.option {
        line.push(&format!(" {option}"), DIM);
    }
    line.end_line(page);
    if let Some(fix) = fix {
        Text::styled("   = ", DIM).and("fix: ", BOLD).and(&fix.title, PLAIN).end_line(page);
    }
    sentences(page, why, MOST_VALUES, look);
}

fn sentences(page: &mut String, sentences: &[String], most: usize, look: &Look) {
    let most = if look.verbose { sentences.len() } else { most };
    for sentence in sentences.iter().take(most) {
        Text::styled("   = ", DIM).and(&one_line(sentence), PLAIN).end_line(page);
    }
    if sentences.len() > most {
        let more = format!("and {} more (-v shows all)", sentences.len() - most);
        Text::styled("   = ", DIM).and(&more, DIM).end_line(page);
    }
}

/// What moving comes to.
pub fn moving(page: &mut String, plan: &MovePlan, look: &Look) {
    Text::styled(&plan.fix.title, BOLD).end_line(page);
    let one = |what: &str, option: &OptionPath, at: &Position| {
        let mut line = Text::styled(&format!("  {what:<9} "), DIM);
        look.place(&mut line, at, PLAIN);
        line.and(&format!("  {option}"), PLAIN)
    };
    let mut lines: Vec<Text> = plan.moved.iter().map(|(option, at)| one("moved", option, at)).collect();
    for removed in &plan.removed {
        lines.push(one("taken out", &removed.option, &removed.at).and(&format!(": {}", one_line(&removed.why)), DIM));
    }
    let most = if look.verbose { lines.len() } else { MOST_PLACES };
    let more = lines.len().saturating_sub(most);
    lines.into_iter().take(most).for_each(|line| line.end_line(page));
    if more > 0 {
        Text::styled(&format!("  and {more} more (-v shows all)"), DIM).end_line(page);
    }
    // What stays is never hidden.
    for left in &plan.left {
        let line = one("left", &left.option, &left.at);
        line.and(&format!(": {}", one_line(&left.why)), OPEN).end_line(page);
        if let Some(next) = &left.next {
            let mut line = Text::styled("            next best: ", BOLD).and(&one_line(&next.title), PLAIN);
            if let Some(command) = &next.command {
                line.push(&format!(" (`{}`)", one_line(command)), DIM);
            }
            line.end_line(page);
        }
    }
    remarks(page, &plan.fix);
    page.push_str(&diff(&plan.fix.change));
}

/// What Nix says of a change, and every value that changes.
pub fn proof(page: &mut String, proof: &Proof, fix: &Fix, look: &Look) {
    let style = if proof.holds(fix) { GOOD } else { BAD };
    let mut line = Text::styled("proof: ", style).and(&proof.summary(), PLAIN);
    if look.terminal {
        line.push(&format!(" ({:.1} s)", proof.took.as_secs_f64()), DIM);
    }
    line.end_line(page);
    let told = told(proof, fix);
    let meant: Vec<String> = told.meant.iter().map(|sentence| format!("{sentence}, as is meant")).collect();
    sentences(page, &told.objections, MOST_VALUES, look);
    sentences(page, &meant, MOST_VALUES, look);
}

/// What speaks against a fix, in sentences.
pub fn objections(proof: &Proof, fix: &Fix) -> Vec<String> {
    told(proof, fix).objections
}

/// A proof in sentences.
#[derive(Default)]
struct Told {
    meant: Vec<String>,
    objections: Vec<String>,
}

fn told(proof: &Proof, fix: &Fix) -> Told {
    let is_meant = |option: &OptionPath| fix.meant.iter().any(|meant| option.starts_with(meant));
    // What is the same in several targets is said once.
    let mut all: Vec<(String, bool, Vec<&str>)> = Vec::new();
    for target in &proof.targets {
        let name = short_among(&target.target, proof.targets.iter().map(|other| other.target.as_str()));
        let mut add = |sentence: String, meant: bool| match all.iter_mut().find(|(known, ..)| *known == sentence) {
            Some((.., targets)) => targets.push(name),
            None => all.push((sentence, meant, vec![name])),
        };
        for change in &target.changed {
            let (before, after) = (value(&change.before), value(&change.after));
            let how = if before == after { "to another value".to_owned() } else { format!("from {before} to {after}") };
            // Of a name that is not used any more nobody is told any more.
            let meant = is_meant(&change.option) || change.only_silences();
            add(format!("`{}` changes {how}", change.option), meant);
        }
        for option in &target.uncompared {
            add(format!("nobody can say whether `{option}` changes"), is_meant(option));
        }
        if let Some(failure) = &target.failure {
            add(format!("it does not evaluate: {}", one_line(&failure.to_string())), false);
        }
    }
    let mut told = Told::default();
    for (sentence, meant, targets) in all {
        let sentence = format!("{sentence} in {}", names(targets.into_iter()));
        if meant { told.meant.push(sentence) } else { told.objections.push(sentence) }
    }
    told
}

/// A value in a sentence.
fn value(value: &FinalValue) -> String {
    match value {
        FinalValue::Known { value, .. } | FinalValue::Merged { value } => {
            let text = one_line(&value.to_string());
            if width(&text) > WIDEST_VALUE { cut(&text, WIDEST_VALUE) } else { text }
        }
        FinalValue::Undefined => "no value".to_owned(),
        FinalValue::Failed { .. } => "an error".to_owned(),
        FinalValue::Unknown => "what is not known".to_owned(),
    }
}

/// What was written, in sentences.
pub fn written(applied: &Applied) -> Vec<String> {
    let files: Vec<&str> = applied.files.iter().map(String::as_str).collect();
    let mut sentences = vec![match &files[..] {
        [] => "nothing was written".to_owned(),
        [file] => format!("{file} is written"),
        files => format!("{} are written", count(files.len(), "file", "files")),
    }];
    if !applied.to_add.is_empty() {
        let files = applied.to_add.join(" ");
        sentences.push(format!("Nix sees new files of a flake when Git knows them: `git add {files}`"));
    }
    sentences
}

/// What was made of what an earlier run left, if it left something.
pub fn recovered(recovered: &Recovered) -> Option<String> {
    if recovered.is_empty() {
        return None;
    }
    let of = |files: &[String], what: &str| {
        (!files.is_empty()).then(|| format!("{} {what}", names(files.iter().map(String::as_str))))
    };
    let parts = [
        of(&recovered.finished, "as it meant"),
        of(&recovered.rolled_back, "as before it"),
        of(&recovered.left, "as somebody left it since"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Some(format!("an earlier mkwhy was ended while it wrote; now there is {}", parts.join(", and ")))
}

/// A note.
pub fn note(note: &str, look: &Look) -> String {
    let mut page = String::new();
    look.sentence(&mut page, "note: ", DIM, &one_line(note));
    page
}
