//! What has moved in an order since an earlier state of the library, by its log.

use std::collections::BTreeMap;

use super::entries;
use super::landmarks::{MOST, Move};
use super::past;
use super::reader::Reader;
use super::rows::BoxError;
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditOperation, LogPosition, OrderField, OrderKey,
    Video, VideoId, VideoOrder,
};

/// The moves in an order between two states, of which the reader sees the later one; none if there are too
/// many, or if the log does not have them.
pub(super) fn between(
    reader: &Reader,
    key: OrderKey,
    [earlier, later]: [LogPosition; 2],
) -> Result<Option<Vec<Move>>, BoxError> {
    if later.sequence - earlier.sequence > MOST {
        return Ok(None);
    }
    let limit = usize::try_from(MOST)? + 1;
    let log = entries::entries_after(earlier.sequence - 1, &AuditFilter::default(), limit)(reader)?;
    match log.split_first() {
        Some((last, changes)) if LogPosition::behind(last) == earlier => by(reader, key, changes),
        // It is another log, of a backup that was restored.
        _ => Ok(None),
    }
}

/// The first and the last change of a video that may have moved it.
type Ends<'e> = (&'e AuditEntry, &'e AuditEntry);

/// The moves in an order by these changes; none if the histories of their videos have gaps.
fn by(
    reader: &Reader,
    key: OrderKey,
    changes: &[AuditEntry],
) -> Result<Option<Vec<Move>>, BoxError> {
    let mut moved: BTreeMap<VideoId, Ends<'_>> = BTreeMap::new();
    for change in changes.iter().filter(|change| key.field.can_change_by(change)) {
        let ends = moved.entry(change.entity_id).or_insert((change, change));
        ends.1 = change;
    }
    let ids = moved.values().flat_map(|(first, last)| {
        [AuditEntryId { version: first.version - 1, ..first.id() }, last.id()]
    });
    let videos = past::videos_at(&ids.collect::<Vec<_>>())(reader)?;
    let order = VideoOrder::by(vec![key]);
    let moves = moved.values().zip(videos.chunks_exact(2)).map(|((first, last), states)| {
        let (from, to) = (states[0].as_ref(), states[1].as_ref());
        let is_complete = from.is_none() == (first.operation == AuditOperation::Insert)
            && to.is_none() == (last.operation == AuditOperation::Delete)
            && from.is_none_or(|from| is_certain(from, key.field));
        let place_of = |video| order.place_of(video);
        is_complete.then(|| Move { from: from.map(place_of), to: to.map(place_of) })
    });
    Ok(moves.collect())
}

/// Whether the library had the value that the history of a video gives. Old versions of this program dated
/// updates before the time at which a video was added, if that was in the future.
fn is_certain(video: &Video, field: OrderField) -> bool {
    let may_be_earlier = video.version > 1 && video.updated_at == video.created_at;
    field != OrderField::UpdatedAt || !may_be_earlier
}
