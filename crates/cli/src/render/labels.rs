//! Short labels for modules, as the columns of a table.

use std::path::Path;

/// A, B, …, Z, AA, AB, …
pub fn letter(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).unwrap_or_default());
    if index < 26 { last.to_string() } else { format!("{}{last}", letter(index / 26 - 1)) }
}

/// Each module by the shortest end of its path that no other one has, without `.nix` and `/default.nix`.
pub fn short_names(modules: &[String]) -> Vec<String> {
    let tails = |module: &str| -> Vec<String> {
        let stem = Path::new(module).with_extension("");
        let stem = if stem.ends_with("default") { stem.parent().unwrap_or(&stem).to_path_buf() } else { stem };
        let parts: Vec<String> = stem.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        (1..=parts.len()).map(|length| parts[parts.len() - length..].join("/")).collect()
    };
    let all: Vec<Vec<String>> = modules.iter().map(|module| tails(module)).collect();
    all.iter()
        .zip(modules)
        .enumerate()
        .map(|(own, (tails, module))| {
            let unique = |tail: &&String| all.iter().enumerate().all(|(n, others)| n == own || !others.contains(tail));
            tails.iter().find(unique).unwrap_or(module).clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_named_by_the_shortest_unique_end() {
        let names = short_names(
            &["a/b/nix.nix", "a/c/nix.nix", "a/base/default.nix", "default.nix", "x.nix"].map(str::to_owned),
        );
        assert_eq!(names, ["b/nix", "c/nix", "base", "default.nix", "x"]);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letter), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
