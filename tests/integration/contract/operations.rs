//! Random writes: whatever is done in whatever order, a store answers, fails and logs as the model
//! does, and stays sound.

use futures_util::TryStreamExt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;
use reelgraph::domain::{
    AuditEntry, NewVideo, PageRequest, Video, VideoFilter, VideoId, VideoPatch, VideoValues,
};
use reelgraph::repository::{
    Becomes, ChangeContext, Claim, Claims, OnConflict, PlannedChange, PlannedChanges,
    RepositoryError, VideoRepository, Write, Written,
};

use super::contents;
use super::definition::{Search, walk};
use super::model::Model;
use super::statistics::are_as_defined;
use super::stores::Opened;
use tokio::runtime::Runtime;

use crate::support::clock::counted_id;
use crate::support::properties::check;
use crate::support::videos::{any_values, second, text, video_with};

contract_suite! {
    properties: any_writes_are_answered_as_the_model_answers;
}

/// Few paths and few IDs, so that most writes meet others.
const PATHS: &[&str] = &["/a", "/A", "/b c", "/é", "/e\u{301}"];
const IDS: u64 = 5;

fn any_writes_are_answered_as_the_model_answers<F>(open: fn() -> F)
where
    F: Future<Output = Opened>,
{
    let runtime = Runtime::new().unwrap();
    check(&runtime, vec((any_write(), any_attribution()), 1..25), async |writes| {
        let opened = open().await;
        let mut model = Model::default();
        for (write, by) in writes {
            let write = planned_now(write, &model);
            let answer = opened.store.write(write.clone(), by.clone()).await;
            let expected = model.write(write, &by);
            prop_assert_eq!(shown(answer), shown(expected));
        }
        is_as(&*opened.store, &model).await
    });
}

/// An answer as text, the numbers of its entries left out.
fn shown(answer: Result<Vec<Written>, RepositoryError>) -> String {
    let unnumbered = |written: Written| Written { entry: written.entry.map(unnumbered), ..written };
    let answer: Result<Vec<_>, _> =
        answer.map(|written| written.into_iter().map(unnumbered).collect());
    format!("{answer:#?}")
}

/// An entry as if the log began with it, as the model has it.
fn unnumbered(entry: AuditEntry) -> AuditEntry {
    AuditEntry { sequence: 0, write_end: entry.write_end - entry.sequence, ..entry }
}

/// Compares all that can be read with the model.
async fn is_as(store: &dyn VideoRepository, model: &Model) -> Result<(), TestCaseError> {
    let (videos, mut log) = contents(store).await;
    let mut expected = model.videos.clone();
    expected.sort_by_key(|video| std::cmp::Reverse((video.created_at, video.id)));
    prop_assert_eq!(&videos, &expected);
    expected.reverse();
    prop_assert_eq!(store.scan().try_collect::<Vec<_>>().await.unwrap(), expected);

    log.reverse();
    prop_assert!(log.is_sorted_by(|one, next| one.sequence < next.sequence));
    prop_assert!(log.is_sorted_by_key(|entry| entry.timestamp));
    let ids: Vec<_> = log.iter().map(AuditEntry::id).collect();
    let single: Vec<_> = store.get_entries(&ids).await.unwrap().into_iter().flatten().collect();
    prop_assert_eq!(&single, &log);
    prop_assert_eq!(&store.videos_at(&ids).await.unwrap(), &model.states);
    let log: Vec<_> = log.into_iter().map(unnumbered).collect();
    prop_assert_eq!(&log, &model.log);

    let ids: Vec<VideoId> = (0..IDS).map(counted_id).collect();
    let found = store.get_many(&ids).await.unwrap();
    let histories = store.entries_of(&ids, &PageRequest::first(1000)).await.unwrap();
    for ((id, found), history) in ids.iter().zip(found).zip(histories) {
        prop_assert_eq!(found.as_ref(), model.get(*id));
        let expected = model.log.iter().rev().filter(|entry| entry.entity_id == *id);
        let history = history.items.into_iter().map(unnumbered);
        prop_assert_eq!(history.collect::<Vec<_>>(), expected.cloned().collect::<Vec<_>>());
    }
    for path in PATHS {
        let found = store.get_by_path(path).await.unwrap();
        prop_assert_eq!(found.as_ref(), model.get_by_path(&text(path)));
    }
    for query in ["a", "e mkv", "b c", "x26 -720p", "\"dvdrip\""] {
        walk(store, &Search::for_text(query), &[2], &videos).await.map_err(TestCaseError::fail)?;
    }
    let everything = VideoFilter::everything();
    are_as_defined(store, &everything, &videos).await.map_err(TestCaseError::fail)?;
    prop_assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    Ok(())
}

pub fn any_write() -> impl Strategy<Value = Write> {
    let on_conflict = select(vec![OnConflict::Fail, OnConflict::Skip, OnConflict::Update]);
    let insert = (vec(any_new_video(), 0..5), on_conflict)
        .prop_map(|(videos, on_conflict)| Write::Insert { videos, on_conflict });
    let update = (any_id(), any_patch(), any_expected_version())
        .prop_map(|(id, patch, expected_version)| Write::Update { id, patch, expected_version });
    let delete = (any_id(), any_expected_version())
        .prop_map(|(id, expected_version)| Write::Delete { id, expected_version });
    let planned = vec(any_planned_change(), 0..4)
        .prop_map(|changes| Write::Planned(PlannedChanges::by_versions(changes)));
    let restore = (any_past(), any_expected_version())
        .prop_map(|(past, expected_version)| Write::Restore { past, expected_version });
    prop_oneof![
        3 => insert,
        4 => update,
        2 => delete,
        3 => planned,
        2 => restore,
        2 => any_check(),
    ]
}

