//! Whether a document could be executed, without executing it.

use std::sync::LazyLock;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::ServerError;

use super::error::{extensions_with, parse_failed};
use super::limits;

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    Schema::parse_and_validate(super::sdl(), "schema.graphql").expect("the schema is valid")
});

/// Refuses a document that is none of this schema, or that is too large to be looked at.
///
/// # Errors
/// Those of the request itself: the first thing that is wrong.
pub fn verify(document: &str) -> Result<(), ServerError> {
    limits::check_text(document)?;
    let parsed = async_graphql::parser::parse_query(document);
    let parsed = parsed.map_err(|error| parse_failed(error.into()))?;
    limits::check_fields(&parsed)?;
    let verified = ExecutableDocument::parse_and_validate(&SCHEMA, document, "document");
    let Err(invalid) = verified else { return Ok(()) };
    let first = invalid.errors.iter().next().map(|error| error.error.to_string());
    let error = ServerError::new(first.unwrap_or_else(|| "it is not valid".to_owned()), None);
    Err(ServerError { extensions: Some(extensions_with("GRAPHQL_VALIDATION_FAILED")), ..error })
}
