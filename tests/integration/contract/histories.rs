//! The histories of videos: of one, of many at once, and single entries.

use reelgraph::domain::{AuditEntry, AuditEntryId, Page, PageRequest, VideoId, VideoPatch};
use reelgraph::repository::{ChangeContext, VideoRepository};

use super::{add, changed, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, second};

contract_suite! {
    cases:
        a_history_is_told_newest_first,
        the_histories_of_many_are_answered_in_the_order_asked_for,
        the_limit_holds_for_each_of_them,
        a_history_is_paged_by_versions_either_way,
        a_place_beyond_either_end_is_a_place,
        an_empty_page_tells_what_lies_on_both_sides,
        a_history_goes_on_after_deletion,
        single_entries_are_found_by_their_ids,
        who_changed_a_video_is_kept;
}

/// Adds a video and changes it until it has this version.
async fn add_at_version(store: &dyn VideoRepository, number: u64, version: i32) -> VideoId {
    let id = add(store, number).await.id;
    for width in 2..=version {
        let patch = VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
        changed(store.update(id, patch, None, by(width.into())).await.unwrap());
    }
    id
}

fn versions(page: &Page<AuditEntry>) -> Vec<i32> {
    page.items.iter().map(|entry| entry.version).collect()
}

/// The one history that was asked for: its versions, and whether there are entries on either side.
async fn history(
    store: &dyn VideoRepository,
    id: VideoId,
    page: PageRequest<i32>,
) -> (Vec<i32>, bool, bool) {
    let pages = store.entries_of(&[id], &page).await.unwrap();
    assert_eq!(pages.len(), 1);
    assert!(pages[0].items.iter().all(|entry| entry.entity_id == id));
    (versions(&pages[0]), pages[0].has_previous, pages[0].has_next)
}

async fn a_history_is_told_newest_first(store: &dyn VideoRepository) {
    let id = add_at_version(store, 1, 3).await;
    add_at_version(store, 2, 2).await;
    let pages = store.entries_of(&[id], &PageRequest::first(10)).await.unwrap();
    let (_, log) = contents(store).await;
    let expected: Vec<_> = log.into_iter().filter(|entry| entry.entity_id == id).collect();
    assert_eq!(versions(&pages[0]), [3, 2, 1]);
    assert_eq!(pages, [Page { items: expected, has_previous: false, has_next: false }]);
    assert_eq!(store.count_entries_of(&[id]).await.unwrap(), [3]);
}

async fn the_histories_of_many_are_answered_in_the_order_asked_for(store: &dyn VideoRepository) {
    let one = add_at_version(store, 1, 1).await;
    let two = add_at_version(store, 2, 2).await;
    let never = counted_id(9);
    let ids = [two, never, one, two];
    let pages = store.entries_of(&ids, &PageRequest::first(10)).await.unwrap();
    let told: Vec<_> = pages.iter().map(versions).collect();
    assert_eq!(told, [vec![2, 1], vec![], vec![1], vec![2, 1]]);
    assert_eq!(store.count_entries_of(&ids).await.unwrap(), [2, 0, 1, 2]);
    assert_eq!(store.entries_of(&[], &PageRequest::first(10)).await.unwrap(), []);
    assert_eq!(store.count_entries_of(&[]).await.unwrap(), [0; 0]);
}

async fn the_limit_holds_for_each_of_them(store: &dyn VideoRepository) {
    let mut ids = Vec::new();
    for (number, version) in [(1, 1), (2, 2), (3, 3), (4, 4)] {
        ids.push(add_at_version(store, number, version).await);
    }
    let told = |pages: Vec<Page<AuditEntry>>| -> Vec<_> {
        pages.iter().map(|page| (versions(page), page.has_previous, page.has_next)).collect()
    };
    let first = store.entries_of(&ids, &PageRequest::first(2)).await.unwrap();
    let expected = [
        (vec![1], false, false),
        (vec![2, 1], false, false),
        (vec![3, 2], false, true),
        (vec![4, 3], false, true),
    ];
    assert_eq!(told(first), expected);
    let last = store.entries_of(&ids, &PageRequest::last(2)).await.unwrap();
    let expected = [
        (vec![1], false, false),
        (vec![2, 1], false, false),
        (vec![2, 1], true, false),
        (vec![2, 1], true, false),
    ];
    assert_eq!(told(last), expected);
    let beyond = PageRequest::Forward { limit: 2, after: Some(3) };
    let after = store.entries_of(&ids, &beyond).await.unwrap();
    let expected = [
        (vec![1], false, false),
        (vec![2, 1], false, false),
        (vec![2, 1], true, false),
        (vec![2, 1], true, false),
    ];
    assert_eq!(told(after), expected);
}

