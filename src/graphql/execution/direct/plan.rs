//! The selection on a type: analysed once, followed for each of its rows.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_graphql::{Data, Name, Positioned};

use super::FieldsByKey;
use crate::graphql::execution::internals::Field;

/// The selection on a value, and how it is written.
pub enum Plan {
    /// The value has no fields.
    Leaf,
    /// The fields of an object, in the order of the response.
    Object(Vec<PlannedField>),
    /// A plan for each type that the value can be of.
    OneOf(Vec<Self>),
    /// The fields that async-graphql resolves, before anything is written.
    Waiting(Box<WaitingField>),
}

/// A field of an object.
pub struct PlannedField {
    /// Its name in the response.
    pub key: Name,
    /// Its name in its type.
    pub name: Name,
    /// The text from the value before to this one.
    pub begin: String,
    /// The source of the value; none if it is already in `begin`.
    pub source: Option<Source>,
    /// Whether it, or something below it, has to be waited for.
    pub waits: bool,
}

/// The source of a field's value.
pub struct Source {
    /// The place in [`Object::fields`](super::Object::fields).
    pub index: usize,
    /// The selection on the value.
    pub plan: Plan,
}

/// A field as async-graphql is to resolve it.
pub struct WaitingField {
    /// The field, without the selection on its value.
    pub field: Positioned<Field>,
    /// The selection on its value.
    pub value: Arc<PlannedValue>,
    /// The same, as a [`Below`].
    pub below: Data,
}

/// The plan for the value of a field that async-graphql resolves, as it finds its way to there: in
/// the data of the field's context.
pub struct Below(pub Arc<PlannedValue>);

/// The selection on a value that is written as one text.
pub struct PlannedValue {
    /// The selection on it.
    pub plan: Plan,
    /// The size of the last text in bytes, as an estimate for the next.
    pub last_length: AtomicUsize,
}

impl Plan {
    /// Whether something has to be waited for before a value is written.
    pub fn waits(&self) -> bool {
        match self {
            Self::Leaf => false,
            Self::Object(fields) => fields.iter().any(|field| field.waits),
            Self::OneOf(plans) => plans.iter().any(Self::waits),
            Self::Waiting(_) => true,
        }
    }

    /// The fields; none if it is not the plan of an object.
    pub fn fields(&self) -> &[PlannedField] {
        match self {
            Self::Object(fields) => fields,
            Self::Leaf | Self::OneOf(_) | Self::Waiting(_) => &[],
        }
    }

    /// The plan for the type at this place among those that the value can be of.
    pub fn of_type(&self, index: usize) -> &Self {
        match self {
            Self::OneOf(plans) => &plans[index],
            Self::Leaf | Self::Object(_) | Self::Waiting(_) => self,
        }
    }

    /// The selection on these fields of an object; `source_of` maps names to sources.
    pub fn of_fields(
        type_name: &str,
        fields: &FieldsByKey<'_>,
        source_of: impl Fn(&str, &[&Positioned<Field>]) -> Source,
    ) -> Self {
        let fields = fields.iter().enumerate().map(|(index, (key, fields))| {
            let separator = if index == 0 { "{" } else { "," };
            let begin = format!("{separator}\"{key}\":");
            let (key, name) = ((*key).clone(), fields[0].node.name.node.clone());
            if name == "__typename" {
                let begin = format!("{begin}\"{type_name}\"");
                return PlannedField { key, name, begin, source: None, waits: false };
            }
            let source = source_of(&name, fields);
            let waits = source.plan.waits();
            PlannedField { key, name, begin, source: Some(source), waits }
        });
        Self::Object(fields.collect())
    }

    /// The value of the waiting field with this key.
    pub fn of_key(&self, key: &str) -> Option<&PlannedValue> {
        let field = self.fields().iter().find(|field| field.key == *key)?;
        match &field.source.as_ref()?.plan {
            Self::Waiting(waiting) => Some(&waiting.value),
            Self::Leaf | Self::Object(_) | Self::OneOf(_) => None,
        }
    }

    /// The number of its fields, at all depths.
    pub fn count(&self) -> usize {
        match self {
            Self::Leaf => 0,
            Self::Object(fields) => {
                let sources = fields.iter().filter_map(|field| field.source.as_ref());
                fields.len() + sources.map(|source| source.plan.count()).sum::<usize>()
            }
            Self::OneOf(plans) => plans.iter().map(Self::count).sum(),
            Self::Waiting(waiting) => waiting.value.plan.count(),
        }
    }
}
