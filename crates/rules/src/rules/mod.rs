//! The rules, one file each.

pub(crate) mod conflicting_definitions;
pub(crate) mod dropped_contribution;
pub(crate) mod duplicate_definition;
pub(crate) mod duplicate_element;
pub(crate) mod inactive_definition;
mod local;
pub(crate) mod local_contradiction;
pub(crate) mod local_duplicate;
pub(crate) mod needless_force;
pub(crate) mod needless_order;
pub(crate) mod read_only_option;
pub(crate) mod redundant_definition;
pub(crate) mod renamed_option;
pub(crate) mod same_as_default;
pub(crate) mod shadowed_definition;
pub(crate) mod unknown_option;
pub(crate) mod unused_allow;
pub(crate) mod wrong_type;
pub(crate) mod yielded_default;
