//! The number of fields that introspection returns, counted along the schema, which is fixed.

use std::collections::HashMap;

use apollo_compiler::ast::{InputValueDefinition, Type, Value};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};

use super::visitor::{Driver, Fragments, Part, SelectedField, Visitor};
use crate::graphql::execution::introspection::is_introspection;

/// The number of the schema itself among its elements.
const ROOT: usize = 0;

/// The elements of a schema, by numbers, and which of them each field of introspection leads to.
#[derive(Default)]
pub(super) struct SchemaCost {
    elements: usize,
    /// Named types, lists, and types without null, as they are written.
    types: HashMap<String, usize>,
    /// By the name of a field: from which element it leads to which.
    steps: HashMap<&'static str, Vec<(usize, usize)>>,
}

impl SchemaCost {
    /// The schema, to be counted.
    pub fn of(schema: &Schema) -> Self {
        let mut counted = Self { elements: ROOT + 1, ..Self::default() };
        let definition = &schema.schema_definition;
        for (field, ty) in [
            ("queryType", &definition.query),
            ("mutationType", &definition.mutation),
            ("subscriptionType", &definition.subscription),
        ] {
            ty.iter().for_each(|ty| counted.lead_to_type(field, ROOT, ty.as_str()));
        }
        for (name, ty) in &schema.types {
            counted.lead_to_type("types", ROOT, name);
            counted.add_type(name, ty);
        }
        for (interface, implementers) in schema.implementers_map() {
            let interface = counted.types[interface.as_str()];
            for object in implementers.objects {
                counted.lead_to_type("possibleTypes", interface, &object);
            }
        }
        for directive in schema.directive_definitions.values() {
            let element = counted.lead("directives", ROOT);
            counted.add_inputs("args", element, directive.arguments.iter());
        }
        counted
    }

    /// The number of fields that a root field returns, itself included; none if it is not
    /// introspection.
    pub fn of_root_field<'a>(
        &self,
        driver: &Driver<'a>,
        selected: &SelectedField<'a>,
    ) -> Option<usize> {
        if !is_introspection(&selected.field.name) {
            return None;
        }
        let mut count = Count { schema: self, open: vec![self.open()], fragments: HashMap::new() };
        driver.walk_selections([selected.selections()], Fragments::WhereverUsed, &mut count);
        let counts = count.close();
        let below = match selected.argument("name").map(|name| &**name) {
            None => counts[ROOT],
            Some(Value::String(name)) => self.types.get(name).map_or(0, |ty| counts[*ty]),
            Some(_) => self.types.values().map(|ty| counts[*ty]).max().unwrap_or(0),
        };
        Some(below.saturating_add(1))
    }

    fn open(&self) -> Open {
        Open { fields: 0, counts: vec![0; self.elements] }
    }

    fn element(&mut self) -> usize {
        self.elements += 1;
        self.elements - 1
    }

    /// A new element, to which a field leads.
    fn lead(&mut self, field: &'static str, from: usize) -> usize {
        let to = self.element();
        self.steps.entry(field).or_default().push((from, to));
        to
    }

    fn lead_to_type(&mut self, field: &'static str, from: usize, name: &str) {
        let to = self.named(name);
        self.steps.entry(field).or_default().push((from, to));
    }

    fn named(&mut self, name: &str) -> usize {
        match self.types.get(name) {
            Some(element) => *element,
            None => {
                let element = self.element();
                self.types.insert(name.to_owned(), element);
                element
            }
        }
    }

    fn ty(&mut self, ty: &Type) -> usize {
        let written = ty.to_string();
        let is_new = !self.types.contains_key(&written);
        let element = self.named(&written);
        let inner = match ty.is_non_null() {
            true => ty.clone().nullable(),
            false => ty.item_type().clone(),
        };
        if is_new && !matches!(ty, Type::Named(_)) {
            let inner = self.ty(&inner);
            self.steps.entry("ofType").or_default().push((element, inner));
        }
        element
    }

    fn add_type(&mut self, name: &str, ty: &ExtendedType) {
        let element = self.named(name);
        let (fields, interfaces) = match ty {
            ExtendedType::Object(ty) => (&ty.fields, &ty.implements_interfaces),
            ExtendedType::Interface(ty) => (&ty.fields, &ty.implements_interfaces),
            ExtendedType::Union(ty) => {
                for member in &ty.members {
                    self.lead_to_type("possibleTypes", element, member.as_str());
                }
                return;
            }
            ExtendedType::Enum(ty) => {
                for _ in ty.values.keys() {
                    self.lead("enumValues", element);
                }
                return;
            }
            ExtendedType::InputObject(ty) => {
                self.add_inputs("inputFields", element, ty.fields.values().map(|it| &it.node));
                return;
            }
            ExtendedType::Scalar(_) => return,
        };
        for interface in interfaces {
            self.lead_to_type("interfaces", element, interface.as_str());
        }
        for field in fields.values() {
            let element = self.lead("fields", element);
            self.add_inputs("args", element, field.arguments.iter());
            let ty = self.ty(&field.ty);
            self.steps.entry("type").or_default().push((element, ty));
        }
    }

    fn add_inputs<'a>(
        &mut self,
        field: &'static str,
        from: usize,
        inputs: impl Iterator<Item = &'a Node<InputValueDefinition>>,
    ) {
        for input in inputs {
            let element = self.lead(field, from);
            let ty = self.ty(&input.ty);
            self.steps.entry("type").or_default().push((element, ty));
        }
    }
}

/// Counts what selections give of each element, each fragment's only once. Only the counts of those
/// elements matter that are of the selections' type.
struct Count<'s, 'a> {
    schema: &'s SchemaCost,
    /// The selections that are being walked.
    open: Vec<Open>,
    fragments: HashMap<&'a str, Vec<usize>>,
}

/// What was counted of selections.
struct Open {
    /// What each element gives.
    fields: usize,
    /// What is below the fields of an element.
    counts: Vec<usize>,
}

impl<'a> Visitor<'a> for Count<'_, 'a> {
    fn enter(&mut self, part: Part<'a>) -> bool {
        match part {
            Part::Field(selected) => {
                self.top().fields += 1;
                if selected.field.selection_set.is_empty() {
                    return false;
                }
            }
            Part::Fragment(name) => {
                if let Some(counts) = self.fragments.get(name).cloned() {
                    self.add(&counts);
                    return false;
                }
            }
            Part::Operation | Part::InlineFragment => {}
        }
        self.open.push(self.schema.open());
        true
    }

    fn leave(&mut self, part: Part<'a>) {
        let below = self.close();
        match part {
            Part::Field(selected) => {
                let steps = self.schema.steps.get(selected.field.name.as_str());
                let counts = &mut self.top().counts;
                for (from, to) in steps.into_iter().flatten() {
                    counts[*from] = counts[*from].saturating_add(below[*to]);
                }
            }
            Part::Fragment(name) => {
                self.add(&below);
                self.fragments.insert(name, below);
            }
            Part::Operation | Part::InlineFragment => self.add(&below),
        }
    }
}

impl Count<'_, '_> {
    fn top(&mut self) -> &mut Open {
        self.open.last_mut().expect("what is walked is open")
    }

    /// What the selections give that were opened last.
    fn close(&mut self) -> Vec<usize> {
        let Open { fields, mut counts } = self.open.pop().expect("what is walked is open");
        counts.iter_mut().for_each(|count| *count = count.saturating_add(fields));
        counts
    }

    fn add(&mut self, others: &[usize]) {
        let counts = self.top().counts.iter_mut().zip(others);
        counts.for_each(|(count, other)| *count = count.saturating_add(*other));
    }
}
