//! Lists of what has changed since a moment, kept in orders and as search results.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{SearchPosition, SearchQuery, SortPosition, Video, VideoOrder};

/// Videos by their places.
pub type Sorted<P> = Vec<(P, Arc<Video>)>;

/// Which state of the videos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As they were.
    Then,
    /// As they are.
    Now,
}

/// The lists that were asked for last.
#[derive(Debug, Default)]
pub struct SortedLists {
    pub(super) orders: Lists<VideoOrder, SortPosition>,
    pub(super) searches: Lists<SearchQuery, SearchPosition>,
}

/// Lists by what they were asked for, the one that was asked for last at the end.
#[derive(Debug)]
pub(super) struct Lists<K, P>(Mutex<Kept<K, P>>);

type Kept<K, P> = Vec<((K, Side), Arc<Sorted<P>>)>;

impl<K, P> Default for Lists<K, P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// How many lists of each kind are kept.
const KEPT: usize = 4;

impl<K: PartialEq, P> Lists<K, P> {
    /// The list that was asked for in this way, if it is still kept.
    pub fn get(&self, key: &(K, Side)) -> Option<Arc<Sorted<P>>> {
        // A panic leaves lists as they were.
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = lists.iter().position(|(kept, _)| kept == key)?;
        let found = lists.remove(place);
        let list = Arc::clone(&found.1);
        lists.push(found);
        Some(list)
    }

    /// Keeps a list, instead of the one that was not asked for for the longest time.
    pub fn keep(&self, key: (K, Side), list: &Arc<Sorted<P>>) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.retain(|(kept, _)| *kept != key);
        if lists.len() == KEPT {
            lists.remove(0);
        }
        lists.push((key, Arc::clone(list)));
    }
}
