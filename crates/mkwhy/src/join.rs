//! Joins evaluated definitions with the text: at Nix's place, by the text's own candidates, and after edits.

use std::sync::Arc;

use mkwhy_eval::DefinitionPart;
use mkwhy_model::{Definition, OptionPath, Outcome, Position, Priority, Segment, Spans, Written};
use mkwhy_syntax::summary::{self, Content};
use mkwhy_syntax::{Movement, Source, Summary};

use crate::files::Files;

/// The parts of a definition as the text has them.
pub(crate) fn spans(written: &mkwhy_syntax::Written<'_>) -> Spans {
    Spans {
        name: written.name.clone(),
        value: written.value.clone(),
        binding: written.binding.clone(),
        wrapper: written.wrapper.clone(),
        conditions: written.conditions.clone(),
    }
}

/// Why a definition is at no binding.
pub(crate) fn not_there(name: &str, at: Option<&Position>) -> Written {
    let why = match at.filter(|at| at.line.is_some()) {
        Some(at) => format!("at {at}, the place that Nix names, no binding of `{name}` is written"),
        None => "Nix names no place".to_owned(),
    };
    Written::Computed { why }
}

/// Gives each definition that was found at no binding the only one in its module's text that it can be, if there is
/// just one.
pub(crate) fn try_candidates(files: &mut Files, path: &OptionPath, all: &mut [(Definition, &DefinitionPart)]) {
    for index in 0..all.len() {
        let (definition, part) = &all[index];
        let Written::Computed { why } = &definition.written else { continue };
        if definition.declared_default || !part.rest.is_empty() {
            continue;
        }
        let why = why.clone();
        let Some(summary) = files.summary(&part.file) else {
            let why = format!("{why}, and its module ({}) is no file that can be read", definition.module);
            all[index].0.written = Written::Computed { why };
            continue;
        };
        let module = files.name(&part.file);
        let taken = |found: &summary::Definition| {
            all.iter().any(|(other, _)| {
                other.at.file == module && other.written.spans().is_some_and(|spans| spans.name == found.name.range())
            })
        };
        let fitting: Vec<&summary::Definition> = candidates(&summary, path, part)
            .into_iter()
            .filter(|found| fits(definition, found) && !taken(found))
            .collect();
        let definition = &mut all[index].0;
        match fitting.as_slice() {
            [only] => {
                let (line, column) = summary.lines().line_column(only.name.start as usize);
                definition.at = Position { file: module, line: Some(line), column: Some(column) };
                definition.source =
                    (only.content != Content::Inherited).then(|| crate::definition::excerpt(summary.slice(only.value)));
                definition.written = Written::Candidate { spans: spans_of(only) };
            }
            [] => {
                let why = format!("{why}, and the text of {module} has no definition of this path: it is computed");
                definition.written = Written::Computed { why };
            }
            several => {
                let lines: Vec<String> = several
                    .iter()
                    .map(|found| summary.lines().line_column(found.name.start as usize).0.to_string())
                    .collect();
                let why =
                    format!("{why}, and {module} has several definitions that it can be (lines {})", lines.join(", "));
                definition.written = Written::Computed { why };
            }
        }
    }
}

