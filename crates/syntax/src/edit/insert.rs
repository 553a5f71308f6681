//! Putting definitions into a module.

use std::collections::BTreeSet;
use std::ops::Range;

use mkwhy_model::{Edit, OptionPath};

use crate::edit::layout::reindented;
use crate::edit::names::{in_the_way, is_free, is_plain_set, path_names};
use crate::properties::{Property, Value};
use crate::scopes::BoundBy;
use crate::source::Source;
use crate::summary::entries_with_comments;
use crate::tree::{Binding, Expr, Node};

/// What is to be defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The names of the option's path.
    pub path: Vec<String>,
    /// The values, each with the comments above it; several are put into a `mkMerge`. Further lines are indented as if
    /// the first were not.
    pub values: Vec<Inserted>,
    /// Whether a definition that is there already is kept; else these take its place.
    pub keep: bool,
    /// The module arguments that the values use.
    pub arguments: BTreeSet<String>,
}

impl Put {
    /// Whether another one comes to the same.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let values = self.values.iter().map(|one| &one.value);
        self.path == other.path && self.keep == other.keep && values.eq(other.values.iter().map(|one| &one.value))
    }

    /// Takes in the comments of one that says the same.
    pub fn explain(&mut self, other: Self) {
        for (own, other) in self.values.iter_mut().zip(other.values) {
            let new = other.comments.into_iter().filter(|line| !own.comments.contains(line));
            let new: Vec<String> = new.collect();
            own.comments.extend(new);
        }
    }
}

/// A value to be put somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted {
    /// The expression.
    pub value: String,
    /// The comments above it, a line each, without indentation.
    pub comments: Vec<String>,
}

/// Where a definition of a path would be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is defined there already.
    Defined,
    /// Into the set of so many of its names.
    Into(usize),
}

/// Why a definition cannot be put into a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The module is no set of which anybody can say where a definition would go.
    Form,
    /// A definition that stands there takes its place, and nothing can be put into its value: the binding or `inherit`.
    Taken(Range<usize>),
    /// A name that the value uses means something else there.
    Name(String),
}

struct Found<'t> {
    set: Node<'t>,
    /// How many names of the path lead to the set.
    depth: usize,
    /// The binding of the whole path, where there is one.
    exact: Option<Binding<'t>>,
    /// Names to be written in front: `config` in a module that keeps its options and its configuration apart.
    prefix: &'static str,
}

struct Sets<'t> {
    /// Those of the configuration, and whether they stand under a condition.
    roots: Vec<(Node<'t>, bool)>,
    /// The set around, in a module that keeps its options and its configuration apart.
    apart: Option<Node<'t>>,
}

impl Source {
    /// The edits that define options in the module that the file is. `None` where it is written in a form of which
    /// nobody can say where that would be, or where a name means something else there.
    pub fn with_definitions(&self, puts: &[Put]) -> Option<Vec<Edit>> {
        let mut edits: Vec<Edit> = Vec::new();
        let mut closing: Vec<Edit> = Vec::new();
        let mut arguments: BTreeSet<String> = BTreeSet::new();
        for put in puts.iter().filter(|put| !put.values.is_empty()) {
            let found = self.place(&put.path)?;
            for name in &put.arguments {
                let bound = self.reader().scopes().visible(name, found.set.start(), self.text());
                if bound.is_some_and(|bound| bound.by != BoundBy::Argument) {
                    return None;
                }
            }
            arguments.extend(put.arguments.iter().cloned());
            edits.extend(self.put(put, &found)?);
            closing.extend(self.closing(&found));
        }
        closing.sort();
        closing.dedup();
        edits.extend(closing);
        // All that is missing is added by one edit.
        let mut added: Vec<Edit> = Vec::new();
        for name in &arguments {
            let (said, needs) = self.argument(name)?;
            if said != *name {
                return None;
            }
            added.extend(needs);
        }
        edits.extend(joined(added));
        Some(edits)
    }

    /// Where a definition of a path would be put.
    pub fn place_of(&self, path: &[String]) -> Option<Place> {
        let found = self.place(path)?;
        Some(if found.exact.is_some() { Place::Defined } else { Place::Into(found.depth) })
    }

