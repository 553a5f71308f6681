//! A proof in words.

use std::collections::BTreeSet;

use mkwhy_model::{OptionPath, Value};

use super::{Proof, TargetProof, ValueChange};
use crate::fix::Fix;

impl Proof {
    /// Whether it is certain that no value changes.
    pub fn is_unchanged(&self) -> bool {
        !self.targets.is_empty() && self.targets.iter().all(TargetProof::is_unchanged)
    }

    /// Whether it is certain that nothing changes but what the fix is meant to change. What nobody can look into and only
    /// follows from that is no objection; nor are warnings that go away.
    pub fn holds(&self, fix: &Fix) -> bool {
        let meant = |option: &OptionPath| fix.meant.iter().any(|meant| option.starts_with(meant));
        !self.targets.is_empty()
            && self.targets.iter().all(|target| {
                target.failure.is_none()
                    && target.uncompared.iter().all(meant)
                    && target.changed.iter().all(|change| meant(&change.option) || change.only_silences())
            })
    }

    /// The options whose value changes, in any target.
    pub fn changed(&self) -> BTreeSet<&OptionPath> {
        self.targets.iter().flat_map(|target| target.changed.iter().map(|change| &change.option)).collect()
    }

    /// It in one line: `0 of 412 defined options change on 2 hosts`.
    pub fn summary(&self) -> String {
        let evaluated: Vec<&TargetProof> = self.targets.iter().filter(|target| target.failure.is_none()).collect();
        let mut parts = Vec::new();
        if !evaluated.is_empty() {
            let changed: BTreeSet<&OptionPath> =
                evaluated.iter().flat_map(|target| target.changed.iter().map(|change| &change.option)).collect();
            let affected = evaluated.iter().filter(|target| !target.changed.is_empty()).count();
            let among = if affected == 0 || affected == evaluated.len() {
                places(&evaluated, evaluated.len())
            } else {
                format!("{affected} of {}", places(&evaluated, evaluated.len()))
            };
            parts.push(format!(
                "{} of {} defined {} {} on {among}",
                changed.len(),
                self.options,
                plural(self.options, "option", "options"),
                if changed.len() == 1 || (changed.is_empty() && self.options == 1) { "changes" } else { "change" },
            ));
            let count = |options: fn(&TargetProof) -> &Vec<OptionPath>| {
                evaluated.iter().flat_map(|target| options(target)).collect::<BTreeSet<_>>().len()
            };
            let uncompared = count(|target| &target.uncompared);
            if uncompared > 0 {
                parts.push(format!("{uncompared} cannot be compared"));
            }
            let following = count(|target| &target.following);
            if following > 0 {
                let hold = plural(following, "that holds a package or function", "that hold packages or functions");
                parts.push(format!("{following} {hold} may follow"));
            }
        }
        let failed: Vec<&str> = self
            .targets
            .iter()
            .filter(|target| target.failure.is_some())
            .map(|target| target.target.as_str())
            .collect();
        match failed.as_slice() {
            [] if evaluated.is_empty() => parts.push("nothing was compared".to_owned()),
            [] => {}
            [only] => parts.push(format!("{only} cannot be compared as a whole")),
            several => parts.push(format!("{} targets cannot be compared as a whole", several.len())),
        }
        parts.join("; ")
    }
}

impl TargetProof {
    /// Whether it is certain that no value changes in it.
    pub fn is_unchanged(&self) -> bool {
        self.failure.is_none() && self.changed.is_empty() && self.uncompared.is_empty()
    }
}

impl ValueChange {
    /// Whether all that changes is that warnings, or assertions that failed, are gone.
    pub fn only_silences(&self) -> bool {
        let option = self.option.to_string();
        let told = |value: &mkwhy_model::FinalValue| match value.value() {
            Some(Value::List { items, more: 0 }) => Some(items.clone()),
            _ => None,
        };
        (option == "warnings" || option == "assertions")
            && match (told(&self.before), told(&self.after)) {
                (Some(before), Some(after)) => after.iter().all(|item| item.is_whole() && before.contains(item)),
                _ => false,
            }
    }
}

fn plural<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

