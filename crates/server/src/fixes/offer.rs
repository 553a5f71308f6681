//! What is offered at a place. Nothing is evaluated for that.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use mkwhy::{Change, Finding, Fix, FixKind, Inspection, MoveRequest, OptionPath, Position, Workspace};
use serde_json::json;
use tower_lsp::lsp_types::{
    CodeAction, CodeActionContext, CodeActionDisabled, CodeActionKind, CodeActionOrCommand, CodeActionTriggerKind,
    Command, Diagnostic, NumberOrString, Range as LspRange, Url,
};

use super::resolve::why_refused;
use super::{Offer, What, outdated};
use crate::features;
use crate::folder::Folder;
use crate::requests::FixEntry;
use crate::state::{Shared, State};
use crate::text::Text;

/// Where something is to be offered.
pub(crate) enum Place {
    /// A range of a document.
    Range(LspRange),
    /// The definitions of an option in a document.
    Option(OptionPath),
}

/// What an offer is made of.
struct Ground {
    workspace: Arc<Workspace>,
    inspection: Arc<Inspection>,
    /// The findings there.
    findings: Vec<Finding>,
    /// All findings of the document.
    all: Vec<Finding>,
    /// The definitions there.
    definitions: Vec<(OptionPath, Position)>,
}

impl Ground {
    fn of(state: &State, uri: &Url, place: &Place) -> Option<Self> {
        if !state.trusted {
            return None;
        }
        let (folder, name, document) = state.document(uri)?;
        let inspection = folder.inspection.clone()?;
        let text = &document.text;
        let all = folder.findings_in(&name).to_vec();
        let items = folder.items(&name);
        let (findings, definitions) = match place {
            Place::Range(range) => {
                let wanted = text.offset(range.start, state.encoding)..text.offset(range.end, state.encoding);
                let here = |finding: &&Finding| touches(&wanted, &bytes(text, finding));
                let item = features::item_at(&items, wanted.start).map(at);
                (all.iter().filter(here).cloned().collect(), item.into_iter().collect())
            }
            Place::Option(option) => {
                let of = |finding: &&Finding| finding.option.as_ref() == Some(option);
                let items = items.iter().filter(|item| item.cascade.path == *option);
                (all.iter().filter(of).cloned().collect(), items.map(at).collect())
            }
        };
        Some(Self { workspace: folder.workspace.clone(), inspection, findings, all, definitions })
    }

    fn fixes(&self, finding: &Finding) -> Vec<Fix> {
        self.workspace.fixes(std::slice::from_ref(&*self.inspection), finding)
    }
}

fn at(item: &features::Item) -> (OptionPath, Position) {
    (item.cascade.path.clone(), item.definition().at.clone())
}

/// The bytes that a finding is marked at.
fn bytes(text: &Text, finding: &Finding) -> Range<usize> {
    match (finding.site.span, finding.site.at.line) {
        (Some((start, end)), _) => start..end,
        (None, Some(line)) => text.nix_line(line, finding.site.at.column),
        (None, None) => 0..0,
    }
}

