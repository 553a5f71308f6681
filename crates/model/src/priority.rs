//! Override priorities and merge order.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An override priority of the module system: the *lowest* number outranks the others.
///
/// There is no `Ord` on purpose, since "greater" could mean either; ask [`Priority::outranks`].
/// The numbers are those of nixpkgs' `lib/modules.nix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Priority(pub i64);

impl Priority {
    /// `mkVMOverride`: used when a configuration is run as a virtual machine.
    pub const VM_OVERRIDE: Self = Self(10);
    /// `mkForce`.
    pub const FORCE: Self = Self(50);
    /// `mkImageMediaOverride`: for the modules of installation images.
    pub const IMAGE_MEDIA_OVERRIDE: Self = Self(60);
    /// A definition without any function around it.
    pub const PLAIN: Self = Self(100);
    /// `mkDefault`.
    pub const DEFAULT: Self = Self(1000);
    /// `mkOptionDefault`, also what the `default` of an option's declaration has.
    pub const OPTION_DEFAULT: Self = Self(1500);

    /// Whether this priority makes the other lose.
    pub fn outranks(self, other: Self) -> bool {
        self.0 < other.0
    }

    /// The function that gives this priority, `None` for a plain definition.
    pub fn function(self) -> Option<&'static str> {
        match self {
            Self::VM_OVERRIDE => Some("mkVMOverride"),
            Self::FORCE => Some("mkForce"),
            Self::IMAGE_MEDIA_OVERRIDE => Some("mkImageMediaOverride"),
            Self::PLAIN => None,
            Self::DEFAULT => Some("mkDefault"),
            Self::OPTION_DEFAULT => Some("mkOptionDefault"),
            Self(_) => Some("mkOverride"),
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function() {
            None => write!(f, "plain {}", self.0),
            Some(function) => write!(f, "{function} {}", self.0),
        }
    }
}

/// The place of a definition among those it is merged with: lower comes first, equals keep their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Order(pub i64);

impl Order {
    /// `mkBefore`.
    pub const BEFORE: Self = Self(500);
    /// A definition without `mkOrder`.
    pub const PLAIN: Self = Self(1000);
    /// `mkAfter`.
    pub const AFTER: Self = Self(1500);
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BEFORE => f.write_str("mkBefore"),
            Self::AFTER => f.write_str("mkAfter"),
            Self(number) => write!(f, "mkOrder {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_number_outranks() {
        assert!(Priority::FORCE.outranks(Priority::PLAIN));
        assert!(Priority::PLAIN.outranks(Priority::DEFAULT));
        assert!(!Priority::PLAIN.outranks(Priority::PLAIN));
    }

    #[test]
    fn named_by_its_function() {
        assert_eq!(Priority::FORCE.to_string(), "mkForce 50");
        assert_eq!(Priority::PLAIN.to_string(), "plain 100");
        assert_eq!(Priority(70).to_string(), "mkOverride 70");
    }
}
