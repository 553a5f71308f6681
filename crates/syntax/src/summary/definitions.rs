//! Bindings and what stands at their values.

use crate::properties::{Call, Function, Value};
use crate::source::{Span, guarded};
use crate::summary::builder::{Builder, both};
use crate::summary::comments::entries;
use crate::summary::updates::operands;
use crate::summary::{ConditionKind, Content, Definition, ImportOf, Number, Part};
use crate::tree::{Binding, Expr, Node, attributes};

/// Paths with more parts are no paths of options.
pub(super) const MOST_PARTS: usize = 100;

/// What stands behind more conditions is left out.
const MOST_CONDITIONS: usize = 1000;

/// The binding that the walk is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    name: Span,
    binding: Span,
    with_comments: Span,
    own: u16,
}

impl<'t> Builder<'t> {
    /// A binding, of whose attribute path the first names are no part of the option path.
    pub(super) fn binding(&mut self, binding: Binding<'t>, with_comments: Span, skip: usize) {
        let before = self.path.len();
        self.path.extend(binding.attributes().skip(skip).map(part));
        let own = u16::try_from(self.path.len() - before).unwrap_or(u16::MAX);
        let place = Place { name: Span::of(binding.path), binding: Span::of(binding.node), with_comments, own };
        if let Some(value) = binding.value {
            self.at_value(value);
            self.unmasked(|this| this.at_place(place, |this| this.value(&value.into())));
        }
        self.path.truncate(before);
    }

    /// `inherit name;` and `inherit (from) name;`
    pub(super) fn inherit(&mut self, entry: Node<'t>, with_comments: Span) {
        for attribute in attributes(entry) {
            if attribute.attribute_name().is_some_and(|name| self.is_masked(&name)) {
                continue;
            }
            let place = Place { name: Span::of(attribute), binding: Span::of(entry), with_comments, own: 1 };
            self.unmasked(|this| {
                this.with_part(part(attribute), |this| this.at_place(place, |this| this.inherited(entry, attribute)));
            });
        }
    }

    fn inherited(&mut self, entry: Node<'t>, attribute: Node<'t>) {
        // What the name is bound to may have properties.
        let value = self.reader.inherited(entry, attribute).map(Value::from);
        if let Some(value) = value.filter(|value| self.reader.property(&value.body()).is_some()) {
            self.stands_for = Some(Span::of(attribute));
            if self.follow(value.node, |this| this.value(&value)).is_some() {
                return;
            }
        }
        let index = self.emit(Span::of(attribute), Content::Inherited);
        let set = self.reader.inherited(entry, attribute).filter(|set| matches!(set.body().expr(), Expr::Set));
        let found = set.and_then(|set| {
            self.follow(set, |this| this.without_place(|this| this.attributes_of(&set.body().into(), None)))
        });
        if let (Some(index), Some(content)) = (index, found) {
            self.settle(index, content);
        }
    }

    /// Whether the walk is in the value of a binding.
    pub(super) fn place_is_set(&self) -> bool {
        self.place.is_some()
    }

    fn at_place<T>(&mut self, place: Place, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = (self.place.replace(place), self.wrapper.take(), self.stands_for.take());
        let result = work(self);
        (self.place, self.wrapper, self.stands_for) = outer;
        result
    }

