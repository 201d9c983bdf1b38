//! The change feed: every committed change, once, in commit order, for any number of subscribers.
//!
//! The feed knows about changes only from the audit log. One task reads new entries, once for all
//! subscribers, and keeps the newest in memory. A subscriber is a position in the log: it gets the
//! changes after its position from memory or, if they are too old, from the store. Nothing is
//! therefore queued for anyone, a subscriber that does not read costs nothing, and one that returns
//! after a long time is like one that fell behind.

mod change_filter;
mod error;
mod event;
mod follower;
mod hub;
mod library;
mod page;
mod recent;
mod scans;
mod settings;
mod shared_videos;
mod stretch;
mod subscription;

use std::sync::Arc;

use crate::domain::catalogue::ScanId;
use crate::domain::{AuditEntryId, Clock, LogPosition, VideoFilter, VideoId};
use crate::repository::VideoRepository;

use hub::FeedHub;
use library::Watch;
use scans::ScanWatch;

pub use change_filter::ChangeFilter;
pub use error::FeedError;
pub use event::{Change, Event, EventKind};
pub use library::{LibraryChanges, LibraryEvent, LibrarySubscription, MAX_VIDEOS};
pub use scans::ScanSubscription;
pub use settings::FeedSettings;
pub use shared_videos::{Found, SharedVideos, VideoKey};
pub use subscription::Subscription;

/// The change feed of one library. Cloning it copies nothing.
#[derive(Clone)]
pub struct Feed {
    hub: Arc<FeedHub>,
    watch: Arc<Watch>,
    scans: Arc<ScanWatch>,
    current_videos: SharedVideos<VideoId>,
    past_videos: SharedVideos<AuditEntryId>,
}

impl Feed {
    /// The feed of this library. It does nothing until there are subscribers.
    pub fn new(
        repository: Arc<dyn VideoRepository>,
        clock: Arc<dyn Clock>,
        settings: FeedSettings,
    ) -> Self {
        let current_videos = SharedVideos::new(Arc::clone(&repository));
        let past_videos = SharedVideos::new(Arc::clone(&repository));
        let watch = Arc::new(Watch::new(Arc::clone(&repository), clock, &settings));
        let scans = ScanWatch::new(Arc::clone(&repository), settings.library_interval);
        let hub = Arc::new(FeedHub::new(repository, settings));
        Self { hub, watch, scans: Arc::new(scans), current_videos, past_videos }
    }

    /// Subscribes to the changes that match `selection`: those after the position `after`, or from
    /// now on.
    ///
    /// # Errors
    /// [`FeedError::UnknownPlace`], [`FeedError::Closed`], [`FeedError::Store`].
    pub async fn subscribe(
        &self,
        selection: ChangeFilter,
        after: Option<LogPosition>,
    ) -> Result<Subscription, FeedError> {
        let newest = self.hub.repository.newest().await?;
        if let Some(after) = after {
            self.verify(after, newest).await?;
        }
        let follow = |hub| drop(tokio::spawn(follower::follow(hub)));
        let membership = self.hub.join(selection, newest, follow)?;
        Ok(Subscription::new(membership, after.unwrap_or(newest), newest))
    }

    /// Follows the state of the videos that match `filter`, and of all library roots. The first event comes
    /// at once: it reports what changed after the position `after` or, without one that is in this log,
    /// that anything may have changed, and it names every root.
    ///
    /// # Errors
    /// [`FeedError::Closed`], [`FeedError::Store`].
    pub async fn follow_library(
        &self,
        filter: VideoFilter,
        after: Option<LogPosition>,
    ) -> Result<LibrarySubscription, FeedError> {
        let newest = self.hub.repository.newest().await?;
        let after = match after {
            Some(after) => match self.verify(after, newest).await {
                Ok(()) => Some(after),
                Err(FeedError::UnknownPlace) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        LibrarySubscription::begin(&self.watch, filter, newest, after)
    }

    /// Follows how a scan proceeds, or all of them: how they are now, and then whenever that changes. None if
    /// there is no such scan.
    ///
    /// # Errors
    /// [`FeedError::Closed`], [`FeedError::Store`].
    pub async fn follow_scans(
        &self,
        only: Option<ScanId>,
    ) -> Result<Option<ScanSubscription>, FeedError> {
        ScanSubscription::begin(&self.scans, only).await
    }

    /// For subscribers to look up current videos.
    pub fn current_videos(&self) -> &SharedVideos<VideoId> {
        &self.current_videos
    }

    /// For subscribers to look up videos as they were after a change.
    pub fn past_videos(&self) -> &SharedVideos<AuditEntryId> {
        &self.past_videos
    }

    /// How many changes committed through this store have not been read for subscribers; none while
    /// there are none.
    pub fn lag(&self) -> u64 {
        self.hub.lag()
    }

    /// Ends every current and future subscription with [`FeedError::Closed`].
    pub fn close(&self) {
        self.hub.close();
        self.watch.close();
        self.scans.close();
    }

    /// Checks a position against the entry that it was issued for.
    async fn verify(&self, place: LogPosition, newest: LogPosition) -> Result<(), FeedError> {
        let is_known = place == newest || stretch::has(&*self.hub.repository, place).await?;
        if is_known { Ok(()) } else { Err(FeedError::UnknownPlace) }
    }
}
