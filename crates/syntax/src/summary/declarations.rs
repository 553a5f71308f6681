//! Declarations of options, and what their types declare inside them.

use crate::properties::{Call, Function, Value, binds};
use crate::source::{Span, guarded};
use crate::summary::builder::Builder;
use crate::summary::definitions::{MOST_PARTS, part};
use crate::summary::updates::operands;
use crate::summary::{Content, Declaration, DeclaredBy, Part};
use crate::tree::{Binding, Expr, Node};

impl<'t> Builder<'t> {
    /// `options = …` or `options.a.b = …`
    pub(super) fn options(&mut self, binding: Binding<'t>) {
        self.found.options.push(Span::of(binding.node));
        self.option(binding, 1);
    }

    fn option(&mut self, binding: Binding<'t>, skip: usize) {
        let before = self.path.len();
        self.path.extend(binding.attributes().skip(skip).map(part));
        if let Some(value) = binding.value {
            self.declare(&value.into(), Span::of(binding.path));
        }
        self.path.truncate(before);
    }

    /// What declares an option, or a set of such.
    fn declare(&mut self, value: &Value<'t>, name: Span) {
        guarded(|| self.declare_inner(&value.body(), name));
    }

    fn declare_inner(&mut self, value: &Value<'t>, name: Span) {
        match value.expr() {
            Expr::Set => {
                for entry in value.node.inside_parens().entries() {
                    match Binding::of(entry) {
                        Some(binding) => self.option(binding, 0),
                        None => {
                            for attribute in crate::tree::attributes(entry) {
                                self.with_part(part(attribute), |this| match this.reader.bound_value(attribute) {
                                    Some(to) => {
                                        this.follow(to, |this| this.declare(&to.into(), Span::of(attribute)));
                                    }
                                    None => this.declared(DeclaredBy::Computed, Span::of(attribute), attribute),
                                });
                            }
                        }
                    }
                }
            }
            Expr::Update { left, right } => {
                let before = self.found.declarations.len();
                self.declare(&left.into(), name);
                let Some(right) = right else { return };
                // `mkEnableOption "…" // { default = true; }` is still one option.
                let single = self.found.declarations.get(before).is_some_and(|found| *found.path == *self.path);
                if single {
                    let said = |name| field(right, name).map(Span::of);
                    let found = &mut self.found.declarations[before];
                    found.default = said("default").or(found.default);
                    found.option_type = said("type").or(found.option_type);
                } else {
                    self.declare(&right.into(), name);
                }
            }
            Expr::If { yes, no, .. } => {
                for branch in [yes, no].into_iter().flatten() {
                    self.copied(|this| this.declare(&branch.into(), name));
                }
            }
            Expr::Name(_) | Expr::Select { .. } => {
                let followed = self.followed(value.node);
                if followed.and_then(|to| self.follow(to, |this| this.declare(&to.into(), name))).is_none() {
                    self.declared(DeclaredBy::Computed, name, value.node);
                }
            }
            Expr::Apply { .. } | Expr::Pipe { .. } => match self.reader.call(value) {
                Some(call) => self.declare_call(&call, value, name),
                None => self.declared(DeclaredBy::Computed, name, value.node),
            },
            _ => {}
        }
    }

    fn declare_call(&mut self, call: &Call<'t>, value: &Value<'t>, name: Span) {
        match (call.function, call.arguments.as_slice()) {
            (Function::Option, [arguments]) => self.declare_option(arguments, value.node, name),
            (Function::EnableOption, [description]) => {
                self.declared(DeclaredBy::EnableOption, name, value.node);
                self.last(|last| last.description = Some(Span::of(description.node)));
            }
            (Function::PackageOption, [_, package, rest @ ..]) => {
                self.declared(DeclaredBy::PackageOption, name, value.node);
                let default = rest.first().and_then(|arguments| field(arguments.node, "default"));
                self.last(|last| {
                    last.description = Some(Span::of(package.node));
                    last.default = default.map(Span::of);
                });
            }
            (Function::OptionalAttrs, [_, set]) => self.copied(|this| this.declare(set, name)),
            (Function::Update, [left, right]) => {
                self.declare(left, name);
                self.declare(right, name);
            }
            (Function::Last(count), arguments) if arguments.len() == count => {
                if let Some(last) = arguments.last() {
                    self.declare(last, name);
                }
            }
            (Function::MapAttrs, [function, names]) => {
                let names = Part::Computed(Span::of(names.node));
                self.for_each(function, 2, |this, body| {
                    this.with_part(names, |this| this.declare(&body.into(), name));
                    Content::PartlyComputed
                });
            }
            (Function::GenAttrs, [names, function]) => {
                let names = Part::Computed(Span::of(names.node));
                self.for_each(function, 1, |this, body| {
                    this.with_part(names, |this| this.declare(&body.into(), name));
                    Content::PartlyComputed
                });
            }
            (Function::Local(lambda), arguments) => {
                let found = self.calling(lambda, arguments, |this, body| this.declare(&body.into(), name));
                if found.is_none() {
                    self.declared(DeclaredBy::Computed, name, value.node);
                }
            }
            _ => self.declared(DeclaredBy::Computed, name, value.node),
        }
    }

