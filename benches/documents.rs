//! How long it takes to let a request in: with a document that is new, and with one that is known.
//!
//! `cargo bench --bench documents`

use std::hint::black_box;
use std::sync::Arc;

use async_graphql::Request;
use criterion::{Criterion, criterion_group, criterion_main};
use reelgraph::domain::{RandomIds, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Services};
use reelgraph::repository::memory::MemoryRepository;

const PAGE: &str = "query Page($after: String) { videos(first: 50, after: $after) {
    nodes { id path filename durationSeconds frameRate { fps } width height videoCodec audioCodec
        fileSize createdAt updatedAt version }
    pageInfo { hasNextPage endCursor } totalCount
} }";

fn api() -> Api {
    let repository = Arc::new(MemoryRepository::new());
    let feed = Feed::new(repository.clone(), Arc::new(SystemClock), FeedSettings::default());
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    Api::new(Services { repository, feed, clock, ids })
}

fn documents(criterion: &mut Criterion) {
    let api = api();
    let mut number = 0_u64;
    criterion.bench_function("admit a new document", |bencher| {
        bencher.iter(|| {
            number += 1;
            let document = format!("{PAGE} # {number}");
            black_box(api.check(Request::new(document)).is_ok())
        });
    });
    criterion.bench_function("admit a known document", |bencher| {
        bencher.iter(|| black_box(api.check(Request::new(PAGE)).is_ok()));
    });
}

criterion_group!(benches, documents);
criterion_main!(benches);
