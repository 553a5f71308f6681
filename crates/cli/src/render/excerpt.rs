//! The lines of a file that a finding is about, with what it is about underlined.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Severity, Renderer, Snippet};
use mkwhy::{FileText, Finding, Level};

use super::text::{cut, harmless, width};
use super::{DIM, Look, level_style};

/// Something over more lines than this is underlined on its first one only.
const MOST_LINES: u32 = 3;
/// How far away another place in the same file may be to stand in the same excerpt.
const NEAR: u32 = 6;
/// What a longer message says stands on a line of its own.
const WIDEST_LABEL: usize = 60;
/// How wide an excerpt is that nobody reads on a terminal. A line may be endless; its place is always whole.
const WIDTH_OF_A_PIPE: usize = 140;
/// What stands to the left of a line of source.
const MARGIN: usize = 12;

/// Lines of source.
#[derive(Debug)]
pub struct Excerpt {
    /// They, with underlines.
    pub lines: String,
    /// The columns that line numbers take.
    pub gutter: usize,
    /// Which of the related places are part of it.
    pub shown: Vec<usize>,
}

/// One underlined place.
struct Mark {
    region: Range<usize>,
    kind: AnnotationKind,
    label: Option<String>,
}

/// The excerpt of a finding. `None` where the text has no such place.
pub fn excerpt(finding: &Finding, text: &FileText, look: &Look) -> Option<Excerpt> {
    let columns = if look.terminal { look.width } else { WIDTH_OF_A_PIPE };
    let clip = |region| clipped(text, region, columns.saturating_sub(MARGIN).max(1));
    let primary = clip(text.region(&finding.site)?);
    let line = |offset| text.line_column(offset).0;
    let own = line(primary.start);
    let mut shown = Vec::new();
    let mut marks = vec![Mark { region: primary.clone(), kind: AnnotationKind::Primary, label: None }];
    for (index, other) in finding.related.iter().enumerate() {
        if other.site.at.file != finding.site.at.file || width(&other.message) > WIDEST_LABEL.min(columns / 2) {
            continue;
        }
        let Some(region) = text.region(&other.site).map(clip) else { continue };
        if line(region.start).abs_diff(own) <= NEAR && marks.iter().all(|mark| apart(&mark.region, &region)) {
            shown.push(index);
            let label = Some(harmless(&other.message));
            marks.push(Mark { region, kind: AnnotationKind::Context, label });
        }
    }
    let first = marks.iter().map(|mark| line(mark.region.start)).min()?;
    let last = marks.iter().map(|mark| line(mark.region.end)).max()?;
    let lines = text.line(first)?.start..text.line(last)?.end;
    let source = only_line_feeds(&text.text()[lines.clone()]);
    let annotations = marks.into_iter().map(|mark| {
        let inside = mark.region.start - lines.start..mark.region.end - lines.start;
        mark.kind.span(inside).label(mark.label)
    });
    let snippet = Snippet::source(source).line_start(first as usize).annotations(annotations);
    let group = Group::with_level(severity(finding.level)).element(snippet);
    let style = level_style(finding.level);
    let renderer = Renderer::styled().error(style).warning(style).info(style).note(style).line_num(DIM);
    let rendered = renderer.term_width(columns.saturating_sub(MARGIN).max(1)).render(&[group]);
    // The first line is an empty one between a header, which is not made here, and the source.
    let rendered = rendered.split_once('\n').map_or("", |(_, lines)| lines);
    let mut page = String::new();
    for line in rendered.lines() {
        page.push_str(line.trim_end());
        page.push('\n');
    }
    Some(Excerpt { lines: page, gutter: last.to_string().len(), shown })
}

fn severity(level: Level) -> Severity<'static> {
    match level {
        Level::Error => Severity::ERROR,
        Level::Warning => Severity::WARNING,
        Level::Information => Severity::INFO,
        Level::Hint => Severity::NOTE,
    }
}

/// The part of a region that is underlined: at most a few lines of it, and of one line no more than is visible.
fn clipped(text: &FileText, region: Range<usize>, columns: usize) -> Range<usize> {
    let (first, last) = (text.line_column(region.start).0, text.line_column(region.end).0);
    let mut end = region.end;
    if first != last
        && let Some(line) = text.line(first)
        && (last - first >= MOST_LINES || width(&text.text()[region.clone()]) > columns)
    {
        end = line.end.max(region.start);
    }
    let written = text.text().get(region.start..end).unwrap_or_default().trim_end();
    let shown = if first == text.line_column(end).0 { cut(written, columns) } else { written.to_owned() };
    // An ellipsis stands for what was cut off, and is no part of the text.
    let length = if shown == written { written.len() } else { shown.len() - '…'.len_utf8() };
    region.start..region.start + length
}

fn apart(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.end <= other.start || other.end <= one.start
}

/// The text with every lone `\r`, which ends a line for Nix and for nobody else, as a `\n`: no place moves.
fn only_line_feeds(text: &str) -> String {
    let mut feeds = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        feeds.push(if c == '\r' && rest.peek() != Some(&'\n') { '\n' } else { c });
    }
    feeds
}
