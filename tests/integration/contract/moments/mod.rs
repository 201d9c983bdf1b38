//! The library as it was, against one that replayed the log up to there.

mod eventful;
mod places;
mod runs;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use reelgraph::domain::stats::{Bounds, Folder, FolderPage, TimeField, TimeGrouping, TimeUnit};
use reelgraph::domain::{
    AuditEntry, FieldChange, LogPosition, PageRequest, SearchPosition, SearchQuery, SortPosition,
    Video, VideoFilter, VideoId, VideoOrder,
};
use reelgraph::history::moment::{Moment, MomentAt, MomentSettings, Moments};
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::{BreakdownReader, SnapshotReads, VideoReader, VideoRepository};
use tokio::runtime::Runtime;

use self::eventful::{eventful, replayed};
use super::stores::Opened;
use crate::support::filters::{any_filter, any_order};
use crate::support::properties::check;
use crate::support::queries::any_query;

contract_suite! {
    properties: any_moment_is_as_it_was, any_two_moments_differ_as_they_did;
}

/// Limits that nothing here goes beyond.
const UNLIMITED: MomentSettings = MomentSettings { max_changes: 1_000_000, cache_bytes: 1 << 30 };

/// What is asked of a moment.
#[derive(Clone, Debug)]
struct Question {
    moment: Index,
    video: Index,
    place_of: Option<Index>,
    filter: VideoFilter,
    order: VideoOrder,
    query: SearchQuery,
    way: Option<bool>,
    limit: usize,
    offset: usize,
}

fn any_question(videos: &Arc<[Video]>) -> impl Strategy<Value = Question> + use<> {
    let everything = Just(VideoFilter::everything());
    let filter = prop_oneof![1 => everything, 2 => any_filter(videos.clone())];
    let filter = filter.prop_filter("where files were is not recorded", |it| !it.is_on_files());
    let offset = prop_oneof![2 => Just(0), 1 => 0..9_usize, 1 => 0..400_usize];
    let page = (any::<Option<Index>>(), any::<Option<bool>>(), 0..40_usize, offset);
    (any::<(Index, Index)>(), filter, any_order(), any_query(videos), page).prop_map(
        |((moment, video), filter, order, query, (place_of, way, limit, offset))| Question {
            moment,
            video,
            place_of,
            filter,
            order,
            query,
            way,
            limit,
            offset,
        },
    )
}

impl Question {
    fn page<P>(&self, place: Option<P>) -> PageRequest<P> {
        match self.way {
            Some(true) => PageRequest::Backward { limit: self.limit, before: place },
            _ => PageRequest::Forward { limit: self.limit, after: place }.skipping(self.offset),
        }
    }
}

/// Every state that videos ever had.
fn all_states(log: &[AuditEntry], store: &MemoryRepository, runtime: &Runtime) -> Arc<[Video]> {
    let ids: Vec<_> = log.iter().map(AuditEntry::id).collect();
    let states = runtime.block_on(store.videos_at(&ids)).unwrap();
    states.into_iter().flatten().collect()
}

async fn moment_at(moments: &Moments, store: &dyn VideoRepository, at: MomentAt) -> Moment {
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    moments.at(snapshot, at).await.unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(why: impl ToString) -> TestCaseError {
    TestCaseError::fail(why.to_string())
}

fn any_moment_is_as_it_was<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, log) = runtime.block_on(eventful(open()));
    let newest = runtime.block_on(replayed(&log, i64::MAX));
    let states = all_states(&log, &newest, &runtime);
    // One cache for all of them, which has room for few.
    let moments = Moments::new(MomentSettings { cache_bytes: 2_000_000, ..UNLIMITED });
    check(&runtime, any_question(&states), async |question| {
        let entry = question.moment.get(&log);
        let at = MomentAt::Place(LogPosition::behind(entry));
        let moment = moment_at(&moments, &*opened.store, at).await;
        let then = replayed(&log, entry.write_end).await;
        prop_assert_eq!(moment.at().place, then.newest().await.unwrap());
        single_videos(&moment, &then, &question, &states).await?;
        lists(&moment, &then, &question, &states).await?;
        searches(&moment, &then, &question, &states).await?;
        statistics(&moment, &then, &question, &states).await
    });
}

async fn single_videos(
    moment: &Moment,
    then: &MemoryRepository,
    question: &Question,
    states: &[Video],
) -> Result<(), TestCaseError> {
    let video = question.video.get(states);
    let (id, path) = (video.id, video.values.path.as_str());
    prop_assert_eq!(moment.get(id).await.map_err(failed)?, then.get(id).await.map_err(failed)?);
    let found = moment.get_by_path(path).await.map_err(failed)?;
    prop_assert_eq!(found, then.get_by_path(path).await.map_err(failed)?);
    Ok(())
}

async fn lists(
    moment: &Moment,
    then: &MemoryRepository,
    question: &Question,
    states: &[Video],
) -> Result<(), TestCaseError> {
    let Question { filter, order, .. } = question;
    let place: Option<SortPosition> = question.place_of.map(|it| order.place_of(it.get(states)));
    let page = question.page(place);
    let found = moment.list(filter, order, &page).await.map_err(failed)?;
    prop_assert_eq!(found, then.list(filter, order, &page).await.map_err(failed)?, "{:?}", page);
    let start = moment.rows_before(filter, order, &page).await.map_err(failed)?;
    let expected = then.rows_before(filter, order, &page).await.map_err(failed)?;
    prop_assert_eq!(start, expected, "{:?}", page);
    let count = moment.count(filter).await.map_err(failed)?;
    prop_assert_eq!(count, then.count(filter).await.map_err(failed)?);
    Ok(())
}

