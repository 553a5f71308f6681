//! Which fix a finding gets where nobody is asked.

use mkwhy::{Finding, Fix, FixKind};

use super::Left;

/// A finding with the ways to fix it.
#[derive(Debug, Clone)]
pub struct Item {
    pub finding: Finding,
    pub fixes: Vec<Fix>,
}

impl Item {
    /// The one to take: without being asked for only what is meant to change no value.
    pub fn preferred(&self, by_name: bool) -> Option<usize> {
        let right = |fix: &Fix| fix.preferred && (by_name || fix.meant.is_empty());
        if let Some(number) = self.fixes.iter().position(right) {
            return Some(number);
        }
        let others: Vec<usize> = self.changing().collect();
        match others[..] {
            [only] if by_name => Some(only),
            _ => None,
        }
    }

    /// Those that do more than allow it.
    pub fn changing(&self) -> impl Iterator<Item = usize> {
        self.fixes.iter().enumerate().filter(|(_, fix)| fix.kind != FixKind::Allow).map(|(number, _)| number)
    }
}

/// Each finding with its fix; and those that were asked for by name and have none, or several that are all as good.
pub fn chosen(items: Vec<Item>, codes: &[String]) -> (Vec<(Finding, Fix)>, Vec<Left>) {
    let by_name = !codes.is_empty();
    let mut chosen: Vec<(Finding, Fix)> = Vec::new();
    let mut left = Vec::new();
    for item in items {
        match item.preferred(by_name) {
            Some(number) => {
                let fix = item.fixes[number].clone();
                // Two findings may be settled by the same edits.
                if chosen.iter().all(|(_, known)| known.change != fix.change) {
                    chosen.push((item.finding, fix));
                }
            }
            None if by_name => {
                let ways: Vec<String> =
                    item.changing().map(|number| format!("a way: {}", item.fixes[number].title)).collect();
                let why = match ways.len() {
                    0 => vec!["no fix is known for it here".to_owned()],
                    _ => [vec!["which way is right only you can say; on a terminal you are asked".to_owned()], ways]
                        .concat(),
                };
                left.push((item.finding, None, why, None));
            }
            None => {}
        }
    }
    (chosen, left)
}
