//! How soon subscribers are told of a change, and what many idle ones cost.
//!
//! `cargo bench --bench feed` subscribes through the schema to a library in an SQLite file, changes
//! it, and prints a table in Markdown. A delivery is timed from the moment that the write was
//! answered; one that comes before that takes no time. The memory is told where there is `/proc`.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{Request, Response};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use reelgraph::domain::{
    Clock, Dimension, FrameRate, IdSource, NewVideo, Quantity, RandomIds, Role, SystemClock, Text,
    VideoId, VideoPatch, VideoValues,
};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Caller, Services};
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{ChangeContext, VideoRepository};
use tokio::runtime::Runtime;
use tokio::time::{MissedTickBehavior, interval};

const SUBSCRIBERS: usize = 100;
const IDLE_SUBSCRIBERS: usize = 10_000;
const CHANGES: usize = 1_000;
/// How far the changes are apart: so that none waits for the one before.
const PAUSE: Duration = Duration::from_millis(5);

const ENTRY: &str = "kind cursor auditEntry { id operation version changes { field old new } }";
const CURRENT_VIDEO: &str = "currentVideo { id path version }";

type Responses = BoxStream<'static, Response>;

/// A library of one video, and the ways to change and to follow it.
struct Library {
    repository: Arc<SqliteRepository>,
    api: Api,
    video: VideoId,
}

impl Library {
    async fn new(file: &std::path::Path) -> Self {
        let repository = Arc::new(SqliteRepository::open(file).await.expect("a new library"));
        let feed = Feed::new(repository.clone(), Arc::new(SystemClock), FeedSettings::default());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let api = Api::new(Services { repository: repository.clone(), feed, clock, ids });
        let video = a_video();
        let id = video.id;
        repository.insert(video, now()).await.expect("the library is empty");
        Self { repository, api, video: id }
    }

    /// A subscription that has begun.
    async fn follow(&self, arguments: &str, fields: &str) -> Responses {
        let document =
            format!("subscription {{ videoChanges(marks: true{arguments}) {{ {fields} }} }}");
        let caller = Caller {
            request_id: "bench".to_owned(),
            actor: None,
            role: Role::Admin,
            expires_at: None,
        };
        let checked = self.api.check(Request::new(document)).expect("a valid document");
        let mut responses = self.api.subscribe(checked, caller);
        let caught_up = responses.next().await.expect("the first mark");
        assert!(caught_up.is_ok(), "{:?}", caught_up.errors);
        responses
    }

    /// Makes changes, one after a pause, and tells when each of them was answered.
    async fn change(&self, first_width: usize) -> Vec<Instant> {
        let mut pause = interval(PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut answered = Vec::with_capacity(CHANGES);
        for width in first_width..first_width + CHANGES {
            pause.tick().await;
            let width = i32::try_from(width).expect("a few thousand");
            let width = Some(Dimension::new(width).expect("more than nothing"));
            let patch = VideoPatch { width, ..VideoPatch::default() };
            self.repository.update(self.video, patch, None, now()).await.expect("it is there");
            answered.push(Instant::now());
        }
        answered
    }

    /// How long each delivery took while changes were made.
    async fn deliveries(
        &self,
        subscribers: usize,
        fields: &str,
        first_width: usize,
    ) -> Vec<Duration> {
        let mut receiving = Vec::new();
        for _ in 0..subscribers {
            let mut responses = self.follow("", fields).await;
            receiving.push(tokio::spawn(async move {
                let mut received = Vec::with_capacity(CHANGES);
                while received.len() < CHANGES {
                    let response = responses.next().await.expect("the stream goes on");
                    assert!(response.is_ok(), "{:?}", response.errors);
                    received.push(Instant::now());
                }
                received
            }));
        }
        let answered = self.change(first_width).await;
        let received = join_all(receiving).await;
        let received = received.into_iter().flat_map(|it| it.expect("no subscriber fails"));
        received
            .zip(answered.iter().cycle())
            .map(|(received, answered)| received.saturating_duration_since(*answered))
            .collect()
    }
}

fn now() -> ChangeContext {
    ChangeContext { at: SystemClock.now(), actor: None, request_id: None }
}

fn a_video() -> NewVideo {
    let text = |text| Text::new(text).expect("a text");
    let pixels = |number| Dimension::new(number).expect("more than nothing");
    let values = VideoValues {
        path: text("/media/films/Metropolis.1927.1080p.BluRay.x264.mkv"),
        filename: text("Metropolis.1927.1080p.BluRay.x264.mkv"),
        duration_frames: Quantity::new(213_000).expect("no fewer than none"),
        frame_rate: FrameRate::new(24_000, 1001).expect("a rate"),
        width: pixels(1440),
        height: pixels(1080),
        video_codec: text("h264"),
        audio_codec: Some(text("flac")),
        file_size: Quantity::new(12_884_901_888).expect("no fewer than none"),
        thumbnail_path: None,
        file: None,
    };
    NewVideo {
        id: RandomIds.next_id().into(),
        values,
        created_at: None,
        updated_at: None,
        is_known_by_path: false,
    }
}

/// The memory that the process has, in bytes.
fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

fn print_row(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let percentile = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
    let ms = |percent| percentile(percent).as_secs_f64() * 1000.0;
    println!("| {name} | {:.2} | {:.2} |", ms(50), ms(99));
}

async fn measure(file: &std::path::Path) {
    let library = Library::new(file).await;
    println!("| Milliseconds from the answer of a write to its delivery | p50 | p99 |");
    println!("|---|---:|---:|");
    let times = library.deliveries(SUBSCRIBERS, ENTRY, 1).await;
    print_row(&format!("{SUBSCRIBERS} subscribers"), times);
    let with_video = format!("{ENTRY} {CURRENT_VIDEO}");
    let times = library.deliveries(SUBSCRIBERS, &with_video, 2_001).await;
    print_row(&format!("{SUBSCRIBERS} subscribers that select currentVideo"), times);
    print_row("one subscriber", library.deliveries(1, ENTRY, 4_001).await);

    let before = memory();
    let mut idle = Vec::with_capacity(IDLE_SUBSCRIBERS);
    for _ in 0..IDLE_SUBSCRIBERS {
        let of_another = format!(", videoId: \"{}\"", RandomIds.next_id());
        let mut responses = library.follow(&of_another, ENTRY).await;
        idle.push(tokio::spawn(async move { responses.next().await }));
    }
    let times = library.deliveries(1, ENTRY, 6_001).await;
    print_row(&format!("one subscriber beside {IDLE_SUBSCRIBERS} idle ones"), times);
    if let (Some(before), Some(after)) = (before, memory()) {
        let megabytes = after.saturating_sub(before) / 1_000_000;
        println!("\n{IDLE_SUBSCRIBERS} idle subscribers take {megabytes} MB.");
    }
    library.repository.close().await.expect("the library can be closed");
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the library");
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(measure(&folder.path().join("library.db")));
}
