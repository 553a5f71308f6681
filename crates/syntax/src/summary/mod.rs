//! What a module says, read from its text alone: its definitions, declarations and imports.
//!
//! A summary is what syntax can know. It never says that a condition holds, and where something is computed it says
//! so instead of leaving it out ([`Content::Computed`], [`ImportOf::Computed`], [`Part::Any`]).

mod builder;
mod comments;
mod declarations;
mod definitions;
mod functions;
mod imports;
mod lists;
mod made;
mod mention;
#[cfg(test)]
mod tests;
mod updates;

pub(crate) use comments::entries as entries_with_comments;

pub use mention::Mention;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use mkwhy_model::{OptionPath, Segment};
use smol_str::SmolStr;

use crate::lines::Lines;
use crate::scopes::{BoundBy, Scopes, Target};
use crate::source::{Source, Span, SyntaxError};

/// One step of a path as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// A name that is written out.
    Name(SmolStr),
    /// A name that is computed, with the text that computes it: `${name}`, or the list or set that the names come from.
    Computed(Span),
    /// Any name: what is declared or defined for every attribute of an `attrsOf`.
    Any,
    /// Any element of a list.
    Element,
}

impl Part {
    /// Whether a step of an option path can be this one.
    pub fn matches(&self, segment: &Segment) -> bool {
        match (self, segment) {
            (Self::Name(name), Segment::Name(segment)) => name == segment,
            (Self::Computed(_) | Self::Any, Segment::Name(_)) | (Self::Element, Segment::Index(_)) => true,
            _ => false,
        }
    }
}

/// The path that some parts are, where every one of them is a name that is written out.
pub fn static_path(parts: &[Part]) -> Option<OptionPath> {
    let names = parts.iter().map(|part| match part {
        Part::Name(name) => Some(name.as_str()),
        _ => None,
    });
    names.collect::<Option<Vec<_>>>().map(OptionPath::from_names)
}

/// What kind of condition it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionKind {
    /// `mkIf condition …`: the module system sees the definition and discards it where the condition is false.
    MkIf,
    /// `optionalAttrs condition …`, `optional condition …`: without it there is no definition at all.
    Optional,
    /// `if condition then …`
    Then,
    /// `if condition then … else …`: what stands after `else`.
    Else,
}

/// A condition around a definition, import or declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Condition {
    /// What kind it is.
    pub kind: ConditionKind,
    /// The path length at which it stands: more than that of an option inside whose value it stands.
    pub depth: u16,
    /// Its text.
    pub text: Span,
}

/// A number of an override or order, as far as the text says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Number {
    /// Nothing says one: the plain one.
    Plain,
    /// It is written out, or that of a named function.
    Known(i64),
    /// It is computed.
    Computed,
}

impl Number {
    /// The number, `plain` where none is said.
    pub fn or(self, plain: i64) -> Option<i64> {
        match self {
            Self::Plain => Some(plain),
            Self::Known(number) => Some(number),
            Self::Computed => None,
        }
    }
}

/// What stands at the value of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// A value that is no set, or of which nothing more is read.
    Value,
    /// A set that is written out: its attributes are definitions of their own.
    Set,
    /// A set of which a part is written out: those attributes are definitions of their own, and there may be more.
    PartlyComputed,
    /// Computed: what it holds is not known, not even whether it is a property (`mkIf`, `mkForce`, …).
    Computed,
    /// `inherit`: the value is what the name means outside the set.
    Inherited,
    /// A module in another file, which is among the imports.
    Imported,
}

/// One definition of an option, or of something inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The path from the configuration's root.
    pub path: Box<[Part]>,
    /// How many of the last parts of the path its own attribute path has; the others stand further out.
    pub own: u16,
    /// Which unit of the file it belongs to: 0 for the module that the file is, others for [`Summary::lists`].
    pub unit: u16,
    /// Which set it stands in, by number: for Nix, bindings in one set whose paths begin alike (`a.b = 1; a.c = 2;`,
    /// `a = { b = 1; }; a.c = 2;`) are one definition of what they have in common.
    pub set: u32,
    /// Its attribute path; of an `inherit` the name, of `{ name = …; value = …; }` the word `value`.
    pub name: Span,
    /// Its value, behind the properties.
    pub value: Span,
    /// The whole binding, from its attribute path to its `;`. Of an `inherit`, the whole statement.
    pub binding: Span,
    /// The binding with the comments that belong to it: those right above it, and those after it on its line.
    pub with_comments: Span,
    /// The call of the outermost priority function at this binding, such as `lib.mkForce 2`.
    pub wrapper: Option<Span>,
    /// The conditions around it, from outside in.
    pub conditions: Box<[Condition]>,
    /// The override priority: that of the outermost `mkOverride` on its way.
    pub priority: Number,
    /// The path length at which that `mkOverride` stands: less than the path's own for one around a larger set.
    pub priority_depth: u16,
    /// The merge order.
    pub order: Number,
    /// What stands at the value.
    pub content: Content,
    /// Whether it stands in a function or loop, so that it may exist several times, or never.
    pub copied: bool,
    /// Whether properties at its value stand in an order in which the module system does not take them off
    /// (`mkForce (mkIf …)`, `mkBefore (mkForce …)`): for an option, those further inside are part of the value.
    pub tangled: bool,
}

