//! Nix's structured log: `@nix {…}` lines on standard error (`--log-format internal-json`).

use mkwhy_model::{Message, Position};
use serde::Deserialize;

/// What the log of one run said.
#[derive(Debug, Default, Clone)]
pub(crate) struct Log {
    /// The error, if there was one.
    pub error: Option<Failure>,
    /// The answers that the probe told on the way.
    pub parts: Vec<String>,
    /// The files that were read, where Nix was to tell.
    pub read: Vec<String>,
    /// Lines that are no structured messages, such as those of a crash.
    pub plain: Vec<String>,
}

/// An error with its trace.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub message: Message,
    /// The innermost first.
    pub trace: Vec<Message>,
}

#[derive(Deserialize)]
struct Line {
    action: String,
    #[serde(default)]
    level: u8,
    #[serde(default)]
    msg: String,
    raw_msg: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    #[serde(default)]
    trace: Vec<TraceLine>,
}

#[derive(Deserialize)]
struct TraceLine {
    raw_msg: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
}

const MARK: &str = "mkwhy:";
const PART: &str = "trace: mkwhy-part:";
const READ: &str = "evaluating file '";

impl Log {
    pub(crate) fn parse(stderr: &str) -> Self {
        let mut log = Self::default();
        for line in stderr.lines() {
            let Some(json) = line.strip_prefix("@nix ") else {
                log.plain.push(line.to_owned());
                continue;
            };
            let Ok(line) = serde_json::from_str::<Line>(json) else { continue };
            if let Some(part) = line.msg.strip_prefix(PART) {
                log.parts.push(part.to_owned());
                continue;
            }
            if let Some(file) = line.msg.strip_prefix(READ).filter(|_| line.level > 0) {
                log.read.extend(file.strip_suffix('\'').map(str::to_owned));
                continue;
            }
            // Level 0 is also used for hints and warnings: only errors have a raw message.
            if line.action == "msg" && line.level == 0 {
                if let Some(raw) = line.raw_msg {
                    log.error = Some(Failure::new(&raw, &line.msg, line.file, line.line, line.column, line.trace));
                } else if let Some(text) = without_colours(&line.msg).strip_prefix("error: ") {
                    // Errors of the command line and of the store have no structure.
                    log.error.get_or_insert_with(|| Failure { message: Message::new(text.trim()), trace: Vec::new() });
                }
            }
        }
        log
    }
}

impl Failure {
    fn new(
        raw: &str,
        shown: &str,
        file: Option<String>,
        line: Option<u32>,
        column: Option<u32>,
        trace: Vec<TraceLine>,
    ) -> Self {
        let trace: Vec<Message> = trace
            .into_iter()
            .map(|line| Message {
                text: without_colours(line.raw_msg.as_deref().unwrap_or_default()),
                at: position(line.file, line.line, line.column),
            })
            .collect();
        let at = position(file, line, column).or_else(|| shown_position(&without_colours(shown)));
        Self { message: Message { text: without_colours(raw).trim().to_owned(), at }, trace }
    }

    /// The label of the part of the probe that failed, the innermost one.
    pub(crate) fn label(&self) -> Option<&str> {
        self.trace.iter().find_map(|line| line.text.strip_prefix(MARK))
    }

    /// The trace without the probe's own lines.
    pub(crate) fn public_trace(&self) -> Vec<Message> {
        self.trace.iter().filter(|line| !line.text.starts_with(MARK)).cloned().collect()
    }

    /// The nearest place in a file: that of the message, or else of its trace.
    pub(crate) fn place(&self) -> Option<Position> {
        self.message.at.clone().or_else(|| self.trace.iter().find_map(|line| line.at.clone()))
    }
}

/// A position in a file. Positions in strings (the probe itself) are none: Nix names them by their text
/// or as `«string»`.
fn position(file: Option<String>, line: Option<u32>, column: Option<u32>) -> Option<Position> {
    let file = file.filter(|file| file.starts_with('/') && !file.contains('\n'))?;
    // Newer Nix repeats the position in the file's name.
    let file = match line {
        Some(line) => file.strip_suffix(&format!(":{line}:{}", column.unwrap_or_default())).unwrap_or(&file).to_owned(),
        None => file,
    };
    Some(Position { file, line, column })
}

/// The first `at FILE:LINE:COLUMN:` of a message for people. A `throw` has its place only there.
fn shown_position(shown: &str) -> Option<Position> {
    // The message proper stands last, after its trace, in newer Nix; its own place follows it.
    let (_, own) = shown.rsplit_once("error: ")?;
    own.lines().find_map(|line| {
        let place = line.trim().strip_prefix("at ")?.strip_suffix(':')?;
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        position(Some(file.to_owned()), line.parse().ok(), column.parse().ok())
    })
}

/// The text without ANSI escape sequences.
pub(crate) fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_and_its_label() {
        let log = Log::parse(concat!(
            r#"@nix {"action":"msg","level":0,"msg":"warning: the group 'nixbld' does not exist"}"#,
            "\n",
            r#"@nix {"action":"msg","column":76,"file":"/a/b.nix","level":0,"line":3,"msg":"error","raw_msg":"attribute '\u001b[35;1mfoo\u001b[0m' missing","trace":[{"raw_msg":"mkwhy:[\"value\",\"a\"]"},{"raw_msg":"mkwhy:[\"cascade\",\"a\"]"}]}"#,
            "\n",
            r#"@nix {"action":"msg","level":0,"msg":"(use '--show-trace' to show detailed location information)"}"#,
        ));
        let failure = log.error.expect("an error");
        assert_eq!(failure.message.text, "attribute 'foo' missing");
        assert_eq!(failure.message.at.as_ref().map(ToString::to_string).as_deref(), Some("/a/b.nix:3:76"));
        assert_eq!(failure.label(), Some(r#"["value","a"]"#));
    }

    #[test]
    fn the_files_that_were_read() {
        let log = Log::parse(
            "@nix {\"action\":\"msg\",\"level\":4,\"msg\":\"evaluating file '/a/it's.nix'\"}\n\
             @nix {\"action\":\"msg\",\"level\":0,\"msg\":\"evaluating file '/b.nix'\"}",
        );
        assert_eq!(log.read, ["/a/it's.nix"]);
    }

    #[test]
    fn newer_nix_repeats_the_position_in_the_file() {
        let log = Log::parse(
            r#"@nix {"action":"msg","column":1,"file":"/a/b.nix:2:1","level":0,"line":2,"msg":"","raw_msg":"x"}"#,
        );
        let at = log.error.and_then(|failure| failure.message.at).expect("a place");
        assert_eq!(at.to_string(), "/a/b.nix:2:1");
    }

    #[test]
    fn a_string_is_no_file() {
        let log = Log::parse(
            r#"@nix {"action":"msg","column":1,"file":"«string»:1:1","level":0,"line":1,"msg":"","raw_msg":"x"}"#,
        );
        assert_eq!(log.error.and_then(|failure| failure.message.at), None);
    }
}
