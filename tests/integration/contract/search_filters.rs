//! Searches inside filters: they find what the search itself finds, in every list, count and order.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use reelgraph::domain::filter::{IntegerField, IntegerTest};
use reelgraph::domain::{
    Direction, OrderField, OrderKey, PageRequest, SearchQuery, Video, VideoFilter, VideoId,
    VideoOrder, VideoPatch,
};
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::runtime::Runtime;

use super::contents;
use super::definition::{Search, Selection, walk};
use super::library::filled;
use super::searches::{fill, fill_with_pairs};
use super::statistics::are_as_defined;
use super::stores::Opened;
use crate::support::clock::counted_id;
use crate::support::filters::{any_filter, any_order};
use crate::support::properties::check;
use crate::support::queries::{STRANGE, any_query};
use crate::support::videos::{by, sample, text};

contract_suite! {
    cases:
        a_filter_holds_for_every_pair_of_a_file_and_a_query,
        text_without_a_required_word_finds_nothing_and_under_not_everything,
        whole_names_are_found_whatever_their_signs,
        the_longest_queries_are_answered_in_filters,
        hits_of_frequent_words_are_sorted_by_anything,
        both_searches_must_hold,
        every_change_is_found_at_once_by_filters;
    properties: a_filter_finds_what_the_search_finds, hits_are_walked_in_any_order;
}

fn parse(query: &str) -> SearchQuery {
    SearchQuery::parse(query).unwrap()
}

fn search(query: &str) -> VideoFilter {
    VideoFilter::Search(parse(query))
}

/// The IDs that a filter finds, in ascending order.
async fn listed(store: &dyn VideoRepository, filter: &VideoFilter) -> Vec<VideoId> {
    let page = store.list(filter, &VideoOrder::default(), &PageRequest::first(10_000)).await;
    let page = page.unwrap_or_else(|error| panic!("{filter:?}: {error:?}"));
    let mut ids: Vec<VideoId> = page.items.iter().map(|video| video.id).collect();
    ids.sort_unstable();
    ids
}

/// Compares what a filter with only this search finds with what the search finds, and what its
/// complement finds with the rest.
///
/// # Errors
/// What is not as it must be, in words.
async fn agrees_with_search(
    store: &dyn VideoRepository,
    query: &SearchQuery,
    videos: &[Video],
) -> Result<(), String> {
    let all = PageRequest::first(10_000);
    let page = store.search(query, &VideoFilter::everything(), &all).await.unwrap();
    let mut hits: Vec<VideoId> = page.items.iter().map(|hit| hit.video.id).collect();
    hits.sort_unstable();
    let filter = VideoFilter::Search(query.clone());
    let found = listed(store, &filter).await;
    if found != hits {
        return Err(format!("{query:?} finds {hits:?}, and {found:?} in a filter"));
    }
    let others = listed(store, &VideoFilter::except(filter.clone())).await;
    if others.len() + hits.len() != videos.len() || others.iter().any(|id| hits.contains(id)) {
        return Err(format!("{query:?} finds {hits:?}, and {others:?} are not found"));
    }
    are_as_defined(store, &filter, videos).await?;
    are_as_defined(store, &VideoFilter::except(filter), videos).await
}

async fn a_filter_holds_for_every_pair_of_a_file_and_a_query(store: &dyn VideoRepository) {
    let pairs = fill_with_pairs(store).await;
    assert_eq!(pairs.len(), 128);
    let (videos, _) = contents(store).await;
    for pair in pairs {
        let query = parse(&pair.query);
        agrees_with_search(store, &query, &videos).await.unwrap();
        let found = listed(store, &VideoFilter::Search(query)).await;
        let is_named = |video: &&Video| video.values.filename.as_str() == pair.filename;
        let video = videos.iter().find(is_named).unwrap();
        assert_eq!(found.contains(&video.id), pair.found, "{} by {}", pair.filename, pair.query);
    }
}

