//! The whole library's log: its order, its filters and its pages.

use futures_util::future::join_all;
use reelgraph::domain::filter::Comparison;
use reelgraph::domain::{
    AuditEntry, AuditFilter, AuditOperation, LogPosition, NewVideo, Page, PageRequest, Timestamp,
    VideoPatch,
};
use reelgraph::repository::{ChangeContext, OnConflict, VideoRepository};

use super::{add, changed, conflicts, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, second, video, video_with};

contract_suite! {
    cases:
        the_log_is_told_newest_first_whatever_the_clock_said,
        times_do_not_fall_where_the_clock_steps_back,
        the_times_that_records_bring_are_not_those_of_the_log,
        a_write_that_is_refused_does_not_move_the_time_of_the_log,
        a_write_that_fails_or_changes_nothing_is_not_logged,
        each_entry_knows_where_its_write_ends,
        writes_at_the_same_time_end_each_for_itself,
        the_end_of_the_log_is_behind_its_newest_entry,
        each_part_of_a_filter_narrows_the_log,
        the_log_is_paged_either_way,
        a_filter_holds_on_every_page_and_for_both_flags,
        a_place_need_not_be_an_entrys;
}

const ANA: &str = "ana";
const BEN: &str = "b'en\"";

fn attribution(at: i64, actor: Option<&str>, request_id: Option<&str>) -> ChangeContext {
    ChangeContext {
        at: second(at),
        actor: actor.map(Into::into),
        request_id: request_id.map(Into::into),
    }
}

/// Six changes: videos 1 and 2 are added by one request, 3 by nobody; 1 is changed, then 2
/// deleted, both by another one; and 1 is changed by nobody.
async fn write_history(store: &dyn VideoRepository) -> Vec<AuditEntry> {
    let many = vec![video(1), video(2)];
    let import = attribution(10, Some(ANA), Some("r1"));
    store.insert_many(many, OnConflict::Fail, import).await.unwrap();
    store.insert(video(3), attribution(20, None, None)).await.unwrap();
    let wide = |width| VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
    let (one, two) = (counted_id(1), counted_id(2));
    let ben = |at| attribution(at, Some(BEN), Some("r2"));
    store.update(one, wide(1), None, ben(30)).await.unwrap();
    store.delete(two, None, ben(30)).await.unwrap();
    store.update(one, wide(2), None, attribution(40, None, Some("r3"))).await.unwrap();
    contents(store).await.1
}

/// The entries as `<video's number>:<version>`, newest first.
fn told(entries: &[AuditEntry]) -> Vec<String> {
    let number = |entry: &AuditEntry| entry.entity_id.as_bytes()[15];
    entries.iter().map(|entry| format!("{}:{}", number(entry), entry.version)).collect()
}

async fn the_log_is_told_newest_first_whatever_the_clock_said(store: &dyn VideoRepository) {
    let mut committed = Vec::new();
    for (number, at) in [(1, 50), (2, 10), (3, 50), (4, 20)] {
        committed.push(changed(store.insert(video(number), by(at)).await.unwrap()).1);
    }
    let (_, mut log) = contents(store).await;
    log.reverse();
    assert_eq!(log, committed);
    assert!(log.is_sorted_by(|one, next| one.sequence < next.sequence));
}