    /// What keeps a definition from being put in.
    pub fn obstacle(&self, put: &Put) -> Option<Obstacle> {
        if self.with_definitions(std::slice::from_ref(put)).is_some() {
            return None;
        }
        let Some(found) = self.place(&put.path) else {
            let Some(sets) = self.sets() else { return Some(Obstacle::Form) };
            let with_config: Vec<String> = std::iter::once("config".to_owned()).chain(put.path.clone()).collect();
            let apart = || sets.apart.and_then(|apart| in_the_way(apart, &with_config, None));
            let entry = sets.roots.iter().find_map(|(set, _)| in_the_way(*set, &put.path, None)).or_else(apart);
            return Some(entry.map_or(Obstacle::Form, |entry| Obstacle::Taken(entry.range())));
        };
        let other = |name: &&String| {
            let bound = self.reader().scopes().visible(name, found.set.start(), self.text());
            bound.is_some_and(|bound| bound.by != BoundBy::Argument)
                || self.argument(name).is_none_or(|(said, _)| said != **name)
        };
        Some(match (put.arguments.iter().find(other), found.exact) {
            (Some(name), _) => Obstacle::Name(name.clone()),
            (None, Some(binding)) => Obstacle::Taken(binding.node.range()),
            (None, None) => Obstacle::Form,
        })
    }

    fn put(&self, put: &Put, found: &Found<'_>) -> Option<Vec<Edit>> {
        match found.exact {
            Some(binding) => self.put_at(put, binding),
            None => self.put_into(put, found),
        }
    }

    /// With a definition that is there.
    fn put_at(&self, put: &Put, binding: Binding<'_>) -> Option<Vec<Edit>> {
        let value = binding.value?;
        let indentation = self.indentation(binding.node.start()).to_owned();
        if !put.keep {
            let (text, edits) = self.all_values(put, &indentation, binding.node.start())?;
            return Some([vec![Edit::new(value.range(), text)], edits].concat());
        }
        let deeper = format!("{indentation}{}", self.step());
        if let Some(Property::Merge { list }) = self.reader().property(&Value::from(value)) {
            let list = list.plain()?;
            let list = list.inside_parens();
            let last = self.reader().items(&Value::from(list))?.into_iter().last();
            let end = self.line_end();
            let mut text = String::new();
            for one in &put.values {
                text.push_str(&format!("{end}{}", self.item(one, &deeper)));
            }
            let at = last.map_or(list.start() + 1, |last| last.end());
            return Some(vec![Edit::new(at..at, text)]);
        }
        let own = Inserted {
            value: reindented(self.slice(&value.range()), &indentation, "", self.line_end()),
            comments: Vec::new(),
        };
        let all = Put { values: [vec![own], put.values.clone()].concat(), ..put.clone() };
        let (text, edits) = self.all_values(&all, &indentation, binding.node.start())?;
        Some([vec![Edit::new(value.range(), text)], edits].concat())
    }

    /// The value of a binding: the only one, or a `mkMerge` of all.
    fn all_values(&self, put: &Put, indentation: &str, offset: usize) -> Option<(String, Vec<Edit>)> {
        let end = self.line_end();
        if let [only] = put.values.as_slice()
            && only.comments.is_empty()
        {
            return Some((reindented(&only.value, "", indentation, end), Vec::new()));
        }
        let spelling = self.spelling("mkMerge", offset)?;
        let deeper = format!("{indentation}{}", self.step());
        let items: Vec<String> = put.values.iter().map(|one| format!("{end}{}", self.item(one, &deeper))).collect();
        let text = format!("{} [{}{end}{indentation}]", spelling.name, items.concat());
        Some((text, spelling.needs.into_iter().collect()))
    }

    fn item(&self, one: &Inserted, indentation: &str) -> String {
        let end = self.line_end();
        let comments: String = one.comments.iter().map(|line| format!("{indentation}{line}{end}")).collect();
        let value = self.as_argument(&one.value);
        format!("{comments}{indentation}{}", reindented(&value, "", indentation, end))
    }

