//! The answer to `mkwhy why`: a heading, the table of definitions, who decides, and what else should be known.

use std::fmt::Write as _;

use mkwhy::{Answer, Cascade, FinalValue, Found, Knowledge, Message, OptionPath, Segment, shell_word};
use term_grid::{Direction, Filling, Grid, GridOptions};

use super::text::{Text, one_line, width};
use super::{BAD, BOLD, DIM, Look, PLAIN, conclusion, count, definitions, notes};

/// How wide the labels of the heading are.
const LABEL: usize = 14;

/// Whatever there is at a path.
pub fn answer(answer: &Answer, look: &Look) -> String {
    let target = &answer.target;
    match &answer.found {
        Found::Cascade { cascade } => self::cascade(cascade, look),
        Found::Namespace { path, names } => namespace(path, names, target, look),
        Found::Missing { path, suggestions } => missing(path, suggestions, target, &answer.known),
        Found::Opaque { path, option, option_type } => opaque(path, option, option_type.as_deref(), target),
        Found::Failed { path, message } => {
            let mut page = String::new();
            let sentence = format!("the definitions of `{path}` in {target} cannot be evaluated:");
            Text::styled("error: ", BAD).and(&sentence, PLAIN).end_line(&mut page);
            self::message(&mut page, message, 2, look);
            page
        }
    }
}

/// A whole cascade.
fn cascade(cascade: &Cascade, look: &Look) -> String {
    let mut page = String::new();
    heading(&mut page, cascade, look);
    facts(&mut page, cascade, look);
    if !cascade.definitions.is_empty() {
        page.push('\n');
        definitions::table(&mut page, cascade, look);
    }
    page.push('\n');
    conclusion::conclusion(&mut page, cascade, look);
    notes(&mut page, &cascade.known, &cascade.notes, look);
    page
}

fn heading(page: &mut String, cascade: &Cascade, look: &Look) {
    let path = cascade.path.to_string();
    let mut line = Text::styled(&path, BOLD);
    match &cascade.value {
        _ if cascade.contradiction => line.push(" has no value: its definitions contradict each other", BAD),
        FinalValue::Known { value, .. } | FinalValue::Merged { value } => {
            line.push(" = ", PLAIN);
            line.push(&look.fit(&value.to_string(), look.width.saturating_sub(width(&path) + 3).max(16)), BOLD);
        }
        FinalValue::Undefined => line.push(" is not defined", BAD),
        FinalValue::Failed { .. } => line.push(" has no value: evaluating it fails", BAD),
        FinalValue::Unknown => line.push(" (its value was not evaluated)", DIM),
    }
    line.end_line(page);
}

/// What is known of the option itself, one fact a line.
fn facts(page: &mut String, cascade: &Cascade, look: &Look) {
    let room = look.width.saturating_sub(2 + LABEL).max(16);
    let mut fact = |label: &str, text: &str| {
        let mut line = Text::at(2).and(label, DIM);
        line.pad_to(2 + LABEL);
        line.push(&look.fit(text, room), PLAIN);
        line.end_line(page);
    };
    fact("target", &cascade.target);
    if let Some(value) = &cascade.before_apply {
        fact("before apply", &value.to_string());
    }
    if let FinalValue::Merged { .. } = cascade.value {
        fact("value", "what the definitions merge to; an outer option's apply gives config another shape");
    }
    let declaration = cascade.declaration.as_ref();
    let traits = declaration.map_or_else(String::new, |declaration| {
        [
            (declaration.read_only, ", read-only"),
            (declaration.internal, ", internal"),
            (declaration.alias, ", an alias"),
        ]
        .iter()
        .filter_map(|(is, word)| is.then_some(*word))
        .collect()
    });
    if let Some(option_type) = &cascade.option_type {
        fact("type", &format!("{}{traits}", one_line(option_type)));
    }
    if !cascade.declared {
        fact("declared", "nowhere");
    }
    let Some(declaration) = declaration else { return };
    for at in &declaration.at {
        let mut line = Text::at(2).and("declared", DIM);
        line.pad_to(2 + LABEL);
        // Never cut: a place that is cut off leads nowhere.
        look.place(&mut line, at, PLAIN);
        line.end_line(page);
    }
    let mut fact = |label: &str, text: &str| {
        let mut line = Text::at(2).and(label, DIM);
        line.pad_to(2 + LABEL);
        line.push(&look.fit(text, room), PLAIN);
        line.end_line(page);
    };
    match (&declaration.default, &declaration.default_text) {
        (Some(default), _) => fact("default", &default.to_string()),
        (None, Some(text)) => fact("default", &one_line(text)),
        (None, None) => {}
    }
    if let Some(description) = declaration.description.as_deref().filter(|_| look.verbose) {
        for (n, line) in description.trim().lines().enumerate() {
            fact(if n == 0 { "description" } else { "" }, line);
        }
    }
}

