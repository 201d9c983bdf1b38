//! Whether a document could be executed, without executing it.

use std::sync::LazyLock;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::ServerError;

use super::error::{extensions_with, parse_failed};
use super::{Api, limits};

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    Schema::parse_and_validate(super::sdl(), "schema.graphql").expect("the schema is valid")
});

impl Api {
    /// Refuses a document that could not be executed, whatever its variables.
    ///
    /// # Errors
    /// Those that a request with it would have, the first thing that is wrong at least.
    pub fn verify(&self, document: &str) -> Result<(), Vec<ServerError>> {
        check(document).map_err(|error| vec![error])
    }
}

fn check(document: &str) -> Result<(), ServerError> {
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