fn touches(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// What belongs to findings and definitions at a place, with the findings that each settles.
fn offers(shared: &Shared, uri: &Url, place: &Place, wants: &Wants) -> Vec<(Offer, Vec<Finding>)> {
    let ground = Ground::of(&shared.state(), uri, place);
    let Some(ground) = ground else { return Vec::new() };
    // Nothing here needs the state, so nobody has to wait for it.
    let mut made: Vec<(What, String, CodeActionKind, bool, bool, Vec<Finding>)> = Vec::new();
    let mut changes: Vec<Change> = Vec::new();
    let mut refusals: BTreeMap<usize, String> = BTreeMap::new();
    if wants.kind(&CodeActionKind::QUICKFIX) {
        for finding in &ground.findings {
            for fix in ground.fixes(finding) {
                if let Some(known) = changes.iter().position(|change| *change == fix.change) {
                    made[known].5.push(finding.clone());
                    continue;
                }
                changes.push(fix.change.clone());
                let (title, preferred) = (fix.title.clone(), fix.preferred);
                let what = What::Fix(Arc::new(fix));
                made.push((what, title, CodeActionKind::QUICKFIX, preferred, false, vec![finding.clone()]));
            }
        }
    }
    let rewrite = CodeActionKind::REFACTOR_REWRITE;
    if wants.kind(&rewrite) {
        for (option, at) in &ground.definitions {
            for fix in ground.workspace.refactorings(std::slice::from_ref(&*ground.inspection), option, at) {
                if !changes.contains(&fix.change) {
                    changes.push(fix.change.clone());
                    let title = fix.title.clone();
                    made.push((What::Fix(Arc::new(fix)), title, rewrite.clone(), false, false, Vec::new()));
                }
            }
        }
    }
    let moves = CodeActionKind::new("refactor.move");
    if wants.kind(&moves) {
        for (title, request, refusal) in moving(&ground) {
            refusals.extend(refusal.map(|why| (made.len(), why)));
            made.push((What::Move(request), title, moves.clone(), false, false, Vec::new()));
        }
    }
    let all = CodeActionKind::new(FIX_ALL);
    if wants.named(&all)
        && let Some(fix) = everything(&ground)
    {
        let title = fix.title.clone();
        made.push((What::Fix(Arc::new(fix)), title, all, false, true, Vec::new()));
    }
    let state = shared.state();
    let Some((folder, _, _)) = state.document(uri) else { return Vec::new() };
    made.into_iter()
        .enumerate()
        .map(|(number, (what, title, kind, preferred, only_proved, findings))| {
            let refusal = refusals.remove(&number);
            let offer = Offer { preferred, only_proved, refusal, ..Offer::new(folder, what, title, kind) };
            (offer, findings)
        })
        .collect()
}

/// A command of clients that show a proof before they apply a fix: they ask `mkwhy/proof` for both.
const TRY_FIX: &str = "mkwhy.tryFix";

/// What all findings of a document are settled with that need no choice.
pub(crate) const FIX_ALL: &str = "source.fixAll.mkwhy";

/// The moves of the definitions at a place: alone, with all that stands beside them, and all that there is. The first
/// also where nothing can be moved, with what stands in the way.
fn moving(ground: &Ground) -> Vec<(String, MoveRequest, Option<String>)> {
    let Some(base) = ground.workspace.config().base_module.as_deref() else { return Vec::new() };
    let base = base.strip_prefix("./").unwrap_or(base);
    let Some((option, at)) = ground.definitions.first() else { return Vec::new() };
    if at.file == base {
        return Vec::new();
    }
    let inspections = std::slice::from_ref(&*ground.inspection);
    let mut offered = Vec::new();
    let mut known: Option<Change> = None;
    let parent = option.parent().filter(|parent| !parent.is_empty());
    for (option, alone) in [(Some(option.clone()), true), (parent, false), (Some(OptionPath::default()), false)] {
        let Some(option) = option else { continue };
        let title = match (alone, option.is_empty()) {
            (true, _) => format!("move {option} into {base}"),
            (false, false) => format!("move all duplicates of {option}.* into {base}"),
            (false, true) => format!("move all duplicates into {base}"),
        };
        let request = MoveRequest { option, ..MoveRequest::default() };
        // In the active target alone it may come to something else; whether it comes to anything is seen here.
        let Ok(mut plan) = ground.workspace.plan_move(inspections, &request) else { continue };
        if alone && plan.fix.change.is_empty() && !plan.left.is_empty() {
            ground.workspace.find_next_best(inspections, &mut plan);
            offered.push((title, request, Some(why_refused(&plan))));
            continue;
        }
        if plan.fix.change.is_empty() || known.as_ref() == Some(&plan.fix.change) {
            continue;
        }
        known = Some(plan.fix.change);
        offered.push((title, request, None));
    }
    offered
}

/// The fixes to take of all findings, as far as they are not meant to change anything and do not touch each other.
fn everything(ground: &Ground) -> Option<Fix> {
    let mut change = Change::default();
    let mut settled = 0;
    let mut codes = BTreeSet::new();
    for finding in &ground.all {
        let fix = ground.fixes(finding).into_iter().find(|fix| fix.preferred && fix.meant.is_empty());
        let Some(fix) = fix else { continue };
        let mut with = change.clone();
        let edits = fix.change.files().all(|(name, file)| match &file.before {
            Some(before) => file.edits().iter().all(|edit| with.edit(name, before, edit.clone()).is_ok()),
            None => with.create(name, file.after()).is_ok(),
        });
        if edits && with != change {
            change = with;
            settled += 1;
            codes.insert(finding.code.clone());
        }
    }
    let findings = if settled == 1 { "finding" } else { "findings" };
    (settled > 0).then(|| Fix {
        title: format!("settle {settled} {findings} of this file"),
        kind: FixKind::Remove,
        code: None,
        option: None,
        preferred: false,
        meant: Vec::new(),
        change,
        remarks: codes.into_iter().collect(),
    })
}

/// Which kinds a client wants.
struct Wants {
    only: Option<Vec<CodeActionKind>>,
}

impl Wants {
    fn named(&self, kind: &CodeActionKind) -> bool {
        let includes = |wanted: &CodeActionKind| {
            let (wanted, kind) = (wanted.as_str(), kind.as_str());
            wanted.is_empty() || kind == wanted || kind.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
        };
        self.only.as_ref().is_some_and(|only| only.iter().any(includes))
    }

    /// Who names no kind wants what belongs to a place.
    fn kind(&self, kind: &CodeActionKind) -> bool {
        self.only.is_none() || self.named(kind)
    }
}

/// The code actions of a place.
pub(crate) fn actions(
    shared: &Shared,
    uri: &Url,
    range: LspRange,
    context: CodeActionContext,
) -> Vec<CodeActionOrCommand> {
    let wants = Wants { only: context.only };
    let offers = offers(shared, uri, &Place::Range(range), &wants);
    let by_itself = context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC);
    let mut state = shared.state();
    let mut actions = Vec::new();
    for (offer, findings) in offers {
        let Some((disabled, title)) = said(&state, &offer) else { continue };
        let abilities = state.abilities;
        if disabled.is_some() && (by_itself || !abilities.disabled_actions) {
            continue;
        }
        let settles = |diagnostic: &Diagnostic| {
            findings.iter().any(|finding| {
                diagnostic.code == Some(NumberOrString::String(finding.code.clone()))
                    && diagnostic.data.as_ref().is_none_or(|data| *data == features::data(finding))
            })
        };
        let diagnostics: Vec<Diagnostic> = context.diagnostics.iter().filter(|it| settles(it)).cloned().collect();
        let mut action = CodeAction {
            title,
            kind: Some(offer.kind.clone()),
            diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
            is_preferred: offer.preferred.then_some(true),
            disabled: disabled.map(|reason| CodeActionDisabled { reason }),
            data: Some(json!({ "offer": offer.id })),
            ..CodeAction::default()
        };
        if abilities.tries_fixes && !offer.only_proved {
            let arguments = vec![json!({ "id": offer.id, "title": offer.title, "kind": offer.kind })];
            action.command = Some(Command::new(offer.title.clone(), TRY_FIX.to_owned(), Some(arguments)));
            action.data = None;
        } else if !abilities.resolves_actions {
            // Who cannot ask for the edit later gets it now, unproved.
            let What::Fix(fix) = &offer.what else { continue };
            if offer.only_proved || action.disabled.is_some() {
                continue;
            }
            let Some(folder) = state.folders.get(&offer.root) else { continue };
            action.edit = super::edit::workspace_edit(&state, folder, &fix.change, None).ok();
            if action.edit.is_none() {
                continue;
            }
            action.title.push_str(" (unproved)");
            action.data = None;
        }
        state.offers.put(offer);
        actions.push(CodeActionOrCommand::CodeAction(action));
    }
    actions
}

