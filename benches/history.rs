//! What past moments, bulk changes and undos cost.
//!
//! `cargo bench --bench history` prints tables in Markdown. `REELGRAPH_BENCH_VIDEOS` sets the size of the library,
//! 1,000,000 by default; `REELGRAPH_BENCH_LIBRARY` names a file to keep it in, so that it is not imported again. The
//! answers are those that a client gets, without HTTP. What the library looks like now is asked for in turns with
//! what it looked like then.

#[path = "support/machine.rs"]
#[expect(dead_code, reason = "only the load is of interest here")]
mod machine;
mod support;

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reelgraph::domain::{
    PageRequest, Text, Timestamp, Video, VideoFilter, VideoId, VideoOrder, VideoPatch, VideoValues,
};
use reelgraph::repository::{
    Becomes, ChangeContext, PlannedChange, PlannedChanges, Unless, VideoRepository, Write,
};
use serde_json::{Value, json};
use support::{Library, sizes};

/// How many times each query is asked.
const ROUNDS: usize = 15;
/// How many videos a bulk change has.
const BULK: usize = 10_000;

/// What is asked of the present and of the past.
const QUERIES: [(&str, &str); 7] = [
    ("Page of 50", "videos(first: 50) { nodes { id path width version } }"),
    (
        "Page of 50 by path",
        "videos(first: 50, orderBy: [{ field: PATH, direction: ASC }]) { nodes { id path } }",
    ),
    (
        "Page of 50 with a filter",
        "videos(first: 50, filter: { height: { eq: 1080 } }) { nodes { id path } }",
    ),
    ("Page of 50 at an offset", "videos(first: 50, offset: 20000) { nodes { id path } }"),
    ("Count with a filter", "videos(first: 0, filter: { height: { eq: 1080 } }) { totalCount }"),
    ("Search", "searchVideos(query: \"the house\", first: 20) { nodes { id path } }"),
    ("Statistics", "videoStats { count totalFileSize videoCodecs { codec count } }"),
];

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for videos in sizes("1000000") {
        let file = env::var_os("REELGRAPH_BENCH_LIBRARY").map(PathBuf::from);
        let file = file.unwrap_or_else(|| folder.path().join(format!("{videos}.db")));
        let library = Library::new(&file, videos).await;
        println!("{videos} videos; load average {}\n", machine::load_average());
        // A library that was kept has the requests of earlier runs.
        let run = library.repository.newest().await.expect("a log").sequence;
        let mut changed = 0;
        for changes in [BULK, BULK * 10] {
            let place = cursor(&library).await;
            for _ in 0..changes / BULK {
                change(&library, changed, &format!("bulk-{run}-{changed}")).await;
                changed += BULK;
            }
            moments(&library, &place, changes).await;
        }
        entries(&library).await;
        undo(&library, &format!("bulk-{run}-{}", changed - BULK), BULK).await;
        let two = format!("two-{run}");
        for _ in 0..2 {
            change(&library, changed, &two).await;
            changed += BULK;
        }
        undo(&library, &two, 2 * BULK).await;
    }
}

async fn answer(library: &Library, query: &str) -> Value {
    let text = library.ask(query, json!({})).await;
    serde_json::from_slice::<Value>(&text).expect("answers are JSON")["data"].take()
}

async fn cursor(library: &Library) -> String {
    let found = answer(library, "{ changesCursor }").await;
    found["changesCursor"].as_str().expect("a cursor").to_owned()
}

/// Changes videos that have not been changed yet, with one write.
async fn change(library: &Library, skipped: usize, request: &str) {
    let videos = videos(&*library.repository, skipped).await;
    let thumbnail = Text::new(&format!("/thumbnails/{request}.jpg")).expect("a path");
    let changes = videos.into_iter().map(|video| {
        let patch =
            VideoPatch { thumbnail_path: Some(Some(thumbnail.clone())), ..Default::default() };
        let values: VideoValues = patch.apply_to(&video.values);
        PlannedChange {
            id: video.id,
            version: video.version,
            becomes: Becomes::Values(Box::new(values)),
        }
    });
    let changes = PlannedChanges { changes: changes.collect(), seen: 0, unless: Unless::Nothing };
    let by =
        ChangeContext { at: Timestamp::MIN, actor: None, request_id: Some(request.to_owned()) };
    library.repository.write(Write::Planned(changes), by).await.expect("it is up to date");
}

