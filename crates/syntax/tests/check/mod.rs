//! What holds of the summary of every text, Nix or not. The tests and the fuzz target include this file.

use mkwhy_syntax::summary::{Bound, Part};
use mkwhy_syntax::{Source, Span, Summary};

/// Reads a text and looks at all that was read.
pub fn check(text: &str) {
    let summary = Summary::parse(text);
    let places = places(&summary);
    check_lines(&summary);
    check_free_names(&summary);
    // This parses a text three times.
    let again = match text.len() < 10_000 {
        true => Summary::of(&Source::parse(without_its_middle(text)).parse_edited(text)),
        false => Summary::parse(text),
    };
    assert_eq!(places, self::places(&again), "the same text gives the same summary, whatever it was made from");
    assert_eq!(summary.definitions, again.definitions);
    assert_eq!(summary.declarations, again.declarations);
    assert_eq!(summary.imports, again.imports);
    assert_eq!(summary.errors, again.errors);
}

/// A text without the character in its middle.
fn without_its_middle(text: &str) -> String {
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.char_indices().filter(|(at, _)| *at != middle).map(|(_, character)| character).collect()
}

/// All the spans in a summary, each of which is a part of the text.
fn places(summary: &Summary) -> Vec<Span> {
    let mut all = Vec::new();
    for found in &summary.definitions {
        all.extend([found.name, found.value, found.binding, found.with_comments]);
        all.extend(found.wrapper);
        all.extend(found.conditions.iter().map(|condition| condition.text));
        all.extend(computed(&found.path));
        assert!(found.binding.contains(found.name), "{found:?}");
        assert!(found.with_comments.contains(found.binding), "{found:?}");
        assert!(usize::from(found.own) <= found.path.len(), "{found:?}");
        assert!(usize::from(found.priority_depth) <= found.path.len(), "{found:?}");
        assert!(usize::from(found.unit) <= summary.lists.len() + usize::from(u16::MAX), "{found:?}");
    }
    for found in &summary.declarations {
        all.extend([found.name, found.value]);
        all.extend([found.option_type, found.default, found.description].into_iter().flatten());
        all.extend(computed(&found.path));
        if let mkwhy_syntax::summary::DeclaredBy::Renamed { to } = &found.by {
            all.extend(computed(to));
        }
    }
    for found in &summary.imports {
        all.push(found.at);
        all.extend(computed(&found.prefix));
    }
    all.extend(summary.lists.iter().map(|list| list.at));
    all.extend(summary.errors.iter().map(|error| error.at));
    for span in &all {
        check_span(summary, *span);
    }
    all
}

fn computed(path: &[Part]) -> impl Iterator<Item = Span> {
    path.iter().filter_map(|part| match part {
        Part::Computed(span) => Some(*span),
        _ => None,
    })
}

fn check_span(summary: &Summary, span: Span) {
    assert!(summary.text().get(span.range()).is_some(), "{span:?} is no part of {:?}", summary.text());
}

/// A line and column lead back to where they come from.
fn check_lines(summary: &Summary) {
    let text = summary.text();
    let most = text.len().div_ceil(2000).max(1);
    for offset in (0..=text.len()).step_by(most).filter(|offset| text.is_char_boundary(*offset)) {
        let (line, column) = summary.lines().line_column(offset);
        assert_eq!(summary.lines().offset(text, line, column), Some(offset), "{line}:{column} of {text:?}");
    }
}

fn check_free_names(summary: &Summary) {
    let text = summary.text();
    let whole = Span { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
    let most = summary.definitions.len().div_ceil(100).max(1);
    let ranges = summary.definitions.iter().step_by(most).map(|found| found.value);
    for range in ranges.chain([whole]) {
        for free in summary.free_names(&range.range()) {
            for at in &free.uses {
                check_span(summary, *at);
                assert!(range.contains(*at));
                assert_eq!(summary.slice(*at), free.name, "a use is the name itself");
            }
            if let Bound::Here { at, value, .. } = free.bound {
                check_span(summary, at);
                value.into_iter().for_each(|value| check_span(summary, value));
                assert!(!range.contains(at), "a name bound in the range is not free in it");
            }
        }
        summary.reached_from(range).into_iter().for_each(|span| check_span(summary, span));
    }
    summary.path_literals(&whole.range()).for_each(|span| check_span(summary, span));
}
