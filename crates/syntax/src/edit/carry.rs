//! Carrying an expression to another file: every name in it must mean the same there.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use crate::edit::layout::reindented;
use crate::edit::names::is_global;
use crate::edit::remove::Taken;
use crate::scopes::BoundBy;
use crate::source::{Source, Span};
use crate::summary::{Bound, FreeName, Summary};

/// An expression as it can stand in another file's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its text; its further lines are indented as if its first were not.
    pub text: String,
    /// The module arguments that it uses.
    pub arguments: BTreeSet<String>,
}

/// Why an expression cannot be carried elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The names that stand in the way, as they are written.
    pub names: Vec<String>,
}

/// A name is followed through so many others.
const MOST_STEPS: usize = 8;

/// Longer values than this, in bytes, are not written in the place of a name.
const MOST_INLINED: usize = 160;

impl Source {
    /// An expression of this file for a module in another one: names that the file binds are replaced by what they
    /// stand for, down to the module's arguments; relative paths by those from the other file.
    ///
    /// `from` and `to` are the two files, from the same folder.
    ///
    /// # Errors
    /// With the names that mean nothing elsewhere.
    pub fn carried(
        &self,
        summary: &Summary,
        range: &Range<usize>,
        from: &str,
        to: &str,
    ) -> Result<Carried, Unresolved> {
        let mut carrier = Carrier {
            source: self,
            summary,
            own_arguments: self.arguments(),
            from,
            to,
            arguments: BTreeSet::new(),
            failed: Vec::new(),
        };
        let text = carrier.text(range, 0);
        let text = reindented(&text, self.indentation(range.start), "", self.line_end());
        carrier.failed.sort();
        carrier.failed.dedup();
        if carrier.failed.is_empty() {
            Ok(Carried { text, arguments: carrier.arguments })
        } else {
            Err(Unresolved { names: carrier.failed })
        }
    }
}

struct Carrier<'s> {
    source: &'s Source,
    summary: &'s Summary,
    own_arguments: Vec<Span>,
    from: &'s str,
    to: &'s str,
    arguments: BTreeSet<String>,
    failed: Vec<String>,
}