/// As many videos as a bulk change has, without the first ones.
async fn videos(library: &dyn VideoRepository, skipped: usize) -> Vec<Video> {
    let (everything, order) = (VideoFilter::everything(), VideoOrder::default());
    let page = PageRequest::first(BULK).skipping(skipped);
    library.list(&everything, &order, &page).await.expect("a page").items
}

async fn timed(library: &Library, query: &str) -> f64 {
    let begin = Instant::now();
    library.ask(query, json!({})).await;
    begin.elapsed().as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

async fn moments(library: &Library, place: &str, changes: usize) {
    let then =
        |query: &str| format!("{{ libraryAt(at: {{ cursor: \"{place}\" }}) {{ {query} }} }}");
    let built = timed(library, &then("time")).await;
    println!("{changes} changes since, read in {built:.0} ms:\n");
    println!("| ms | now | then, first | then, later | × |");
    println!("|---|--:|--:|--:|--:|");
    for (name, query) in QUERIES {
        let first = timed(library, &then(query)).await;
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            now.push(timed(library, &format!("{{ {query} }}")).await);
            later.push(timed(library, &then(query)).await);
        }
        let (now, later) = (median(now), median(later));
        println!("| {name} | {now:.2} | {first:.2} | {later:.2} | {:.1} |", later / now);
    }
    println!();
}

async fn entries(library: &Library) {
    let bare = "{ auditEntries(first: 100) { nodes { id } } }";
    let both = "{ auditEntries(first: 100) { nodes { id before { path } after { path } } } }";
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(timed(library, bare).await);
        with.push(timed(library, both).await);
    }
    let (without, with) = (median(without), median(with));
    println!("100 audit entries: {without:.2} ms, with `before` and `after` {with:.2} ms.\n");
}

/// Undoes a request, while others write.
async fn undo(library: &Library, request: &str, videos_of_it: usize) {
    let input = |more: &str| format!("input: {{ requestId: \"{request}\" {more} }}");
    let begin = Instant::now();
    let plan = format!("mutation {{ undoRequest({}) {{ count plan }} }}", input(""));
    let plan = answer(library, &plan).await["undoRequest"].take();
    assert_eq!(plan["count"], videos_of_it);
    let planned = begin.elapsed().as_secs_f64();
    let is_done = Arc::new(AtomicBool::new(false));
    let id = videos(&*library.repository, 0).await[0].id;
    let others = tokio::spawn(write_until(library.repository.clone(), id, Arc::clone(&is_done)));
    let more = format!("dryRun: false plan: {}", plan["plan"]);
    let begin = Instant::now();
    let undone =
        format!("mutation {{ undoRequest({}) {{ applied userErrors {{ code }} }} }}", input(&more));
    let undone = answer(library, &undone).await["undoRequest"].take();
    let carried_out = begin.elapsed().as_secs_f64();
    assert_eq!(undone["applied"], true, "{undone}");
    is_done.store(true, Ordering::Relaxed);
    let waited = others.await.expect("the writer ends").as_secs_f64();
    println!(
        "Undo of {videos_of_it} videos: planned in {planned:.2} s, carried out in {carried_out:.2} s; another writer \
         waited at most {waited:.2} s."
    );
}

/// Makes one change after another, and returns the longest time that one of them took.
async fn write_until(
    library: Arc<dyn VideoRepository>,
    id: VideoId,
    is_done: Arc<AtomicBool>,
) -> Duration {
    let mut longest = Duration::ZERO;
    let mut number = 0;
    while !is_done.load(Ordering::Relaxed) {
        number += 1;
        let filename = Some(Text::new(&format!("{number}.mkv")).expect("a name"));
        let patch = VideoPatch { filename, ..VideoPatch::default() };
        let by = ChangeContext { at: Timestamp::MIN, actor: None, request_id: None };
        let begin = Instant::now();
        library.update(id, patch, None, by).await.expect("it is there");
        longest = longest.max(begin.elapsed());
    }
    longest
}
