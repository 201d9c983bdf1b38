//! How long the everyday operations take on a library in SQLite or PostgreSQL.
//!
//! `cargo bench` measures on 100,000 videos; `REELGRAPH_BENCH_VIDEOS=1000000 cargo bench` on more.
//! The library is made anew each time, out of the names that tests use, in a file of SQLite. With
//! `REELGRAPH_BENCH_DATABASE_URL`, it is in the PostgreSQL database at this URL, which has so many
//! videos or is empty and filled; `{videos}` stands for their number. That one stays, and is changed.

#[expect(dead_code, reason = "the harness reports times alone")]
#[path = "support/database.rs"]
mod database;
#[path = "support/documents.rs"]
mod documents;
#[expect(dead_code, reason = "the harness reports times alone")]
#[path = "support/machine.rs"]
mod machine;
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use reelgraph::domain::{
    PageRequest, SortPosition, SortValue, Video, VideoFilter, VideoId, VideoOrder,
};
use reelgraph::repository::VideoRepository;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use documents::{BY_ID, NESTED, PAGE, UPDATE};
use support::records::created_at;
use support::{Library, sizes};

/// A library and some of its places.
struct Bench {
    library: Library,
    /// The newest videos' IDs.
    ids: Vec<VideoId>,
    half: SortPosition,
}

impl Bench {
    async fn new(file: &Path, videos: usize) -> Self {
        let library = match database::url(videos) {
            Some(url) => database::library(&url, videos).await,
            None => Library::new(file, videos).await,
        };
        let order = VideoOrder::default();
        let newest = page(&*library.repository, PageRequest::first(64)).await;
        let half = SortPosition {
            keys: vec![SortValue::Integer(created_at(videos / 2))],
            id: VideoId::from_bytes([0; 16]),
        };
        assert!(order.admits(&half), "the place is one of the order");
        Self { library, ids: newest.iter().map(|video| video.id).collect(), half }
    }

    async fn update(&self, id: VideoId, width: i32) {
        self.library.ask(UPDATE, json!({ "id": id.to_string(), "width": width })).await;
    }
}

async fn page(repository: &dyn VideoRepository, request: PageRequest<SortPosition>) -> Vec<Video> {
    let everything = VideoFilter::everything();
    let page = repository.list(&everything, &VideoOrder::default(), &request).await;
    page.expect("the library can be read").items
}

fn reads(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench) {
    let mut group = criterion.benchmark_group("read");
    group.bench_function("end of the log, repository alone", |b| {
        b.to_async(runtime).iter(|| bench.library.repository.newest());
    });
    let after_half = || PageRequest::Forward { limit: 50, after: Some(bench.half.clone()) };
    group.bench_function("page of 50, repository alone", |b| {
        b.to_async(runtime).iter(|| page(&*bench.library.repository, PageRequest::first(50)));
    });
    group.bench_function("page of 50 at half of the library, repository alone", |b| {
        b.to_async(runtime).iter(|| page(&*bench.library.repository, after_half()));
    });
    group.bench_function("page of 50", |b| {
        b.to_async(runtime).iter(|| bench.library.ask(PAGE, json!({})));
    });
    group.bench_function("one video by ID", |b| {
        b.to_async(runtime)
            .iter(|| bench.library.ask(BY_ID, json!({ "id": bench.ids[0].to_string() })));
    });
    group.bench_function("page of 50 with 5 audit entries each", |b| {
        b.to_async(runtime).iter(|| bench.library.ask(NESTED, json!({})));
    });
    group.finish();
}

/// Statistics that examine every video, next to sums with a filter, which do so as well.
const STATISTICS: [(&str, &str); 9] = [
    ("sums with a filter", "(filter: $f) { count totalFileSize totalDurationSeconds }"),
    (
        "sums and facets with a filter",
        "(filter: $f) { totalFileSize videoCodecs { count } resolutions { count } }",
    ),
    (
        "timeBuckets by day",
        "{ timeBuckets(unit: DAY, timeZone: \"Europe/Berlin\") { start count totalFileSize } }",
    ),
    (
        "timeBuckets by day with a filter",
        "(filter: $f) { timeBuckets(unit: DAY, timeZone: \"Europe/Berlin\") { start count } }",
    ),
    (
        "fileSizes",
        "{ fileSizes(bounds: [100000000, 1000000000, 10000000000]) { count totalFileSize } }",
    ),
    ("durations", "{ durations(bounds: [600, 3600, 7200]) { count totalFileSize } }"),
    ("folders at the top", "{ folders { path count totalFileSize } }"),
    (
        "folders below one with all videos",
        "{ folders(under: \"/volume/\") { path count totalFileSize } }",
    ),
    (
        "folders below one with a thousand",
        "{ folders(under: \"/volume/0000/\") { path count totalFileSize } }",
    ),
];

fn statistics(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench) {
    let variables = json!({ "f": { "fileSize": { "gte": 1 } } });
    let mut group = criterion.benchmark_group("statistics");
    group.sample_size(10);
    for (name, selection) in STATISTICS {
        let variable = if selection.contains("$f") { "($f: VideoFilter)" } else { "" };
        let document = format!("query {variable} {{ videoStats {selection} }}");
        group.bench_function(name, |b| {
            b.to_async(runtime).iter(|| bench.library.ask(&document, variables.clone()));
        });
    }
    group.finish();
}

