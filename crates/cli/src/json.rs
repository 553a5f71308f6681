//! What `--json` prints: versioned documents around the data of the library, and their schema.

mod fix;

use mkwhy::{Answer, Findings, Listing, Matrix, Rule, Target};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, Serializer};

use crate::exit::Failure;

pub use fix::{FixOutcome, Fixed, Moved};

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
    /// `mkwhy check`
    Check(Findings),
    /// `mkwhy fix`
    Fix(Fixed),
    /// `mkwhy move`
    Move(Moved),
    /// `mkwhy explain`
    Explain {
        /// The rule that was asked for, or all of them.
        rules: Vec<Explained>,
    },
}

/// A rule of `mkwhy check`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explained {
    /// Its name.
    code: &'static str,
    /// The level of what it finds, unless `mkwhy.toml` says another.
    level: mkwhy::Level,
    /// What it finds, in one line.
    title: &'static str,
    /// Its documentation: what, why it is bad, an example before and after. CommonMark.
    page: &'static str,
}

impl From<&Rule> for Explained {
    fn from(rule: &Rule) -> Self {
        Self { code: rule.code, level: rule.level, title: rule.title, page: rule.page }
    }
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

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use mkwhy::{Cascade, FinalValue, Found, Message, Value};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::exit::FailureKind;
    use crate::render::{fix_samples, samples};

    fn why(found: Found) -> Json {
        parse(&answer(Body::Why(Answer { target: "laptop".into(), known: mkwhy::Knowledge::Evaluated, found })))
    }

    fn cascade(cascade: Cascade) -> Json {
        why(Found::Cascade { cascade: Box::new(cascade) })
    }

    fn parse(text: &str) -> Json {
        serde_json::from_str(text).expect("a document is JSON")
    }

    /// A document of each kind.
    fn documents() -> Vec<(&'static str, Json)> {
        let path = || samples::path("a.b");
        let failure = Failure {
            message: "a.nix:1:2: syntax error".into(),
            at: Some(samples::at("a.nix", 1, 2)),
            help: None,
            kind: FailureKind::Evaluation,
            trace: vec![Message::new("while evaluating")],
        };
        let mut odd = samples::trusted_users();
        odd.before_apply = Some(Value::Property {
            property: "if".into(),
            number: None,
            holds: None,
            contents: vec![Value::Throws, Value::Elided { entries: 3 }, Value::Float { value: 0.5 }],
        });
        odd.value = FinalValue::Merged { value: Value::Function { arguments: vec!["pkgs".into()] } };
        let target = samples::target("laptop", "flake", "flake.nix", true);
        vec![
            ("every outcome", cascade(samples::max_jobs())),
            ("merged", cascade(samples::trusted_users())),
            ("contradiction", cascade(samples::contradiction())),
            ("odd values", cascade(odd)),
            ("namespace", why(Found::Namespace { path: path(), names: vec!["c".into()] })),
            ("missing", why(Found::Missing { path: path(), suggestions: vec![path()] })),
            ("opaque", why(Found::Opaque { path: path(), option: path(), option_type: None })),
            ("failed", why(Found::Failed { path: path(), message: Message::new("no") })),
            ("ls", parse(&answer(Body::Ls(samples::listing())))),
            ("dups", parse(&answer(Body::Dups(samples::matrix())))),
            ("targets", parse(&answer(Body::Targets { targets: vec![target] }))),
            ("fix", parse(&answer(Body::Fix(fix_samples::fixed())))),
            ("move", parse(&answer(Body::Move(fix_samples::moved())))),
            ("check", parse(&answer(Body::Check(samples::findings())))),
            (
                "explain",
                parse(&answer(Body::Explain { rules: mkwhy::RULES.iter().map(|rule| (*rule).into()).collect() })),
            ),
            ("error", parse(&error(Some("why"), failure.clone()))),
            ("usage error", parse(&error(None, failure))),
        ]
    }

    fn validator() -> jsonschema::Validator {
        jsonschema::validator_for(&parse(&schema())).expect("the schema is one")
    }

    #[test]
    fn the_published_schema_is_current() {
        // After a change that is meant: UPDATE_EXPECT=1 cargo test -p mkwhy-cli
        expect_file!["../../../schema/mkwhy-1.schema.json"].assert_eq(&schema());
    }

    #[test]
    fn every_document_fits_the_schema() {
        let validator = validator();
        for (name, document) in documents() {
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}\n{document:#}");
            assert_eq!(document["version"], 1, "{name}");
        }
    }

    #[test]
    fn the_schema_refuses_what_is_no_document() {
        let validator = validator();
        let refused = |change: fn(&mut Json)| {
            let mut document = cascade(samples::max_jobs());
            assert!(validator.is_valid(&document));
            change(&mut document);
            assert!(!validator.is_valid(&document), "{document:#}");
        };
        refused(|document| document["version"] = json!(2));
        refused(|document| document["command"] = json!("frob"));
        refused(|document| document["found"] = json!("nothing"));
        refused(|document| document["cascade"]["definitions"][0]["outcome"] = json!("triumphs"));
        refused(|document| document["cascade"]["definitions"][0]["at"] = json!("a.nix:1:2"));
        refused(|document| document["cascade"]["definitions"][0]["priority"] = json!("mkForce"));
        refused(|document| document["cascade"]["value"] = json!(2));
        refused(|document| {
            document.as_object_mut().expect("an object").remove("target");
        });
    }

    /// Programs that read the documents get back what was written; no field hides another of the same name.
    #[test]
    fn answers_are_read_back() {
        for sample in [samples::max_jobs(), samples::trusted_users(), samples::contradiction()] {
            let asked = Answer {
                target: "laptop".into(),
                known: mkwhy::Knowledge::Evaluated,
                found: Found::Cascade { cascade: Box::new(sample) },
            };
            let text = answer(Body::Why(asked.clone()));
            assert_eq!(serde_json::from_str::<Answer>(&text).expect("an answer"), asked);
        }
        let text = answer(Body::Check(samples::findings()));
        assert_eq!(serde_json::from_str::<Findings>(&text).expect("findings"), samples::findings());
        let text = answer(Body::Dups(samples::matrix()));
        assert_eq!(serde_json::from_str::<Matrix>(&text).expect("a matrix"), samples::matrix());
    }
}
