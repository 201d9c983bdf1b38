//! What is selected of a type: looked up once, followed for each of its rows.

use async_graphql::parser::types::Field;
use async_graphql::{Data, Name, Positioned};

use super::{Answer, Below, Object, Selected};

/// What is selected of a value, and how it is written.
pub enum Plan {
    /// The value has no fields.
    Leaf,
    /// The fields of an object, in the order of the answer.
    Object(Vec<PlannedField>),
    /// A plan for each type that the value can be of.
    OneOf(Vec<Self>),
    /// What async-graphql resolves, before anything is written.
    Waiting(Box<WaitingField>),
}

/// A field of an object.
pub struct PlannedField {
    /// What it is called in the answer.
    pub name: Name,
    /// The text from the value before to this one.
    pub begin: String,
    /// Where the value comes from; none where it is in `begin` already.
    pub source: Option<Source>,
    /// Whether it has to be waited for, or something below it.
    pub waits: bool,
}

/// Where the value of a field comes from.
pub struct Source {
    /// The place in [`Object::fields`].
    pub index: usize,
    /// What is selected of the value.
    pub plan: Plan,
}

/// A field as async-graphql is to resolve it.
pub struct WaitingField {
    /// All that is selected under its response key.
    pub field: Positioned<Field>,
    /// The plan of its value, a [`Below`].
    pub below: Data,
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

    /// The fields; none where it is not the plan of an object.
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

    /// What is selected of an object of this type.
    pub fn object<T: Object>(selected: Selected<'_>) -> Self {
        let type_name = T::type_name();
        let fields = selected.of_object(&type_name).into_iter().enumerate();
        let fields = fields.map(|(index, (name, fields))| {
            let separator = if index == 0 { "{" } else { "," };
            let begin = format!("{separator}\"{name}\":");
            let asked_for = &fields[0].node.name.node;
            if asked_for == "__typename" {
                let begin = format!("{begin}\"{type_name}\"");
                return PlannedField { name: name.clone(), begin, source: None, waits: false };
            }
            let index = T::fields().iter().position(|field| field.is_called(asked_for));
            let index = index.expect("validation has found every field in its type");
            let plan = (T::fields()[index].plan)(Selected { fields: &fields, ..selected });
            let waits = plan.waits();
            PlannedField { name: name.clone(), begin, source: Some(Source { index, plan }), waits }
        });
        Self::Object(fields.collect())
    }

    /// The plan of a field that async-graphql resolves to a `T`.
    pub fn waiting<T: Answer>(selected: Selected<'_>) -> Self {
        let mut below = Data::default();
        below.insert(Below(T::plan(selected)));
        Self::Waiting(Box::new(WaitingField { field: selected.as_one(), below }))
    }
}