async fn text_without_a_required_word_finds_nothing_and_under_not_everything(
    store: &dyn VideoRepository,
) {
    fill(store, &["/m/a.mkv", "/m/b c.mkv", "/m/日本.mkv"]).await;
    for text in ["", " ", "...", "-a", "-\"b c\" -m", "\0", "\"-\"", "\u{301}", "(", "-"] {
        let filter = search(text);
        assert_eq!(store.count(&filter).await.unwrap(), 0, "{text:?}");
        assert_eq!(listed(store, &filter).await, [], "{text:?}");
        assert_eq!(store.count(&VideoFilter::except(filter.clone())).await.unwrap(), 3, "{text:?}");
        assert_eq!(listed(store, &VideoFilter::except(filter)).await.len(), 3, "{text:?}");
    }
    let (videos, _) = contents(store).await;
    for strange in STRANGE {
        for text in [strange.to_owned(), format!("{strange} mkv"), format!("mkv\"{strange}")] {
            agrees_with_search(store, &parse(&text), &videos).await.unwrap();
        }
    }
}

async fn whole_names_are_found_whatever_their_signs(store: &dyn VideoRepository) {
    let paths = ["/m/-Show \"A\" -DDR.mkv", "/m/(.MKV", "/m/-m", "/m/Show A DDR.mkv"];
    fill(store, &paths).await;
    let (videos, _) = contents(store).await;
    let cases: [(&str, &[u64]); 7] = [
        ("-Show \"A\" -DDR.mkv", &[1]),
        ("-Show \"A\" -DDR", &[1]),
        (" /m/-m ", &[1, 2, 3, 4]),
        ("(", &[2]),
        ("-m", &[3]),
        ("Show A DDR", &[1, 4]),
        ("show", &[1, 4]),
    ];
    for (text, numbers) in cases {
        let expected: Vec<VideoId> = numbers.iter().map(|number| counted_id(*number)).collect();
        let search = search(text);
        assert_eq!(listed(store, &search).await, expected, "{text}");
        for order in orders() {
            for filter in [search.clone(), VideoFilter::Any(vec![search.clone(), wide()])] {
                let selection = Selection { filter, order: order.clone() };
                walk(store, &selection, &[1, 2], &videos).await.unwrap();
            }
        }
    }
}

async fn the_longest_queries_are_answered_in_filters(store: &dyn VideoRepository) {
    let words: Vec<String> = (10..74).map(|number| number.to_string()).collect();
    assert_eq!(words.len(), SearchQuery::MAX_WORDS);
    let run = "日".repeat(SearchQuery::MAX_CHARACTERS);
    let paths = [format!("/{}", words.join(" ")), format!("/{run}"), "/10".to_owned()];
    fill(store, &paths.each_ref().map(String::as_str)).await;
    let (videos, _) = contents(store).await;
    let excluded = format!("10 -{}", words[1..].join(" -"));
    for text in [words.join(" "), format!("\"{}", words.join(" ")), excluded, run] {
        agrees_with_search(store, &parse(&text), &videos).await.unwrap();
        assert_eq!(store.count(&search(&text)).await.unwrap(), 1, "{text}");
    }
}

fn wide() -> VideoFilter {
    VideoFilter::Integer(IntegerField::Width, IntegerTest::Eq(3840))
}

/// Orders whose indexes a store may walk, and some that no index follows.
fn orders() -> Vec<VideoOrder> {
    let key = |field, direction| OrderKey { field, direction };
    let (asc, desc) = (Direction::Asc, Direction::Desc);
    let orders = [
        vec![],
        vec![key(OrderField::CreatedAt, asc)],
        vec![key(OrderField::FileSize, desc)],
        vec![key(OrderField::FilenameNatural, asc)],
        vec![key(OrderField::Duration, asc), key(OrderField::Path, desc)],
        vec![key(OrderField::CreatedAt, desc), key(OrderField::FileSize, asc)],
    ];
    orders.into_iter().map(VideoOrder::by).collect()
}

