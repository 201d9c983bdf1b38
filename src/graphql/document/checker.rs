//! The one way in for requests.

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::OperationDefinition as Syntax;
use apollo_compiler::validation::Valid;
use async_graphql::{Name, Request, ServerError, Variables};

use super::checked::{Document, Operation};
use super::coercion::{self, MAX_ERRORS, Variable};
use super::consistency::{Consistency, RootFields};
use super::cost::Cost;
use super::executable::{self, Executable};
use super::limits::{DocumentLimits, LimitExceeded};
use super::positions::{self, VariableRequirement};
use super::schema_cost::SchemaCost;
use super::sizes::{self, SizeVariable};
use super::validation::{self, Validated};
use super::verdicts::{Verdict, Verdicts};
use super::visitor::Driver;
use super::{conversion, extent, merging, text};
use crate::domain::LogPosition;
use crate::graphql::execution::direct::{Executed, Plan};
use crate::graphql::execution::internals::{
    ExecutableDocument, OperationDefinition, OperationType,
};
use crate::graphql::execution::omitted;
use crate::graphql::schema::inputs::filter_reader::FilterLimits;
use crate::repository::VideoRepository;
use crate::spans;

/// Admits requests or returns errors.
pub struct DocumentChecker {
    schema: Arc<Valid<Schema>>,
    schema_cost: SchemaCost,
    limits: DocumentLimits,
    pub(super) verdicts: Verdicts,
}

/// A request that may be executed.
pub struct CheckedRequest {
    pub(in crate::graphql) request: Request,
    pub(in crate::graphql) plan: Option<Arc<Plan>>,
    pub(in crate::graphql) consistency: Consistency,
    kind: OperationType,
    name: Option<Name>,
    root_fields: RootFields,
    pub(in crate::graphql) reads_from: ReadsFrom,
}

/// Where a query is read.
#[derive(Clone)]
pub(in crate::graphql) enum ReadsFrom {
    /// Wherever all changes up to this place are; it is not decided yet.
    Anywhere(Option<LogPosition>),
    /// The library itself.
    Library,
    /// A copy of it.
    Copy(Arc<dyn VideoRepository>),
}

impl CheckedRequest {
    /// Whether it selects a `changesCursor`, at any depth.
    pub(in crate::graphql) fn shows_end_of_log(&self) -> bool {
        self.root_fields.show_end_of_log
    }

    /// Has a query show at least the changes up to this place.
    pub fn not_before(&mut self, place: LogPosition) {
        if let ReadsFrom::Anywhere(known) = &mut self.reads_from {
            let is_newer = known.is_none_or(|known| known.sequence < place.sequence);
            *known = if is_newer { Some(place) } else { *known };
        }
    }

    /// The same query, read from the library itself.
    pub(in crate::graphql) fn again_from_library(&mut self) -> Self {
        let mut request = Request::new(self.request.query.clone());
        request.operation_name = self.request.operation_name.clone();
        request.variables = self.request.variables.clone();
        if let Ok(parsed) = self.request.parsed_query() {
            request.set_parsed_query(parsed.clone());
        }
        let (plan, name) = (self.plan.clone(), self.name.clone());
        let Self { consistency, kind, root_fields, .. } = *self;
        let reads_from = ReadsFrom::Library;
        Self { request, plan, consistency, kind, name, root_fields, reads_from }
    }

    /// Whether it is a query, mutation or subscription.
    pub fn kind(&self) -> OperationType {
        self.kind
    }

    /// The operation's name, if it has one.
    pub fn operation_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What to execute.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether it selects `__schema` or `__type`.
    pub fn introspects(&self) -> bool {
        self.root_fields.introspect
    }

    /// Whether it selects `deleteMissingVideos`.
    pub fn deletes_missing(&self) -> bool {
        self.root_fields.delete_missing
    }

    /// Whether it may show library roots, files or scans.
    pub(in crate::graphql) fn shows_catalogue(&self) -> bool {
        self.root_fields.show_catalogue
    }

    /// Whether it selects addresses of files or thumbnails.
    pub(in crate::graphql) fn shows_addresses(&self) -> bool {
        self.root_fields.show_addresses
    }

