//! What a document is answered with.

mod diagnostics;
mod hints;
mod hover;
mod items;
mod lenses;
mod navigation;
mod symbols;
mod views;

pub(crate) use diagnostics::{data, diagnostics};
pub(crate) use hints::hints;
pub(crate) use hover::hover;
pub(crate) use items::{Item, item_at, items};
pub(crate) use lenses::lenses;
pub(crate) use navigation::{declarations, links, references, winners};
pub(crate) use symbols::{document_symbols, workspace_symbols};
pub(crate) use views::{document_items, modules, options};