/// The write with what was planned for version 0 as if it had just been planned.
fn planned_now(write: Write, model: &Model) -> Write {
    let Write::Planned(mut plan) = write else { return write };
    for PlannedChange { id, version, becomes } in &mut plan.changes {
        if *version != 0 {
            continue;
        }
        let versions = model.log.iter().filter(|entry| entry.entity_id == *id);
        *version = versions.map(|entry| entry.version).max().unwrap_or(0);
        let values = becomes.values().cloned().map(Box::new);
        *becomes = match (model.get(*id), values) {
            (Some(_), Some(values)) => Becomes::Values(values),
            (None, Some(values)) => Becomes::Restored { values, created_at: second(3) },
            (_, None) => Becomes::Deleted,
        };
    }
    Write::Planned(plan)
}

/// A change that was planned from a library that may have been like this one, or just now.
fn any_planned_change() -> impl Strategy<Value = PlannedChange> {
    let values = any_few_values().prop_map(Box::new).prop_map(Becomes::Values);
    let restored =
        (any_few_values(), (-2..12_i64).prop_map(second)).prop_map(|(values, created_at)| {
            Becomes::Restored { values: Box::new(values), created_at }
        });
    let becomes = prop_oneof![3 => values, 2 => Just(Becomes::Deleted), 2 => restored];
    (any_id(), prop_oneof![4 => Just(0), 1 => 1..4_i32], becomes)
        .prop_map(|(id, version, becomes)| PlannedChange { id, version, becomes })
}

/// A state that a video may have had: nothing checks whether it did.
fn any_past() -> impl Strategy<Value = Video> {
    let any_time = || (-2..12_i64).prop_map(second);
    (any_id(), any_few_values(), any_time(), any_time(), 1..4_i32).prop_map(
        |(id, values, created_at, updated_at, version)| Video {
            id,
            values,
            created_at,
            updated_at,
            version,
        },
    )
}

/// A look for the conflicts of an addition or a change that is not valid.
fn any_check() -> impl Strategy<Value = Write> {
    let any_path = || prop::option::of(select(PATHS).prop_map(text));
    let invalid =
        (prop::option::of(any_id()), any_path()).prop_map(|(id, path)| Claim::Invalid { id, path });
    let claim = prop_oneof![any_new_video().prop_map(Claim::Valid), invalid];
    let insert = vec(claim, 0..5).prop_map(Claims::Insert);
    let update = (any_id(), any_path(), any_expected_version())
        .prop_map(|(id, path, expected_version)| Claims::Update { id, path, expected_version });
    prop_oneof![insert, update].prop_map(Write::Check)
}

fn any_id() -> impl Strategy<Value = VideoId> {
    (0..IDS).prop_map(counted_id)
}

fn any_expected_version() -> impl Strategy<Value = Option<i32>> {
    prop_oneof![3 => Just(None), 1 => (1..5).prop_map(Some)]
}

fn any_new_video() -> impl Strategy<Value = NewVideo> {
    // Some before, some among and some after the times of changes.
    let any_time = || prop::option::weighted(0.2, (-2..12_i64).prop_map(second));
    (any_id(), any_few_values(), any_time(), any_time()).prop_map(
        |(id, values, created_at, updated_at)| NewVideo {
            id,
            values,
            created_at,
            updated_at,
            is_known_by_path: false,
        },
    )
}

/// Values that differ in few fields, so that a video is often added again as it is.
fn any_few_values() -> impl Strategy<Value = VideoValues> {
    let plain = (select(PATHS), 0..2_u64)
        .prop_map(|(path, number)| video_with(number, |values| values.path = text(path)).values);
    prop_oneof![2 => plain, 1 => any_values(PATHS)]
}

/// Some of the fields of some video, mostly few of them.
fn any_patch() -> impl Strategy<Value = VideoPatch> {
    (any_few_values(), any::<u16>(), any::<u16>()).prop_map(|(values, some, others)| {
        let all = VideoPatch::replacing(values);
        let has = |field: u32| some & others & (1 << field) != 0;
        VideoPatch {
            path: all.path.filter(|_| has(0)),
            filename: all.filename.filter(|_| has(1)),
            duration_frames: all.duration_frames.filter(|_| has(2)),
            frame_rate: all.frame_rate.filter(|_| has(3)),
            width: all.width.filter(|_| has(4)),
            height: all.height.filter(|_| has(5)),
            video_codec: all.video_codec.filter(|_| has(6)),
            audio_codec: all.audio_codec.filter(|_| has(7)),
            file_size: all.file_size.filter(|_| has(8)),
            thumbnail_path: all.thumbnail_path.filter(|_| has(9)),
            // No facts given leave those of the video; these clear them.
            file: Some(all.file.flatten()).filter(|_| has(10)),
        }
    })
}

pub fn any_attribution() -> impl Strategy<Value = ChangeContext> {
    let name = || prop::option::of(select(vec!["", "ana", "b'en\""]).prop_map(String::from));
    ((1..9_i64).prop_map(second), name(), name())
        .prop_map(|(at, actor, request_id)| ChangeContext { at, actor, request_id })
}
