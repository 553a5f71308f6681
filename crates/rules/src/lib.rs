//! What is wrong with who decides: each rule is one file, with its page, its check and its tests.

mod rule;

pub use rule::Rule;

/// Every rule, the gravest first.
pub const RULES: &[&Rule] = &[];

/// The rule of a code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
