//! `inactive-definition`

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use mkwhy_model::{Definition, Level, OptionPath, Outcome, Position, Site, Tag};

use crate::facts::{Facts, Subject, site, site_in};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "inactive-definition",
    level: Level::Hint,
    in_targets: InTargets::RaisedInAll(Level::Warning),
    by_text: true,
    title: "definitions whose condition is false",
    page: "\
What stands under a `mkIf` whose condition is false does not take part. One finding for each condition, not for each
definition under it.

In one target this is a hint: modules that a host switches on are made that way. Where several targets were checked and the
condition is false in all of them, it is a warning: nobody uses it.

## Example

```nix
config = lib.mkIf cfg.enable {   # false in every host
  services.prometheus.enable = true;
};
```
",
    check,
};

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    let mut groups: BTreeMap<(Site, String), Vec<(&Subject, &Definition)>> = BTreeMap::new();
    let on = switched_on(facts);
    for subject in facts.subjects.iter().filter(|subject| subject.cascade.declared) {
        for definition in subject.definitions() {
            let Outcome::Inactive { condition } = definition.outcome else { continue };
            if !facts.tells(definition) {
                continue;
            }
            // What a function makes several of is used where one of them is on. The larger definitions around this one
            // may begin at the same place, and are no such.
            let is_used = |(path, name): &(&OptionPath, Option<&Range<usize>>)| {
                let other = name.zip(name_of(definition)).is_some_and(|(name, this)| name != this);
                !other && (!subject.path().starts_with(path) || *path == subject.path())
            };
            if on.get(&definition.at).is_some_and(|found| found.iter().any(is_used)) {
                continue;
            }
            let text = definition.conditions.get(condition).and_then(|condition| condition.text.clone());
            let place = condition_site(facts, definition, condition);
            groups.entry((place, text.unwrap_or_default())).or_default().push((subject, definition));
        }
    }
    for ((place, text), mut inactive) in groups {
        inactive.sort_by_key(|(subject, definition)| (&definition.at, subject.path()));
        inactive.dedup_by_key(|(subject, definition)| (&definition.at, subject.path()));
        let Some((first, definition)) = inactive.first() else { continue };
        let condition = match text.as_str() {
            "" => "a condition around it is false".to_owned(),
            "false" => "the condition is `false`".to_owned(),
            text if text.len() > 80 || text.contains('\n') => "the condition is false".to_owned(),
            text => format!("`{text}` is false"),
        };
        let what = match inactive.len() {
            1 => format!("`{}` is not set", first.path()),
            2..=3 => {
                let names: Vec<String> = inactive.iter().map(|(subject, _)| format!("`{}`", subject.path())).collect();
                format!("{} are not set", names.join(", "))
            }
            number => format!("{number} definitions do not take part"),
        };
        let option = (inactive.len() == 1).then(|| first.path());
        let draft = found.at(place, option, format!("{condition}, so {what}"));
        draft.about = inactive.iter().map(|(_, definition)| definition.at.clone()).collect();
        if inactive.len() == 1 {
            draft.allowed_at.push(definition.at.clone());
            draft.tagged(Tag::Unnecessary);
        }
    }
}

/// What active definitions there are at a place: the option, and the name as it is written. Of some that are inherited,
/// older versions of Nix give one place for several names.
type SwitchedOn<'s> = HashMap<&'s Position, Vec<(&'s OptionPath, Option<&'s Range<usize>>)>>;

fn name_of(definition: &Definition) -> Option<&Range<usize>> {
    definition.written.spans().map(|spans| &spans.name)
}

fn switched_on<'s>(facts: &Facts<'s>) -> SwitchedOn<'s> {
    let is_off = |definition: &&Definition| {
        matches!(definition.outcome, Outcome::Inactive { .. }) && facts.asks_for(&definition.at.file)
    };
    let definitions = facts.subjects.iter().flat_map(Subject::definitions);
    let mut on: SwitchedOn<'s> = definitions.filter(is_off).map(|definition| (&definition.at, Vec::new())).collect();
    if on.is_empty() {
        return on;
    }
    for subject in facts.subjects {
        for definition in subject.active() {
            if let Some(found) = on.get_mut(&definition.at) {
                found.push((subject.path(), name_of(definition)));
            }
            for outer in &definition.parents {
                if let Some(found) = on.get_mut(&outer.at) {
                    found.push((&outer.path, None));
                }
            }
        }
    }
    on
}

/// The condition, or the definition where the condition is not found in its text.
fn condition_site(facts: &Facts<'_>, definition: &Definition, condition: usize) -> Site {
    let known = definition.conditions.get(condition).is_some_and(|condition| condition.text.is_some());
    let range = definition.written.spans().filter(|_| known).and_then(|spans| spans.conditions.get(condition).cloned());
    match (range, facts.source(&definition.at.file)) {
        (Some(range), Some(source)) => site_in(&source, &definition.at.file, &range),
        // Without a text, all of a file that is off is one.
        _ if definition.at.line.is_none() => Site { at: Position::of_file(&definition.at.file), span: None },
        _ => site(definition),
    }
}
