//! How large a document may be. What is checked here could otherwise end the whole process.
//!
//! The parser and the validator call themselves for each level of nesting, and the validator
//! visits a fragment once for each way to reach it: a document of a few thousand bytes can exhaust
//! the stack or the memory. So the text is looked through before it is parsed, and its fragments
//! are counted out before it is validated.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, ServerError};

use super::error::extensions_with;

/// The longest document, in bytes. Long values belong into variables.
pub const MAX_DOCUMENT_BYTES: usize = 128 * 1024;
/// How many brackets may be open at once.
pub const MAX_NESTING: usize = 64;
/// How many fields a document may select, each fragment counted wherever it is used.
pub const MAX_FIELDS: usize = 5_000;

/// Refuses a document that is too long or too deeply nested to be parsed.
///
/// # Errors
/// Those of the request itself, with the code `GRAPHQL_PARSE_FAILED` or `DOCUMENT_TOO_LARGE`.
pub fn check_text(document: &str) -> Result<(), ServerError> {
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err(too_large(format!(
            "the document has {} bytes, {MAX_DOCUMENT_BYTES} are allowed: move long values into \
             variables",
            document.len()
        )));
    }
    let mut nesting = 0_usize;
    let mut rest = document.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'#' => skip_comment(after),
            b'"' => skip_string(after)?,
            _ => after,
        };
        match byte {
            b'{' | b'(' | b'[' => nesting += 1,
            b'}' | b')' | b']' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if nesting > MAX_NESTING {
            return Err(too_large(format!(
                "the document nests deeper than the {MAX_NESTING} levels that are allowed: split it"
            )));
        }
    }
    Ok(())
}

fn skip_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    &rest[end.unwrap_or(rest.len())..]
}

/// What follows the string whose opening quote was read.
///
/// A block string without an end is refused here: the parser would read its quotes once more, as an
/// empty string and the beginning of another, and so find nesting where this sees none.
fn skip_string(rest: &[u8]) -> Result<&[u8], ServerError> {
    if let Some(mut block) = rest.strip_prefix(b"\"\"") {
        while !block.is_empty() {
            if let Some(after) = block.strip_prefix(br#"""""#) {
                return Ok(after);
            }
            let escaped = block.strip_prefix(br#"\""""#);
            block = escaped.unwrap_or(&block[1..]);
        }
        let message = "syntax error: a block string has no closing \"\"\"".to_owned();
        return Err(refused(message, "GRAPHQL_PARSE_FAILED"));
    }
    let mut rest = rest;
    loop {
        rest = match rest {
            [b'\\', _, after @ ..] | [b'\\', after @ ..] => after,
            [b'"', after @ ..] => return Ok(after),
            // A string ends at its line's end; the parser tells that there is no closing quote.
            [b'\n' | b'\r', ..] | [] => return Ok(rest),
            [_, after @ ..] => after,
        };
    }
}

/// Refuses a document that selects too many fields once its fragments are put in, or whose
/// fragments contain themselves.
///
/// # Errors
/// Those of the request itself, with the code `GRAPHQL_VALIDATION_FAILED` or `DOCUMENT_TOO_LARGE`.
pub fn check_fields(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut fields = FieldCount { document, fragments: HashMap::new() };
    let mut total = 0_usize;
    for (_, operation) in document.operations.iter() {
        total = total.saturating_add(fields.of_set(&operation.node.selection_set.node, 0)?);
    }
    // Fragments that no operation uses are validated as well.
    for name in document.fragments.keys() {
        total = total.saturating_add(fields.of_fragment(name, 0)?);
    }
    if total > MAX_FIELDS {
        return Err(too_large(format!(
            "the document selects more than the {MAX_FIELDS} fields that are allowed, counting each \
             fragment wherever it is used: split it"
        )));
    }
    Ok(())
}

/// Counts fields, each fragment's only once.
struct FieldCount<'a> {
    document: &'a ExecutableDocument,
    /// How many fields a fragment stands for; none while they are being counted.
    fragments: HashMap<&'a Name, Option<usize>>,
}

impl<'a> FieldCount<'a> {
    fn of_set(&mut self, set: &'a SelectionSet, depth: usize) -> Result<usize, ServerError> {
        if depth > MAX_NESTING {
            return Err(too_large(format!(
                "fragments nest deeper than the {MAX_NESTING} levels that are allowed: split them"
            )));
        }
        let mut total = 0_usize;
        for selection in &set.items {
            let count = match &selection.node {
                Selection::Field(field) => {
                    self.of_set(&field.node.selection_set.node, depth + 1)?.saturating_add(1)
                }
                Selection::InlineFragment(fragment) => {
                    self.of_set(&fragment.node.selection_set.node, depth + 1)?.saturating_add(1)
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    self.of_fragment(name, depth + 1)?.saturating_add(1)
                }
            };
            total = total.saturating_add(count);
        }
        Ok(total)
    }

