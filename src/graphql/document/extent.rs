//! How large a parsed document is, counted before it is validated.
//!
//! Validation examines a fragment again wherever it is used: thirty fragments that use one another
//! twice amount to a billion fields. Here, each is counted once.

use std::collections::HashMap;

use apollo_compiler::ast::{Directive, VariableDefinition};
use async_graphql::ServerError;

use super::limits::{DocumentLimits, LimitExceeded, MAX_NESTING, MAX_VARIABLES};
use super::visitor::{Driver, Fragments, Part, Visitor};
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;

/// Rejects a document that is too large with its fragments expanded, or whose fragments contain
/// themselves.
///
/// # Errors
/// Those of the request itself, with the code `DOCUMENT_TOO_LARGE` or `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(driver: &Driver<'_>, limits: &DocumentLimits) -> Result<(), ServerError> {
    let mut count = Count { open: vec![Extent::default()], ..Count::default() };
    driver.walk(Fragments::WhereverUsed, &mut count);
    let Count { open, aliases, directives, variables, refusal, .. } = count;
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let whole = open[0];
    let excess = |limit, found: String, allowed| {
        let advice = "split it into several requests";
        Err(LimitExceeded { limit, allowed, found, advice }.too_large())
    };
    if whole.depth > limits.max_depth {
        let found = format!("the document nests fields {} levels deep", whole.depth);
        return excess("max-depth", found, limits.max_depth);
    }
    if whole.fields > limits.max_fields {
        let found = format!(
            "the document selects {} fields, counting each fragment wherever it is used",
            whole.fields
        );
        return excess("max-fields", found, limits.max_fields);
    }
    if aliases > limits.max_aliases {
        let found = format!("the document has {aliases} aliases");
        return excess("max-aliases", found, limits.max_aliases);
    }
    if directives > limits.max_directives {
        let found = format!("the document has {directives} directives");
        return excess("max-directives", found, limits.max_directives);
    }
    if variables > MAX_VARIABLES {
        let found = format!("the document has {variables} variables");
        return excess("variables", found, MAX_VARIABLES);
    }
    Ok(())
}

/// The extent of selection sets, with fragments expanded.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// The number of fields and fragment spreads.
    fields: usize,
    /// The nesting depth of fields.
    depth: usize,
    /// The nesting depth of selection sets.
    height: usize,
}

impl Extent {
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.height = self.height.max(other.height);
    }
}

/// Counts fields, each fragment's only once.
#[derive(Default)]
struct Count<'a> {
    /// What was counted in the document, and in each part that is being walked.
    open: Vec<Extent>,
    /// The extent of a fragment; none while it is being counted.
    fragments: HashMap<&'a str, Option<Extent>>,
    aliases: usize,
    directives: usize,
    variables: usize,
    /// Why the document is refused. Then no further part is entered.
    refusal: Option<ServerError>,
}

impl<'a> Visitor<'a> for Count<'a> {
    fn enter(&mut self, part: Part<'a>) -> bool {
        // A chain of fragments is walked only as far as it may be long: the document and the operation
        // are open, too.
        self.check_nesting(self.open.len().saturating_sub(1));
        if self.refusal.is_some() {
            return false;
        }
        match part {
            Part::Field(selected) => self.aliases += usize::from(selected.field.alias.is_some()),
            Part::Fragment(name) => match self.fragments.get(name) {
                Some(Some(extent)) => {
                    self.add(*extent);
                    return false;
                }
                Some(None) => {
                    let message = format!("the fragment \"{name}\" contains itself");
                    self.refusal = Some(refused(ErrorCode::GraphqlValidationFailed, message, None));
                    return false;
                }
                None => drop(self.fragments.insert(name, None)),
            },
            Part::Operation | Part::InlineFragment => {}
        }
        self.open.push(Extent::default());
        true
    }

    fn leave(&mut self, part: Part<'a>) {
        let mut extent = self.open.pop().unwrap_or_default();
        match part {
            Part::Field(_) => extent.depth += 1,
            Part::Fragment(name) => drop(self.fragments.insert(name, Some(extent))),
            Part::Operation | Part::InlineFragment => {}
        }
        self.add(extent);
    }

    fn variable(&mut self, _: &'a VariableDefinition) {
        self.variables += 1;
    }

    fn directive(&mut self, _: &'a Directive) {
        self.directives += 1;
    }
}

