//! What is made of what has changed since a moment, when somebody asks for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::recent::Recent;
use super::runs::Runs;
use crate::domain::stats::{Bounds, Bucket, FolderPage, Sums, TimeGrouping, VideoStats};
use crate::domain::{
    SearchPosition, SearchQuery, SortPosition, Timestamp, Video, VideoFilter, VideoOrder,
};

/// Videos by their places.
pub type Sorted<P> = Vec<(P, Arc<Video>)>;
/// Sums of videos by what they have in common.
pub type Groups<K> = BTreeMap<K, Sums>;

/// Which state of the videos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As they were.
    Then,
    /// As they are.
    Now,
}

/// Something of the videos as they are, and as they were.
#[derive(Clone, Debug)]
pub struct Both<V> {
    pub now: V,
    pub then: V,
}

type Lists<K, P> = Recent<(K, VideoFilter, Side), Sorted<P>>;
type RunsIn<K, P> = Recent<(K, VideoFilter), Runs<P>>;
/// Something of the videos that match filters, by what it is.
pub type SumsBy<K, V> = Recent<(VideoFilter, K), Both<V>>;

/// What was made last.
#[derive(Debug)]
pub struct Made {
    pub orders: Lists<VideoOrder, SortPosition>,
    pub searches: Lists<SearchQuery, SearchPosition>,
    pub runs_in_orders: RunsIn<VideoOrder, SortPosition>,
    pub runs_in_searches: RunsIn<SearchQuery, SearchPosition>,
    pub counts: SumsBy<(), u64>,
    pub stats: SumsBy<(), VideoStats>,
    pub times: SumsBy<TimeGrouping, Groups<Timestamp>>,
    pub file_sizes: SumsBy<Bounds<i64>, Vec<Bucket<i64>>>,
    pub durations: SumsBy<Bounds<f64>, Vec<Bucket<f64>>>,
    pub folders: SumsBy<FolderPage, Groups<String>>,
}

/// How many lists of all that has changed have room.
const WHOLE_LISTS: usize = 4;
/// How many of those things are kept that have a size of their own.
const FEW: usize = 16;

impl Made {
    /// Nothing, with room for what is made of so many videos.
    pub fn new(videos: usize) -> Self {
        let rows = WHOLE_LISTS * videos.max(FEW);
        Self {
            orders: Recent::new(rows, Vec::len),
            searches: Recent::new(rows, Vec::len),
            runs_in_orders: Recent::new(FEW, |_| 1),
            runs_in_searches: Recent::new(FEW, |_| 1),
            counts: Recent::new(FEW, |_| 1),
            stats: Recent::new(FEW, |_| 1),
            times: Recent::new(rows, |both| both.now.len() + both.then.len()),
            file_sizes: Recent::new(FEW, |_| 1),
            durations: Recent::new(FEW, |_| 1),
            folders: Recent::new(rows, |both| both.now.len() + both.then.len()),
        }
    }

    /// What of it is still true of so many videos once more of them have changed.
    pub fn carried_on(&self, videos: usize) -> Self {
        Self {
            runs_in_orders: self.runs_in_orders.clone(),
            runs_in_searches: self.runs_in_searches.clone(),
            ..Self::new(videos)
        }
    }
}
