//! What an evaluated cascade says otherwise than the one from syntax that it replaces.

use std::fmt;

use mkwhy_model::{Cascade, Definition, Outcome, Position};

/// One thing that evaluating showed to be otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// Evaluation knows a definition that the text did not show.
    Added {
        /// Where it is.
        at: Position,
        /// What became of it.
        outcome: Outcome,
    },
    /// The text shows a definition that evaluation does not have.
    Removed {
        /// Where it is.
        at: Position,
    },
    /// What the text said about a definition's outcome is not so. That something was undecided is no difference.
    Outcome {
        /// Where it is.
        at: Position,
        /// What the text said.
        read: Outcome,
        /// What is so.
        evaluated: Outcome,
    },
    /// The text said another priority.
    Priority {
        /// Where it is.
        at: Position,
        /// What the text said, and what is so.
        priorities: (i64, i64),
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { at, outcome } => write!(f, "{at}: {}, which the text did not show", outcome.word()),
            Self::Removed { at } => write!(f, "{at}: the text shows a definition that evaluation does not have"),
            Self::Outcome { at, read, evaluated } => {
                write!(f, "{at}: the text said {}, evaluation says {}", read.word(), evaluated.word())
            }
            Self::Priority { at, priorities: (read, evaluated) } => {
                write!(f, "{at}: the text said priority {read}, evaluation says {evaluated}")
            }
        }
    }
}

/// What evaluation says otherwise than the text, definition by definition, matched by their places.
pub fn differences(read: &Cascade, evaluated: &Cascade) -> Vec<Difference> {
    let written = |cascade: &Cascade| -> Vec<Definition> {
        cascade.definitions.iter().filter(|definition| !definition.declared_default).cloned().collect()
    };
    let same = |one: &Definition, other: &Definition| one.at.file == other.at.file && one.at.line == other.at.line;
    let (read, evaluated) = (written(read), written(evaluated));
    let mut found = Vec::new();
    for definition in &evaluated {
        match read.iter().find(|other| same(other, definition)) {
            None => {
                found.push(Difference::Added { at: definition.at.clone(), outcome: definition.outcome.clone() });
            }
            Some(other) => {
                let (said, is) = (other.outcome.word(), definition.outcome.word());
                if other.outcome != Outcome::Undecided && said != is {
                    found.push(Difference::Outcome {
                        at: definition.at.clone(),
                        read: other.outcome.clone(),
                        evaluated: definition.outcome.clone(),
                    });
                }
                if let (Some(one), Some(two)) = (other.priority, definition.priority)
                    && one != two
                {
                    found.push(Difference::Priority { at: definition.at.clone(), priorities: (one.0, two.0) });
                }
            }
        }
    }
    let gone = read.iter().filter(|other| other.certain && !evaluated.iter().any(|definition| same(definition, other)));
    found.extend(gone.map(|other| Difference::Removed { at: other.at.clone() }));
    found
}
