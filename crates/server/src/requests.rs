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
//! | `mkwhy/text` | [`TextParams`] | the document's [`DocumentText`] as the server has it, or null; for looking for defects |
//! | `mkwhy/setTrust` (notification) | [`TrustParams`] | |
//! | `mkwhy/status` (notification of the server) | [`Status`](crate::evaluation::Status) | |

use mkwhy::{Cascade, Matrix, Target};
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::{Position, TextDocumentIdentifier, Url};

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
