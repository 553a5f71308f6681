//! `wrong-type`

use mkwhy_model::{Definition, Level, Site, Value};

use crate::facts::{Facts, Misfit, Subject, site};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "wrong-type",
    level: Level::Error,
    in_targets: InTargets::Same,
    by_text: false,
    title: "a value that is not of its option's type",
    page: "\
A definition that counts has a value that the option's type does not take.

## Why it is bad

Nix refuses the option (`A definition for option … is not of type …`) as soon as something needs it. Definitions that lost
are not checked by Nix, and not by this rule.

## Before

```nix
networking.firewall.allowedTCPPorts = [ \"80\" ];
```

## After

```nix
networking.firewall.allowedTCPPorts = [ 80 ];
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        for (definition, winner) in subject.winners() {
            let own =
                facts.is_own(definition) || (definition.declared_default && facts.own.contains(&definition.at.file));
            if !own {
                continue;
            }
            match &winner.misfit {
                None => {}
                Some(Misfit::Whole) => {
                    let value = kind(definition.value.as_ref());
                    report(found, subject, definition, value_site(facts, definition), "this", value);
                }
                Some(Misfit::Elements(elements)) => {
                    let written = facts.elements(definition);
                    for index in elements {
                        let value = match &definition.value {
                            Some(Value::List { items, .. }) => kind(items.get(*index)),
                            _ => None,
                        };
                        let here = written.as_ref().and_then(|written| written.get(*index)).cloned();
                        let here = here.unwrap_or_else(|| value_site(facts, definition));
                        report(found, subject, definition, here, &format!("element {}", index + 1), value);
                    }
                }
            }
        }
    }
}

fn report(
    found: &mut Found<'_>,
    subject: &Subject,
    definition: &Definition,
    site: Site,
    what: &str,
    value: Option<String>,
) {
    let path = subject.path();
    // Where a part of a value fails it is known to be wrong, and not what it is.
    let message = match (value, &subject.cascade.option_type) {
        (Some(value), Some(wanted)) => format!("{what} is {value}, but the type of `{path}` is {wanted}"),
        (Some(value), None) => format!("{what} is {value}, which is not of the type of `{path}`"),
        (None, Some(wanted)) => format!("{what} is not of the type of `{path}`: {wanted}"),
        (None, None) => format!("{what} is not of the type of `{path}`"),
    };
    found.at(site, Some(path), message).about = vec![definition.at.clone()];
}

fn value_site(facts: &Facts<'_>, definition: &Definition) -> Site {
    let value = definition.written.spans().map(|spans| spans.value.clone());
    match (facts.source(&definition.at.file), value) {
        (Some(source), Some(value)) => crate::facts::site_in(&source, &definition.at.file, &value),
        _ => site(definition),
    }
}

/// What a value is, in words; `None` where it is not known.
fn kind(value: Option<&Value>) -> Option<String> {
    let shown = |what: &str, value: &Value| {
        let text = value.to_string();
        if text.chars().count() <= 40 && !text.contains('\n') { format!("{what} {text}") } else { what.to_owned() }
    };
    Some(match value {
        None | Some(Value::Throws) => return None,
        Some(value @ Value::Null) => value.to_string(),
        Some(value @ Value::Bool { .. }) => shown("the Boolean", value),
        Some(value @ Value::Int { .. }) => shown("the integer", value),
        Some(value @ Value::Float { .. }) => shown("the number", value),
        Some(value @ (Value::String { .. } | Value::Text { .. })) => shown("the string", value),
        Some(value @ Value::Path { .. }) => shown("the path", value),
        Some(value @ Value::List { .. }) => shown("the list", value),
        Some(value @ Value::Attrs { .. }) => shown("the set", value),
        Some(Value::Derivation { name }) => format!("the package {name}"),
        Some(Value::Function { .. }) => "a function".to_owned(),
        Some(Value::Special { what }) => format!("a value of the kind {what}"),
        Some(Value::Property { property, .. }) => format!("a property ({property})"),
        Some(Value::Elided { .. }) => "a list or set".to_owned(),
    })
}
