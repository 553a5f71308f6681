//! What `--json` prints: versioned documents around the data of the library, and their schema.

use mkwhy::{Answer, Listing, Matrix, Target};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, Serializer};

use crate::exit::Failure;

/// The version of the format. It grows when a field is removed or changes its meaning, not when one is added.
#[derive(Debug, Clone, Copy)]
pub struct Version;

impl Version {
    const NUMBER: u32 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::NUMBER)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "The version of the format. It grows when a field is removed or changes its meaning, not when one is added.",
            "const": Self::NUMBER
        })
    }
}

/// One document of `mkwhy --json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Document {
    /// An answer.
    Answer(AnswerDocument),
    /// A failure. The exit code says of which kind, as without `--json`.
    Error(ErrorDocument),
}

/// An answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AnswerDocument {
    version: Version,
    #[serde(flatten)]
    body: Body,
}

/// A failure.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorDocument {
    version: Version,
    /// The command that failed; null where the command line could not be read.
    command: Option<String>,
    /// What went wrong.
    error: Failure,
}

/// The answer of each command.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Body {
    /// `mkwhy why`
    Why(Answer),
    /// `mkwhy ls`
    Ls(Listing),
    /// `mkwhy dups`
    Dups(Matrix),
    /// `mkwhy targets`
    Targets {
        /// The configurations that can be asked.
        targets: Vec<Target>,
    },
}

/// The text of an answer's document.
pub fn answer(body: Body) -> String {
    text(&Document::Answer(AnswerDocument { version: Version, body }))
}

/// The text of a failure's document.
pub fn error(command: Option<&str>, error: Failure) -> String {
    text(&Document::Error(ErrorDocument { version: Version, command: command.map(str::to_owned), error }))
}

/// The JSON Schema of all documents.
pub fn schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "What `mkwhy --json` prints, version 1".into());
    text(&schema)
}

fn text(value: &impl Serialize) -> String {
    // Neither maps with keys that are no strings nor failing `Serialize` implementations occur in these types.
    let mut text = serde_json::to_string_pretty(value).expect("plain data becomes JSON");
    text.push('\n');
    text
}
