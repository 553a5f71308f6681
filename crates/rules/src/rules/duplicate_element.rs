//! `duplicate-element`

use std::borrow::Cow;

use mkwhy_model::{Definition, Level, Site, Value};

use crate::facts::{Facts, Merging, Subject, Winner, named, site};
use crate::found::Found;
use crate::rule::{InTargets, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "duplicate-element",
    level: Level::Warning,
    in_targets: InTargets::HintInSome,
    by_text: true,
    title: "the same element put into a list by two definitions",
    page: "\
Two definitions that are merged into one list have an element in common, so the list has it twice. One definition may come
twice, too: modules are known by their files, and one that is made by a function, as by `import ./module.nix { }`, is another
one wherever it is imported.

## Why it is bad

Removing it in one place does not remove it; and not everything that reads such a list takes an element twice kindly.

## Before

```nix
# modules/base.nix
nix.settings.trusted-users = [ \"root\" \"@wheel\" ];
# modules/cache.nix
nix.settings.trusted-users = [ \"@wheel\" ];
```

## After

```nix
# modules/base.nix
nix.settings.trusted-users = [ \"root\" \"@wheel\" ];
```
",
    check,
};

/// Two elements are the same if they are equal values, or packages of one name that are written alike.
fn same(a: &Element<'_>, b: &Element<'_>) -> bool {
    match (a.value, b.value) {
        (Value::Derivation { name: a_name }, Value::Derivation { name: b_name }) => {
            a_name == b_name && a.text.is_some() && a.text == b.text
        }
        (x, y) => x.is_whole() && x == y,
    }
}

struct Element<'s> {
    definition: &'s Definition,
    /// Which module it is of, where that is no file by itself.
    module: Option<String>,
    value: &'s Value,
    /// Its number in the definition's list, and how many there are.
    place: (usize, usize),
    /// How a package is written, without what leads to it.
    text: Option<String>,
}

fn check(facts: &Facts<'_>, found: &mut Found<'_>) {
    let is_list = |subject: &&Subject| subject.merging == Merging::List && !subject.cascade.contradiction;
    for subject in facts.subjects.iter().filter(is_list) {
        let mut winners: Vec<(&Definition, Cow<'_, Winner>)> = subject.winners().collect();
        if winners.len() < 2 || !winners.iter().any(|(winner, _)| facts.tells(winner)) {
            continue;
        }
        // What is kept comes first: what others say, then the base module.
        winners.sort_by_cached_key(|(winner, _)| (facts.is_own(winner), !facts.in_base(winner)));
        let mut seen: Vec<Element<'_>> = Vec::new();
        for (winner, more) in winners {
            let elements = elements(facts, winner, more.module.as_deref());
            if facts.tells(winner) {
                for element in &elements {
                    let Some(first) = seen.iter().find(|first| same(first, element)) else { continue };
                    let (there, here) = (first.site(facts), element.site(facts));
                    if first.definition.at == winner.at && (here.is_none() || here == there) {
                        // Else one module gives several definitions by one binding, with `mkMerge` or a function.
                        if first.module != element.module && first.place == element.place {
                            twice(found, subject, winner, element, here);
                        }
                        continue;
                    }
                    let message =
                        format!("{} puts {} into `{}` already", named(first.definition), element.value, subject.path());
                    let here = here.unwrap_or_else(|| site(winner));
                    let there = there.unwrap_or_else(|| site(first.definition));
                    let draft = found.at(here, Some(subject.path()), message);
                    draft.about = vec![winner.at.clone()];
                    draft.allowed_at.push(winner.at.clone());
                    draft.related_at(there, "the same element");
                }
            }
            seen.extend(elements);
        }
    }
}

/// The module that a definition is in is imported twice.
fn twice(found: &mut Found<'_>, subject: &Subject, winner: &Definition, element: &Element<'_>, here: Option<Site>) {
    let message = format!(
        "this puts {} into `{}` more than once: the module that it is in is imported more than once",
        element.value,
        subject.path()
    );
    let draft = found.at(here.unwrap_or_else(|| site(winner)), Some(subject.path()), message);
    draft.about = vec![winner.at.clone()];
    draft.allowed_at.push(winner.at.clone());
}

fn elements<'s>(facts: &Facts<'_>, definition: &'s Definition, module: Option<&str>) -> Vec<Element<'s>> {
    let Some(Value::List { items, .. }) = &definition.value else { return Vec::new() };
    let element = |(index, value)| {
        let mut element =
            Element { definition, module: module.map(str::to_owned), value, place: (index, items.len()), text: None };
        if matches!(value, Value::Derivation { .. }) {
            element.text = element.site(facts).and_then(|site| facts.text(&site)).map(|text| package(&text));
        }
        element
    };
    items.iter().enumerate().map(element).collect()
}

impl Element<'_> {
    /// Where it is written, if it is.
    fn site(&self, facts: &Facts<'_>) -> Option<Site> {
        let (index, count) = self.place;
        facts.elements(self.definition).filter(|sites| sites.len() == count)?.into_iter().nth(index)
    }
}

/// `pkgs.git` and `git` under `with pkgs;` are written alike.
fn package(text: &str) -> String {
    text.strip_prefix("pkgs.").unwrap_or(text).to_owned()
}