/// The definitions of a module's text that can be the one at a path: of the whole path, or of what is left of it inside
/// the option that the module belongs to.
fn candidates<'s>(summary: &'s Summary, path: &OptionPath, part: &DefinitionPart) -> Vec<&'s summary::Definition> {
    let path = part.via.as_ref().unwrap_or(path).segments();
    let inner = part.outer.iter().rev().filter_map(|outer| path.get(outer.path.segments().len()..));
    for path in std::iter::once(path).chain(inner).filter(|path| !path.is_empty()) {
        let found: Vec<&summary::Definition> =
            summary.definitions.iter().filter(|found| found.unit == 0 && matches(&found.path, path)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn matches(parts: &[summary::Part], path: &[Segment]) -> bool {
    parts.len() == path.len() && parts.iter().zip(path).all(|(part, segment)| part.matches(segment))
}

/// Whether what the text says of a definition's strength is what Nix says.
fn fits(definition: &Definition, found: &summary::Definition) -> bool {
    let evaluated = definition.priority.filter(|_| !matches!(definition.outcome, Outcome::Inactive { .. }));
    let outermost = usize::from(found.priority_depth) >= found.path.len();
    let written = match found.priority {
        summary::Number::Known(number) => Some(number),
        // What is computed can be a priority function's.
        summary::Number::Plain if found.content != Content::Computed => Some(Priority::PLAIN.0),
        _ => None,
    };
    match (evaluated, written) {
        // One around a larger set may have been filtered there.
        (Some(evaluated), Some(written)) if outermost => evaluated.0 == written,
        _ => true,
    }
}

fn spans_of(found: &summary::Definition) -> Spans {
    Spans {
        name: found.name.range(),
        value: found.value.range(),
        binding: found.binding.range(),
        wrapper: found.wrapper.map(mkwhy_syntax::Span::range),
        conditions: found
            .conditions
            .iter()
            .filter(|condition| condition.kind == summary::ConditionKind::MkIf)
            .map(|condition| condition.text.range())
            .collect(),
    }
}

/// The edit of one file between an evaluation and now.
#[derive(Debug)]
pub(crate) struct Edit {
    movement: Movement,
    now: Source,
}

impl Edit {
    /// `None` where nothing changed.
    pub(crate) fn between(evaluated: &Arc<str>, now: &Arc<str>) -> Option<Self> {
        (evaluated != now)
            .then(|| Self { movement: Movement::between(evaluated, now), now: Source::parse(now.clone()) })
    }

    /// The definition as it stands in the text now.
    pub(crate) fn applied_to(&self, definition: &Definition, path: &OptionPath) -> Definition {
        let mut definition = definition.clone();
        let Some(old) = definition.written.spans().cloned() else {
            // A place without a binding cannot be checked.
            if definition.at.line.is_some() && definition.written != Written::Stale {
                lose(&mut definition);
            }
            return definition;
        };
        let candidate = matches!(definition.written, Written::Candidate { .. });
        let edited = matches!(definition.written, Written::Edited { .. });
        let Some(found) = self.find(&old, path, candidate) else {
            lose(&mut definition);
            return definition;
        };
        let (line, column) = self.now.line_column(found.name.start);
        definition.at.line = Some(line);
        definition.at.column = Some(column);
        let intact = self.movement.range(&old.binding) == Some(found.binding.clone())
            && old.conditions.len() == found.conditions.len()
            && old
                .conditions
                .iter()
                .zip(&found.conditions)
                .all(|(old, new)| self.movement.range(old).as_ref() == Some(new));
        definition.written = match (intact && !edited, candidate) {
            (true, false) => Written::Literal { spans: found },
            (true, true) => Written::Candidate { spans: found },
            (false, _) => Written::Edited { spans: found },
        };
        definition
    }

    /// The binding whose attribute path went along, if it still defines the same.
    fn find(&self, old: &Spans, path: &OptionPath, candidate: bool) -> Option<Spans> {
        let name = self.movement.range(&old.name)?;
        let (line, column) = self.now.line_column(name.start);
        let segments = path.segments();
        let same = |found: &Spans| found.name == name;
        // What a function makes may have no attribute path of its own, or another one; the summary knows it.
        if candidate {
            let summary = Summary::of(&self.now);
            return summary
                .definitions
                .iter()
                .filter(|found| (0..segments.len()).any(|from| matches(&found.path, &segments[from..])))
                .map(spans_of)
                .find(same);
        }
        // An element of a list has the place of the list.
        let names: Vec<Segment> =
            segments.iter().rev().skip_while(|segment| matches!(segment, Segment::Index(_))).cloned().collect();
        let names: Vec<Segment> = names
            .into_iter()
            .take_while(|segment| matches!(segment, Segment::Name(_)))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let written = self.now.definition_at(line, column, &names)?;
        let found = spans(&written);
        // The same binding in another set is another definition, whose conditions the text alone cannot settle.
        let summary = Summary::of(&self.now);
        let moved_out = summary
            .definitions
            .iter()
            .filter(|found| found.name.start as usize == name.start && found.unit == 0)
            .any(|found| !ends_alike(&found.path, &names));
        (same(&found) && !moved_out).then_some(found)
    }
}

/// Whether a written path and an option's path can be the same, where the module may belong to a submodule, and the
/// written one may go on inside the option.
fn ends_alike(written: &[summary::Part], path: &[Segment]) -> bool {
    (0..path.len()).any(|from| {
        let rest = &path[from..];
        written.len() >= rest.len() && written.iter().zip(rest).all(|(part, segment)| part.matches(segment))
    })
}

/// The definition is somewhere in the file, or nowhere any more.
fn lose(definition: &mut Definition) {
    definition.at.line = None;
    definition.at.column = None;
    definition.written = Written::Stale;
}
