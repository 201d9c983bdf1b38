//! The one way through a document: a driver that walks, and visitors that look.
//!
//! A [`Driver`] knows where selections, fragments, directives and arguments are, and which type the
//! schema has at each place. Each check is a [`Visitor`]. The first of all is [`extent`](super::extent):
//! it bounds how deep, and how often, those that follow fragments wherever they are used can walk.
//!
//! Walked elsewhere: the document's text, before there is anything to walk; values, which coercion finds
//! in JSON as well; and the form that async-graphql executes, where it is made ([`conversion`]) and
//! executed (`execution::direct`, `execution::omitted`).
//!
//! [`conversion`]: super::conversion

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::{
    Argument, Definition, Directive, DirectiveList, Document, Field, FieldDefinition,
    FragmentDefinition, InputValueDefinition, OperationDefinition, Selection, Value,
    VariableDefinition,
};
use apollo_compiler::parser::SourceMap;
use apollo_compiler::{Name, Node, Schema};

/// What looks at a document while it is walked.
pub(super) trait Visitor<'a> {
    /// Looks at a part before all that is in it. Returns whether to walk on into it.
    fn enter(&mut self, _part: Part<'a>) -> bool {
        true
    }

    /// Looks at a part that was entered, after all that is in it.
    fn leave(&mut self, _part: Part<'a>) {}

    /// Looks at the definition of a variable.
    fn variable(&mut self, _definition: &'a VariableDefinition) {}

    /// Looks at a directive, wherever one can be.
    fn directive(&mut self, _directive: &'a Directive) {}

    /// Looks at an argument of a field or a directive that the schema knows.
    fn argument(&mut self, _definition: &'a InputValueDefinition, _argument: &'a Argument) {}
}

/// A part of a document that has selections.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    Operation,
    Field(SelectedField<'a>),
    InlineFragment,
    /// A fragment by its name, which the document may not define.
    Fragment(&'a str),
}

/// A field where it is selected.
#[derive(Clone, Copy)]
pub(super) struct SelectedField<'a> {
    pub field: &'a Field,
    /// The type that it is selected of, as far as the schema knows it.
    pub parent: Option<&'a str>,
    /// The field in that type.
    pub definition: Option<&'a FieldDefinition>,
}

/// Selections, and the type that they are selected of.
pub(super) type Selections<'a> = (Option<&'a str>, &'a [Selection]);

/// When a fragment is walked.
#[derive(Clone, Copy)]
pub(super) enum Fragments {
    /// Once: where it is first used, or in a whole document where it is defined.
    Once,
    /// Wherever it is used, if the visitor enters it there.
    WhereverUsed,
}

/// Walks through a document.
pub(super) struct Driver<'a> {
    schema: &'a Schema,
    document: &'a Document,
    operations: HashMap<Option<&'a str>, &'a OperationDefinition>,
    fragments: HashMap<&'a str, &'a FragmentDefinition>,
}

impl<'a> SelectedField<'a> {
    /// The value that the field is given for this argument.
    pub fn argument(&self, name: &str) -> Option<&'a Node<Value>> {
        let argument = self.field.arguments.iter().find(|argument| argument.name == name);
        argument.map(|argument| &argument.value)
    }

    /// What is selected of the field's value.
    pub fn selections(&self) -> Selections<'a> {
        let ty = self.definition.map(|definition| definition.ty.inner_named_type().as_str());
        (ty, &self.field.selection_set)
    }
}

