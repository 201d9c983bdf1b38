//! What filters are expected to find.

use reelgraph::domain::{PageRequest, VideoFilter, VideoOrder};
use reelgraph::repository::VideoRepository;

use super::contents;
use crate::support::clock::counted_id;
use crate::support::filters::is_match;

/// A filter, and the numbers of the videos that it finds.
pub(super) type Case<'a> = (VideoFilter, &'a [u64]);

/// Asserts that each filter finds just these videos and its complement the others, as `matches` does.
pub(super) async fn find<const N: usize>(store: &dyn VideoRepository, cases: [Case<'_>; N]) {
    let (all, _) = contents(store).await;
    for (filter, numbers) in cases {
        let wanted: Vec<_> = numbers.iter().map(|number| counted_id(*number)).collect();
        let others: Vec<_> =
            all.iter().map(|video| video.id).filter(|id| !wanted.contains(id)).collect();
        for (filter, ids) in [(filter.clone(), &wanted), (VideoFilter::except(filter), &others)] {
            let page = store
                .list(&filter, &VideoOrder::default(), &PageRequest::first(100))
                .await
                .unwrap_or_else(|error| panic!("{filter:?}: {error:?}"));
            let mut found: Vec<_> = page.items.iter().map(|video| video.id).collect();
            found.sort_unstable();
            let mut ids = ids.clone();
            ids.sort_unstable();
            assert_eq!(found, ids, "{filter:?}");
            assert_eq!(store.count(&filter).await.unwrap(), ids.len() as u64, "{filter:?}");
            assert!(all.iter().all(|one| is_match(&filter, one) == ids.contains(&one.id)));
        }
    }
}
