//! How long the everyday operations take on a SQLite library.
//!
//! `cargo bench` measures on 100,000 videos; `REELGRAPH_BENCH_VIDEOS=1000000 cargo bench` on more.
//! The library is made anew each time, out of the sample's records.

use std::env;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::{Request, Variables};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use reelgraph::domain::{
    PageRequest, RandomIds, SortValue, SystemClock, Timestamp, Video, VideoFilter, VideoId,
    VideoOrder, VideoPlace,
};
use reelgraph::graphql::{Api, Caller, Services};
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{OnConflict, VideoRepository};
use reelgraph::transfer::{ImportOptions, import};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const SAMPLE: &str = include_str!("../examples/sample.ndjson");

const PAGE: &str =
    "query($after: String) { videos(first: 50, after: $after) { edges { cursor node {
    id path filename durationFrames durationSeconds frameRate { numerator denominator fps }
    width height videoCodec audioCodec fileSize thumbnailPath createdAt updatedAt version
} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

const BY_ID: &str = "query($id: ID!) { video(id: $id) {
    id path filename durationSeconds width height videoCodec fileSize
} }";

const NESTED: &str = "{ videos(first: 50) { nodes { id filename
    auditEntries(first: 5) { nodes { id operation timestamp version changes { field old new } } }
} } }";

const UPDATE: &str = "mutation($id: ID!, $width: Int!) {
    updateVideo(input: { id: $id, width: $width }) { video { version } userErrors { code } }
}";

/// A library, the ways to ask it, and some of its IDs.
struct Bench {
    repository: Arc<SqliteRepository>,
    api: Api,
    /// The newest videos' IDs.
    ids: Vec<VideoId>,
    half: VideoPlace,
}

impl Bench {
    async fn new(file: &Path, videos: usize) -> Self {
        let repository = Arc::new(SqliteRepository::open(file).await.expect("a new library"));
        fill(&*repository, videos).await;
        let api = Api::new(Services {
            repository: repository.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        });
        let order = VideoOrder::default();
        let newest = page(&*repository, PageRequest::first(64)).await;
        let half = VideoPlace {
            keys: vec![SortValue::Integer(created_at(videos / 2))],
            id: VideoId::from_bytes([0; 16]),
        };
        assert!(order.admits(&half), "the place is one of the order");
        Self { repository, api, ids: newest.iter().map(|video| video.id).collect(), half }
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let caller = Caller { request_id: "bench".to_owned(), actor: None };
        let response = self.api.execute(request, caller).await;
        assert!(response.is_ok(), "{:?}", response.errors);
        response.data.into_json().expect("an answer is JSON")
    }

    async fn update(&self, id: VideoId, width: i32) {
        self.ask(UPDATE, json!({ "id": id.to_string(), "width": width })).await;
    }
}

async fn page(repository: &dyn VideoRepository, request: PageRequest<VideoPlace>) -> Vec<Video> {
    let everything = VideoFilter::everything();
    let page = repository.list(&everything, &VideoOrder::default(), &request).await;
    page.expect("the library can be read").items
}

/// When the video with this number was added: one a second.
fn created_at(number: usize) -> i64 {
    1_600_000_000_000_000 + i64::try_from(number).expect("a number of videos") * 1_000_000
}

/// The sample's records over and over, each with a path, a time and an ID of its own.
fn records(videos: usize) -> impl Iterator<Item = String> {
    let sample: Vec<Value> =
        SAMPLE.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    (0..videos).map(move |number| {
        let mut record = sample[number % sample.len()].clone();
        let path = record["path"].as_str().expect("a path").to_owned();
        record["path"] = format!("/volume/{:04}/{number:07}{path}", number / 1000).into();
        let at = Timestamp::from_micros(created_at(number)).expect("within the range");
        record["createdAt"] = at.to_string().into();
        record["id"] = uuid::Uuid::from_u128(mixed(number)).to_string().into();
        format!("{record}\n")
    })
}

/// A number spread over 128 bits, so that IDs do not come in the order of addition.
fn mixed(number: usize) -> u128 {
    (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
}

/// Text that is made while it is read.
struct Lines<I> {
    lines: I,
    rest: Vec<u8>,
}

impl<I: Iterator<Item = String>> Read for Lines<I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = self.lines.next().unwrap_or_default().into_bytes();
        }
        let length = self.rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

async fn fill(repository: &dyn VideoRepository, videos: usize) {
    let begin = Instant::now();
    let options = ImportOptions {
        on_conflict: OnConflict::Fail,
        request_id: "bench".to_owned(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let text = BufReader::new(Lines { lines: records(videos), rest: Vec::new() });
    import(repository, text, options, |_| {}).await.expect("the records are good");
    eprintln!("imported {videos} videos in {:.1} s", begin.elapsed().as_secs_f64());
}

fn reads(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench) {
    let mut group = criterion.benchmark_group("read");
    let after_half = || PageRequest::Forward { limit: 50, after: Some(bench.half.clone()) };
    group.bench_function("page of 50, repository alone", |b| {
        b.to_async(runtime).iter(|| page(&*bench.repository, PageRequest::first(50)));
    });
    group.bench_function("page of 50 at half of the library, repository alone", |b| {
        b.to_async(runtime).iter(|| page(&*bench.repository, after_half()));
    });
    group.bench_function("page of 50", |b| {
        b.to_async(runtime).iter(|| bench.ask(PAGE, json!({})));
    });
    group.bench_function("one video by ID", |b| {
        b.to_async(runtime).iter(|| bench.ask(BY_ID, json!({ "id": bench.ids[0].to_string() })));
    });
    group.bench_function("page of 50 with 5 audit entries each", |b| {
        b.to_async(runtime).iter(|| bench.ask(NESTED, json!({})));
    });
    group.finish();
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
    let commits = || bench.repository.statistics().commits;
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
    let videos = env::var("REELGRAPH_BENCH_VIDEOS")
        .map_or(100_000, |count| count.parse().expect("REELGRAPH_BENCH_VIDEOS is a number"));
    let folder = tempfile::tempdir().expect("a folder for the library");
    let runtime = Runtime::new().expect("a runtime");
    let bench = runtime.block_on(Bench::new(&folder.path().join("bench.db"), videos));
    reads(criterion, &runtime, &bench);
    updates(criterion, &runtime, &bench);
    commits(&runtime, &bench);
    runtime.block_on(bench.repository.close());
}

criterion_group!(benches, library);
criterion_main!(benches);
