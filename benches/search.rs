//! How long searches, filters, counts and statistics take on libraries of growing size.
//!
//! `cargo bench --bench search` measures on 10,000 and 100,000 videos;
//! `REELGRAPH_BENCH_VIDEOS=10000,100000,1000000 cargo bench --bench search` on as many as said. With
//! `REELGRAPH_BENCH_FOLDER` it keeps the libraries in that folder, and takes those that it has. With
//! `REELGRAPH_BENCH_DATABASE_URL`, it measures PostgreSQL instead of SQLite: the URL of a database, in
//! which `{videos}` stands for their number. An empty one is filled.
//!
//! It makes one request at a time, through the schema, and prints a table in Markdown: the median of
//! all requests of a kind, and the time that 99 of 100 keep within. For a database on this machine, it
//! prints the same of the processor time that its server takes for a request, which other work on the
//! machine disturbs less. The criterion harness reports means, from which neither can be read.

#[path = "support/database.rs"]
mod database;
#[path = "support/machine.rs"]
mod machine;
mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use machine::Family;
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

/// Half of all numbers are not above the first, and 99 of 100 not above the other.
struct Percentiles {
    p50: f64,
    p99: f64,
}

impl Percentiles {
    fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_unstable_by(f64::total_cmp);
        let percentile = |percent: usize| numbers[(numbers.len() * percent).div_ceil(100) - 1];
        Self { p50: percentile(50), p99: percentile(99) }
    }
}

/// What requests of one kind take, in milliseconds.
struct Cost {
    wall: Percentiles,
    /// The processor time of the database server, if it is known.
    database: Option<Percentiles>,
}

/// A library to be measured.
struct Subject {
    library: Library,
    /// The server of the database that it is in, on this machine.
    server: Option<Family>,
}

impl Subject {
    async fn new(folder: &Path, videos: usize) -> Self {
        if let Some(url) = database::url(videos) {
            let library = database::library(&url, videos).await;
            eprintln!("{videos} videos: the database has {} MB", database::megabytes(&url).await);
            return Self { library, server: database::server(&url).await };
        }
        let file = folder.join(format!("{videos}.db"));
        let library = Library::new(&file, videos).await;
        let bytes = fs::metadata(&file).expect("the library's file").len();
        eprintln!("{videos} videos: the file has {} MB", bytes / 1_000_000);
        Self { library, server: None }
    }

    /// What one request takes, in milliseconds: the time until it is answered, and the database
    /// server's processor time.
    async fn ask(&self, kind: &Kind, variables: Value) -> (f64, f64) {
        let seconds_of_server = || self.server.as_ref().map_or(0.0, Family::cpu_seconds);
        let (before, begin) = (seconds_of_server(), Instant::now());
        self.library.ask(kind.document, variables).await;
        let wall = begin.elapsed().as_secs_f64();
        // Processes that end in between are counted less exactly from then on.
        let database = (seconds_of_server() - before).max(0.0);
        (wall * 1e3, database * 1e3)
    }

    async fn measure(&self, kind: &Kind) -> Cost {
        // The first round fills caches, which a running server has full.
        for variables in &kind.variables {
            self.ask(kind, variables.clone()).await;
        }
        let begin = Instant::now();
        let (mut wall, mut database) = (Vec::new(), Vec::new());
        for variables in kind.variables.iter().cycle().take(MOST_REQUESTS) {
            let times = self.ask(kind, variables.clone()).await;
            wall.push(times.0);
            database.push(times.1);
            if wall.len() >= FEWEST_REQUESTS && begin.elapsed() > PATIENCE {
                break;
            }
        }
        let database = self.server.is_some().then(|| Percentiles::of(database));
        Cost { wall: Percentiles::of(wall), database }
    }
}

/// What each kind of request takes in a library of as many videos.
fn column(runtime: &Runtime, kinds: &[Kind], videos: usize) -> Vec<Cost> {
    let temporary = tempfile::tempdir().expect("a folder for the library");
    let kept = env::var_os("REELGRAPH_BENCH_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    runtime.block_on(async {
        let subject = Subject::new(folder, videos).await;
        eprintln!("{videos} videos: load average {}", machine::load_average());
        let mut costs = Vec::new();
        for kind in kinds {
            costs.push(subject.measure(kind).await);
        }
        eprintln!("{videos} videos: load average {} at the end", machine::load_average());
        subject.library.repository.close().await.expect("the library can be closed");
        costs
    })
}

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let (kinds, sizes) = (kinds(), sizes("10000,100000"));
    let before = machine::load_average();
    let columns: Vec<Vec<Cost>> =
        sizes.iter().map(|videos| column(&runtime, &kinds, *videos)).collect();
    print_table(&kinds, &sizes, &columns, "Milliseconds", |cost| Some(&cost.wall));
    print_table(
        &kinds,
        &sizes,
        &columns,
        "Milliseconds of the database server's processor time",
        |cost| cost.database.as_ref(),
    );
    println!("\nLoad average: {before} before, {} after.", machine::load_average());
}

/// Prints one number of each kind of request in libraries of these sizes, unless it is not known.
fn print_table(
    kinds: &[Kind],
    sizes: &[usize],
    columns: &[Vec<Cost>],
    heading: &str,
    number: impl Fn(&Cost) -> Option<&Percentiles>,
) {
    if columns.iter().flatten().all(|cost| number(cost).is_none()) {
        return;
    }
    let headings = sizes.iter().map(|videos| format!(" {videos}: p50 | p99 |"));
    println!("\n| {heading}, by the number of videos |{}", headings.collect::<String>());
    println!("|---|{}", "---:|---:|".repeat(sizes.len()));
    for (row, kind) in kinds.iter().enumerate() {
        let cell = |costs: &Vec<Cost>| {
            number(&costs[row]).map_or(" | |".to_owned(), |Percentiles { p50, p99 }| {
                format!(" {p50:.1} | {p99:.1} |")
            })
        };
        println!("| {} |{}", kind.name, columns.iter().map(cell).collect::<String>());
    }
}
