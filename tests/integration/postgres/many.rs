//! A library that is too large for searches to rank all of it without the index. It is filled once, for
//! all tests that only read it.

use reelgraph::domain::{NewVideo, PageRequest, Video, VideoFilter, VideoOrder};
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::sync::OnceCell;

use super::{open, run};
use crate::support::clock::counted_id;
use crate::support::postgres::empty_library;
use crate::support::videos::{by, second, text, video};

/// How many videos there are: PostgreSQL ranks 8,000 without its index.
const VIDEOS: u64 = 10_000;

/// The oldest of them, which are not among those.
const OLD: u64 = 1500;

/// The library.
pub(super) struct Many {
    pub(super) url: String,
    pub(super) videos: Vec<Video>,
}

pub(super) async fn many() -> &'static Many {
    static MANY: OnceCell<Many> = OnceCell::const_new();
    MANY.get_or_init(async || {
        let url = empty_library().await;
        let store = open(&url).await;
        let videos = fill(&*store).await;
        store.close().await.unwrap();
        run(&url, "VACUUM ANALYZE").await;
        Many { url, videos }
    })
    .await
}

/// The name of the video of this number, and its folder.
fn names(number: u64) -> (String, String) {
    let vault = format!("/media/Vault {}", number % 7);
    let kind = if number.is_multiple_of(2) { "Even" } else { "Odd" };
    let name = match number {
        _ if number.is_multiple_of(720) => return (format!("{vault}/01"), "01.mp4".to_owned()),
        // The index takes it for one with the phrase "even odd".
        _ if number.is_multiple_of(1777) => "Even.Oddity.Odd".to_owned(),
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
