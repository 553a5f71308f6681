//! What fails along with what failed: one run of Nix for each failure is exact but slow.

use serde_json::Value;

/// The labels of what comes to the same as a part that failed: whatever forces the merged value of an option, or the values
/// of all its definitions. `None` where it is neither.
///
/// What a rule wants to know is never among them, nor what says whether there is something: it would be missing where it
/// would not have failed.
pub(crate) fn of_the_same(label: &str) -> Option<Vec<String>> {
    let failed = Label::read(label)?;
    let same: &[&str] = match failed.kind.as_str() {
        "own" => &["owns"],
        "value" | "check" | "shape" => &["value", "check", "shape"],
        _ => return None,
    };
    Some(failed.of_kinds(same).collect())
}

/// A label taken apart.
struct Label {
    kind: String,
    /// The option; the number of a definition is left out.
    path: Vec<Value>,
}

impl Label {
    fn read(label: &str) -> Option<Self> {
        let mut path: Vec<Value> = serde_json::from_str(label).ok()?;
        let kind = if path.is_empty() { None } else { path.remove(0).as_str().map(str::to_owned) }?;
        if kind == "own" {
            path.pop();
        }
        Some(Self { kind, path })
    }

    fn of_kinds(&self, kinds: &[&str]) -> impl Iterator<Item = String> {
        kinds.iter().map(|kind| {
            let parts: Vec<Value> = std::iter::once(Value::from(*kind)).chain(self.path.iter().cloned()).collect();
            Value::from(parts).to_string()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_to_the_same() {
        assert_eq!(of_the_same(r#"["own","a","b",2]"#), Some(vec![r#"["owns","a","b"]"#.to_owned()]));
        let merged = [r#"["value","a"]"#, r#"["check","a"]"#, r#"["shape","a"]"#].map(str::to_owned);
        assert_eq!(of_the_same(r#"["check","a"]"#).as_deref(), Some(&merged[..]));
        for kind in ["condition", "cascade", "fits", "facts", "default", "type", "refused", "inside"] {
            assert_eq!(of_the_same(&format!(r#"["{kind}","a"]"#)), None);
        }
        assert_eq!(of_the_same("[]"), None);
    }
}
