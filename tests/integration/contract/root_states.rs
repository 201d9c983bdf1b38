//! Clients that follow the state of the library: which roots they hear of.

use std::sync::Arc;
use std::time::Duration;

use reelgraph::domain::VideoFilter;
use reelgraph::domain::catalogue::{Root, RootId, RootLook};
use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::feed::{Feed, FeedSettings, LibraryChanges, LibraryEvent, LibrarySubscription};
use reelgraph::repository::VideoRepository;
use tokio::time::timeout;

use super::stores::Opened;
use crate::support::binary::PATIENCE;
use crate::support::catalogue::{root, root_id};
use crate::support::clock::ManualClock;
use crate::support::videos::{by, second, video};

contract_suite! {
    properties:
        a_root_that_changes_is_named_whatever_the_filter_says,
        a_promise_to_look_after_a_root_ends_and_begins_without_a_write,
        a_root_that_begins_or_ceases_to_be_watched_is_named,
        roots_and_videos_that_change_together_are_one_event,
        the_first_event_names_every_root_also_where_it_goes_on;
}

/// A library that somebody follows, and the clock that they go by.
struct Followed {
    opened: Opened,
    clock: Arc<ManualClock>,
    feed: Feed,
}

impl Followed {
    async fn new(opened: Opened, library_interval: Duration) -> Self {
        let clock = Arc::new(ManualClock::at(second(0)));
        let settings = FeedSettings { library_interval, ..FeedSettings::default() };
        let feed = Feed::new(Arc::clone(&opened.store), Arc::clone(&clock) as _, settings);
        opened.store.insert(video(1), by(1)).await.unwrap();
        Self { opened, clock, feed }
    }

    fn store(&self) -> &dyn VideoRepository {
        &*self.opened.store
    }

    async fn add(&self, root: &Root) {
        assert!(self.store().catalogue().add_root(root).await.unwrap());
    }

    async fn note(&self, number: u8, fault: Option<&str>) {
        let look = RootLook { fault: fault.map(str::to_owned), device: Some(1) };
        self.store().catalogue().note_look(root_id(number), &look, None).await.unwrap();
    }

    /// A subscription whose first event names these roots.
    async fn follow(&self, filter: VideoFilter, roots: &[u8]) -> LibrarySubscription {
        let mut subscription = self.feed.follow_library(filter, None).await.unwrap();
        let event = next(&mut subscription).await;
        assert_eq!((event.changes, event.roots), (LibraryChanges::UNKNOWN, ids(roots)));
        subscription
    }

    /// Checks that the next event names these roots and nothing else.
    async fn expect(&self, subscription: &mut LibrarySubscription, roots: &[u8]) {
        let place = self.store().newest().await.unwrap();
        let (changes, roots) = (LibraryChanges::NONE, ids(roots));
        assert_eq!(next(subscription).await, LibraryEvent { changes, roots, place });
    }
}

fn ids(numbers: &[u8]) -> Vec<RootId> {
    numbers.iter().copied().map(root_id).collect()
}

async fn next(subscription: &mut LibrarySubscription) -> LibraryEvent {
    timeout(PATIENCE, subscription.next()).await.expect("an event comes").unwrap()
}

fn nothing() -> VideoFilter {
    VideoFilter::Text(TextField::Path, TextTest::Eq("/nowhere".to_owned()))
}

/// Runs a test over a new library.
fn run<F: Future<Output = Opened>>(
    open: fn() -> F,
    interval: Duration,
    test: impl AsyncFnOnce(Followed),
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { test(Followed::new(open().await, interval).await).await });
}

const AT_ONCE: Duration = Duration::from_millis(1);

