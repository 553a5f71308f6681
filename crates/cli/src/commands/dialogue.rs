//! Questions to a person on a terminal. All of it goes to standard error: standard output has the answer alone.

use tokio::io::{AsyncBufReadExt as _, BufReader, Stdin};

use crate::exit::{Failure, FailureKind};
use crate::output::Output;

/// A way to answer.
pub struct Way<T> {
    /// The letter to type.
    pub key: char,
    /// What it means, beginning with the letter.
    pub word: &'static str,
    /// What it stands for.
    pub answer: T,
}

/// A conversation.
pub struct Dialogue<'a> {
    output: &'a Output,
    input: BufReader<Stdin>,
}

impl<'a> Dialogue<'a> {
    pub fn new(output: &'a Output) -> Self {
        Self { output, input: BufReader::new(tokio::io::stdin()) }
    }

    /// Shows something.
    pub fn tell(&self, text: &str) {
        self.output.tell(text);
    }

    /// Asks until the answer is one of the ways; the end of the input is the last of them.
    pub async fn ask<T: Copy>(&mut self, question: &str, ways: &[Way<T>]) -> Result<T, Failure> {
        let words: Vec<String> =
            ways.iter().map(|way| format!("[{}]{}", way.key, &way.word[way.key.len_utf8()..])).collect();
        let last = ways.last().map(|way| way.answer);
        loop {
            self.output.tell(&format!("{question} {}: ", words.join(" ")));
            let mut line = String::new();
            let read = self.input.read_line(&mut line).await.map_err(|wrong| unreadable(&wrong))?;
            if let Some(last) = last.filter(|_| read == 0) {
                self.output.tell("\n");
                return Ok(last);
            }
            let typed = line.trim().to_lowercase();
            let way = ways.iter().find(|way| typed == way.word || typed.chars().eq([way.key]));
            if let Some(way) = way {
                return Ok(way.answer);
            }
        }
    }
}

fn unreadable(wrong: &std::io::Error) -> Failure {
    Failure {
        message: format!("the answer cannot be read: {wrong}"),
        at: None,
        help: Some("--yes asks nothing, --dry-run only shows".to_owned()),
        kind: FailureKind::Usage,
        trace: Vec::new(),
    }
}
