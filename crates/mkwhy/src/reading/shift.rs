//! What two texts of one file have in common, and where it stands in each.
//!
//! Of all that a file says an edit changes little: most of it only stands elsewhere then. What is alike in both texts is
//! found once for all cascades, so that of those which say nothing else now only the places are brought up to date.

use std::path::Path;
use std::sync::Arc;

use mkwhy_index::{Change, File, Fit, Reach, same_path};
use mkwhy_model::{Definition, OptionPath, Position, Segment, Written};
use mkwhy_syntax::summary::{self, Declaration, DeclaredBy, Part};
use mkwhy_syntax::{Movement, Span};
use rustc_hash::FxHashMap;

use super::aliases::Names;
use super::behind;
use super::definitions::{From, spans_of};
use super::known::{Known, MOST_FILES};

/// So many of the last ones are kept.
const MOST_KEPT: usize = MOST_FILES;

/// What became of files from one time to another, each time of two texts of one.
#[derive(Debug, Default)]
pub(super) struct Shifts {
    last: Vec<Arc<Shift>>,
}

impl Shifts {
    /// From what was there before some changes to what is there now, file by file; `None` where one has come or gone, or
    /// where they are so many that nothing is kept. `name` gives the name that a file has in positions.
    pub(super) fn of(&mut self, changed: &[Change], name: impl Fn(&Path) -> String) -> Option<Vec<Arc<Shift>>> {
        let mut files: Vec<(&Arc<File>, &Arc<File>)> = Vec::new();
        for change in changed {
            let (before, now) = (change.before.as_ref()?, change.now.as_ref()?);
            match files.iter_mut().find(|(first, _)| same_path(&first.path, &now.path)) {
                Some((_, last)) => *last = now,
                None => files.push((before, now)),
            }
        }
        if files.len() > MOST_FILES {
            return None;
        }
        let of = |(before, now): (&Arc<File>, &Arc<File>)| {
            let is_of = |shift: &&Arc<Shift>| Arc::ptr_eq(&shift.before, before) && Arc::ptr_eq(&shift.now, now);
            if let Some(known) = self.last.iter().find(is_of) {
                return known.clone();
            }
            let shift = Arc::new(Shift::of(before, now, name(&now.path)));
            if self.last.len() >= MOST_KEPT {
                self.last.remove(0);
            }
            self.last.push(shift.clone());
            shift
        };
        Some(files.into_iter().map(of).collect())
    }
}

/// Two texts of one file.
#[derive(Debug)]
pub(super) struct Shift {
    before: Arc<File>,
    now: Arc<File>,
    /// The name that the file has in positions.
    name: String,
    definitions: Pairs,
    declarations: Pairs,
}

/// Which of some things in one text are which in another.
#[derive(Debug, Default)]
struct Pairs {
    /// By the numbers of then, those of now; `None` for what is gone or says something else.
    numbers: Vec<Option<usize>>,
    /// The numbers of what is gone, or says something else by now.
    gone: Vec<usize>,
    /// The numbers of what is new, or said something else.
    new: Vec<usize>,
}

impl Shift {
    fn of(before: &Arc<File>, now: &Arc<File>, name: String) -> Self {
        let texts = Texts::of(before.summary.text(), now.summary.text());
        let mut sets = Numbers::default();
        let (old, new) = (&before.summary.definitions, &now.summary.definitions);
        let shape = |one: &_, other: &_| texts.same_shape(one, other) && sets.pair(one.set, other.set);
        let definitions = Pairs::of(old, new, shape, |one, other| texts.same_definition(one, other));
        let (old, new) = (&before.summary.declarations, &now.summary.declarations);
        let alike = |one: &_, other: &_| texts.same_declaration(one, other);
        let declarations = Pairs::of(old, new, alike, |_, _| true);
        Self { before: before.clone(), now: now.clone(), name, definitions, declarations }
    }

    /// Whether nothing that is otherwise has to do with a path.
    pub(super) fn leaves(&self, path: &OptionPath, names: Option<&Names>, reach: Option<&Reach>) -> bool {
        let (before, now) = (&self.before.summary, &self.now.summary);
        let definitions = || self.definitions.otherwise(&before.definitions, &now.definitions);
        let declarations = || self.declarations.otherwise(&before.declarations, &now.declarations);
        let leaves = |rest: &[Segment]| {
            let forwards = |by: &DeclaredBy| matches!(by, DeclaredBy::Renamed { to } if Fit::of(to, rest).is_some());
            definitions().all(|definition| Fit::of_definition(definition, rest).is_none())
                && declarations().all(|found| Fit::of(&found.path, rest).is_none() && !forwards(&found.by))
        };
        let own = names.is_none().then_some(path);
        let names = names.into_iter().flat_map(|names| names.direct.iter().chain(&names.obscuring));
        let modules = reach.into_iter().flat_map(|reach| reach.modules_in(&self.now));
        let prefixes: Vec<&[Part]> = modules.map(|module| &*module.prefix).filter(|it| !it.is_empty()).collect();
        own.into_iter().chain(names).all(|name| {
            leaves(name.segments()) && prefixes.iter().filter_map(|prefix| behind(name, prefix)).all(leaves)
        })
    }

