//! Putting settings into the module that common settings belong in.
//!
//! What decides nowhere goes. What the other module gives anyway goes too. What decides somewhere is carried over, with
//! its conditions, its priority and its comments, where every name in it means the same there. The rest is left, and
//! told of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mkwhy_model::{Change, OptionPath, Position, Priority, Segment};
use mkwhy_syntax::Source;
use mkwhy_syntax::edit::{Inserted, Put, Taken};

use super::carry::{carried, is_copied};
use super::ground::{Ground, Spot};
use super::minimal::{Candidate, Setting};
use super::next::NextBest;
use super::standing::Base;
use super::{Fix, FixKind, create};
use crate::check::Inspection;
use crate::error::{Error, ErrorKind};
use crate::workspace::Workspace;

/// Which settings are moved, and where to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoveRequest {
    /// The setting, or a set of settings: everything under it.
    pub option: OptionPath,
    /// Also settings that only one module defines; of a single setting that is always so.
    pub all: bool,
    /// The module to put them in, as positions name files. Default: the base module of `mkwhy.toml`.
    pub to: Option<String>,
    /// The priority that moved definitions get. Default: the one they have.
    pub priority: Option<Priority>,
    /// Whether definitions that are off in every target are moved too, with their conditions, rather than taken out.
    pub keep_inactive: bool,
    /// Settings whose definitions stay where they are, each with the reason.
    pub except: BTreeMap<OptionPath, String>,
}

/// A definition that is not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its option.
    pub option: OptionPath,
    /// Where it is.
    pub at: Position,
    /// Why, in a sentence.
    pub why: String,
    /// Whether moving it was tried, and a proof speaks against it.
    pub tried: bool,
    /// What can be done instead, as far as [`Workspace::find_next_best`] was asked.
    pub next: Option<NextBest>,
}

/// A definition that is taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its option.
    pub option: OptionPath,
    /// Where it was.
    pub at: Position,
    /// Why nothing depends on it, in a sentence.
    pub why: String,
}

/// What moving comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovePlan {
    /// The edits. Empty where there is nothing to be done.
    pub fix: Fix,
    /// The definitions that stand in the other module then.
    pub moved: Vec<(OptionPath, Position)>,
    /// The definitions that are taken out because nothing depends on them.
    pub removed: Vec<Removed>,
    /// The definitions that stay where they are.
    pub left: Vec<Left>,
}

impl Workspace {
    /// How settings are put into the base module: edits of the texts as they were evaluated. Nothing is known yet of
    /// what they change: that is for [`Workspace::prove`] to say.
    ///
    /// # Errors
    /// If nobody says which module that is, if it cannot be written to, or if no such setting is defined.
    pub fn plan_move(&self, inspections: &[Inspection], request: &MoveRequest) -> Result<MovePlan, Error> {
        let to = request.to.as_deref().or(self.base_module()).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "nobody says which module the settings are to be put into")
                .with_help("name it with --to FILE, or as `base-module` in mkwhy.toml")
        })?;
        let to = to.strip_prefix("./").unwrap_or(to);
        let ground = Ground { inspections };
        let source = self.base_source(&ground, to)?;
        let import = if source.is_none() { create::import(self, &ground, &request.option) } else { None };
        let standing = match &import {
            Some(import) => import.standing.clone(),
            None => self.standing(&ground, to, || self.read()),
        };
        let targets = import.as_ref().map_or_else(|| ground.targets_of(to), |import| import.targets.clone());
        let base = Base { file: to, source, standing, targets };
        let mut plan = Plan::new(ground, &base, request);
        let options = plan.options();
        if options.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, format!("your files define no `{}`", request.option))
                .with_help("mkwhy ls lists what they define"));
        }
        options.iter().for_each(|option| plan.option(option));
        while !plan.refused.is_empty() {
            let unsaid = plan.unsaid.into_iter().chain(plan.refused).collect();
            plan = Plan { unsaid, ..Plan::new(ground, &base, request) };
            options.iter().for_each(|option| plan.option(option));
        }
        let change = plan.change(import.as_ref())?;
        let title = plan.title();
        let fix = Fix {
            title,
            kind: FixKind::Move,
            code: None,
            option: Some(request.option.clone()),
            preferred: false,
            meant: Vec::new(),
            change,
            remarks: plan.remarks,
        };
        Ok(MovePlan { fix, moved: plan.moved, removed: plan.removed, left: plan.left })
    }

    /// The text of the module to put settings into; `None` where it does not exist yet.
    fn base_source(&self, ground: &Ground<'_>, to: &str) -> Result<Option<Arc<Source>>, Error> {
        if let Some(known) = ground.source(to) {
            return Ok(Some(known.clone()));
        }
        let plain = std::path::Path::new(to).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !plain || !to.ends_with(".nix") {
            return Err(Error::new(ErrorKind::Usage, format!("{to} is no Nix file of this workspace")));
        }
        match std::fs::read_to_string(self.root().join(to)) {
            Ok(text) => Ok(Some(Arc::new(Source::parse(text)))),
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(wrong) => Err(Error::new(ErrorKind::Usage, format!("{to} cannot be read: {wrong}"))),
        }
    }
}

