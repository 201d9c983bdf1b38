//! Changes of the catalogue whose answers are lost, and servers that share it.

use futures_util::future::join_all;
use reelgraph::domain::Timestamp;
use reelgraph::domain::catalogue::{RunnerId, ScanId, ScanOrder};
use reelgraph::repository::catalogue::Lease;
use reelgraph::repository::{FileChange, RepositoryError, VideoRepository};

use super::commits::folder_of;
use super::{end_connections, open};
use crate::contract::catalogue::{at, found, number, revision, root_id, with_root, write};
use crate::support::cut::{Cut, CuttingProxy};
use crate::support::postgres::empty_library;
use crate::support::videos::second;

fn scan(number: u8) -> (ScanId, ScanOrder, Timestamp) {
    (ScanId::from_bytes([number; 16]), ScanOrder::of_root(root_id(1)), second(1))
}

async fn queue(store: &dyn VideoRepository, number: u8) -> Result<ScanId, RepositoryError> {
    let (id, order, at) = scan(number);
    Ok(store.catalogue().queue(id, &order, at).await?.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn changes_of_files_alone_whose_commits_are_cut_off_are_made_once() {
    let url = empty_library().await;
    let proxy = CuttingProxy::before(&folder_of(&url));
    let store = open(&proxy.url(&url)).await;
    with_root(&*store).await;
    write(&*store, 1, vec![found("a.mkv", 1)]).await;
    let file = number(&*store, "a.mkv").await;
    let end = *store.commits().borrow();
    for cut in [Cut::Before, Cut::During, Cut::After] {
        let before = revision(&*store).await;
        proxy.cut_next(cut);
        write(&*store, 2, vec![FileChange::Unreachable { number: file }]).await;
        assert!(proxy.has_cut(), "nothing was cut");
        assert!(at(&*store, "a.mkv").await.unwrap().file.is_unreachable, "{cut:?}");
        assert_eq!(revision(&*store).await, before + 1, "{cut:?}");
        write(&*store, 3, vec![FileChange::Restored { number: file }]).await;
    }
    assert_eq!(*store.commits().borrow(), end);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn the_outcome_of_a_change_of_scans_that_is_cut_off_is_not_known() {
    for cut in [Cut::Before, Cut::After] {
        let url = empty_library().await;
        let proxy = CuttingProxy::before(&folder_of(&url));
        let store = open(&proxy.url(&url)).await;
        with_root(&*store).await;
        proxy.cut_next(cut);
        let cut_off = queue(&*store, 1).await;
        assert!(matches!(cut_off, Err(RepositoryError::OutcomeUnknown)), "{cut_off:?}");
        let other = ScanOrder { rescan: true, ..ScanOrder::of_root(root_id(1)) };
        store.catalogue().queue(scan(2).0, &other, second(2)).await.unwrap();
        let found = store.catalogue().scan(scan(1).0).await.unwrap();
        assert_eq!(found.is_some(), cut == Cut::After, "{cut:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_change_of_scans_replaces_a_dead_connection() {
    let url = empty_library().await;
    let store = open(&url).await;
    with_root(&*store).await;
    end_connections(&url).await;
    queue(&*store, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn servers_share_a_catalogue() {
    let url = empty_library().await;
    let (one, other) = (open(&url).await, open(&url).await);
    with_root(&*one).await;
    let id = queue(&*other, 1).await.unwrap();
    let catalogues = [one.catalogue(), other.catalogue()];
    let before = catalogues[0].revision().await.unwrap();
    let begin = |runner: u8| {
        let catalogue = &catalogues[usize::from(runner) % 2];
        let lease = Lease { runner: RunnerId::from_bytes([runner; 16]), until: second(9) };
        async move { catalogue.begin(&[root_id(1)], lease, second(2)).await.unwrap() }
    };
    let begun = join_all((0..16).map(begin)).await;
    let ids: Vec<_> = begun.into_iter().flatten().map(|job| job.id).collect();
    assert_eq!(ids, [id]);
    for catalogue in &catalogues {
        assert_eq!(catalogue.revision().await.unwrap(), before + 1);
    }
}