    /// Where no definition is there yet.
    fn put_into(&self, put: &Put, found: &Found<'_>) -> Option<Vec<Edit>> {
        let rest = &put.path[found.depth..];
        let name = format!("{}{}", found.prefix, OptionPath::from_names(rest.iter().map(String::as_str)));
        let entries = entries_with_comments(found.set);
        let indentation = match entries.iter().find(|(entry, _)| self.begins_line(entry.start())) {
            Some((entry, _)) => self.indentation(entry.start()).to_owned(),
            None => format!("{}{}", self.indentation(found.set.start()), self.step()),
        };
        let end = self.line_end();
        let (comments, put) = match put.values.as_slice() {
            [only] => (
                only.comments.clone(),
                Put { values: vec![Inserted { comments: Vec::new(), ..only.clone() }], ..put.clone() },
            ),
            _ => (Vec::new(), put.clone()),
        };
        let (value, mut edits) = self.all_values(&put, &indentation, found.set.start() + 1)?;
        let comments: String = comments.iter().map(|line| format!("{line}{end}{indentation}")).collect();
        let text = format!("{comments}{name} = {value};");
        let after = self.neighbour(&entries, rest).map(|(_, span)| span.end as usize);
        match after {
            Some(at) if entries.iter().all(|(entry, _)| !self.begins_line(entry.start())) && !text.contains('\n') => {
                edits.push(Edit::new(at..at, format!(" {text}")));
            }
            Some(at) => edits.push(Edit::new(at..at, format!("{end}{indentation}{text}"))),
            None if entries.is_empty() => {
                let (open, close) = (self.opening(found.set)?, found.set.end() - 1);
                let inner = open + self.text()[open..close].trim_end().len();
                edits.push(Edit::new(inner..inner, format!("{end}{indentation}{text}")));
            }
            // In front of all others, where that is its place.
            None => {
                let first = entries.first().map(|(_, span)| span.start as usize)?;
                edits.push(Edit::new(first..first, format!("{text}{end}{indentation}")));
            }
        }
        Some(edits)
    }

    /// The end of an empty set comes on a line of its own.
    fn closing(&self, found: &Found<'_>) -> Option<Edit> {
        if found.exact.is_some() || found.set.entries().next().is_some() {
            return None;
        }
        let (open, close) = (self.opening(found.set)?, found.set.end() - 1);
        let inner = open + self.text()[open..close].trim_end().len();
        let text = format!("{}{}", self.line_end(), self.indentation(found.set.start()));
        (self.slice(&(inner..close)) != text).then(|| Edit::new(inner..close, text))
    }

    /// The byte after the bracket that opens a set.
    fn opening(&self, set: Node<'_>) -> Option<usize> {
        self.text()[set.start()..set.end()].find('{').map(|at| set.start() + at + 1)
    }

