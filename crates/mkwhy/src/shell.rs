//! Commands that are suggested, as they are typed into a shell.

/// A word of a command line.
pub fn shell_word(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./@:+".contains(letter);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn words_are_what_a_shell_reads() {
        assert_eq!(shell_word("modules/a-b.nix"), "modules/a-b.nix");
        assert_eq!(shell_word(r#"users."a b".x"#), r#"'users."a b".x'"#);
        assert_eq!(shell_word("a.[0]"), "'a.[0]'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("grün"), "'grün'");
        assert_eq!(shell_word(""), "''");
    }
}
