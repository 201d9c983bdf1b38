//! How long it takes to find duplicates, where few videos have any and where many do.
//!
//! `cargo bench --bench duplicates` measures on libraries of 160,000 videos, in which 50 videos have one copy each, and
//! in which 50,000 have. `REELGRAPH_BENCH_VIDEOS` and `REELGRAPH_BENCH_PAIRS` set other numbers. With
//! `REELGRAPH_BENCH_FOLDER` it keeps the libraries in that folder, and takes those that it has. With
//! `REELGRAPH_BENCH_DATABASE_URL`, it measures PostgreSQL instead of SQLite: the URL of a database, in which `{videos}`
//! and `{pairs}` stand for these numbers. An empty one is filled.
//!
//! It makes one request at a time, through the schema, the same of one library and the other in turns, and prints a
//! table in Markdown with the medians.

#[expect(dead_code, reason = "only a library and its upkeep are of interest here")]
#[path = "support/database.rs"]
mod database;
#[expect(dead_code, reason = "only the load is of interest here")]
#[path = "support/machine.rs"]
mod machine;
#[expect(dead_code, reason = "the libraries are filled here")]
mod support;

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reelgraph::domain::catalogue::RootId;
use reelgraph::domain::catalogue::{FileMark, FileReading, ProbedValues, Root, RootLook};
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::{
    Dimension, FileFacts, FrameRate, Quantity, Text, Timestamp, VideoFilter, VideoId,
};
use reelgraph::repository::postgres::{PostgresRepository, PostgresSettings};
use reelgraph::repository::sqlite::{SqliteRepository, SqliteSettings};
use reelgraph::repository::{ChangeContext, FileChange, FileChanges, VideoRepository, Write};
use serde_json::json;
use support::{Library, sizes};

/// How many times each query is asked of each library.
const ROUNDS: usize = 11;
/// How many files a scan writes at once.
const BATCH: usize = 1000;
/// How long a read may take: as long as it takes.
const READ_LIMIT: Duration = Duration::from_secs(600);

const QUERIES: [(&str, &str); 5] = [
    ("Page of 50 groups", "{ duplicateVideos(first: 50) { nodes { count redundantBytes } } }"),
    (
        "Page of 50 groups with their videos",
        "{ duplicateVideos(first: 50) { nodes { redundantBytes videos { id path fileSize } } } }",
    ),
    (
        "Page of 50 groups with a filter",
        "{ duplicateVideos(first: 50, filter: { width: { gte: 1 } }) { nodes { count redundantBytes } } }",
    ),
    ("Number of groups", "{ duplicateVideos(first: 0) { totalCount } }"),
    (
        "Number of groups with a filter",
        "{ duplicateVideos(first: 0, filter: { width: { gte: 1 } }) { totalCount } }",
    ),
];

#[tokio::main]
async fn main() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = env::var("REELGRAPH_BENCH_FOLDER");
    let folder = folder.map_or(temporary.path().to_owned(), Into::into);
    let pairs = env::var("REELGRAPH_BENCH_PAIRS").unwrap_or_else(|_| "50,50000".to_owned());
    let pairs = pairs.split(',').map(|text| text.trim().parse().expect("a number of pairs"));
    let pairs: Vec<usize> = pairs.collect();
    for videos in sizes("160000") {
        let mut libraries = Vec::new();
        for pairs in &pairs {
            libraries.push(library(&folder, videos, *pairs).await);
        }
        measure(&libraries, videos, &pairs).await;
        for library in libraries {
            library.repository.close().await.expect("the library can be closed");
        }
    }
}

async fn library(folder: &Path, videos: usize, pairs: usize) -> Library {
    let url = database::url(videos).map(|url| url.replace("{pairs}", &pairs.to_string()));
    let store: Arc<dyn VideoRepository> = match &url {
        Some(url) => {
            let settings = PostgresSettings { read_limit: READ_LIMIT, ..Default::default() };
            Arc::new(PostgresRepository::open(url, settings).await.expect("a database"))
        }
        None => {
            let file = folder.join(format!("{videos}-{pairs}.db"));
            let settings = SqliteSettings { read_limit: READ_LIMIT, ..Default::default() };
            Arc::new(SqliteRepository::open_with(&file, settings).await.expect("a library"))
        }
    };
    if store.count(&VideoFilter::everything()).await.expect("a count") == 0 {
        fill(&*store, videos, pairs).await;
        if let Some(url) = &url {
            database::settle(url).await;
        }
    }
    Library::of(store, videos).await
}

