//! Parsing and validation as the specification has them, which apollo-compiler does.
//!
//! async-graphql's own validation accepts and refuses other documents here and there.

use apollo_compiler::ast::Document;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::{Pos, ServerError};

use super::limits::MAX_NESTING;
use crate::graphql::error::refused;
use crate::graphql::introspection;

/// How many errors a client is told of: the rest often follows from the first.
const MAX_ERRORS: usize = 10;
/// How long a message can be, in bytes: some show a part of the document.
const MAX_MESSAGE_BYTES: usize = 300;
/// How deep the parser may call itself. It counts more than brackets, but not many more.
const RECURSION_LIMIT: usize = 4 * MAX_NESTING;

/// The schema with this definition, and with all of introspection.
///
/// The directives of GraphQL itself are apollo-compiler's: async-graphql writes them without the
/// descriptions of their arguments.
pub(super) fn schema(sdl: &str) -> Valid<Schema> {
    let is_built_in = |line: &str| {
        let name = line.strip_prefix("directive @").and_then(|rest| rest.split('(').next());
        name.is_some_and(|name| ["deprecated", "include", "skip", "specifiedBy"].contains(&name))
    };
    let lines: Vec<&str> = sdl.lines().collect();
    let belongs = |at: &usize| {
        // Each has a description of one line before it.
        !is_built_in(lines[*at]) && !lines.get(at + 1).is_some_and(|next| is_built_in(next))
    };
    let own: Vec<&str> = (0..lines.len()).filter(belongs).map(|at| lines[at]).collect();
    let sdl = format!("{}\n{}", own.join("\n"), introspection::EXTENSION);
    Schema::parse_and_validate(sdl, "schema.graphql").expect("the schema is valid, as tests see")
}

/// The document that a text is.
///
/// # Errors
/// Those of the request itself, with the code `GRAPHQL_PARSE_FAILED`.
pub(super) fn parse(text: &str) -> Result<Document, Vec<ServerError>> {
    let mut parser = Parser::new().recursion_limit(RECURSION_LIMIT);
    let parsed = parser.parse_ast(text, "document");
    parsed.map_err(|failed| {
        let mut errors = told(&failed.errors, "GRAPHQL_PARSE_FAILED", |_| true);
        // What follows a syntax error is read at the wrong place.
        errors.truncate(1);
        errors
    })
}

/// The document with the types of all that it selects.
///
/// # Errors
/// Those of the request itself, with the code `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn validate(
    document: &Document,
    schema: &Valid<Schema>,
) -> Result<ExecutableDocument, Vec<ServerError>> {
    match document.to_executable_validate(schema) {
        Ok(valid) => Ok(valid.into_inner()),
        Err(failed) => {
            let mut errors = told(&failed.errors, "GRAPHQL_VALIDATION_FAILED", |error| {
                is_right(error) && !is_consequence(error)
            });
            if errors.is_empty() {
                errors = told(&failed.errors, "GRAPHQL_VALIDATION_FAILED", is_right);
            }
            if errors.is_empty() { Ok(failed.partial) } else { Err(errors) }
        }
    }
}

/// Whether an error is what the specification says. Fields of a subscription that are the same one
/// are merged, and so only one: `executable` tells of those that are not.
fn is_right(error: &DiagnosticData) -> bool {
    error.unstable_error_name() != Some("SubscriptionUsesMultipleFields")
}

/// Whether an error may only follow from another: a set of nothing but unknown fields is told to be
/// empty as well.
fn is_consequence(error: &DiagnosticData) -> bool {
    error.unstable_error_name() == Some("MissingSubselection")
}

fn told(
    errors: &DiagnosticList,
    code: &str,
    is_right: impl Fn(&DiagnosticData) -> bool,
) -> Vec<ServerError> {
    let errors = errors.iter().filter(|error| is_right(error.error)).take(MAX_ERRORS);
    errors.map(|error| refused(code, message(&error), pos(&error))).collect()
}

fn message(error: &Diagnostic<'_, DiagnosticData>) -> String {
    let mut message = error.error.to_string();
    message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
    message
}

fn pos(error: &Diagnostic<'_, DiagnosticData>) -> Option<Pos> {
    let begin = error.line_column_range()?.start;
    Some(Pos { line: begin.line, column: begin.column })
}