fn places(targets: &[&TargetProof], count: usize) -> String {
    let hosts = targets.iter().all(|target| {
        target.target.starts_with("nixosConfigurations.") || target.target.starts_with("darwinConfigurations.")
    });
    let word = if hosts { plural(count, "host", "hosts") } else { plural(count, "target", "targets") };
    format!("{count} {word}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mkwhy_model::{Change, FinalValue, Message};

    use super::*;
    use crate::fix::FixKind;

    fn path(text: &str) -> OptionPath {
        text.parse().expect("a path")
    }

    fn list(items: &[&str]) -> FinalValue {
        let items = items.iter().map(|item| Value::String { value: (*item).to_owned() }).collect();
        FinalValue::Known { value: Value::List { items, more: 0 }, json: None }
    }

    fn change(option: &str, before: &[&str], after: &[&str]) -> ValueChange {
        ValueChange { option: path(option), before: list(before), after: list(after) }
    }

    fn target(name: &str, changed: Vec<ValueChange>) -> TargetProof {
        TargetProof { target: name.to_owned(), compared: 412, changed, ..TargetProof::default() }
    }

    fn proof(targets: Vec<TargetProof>) -> Proof {
        Proof { targets, options: 412, took: Duration::ZERO }
    }

    fn fix(meant: &[&str]) -> Fix {
        Fix {
            title: String::new(),
            kind: FixKind::Move,
            code: None,
            option: None,
            preferred: false,
            meant: meant.iter().map(|option| path(option)).collect(),
            change: Change::default(),
            remarks: Vec::new(),
        }
    }

    #[test]
    fn one_line() {
        let a = "nixosConfigurations.a";
        let b = "nixosConfigurations.b";
        let none = proof(vec![target(a, vec![]), target(b, vec![])]);
        assert_eq!(none.summary(), "0 of 412 defined options change on 2 hosts");
        assert!(none.is_unchanged());
        let one = proof(vec![target(a, vec![change("x", &["1"], &["2"])]), target(b, vec![])]);
        assert_eq!(one.summary(), "1 of 412 defined options changes on 1 of 2 hosts");
        assert!(!one.is_unchanged());
        let mut open = target("homeConfigurations.me", vec![]);
        open.uncompared = vec![path("p")];
        open.following = vec![path("q")];
        let open = proof(vec![open]);
        assert_eq!(
            open.summary(),
            "0 of 412 defined options change on 1 target; 1 cannot be compared; 1 that holds a package or function may follow"
        );
        assert!(!open.is_unchanged());
        let failure = |name: &str| TargetProof { failure: Some(Message::new("no")), ..target(name, vec![]) };
        assert_eq!(
            proof(vec![target(a, vec![]), failure(b)]).summary(),
            "0 of 412 defined options change on 1 host; nixosConfigurations.b cannot be compared as a whole"
        );
        assert_eq!(proof(vec![failure(a), failure(b)]).summary(), "2 targets cannot be compared as a whole");
        assert!(!proof(vec![failure(a)]).is_unchanged());
        assert_eq!(proof(vec![]).summary(), "nothing was compared");
        assert!(!proof(vec![]).is_unchanged());
    }

    #[test]
    fn a_proof_holds_where_only_what_was_meant_changes() {
        let changed = |changes: Vec<ValueChange>| proof(vec![target("a", changes)]);
        assert!(changed(vec![]).holds(&fix(&[])));
        assert!(!proof(vec![]).holds(&fix(&[])));
        assert!(!changed(vec![change("x.y", &["1"], &["2"])]).holds(&fix(&[])));
        assert!(changed(vec![change("x.y", &["1"], &["2"])]).holds(&fix(&["x"])));
        assert!(!changed(vec![change("x.y", &["1"], &["2"])]).holds(&fix(&["x.z"])));
        assert!(changed(vec![change("warnings", &["old name", "b"], &["b"])]).holds(&fix(&[])));
        assert!(!changed(vec![change("warnings", &["b"], &["b", "new"])]).holds(&fix(&[])));
        let mut open = changed(vec![]);
        open.targets[0].uncompared = vec![path("p")];
        assert!(!open.holds(&fix(&[])));
        assert!(open.holds(&fix(&["p"])));
        open.targets[0].failure = Some(Message::new("no"));
        assert!(!open.holds(&fix(&["p"])));
    }
}
