//! Checks of a document's text before parsing.
//!
//! Parsers take time and memory for every token, and recurse for every open bracket. Rejecting a
//! document here costs one pass over its bytes.
//!
//! The same pass finds the descriptions of operations, fragments and variables, which apollo-compiler
//! cannot parse: [`without_descriptions`] blanks them.

use std::borrow::Cow;
use std::ops::Range;

use async_graphql::ServerError;

use super::limits::{DocumentLimits, LimitExceeded, MAX_NESTING};
use super::validation;
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;

/// What is known about a text before parsing.
#[derive(Debug)]
pub(super) struct Scanned {
    /// The number of tokens.
    pub tokens: usize,
    /// The locations of its descriptions, in bytes and in order.
    descriptions: Vec<Range<usize>>,
}

/// Scans a document's text, unless it is too long or too deeply nested.
///
/// # Errors
/// Those of the request itself, with the code `DOCUMENT_TOO_LARGE` or `GRAPHQL_PARSE_FAILED`.
pub(super) fn check(document: &str, limits: &DocumentLimits) -> Result<Scanned, ServerError> {
    let (found, allowed) = (document.len(), limits.max_document_bytes);
    if found > allowed {
        let found = format!("the document has {found} bytes");
        let advice = "move long values into variables";
        return Err(
            LimitExceeded { limit: "max-document-bytes", allowed, found, advice }.too_large()
        );
    }
    let mut scan = Scan::of(document);
    while scan.next_token()? {
        if scan.nesting > MAX_NESTING {
            let found = "the document nests brackets too deeply".to_owned();
            let advice = "nest it less deeply";
            let excess = LimitExceeded { limit: "nesting", allowed: MAX_NESTING, found, advice };
            return Err(excess.too_large());
        }
        if scan.tokens > limits.max_tokens {
            let found = "the document has too many tokens".to_owned();
            let advice = "split it, or move values into variables";
            let allowed = limits.max_tokens;
            return Err(LimitExceeded { limit: "max-tokens", allowed, found, advice }.too_large());
        }
    }
    let Scan { tokens, descriptions, .. } = scan;
    Ok(Scanned { tokens, descriptions })
}

/// The text with its descriptions replaced by spaces, so that everything else keeps its line and
/// column.
///
/// A description that is no valid string is left for the parser to refuse.
pub(super) fn without_descriptions<'a>(document: &'a str, scanned: &Scanned) -> Cow<'a, str> {
    if scanned.descriptions.is_empty() {
        return Cow::Borrowed(document);
    }
    let (mut blanked, mut end) = (String::with_capacity(document.len()), 0);
    for place in &scanned.descriptions {
        let description = &document[place.clone()];
        blanked.push_str(&document[end..place.start]);
        match validation::parse(&format!("{{ a(b: {description}) }}")) {
            Ok(_) => blanked.extend(description.chars().map(blank)),
            Err(_) => blanked.push_str(description),
        }
        end = place.end;
    }
    blanked.push_str(&document[end..]);
    Cow::Owned(blanked)
}

fn blank(character: char) -> char {
    match character {
        '\n' | '\r' => character,
        _ => ' ',
    }
}

/// The position in a text.
struct Scan<'a> {
    rest: &'a [u8],
    /// The number of bytes of the whole text.
    length: usize,
    tokens: usize,
    /// The number of open brackets.
    nesting: usize,
    /// The first byte of the last token; none at the start.
    last: Option<u8>,
    descriptions: Vec<Range<usize>>,
}

impl<'a> Scan<'a> {
    fn of(document: &'a str) -> Self {
        let (rest, descriptions) = (document.as_bytes(), Vec::new());
        Self { rest, length: rest.len(), tokens: 0, nesting: 0, last: None, descriptions }
    }

