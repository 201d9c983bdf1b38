//! The merged fields of a document.

use std::collections::HashMap;

use apollo_compiler::Schema;
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Positioned, Variables};

use crate::graphql::execution::internals::{
    ConstValue, Directive, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    Value,
};

/// An operation, and everything else that determines its selection.
#[derive(Clone, Copy)]
pub struct Executed<'a> {
    /// The operation.
    pub operation: &'a OperationDefinition,
    /// The fragments of its document.
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The variables, which determine what is skipped.
    pub variables: &'a Variables,
    /// The schema, which knows the types of each interface.
    pub schema: &'a Schema,
}

/// Fields with one response key: the selection on their value is the union of their selections.
#[derive(Clone, Copy)]
pub struct Selected<'a> {
    /// Where they are selected.
    pub executed: Executed<'a>,
    /// The fields, at least one.
    pub fields: &'a [&'a Positioned<Field>],
}

/// Fields by their response keys, in the order of the response.
pub type FieldsByKey<'a> = IndexMap<&'a Name, Vec<&'a Positioned<Field>>>;

impl<'a> Executed<'a> {
    /// The selection on the root, which has this type.
    pub fn of_root(self, type_name: &str) -> FieldsByKey<'a> {
        Collector::collect(self, type_name, [&self.operation.selection_set.node])
    }

    fn is_skipped(self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|Positioned { node: directive, .. }| {
            let condition = directive.arguments.iter().find(|(name, _)| name.node == "if");
            let holds = condition.is_some_and(|(_, value)| self.is_true(&value.node));
            match directive.name.node.as_str() {
                "skip" => holds,
                "include" => !holds,
                _ => false,
            }
        })
    }

    /// Whether an argument is true, with these variables.
    pub fn is_true(self, value: &Value) -> bool {
        match value {
            Value::Boolean(boolean) => *boolean,
            Value::Variable(name) => {
                let mut definitions = self.operation.variable_definitions.iter();
                let definition = definitions.find(|it| it.node.name.node == *name);
                let default = definition.and_then(|it| it.node.default_value());
                self.variables.get(name).or(default) == Some(&ConstValue::Boolean(true))
            }
            _ => false,
        }
    }
}

impl<'a> Selected<'a> {
    /// The selection on an object of this type.
    pub fn of_object(self, type_name: &str) -> FieldsByKey<'a> {
        let sets = self.fields.iter().map(|field| &field.node.selection_set.node);
        Collector::collect(self.executed, type_name, sets)
    }

    /// The field without the selection on its value.
    pub fn bare(self) -> Positioned<Field> {
        bare(self.fields[0])
    }
}

/// A field without the selection on its value, and without its conditions.
pub fn bare(field: &Positioned<Field>) -> Positioned<Field> {
    let Field { alias, name, arguments, .. } = field.node.clone();
    let (directives, selection_set) = Default::default();
    Positioned::new(Field { alias, name, arguments, directives, selection_set }, field.pos)
}

/// Gathers the fields of an object, fragments put in, as the specification's CollectFields does.
struct Collector<'a, 't> {
    executed: Executed<'a>,
    type_name: &'t str,
    /// The fragments that were put in already.
    seen: Vec<&'a Name>,
    found: FieldsByKey<'a>,
}

impl<'a, 't> Collector<'a, 't> {
    fn collect(
        executed: Executed<'a>,
        type_name: &'t str,
        sets: impl IntoIterator<Item = &'a SelectionSet>,
    ) -> FieldsByKey<'a> {
        let mut collector = Self { executed, type_name, seen: Vec::new(), found: IndexMap::new() };
        sets.into_iter().for_each(|set| collector.add(set));
        collector.found
    }

    fn add(&mut self, set: &'a SelectionSet) {
        for Positioned { node: selection, .. } in &set.items {
            if self.executed.is_skipped(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    self.found.entry(&field.node.response_key().node).or_default().push(field);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.meets(&condition.node.on.node)) {
                        self.add(&fragment.node.selection_set.node);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.add_fragment(&spread.node.fragment_name.node);
                }
            }
        }
    }

    fn add_fragment(&mut self, name: &'a Name) {
        if self.seen.contains(&name) {
            return;
        }
        self.seen.push(name);
        let fragment = self.executed.fragments.get(name);
        let fragment = &fragment.expect("validation has found every fragment").node;
        if self.meets(&fragment.type_condition.node.on.node) {
            self.add(&fragment.selection_set.node);
        }
    }

    /// Whether the object has this type, or a type that implements this interface.
    fn meets(&self, condition: &str) -> bool {
        let object = || self.executed.schema.get_object(self.type_name);
        condition == self.type_name
            || object().is_some_and(|it| it.implements_interfaces.iter().any(|i| i == condition))
    }
}