    fn without_place<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = (self.place.take(), self.wrapper.take(), self.stands_for.take());
        let result = work(self);
        (self.place, self.wrapper, self.stands_for) = outer;
        result
    }

    /// Adds the definition that the walk is at; none at the root of a module, which is no option.
    fn emit(&mut self, value: Span, content: Content) -> Option<usize> {
        if self.exhausted() || self.path.len() > MOST_PARTS || self.conditions.len() > MOST_CONDITIONS {
            return None;
        }
        let value = self.stands_for.unwrap_or(value);
        let place = match self.place {
            Some(place) => place,
            // Something computed at the root of a module, or made by a function. At the root itself only a set is
            // configuration.
            None if content == Content::Set || content == Content::Value && self.path.is_empty() => return None,
            None => Place { name: value, binding: value, with_comments: value, own: 0 },
        };
        let (priority, depth) = self.overrides.first().copied().unwrap_or((Number::Plain, self.path.len()));
        // The module system looks at the outermost `mkOrder` of a value, and pushes none down.
        let inner = self.orders.last().map(|(_, depth)| *depth);
        let order =
            self.orders.iter().find(|(_, depth)| Some(*depth) == inner).map_or(Number::Plain, |(number, _)| *number);
        let definition = Definition {
            path: self.path_now(),
            own: place.own,
            unit: self.unit,
            set: self.set,
            name: place.name,
            value,
            binding: place.binding,
            with_comments: place.with_comments,
            wrapper: self.wrapper,
            conditions: self.conditions.clone().into_boxed_slice(),
            priority,
            priority_depth: u16::try_from(depth).unwrap_or(u16::MAX),
            order,
            content,
            copied: self.copies > 0,
            tangled: self.tangles.last() == Some(&self.path.len()),
        };
        self.found.definitions.push(definition);
        Some(self.found.definitions.len() - 1)
    }

    fn settle(&mut self, index: usize, content: Content) {
        if let Some(definition) = self.found.definitions.get_mut(index) {
            definition.content = content;
        }
    }

    /// A definition whose value is computed.
    pub(super) fn computed(&mut self, value: &Value<'t>) -> Content {
        self.emit(Span::of(value.node), Content::Computed);
        Content::Computed
    }

    /// What stands at a value behind its properties: a definition, and those in it.
    pub(super) fn parts(&mut self, value: &Value<'t>, call: Option<Call<'t>>) -> Content {
        let leaf = leaf(value);
        if self.place.is_none() && leaf.is_none() {
            let before = self.found.definitions.len();
            let content = self.attributes_of(value, call);
            if content == Content::Computed && self.found.definitions.len() == before {
                self.computed(value);
            }
            return content;
        }
        let index = self.emit(Span::of(value.node), leaf.unwrap_or(Content::Set));
        if let Some(content) = leaf {
            self.file_at(value);
            return content;
        }
        let foreign = self.reader.is_foreign(value);
        let content = self.without_place(|this| this.attributes_of(value, call));
        if let Some(index) = index {
            self.settle(index, content);
            if content == Content::Computed && foreign {
                self.foreign(index);
            }
        }
        content
    }

    /// What a function gives that may give properties as well: if nothing stands around it, its priority is not known.
    fn foreign(&mut self, index: usize) {
        let depth = u16::try_from(self.path.len()).unwrap_or(u16::MAX);
        if let Some(definition) = self.found.definitions.get_mut(index)
            && definition.priority == Number::Plain
        {
            (definition.priority, definition.priority_depth) = (Number::Computed, depth);
        }
    }

    /// The attributes of what evaluates to a set.
    pub(super) fn attributes_of(&mut self, value: &Value<'t>, call: Option<Call<'t>>) -> Content {
        guarded(|| self.attributes_inner(&value.body(), call))
    }

    fn attributes_inner(&mut self, value: &Value<'t>, call: Option<Call<'t>>) -> Content {
        match value.expr() {
            Expr::Set => {
                self.set(value.node.inside_parens());
                Content::Set
            }
            Expr::Update { .. } => {
                let operands: Vec<Value<'t>> = operands(value.node).into_iter().map(Value::from).collect();
                self.updated_attributes(&operands)
            }
            Expr::If { condition, yes, no } => {
                let mut content = Content::Set;
                for (kind, branch) in [(ConditionKind::Then, yes), (ConditionKind::Else, no)] {
                    if let Some(branch) = branch {
                        let found =
                            self.with_condition(kind, condition, |this| this.attributes_of(&branch.into(), None));
                        content = both(content, found);
                    }
                }
                content
            }
            Expr::Name(_) | Expr::Select { .. } => {
                let followed = self.followed(value.node);
                let found = followed.and_then(|to| self.follow(to, |this| this.attributes_of(&to.into(), None)));
                found.unwrap_or(Content::Computed)
            }
            // A submodule that is given as a function.
            Expr::Lambda { .. } if Self::is_module(value.node.inside_parens()) => {
                self.module(value);
                Content::PartlyComputed
            }
            Expr::Apply { .. } | Expr::Pipe { .. } => {
                let call = call.or_else(|| self.reader.call(value));
                call.map_or(Content::Computed, |call| self.attributes_of_call(&call))
            }
            Expr::Text | Expr::Literal | Expr::List | Expr::Operation | Expr::Path => Content::Value,
            _ => Content::Computed,
        }
    }

    fn set(&mut self, set: Node<'t>) {
        self.in_set(set, |this| this.entries_of(set));
    }

    fn entries_of(&mut self, set: Node<'t>) {
        for (entry, with_comments) in entries(set) {
            match Binding::of(entry) {
                Some(binding)
                    if !self.masks.is_empty()
                        && binding
                            .attributes()
                            .next()
                            .and_then(Node::attribute_name)
                            .is_some_and(|name| self.is_masked(&name)) => {}
                Some(binding) if self.is_import_list(binding) => self.unmasked(|this| this.imports(binding.value)),
                Some(binding) => self.binding(binding, with_comments, 0),
                None => self.inherit(entry, with_comments),
            }
        }
    }

    fn updated_attributes(&mut self, operands: &[Value<'t>]) -> Content {
        let mut content = Content::Set;
        self.updated(operands, |this, operand| content = both(content, this.attributes_of(operand, None)));
        content
    }

    fn attributes_of_call(&mut self, call: &Call<'t>) -> Content {
        match (call.function, call.arguments.as_slice()) {
            (Function::OptionalAttrs, [condition, set]) => {
                self.with_condition(ConditionKind::Optional, condition.node, |this| this.attributes_of(set, None))
            }
            (Function::Update, sides @ [_, _]) => self.updated_attributes(sides),
            (Function::UpdateDeep, [left, right]) => {
                let left = self.attributes_of(left, None);
                both(left, self.attributes_of(right, None))
            }
            (Function::Filter, [first, second]) => {
                // `filterAttrs f set`, but `removeAttrs set names`.
                let set = if matches!(first.body().expr(), Expr::Lambda { .. }) { second } else { first };
                self.copied(|this| this.attributes_of(set, None));
                Content::PartlyComputed
            }
            (Function::MapAttrs, [function, set]) => {
                let names = Part::Computed(Span::of(set.node));
                let function = function.clone();
                self.for_each(&function, 2, |this, body| this.made(names, body))
            }
            (Function::GenAttrs, [names, function]) => self.generated(names, function),
            (Function::ListToAttrs, [list]) => self.listed(list),
            (Function::Last(count), arguments) if arguments.len() == count => {
                arguments.last().map_or(Content::Computed, |last| self.attributes_of(last, None))
            }
            (Function::Local(lambda), arguments) => {
                let found = self.calling(lambda, arguments, |this, body| this.attributes_of(&body.into(), None));
                found.unwrap_or(Content::Computed)
            }
            (Function::Pipe, [_, _]) => match self.reader.piped(call) {
                Some(piped) => self.attributes_of(&piped, None),
                None => Content::Computed,
            },
            // A property that lacks its content is a function.
            (Function::If | Function::OverrideBy | Function::OrderBy, [_]) => Content::Value,
            (Function::Import, [file, ..]) => {
                let before = self.found.imports.len();
                self.import(file);
                let read = self.found.imports.get(before).is_some_and(|import| matches!(import.of, ImportOf::File(_)));
                if read && !self.path.is_empty() { Content::Imported } else { Content::Computed }
            }
            _ => Content::Computed,
        }
    }

    /// An attribute that a function makes: there is no binding for it.
    fn made(&mut self, name: Part, body: Node<'t>) -> Content {
        self.unmasked(|this| {
            this.with_part(name, |this| {
                let pair = this.reader.call(&body.into()).filter(|call| call.function == Function::NameValuePair);
                let Some([name, value]) = pair.as_ref().map(|pair| pair.arguments.as_slice()) else {
                    return match name_and_values(body) {
                        Some((name, values)) => {
                            this.renamed(name);
                            this.values(body, values)
                        }
                        None => this.value(&body.into()),
                    };
                };
                this.renamed(name.node);
                this.value(value)
            })
        })
    }

    /// The bindings of `value` in `{ name = …; value = …; }`. The place that Nix gives the attribute is that of `value`.
    fn values(&mut self, pair: Node<'t>, values: Vec<Binding<'t>>) -> Content {
        let mut content = Content::Set;
        for binding in values {
            if binding.attributes().nth(1).is_some() {
                self.binding(binding, Span::of(binding.node), 1);
            } else if let Some(value) = binding.value {
                let whole = Span::of(pair);
                let place = Place { name: Span::of(binding.path), binding: whole, with_comments: whole, own: 1 };
                content = self.at_place(place, |this| this.value(&value.into()));
            }
        }
        content
    }

    /// Puts the right name in the place of the last part.
    fn renamed(&mut self, name: Node<'t>) {
        if let Some(last) = self.path.last_mut() {
            *last = name.string().map_or(Part::Computed(Span::of(name)), |name| Part::Name(name.into()));
        }
    }

    /// `genAttrs names function`, by name where they are written out.
    fn generated(&mut self, names: &Value<'t>, function: &Value<'t>) -> Content {
        let list = self.reader.items(names).unwrap_or_default();
        let literal: Option<Vec<String>> = list.iter().map(|name| name.string()).collect();
        match literal.filter(|names| !names.is_empty()) {
            Some(literal) => {
                for name in literal {
                    self.for_each(function, 1, |this, body| this.made(Part::Name(name.into()), body));
                }
            }
            None => {
                let names = Part::Computed(Span::of(names.node));
                self.for_each(function, 1, |this, body| this.made(names, body));
            }
        }
        Content::PartlyComputed
    }

    /// `listToAttrs list`
    fn listed(&mut self, list: &Value<'t>) -> Content {
        let name = Part::Computed(Span::of(list.node));
        if let Some(items) = self.reader.items(list) {
            for item in items {
                self.made(name.clone(), item);
            }
            return Content::PartlyComputed;
        }
        let Some(call) = self.reader.call(list) else { return Content::Computed };
        match (call.function, call.arguments.as_slice()) {
            (Function::Map, [function, _]) | (Function::ForEach, [_, function]) => {
                self.for_each(function, 1, |this, body| this.made(name, body))
            }
            (Function::MapToList, [function, _]) => self.for_each(function, 2, |this, body| this.made(name, body)),
            _ => Content::Computed,
        }
    }
}

