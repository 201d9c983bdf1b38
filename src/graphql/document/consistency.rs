//! Consistency of the fields of a request: which state of the library they show.

use std::collections::HashMap;

use async_graphql::{Name, Positioned};

use crate::graphql::execution::internals::{
    ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use crate::repository::SnapshotReads;

/// How a request reads the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Each field as the library is when it is resolved.
    EachField,
    /// All fields show the same snapshot; how much of it is read.
    OneMoment(SnapshotReads),
    /// Each event separately; many subscribers share look-ups.
    EachEvent,
}

impl Consistency {
    /// How an operation of this document reads.
    ///
    /// Lists next to `changesCursor` are as of that cursor. Other requests do not need a snapshot,
    /// which costs a connection.
    pub fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let have = |is_meant: fn(&Field) -> bool| {
            Selections::of(document).have(&is_meant, &operation.selection_set.node)
        };
        match operation.ty {
            OperationType::Subscription => Self::EachEvent,
            OperationType::Query if have(|field| field.name.node == "changesCursor") => {
                let reads =
                    if have(may_scan) { SnapshotReads::All } else { SnapshotReads::LookUps };
                Self::OneMoment(reads)
            }
            OperationType::Query | OperationType::Mutation => Self::EachField,
        }
    }
}

/// Whether a root field can make a store examine every row, as far as the document shows.
fn may_scan(field: &Field) -> bool {
    let takes = |name| field.arguments.iter().any(|(argument, _)| argument.node == name);
    let may_scan_anyway = ["searchVideos", "auditEntries"].contains(&field.name.node.as_str());
    may_scan_anyway || takes("filter") || takes("orderBy")
}

/// The selections of a document, fragments put in.
struct Selections<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The fragments visited so far; they may contain themselves.
    seen: Vec<&'a Name>,
}

impl<'a> Selections<'a> {
    fn of(document: &'a ExecutableDocument) -> Self {
        Self { fragments: &document.fragments, seen: Vec::new() }
    }

    /// Whether such a field is among them.
    fn have(&mut self, is_meant: &impl Fn(&Field) -> bool, set: &'a SelectionSet) -> bool {
        set.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => is_meant(&field.node),
            Selection::InlineFragment(fragment) => {
                self.have(is_meant, &fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let spread = &spread.node.fragment_name.node;
                if self.seen.contains(&spread) {
                    return false;
                }
                self.seen.push(spread);
                let fragment = self.fragments.get(spread);
                fragment.is_some_and(|it| self.have(is_meant, &it.node.selection_set.node))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[track_caller]
    fn check(document: &str, expected: Consistency) {
        let parsed = parse_query(document).unwrap();
        let (_, operation) = parsed.operations.iter().next().unwrap();
        assert_eq!(Consistency::of(&parsed, &operation.node), expected, "{document}");
    }

    #[test]
    fn a_request_with_the_cursor_of_changes_shows_one_moment() {
        use Consistency::{EachEvent, EachField};
        const LOOK_UPS: Consistency = Consistency::OneMoment(SnapshotReads::LookUps);
        const ALL: Consistency = Consistency::OneMoment(SnapshotReads::All);
        check("{ videos { totalCount } }", EachField);
        check("{ changesCursor }", LOOK_UPS);
        check("{ videos { totalCount } from: changesCursor }", LOOK_UPS);
        check("{ ... { ... on Query { changesCursor } } }", LOOK_UPS);
        check(
            "{ ...A } fragment A on Query { ...B } fragment B on Query { changesCursor }",
            LOOK_UPS,
        );
        check("{ changesCursor auditEntries { totalCount } }", ALL);
        check("{ changesCursor a: searchVideos(query: \"b\") { totalCount } }", ALL);
        check(
            "query ($f: VideoFilter) { changesCursor ...A } fragment A on Query { videos(filter: \
             $f) { totalCount } }",
            ALL,
        );
        check("{ changesCursor videos(orderBy: []) { totalCount } }", ALL);
        check("{ ...A } fragment A on Query { ...A id }", EachField);
        check("{ ...A } fragment B on Query { changesCursor }", EachField);
        check("mutation { ...A } fragment A on Query { changesCursor }", EachField);
        check("subscription { videoChanges { cursor } }", EachEvent);
    }
}
