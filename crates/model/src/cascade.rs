//! Definitions, what became of them, and the cascade that they form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Message, OptionPath, Order, Position, Priority, Value, Written};

/// How a cascade is known. Unknown is never the same as empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Knowledge {
    /// Nix evaluated the configuration as it is now.
    Evaluated,
    /// Nix evaluated an earlier text of the configuration.
    Stale,
    /// Only read from source text; conditions are undecided.
    Syntax {
        /// Why it was not evaluated; `None` where that was not asked for.
        because: Option<Message>,
    },
    /// It could not be evaluated.
    Failed {
        /// Nix's message.
        message: Message,
    },
}

/// What became of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It alone has the best priority: it decides the value.
    Wins,
    /// One of several of the best priority, which are merged.
    Merged,
    /// One of several of the best priority, which cannot be merged: Nix refuses the value.
    Conflicts,
    /// It is active, but a stronger definition exists (or, in a plain set, a later one).
    Shadowed {
        /// The indices, in the cascade, of those that were stronger.
        by: Vec<usize>,
    },
    /// One of its conditions is false.
    Inactive {
        /// The index of that condition in [`Definition::conditions`].
        condition: usize,
    },
    /// It stands in a larger definition that lost as a whole, at an option further out.
    Dropped {
        /// That option.
        parent: OptionPath,
        /// The priority that the larger definition had there.
        // The outcome stands flat in a definition, which has a `priority` of its own.
        #[serde(rename = "parent_priority")]
        priority: Option<Priority>,
    },
    /// Whether it takes part cannot be known, because a condition cannot be evaluated or was not.
    Undecided,
}

impl Outcome {
    /// Whether the definition takes part in the value (or would, if it could be merged).
    pub fn takes_part(&self) -> bool {
        matches!(self, Self::Wins | Self::Merged | Self::Conflicts)
    }

    /// Its name in one word, for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Wins => "wins",
            Self::Merged => "merged",
            Self::Conflicts => "conflicts",
            Self::Shadowed { .. } => "shadowed",
            Self::Inactive { .. } => "inactive",
            Self::Dropped { .. } => "dropped",
            Self::Undecided => "undecided",
        }
    }
}

/// One `mkIf` around a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// Its source text, where it is written literally.
    pub text: Option<String>,
    /// Whether it holds; `None` where that cannot be evaluated, or was not.
    pub holds: Option<bool>,
}

/// An outer option that a definition went through, from the configuration inwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parent {
    /// The option, for instance `nix.settings` of `nix.settings.cores`.
    pub path: OptionPath,
    /// Where the larger definition stands.
    pub at: Position,
    /// Its priority there, where it was filtered for itself.
    pub priority: Option<Priority>,
}

/// One definition of an option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Definition {
    /// Where it is written: of `a.b.c = 1;` the beginning of the attribute path. Without line where Nix gives none.
    pub at: Position,
    /// The module that it belongs to. Usually the file of [`Definition::at`].
    pub module: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Its override priority; `None` where only evaluating what must not be evaluated would tell.
    pub priority: Option<Priority>,
    /// Its place among those it is merged with; `None` where none of them is ordered.
    pub order: Option<Order>,
    /// The conditions around it, from outside in, up to and including the first that does not hold.
    pub conditions: Vec<Condition>,
    /// Its own value; `None` for one that is inactive, whose value is never evaluated.
    pub value: Option<Value>,
    /// The source text of its value, without the `mk…` functions around it, where it is written literally.
    pub source: Option<String>,
    /// The files whose `imports` brought its module in, from the configuration inwards, without the module itself.
    pub imports: Vec<String>,
    /// The outer options that it went through, from outside in.
    pub parents: Vec<Parent>,
    /// The renamed or aliased option through which it was written.
    pub via: Option<OptionPath>,
    /// Whether this is the `default` of the option's declaration.
    pub declared_default: bool,
    /// Of a list that is merged: which elements of the value (before `apply`) came from this definition.
    pub elements: Option<std::ops::Range<usize>>,
    /// False where a larger definition could only be read as text, and the text does not say whether it
    /// defines this path.
    pub certain: bool,
    /// Where its parts stand in the text.
    pub written: Written,
}

impl Definition {
    /// The file that it belongs to: its module's, or, where the module has none, the one that it stands in.
    pub fn owner(&self) -> &str {
        let nameless = self.module.starts_with('<') || !self.module.ends_with(".nix");
        if nameless { &self.at.file } else { &self.module }
    }

    /// Whether it reached the option: it takes part, or a stronger one is there.
    pub fn is_active(&self) -> bool {
        self.outcome.takes_part() || matches!(self.outcome, Outcome::Shadowed { .. })
    }
}

