//! What fixes are made from: what was evaluated, with the texts that it speaks of.

use std::collections::BTreeMap;
use std::sync::Arc;

use mkwhy_model::{Cascade, Change, Definition, Edit, Finding, OptionPath, Overlap, Position, Spans, Written};
use mkwhy_syntax::edit::Taken;
use mkwhy_syntax::{Source, Summary};

use super::{Fix, FixKind};
use crate::check::Inspection;

/// The targets that were evaluated.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) inspections: &'a [Inspection],
}

/// Where a definition can be edited.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) file: String,
    pub(super) spans: Spans,
    /// Whether only a part of its binding is this definition: a name of an `inherit`, an item of a `mkMerge`.
    pub(super) part: Option<std::ops::Range<usize>>,
}

impl Spot {
    pub(super) fn taken(&self) -> Taken {
        Taken { binding: self.spans.binding.clone(), part: self.part.clone() }
    }
}

impl<'a> Ground<'a> {
    /// The text of one of the person's own files as it was evaluated.
    pub(super) fn source(&self, file: &str) -> Option<&'a Arc<Source>> {
        self.inspections
            .iter()
            .filter(|inspection| inspection.is_evaluated() && inspection.is_written_in(file))
            .find_map(|inspection| inspection.source(file))
    }

    /// Whether a file is a module by itself, and not only what a module imports as a value.
    pub(super) fn is_module(&self, file: &str) -> bool {
        self.inspections.iter().any(|inspection| inspection.is_evaluated() && inspection.own_files().contains(file))
    }

    /// The cascades of an option, of every target that has it.
    pub(super) fn cascades(&self, option: &OptionPath) -> impl Iterator<Item = &'a Cascade> + use<'a> {
        let option = option.clone();
        self.inspections.iter().filter_map(move |inspection| inspection.cascade(&option))
    }

    /// The definition of an option at a place, in the first target that has it there; also where the option is the
    /// other name through which it was written.
    pub(super) fn definition(&self, option: &OptionPath, at: &Position) -> Option<(&'a Cascade, &'a Definition)> {
        let here = |definition: &&Definition| definition.at == *at && !definition.declared_default;
        let known = self.cascades(option).find_map(|cascade| Some((cascade, cascade.definitions.iter().find(here)?)));
        known.or_else(|| {
            self.inspections
                .iter()
                .flat_map(Inspection::cascades)
                .filter_map(|cascade| Some((cascade, cascade.definitions.iter().find(here)?)))
                .find(|(_, definition)| definition.via.as_ref() == Some(option))
        })
    }

    /// The definition of an option that a finding is about, as it is in a target in which the finding holds: in others it
    /// may have won.
    pub(super) fn found(&self, finding: &Finding, option: &OptionPath) -> Option<(&'a Cascade, &'a Definition)> {
        let holds = |inspection: &&Inspection| finding.targets.iter().any(|target| target == inspection.target());
        let here = |definition: &&Definition| definition.at == finding.site.at && !definition.declared_default;
        let cascades = self.inspections.iter().filter(holds).filter_map(|inspection| inspection.cascade(option));
        cascades
            .filter_map(|cascade| Some((cascade, cascade.definitions.iter().find(here)?)))
            .next()
            .or_else(|| self.definition(option, &finding.site.at))
    }

    /// Where a definition can be edited, if it is the person's own and written out.
    pub(super) fn spot(&self, cascade: &Cascade, definition: &Definition) -> Option<Spot> {
        let source = self.source(&definition.at.file)?;
        let Written::Literal { spans } = &definition.written else { return None };
        if !definition.certain || source.slice(&spans.binding).is_empty() {
            return None;
        }
        let inherited = source.slice(&spans.binding).starts_with("inherit");
        let shared = cascade.definitions.iter().any(|other| {
            other.at.file == definition.at.file
                && other
                    .written
                    .spans()
                    .is_some_and(|there| there.binding == spans.binding && there.value != spans.value)
        });
        let part = match (inherited, shared) {
            (true, _) => Some(spans.name.clone()),
            (false, true) => Some(spans.value.clone()),
            (false, false) => None,
        };
        Some(Spot { file: definition.at.file.clone(), spans: spans.clone(), part })
    }

    /// The same for a place, also of a larger definition that is no setting by itself.
    pub(super) fn spot_at(&self, option: &OptionPath, at: &Position) -> Option<Spot> {
        if let Some((cascade, definition)) = self.definition(option, at)
            && let Some(spot) = self.spot(cascade, definition)
        {
            return Some(spot);
        }
        let source = self.source(&at.file)?;
        let written = source.definition_at(at.line?, at.column?, option.segments())?;
        // The part of an attribute path that only leads to a definition is none that could go by itself.
        let spans = Spans {
            name: written.name.clone(),
            value: written.value.clone(),
            binding: written.binding.clone(),
            wrapper: written.wrapper.clone(),
            conditions: written.conditions.clone(),
        };
        Some(Spot { file: at.file.clone(), spans, part: None })
    }

    /// Whether a definition can be taken out of its file.
    pub(super) fn can_be_taken(&self, spot: &Spot) -> bool {
        self.source(&spot.file).is_some_and(|source| source.can_be_taken(&spot.taken()))
    }

    /// The edits that take definitions out of their files.
    pub(super) fn removal(&self, spots: &[Spot]) -> Option<Change> {
        let mut by_file: BTreeMap<&str, Vec<Taken>> = BTreeMap::new();
        for spot in spots {
            by_file.entry(&spot.file).or_default().push(spot.taken());
        }
        let mut change = Change::default();
        for (file, taken) in by_file {
            let source = self.source(file)?;
            for edit in source.removal(&taken, &[])? {
                change.edit(file, &source.shared_text(), edit).ok()?;
            }
        }
        Some(change)
    }

    /// The edits of one file as a change.
    pub(super) fn edits(&self, file: &str, edits: Vec<Edit>) -> Option<Change> {
        let mut change = Change::default();
        self.add(&mut change, file, edits).ok()?;
        (!change.is_empty()).then_some(change)
    }

    /// More edits of a file.
    pub(super) fn add(&self, change: &mut Change, file: &str, edits: Vec<Edit>) -> Result<(), Overlap> {
        let Some(source) = self.source(file) else { return Err(Overlap { file: file.to_owned() }) };
        edits.into_iter().try_for_each(|edit| change.edit(file, &source.shared_text(), edit))
    }

    /// What a file says as a module.
    pub(super) fn summary(&self, file: &str) -> Option<Summary> {
        Some(Summary::of(self.source(file)?))
    }
}

/// A fix of a finding.
pub(super) fn of_finding(finding: &Finding, kind: FixKind, title: impl Into<String>, change: Change) -> Fix {
    Fix {
        title: title.into(),
        kind,
        code: Some(finding.code.clone()),
        option: finding.option.clone(),
        preferred: false,
        meant: Vec::new(),
        change,
        remarks: Vec::new(),
    }
}

impl Fix {
    /// The one to take.
    #[must_use]
    pub(super) fn preferred(mut self) -> Self {
        self.preferred = true;
        self
    }

    /// It is meant to change this option.
    #[must_use]
    pub(super) fn meaning(mut self, option: &OptionPath) -> Self {
        self.meant.push(option.clone());
        self
    }
}