/// Entering a list in the middle, next to a count that examines every row. The first one in each order
/// walks there; one after a change goes on from what the last one knew.
fn jumps(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench, videos: usize) {
    const COUNT: &str =
        "{ videos(filter: { path: { contains: \"zzz\" }, width: { gt: 1 } }) { totalCount } }";
    const JUMP: &str = "query ($offset: Int, $by: [VideoOrder!]) {
        videos(first: 50, offset: $offset, orderBy: $by) { nodes { id path } }
    }";
    const CURSOR: &str = "query ($offset: Int, $by: [VideoOrder!]) {
        videos(first: 1, offset: $offset, orderBy: $by) { pageInfo { endCursor } }
    }";
    const START: &str = "query ($after: String, $by: [VideoOrder!]) {
        videos(first: 50, after: $after, orderBy: $by) { startIndex }
    }";
    let mut group = criterion.benchmark_group("jump");
    group.bench_function("count with an unindexed filter", |b| {
        b.to_async(runtime).iter(|| bench.library.ask(COUNT, json!({})));
    });
    for field in ["CREATED_AT", "UPDATED_AT", "FILENAME", "PATH", "FILENAME_NATURAL", "RESOLUTION"]
    {
        let by = json!({ "field": field });
        let variables = || json!({ "offset": videos / 2, "by": by });
        let answer = runtime.block_on(bench.library.ask(CURSOR, variables()));
        let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
        let after = &answer["data"]["videos"]["pageInfo"]["endCursor"];
        group.bench_function(format!("page of 50 at half by offset, {field}"), |b| {
            b.to_async(runtime).iter(|| bench.library.ask(JUMP, variables()));
        });
        group.bench_function(
            format!("page of 50 at half by offset after a change, {field}"),
            |b| {
                b.to_async(runtime)
                    .iter_custom(|rounds| after_changes(bench, JUMP, variables(), rounds));
            },
        );
        group.bench_function(format!("start index at half, {field}"), |b| {
            b.to_async(runtime)
                .iter(|| bench.library.ask(START, json!({ "after": after, "by": by })));
        });
    }
    group.finish();
}

/// The time that a document takes in so many rounds, each of which changes a video before.
async fn after_changes(bench: &Bench, document: &str, variables: Value, rounds: u64) -> Duration {
    let mut time = Duration::ZERO;
    for width in (1..=10_000).cycle().take(usize::try_from(rounds).unwrap_or(usize::MAX)) {
        bench.update(bench.ids[1], width).await;
        let begin = Instant::now();
        bench.library.ask(document, variables.clone()).await;
        time += begin.elapsed();
    }
    time
}

fn updates(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench) {
    let mut widths = (1..=i32::MAX).cycle();
    let mut group = criterion.benchmark_group("update");
    group.throughput(Throughput::Elements(1));
    group.bench_function("one", |b| {
        b.to_async(runtime).iter(|| bench.update(bench.ids[0], widths.next().unwrap_or(1)));
    });
    group.throughput(Throughput::Elements(32));
    group.bench_function("32 at once", |b| {
        b.to_async(runtime).iter(|| {
            let width = widths.next().unwrap_or(1);
            join_all(bench.ids[..32].iter().map(move |id| bench.update(*id, width)))
        });
    });
    group.finish();
}

/// How many commits 3,200 updates take, one after another and 32 at once.
fn commits(runtime: &Runtime, bench: &Bench) {
    let commits = || bench.library.repository.activity().expect("it is a store").commits.total();
    let report = |how: &str, begin: Instant, before: u64| {
        let rate = 3_200.0 / begin.elapsed().as_secs_f64();
        eprintln!("3200 updates {how}: {} commits, {rate:.0}/s", commits() - before);
    };
    runtime.block_on(async {
        let (begin, before) = (Instant::now(), commits());
        for width in 1..=3_200 {
            bench.update(bench.ids[0], width).await;
        }
        report("one after another", begin, before);
        let (begin, before) = (Instant::now(), commits());
        let client = |id| async move {
            for width in 4_001..=4_100 {
                bench.update(id, width).await;
            }
        };
        join_all(bench.ids[..32].iter().map(|id| client(*id))).await;
        report("by 32 clients", begin, before);
    });
}

fn library(criterion: &mut Criterion) {
    let videos = sizes("100000")[0];
    let folder = tempfile::tempdir().expect("a folder for the library");
    let runtime = Runtime::new().expect("a runtime");
    let bench = runtime.block_on(Bench::new(&folder.path().join("bench.db"), videos));
    eprintln!("load average: {}", machine::load_average());
    reads(criterion, &runtime, &bench);
    statistics(criterion, &runtime, &bench);
    jumps(criterion, &runtime, &bench, videos);
    updates(criterion, &runtime, &bench);
    commits(&runtime, &bench);
    eprintln!("load average: {}", machine::load_average());
    runtime.block_on(bench.library.repository.close()).expect("the library can be closed");
}

criterion_group!(benches, library);
criterion_main!(benches);
