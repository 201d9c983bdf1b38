//! The fields of a document that are one in its answer.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, OperationType, Selection, SelectionSet};
use async_graphql::{Context, Name, Positioned, QueryPathNode, QueryPathSegment};

/// Fields with one response key: what is selected of their value is all that is selected in any of
/// them.
#[derive(Clone, Copy)]
pub struct Selected<'a> {
    /// The context of one of them.
    pub ctx: &'a Context<'a>,
    /// The fields, at least one.
    pub fields: &'a [&'a Positioned<Field>],
}

/// Fields by their response keys, in the order in which the answer has them.
type FieldsByKey<'a> = IndexMap<&'a Name, Vec<&'a Positioned<Field>>>;

impl<'a> Selected<'a> {
    /// What is selected of an object of this type.
    pub fn of_object(&self, type_name: &str) -> FieldsByKey<'a> {
        let mut collector = Collector::new(self.ctx, type_name);
        for field in self.fields {
            collector.add(&field.node.selection_set.node);
        }
        collector.found
    }

    /// One field with all that is selected in them.
    pub fn as_one(&self) -> Positioned<Field> {
        let mut one = self.fields[0].clone();
        let others = self.fields[1..].iter();
        let selections = others.flat_map(|field| field.node.selection_set.node.items.clone());
        one.node.selection_set.node.items.extend(selections);
        one
    }
}

/// Whether this is the context of a field of the root, or of an item of its list, that is selected
/// no second time under the same response key.
pub fn is_alone_at_root(ctx: &Context<'_>) -> bool {
    let Some(place) = &ctx.path_node else { return false };
    let mut segments = std::iter::once(place).chain(place.parents());
    let is_at_root = segments.find(|it| is_name(it)).is_some() && !segments.any(is_name);
    let mut collector = Collector::new(ctx, root_type(ctx));
    collector.add(&ctx.query_env.operation.node.selection_set.node);
    let same_key = collector.found.get(&ctx.item.node.response_key().node);
    is_at_root && same_key.is_some_and(|fields| fields.len() == 1)
}

fn is_name(place: &QueryPathNode<'_>) -> bool {
    matches!(place.segment, QueryPathSegment::Name(_))
}

fn root_type<'a>(ctx: &Context<'a>) -> &'a str {
    let registry = &ctx.schema_env.registry;
    let root = match ctx.query_env.operation.node.ty {
        OperationType::Query => Some(&registry.query_type),
        OperationType::Mutation => registry.mutation_type.as_ref(),
        OperationType::Subscription => registry.subscription_type.as_ref(),
    };
    root.expect("an operation is executed on its root")
}

/// Gathers the fields of an object, fragments put in, as the specification's CollectFields does.
struct Collector<'a, 't> {
    ctx: &'a Context<'a>,
    type_name: &'t str,
    /// The fragments that were put in already.
    seen: Vec<&'a Name>,
    found: FieldsByKey<'a>,
}

impl<'a, 't> Collector<'a, 't> {
    fn new(ctx: &'a Context<'a>, type_name: &'t str) -> Self {
        Self { ctx, type_name, seen: Vec::new(), found: IndexMap::new() }
    }

    fn add(&mut self, set: &'a SelectionSet) {
        for selection in &set.items {
            match &selection.node {
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
        let fragment = self.ctx.query_env.fragments.get(name);
        let fragment = &fragment.expect("validation has found every fragment").node;
        if self.meets(&fragment.type_condition.node.on.node) {
            self.add(&fragment.selection_set.node);
        }
    }

    /// Whether the object is of this type, or of a type that implements this interface.
    fn meets(&self, condition: &str) -> bool {
        let implemented = &self.ctx.schema_env.registry.implements;
        condition == self.type_name
            || implemented.get(self.type_name).is_some_and(|all| all.contains(condition))
    }
}
