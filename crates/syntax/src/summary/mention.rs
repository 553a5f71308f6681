//! Options that a text speaks of: `config.services.foo.enable`, also by way of names (`cfg.enable`).

use std::ops::Range;

use smol_str::SmolStr;

use super::Summary;
use crate::scopes::{BoundBy, BoundName, Target};

/// So many names lead to an option at the most.
const MOST_NAMES: usize = 8;

/// An option that a text speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its path from the root of the module's configuration.
    pub path: Vec<SmolStr>,
    /// The bytes that speak of it, from the first name on.
    pub range: Range<usize>,
}

/// Names with dots between them.
struct Chain<'t> {
    /// The names and where each ends.
    names: Vec<(&'t str, usize)>,
    start: usize,
}

impl Chain<'_> {
    fn end(&self) -> usize {
        self.names.last().map_or(self.start, |(_, end)| *end)
    }
}

impl Summary {
    /// The option that the text speaks of at an offset: what is selected from the module's `config` or `options`, up to
    /// the name at the offset. Nothing where a name on the way is computed.
    pub fn mentioned(&self, offset: usize) -> Option<Mention> {
        let (start, target) = self.scopes.reference_at_or_before(offset)?;
        let mut chain = self.chain(start)?;
        if offset > chain.end() {
            return None;
        }
        let upto = chain.names.iter().position(|(_, end)| offset <= *end)? + 1;
        chain.names.truncate(upto);
        let path = self.meant(&chain, target, MOST_NAMES)?;
        (!path.is_empty()).then_some(Mention { path, range: start..chain.end() })
    }

    /// The path that a chain selects, from the root of the configuration.
    fn meant(&self, chain: &Chain<'_>, target: Target, names_left: usize) -> Option<Vec<SmolStr>> {
        let ((first, _), rest) = chain.names.split_first()?;
        let Target::Name(number) = target else { return None };
        let bound = self.scopes.name(number)?;
        let mut path = match bound.by {
            BoundBy::Argument => {
                (["config", "options"].contains(first) && self.is_the_modules(&bound)).then(Vec::new)?
            }
            BoundBy::Let | BoundBy::RecursiveSet => self.value_means(&bound, names_left.checked_sub(1)?)?,
            BoundBy::InheritFrom => {
                let mut from = self.value_means(&bound, names_left.checked_sub(1)?)?;
                from.push((*first).into());
                from
            }
            BoundBy::Inherit => return None,
        };
        path.extend(rest.iter().map(|(name, _)| SmolStr::from(*name)));
        Some(path)
    }

    /// What a bound name's value selects, where it does nothing else.
    fn value_means(&self, bound: &BoundName, names_left: usize) -> Option<Vec<SmolStr>> {
        let value = bound.value.range();
        let (start, target) = self.scopes.reference_at_or_before(value.start)?;
        let chain = self.chain(start).filter(|chain| start == value.start && chain.end() == value.end)?;
        self.meant(&chain, target, names_left)
    }

    /// Whether an argument is one of the outermost function that has it; inner ones are those of submodules.
    fn is_the_modules(&self, argument: &BoundName) -> bool {
        let name = self.slice(argument.at);
        let outer = |other: &BoundName| {
            other.by == BoundBy::Argument && other.at.start < argument.at.start && self.slice(other.at) == name
        };
        !self.scopes.names().iter().any(outer)
    }

    /// The names with dots between them that begin at an offset.
    fn chain(&self, start: usize) -> Option<Chain<'_>> {
        let text: &str = &self.text;
        let name_at = |at: usize| {
            let rest = text.get(at..)?;
            if let Some(quoted) = rest.strip_prefix('"') {
                let name = &quoted[..quoted.find(['"', '\\', '$', '\n'])?];
                let end = at + name.len() + 2;
                return (text.as_bytes().get(end - 1) == Some(&b'"')).then_some((name, end));
            }
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\'');
            let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            starts.then_some((name, at + name.len()))
        };
        let mut names = vec![name_at(start)?];
        while let Some((_, end)) = names.last()
            && text.as_bytes().get(*end) == Some(&b'.')
            && let Some(next) = name_at(end + 1)
        {
            names.push(next);
        }
        Some(Chain { names, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `$0` is the place that is asked about.
    fn said(text: &str) -> Option<(String, String)> {
        let offset = text.find("$0").expect("a place");
        let text = text.replace("$0", "");
        let mention = Summary::parse(text.as_str()).mentioned(offset)?;
        Some((mention.path.join("."), text[mention.range].to_owned()))
    }

    #[track_caller]
    fn speaks_of(text: &str, path: &str, range: &str) {
        assert_eq!(said(text), Some((path.to_owned(), range.to_owned())), "{text}");
    }

    #[test]
    fn selections_from_config_and_options() {
        speaks_of("{ config, ... }: { a = config.b.c$0.d; }", "b.c", "config.b.c");
        speaks_of("{ config, ... }: { a = config.b.$0c.d; }", "b.c", "config.b.c");
        speaks_of("{ config, ... }: { a = \"x ${config.b.\"my.c\".$0d}\"; }", "b.my.c.d", "config.b.\"my.c\".d");
        speaks_of("{ options, ... }: { a = options.b.c$0.type; }", "b.c", "options.b.c");
        speaks_of("{ config, ... }: { a = config.b.c$0 or 1; }", "b.c", "config.b.c");
    }

    #[test]
    fn by_way_of_names() {
        speaks_of("{ config, ... }: let cfg = config.b.c; in { a = cfg.e$0; }", "b.c.e", "cfg.e");
        speaks_of("{ config, ... }: let cfg = config.b.c; in { a = c$0fg.e; }", "b.c", "cfg");
        speaks_of("{ config, ... }: let top = config.b; cfg = top.c; in { a = cfg.e$0; }", "b.c.e", "cfg.e");
        speaks_of("{ config, ... }: let inherit (config.b) c; in { a = c.e$0; }", "b.c.e", "c.e");
    }

    #[test]
    fn what_is_something_else() {
        assert_eq!(said("{ config, ... }: { a = conf$0ig; }"), None, "the whole configuration");
        assert_eq!(said("{ config, ... }: { con$0fig.b = 1; }"), None, "a name that is defined");
        assert_eq!(said("{ config, ... }: { a = \"config.b.c$0\"; }"), None, "a string");
        assert_eq!(said("{ ... }: { a = config.b$0; }"), None, "nothing binds it");
        assert_eq!(
            said("{ config, ... }: let cfg = config.b // { }; in { a = cfg.c$0; }"),
            None,
            "more than a selection"
        );
        assert_eq!(said("{ config, ... }: let a = b; b = a; in { c = a.d$0; }"), None, "a circle");
        let inner = "{ config, ... }: { a = types.submodule ({ config, ... }: { b = config.c$0; }); }";
        assert_eq!(said(inner), None, "the configuration of a submodule");
    }
}