fn a_root_that_changes_is_named_whatever_the_filter_says<F: Future<Output = Opened>>(
    open: fn() -> F,
) {
    run(open, AT_ONCE, async |library| {
        let mut all = library.follow(VideoFilter::everything(), &[]).await;
        library.add(&root(1)).await;
        library.expect(&mut all, &[1]).await;
        let mut none = library.follow(nothing(), &[1]).await;
        for fault in [Some("It is empty."), Some("It cannot be read."), None] {
            library.note(1, fault).await;
            library.expect(&mut all, &[1]).await;
            library.expect(&mut none, &[1]).await;
        }
        // Where it is makes no difference, and what was found before neither.
        library.store().catalogue().move_root(root_id(1), b"/elsewhere").await.unwrap();
        library.note(1, None).await;
        library.add(&root(2)).await;
        library.expect(&mut all, &[2]).await;
    });
}

fn a_promise_to_look_after_a_root_ends_and_begins_without_a_write<F: Future<Output = Opened>>(
    open: fn() -> F,
) {
    run(open, AT_ONCE, async |library| {
        library.add(&Root { served_until: Some(second(10)), ..root(1) }).await;
        library.add(&root(2)).await;
        let mut subscription = library.follow(nothing(), &[1, 2]).await;
        library.clock.set(second(11));
        library.expect(&mut subscription, &[1]).await;
        let catalogue = library.store().catalogue();
        let revision = catalogue.revision().await.unwrap();
        catalogue.serve(&[root_id(1)], second(20)).await.unwrap();
        assert_eq!(catalogue.revision().await.unwrap(), revision);
        library.expect(&mut subscription, &[1]).await;
    });
}

fn a_root_that_begins_or_ceases_to_be_watched_is_named<F: Future<Output = Opened>>(
    open: fn() -> F,
) {
    run(open, AT_ONCE, async |library| {
        library.add(&root(1)).await;
        library.add(&root(2)).await;
        let mut subscription = library.follow(nothing(), &[1, 2]).await;
        let catalogue = library.store().catalogue();
        catalogue.watch(root_id(1), Some(second(10))).await.unwrap();
        library.expect(&mut subscription, &[1]).await;
        // Nobody prolongs it.
        library.clock.set(second(11));
        library.expect(&mut subscription, &[1]).await;
        catalogue.watch(root_id(2), Some(second(20))).await.unwrap();
        library.expect(&mut subscription, &[2]).await;
        catalogue.watch(root_id(2), None).await.unwrap();
        library.expect(&mut subscription, &[2]).await;
    });
}

fn roots_and_videos_that_change_together_are_one_event<F: Future<Output = Opened>>(
    open: fn() -> F,
) {
    run(open, Duration::from_millis(400), async |library| {
        library.add(&root(1)).await;
        library.add(&root(2)).await;
        let mut subscription = library.follow(VideoFilter::everything(), &[1, 2]).await;
        library.note(2, Some("It is empty.")).await;
        library.expect(&mut subscription, &[2]).await;
        // The next event comes 400 ms later, with all that changes until then.
        library.note(2, None).await;
        library.store().insert(video(2), by(2)).await.unwrap();
        library.note(1, Some("It is empty.")).await;
        let (mut videos, mut roots) = (Vec::new(), Vec::new());
        while videos.len() + roots.len() < 3 {
            let event = next(&mut subscription).await;
            assert_eq!(event.place, library.store().newest().await.unwrap());
            videos.extend(event.changes.videos.unwrap());
            roots.extend(event.roots);
        }
        roots.sort_unstable();
        assert_eq!((videos, roots), (vec![video(2).id], ids(&[1, 2])));
    });
}

fn the_first_event_names_every_root_also_where_it_goes_on<F: Future<Output = Opened>>(
    open: fn() -> F,
) {
    run(open, AT_ONCE, async |library| {
        library.add(&root(2)).await;
        library.add(&root(1)).await;
        let place = library.store().newest().await.unwrap();
        for _ in 0..2 {
            let everything = VideoFilter::everything();
            let mut resumed = library.feed.follow_library(everything, Some(place)).await.unwrap();
            library.expect(&mut resumed, &[1, 2]).await;
        }
    });
}
