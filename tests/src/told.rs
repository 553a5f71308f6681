//! Findings as lines of text, for snapshots and for people who look at every one.

use mkwhy::Finding;

/// A finding in one line: level, rule, place, how many targets it holds in, message.
pub fn told(finding: &Finding) -> String {
    format!(
        "{} {} {} [{}{}{}] {}",
        finding.level,
        finding.code,
        finding.site.at,
        finding.targets.len(),
        if finding.everywhere { " all" } else { "" },
        if finding.certain { "" } else { " guess" },
        finding.message
    )
}

/// A text without the names that flakes' copies in a store have: `…/0123…-source/x` is `<source>/x`.
pub fn without_store(text: &str) -> String {
    let mut out = String::new();
    for (number, part) in text.split("-source/").enumerate() {
        if number > 0 {
            let before =
                out.rfind("/nix/store/").map(|at| out[..at].rfind([' ', '`', '"']).map_or(0, |space| space + 1));
            if let Some(start) = before {
                out.truncate(start);
                out.push_str("<source>/");
            } else {
                out.push_str("-source/");
            }
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_copies() {
        let text = "declared at /tmp/t/nix/store/00000000000000000000000000000000-source/nixos/a.nix:14 by x-source/y";
        assert_eq!(without_store(text), "declared at <source>/nixos/a.nix:14 by x-source/y");
    }
}
