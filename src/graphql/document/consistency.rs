//! Consistency of the fields of a request: which state of the library they show.

use apollo_compiler::ast::{OperationDefinition, OperationType};

use super::visitor::{Driver, Fragments, Part, SelectedField, Visitor};
use crate::graphql::execution::introspection::is_introspection;
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

/// What the root fields of an operation show of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootFields {
    /// Whether they ask for the schema.
    pub introspect: bool,
    /// Whether `viewer` is among them.
    pub have_viewer: bool,
    /// Whether `serverInfo` is among them.
    pub have_server_info: bool,
    /// Whether a `changesCursor` is selected, at any depth.
    pub show_end_of_log: bool,
    /// Whether a `startIndex` is selected, at any depth.
    show_start_index: bool,
    /// Whether the library of a moment in the past is shown, which is made of one of the present.
    show_past: bool,
    /// Whether `deleteMissingVideos` is among them.
    pub delete_missing: bool,
    /// Whether it may show library roots, files or scans, at any depth.
    pub show_catalogue: bool,
    /// Whether the address of a file or thumbnail is selected, at any depth.
    pub show_addresses: bool,
    may_scan: bool,
    /// The number of fields around the place in the walk.
    depth: usize,
}

impl RootFields {
    /// The root fields of an operation, whatever its variables skip.
    pub(super) fn of(driver: &Driver<'_>, operation: &OperationDefinition) -> Self {
        let mut fields = Self::default();
        driver.walk_operation(operation, Fragments::Once, &mut fields);
        fields
    }

    /// How the operation reads, which is of this type.
    ///
    /// Lists and statistics next to a `changesCursor`, or with one of their own, are as of that cursor, and a
    /// `startIndex` is that of its page. Other requests do not need a snapshot, which costs a connection.
    pub fn consistency(self, ty: OperationType) -> Consistency {
        match ty {
            OperationType::Subscription => Consistency::EachEvent,
            OperationType::Query if self.needs_one_moment() => {
                let reads = if self.may_scan { SnapshotReads::All } else { SnapshotReads::LookUps };
                Consistency::OneMoment(reads)
            }
            OperationType::Query | OperationType::Mutation => Consistency::EachField,
        }
    }

    fn needs_one_moment(&self) -> bool {
        self.show_end_of_log || self.show_start_index || self.show_past
    }
}

impl<'a> Visitor<'a> for RootFields {
    fn enter(&mut self, part: Part<'a>) -> bool {
        let Part::Field(selected) = part else { return true };
        let name = selected.field.name.as_str();
        self.show_end_of_log |= name == "changesCursor";
        self.show_start_index |= name == "startIndex";
        self.show_addresses |= ["fileUrl", "thumbnailUrl"].contains(&name);
        self.show_catalogue |= may_show_catalogue(&selected, self.depth == 0);
        if self.depth == 0 {
            self.introspect |= is_introspection(name);
            self.have_viewer |= name == "viewer";
            self.have_server_info |= name == "serverInfo";
            self.show_past |= name == "libraryAt";
            self.delete_missing |= name == "deleteMissingVideos";
            self.may_scan |= may_scan(&selected);
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self, part: Part<'a>) {
        if let Part::Field(_) = part {
            self.depth -= 1;
        }
    }
}

/// Whether a field can lead to library roots, files or scans, or a filter can select by them.
fn may_show_catalogue(selected: &SelectedField<'_>, is_root: bool) -> bool {
    let name = selected.field.name.as_str();
    let leads_to_them = match is_root {
        // Hard links are known by their files.
        true => ["duplicateVideos", "libraryRoots", "node", "nodes", "scanJobs"].contains(&name),
        false => ["availability", "fileUrl", "root"].contains(&name),
    };
    leads_to_them || selected.argument("filter").is_some()
}

/// Whether a root field can make a store examine every row, as far as the document shows.
fn may_scan(selected: &SelectedField<'_>) -> bool {
    let may_scan_anyway = [
        "searchVideos",
        "auditEntries",
        "auditRequests",
        "videoChanges",
        "libraryAt",
        "duplicateVideos",
    ]
    .contains(&selected.field.name.as_str());
    let is_given = |name| selected.argument(name).is_some();
    may_scan_anyway || is_given("filter") || is_given("orderBy")
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;
    use apollo_compiler::ast::Document;

    use super::*;

    #[track_caller]
    fn check(document: &str, expected: Consistency) {
        let (parsed, schema) = (Document::parse(document, "document").unwrap(), Schema::new());
        let operation = parsed.definitions[0].as_operation_definition().unwrap();
        let fields = RootFields::of(&Driver::new(&parsed, &schema), operation);
        assert_eq!(fields.consistency(operation.operation_type), expected, "{document}");
    }

    #[track_caller]
    fn check_catalogue(document: &str, expected: bool) {
        let (parsed, schema) = (Document::parse(document, "document").unwrap(), Schema::new());
        let operation = parsed.definitions[0].as_operation_definition().unwrap();
        let fields = RootFields::of(&Driver::new(&parsed, &schema), operation);
        assert_eq!(fields.show_catalogue, expected, "{document}");
    }

    #[test]
    fn a_request_shows_the_catalogue_wherever_something_leads_to_it() {
        check_catalogue("{ videos { nodes { id path missingSince } } }", false);
        check_catalogue("{ videos { nodes { ...A } } } fragment A on Video { availability }", true);
        check_catalogue("{ videos { edges { node { a: root { b } } } } }", true);
        check_catalogue("{ videos(filter: {}) { totalCount } }", true);
        check_catalogue("{ node(id: 1) { id } }", true);
        check_catalogue("{ a: libraryRoots { b } }", true);
        check_catalogue("{ scanJobs { totalCount } }", true);
        check_catalogue("{ duplicateVideos { nodes { fingerprint } } }", true);
        check_catalogue("{ videos { nodes { duplicates { id } } } }", false);
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
        check("{ changesCursor videoChanges { nodes { cursor } } }", ALL);
        check("{ changesCursor duplicateVideos { totalCount } }", ALL);
        check("{ changesCursor a: searchVideos(query: \"b\") { totalCount } }", ALL);
        check(
            "query ($f: VideoFilter) { changesCursor ...A } fragment A on Query { videos(filter: \
             $f) { totalCount } }",
            ALL,
        );
        check("{ changesCursor videos(orderBy: []) { totalCount } }", ALL);
        check("{ videos { changesCursor } }", LOOK_UPS);
        check(
            "{ videos(filter: {}) { ...A } } fragment A on VideoConnection { changesCursor }",
            ALL,
        );
        check("{ videoStats { from: changesCursor } }", LOOK_UPS);
        check("{ videos { nodes { id } startIndex } }", LOOK_UPS);
        check("{ videos { nodes { auditEntries { changesCursor } } } }", LOOK_UPS);
        check("{ auditEntries { changesCursor } }", ALL);
        check("{ a: libraryAt(at: {}) { time } }", ALL);
        check("mutation { a { video { auditEntries { changesCursor } } } }", EachField);
        check("{ ...A } fragment A on Query { ...A id }", EachField);
        check("{ ...A } fragment B on Query { changesCursor }", EachField);
        check("mutation { ...A } fragment A on Query { changesCursor }", EachField);
        check("subscription { videoChanges { cursor } }", EachEvent);
    }
}
