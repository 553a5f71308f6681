//! What editors can ask beside the protocol's own requests. All names begin with `mkwhy/`.
//!
//! | request | parameters | answer |
//! |---|---|---|
//! | `mkwhy/cascade` | [`CascadeParams`] | the [`Cascade`], or null |
//! | `mkwhy/duplicates` | [`FolderParams`] | [`Matrix`] |
//! | `mkwhy/targets` | [`FolderParams`] | [`Targets`] |
//! | `mkwhy/setTarget` | [`SetTargetParams`] | null |
//! | `mkwhy/imports` | [`ImportsParams`] | [`Imports`] |
//! | `mkwhy/evaluate` | [`FolderParams`] | null |
//! | `mkwhy/items` | [`ItemsParams`] | the [`DocumentItem`]s, or null |
//! | `mkwhy/options` | [`FolderParams`] | [`OptionEntry`]s, or null |
//! | `mkwhy/modules` | [`FolderParams`] | [`ModuleEntry`]s, or null |
//! | `mkwhy/fixes` | [`FixesParams`] | [`FixEntry`]s |
//! | `mkwhy/proof` | [`ProofParams`] | [`FixAnswer`]; it takes as long as Nix does, with progress |
//! | `mkwhy/text` | [`TextParams`] | the document's [`DocumentText`] as the server has it, or null; for looking for defects |
//! | `mkwhy/setTrust` (notification) | [`TrustParams`] | |
//! | `mkwhy/status` (notification of the server) | [`Status`](crate::evaluation::Status) | |

use std::collections::BTreeMap;

use mkwhy::{Cascade, FinalValue, Matrix, OptionPath, Priority, Target};
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::{Position, Range, TextDocumentIdentifier, Url, WorkspaceEdit};

/// An option by its path, or the one at a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CascadeParams {
    /// A document of the folder.
    pub text_document: TextDocumentIdentifier,
    /// A place in it.
    pub position: Option<Position>,
    /// Or an option's path.
    pub option: Option<String>,
}

/// A folder, by any document or folder in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderParams {
    /// A document or folder; the first folder where there is none.
    pub uri: Option<Url>,
}

/// Which target is to be the active one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetTargetParams {
    /// A document or folder; the first folder where there is none.
    pub uri: Option<Url>,
    /// The target's name.
    pub target: String,
}

/// Whether the person trusts the folders.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustParams {
    /// It.
    pub trusted: bool,
}

/// The targets of a folder.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Targets {
    /// All that are known.
    pub targets: Vec<Target>,
    /// The name of the active one.
    pub active: Option<String>,
}

/// A module.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportsParams {
    /// Its document.
    pub text_document: TextDocumentIdentifier,
}

/// What a module imports, and what imports it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imports {
    /// The files that it imports.
    pub imports: Vec<Url>,
    /// The files that import it.
    pub importers: Vec<Url>,
}

/// What is to be fixed: what stands at a place, or an option in a document.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixesParams {
    /// The document; it has to be open.
    pub text_document: TextDocumentIdentifier,
    /// A place in it.
    pub position: Option<Position>,
    /// Or an option's path.
    pub option: Option<String>,
}

/// A fix that is offered.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FixEntry {
    /// By which it can be tried.
    pub id: String,
    /// What it does.
    pub title: String,
    /// Its kind, as code actions have it.
    pub kind: String,
    /// Whether it is the one to take.
    pub preferred: bool,
    /// Whether it does what it says and nothing else; null where it was not tried with these texts.
    pub proved: Option<bool>,
    /// What came of trying it, in a line.
    pub verdict: Option<String>,
    /// Why it cannot be taken now.
    pub disabled: Option<String>,
}

/// Which fix is to be tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofParams {
    /// That of a [`FixEntry`].
    pub id: String,
}

/// What comes of a fix.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FixAnswer {
    /// What it does, with what came of trying it.
    pub title: String,
    /// Whether it does what it says and nothing else.
    pub proved: bool,
    /// What came of trying it, in a line.
    pub verdict: String,
    /// The values that it changes.
    pub values: Vec<FixValue>,
    /// Which targets could not be compared, and why.
    pub failures: Vec<String>,
    /// What should be known about it.
    pub remarks: Vec<String>,
    /// The definitions that stay where they are, and why.
    pub left: Vec<String>,
    /// The files that Git has to be told of for Nix to see them.
    pub to_add: Vec<String>,
    /// It, to be applied.
    pub edit: WorkspaceEdit,
}

/// A value that a fix changes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FixValue {
    /// The target.
    pub target: String,
    /// The option.
    pub option: OptionPath,
    /// Its value before.
    pub before: FinalValue,
    /// Its value after.
    pub after: FinalValue,
    /// Whether that is what the fix is for.
    pub meant: bool,
}

/// A document.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextParams {
    /// It.
    pub text_document: TextDocumentIdentifier,
}

/// A document as the server has it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentText {
    /// Its text.
    pub text: String,
    /// The version that the client gave it.
    pub version: i32,
}

/// The answer of `mkwhy/cascade`.
pub type CascadeAnswer = Option<Cascade>;

/// The answer of `mkwhy/duplicates`.
pub type DuplicatesAnswer = Option<Matrix>;

/// A document.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemsParams {
    /// It; it has to be open.
    pub text_document: TextDocumentIdentifier,
}

/// One definition in a document, as it is known now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentItem {
    /// The whole binding.
    pub range: Range,
    /// The attribute path in it.
    pub name: Range,
    /// The option.
    pub option: String,
    /// What became of it, in one word.
    pub outcome: String,
    /// Whether nothing else defines the option, its default aside.
    pub alone: bool,
    /// Its priority, where it is known.
    pub priority: Option<Priority>,
    /// What its hint says; empty where there is nothing to say.
    pub hint: String,
}

/// An option that the person's own modules define.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OptionEntry {
    /// Its path.
    pub path: OptionPath,
    /// The parts of the path, from outside in.
    pub segments: Vec<String>,
    /// Its final value, shortened; `None` where it has none or it is not known.
    pub value: Option<String>,
    /// Whether two definitions of the winning priority contradict each other.
    pub contradiction: bool,
    /// How many definitions lost.
    pub lost: usize,
}

/// A module of a folder.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleEntry {
    /// Its document.
    pub uri: Url,
    /// Its path in the folder.
    pub file: String,
    /// The numbers, in the answer, of the modules that it imports.
    pub imports: Vec<usize>,
    /// How many of its definitions became what; empty where nothing was evaluated.
    pub outcomes: BTreeMap<String, usize>,
}