impl Definition {
    /// The path, where every part of it is a name that is written out.
    pub fn static_path(&self) -> Option<OptionPath> {
        static_path(&self.path)
    }

    /// Whether evaluation alone can tell if this definition exists as it stands here.
    pub fn is_certain(&self) -> bool {
        !self.copied && self.conditions.is_empty()
    }
}

/// How an option is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredBy {
    /// `mkOption { … }`
    Option,
    /// `mkEnableOption "…"`
    EnableOption,
    /// `mkPackageOption pkgs "…" { … }`
    PackageOption,
    /// `mkRenamedOptionModule`, `mkAliasOptionModule` and their kin: it forwards to the other path.
    Renamed {
        /// Where it forwards to.
        to: Box<[Part]>,
    },
    /// `mkRemovedOptionModule`: defining it is an error.
    Removed,
    /// A function that this file does not define.
    Computed,
}

impl DeclaredBy {
    /// Whether it says what became of an option, as there is none of that name any more.
    pub fn is_retired(&self) -> bool {
        matches!(self, Self::Renamed { .. } | Self::Removed)
    }
}

/// One declaration of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The path from the configuration's root.
    pub path: Box<[Part]>,
    /// How.
    pub by: DeclaredBy,
    /// Which unit of the file it belongs to, as of definitions.
    pub unit: u16,
    /// Its attribute path; of a rename the old path.
    pub name: Span,
    /// The whole declaring expression.
    pub value: Span,
    /// Its `type`.
    pub option_type: Option<Span>,
    /// Its `default`.
    pub default: Option<Span>,
    /// Its `description`, or the name that `mkEnableOption` and `mkPackageOption` are given.
    pub description: Option<Span>,
    /// Whether it says `readOnly = true`.
    pub read_only: bool,
    /// Whether it stands in a function or loop, or under a condition.
    pub copied: bool,
}

/// What an import names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOf {
    /// A path that is written out, as written (`./a.nix`, `../b`, `/abs`); relative to the file's folder.
    File(SmolStr),
    /// A path of which parts are computed, as written with `*` in their place: `./hosts/*/configuration.nix`.
    Pattern(SmolStr),
    /// A module written in place: its definitions belong to this file.
    Inline,
    /// Anything else.
    Computed,
}

/// One import of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What it names.
    pub of: ImportOf,
    /// Its text.
    pub at: Span,
    /// Under which path the module's definitions go: empty but for modules inside submodules
    /// (`home-manager.users.alice = import ./home.nix`).
    pub prefix: Box<[Part]>,
    /// Which unit of the file it belongs to, as of definitions.
    pub unit: u16,
    /// Whether it stands under a condition, in a function or in a loop.
    pub conditional: bool,
    /// Whether it is a module of its own each time that it is met (`import ./a.nix`), not the same one (`./a.nix`).
    pub anonymous: bool,
}

/// A module that `disabledModules` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    /// What names it: a path as it is written, or a string, which is a path below `modulesPath`.
    pub of: DisabledBy,
    /// Which unit of the file it belongs to, as of definitions.
    pub unit: u16,
    /// Whether it stands under a condition, in a function or in a loop.
    pub conditional: bool,
}

/// How `disabledModules` names a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisabledBy {
    /// By its path, relative to the folder of the file that says so.
    Path(SmolStr),
    /// By its path below the modules that come with the module system, or by its key.
    Name(SmolStr),
}

/// A list of modules that the file gives to a function: `nixosSystem { modules = [ … ]; }`, `mkHost "a" [ … ]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleList {
    /// The unit of the definitions and imports in it.
    pub unit: u16,
    /// The binding `modules = …;`, or the list.
    pub at: Span,
}

/// What makes a configuration in a file that is no module itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The call: `lib.evalModules { … }`, `import ./hosts.nix { }`, `mkHost ./host.nix`.
    pub at: Span,
    /// Which attribute of what an import gives: `(import ./. { }).nixosConfigurations.host`.
    pub names: Box<[SmolStr]>,
}

