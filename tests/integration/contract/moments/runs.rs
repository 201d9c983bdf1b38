//! Lists of the past where many rows in a row have changed since.

use std::ops::Range;

use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::domain::{
    Direction, NewVideo, OrderField, OrderKey, Page, PageRequest, SortPosition, Video, VideoFilter,
    VideoOrder, VideoPatch,
};
use reelgraph::history::moment::{Moment, MomentAt, Moments};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::{UNLIMITED, moment_at};
use crate::support::clock::counted_id;
use crate::support::videos::{by, sample, text, video_with};

contract_suite! {
    cases: pages_around_long_runs_of_changes_are_as_they_were;
}

const VIDEOS: u64 = 300;

fn numbered(number: u64) -> NewVideo {
    let names = sample().len() as u64;
    let path = text(&format!("/runs/{number:04}.mkv"));
    NewVideo { id: counted_id(number), ..video_with(number % names, |values| values.path = path) }
}

async fn rename(store: &dyn VideoRepository, numbers: Range<u64>, filename: &str) {
    for number in numbers {
        let patch = VideoPatch { filename: Some(text(filename)), ..VideoPatch::default() };
        store.update(counted_id(number), patch, None, by(1000)).await.unwrap();
    }
}

/// The lists that are asked for: all, in both directions of two orders, and a part.
fn lists() -> Vec<(VideoFilter, VideoOrder)> {
    let by_path = |direction| VideoOrder::by(vec![OrderKey { field: OrderField::Path, direction }]);
    let odd = TextTest::Contains("1.mkv".into());
    vec![
        (VideoFilter::everything(), VideoOrder::default()),
        (VideoFilter::everything(), by_path(Direction::Asc)),
        (VideoFilter::everything(), by_path(Direction::Desc)),
        (VideoFilter::Text(TextField::Path, odd), by_path(Direction::Asc)),
    ]
}

fn pages(places: &[SortPosition]) -> Vec<PageRequest<SortPosition>> {
    let places = places.iter().step_by(23).cloned().map(Some).chain([None]);
    let requests = places.flat_map(|place| {
        let forward = |limit| PageRequest::Forward { limit, after: place.clone() };
        let backward = |limit| PageRequest::Backward { limit, before: place.clone() };
        let offsets = [1, 60, 140].map(|offset| forward(20).skipping(offset));
        [forward(1), forward(70), backward(1), backward(70)].into_iter().chain(offsets)
    });
    requests.collect()
}

async fn compare(moment: &Moment, then: &[Video]) {
    for (filter, order) in lists() {
        let compare = |a: &Video, place: &SortPosition| order.compare(&order.place_of(a), place);
        let mut rows: Vec<Video> =
            then.iter().filter(|video| filter.matches(video, None)).cloned().collect();
        rows.sort_by(|a, b| order.compare(&order.place_of(a), &order.place_of(b)));
        let places: Vec<SortPosition> = then.iter().map(|video| order.place_of(video)).collect();
        for request in pages(&places) {
            let found = moment.list(&filter, &order, &request).await.unwrap();
            assert_eq!(found, Page::cut(&rows, &request, compare), "{order:?} {request:?}");
        }
    }
}

async fn pages_around_long_runs_of_changes_are_as_they_were(store: &dyn VideoRepository) {
    let videos = (1..=VIDEOS).map(numbered).collect();
    store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    let then = PageRequest::first(1000);
    let then = store.list(&VideoFilter::everything(), &VideoOrder::default(), &then).await.unwrap();
    let place = MomentAt::Place(store.newest().await.unwrap());
    let moments = Moments::new(UNLIMITED);
    // The runs grow, at the beginning and the end as well, and get rows in between that are new.
    rename(store, 100..220, "a.mkv").await;
    compare(&moment_at(&moments, store, place).await, &then.items).await;
    let early = moment_at(&moments, store, place).await;
    rename(store, 210..225, "b.mkv").await;
    rename(store, 1..60, "b.mkv").await;
    for number in 120..130 {
        store.delete(counted_id(number), None, by(1001)).await.unwrap();
    }
    let new = (VIDEOS + 1..=VIDEOS + 80).map(numbered).collect();
    store.insert_many(new, OnConflict::Fail, by(1002)).await.unwrap();
    for _ in 0..2 {
        compare(&moment_at(&moments, store, place).await, &then.items).await;
        compare(&early, &then.items).await;
    }
    rename(store, 60..120, "c.mkv").await;
    rename(store, 130..VIDEOS - 3, "c.mkv").await;
    for _ in 0..2 {
        compare(&moment_at(&moments, store, place).await, &then.items).await;
    }
}
