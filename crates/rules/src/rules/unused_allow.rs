//! `unused-allow`

use mkwhy_model::Level;

use crate::rule::{InTargets, Rule};

/// The comments are looked at when everything else was found (`allow.rs`).
pub(crate) const RULE: Rule = Rule {
    code: "unused-allow",
    level: Level::Warning,
    in_targets: InTargets::Same,
    by_text: true,
    title: "a `# mkwhy: allow` comment that allows nothing",
    page: "\
`# mkwhy: allow CODE` on a line, or above it, allows what the rule finds there. This comment allows nothing: what it allowed
is gone, it stands at the wrong line, or no rule has that name. Whether it does is only known when all targets were checked.

## Why it is bad

It will hide the next finding there, which nobody meant.

## Before

```nix
# mkwhy: allow shadowed-definition
nix.settings.cores = 4;   # decides by now
```

## After

```nix
nix.settings.cores = 4;
```
",
    check: |_, _| {},
};
