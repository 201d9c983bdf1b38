//! Past states of videos, reconstructed from their history.
//!
//! A history begins with an INSERT, which has every value, and stores keep a checkpoint, again with
//! every value, after each [`CHECKPOINT_INTERVAL`] versions. A state is therefore found by replaying
//! a few entries, however long the history is.

use super::audit::{AuditEntry, AuditEntryId, AuditOperation};
use super::filter::VideoFilter;
use super::replay::Replay;
use super::scalars::Invalid;
use super::video::{Video, VideoId};

/// The number of versions from one checkpoint to the next.
pub const CHECKPOINT_INTERVAL: i32 = 32;

/// Whether a store keeps a checkpoint after this change. An INSERT is one itself.
pub fn needs_checkpoint(entry: &AuditEntry) -> bool {
    entry.operation == AuditOperation::Update && entry.version % CHECKPOINT_INTERVAL == 0
}

/// What a store has of the histories of videos.
pub trait Histories {
    /// Why something cannot be read.
    type Error: From<Invalid>;

    /// The checkpoint after this change; none if there is none, as after an INSERT or a DELETE.
    fn checkpoint(&mut self, id: AuditEntryId) -> Result<Option<Video>, Self::Error>;

    /// The entries of a video with versions above `after`, up to `up_to`, newest first. Entries that
    /// precede the newest one that [is not an UPDATE](AuditEntry::operation) may be omitted.
    fn entries(
        &mut self,
        id: VideoId,
        after: i32,
        up_to: i32,
    ) -> Result<Vec<AuditEntry>, Self::Error>;
}

/// A video at a version, if it exists then.
type State = (AuditEntryId, Option<Video>);

/// The videos as they were after these changes, in the order of `ids`; none where the change is a
/// DELETE or does not exist.
///
/// # Errors
/// When a history cannot be read, or contradicts itself.
pub fn videos_at<H: Histories>(
    histories: &mut H,
    ids: &[AuditEntryId],
) -> Result<Vec<Option<Video>>, H::Error> {
    // Versions begin at 1.
    let mut places: Vec<usize> = (0..ids.len()).filter(|place| ids[*place].version > 0).collect();
    places.sort_unstable_by_key(|place| ids[*place]);
    let mut videos = vec![None; ids.len()];
    let mut last: Option<State> = None;
    for place in places {
        let id = ids[place];
        // States of one video are replayed one after another.
        let known = last.take().filter(|(known, _)| known.entity_id == id.entity_id);
        let video = video_at(histories, id, known)?;
        videos[place].clone_from(&video);
        last = Some((id, video));
    }
    Ok(videos)
}

/// The video as it was after one change, replayed from the latest known state.
fn video_at<H: Histories>(
    histories: &mut H,
    id: AuditEntryId,
    known: Option<State>,
) -> Result<Option<Video>, H::Error> {
    let (base, video) = match checkpoint_between(histories, &known, id)? {
        Some(video) => (video.version, Some(video)),
        None => known.map_or((0, None), |(known, video)| (known.version, video)),
    };
    if base == id.version {
        return Ok(video);
    }
    let newest_first = histories.entries(id.entity_id, base, id.version)?;
    if newest_first.first().is_none_or(|newest| newest.version != id.version) {
        return Ok(None);
    }
    Ok(replayed(base, video, &newest_first)?)
}

/// The newest checkpoint that is later than the known state, and not later than the change.
fn checkpoint_between<H: Histories>(
    histories: &mut H,
    known: &Option<State>,
    id: AuditEntryId,
) -> Result<Option<Video>, H::Error> {
    let version = id.version - id.version % CHECKPOINT_INTERVAL;
    let is_needed = version > known.as_ref().map_or(0, |(known, _)| known.version);
    if is_needed { histories.checkpoint(AuditEntryId { version, ..id }) } else { Ok(None) }
}

