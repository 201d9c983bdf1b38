//! The words of videos in PostgreSQL: they are kept, verified and cut anew, and no search goes through all
//! of them.

use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::domain::{
    NewVideo, PageRequest, SearchPosition, SearchQuery, VideoFilter, VideoOrder, VideoPatch,
};
use reelgraph::repository::postgres::PostgresRepository;
use reelgraph::repository::{OnConflict, VideoReader, VideoRepository};

use super::many::many;
use super::{open, run};
use crate::support::clock::counted_id;
use crate::support::postgres::{empty_library, number};
use crate::support::videos::{by, second, text, video};

fn parsed(query: &str) -> SearchQuery {
    SearchQuery::parse(query).unwrap()
}

async fn count(store: &PostgresRepository, query: &str) -> u64 {
    store.count_found(&parsed(query), &VideoFilter::everything()).await.unwrap()
}

/// Adds so many videos with the words `video`, `odd` or `even`, and their number.
pub(super) async fn fill(store: &PostgresRepository, count: u64) {
    let new = |number: u64| {
        let mut video = video(number % 50);
        let kind = if number.is_multiple_of(2) { "Even" } else { "Odd" };
        video.values.filename = text(&format!("{kind} video {number}.mkv"));
        video.values.path = text(&format!("/media/{}", video.values.filename));
        video.created_at = Some(second(i64::try_from(number).unwrap()));
        NewVideo { id: counted_id(number), ..video }
    };
    for some in (0..count).collect::<Vec<_>>().chunks(1000) {
        let videos = some.iter().copied().map(new).collect();
        store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn words_that_are_not_those_of_the_videos_are_reported() {
    let url = empty_library().await;
    let store = open(&url).await;
    fill(&store, 5).await;
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    let changed = counted_id(1);
    let gone = counted_id(2);
    let changed_path = counted_id(3);
    run(&url, &format!("UPDATE video_search SET filename = ' x ' WHERE id = '{changed}'")).await;
    let of_path = format!("WHERE id = '{changed_path}'");
    run(&url, &format!("UPDATE video_search SET anywhere = anywhere || 'x ' {of_path}")).await;
    run(&url, &format!("DELETE FROM video_search WHERE id = '{gone}'")).await;
    let unknown = counted_id(9);
    run(&url, &format!("INSERT INTO video_search VALUES (1, '{unknown}', ' x ', ' x ')")).await;
    let faults = store.check().await.unwrap();
    let lacks = |id| format!("the search index does not have the words of video {id}");
    let too_many = format!("the search index has words of video {unknown}, which is not there");
    assert_eq!(faults, [too_many, lacks(changed), lacks(gone), lacks(changed_path)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn words_of_other_rules_are_cut_anew_when_the_library_is_opened() {
    let url = empty_library().await;
    let store = open(&url).await;
    // More than are read together.
    fill(&store, 2500).await;
    store.close().await.unwrap();
    run(&url, "UPDATE search_version SET version = version - 1").await;
    run(&url, "DELETE FROM video_search WHERE created_at % 2000000 = 0").await;
    run(&url, "UPDATE video_search SET anywhere = ' old '").await;
    let (store, other) = tokio::join!(open(&url), open(&url));
    assert_eq!(count(&store, "media video").await, 2500);
    assert_eq!(count(&other, "old").await, 0);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn an_index_without_pairs_of_words_is_replaced_when_the_library_is_opened() {
    let url = empty_library().await;
    let store = open(&url).await;
    fill(&store, 50).await;
    store.close().await.unwrap();
    run(&url, "DROP INDEX video_search_tokens; DROP FUNCTION search_tokens_2").await;
    run(&url, &first_index()).await;
    run(&url, "DELETE FROM migrations WHERE name LIKE '%index_pairs_of_words'").await;
    let store = open(&url).await;
    assert_eq!(count(&store, "\"even video\"").await, 25);
    assert_eq!(count(&store, "video -\"odd video\"").await, 25);
    assert_eq!(
        number(&url, "SELECT count(*) FROM pg_proc WHERE proname = 'search_tokens_1'").await,
        0
    );
}

/// The index as libraries had it first.
fn first_index() -> String {
    let migration = include_str!("../../../migrations/postgres/20261129093000_create_search.sql");
    let (_, after) = migration.split_once("CREATE FUNCTION").unwrap();
    let (index, _) = after.split_once("CREATE TABLE").unwrap();
    format!("CREATE FUNCTION{index}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_change_that_renames_nothing_leaves_the_words_alone() {
    let url = empty_library().await;
    let store = open(&url).await;
    fill(&store, 1).await;
    let id = counted_id(0);
    let stored = async || number(&url, "SELECT xmin::text::bigint FROM video_search").await;
    let before = stored().await;
    let codec = VideoPatch { video_codec: Some(text("new")), ..VideoPatch::default() };
    store.update(id, codec, None, by(2)).await.unwrap();
    let same_words =
        VideoPatch { filename: Some(text("EVEN.video.0-mkv")), ..VideoPatch::default() };
    store.update(id, same_words, None, by(3)).await.unwrap();
    assert_eq!(stored().await, before);
    let renamed = VideoPatch { filename: Some(text("Other")), ..VideoPatch::default() };
    store.update(id, renamed, None, by(4)).await.unwrap();
    assert_ne!(stored().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn no_search_goes_through_all_words() {
    let url = &many().await.url;
    let before = number(url, SCANS).await;
    // PostgreSQL plans for the values of a statement at first, and later perhaps for any.
    for plans in ["force_custom_plan", "force_generic_plan"] {
        let store = open(&format!("{url}&options=-c%20plan_cache_mode%3D{plans}")).await;
        search_in_every_way(&store).await;
        // Each connection reports what it did when it ends.
        store.close().await.unwrap();
    }
    assert_eq!(number(url, SCANS).await, before);
    for index in ["video_search_tokens", "video_search_pkey"] {
        let look_ups =
            format!("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '{index}'");
        assert!(number(url, &look_ups).await > 0);
    }
}

/// How often the words of all videos were gone through.
const SCANS: &str = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'video_search'";

async fn search_in_every_way(store: &PostgresRepository) {
    let codec =
        |name: &str| VideoFilter::Text(TextField::VideoCodec, TextTest::Eq(name.to_owned()));
    for query in [
        "media",
        "vid",
        "odd",
        "odd even",
        "\"vault 3\"",
        "video -odd",
        "video 77",
        "nosuchword",
        "Old-Times 3.777.mkv",
    ] {
        let query = parsed(query);
        for filter in [VideoFilter::everything(), codec("h264"), codec("av1")] {
            search_with(store, &query, &filter).await;
        }
        let search = VideoFilter::Search(query.clone());
        for filter in [search.clone(), VideoFilter::except(search)] {
            let first = PageRequest::first(20);
            store.list(&filter, &VideoOrder::default(), &first).await.unwrap();
            store.count(&filter).await.unwrap();
        }
    }
}

async fn search_with(store: &PostgresRepository, query: &SearchQuery, filter: &VideoFilter) {
    let first = PageRequest::first(20);
    let page = store.search(query, filter, &first).await.unwrap();
    store.search(query, filter, &PageRequest::last(20)).await.unwrap();
    store.search(query, filter, &first.skipping(50)).await.unwrap();
    store.count_found(query, filter).await.unwrap();
    let Some(hit) = page.items.last() else { return };
    let place: Option<SearchPosition> = Some(hit.place());
    let after = PageRequest::Forward { limit: 20, after: place };
    store.search(query, filter, &after).await.unwrap();
    store.hits_before(query, filter, &after).await.unwrap();
    let before = PageRequest::Backward { limit: 20, before: place };
    store.search(query, filter, &before).await.unwrap();
}
