//! The sizes of all lists in the schema, for the cost check.

use super::list_size::{ListSize, ListSizes};
use super::mutation::Mutation;
use super::query::Query;
use super::types::bulk_payloads::{DeleteVideosPayload, PlannedChange, UpdateVideosPayload};
use super::types::payloads::{
    AddVideoPayload, AddVideosPayload, DeleteVideoPayload, RestoreVideoPayload, UpdateVideoPayload,
};
use super::types::scan_payloads::{
    CancelScanPayload, ConfirmScanPayload, DeleteMissingVideosPayload, MergeMovedVideoPayload,
    ScanLibraryPayload,
};
use super::types::undo_payload::{UndoItem, UndoRequestPayload};
use super::types::{
    AuditEntry, DuplicateGroup, LibraryChanged, ScanJob, ScanProblem, UserError, Video,
    VideoDifference, VideoRecord, VideoSnapshot, VideoStats,
};

/// Those of each type that has any. Connections share theirs.
const ALL: &[ListSizes] = &[
    AddVideoPayload::LIST_SIZES,
    AddVideosPayload::LIST_SIZES,
    AuditEntry::LIST_SIZES,
    CancelScanPayload::LIST_SIZES,
    ConfirmScanPayload::LIST_SIZES,
    DeleteMissingVideosPayload::LIST_SIZES,
    DeleteVideoPayload::LIST_SIZES,
    DeleteVideosPayload::LIST_SIZES,
    DuplicateGroup::LIST_SIZES,
    LibraryChanged::LIST_SIZES,
    MergeMovedVideoPayload::LIST_SIZES,
    Mutation::LIST_SIZES,
    PlannedChange::LIST_SIZES,
    Query::LIST_SIZES,
    RestoreVideoPayload::LIST_SIZES,
    ScanJob::LIST_SIZES,
    ScanLibraryPayload::LIST_SIZES,
    ScanProblem::LIST_SIZES,
    UndoItem::LIST_SIZES,
    UndoRequestPayload::LIST_SIZES,
    UpdateVideoPayload::LIST_SIZES,
    UpdateVideosPayload::LIST_SIZES,
    UserError::LIST_SIZES,
    Video::LIST_SIZES,
    VideoDifference::LIST_SIZES,
    VideoRecord::LIST_SIZES,
    VideoSnapshot::LIST_SIZES,
    VideoStats::LIST_SIZES,
];

/// The size of the list that is this field of this type; none if it has no size.
pub fn size_of(type_name: &str, field: &str) -> Option<ListSize> {
    if type_name.ends_with("Connection") && ["edges", "nodes"].contains(&field) {
        return Some(ListSize::AsRequested);
    }
    let of_type = ALL.iter().find(|sizes| sizes.type_name == type_name)?;
    of_type.sizes.iter().find(|(name, _)| *name == field).map(|(_, size)| *size)
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;
    use apollo_compiler::ast::FieldDefinition;
    use apollo_compiler::schema::ExtendedType;

    use super::*;

    /// Every field of the schema, with the name of its type.
    fn fields(schema: &Schema) -> impl Iterator<Item = (&str, &FieldDefinition)> {
        let types = schema.types.iter().filter(|(name, _)| !name.starts_with("__"));
        types.flat_map(|(name, ty)| {
            let fields = match ty {
                ExtendedType::Object(object) => Some(&object.fields),
                ExtendedType::Interface(interface) => Some(&interface.fields),
                _ => None,
            };
            let fields = fields.into_iter().flat_map(|fields| fields.values());
            fields.map(move |field| (name.as_str(), &***field))
        })
    }

    fn schema() -> Schema {
        Schema::parse(crate::graphql::sdl(), "schema.graphql").unwrap()
    }

    #[test]
    fn every_list_has_a_size() {
        for (type_name, field) in fields(&schema()).filter(|(_, field)| field.ty.is_list()) {
            let size = size_of(type_name, &field.name);
            let size = size.unwrap_or_else(|| {
                panic!("{type_name}.{} is a list without a size: see list_sizes!", field.name)
            });
            let takes_first = field.argument_by_name("first").is_some();
            let is_requested = matches!(size, ListSize::First(_));
            assert_eq!(takes_first, is_requested, "{type_name}.{}: {size:?}", field.name);
        }
    }

    #[test]
    fn the_argument_first_names_the_maximum_and_defaults_to_no_more() {
        for (type_name, field) in fields(&schema()) {
            let Some(ListSize::First(max)) = size_of(type_name, &field.name) else { continue };
            let first = field.argument_by_name("first").unwrap();
            let default = first.default_value.as_ref().and_then(|value| value.to_i32());
            assert!(default.is_some_and(|it| it <= max), "{type_name}.{}", field.name);
            let description = first.description.as_deref().unwrap_or_default().replace(',', "");
            let range = format!("0 to {max}.");
            assert!(description.ends_with(&range), "{type_name}.{}: {range}", field.name);
        }
    }

    #[test]
    fn every_size_is_that_of_a_field() {
        let schema = schema();
        for ListSizes { type_name, sizes } in ALL {
            for (name, size) in *sizes {
                let field = schema.type_field(type_name, name);
                let field = field.unwrap_or_else(|_| panic!("there is no {type_name}.{name}"));
                let has_lists = matches!(size, ListSize::EachOf { .. });
                assert!(field.ty.is_list() || has_lists, "{type_name}.{name} is no list");
            }
        }
    }
}
