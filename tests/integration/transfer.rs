//! Importing and exporting libraries as text.

use std::io::Cursor;
use std::sync::Arc;

use futures_util::TryStreamExt;
use reelgraph::domain::{
    AuditFilter, Dimension, PageRequest, RandomIds, Video, VideoFilter, VideoPatch,
};
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{ChangeContext, OnConflict, VideoReader, VideoRepository};
use reelgraph::transfer::{
    ImportError, ImportOptions, ImportSummary, export, import, import_until, rehearse_until,
};

use crate::support::clock::TickingClock;

/// A line for a video that is told from others by its ID's last digit and its path.
fn line(id: u8, path: &str, codec: &str) -> String {
    let id = format!("c78bce5b-65ee-4465-bf77-675b13c4be{id:02}");
    let values = r#""durationFrames":100,"frameRate":{"numerator":60,"denominator":2},"width":1920,"height":1080"#;
    format!(
        r#"{{"id":"{id}","path":"{path}","filename":"a.mkv",{values},"videoCodec":"{codec}","audioCodec":null,"fileSize":1,"thumbnailPath":null,"createdAt":"2019-01-01T00:00:0{path_digit}.000000Z","updatedAt":"2020-01-01T00:00:00.000000Z"}}"#,
        path_digit = path.len() % 10,
    ) + "\n"
}

fn options(on_conflict: OnConflict) -> ImportOptions {
    ImportOptions {
        on_conflict,
        request_id: "import-1".to_owned(),
        clock: Arc::new(TickingClock::new()),
        ids: Arc::new(RandomIds),
    }
}

async fn import_text(
    store: &dyn VideoRepository,
    text: String,
    on_conflict: OnConflict,
) -> Result<ImportSummary, ImportError> {
    import(store, Cursor::new(text), options(on_conflict), |_| {}).await
}