/// Why an offer cannot be taken up now, and how it is called.
fn said(state: &State, offer: &Offer) -> Option<(Option<String>, String)> {
    let folder: &Folder = state.folders.get(&offer.root)?;
    let tried = state.offers.tried(&offer.id, folder.epoch);
    let title = match tried {
        Some(tried) => format!("{} ({})", offer.title, tried.verdict()),
        None => offer.title.clone(),
    };
    let change = match (&offer.what, tried) {
        (_, Some(tried)) => Some(&tried.fix.change),
        (What::Fix(fix), None) => Some(&fix.change),
        (What::Move(_), None) => None,
    };
    let edited = change.and_then(|change| outdated(state, &offer.root, change));
    let disabled = match edited {
        _ if offer.refusal.is_some() => offer.refusal.clone(),
        Some(name) => Some(format!("{name} is not what Nix evaluated: save it, and ask again")),
        None if change.is_some_and(|change| change.files().any(|(_, file)| file.before.is_none()))
            && !state.abilities.creates_files =>
        {
            Some("this editor does not let a fix make files: mkwhy move does it in a terminal".to_owned())
        }
        None => None,
    };
    Some((disabled, title))
}

/// The same for an extension: what can be done about an option or at a place.
pub(crate) fn entries(shared: &Shared, uri: &Url, place: &Place) -> Vec<FixEntry> {
    let offers = offers(shared, uri, place, &Wants { only: None });
    let mut state = shared.state();
    let mut entries = Vec::new();
    for (offer, _) in offers {
        let Some((disabled, _)) = said(&state, &offer) else { continue };
        let Some(folder) = state.folders.get(&offer.root) else { continue };
        let tried = state.offers.tried(&offer.id, folder.epoch);
        entries.push(FixEntry {
            id: offer.id.clone(),
            title: offer.title.clone(),
            kind: offer.kind.as_str().to_owned(),
            preferred: offer.preferred,
            proved: tried.map(|tried| tried.holds()),
            verdict: tried.map(|tried| tried.verdict()),
            disabled,
        });
        state.offers.put(offer);
    }
    entries
}
