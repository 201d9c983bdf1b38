//! Searches of a library that is too large to be ranked without the index, compared with the definition:
//! words that are everywhere, rare ones, those of the oldest videos only, and those that never meet.

use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::domain::{
    Direction, NewVideo, OrderField, OrderKey, PageRequest, SearchPosition, Video, VideoFilter,
    VideoId, VideoOrder,
};
use reelgraph::repository::{OnConflict, VideoRepository};

use crate::contract::definition::{Defined, Search, Selection, checked_page};
use crate::contract::stores;
use crate::support::clock::counted_id;
use crate::support::videos::{by, second, text, video};

/// How many videos there are: PostgreSQL ranks 8,000 without its index.
const VIDEOS: u64 = 10_000;

/// The oldest of them, which are not among those.
const OLD: u64 = 1500;

const QUERIES: [&str; 30] = [
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
    "ol vault",
    "vault",
    "vault 3",
    "\"vault 3\"",
    "vau -\"vault 3\"",
    "odd even",
    "odd eve -media",
    "seldom",
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

/// The name of the video of this number, and its folder.
fn names(number: u64) -> (String, String) {
    let vault = format!("/media/Vault {}", number % 7);
    let kind = if number.is_multiple_of(2) { "Even" } else { "Odd" };
    let name = match number {
        _ if number.is_multiple_of(720) => return (format!("{vault}/01"), "01.mp4".to_owned()),
        _ if number.is_multiple_of(333) => format!("{}.long", "x".repeat(1500)),
        _ if number.is_multiple_of(50) => "日本・映画".to_owned(),
        _ if number.is_multiple_of(31) => "映.Videos".to_owned(),
        _ if number < OLD => format!("Old-Times {}", number % 10),
        _ if number.is_multiple_of(3) => "Vid".to_owned(),
        _ if number.is_multiple_of(1999) => "Seldom video".to_owned(),
        _ => format!("Video {}", number % 100),
    };
    (format!("{vault}/{kind}"), format!("{name}.{number}.mkv"))
}

/// Adds the library. Three videos each are of one time, and most filenames end their path.
async fn fill(store: &dyn VideoRepository) -> Vec<Video> {
    let new = |number: u64| {
        let (folder, filename) = names(number);
        let mut video = video(number % 50);
        let last = if filename == "01.mp4" { format!("{number}.mp4") } else { filename.clone() };
        video.values.path = text(&format!("{folder}/{last}"));
        video.values.filename = text(&filename);
        video.values.video_codec = text(if number.is_multiple_of(9) { "av1" } else { "h264" });
        video.created_at = Some(second(i64::try_from(number / 3).unwrap()));
        NewVideo { id: counted_id(number), ..video }
    };
    let videos: Vec<NewVideo> = (0..VIDEOS).map(new).collect();
    for some in videos.chunks(1000) {
        store.insert_many(some.to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    }
    let all = PageRequest::first(usize::MAX);
    let order = VideoOrder::default();
    store.list(&VideoFilter::everything(), &order, &all).await.unwrap().items
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
    let at = [0, 19, rows.len() / 2, rows.len().saturating_sub(1)];
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
    let opened = stores::postgres().await;
    let store = &*opened.store;
    let videos = fill(store).await;
    for (number, query) in QUERIES.into_iter().enumerate() {
        let mut search = Search::for_text(query);
        // A place whose video is not there, in the midst of the hits.
        let rows = search.rows_of(&videos);
        let gone = rows
            .get(rows.len() / 3)
            .map(|row| SearchPosition { id: VideoId::from_bytes([0x80; 16]), ..row.place() });
        check(store, &search, &videos, gone).await;
        if number % 2 == 0 {
            search.filter = codec("av1");
            check(store, &search, &videos, gone).await;
        }
    }
    store.delete(counted_id(VIDEOS - 1), None, by(2)).await.unwrap();
    let search = Search::for_text("media");
    let before = search.rows_of(&videos).len() as u64;
    assert_eq!(search.count(store).await.unwrap(), before - 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn filters_with_searches_select_from_many_videos() {
    let opened = stores::postgres().await;
    let store = &*opened.store;
    let videos = fill(store).await;
    let search = |query: &str| VideoFilter::Search(Search::for_text(query).query);
    let filters = [
        search("media"),
        search("old times"),
        search("01.mp4"),
        search("-media"),
        VideoFilter::All(vec![search("video"), codec("av1")]),
        VideoFilter::All(vec![search("seldom"), VideoFilter::Not(Box::new(search("odd")))]),
        VideoFilter::All(vec![search("vault 3"), search("old")]),
        VideoFilter::Not(Box::new(search("video"))),
        VideoFilter::Any(vec![search("seldom"), search("\"old times\" -even"), codec("none")]),
    ];
    let by_size = OrderKey { field: OrderField::FileSize, direction: Direction::Asc };
    for filter in filters {
        for order in [VideoOrder::default(), VideoOrder::by(vec![by_size])] {
            check(store, &Selection { filter: filter.clone(), order }, &videos, None).await;
        }
    }
}
