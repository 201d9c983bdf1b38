//! What every store must do: one suite of cases, run against each of them.
//!
//! A case is an `async fn case(store: &dyn VideoRepository)` that is handed an empty store. It is
//! private to its file and stands in that file's `contract_suite!`; one that was left out is dead
//! code, which the compiler reports. A property is a `fn property(open: …)` that opens as many
//! stores as it needs. A key case is an `async fn case(keys: &dyn KeyStore, elsewhere: &dyn
//! KeyStore)` that is handed the keys of one new library twice, as two processes have them. An API case is an
//! `async fn case(api: TestApi)` that is handed the API over an empty store. To let another store join, add its name to the one table below and a function of that name to [`stores`]
//! and to [`key_stores`]. `english` is PostgreSQL with another collation, which has only the properties.

pub mod definition;
mod key_stores;
mod library;
mod model;
pub mod stores;

/// Runs the cases and properties of a file against every store.
macro_rules! contract_suite {
    (
        $(cases: $($case:ident),+ $(,)?;)?
        $(properties: $($property:ident),+ $(,)?;)?
        $(key_cases: $($key_case:ident),+ $(,)?;)?
        $(api_cases: $($api_case:ident),+ $(,)?;)?
    ) => {
        contract_suite! {
            stores: memory, sqlite, postgres, english;
            {
                $($(#[case] $case)+)?
                $($(#[property] $property)+)?
                $($(#[key_case] $key_case)+)?
                $($(#[api_case] $api_case)+)?
            }
        }
    };
    (stores: $($store:ident),+; $tests:tt) => {
        $(mod $store { contract_suite! { on: $store, $tests } })+
    };
    (on: $store:ident, { $(#[$kind:ident] $test:ident)+ }) => {
        $(contract_suite! { $kind: $store, $test })+
    };
    // What the collation of a database could change, properties find.
    (key_case: english, $case:ident) => {};
    (case: english, $case:ident) => {};
    (api_case: english, $case:ident) => {};
    (property: english, $property:ident) => {
        #[test]
        #[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
        fn $property() {
            super::$property(crate::contract::stores::english);
        }
    };
    (key_case: postgres, $case:ident) => {
        #[tokio::test]
        #[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
        async fn $case() {
            let opened = crate::contract::key_stores::postgres().await;
            super::$case(&*opened.keys, &*opened.elsewhere).await;
        }
    };
    (case: postgres, $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
        async fn $case() {
            let opened = crate::contract::stores::postgres().await;
            super::$case(&*opened.store).await;
        }
    };
    (api_case: postgres, $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
        async fn $case() {
            let opened = crate::contract::stores::postgres().await;
            super::$case(crate::support::graphql::TestApi::over_library(&opened.store)).await;
        }
    };
    (property: postgres, $property:ident) => {
        #[test]
        #[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
        fn $property() {
            super::$property(crate::contract::stores::postgres);
        }
    };
    (case: $store:ident, $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let opened = crate::contract::stores::$store().await;
            super::$case(&*opened.store).await;
        }
    };
    (api_case: $store:ident, $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let opened = crate::contract::stores::$store().await;
            super::$case(crate::support::graphql::TestApi::over_library(&opened.store)).await;
        }
    };
    (key_case: $store:ident, $case:ident) => {
        #[tokio::test]
        async fn $case() {
            let opened = crate::contract::key_stores::$store().await;
            super::$case(&*opened.keys, &*opened.elsewhere).await;
        }
    };
    (property: $store:ident, $property:ident) => {
        #[test]
        fn $property() {
            super::$property(crate::contract::stores::$store);
        }
    };
}

mod adding;
mod any_duplicates;
mod any_requests;
mod any_undos;
mod breakdowns;
mod bulk;
pub mod catalogue;
mod changes;
mod deleting;
mod duplicates;
mod files;
mod filters;
mod following;
mod found;
mod histories;
mod keys;
mod live;
mod log;
mod lookups;
mod moments;
mod on_conflict;
mod operations;
mod orders;
mod pages;
mod past;
mod planned;
mod races;
mod request_filters;
mod requests;
mod root_states;
mod search_filters;
mod search_pages;
mod searches;
mod selections;
mod snapshots;
mod statistics;
mod undoing;
mod updating;
mod versions;
mod whole;

use reelgraph::domain::{AuditEntry, AuditFilter, PageRequest, Video, VideoFilter, VideoOrder};
use reelgraph::repository::{
    Conflict, RepositoryError, Taken, UpdateConflict, VideoRepository, Written,
};

use crate::support::videos::{by, video};

/// Adds the sample's video of this number in the second of this number.
async fn add(store: &dyn VideoRepository, number: u64) -> Video {
    let at = i64::try_from(number).unwrap();
    store.insert(video(number), by(at)).await.unwrap().video
}

/// All that a store holds: its videos and its log, both newest first.
async fn contents(store: &dyn VideoRepository) -> (Vec<Video>, Vec<AuditEntry>) {
    let all = PageRequest::first(10_000);
    let videos = store.list(&VideoFilter::everything(), &VideoOrder::default(), &all).await;
    let entries = store.list_entries(&AuditFilter::default(), &PageRequest::first(10_000)).await;
    (videos.unwrap().items, entries.unwrap().items)
}

/// The conflicts that a write failed with, in the order in which they were told.
#[track_caller]
fn conflicts<T: std::fmt::Debug>(answer: Result<T, RepositoryError>) -> Vec<(usize, Taken)> {
    let Err(RepositoryError::Conflicts(conflicts)) = answer else {
        panic!("no conflict but {answer:?}");
    };
    conflicts.into_iter().map(|Conflict { index, taken }| (index, taken)).collect()
}

/// The conflict that a change or a deletion failed with.
#[track_caller]
fn update_conflict<T: std::fmt::Debug>(answer: Result<T, RepositoryError>) -> UpdateConflict {
    match answer {
        Err(RepositoryError::UpdateConflict(conflict)) => *conflict,
        answer => panic!("no conflict but {answer:?}"),
    }
}

/// The videos that a write answered with, which must have changed something.
#[track_caller]
fn changed(written: Written) -> (Video, AuditEntry) {
    let entry = written.entry.expect("the write changes something");
    (written.video, entry)
}