    /// Skips the next token; false at the end.
    fn next_token(&mut self) -> Result<bool, ServerError> {
        let Some((&byte, after)) = self.rest.split_first() else { return Ok(false) };
        let begin = self.length - self.rest.len();
        self.rest = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                self.rest = after;
                return Ok(true);
            }
            b'#' => {
                self.rest = skip_while(after, |byte| !matches!(byte, b'\n' | b'\r'));
                self.tokens += 1;
                return Ok(true);
            }
            b'"' => skip_string(after)?,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => skip_while(after, is_of_name),
            b'0'..=b'9' | b'-' => {
                skip_while(after, |byte| is_of_name(byte) || b".+-".contains(&byte))
            }
            b'.' => after.strip_prefix(b"..").unwrap_or(after),
            _ => after,
        };
        self.tokens += 1;
        match byte {
            b'{' | b'(' | b'[' => self.nesting += 1,
            b'}' | b')' | b']' => self.nesting = self.nesting.saturating_sub(1),
            b'"' if self.is_description() => {
                self.descriptions.push(begin..self.length - self.rest.len());
            }
            _ => {}
        }
        self.last = Some(byte);
        Ok(true)
    }

    /// Whether the last string is in a place where only a description is allowed: before a
    /// definition, or before a variable's.
    fn is_description(&self) -> bool {
        match (self.nesting, self.last) {
            (0, None | Some(b'}')) => {
                let next = skip_ignored(self.rest);
                let name = &next[..next.len() - skip_while(next, is_of_name).len()];
                [&b"query"[..], b"mutation", b"subscription", b"fragment"].contains(&name)
            }
            (1, Some(last)) => !b"=:".contains(&last) && skip_ignored(self.rest).starts_with(b"$"),
            _ => false,
        }
    }
}