    /// Whether it selects `viewer`.
    pub fn shows_viewer(&self) -> bool {
        self.root_fields.have_viewer
    }

    /// Whether it selects `serverInfo`.
    pub fn shows_server_info(&self) -> bool {
        self.root_fields.have_server_info
    }
}

impl DocumentChecker {
    /// The checker of the schema with this definition.
    pub fn new(sdl: &str, limits: DocumentLimits) -> Self {
        let schema = validation::schema(sdl);
        Self {
            schema_cost: SchemaCost::of(&schema),
            schema: Arc::new(schema),
            verdicts: Verdicts::new(limits.document_cache_bytes),
            limits,
        }
    }

    /// The request with its document, which is parsed and valid, and with values that fit.
    ///
    /// # Errors
    /// Those of the request itself.
    pub fn check(&self, mut request: Request) -> Result<CheckedRequest, Vec<ServerError>> {
        let document = self.document(&request.query)?;
        let (name, definition) =
            coercion::choose(&document.parsed.operations, request.operation_name.as_deref())
                .map_err(alone)?;
        let operation =
            document.operations.iter().find(|operation| operation.name.as_ref() == name);
        let operation = operation.expect("every operation of the document was looked at");
        self.check_variables(operation, definition, &mut request.variables)?;
        let made;
        let executable = match &operation.executable {
            Some(executable) => executable,
            None => {
                let executed = self.executed(&document.parsed, definition, &request.variables);
                made = Executable::planned(executed, name);
                &made
            }
        };
        let mut parsed = executable.document.clone();
        omitted::leave_out(&mut parsed, definition, &request.variables);
        request.set_parsed_query(parsed);
        Ok(CheckedRequest {
            request,
            plan: executable.plan.clone(),
            consistency: operation.consistency,
            kind: definition.ty,
            name: name.cloned(),
            root_fields: operation.root_fields,
            reads_from: ReadsFrom::Anywhere(None),
        })
    }

    /// Refuses a document that is not valid or not within the limits.
    ///
    /// # Errors
    /// Those of a request with this document.
    pub fn check_document(&self, document: &str) -> Result<(), Vec<ServerError>> {
        self.document(document).map(drop)
    }

    /// The schema that documents are validated against.
    pub fn schema(&self) -> Arc<Valid<Schema>> {
        Arc::clone(&self.schema)
    }

    /// How many records of missing videos are deleted at once.
    pub fn max_missing_deletions(&self) -> usize {
        self.limits.max_missing_deletions
    }

    /// How many videos are changed at once.
    pub fn max_bulk(&self) -> usize {
        self.limits.max_bulk
    }

    /// How many videos an undo changes at most.
    pub fn max_undo(&self) -> usize {
        self.limits.max_undo
    }

    /// The limits of filters, which are checked when a filter is read.
    pub fn filter_limits(&self) -> FilterLimits {
        FilterLimits {
            max_levels: self.limits.max_filter_levels,
            max_conditions: self.limits.max_filter_conditions,
        }
    }

    fn check_variables(
        &self,
        operation: &Operation,
        definition: &OperationDefinition,
        variables: &mut Variables,
    ) -> Result<(), Vec<ServerError>> {
        coercion::check_variables(&self.schema, &operation.variables, variables)?;
        coercion::check_demands(&operation.demands, definition, variables).map_err(alone)?;
        operation.sizes.iter().try_for_each(|size| size.check(variables)).map_err(alone)?;
        let (cost, allowed) = (operation.cost.with(variables), self.limits.max_cost);
        if cost > allowed {
            let found = format!("the operation could return {cost} fields");
            let advice = "request fewer rows, or nest lists less deeply";
            let excess = LimitExceeded { limit: "max-cost", allowed, found, advice };
            return Err(alone(excess.too_costly()));
        }
        Ok(())
    }

    /// The verdict on the document with this text.
    fn document(&self, text: &str) -> Verdict {
        if let Some(verdict) = self.verdicts.get(text) {
            return verdict;
        }
        let scanned = text::check(text, &self.limits).map_err(alone)?;
        let parseable = text::without_descriptions(text, &scanned);
        let verdict = self.look_through(&parseable).map(Arc::new);
        self.verdicts.keep(text, scanned.tokens, &verdict);
        verdict
    }

