//! The walk through a module: where its parts are, and what is around them.

use std::collections::HashSet;

use crate::properties::{Call, Function, Property, Reader, Value, is_module_function};
use crate::source::{Source, Span, guarded};
use crate::summary::definitions::Place;
use crate::summary::updates::{Mask, operands};
use crate::summary::{Condition, ConditionKind, Content, Number, Part, Summary};
use crate::tree::{Binding, Expr, Node};

/// So much may be found a second time, through names: sets that are used in many places could multiply without end.
const MOST_FOLLOWED: usize = 20_000;

/// So many names are followed inside one another.
pub(super) const MOST_DEPTH: usize = 8;

/// Reads a text.
pub(super) fn build(source: &Source) -> Summary {
    let summary = Summary {
        text: source.shared_text(),
        lines: source.lines().clone(),
        scopes: source.shared_scopes(),
        definitions: Vec::new(),
        declarations: Vec::new(),
        options: Vec::new(),
        imports: Vec::new(),
        disabled: Vec::new(),
        lists: Vec::new(),
        made: None,
        errors: source.errors().to_vec(),
    };
    let mut builder = Builder {
        source,
        reader: source.reader(),
        found: summary,
        path: Vec::new(),
        conditions: Vec::new(),
        overrides: Vec::new(),
        orders: Vec::new(),
        tangles: Vec::new(),
        masks: Vec::new(),
        names_read: 0,
        place: None,
        wrapper: None,
        stands_for: None,
        set: 0,
        written_out: None,
        copies: 0,
        following: Vec::new(),
        followed: 0,
        arguments: Vec::new(),
        unit: 0,
        lists_read: HashSet::new(),
    };
    if let Some(root) = builder.reader.root().expressions().next() {
        builder.file(root);
    }
    builder.module_lists();
    let mut found = builder.found;
    found.definitions.shrink_to_fit();
    found.declarations.shrink_to_fit();
    found.options.shrink_to_fit();
    found.imports.shrink_to_fit();
    found
}

/// A number of an override or order, with the path length at which it stands.
pub(super) type At = (Number, usize);

/// The walk.
pub(super) struct Builder<'t> {
    pub(super) source: &'t Source,
    pub(super) reader: Reader<'t>,
    pub(super) found: Summary,
    /// The path to where the walk is.
    pub(super) path: Vec<Part>,
    pub(super) conditions: Vec<Condition>,
    pub(super) overrides: Vec<At>,
    pub(super) orders: Vec<At>,
    /// The path lengths at which properties stand in an order in which they are not taken off.
    pub(super) tangles: Vec<usize>,
    /// What hides attributes of the sets that the walk is at: those that stand further right in a `//`.
    pub(super) masks: Vec<Mask>,
    /// How many names were read for that.
    pub(super) names_read: usize,
    /// The binding whose value the walk is in; none at the root of a module, and behind what a function made.
    pub(super) place: Option<Place>,
    /// The outermost priority function since the last binding.
    pub(super) wrapper: Option<Span>,
    /// The name at this binding that the properties are bound to which the walk is in.
    pub(super) stands_for: Option<Span>,
    /// The number of the set that the walk is in: of sets that are nothing but the value of a binding, that of the set
    /// around them.
    pub(super) set: u32,
    /// Where the set begins that is the value of the binding that the walk is at.
    written_out: Option<usize>,
    /// How many functions or loops the walk is in.
    pub(super) copies: usize,
    /// The beginnings of the expressions whose names are being followed.
    following: Vec<usize>,
    followed: usize,
    /// What the parameters of the functions stand for that the walk is in, by where they stand.
    pub(super) arguments: Vec<(u32, Node<'t>)>,
    pub(super) unit: u16,
    /// The lists of modules that were read as something else.
    pub(super) lists_read: HashSet<usize>,
}

impl<'t> Builder<'t> {
    /// Where the walk is, for good.
    pub(super) fn path_now(&self) -> Box<[Part]> {
        self.path.clone().into_boxed_slice()
    }

