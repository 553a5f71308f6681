//! From the probe's parts to cascades and answers.

use mkwhy_eval::{DefinitionPart, Evaluation, Kind, Part, State};
use mkwhy_model::{
    Cascade, Declaration, Definition, FinalValue, Found, Knowledge, Message, OptionPath, Outcome, Value,
};

use crate::definition::{Tie, definitions};
use crate::files::{Files, shorten};
use crate::join::try_candidates;

/// The message of a value that throws where nobody asked why.
pub(crate) const UNASKED: &str = "evaluating it throws; ask for it alone to see the message";

/// How many near names are suggested.
const MOST_SUGGESTIONS: usize = 5;

/// What was found at the path of a part.
pub(crate) fn found(files: &mut Files, target: &str, evaluation: &Evaluation, part: &Part) -> Found {
    match part.kind {
        Kind::Missing => Found::Missing { path: part.path.clone(), suggestions: suggestions(part) },
        Kind::Namespace => Found::Namespace { path: part.path.clone(), names: part.names.clone() },
        Kind::Opaque => Found::Opaque {
            path: part.path.clone(),
            option: part.at.clone().unwrap_or_default(),
            option_type: part.option_type.clone(),
        },
        Kind::Failed => Found::Failed {
            path: part.path.clone(),
            message: evaluation
                .structure_failure(&part.path)
                .map_or_else(|| Message::new("it could not be evaluated"), |message| localized(files, message)),
        },
        Kind::Option | Kind::Inside | Kind::Freeform | Kind::Undeclared | Kind::Remainder => {
            let cascade = cascade(files, target, evaluation, part);
            let nothing = cascade.definitions.is_empty() && cascade.value == FinalValue::Undefined;
            if nothing && cascade.declaration.is_none() {
                // Larger definitions were looked through, and none of them has it.
                return Found::Missing { path: part.path.clone(), suggestions: Vec::new() };
            }
            Found::Cascade { cascade: Box::new(cascade) }
        }
    }
}

/// The cascade of a part that has definitions.
pub(crate) fn cascade(files: &mut Files, target: &str, evaluation: &Evaluation, part: &Part) -> Cascade {
    let contradiction = part.value.as_ref().is_some_and(|value| value.contradiction);
    let winners = part.definitions.iter().filter(|definition| definition.state == State::Wins).count();
    let tie = Tie { winners, contradiction, brief: evaluation.brief };
    let mut all: Vec<(Definition, &DefinitionPart)> = Vec::new();
    let mut element = 0;
    for definition in &part.definitions {
        let mut made = definitions(files, &part.path, definition, tie);
        if let (Some(count), [only]) = (definition.elements, made.as_mut_slice()) {
            only.elements = Some(element..element + count);
            element += count;
        }
        all.extend(made.into_iter().map(|made| (made, definition)));
    }
    try_candidates(files, &part.path, &mut all);
    let all = all.into_iter().map(|(definition, _)| definition).collect();
    let value = final_value(files, evaluation, part);
    let mut cascade = Cascade {
        path: part.path.clone(),
        target: target.to_owned(),
        known: Knowledge::Evaluated,
        option_type: part.option_type.clone(),
        before_apply: before_apply(part),
        value,
        contradiction,
        declaration: part.option.as_ref().map(|option| declaration(files, option)),
        declared: part.kind != Kind::Undeclared,
        definitions: all,
        agrees: part.agrees,
        notes: Vec::new(),
    };
    if part.undecided {
        reopen(&mut cascade);
    }
    place_default(&mut cascade);
    if let Some(message) = evaluation.structure_failure(&part.path) {
        let message = localized(files, message);
        cascade.notes.push(format!("which definitions take part cannot be decided: {message}"));
        cascade.known = Knowledge::Failed { message };
    }
    cascade.notes.extend(notes(files, evaluation, part, &cascade));
    cascade
}

/// The declared default stands where the option is declared.
fn place_default(cascade: &mut Cascade) {
    let declared = cascade.declaration.iter().flat_map(|declaration| declaration.at.clone()).collect::<Vec<_>>();
    for definition in
        cascade.definitions.iter_mut().filter(|definition| definition.declared_default && definition.at.line.is_none())
    {
        if let Some(at) = declared.iter().find(|at| at.file == definition.at.file) {
            definition.at = at.clone();
        }
    }
}