/// Nix's own words, with their place, moved in by so many columns.
pub fn message(page: &mut String, message: &Message, indent: usize, look: &Look) {
    for line in message.text.trim().lines() {
        Text::at(indent).and(line, PLAIN).end_line(page);
    }
    if let Some(at) = &message.at {
        let mut line = Text::at(indent).and("at ", DIM);
        look.place(&mut line, at, PLAIN);
        line.end_line(page);
    }
}

fn namespace(path: &OptionPath, names: &[String], target: &str, look: &Look) -> String {
    let mut page = String::new();
    let what = if path.is_empty() { "The root".to_owned() } else { path.to_string() };
    let size = count(names.len(), "name", "names");
    Text::styled(&what, BOLD)
        .and(&format!(" is no option but a set of options, with {size} in {target}:"), PLAIN)
        .end_line(&mut page);
    page.push('\n');
    let names: Vec<String> = names.iter().map(|name| Segment::Name(name.clone()).to_string()).collect();
    if look.terminal {
        let filling = Filling::Spaces(2);
        let options = GridOptions { filling, direction: Direction::TopToBottom, width: look.width.saturating_sub(2) };
        // The grid ends its lines itself.
        for line in Grid::new(names.clone(), options).to_string().lines() {
            Text::at(2).and(line, PLAIN).end_line(&mut page);
        }
    } else {
        names.iter().for_each(|name| Text::at(2).and(name, PLAIN).end_line(&mut page));
    }
    page.push('\n');
    let dot = if path.is_empty() { "" } else { "." };
    let example = names.first().map_or_else(|| "NAME".to_owned(), Clone::clone);
    let mut next = format!("Go on with one of them:      mkwhy why {}\n", shell_word(&format!("{path}{dot}{example}")));
    let prefix = if path.is_empty() { String::new() } else { format!(" {}", shell_word(&path.to_string())) };
    let _ = writeln!(next, "What your modules set here:  mkwhy ls{prefix}");
    next.lines().for_each(|line| Text::styled(line, DIM).end_line(&mut page));
    page
}

fn missing(path: &OptionPath, suggestions: &[OptionPath], target: &str, known: &Knowledge) -> String {
    let mut page = String::new();
    let sentence = match known {
        // Modules from elsewhere may well have it.
        Knowledge::Syntax { .. } => format!("the text of the modules here says nothing about `{path}` ({target})"),
        _ => format!("no option `{path}` in {target}"),
    };
    Text::styled("error: ", BAD).and(&sentence, PLAIN).end_line(&mut page);
    match suggestions {
        [] if matches!(known, Knowledge::Syntax { .. }) => Text::styled("help: ", BOLD)
            .and("only evaluating tells whether it exists: ask without --syntax", PLAIN)
            .end_line(&mut page),
        [] => Text::styled("help: ", BOLD)
            .and("`mkwhy ls` lists what your modules define; `mkwhy targets` lists the configurations", PLAIN)
            .end_line(&mut page),
        [one] => Text::styled("help: ", BOLD).and(&format!("did you mean `{one}`?"), PLAIN).end_line(&mut page),
        many => {
            Text::styled("help: ", BOLD).and("did you mean one of these?", PLAIN).end_line(&mut page);
            many.iter().for_each(|path| Text::at(6).and(&path.to_string(), PLAIN).end_line(&mut page));
        }
    }
    page
}

fn opaque(path: &OptionPath, option: &OptionPath, option_type: Option<&str>, target: &str) -> String {
    let mut page = String::new();
    let kind = option_type.map_or_else(String::new, |kind| format!(" (type: {})", one_line(kind)));
    let sentence = format!("`{path}` leads into `{option}`{kind}, whose content is not evaluated as part of {target}");
    Text::styled("error: ", BAD).and(&sentence, PLAIN).end_line(&mut page);
    let help = format!("mkwhy why {} shows who defines it", shell_word(&option.to_string()));
    Text::styled("help: ", BOLD).and(&help, PLAIN).end_line(&mut page);
    page
}
