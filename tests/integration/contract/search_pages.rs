//! Pages of searches: from places whose videos have gone, from the ends, and random ones of random
//! searches, all compared with the definition.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;
use reelgraph::domain::search::Tier;
use reelgraph::domain::{
    NewVideo, PageRequest, SearchPosition, Timestamp, Video, VideoFilter, VideoId, VideoPatch,
};
use reelgraph::repository::VideoRepository;
use tokio::runtime::Runtime;

use super::contents;
use super::definition::{Defined, Search, checked_page, walk};
use super::library::filled;
use super::searches::{at, fill};
use super::stores::Opened;
use crate::support::clock::counted_id;
use crate::support::filters::any_filter;
use crate::support::properties::check;
use crate::support::queries::any_query;
use crate::support::videos::{by, second, text};

contract_suite! {
    cases:
        a_place_outlives_its_video_and_its_rank,
        every_end_of_a_result_is_a_place,
        limits_go_from_nothing_to_everything;
    properties: any_search_is_walked_either_way, any_place_starts_a_page;
}

async fn a_place_outlives_its_video_and_its_rank(store: &dyn VideoRepository) {
    fill(store, &["/m/Two 1", "/m/Two 2", "/m/Two 3", "/m/Twos 4"]).await;
    let place = |number| SearchPosition {
        tier: Tier::FilenameWhole,
        created_at: second(number),
        id: counted_id(number.unsigned_abs()),
    };
    let numbers = async |page| {
        let page = Search::for_text("two").list(store, &page).await.unwrap();
        let number = |id| (1..=4).find(|number| counted_id(*number) == id).unwrap();
        let numbers: Vec<u64> = page.items.iter().map(|hit| number(hit.video.id)).collect();
        (numbers, page.has_previous, page.has_next)
    };
    let after = |number| PageRequest::Forward { limit: 1, after: Some(place(number)) };
    let before = |number| PageRequest::Backward { limit: 1, before: Some(place(number)) };
    store.delete(counted_id(2), None, by(5)).await.unwrap();
    assert_eq!(numbers(after(2)).await, (vec![1], true, true));
    assert_eq!(numbers(before(2)).await, (vec![3], false, true));
    // What stood at the place is farther down now.
    let lower = VideoPatch { filename: Some(text("Twos 3")), ..VideoPatch::default() };
    store.update(counted_id(3), lower, None, by(6)).await.unwrap();
    assert_eq!(numbers(after(3)).await, (vec![1], false, true));
    assert_eq!(numbers(before(3)).await, (vec![], false, true));
    assert_eq!(numbers(after(1)).await, (vec![4], true, true));
    assert_eq!(numbers(before(0)).await, (vec![1], false, true));
}

async fn every_end_of_a_result_is_a_place(store: &dyn VideoRepository) {
    let paths = ["/m/Two", "/m/Twos", "/two/a", "/twos/b"];
    for (number, path) in (1..).zip(paths) {
        for (offset, time) in [(0, Timestamp::MIN), (4, second(1)), (8, Timestamp::MAX)] {
            let video = at(number + offset, &format!("{path} {offset}"));
            store.insert(NewVideo { created_at: Some(time), ..video }, by(1)).await.unwrap();
        }
    }
    let (videos, _) = contents(store).await;
    let search = Search::for_text("two");
    let rows = search.rows_of(&videos);
    assert_eq!(rows.len(), 12);
    for tier in Tier::ALL {
        for created_at in [Timestamp::MIN, Timestamp::MAX] {
            for byte in [0, u8::MAX] {
                let place =
                    Some(SearchPosition { tier, created_at, id: VideoId::from_bytes([byte; 16]) });
                for limit in [1, 9] {
                    for page in [
                        PageRequest::Forward { limit, after: place },
                        PageRequest::Backward { limit, before: place },
                    ] {
                        checked_page(store, &search, &page, &rows).await.unwrap();
                    }
                }
            }
        }
    }
}

async fn limits_go_from_nothing_to_everything(store: &dyn VideoRepository) {
    fill(store, &["/m/Two 1", "/two/2", "/m/Twos 3", "/twos/4", "/m/5"]).await;
    let (videos, _) = contents(store).await;
    for query in ["two", "zwei", "-two", "m two", "m -two"] {
        let search = Search::for_text(query);
        let rows = search.rows_of(&videos);
        for limit in [0, 3, 4, 5, usize::MAX] {
            for place in rows.iter().map(|row| Some(row.place())).chain([None]) {
                let forward = PageRequest::Forward { limit, after: place };
                checked_page(store, &search, &forward, &rows).await.unwrap();
                let backward = PageRequest::Backward { limit, before: place };
                checked_page(store, &search, &backward, &rows).await.unwrap();
            }
        }
    }
}

fn any_search(videos: &Arc<[Video]>) -> impl Strategy<Value = Search> {
    let filter = prop_oneof![
        2 => Just(VideoFilter::everything()),
        1 => any_filter(videos.clone()),
    ];
    (any_query(videos), filter).prop_map(|(query, filter)| Search { query, filter })
}

fn any_search_is_walked_either_way<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let inputs = (vec(any_search(&videos), 4), vec(3..50_usize, 1..4));
    check(&runtime, inputs, async |(searches, limits)| {
        for search in searches {
            walk(&*opened.store, &search, &limits, &videos).await.map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
}

fn any_place_starts_a_page<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let inputs = (any_search(&videos), vec(any_page(videos.clone()), 8));
    check(&runtime, inputs, async |(search, pages)| {
        let rows = search.rows_of(&videos);
        for page in pages {
            let page = checked_page(&*opened.store, &search, &page, &rows).await;
            page.map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
}

/// A page from any tier, at the time of one video and mostly with the ID of another.
fn any_page(videos: Arc<[Video]>) -> impl Strategy<Value = PageRequest<SearchPosition>> {
    let place = (select(&Tier::ALL[..]), any::<Index>(), any::<Option<Index>>()).prop_map(
        move |(tier, time_of, id_of)| {
            let id = id_of.map_or(VideoId::from_bytes([0x80; 16]), |id| id.get(&videos).id);
            SearchPosition { tier, created_at: time_of.get(&videos).created_at, id }
        },
    );
    let offset = prop_oneof![2 => Just(0), 1 => 0..6_usize, 1 => 0..2_000_usize];
    (place, 0..6_usize, any::<Option<bool>>(), offset).prop_map(|(place, limit, way, offset)| {
        match way {
            Some(true) => PageRequest::Backward { limit, before: Some(place) },
            Some(false) => PageRequest::Forward { limit, after: Some(place) }.skipping(offset),
            None => PageRequest::first(limit).skipping(offset),
        }
    })
}