struct Plan<'a> {
    ground: Ground<'a>,
    base: &'a Base<'a>,
    request: &'a MoveRequest,
    /// Settings that the base module cannot say, and why.
    unsaid: BTreeMap<OptionPath, String>,
    /// The same, as they are found.
    refused: BTreeMap<OptionPath, String>,
    /// What the base module is to say, and of which option.
    puts: Vec<(OptionPath, Put)>,
    /// What goes, by file.
    taken: BTreeMap<String, Vec<Taken>>,
    moved: Vec<(OptionPath, Position)>,
    removed: Vec<Removed>,
    left: Vec<Left>,
    remarks: Vec<String>,
}

impl<'a> Plan<'a> {
    fn new(ground: Ground<'a>, base: &'a Base<'a>, request: &'a MoveRequest) -> Self {
        Self {
            ground,
            base,
            request,
            unsaid: BTreeMap::new(),
            refused: BTreeMap::new(),
            puts: Vec::new(),
            taken: BTreeMap::new(),
            moved: Vec::new(),
            removed: Vec::new(),
            left: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// The settings that are asked for and defined by the person's own files.
    fn options(&self) -> Vec<OptionPath> {
        let mut options: BTreeSet<OptionPath> = BTreeSet::new();
        for inspection in self.ground.inspections.iter().filter(|inspection| inspection.is_evaluated()) {
            let own = |definition: &&mkwhy_model::Definition| {
                !definition.declared_default && inspection.own_files().contains(definition.owner())
            };
            for cascade in inspection.cascades() {
                let named_by_index = cascade.path.segments().iter().any(|part| matches!(part, Segment::Index(_)));
                if cascade.path.starts_with(&self.request.option)
                    && !named_by_index
                    && cascade.definitions.iter().any(|definition| own(&definition))
                {
                    options.insert(cascade.path.clone());
                }
            }
        }
        // A set of which parts are settings of their own is moved by its parts.
        let parts: Vec<OptionPath> = options.iter().cloned().collect();
        options.retain(|option| !parts.iter().any(|part| part != option && part.starts_with(option)));
        options.into_iter().collect()
    }

    fn option(&mut self, option: &OptionPath) {
        let Some(setting) = Setting::of(&self.ground, option, self.base) else { return };
        let others: Vec<&Candidate> = setting.candidates.iter().filter(|one| !one.in_base).collect();
        let whole = *option == self.request.option || self.request.all;
        let files: BTreeSet<&str> = setting.candidates.iter().map(|one| one.definition.at.file.as_str()).collect();
        if others.is_empty() || (!whole && files.len() < 2) {
            return;
        }
        if let Some(why) = self.request.except.get(option) {
            self.left.extend(others.iter().map(|one| left(option, one, why, true)));
            return;
        }
        let said = match self.base.above(option) {
            Ok(said) => said,
            Err(why) => {
                self.left.extend(others.iter().map(|one| left(option, one, &why, false)));
                return;
            }
        };
        let mut fixed: BTreeMap<usize, String> = BTreeMap::new();
        let mut values: BTreeMap<usize, (Inserted, BTreeSet<String>)> = BTreeMap::new();
        for (number, one) in setting.candidates.iter().enumerate().filter(|(_, one)| !one.in_base) {
            let file = &one.definition.at.file;
            if !self.ground.is_module(file) && self.ground.standing(file).len() != 1 {
                fixed.insert(number, format!("{file} is no module by itself, and may be used for other things"));
            } else if !one.definition.certain {
                fixed.insert(number, "its text does not say whether it defines this".to_owned());
            } else if one.spot.is_none() {
                fixed.insert(number, "it is not written out where Nix says that it is".to_owned());
            } else if one.spot.as_ref().is_some_and(|spot| is_copied(&self.ground, spot)) {
                fixed.insert(number, "a function or loop makes it, perhaps several times".to_owned());
            } else if !one.spot.as_ref().is_some_and(|spot| self.ground.can_be_taken(spot)) {
                fixed.insert(number, "its text is of a form that cannot be followed".to_owned());
            } else if setting.undecided {
                fixed.insert(number, "Nix cannot say what decides this option".to_owned());
            }
        }
        // What can be taken out without a change is never carried over.
        let gone = setting.removable(&self.ground, &fixed, self.request.keep_inactive);
        for (number, one) in setting.candidates.iter().enumerate() {
            if one.in_base || fixed.contains_key(&number) || gone.contains(&number) {
                continue;
            }
            let value = match self.unsaid.get(option) {
                None => carried(&self.ground, &setting, one, self.base, &said, self.request.priority),
                Some(why) => Err(why.clone()),
            };
            match value {
                Ok(value) => drop(values.insert(number, value)),
                Err(why) => drop(fixed.insert(number, why)),
            }
        }
        self.unforced(&said, &setting, &fixed, &mut values);
        // Once more, now that it is known what stays: it may decide instead of what was thought to be given anyway.
        let gone = setting.removable(&self.ground, &fixed, self.request.keep_inactive);
        values.retain(|number, _| !gone.contains(number));
        self.settle(&said, &setting, &fixed, &gone, values);
    }

    /// The only definition that is left beside a default needs no force: it is written plainly.
    fn unforced(
        &mut self,
        said: &OptionPath,
        setting: &Setting<'_>,
        fixed: &BTreeMap<usize, String>,
        values: &mut BTreeMap<usize, (Inserted, BTreeSet<String>)>,
    ) {
        if !fixed.is_empty() || values.len() != 1 || self.request.priority.is_some() || !setting.is_single() {
            return;
        }
        let Some(number) = values.keys().next().copied() else { return };
        let one = &setting.candidates[number];
        let Some(force) = one.definition.priority.filter(|priority| priority.outranks(Priority::PLAIN)) else { return };
        let weaker = |other: &mkwhy_model::Definition| {
            other.at == one.definition.at || other.priority.is_some_and(|priority| Priority::PLAIN.outranks(priority))
        };
        let needless = setting.all_but_removed(number).all(weaker);
        let plain = carried(&self.ground, setting, one, self.base, said, Some(Priority::PLAIN));
        if let (true, Ok(plain)) = (needless, plain) {
            values.insert(number, plain);
            self.remarks.push(format!("`{}`: {force} is not needed any more, and is written plainly", setting.option));
        }
    }

    fn settle(
        &mut self,
        said: &OptionPath,
        setting: &Setting<'_>,
        fixed: &BTreeMap<usize, String>,
        gone: &BTreeSet<usize>,
        values: BTreeMap<usize, (Inserted, BTreeSet<String>)>,
    ) {
        let option = setting.option;
        self.left.extend(fixed.iter().map(|(number, why)| left(option, &setting.candidates[*number], why, false)));
        for number in gone.iter().filter(|number| !setting.candidates[**number].in_base) {
            let one = &setting.candidates[*number];
            self.take(one.spot.as_ref());
            self.removed.push(Removed {
                option: option.clone(),
                at: one.definition.at.clone(),
                why: one.why_pointless(),
            });
        }
        let own: Vec<usize> = setting.in_base().collect();
        let pointless = own.iter().all(|number| gone.contains(number));
        if values.is_empty() {
            if pointless && !own.is_empty() && own.iter().any(|number| setting.candidates[*number].would_be_told_of()) {
                self.drop_own(option, setting, &own);
            }
            return;
        }
        // A default of its own gives way for good to what is always there and as strong in the same module.
        let lost = own.iter().all(|own| {
            let own = &setting.candidates[*own];
            let gives_way = |number: &usize| {
                let one = &setting.candidates[*number];
                one.is_always_on() && own.yields_to(self.request.priority.or(one.definition.priority))
            };
            values.keys().any(gives_way)
        });
        let keep = !own.is_empty() && !pointless && !lost;
        let moved: Vec<usize> = setting.in_order(values.keys().copied());
        let here = &names(option)[said.segments().len()..];
        let mut put = Put { path: here.to_vec(), values: Vec::new(), keep, arguments: BTreeSet::new() };
        for (value, arguments) in moved.iter().filter_map(|number| values.get(number)) {
            put.values.push(value.clone());
            put.arguments.extend(arguments.iter().cloned());
        }
        if let Some(obstacle) = self.base.source.as_ref().and_then(|source| source.obstacle(&put)) {
            self.refused.insert(option.clone(), self.base.told(&obstacle));
            return;
        }
        // A module that stands at several places says the same at all of them.
        match self.puts.iter_mut().find(|(_, known)| known.path == put.path) {
            None => self.puts.push((option.clone(), put)),
            Some((_, known)) if known.says_the_same(&put) => known.explain(put),
            Some((other, _)) => {
                let to = self.base.file;
                let why = format!("{to} stands at several places, for which something else would be moved into it");
                self.refused.extend([other.clone(), option.clone()].map(|option| (option, why.clone())));
            }
        }
        if !own.is_empty() {
            let text = own
                .iter()
                .filter_map(|number| setting.candidates[*number].definition.source.clone())
                .next()
                .unwrap_or_default();
            let text = if text.len() > 60 || text.contains('\n') { String::new() } else { format!(" ({text})") };
            self.remarks.push(if keep {
                format!("`{option}`: what {} says itself{text} stays beside what is moved", self.base.file)
            } else {
                format!("`{option}`: what {} says itself{text} counts nowhere, and is replaced", self.base.file)
            });
        }
        for number in moved {
            let one = &setting.candidates[number];
            self.moved.push((option.clone(), one.definition.at.clone()));
            self.take(one.spot.as_ref());
        }
    }

    fn take(&mut self, spot: Option<&Spot>) {
        if let Some(spot) = spot {
            self.taken.entry(spot.file.clone()).or_default().push(spot.taken());
        }
    }

    /// The base module's own definitions count nowhere, and nothing comes in their place.
    fn drop_own(&mut self, option: &OptionPath, setting: &Setting<'_>, own: &[usize]) {
        for number in own {
            let one = &setting.candidates[*number];
            self.take(one.spot.as_ref());
            self.removed.push(Removed {
                option: option.clone(),
                at: one.definition.at.clone(),
                why: one.why_pointless(),
            });
        }
        self.remarks.push(format!("`{option}`: what {} says itself counts nowhere, and goes", self.base.file));
    }

    fn change(&self, import: Option<&create::Import>) -> Result<Change, Error> {
        let clash = |file: &str| {
            Error::new(ErrorKind::Usage, format!("the edits of {file} get in each other's way"))
                .with_help("move fewer settings at once")
        };
        let puts: Vec<Put> = self.puts.iter().map(|(_, put)| put.clone()).collect();
        let values: Vec<&str> = puts.iter().flat_map(|put| &put.values).map(|one| one.value.as_str()).collect();
        let mut change = Change::default();
        for (file, taken) in &self.taken {
            let written = if file == self.base.file { values.as_slice() } else { &[] };
            let source = self.ground.source(file).ok_or_else(|| clash(file))?;
            let edits = source.removal(taken, written).ok_or_else(|| clash(file))?;
            self.ground.add(&mut change, file, edits).map_err(|_| clash(file))?;
        }
        if self.puts.is_empty() {
            return Ok(change);
        }
        match &self.base.source {
            Some(base) => {
                let edits = base.with_definitions(&puts).ok_or_else(|| clash(self.base.file))?;
                for edit in edits {
                    change.edit(self.base.file, &base.shared_text(), edit).map_err(|_| clash(self.base.file))?;
                }
            }
            None => create::create(self.base.file, import, &puts, &mut change)?,
        }
        Ok(change)
    }

    fn title(&self) -> String {
        let count =
            |number: usize| if number == 1 { "1 definition".to_owned() } else { format!("{number} definitions") };
        let to = self.base.file;
        match (self.moved.len(), self.removed.len()) {
            (0, 0) => "nothing is to be moved".to_owned(),
            (0, removed) => format!("remove {} that {to} makes pointless", count(removed)),
            (moved, 0) => format!("move {} into {to}", count(moved)),
            (moved, removed) => format!("move {} into {to}, remove {removed} that decide nothing", count(moved)),
        }
    }
}

fn left(option: &OptionPath, one: &Candidate<'_>, why: &str, tried: bool) -> Left {
    Left { option: option.clone(), at: one.definition.at.clone(), why: why.to_owned(), tried, next: None }
}

/// The names of a path.
pub(super) fn names(path: &OptionPath) -> Vec<String> {
    path.segments()
        .iter()
        .map(|segment| match segment {
            Segment::Name(name) => name.clone(),
            Segment::Index(index) => index.to_string(),
        })
        .collect()
}
