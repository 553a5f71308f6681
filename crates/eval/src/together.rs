//! What fails along with what failed: one run of Nix for each failure is exact but slow.

/// The parts of an option that fail for the same reason as one that failed: the value with what is checked against it,
/// and the values of single definitions with the default and the type.
pub(crate) fn likely_too(label: &str) -> Vec<String> {
    let Ok(mut parts) = serde_json::from_str::<Vec<serde_json::Value>>(label) else { return Vec::new() };
    let groups: [&[&str]; 2] = [&["value", "check", "shape", "fits"], &["owns", "default", "type"]];
    if parts.first().is_some_and(|kind| kind == "own") {
        parts.pop();
        parts[0] = "owns".into();
    }
    let Some(kind) = parts.first().and_then(|kind| kind.as_str()).map(str::to_owned) else { return Vec::new() };
    let Some(group) = groups.iter().find(|group| group.contains(&kind.as_str())) else { return Vec::new() };
    let mut named = |kind: &str| {
        parts[0] = kind.into();
        serde_json::Value::from(parts.clone()).to_string()
    };
    group.iter().map(|kind| named(kind)).filter(|other| other != label).collect()
}

/// The labels of what comes to the same as a part that failed: whatever forces the merged value, or the values of all
/// definitions. `None` where it is neither.
pub(crate) fn of_the_same(label: &str) -> Option<Vec<String>> {
    let mut parts: Vec<serde_json::Value> = serde_json::from_str(label).ok()?;
    let same: &[&str] = match parts.first()?.as_str()? {
        "own" => {
            parts.pop();
            &["owns"]
        }
        "value" | "check" | "shape" => &["value", "check", "shape"],
        _ => return None,
    };
    let mut named = |kind: &str| {
        parts[0] = kind.into();
        serde_json::Value::from(parts.clone()).to_string()
    };
    Some(same.iter().map(|kind| named(kind)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_together_is_left_out_together() {
        assert_eq!(
            likely_too(r#"["own","a","b",2]"#),
            [r#"["owns","a","b"]"#, r#"["default","a","b"]"#, r#"["type","a","b"]"#]
        );
        assert_eq!(likely_too(r#"["check","a"]"#), [r#"["value","a"]"#, r#"["shape","a"]"#, r#"["fits","a"]"#]);
        assert!(likely_too(r#"["condition","a",0]"#).is_empty());
    }

    #[test]
    fn what_comes_to_the_same() {
        assert_eq!(of_the_same(r#"["own","a","b",2]"#), Some(vec![r#"["owns","a","b"]"#.to_owned()]));
        let merged = [r#"["value","a"]"#, r#"["check","a"]"#, r#"["shape","a"]"#].map(str::to_owned);
        assert_eq!(of_the_same(r#"["check","a"]"#).as_deref(), Some(&merged[..]));
        assert_eq!(of_the_same(r#"["condition","a",0]"#), None);
        assert_eq!(of_the_same(r#"["cascade","a"]"#), None);
    }
}