async fn searches(
    moment: &Moment,
    then: &MemoryRepository,
    question: &Question,
    states: &[Video],
) -> Result<(), TestCaseError> {
    let Question { filter, query, .. } = question;
    let place = question.place_of.and_then(|index| {
        let video = index.get(states);
        let tier = query.rank(&video.values)?;
        Some(SearchPosition { tier, created_at: video.created_at, id: video.id })
    });
    let page = question.page(place);
    let found = moment.search(query, filter, &page).await.map_err(failed)?;
    prop_assert_eq!(found, then.search(query, filter, &page).await.map_err(failed)?);
    let start = moment.hits_before(query, filter, &page).await.map_err(failed)?;
    prop_assert_eq!(start, then.hits_before(query, filter, &page).await.map_err(failed)?);
    let count = moment.count_found(query, filter).await.map_err(failed)?;
    prop_assert_eq!(count, then.count_found(query, filter).await.map_err(failed)?);
    Ok(())
}

async fn statistics(
    moment: &Moment,
    then: &MemoryRepository,
    question: &Question,
    states: &[Video],
) -> Result<(), TestCaseError> {
    let Question { filter, limit, .. } = question;
    let stats = moment.stats(filter).await.map_err(failed)?;
    prop_assert_eq!(stats, then.stats(filter).await.map_err(failed)?);
    for (field, unit) in TimeField::ALL.into_iter().zip(TimeUnit::ALL) {
        let zone = "Europe/Berlin".parse().unwrap();
        let grouping = TimeGrouping { field, unit, zone, limit: *limit };
        let found = moment.time_buckets(filter, &grouping).await.map_err(failed)?;
        prop_assert_eq!(found, then.time_buckets(filter, &grouping).await.map_err(failed)?);
    }
    let video = question.video.get(states);
    let bounds = Bounds::new(vec![video.values.file_size.get()]).unwrap();
    let found = moment.file_sizes(filter, &bounds).await.map_err(failed)?;
    prop_assert_eq!(found, then.file_sizes(filter, &bounds).await.map_err(failed)?);
    let bounds = Bounds::new(vec![video.values.duration_seconds()]).unwrap();
    let found = moment.durations(filter, &bounds).await.map_err(failed)?;
    prop_assert_eq!(found, then.durations(filter, &bounds).await.map_err(failed)?);
    let found = moment.extremes(filter).await.map_err(failed)?;
    prop_assert_eq!(found, then.extremes(filter).await.map_err(failed)?);
    for under in [None, Some("/m/"), Some("/")] {
        let under = under.map(|under| Folder::new(under).unwrap());
        let after = question.way.map(|_| video.values.path.as_str().to_owned());
        let page = FolderPage { under, after, limit: *limit };
        let found = moment.folders(filter, &page).await.map_err(failed)?;
        prop_assert_eq!(found, then.folders(filter, &page).await.map_err(failed)?);
    }
    Ok(())
}

fn any_two_moments_differ_as_they_did<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, log) = runtime.block_on(eventful(open()));
    let moments = Moments::new(UNLIMITED);
    let inputs = (any::<Index>(), any::<Option<Index>>(), any::<Index>());
    check(&runtime, inputs, async |(from, until, after)| {
        let end = until.map(|until| until.get(&log).write_end);
        let entry = from.get(&log);
        let (from, until) = match end {
            Some(end) if end < entry.write_end => (end, Some(entry.write_end)),
            end => (entry.write_end, end),
        };
        let at = async |sequence: i64| {
            let place = LogPosition::behind(&log[usize::try_from(sequence - 1).unwrap()]);
            let moment = moment_at(&moments, &*opened.store, MomentAt::Place(place)).await;
            (moment, replayed(&log, sequence).await)
        };
        let (moment, then) = at(from).await;
        let (later, now) = at(until.unwrap_or(log.last().unwrap().sequence)).await;
        let later = until.is_some().then_some(&later);
        let found = moments.differences(&moment, later).await.map_err(failed)?;
        let after: VideoId = after.get(&log).entity_id;
        let expected = differences(&log, &then, &now).await;
        prop_assert_eq!(found.count(), expected.len());
        for after in [None, Some(after)] {
            let rest: Vec<_> = expected.iter().filter(|(id, _)| Some(*id) > after).collect();
            let found: Vec<_> = found.after(after).map(|it| (it.id, it.changes)).collect();
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), rest);
        }
        let has_before = expected.iter().any(|(id, _)| *id <= after);
        prop_assert_eq!(found.has_up_to(after), has_before);
        Ok(())
    });
}

/// What differs between two libraries.
async fn differences(
    log: &[AuditEntry],
    then: &MemoryRepository,
    now: &MemoryRepository,
) -> Vec<(VideoId, Vec<FieldChange>)> {
    let ids: BTreeSet<VideoId> = log.iter().map(|entry| entry.entity_id).collect();
    let mut differences = Vec::new();
    for id in ids {
        let (before, after) = (then.get(id).await.unwrap(), now.get(id).await.unwrap());
        let changes = FieldChange::between(before.as_ref(), after.as_ref());
        if !changes.is_empty() {
            differences.push((id, changes));
        }
    }
    differences
}