    fn of_fragment(&mut self, name: &'a Name, depth: usize) -> Result<usize, ServerError> {
        match self.fragments.get(name) {
            Some(Some(count)) => return Ok(*count),
            Some(None) => {
                let message = format!("the fragment \"{name}\" contains itself");
                return Err(refused(message, "GRAPHQL_VALIDATION_FAILED"));
            }
            None => {}
        }
        // The validator tells of a fragment that is missing.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(0) };
        self.fragments.insert(name, None);
        let count = self.of_set(&fragment.node.selection_set.node, depth)?;
        self.fragments.insert(name, Some(count));
        Ok(count)
    }
}

fn too_large(message: String) -> ServerError {
    refused(message, "DOCUMENT_TOO_LARGE")
}

fn refused(message: String, code: &str) -> ServerError {
    ServerError { extensions: Some(extensions_with(code)), ..ServerError::new(message, None) }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[track_caller]
    fn check(document: &str, refusal: Option<&str>) {
        let outcome = check_text(document).and_then(|()| match parse_query(document) {
            Ok(document) => check_fields(&document),
            Err(_) => Ok(()),
        });
        let message = outcome.err().map(|error| error.message);
        let is_as_expected = match (&message, refusal) {
            (Some(message), Some(refusal)) => message.contains(refusal),
            (None, None) => true,
            _ => false,
        };
        let shown = &document[..document.len().min(80)];
        assert!(is_as_expected, "{shown}: {message:?}, not {refusal:?}");
    }

    fn nested(open: &str, close: &str, times: usize) -> String {
        format!("{{ a(b: {}1{}) }}", open.repeat(times), close.repeat(times))
    }

    #[test]
    fn nesting_ends_at_64_levels() {
        check(&nested("[", "]", 62), None);
        check(&nested("[", "]", 63), Some("nests deeper"));
        check(&nested("{c:", "}", 100_000 / 4), Some("nests deeper"));
        check(&"{a".repeat(20_000), Some("nests deeper"));
        check(&format!("query($a: {}", "[".repeat(20_000)), Some("nests deeper"));
    }

    #[test]
    fn brackets_in_strings_and_comments_are_text() {
        let open = "{".repeat(100);
        check(&format!("{{ a(b: \"{open}\") }}"), None);
        check(&format!("{{ a(b: \"\\\"{open}\") }}"), None);
        check(&format!("{{ a(b: \"\"\"\n\" {open} \\\"\"\" {open}\"\"\") }}"), None);
        check(&format!("# {open}\n{{ a }}"), None);
    }

    #[test]
    fn what_only_looks_like_a_string_or_a_comment_hides_no_nesting() {
        let open = "{c:".repeat(100);
        check(&format!("{{ a(b: \"\" {open}"), Some("nests deeper"));
        check(&format!("{{ a(b: \"\"\"x\"\"\" {open}"), Some("nests deeper"));
        check(&format!("{{ a(b: \"x\n {open}"), Some("nests deeper"));
        check(&format!("# x\r{{ a(b: {open}"), Some("nests deeper"));
        // Read as an empty string and another one, all of this would nest.
        check(&format!("{{ a(b: [\"\"\" \" {open}"), Some("no closing"));
    }

    #[test]
    fn a_document_has_128_kib_at_most() {
        let padding = " ".repeat(MAX_DOCUMENT_BYTES - 5);
        check(&format!("{{ a }}{padding}"), None);
        check(&format!("{{ a }}{padding} "), Some("131073 bytes"));
    }

    #[test]
    fn a_fragment_counts_wherever_it_is_used() {
        let doubling = |levels: usize| -> String {
            let fragment =
                |level| format!("fragment F{level} on Q {{ ...F{0} ...F{0} }}", level + 1);
            let fragments: String = (0..levels).map(fragment).collect();
            format!("{{ ...F0 }} {fragments} fragment F{levels} on Q {{ a }}")
        };
        check(&doubling(5), None);
        check(&doubling(24), Some("selects more than the 5000 fields"));
        check(&doubling(60), Some("selects more than the 5000 fields"));
    }

    #[test]
    fn fragments_neither_contain_themselves_nor_form_a_long_chain() {
        check("{ ...F } fragment F on Q { a { ...F } }", Some("\"F\" contains itself"));
        check("{ a } fragment F on Q { ...G } fragment G on Q { ...F }", Some("contains itself"));
        let link = |at| format!("fragment F{at} on Q {{ ...F{} }}", at + 1);
        let chain: String = (0..2_000).map(link).collect();
        check(&format!("{{ ...F0 }} {chain}"), Some("fragments nest deeper"));
    }
}
