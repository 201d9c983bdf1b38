//! The cost of an operation: the maximum number of fields in its response.
//!
//! Each field costs 1, and the cost of a selection on the items of a list is multiplied by the
//! [size](ListSize) of the list, which the schema declares beside the field. The result of
//! introspection is known: [`SchemaCost`] counts it.

use apollo_compiler::ast::{OperationDefinition, Value, VariableDefinition};
use async_graphql::{Name, Variables};

use super::schema_cost::SchemaCost;
use super::sizes::requestable;
use super::visitor::{Driver, Fragments, Part, SelectedField, Visitor};
use crate::graphql::execution::internals::ConstValue;
use crate::graphql::schema::list_size::ListSize;
use crate::graphql::schema::lists;
use crate::graphql::schema::paging::{DEFAULT_LIMIT, MAX_LIMIT};

/// The cost of a selection, as far as it is known without the variables.
#[derive(Debug, Default)]
pub(super) struct Cost {
    fixed: usize,
    /// Selections on pages whose size is a variable.
    pages: Vec<(Rows, Self)>,
}

/// The maximum number of rows of a list.
#[derive(Clone, Debug)]
enum Rows {
    Fixed(usize),
    /// The value of this variable, or its default.
    Variable {
        name: Name,
        default: usize,
        max: i32,
    },
    /// As many as the list has at this path in this variable, and so many more.
    Length {
        name: Name,
        path: &'static [&'static str],
        more: usize,
    },
}

impl Cost {
    /// The cost of an operation of a valid document.
    pub fn of(
        driver: &Driver<'_>,
        operation: &OperationDefinition,
        schema_cost: &SchemaCost,
    ) -> Self {
        let mut pricing = Pricing { driver, operation, schema_cost, open: vec![Open::default()] };
        driver.walk_operation(operation, Fragments::WhereverUsed, &mut pricing);
        pricing.open.pop().unwrap_or_default().cost
    }

    /// The cost with these variables.
    pub fn with(&self, variables: &Variables) -> usize {
        let pages = self
            .pages
            .iter()
            .map(|(rows, cost)| rows.with(variables).saturating_mul(cost.with(variables)));
        pages.fold(self.fixed, usize::saturating_add)
    }

    fn add(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.pages.extend(other.pages);
    }

    /// The cost of a selection on each of this many rows.
    fn times(self, rows: &Rows) -> Self {
        match rows {
            Rows::Fixed(rows) => {
                let fixed = self.fixed.saturating_mul(*rows);
                let pages = self.pages.into_iter();
                let times = |(inner, cost): (Rows, Self)| (inner, cost.times(&Rows::Fixed(*rows)));
                Self { fixed, pages: pages.map(times).collect() }
            }
            rows => Self { fixed: 0, pages: vec![(rows.clone(), self)] },
        }
    }
}

impl Default for Rows {
    /// Where nothing else is known, as many as a page has.
    fn default() -> Self {
        Self::Fixed(limited(MAX_LIMIT, MAX_LIMIT))
    }
}

impl Rows {
    fn with(&self, variables: &Variables) -> usize {
        match self {
            Self::Fixed(rows) => *rows,
            Self::Variable { name, default, max } => match variables.get(name) {
                Some(ConstValue::Number(number)) => {
                    number.as_i64().map_or(0, |rows| limited(rows, *max))
                }
                // A null is as good as nothing; coercion refuses all else.
                Some(_) => limited(DEFAULT_LIMIT, *max),
                None => *default,
            },
            Self::Length { name, path, more } => {
                length_at(variables.get(name), path).saturating_add(*more)
            }
        }
    }
}

/// Lists have at most the maximum number of items: resolving rejects requests for more.
fn limited(rows: impl Into<i64>, max: i32) -> usize {
    usize::try_from(rows.into().min(max.into())).unwrap_or_default()
}

/// The length of the list at this path; what is no list counts as a list of one.
fn length_at(value: Option<&ConstValue>, path: &[&str]) -> usize {
    match (value, path) {
        (Some(ConstValue::List(items)), []) => items.len(),
        (Some(ConstValue::Object(fields)), [name, path @ ..]) => length_at(fields.get(*name), path),
        _ => 1,
    }
}

/// Prices what an operation selects, fragments wherever they are used.
struct Pricing<'d, 'a> {
    driver: &'d Driver<'a>,
    operation: &'d OperationDefinition,
    schema_cost: &'d SchemaCost,
    /// The operation, and the fields that are being walked.
    open: Vec<Open>,
}

/// What is selected of a value, as far as it was priced.
#[derive(Default)]
struct Open {
    cost: Cost,
    /// How many rows the lists in it have that say nothing of it.
    rows: Rows,
    /// How many such values there are, if they are rows of a list.
    times: Option<Rows>,
}

