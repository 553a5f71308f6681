//! Option paths, in the syntax of Nix's attribute paths.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One step of an [`OptionPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// An attribute name, without quotes or escapes.
    Name(String),
    /// An element of a list, counted from 0; written `[2]`.
    Index(usize),
}

/// The path of an option, or of an attribute or list element inside an option's value.
///
/// Written and read in Nix's attribute-path syntax, with quoted parts where a name is no identifier, and
/// list elements as `[N]`:
///
/// ```
/// use mkwhy_model::OptionPath;
/// let path: OptionPath = r#"services."my.site".listen.[0].port"#.parse().unwrap();
/// assert_eq!(path.segments().len(), 5);
/// assert_eq!(path.to_string(), r#"services."my.site".listen.[0].port"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct OptionPath(Vec<Segment>);

/// Why a text is not an option path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePathError {
    /// Two dots in a row, or a dot at the beginning or end. The number is the byte offset.
    #[error("a name is missing at offset {0}")]
    EmptySegment(usize),
    /// A quoted name without its closing quote. The number is the byte offset of the opening one.
    #[error("the quote at offset {0} is not closed")]
    UnclosedQuote(usize),
    /// A list index that is not `[` digits `]`. The number is the byte offset.
    #[error("a list index is written [0], [1], …: see offset {0}")]
    BadIndex(usize),
    /// `${…}` in a name: what it stands for is known to Nix alone. The number is the byte offset.
    #[error("a computed name (${{…}}) at offset {0}: write the name that it stands for")]
    Interpolation(usize),
    /// Something else than a dot after a segment, or a character that needs quotes.
    #[error("unexpected {found:?} at offset {offset}: names with such characters are written in quotes")]
    Unexpected {
        /// The character.
        found: char,
        /// Its byte offset.
        offset: usize,
    },
}

impl OptionPath {
    /// The path with these segments.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self(segments)
    }

    /// The path with these names, none of which is read as an index.
    pub fn from_names<I, S>(names: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self(names.into_iter().map(|name| Segment::Name(name.into())).collect())
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the root, the path without segments.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `prefix` is this path or an ancestor of it.
    pub fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// This path with one more name.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Name(name.to_owned()));
        Self(segments)
    }

    /// This path followed by more steps.
    #[must_use]
    pub fn join(&self, rest: &[Segment]) -> Self {
        Self(self.0.iter().chain(rest).cloned().collect())
    }

    /// The path without its last segment; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, init)| Self(init.to_vec()))
    }
}

/// Whether Nix reads the name as an identifier, so that it needs no quotes.
fn is_identifier(name: &str) -> bool {
    const KEYWORDS: [&str; 9] = ["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"];
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
        && !KEYWORDS.contains(&name)
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) if is_identifier(name) => f.write_str(name),
            Self::Name(name) => f.write_str(&quote(name)),
        }
    }
}

/// A string as a Nix string literal.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl fmt::Display for OptionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, segment) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(".")?;
            }
            write!(f, "{segment}")?;
        }
        Ok(())
    }
}

impl FromStr for OptionPath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = Vec::new();
        if text.is_empty() {
            return Ok(Self(segments));
        }
        let mut at = 0;
        loop {
            let (segment, end) = parse_segment(text, at)?;
            segments.push(segment);
            at = end;
            match text[at..].chars().next() {
                None => return Ok(Self(segments)),
                Some('.') => at += 1,
                // `a[2]` is what people type; it means `a.[2]`.
                Some('[') => {}
                Some(found) => return Err(ParsePathError::Unexpected { found, offset: at }),
            }
        }
    }
}

