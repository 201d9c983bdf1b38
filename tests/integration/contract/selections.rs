//! Random filters and orders: every page of every selection is as the definitions say.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use reelgraph::domain::{PageRequest, SortPosition, Video, VideoId};
use tokio::runtime::Runtime;

use super::definition::{Defined, Selection, checked_page, walk};
use super::library::filled;
use super::stores::Opened;
use crate::support::filters::{any_filter, any_order};
use crate::support::properties::check;

contract_suite! {
    properties: any_selection_is_walked_either_way, any_place_starts_a_page;
}

fn any_selection(videos: &Arc<[Video]>) -> impl Strategy<Value = Selection> {
    let any_filter = any_filter(videos.clone());
    (any_filter, any_order()).prop_map(|(filter, order)| Selection { filter, order })
}

fn any_selection_is_walked_either_way<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let any_limits = vec(7..50_usize, 1..4);
    check(&runtime, (any_selection(&videos), any_limits), async |(selection, limits)| {
        walk(&*opened.store, &selection, &limits, &videos).await.map_err(TestCaseError::fail)
    });
}

fn any_place_starts_a_page<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let inputs = (any_selection(&videos), vec(any_start(), 8));
    check(&runtime, inputs, async |(selection, starts)| {
        let rows = selection.rows_of(&videos);
        for start in starts {
            let request = start.request(&selection, &videos);
            let page = checked_page(&*opened.store, &selection, &request, &rows).await;
            page.map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
}

/// Where a page starts: at the keys of one video with the ID of another, or with no video's.
#[derive(Clone, Debug)]
struct Start {
    keys_of: Index,
    id: Option<Index>,
    limit: usize,
    way: Way,
}

/// Which rows of the place a page has.
#[derive(Clone, Copy, Debug)]
enum Way {
    After,
    /// Without so many of them.
    Skipping(usize),
    /// Of all rows, without so many of them.
    FromStart(usize),
    Before,
}

fn any_start() -> impl Strategy<Value = Start> {
    let offset = || prop_oneof![0..6_usize, 0..2_000_usize, Just(usize::MAX)];
    let way = prop_oneof![
        Just(Way::After),
        offset().prop_map(Way::Skipping),
        offset().prop_map(Way::FromStart),
        Just(Way::Before),
    ];
    (any::<Index>(), any::<Option<Index>>(), 0..6_usize, way)
        .prop_map(|(keys_of, id, limit, way)| Start { keys_of, id, limit, way })
}

impl Start {
    fn request(&self, selection: &Selection, videos: &[Video]) -> PageRequest<SortPosition> {
        let place = selection.order.place_of(self.keys_of.get(videos));
        let id = self.id.map_or(VideoId::from_bytes([0x80; 16]), |id| id.get(videos).id);
        let (limit, place) = (self.limit, Some(SortPosition { id, ..place }));
        match self.way {
            Way::After => PageRequest::Forward { limit, after: place },
            Way::Skipping(rows) => PageRequest::Forward { limit, after: place }.skipping(rows),
            Way::FromStart(rows) => PageRequest::first(limit).skipping(rows),
            Way::Before => PageRequest::Backward { limit, before: place },
        }
    }
}