/// The video after the first of these entries, which follow the state `base`.
fn replayed(
    base: i32,
    video: Option<Video>,
    newest_first: &[AuditEntry],
) -> Result<Option<Video>, Invalid> {
    let is_update = |entry: &AuditEntry| entry.operation == AuditOperation::Update;
    let updates = newest_first.iter().take_while(|entry| is_update(entry)).count();
    let (updates, others) = newest_first.split_at(updates);
    let mut replay = match others.first() {
        None => Replay::resuming(base, video),
        Some(deletion) if deletion.operation == AuditOperation::Delete => {
            Replay::resuming(deletion.version, None)
        }
        Some(insertion) => {
            let mut replay = Replay::resuming(insertion.version - 1, None);
            replay.apply(insertion)?;
            replay
        }
    };
    updates.iter().rev().try_for_each(|update| replay.apply(update))?;
    Ok(replay.into_video())
}

/// A video before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeforeAndAfter {
    /// The video before; none if it was added.
    pub before: Option<Video>,
    /// The video after; none if it was deleted.
    pub after: Option<Video>,
}

impl BeforeAndAfter {
    /// Both states for a change. `before` is the video [before it](AuditEntry::previous).
    ///
    /// # Errors
    /// When the change cannot follow that state.
    pub fn of(entry: &AuditEntry, before: Option<Video>) -> Result<Self, Invalid> {
        let after = match entry.operation {
            AuditOperation::Delete => None,
            AuditOperation::Insert | AuditOperation::Update => {
                let mut replay = Replay::resuming(entry.version - 1, before.clone());
                replay.apply(entry)?;
                replay.into_video()
            }
        };
        Ok(Self { before, after })
    }

    /// Whether the video met a filter before and after. A video that does not exist meets none.
    pub fn matches(&self, filter: &VideoFilter) -> [bool; 2] {
        let matches =
            |video: &Option<Video>| video.as_ref().is_some_and(|it| filter.matches(it, None));
        [matches(&self.before), matches(&self.after)]
    }
}