impl Carrier<'_> {
    fn text(&mut self, range: &Range<usize>, steps: usize) -> String {
        let mut replaced: Vec<(Span, String)> = Vec::new();
        let mut around: Option<String> = None;
        for free in self.summary.free_names(range) {
            match self.meaning(&free, range, steps) {
                Ok(Meaning::Same) => {}
                Ok(Meaning::Text(text)) => {
                    for at in &free.uses {
                        replaced.push((*at, self.in_place(at, &text, range)));
                    }
                }
                Ok(Meaning::With(text)) => around = Some(text),
                Err(()) => self.failed.push(free.name.to_string()),
            }
        }
        for path in self.summary.path_literals(range).collect::<Vec<_>>() {
            match self.moved_path(self.source.slice(&path.range())) {
                Some(text) => replaced.push((path, text)),
                None => self.failed.push(self.source.slice(&path.range()).to_owned()),
            }
        }
        replaced.sort_by_key(|(at, _)| at.start);
        let mut out = around.unwrap_or_default();
        let mut at = range.start;
        for (span, text) in replaced {
            let place = span.range();
            if place.start < at {
                continue;
            }
            out.push_str(self.source.slice(&(at..place.start)));
            out.push_str(&text);
            at = place.end;
        }
        out.push_str(self.source.slice(&(at..range.end)));
        out
    }

    /// The text of a value in the place of a name, in parentheses where the name stands in an expression that would
    /// otherwise take it apart.
    fn in_place(&self, at: &Span, text: &str, range: &Range<usize>) -> String {
        // `inherit name;` inside what is carried cannot say another name.
        if at.range() == *range || self.source.is_argument(text) { text.to_owned() } else { format!("({text})") }
    }

    fn meaning(&mut self, free: &FreeName, range: &Range<usize>, steps: usize) -> Result<Meaning, ()> {
        let name = free.name.as_str();
        if self.in_inherit(free) {
            // Only what means the same by the same name can be inherited there.
            return match free.bound {
                Bound::Here { by: BoundBy::Argument, at, .. } if self.own_arguments.contains(&at) => {
                    self.arguments.insert(name.to_owned());
                    Ok(Meaning::Same)
                }
                _ => Err(()),
            };
        }
        match free.bound {
            Bound::Global => Ok(Meaning::Same),
            Bound::With if is_global(name) => Ok(Meaning::Same),
            Bound::With => self.of_with(free, range, steps),
            Bound::Here { by: BoundBy::Argument, at, .. } => {
                if !self.own_arguments.contains(&at) || self.whole_arguments(at) {
                    return Err(());
                }
                self.arguments.insert(name.to_owned());
                Ok(Meaning::Same)
            }
            Bound::Here { by, at, value } => {
                if steps >= MOST_STEPS {
                    return Err(());
                }
                match (by, value) {
                    (BoundBy::Let | BoundBy::RecursiveSet, Some(value)) => {
                        let text = self.text(&value.range(), steps + 1);
                        (text.len() <= MOST_INLINED && !text.contains('\n')).then_some(Meaning::Text(text)).ok_or(())
                    }
                    (BoundBy::InheritFrom, Some(from)) => {
                        let text = self.text(&from.range(), steps + 1);
                        let written = self.source.slice(&at.range());
                        Ok(Meaning::Text(format!("{}.{written}", self.source.as_argument(&text))))
                    }
                    (BoundBy::Inherit, _) => {
                        // The name there is itself a use of the outer one.
                        let outer = self.summary.free_names(&at.range()).into_iter().next().ok_or(())?;
                        match self.meaning(&outer, &at.range(), steps + 1)? {
                            Meaning::Same => Ok(Meaning::Same),
                            other => Ok(other),
                        }
                    }
                    _ => Err(()),
                }
            }
        }
    }

    /// Whether a name at this place stands for all arguments (`args: …`, `{ … }@args: …`).
    fn whole_arguments(&self, at: Span) -> bool {
        let before = self.source.text()[..at.start as usize].trim_end();
        let after = self.source.text()[at.end as usize..].trim_start();
        before.ends_with('@') || after.starts_with('@') || after.starts_with(':')
    }

    /// Whether a use stands in an `inherit`, where nothing but a name can stand.
    fn in_inherit(&self, free: &FreeName) -> bool {
        free.uses.iter().any(|at| {
            let around = self.source.reader().ancestors(at.start as usize);
            around.len() >= 2 && around[around.len() - 2].kind() == rnix::SyntaxKind::NODE_INHERIT
        })
    }

    /// A name that a `with` around it gives.
    fn of_with(&mut self, free: &FreeName, range: &Range<usize>, steps: usize) -> Result<Meaning, ()> {
        let mut outside: Option<Vec<Span>> = None;
        for at in &free.uses {
            let withs = self.source.withs(at.start as usize);
            let (inside, out): (Vec<Span>, Vec<Span>) =
                withs.into_iter().partition(|namespace| range.contains(&(namespace.start as usize)));
            if out.is_empty() {
                // Only what is carried along gives it.
                continue;
            }
            if !inside.is_empty() {
                // Which of them gives it, nobody can say: all of them go along.
                let mut text = String::new();
                for namespace in &out {
                    text.push_str(&format!("with {}; ", self.text(&namespace.range(), steps + 1)));
                }
                return Ok(Meaning::With(text));
            }
            if outside.as_ref().is_some_and(|known| *known != out) {
                return Err(());
            }
            outside = Some(out);
        }
        match outside.as_deref() {
            None => Ok(Meaning::Same),
            Some([namespace]) => {
                let text = self.text(&namespace.range(), steps + 1);
                Ok(Meaning::Text(format!("{}.{}", self.source.as_argument(&text), free.name)))
            }
            Some(several) => {
                let mut text = String::new();
                for namespace in several {
                    text.push_str(&format!("with {}; ", self.text(&namespace.range(), steps + 1)));
                }
                Ok(Meaning::With(text))
            }
        }
    }

    /// A path that is written out, from the other file.
    fn moved_path(&self, path: &str) -> Option<String> {
        if path.starts_with('/') || path.starts_with('~') || path.starts_with('<') {
            return Some(path.to_owned());
        }
        if path.contains("${") {
            return None;
        }
        let target = normal(&folder(self.from).join(path))?;
        from_folder(&normal(&folder(self.to))?, &target)
    }
}

impl Source {
    /// How a file writes the path of another one, both from the same folder.
    pub fn path_of(file: &str, from: &str) -> Option<String> {
        from_folder(&normal(&folder(from))?, &normal(Path::new(file))?)
    }
}

fn folder(file: &str) -> PathBuf {
    Path::new(file).parent().map(Path::to_owned).unwrap_or_default()
}