impl Count<'_> {
    /// Adds a part to the one that it is in.
    fn add(&mut self, mut part: Extent) {
        // In the document itself there are definitions, which are no selections.
        if self.open.len() > 1 {
            part.fields = part.fields.saturating_add(1);
            part.height += 1;
        }
        self.check_nesting(part.height);
        if let Some(whole) = self.open.last_mut() {
            whole.add(part);
        }
    }

    fn check_nesting(&mut self, levels: usize) {
        if levels > MAX_NESTING && self.refusal.is_none() {
            let found =
                "the document nests selections too deeply, with fragments expanded".to_owned();
            let advice = "nest it less deeply";
            let excess = LimitExceeded { limit: "nesting", allowed: MAX_NESTING, found, advice };
            self.refusal = Some(excess.too_large());
        }
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;
    use apollo_compiler::ast::Document;

    use super::*;

    /// Asserts that the check reports this part of its message, or nothing.
    #[track_caller]
    fn check(document: &str, expected: Option<&str>) {
        let parsed = Document::parse(document, "document").unwrap();
        let schema = Schema::new();
        let refused = super::check(&Driver::new(&parsed, &schema), &DocumentLimits::default());
        let message = refused.err().map(|error| error.message);
        let begin = &document[..document.floor_char_boundary(80)];
        match expected {
            Some(part) => assert!(
                message.as_ref().is_some_and(|it| it.contains(part)),
                "{begin}: {message:?}"
            ),
            None => assert_eq!(message, None, "{begin}"),
        }
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
        check(
            &doubling(24),
            Some("counting each fragment wherever it is used; the maximum is 25000"),
        );
        check(
            &doubling(60),
            Some("counting each fragment wherever it is used; the maximum is 25000"),
        );
    }

    #[test]
    fn fragments_neither_contain_themselves_nor_form_a_long_chain() {
        check("{ ...F } fragment F on Q { a { ...F } }", Some("\"F\" contains itself"));
        check("{ a } fragment F on Q { ...G } fragment G on Q { ...F }", Some("contains itself"));
        let link = |at| format!("fragment F{at} on Q {{ ...F{} }}", at + 1);
        let chain: String = (0..2_000).map(link).collect();
        let part = Some("with fragments expanded; the maximum is 64");
        check(&format!("{{ ...F0 }} {chain}"), part);
        // Each operation walks a few links that are new, and together they are the chain.
        let in_steps: String =
            (0..200).rev().map(|at| format!("query Q{at} {{ ...F{} }}", at * 10)).collect();
        check(&format!("{in_steps} {chain}"), part);
    }

    #[test]
    fn depth_counts_fields_and_not_fragments() {
        let nested =
            |levels: usize| format!("{}{{a}}{}", "{a".repeat(levels - 1), "}".repeat(levels - 1));
        let part = Some("nests fields 31 levels deep; the maximum is 30 (max-depth)");
        check(&nested(30), None);
        check(&nested(31), part);
        check(&format!("{}{{a}}{}", "{...".repeat(40), "}".repeat(40)), None);
        check(&format!("{{a{{...F}}}} fragment F on Q {}", nested(29)), None);
        check(&format!("{{a{{...F}}}} fragment F on Q {}", nested(30)), part);
    }

    #[test]
    fn variables_are_counted_in_all_operations() {
        let variables =
            |count: usize| -> String { (0..count).map(|at| format!("$a{at}: A ")).collect() };
        check(&format!("query({}) {{ a }}", variables(2_000)), None);
        let two =
            format!("query A({}) {{ a }} query B({}) {{ a }}", variables(1_999), variables(2));
        check(&two, Some("has 2001 variables; the maximum is 2000 (variables): split it"));
    }

    #[test]
    fn aliases_and_directives_are_counted_wherever_they_are() {
        let aliases: String = (0..501).map(|at| format!("a{at}: a ")).collect();
        check(&format!("{{{aliases}}}"), Some("has 501 aliases; the maximum is 500 (max-aliases)"));
        check(&format!("{{a}} fragment F on Q {{{aliases}}}"), Some("501 aliases"));
        let directives = "@a ".repeat(40);
        let document = format!(
            "query($a: Int {directives}) {directives} {{ a {directives} ...F {directives} ... \
             {directives} {{ a }} }}"
        );
        check(&document, None);
        let document = format!("{document} fragment F on Q @a {{ a }}");
        check(&document, Some("has 201 directives; the maximum is 200 (max-directives)"));
    }
}
