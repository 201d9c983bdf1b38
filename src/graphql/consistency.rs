//! What the fields of one request have in common: which state of the library they show.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned};

/// How a request reads the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Each field as the library is when it is resolved.
    EachField,
    /// All of them as the library was at one moment.
    OneMoment,
    /// Each event on its own, and what many subscribers ask for at once together.
    EachEvent,
}

impl Consistency {
    /// How an operation of this document reads.
    ///
    /// What is listed beside `changesCursor` is listed as of that cursor. Nobody else needs to be
    /// shown one moment, which costs a connection.
    pub fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let selections = || Selections::of(document);
        match operation.ty {
            OperationType::Subscription => Self::EachEvent,
            OperationType::Query
                if selections().have("changesCursor", &operation.selection_set.node) =>
            {
                Self::OneMoment
            }
            OperationType::Query | OperationType::Mutation => Self::EachField,
        }
    }
}

/// The selections of a document, fragments put in.
pub(super) struct Selections<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The fragments that were looked into, which may contain themselves.
    seen: Vec<&'a Name>,
}

impl<'a> Selections<'a> {
    pub(super) fn of(document: &'a ExecutableDocument) -> Self {
        Self { fragments: &document.fragments, seen: Vec::new() }
    }

    /// Whether a field of this name is among them.
    pub(super) fn have(&mut self, name: &str, set: &'a SelectionSet) -> bool {
        set.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => field.node.name.node == name,
            Selection::InlineFragment(fragment) => {
                self.have(name, &fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let spread = &spread.node.fragment_name.node;
                if self.seen.contains(&spread) {
                    return false;
                }
                self.seen.push(spread);
                let fragment = self.fragments.get(spread);
                fragment.is_some_and(|it| self.have(name, &it.node.selection_set.node))
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
        use Consistency::{EachEvent, EachField, OneMoment};
        check("{ videos { totalCount } }", EachField);
        check("{ changesCursor }", OneMoment);
        check("{ videos { totalCount } from: changesCursor }", OneMoment);
        check("{ ... { ... on Query { changesCursor } } }", OneMoment);
        check(
            "{ ...A } fragment A on Query { ...B } fragment B on Query { changesCursor }",
            OneMoment,
        );
        check("{ ...A } fragment A on Query { ...A id }", EachField);
        check("{ ...A } fragment B on Query { changesCursor }", EachField);
        check("mutation { ...A } fragment A on Query { changesCursor }", EachField);
        check("subscription { videoChanges { cursor } }", EachEvent);
    }
}
