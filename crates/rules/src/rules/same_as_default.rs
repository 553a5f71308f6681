//! `same-as-default`

use mkwhy_model::{Definition, Level, Priority, Tag};

use crate::facts::{Facts, Merging, Subject, place, told};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "same-as-default",
    level: Level::Information,
    in_targets: InTargets::HintInSome,
    by_text: false,
    title: "a value that is the option's own default",
    page: "\
The only definition of an option says what the option's declaration says by itself. It is compared before the option's
`apply` function. A value that is computed is left alone, and so are one that is forced (`needless-force` tells of it) and
a file that says at its head that a program generated it.

## Why it is worth knowing

The line can go; or it is there to say that the value matters, and then a comment says so better. A default may also change
with the next version, and then the line decides.

## Before

```nix
services.openssh.enable = false;
```

## After

```nix
# nothing: the option is off by itself
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    for subject in facts.subjects {
        let Some(definition) = decider(subject).filter(|definition| facts.is_own(definition)) else { continue };
        let Some(declaration) = &subject.cascade.declaration else { continue };
        let (Some(default), Some(value)) = (&declaration.default, &definition.value) else { continue };
        let alone = subject.shadowed().all(|lost| lost.declared_default) && !declaration.read_only;
        // What is forced is told by `needless-force`.
        let forced = definition.priority.is_some_and(|priority| priority.outranks(Priority::PLAIN));
        let alone = alone && !forced && !facts.is_generated(&definition.at.file);
        // What is computed happens to be the default.
        if alone && default == value && value.is_whole() && facts.is_literal(definition) {
            let shown = told(definition).map(|value| format!(" {value}")).unwrap_or_default();
            let declared = declaration.at.first().map(|at| format!(", declared at {}", place(at))).unwrap_or_default();
            let message = format!("the value{shown} is the default of `{}`{declared}", subject.path());
            let draft = found.at_definition(definition, subject.path(), message);
            draft.tagged(Tag::Unnecessary);
            if let Some(at) = declaration.at.first() {
                draft.related_at(mkwhy_model::Site { at: at.clone(), span: None }, "declared here");
            }
        }
    }
}

/// The only definition that decides, or the only one beside the option's default, which is as weak as `mkOptionDefault`
/// and is merged with nothing but its equal.
fn decider(subject: &Subject) -> Option<&Definition> {
    subject.sole_winner().or_else(|| {
        let mut winners = subject.cascade.winners().filter(|winner| !winner.declared_default);
        let first = winners.next().filter(|_| winners.next().is_none());
        first.filter(|_| subject.merging == Merging::One && !subject.cascade.contradiction)
    })
}
