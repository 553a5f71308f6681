//! Where in a file a target is made.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::DashMap;
use mkwhy_syntax::summary::Summary;
use mkwhy_syntax::{Source, Span};

use crate::file::{File, imports_hash, joined};
use crate::index::Index;

/// The places found before, by file and attribute.
pub(crate) type Places = DashMap<(Arc<Path>, Vec<String>), Arc<Place>>;

/// Where a file makes a target. It depends on the set of files and the text.
#[derive(Debug)]
pub(crate) struct Place {
    text: Arc<str>,
    /// The hash of all imports of the file.
    imports: u64,
    file_set: u64,
    /// How many of the attribute's names lead there: 0 for the whole file, all for the target itself.
    pub(crate) names: usize,
    /// The units of the lists of modules there.
    pub(crate) units: Vec<u16>,
    /// The numbers of the other files that are mentioned there.
    pub(crate) mentions: Vec<u32>,
}

impl Place {
    /// Whether it is the place in this text, letter by letter.
    pub(crate) fn is_of(&self, text: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.text, text) || self.text == *text
    }

    /// Whether both lead to the same modules in the same way.
    pub(crate) fn leads_as(&self, other: &Self) -> bool {
        (self.imports, self.names) == (other.imports, other.names)
            && (&self.units, &self.mentions) == (&other.units, &other.mentions)
    }
}

impl Index {
    /// Where a file makes the target that an attribute is.
    pub(crate) fn place(&self, file: &File, attribute: &[String]) -> Arc<Place> {
        let key = (file.path.clone(), attribute.to_vec());
        let file_set = self.file_set.load(Ordering::Acquire);
        let summary = &file.summary;
        if let Some(known) = self.places.get(&key)
            && known.file_set == file_set
            && known.is_of(summary.text())
        {
            return known.clone();
        }
        let (spans, names) = place(summary, attribute);
        let inside = |at: Span| spans.iter().any(|span| span.contains(at));
        let units = summary.lists.iter().filter(|list| inside(list.at)).map(|list| list.unit).collect();
        let imported = Covered::by(summary.imports.iter().filter(|import| import.unit > 0).map(|import| import.at));
        let mut mentions: Vec<u32> = spans
            .iter()
            .flat_map(|span| summary.path_literals(&span.range()).collect::<Vec<_>>())
            .filter(|literal| !imported.covers(*literal))
            .filter_map(|literal| Some(self.module_at(&joined(&file.path, summary.slice(literal)))?.id))
            .collect();
        mentions.sort_unstable();
        mentions.dedup();
        let imports = imports_hash(summary.imports.iter().enumerate());
        let place = Arc::new(Place { text: summary.text().clone(), imports, file_set, names, units, mentions });
        self.places.insert(key, place.clone());
        place
    }
}

/// The part of a text that some spans cover.
struct Covered {
    /// By their beginnings, each with the furthest end so far.
    spans: Vec<(u32, u32)>,
}

impl Covered {
    fn by(spans: impl Iterator<Item = Span>) -> Self {
        let mut spans: Vec<(u32, u32)> = spans.map(|span| (span.start, span.end)).collect();
        spans.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut spans {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        Self { spans }
    }

    fn covers(&self, span: Span) -> bool {
        let after = self.spans.partition_point(|(start, _)| *start <= span.start);
        after.checked_sub(1).is_some_and(|last| span.end <= self.spans[last].1)
    }
}

/// The parts of a text that make a target, and how many of its names lead there.
fn place(summary: &Summary, attribute: &[String]) -> (Vec<Span>, usize) {
    let text = summary.text();
    let whole = Span { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
    if attribute.is_empty() {
        let spans = match &summary.made {
            Some(made) => summary.reached_from(made.at),
            // What a module leads to, its imports say.
            None if summary.lists.is_empty() && is_module(summary) => Vec::new(),
            None => vec![whole],
        };
        return (spans, 0);
    }
    let names: Vec<&str> = attribute.iter().map(String::as_str).collect();
    if !names.iter().any(|name| text.contains(name)) {
        return (vec![whole], 0);
    }
    let source = Source::parse(text.clone());
    let first = source.entry(&names);
    if let Some((span, count)) = first.filter(|(_, count)| *count == names.len()) {
        return (summary.reached_from(span), count);
    }
    let outer = first.map(|(span, count)| (summary.reached_from(span), count));
    // `nixosConfigurations = import ./hosts.nix;`: the rest of the names, in that file or further out in this one.
    for from in 1..names.len() {
        let Some((span, count)) = source.entry(&names[from..]) else { continue };
        let inside = outer.as_ref().is_none_or(|(spans, _)| spans.iter().any(|known| known.contains(span)));
        if count + from == names.len() && inside {
            return (summary.reached_from(span), count);
        }
    }
    outer.unwrap_or((vec![whole], 0))
}

/// Whether a file says anything as a module.
fn is_module(summary: &Summary) -> bool {
    summary.definitions.iter().any(|definition| definition.unit == 0)
        || summary.declarations.iter().any(|declaration| declaration.unit == 0)
        || summary.imports.iter().any(|import| import.unit == 0)
}