    fn look_through(&self, text: &str) -> Result<Document, Vec<ServerError>> {
        let syntax = spans::parse().in_scope(|| validation::parse(text))?;
        let driver = Driver::new(&syntax, &self.schema);
        extent::check(&driver, &self.limits).map_err(alone)?;
        let literals = coercion::check_literals(&self.schema, &driver);
        let validate = || validation::validate(&syntax, &self.schema, &literals.misfits);
        let Validated { mut errors, is_sound } = spans::validate().in_scope(validate);
        let parsed = conversion::convert(&syntax, text, &literals.large_ids);
        let mut demands = Vec::new();
        if is_sound {
            for (name, definition) in parsed.operations.iter() {
                let operation = (written(&driver, name), &definition.node);
                match self.check_operation(&driver, &parsed, operation, text) {
                    Ok(its_demands) => demands.push(its_demands),
                    Err(its_errors) => errors.extend(its_errors),
                }
            }
        }
        if !errors.is_empty() {
            errors.sort_by_key(|error| error.locations.first().map(|pos| (pos.line, pos.column)));
            errors.truncate(MAX_ERRORS);
            return Err(errors);
        }
        let operations = parsed.operations.iter().zip(demands);
        let operations = operations.map(|((name, definition), demands)| {
            self.operation(&driver, &parsed, (name, &definition.node), demands)
        });
        Ok(Document { operations: operations.collect(), parsed })
    }

    /// The requirements of an operation for its variables, unless it has an error that
    /// apollo-compiler does not detect.
    fn check_operation(
        &self,
        driver: &Driver<'_>,
        parsed: &ExecutableDocument,
        (operation, definition): (&Syntax, &OperationDefinition),
        text: &str,
    ) -> Result<Demands, Vec<ServerError>> {
        let mut errors = merging::check(driver, operation, &self.schema, text);
        if definition.ty == OperationType::Subscription {
            let variables = Variables::default();
            let executed = self.executed(parsed, definition, &variables);
            errors.extend(executable::check_single_root(executed).err());
        }
        let variables = positions::check(driver, operation, &self.schema);
        let variables = variables.map_err(|found| errors.extend(found));
        let sizes = sizes::check(driver, operation).map_err(|found| errors.extend(found));
        match (variables, sizes) {
            (Ok(variables), Ok(sizes)) if errors.is_empty() => Ok(Demands { variables, sizes }),
            _ => Err(errors),
        }
    }

    fn operation(
        &self,
        driver: &Driver<'_>,
        parsed: &ExecutableDocument,
        (name, definition): (Option<&Name>, &OperationDefinition),
        Demands { variables: demands, sizes }: Demands,
    ) -> Operation {
        let operation = written(driver, name);
        let root_fields = RootFields::of(driver, operation);
        let variables = Variables::default();
        let executed = self.executed(parsed, definition, &variables);
        let executable = match root_fields.introspect {
            true => Some(Executable::unplanned(parsed.clone())),
            false if executable::has_conditions(driver) => None,
            false => Some(Executable::planned(executed, name)),
        };
        Operation {
            name: name.cloned(),
            consistency: root_fields.consistency(operation.operation_type),
            root_fields,
            variables: Variable::all_of(operation, definition),
            demands,
            sizes,
            cost: Cost::of(driver, operation, &self.schema_cost),
            executable,
        }
    }

    fn executed<'a>(
        &'a self,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
    ) -> Executed<'a> {
        Executed { operation, fragments: &document.fragments, variables, schema: &self.schema }
    }
}

/// What an operation demands of its variables, beyond their types.
struct Demands {
    variables: Vec<VariableRequirement>,
    sizes: Vec<SizeVariable>,
}

/// The operation with this name, as it was written.
fn written<'a>(driver: &Driver<'a>, name: Option<&Name>) -> &'a Syntax {
    let operation = driver.operation(name.map(Name::as_str));
    operation.expect("both forms of the document have the same operations")
}

fn alone(error: ServerError) -> Vec<ServerError> {
    vec![error]
}
