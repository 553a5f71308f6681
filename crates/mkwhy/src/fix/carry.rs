//! One definition as a value for another module: with its conditions, its priority and its comments.

use std::collections::BTreeSet;

use mkwhy_model::{OptionPath, Priority};
use mkwhy_syntax::edit::Inserted;
use mkwhy_syntax::summary::{Condition, ConditionKind, Definition, Number};
use mkwhy_syntax::{Source, Summary};

use super::ground::{Ground, Spot};
use super::minimal::{Candidate, Setting};
use super::standing::{Base, above};

/// Arguments that are others in every system of modules: what `config` is in a submodule, is not so outside of it.
const OF_ITS_SYSTEM: [&str; 8] =
    ["config", "darwinConfig", "modulesPath", "name", "nixosConfig", "options", "osConfig", "specialArgs"];

/// The value and the module arguments that it uses; or why it has to stay, in a sentence. `said` is the path under which
/// the base module says the option.
pub(super) fn carried(
    ground: &Ground<'_>,
    setting: &Setting<'_>,
    one: &Candidate<'_>,
    base: &Base<'_>,
    said: &OptionPath,
    priority: Option<Priority>,
) -> Result<(Inserted, BTreeSet<String>), String> {
    let spot = one.spot.as_ref().ok_or("it is not written out where Nix says that it is")?;
    let (to, targets) = (base.file, &base.targets);
    let both = targets.iter().filter(|target| one.there.contains_key(target)).count();
    if one.there.len() > both {
        return Err(format!("{} is part of a target that {to} is not part of", spot.file));
    }
    if both < targets.len() {
        let file = &spot.file;
        return Err(match targets.len() == setting.targets {
            true => format!("{file} is part of only {both} of {} targets, and {to} of all of them", targets.len()),
            false => format!("{file} is part of only {both} of the {} targets that {to} is part of", targets.len()),
        });
    }
    let base = base.source.as_deref();
    let source = ground.source(&spot.file).ok_or("its file was not read")?;
    let summary = ground.summary(&spot.file).ok_or("its file was not read")?;
    let definition = written(&summary, spot).ok_or("its text is of a form that cannot be followed")?;
    if definition.unit != 0 {
        return Err(format!("it belongs to a module that is written inside {}", spot.file));
    }
    let in_the_way = |wrong: mkwhy_syntax::edit::Unresolved| {
        let names: Vec<String> = wrong.names.iter().map(|name| format!("`{name}`")).collect();
        format!("{} cannot be said in {to}", names.join(", "))
    };
    let file = spot.file.as_str();
    let taken = spot.taken();
    let mut arguments: BTreeSet<String> = BTreeSet::new();
    let whole = source.value_range(&taken);
    let function = |name: &str| match base {
        Some(base) => base.spelling(name, base.text().rfind('}').unwrap_or_default()).map(|spelling| spelling.name),
        None => Some(format!("lib.{name}")),
    };
    let lib = |name: &str| {
        function(name).filter(|said| said.contains('.') || base.is_some()).unwrap_or(format!("lib.{name}"))
    };

    let (mut text, inner) = match priority {
        None => {
            let value = source.carried_definition(&summary, &taken, file, to).map_err(in_the_way)?;
            arguments.extend(value.arguments);
            (value.text, whole.clone())
        }
        Some(_) => {
            let value = source.carried(&summary, &spot.spans.value, file, to).map_err(in_the_way)?;
            arguments.extend(value.arguments);
            let text = match order(definition)? {
                Some(call) => {
                    arguments.insert("lib".to_owned());
                    let (name, number) = call.split_at(call.find(' ').unwrap_or(call.len()));
                    format!("{}{number} {}", lib(name), source.as_argument(&value.text))
                }
                None => value.text,
            };
            (text, None)
        }
    };
    let wrapped = match priority {
        Some(wanted) => wanted.function().map(|function| (function, wanted)),
        None => around(definition)?.and_then(|outer| Some((outer.function()?, outer))),
    };
    if let Some((function, number)) = wrapped {
        let name = if function == "mkOverride" { format!("{} {}", lib(function), number.0) } else { lib(function) };
        text = format!("{name} {}", source.as_argument(&text));
        arguments.insert("lib".to_owned());
    }
    let outside: Vec<&Condition> = definition
        .conditions
        .iter()
        .filter(|condition| inner.as_ref().is_none_or(|inner| !inner.contains(&(condition.text.start as usize))))
        .collect();
    let mut conditions: Vec<String> = Vec::new();
    for condition in outside {
        let carried = source.carried(&summary, &condition.text.range(), file, to).map_err(in_the_way)?;
        // What is always true says nothing.
        if carried.text == "true" && condition.kind != ConditionKind::Else {
            continue;
        }
        arguments.extend(carried.arguments);
        conditions.push(match condition.kind {
            ConditionKind::Else => format!("!{}", source.as_argument(&carried.text)),
            ConditionKind::MkIf | ConditionKind::Optional | ConditionKind::Then => carried.text,
        });
    }
    if !conditions.is_empty() {
        let all = match conditions.as_slice() {
            [only] => only.clone(),
            several => several.iter().map(|one| source.as_operand(one)).collect::<Vec<_>>().join(" && "),
        };
        text = format!("{} {} {}", lib("mkIf"), source.as_argument(&all), source.as_argument(&text));
        arguments.insert("lib".to_owned());
    }
    if above(setting.option, one.definition, definition).as_ref() != Some(said) {
        let others = arguments.iter().filter(|name| OF_ITS_SYSTEM.contains(&name.as_str()));
        let names: Vec<String> = others.map(|name| format!("`{name}`")).collect();
        if !names.is_empty() {
            return Err(format!("{} would mean something else in {to}", names.join(", ")));
        }
    }
    Ok((Inserted { value: text, comments: comments(source, spot, definition) }, arguments))
}

