//! How long searches, filters, counts and statistics take on SQLite libraries of growing size.
//!
//! `cargo bench --bench search` measures on 10,000 and 100,000 videos;
//! `REELGRAPH_BENCH_VIDEOS=10000,100000,1000000 cargo bench --bench search` on as many as said. With
//! `REELGRAPH_BENCH_FOLDER` it keeps the libraries in that folder, and takes those that it has. It
//! asks one request at a time, through the schema, and prints a table in Markdown: the median of
//! all requests of a kind, and the time that 99 of 100 keep within. The criterion harness tells
//! means, from which neither can be read.

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use reelgraph::repository::VideoRepository;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use support::{Library, sizes};

/// How often each kind of request is made, where that does not take too long.
const MOST_REQUESTS: usize = 300;
/// How often it is made at least.
const FEWEST_REQUESTS: usize = 100;
/// How long requests of one kind are made, once they were made often enough.
const PATIENCE: Duration = Duration::from_secs(5);

const SEARCH: &str = "query($query: String!) { searchVideos(query: $query, first: 20) {
    edges { score node { id path filename videoCodec width height fileSize createdAt } }
    pageInfo { hasNextPage endCursor }
} }";

const COUNT_FOUND: &str =
    "query($query: String!) { searchVideos(query: $query, first: 0) { totalCount } }";

const SEARCH_FILTERED: &str = "query($query: String!) {
    searchVideos(query: $query, first: 20, filter: { videoCodec: { eq: \"av1\" } }) {
        edges { score node { id path } }
    }
}";

const LIST: &str = "query($filter: VideoFilter) { videos(first: 20, filter: $filter) {
    nodes { id path filename videoCodec width height fileSize createdAt }
    pageInfo { hasNextPage endCursor }
} }";

const LIST_BY_SIZE: &str = "query($filter: VideoFilter) {
    videos(first: 20, filter: $filter, orderBy: { field: FILE_SIZE, direction: DESC }) {
        nodes { id path filename videoCodec width height fileSize createdAt }
        pageInfo { hasNextPage endCursor }
    }
}";

const COUNT: &str =
    "query($filter: VideoFilter) { videos(first: 0, filter: $filter) { totalCount } }";

const STATS: &str = "query($filter: VideoFilter) { videoStats(filter: $filter) {
    count totalDurationSeconds totalFileSize
    videoCodecs { codec count } audioCodecs { codec count } resolutions { width height count }
} }";

/// Requests of one kind, made in turn.
struct Kind {
    name: &'static str,
    document: &'static str,
    variables: Vec<Value>,
}