async fn a_history_is_paged_by_versions_either_way(store: &dyn VideoRepository) {
    let id = add_at_version(store, 1, 5).await;
    let after = |limit, version| PageRequest::Forward { limit, after: Some(version) };
    let before = |limit, version| PageRequest::Backward { limit, before: Some(version) };
    for (page, expected) in [
        (PageRequest::first(2), (vec![5, 4], false, true)),
        (after(2, 4), (vec![3, 2], true, true)),
        (after(2, 2), (vec![1], true, false)),
        (PageRequest::last(2), (vec![2, 1], true, false)),
        (before(2, 2), (vec![4, 3], true, true)),
        (before(2, 4), (vec![5], false, true)),
        (PageRequest::first(usize::MAX), (vec![5, 4, 3, 2, 1], false, false)),
        (PageRequest::last(usize::MAX), (vec![5, 4, 3, 2, 1], false, false)),
    ] {
        assert_eq!(history(store, id, page.clone()).await, expected, "{page:?}");
    }
}

async fn a_place_beyond_either_end_is_a_place(store: &dyn VideoRepository) {
    let id = add_at_version(store, 1, 2).await;
    let after = |version| PageRequest::Forward { limit: 9, after: Some(version) };
    let before = |version| PageRequest::Backward { limit: 9, before: Some(version) };
    for (page, expected) in [
        (after(i32::MAX), (vec![2, 1], false, false)),
        (after(3), (vec![2, 1], false, false)),
        (after(1), (vec![], true, false)),
        (after(i32::MIN), (vec![], true, false)),
        (before(i32::MAX), (vec![], false, true)),
        (before(2), (vec![], false, true)),
        (before(0), (vec![2, 1], false, false)),
        (before(i32::MIN), (vec![2, 1], false, false)),
    ] {
        assert_eq!(history(store, id, page.clone()).await, expected, "{page:?}");
    }
}

async fn an_empty_page_tells_what_lies_on_both_sides(store: &dyn VideoRepository) {
    let id = add_at_version(store, 1, 3).await;
    let after = |version| PageRequest::Forward { limit: 0, after: Some(version) };
    let before = |version| PageRequest::Backward { limit: 0, before: Some(version) };
    for (page, (has_previous, has_next)) in [
        (PageRequest::first(0), (false, true)),
        (PageRequest::last(0), (true, false)),
        (after(2), (true, true)),
        (after(1), (true, false)),
        (before(2), (true, true)),
        (before(3), (false, true)),
    ] {
        let expected = (vec![], has_previous, has_next);
        assert_eq!(history(store, id, page.clone()).await, expected, "{page:?}");
    }
    let never = history(store, counted_id(9), PageRequest::first(0)).await;
    assert_eq!(never, (vec![], false, false));
}

async fn a_history_goes_on_after_deletion(store: &dyn VideoRepository) {
    let id = add_at_version(store, 1, 2).await;
    store.delete(id, None, by(9)).await.unwrap();
    assert_eq!(add(store, 1).await.version, 4);
    let told = history(store, id, PageRequest::first(10)).await;
    assert_eq!(told, (vec![4, 3, 2, 1], false, false));
}

async fn single_entries_are_found_by_their_ids(store: &dyn VideoRepository) {
    let one = add_at_version(store, 1, 2).await;
    let two = add_at_version(store, 2, 1).await;
    store.delete(two, None, by(9)).await.unwrap();
    let (_, log) = contents(store).await;
    let mut ids: Vec<_> = log.iter().rev().map(AuditEntry::id).collect();
    let mut expected: Vec<_> = log.into_iter().rev().map(Some).collect();
    let absent = [(one, 0), (one, 3), (one, -1), (one, i32::MAX), (two, 3), (counted_id(9), 1)];
    ids.extend(absent.map(|(entity_id, version)| AuditEntryId { entity_id, version }));
    expected.extend(absent.map(|_| None));
    ids.push(ids[0]);
    expected.push(expected[0].clone());
    assert_eq!(store.get_entries(&ids).await.unwrap(), expected);
    assert_eq!(store.get_entries(&[]).await.unwrap(), []);
}

async fn who_changed_a_video_is_kept(store: &dyn VideoRepository) {
    let id = add_at_version(store, 1, 1).await;
    for (at, actor, request_id) in [
        (2, Some("ana"), Some("request-1")),
        (3, None, Some("it's \"7\"")),
        (4, Some("Zoë 李"), None),
        (5, Some(""), Some("")),
        (6, Some("a\0b"), Some("\u{10ffff}\n\\")),
    ] {
        let by = ChangeContext {
            at: second(at),
            actor: actor.map(Into::into),
            request_id: request_id.map(Into::into),
        };
        let patch =
            VideoPatch { width: Some(pixels(i32::try_from(at).unwrap())), ..VideoPatch::default() };
        let (_, entry) = changed(store.update(id, patch, None, by.clone()).await.unwrap());
        let kept = store.get_entries(&[entry.id()]).await.unwrap()[0].clone().unwrap();
        assert_eq!(kept, entry);
        let kept =
            ChangeContext { at: kept.timestamp, actor: kept.actor, request_id: kept.request_id };
        assert_eq!(kept, by);
    }
}
