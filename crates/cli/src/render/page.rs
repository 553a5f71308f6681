//! The pages of the rules: CommonMark as text.

use anstyle::Style;
use mkwhy::{Level, Rule};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::text::{Text, harmless, width};
use super::{BOLD, DIM, Look, PLAIN, level_style};

/// The columns that code is indented by.
const CODE: usize = 4;

/// The page of a rule, with its code, level and title above it.
pub fn page(rule: &Rule, look: &Look) -> String {
    let mut page = String::new();
    let mut line = Text::styled(rule.code, BOLD).and("  ", PLAIN);
    line.push(rule.level.word(), level_style(rule.level));
    line.end_line(&mut page);
    look.sentence(&mut page, "", PLAIN, rule.title);
    page.push('\n');
    page.push_str(&markdown(rule.page, look));
    page
}

/// All rules, with what they find.
pub fn rules(rules: &[&Rule], look: &Look) -> String {
    let mut page = String::new();
    let codes = rules.iter().map(|rule| width(rule.code)).max().unwrap_or(0);
    let levels = Level::ALL.map(|level| width(level.word())).into_iter().max().unwrap_or(0);
    for rule in rules {
        let mut line = Text::styled(rule.code, BOLD);
        line.next_column(codes + 2);
        line.push(rule.level.word(), level_style(rule.level));
        line.next_column(codes + 2 + levels + 2);
        line.push(rule.title, PLAIN);
        line.end_line(&mut page);
    }
    if look.terminal {
        page.push('\n');
        Text::styled("`mkwhy explain CODE` prints the page of one; [check.levels] in mkwhy.toml sets levels.", DIM)
            .end_line(&mut page);
    }
    page
}

/// CommonMark as text: headings stand out, code is indented, sentences are broken at the width.
pub fn markdown(source: &str, look: &Look) -> String {
    let mut writer =
        Writer { look, page: String::new(), line: String::new(), style: PLAIN, lists: Vec::new(), fresh: true };
    for event in Parser::new(source) {
        writer.event(event);
    }
    writer.end_paragraph();
    writer.page
}

/// CommonMark as text for programs.
pub fn plain(source: &str) -> String {
    let look = Look { width: 80, terminal: false, verbose: false, links: None };
    anstream::adapter::strip_str(&markdown(source, &look)).to_string()
}

/// What is being written.
struct Writer<'a> {
    look: &'a Look,
    page: String,
    /// The words of the block that is being read.
    line: String,
    style: Style,
    /// The lists that it is inside of: the number of the next item, if they are numbered.
    lists: Vec<Option<u64>>,
    /// Whether an empty line would be one too many.
    fresh: bool,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                self.gap();
                self.style = BOLD;
            }
            Event::End(TagEnd::Heading(_)) => {
                self.end_paragraph();
                self.style = PLAIN;
            }
            Event::Start(Tag::Paragraph) if self.lists.is_empty() => self.gap(),
            Event::Start(Tag::CodeBlock(_)) => self.gap(),
            Event::End(TagEnd::CodeBlock) => self.end_code(),
            Event::End(TagEnd::Paragraph) => self.end_paragraph(),
            Event::Start(Tag::List(first)) => {
                self.end_paragraph();
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => drop(self.lists.pop()),
            Event::Start(Tag::Item) => {
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.line = format!("{}{mark}", "  ".repeat(self.lists.len().saturating_sub(1)));
            }
            Event::End(TagEnd::Item) => self.end_paragraph(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.line.push_str(&text),
            Event::Code(code) => {
                self.line.push('`');
                self.line.push_str(&code);
                self.line.push('`');
            }
            Event::SoftBreak | Event::HardBreak => self.line.push(' '),
            _ => {}
        }
    }

    /// An empty line between two blocks.
    fn gap(&mut self) {
        self.end_paragraph();
        if !self.fresh && !self.page.is_empty() {
            self.page.push('\n');
        }
        self.fresh = true;
    }

    fn end_paragraph(&mut self) {
        let words = std::mem::take(&mut self.line);
        if words.trim().is_empty() {
            return;
        }
        self.fresh = false;
        let indent = words.len() - words.trim_start().len();
        let mark =
            words.trim_start().split_inclusive(' ').next().filter(|_| !self.lists.is_empty()).map_or(0, str::len);
        let hanging = " ".repeat(indent + mark);
        let options = textwrap::Options::new(self.look.width)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false)
            .subsequent_indent(&hanging);
        for line in textwrap::wrap(&harmless(&words), options) {
            Text::styled(&line, self.style).end_line(&mut self.page);
        }
    }

    fn end_code(&mut self) {
        let code = std::mem::take(&mut self.line);
        self.fresh = false;
        for line in code.lines() {
            let text = if line.is_empty() { Text::default() } else { Text::at(CODE).and(line, DIM) };
            text.end_line(&mut self.page);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::render::samples::{pipe, plain, terminal};

    const PAGE: &str = "\
A definition does not count,
because *another* one is stronger: `mkForce`.

## Before

```nix
# modules/laptop.nix
nix.settings.cores = 4;

x = {
  y = 1; # ü
};
```

Then:
- one item that is so long that it goes on in a second line
- another
  1. numbered
  2. twice

The end, [with a link](https://example.org).
";

    #[test]
    fn a_page_is_wrapped_and_its_code_is_not() {
        expect![[r#"
            A definition does not count, because
            another one is stronger: `mkForce`.

            Before

                # modules/laptop.nix
                nix.settings.cores = 4;

                x = {
                  y = 1; # ü
                };

            Then:

            - one item that is so long that it goes
              on in a second line
            - another
              1. numbered
              2. twice

            The end, with a link.
        "#]]
        .assert_eq(&plain(&markdown(PAGE, &terminal(40))));
    }

    #[test]
    fn headings_stand_out_and_words_do_not_steer_the_terminal() {
        let page = markdown("# A\u{1b}[2J\n\n    code\u{7}\n", &terminal(40));
        assert!(page.contains(&format!("{BOLD}A\u{fffd}[2J{BOLD:#}")), "{page:?}");
        assert!(page.contains("code\u{fffd}"), "{page:?}");
    }

    #[test]
    fn every_rule_has_a_line_and_a_page() {
        let all = plain(&rules(mkwhy::RULES, &pipe()));
        assert_eq!(all.lines().count(), mkwhy::RULES.len());
        for rule in mkwhy::RULES {
            assert!(all.contains(&format!("{} ", rule.code)) && all.contains(rule.title), "{all}");
            let page = plain(&page(rule, &pipe()));
            assert!(page.starts_with(&format!("{}  {}\n{}", rule.code, rule.level, rule.title)), "{page}");
            assert!(!page.contains("```") && !page.contains("\n\n\n"), "{page}");
        }
    }
}
