//! What editors can ask beside the protocol's own requests. All names begin with `mkwhy/`.
//!
//! | request | parameters | answer |
//! |---|---|---|
//! | `mkwhy/cascade` | [`CascadeParams`] | [`ShownCascade`], or null |
//! | `mkwhy/duplicates` | [`FolderParams`] | [`Matrix`] |
//! | `mkwhy/targets` | [`FolderParams`] | [`Targets`] |
//! | `mkwhy/setTarget` | [`SetTargetParams`] | null |
//! | `mkwhy/imports` | [`ImportsParams`] | [`Imports`] |
//! | `mkwhy/evaluate` | [`FolderParams`] | [`EvaluateAnswer`]: whether an evaluation begins, and why not; `mkwhy/status` says what comes of it |
//! | `mkwhy/items` | [`ItemsParams`] | the [`DocumentItem`]s, or null |
//! | `mkwhy/options` | [`FolderParams`] | [`OptionEntry`]s, or null |
//! | `mkwhy/children` | [`ChildrenParams`] | what is right under a path: [`ChildEntry`]s, or null |
//! | `mkwhy/rule` | [`RuleParams`] | [`RulePage`], or null |
//! | `mkwhy/modules` | [`FolderParams`] | [`ModuleEntry`]s, or null |
//! | `mkwhy/fixes` | [`FixesParams`] | [`FixEntry`]s |
//! | `mkwhy/proof` | [`ProofParams`] | [`FixAnswer`]; it takes as long as Nix does, with progress |
//! | `mkwhy/text` | [`TextParams`] | the document's [`DocumentText`] as the server has it, or null; for looking for defects |
//! | `mkwhy/setTrust` (notification) | [`TrustParams`] | |
//! | `mkwhy/status` (notification of the server) | [`Status`](crate::evaluation::Status) | |
//!
//! Integers beyond ±2^53 are strings in all answers: most clients read numbers as doubles, which would lose their last digits.
//!
//! A client with `experimental.mkwhy.triesFixes` among its capabilities shows what came of a fix before it applies it: its
//! code actions have the command `mkwhy.tryFix` in the place of an edit, with one argument, `{ id, title, kind }`, for
//! `mkwhy/proof`. Those of the kind `source` keep their edits: what is done when a file is saved is not looked at first.

use std::collections::BTreeMap;

use mkwhy::{Cascade, FinalValue, Level, Matrix, OptionPath, Priority, Target};
use serde::{Deserialize, Serialize, Serializer};
use tower_lsp::lsp_types::{Location, Position, Range, TextDocumentIdentifier, Url, WorkspaceEdit};

use crate::exact::{self, Exact};

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

/// What came of the wish that a folder be evaluated.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluateAnswer {
    /// Whether an evaluation begins.
    pub started: bool,
    /// Why not.
    pub refused: Option<Refusal>,
    /// The same in a sentence for a person.
    pub message: Option<String>,
}

/// Why nothing is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The person does not trust the folder.
    Untrusted,
    /// There is no configuration, or none that can be read.
    NoConfiguration,
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
    #[serde(serialize_with = "exact::serialize")]
    pub before: FinalValue,
    /// Its value after.
    #[serde(serialize_with = "exact::serialize")]
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
pub type CascadeAnswer = Option<ShownCascade>;

/// The answer of `mkwhy/duplicates`.
pub type DuplicatesAnswer = Option<Exact<Matrix>>;

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

/// A cascade with what an editor cannot find out for itself. It is the [`Cascade`]; each of its definitions has the fields
/// of its [`ShownDefinition`] beside its own.
#[derive(Debug, Clone)]
pub struct ShownCascade {
    /// The cascade.
    pub cascade: Cascade,
    /// Its definitions, in its order.
    pub definitions: Vec<ShownDefinition>,
    /// `conclusion`: who decides and why, in sentences.
    pub conclusion: Vec<String>,
    /// `declared_at`: where the option is declared.
    pub declared_at: Vec<Location>,
}

/// What is added to a definition of a cascade.
#[derive(Debug, Clone, Serialize)]
pub struct ShownDefinition {
    /// Where it stands.
    pub location: Option<Location>,
    /// The files whose imports brought its module in, from outside in.
    pub imported_by: Vec<Url>,
    /// Whether it lost, and so is struck out.
    pub struck: bool,
    /// Why it does not decide, in a sentence.
    pub why_not: Option<String>,
}

impl Serialize for ShownCascade {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let mut whole = serde_json::to_value(&self.cascade).map_err(S::Error::custom)?;
        let definitions = whole.get_mut("definitions").and_then(serde_json::Value::as_array_mut);
        for (definition, shown) in definitions.into_iter().flatten().zip(&self.definitions) {
            let shown = serde_json::to_value(shown).map_err(S::Error::custom)?;
            if let (Some(definition), serde_json::Value::Object(shown)) = (definition.as_object_mut(), shown) {
                definition.extend(shown);
            }
        }
        exact::exact(&mut whole);
        whole["conclusion"] = serde_json::to_value(&self.conclusion).map_err(S::Error::custom)?;
        whole["declared_at"] = serde_json::to_value(&self.declared_at).map_err(S::Error::custom)?;
        whole.serialize(serializer)
    }
}

/// A path of a folder's options.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildrenParams {
    /// A document or folder; the first folder where there is none.
    pub uri: Option<Url>,
    /// The path; empty for the root.
    #[serde(default)]
    pub prefix: String,
}

/// A name right under a path, of an option or of a set of options. Everything that is known is counted, not everything
/// that there is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildEntry {
    /// The name.
    pub name: String,
    /// The whole path.
    pub path: OptionPath,
    /// Whether the person's own modules set it as an option.
    pub is_option: bool,
    /// How many settings of the person's own modules are there and underneath.
    pub settings: usize,
    /// How many definitions those have; 0 where nothing was evaluated.
    pub definitions: usize,
    /// How many of them contradict each other.
    pub contradictions: usize,
}

/// A rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleParams {
    /// Its code.
    pub code: String,
}

/// The documentation of a rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RulePage {
    /// Its code.
    pub code: String,
    /// What it finds, in a line.
    pub title: String,
    /// The level of its findings, unless `mkwhy.toml` says another.
    pub level: Level,
    /// What, why it is bad, and an example, in Markdown.
    pub page: String,
}

#[cfg(test)]
mod tests {
    /// Nobody can ask what is written nowhere.
    #[test]
    fn every_request_is_in_the_table() {
        let page = include_str!("requests.rs");
        let registered = include_str!("lib.rs").split("custom_method(\"").skip(1);
        let names: Vec<&str> = registered.filter_map(|text| text.split('"').next()).collect();
        let own: Vec<&&str> = names.iter().filter(|name| name.starts_with("mkwhy/")).collect();
        assert!(own.len() > 10, "{own:?}");
        for name in own {
            let row = format!("//! | `{name}`");
            assert!(page.contains(&row), "{name} has no row");
        }
        let rows = page.lines().filter(|line| line.starts_with("//! | `mkwhy/"));
        let of_the_server = |line: &&str| !line.contains("of the server");
        for row in rows.filter(of_the_server) {
            let name = row.split('`').nth(1).unwrap_or_default();
            assert!(names.contains(&name), "{name} is not answered");
        }
    }
}
