//! What went wrong, in words.

use super::text::Text;
use super::{BAD, BOLD, DIM, PLAIN};
use crate::exit::Failure;

/// A failure for standard error.
pub fn failure(failure: &Failure, verbose: bool) -> String {
    let mut page = String::new();
    let mut lines = failure.message.lines();
    Text::styled("error: ", BAD).and(lines.next().unwrap_or_default(), PLAIN).end_line(&mut page);
    for line in lines {
        Text::at(7).and(line, PLAIN).end_line(&mut page);
    }
    if let Some(at) = failure.at.as_ref().map(ToString::to_string).filter(|at| !failure.message.contains(at)) {
        Text::at(7).and("at ", DIM).and(&at, PLAIN).end_line(&mut page);
    }
    let shown = if verbose { failure.trace.len() } else { 0 };
    for step in failure.trace.iter().take(shown) {
        step.to_string().lines().for_each(|line| Text::at(7).and(line, DIM).end_line(&mut page));
    }
    if failure.trace.len() > shown {
        Text::at(7).and("(-v shows Nix's trace)", DIM).end_line(&mut page);
    }
    if let Some(help) = &failure.help {
        Text::styled("help: ", BOLD).and(help, PLAIN).end_line(&mut page);
    }
    page
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use mkwhy::{Message, Position};

    use super::*;
    use crate::exit::FailureKind;
    use crate::render::samples::plain;

    #[test]
    fn a_failure_has_place_trace_and_next_step() {
        let error = Failure {
            message: "syntax error, unexpected '}'\nexpecting ';'".into(),
            at: Some(Position { file: "a.nix".into(), line: Some(3), column: Some(1) }),
            help: Some("look at the line above".into()),
            kind: FailureKind::Evaluation,
            trace: vec![Message::new("while evaluating the module")],
        };
        expect![[r#"
            error: syntax error, unexpected '}'
                   expecting ';'
                   at a.nix:3:1
                   (-v shows Nix's trace)
            help: look at the line above
        "#]]
        .assert_eq(&plain(&failure(&error, false)));
        assert!(failure(&error, true).contains("while evaluating the module"));
        let named = Failure { message: "a.nix:3:1: syntax error".into(), ..error };
        assert!(!plain(&failure(&named, false)).contains("at a.nix"), "the place is not said twice");
    }
}
