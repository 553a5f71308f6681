//! The documents of `mkwhy fix` and `mkwhy move`.

use mkwhy::{
    Applied, Change, Checked, Edit, FinalValue, Finding, Fix, FixKind, Left, Message, MovePlan, OptionPath, Position,
    Proof,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::diff;

/// What `mkwhy fix` comes to.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Fixed {
    /// The targets that were looked at.
    pub targets: Vec<Checked>,
    /// The fixes, in the order in which they were written; then those that were left.
    pub fixes: Vec<FixEntry>,
    /// The proofs that they name.
    pub proofs: Vec<ProofEntry>,
    /// The files that were written, as positions name them.
    pub files: Vec<String>,
    /// Those of them that are new.
    pub created: Vec<String>,
    /// Those of the new ones that Nix does not see before `git add` was told of them.
    pub to_add: Vec<String>,
    /// What should be known about it, in sentences.
    pub notes: Vec<String>,
}

/// What became of a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FixOutcome {
    /// It is written.
    Written,
    /// It would be written.
    Shown,
    /// It is not, and would not be.
    Left,
    /// The person did not want it.
    Declined,
}

/// One fix.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FixEntry {
    /// What became of it.
    outcome: FixOutcome,
    /// Why it was left, in sentences.
    why: Vec<String>,
    /// The rule.
    code: String,
    /// The option that it is about.
    option: Option<OptionPath>,
    /// Where the finding is.
    at: Position,
    /// What was found.
    message: String,
    /// What the fix does; null where none could be chosen.
    title: Option<String>,
    /// What kind of fix it is.
    kind: Option<&'static str>,
    /// The options whose value it is meant to change.
    meant: Vec<OptionPath>,
    /// What should be known about it, in sentences.
    remarks: Vec<String>,
    /// What it writes.
    changes: Vec<FileEntry>,
    /// The number of its proof in `proofs`, from 0: together with the others that name it.
    proof: Option<usize>,
}

/// What happens to a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileEntry {
    /// The file, as positions name it.
    file: String,
    /// Whether it is new.
    created: bool,
    /// The replacements, as byte ranges of the text before.
    edits: Vec<Edit>,
    /// The same as `diff -u` writes it.
    diff: String,
}

/// What Nix says of a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProofEntry {
    /// It in one line.
    summary: String,
    /// How many different options were compared.
    options: usize,
    /// How long it took, in seconds.
    seconds: f64,
    /// By target.
    targets: Vec<TargetEntry>,
}

/// What a change comes to in one target.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TargetEntry {
    /// The target.
    target: String,
    /// How many options were compared.
    compared: usize,
    /// The options whose value changes.
    changed: Vec<ValueEntry>,
    /// The options that it touches and of which nobody can say whether their value changes.
    uncompared: Vec<OptionPath>,
    /// Options that nobody can look into, which may follow those that change.
    following: Vec<OptionPath>,
    /// Why the target cannot be evaluated with the change.
    failure: Option<Message>,
}

/// A value that a change gives an option.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ValueEntry {
    /// The option.
    option: OptionPath,
    /// Its value before.
    before: FinalValue,
    /// Its value after.
    after: FinalValue,
}

/// What `mkwhy move` comes to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Moved {
    /// What it does, in a few words.
    title: String,
    /// Whether it was written.
    written: bool,
    /// The definitions that stand in the other module then.
    moved: Vec<PlaceEntry>,
    /// The definitions that are taken out, because nothing depends on them.
    removed: Vec<PlaceEntry>,
    /// The definitions that stay where they are.
    left: Vec<LeftEntry>,
    /// What should be known about it, in sentences.
    remarks: Vec<String>,
    /// What it writes.
    changes: Vec<FileEntry>,
    /// What Nix says of it; null where it was not asked.
    proof: Option<ProofEntry>,
    /// Whether the proof speaks for it; null where there is none.
    proved: Option<bool>,
    /// The new files that Nix does not see before `git add` was told of them.
    to_add: Vec<String>,
    /// What should be known about this run, in sentences.
    notes: Vec<String>,
}

/// A definition.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaceEntry {
    /// Its option.
    option: OptionPath,
    /// Where it is, before the move.
    at: Position,
    /// Why, in a sentence.
    why: Option<String>,
}

/// A definition that stays.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftEntry {
    /// Its option.
    option: OptionPath,
    /// Where it is.
    at: Position,
    /// Why, in a sentence.
    why: String,
    /// What can be done instead; null where nothing is known.
    next: Option<NextEntry>,
}

/// What can be done instead of a move.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextEntry {
    /// What it does, in a few words.
    title: String,
    /// The command that does it; null where nothing is to be done.
    command: Option<String>,
}