async fn export_text(store: &dyn VideoRepository) -> String {
    let mut text = Vec::new();
    export(store.scan(), &mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

fn counts(summary: ImportSummary) -> (u64, u64, u64) {
    (summary.added, summary.updated, summary.unchanged)
}

#[tokio::test]
async fn what_was_exported_is_imported_to_the_same_bytes() {
    let text = line(1, "/a", "h264") + &line(3, "/ccc", "h264") + &line(2, "/ü\\\"\\n", "av1");
    let first = MemoryRepository::new();
    import_text(&first, text.clone(), OnConflict::Fail).await.unwrap();
    let exported = export_text(&first).await;
    assert_eq!(exported, text);

    let second = MemoryRepository::new();
    import_text(&second, exported.clone(), OnConflict::Fail).await.unwrap();
    assert_eq!(export_text(&second).await, exported);
}

/// Updates every video of a store by a clock that was set back to this time.
async fn update_all(store: &dyn VideoRepository, at: &str) {
    let by = ChangeContext { at: at.parse().unwrap(), actor: None, request_id: None };
    let videos: Vec<Video> = store.scan().try_collect().await.unwrap();
    for video in videos {
        let width = Some(Dimension::new(video.values.width.get() + 1).unwrap());
        let patch = VideoPatch { width, ..VideoPatch::default() };
        store.update(video.id, patch, None, by.clone()).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_changed_after_the_clock_was_set_back_can_be_exported_and_imported() {
    let store = MemoryRepository::new();
    // One that was added by the clock as it was, and one with a time that is still to come.
    let own = line(1, "/a", "h264").replace(r#""createdAt":"2019-01-01T00:00:02.000000Z","#, "");
    let own = own.replace(r#","updatedAt":"2020-01-01T00:00:00.000000Z""#, "");
    let own = own.replace(r#""thumbnailPath":null,"#, r#""thumbnailPath":null"#);
    let future =
        line(2, "/b", "h264").replace(":\"2019-", ":\"2099-").replace(":\"2020-", ":\"2100-");
    import_text(&store, own + &future, OnConflict::Fail).await.unwrap();
    update_all(&store, "2001-01-01T00:00:00Z").await;
    let videos: Vec<Video> = store.scan().try_collect().await.unwrap();
    assert!(videos.iter().all(|video| video.version == 2 && video.updated_at >= video.created_at));

    let exported = export_text(&store).await;
    let copy = MemoryRepository::new();
    import_text(&copy, exported.clone(), OnConflict::Fail).await.unwrap();
    assert_eq!(export_text(&copy).await, exported);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn the_log_names_the_import() {
    let store = MemoryRepository::new();
    import_text(&store, line(1, "/a", "h264"), OnConflict::Fail).await.unwrap();
    let filter = AuditFilter { request_id: Some("import-1".to_owned()), ..AuditFilter::default() };
    let page = store.list_entries(&filter, &PageRequest::first(10)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].actor, None);
}

#[tokio::test]
async fn bad_lines_are_told_with_their_numbers_and_nothing_of_their_batch_is_written() {
    let store = MemoryRepository::new();
    let text = line(1, "/a", "h264") + "\n{\n" + &line(2, "", "h264");
    let error = import_text(&store, text, OnConflict::Fail).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3: ends before the JSON is complete: write one record per line\n\
         line 4: path: must not be empty"
    );
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 0);
}

#[tokio::test]
async fn conflicts_are_told_with_the_lines_they_are_in() {
    let store = MemoryRepository::new();
    import_text(&store, line(1, "/a", "h264"), OnConflict::Fail).await.unwrap();
    let text = line(2, "/b", "h264") + "\n" + &line(3, "/a", "h264") + &line(1, "/c", "h264");
    let error = import_text(&store, text, OnConflict::Fail).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3: path: /a is taken by another video\n\
         line 4: id: c78bce5b-65ee-4465-bf77-675b13c4be01 is taken by a video with other values"
    );
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_import_that_was_interrupted_is_completed_with_skip() {
    let whole: String = (0..50).map(|n| line(n, &format!("/{n}"), "h264")).collect();
    let store = MemoryRepository::new();
    let begun: String = whole.lines().take(20).map(|line| format!("{line}\n")).collect();
    import_text(&store, begun, OnConflict::Fail).await.unwrap();
    let summary = import_text(&store, whole, OnConflict::Skip).await.unwrap();
    assert_eq!(counts(summary), (30, 0, 20));
}

#[tokio::test]
async fn update_gives_new_values_and_keeps_the_time_of_addition() {
    let store = MemoryRepository::new();
    import_text(&store, line(1, "/a", "h264"), OnConflict::Fail).await.unwrap();
    let text = line(1, "/moved", "av1") + &line(2, "/b", "h264");
    let summary = import_text(&store, text.clone(), OnConflict::Update).await.unwrap();
    assert_eq!(counts(summary), (1, 1, 0));
    let moved = store.get_by_path("/moved").await.unwrap().unwrap();
    assert_eq!(moved.created_at.to_string(), "2019-01-01T00:00:02.000000Z");
    assert_eq!(moved.version, 2);
    let again = import_text(&store, text, OnConflict::Update).await.unwrap();
    assert_eq!(counts(again), (0, 0, 2));
}

#[tokio::test]
async fn a_line_without_end_is_refused_without_reading_it_whole() {
    let store = MemoryRepository::new();
    let endless = format!("{{\"path\":\"{}", "x".repeat(3 << 20));
    let error = import_text(&store, endless, OnConflict::Fail).await.unwrap_err();
    assert_eq!(error.to_string(), "line 1: is longer than 1048576 bytes");
}

/// A line without an ID and without times.
fn anonymous(path: &str, codec: &str) -> String {
    format!(
        r#"{{"path":"{path}","durationFrames":100,"frameRate":{{"numerator":25}},"width":1920,"height":1080,"videoCodec":"{codec}","fileSize":1}}"#
    ) + "\n"
}

#[tokio::test]
async fn a_record_without_an_id_that_is_there_already_is_no_conflict() {
    let store = MemoryRepository::new();
    let text = anonymous("/a", "h264") + &anonymous("/b", "h264") + &anonymous("/a", "h264");
    let summary = import_text(&store, text.clone(), OnConflict::Fail).await.unwrap();
    assert_eq!(counts(summary), (2, 0, 1));
    let summary = import_text(&store, text, OnConflict::Fail).await.unwrap();
    assert_eq!(counts(summary), (0, 0, 3));
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_record_without_an_id_conflicts_with_other_values_at_its_path() {
    let store = MemoryRepository::new();
    import_text(&store, anonymous("/a", "h264"), OnConflict::Fail).await.unwrap();
    let dated = anonymous("/a", "h264").replace('{', r#"{"createdAt":"2001-01-01T00:00:00Z","#);
    let dated = dated.replacen(
        r#""frameRate":{"createdAt":"2001-01-01T00:00:00Z","#,
        r#""frameRate":{"#,
        1,
    );
    // The third line says the same as the second, which cannot come in: both are named.
    let text = anonymous("/b", "av1") + &anonymous("/a", "av1") + &anonymous("/a", "av1") + &dated;
    let error = import_text(&store, text, OnConflict::Fail).await.unwrap_err();
    let conflict = |line| format!("line {line}: path: /a is taken by another video");
    assert_eq!(error.to_string(), [2, 3, 4].map(conflict).join("\n"));
}

#[tokio::test]
async fn an_import_that_is_stopped_leaves_whole_batches() {
    let store = MemoryRepository::new();
    let text: String = (0..12_000).map(|n| anonymous(&format!("/{n}"), "h264")).collect();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    let progress = |_| {
        if let Some(stop) = stop.take() {
            stop.send(()).unwrap();
        }
    };
    let stopped = async { stopped.await.unwrap() };
    let input = Cursor::new(text.clone());
    let outcome = import_until(stopped, &store, input, options(OnConflict::Fail), progress).await;
    assert!(matches!(outcome, Err(ImportError::Interrupted)), "{outcome:?}");
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 5_000);
    let summary = import_text(&store, text, OnConflict::Fail).await.unwrap();
    assert_eq!(counts(summary), (7_000, 0, 5_000));
}

/// A line with these facts of the file, each with a comma before it.
fn line_with(facts: &str) -> String {
    line(1, "/a", "h264").replace("\"}\n", &format!("\"{facts}}}\n"))
}

#[tokio::test]
async fn facts_of_files_are_exported_and_imported() {
    let facts = r#","missingSince":"2026-01-01T00:00:01.000000Z","fileModifiedAt":"2026-01-01T00:00:02.000000Z","fingerprint":"x3p1:000000000000000000000000000000ff","container":"matroska","bitRate":1,"rotation":90,"pixelAspectRatio":{"numerator":16,"denominator":11},"hasVariableFrameRate":false,"streams":[{"index":0,"kind":"VIDEO","codec":"h264"}],"chapters":[{"startSeconds":0.5,"endSeconds":1.0}]"#;
    let store = MemoryRepository::new();
    import_text(&store, line_with(facts), OnConflict::Fail).await.unwrap();
    assert_eq!(export_text(&store).await, line_with(facts));
    let again = import_text(&store, line_with(facts), OnConflict::Fail).await.unwrap();
    assert_eq!(counts(again), (0, 0, 1));
    let other = line_with(r#","rotation":180"#);
    let changed = import_text(&store, other.clone(), OnConflict::Update).await.unwrap();
    assert_eq!(counts(changed), (0, 1, 0));
    assert!(export_text(&store).await.ends_with("Z\",\"rotation\":180}\n"));
}

#[tokio::test]
async fn a_fact_that_no_file_has_is_refused() {
    for (facts, fault) in [
        (r#","rotation":45"#, "rotation: must be 0, 90, 180 or 270"),
        (
            r#","fingerprint":"x""#,
            "fingerprint: must be x3p1: and 32 hexadecimal digits in lower case",
        ),
    ] {
        let store = MemoryRepository::new();
        let error = import_text(&store, line_with(facts), OnConflict::Fail).await.unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(&format!("line 1: {fault}")), "{message}");
    }
}

/// A line for the video of this number.
fn numbered(number: u32, path: &str, width: u32) -> String {
    let id = format!("c78bce5b-65ee-4465-bf77-{number:012}");
    format!(
        r#"{{"id":"{id}","path":"{path}","durationFrames":1,"frameRate":{{"numerator":25}},"width":{width},"height":1,"videoCodec":"h264","fileSize":1}}"#
    ) + "\n"
}

/// The counts of an import, or why it stopped.
fn outcome(imported: Result<ImportSummary, ImportError>) -> Result<(u64, u64, u64), String> {
    imported.map(counts).map_err(|error| error.to_string())
}

/// Imports a text into a library with these videos, after a rehearsal that must have the same outcome.
async fn is_rehearsed(
    store: &dyn VideoRepository,
    library: &str,
    text: &str,
    on_conflict: OnConflict,
) {
    import_text(store, library.to_owned(), OnConflict::Fail).await.unwrap();
    let before = export_text(store).await;
    let (never, input) = (std::future::pending(), Cursor::new(text.to_owned()));
    let rehearsed = rehearse_until(never, store, input, options(on_conflict), |_| {}).await;
    assert_eq!(export_text(store).await, before);
    let imported = import_text(store, text.to_owned(), on_conflict).await;
    assert_eq!(outcome(rehearsed), outcome(imported), "{on_conflict:?}: {text:.400}");
}

#[tokio::test]
async fn a_rehearsal_has_the_outcome_that_the_import_then_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: u32| format!("/{number}");
    let library: String = (0..20).map(|number| numbered(number, &path(number), 1)).collect();
    // What follows is in another batch, and meets these as well as the library.
    let first_batch: String = (10..5009).map(|number| numbered(number, &path(number), 1)).collect();
    let first_batch = first_batch + &numbered(5, "/5-moved", 1);
    for (index, more) in [
        String::new(),
        numbered(10, "/10", 1) + &numbered(6000, "/6000", 1),
        numbered(10, "/10", 2),
        numbered(7000, "/10", 1),
        numbered(7000, "/1", 1),
        numbered(1, "/1", 2),
        numbered(3000, "/3000", 2),
        numbered(7000, "/3000", 1),
        numbered(7000, "/5", 1) + &numbered(7001, "/5-moved", 2) + &numbered(5, "/5-moved", 1),
        // A path is left by one, and taken by another.
        numbered(10, "/moved", 1) + &numbered(7000, "/10", 1) + &numbered(10, "/10", 1),
        numbered(1, "/moved", 1) + &numbered(7000, "/1", 1) + &numbered(7001, "/moved", 1),
    ]
    .into_iter()
    .enumerate()
    {
        for on_conflict in [OnConflict::Fail, OnConflict::Skip, OnConflict::Update] {
            let file = folder.path().join(format!("{index}-{on_conflict:?}.db"));
            let in_file = SqliteRepository::open(&file).await.unwrap();
            is_rehearsed(&in_file, &library, &more, on_conflict).await;
            let text = format!("{first_batch}{more}");
            is_rehearsed(&MemoryRepository::new(), &library, &text, on_conflict).await;
        }
    }
}
