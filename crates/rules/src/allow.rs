//! `# mkwhy: allow CODE`: comments that say that a finding is meant.

use std::ops::Range;

use mkwhy_model::Position;
use mkwhy_syntax::Source;

use crate::facts::site_in;

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// Where it stands.
    pub site: mkwhy_model::Site,
    /// What it allows.
    pub codes: Vec<String>,
    /// The line that it speaks of.
    pub line: Option<u32>,
    /// What cannot be understood of it.
    pub problem: Option<String>,
}

impl Allow {
    /// Whether it allows what a rule finds at a place.
    pub(crate) fn covers(&self, code: &str, at: &Position) -> bool {
        self.site.at.file == at.file
            && self.line.is_some()
            && self.line == at.line
            && self.codes.iter().any(|allowed| allowed == code)
    }
}

/// The comments of a file that speak to mkwhy.
pub fn allows(source: &Source, file: &str) -> Vec<Allow> {
    if !source.text().contains("mkwhy:") {
        return Vec::new();
    }
    let lines = Lines::of(source);
    let mut found = Vec::new();
    for (number, comment) in lines.comments.iter().enumerate() {
        let text = source.slice(&comment.range);
        let text = text.trim_start_matches('#').trim_start_matches("/*").trim_end_matches("*/").trim();
        let Some(said) = text.strip_prefix("mkwhy:") else { continue };
        let site = site_in(source, file, &comment.range);
        let (codes, problem) = codes(said.trim());
        let line = lines.spoken_of(number).and_then(|line| u32::try_from(line).ok());
        found.push(Allow { site, codes, line, problem });
    }
    found
}

/// The lines of a text, from 1, with the comments in it.
struct Lines<'t> {
    lines: Vec<&'t str>,
    comments: Vec<Comment>,
}

struct Comment {
    range: Range<usize>,
    first: usize,
    last: usize,
    /// Whether something that is no comment stands before it on its line, and after its end.
    follows: bool,
    goes_on: bool,
}

