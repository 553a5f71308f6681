//! Where text leaves the program: colours or none, how wide, with links or without, and readers that go away.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::args::ColorWhen;
use crate::exit::{Report, Status};

/// How wide text is laid out for readers that are no terminal.
const WIDTH_OF_A_PIPE: usize = 80;

/// What is known about the two standard streams.
#[derive(Debug)]
pub struct Output {
    color: ColorChoice,
    /// How many columns there are.
    pub width: usize,
    /// Whether a person looks at it; what goes into a pipe is never cut off.
    pub terminal: bool,
    /// Whether positions are made clickable.
    pub links: bool,
}

impl Output {
    /// What the environment says about the standard streams, and the command line about colours.
    pub fn new(color: ColorWhen) -> Self {
        let color = match color {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        };
        let terminal = io::stdout().is_terminal();
        let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| terminal);
        // Escape sequences of any kind are unwelcome where colours are.
        let escapes = match color {
            ColorChoice::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            fixed => fixed != ColorChoice::Never,
        };
        Self {
            color,
            width: size.map_or(WIDTH_OF_A_PIPE, |(columns, _)| usize::from(columns.0).max(20)),
            terminal,
            links: terminal && escapes && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        }
    }

    /// Says something to a person at once, on standard error.
    pub fn tell(&self, text: &str) {
        // Whoever does not hear it cannot be told that either.
        let _ = to(AutoStream::new(io::stderr(), self.color), text);
    }

    /// Writes a report, and says how the program ends: as the report says, unless its answer is lost on the way.
    pub fn write(&self, report: &Report) -> Status {
        let mut stderr = AutoStream::new(io::stderr(), self.color);
        let status = match to(AutoStream::new(io::stdout(), self.color), &report.stdout) {
            Ok(()) => report.status,
            // A reader that has gone away (`mkwhy … | head`) has what it wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => report.status,
            Err(error) => {
                // If standard error is lost too, the exit code is left.
                let _ = to(&mut stderr, &format!("error: cannot write the answer: {error}\n"));
                Status::Usage
            }
        };
        let _ = to(&mut stderr, &report.stderr);
        status
    }
}

fn to(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
