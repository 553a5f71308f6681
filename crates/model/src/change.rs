//! Changes of texts, as plain data: what a fix would write.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One replacement in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// The first byte of what is replaced.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What stands there then.
    pub text: String,
}

impl Edit {
    /// A replacement.
    pub fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { start: range.start, end: range.end, text: text.into() }
    }

    /// What is replaced.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Two edits of one file that touch the same text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: two edits touch the same text")]
pub struct Overlap {
    /// The file, as positions name it.
    pub file: String,
}

/// The edits of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The text that the edits speak of; `None` for a file that does not exist yet.
    pub before: Option<Arc<str>>,
    /// They, by place, none touching another's text.
    edits: Vec<Edit>,
}

impl FileChange {
    /// The edits, by place.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The text with the edits.
    pub fn after(&self) -> String {
        let before = self.before.as_deref().unwrap_or_default();
        let mut after = String::with_capacity(before.len());
        let mut at = 0;
        for edit in &self.edits {
            after.push_str(&before[at..edit.start]);
            after.push_str(&edit.text);
            at = edit.end;
        }
        after.push_str(&before[at..]);
        after
    }
}

/// What a fix would write: edits of texts, by the names that positions have for files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    files: BTreeMap<String, FileChange>,
}

impl Change {
    /// The files, by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &FileChange)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// What happens to a file.
    pub fn file(&self, name: &str) -> Option<&FileChange> {
        self.files.get(name)
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.files.values().all(|file| file.before.is_some() && file.edits.is_empty())
    }

    /// One more edit of a file with this text. Removals that overlap become one; an edit that is there already counts
    /// once.
    ///
    /// # Errors
    /// If it touches what another edit writes anew, or speaks of another text of the file.
    ///
    /// # Panics
    /// If the range is none of the text's, or cuts a character.
    pub fn edit(&mut self, name: &str, before: &Arc<str>, edit: Edit) -> Result<(), Overlap> {
        assert!(before.get(edit.range()).is_some(), "{name}: {:?} is no range of the text", edit.range());
        let file = self
            .files
            .entry(name.to_owned())
            .or_insert_with(|| FileChange { before: Some(before.clone()), edits: Vec::new() });
        let overlap = || Overlap { file: name.to_owned() };
        if file.before.as_ref() != Some(before) {
            return Err(overlap());
        }
        if file.edits.contains(&edit) && !edit.range().is_empty() {
            return Ok(());
        }
        let touches = |other: &Edit| {
            let apart = other.end <= edit.start || edit.end <= other.start;
            // Two insertions at one place have an order; an insertion at the edge of a removal stays.
            !apart
        };
        let mut edit = edit.clone();
        if file.edits.iter().any(touches) {
            let only_removals = edit.text.is_empty()
                && file.edits.iter().filter(|other| touches(other)).all(|other| other.text.is_empty());
            if !only_removals {
                return Err(overlap());
            }
            for other in file.edits.iter().filter(|other| touches(other)) {
                edit.start = edit.start.min(other.start);
                edit.end = edit.end.max(other.end);
            }
            let (start, end) = (edit.start, edit.end);
            file.edits.retain(|other| other.end <= start || end <= other.start);
        }
        let at = file.edits.partition_point(|other| (other.start, other.end) <= (edit.start, edit.end));
        file.edits.insert(at, edit);
        Ok(())
    }

    /// A new file.
    ///
    /// # Errors
    /// If something is written to a file of that name already.
    pub fn create(&mut self, name: &str, text: impl Into<String>) -> Result<(), Overlap> {
        if self.files.contains_key(name) {
            return Err(Overlap { file: name.to_owned() });
        }
        let edits = vec![Edit::new(0..0, text)];
        self.files.insert(name.to_owned(), FileChange { before: None, edits });
        Ok(())
    }

    /// This and another change of the same texts, as one.
    ///
    /// # Errors
    /// If both write anew what stands in one place, or create one file with different texts; then this is as it was.
    pub fn join(&mut self, other: &Self) -> Result<(), Overlap> {
        let mut joined = self.clone();
        for (name, file) in &other.files {
            match (&file.before, joined.files.get(name)) {
                (None, None) => drop(joined.files.insert(name.clone(), file.clone())),
                (None, Some(known)) if known == file => {}
                (None, Some(_)) => return Err(Overlap { file: name.clone() }),
                (Some(before), _) => {
                    for edit in &file.edits {
                        joined.edit(name, before, edit.clone())?;
                    }
                }
            }
        }
        *self = joined;
        Ok(())
    }

    /// The texts of the changed files afterwards.
    pub fn after(&self) -> BTreeMap<String, Option<Arc<str>>> {
        self.files.iter().map(|(name, file)| (name.clone(), Some(Arc::from(file.after())))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> Arc<str> {
        Arc::from(content)
    }

    #[test]
    fn edits_are_of_the_text_before() {
        let before = text("abcdef");
        let mut change = Change::default();
        change.edit("x", &before, Edit::new(4..5, "E")).expect("apart");
        change.edit("x", &before, Edit::new(0..1, "")).expect("apart");
        change.edit("x", &before, Edit::new(2..2, "-")).expect("apart");
        assert_eq!(change.file("x").expect("there").after(), "b-cdEf");
    }

    #[test]
    fn removals_join_and_nothing_else_overlaps() {
        let before = text("abcdef");
        let mut change = Change::default();
        change.edit("x", &before, Edit::new(1..3, "")).expect("apart");
        change.edit("x", &before, Edit::new(2..5, "")).expect("joined");
        assert_eq!(change.file("x").expect("there").after(), "af");
        assert!(change.edit("x", &before, Edit::new(0..2, "new")).is_err());
        assert!(change.edit("x", &text("other"), Edit::new(0..0, "new")).is_err());
        change.create("y", "made").expect("new");
        assert!(change.create("y", "again").is_err());
        assert_eq!(change.after()["y"].as_deref(), Some("made"));
    }

    #[test]
    fn changes_join_where_they_are_apart() {
        let before = text("abcdef");
        let of = |edit: Edit| {
            let mut change = Change::default();
            change.edit("x", &before, edit).expect("apart");
            change
        };
        let made = |text: &str| {
            let mut change = Change::default();
            change.create("y", text).expect("new");
            change
        };
        let mut joined = of(Edit::new(0..1, "A"));
        for other in [of(Edit::new(3..4, "D")), of(Edit::new(3..4, "D")), made("y"), made("y")] {
            joined.join(&other).expect("apart");
        }
        let as_it_was = joined.clone();
        for other in [of(Edit::new(2..4, "-")), made("other")] {
            assert!(joined.join(&other).is_err());
            assert_eq!(joined, as_it_was);
        }
        let mut half = of(Edit::new(5..6, "F"));
        half.join(&made("other")).expect("apart");
        assert!(joined.join(&half).is_err());
        assert_eq!(joined, as_it_was, "all of it or nothing");
        assert_eq!(joined.after()["x"].as_deref(), Some("AbcDef"));
        assert_eq!(joined.after()["y"].as_deref(), Some("y"));
    }
}
