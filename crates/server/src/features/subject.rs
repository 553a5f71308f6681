//! The option that a place in a document is about.

use std::ops::Range;
use std::sync::Arc;

use mkwhy::{Cascade, Knowledge, OptionPath};

use super::item_at;
use crate::folder::Folder;

/// An option, and the bytes of the document that name it.
pub(crate) struct Subject {
    pub(crate) cascade: Arc<Cascade>,
    pub(crate) range: Range<usize>,
}

/// The option that is read, declared or defined at an offset.
pub(crate) fn subject_at(folder: &Folder, file: &str, offset: usize) -> Option<Subject> {
    if let Some(mention) = folder.mentioned(file, offset) {
        // What is read may be something inside an option.
        let mut path = Some(mention.path).filter(|path| !path.is_empty());
        while let Some(asked) = path {
            if let Some(cascade) = folder.cascade(&asked) {
                return Some(Subject { cascade, range: mention.range });
            }
            path = asked.parent().filter(|parent| !parent.is_empty());
        }
        return None;
    }
    let items = folder.items(file);
    let item = item_at(&items, offset)?;
    Some(Subject { cascade: item.cascade.clone(), range: item.name.0..item.name.1 })
}

/// The option at an offset that only Nix can tell of: the text does not say enough of it.
pub(crate) fn unknown_at(folder: &Folder, file: &str, offset: usize) -> Option<OptionPath> {
    let Some(mention) = folder.mentioned(file, offset) else {
        // What is defined here is known, but perhaps not who else defines it.
        let subject = subject_at(folder, file, offset).filter(|subject| subject.cascade.is_partial());
        return subject.map(|subject| subject.cascade.path.clone());
    };
    let path = mention.path;
    match subject_at(folder, file, offset) {
        Some(subject) if subject.cascade.path != path => Some(path),
        Some(subject) => matches!(subject.cascade.known, Knowledge::Syntax { .. }).then_some(path),
        None => Some(path),
    }
}