    /// The entry after which a new one is put: the last that shares its first name; where all are in order, the one
    /// before it in that order; else the last. `None` to put it in front.
    fn neighbour<'t, 'e>(
        &self,
        entries: &'e [(Node<'t>, crate::source::Span)],
        rest: &[String],
    ) -> Option<&'e (Node<'t>, crate::source::Span)> {
        let name_of = |entry: &Node<'_>| Binding::of(*entry).map(|binding| path_names(binding.path));
        let shares = |entry: &&(Node<'_>, _)| {
            name_of(&entry.0).is_some_and(|names| names.first().cloned().flatten().as_ref() == rest.first())
        };
        if let Some(kin) = entries.iter().rfind(shares) {
            return Some(kin);
        }
        let names: Vec<String> = entries
            .iter()
            .map(|(entry, _)| name_of(entry).unwrap_or_default().into_iter().flatten().collect::<Vec<_>>().join("."))
            .collect();
        let ordered = names.len() > 2 && names.iter().all(|name| !name.is_empty()) && names.is_sorted();
        if !ordered {
            return entries.last();
        }
        let wanted = rest.join(".");
        names.iter().rposition(|name| *name < wanted).and_then(|index| entries.get(index))
    }

    /// The deepest set that a definition of the path can be put into.
    fn place(&self, path: &[String]) -> Option<Found<'_>> {
        let Sets { roots, apart } = self.sets()?;
        let mut best: Option<(Found<'_>, bool)> = None;
        for (set, conditional) in roots {
            let found = self.deepest(set, path, 0, "");
            if found.exact.is_none() && !is_free(found.set, &path[found.depth..], None) {
                continue;
            }
            let better = best.as_ref().is_none_or(|(known, known_conditional)| {
                let rank = |found: &Found<'_>, conditional: bool| (found.exact.is_some(), found.depth, !conditional);
                rank(&found, conditional) > rank(known, *known_conditional)
            });
            if better {
                best = Some((found, conditional));
            }
        }
        if let Some((found, _)) = best {
            return Some(found);
        }
        // Nothing but options so far, or nothing that leaves room.
        let found = self.deepest_apart(apart?, path);
        let rest: Vec<String> = found
            .prefix
            .split('.')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .chain(path[found.depth..].iter().cloned())
            .collect();
        (found.exact.is_some() || is_free(found.set, &rest, None)).then_some(found)
    }

    /// What the module that the file is says of the configuration.
    fn sets(&self) -> Option<Sets<'_>> {
        let root = self.reader().root().expressions().next()?;
        let mut top = root;
        while let Expr::Lambda { body: Some(body) } = top.body().expr() {
            top = body;
        }
        let mut sets = Sets { roots: Vec::new(), apart: None };
        let body = top.body();
        if !matches!(body.expr(), Expr::Set) {
            self.roots(top, false, &mut sets.roots);
            return Some(sets);
        }
        let first_names: Vec<String> =
            body.bindings().filter_map(|binding| path_names(binding.path).into_iter().next().flatten()).collect();
        if first_names.iter().any(|name| name == "config" || name == "options") {
            sets.apart = Some(body);
            for binding in body.bindings() {
                if path_names(binding.path) == [Some("config".to_owned())] {
                    self.roots(binding.value?, false, &mut sets.roots);
                }
            }
        } else {
            sets.roots.push((body, false));
        }
        Some(sets)
    }

    fn deepest_apart<'t>(&self, set: Node<'t>, path: &[String]) -> Found<'t> {
        let with_config: Vec<String> = std::iter::once("config".to_owned()).chain(path.iter().cloned()).collect();
        let found = self.deepest(set, &with_config, 0, "");
        match found.depth.checked_sub(1) {
            Some(depth) => Found { depth, ..found },
            None => Found { set, depth: 0, exact: found.exact, prefix: "config." },
        }
    }

    /// The sets of a module's configuration, and whether they stand under a condition.
    fn roots<'t>(&'t self, value: Node<'t>, conditional: bool, found: &mut Vec<(Node<'t>, bool)>) {
        let body = value.body();
        match self.reader().property(&Value::from(body)) {
            Some(Property::If { content, .. }) => {
                if let Some(content) = content.plain() {
                    self.roots(content, true, found);
                }
            }
            Some(Property::Merge { list }) => {
                for item in self.reader().items(&list).unwrap_or_default() {
                    self.roots(item, conditional, found);
                }
            }
            Some(_) => {}
            None if is_plain_set(body) => found.push((body, conditional)),
            None => {}
        }
    }

    fn deepest<'t>(&self, set: Node<'t>, path: &[String], depth: usize, prefix: &'static str) -> Found<'t> {
        let mut best = Found { set, depth, exact: None, prefix };
        let rest = &path[depth..];
        for binding in set.bindings() {
            let names = path_names(binding.path);
            let leads =
                names.len() <= rest.len() && names.iter().zip(rest).all(|(name, wanted)| name.as_ref() == Some(wanted));
            if !leads {
                continue;
            }
            if names.len() == rest.len() {
                return Found { set, depth, exact: Some(binding), prefix };
            }
            // Only a set that stands there by itself: what is around it would be around the new definition.
            if let Some(value) = binding.value.filter(|value| is_plain_set(value.inside_parens())) {
                let inner = self.deepest(value.inside_parens(), path, depth + names.len(), prefix);
                if inner.exact.is_some() {
                    return inner;
                }
                if inner.depth > best.depth {
                    best = inner;
                }
            }
        }
        best
    }
}

/// Insertions at one place as one.
fn joined(edits: Vec<Edit>) -> Vec<Edit> {
    let mut out: Vec<Edit> = Vec::new();
    for edit in edits {
        match out.iter_mut().find(|known| known.range() == edit.range() && edit.range().is_empty()) {
            // `{ a, ... }:` in front of a plain set, once for all of them.
            Some(known) if known.text.starts_with('{') => {
                let name = edit.text.trim_start_matches('{').split(',').next().unwrap_or_default().trim().to_owned();
                known.text = known.text.replacen("{ ", &format!("{{ {name}, "), 1);
            }
            Some(known) => known.text.push_str(&edit.text),
            None => out.push(edit),
        }
    }
    out
}
