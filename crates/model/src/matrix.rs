//! Who sets what: settings by modules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Knowledge, Message, OptionPath, Outcome, Position, Priority, Value};

/// Settings by modules: which module defines which setting, at which priority, and who decides it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Matrix {
    /// The target that was asked.
    pub target: String,
    /// How the answer is known.
    pub known: Knowledge,
    /// The modules, by path; the columns.
    pub modules: Vec<String>,
    /// The settings, by path; the rows.
    pub rows: Vec<Row>,
    /// What should be known about this answer, in sentences.
    pub notes: Vec<String>,
}

/// One setting of a [`Matrix`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The setting.
    pub path: OptionPath,
    /// Its final value; `None` where it could not be evaluated or has none.
    pub value: Option<Value>,
    /// Whether two definitions of its winning priority contradict each other.
    pub contradiction: bool,
    /// Why the definitions or the value are not known.
    pub error: Option<Message>,
    /// One for each definition in the modules of the matrix, in the order of the modules.
    pub cells: Vec<Cell>,
}

/// One definition in a [`Row`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// The index of its module in [`Matrix::modules`].
    pub module: usize,
    /// Its priority, where it is known.
    pub priority: Option<Priority>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Where it stands.
    pub at: Position,
}

/// An option that the person's own modules define.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its path.
    pub path: OptionPath,
    /// Its final value, where it has one that could be evaluated.
    pub value: Option<Value>,
    /// How many definitions the person's own files hold, of every outcome.
    pub definitions: usize,
    /// In how many of the person's own files.
    pub files: usize,
    /// Whether no option of this path is declared.
    pub undeclared: bool,
    /// Whether two definitions of its winning priority contradict each other.
    pub contradiction: bool,
    /// Why its value is not known.
    pub error: Option<Message>,
}