impl<'a> Driver<'a> {
    /// A driver for this document. Of several definitions with one name the first counts, as in
    /// validation, which reports the others.
    pub fn new(document: &'a Document, schema: &'a Schema) -> Self {
        let (mut operations, mut fragments) = (HashMap::new(), HashMap::new());
        for definition in &document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => {
                    operations.entry(operation.name.as_deref()).or_insert(&**operation);
                }
                Definition::FragmentDefinition(fragment) => {
                    fragments.entry(fragment.name.as_str()).or_insert(&**fragment);
                }
                // Validation reports whatever else there is.
                _ => {}
            }
        }
        Self { schema, document, operations, fragments }
    }

    /// The operation with this name, if there is one.
    pub fn operation(&self, name: Option<&str>) -> Option<&'a OperationDefinition> {
        self.operations.get(&name).copied()
    }

    /// Where the parts of the document are in its text.
    pub fn sources(&self) -> &'a SourceMap {
        &self.document.sources
    }

    /// Walks through all definitions, fragments that nothing uses included.
    pub fn walk(&self, fragments: Fragments, visitor: &mut impl Visitor<'a>) {
        let mut walk = Traversal::new(self, fragments, visitor);
        if let Some(seen) = &mut walk.seen {
            seen.extend(self.fragments.keys());
        }
        for definition in &self.document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => walk.operation(operation),
                Definition::FragmentDefinition(fragment) => {
                    walk.fragment(&fragment.name, Some(fragment));
                }
                _ => {}
            }
        }
    }

    /// Walks through an operation and the fragments that it uses.
    pub fn walk_operation(
        &self,
        operation: &'a OperationDefinition,
        fragments: Fragments,
        visitor: &mut impl Visitor<'a>,
    ) {
        Traversal::new(self, fragments, visitor).operation(operation);
    }

    /// Walks through selections, those of one object taken together.
    pub fn walk_selections(
        &self,
        selections: impl IntoIterator<Item = Selections<'a>>,
        fragments: Fragments,
        visitor: &mut impl Visitor<'a>,
    ) {
        let mut walk = Traversal::new(self, fragments, visitor);
        selections.into_iter().for_each(|selections| walk.selections(selections));
    }
}

struct Traversal<'w, 'a, V> {
    driver: &'w Driver<'a>,
    visitor: &'w mut V,
    /// The fragments that were walked, if each is to be walked once.
    seen: Option<HashSet<&'a str>>,
}

impl<'w, 'a, V: Visitor<'a>> Traversal<'w, 'a, V> {
    fn new(driver: &'w Driver<'a>, fragments: Fragments, visitor: &'w mut V) -> Self {
        let seen = match fragments {
            Fragments::Once => Some(HashSet::new()),
            Fragments::WhereverUsed => None,
        };
        Self { driver, visitor, seen }
    }

    fn operation(&mut self, operation: &'a OperationDefinition) {
        self.directives(&operation.directives);
        for variable in &operation.variables {
            self.visitor.variable(variable);
            self.directives(&variable.directives);
        }
        let root = self.driver.schema.root_operation(operation.operation_type);
        let root = root.map(Name::as_str);
        self.part(Part::Operation, (root, &operation.selection_set));
    }

    fn part(&mut self, part: Part<'a>, selections: Selections<'a>) {
        if self.visitor.enter(part) {
            self.selections(selections);
            self.visitor.leave(part);
        }
    }

    fn selections(&mut self, (parent, selections): Selections<'a>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(parent, field),
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.directives);
                    let condition = fragment.type_condition.as_ref();
                    let parent = condition.map(Name::as_str).or(parent);
                    self.part(Part::InlineFragment, (parent, &fragment.selection_set));
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    let name = spread.fragment_name.as_str();
                    if self.seen.as_mut().is_none_or(|seen| seen.insert(name)) {
                        self.fragment(name, self.driver.fragments.get(name).copied());
                    }
                }
            }
        }
    }

    fn field(&mut self, parent: Option<&'a str>, field: &'a Field) {
        self.directives(&field.directives);
        let schema = self.driver.schema;
        let definition = parent.and_then(|parent| schema.type_field(parent, &field.name).ok());
        let definition = definition.map(|definition| &***definition);
        let selected = SelectedField { field, parent, definition };
        if self.visitor.enter(Part::Field(selected)) {
            if let Some(definition) = definition {
                self.arguments(&definition.arguments, &field.arguments);
            }
            self.selections(selected.selections());
            self.visitor.leave(Part::Field(selected));
        }
    }

    fn fragment(&mut self, name: &'a str, definition: Option<&'a FragmentDefinition>) {
        if !self.visitor.enter(Part::Fragment(name)) {
            return;
        }
        if let Some(fragment) = definition {
            self.directives(&fragment.directives);
            self.selections((Some(&fragment.type_condition), &fragment.selection_set));
        }
        self.visitor.leave(Part::Fragment(name));
    }

    fn directives(&mut self, directives: &'a DirectiveList) {
        for directive in directives {
            self.visitor.directive(directive);
            let definition = self.driver.schema.directive_definitions.get(&directive.name);
            if let Some(definition) = definition {
                self.arguments(&definition.arguments, &directive.arguments);
            }
        }
    }

    fn arguments(
        &mut self,
        definitions: &'a [Node<InputValueDefinition>],
        arguments: &'a [Node<Argument>],
    ) {
        for argument in arguments {
            let definition = definitions.iter().find(|it| it.name == argument.name);
            if let Some(definition) = definition {
                self.visitor.argument(definition, argument);
            }
        }
    }
}
