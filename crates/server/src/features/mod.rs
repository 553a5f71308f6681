//! What a document is answered with.

mod completion;
mod diagnostics;
mod folding;
mod hierarchy;
mod hints;
mod hover;
mod items;
mod lenses;
mod navigation;
mod subject;
mod symbols;
mod views;

pub(crate) use completion::{completions, is_unknown};
pub(crate) use diagnostics::{data, diagnostics};
pub(crate) use folding::folds;
pub(crate) use hierarchy::{imported, importers, module_at};
pub(crate) use hints::{Later, hints, resolved};
pub(crate) use hover::hover;
pub(crate) use items::{Item, item_at, items};
pub(crate) use lenses::lenses;
pub(crate) use navigation::{declarations, links, references, winners};
pub(crate) use subject::{subject_at, unknown_at};
pub(crate) use symbols::{document_symbols, workspace_symbols};
pub(crate) use views::{document_items, modules, options, shown_cascade};