async fn hits_of_frequent_words_are_sorted_by_anything(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    let (videos, _) = contents(store).await;
    for text in ["media", "mkv -x264", "s0 hdtv", "\"web dl\" 1080p"] {
        agrees_with_search(store, &parse(text), &videos).await.unwrap();
        for order in orders() {
            let selection = Selection { filter: search(text), order };
            walk(store, &selection, &[100, 61], &videos).await.unwrap();
        }
        let filter = VideoFilter::All(vec![wide(), search(text)]);
        are_as_defined(store, &filter, &videos).await.unwrap();
    }
}

async fn both_searches_must_hold(store: &dyn VideoRepository) {
    fill(store, &["/a/Two.mkv", "/b/Twos.mkv", "/a/Two.avi", "/a/twos.avi", "/a/b.mkv"]).await;
    let (videos, _) = contents(store).await;
    for (query, filter, numbers) in [
        ("two", search("a"), &[1, 3, 4][..]),
        ("two", VideoFilter::except(search("a")), &[2]),
        ("avi", search("\"two\""), &[3]),
        ("avi", search("none"), &[]),
        ("avi", search(""), &[]),
        ("Two", VideoFilter::Any(vec![search("Two.mkv"), search("b")]), &[1, 2]),
    ] {
        let expected: Vec<VideoId> = numbers.iter().map(|number| counted_id(*number)).collect();
        let both = VideoFilter::All(vec![search(query), filter.clone()]);
        assert_eq!(listed(store, &both).await, expected, "{query} {filter:?}");
        are_as_defined(store, &both, &videos).await.unwrap();
        let search = Search { query: parse(query), filter };
        walk(store, &search, &[1], &videos).await.unwrap();
    }
}

async fn every_change_is_found_at_once_by_filters(store: &dyn VideoRepository) {
    fill(store, &["/m/One.mkv", "/m/Two.mkv"]).await;
    let found = async |text: &str| listed(store, &search(text)).await.len();
    assert_eq!((found("one").await, found("mkv").await), (1, 2));
    let patch = VideoPatch { filename: Some(text("Three.mkv")), ..VideoPatch::default() };
    store.update(counted_id(1), patch, None, by(5)).await.unwrap();
    assert_eq!((found("three").await, found("mkv").await), (1, 2));
    let other_path = VideoPatch { path: Some(text("/n/Four.avi")), ..VideoPatch::default() };
    store.update(counted_id(1), other_path, None, by(5)).await.unwrap();
    assert_eq!((found("one").await, found("four").await, found("m").await), (0, 1, 2));
    store.delete(counted_id(2), None, by(6)).await.unwrap();
    assert_eq!((found("two").await, found("mkv").await), (0, 1));
}

fn a_filter_finds_what_the_search_finds<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    check(&runtime, any_query(&videos), async |query| {
        let outcome = agrees_with_search(&*opened.store, &query, &videos).await;
        outcome.map_err(TestCaseError::fail)
    });
}

fn any_hits(videos: &Arc<[Video]>) -> impl Strategy<Value = Selection> {
    let rest = prop_oneof![
        1 => Just(VideoFilter::everything()),
        1 => any_filter(videos.clone()),
    ];
    (any_query(videos), rest, any_order()).prop_map(|(query, rest, order)| {
        let filter = VideoFilter::All(vec![rest, VideoFilter::Search(query)]);
        Selection { filter, order }
    })
}

fn hits_are_walked_in_any_order<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let inputs = (any_hits(&videos), vec(3..50_usize, 1..4));
    check(&runtime, inputs, async |(selection, limits)| {
        walk(&*opened.store, &selection, &limits, &videos).await.map_err(TestCaseError::fail)?;
        are_as_defined(&*opened.store, &selection.filter, &videos)
            .await
            .map_err(TestCaseError::fail)
    });
}