    fn declare_option(&mut self, arguments: &Value<'t>, node: Node<'t>, name: Span) {
        self.declared(DeclaredBy::Option, name, node);
        let set = arguments.node;
        let (option_type, default) = (field(set, "type"), field(set, "default"));
        let description = field(set, "description");
        let read_only = field(set, "readOnly").is_some_and(|value| matches!(value.expr(), Expr::Name("true")));
        self.last(|last| {
            last.option_type = option_type.map(Span::of);
            last.default = default.map(Span::of);
            last.description = description.map(Span::of);
            last.read_only = read_only;
        });
        if let Some(option_type) = option_type {
            self.inside_type(&option_type.into());
        }
    }

    /// What a type declares inside an option: the options of its submodules.
    fn inside_type(&mut self, option_type: &Value<'t>) {
        guarded(|| self.inside_type_inner(&option_type.body()));
    }

    fn inside_type_inner(&mut self, option_type: &Value<'t>) {
        let call = match option_type.expr() {
            Expr::Name(_) | Expr::Select { .. } => {
                if let Some(to) = self.followed(option_type.node) {
                    self.follow(to, |this| this.inside_type(&to.into()));
                }
                return;
            }
            _ => self.reader.call(option_type),
        };
        let Some(call) = call else { return };
        match (call.function, call.arguments.as_slice()) {
            (Function::AttrsOf, [inner]) => {
                let inner = field(inner.node, "elemType").map_or_else(|| inner.clone(), Value::from);
                self.with_part(Part::Any, |this| this.inside_type(&inner));
            }
            (Function::ListOf, [inner]) => self.with_part(Part::Element, |this| this.inside_type(inner)),
            (Function::TypeAround, arguments) => {
                if let Some(inner) = arguments.last() {
                    self.inside_type(inner);
                }
            }
            (Function::Submodule, [modules]) => match self.reader.items(modules) {
                Some(items) => items.into_iter().for_each(|item| self.type_module(item)),
                None => self.type_module(modules.node),
            },
            (Function::SubmoduleWith, [arguments]) => {
                let modules = field(arguments.node, "modules").map(Value::from);
                let items = modules.and_then(|modules| self.reader.items(&modules)).unwrap_or_default();
                items.into_iter().for_each(|item| self.type_module(item));
            }
            _ => {}
        }
    }

    /// A module of a submodule type. It takes part as often as the option has values.
    fn type_module(&mut self, module: Node<'t>) {
        self.copied(|this| this.import(&module.into()));
    }

    /// Adds the declaration of the option that the walk is at.
    pub(super) fn declared(&mut self, by: DeclaredBy, name: Span, value: Node<'t>) {
        if self.exhausted() || self.path.len() > MOST_PARTS {
            return;
        }
        let declaration = Declaration {
            path: self.path_now(),
            by,
            unit: self.unit,
            name,
            value: Span::of(value),
            option_type: None,
            default: None,
            description: None,
            read_only: false,
            copied: self.copies > 0 || !self.conditions.is_empty(),
        };
        self.found.declarations.push(declaration);
    }

    fn last(&mut self, change: impl FnOnce(&mut Declaration)) {
        if let Some(last) = self.found.declarations.last_mut() {
            change(last);
        }
    }
}

/// A field of a set that is written out.
fn field<'t>(set: Node<'t>, name: &str) -> Option<Node<'t>> {
    let set = set.body().inside_parens();
    match set.expr() {
        Expr::Set => set.bindings().find(|binding| binds(binding, name))?.value,
        Expr::Update { .. } => operands(set).into_iter().rev().find_map(|operand| match operand.expr() {
            Expr::Update { .. } => None,
            _ => field(operand, name),
        }),
        _ => None,
    }
}