impl<'a> Visitor<'a> for Pricing<'_, 'a> {
    fn enter(&mut self, part: Part<'a>) -> bool {
        let Part::Field(selected) = part else { return true };
        if let Some(fixed) = self.schema_cost.of_root_field(self.driver, &selected) {
            self.add(Cost { fixed, pages: Vec::new() });
            return false;
        }
        let own = self.rows_of(&selected);
        let is_list = selected.definition.is_some_and(|definition| definition.ty.is_list());
        self.open.push(match is_list {
            true => {
                let outer = self.open.last().map(|open| open.rows.clone()).unwrap_or_default();
                let times = Some(own.unwrap_or(outer));
                Open { times, ..Open::default() }
            }
            // The rows of a connection are those of the lists in it.
            false => Open { rows: own.unwrap_or_default(), ..Open::default() },
        });
        true
    }

    fn leave(&mut self, part: Part<'a>) {
        if let Part::Field(_) = part {
            let Open { cost, times, .. } = self.open.pop().unwrap_or_default();
            self.add(match times {
                Some(rows) => cost.times(&rows),
                None => cost,
            });
            self.add(Cost { fixed: 1, pages: Vec::new() });
        }
    }
}

impl Pricing<'_, '_> {
    fn add(&mut self, cost: Cost) {
        if let Some(open) = self.open.last_mut() {
            open.cost.add(cost);
        }
    }

    /// The number of rows according to a field's size and arguments; none if it has neither.
    fn rows_of(&self, selected: &SelectedField<'_>) -> Option<Rows> {
        if let Some(ListSize::First(max)) = requestable(selected) {
            return Some(self.requested(selected, max));
        }
        match lists::size_of(selected.parent?, &selected.field.name)? {
            ListSize::AtMost(rows) => Some(Rows::Fixed(rows)),
            ListSize::EachOf { argument: [name, path @ ..], more } => {
                Some(length_of(selected.argument(name).map(|value| &**value), path, more))
            }
            ListSize::EachOf { argument: [], .. } | ListSize::AsRequested | ListSize::First(_) => {
                None
            }
        }
    }

    /// The number of rows that `first` or `last` requests.
    fn requested(&self, selected: &SelectedField<'_>, max: i32) -> Rows {
        let given = |name| selected.argument(name).map(|value| &**value);
        let first = selected.definition.and_then(|field| field.argument_by_name("first"));
        let default = first.and_then(|first| first.default_value.as_ref()?.to_i32());
        let default = limited(default.unwrap_or(DEFAULT_LIMIT), max);
        match given("last").or(given("first")) {
            Some(Value::Variable(name)) => {
                let mut variables = self.operation.variables.iter();
                let variable = variables.find(|variable| variable.name == *name);
                let default = default_of(variable.map(|it| &**it), default, max);
                Rows::Variable { name: Name::new(name), default, max }
            }
            Some(Value::Int(number)) => Rows::Fixed(limited(number.try_to_i32().unwrap_or(0), max)),
            _ => Rows::Fixed(default),
        }
    }
}

/// As many rows as there are items in the list at this path in an argument.
fn length_of(value: Option<&Value>, path: &'static [&'static str], more: usize) -> Rows {
    match (value, path) {
        (Some(Value::Variable(name)), path) => Rows::Length { name: Name::new(name), path, more },
        (Some(Value::List(items)), []) => Rows::Fixed(items.len().saturating_add(more)),
        (Some(Value::Object(fields)), [name, path @ ..]) => {
            let field = fields.iter().find(|(field, _)| field == name);
            length_of(field.map(|(_, value)| &**value), path, more)
        }
        _ => Rows::Fixed(more.saturating_add(1)),
    }
}