async fn times_do_not_fall_where_the_clock_steps_back(store: &dyn VideoRepository) {
    let (added, _) = changed(store.insert(video(1), by(50)).await.unwrap());
    let (other, _) = changed(store.insert(video(2), by(10)).await.unwrap());
    assert_eq!((other.created_at, other.updated_at), (second(50), second(50)));
    let wide = |width| VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
    for (width, at, expected) in [(1, 20, 50), (2, 60, 60), (3, 59, 60)] {
        let written = store.update(added.id, wide(width), None, by(at)).await.unwrap();
        let (updated, entry) = changed(written);
        assert_eq!((updated.updated_at, entry.timestamp), (second(expected), second(expected)));
    }
    store.delete(other.id, None, by(1)).await.unwrap();
    let (_, log) = contents(store).await;
    let times: Vec<Timestamp> = log.iter().rev().map(|entry| entry.timestamp).collect();
    assert_eq!(times, [50, 50, 50, 60, 60, 60].map(second));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn the_times_that_records_bring_are_not_those_of_the_log(store: &dyn VideoRepository) {
    let (created_at, updated_at) = (Some(second(500)), Some(second(900)));
    let future = NewVideo { created_at, updated_at, ..video(1) };
    let past = NewVideo { created_at: Some(second(-500)), ..video(2) };
    let written = store.insert_many(vec![future, past], OnConflict::Fail, by(10)).await.unwrap();
    let ids = written.into_iter().map(|written| written.video.id);
    let wide = VideoPatch { width: Some(pixels(1)), ..VideoPatch::default() };
    // No record is updated before it is added.
    for (id, updated_at) in ids.zip([second(500), second(20)]) {
        let (video, entry) = changed(store.update(id, wide.clone(), None, by(20)).await.unwrap());
        assert_eq!((video.updated_at, entry.timestamp), (updated_at, second(20)));
    }
    let (_, log) = contents(store).await;
    let times: Vec<Timestamp> = log.iter().rev().map(|entry| entry.timestamp).collect();
    assert_eq!(times, [10, 10, 20, 20].map(second));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_write_that_is_refused_does_not_move_the_time_of_the_log(store: &dyn VideoRepository) {
    add(store, 1).await;
    let thief = NewVideo { id: counted_id(9), ..video(1) };
    let videos = vec![video(2), thief];
    conflicts(store.insert_many(videos, OnConflict::Fail, by(90)).await);
    let (added, entry) = changed(store.insert(video(3), by(10)).await.unwrap());
    assert_eq!((added.created_at, entry.timestamp), (second(10), second(10)));
}

async fn a_write_that_fails_or_changes_nothing_is_not_logged(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let (_, before) = contents(store).await;
    store.insert(video(1), by(2)).await.unwrap();
    store.update(id, VideoPatch::default(), None, by(2)).await.unwrap();
    store.update(counted_id(9), VideoPatch::default(), None, by(2)).await.unwrap_err();
    store.delete(id, Some(2), by(2)).await.unwrap_err();
    let (_, after) = contents(store).await;
    assert_eq!(after, before);
    assert_eq!(store.count_entries(&AuditFilter::default()).await.unwrap(), 1);
}

/// The sequences of entries and those at which their writes end, oldest first.
fn ends(log: &[AuditEntry]) -> Vec<(i64, i64)> {
    log.iter().rev().map(|entry| (entry.sequence, entry.write_end)).collect()
}

async fn each_entry_knows_where_its_write_ends(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    assert_eq!(ends(&log), [(1, 2), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]);
    // Some are there already, some are changed and some are new.
    let moved = NewVideo { id: counted_id(9), ..video_with(3, |values| values.width = pixels(9)) };
    let many = vec![video(1), moved, video(3), video(4), video(4)];
    let written = store.insert_many(many, OnConflict::Update, by(50)).await.unwrap();
    let (_, log) = contents(store).await;
    assert_eq!(ends(&log)[6..], [(7, 10), (8, 10), (9, 10), (10, 10)]);
    let answered: Vec<_> = written.into_iter().filter_map(|written| written.entry).collect();
    assert_eq!(answered.into_iter().rev().collect::<Vec<_>>(), log[..4]);

    let after = store.entries_after(8, &AuditFilter::default(), 1).await.unwrap();
    assert_eq!(ends(&after), [(9, 10)]);
    let single = store.get_entries(&[log[3].id()]).await.unwrap();
    assert_eq!(single, [Some(log[3].clone())]);
    let history = store.entries_of(&[counted_id(3)], &PageRequest::first(1)).await.unwrap();
    assert_eq!(ends(&history[0].items), [(9, 10)]);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn writes_at_the_same_time_end_each_for_itself(store: &dyn VideoRepository) {
    let write = |number: u64| {
        let videos = (0..3).map(|one| video(number * 3 + one)).collect();
        store.insert_many(videos, OnConflict::Fail, by(1))
    };
    for written in join_all((0..20).map(write)).await {
        let entries: Vec<_> = written.unwrap().into_iter().map(|one| changed(one).1).collect();
        let end = entries[2].sequence;
        let expected = [(end, end), (end - 1, end), (end - 2, end)];
        assert_eq!(ends(&entries), expected);
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn the_end_of_the_log_is_behind_its_newest_entry(store: &dyn VideoRepository) {
    assert_eq!(store.newest().await.unwrap(), LogPosition::START);
    let id = add(store, 1).await.id;
    // The clock may go back, and a deletion leaves nothing but its entry.
    store.insert_many(vec![video(2), video(3)], OnConflict::Fail, by(0)).await.unwrap();
    assert_eq!(store.newest().await.unwrap(), LogPosition::behind(&contents(store).await.1[0]));
    let (_, deletion) = changed(store.delete(id, None, by(0)).await.unwrap());
    assert_eq!(store.newest().await.unwrap(), LogPosition::behind(&deletion));
}

async fn each_part_of_a_filter_narrows_the_log(store: &dyn VideoRepository) {
    use AuditOperation::{Delete, Insert, Update};
    use Comparison::{Gt, Gte, Lt, Lte};
    let log = write_history(store).await;
    assert_eq!(told(&log), ["1:3", "2:2", "1:2", "3:1", "2:1", "1:1"]);
    let none = AuditFilter::default;
    let of = |number| AuditFilter { entity_id: Some(counted_id(number)), ..none() };
    let being = |all: &[_]| AuditFilter { operations: Some(all.to_vec()), ..none() };
    let actor = |name: &str| AuditFilter { actor: Some(name.into()), ..none() };
    let request = |id: &str| AuditFilter { request_id: Some(id.into()), ..none() };
    let at = |is, bound| AuditFilter { timestamp: vec![(is, bound)], ..none() };
    let both = |a, b| AuditFilter { timestamp: vec![a, b], ..none() };
    for (filter, expected) in [
        (none(), "1:3 2:2 1:2 3:1 2:1 1:1"),
        (of(1), "1:3 1:2 1:1"),
        (of(2), "2:2 2:1"),
        (of(9), ""),
        (being(&[]), ""),
        (being(&[Delete]), "2:2"),
        (being(&[Update, Insert]), "1:3 1:2 3:1 2:1 1:1"),
        (being(&[Insert, Insert]), "3:1 2:1 1:1"),
        (actor(ANA), "2:1 1:1"),
        (actor(BEN), "2:2 1:2"),
        (actor("Ana"), ""),
        (actor("ana\0"), ""),
        (actor("%"), ""),
        (actor(""), ""),
        (request("r1"), "2:1 1:1"),
        (request("r3"), "1:3"),
        (request("r"), ""),
        (request("r1\0"), ""),
        (at(Gt, second(30)), "1:3"),
        (at(Gte, second(30)), "1:3 2:2 1:2"),
        (at(Lt, second(20)), "2:1 1:1"),
        (at(Lte, second(20)), "3:1 2:1 1:1"),
        (at(Gt, Timestamp::MIN), "1:3 2:2 1:2 3:1 2:1 1:1"),
        (at(Gt, Timestamp::MAX), ""),
        (AuditFilter { timestamp_is_null: Some(true), ..none() }, ""),
        (AuditFilter { timestamp_is_null: Some(false), ..none() }, "1:3 2:2 1:2 3:1 2:1 1:1"),
        (both((Gt, second(10)), (Lt, second(40))), "2:2 1:2 3:1"),
        (both((Gt, second(40)), (Lt, second(10))), ""),
        (AuditFilter { operations: Some(vec![Insert]), ..of(1) }, "1:1"),
        (AuditFilter { request_id: Some("r2".into()), ..of(1) }, "1:2"),
        (AuditFilter { actor: Some(ANA.into()), ..request("r2") }, ""),
        (AuditFilter { timestamp: vec![(Gt, second(30))], ..actor(BEN) }, ""),
    ] {
        let page = store.list_entries(&filter, &PageRequest::first(100)).await.unwrap();
        assert_eq!(told(&page.items).join(" "), expected, "{filter:?}");
        let count = store.count_entries(&filter).await.unwrap();
        assert_eq!(count, page.items.len() as u64, "{filter:?}");
        let wanted: Vec<_> = log.iter().filter(|entry| filter.matches(entry)).cloned().collect();
        assert_eq!(page, Page { items: wanted, has_previous: false, has_next: false });
    }
}

async fn the_log_is_paged_either_way(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    let after = |limit, row: usize| PageRequest::Forward { limit, after: Some(log[row].sequence) };
    let before =
        |limit, row: usize| PageRequest::Backward { limit, before: Some(log[row].sequence) };
    for (page, rows, has_previous, has_next) in [
        (PageRequest::first(2), 0..2, false, true),
        (after(2, 1), 2..4, true, true),
        (after(2, 3), 4..6, true, false),
        (after(2, 5), 6..6, true, false),
        (PageRequest::last(2), 4..6, true, false),
        (before(2, 4), 2..4, true, true),
        (before(2, 2), 0..2, false, true),
        (before(2, 0), 0..0, false, true),
        (PageRequest::first(0), 0..0, false, true),
        (PageRequest::last(0), 6..6, true, false),
        (after(0, 2), 3..3, true, true),
        (before(0, 2), 2..2, true, true),
        (PageRequest::first(6), 0..6, false, false),
        (PageRequest::first(usize::MAX), 0..6, false, false),
        (PageRequest::last(usize::MAX), 0..6, false, false),
    ] {
        let found = store.list_entries(&AuditFilter::default(), &page).await.unwrap();
        let expected = Page { items: log[rows].to_vec(), has_previous, has_next };
        assert_eq!(found, expected, "{page:?}");
    }
}

async fn a_filter_holds_on_every_page_and_for_both_flags(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    let of_one = AuditFilter { entity_id: Some(counted_id(1)), ..AuditFilter::default() };
    let (newest, middle, oldest) = (log[0].sequence, log[2].sequence, log[5].sequence);
    let stranger = log[3].sequence;
    let after = |place| PageRequest::Forward { limit: 1, after: Some(place) };
    let before = |place| PageRequest::Backward { limit: 1, before: Some(place) };
    for (page, expected, has_previous, has_next) in [
        (PageRequest::first(1), "1:3", false, true),
        (after(newest), "1:2", true, true),
        (after(middle), "1:1", true, false),
        (after(stranger), "1:1", true, false),
        (after(oldest), "", true, false),
        (PageRequest::last(1), "1:1", true, false),
        (before(oldest), "1:2", true, true),
        (before(stranger), "1:2", true, true),
        (before(middle), "1:3", false, true),
        (before(newest), "", false, true),
    ] {
        let found = store.list_entries(&of_one, &page).await.unwrap();
        let flags = (found.has_previous, found.has_next);
        assert_eq!(told(&found.items).join(" "), expected, "{page:?}");
        assert_eq!(flags, (has_previous, has_next), "{page:?}");
    }
}

async fn a_place_need_not_be_an_entrys(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    let (all, none) = (log.len(), 0);
    let after = |place| PageRequest::Forward { limit: 9, after: Some(place) };
    let before = |place| PageRequest::Backward { limit: 9, before: Some(place) };
    for (page, length, has_previous, has_next) in [
        (after(i64::MAX), all, false, false),
        (after(i64::MIN), none, true, false),
        (before(i64::MAX), none, false, true),
        (before(i64::MIN), all, false, false),
    ] {
        let found = store.list_entries(&AuditFilter::default(), &page).await.unwrap();
        let told = (found.items.len(), found.has_previous, found.has_next);
        assert_eq!(told, (length, has_previous, has_next), "{page:?}");
    }
}