/// The name and the bindings of the value in `{ name = …; value = …; }` or `{ name = …; value.a = …; value.b = …; }`.
fn name_and_values(body: Node<'_>) -> Option<(Node<'_>, Vec<Binding<'_>>)> {
    let set = body.body().inside_parens();
    if !matches!(set.expr(), Expr::Set) {
        return None;
    }
    let (mut name, mut values) = (None, Vec::new());
    for entry in set.entries() {
        let binding = Binding::of(entry)?;
        match binding.attributes().next()?.attribute_name()?.as_ref() {
            "name" if name.is_none() => name = binding.value,
            "value" => values.push(binding),
            _ => return None,
        }
    }
    Some((name?, values)).filter(|(_, values)| !values.is_empty())
}

/// What a value is that certainly holds no attributes, behind its properties.
fn leaf(value: &Value<'_>) -> Option<Content> {
    match value.expr() {
        Expr::Text | Expr::Literal | Expr::List | Expr::Operation | Expr::Path => Some(Content::Value),
        Expr::Lambda { .. } if !crate::properties::is_module_function(value.node.inside_parens()) => {
            Some(Content::Value)
        }
        Expr::Name("true" | "false" | "null") => Some(Content::Value),
        _ => None,
    }
}

/// A name in an attribute path.
pub(super) fn part(attribute: Node<'_>) -> Part {
    attribute.attribute_name().map_or_else(|| Part::Computed(Span::of(attribute)), |name| Part::Name(name.into()))
}