/// What an option is, from its declaration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Declaration {
    /// Where it is declared; several places where modules extend each other's declarations.
    pub at: Vec<Position>,
    /// Its default, evaluated.
    pub default: Option<Value>,
    /// The text that its documentation shows for the default.
    pub default_text: Option<String>,
    /// Its description, as written.
    pub description: Option<String>,
    /// Whether only one definition is allowed.
    pub read_only: bool,
    /// Whether it is hidden from users' documentation as internal.
    pub internal: bool,
    /// Whether it is shown in documentation.
    pub visible: bool,
    /// Whether the value goes through an `apply` function after the merge.
    pub has_apply: bool,
    /// Whether it only forwards to another option (renamed or aliased).
    pub alias: bool,
}

/// The value that a configuration ends up with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum FinalValue {
    /// The value of `config` at this path.
    Known {
        /// It.
        value: Value,
        /// Plain JSON of it, where that says it whole.
        json: Option<serde_json::Value>,
    },
    /// The configuration shows no such path, because an `apply` further out gave the value another shape;
    /// this is what the definitions merge to.
    Merged {
        /// It.
        value: Value,
    },
    /// Nothing defines it and it has no default: using it is an error.
    Undefined,
    /// Evaluating it fails.
    Failed {
        /// Nix's message.
        message: Message,
    },
    /// It was not evaluated.
    Unknown,
}

impl FinalValue {
    /// The value, where there is one.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Known { value, .. } | Self::Merged { value } => Some(value),
            _ => None,
        }
    }
}

/// All definitions of one option, and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cascade {
    /// The option.
    pub path: OptionPath,
    /// The target (configuration) that was asked.
    pub target: String,
    /// How this is known.
    pub known: Knowledge,
    /// The description of its type.
    pub option_type: Option<String>,
    /// Its final value.
    pub value: FinalValue,
    /// The merged value before the option's `apply` function, where that changes it.
    pub before_apply: Option<Value>,
    /// Whether two definitions of the winning priority contradict each other, so that Nix refuses the value.
    pub contradiction: bool,
    /// Its declaration; `None` inside attribute sets and freeform types, where nothing declares single attributes.
    pub declaration: Option<Declaration>,
    /// False where definitions exist but no option of this path.
    pub declared: bool,
    /// All definitions: those that decide in merge order, then the shadowed, the inactive and the dropped ones.
    pub definitions: Vec<Definition>,
    /// Whether Nix's own list of winners (`files`, `highestPrio`) is the one shown here; `None` where Nix keeps none.
    pub agrees: Option<bool>,
    /// What should be known about this answer, in sentences.
    pub notes: Vec<String>,
}

/// The definitions of one priority.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier<'a> {
    /// Their priority.
    pub priority: Priority,
    /// They, in the cascade's order.
    pub definitions: Vec<&'a Definition>,
}

impl Cascade {
    /// The definitions that decide the value, in merge order.
    pub fn winners(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.iter().filter(|definition| definition.outcome.takes_part())
    }

    /// Whether only some definitions are known, all of which are off: Nix listed what is off of a larger set, and nobody looked
    /// who else defines this.
    pub fn is_partial(&self) -> bool {
        let is_off =
            |definition: &Definition| matches!(definition.outcome, Outcome::Inactive { .. } | Outcome::Undecided);
        !matches!(self.known, Knowledge::Syntax { because: None } | Knowledge::Failed { .. })
            && self.value == FinalValue::Unknown
            && self.option_type.is_none()
            && self.declaration.is_none()
            && self.definitions.iter().all(is_off)
    }

    /// The active definitions that reached this option, by priority, the strongest first: the best tier is merged,
    /// the others are shadowed.
    pub fn tiers(&self) -> Vec<Tier<'_>> {
        let mut tiers: Vec<Tier<'_>> = Vec::new();
        for definition in &self.definitions {
            let reached = definition.outcome.takes_part() || matches!(definition.outcome, Outcome::Shadowed { .. });
            let Some(priority) = definition.priority.filter(|_| reached) else { continue };
            match tiers.iter_mut().find(|tier| tier.priority == priority) {
                Some(tier) => tier.definitions.push(definition),
                None => tiers.push(Tier { priority, definitions: vec![definition] }),
            }
        }
        tiers.sort_by_key(|tier| tier.priority.0);
        tiers
    }
}

/// What there is at a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Found {
    /// An option, or something inside one.
    Cascade {
        /// Its cascade.
        cascade: Box<Cascade>,
    },
    /// No option but a set of options.
    Namespace {
        /// The path.
        path: OptionPath,
        /// The names in it.
        names: Vec<String>,
    },
    /// Nothing.
    Missing {
        /// The path.
        path: OptionPath,
        /// The nearest paths there are, the nearest first.
        suggestions: Vec<OptionPath>,
    },
    /// The path leads into a value that the module system keeps closed (a function, a module for elsewhere).
    Opaque {
        /// The path.
        path: OptionPath,
        /// The option that is closed.
        option: OptionPath,
        /// Its type.
        option_type: Option<String>,
    },
    /// The definitions there could not be evaluated at all.
    Failed {
        /// The path.
        path: OptionPath,
        /// Nix's message.
        message: Message,
    },
}

/// The answer to a question about one path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The target that was asked.
    pub target: String,
    /// How this is known.
    pub known: Knowledge,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
}
