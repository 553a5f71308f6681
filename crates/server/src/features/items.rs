//! The definitions of a document.

use std::sync::Arc;

use mkwhy::{Cascade, Definition, Segment};

use crate::place::{binding_span, name_span};

/// One definition in a document.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) cascade: Arc<Cascade>,
    pub(crate) index: usize,
    pub(crate) name: (usize, usize),
    pub(crate) binding: (usize, usize),
}

impl Item {
    pub(crate) fn definition(&self) -> &Definition {
        &self.cascade.definitions[self.index]
    }

    /// Whether another one is of the same option, by the same binding.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.cascade.path == other.cascade.path
    }
}

/// The definitions in a document whose places are known, in the order of the text; where `perhaps`, also those of which the
/// text alone does not tell whether the target has them.
pub(crate) fn items(cascades: impl Iterator<Item = Arc<Cascade>>, file: &str, perhaps: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for cascade in cascades {
        let segments = cascade.path.segments();
        // Where the text is broken there is no name; a whole module has none either.
        if segments.is_empty()
            || segments.iter().any(|segment| matches!(segment, Segment::Name(name) if name.is_empty()))
        {
            continue;
        }
        for (index, definition) in cascade.definitions.iter().enumerate() {
            // A larger definition that may hold something else has no priority for it.
            let is_one = definition.certain || (perhaps && definition.priority.is_some());
            if definition.at.file != file || definition.declared_default || !is_one {
                continue;
            }
            if let (Some(name), Some(binding)) = (name_span(definition), binding_span(definition)) {
                items.push(Item { cascade: cascade.clone(), index, name, binding });
            }
        }
    }
    items.sort_by(|a, b| (a.name, &a.cascade.path).cmp(&(b.name, &b.cascade.path)));
    items
}

/// The smallest definition around an offset, of those that a click there can mean.
pub(crate) fn item_at(items: &[Item], offset: usize) -> Option<&Item> {
    let on_name = |item: &Item| item.name.0 <= offset && offset <= item.name.1;
    let inside = |item: &Item| item.binding.0 <= offset && offset <= item.binding.1;
    let found = items.iter().filter(|item| inside(item) || on_name(item));
    found.min_by_key(|item| (item.binding.1 - item.binding.0, std::cmp::Reverse(item.cascade.path.segments().len())))
}
