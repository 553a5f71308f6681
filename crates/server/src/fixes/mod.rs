//! Fixes as code actions: offered from what Nix last said, proved when one is chosen, and only for texts that are still
//! what they were made for.

mod edit;
mod offer;
mod resolve;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mkwhy::{Change, Fix, Inspection, MovePlan, MoveRequest, Proof, Proofs};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::lsp_types::CodeActionKind;

use crate::folder::Folder;
use crate::state::State;

pub(crate) use offer::{FIX_ALL, Place, actions, entries};
pub(crate) use resolve::{proved, resolved};

/// So many offers are remembered; nobody takes one up that is older.
const MOST_OFFERS: usize = 1000;

/// What a fix would do to what is open.
const EDITED: i64 = -32801;
/// The request cannot be answered for another reason.
const FAILED: i64 = -32803;
/// The person did not want it any more.
const CANCELLED: i64 = -32800;

/// What is offered.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A fix as it was made.
    Fix(Arc<Fix>),
    /// Settings to be put elsewhere: what that comes to is seen when all targets were looked at.
    Move(MoveRequest),
}

/// Something that was offered.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) id: String,
    root: PathBuf,
    pub(crate) what: What,
    pub(crate) title: String,
    pub(crate) kind: CodeActionKind,
    pub(crate) preferred: bool,
    /// Whether it is only to be made where nothing changes.
    only_proved: bool,
    /// Why it cannot be taken up, as far as that is known before.
    refusal: Option<String>,
}

impl Offer {
    fn new(folder: &Folder, what: What, title: String, kind: CodeActionKind) -> Self {
        let mut hasher = DefaultHasher::new();
        (&folder.root, &title, kind.as_str(), format!("{what:?}")).hash(&mut hasher);
        let id = format!("{:016x}", hasher.finish());
        Self { id, root: folder.root.clone(), what, title, kind, preferred: false, only_proved: false, refusal: None }
    }
}

/// What was found out about an offer.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Of which texts.
    epoch: u64,
    /// What is to be made: a plan's fix may be another one than was offered.
    fix: Arc<Fix>,
    /// What moving came to.
    plan: Option<Arc<MovePlan>>,
    pub(crate) proof: Proof,
}

impl Tried {
    /// Whether it does what it says, and nothing else.
    pub(crate) fn holds(&self) -> bool {
        self.proof.holds(&self.fix)
    }

    /// What is said of it, in a line.
    pub(crate) fn verdict(&self) -> String {
        let word = if self.holds() { "proved" } else { "unproved" };
        format!("{word}: {}", self.proof.summary())
    }
}

/// What is known of offers.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    by_id: HashMap<String, Offer>,
    order: VecDeque<String>,
    tried: HashMap<String, Arc<Tried>>,
    /// What ends a proof that is under way, by its progress token.
    proving: HashMap<String, oneshot::Sender<()>>,
    /// Counts proofs.
    count: u64,
}

impl Offers {
    fn put(&mut self, offer: Offer) {
        if self.by_id.insert(offer.id.clone(), offer.clone()).is_none() {
            self.order.push_back(offer.id);
        }
        while self.order.len() > MOST_OFFERS {
            if let Some(old) = self.order.pop_front() {
                self.by_id.remove(&old);
                self.tried.remove(&old);
            }
        }
    }

    fn get(&self, id: &str) -> Result<Offer, Error> {
        self.by_id.get(id).cloned().ok_or_else(|| refused(EDITED, "this was offered too long ago: ask again"))
    }

    /// What was found out about an offer of the texts that there are.
    fn tried(&self, id: &str, epoch: u64) -> Option<&Arc<Tried>> {
        self.tried.get(id).filter(|tried| tried.epoch == epoch)
    }

    /// Ends a proof by its progress token.
    pub(crate) fn cancel(&mut self, token: &str) {
        self.proving.remove(token);
    }

    /// Ends all proofs.
    pub(crate) fn cancel_all(&mut self) {
        self.proving.clear();
    }
}

/// What proofs of a folder share, apart from the state: they take turns.
#[derive(Debug, Default)]
pub(crate) struct Proving {
    known: Proofs,
    /// All targets as they were looked at for a plan, of an epoch.
    inspections: Option<(u64, Arc<Vec<Inspection>>)>,
}

fn refused(code: i64, why: impl Into<String>) -> Error {
    Error { code: ErrorCode::ServerError(code), message: why.into().into(), data: None }
}

/// The text of a file as the client has it: what is open, or else what is on disk.
fn text_now(state: &State, root: &Path, name: &str) -> Option<Arc<str>> {
    let path = root.join(name);
    let open = state.documents.iter().find(|(uri, _)| state.file_of(uri).as_deref() == Some(&path));
    match open {
        Some((_, document)) => Some(document.text.shared()),
        None => std::fs::read_to_string(path).ok().map(Arc::from),
    }
}

/// The first file that is not what a change was made for.
fn outdated<'c>(state: &State, root: &Path, change: &'c Change) -> Option<&'c str> {
    change.files().find(|(name, file)| text_now(state, root, name) != file.before).map(|(name, _)| name)
}

/// Texts of files that are not on disk.
type Unsaved = BTreeMap<String, Option<Arc<str>>>;
