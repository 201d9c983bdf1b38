//! Scans, and who waits for them.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, poll};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Library, by, id, video};
use crate::domain::filter::{TextField, TextTest};
use crate::domain::{AuditFilter, PageRequest, VideoFilter, VideoOrder};
use crate::repository::sqlite::reader::Reader;
use crate::repository::sqlite::rows::BoxError;
use crate::repository::{RepositoryError, SnapshotReads, VideoReader, VideoRepository};

/// Readings that go on until this is dropped.
struct Held {
    _until_dropped: Sender<()>,
    dropped: Arc<Mutex<Receiver<()>>>,
    begin: tokio::sync::mpsc::UnboundedSender<()>,
    begun: UnboundedReceiver<()>,
}

impl Held {
    fn new() -> Self {
        let (until_dropped, dropped) = mpsc::channel();
        let (begin, begun) = unbounded_channel();
        let dropped = Arc::new(Mutex::new(dropped));
        Self { _until_dropped: until_dropped, dropped, begin, begun }
    }

    /// One that signals its start.
    fn reading(&self) -> impl Fn(&Reader) -> Result<(), BoxError> + Send + 'static + use<> {
        let (dropped, begin) = (Arc::clone(&self.dropped), self.begin.clone());
        move |_: &Reader| {
            begin.send(()).unwrap();
            // Nothing is ever sent.
            dropped.lock().unwrap().recv().unwrap_err();
            Ok(())
        }
    }

    /// Waits until as many have begun.
    async fn wait_for(&mut self, count: usize) {
        for _ in 0..count {
            self.begun.recv().await.unwrap();
        }
    }
}

type Scans<'s> = BoxFuture<'s, Vec<Result<(), RepositoryError>>>;

/// The maximum number of concurrent scans, all of which have started.
async fn all_scans<'s>(library: &'s Library, held: &mut Held) -> Scans<'s> {
    let count = library.store.activity().unwrap().scans.unwrap().size;
    let scan = |_| library.store.readers.look_through("be held", held.reading());
    let mut scans = join_all((0..count).map(scan)).boxed();
    assert!(poll!(&mut scans).is_pending());
    held.wait_for(count).await;
    scans
}

fn some_path() -> VideoFilter {
    VideoFilter::Text(TextField::Path, TextTest::Contains("media".to_owned()))
}

/// Reads all that an index finds.
async fn look_up(reader: &dyn VideoReader) {
    let (everything, order) = (VideoFilter::everything(), VideoOrder::default());
    assert!(reader.get(id(1)).await.unwrap().is_some());
    assert!(reader.get_by_path("/media/1.mkv").await.unwrap().is_some());
    let page = reader.list(&everything, &order, &PageRequest::first(10)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(reader.count(&everything).await.unwrap(), 1);
    assert_eq!(reader.stats(&everything).await.unwrap().totals.count, 1);
    assert_eq!(reader.newest().await.unwrap().sequence, 1);
    let log = AuditFilter::default();
    assert_eq!(reader.list_entries(&log, &PageRequest::first(10)).await.unwrap().items.len(), 1);
    assert_eq!(reader.entries_after(0, &log, 10).await.unwrap().len(), 1);
    assert_eq!(reader.entries_of(&[id(1)], &PageRequest::first(10)).await.unwrap().len(), 1);
    assert_eq!(reader.count_entries_of(&[id(1)]).await.unwrap(), [1]);
    let named = VideoFilter::Text(TextField::Path, TextTest::Eq("/media/1.mkv".to_owned()));
    assert_eq!(reader.count(&named).await.unwrap(), 1);
}

#[tokio::test]
async fn scans_hold_up_no_look_up_no_snapshot_and_no_readiness() {
    let library = Library::new().await;
    library.store.insert(video(1), by()).await.unwrap();
    let mut held = Held::new();
    let scans = all_scans(&library, &mut held).await;

    library.store.ping().await.unwrap();
    look_up(&library.store).await;
    let snapshot = library.store.snapshot(SnapshotReads::LookUps).await.unwrap();
    look_up(&*snapshot).await;
    // A snapshot does not get around the others.
    let filter = some_path();
    assert!(poll!(snapshot.count(&filter)).is_pending());
    let mut waiting = library.store.count(&filter);
    assert!(poll!(&mut waiting).is_pending());

    drop(held);
    assert!(scans.await.iter().all(Result::is_ok));
    assert_eq!(waiting.await.unwrap(), 1);
    assert_eq!(snapshot.count(&some_path()).await.unwrap(), 1);
}

#[tokio::test]
async fn snapshots_to_be_scanned_hold_up_no_others() {
    let library = Library::new().await;
    library.store.insert(video(1), by()).await.unwrap();
    let mut snapshots = Vec::new();
    // All that there can be.
    while let Some(snapshot) = taken_at_once(&library, SnapshotReads::All).await {
        snapshots.push(snapshot);
    }
    let snapshot = library.store.snapshot(SnapshotReads::LookUps).await.unwrap();
    look_up(&*snapshot).await;
}

/// A snapshot, unless it has to wait for others.
pub(super) async fn taken_at_once(
    library: &Library,
    reads: SnapshotReads,
) -> Option<Arc<dyn VideoReader>> {
    let mut taken = library.store.snapshot(reads);
    let polled = poll!(&mut taken);
    let waiting = library.store.activity().unwrap().snapshots.waiting;
    match polled {
        Poll::Ready(taken) => Some(taken.unwrap()),
        Poll::Pending if waiting > 0 => None,
        Poll::Pending => Some(taken.await.unwrap()),
    }
}

#[tokio::test]
async fn whoever_came_first_scans_first() {
    let library = Library::new().await;
    let mut held = Held::new();
    let scans = all_scans(&library, &mut held).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let numbered = |number: usize| {
        let order = Arc::clone(&order);
        library.store.readers.look_through("take a turn", move |_: &Reader| {
            order.lock().unwrap().push(number);
            Ok(())
        })
    };
    let mut waiting = join_all((0..10).map(numbered)).boxed();
    assert!(poll!(&mut waiting).is_pending());
    assert_eq!(library.store.activity().unwrap().scans.unwrap().waiting, 10);
    drop(held);
    scans.await;
    assert!(waiting.await.iter().all(Result::is_ok));
    let order = order.lock().unwrap();
    let size = library.store.activity().unwrap().scans.unwrap().size;
    // As many as may scan at once can overtake each other.
    for (place, number) in order.iter().enumerate() {
        assert!(place.abs_diff(*number) < size, "{order:?}");
    }
}

#[tokio::test]
async fn what_was_given_up_keeps_its_turn_until_it_has_ended() {
    let mut library = Library::new().await;
    library.store.readers.limit = Duration::from_millis(50);
    let mut held = Held::new();
    let scans = all_scans(&library, &mut held).await.await;
    for given_up in scans {
        let error = given_up.unwrap_err();
        assert!(matches!(error, RepositoryError::TimedOut { .. }), "{error:?}");
    }
    let error = library.store.count(&some_path()).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Busy { attempted: "count videos", .. }), "{error:?}");
    assert_eq!(error.to_string(), "could not begin to count videos within 50 ms");

    drop(held);
    library.store.readers.limit = Duration::from_secs(3600);
    assert_eq!(library.store.count(&some_path()).await.unwrap(), 0);
}