/// A condition that cannot be evaluated leaves open who decides.
fn reopen(cascade: &mut Cascade) {
    for definition in &mut cascade.definitions {
        if definition.outcome.takes_part() || matches!(definition.outcome, Outcome::Shadowed { .. }) {
            definition.outcome = Outcome::Undecided;
        }
    }
}

fn notes(files: &Files, evaluation: &Evaluation, part: &Part, cascade: &Cascade) -> Vec<String> {
    let mut notes = Vec::new();
    if part.kind == Kind::Undeclared {
        let near = part.at.as_ref().map(ToString::to_string).unwrap_or_default();
        notes.push(format!("no option declares `{near}`: Nix refuses these definitions"));
    }
    if part.option.as_ref().is_some_and(|option| option.alias) {
        let target =
            part.option.as_ref().and_then(|option| option.description.as_ref()?.split('`').nth(1).map(str::to_owned));
        let target = target.map_or_else(|| "another option".to_owned(), |target| format!("`{target}`"));
        notes.push(format!("this only forwards to {target}, where the value is decided: ask who decides there"));
    }
    if let Some(message) = &evaluation.unchecked {
        notes.push(format!("Nix refuses this configuration as a whole: {}", localized(files, message)));
    }
    if part.agrees == Some(false) {
        notes.push(
            "Nix's own list of winners (options.….files, highestPrio) differs from this one: please report it".into(),
        );
    }
    if cascade.definitions.iter().any(|definition| !definition.certain) {
        notes.push(
            "some larger definitions are computed; whether they set this path, only evaluating them could tell".into(),
        );
    }
    if part.value.as_ref().is_some_and(|value| value.hidden) {
        notes.push("the configuration shows no such path, because an `apply` function further out gives the value another shape".into());
    }
    notes
}

fn before_apply(part: &Part) -> Option<Value> {
    let value = part.value.as_ref()?;
    value.before.clone().filter(|before| Some(before) != value.value.as_ref() && *before != Value::Throws)
}

pub(crate) fn final_value(files: &Files, evaluation: &Evaluation, part: &Part) -> FinalValue {
    let failed = || FinalValue::Failed {
        message: evaluation
            .value_failure(&part.path)
            .or(evaluation.unchecked.as_ref().filter(|_| part.kind == Kind::Undeclared))
            .map_or_else(|| Message::new(UNASKED), |message| localized(files, message)),
    };
    match &part.value {
        None => FinalValue::Unknown,
        Some(value) if value.undefined => FinalValue::Undefined,
        Some(value) => match &value.value {
            None | Some(Value::Throws) => failed(),
            Some(shown) if value.hidden => FinalValue::Merged { value: shown.clone() },
            Some(shown) => FinalValue::Known { value: shown.clone(), json: shown.to_json() },
        },
    }
}

fn declaration(files: &Files, option: &mkwhy_eval::DeclarationPart) -> Declaration {
    Declaration {
        at: option.at.iter().map(|place| files.position(place)).collect(),
        default: option.default.clone(),
        default_text: option.default_text.clone(),
        description: option.description.clone(),
        read_only: option.read_only,
        internal: option.internal,
        visible: option.visible,
        has_apply: option.apply,
        alias: option.alias,
    }
}

/// A message with its files as the person knows them.
pub(crate) fn localized(files: &Files, message: &Message) -> Message {
    Message {
        text: shorten(&message.text, |path| files.path_name(path)),
        at: message.at.as_ref().map(|at| mkwhy_model::Position { file: files.name(&at.file), ..at.clone() }),
    }
}

/// The names nearest to the one that is missing, at the place where it is missing.
fn suggestions(part: &Part) -> Vec<OptionPath> {
    near(&part.path, part.at.clone().unwrap_or_default(), &part.names)
}

/// The names at a place that are nearest to the one that a path has there.
pub(crate) fn near(path: &OptionPath, at: OptionPath, names: &[String]) -> Vec<OptionPath> {
    let Some(mkwhy_model::Segment::Name(wanted)) = path.segments().get(at.segments().len()) else {
        return Vec::new();
    };
    let mut near: Vec<(usize, &String)> = names
        .iter()
        .filter(|name| *name != "_module")
        .map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &wanted.to_lowercase()), name))
        // Of very short names every other one is near.
        .filter(|(distance, name)| {
            let near = *distance <= wanted.len().max(4) / 2 && *distance < wanted.len();
            near || (wanted.len() > 2 && name.contains(wanted.as_str()))
        })
        .collect();
    near.sort();
    near.into_iter().take(MOST_SUGGESTIONS).map(|(_, name)| at.child(name)).collect()
}
