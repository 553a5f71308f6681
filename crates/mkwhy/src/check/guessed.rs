//! What the text alone says of every setting, for targets that do not evaluate.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use mkwhy_model::{Found, Message, OptionPath};
use mkwhy_rules::{Merging, Subject};
use mkwhy_syntax::Source;

use super::Seen;
use crate::files::Files;
use crate::reading::Reading;
use crate::targets::Target;
use crate::workspace::Workspace;

/// What the rules see of a target whose text alone is read.
pub(super) fn seen(workspace: &Workspace, reading: &Reading, target: &Target, because: Option<Message>) -> Seen {
    let files = Files::new(workspace.root(), &workspace.config().own, None);
    let mut own = BTreeSet::new();
    let mut sources = BTreeMap::new();
    for file in reading.index().files() {
        let name = reading.name(&file.path);
        sources.insert(name.clone(), Rc::new(Source::parse(file.summary.text().clone())));
        if files.is_own(&file.path.to_string_lossy()) {
            own.insert(name);
        }
    }
    let mut subjects = Vec::new();
    for path in reading.index().paths_under(&OptionPath::default()) {
        let Found::Cascade { mut cascade } = reading.why(target, &path, because.clone()).found else { continue };
        if !cascade.definitions.iter().any(|definition| own.contains(definition.owner())) {
            continue;
        }
        for definition in &mut cascade.definitions {
            let spans = definition.written.spans().filter(|_| definition.value.is_none());
            let source = sources.get(&definition.at.file);
            definition.value = spans.zip(source).and_then(|(spans, source)| source.literal(&spans.value));
        }
        let merging = Merging::of_text(cascade.option_type.as_deref(), &cascade.definitions);
        subjects.push(Subject { merging, ..Subject::new(*cascade) });
    }
    Seen { subjects, own, sources, notes: Vec::new() }
}