    pub(super) fn with_part<T>(&mut self, part: Part, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part);
        let result = work(self);
        self.path.pop();
        result
    }

    pub(super) fn with_condition<T>(
        &mut self,
        kind: ConditionKind,
        text: Node<'t>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let depth = u16::try_from(self.path.len()).unwrap_or(u16::MAX);
        self.conditions.push(Condition { kind, depth, text: Span::of(text.inside_parens()) });
        let result = work(self);
        self.conditions.pop();
        result
    }

    /// Remembers whether a binding's value is a set and nothing else.
    pub(super) fn at_value(&mut self, value: Node<'t>) {
        let inner = value.inside_parens();
        self.written_out = matches!(inner.expr(), Expr::Set).then(|| inner.start());
    }

    /// In a set.
    pub(super) fn in_set<T>(&mut self, set: Node<'t>, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.set;
        if self.written_out != Some(set.start()) {
            // The end of a text without end is no number of a set.
            self.set = u32::try_from(set.start() + 1).unwrap_or_default();
        }
        let result = work(self);
        self.set = outer;
        result
    }

    /// Inside a function or loop.
    pub(super) fn copied<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.copies += 1;
        let result = work(self);
        self.copies -= 1;
        result
    }

    /// Goes on where a name leads, unless that is where the walk already is or too much was found in this way.
    pub(super) fn follow<T>(&mut self, to: Node<'t>, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let start = to.start();
        if self.following.contains(&start)
            || self.following.len() >= MOST_DEPTH
            || self.followed >= MOST_FOLLOWED
            || self.exhausted()
        {
            return None;
        }
        let before = self.size();
        self.following.push(start);
        let result = work(self);
        self.following.pop();
        if self.following.is_empty() {
            self.followed += 1 + self.size() - before;
        } else {
            self.followed += 1;
        }
        Some(result)
    }

    pub(super) fn size(&self) -> usize {
        self.found.definitions.len() + self.found.declarations.len() + self.found.imports.len()
    }

    /// Whether nothing more may be found through names.
    pub(super) fn exhausted(&self) -> bool {
        !self.following.is_empty() && self.size() > self.source.text().len() + MOST_FOLLOWED
    }

    /// The file as a module: what its functions give back.
    fn file(&mut self, root: Node<'t>) {
        let mut node = root.body();
        while let Expr::Lambda { body: Some(body) } = node.expr() {
            node = body.body();
        }
        self.found.made = self.what_makes(node);
        self.module(&node.into());
    }

    /// A module: a set, a function that gives one, or properties around one.
    pub(super) fn module(&mut self, value: &Value<'t>) {
        guarded(|| {
            let value = value.body();
            if let Expr::Lambda { body: Some(body) } = value.expr() {
                return self.module(&body.into());
            }
            // A set that is called as a module, `{ __functor = self: { config, ... }: …; }`.
            if let Expr::Set = value.expr()
                && let Some(body) = Self::functor(value.node.inside_parens())
            {
                return self.module(&body.into());
            }
            match self.reader.property(&value) {
                // The whole of such a module is configuration.
                Some(_) => {
                    self.value(&value);
                }
                None => {
                    let explicit = self.is_explicit(&value, 0);
                    self.module_parts(&value, explicit);
                }
            }
        });
    }

    /// Whether a module says `config = …` or `options = …`, so that nothing else in it is a definition.
    fn is_explicit(&self, value: &Value<'t>, depth: usize) -> bool {
        if depth > MOST_DEPTH {
            return false;
        }
        let inner = |node: Node<'t>| self.is_explicit(&Value::from(node).body(), depth + 1);
        match value.expr() {
            Expr::Set => value.node.inside_parens().entries().any(|entry| match Binding::of(entry) {
                Some(binding) => binding
                    .attributes()
                    .next()
                    .and_then(Node::attribute_name)
                    .is_some_and(|name| matches!(&*name, "config" | "options")),
                None => crate::tree::attributes(entry).any(|name| matches!(name.name(), Some("config" | "options"))),
            }),
            Expr::Update { .. } => operands(value.node).into_iter().any(inner),
            Expr::If { yes, no, .. } => [yes, no].into_iter().flatten().any(inner),
            Expr::Name(_) | Expr::Select { .. } => self.followed(value.node).is_some_and(inner),
            Expr::Apply { .. } | Expr::Pipe { .. } => match self.reader.call(value) {
                Some(Call {
                    function:
                        Function::OptionalAttrs
                        | Function::Update
                        | Function::UpdateDeep
                        | Function::Filter
                        | Function::Last(_),
                    arguments,
                    ..
                }) => arguments.iter().any(|argument| self.is_explicit(&argument.body(), depth + 1)),
                Some(Call { function: Function::Local(lambda), arguments, .. }) => {
                    applied(lambda, arguments.len()).is_some_and(inner)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The attributes of a module.
    fn module_parts(&mut self, value: &Value<'t>, explicit: bool) {
        guarded(|| self.module_parts_inner(&value.body(), explicit));
    }

    fn module_parts_inner(&mut self, value: &Value<'t>, explicit: bool) {
        match value.expr() {
            Expr::Set => self.module_set(value.node.inside_parens(), explicit),
            Expr::Update { .. } => {
                let operands: Vec<Value<'t>> = operands(value.node).into_iter().map(Value::from).collect();
                self.updated(&operands, |this, operand| this.module_parts(operand, explicit));
            }
            Expr::If { condition, yes, no } => {
                if let Some(yes) = yes {
                    self.with_condition(ConditionKind::Then, condition, |this| {
                        this.module_parts(&yes.into(), explicit)
                    });
                }
                if let Some(no) = no {
                    self.with_condition(ConditionKind::Else, condition, |this| this.module_parts(&no.into(), explicit));
                }
            }
            Expr::Name(_) | Expr::Select { .. } => {
                if let Some(to) = self.followed(value.node) {
                    self.follow(to, |this| this.module_parts(&to.into(), explicit));
                }
            }
            Expr::Apply { .. } | Expr::Pipe { .. } => self.module_call(value, explicit),
            Expr::Lambda { body: Some(body) } => self.module_parts(&body.into(), explicit),
            _ => {}
        }
    }

    fn module_call(&mut self, value: &Value<'t>, explicit: bool) {
        let Some(call) = self.reader.call(value) else { return };
        match (call.function, call.arguments.as_slice()) {
            (Function::OptionalAttrs, [condition, set]) => {
                self.with_condition(ConditionKind::Optional, condition.node, |this| this.module_parts(set, explicit));
            }
            (Function::Update, sides @ [_, _]) => {
                self.updated(sides, |this, operand| this.module_parts(operand, explicit));
            }
            (Function::UpdateDeep, [left, right]) => {
                self.module_parts(left, explicit);
                self.module_parts(right, explicit);
            }
            (Function::Last(count), arguments) if arguments.len() == count => {
                if let Some(last) = arguments.last() {
                    self.module_parts(last, explicit);
                }
            }
            (Function::Pipe, [_, _]) => {
                if let Some(piped) = self.reader.piped(&call) {
                    self.module_call(&piped, explicit);
                }
            }
            (Function::Local(lambda), arguments) => {
                self.calling(lambda, arguments, |this, body| this.module(&body.into()));
            }
            (Function::Other(_), arguments) => {
                if let Some(set) = arguments.last().and_then(Value::plain) {
                    self.given_to_a_function(set.body().inside_parens());
                }
            }
            (Function::Import, arguments) => {
                if let Some(file) = arguments.first() {
                    self.import(&file.clone());
                }
            }
            _ => {}
        }
    }

    fn module_set(&mut self, set: Node<'t>, explicit: bool) {
        self.in_set(set, |this| this.module_entries(set, explicit));
    }

    fn module_entries(&mut self, set: Node<'t>, explicit: bool) {
        // Of the modules of one key, only the first that is met counts.
        let keyed = set.bindings().any(|binding| crate::properties::binds(&binding, "key"));
        self.copies += usize::from(keyed);
        self.entries_of_module(set, explicit);
        self.copies -= usize::from(keyed);
    }

    fn entries_of_module(&mut self, set: Node<'t>, explicit: bool) {
        for (entry, with_comments) in super::comments::entries(set) {
            let Some(binding) = Binding::of(entry) else {
                if !explicit {
                    self.inherit(entry, with_comments);
                }
                continue;
            };
            let Some(first) = binding.attributes().next() else { continue };
            let name = first.attribute_name();
            if name.as_deref().is_some_and(|name| self.is_masked(name)) {
                continue;
            }
            match name.as_deref() {
                Some("imports" | "require") => self.unmasked(|this| this.imports(binding.value)),
                Some("disabledModules") => self.disabled(binding.value),
                Some("key" | "_file" | "freeformType" | "_class") => {}
                Some("config") if explicit => self.unmasked(|this| this.config(binding, with_comments)),
                Some("options") if explicit => self.unmasked(|this| this.options(binding)),
                // `meta` may stand beside `config`.
                Some("meta") if explicit => self.binding(binding, with_comments, 0),
                _ if explicit => {}
                _ => self.binding(binding, with_comments, 0),
            }
        }
    }

    fn config(&mut self, binding: Binding<'t>, with_comments: Span) {
        if binding.attributes().nth(1).is_some() {
            self.binding(binding, with_comments, 1);
        } else if let Some(value) = binding.value {
            self.at_value(value);
            self.value(&value.into());
        }
    }

    /// The properties at a value, and what stands behind them.
    pub(super) fn value(&mut self, value: &Value<'t>) -> Content {
        guarded(|| self.value_inner(value))
    }

    fn value_inner(&mut self, value: &Value<'t>) -> Content {
        let value = value.body();
        let call = match value.expr() {
            Expr::Apply { .. } | Expr::Pipe { .. } => self.reader.call(&value),
            _ => None,
        };
        if let Some(call) = &call
            && let (Function::Last(count), Some(last)) = (call.function, call.arguments.last())
            && call.arguments.len() == count
        {
            return self.value(last);
        }
        if let Some(call) = &call
            && let Function::Local(lambda) = call.function
            && let Some(found) = self.called(&value, lambda, &call.arguments)
        {
            return found;
        }
        if let Some(to) = self.followed(value.node).filter(|to| self.reader.property(&(*to).into()).is_some()) {
            let outer = self.stands_for;
            self.stands_for = outer.or_else(|| self.place.map(|_| Span::of(value.node)));
            let found = self.follow(to, |this| this.value(&to.into()));
            self.stands_for = outer;
            return found.unwrap_or_else(|| self.computed(&value));
        }
        match call.clone().and_then(|call| self.reader.property_of(call)) {
            Some(Property::If { condition, content }) => self
                .tangled(true, |this| this.with_condition(ConditionKind::MkIf, condition, |this| this.value(&content))),
            Some(Property::Override { priority, content }) => self.tangled(false, |this| {
                let number = priority.map_or(Number::Computed, Number::Known);
                this.overrides.push((number, this.path.len()));
                let here = this.wrapper.is_none() && this.stands_for.is_none();
                let outermost = here.then(|| Span::of(value.whole()));
                this.wrapper = this.wrapper.or(outermost);
                let found = this.value(&content);
                if outermost.is_some() {
                    this.wrapper = None;
                }
                this.overrides.pop();
                found
            }),
            Some(Property::Order { order, content }) => {
                self.orders.push((order.map_or(Number::Computed, Number::Known), self.path.len()));
                let found = self.value(&content);
                self.orders.pop();
                found
            }
            Some(Property::Merge { list }) => self.tangled(true, |this| this.items(&list)),
            None => self.parts(&value, call),
        }
    }

    /// In a property. Where an order stands around it, or an override around one that overrides do not go through, it is
    /// not taken off at an option.
    fn tangled<T>(&mut self, hidden_by_overrides: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let here = |at: Option<&At>| at.is_some_and(|(_, depth)| *depth == self.path.len());
        let tangled = here(self.orders.last()) || hidden_by_overrides && here(self.overrides.last());
        let before = self.tangles.len();
        if tangled {
            self.tangles.push(self.path.len());
        }
        let result = work(self);
        self.tangles.truncate(before);
        result
    }

    /// The items of a `mkMerge`, each of which is a value with properties of its own.
    fn items(&mut self, list: &Value<'t>) -> Content {
        guarded(|| self.items_inner(&list.body()))
    }

    fn items_inner(&mut self, list: &Value<'t>) -> Content {
        match list.expr() {
            Expr::List => {
                let mut content = Content::Set;
                for item in list.node.inside_parens().expressions() {
                    content = both(content, self.value(&item.into()));
                }
                content
            }
            Expr::Concat { left, right } => {
                let left = self.items(&left.into());
                right.map_or(left, |right| both(left, self.items(&right.into())))
            }
            Expr::If { condition, yes, no } => {
                let mut content = Content::PartlyComputed;
                for (kind, branch) in [(ConditionKind::Then, yes), (ConditionKind::Else, no)] {
                    if let Some(branch) = branch {
                        let found = self.with_condition(kind, condition, |this| this.items(&branch.into()));
                        content = both(content, found);
                    }
                }
                content
            }
            Expr::Name(_) | Expr::Select { .. } => {
                let followed = self.followed(list.node);
                followed
                    .and_then(|to| self.follow(to, |this| this.items(&to.into())))
                    .unwrap_or_else(|| self.computed(list))
            }
            Expr::Apply { .. } | Expr::Pipe { .. } => {
                let Some(call) = self.reader.call(list) else { return self.computed(list) };
                match (call.function, call.arguments.as_slice()) {
                    (Function::Optional, [condition, item]) => {
                        self.with_condition(ConditionKind::Optional, condition.node, |this| this.value(item))
                    }
                    (Function::Optionals, [condition, items]) => {
                        self.with_condition(ConditionKind::Optional, condition.node, |this| this.items(items))
                    }
                    (Function::Map, [function, _]) | (Function::ForEach, [_, function]) => {
                        self.for_each(function, 1, |this, body| this.value(&body.into()))
                    }
                    (Function::MapToList, [function, _]) => {
                        self.for_each(function, 2, |this, body| this.value(&body.into()))
                    }
                    (Function::Pipe, [_, _]) => match self.reader.piped(&call) {
                        Some(piped) => self.items(&piped),
                        None => self.computed(list),
                    },
                    _ => self.computed(list),
                }
            }
            _ => self.computed(list),
        }
    }

    /// What a function gives back that is called many times with so many arguments.
    pub(super) fn for_each(
        &mut self,
        function: &Value<'t>,
        arguments: usize,
        work: impl FnOnce(&mut Self, Node<'t>) -> Content,
    ) -> Content {
        let Some(node) = function.plain() else { return Content::Computed };
        let node = node.body();
        let lambda = match node.expr() {
            Expr::Lambda { .. } => Some(node),
            _ => self.followed(node).map(Node::body).filter(|node| matches!(node.expr(), Expr::Lambda { .. })),
        };
        let Some((lambda, body)) = lambda.and_then(|lambda| Some((lambda, applied(lambda, arguments)?))) else {
            return Content::Computed;
        };
        self.follow(lambda, |this| this.copied(|this| work(this, body)));
        Content::PartlyComputed
    }

    /// Whether a lambda is a module rather than a function as a value.
    pub(super) fn is_module(lambda: Node<'t>) -> bool {
        is_module_function(lambda)
    }
}

/// What is left of a function when it has so many arguments.
pub(super) fn applied(lambda: Node<'_>, arguments: usize) -> Option<Node<'_>> {
    let mut node = lambda.body();
    for _ in 0..arguments {
        let Expr::Lambda { body: Some(body) } = node.expr() else { return None };
        node = body.body();
    }
    Some(node)
}

/// What two parts come to together.
pub(super) fn both(one: Content, other: Content) -> Content {
    match (one, other) {
        (Content::Set, Content::Set) => Content::Set,
        (Content::Computed | Content::Value | Content::Inherited, Content::Computed) => Content::Computed,
        (Content::Value, Content::Value) => Content::Value,
        (Content::Set, other) | (other, Content::Set) if other != Content::Computed => other,
        _ => Content::PartlyComputed,
    }
}