impl Fixed {
    /// One more fix, or what has none.
    pub fn fix(
        &mut self,
        finding: &Finding,
        fix: Option<&Fix>,
        outcome: FixOutcome,
        why: Vec<String>,
        proof: Option<usize>,
    ) {
        self.fixes.push(FixEntry {
            outcome,
            why,
            code: finding.code.clone(),
            option: finding.option.clone(),
            at: finding.site.at.clone(),
            message: finding.message.clone(),
            title: fix.map(|fix| fix.title.clone()),
            kind: fix.map(|fix| kind(fix.kind)),
            meant: fix.map(|fix| fix.meant.clone()).unwrap_or_default(),
            remarks: fix.map(|fix| fix.remarks.clone()).unwrap_or_default(),
            changes: fix.map(|fix| changes(&fix.change)).unwrap_or_default(),
            proof,
        });
    }

    /// One more proof, and its number.
    pub fn proof(&mut self, proof: Proof) -> usize {
        self.proofs.push(proof.into());
        self.proofs.len() - 1
    }

    /// More that was written.
    pub fn applied(&mut self, applied: Applied) {
        for (list, more) in
            [(&mut self.files, applied.files), (&mut self.created, applied.created), (&mut self.to_add, applied.to_add)]
        {
            list.extend(more);
            list.sort();
            list.dedup();
        }
    }

    /// Whether anything was written.
    pub fn is_written(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether less was written than was asked for.
    pub fn is_left(&self) -> bool {
        self.count(FixOutcome::Left) > 0
    }

    fn count(&self, outcome: FixOutcome) -> usize {
        self.fixes.iter().filter(|fix| fix.outcome == outcome).count()
    }

    /// A sentence that counts.
    pub fn summary(&self, unproved: bool) -> String {
        let fixes = |number: usize| if number == 1 { "1 fix".to_owned() } else { format!("{number} fixes") };
        let files = match self.files.len() {
            1 => " to 1 file".to_owned(),
            number => format!(" to {number} files"),
        };
        let counted = [
            (FixOutcome::Written, format!("written{files}")),
            (FixOutcome::Shown, if unproved { "not proved, not written".to_owned() } else { "not written".to_owned() }),
            (FixOutcome::Declined, "not wanted".to_owned()),
            (FixOutcome::Left, "left".to_owned()),
        ];
        let parts: Vec<String> = counted
            .into_iter()
            .filter(|(outcome, _)| self.count(*outcome) > 0)
            .map(|(outcome, words)| format!("{} {words}", fixes(self.count(outcome))))
            .collect();
        if parts.is_empty() { "nothing to fix".to_owned() } else { parts.join(", ") }
    }
}

impl Moved {
    /// A move that was planned, not yet written.
    pub fn new(plan: &MovePlan, fix: &Fix, proof: Option<Proof>, notes: Vec<String>) -> Self {
        let place = |option: &OptionPath, at: &Position, why: Option<&str>| PlaceEntry {
            option: option.clone(),
            at: at.clone(),
            why: why.map(str::to_owned),
        };
        Self {
            title: plan.fix.title.clone(),
            written: false,
            moved: plan.moved.iter().map(|(option, at)| place(option, at, None)).collect(),
            removed: plan.removed.iter().map(|one| place(&one.option, &one.at, Some(&one.why))).collect(),
            left: plan.left.iter().map(left).collect(),
            remarks: plan.fix.remarks.clone(),
            changes: changes(&fix.change),
            proved: proof.as_ref().map(|proof| proof.holds(fix)),
            proof: proof.map(ProofEntry::from),
            to_add: Vec::new(),
            notes,
        }
    }

    /// What should be known about this run.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The same after it was written.
    #[must_use]
    pub fn written(mut self, applied: Applied) -> Self {
        self.written = true;
        self.to_add = applied.to_add;
        self
    }
}

fn left(left: &Left) -> LeftEntry {
    let next = left.next.as_ref();
    LeftEntry {
        option: left.option.clone(),
        at: left.at.clone(),
        why: left.why.clone(),
        next: next.map(|next| NextEntry { title: next.title.clone(), command: next.command.clone() }),
    }
}

impl From<Proof> for ProofEntry {
    fn from(proof: Proof) -> Self {
        let summary = proof.summary();
        let targets = proof.targets.into_iter().map(|target| TargetEntry {
            target: target.target,
            compared: target.compared,
            changed: target
                .changed
                .into_iter()
                .map(|change| ValueEntry { option: change.option, before: change.before, after: change.after })
                .collect(),
            uncompared: target.uncompared,
            following: target.following,
            failure: target.failure,
        });
        Self { summary, options: proof.options, seconds: proof.took.as_secs_f64(), targets: targets.collect() }
    }
}

fn changes(change: &Change) -> Vec<FileEntry> {
    let entry = |(name, file): (&str, &mkwhy::FileChange)| FileEntry {
        file: name.to_owned(),
        created: file.before.is_none(),
        edits: file.edits().to_vec(),
        diff: diff::patch(name, file),
    };
    change.files().map(entry).collect()
}

fn kind(kind: FixKind) -> &'static str {
    match kind {
        FixKind::Remove => "remove",
        FixKind::Priority => "priority",
        FixKind::Settle => "settle",
        FixKind::Keep => "keep",
        FixKind::Rename => "rename",
        FixKind::Move => "move",
        FixKind::Allow => "allow",
    }
}
