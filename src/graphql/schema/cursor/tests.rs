//! Which cursors are read, and which are refused.

use proptest::prelude::*;

use super::*;
use crate::domain::file::Fingerprint;
use crate::domain::search::Tier;
use crate::domain::{Direction, OrderField, OrderKey, Quantity, SortValue, Timestamp};

fn by_path() -> VideoOrder {
    VideoOrder::by(vec![OrderKey { field: OrderField::Path, direction: Direction::Asc }])
}

#[test]
fn a_cursor_of_any_length_comes_back() {
    for length in (1..200).chain([4_096]) {
        let place = SortPosition { keys: vec![SortValue::Text("p".repeat(length))], id: id() };
        let order = Cow::Owned(by_path());
        let cursor = Cursor::Video { order, place: place.clone() }.encode();
        assert!(Cursor::video_place(&cursor, &by_path()).is_ok_and(|read| read == place));
    }
}

fn place() -> SortPosition {
    SortPosition { keys: vec![SortValue::Text("/a".to_owned())], id: id() }
}

fn query(text: &str) -> SearchQuery {
    SearchQuery::parse(text).unwrap()
}

fn found_place() -> SearchPosition {
    SearchPosition { tier: Tier::PathWhole, created_at: Timestamp::MIN, id: id() }
}

fn root() -> RootId {
    RootId::from_bytes([7; 16])
}

fn id() -> VideoId {
    VideoId::from_bytes([7; 16])
}

#[track_caller]
fn refused<T>(read: Result<T, ApiError>, why: &str) {
    let Some(ApiError::InvalidCursor(message)) = read.err() else {
        panic!("not refused as a cursor");
    };
    assert!(message.contains(why), "{message}");
}

#[test]
fn a_cursor_is_read_by_its_own_connection_and_order_only() {
    let video = Cursor::Video { order: Cow::Owned(by_path()), place: place() }.encode();
    let version = Cursor::History { entity_id: id(), version: 3 }.encode();
    let sequence = Cursor::Log { sequence: 4 }.encode();
    let found = Cursor::found(&query("two"), found_place()).encode();
    let log_place = LogPosition { sequence: 4, fingerprint: 5 };
    let change = Cursor::Changes { place: log_place }.encode();
    let request = Cursor::AuditRequests { first_sequence: 4 }.encode();
    let scan_place = ScanPlace { created_at: Timestamp::MIN, id: ScanId::from_bytes([7; 16]) };
    let scan = Cursor::of_scan(scan_place).encode();
    let problem = Cursor::of_problem(root(), b"a".to_vec()).encode();
    let group_place = DuplicatePlace {
        redundant_bytes: Quantity::new(4).unwrap(),
        fingerprint: Fingerprint::from_hash(5),
    };
    let group = Cursor::Duplicates { place: group_place }.encode();

    assert!(Cursor::video_place(&video, &by_path()).is_ok_and(|read| read == place()));
    assert!(Cursor::version(&version, id()).is_ok_and(|read| read == 3));
    assert!(Cursor::sequence(&sequence).is_ok_and(|read| read == 4));
    assert!(Cursor::search_place(&found, &query("Two")).is_ok_and(|it| it == found_place()));
    assert!(Cursor::log_place(&change).is_ok_and(|read| read == log_place));
    assert!(Cursor::first_sequence(&request).is_ok_and(|read| read == 4));

    assert!(Cursor::scan_place(&scan).is_ok_and(|read| read == scan_place));
    assert!(Cursor::problem_place(&problem, root()).is_ok_and(|read| read == b"a"));
    assert!(Cursor::duplicate_place(&group).is_ok_and(|read| read == group_place));

    refused(Cursor::scan_place(&sequence), "another connection");
    refused(Cursor::sequence(&group), "another connection");
    refused(Cursor::duplicate_place(&scan), "another connection");
    refused(Cursor::log_place(&group), "belongs to a list");
    refused(Cursor::sequence(&scan), "another connection");
    refused(Cursor::problem_place(&scan, root()), "another connection");
    let other_root = RootId::from_bytes([8; 16]);
    refused(Cursor::problem_place(&problem, other_root), "another connection");
    refused(Cursor::video_place(&video, &VideoOrder::default()), "another sort order");
    refused(Cursor::video_place(&sequence, &by_path()), "another connection");
    refused(Cursor::version(&version, VideoId::from_bytes([8; 16])), "another connection");
    refused(Cursor::version(&sequence, id()), "another connection");
    refused(Cursor::sequence(&version), "another connection");
    refused(Cursor::sequence(&found), "another connection");
    refused(Cursor::search_place(&video, &query("two")), "another connection");
    refused(Cursor::sequence(&change), "another connection");
    refused(Cursor::log_place(&sequence), "belongs to a list");
    refused(Cursor::log_place(&request), "belongs to a list");
    refused(Cursor::sequence(&request), "another connection");
    refused(Cursor::first_sequence(&sequence), "another connection");
    for other in ["", "to", "two towers", "\"two\"", "-two"] {
        refused(Cursor::search_place(&found, &query(other)), "another search");
    }
}

#[test]
fn a_place_that_its_order_does_not_admit_is_damaged() {
    let place = SortPosition { keys: vec![SortValue::Integer(1)], id: id() };
    let cursor = Cursor::Video { order: Cow::Owned(by_path()), place }.encode();
    refused(Cursor::video_place(&cursor, &by_path()), "malformed");
}

#[test]
fn a_cursor_with_one_character_changed_added_or_cut_is_damaged() {
    let cursor = Cursor::Video { order: Cow::Owned(by_path()), place: place() }.encode();
    let read = |text: &str| Cursor::video_place(text, &by_path());
    for at in 0..cursor.len() {
        for other in ["", "A", "B", "_", "=", " ", "é"] {
            let changed = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
            if changed != cursor {
                refused(read(&changed), "malformed");
            }
            if !other.is_empty() {
                let longer = format!("{}{other}{}", &cursor[..at], &cursor[at..]);
                refused(read(&longer), "malformed");
            }
        }
        refused(read(&cursor[..at]), "malformed");
    }
    refused(read(&format!("{cursor}=")), "malformed");
}

#[test]
fn another_text_for_the_same_bytes_is_damaged() {
    // Of these seven bytes' last character, four bits are to spare.
    let mut spare = Cursor::Log { sequence: 100 }.encode();
    let last = u8::try_from(spare.pop().unwrap()).unwrap();
    spare.push(char::from(last + 1));
    refused(Cursor::sequence(&spare), "malformed");
    // A sound checksum over a number that is written longer than it need be.
    let mut bytes = vec![2, 0x88, 0x00];
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    refused(Cursor::sequence(&URL_SAFE_NO_PAD.encode(bytes)), "malformed");
}

proptest! {
    #[test]
    fn any_text_is_refused_without_a_panic(text in ".*") {
        refused(Cursor::video_place(&text, &by_path()), "malformed");
    }

    #[test]
    fn any_bytes_with_a_sound_checksum_do_not_panic(mut bytes: Vec<u8>) {
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let _ = Cursor::video_place(&text, &by_path());
        let _ = Cursor::version(&text, id());
        let _ = Cursor::sequence(&text);
        let _ = Cursor::search_place(&text, &query("two"));
        let _ = Cursor::log_place(&text);
        let _ = Cursor::first_sequence(&text);
        let _ = Cursor::scan_place(&text);
        let _ = Cursor::problem_place(&text, root());
        let _ = Cursor::duplicate_place(&text);
    }
}
