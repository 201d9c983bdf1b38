//! Searches of a library that is too large to be ranked without the index, compared with the definition:
//! words that are everywhere, rare ones, those of the oldest videos only, and those that never meet.

use reelgraph::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::{
    Direction, OrderField, OrderKey, PageRequest, SearchPosition, Timestamp, Video, VideoFilter,
    VideoId, VideoOrder,
};
use reelgraph::repository::VideoRepository;

use super::many::{Many, many};
use super::open;
use crate::contract::definition::{Defined, Search, Selection, checked_page};
use crate::support::videos::second;

const QUERIES: [&str; 35] = [
    "media",
    "m",
    "video",
    "vid",
    "vid media -av1",
    "videos",
    "old-times",
    "old times",
    "oldtime",
    "old -video",
    "\"old times\" media",
    "times -\"old times\"",
    "times 1",
    "ol vault",
    "vault",
    "vault 3",
    "\"vault 3\"",
    "vau -\"vault 3\"",
    "odd even",
    "vault -\"even odd\"",
    "media odd oddity",
    "\"times old\" vault",
    "odd eve -media",
    "seldom",
    "seldom medi -odd",
    "nosuchword",
    "日本",
    "\"日本・映画\"",
    "映 -画",
    "01",
    "01.mp4",
    " /media/vault 3/01/5040.mp4 ",
    "-media",
    "",
    "long",
];

/// Those that a handful of videos, few or most pass; or only the oldest ones and the newest ones, which are not ranked
/// with what is at the other end.
const FILTERS: [fn() -> VideoFilter; 5] = [
    || created(Comparison::Lt, second(5)),
    || codec("av1"),
    || VideoFilter::except(codec("av1")),
    || created(Comparison::Lt, second(500)),
    || created(Comparison::Gt, second(2900)),
];

fn created(comparison: Comparison, time: Timestamp) -> VideoFilter {
    let time = IntegerTest::Is(comparison, time.as_micros());
    VideoFilter::Integer(IntegerField::CreatedAt, time)
}

fn codec(name: &str) -> VideoFilter {
    VideoFilter::Text(TextField::VideoCodec, TextTest::Eq(name.to_owned()))
}

/// Compares pages from all over a list, and its count. More places are given.
async fn check<D: Defined>(
    store: &dyn VideoRepository,
    list: &D,
    videos: &[Video],
    places: impl IntoIterator<Item = D::Place>,
) where
    D::Place: Clone,
{
    let rows = list.rows_of(videos);
    assert_eq!(list.count(store).await.unwrap(), rows.len() as u64, "{list:?}");
    let at = [19, rows.len().saturating_sub(1)];
    let places =
        at.iter().filter_map(|index| rows.get(*index)).map(|row| list.place_of(row)).chain(places);
    let places: Vec<Option<D::Place>> = places.map(Some).chain([None]).collect();
    for place in places {
        let (after, before) = (place.clone(), place.clone());
        let offset = if place.is_some() { 7 } else { 300 };
        for request in [
            PageRequest::Forward { limit: 20, after },
            PageRequest::Backward { limit: 20, before },
            PageRequest::Offset { limit: 3, after: place, offset },
        ] {
            checked_page(store, list, &request, &rows).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn searches_of_many_videos_are_those_of_the_definition() {
    let Many { url, videos } = many().await;
    let store = &*open(url).await;
    for (number, query) in QUERIES.into_iter().enumerate() {
        let mut search = Search::for_text(query);
        // A place whose video is not there, in the midst of the hits.
        let rows = search.rows_of(videos);
        let gone = rows
            .get(rows.len() / 3)
            .map(|row| SearchPosition { id: VideoId::from_bytes([0x80; 16]), ..row.place() });
        check(store, &search, videos, gone).await;
        if number % 2 == 0 {
            search.filter = FILTERS[number / 2 % FILTERS.len()]();
            check(store, &search, videos, gone).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn filters_with_searches_select_from_many_videos() {
    let Many { url, videos } = many().await;
    let store = &*open(url).await;
    let search = |query: &str| VideoFilter::Search(Search::for_text(query).query);
    let filters = [
        search("media"),
        search("old times"),
        search("01.mp4"),
        search("-media"),
        VideoFilter::All(vec![search("video"), codec("av1")]),
        VideoFilter::All(vec![search("seldom"), VideoFilter::except(search("odd"))]),
        VideoFilter::All(vec![search("vault 3"), search("old")]),
        VideoFilter::except(search("video")),
        VideoFilter::Any(vec![search("seldom"), search("\"old times\" -even"), codec("none")]),
    ];
    let by_size = OrderKey { field: OrderField::FileSize, direction: Direction::Asc };
    for filter in filters {
        for order in [VideoOrder::default(), VideoOrder::by(vec![by_size])] {
            check(store, &Selection { filter: filter.clone(), order }, videos, None).await;
        }
    }
}