impl AuditEntry {
    /// The change after which the video was as it was before this one; none if it did not exist.
    pub fn previous(&self) -> Option<AuditEntryId> {
        let exists_before = self.operation != AuditOperation::Insert;
        let version = self.version - 1;
        exists_before.then_some(AuditEntryId { version, ..self.id() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples;
    use crate::domain::{Dimension, FieldChange, Timestamp};

    /// The history of one video in memory, which counts what is read of it.
    struct OneHistory {
        /// The video after each version.
        states: Vec<Option<Video>>,
        entries: Vec<AuditEntry>,
        has_checkpoints: bool,
        read: usize,
    }

    impl OneHistory {
        /// A video that is added, updated until it has this version, and has been deleted and added
        /// again in the middle.
        fn new(versions: i32, deleted_at: i32) -> Self {
            let (mut states, mut entries) = (Vec::new(), Vec::new());
            let mut before: Option<Video> = None;
            for version in 1..=versions {
                let mut after =
                    (version != deleted_at).then(|| Video { version, ..samples::video() });
                let at = Timestamp::from_micros(version.into()).unwrap();
                if let Some(after) = &mut after {
                    after.values.width = Dimension::new(version).unwrap();
                    if before.is_some() {
                        after.updated_at = AuditEntry::time_of_update(at, after.created_at);
                    }
                }
                entries.push(entry(version, at, before.as_ref(), after.as_ref()));
                states.push(after.clone());
                before = after;
            }
            Self { states, entries, has_checkpoints: true, read: 0 }
        }
    }

    fn entry(
        version: i32,
        timestamp: Timestamp,
        before: Option<&Video>,
        after: Option<&Video>,
    ) -> AuditEntry {
        let operation = match (before, after) {
            (None, _) => AuditOperation::Insert,
            (_, None) => AuditOperation::Delete,
            _ => AuditOperation::Update,
        };
        let changes = FieldChange::between(before, after);
        AuditEntry { version, operation, timestamp, changes, ..samples::entry(version.into()) }
    }

    impl Histories for OneHistory {
        type Error = Invalid;

        fn checkpoint(&mut self, id: AuditEntryId) -> Result<Option<Video>, Invalid> {
            let place = usize::try_from(id.version).unwrap() - 1;
            let entry = self.entries.get(place).filter(|entry| needs_checkpoint(entry));
            let is_kept = self.has_checkpoints && entry.is_some();
            Ok(if is_kept { self.states[place].clone() } else { None })
        }

        fn entries(
            &mut self,
            _: VideoId,
            after: i32,
            up_to: i32,
        ) -> Result<Vec<AuditEntry>, Invalid> {
            let wanted = self.entries.iter().rev();
            let wanted = wanted.filter(|it| it.version > after && it.version <= up_to);
            let mut found = Vec::new();
            for entry in wanted {
                self.read += 1;
                found.push(entry.clone());
                if entry.operation != AuditOperation::Update {
                    break;
                }
            }
            Ok(found)
        }
    }

    fn id(version: i32) -> AuditEntryId {
        AuditEntryId { entity_id: samples::video().id, version }
    }

    #[test]
    fn every_state_is_found_alone_and_together() {
        for deleted_at in [0, 2, 31, 32, 33, 64, 65] {
            for has_checkpoints in [true, false] {
                let mut history =
                    OneHistory { has_checkpoints, ..OneHistory::new(100, deleted_at) };
                let ids: Vec<_> = (-1..103).map(id).collect();
                let beyond = [None, None];
                let expected: Vec<_> =
                    beyond.iter().chain(&history.states).chain(&beyond).cloned().collect();
                for (id, expected) in ids.iter().zip(&expected) {
                    let found = videos_at(&mut history, &[*id]).unwrap();
                    assert_eq!(
                        found.as_slice(),
                        std::slice::from_ref(expected),
                        "{id}, deleted at {deleted_at}"
                    );
                }
                assert_eq!(videos_at(&mut history, &ids).unwrap(), expected);
                let some = |place: &usize| place.is_multiple_of(3);
                let places: Vec<usize> = (0..ids.len()).rev().filter(some).collect();
                let some_ids: Vec<_> = places.iter().map(|place| ids[*place]).collect();
                let some: Vec<_> = places.iter().map(|place| expected[*place].clone()).collect();
                assert_eq!(videos_at(&mut history, &some_ids).unwrap(), some);
            }
        }
    }

    #[test]
    fn a_long_history_is_not_replayed_as_a_whole() {
        let mut history = OneHistory::new(10_000, 0);
        videos_at(&mut history, &[id(9_999)]).unwrap();
        assert!(history.read < 32, "{} entries", history.read);
        history.read = 0;
        let page: Vec<_> = (5_000..5_100).rev().map(id).collect();
        videos_at(&mut history, &page).unwrap();
        assert!(history.read <= 100 + 32, "{} entries", history.read);
    }

    #[test]
    fn both_sides_of_a_change_are_those_of_its_video() {
        let history = OneHistory::new(40, 20);
        let mut before = None;
        for (entry, after) in history.entries.iter().zip(&history.states) {
            assert_eq!(entry.previous().is_some(), before.is_some());
            let sides = BeforeAndAfter::of(entry, before.clone()).unwrap();
            assert_eq!(sides, BeforeAndAfter { before, after: after.clone() });
            let everything = VideoFilter::everything();
            let not_nothing = VideoFilter::except(VideoFilter::Any(Vec::new()));
            let exists = [sides.before.is_some(), sides.after.is_some()];
            assert_eq!(sides.matches(&everything), exists);
            assert_eq!(sides.matches(&not_nothing), exists);
            before = sides.after;
        }
    }

    #[test]
    fn a_history_with_a_gap_is_reported() {
        let mut history = OneHistory::new(10, 0);
        history.entries.remove(5);
        let error = videos_at(&mut history, &[id(10)]).unwrap_err();
        assert_eq!(error.to_string(), "version 7 follows version 5");
    }
}