/// The text after leading white space, commas and comments.
fn skip_ignored(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = skip_while(rest, |byte| b" \t\n\r,".contains(&byte));
        let Some(comment) = rest.strip_prefix(b"#") else { return rest };
        rest = skip_while(comment, |byte| !matches!(byte, b'\n' | b'\r'));
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip_while(rest: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    let end = rest.iter().position(|byte| !belongs(*byte));
    &rest[end.unwrap_or(rest.len())..]
}

/// The text after the string whose opening quote has been read.
///
/// Block strings without an end are rejected here, so that nothing depends on how a parser
/// interprets the rest of the document.
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
        return Err(refused(ErrorCode::GraphqlParseFailed, message, None));
    }
    let mut rest = rest;
    loop {
        rest = match rest {
            [b'\\', b'\n' | b'\r', ..] => return Ok(&rest[1..]),
            [b'\\', _, after @ ..] | [b'\\', after @ ..] => after,
            [b'"', after @ ..] => return Ok(after),
            // A string ends at its line's end; the parser tells that there is no closing quote.
            [b'\n' | b'\r', ..] | [] => return Ok(rest),
            [_, after @ ..] => after,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that the check reports this part of its message, or nothing.
    #[track_caller]
    fn check(document: &str, expected: Option<&str>) {
        let limits = DocumentLimits { max_tokens: 50_000, ..DocumentLimits::default() };
        let message = super::check(document, &limits).err().map(|error| error.message);
        let begin = &document[..document.floor_char_boundary(80)];
        match expected {
            Some(part) => assert!(
                message.as_ref().is_some_and(|it| it.contains(part)),
                "{begin}: {message:?}"
            ),
            None => assert_eq!(message, None, "{begin}"),
        }
    }

    fn nested(open: &str, close: &str, levels: usize) -> String {
        format!("{{ a(b: {}1{}) }}", open.repeat(levels), close.repeat(levels))
    }

    #[test]
    fn nesting_ends_at_64_levels() {
        let part = Some("nests brackets too deeply; the maximum is 64");
        check(&nested("[", "]", 62), None);
        check(&nested("[", "]", 63), part);
        check(&nested("{c:", "}", 10_000), part);
        check(&"{a".repeat(20_000), part);
        check(&format!("query($a: {}", "[".repeat(20_000)), part);
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
        let (open, part) = ("{c:".repeat(100), Some("nests brackets too deeply"));
        check(&format!("{{ a(b: \"\" {open}"), part);
        check(&format!("{{ a(b: \"\"\"x\"\"\" {open}"), part);
        check(&format!("{{ a(b: \"x\n {open}"), part);
        check(&format!("{{ a(b: \"x\\\n {open}"), part);
        check(&format!("# x\r{{ a(b: {open}"), part);
        check(&format!("{{ a(b: [\"\"\" \" {open}"), Some("no closing"));
    }

    #[test]
    fn a_document_has_256_kib_at_most() {
        let padding = " ".repeat(262_144 - 5);
        check(&format!("{{ a }}{padding}"), None);
        let part = "the document has 262145 bytes; the maximum is 262144 (max-document-bytes)";
        check(&format!("{{ a }}{padding} "), Some(part));
    }

    #[test]
    fn tokens_are_what_the_language_has() {
        for (document, tokens) in [
            ("{ a }", 3),
            ("{a,b c}", 5),
            ("{ a_1: b(c: -1.5e+3, d: \"x y\", e: \"\"\"z \"\"\") }", 16),
            ("{ ...F ... on T { a } } # end\n", 11),
            ("query($a: [Int!]! = 1) @b { a }", 18),
            ("é", 2),
        ] {
            let mut scan = Scan::of(document);
            while scan.next_token().unwrap() {}
            assert_eq!(scan.tokens, tokens, "{document}");
        }
        let limits = DocumentLimits { max_tokens: 3, ..DocumentLimits::default() };
        assert!(super::check("{ a }", &limits).is_ok());
        let message = super::check("{ a b }", &limits).unwrap_err().message;
        assert!(message.contains("too many tokens; the maximum is 3 (max-tokens)"), "{message}");
    }

    /// Holds the text without its descriptions to this one, in which each blank is a `_`.
    #[track_caller]
    fn check_blanks(document: &str, expected: &str) {
        let scanned = super::check(document, &DocumentLimits::default()).unwrap();
        let blanked = without_descriptions(document, &scanned);
        assert_eq!(blanked, expected.replace('_', " "), "{document}");
        assert_eq!(blanked.chars().count(), document.chars().count(), "{document}");
    }

    #[test]
    fn descriptions_are_blanked_where_definitions_have_them() {
        for (document, expected) in [
            ("\"d\" query Q { a }", "___ query Q { a }"),
            ("\"\"\"é\n d\"\"\"#\nmutation{a}", "____\n_____#\nmutation{a}"),
            ("{ a } \"d\", subscription { b }", "{ a } ___, subscription { b }"),
            ("\"query\" fragment F on T { a }", "_______ fragment F on T { a }"),
            ("query(\"a\" $a: T \"b\" $b: T) { a }", "query(___ $a: T ___ $b: T) { a }"),
            ("query($a: T = \"x\" \"b\" $b: T) { a }", "query($a: T = \"x\" ___ $b: T) { a }"),
            ("query($a: T = [1] \"\" $b: T) { a }", "query($a: T = [1] __ $b: T) { a }"),
        ] {
            check_blanks(document, expected);
        }
    }

    #[test]
    fn a_string_elsewhere_is_no_description() {
        for document in [
            "\"d\" { a }",
            "\"d\" \"d\" { a }",
            "\"d\"",
            "\"d\" type T { a: T }",
            "\"\\q\" query { a }",
            "\"\\uD83D\" query { a }",
            "\"d\" queryable { a }",
            "query \"d\" query { a }",
            "query Q \"d\" { a }",
            "query($a: T = \"x\" $b: T) { a }",
            "query($a: \"x\" $b: T) { a }",
            "query($a: T \"d\") { a }",
            "{ a(b: \"query\") }",
            "{ a(\"b\" $c) }",
            "query @d(a: \"x\") { a }",
        ] {
            check_blanks(document, document);
        }
        // The first one has nothing behind it that it could describe.
        check_blanks("\"a\" \"b\" query Q { a }", "\"a\" \"b\" query Q { a }");
    }
}