    /// Whether one of the texts has errors, and the other has none.
    pub(super) fn breaks_or_mends(&self) -> bool {
        self.before.summary.errors.is_empty() != self.now.summary.errors.is_empty()
    }

    /// Puts the places of now into a cascade that it leaves as it is. Says whether any of it is in this file; `None` where
    /// some of it is otherwise after all.
    pub(super) fn apply(&self, known: &mut Known) -> Option<bool> {
        let is_old = |file: &Arc<File>| Arc::ptr_eq(file, &self.before);
        let inside = known.hits.inside.iter_mut().map(|placed| &mut placed.hit);
        let mut any = false;
        for hit in inside.chain(&mut known.hits.outside).filter(|hit| is_old(&hit.file)) {
            hit.number = self.definitions.now(hit.number)?;
            hit.file = self.now.clone();
            any = true;
        }
        let mut declared = false;
        for hit in known.declarations.iter_mut().map(|declared| &mut declared.hit).filter(|hit| is_old(&hit.file)) {
            hit.number = self.declarations.now(hit.number)?;
            hit.file = self.now.clone();
            declared = true;
        }
        if !any && !declared {
            return Some(false);
        }
        let cascade = Arc::make_mut(&mut known.cascade);
        for (definition, origin) in cascade.definitions.iter_mut().zip(&mut known.origins) {
            match &mut origin.from {
                Some(from) if from.is_in(&self.before) => *from = self.follow(definition, *from)?,
                None if declared && definition.at.file == self.name => self.declared_at(&mut definition.at)?,
                _ => {}
            }
        }
        if let Some(declaration) = cascade.declaration.as_mut().filter(|_| declared) {
            declaration.at.iter_mut().filter(|at| at.file == self.name).try_for_each(|at| self.declared_at(at))?;
        }
        Some(true)
    }

    /// Puts those definitions of a cascade where they are now that each come from one binding which says the same.
    pub(super) fn carry(&self, known: &mut Known) {
        let cascade = Arc::make_mut(&mut known.cascade);
        for (definition, origin) in cascade.definitions.iter_mut().zip(&mut known.origins) {
            if let Some(from) = origin.from.filter(|from| origin.alone && from.is_in(&self.before))
                && let Some(now) = self.follow(definition, from)
            {
                origin.from = Some(now);
            }
        }
    }

    /// Puts a definition that says the same where its text has it now, and says where it comes from then.
    fn follow(&self, definition: &mut Definition, from: From) -> Option<From> {
        let number = self.definitions.now(from.number())?;
        let old = self.before.summary.definitions.get(from.number())?;
        let now = self.now.summary.definitions.get(number)?;
        let (line, column) = self.now.summary.lines().line_column(now.name.start as usize);
        (definition.at.line, definition.at.column) = (Some(line), Some(column));
        let Written::Literal { spans } = &mut definition.written else { return None };
        let condition_now = |range: &std::ops::Range<usize>| {
            let number = old.conditions.iter().position(|condition| condition.text.range() == *range)?;
            Some(now.conditions.get(number)?.text.range())
        };
        *spans = spans_of(now, spans.conditions.iter().map(condition_now).collect::<Option<_>>()?);
        Some(from.moved(&self.now, number))
    }

    /// Puts the place of a declaration where its text has it now.
    fn declared_at(&self, at: &mut Position) -> Option<()> {
        let (before, now) = (&self.before.summary, &self.now.summary);
        let offset = before.lines().offset(before.text(), at.line?, at.column?)?;
        let number = before.declarations.iter().position(|found| found.name.start as usize == offset)?;
        let now_at = now.declarations.get(self.declarations.now(number)?)?.name.start;
        let (line, column) = now.lines().line_column(now_at as usize);
        (at.line, at.column) = (Some(line), Some(column));
        Some(())
    }
}

impl Pairs {
    /// Pairs what has the same shape, from both ends; of those what is alike.
    fn of<T>(old: &[T], new: &[T], mut same_shape: impl FnMut(&T, &T) -> bool, alike: impl Fn(&T, &T) -> bool) -> Self {
        let start = old.iter().zip(new).take_while(|(one, other)| same_shape(one, other)).count();
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let from_end = old_rest.iter().rev().zip(new_rest.iter().rev());
        let end = from_end.take_while(|(one, other)| same_shape(one, other)).count();
        let mut pairs = Self { numbers: vec![None; old.len()], ..Self::default() };
        let ends = (old.len() - end..old.len()).zip(new.len() - end..new.len());
        for (number, now) in (0..start).map(|number| (number, number)).chain(ends) {
            if alike(&old[number], &new[now]) {
                pairs.numbers[number] = Some(now);
            } else {
                pairs.new.push(now);
            }
        }
        pairs.gone = (0..old.len()).filter(|number| pairs.numbers[*number].is_none()).collect();
        pairs.new.extend(start..new.len() - end);
        pairs
    }