/// A path as it is written in a folder, both by their parts.
fn from_folder(start: &[String], target: &[String]) -> Option<String> {
    let same = target.iter().zip(start).take_while(|(a, b)| a == b).count();
    let up = vec![".."; start.len() - same];
    let down: Vec<&str> = target[same..].iter().map(String::as_str).collect();
    let parts: Vec<&str> = up.into_iter().chain(down).collect();
    let joined = parts.join("/");
    Some(match joined.as_str() {
        "" => "./.".to_owned(),
        _ if joined.starts_with("../") => joined,
        ".." => "../.".to_owned(),
        _ => format!("./{joined}"),
    })
}

/// The parts of a path without `.` and `..`; `None` for one that leads out.
fn normal(path: &Path) -> Option<Vec<String>> {
    let mut parts: Vec<String> = Vec::new();
    for component in PathBuf::from(path).components() {
        match component {
            Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            _ => return None,
        }
    }
    Some(parts)
}

/// What a name has to be replaced by.
enum Meaning {
    /// It means the same elsewhere.
    Same,
    /// This expression.
    Text(String),
    /// It stays, and this stands in front of the whole.
    With(String),
}

impl Source {
    /// The value of a definition as it is written, with the properties at it, for a module in another file.
    ///
    /// # Errors
    /// With the names that mean nothing elsewhere.
    pub fn carried_definition(
        &self,
        summary: &Summary,
        taken: &Taken,
        from: &str,
        to: &str,
    ) -> Result<Carried, Unresolved> {
        let unknown = || Unresolved { names: vec![self.slice(&taken.binding).to_owned()] };
        let node = self.reader().node_at(&taken.binding).ok_or_else(unknown)?;
        if node.kind() == rnix::SyntaxKind::NODE_INHERIT {
            let name = taken.part.as_ref().ok_or_else(unknown)?;
            let Some(source) =
                node.first(rnix::SyntaxKind::NODE_INHERIT_FROM).and_then(|from| from.expressions().next())
            else {
                return self.carried_name(summary, name, from, to);
            };
            let mut carried = self.carried(summary, &source.range(), from, to)?;
            carried.text = format!("{}.{}", self.as_argument(&carried.text), self.slice(name));
            return Ok(carried);
        }
        let range = self.value_range(taken).ok_or_else(unknown)?;
        self.carried(summary, &range, from, to)
    }

    /// A name in an `inherit` as what it stands for.
    fn carried_name(
        &self,
        summary: &Summary,
        name: &Range<usize>,
        from: &str,
        to: &str,
    ) -> Result<Carried, Unresolved> {
        let text = self.slice(name).to_owned();
        let unknown = || Unresolved { names: vec![text.clone()] };
        let free = summary.free_names(name).into_iter().next().ok_or_else(unknown)?;
        match free.bound {
            Bound::Here { by: BoundBy::Let | BoundBy::RecursiveSet, value: Some(value), .. } => {
                self.carried(summary, &value.range(), from, to)
            }
            Bound::Here { by: BoundBy::Argument, at, .. } if self.arguments().contains(&at) => {
                Ok(Carried { arguments: BTreeSet::from([text.clone()]), text })
            }
            _ => Err(unknown()),
        }
    }

    /// The whole value of a binding, or of one item of its `mkMerge`, with the properties at it.
    pub fn value_range(&self, taken: &Taken) -> Option<Range<usize>> {
        match &taken.part {
            Some(part) => self.merge_item(self.reader().node_at(&taken.binding)?, part),
            None => self.value_of_binding(&taken.binding),
        }
    }

    fn value_of_binding(&self, binding: &Range<usize>) -> Option<Range<usize>> {
        Some(crate::tree::Binding::of(self.reader().node_at(binding)?)?.value?.range())
    }

    /// The comments of a definition: those above it, those around its value, and the one behind it, a line each, without
    /// indentation.
    pub fn comments_of(&self, definition: &crate::summary::Definition) -> Vec<String> {
        let (whole, binding) = (definition.with_comments.range(), definition.binding.range());
        let value = self.value_of_binding(&binding);
        let around = value.map(|value| [binding.start..value.start, value.end..binding.end]).into_iter().flatten();
        let around = around.flat_map(|range| self.comments_in(&range)).map(Span::range);
        let ranges =
            std::iter::once(whole.start..binding.start).chain(around).chain(std::iter::once(binding.end..whole.end));
        let lines = ranges.flat_map(|range| self.slice(&range).lines());
        lines.map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Text of the same meaning as an operand of `&&`.
    pub fn as_operand(&self, text: &str) -> String {
        let text = text.trim();
        let negated = text.strip_prefix('!').is_some_and(|rest| self.is_argument(rest));
        if negated || self.is_argument(text) { text.to_owned() } else { format!("({text})") }
    }
}