fn default_of(variable: Option<&VariableDefinition>, otherwise: usize, max: i32) -> usize {
    let default = variable.and_then(|variable| variable.default_value.as_ref());
    default.and_then(|value| value.to_i32()).map_or(otherwise, |rows| limited(rows, max))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::validation;
    use super::*;
    use crate::domain::VideoField;

    #[track_caller]
    fn check(document: &str, variables: Json, expected: usize) {
        let schema = validation::schema(&crate::graphql::sdl());
        let parsed = validation::parse(document).unwrap();
        assert!(validation::validate(&parsed, &schema, &[]).errors.is_empty(), "{document}");
        let operation = parsed.definitions[0].as_operation_definition().unwrap();
        let variables = Variables::from_json(variables);
        let schema_cost = SchemaCost::of(&schema);
        let cost = Cost::of(&Driver::new(&parsed, &schema), operation, &schema_cost);
        assert_eq!(cost.with(&variables), expected, "{document}");
    }

    #[test]
    fn what_is_selected_of_rows_costs_as_often_as_there_can_be_rows() {
        for (document, cost) in [
            ("{ __typename }", 1),
            ("{ video(id: 1) { id path } }", 3),
            ("{ videos { totalCount pageInfo { hasNextPage } } }", 4),
            ("{ videos { nodes { id } } }", 2 + 20),
            ("{ videos(first: 100) { nodes { id path } } }", 2 + 200),
            ("{ videos(last: 5) { edges { cursor node { id } } } }", 2 + 5 * 3),
            ("{ videos(first: 5000) { nodes { id } } }", 2 + 100),
            ("{ videos(first: 0) { nodes { id } } }", 2),
            ("{ nodes(ids: [1, 2, 3]) { id } }", 1 + 3),
            (
                "{ libraryRoots { name problems(first: 3) { nodes { path } } } }",
                1 + 50 * (1 + 2 + 3),
            ),
            ("{ scanJobs(first: 2) { nodes { paths root { name } counts { seen } } } }", 2 + 2 * 5),
            (
                "{ libraryRoots { problems { nodes { candidates { id } } } } }",
                1 + 50 * (2 + 20 * 21),
            ),
            ("{ videos { nodes { availability root { name } } } }", 2 + 20 * 3),
            (
                "{ auditEntries(first: 2) { nodes { before { path streams { index } } after { id } } } }",
                2 + 2 * (1 + 2 + 64 + 2),
            ),
            ("{ node(id: 1) { ... on VideoRecord { chapters(first: 3) { title } } } }", 2 + 3),
            ("{ videoSnapshot(videoId: 1, version: 1) { chapters { title } } }", 2 + 50),
            ("{ videoChanges(first: 2) { nodes { cursor currentVideo { id } } } }", 2 + 2 * 3),
            ("{ videos(first: 2) { nodes { duplicates { id } } } }", 2 + 2 * (1 + 20)),
            (
                "{ duplicateVideos(first: 2) { nodes { count videos(first: 7) { id } } } }",
                2 + 2 * (2 + 7),
            ),
            ("{ videoStats { count resolutions(first: 3) { width height } } }", 3 + 3 * 2),
            ("{ videoStats { resolutions { width } } }", 2 + 20),
            ("{ video(id: 1) { filenameSegments(query: \"a\") { text isMatch } } }", 2 + 200 * 2),
            ("{ videos { nodes { pathSegments(query: \"a\") { text } } } }", 2 + 20 * (1 + 200)),
            ("{ videoStats { timeBuckets(unit: DAY) { start count } } }", 2 + 100 * 2),
            ("{ videoStats { timeBuckets(unit: DAY, first: 1000) { start } } }", 2 + 1000),
            ("{ videoStats { timeBuckets(unit: DAY, first: 1001) { start } } }", 2 + 1000),
            ("{ videoStats { folders(first: 1000) { path } } }", 2 + 100),
            ("{ videoStats { fileSizes(bounds: [1, 2]) { lower upper } } }", 2 + 3 * 2),
            ("{ videoStats { durations(bounds: []) { count } } }", 2 + 1),
            ("{ videoStats { durations(bounds: 1.5) { count } } }", 2 + 2),
            (
                "{ auditEntries(first: 2) { nodes { changes { old new } } } }",
                2 + 2 * (1 + VideoField::ALL.len() * 2),
            ),
            (
                "{ ...F } fragment F on Query { videos { nodes { ...V } } } fragment V on Video { \
                 id }",
                2 + 20,
            ),
        ] {
            check(document, json!({}), cost);
        }
    }

    #[test]
    fn rows_can_be_as_many_as_a_variable_says() {
        let document = "query ($n: Int, $m: Int = 3) { videos(first: $n) { nodes {
            auditEntries(last: $m) { nodes { id } } } } }";
        let cost = |n: usize, m: usize| 2 + n * (2 + m);
        check(document, json!({}), cost(20, 3));
        check(document, json!({ "n": 7 }), cost(7, 3));
        check(document, json!({ "n": 100, "m": 100 }), cost(100, 100));
        check(document, json!({ "n": null, "m": 2_000_000_000 }), cost(20, 100));
        check(document, json!({ "n": -1 }), cost(0, 3));
        let document = "query ($n: Int! = 500) { videoStats {
            timeBuckets(unit: YEAR, first: $n) { start } } }";
        check(document, json!({}), 2 + 500);
        check(document, json!({ "n": 2000 }), 2 + 1000);
        let document = "query ($n: [SafeInt!]!) { videoStats {
            fileSizes(bounds: $n) { count } } }";
        check(document, json!({ "n": [1, 2] }), 2 + 3);
        let document = "query ($n: [ID!]!) { nodes(ids: $n) { id } }";
        check(document, json!({ "n": ["a", "b"] }), 1 + 2);
        check(document, json!({ "n": "a" }), 1 + 1);
    }

    #[test]
    fn what_is_added_together_costs_as_much_as_one_by_one() {
        let selected = "{ videos { id path } userErrors { code } }";
        let cost = |videos: usize| 1 + (1 + videos * 2) + (1 + videos);
        let document =
            format!("mutation ($it: AddVideosInput!) {{ addVideos(input: $it) {selected} }}");
        for count in [0, 1, 3, 1000] {
            let videos = vec![json!({}); count];
            check(&document, json!({ "it": { "videos": videos } }), cost(count));
        }
        let document = format!(
            "mutation ($it: [AddVideoInput!]!) {{ addVideos(input: {{ videos: $it }}) {selected} }}"
        );
        check(&document, json!({ "it": [{}, {}] }), cost(2));
        check(&document, json!({ "it": {} }), cost(1));
        let document = format!(
            "mutation ($it: AddVideoInput!) {{ addVideos(input: {{ videos: [$it, $it] }}) \
             {selected} }}"
        );
        check(&document, json!({ "it": {} }), cost(2));
    }
}