/// Whether a function or loop makes it, so that others stand at the same place.
pub(super) fn is_copied(ground: &Ground<'_>, spot: &Spot) -> bool {
    let summary = ground.summary(&spot.file);
    summary.is_some_and(|summary| written(&summary, spot).is_some_and(|definition| definition.copied))
}

fn written<'s>(summary: &'s Summary, spot: &Spot) -> Option<&'s Definition> {
    let here = |known: &&Definition| {
        known.name.range() == spot.spans.name
            && known.binding.range() == spot.spans.binding
            && (spot.part.is_none()
                || known.value.range() == spot.spans.value
                || known.name.range() == spot.spans.value)
    };
    summary.definitions.iter().find(here)
}

/// The function that gives a definition its order, which another priority leaves as it is.
fn order(definition: &Definition) -> Result<Option<String>, String> {
    match definition.order {
        Number::Plain => Ok(None),
        Number::Known(500) => Ok(Some("mkBefore".to_owned())),
        Number::Known(1500) => Ok(Some("mkAfter".to_owned())),
        Number::Known(number) if number < 0 => Ok(Some(format!("mkOrder ({number})"))),
        Number::Known(number) => Ok(Some(format!("mkOrder {number}"))),
        Number::Computed => Err("its order is computed".to_owned()),
    }
}

/// The priority that something around the definition's set gives it.
fn around(definition: &Definition) -> Result<Option<Priority>, String> {
    let outside = usize::from(definition.priority_depth) < definition.path.len();
    match definition.priority {
        _ if !outside => Ok(None),
        Number::Plain => Ok(None),
        Number::Known(number) if definition.wrapper.is_none() => Ok(Some(Priority(number))),
        Number::Known(_) => Err("its priority comes from functions at several places".to_owned()),
        Number::Computed => Err("its priority is computed".to_owned()),
    }
}

fn comments(source: &Source, spot: &Spot, definition: &Definition) -> Vec<String> {
    if spot.part.is_some() { Vec::new() } else { source.comments_of(definition) }
}