/// The segment that begins at byte `at`, and the offset after it.
fn parse_segment(text: &str, at: usize) -> Result<(Segment, usize), ParsePathError> {
    let rest = &text[at..];
    match rest.chars().next() {
        None | Some('.') => Err(ParsePathError::EmptySegment(at)),
        Some('"') => parse_quoted(text, at),
        Some('[') => {
            let close = rest.find(']').ok_or(ParsePathError::BadIndex(at))?;
            let index = rest[1..close].parse().map_err(|_| ParsePathError::BadIndex(at))?;
            Ok((Segment::Index(index), at + close + 1))
        }
        Some(_) if rest.starts_with("${") => Err(ParsePathError::Interpolation(at)),
        Some(_) => {
            // Generous: `vm.swappiness`-like names with digits in front are common, and unambiguous here.
            let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '@' | '+' | ':' | '/');
            let len = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
            if len == 0 {
                let found = rest.chars().next().unwrap_or_default();
                return Err(ParsePathError::Unexpected { found, offset: at });
            }
            Ok((Segment::Name(rest[..len].to_owned()), at + len))
        }
    }
}

fn parse_quoted(text: &str, at: usize) -> Result<(Segment, usize), ParsePathError> {
    let mut name = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((offset, c)) = chars.next() {
        match c {
            '"' => return Ok((Segment::Name(name), at + 1 + offset + 1)),
            '\\' => match chars.next() {
                Some((_, 'n')) => name.push('\n'),
                Some((_, 'r')) => name.push('\r'),
                Some((_, 't')) => name.push('\t'),
                Some((_, other)) => name.push(other),
                None => return Err(ParsePathError::UnclosedQuote(at)),
            },
            '$' if text[at + 1 + offset..].starts_with("${") => {
                return Err(ParsePathError::Interpolation(at + 1 + offset));
            }
            c => name.push(c),
        }
    }
    Err(ParsePathError::UnclosedQuote(at))
}

impl Serialize for OptionPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OptionPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for OptionPath {
    fn schema_name() -> Cow<'static, str> {
        "OptionPath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An option path in Nix's attribute-path syntax; list elements as [N]."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip(text: &str, names: &[&str]) {
        let path: OptionPath = text.parse().expect("a path");
        assert_eq!(path, OptionPath::from_names(names.iter().copied()));
        let written = path.to_string();
        assert_eq!(written.parse::<OptionPath>().expect("what was written is read"), path);
    }

    #[test]
    fn names_go_both_ways() {
        round_trip("nix.settings.max-jobs", &["nix", "settings", "max-jobs"]);
        round_trip(r#"a."b.c".d"#, &["a", "b.c", "d"]);
        round_trip(r#"a."".d"#, &["a", "", "d"]);
        round_trip(r#"a."q\"\\\n\${x}""#, &["a", "q\"\\\n${x}"]);
        round_trip(r#""if""#, &["if"]);
        round_trip("a.2b", &["a", "2b"]);
        round_trip(r#"a."é ü""#, &["a", "é ü"]);
    }

    #[test]
    fn keywords_and_digits_are_quoted() {
        assert_eq!(OptionPath::from_names(["with", "2b", "a-b'"]).to_string(), r#""with"."2b".a-b'"#);
    }

    #[test]
    fn list_elements() {
        let path: OptionPath = "a.[2].b".parse().expect("a path");
        assert_eq!(path.segments()[1], Segment::Index(2));
        assert_eq!("a[2].b".parse::<OptionPath>().expect("short form"), path);
        assert_eq!(path.to_string(), "a.[2].b");
    }

    #[test]
    fn what_is_no_path_says_where() {
        assert_eq!("a..b".parse::<OptionPath>(), Err(ParsePathError::EmptySegment(2)));
        assert_eq!(".a".parse::<OptionPath>(), Err(ParsePathError::EmptySegment(0)));
        assert_eq!("a.".parse::<OptionPath>(), Err(ParsePathError::EmptySegment(2)));
        assert_eq!("a.\"b".parse::<OptionPath>(), Err(ParsePathError::UnclosedQuote(2)));
        assert_eq!("a.[x]".parse::<OptionPath>(), Err(ParsePathError::BadIndex(2)));
        assert_eq!("a.${b}".parse::<OptionPath>(), Err(ParsePathError::Interpolation(2)));
        assert_eq!("a b".parse::<OptionPath>(), Err(ParsePathError::Unexpected { found: ' ', offset: 1 }));
    }
}