impl<'t> Lines<'t> {
    fn of(source: &'t Source) -> Self {
        let lines: Vec<&str> = source.text().split('\n').collect();
        let mut comments: Vec<Comment> = Vec::new();
        for span in source.comments() {
            let range = span.range();
            let (start, end) = (source.line_column(range.start), source.line_column(range.end));
            let (first, last) = (start.0 as usize, end.0 as usize);
            let part = |line: usize, part: &dyn Fn(&'t str) -> Option<&'t str>| {
                lines.get(line - 1).and_then(|line| part(line)).is_some_and(|part| !part.trim().is_empty())
            };
            let before = part(first, &|line| line.get(..start.1 as usize - 1));
            let follows = before && comments.last().is_none_or(|other| other.last != first || other.follows);
            let goes_on = part(last, &|line| line.get(end.1 as usize - 1..).map(after_comments));
            comments.push(Comment { range, first, last, follows, goes_on });
        }
        Self { lines, comments }
    }

    /// The line that a comment speaks of: its own if something else is on it, else that below it, over other comments.
    fn spoken_of(&self, number: usize) -> Option<usize> {
        let comment = &self.comments[number];
        if comment.follows {
            return Some(comment.first);
        }
        if comment.goes_on {
            return Some(comment.last);
        }
        let mut line = comment.last + 1;
        loop {
            if self.lines.get(line - 1)?.trim().is_empty() {
                return None;
            }
            match self.comments.iter().find(|other| other.first == line) {
                Some(other) if !other.follows && !other.goes_on => line = other.last + 1,
                Some(other) if !other.follows => return Some(other.last),
                _ => return Some(line),
            }
        }
    }
}

/// What of a line is behind the comments at its beginning.
fn after_comments(line: &str) -> &str {
    let line = line.trim_start();
    match line.strip_prefix("/*").and_then(|rest| rest.split_once("*/")) {
        Some((_, rest)) => after_comments(rest),
        None if line.starts_with('#') => "",
        None => line,
    }
}

/// The codes in `allow CODE, CODE because …`.
fn codes(said: &str) -> (Vec<String>, Option<String>) {
    let Some(list) = said.strip_prefix("allow").filter(|rest| rest.starts_with([' ', '\t'])) else {
        return (Vec::new(), Some("a comment to mkwhy says `allow` and the code of a rule".to_owned()));
    };
    let mut codes: Vec<String> = Vec::new();
    // After a comma a code must follow; without one, whatever is no code is a reason.
    let mut wanted = true;
    for word in list.split_whitespace() {
        let code = word.trim_end_matches([',', ':', '.']);
        if crate::rule(code).is_some() {
            codes.push(code.to_owned());
        } else if wanted {
            let near = crate::RULES
                .iter()
                .map(|rule| (strsim::damerau_levenshtein(rule.code, code), rule.code))
                .min()
                .filter(|(distance, _)| *distance <= code.len() / 2)
                .map(|(_, near)| format!("; the nearest is `{near}`"))
                .unwrap_or_default();
            return (codes, Some(format!("no rule is called `{code}`{near}")));
        } else {
            break;
        }
        wanted = word.ends_with(',');
    }
    let problem = codes.is_empty().then(|| "it names no rule".to_owned());
    (codes, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Vec<String>, Option<u32>, Option<String>)> {
        let source = Source::parse(text);
        allows(&source, "a.nix").into_iter().map(|allow| (allow.codes, allow.line, allow.problem)).collect()
    }

    #[track_caller]
    fn allowed(text: &str, codes: &[&str], line: Option<u32>) {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(read(text), [(codes, line, None)], "{text}");
    }

    #[test]
    fn on_the_line_and_above_it() {
        allowed("{\n  a = 1; # mkwhy: allow shadowed-definition\n}", &["shadowed-definition"], Some(2));
        allowed("{\n  # mkwhy: allow shadowed-definition\n  a = 1;\n}", &["shadowed-definition"], Some(3));
        allowed("{\r\n  # mkwhy: allow shadowed-definition\r\n  a = 1;\r\n}", &["shadowed-definition"], Some(3));
        allowed("{\n  # mkwhy: allow needless-force\n  # for the audit\n  a = 1;\n}", &["needless-force"], Some(4));
        allowed("{\n  /* mkwhy: allow needless-force */\n  a = 1;\n}", &["needless-force"], Some(3));
        allowed("{\n  # mkwhy: allow needless-force\n\n  a = 1;\n}", &["needless-force"], None);
    }

    #[test]
    fn among_other_comments() {
        let force = ["needless-force"];
        allowed("{\n  # mkwhy: allow needless-force\n  /* for\n  the audit */\n  a = 1;\n}", &force, Some(5));
        allowed("{\n  /* mkwhy: allow needless-force */ a = 1;\n}", &force, Some(2));
        allowed("{\n  /* mkwhy: allow needless-force\n  */ a = 1;\n}", &force, Some(3));
        allowed("{\n  /* mkwhy: allow needless-force */ /* so */ a = 1;\n}", &force, Some(2));
        allowed("{\n  /* so */ # mkwhy: allow needless-force\n  a = 1;\n}", &force, Some(3));
        allowed("{\n  a = 1; /* so */ # mkwhy: allow needless-force\n  b = 1;\n}", &force, Some(2));
        allowed("{\n  # mkwhy: allow needless-force\n  /* so */ a = 1;\n}", &force, Some(3));
        allowed("{\n  a = [\n    1\n    # mkwhy: allow needless-force\n    2 # so\n  ];\n}", &force, Some(5));
        allowed("{ a = ''\n  # no comment\n''; # mkwhy: allow needless-force\n}", &force, Some(3));
        allowed("# mkwhy: allow needless-force", &force, None);
    }

    #[test]
    fn several_codes_and_a_reason() {
        let both = ["needless-force", "same-as-default"];
        allowed("{\n  a = 1; # mkwhy: allow needless-force, same-as-default\n}", &both, Some(2));
        allowed("{\n  a = 1; # mkwhy: allow needless-force same-as-default as the auditors want\n}", &both, Some(2));
        allowed("{\n  a = 1; # mkwhy: allow needless-force: it is meant\n}", &both[..1], Some(2));
    }

    #[test]
    fn what_is_not_understood_says_why() {
        let problem = |text: &str| read(text)[0].2.clone().unwrap_or_default();
        assert!(problem("{ a = 1; } # mkwhy: allow needles-force").contains("nearest is `needless-force`"));
        assert!(problem("{ a = 1; } # mkwhy: allow").contains("says `allow`"));
        assert!(problem("{ a = 1; } # mkwhy: deny x").contains("says `allow`"));
        assert!(problem("{ a = 1; } # mkwhy: allow needless-force, nonsense").contains("no rule is called"));
        assert!(read("{ a = 1; } # see mkwhy: allow").is_empty());
    }
}