/// Has scans find files, the last of which are copies of others that are spread over the library.
async fn fill(store: &dyn VideoRepository, videos: usize, pairs: usize) {
    let originals = videos.checked_sub(pairs).expect("a pair has two videos");
    let step = originals.checked_div(pairs).unwrap_or(0);
    assert!(pairs == 0 || step > 0, "a pair has two videos");
    let path_prefix = Text::new("/media/films").expect("a path");
    let root = Root {
        id: RootId::from_bytes([1; 16]),
        name: "films".parse().expect("a name"),
        directory: b"/disk/films".to_vec(),
        path_prefix: path_prefix.clone(),
        look: RootLook { fault: None, device: Some(1) },
        served_until: None,
        watched_until: None,
    };
    store.catalogue().add_root(&root).await.expect("there is no other root");
    let begin = Instant::now();
    let files: Vec<usize> = (0..videos).collect();
    for batch in files.chunks(BATCH) {
        let found = |number: &usize| match number.checked_sub(originals) {
            None => file(*number, *number),
            Some(copy) => file(*number, copy * step),
        };
        let changes = batch.iter().map(found).collect();
        let changes = FileChanges { root: root.id, path_prefix: path_prefix.clone(), changes };
        let at = Timestamp::from_micros(support::records::created_at(batch[0])).expect("a time");
        let by = ChangeContext { at, actor: None, request_id: None };
        store.write(Write::Files(changes), by).await.expect("the files are new");
    }
    eprintln!("added {videos} videos in {:.1} s", begin.elapsed().as_secs_f64());
}

/// The file with this number, whose content is that of another one or its own.
fn file(number: usize, content: usize) -> FileChange {
    // IDs rise with time, as those that scans give.
    let id = VideoId::from_bytes((number as u128 + 1).to_be_bytes());
    let hash = xxhash_rust::xxh3::xxh3_128(&content.to_be_bytes());
    let size = content as u64 % 7919 * 1_000_000;
    let facts =
        FileFacts { fingerprint: Some(Fingerprint::from_hash(hash)), ..FileFacts::default() };
    let reading = FileReading {
        mark: FileMark { size, modified: 1, changed: 1, device: 1, inode: number as u64 },
        fingerprint: Fingerprint::from_hash(hash),
        probed: ProbedValues {
            duration_frames: Quantity::new(100_000).expect("a number of frames"),
            frame_rate: FrameRate::new(25, 1).expect("a frame rate"),
            width: Dimension::new(1920).expect("a width"),
            height: Dimension::new(1080).expect("a height"),
            video_codec: Text::new("h264").expect("a codec"),
            audio_codec: Some(Text::new("aac").expect("a codec")),
            file_size: Quantity::new(size.cast_signed()).expect("a size"),
        },
        facts: facts.pack().expect("facts that can be kept"),
    };
    let path = format!("{:04}/{number:07} the film.1080p.x264.mkv", number / 1000);
    FileChange::Found { path: path.into_bytes(), id, reading }
}

async fn measure(libraries: &[Library], videos: usize, pairs: &[usize]) {
    let before = machine::load_average();
    let headings: String = pairs.iter().map(|pairs| format!(" {pairs} pairs |")).collect();
    println!("\n| {videos} videos, ms |{headings}");
    println!("|---|{}", "--:|".repeat(pairs.len()));
    for (name, query) in QUERIES {
        let mut times = vec![Vec::new(); libraries.len()];
        for _ in 0..ROUNDS {
            for (library, times) in libraries.iter().zip(&mut times) {
                let begin = Instant::now();
                library.ask(query, json!({})).await;
                times.push(begin.elapsed().as_secs_f64() * 1000.0);
            }
        }
        let cells: String = times.into_iter().map(|it| format!(" {:.1} |", median(it))).collect();
        println!("| {name} |{cells}");
    }
    println!("\nLoad average: {before} before, {} after.", machine::load_average());
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