    fn now(&self, number: usize) -> Option<usize> {
        self.numbers.get(number).copied().flatten()
    }

    /// All that is only in one of the texts, or says something else there.
    fn otherwise<'t, T>(&'t self, old: &'t [T], new: &'t [T]) -> impl Iterator<Item = &'t T> {
        let gone = self.gone.iter().filter_map(|number| old.get(*number));
        gone.chain(self.new.iter().filter_map(|number| new.get(*number)))
    }
}

/// Numbers that are others in another text.
#[derive(Debug, Default)]
struct Numbers {
    now: FxHashMap<u32, u32>,
    before: FxHashMap<u32, u32>,
}

impl Numbers {
    /// Whether two numbers are or can be a pair: neither is one of another pair, and 0 is none. They are from here on.
    fn pair(&mut self, before: u32, now: u32) -> bool {
        (before == 0) == (now == 0)
            && *self.now.entry(before).or_insert(now) == now
            && *self.before.entry(now).or_insert(before) == before
    }
}

/// What two texts have in common.
struct Texts<'t> {
    before: &'t str,
    movement: Movement,
}

impl<'t> Texts<'t> {
    fn of(before: &'t str, now: &str) -> Self {
        Self { before, movement: Movement::at_ends(before, now) }
    }

    /// Whether two spans have the same text at the same place, or one that has only moved.
    fn same(&self, before: Span, now: Span) -> bool {
        self.movement.range(&before.range()) == Some(now.range())
    }

    fn same_or_none(&self, before: Option<Span>, now: Option<Span>) -> bool {
        match (before, now) {
            (Some(before), Some(now)) => self.same(before, now),
            (before, now) => before == now,
        }
    }

    fn same_path(&self, before: &[Part], now: &[Part]) -> bool {
        before.len() == now.len()
            && before.iter().zip(now).all(|(before, now)| match (before, now) {
                (Part::Computed(before), Part::Computed(now)) => self.same(*before, *now),
                (before, now) => before == now,
            })
    }

    /// Whether two definitions say the same but for texts.
    fn same_shape(&self, before: &summary::Definition, now: &summary::Definition) -> bool {
        let summary::Definition {
            path: _,
            own,
            unit,
            set: _,
            name: _,
            value: _,
            binding: _,
            with_comments: _,
            wrapper,
            conditions,
            priority,
            priority_depth,
            order,
            content,
            copied,
            tangled,
        } = before;
        let same_kind = |(before, now): (&summary::Condition, &summary::Condition)| {
            (before.kind, before.depth) == (now.kind, now.depth)
        };
        (*own, *unit, wrapper.is_some(), conditions.len())
            == (now.own, now.unit, now.wrapper.is_some(), now.conditions.len())
            && (*priority, *priority_depth, *order) == (now.priority, now.priority_depth, now.order)
            && (*content, *copied, *tangled) == (now.content, now.copied, now.tangled)
            && conditions.iter().zip(&now.conditions).all(same_kind)
            && self.same_path(&before.path, &now.path)
    }

    /// Whether two definitions of the same shape have the same texts.
    fn same_definition(&self, before: &summary::Definition, now: &summary::Definition) -> bool {
        // What `true` and `false` mean can be said elsewhere in the text.
        let is_literal = |span: Span| matches!(self.before.get(span.range()), Some("true" | "false"));
        let same_text = |(before, now): (&summary::Condition, &summary::Condition)| {
            self.same(before.text, now.text) && !is_literal(before.text)
        };
        self.same(before.name, now.name)
            && self.same(before.value, now.value)
            && self.same_or_none(before.wrapper, now.wrapper)
            && before.conditions.iter().zip(&now.conditions).all(same_text)
    }

    /// Whether two declarations say the same.
    fn same_declaration(&self, before: &Declaration, now: &Declaration) -> bool {
        let Declaration { path: _, by, unit, name: _, value: _, option_type, default, description, read_only, copied } =
            before;
        let same_way = match (by, &now.by) {
            (DeclaredBy::Renamed { to: before }, DeclaredBy::Renamed { to: now }) => self.same_path(before, now),
            (before, now) => before == now,
        };
        same_way
            && (*unit, *read_only, *copied) == (now.unit, now.read_only, now.copied)
            && self.same_path(&before.path, &now.path)
            && self.same(before.name, now.name)
            && self.same(before.value, now.value)
            && self.same_or_none(*option_type, now.option_type)
            && self.same_or_none(*default, now.default)
            && self.same_or_none(*description, now.description)
    }
}