/// What is measured, in the order of the table.
fn kinds() -> Vec<Kind> {
    let searches = |name, document, queries: &[&str]| Kind {
        name,
        document,
        variables: queries.iter().map(|query| json!({ "query": query })).collect(),
    };
    let filters = |name, document, filter| Kind {
        name,
        document,
        variables: vec![json!({ "filter": filter })],
    };
    let letters: Vec<String> = ('a'..='z').map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    let rare = ["bakemonogatari", "0004711", "ペンギン", "serpent"];
    let two_words = ["simpsons 1080p", "french x264", "mkv thrones"];
    let seldom_met = ["xvid 2160p hevc", "x2 divx", "mkv avi", "1080p 2160p"];
    let everywhere = ["media", "volume", "mkv", "m"];
    let phrases = ["\"web dl\"", "\"game of thrones\"", "\"the of\"", "\"720p hdtv mkv\""];
    let exclusions = ["1080p -x264", "media -mkv", "mkv -movies", "the -\"web dl\" -hdtv"];
    let in_filters = |name, document, queries: &[&str]| Kind {
        name,
        document,
        variables: queries.iter().map(|query| json!({ "filter": { "search": query } })).collect(),
    };
    // Every path has `media`, so the index must go through all places of the other word.
    let nothing_left = ["mkv -media", "1080p -media"];
    vec![
        searches("search: a rare word", SEARCH, &rare),
        searches("search: a word that no video has", SEARCH, &["nosuchword", "zzz"]),
        searches("search: two words", SEARCH, &two_words),
        searches(
            "search: three words",
            SEARCH,
            &["walking dead 720p", "media french xvid", "web dl 2160p", "m k v"],
        ),
        searches("search: a word and one of the path", SEARCH, &["media thrones", "1080p 0123"]),
        searches("search: frequent words that seldom meet", SEARCH, &seldom_met),
        searches("search: a start of words in 40 % of all videos", SEARCH, &["x2", "x26", "s0"]),
        searches("search: one letter", SEARCH, &letters),
        searches("search: two letters", SEARCH, &["th", "bl", "s0", "qu", "zo", "di", "be", "10"]),
        searches("search: a word in every path", SEARCH, &everywhere),
        searches("search: a phrase", SEARCH, &phrases),
        searches("search: an exclusion", SEARCH, &exclusions),
        searches("search: an exclusion that leaves nothing", SEARCH, &nothing_left),
        searches("search: with a filter", SEARCH_FILTERED, &["media", "x2", "bakemonogatari"]),
        searches("count of a search: everything", COUNT_FOUND, &everywhere),
        searches("count of a search: 40 %", COUNT_FOUND, &["x2", "x26"]),
        searches("count of a search: rare words", COUNT_FOUND, &rare),
        searches("count of a search: two words", COUNT_FOUND, &two_words),
        searches("count of a search: frequent words that seldom meet", COUNT_FOUND, &seldom_met),
        searches("count of a search: a phrase", COUNT_FOUND, &phrases),
        searches("count of a search: an exclusion", COUNT_FOUND, &exclusions),
        searches("count of a search: an exclusion that leaves nothing", COUNT_FOUND, &nothing_left),
        filters("videos: videoCodec eq", LIST, json!({ "videoCodec": { "eq": "av1" } })),
        filters(
            "videos: fileSize gte 4 GB",
            LIST,
            json!({ "fileSize": { "gte": 4_000_000_000_i64 } }),
        ),
        filters("videos: width gte 3840", LIST, json!({ "width": { "gte": 3840 } })),
        filters(
            "videos: filename contains",
            LIST,
            json!({ "filename": { "contains": "serpent" } }),
        ),
        filters(
            "videos: filename contains what none does",
            LIST,
            json!({ "filename": { "contains": "zzzz" } }),
        ),
        in_filters("videos by size: a search for everything", LIST_BY_SIZE, &everywhere),
        in_filters("videos by size: a search for 40 %", LIST_BY_SIZE, &["x2", "x26"]),
        in_filters("videos by size: a search for rare words", LIST_BY_SIZE, &rare),
        in_filters("videos by size: a search for two words", LIST_BY_SIZE, &two_words),
        filters("count of videos: all", COUNT, Value::Null),
        filters("count of videos: videoCodec eq", COUNT, json!({ "videoCodec": { "eq": "av1" } })),
        filters(
            "count of videos: fileSize gte 4 GB",
            COUNT,
            json!({ "fileSize": { "gte": 4_000_000_000_i64 } }),
        ),
        filters("count of videos: width gte 3840", COUNT, json!({ "width": { "gte": 3840 } })),
        filters(
            "count of videos: filename contains",
            COUNT,
            json!({ "filename": { "contains": "serpent" } }),
        ),
        in_filters("statistics: a search for everything", STATS, &everywhere),
        in_filters("statistics: a search for 40 %", STATS, &["x2", "x26"]),
        in_filters("statistics: a search for rare words", STATS, &rare),
        in_filters("statistics: a search for two words", STATS, &two_words),
        filters("statistics: all", STATS, Value::Null),
        filters("statistics: videoCodec eq", STATS, json!({ "videoCodec": { "eq": "hevc" } })),
        filters("statistics: width gte 1280", STATS, json!({ "width": { "gte": 1280 } })),
    ]
}

/// How long requests took.
struct Times {
    p50: Duration,
    p99: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let percentile = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
        Self { p50: percentile(50), p99: percentile(99) }
    }
}

async fn measured(library: &Library, kind: &Kind) -> Times {
    // The first round fills SQLite's caches, which a running server has full.
    for variables in &kind.variables {
        library.ask(kind.document, variables.clone()).await;
    }
    let begin = Instant::now();
    let mut times = Vec::new();
    for variables in kind.variables.iter().cycle().take(MOST_REQUESTS) {
        let variables = variables.clone();
        let begun = Instant::now();
        library.ask(kind.document, variables).await;
        times.push(begun.elapsed());
        if times.len() >= FEWEST_REQUESTS && begin.elapsed() > PATIENCE {
            break;
        }
    }
    Times::of(times)
}

/// What each kind of request takes in a library of as many videos.
fn column(runtime: &Runtime, kinds: &[Kind], videos: usize) -> Vec<Times> {
    let temporary = tempfile::tempdir().expect("a folder for the library");
    let kept = env::var_os("REELGRAPH_BENCH_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let file = folder.join(format!("{videos}.db"));
    runtime.block_on(async {
        let library = Library::new(&file, videos).await;
        let bytes = fs::metadata(&file).expect("the library's file").len();
        eprintln!("its file has {} MB", bytes / 1_000_000);
        let mut times = Vec::new();
        for kind in kinds {
            times.push(measured(&library, kind).await);
        }
        library.repository.close().await.expect("the library can be closed");
        times
    })
}

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let (kinds, sizes) = (kinds(), sizes("10000,100000"));
    let columns: Vec<Vec<Times>> =
        sizes.iter().map(|videos| column(&runtime, &kinds, *videos)).collect();

    let headings = sizes.iter().map(|videos| format!(" {videos}: p50 | p99 |"));
    println!("| Milliseconds, by the number of videos |{}", headings.collect::<String>());
    println!("|---|{}", "---:|---:|".repeat(sizes.len()));
    for (row, kind) in kinds.iter().enumerate() {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let cells = columns
            .iter()
            .map(|times| format!(" {:.1} | {:.1} |", ms(times[row].p50), ms(times[row].p99)));
        println!("| {} |{}", kind.name, cells.collect::<String>());
    }
}