/// What one file says.
#[derive(Debug, Clone)]
pub struct Summary {
    text: Arc<str>,
    lines: Lines,
    scopes: Arc<Scopes>,
    /// The definitions, in the order of the text as far as they are not reached through names.
    pub definitions: Vec<Definition>,
    /// The declarations.
    pub declarations: Vec<Declaration>,
    /// What they are written in: `options = …`, `options.a.b = …`.
    pub options: Vec<Span>,
    /// The imports.
    pub imports: Vec<Import>,
    /// The modules that it takes out.
    pub disabled: Vec<Disabled>,
    /// The lists of modules that it gives to functions.
    pub lists: Vec<ModuleList>,
    /// What makes the configuration that the file comes to, where that is a call and so may be no module.
    pub made: Option<Made>,
    /// What of the text is not Nix.
    pub errors: Vec<SyntaxError>,
}

/// A name that a text uses and does not bind itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeName {
    /// The name.
    pub name: SmolStr,
    /// What binds it.
    pub bound: Bound,
    /// Its uses, in the order of the text.
    pub uses: Vec<Span>,
}

/// What binds a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The file does, here.
    Here {
        /// How.
        by: BoundBy,
        /// Where the name stands.
        at: Span,
        /// The value it is bound to, where there is one.
        value: Option<Span>,
    },
    /// A `with` around it, or else Nix itself.
    With,
    /// Nix itself (`builtins`, `toString`, `true`, …), or nothing.
    Global,
}

impl Summary {
    /// Reads a text.
    pub fn of(source: &Source) -> Self {
        builder::build(source)
    }

    /// Parses and reads a text.
    pub fn parse(text: impl Into<Arc<str>>) -> Self {
        Self::of(&Source::parse(text))
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Lines and columns of the text.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// A part of the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The path literals that stand in a range, for instance in the value of a binding.
    pub fn path_literals(&self, within: &Range<usize>) -> impl Iterator<Item = Span> {
        let within = within.clone();
        self.scopes.paths.iter().copied().filter(move |span| within.contains(&(span.start as usize)))
    }

    /// The names that a range uses and does not bind itself, in the order of their first use.
    pub fn free_names(&self, within: &Range<usize>) -> Vec<FreeName> {
        let mut names: Vec<FreeName> = Vec::new();
        let mut unbound: HashMap<(&str, bool), usize> = HashMap::new();
        for (bound, target, uses) in self.scopes.free(within) {
            let name = uses.first().map(|at| self.slice(*at)).unwrap_or_default();
            let bound = match (bound, target) {
                (Some(bound), _) => {
                    Bound::Here { by: bound.by, at: bound.at, value: (!bound.value.is_empty()).then_some(bound.value) }
                }
                (None, Target::With) => Bound::With,
                (None, _) => Bound::Global,
            };
            if !matches!(bound, Bound::Here { .. }) {
                match unbound.entry((name, bound == Bound::With)) {
                    Entry::Occupied(known) => {
                        names[*known.get()].uses.extend(uses);
                        continue;
                    }
                    Entry::Vacant(new) => new.insert(names.len()),
                };
            }
            names.push(FreeName { name: name.into(), bound, uses });
        }
        names
    }

    /// A range and the ranges of everything in this file that it uses by name, over any number of names.
    pub fn reached_from(&self, start: Span) -> Vec<Span> {
        let mut reached = vec![start];
        let mut known = HashSet::from([start]);
        let mut next = 0;
        while let Some(span) = reached.get(next).copied() {
            next += 1;
            for free in self.free_names(&span.range()) {
                if let Bound::Here { value: Some(value), .. } = free.bound
                    && !start.contains(value)
                    && known.insert(value)
                {
                    reached.push(value);
                }
            }
        }
        reached
    }

    /// The bytes of memory that it takes, about.
    pub fn memory(&self) -> usize {
        let parts = |path: &[Part]| size_of_val(path);
        size_of::<Self>()
            + self.text.len()
            + self.scopes.memory()
            + self.lines.count() * 4
            + self.definitions.iter().map(|d| parts(&d.path) + size_of_val(&*d.conditions)).sum::<usize>()
            + self.definitions.capacity() * size_of::<Definition>()
            + self.declarations.iter().map(|d| parts(&d.path)).sum::<usize>()
            + self.declarations.capacity() * size_of::<Declaration>()
            + self.options.capacity() * size_of::<Span>()
            + self.imports.capacity() * size_of::<Import>()
    }
}
