//! Parsing and validation as the specification has them, which apollo-compiler does.
//!
//! async-graphql's own validation accepts and refuses other documents here and there.

use apollo_compiler::Schema;
use apollo_compiler::ast::Document;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList, Valid};
use async_graphql::{Pos, ServerError};

use super::coercion::{MAX_ERRORS, TypeMismatch};
use super::limits::MAX_NESTING;
use super::wording;
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;
use crate::graphql::execution::introspection;

/// The maximum length of a message, in bytes: some contain part of the document.
const MAX_MESSAGE_BYTES: usize = 300;
/// The recursion limit of the parser. It counts more than brackets, but not many more.
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
        // What follows a syntax error is read at the wrong place.
        let first = failed.errors.iter().next();
        let error = first.map(|error| {
            let pos = pos(&error);
            let rest = pos.map_or("", |pos| from(text, pos));
            let message = wording::of_syntax_error(&error.error.to_string(), rest);
            refused(ErrorCode::GraphqlParseFailed, shortened(message), pos)
        });
        error.into_iter().collect()
    })
}

/// The errors of a document.
pub(super) struct Validated {
    /// The errors, in no order.
    pub errors: Vec<ServerError>,
    /// Whether the only errors are in values.
    pub is_sound: bool,
}

/// Validates a document whose values have already been checked.
pub(super) fn validate(
    syntax: &Document,
    schema: &Valid<Schema>,
    misfits: &[TypeMismatch],
) -> Validated {
    let of_misfit = |misfit: &TypeMismatch| {
        let place = misfit.location.and_then(|it| it.line_column(&syntax.sources));
        let pos = place.map(|place| Pos { line: place.line, column: place.column });
        refused(misfit.code, misfit.message.clone(), pos)
    };
    let mut errors: Vec<_> = misfits.iter().map(of_misfit).collect();
    // apollo-compiler would describe every error in a value, which takes memory for each of thousands.
    if errors.len() >= MAX_ERRORS {
        return Validated { errors, is_sound: false };
    }
    let failed = syntax.to_executable_validate(schema).err().map(|failed| failed.errors);
    let found: Vec<_> = failed.iter().flat_map(DiagnosticList::iter).collect();
    let found = found.iter().filter(|error| is_right(error.error));
    let found: Vec<_> = found.filter(|it| misfits.is_empty() || !is_of_value(it.error)).collect();
    let is_sound = found.is_empty();
    let is_consequence = |error: &DiagnosticData| is_consequence(error, syntax, schema);
    let is_all = found.iter().all(|error| is_consequence(error.error));
    let reported = found.iter().filter(|error| is_all || !is_consequence(error.error));
    errors.extend(reported.take(MAX_ERRORS).map(|error| of_diagnostic(error, schema)));
    Validated { errors, is_sound }
}

/// Whether an error conforms to the specification. Equal fields of a subscription are merged into
/// one: `executable` reports those that are not equal.
fn is_right(error: &DiagnosticData) -> bool {
    error.unstable_error_name() != Some("SubscriptionUsesMultipleFields")
}

/// Whether an error may be a consequence of another. A selection of only unknown fields is reported
/// as empty, a fragment on an unknown type as missing, and a variable of such a type wherever it is
/// used.
fn is_consequence(error: &DiagnosticData, syntax: &Document, schema: &Schema) -> bool {
    let message = || error.to_string();
    let quoted = |at: usize| message().split('`').nth(2 * at + 1).map(str::to_owned);
    match error.unstable_error_name() {
        Some("MissingSubselection") => true,
        Some("UndefinedFragment") => quoted(0).is_some_and(|name| {
            let mut fragments =
                syntax.definitions.iter().filter_map(|it| it.as_fragment_definition());
            fragments.any(|fragment| fragment.name == name.as_str())
        }),
        Some("DisallowedVariableUsage") => quoted(1).is_some_and(|ty| {
            let name = ty.trim_matches(|letter: char| "[]!".contains(letter));
            !schema.types.contains_key(name)
        }),
        _ => false,
    }
}

/// Whether an error is a value of the wrong type, which `coercion` reports with its location.
fn is_of_value(error: &DiagnosticData) -> bool {
    match error.unstable_error_name() {
        Some("UnsupportedValueType") => !error.to_string().ends_with("found a variable"),
        Some(
            "IntCoercionError"
            | "FloatCoercionError"
            | "UndefinedEnumValue"
            | "UndefinedInputValue"
            | "RequiredField"
            | "UniqueInputValue",
        ) => true,
        _ => false,
    }
}

fn of_diagnostic(error: &Diagnostic<'_, DiagnosticData>, schema: &Schema) -> ServerError {
    let name = error.error.unstable_error_name().unwrap_or_default();
    let message = wording::of_error(schema, name, shortened(error.error.to_string()));
    refused(ErrorCode::GraphqlValidationFailed, message, pos(error))
}

fn shortened(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
    message
}

fn pos(error: &Diagnostic<'_, DiagnosticData>) -> Option<Pos> {
    let begin = error.line_column_range()?.start;
    Some(Pos { line: begin.line, column: begin.column })
}

/// A text from this place on.
fn from(text: &str, pos: Pos) -> &str {
    let before: usize = text.split_inclusive('\n').take(pos.line - 1).map(str::len).sum();
    let line = &text[before..];
    let within = line.char_indices().nth(pos.column - 1).map_or(line.len(), |(at, _)| at);
    &line[within..]
}
