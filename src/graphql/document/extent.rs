//! How large a parsed document is, counted before it is validated.
//!
//! Validation examines a fragment again wherever it is used: thirty fragments that use one another
//! twice amount to a billion fields. Here, each is counted once.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, DirectiveList, Document, FragmentDefinition, Selection};
use async_graphql::ServerError;

use super::limits::{DocumentLimits, Excess, MAX_NESTING};
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;

/// Rejects a document that is too large with its fragments expanded, or whose fragments contain
/// themselves.
///
/// # Errors
/// Those of the request itself, with the code `DOCUMENT_TOO_LARGE` or `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(document: &Document, limits: &DocumentLimits) -> Result<(), ServerError> {
    let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let mut definitions = HashMap::new();
    for fragment in fragments {
        // Of several with one name, validation takes the first, and tells that there are more.
        definitions.entry(fragment.name.as_str()).or_insert(&**fragment);
    }
    let mut count = Count { definitions, fragments: HashMap::new(), aliases: 0, directives: 0 };
    let mut whole = Extent::default();
    for definition in &document.definitions {
        // Fragments that no operation uses are validated as well.
        whole.add(match definition {
            Definition::OperationDefinition(operation) => {
                count.directives += operation.directives.len();
                let variables = operation.variables.iter();
                count.directives += variables.map(|it| it.directives.len()).sum::<usize>();
                count.of_set(&operation.selection_set, 0)?
            }
            Definition::FragmentDefinition(fragment) => count.of_fragment(&fragment.name, 0)?,
            // Validation tells that it does not belong there.
            _ => Extent::default(),
        });
    }
    let Count { aliases, directives, .. } = count;
    let excess = |limit, found: String, allowed| {
        let advice = "split it into several requests";
        Err(Excess { limit, allowed, found, advice }.too_large())
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
struct Count<'a> {
    definitions: HashMap<&'a str, &'a FragmentDefinition>,
    /// The extent of a fragment; none while it is being counted.
    fragments: HashMap<&'a str, Option<Extent>>,
    aliases: usize,
    directives: usize,
}

impl<'a> Count<'a> {
    fn of_set(&mut self, set: &'a [Selection], above: usize) -> Result<Extent, ServerError> {
        let mut whole = Extent::default();
        for selection in set {
            let mut extent = match selection {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.alias.is_some());
                    let below = self.of_part(&field.directives, &field.selection_set, above)?;
                    Extent { depth: below.depth + 1, ..below }
                }
                Selection::InlineFragment(part) => {
                    self.of_part(&part.directives, &part.selection_set, above)?
                }
                Selection::FragmentSpread(spread) => {
                    self.directives += spread.directives.len();
                    self.of_fragment(&spread.fragment_name, above)?
                }
            };
            extent.fields = extent.fields.saturating_add(1);
            extent.height += 1;
            whole.add(extent);
        }
        // The first is what it stands for, the second what was walked to get here.
        if whole.height.max(above) > MAX_NESTING {
            let found = "the document nests selections too deeply, with fragments \
                         expanded"
                .to_owned();
            let advice = "nest it less deeply";
            let excess = Excess { limit: "nesting", allowed: MAX_NESTING, found, advice };
            return Err(excess.too_large());
        }
        Ok(whole)
    }

    fn of_part(
        &mut self,
        directives: &DirectiveList,
        set: &'a [Selection],
        above: usize,
    ) -> Result<Extent, ServerError> {
        self.directives += directives.len();
        self.of_set(set, above + 1)
    }

    fn of_fragment(&mut self, name: &str, above: usize) -> Result<Extent, ServerError> {
        // Validation tells of a fragment that is missing.
        let Some((&name, &fragment)) = self.definitions.get_key_value(name) else {
            return Ok(Extent::default());
        };
        match self.fragments.get(name) {
            Some(Some(extent)) => return Ok(*extent),
            Some(None) => {
                let message = format!("the fragment \"{name}\" contains itself");
                return Err(refused(ErrorCode::GraphqlValidationFailed, message, None));
            }
            None => {}
        }
        // A chain of fragments is walked only as far as it may be long.
        if above > MAX_NESTING {
            return self.of_set(&[], above);
        }
        self.fragments.insert(name, None);
        let extent = self.of_part(&fragment.directives, &fragment.selection_set, above)?;
        self.fragments.insert(name, Some(extent));
        Ok(extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that the check reports this part of its message, or nothing.
    #[track_caller]
    fn check(document: &str, expected: Option<&str>) {
        let parsed = Document::parse(document, "document").unwrap();
        let message = super::check(&parsed, &DocumentLimits::default()).err().map(|it| it.message);
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
        check(&doubling(24), Some("fields, counting each fragment wherever it is used, and 5000"));
        check(&doubling(60), Some("fields, counting each fragment wherever it is used, and 5000"));
    }

    #[test]
    fn fragments_neither_contain_themselves_nor_form_a_long_chain() {
        check("{ ...F } fragment F on Q { a { ...F } }", Some("\"F\" contains itself"));
        check("{ a } fragment F on Q { ...G } fragment G on Q { ...F }", Some("contains itself"));
        let link = |at| format!("fragment F{at} on Q {{ ...F{} }}", at + 1);
        let chain: String = (0..2_000).map(link).collect();
        let part = Some("more selections, fragments put in, and 64 are allowed");
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
