//! Clients that follow the state of the library: whatever changes, what they show is in the end what
//! the store has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use reelgraph::domain::filter::{IdTest, TextField, TextTest};
use reelgraph::domain::{PageRequest, SystemClock, Video, VideoFilter, VideoId, VideoOrder};
use reelgraph::feed::{Feed, FeedSettings, LibrarySubscription};
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::library::videos;
use super::operations::{any_attribution, any_write};
use super::stores::Opened;
use crate::support::binary::PATIENCE;
use crate::support::clock::counted_id;
use crate::support::filters::any_filter;
use crate::support::properties::check;
use crate::support::videos::{by, text, video, video_with};

contract_suite! {
    properties: any_client_that_follows_its_events_shows_what_is_there;
}

/// The path of a video that is in every selection, and added last.
const LAST: &str = "/last.mkv";

/// What a client shows: the videos that its filter selects, with their versions.
struct Client {
    store: Arc<dyn VideoRepository>,
    filter: VideoFilter,
    shown: BTreeMap<VideoId, i32>,
    subscription: LibrarySubscription,
}

impl Client {
    async fn new(store: &Arc<dyn VideoRepository>, feed: &Feed, filter: VideoFilter) -> Self {
        let is_last = VideoFilter::Text(TextField::Path, TextTest::Eq(LAST.to_owned()));
        let filter = VideoFilter::Any(vec![filter, is_last]);
        let subscription = feed.follow_library(filter.clone(), None).await.unwrap();
        Self { store: Arc::clone(store), filter, shown: BTreeMap::new(), subscription }
    }

    /// Follows the events until one of them is about the last video.
    async fn follow(mut self) -> (VideoFilter, BTreeMap<VideoId, i32>) {
        let is_last = |id: &VideoId| *id == counted_id(999);
        while !self.shown.keys().any(is_last) {
            let event = timeout(PATIENCE, self.subscription.next()).await.expect("an event comes");
            let changes = event.unwrap().changes;
            match changes.videos {
                Some(changed) if changes.membership_changed => self.read(changed).await,
                Some(changed) => self.refresh(&changed).await,
                None => self.shown = shown(&*self.store, &self.filter).await,
            }
        }
        (self.filter, self.shown)
    }

    /// Reads which of these videos are in the list.
    async fn read(&mut self, changed: Vec<VideoId>) {
        self.shown.retain(|id, _| !changed.contains(id));
        let are_these = VideoFilter::Id(IdTest::In(changed));
        let filter = VideoFilter::All(vec![self.filter.clone(), are_these]);
        self.shown.extend(shown(&*self.store, &filter).await);
    }

    /// Reads the versions of these videos. The list has the same videos as before.
    async fn refresh(&mut self, changed: &[VideoId]) {
        let videos = self.store.get_many(changed).await.unwrap();
        for video in videos.into_iter().flatten() {
            if let Some(version) = self.shown.get_mut(&video.id) {
                *version = video.version;
            }
        }
    }
}

async fn shown(store: &dyn VideoRepository, filter: &VideoFilter) -> BTreeMap<VideoId, i32> {
    let (order, page) = (VideoOrder::default(), PageRequest::first(10_000));
    let videos = store.list(filter, &order, &page).await.unwrap().items;
    videos.iter().map(|video| (video.id, video.version)).collect()
}

fn any_client_that_follows_its_events_shows_what_is_there<F: Future<Output = Opened>>(
    open: fn() -> F,
) {
    let runtime = Runtime::new().unwrap();
    let some = videos().into_iter().map(|new| Video {
        id: new.id,
        values: new.values,
        created_at: new.created_at.unwrap(),
        updated_at: new.created_at.unwrap(),
        version: 1,
    });
    let few: Arc<[Video]> = some.take(5).collect();
    let inputs = (vec(any_filter(few), 1..5), vec((any_write(), any_attribution()), 1..40));
    check(&runtime, inputs, async |(filters, writes)| {
        let store = open().await;
        let opened = &store.store;
        opened.insert_many((1..=3).map(video).collect(), OnConflict::Fail, by(0)).await.unwrap();
        let library_interval = Duration::from_millis(1);
        let settings = FeedSettings { library_interval, ..FeedSettings::default() };
        let feed = Feed::new(Arc::clone(opened), Arc::new(SystemClock), settings);
        let mut clients = Vec::new();
        for filter in filters {
            let client = Client::new(opened, &feed, filter).await;
            clients.push(tokio::spawn(client.follow()));
        }
        for (write, by) in writes {
            // Some are refused.
            let _ = opened.write(write, by).await;
            tokio::task::yield_now().await;
        }
        let last = video_with(1, |values| values.path = text(LAST));
        let last = reelgraph::domain::NewVideo { id: counted_id(999), ..last };
        opened.insert(last, by(20)).await.unwrap();
        for client in clients {
            let (filter, shown_last) = client.await.unwrap();
            prop_assert_eq!(shown_last, shown(&**opened, &filter).await, "{:?}", filter);
        }
        Ok(())
    });
}
